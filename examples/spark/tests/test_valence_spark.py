"""On a cluster of two worker processes: answers are the command line tool's, whatever is killed."""

import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pyarrow
import pyarrow.parquet
import pytest

from dataset import BIG_TEST_MODEL, SMALL_MODEL, descendants, digest, make_texts, tool_answers, write_parquet

HERE = pathlib.Path(__file__).parent
PROGRAM = HERE.parent / "valence_spark.py"
CLUSTER = "local-cluster[2,1,1024]"  # two executors of one core each
QUIET = ["--conf", "spark.ui.showConsoleProgress=false", "--conf", "spark.ui.enabled=false"]
ROWS = int(os.environ.get("VALENCE_SPARK_ROWS", 200000))

sys.path.insert(0, str(PROGRAM.parent))
import valence_spark  # noqa: E402


def run(*arguments, environment=()):
    return subprocess.run([sys.executable, PROGRAM, *QUIET, *arguments], capture_output=True, text=True, timeout=1200,
                          env=os.environ | dict(environment))


def expect_error(finished, words):
    """One line of error and no stack of Java or Python."""
    lines = finished.stderr.splitlines()
    errors = [line for line in lines if "valence_spark: error: " in line]
    assert finished.returncode == 1 and len(errors) == 1 and words in errors[0], finished.stderr
    assert not [line for line in lines if "Traceback" in line or line.lstrip().startswith("at ")], finished.stderr


def test_killed_worker_changes_nothing(tmp_path):
    texts = make_texts(ROWS)
    write_parquet(tmp_path / "in", texts, 3)
    expected = digest(tool_answers(texts, BIG_TEST_MODEL))
    job = subprocess.Popen([sys.executable, PROGRAM, *QUIET, "--input", tmp_path / "in", "--format", "parquet",
                            "--output", tmp_path / "out", "--master", CLUSTER, "--partitions", "20",
                            "--model", BIG_TEST_MODEL], stdout=subprocess.PIPE, text=True)

    def executors():
        processes = descendants(job.pid).items()
        return {process for process, command in processes if "CoarseGrainedExecutorBackend" in command}

    # Once a few files are done, one of the two workers is killed in the midst of another.
    while len(list((tmp_path / "out").glob("_temporary/0/task_*"))) < 4:
        assert job.poll() is None
        time.sleep(0.1)
    before = executors()
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    after = before
    while job.poll() is None:
        after = after | executors()
        time.sleep(0.5)
    assert job.returncode == 0
    assert len(after) > 2  # Spark started another
    null = ROWS // 1000
    assert job.stdout.read() == f"{ROWS} rows, {ROWS - null} with a label, {null} with a reason why not\n"

    table = pyarrow.parquet.read_table(tmp_path / "out").sort_by("id")
    assert table.column_names == ["id", "text", "label", "score", "reason"]
    assert table["id"].to_pylist() == list(range(ROWS)) and table["text"].to_pylist() == texts
    assert table["reason"].to_pylist() == [None if text is not None else "null" for text in texts]
    found = digest(zip(table["label"].to_pylist(), table["score"].to_pylist(), strict=True))
    print(f"\nSpark, a worker killed: {table.num_rows} rows, {found}; command line tool: {len(texts)} rows, {expected}")
    assert found == expected


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A session on the cluster with the small model, and a function that classifies files in it."""
    arguments = ["--output", str(tmp_path_factory.mktemp("out") / "0"), "--overwrite", "--model", str(SMALL_MODEL)]
    spark = valence_spark.open_session(valence_spark.parse_arguments(["--input", "-", "--master", CLUSTER, *QUIET,
                                                                         *arguments]))
    valence_spark.ship(spark, str(SMALL_MODEL), tmp_path_factory.mktemp("ship"))
    valence_spark.check_workers(spark, True, "auto")

    def classify(*more):
        parsed = valence_spark.parse_arguments([*arguments, *map(str, more)])
        counts = valence_spark.classify(spark, parsed, True)
        rows = pyarrow.parquet.read_table(parsed.output).to_pylist()
        assert counts[0] == counts[1] == len(rows)
        return rows

    yield spark, classify
    spark.stop()


def test_every_format_gives_the_same_answers(session, tmp_path):
    texts = [text for text in make_texts(60) if text is not None] + ['with "quotes", commas', "caf\u00e9 \u4f60\u597d"]
    expected = sorted(zip(texts, *zip(*tool_answers(texts, SMALL_MODEL))))
    (tmp_path / "a.txt").write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"n": 1, "text": text}) + "\n" for text in texts))
    pyarrow.parquet.write_table(pyarrow.table({"the text": texts, "label": texts}), tmp_path / "a.parquet")
    with open(tmp_path / "a.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["text", "n"], *([text, 1] for text in texts)])
    for name, text, prefix, *options in [("a.txt", "value", ""), ("a.jsonl", "text", ""),
                                         ("a.parquet", "the text", "v_", "--text-column", "the text", "--prefix", "v_"),
                                         ("a.csv", "text", "", "--option", 'escape="', "--partitions", "3")]:
        rows = session[1]("--input", tmp_path / name, *options)
        assert sorted((row[text], row[prefix + "label"], row[prefix + "score"]) for row in rows) == [
            (text, label, pytest.approx(score, abs=1e-7)) for text, label, score in expected], name


def test_bad_rows_get_a_reason_and_stay(session, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id":1,"text":"good"}\n{"id":2,"text":5}\n{"id":3,"text":null}\n{"id":4}\n'
                                      'no JSON\n{"id":6,"text":["good"]}\n{"id":7,"text":"5"}\n{"id":8,"text":""}\n')
    rows = {row["id"]: row for row in session[1]("--input", tmp_path / "a.jsonl")}
    assert {key: row["reason"] for key, row in rows.items()} == {
        1: None, 2: "expected a string, found bigint", 3: "null", 4: "null", None: "not JSON",
        6: "expected a string, found array<string>", 7: None, 8: None}
    assert rows[None]["_corrupt_record"] == "no JSON" and rows[2]["text"] == "5"
    for row in rows.values():
        assert (row["label"] is None) == (row["score"] is None) == (row["reason"] is not None)
    pyarrow.parquet.write_table(pyarrow.table({"text": [1, None]}), tmp_path / "a.parquet")
    assert session[1]("--input", tmp_path / "a.parquet") == [
        {"text": 1, "label": None, "score": None, "reason": "expected a string, found bigint"},
        {"text": None, "label": None, "score": None, "reason": "null"}]


def test_a_worker_process_loads_one_classifier(session):
    """Many tasks; each process has loaded the model once, with a thread for the task's one CPU."""
    def loads(_):
        classifier = valence_spark.classifier_of_task(True, "auto")
        yield os.getpid(), valence_spark.load_classifier.cache_info().misses, classifier.threads

    found = set(session[0].sparkContext.parallelize(range(20), 20).mapPartitions(loads).collect())
    assert len({process for process, _, _ in found}) == 2
    assert {(misses, threads) for _, misses, threads in found} == {(1, 1)}


