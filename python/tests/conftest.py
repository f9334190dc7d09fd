"""What the tests share: SST-2 dev, the models, the command line tool."""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

import valence

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def texts():
    """The 872 texts of SST-2's development set."""
    lines = (DATA / "sst2-dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
    texts = [line.split("\t")[0] for line in lines]
    assert len(texts) == 872
    return texts


@pytest.fixture(scope="session")
def classifier():
    return valence.Classifier(threads=2)


@pytest.fixture(scope="session")
def tool():
    """tool(texts, *options): what the command line tool answers, an object a text, numbers as float32."""
    path = os.environ["VALENCE_TOOL"]

    def run(texts, *options):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        command = [path, "--jsonl", "--scores", "--logits", "--threads", "2", *options]
        environment = {name: value for name, value in os.environ.items() if name != "VALENCE_MODEL"}
        output = subprocess.run(command, input=lines.encode(), capture_output=True, check=True, env=environment).stdout
        answers = [json.loads(line, parse_float=np.float32) for line in output.decode().splitlines()]
        assert len(answers) == len(texts)
        return answers

    return run


@pytest.fixture(scope="session")
def model():
    """model(name): the folder of a small model with transformers' logits."""
    return lambda name: DATA / "models" / name
