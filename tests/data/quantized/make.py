#!/usr/bin/env python3
"""Writes the folders here: models of tests/data/models in int8 as the package compressed-tensors writes them, with the logits
of transformers for the model's texts.

make.py needs torch 2.13.0, transformers 5.23.0, tokenizers 0.23.3, compressed-tensors 0.20.0.
"""

import json
import pathlib
import shutil

import torch
from compressed_tensors.compressors import ModelCompressor
from compressed_tensors.quantization import QuantizationConfig, QuantizationStatus, apply_quantization_config
from compressed_tensors.quantization.utils import calculate_qparams
from transformers import AutoModelForSequenceClassification, AutoTokenizer

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
INT8 = {"num_bits": 8, "type": "int", "symmetric": True}
CHANNEL = INT8 | {"strategy": "channel", "dynamic": False}
TOKEN = INT8 | {"strategy": "token", "dynamic": True}
LINEAR = {"targets": ["Linear"], "weights": CHANNEL, "input_activations": TOKEN}
EMBEDDING = {"targets": ["Embedding"], "weights": CHANNEL, "format": "int-quantized"}

# Folder: model, groups, what is left out. The first is what llm-compressor's W8A8 makes of a classifier.
FOLDERS = {
    "linear": ("heads6-gelu-f32", [LINEAR], ["pre_classifier", "classifier"]),
    "embeddings-bf16": ("bert-heads3-relu-bf16", [LINEAR, EMBEDDING], ["bert.pooler.dense", "classifier"]),
    "all-linear": ("heads6-gelu-f32", [LINEAR], []),
}


def quantize(model, groups, ignore):
    """Scales by the package's own rule, then its own compression."""
    config = QuantizationConfig(
        config_groups={f"group_{i}": group for i, group in enumerate(groups)},
        format="int-quantized", ignore=ignore, quantization_status=QuantizationStatus.FROZEN)
    apply_quantization_config(model, config, show_progress=False)
    for module in model.modules():
        if getattr(module, "quantization_scheme", None) is None:
            continue
        weight = module.weight.data
        scale, _ = calculate_qparams(weight.amin(-1, keepdim=True), weight.amax(-1, keepdim=True),
                                     module.quantization_scheme.weights)
        module.weight_scale.data = scale.to(module.weight_scale.dtype)
    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    return compressor


def main():
    for name, (source, groups, ignore) in FOLDERS.items():
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model = AutoModelForSequenceClassification.from_pretrained(MODELS / source, dtype="auto").eval()
        compressor = quantize(model, groups, ignore)
        model.save_pretrained(folder)
        compressor.update_config(folder)
        for file in MODELS.joinpath(source).iterdir():
            if file.name.startswith("vocab") or file.name.startswith("tokenizer"):
                shutil.copy(file, folder)

        texts = json.loads((MODELS / source / "reference.json").read_text())["texts"]
        texts = [text["text"] if isinstance(text, dict) else text for text in texts]
        loaded = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder)
        logits = []
        for text in texts:
            with torch.no_grad():
                logits.append(loaded(**tokenizer(text, truncation=True, return_tensors="pt")).logits[0].tolist())
        (folder / "reference.json").write_text(json.dumps({"texts": texts, "logits": logits}, indent=1) + "\n")


main()
