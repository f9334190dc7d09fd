"""What the tests and the measurement share: many short texts, what the command line tool answers, process trees."""

import hashlib
import json
import os
import pathlib
import random
import subprocess

import numpy
import pyarrow
import pyarrow.parquet

ROOT = pathlib.Path(__file__).parents[3]
MODEL = ROOT / "models" / "default"
SMALL_MODEL = ROOT / "tests" / "data" / "models" / "heads6-gelu-f32"
BIG_TEST_MODEL = pathlib.Path(os.environ.get("VALENCE_SPARK_MODEL", SMALL_MODEL))  # of the test with ROWS rows
TOOL = os.environ.get("VALENCE_TOOL", str(ROOT / "build" / "release" / "examples" / "valence"))


def sst2_dev():
    """Its 872 texts."""
    lines = (ROOT / "tests" / "data" / "sst2-dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t")[0] for line in lines]


def make_texts(rows):
    """Pieces of one to six words of SST-2 dev, always the same; every thousandth is None."""
    words = [text.split() for text in sst2_dev()]
    generator = random.Random(7)
    texts = []
    for row in range(rows):
        sentence = generator.choice(words)
        begin = generator.randrange(len(sentence))
        texts.append(None if row % 1000 == 999 else " ".join(sentence[begin:begin + generator.randint(1, 6)]))
    return texts


def write_parquet(folder, texts, files):
    """The texts with their row numbers, cut into so many files."""
    folder.mkdir()
    table = pyarrow.table({"id": pyarrow.array(range(len(texts)), pyarrow.int64()), "text": texts})
    each = -(-len(texts) // files)
    for file in range(files):
        pyarrow.parquet.write_table(table.slice(file * each, each), folder / f"{file:03}.parquet")


def tool_answers(texts, model, threads=2):
    """(label, score) a text, (None, None) for None."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts if text is not None)
    output = subprocess.run([TOOL, "--jsonl", "--model", str(model), "--threads", str(threads)], input=lines.encode(),
                            stdout=subprocess.PIPE, check=True).stdout
    answers = (json.loads(line) for line in output.decode().splitlines())
    answers = ((answer["label"], answer["score"]) for answer in answers)
    return [(None, None) if text is None else next(answers) for text in texts]


def digest(answers):
    """Of rows' labels and the bits of their scores."""
    found = hashlib.sha256()
    for label, score in answers:
        bits = None if score is None else numpy.float32(score).tobytes().hex()
        found.update(f"{label}\t{bits}\n".encode())
    return found.hexdigest()[:16]


def descendants(ancestor):
    """{process id: command line} of all processes below that one."""
    parents, commands = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            commands[int(entry.name)] = (entry / "cmdline").read_text()
        except (OSError, UnicodeDecodeError):
            continue  # it has just ended
    found, new = {}, {ancestor}
    while new:
        new = {process for process, parent in parents.items() if parent in new}
        found |= {process: commands[process] for process in new}
    return found
