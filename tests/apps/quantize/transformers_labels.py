#!/usr/bin/env python3
"""Hugging Face transformers with compressed-tensors loads what valence-quantize writes, and gives the tool's labels.

transformers_labels.py QUANTIZE TOOL MODEL TEXTS.tsv

The tool rounds activations in smaller steps than transformers does (docs/int8.md), so a text of which the model is unsure (a
score within 0.1 of 0.5) may get the other label; at most one in two hundred may.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def in_transformers(folder, texts):
    """[(label, score)]"""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    answers = []
    for text in texts:  # one by one: compressed-tensors' scales would depend on padding
        with torch.no_grad():
            logits = model(**tokenizer(text, truncation=True, return_tensors="pt")).logits[0]
        answers.append((model.config.id2label[int(logits.argmax())], float(logits.softmax(-1).max())))
    return answers


def in_valence(tool, folder, texts):
    lines = subprocess.run([tool, "--jsonl", "--model", folder], input="".join(json.dumps({"text": t}) + "\n" for t in texts),
                           capture_output=True, check=True, text=True).stdout.splitlines()
    return [(answer["label"], answer["score"]) for answer in map(json.loads, lines)]


def main():
    quantize, tool, model, table = sys.argv[1:]
    with open(table, newline="", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for options in [], ["--keep-embeddings"]:
        with tempfile.TemporaryDirectory() as work:
            folder = str(pathlib.Path(work) / "int8")
            subprocess.run([quantize, *options, model, folder], check=True)
            theirs, ours = in_transformers(folder, texts), in_valence(tool, folder, texts)
        other = [(text, t, o) for text, t, o in zip(texts, theirs, ours) if t[0] != o[0]]
        difference = max(abs(t[1] - o[1]) for t, o in zip(theirs, ours) if t[0] == o[0])
        print(f"{' '.join(options) or 'all in int8'}: {len(texts) - len(other)} of {len(texts)} labels are equal, "
              f"scores differ by {difference:.3f} at most")
        for text, t, o in other:
            print(f"  {t} in transformers, {o} in valence: {text}")
        assert len(texts) > 800 and len(other) <= len(texts) // 200, "too many labels differ"
        assert all(t[1] < 0.6 and o[1] < 0.6 for _, t, o in other), "a label of which the model is sure differs"


main()
