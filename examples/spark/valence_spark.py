#!/usr/bin/env python3
"""Classifies a data set with Apache Spark. Reads Parquet, JSON lines, CSV or text; writes Parquet with every row.

Added to the columns of the input: "label" and "score", or null and in "reason" why the row has none.

    python valence_spark.py --input reviews.parquet --output answers --text-column review
    spark-submit --master spark://host:7077 valence_spark.py --input .. --output ..
"""

import argparse
import functools
import os
import pathlib
import re
import socket
import subprocess
import sys
import tarfile
import tempfile

EXTENSIONS = {".parquet": "parquet", ".jsonl": "json", ".json": "json", ".csv": "csv", ".txt": "text"}
SHIPPED = "valence-model"  # the model's name among the files that Spark unpacks on the workers
OLDEST_SPARK, OLDEST_JAVA = 4, 17


class JobError(Exception):
    """An error for the user, in one line."""


# --- On the workers. They import this file, so the classifier stays loaded after the batch, the task and the job.


@functools.lru_cache(maxsize=1)
def load_classifier(shipped, threads, precision):
    """The classifier of this Python worker process. Raises JobError naming the host."""
    host = socket.gethostname()
    try:
        import valence
    except ImportError as error:
        raise JobError(f"on {host}: {sys.executable}: {error}; expected the package valence there") from None
    from pyspark import SparkFiles
    try:
        return valence.Classifier(SparkFiles.get(SHIPPED) if shipped else None, threads=threads, precision=precision)
    except valence.Error as error:
        raise JobError(f"on {host}: {error}") from None


def classifier_of_task(shipped, precision):
    """The number of CPUs of the task (spark.task.cpus)."""
    from pyspark import TaskContext
    return load_classifier(shipped, TaskContext.get().cpus(), precision)


def describe_worker(shipped, precision):
    """What the bits of this worker's answers depend on, and the host."""
    import valence
    classifier = classifier_of_task(shipped, precision)
    return f"valence {valence.__version__} in {classifier.precision}, labels {classifier.labels}", socket.gethostname()


def add_answers(batch, text_column, names, classifier):
    """Inserts label and score before the last column, the reason, which is null for rows with a text."""
    import numpy
    import pyarrow
    import pyarrow.compute
    reasons = batch.column(batch.num_columns - 1)
    fit = reasons.is_null()
    texts = batch.column(text_column)
    if pyarrow.types.is_string(texts.type) or pyarrow.types.is_large_string(texts.type):
        texts = pyarrow.compute.if_else(fit, texts, pyarrow.scalar(None, texts.type))
    else:
        texts = pyarrow.nulls(batch.num_rows, pyarrow.string())
    codes, scores = classifier.classify_column(texts)
    unfit = ~numpy.asarray(fit)
    labels = pyarrow.array(classifier.labels).take(pyarrow.array(codes, mask=unfit))
    return pyarrow.RecordBatch.from_arrays(
        [*batch.columns[:-1], labels, pyarrow.array(scores, mask=unfit), reasons],
        [*batch.schema.names[:-1], *names])


# --- On the driver


def check_versions():
    """Raises JobError for an unsupported Spark or Java; Spark would print a Java stack trace."""
    try:
        import pyspark
    except ImportError as error:
        raise JobError(f"{error}: pip install -r requirements.txt") from None
    if int(pyspark.__version__.split(".")[0]) < OLDEST_SPARK:
        raise JobError(f"expected Spark {OLDEST_SPARK} or later, found PySpark {pyspark.__version__} "
                       f"in {os.path.dirname(pyspark.__file__)}")
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return  # spark-submit has started Java already
    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError) as error:
        raise JobError(f"expected Java {OLDEST_JAVA} or later, found none: {error}") from None
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    if not version or int(version[1]) < OLDEST_JAVA:
        found = (told.strip() or "none").splitlines()[0]
        raise JobError(f"{java}: expected Java {OLDEST_JAVA} or later, found {found}")


