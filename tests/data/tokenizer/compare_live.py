#!/usr/bin/env python3
"""Compares the tokenizer with the installed Hugging Face tokenizers, id by id. Needs `pip install tokenizers numpy`.

    cmake --build build --target tokenizer_dump
    compare_live.py --program build/tests/tokenizer_dump                      the generated texts
    compare_live.py --program build/tests/tokenizer_dump --every-code-point   every scalar value in three contexts
"""
import argparse
import json
import pathlib
import sys
import tempfile
import time

import tokenizers
from reference import SCALARS, SETTINGS, Ours, Texts, around

NO_LIMIT = 10**9
BATCH = 20000
EVERY_CODE_POINT = ["uncased", "cased", "transparent", "transparent_cased", "transparent_stripped", "transparent_raw"]


def batches(items, size):
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]


def compare(name, ours, folder, theirs, texts, max_tokens=NO_LIMIT):
    """Prints the first differences and returns their number."""
    valid = [text.decode(errors="replace") if isinstance(text, bytes) else text for text in texts]
    expected = [encoding.ids for encoding in theirs.encode_batch_fast(valid)]
    found = ours.encode(folder, texts, max_tokens)
    different = [i for i in range(len(texts)) if expected[i] != found[i]]
    for i in different[:3]:
        print(f"{name}, max_tokens {max_tokens}: {ascii(texts[i])}\n  expected {expected[i]}\n  found    {found[i]}")
    return len(different)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the built tokenizer_dump")
    parser.add_argument("--every-code-point", action="store_true")
    parser.add_argument("--settings", nargs="*", default=[], help=f"of {', '.join(SETTINGS)}")
    parser.add_argument("--count", type=int, default=300000, help="generated texts over all settings")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ours = Ours(arguments.program)
    names = arguments.settings or (EVERY_CODE_POINT if arguments.every_code_point else list(SETTINGS))
    texts = Texts(arguments.seed)
    compared = differences = 0
    began = time.monotonic()
    for name in names:
        theirs = SETTINGS[name]()
        with tempfile.TemporaryDirectory() as folder:
            theirs.save(str(pathlib.Path(folder) / "tokenizer.json"))
            # The class that takes tokenizer.json as it stands; others let settings of their own replace some of it.
            settings = json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"})
            (pathlib.Path(folder) / "tokenizer_config.json").write_text(settings)
            if arguments.every_code_point:
                for part in batches(SCALARS, BATCH):
                    batch = [text for c in part for text in around(c)]
                    compared += len(batch)
                    differences += compare(name, ours, folder, theirs, batch)
                continue
            for part in batches(range(-(-arguments.count // len(names))), BATCH):
                batch = [texts.text() for _ in part]
                # Some bytes go missing or astray: what is ill-formed counts as U+FFFD.
                for i in range(0, len(batch), 10):
                    raw = bytearray(batch[i].encode())
                    for _ in range(min(len(raw), 3)):
                        raw[texts.random.randrange(len(raw))] = texts.random.choice([0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF, 0x41])
                    batch[i] = bytes(raw)
                half = len(batch) // 2
                compared += len(batch)
                theirs.no_truncation()
                differences += compare(name, ours, folder, theirs, batch[:half])
                max_tokens = texts.random.choice([2, 3, 4, 8, 16])
                theirs.enable_truncation(max_tokens)
                differences += compare(name, ours, folder, theirs, batch[half:], max_tokens)
    print(f"tokenizers {tokenizers.__version__}: {compared} texts, {differences} differences, "
          f"{len(names)} settings, {time.monotonic() - began:.0f} s")
    sys.exit(differences != 0)


if __name__ == "__main__":
    main()
