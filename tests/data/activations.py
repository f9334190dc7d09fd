#!/usr/bin/env python3
"""Writes tests/data/activations.txt: the activation functions of transformers at values over the whole range of f32.

    pip install torch==2.13.0 transformers==5.23.0
    tests/data/activations.py

A line each: name, x, function(x). The function is transformers' own module for that name (ACT2FN), run on the f32 value
in f64. Names that need parameters of their own are left out.
"""

import pathlib

import torch
from transformers.activations import ACT2FN


def values():
    """f32 numbers: both signs of a range of sizes, zeros, the largest, infinities and NaN."""
    sizes = [1e-40, 1e-30, 1e-10, 1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.62, 0.63, 0.7, 0.8, 0.9, 1,
             1.1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 2.99, 3, 3.01, 3.5, 4, 4.5, 5, 5.5, 5.99, 6, 6.01, 7, 8, 9, 9.99, 10,
             10.01, 12, 15, 20, 20.5, 25, 30, 50, 80, 86, 88, 100, 104, 1e3, 1e5, 1e10, 1e19, 1e25, 3.4e38, float("inf")]
    return torch.tensor([0.0, -0.0, float("nan")] + [sign * size for size in sizes for sign in (1, -1)])


def main():
    lines = []
    for name in ACT2FN:
        if list(ACT2FN[name].parameters()):
            continue
        x = values()
        for a, b in zip(x.tolist(), ACT2FN[name](x.double()).tolist()):
            lines.append(f"{name} {a:.9g} {b:.9g}\n")
    path = pathlib.Path(__file__).resolve().with_suffix(".txt")
    path.write_text("".join(lines))
    print(path.name, len(lines), "lines,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
