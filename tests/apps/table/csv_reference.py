#!/usr/bin/env python3
"""Writes csv_reference.json: generated CSV texts and what Python's csv module (strict) reads from them.

Usage: tests/apps/table/csv_reference.py > tests/apps/table/csv_reference.json   (Python 3.11; nothing to install)

A case is [text, rows, whether an error ends it]. Half are rows that the module wrote itself, half are random strings of
the characters that matter.
"""
import csv
import io
import json
import random


def lines_of(text):
    """Lines that end at LF only, as the reader under test sees them."""
    return io.StringIO(text, newline="\n")


def read(text):
    rows = []
    try:
        for row in csv.reader(lines_of(text), strict=True):
            rows.append(row or [""])  # a blank line: one empty field
    except csv.Error:
        return [text, rows, True]
    return [text, rows, False]


def written(rng):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
                        lineterminator=rng.choice(["\n", "\r\n"]))
    pieces = ["a", "b c", ",", '"', '""', "\n", "\r\n", "\r", "", " ", "\t", "\u00e9", "\u4f60", "\U0001f600"]
    for _ in range(rng.randint(1, 4)):
        writer.writerow(["".join(rng.choices(pieces, k=rng.randint(0, 4))) for _ in range(rng.randint(1, 4))])
    text = out.getvalue()
    return text if rng.random() < 0.7 else text.rstrip("\r\n")


def noise(rng):
    return "".join(rng.choices(["a", ",", '"', "\n", "\r\n", "\r", " "], weights=[4, 3, 5, 3, 1, 1, 1], k=rng.randint(1, 14)))


def main():
    rng = random.Random(6)
    texts = {"": None}
    for make in (written, noise):
        for _ in range(800):
            texts[make(rng)] = None
    print("[\n" + ",\n".join(json.dumps(read(text)) for text in texts) + "\n]")


main()