def open_session(arguments):
    from pyspark.sql import SparkSession
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("valence").config("spark.log.level", arguments.spark_log)
    if arguments.master:
        builder = builder.master(arguments.master)
    for name, value in arguments.conf:
        builder = builder.config(name, value)
    return builder.getOrCreate()


def ship(spark, model, folder):
    """Sends this file and the model's to the workers; `folder` must exist until the end."""
    spark.sparkContext.addPyFile(str(pathlib.Path(__file__).resolve()))
    if model is None:
        return
    if not os.path.isdir(model):
        raise JobError(f"--model: expected a folder, found none: {model}")
    archive = pathlib.Path(folder) / "model.tar"
    with tarfile.open(archive, "w") as tar:
        for file in sorted(pathlib.Path(model).iterdir()):
            tar.add(file, file.name)
    spark.sparkContext.addArchive(f"{archive}#{SHIPPED}")


def check_workers(spark, shipped, precision):
    """Makes every worker load the model now: later Spark would retry a failed task elsewhere. Raises JobError if workers
    compute differently, because an answer would depend on its row's worker."""
    context = spark.sparkContext
    slots = max(1, context.defaultParallelism // int(spark.conf.get("spark.task.cpus", "1")))
    # In a barrier stage all tasks run at the same time, so each worker gets one.
    tasks = context.parallelize(range(slots), slots).barrier()
    found = dict(tasks.mapPartitions(lambda _: [describe_worker(shipped, precision)]).collect())
    if len(found) > 1:
        told = "; ".join(f"{host}: {what}" for what, host in found.items())
        raise JobError(f"expected workers that compute alike (perhaps with --precision f32), found {told}")


def read(spark, arguments):
    """The data set, with the reason as its last column, which is null for rows with a text."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import StringType, StructField, StructType, VariantType
    suffix = pathlib.PurePath(arguments.input[0]).suffix
    kind = arguments.format or EXTENSIONS.get(suffix)
    if kind is None:
        raise JobError(f"--format: expected one for input that ends in {suffix!r}")
    name = arguments.text_column or ("value" if kind == "text" else "text")
    options = dict([("header", "true")] if kind == "csv" else []) | dict(arguments.option)
    reader = spark.read.format(kind).options(**options)
    rows = (reader.schema(arguments.schema) if arguments.schema else reader).load(arguments.input)
    if name not in rows.columns:
        raise JobError(f"--text-column: expected one of {', '.join(rows.columns)}, found {name}")
    names = [arguments.prefix + column for column in ("label", "score", "reason")]
    if taken := set(names) & set(rows.columns):
        raise JobError(f"--prefix: expected one for the answers, as the input has a column {sorted(taken)[0]}")

    text, kind_of_text = F.col(f"`{name}`"), rows.schema[name].dataType
    found = F.lit(kind_of_text.simpleString())
    if kind == "json" and kind_of_text == StringType():
        # Spark would convert other values to strings; a variant keeps its type.
        fields = [StructField(name, VariantType()) if field.name == name else field for field in rows.schema]
        rows = reader.schema(StructType(fields)).load(arguments.input)
        rows = rows.withColumn(names[2], F.schema_of_variant(text)).withColumn(name, text.cast("string"))
        found = F.lower(F.col(names[2]))
    reason = F.when(text.isNull(), "null").when(found != "string", F.concat(F.lit("expected a string, found "), found))
    if "_corrupt_record" in rows.columns:
        reason = F.when(F.col("_corrupt_record").isNotNull(), "not JSON").otherwise(reason)
    rows = rows.withColumn(names[2], reason)
    if arguments.partitions:
        rows = rows.repartition(arguments.partitions)
    return rows, rows.columns.index(name), names


def classify(spark, arguments, shipped):
    """Reads, classifies and writes; returns the counts (rows read, rows written, rows with a label)."""
    from pyspark.sql import Observation, functions as F
    rows, text_column, names = read(spark, arguments)
    fields = [f"`{field.name}` {field.dataType.simpleString()}" for field in rows.schema][:-1]
    schema = ", ".join([*fields, f"`{names[0]}` string", f"`{names[1]}` float", f"`{names[2]}` string"])
    precision = arguments.precision

    def answers(batches):
        classifier = classifier_of_task(shipped, precision)
        for batch in batches:
            yield add_answers(batch, text_column, names, classifier)

    rows_in, rows_out = Observation(), Observation()
    counted = rows.observe(rows_in, F.count(F.lit(1)).alias("rows"))
    answered = counted.mapInArrow(answers, schema).observe(
        rows_out, F.count(F.lit(1)).alias("rows"), F.count(F.col(f"`{names[0]}`")).alias("labels"))
    answered.write.mode("overwrite" if arguments.overwrite else "error").parquet(arguments.output)
    return rows_in.get["rows"], rows_out.get["rows"], rows_out.get["labels"]


def one_line(error):
    """Spark's error without stack traces: the line that a worker raised, else the first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    for line in lines:
        if found := re.search(r"\bJobError: (.*)", line):
            return found[1]
    raised = [line for line in lines if re.match(r"[A-Za-z_.]+(Error|Exception): ", line)]
    return raised[-1] if raised and "Traceback" in str(error) else lines[0] if lines else type(error).__name__


def parse_arguments(argv):
    def pair(text):
        if "=" not in text:
            raise argparse.ArgumentTypeError(f"expected NAME=VALUE, found {text}")
        return text.split("=", 1)

    parser = argparse.ArgumentParser(prog="valence_spark", description=__doc__.splitlines()[0])
    parser.add_argument("--input", required=True, nargs="+", help="files or folders of one format")
    parser.add_argument("--output", required=True, help="a folder of Parquet files")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")
    parser.add_argument("--format", choices=sorted(set(EXTENSIONS.values())), help="default: by the input's extension")
    parser.add_argument("--text-column", help='default: "text"; "value" for --format text')
    parser.add_argument("--prefix", default="", help='put before the new columns "label", "score" and "reason"')
    parser.add_argument("--schema", help="the input's columns, as in SQL; JSON lines are then read once instead of twice")
    parser.add_argument("--option", type=pair, action="append", default=[], metavar="NAME=VALUE",
                        help="of Spark's reader, e.g. multiLine=true")
    parser.add_argument("--partitions", type=int, help="repartition the rows, if there are too few files for the cluster")
    parser.add_argument("--model", help="a model folder, sent to the workers; default: their default model")
    parser.add_argument("--precision", default="auto", choices=["auto", "f32", "bf16", "int8"])
    parser.add_argument("--master", help="default: spark-submit's, else all CPUs of this machine")
    parser.add_argument("--conf", type=pair, action="append", default=[], metavar="NAME=VALUE",
                        help="of Spark's session")
    parser.add_argument("--spark-log", default="OFF", help="the level of Spark's own messages: OFF, ERROR, WARN or INFO")
    return parser.parse_args(argv)


def main(argv=None):
    arguments = parse_arguments(argv)
    spark = None
    try:
        check_versions()
        spark = open_session(arguments)
        with tempfile.TemporaryDirectory() as folder:
            ship(spark, arguments.model, folder)
            check_workers(spark, arguments.model is not None, arguments.precision)
            read_rows, written, labelled = classify(spark, arguments, arguments.model is not None)
        if read_rows != written:
            raise JobError(f"{arguments.output}: expected {read_rows} rows, as were read, found {written}")
        print(f"{written} rows, {labelled} with a label, {written - labelled} with a reason why not")
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # from Spark, Java or a worker; printed as one line
        print(f"valence_spark: error: {error if isinstance(error, JobError) else one_line(error)}", file=sys.stderr)
        return 1
    finally:
        if spark is not None:
            spark.stop()


if __name__ == "__main__":
    # Imported under its own name, because no worker can import __main__.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import valence_spark
    sys.exit(valence_spark.main())
