#!/usr/bin/env python3
"""Runs valence and three other programs on the same texts, interleaved; prints throughput, peak memory and ratios.

    benchmarks/uses.py --build build/release

Texts are the SST-2 development sentences, repeated; products and times are made up. Needs only Python 3.8.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SENTENCES = [line.split("\t")[0] for line in (ROOT / "tests/data/sst2-dev.tsv").read_text().splitlines()[1:]]


def write_inputs(folder, rows, products, sentences, words=None):
    """The same texts as each program wants them; each of `sentences` sentences, or of the first `words` words of one."""
    texts = []
    for row in range(rows):
        first = row * sentences
        text = " ".join(SENTENCES[(first + i) % len(SENTENCES)].strip() for i in range(sentences))
        texts.append(" ".join(text.split()[:words]))
    with open(folder / "texts.txt", "w") as file:
        file.writelines(text + "\n" for text in texts)
    with open(folder / "reviews.tsv", "w") as file:
        file.write("product\ttext\n")
        file.writelines(f"product {i % products}\t{text}\n" for i, text in enumerate(texts))
    with open(folder / "posts.jsonl", "w") as file:
        file.writelines(json.dumps({"time": 1700000000 + 5 * i, "text": text}) + "\n" for i, text in enumerate(texts))


def run(command, folder):
    """Seconds by the clock, seconds of CPU, peak memory in MB."""
    with open(folder / "texts.txt") as standard_input:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=standard_input, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(title, commands, folder, rows, rounds):
    measured = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            measured[name].append(run(command, folder))
    print(f"\n{title}, {rows} rows, median of {rounds}\n")
    print(f"| {'program':19} | texts/s | CPU s | peak MB | of valence by the clock | by CPU time |")
    print(f"| {'-' * 19} | ------: | ----: | ------: | ----------------------: | ----------: |")
    for name, runs in measured.items():
        clock, cpu, peak = (statistics.median(values) for values in zip(*runs))
        # The runs of a round follow each other directly, so that a disturbance affects all of them.
        of_clock, of_cpu = (statistics.median(base[i] / own[i] for base, own in zip(measured["valence"], runs))
                            for i in (0, 1))
        print(f"| {name:19} | {rows / clock:7.0f} | {cpu:5.1f} | {peak:7.1f} | {of_clock:23.1%} | {of_cpu:11.1%} |",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="the build folder")
    parser.add_argument("--rows", type=int, default=100000, help="of the long run; the others have a tenth")
    parser.add_argument("--words", type=int, help="cut the long run's texts to so many; default: whole sentences")
    parser.add_argument("--rounds", type=int, default=3, help="of the other runs")
    arguments = parser.parse_args()
    programs = arguments.build / "examples"
    few = max(arguments.rows // 10, 1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        valence = [programs / "valence"]
        reviews = [programs / "valence-reviews", folder / "reviews.tsv"]
        commands = {
            "valence": valence,
            "valence-moderate": [programs / "valence-moderate"],
            "valence-brand-watch": [programs / "valence-brand-watch", folder / "posts.jsonl"],
            "valence-reviews": reviews,
        }
        write_inputs(folder, arguments.rows, few // 200 + 1, 1, arguments.words)
        words = f"{arguments.words} words a text" if arguments.words else "One sentence a text"
        measure(words, commands, folder, arguments.rows, 1)
        write_inputs(folder, few, few // 200 + 1, 1)
        measure("One sentence a text", commands, folder, few, arguments.rounds)
        write_inputs(folder, few // 5, few // 1000 + 1, 5)
        measure("Five sentences a text", {"valence": valence, "valence-reviews": reviews}, folder, few // 5,
                arguments.rounds)


if __name__ == "__main__":
    main()
