#!/usr/bin/env python3
"""How many times as fast as Hugging Face tokenizers, on one thread. Needs `pip install tokenizers numpy`.

    cmake --build build --target tokenizer_dump
    compare_speed.py --program build/tests/tokenizer_dump [--texts FILE.tsv[.gz] ..]

Each file holds a text a line, a tab and a label, below a line of column names; the default is SST-2 dev. Both cut at
512 tokens, both get all texts at once; of Hugging Face's two batch calls the faster one counts in each round. The
rounds alternate between the two, and the ratio is that of the medians.
"""
import argparse
import gzip
import os
import pathlib
import statistics
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers  # noqa: E402  (reads the environment)
from reference import DATA, MODEL, Ours, default_tokenizer  # noqa: E402

MAX_TOKENS = 512


def read_texts(path, most):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as lines:
        next(lines)
        return [line.rsplit("\t", 1)[0] for _, line in zip(range(most), lines)]


def seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the built tokenizer_dump")
    parser.add_argument("--texts", nargs="*", type=pathlib.Path, default=[DATA / "sst2-dev.tsv"])
    parser.add_argument("--most", type=int, default=2000, help="texts of a file")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    ours, theirs = Ours(arguments.program), default_tokenizer()
    theirs.enable_truncation(MAX_TOKENS)
    print(f"tokenizers {tokenizers.__version__}, RAYON_NUM_THREADS=1, max_tokens {MAX_TOKENS}")
    for path in arguments.texts:
        texts = read_texts(path, arguments.most)
        expected = [encoding.ids for encoding in theirs.encode_batch(texts)]
        assert ours.encode(MODEL, texts, MAX_TOKENS) == expected, "the ids differ"
        our_rates, their_rates = [], []
        for _ in range(arguments.rounds):
            our_rates.append(len(texts) / ours.seconds(MODEL, texts, MAX_TOKENS))
            their_rates.append(len(texts) / min(seconds(lambda: theirs.encode_batch(texts)),
                                                seconds(lambda: theirs.encode_batch_fast(texts))))
        our_rate, their_rate = statistics.median(our_rates), statistics.median(their_rates)
        print(f"{path.name}: {len(texts)} texts, {arguments.rounds} rounds: {our_rate:,.0f} texts/s "
              f"({min(our_rates):,.0f} to {max(our_rates):,.0f}), Hugging Face {their_rate:,.0f} "
              f"({min(their_rates):,.0f} to {max(their_rates):,.0f}): {our_rate / their_rate:.1f} times")


if __name__ == "__main__":
    main()
