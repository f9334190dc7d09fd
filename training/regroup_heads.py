#!/usr/bin/env python3
"""Joins neighbouring heads of a DistilBERT into fewer, larger ones, e.g. 12 into 6, as a start for fine-tuning.

A joined head has one softmax, of the mean of its parts' scores. That changes the answers, so train the result with
train.py, best with the original folder as --teacher. Writes f32.
"""

import argparse
import dataclasses
import sys

import torch

import folder


def regrouped(model, heads):
    if not 0 < heads <= model.shape.n_heads or model.shape.n_heads % heads:
        raise folder.Error(f"--heads: expected a divisor of {model.shape.n_heads}, found {heads}")
    parts = model.shape.n_heads // heads
    # The joined product is a sum over the parts, divided by sqrt(parts) more than before; the mean is over `parts`.
    scale = parts**0.5 / parts
    tensors = {n: t * scale if ".q_lin." in n else t for n, t in model.tensors.items()}
    return dataclasses.replace(model, shape=dataclasses.replace(model.shape, n_heads=heads), tensors=tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("start", help="DistilBERT folder")
    parser.add_argument("output", help="folder to write")
    parser.add_argument("--heads", type=int, default=6)
    options = parser.parse_args()
    folder.write(options.output, regrouped(folder.read(options.start), options.heads), torch.float32)


if __name__ == "__main__":
    try:
        main()
    except folder.Error as error:
        sys.exit(f"regroup_heads: error: {error}")
