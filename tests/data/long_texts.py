#!/usr/bin/env python3
"""Writes what transformers makes of long texts read in each way of valence::LongText, as JSON lines.

Usage: long_texts.py MODEL_FOLDER OUTPUT.jsonl      (needs torch, transformers)

Made for tests/data/models/heads6-gelu-f32 and tests/data/long-texts.jsonl. The texts are random words of the model's
vocabulary. Windows are cut out of the ids of the whole text; where they come out even, the tokenizer's own
return_overflowing_tokens must give the same ones. A line holds the text, the options, the ids the model reads and the
logits in f32: the mean of the windows'.
"""

import json
import random
import sys

import torch
import transformers


def windows_of(pieces, size, stride):
    """The pieces of each window; the last one ends with the text."""
    if len(pieces) <= size:
        return [pieces]
    last = len(pieces) - size
    begins = list(range(0, last, stride)) + [last]
    return [pieces[begin : begin + size] for begin in begins]


def check_windows(tokenizer, text, max_tokens, stride, sequences):
    size = max_tokens - 2
    if (sum(map(len, sequences)) == 0) or len(sequences) == 1:
        return
    pieces = len(tokenizer(text)["input_ids"]) - 2
    if (pieces - size) % stride != 0:
        return
    theirs = tokenizer(text, truncation=True, max_length=max_tokens, stride=size - stride, return_overflowing_tokens=True)
    assert theirs["input_ids"] == sequences, text


def main(folder, target):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    words = sorted(piece for piece in tokenizer.get_vocab() if piece.isalpha())
    generator = random.Random(6)
    with open(target, "w", encoding="ascii") as out, torch.no_grad():
        for count in (3, 10, 11, 38, 39, 50, 76, 100):
            text = " ".join(generator.choices(words, k=count))
            pieces = tokenizer(text)["input_ids"][1:-1]
            for max_tokens in (12, 40):
                size = max_tokens - 2
                head = round(size * 128 / 510)
                ways = [
                    ("truncate", 0, [tokenizer(text, truncation=True, max_length=max_tokens)["input_ids"][1:-1]]),
                    ("first-and-last", 0, [pieces[:head] + pieces[head - size :] if len(pieces) > size else pieces]),
                ]
                ways += [("mean-of-windows", s, windows_of(pieces, size, s or size)) for s in (0, size // 2, 3, 1)]
                for way, stride, sequences in ways:
                    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id
                    sequences = [[cls, *sequence, sep] for sequence in sequences]
                    if way == "mean-of-windows":
                        check_windows(tokenizer, text, max_tokens, stride or size, sequences)
                    logits = torch.stack([model(torch.tensor([ids])).logits[0] for ids in sequences]).mean(0)
                    line = {"text": text, "max_tokens": max_tokens, "long_text": way, "stride": stride,
                            "ids": sequences if len(sequences) < 8 else len(sequences),
                            "logits": [round(x, 6) for x in logits.tolist()]}
                    out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