def test_usage_errors_are_one_line(session, tmp_path):
    pyarrow.parquet.write_table(pyarrow.table({"a": ["x"], "label": [1]}), tmp_path / "a.parquet")
    for words, *arguments in [("--text-column: expected one of a, label, found text", "a.parquet"),
                              ("--prefix: expected one for the answers", "a.parquet", "--text-column", "a"),
                              ("--format: expected one for input that ends in '.bin'", "a.bin"),
                              ("PATH_NOT_FOUND", "nowhere.parquet")]:
        with pytest.raises(Exception) as raised:
            session[1]("--input", tmp_path / arguments[0], *arguments[1:])
        assert words in valence_spark.one_line(raised.value) and "\n" not in valence_spark.one_line(raised.value)


def test_model_missing_on_one_worker_fails_the_job(session, monkeypatch, capfd, tmp_path):
    """Last of those that use the session: it ends it."""
    def ship_and_lose(spark, model, folder):
        def lose(_):
            from pyspark import SparkFiles
            folder = pathlib.Path(SparkFiles.getRootDirectory())
            (folder / valence_spark.SHIPPED / "config.json").unlink()
            yield str(folder)

        assert len(spark.sparkContext.parallelize([0], 1).mapPartitions(lose).collect()) == 1

    monkeypatch.setattr(valence_spark, "ship", ship_and_lose)
    (tmp_path / "a.txt").write_text("good\n" * 1000)
    code = valence_spark.main(["--input", str(tmp_path / "a.txt"), "--output", str(tmp_path / "out"), "--model",
                               str(SMALL_MODEL), "--precision", "f32"])
    expect_error(subprocess.CompletedProcess([], code, "", capfd.readouterr().err), "config.json")
    assert not (tmp_path / "out").exists()


def test_versions_that_do_not_fit(tmp_path):
    arguments = ["--input", "a.txt", "--output", str(tmp_path / "out")]
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text('__version__ = "3.5.1"\n')
    expect_error(run(*arguments, environment={"PYTHONPATH": str(tmp_path)}),
                 "expected Spark 4 or later, found PySpark 3.5.1")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").write_text('#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n')
    (tmp_path / "bin" / "java").chmod(0o755)
    expect_error(run(*arguments, environment={"JAVA_HOME": str(tmp_path)}),
                 'expected Java 17 or later, found openjdk version "11.0.2"')
    expect_error(run(*arguments, environment={"JAVA_HOME": "/nowhere"}), "expected Java 17 or later, found none")
    expect_error(run(*arguments, "--model", "/nowhere", "--master", "local[1]"),
                 "--model: expected a folder, found none: /nowhere")
