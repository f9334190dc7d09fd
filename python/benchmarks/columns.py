#!/usr/bin/env python3
"""Runs column calls from Python and one C++ call on the same texts, interleaved; prints medians and ratios.

    python/benchmarks/columns.py [--rounds N] [--repeat N] [--threads N]

Run it by the Python of an environment with the package of this tree and pyarrow (tools/test --all leaves one,
build/all/python/bin/python). Texts: SST-2 dev, REPEAT times over. The C++ side, columns.cpp, is compiled against the
library in build/release, which tools/test leaves. CPU time (user and system, all threads) is shown too: where others
use the machine it says more than the clock.
"""

import argparse
import pathlib
import statistics
import subprocess
import time

import pyarrow as pa

import valence

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]


def compile_program(build):
    """Our own objects and what CMake links programs with."""
    program = build / "columns_benchmark"
    libraries = subprocess.run(["pkg-config", "--libs", "libutf8proc", "libhwy"], capture_output=True, text=True,
                               check=True).stdout.split()
    subprocess.run(["c++", "-std=c++20", "-O2", "-DVALENCE_STATIC", f"-I{ROOT / 'include'}", HERE / "columns.cpp", "-o",
                    program, build / "libvalence.a", "-ldnnl", *libraries, "-fopenmp", "-pthread"], check=True)
    return program


def timed(call):
    """Seconds, CPU seconds."""
    start, cpu_start = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - start, time.process_time() - cpu_start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    options = parser.parse_args()

    lines = (ROOT / "tests" / "data" / "sst2-dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
    texts = [line.split("\t")[0] for line in lines] * options.repeat
    file = options.build / "columns_benchmark.txt"
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")

    classifier = valence.Classifier(threads=options.threads)
    program = subprocess.Popen([compile_program(options.build), classifier.model_folder, file, str(options.threads)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def cpp():
        program.stdin.write("go\n")
        program.stdin.flush()
        return tuple(map(float, program.stdout.readline().split()))

    column = pa.array(texts)
    sides = {"C++, classify": cpp,
             "Python, classify_column, Arrow": lambda: timed(lambda: classifier.classify_column(column)),
             "Python, classify_column, list": lambda: timed(lambda: classifier.classify_column(texts)),
             "Python, classify": lambda: timed(lambda: classifier.classify(texts))}
    samples = {side: [] for side in sides}
    for round_number in range(options.rounds + 1):
        for side, run in sides.items():
            sample = run()
            if round_number > 0:  # the first one makes the primitives
                samples[side].append(sample)
    program.stdin.close()
    program.wait()

    print(f"{len(texts)} texts, {options.threads} threads, {classifier.precision}, medians of {options.rounds} rounds")
    print(f"{'':32} {'texts/s':>9} {'of C++':>7} {'texts/CPU s':>12} {'of C++':>7}")
    base = None
    for side, times in samples.items():
        rates = [len(texts) / statistics.median(column) for column in zip(*times, strict=True)]
        base = base or rates
        print(f"{side:32} {rates[0]:9.0f} {rates[0] / base[0]:7.3f} {rates[1]:12.0f} {rates[1] / base[1]:7.3f}")


if __name__ == "__main__":
    main()
