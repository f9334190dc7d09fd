"""Measures what Spark costs on top of the command line tool: the sentences of SST-2 dev, repeated, on two cores.

    VALENCE_TOOL=.. python cost.py [ROWS] [ROUNDS]

Rounds are interleaved. Seconds by the clock and of CPU time: of the tool's process, and of all that Spark started, Java
and Python. Start-up is left out: of the tool its run on one text, of Spark the session, the models and a first job.
"""

import itertools
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from dataset import MODEL, TOOL, descendants, sst2_dev, write_parquet

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import valence_spark  # noqa: E402


def cpu_seconds(processes):
    """User and system time of live processes and of the children that they have waited for."""
    ticks = 0
    for process in processes:
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def spark_cpu_seconds():
    """Of the Python workers, of all else (Java)."""
    processes = descendants(os.getpid())
    workers = {process for process, command in processes.items() if "pyspark.daemon" in command}
    return cpu_seconds(workers), cpu_seconds(processes.keys() - workers)


def run_tool(lines):
    begin, before = time.monotonic(), os.times()
    subprocess.run([TOOL, "--model", str(MODEL), "--threads", "2"], input=lines, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - begin, cpu


def main(rows=50000, rounds=3):
    texts = list(itertools.islice(itertools.cycle(sst2_dev()), rows))
    lines = "".join(text + "\n" for text in texts).encode()
    tool, spark_seconds = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_parquet(folder / "in", texts, 3)
        arguments = valence_spark.parse_arguments([
            "--input", str(folder / "in"), "--format", "parquet", "--output", str(folder / "out"), "--overwrite",
            "--model", str(MODEL), "--partitions", "20", "--master", "local-cluster[2,1,1024]",
            "--conf", "spark.ui.showConsoleProgress=false"])
        spark = valence_spark.open_session(arguments)
        valence_spark.ship(spark, arguments.model, folder)
        valence_spark.check_workers(spark, True, "auto")
        write_parquet(folder / "few", texts[:100], 1)
        small = valence_spark.parse_arguments(["--input", str(folder / "few"), "--format", "parquet", "--output",
                                               str(folder / "small"), "--partitions", "4", "--overwrite"])
        for _ in range(rounds):
            empty = run_tool(b"good\n")
            tool.append([all_of_it - start for all_of_it, start in zip(run_tool(lines), empty)])
            valence_spark.classify(spark, small, True)  # Python workers that idled for a minute have ended
            begin, before = time.monotonic(), spark_cpu_seconds()
            assert valence_spark.classify(spark, arguments, True)[1] == rows
            spent = [after - earlier for after, earlier in zip(spark_cpu_seconds(), before)]
            spark_seconds.append([time.monotonic() - begin, sum(spent), spent[1]])
        spark.stop()
    cpu = re.search("model name.*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"{rows} rows, {sum(map(len, texts)) / rows:.0f} characters a text, median of {rounds}; {cpu and cpu[1]}, "
          f"{os.cpu_count()} CPUs")
    for kind, place in ("clock", 0), ("CPU time", 1):
        a, b = (statistics.median(run[place] for run in runs) for runs in (tool, spark_seconds))
        print(f"{kind:8}: tool {a:7.1f} s, {rows / a:6.0f} texts/s; Spark {b:7.1f} s, {rows / b:6.0f} texts/s; "
              f"Spark's cost on top {100 * (b / a - 1):+.1f} %")
    print(f"of Spark's CPU time Java took {statistics.median(run[2] for run in spark_seconds):.1f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
