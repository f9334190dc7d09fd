#!/usr/bin/env python3
"""Writes tests/data/files/*.json: what safetensors, tokenizers and transformers make of small, mostly bad files.

    pip install safetensors==0.8.0 tokenizers==0.23.3 transformers==5.23.0 torch
    tests/data/files/make_reference.py

The tests of src/files read the same bytes and must come to the same verdicts, but for the differences named here.
"""

import json
import os
import pathlib

os.environ["HF_HUB_OFFLINE"] = "1"
import transformers

import reference_configs
import reference_safetensors
import reference_tokenizers

OUT = pathlib.Path(__file__).resolve().parent


def write(name, value):
    value = {"made_by": "tests/data/files/make_reference.py", **value}
    (OUT / name).write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
    print(name, (OUT / name).stat().st_size, "bytes")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    OUT.mkdir(parents=True, exist_ok=True)
    write("safetensors.json", reference_safetensors.reference())
    write("tokenizers.json", reference_tokenizers.reference())
    write("configs.json", reference_configs.reference())
