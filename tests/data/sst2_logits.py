#!/usr/bin/env python3
"""Writes the logits that transformers gives in f32 for a file of texts, one line a text: NEGATIVE TAB POSITIVE.

Usage: sst2_logits.py MODEL_FOLDER TEXTS.tsv OUTPUT.txt      (needs torch, transformers)

TEXTS.tsv has a heading line, then text TAB label. Made for models/default and tests/data/sst2-dev.tsv. Every text runs
alone, so no padding is involved.
"""

import sys

import torch
import transformers


def main(folder, source, target):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    with open(source, encoding="utf-8") as file:
        rows = [line.rstrip("\n").rsplit("\t", 1) for line in file][1:]
    right = 0
    with open(target, "w") as out, torch.no_grad():
        for text, label in rows:
            ids = tokenizer(text, truncation=True, max_length=512, return_tensors="pt")["input_ids"]
            logits = model(ids).logits[0].tolist()
            right += int(logits[1] > logits[0]) == int(label)
            out.write("\t".join(f"{x:.6f}" for x in logits) + "\n")
    print(f"{right} of {len(rows)} labels are as in {source}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
