#!/usr/bin/env python3
"""Makes a trained DistilBERT twice as wide without changing what it computes: 384 wide becomes 768, heads of 32 become
heads of 64. Written in f32.

Every row of activations x becomes (x, x): then mean and variance, and so layer norm, stay as they are. A weight that
reads such a row is split between both, one that writes one is repeated. Queries and keys repeat inside each head. That
doubles their products, and attention divides by the root of the doubled head size: so the queries shrink by 1/sqrt(2).

Weights are split unevenly, into 0.45 to 0.55 of each: so the two differ when they are rounded to bf16 or int8, and their
errors do not add up as those of equal halves would, and in training they can grow apart.
"""

import argparse
import dataclasses
import sys

import torch

import folder
import network


def twice(tensor, dim, heads=1):
    """The tensor with each of `heads` equal runs along a dimension repeated behind itself."""
    return torch.cat([part for run in tensor.chunk(heads, dim) for part in (run, run)], dim)


SPREAD = 0.05  # of the parts of a weight around a half


def split(tensor, heads, generator):
    """A weight that reads `heads` runs of activations, for one that reads each twice."""
    part = 0.5 + SPREAD * (2 * torch.rand(tensor.shape, generator=generator) - 1)
    first, second = tensor * part, tensor * (1 - part)
    return torch.cat([half for run in zip(first.chunk(heads, 1), second.chunk(heads, 1)) for half in run], 1)


def widened(model):
    generator = torch.Generator().manual_seed(1)
    heads = model.shape.n_heads
    tensors = {}
    for name, tensor in model.tensors.items():
        place = name.removesuffix(".weight").removesuffix(".bias").rsplit(".", 1)[-1]
        written_by_head = heads if place in network.QKV else 1
        if name in (network.WORDS, network.POSITIONS):
            tensor = twice(tensor, 1)
        elif tensor.dim() == 2:
            tensor = tensor if place == "classifier" else twice(tensor, 0, written_by_head)
            tensor = split(tensor, heads if place == "out_lin" else 1, generator)
        elif place != "classifier":
            tensor = twice(tensor, 0, written_by_head)
        tensors[name] = tensor * 0.5**0.5 if place == "q_lin" else tensor
    shape = dataclasses.replace(model.shape, dim=2 * model.shape.dim, hidden_dim=2 * model.shape.hidden_dim)
    return dataclasses.replace(model, shape=shape, tensors=tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("start", help="DistilBERT folder")
    parser.add_argument("output", help="folder to write")
    options = parser.parse_args()
    folder.write(options.output, widened(folder.read(options.start)), torch.float32)


if __name__ == "__main__":
    try:
        main()
    except folder.Error as error:
        sys.exit(f"widen: error: {error}")
