#!/usr/bin/env python3
"""Converts a folder of the BERT family into a DistilBERT folder that computes the same, in f32."""

import argparse
import sys

import torch

import folder


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", help="folder with config.json, model.safetensors, tokenizer.json or vocab.txt")
    parser.add_argument("output", help="folder to write")
    options = parser.parse_args()
    folder.write(options.output, folder.read(options.start), torch.float32)


if __name__ == "__main__":
    try:
        main()
    except folder.Error as error:
        sys.exit(f"convert: error: {error}")
