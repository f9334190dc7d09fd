#!/usr/bin/env python3
"""Averages the weights of models of the same shape, e.g. of runs with the same start and several seeds."""

import argparse
import sys

import torch

import folder


def averaged(models, names):
    first = models[0]
    for model, name in zip(models, names):
        if (model.shape, model.labels, set(model.tensors)) != (first.shape, first.labels, set(first.tensors)):
            raise folder.Error(f"{name}: expected shape, labels and tensors of {names[0]}, found other ones")
    first.tensors = {n: torch.stack([m.tensors[n] for m in models]).mean(0) for n in first.tensors}
    return first


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", help="folder to write")
    parser.add_argument("folders", nargs="+", help="model folders")
    parser.add_argument("--dtype", default="bfloat16", choices=("bfloat16", "float32"), help="of the weights written")
    options = parser.parse_args()
    model = averaged([folder.read(path) for path in options.folders], options.folders)
    folder.write(options.output, model, getattr(torch, options.dtype))


if __name__ == "__main__":
    try:
        main()
    except folder.Error as error:
        sys.exit(f"average: error: {error}")
