"""Beside PyTorch and scikit-learn, which bring OpenMP runtimes of their own: answers and numbers of threads stay."""

import itertools
import json
import subprocess
import sys

import pytest

# Imports the packages in the order given, lets each compute, and prints what valence's two threads add to the process.
PROGRAM = """
import importlib, json, os, sys
import numpy as np
names = sys.argv[1:]
modules = {name: importlib.import_module(name) for name in names}
threads = lambda: len(os.listdir("/proc/self/task"))

def others():
    if "torch" in modules:
        torch = modules["torch"]
        torch.ones(600, 600) @ torch.ones(600, 600)
    if "sklearn" in modules:
        from sklearn.cluster import KMeans
        from sklearn.ensemble import HistGradientBoostingClassifier
        x = np.random.default_rng(0).normal(size=(2000, 4))
        KMeans(3, n_init=1, random_state=0).fit(x)
        HistGradientBoostingClassifier(max_iter=3).fit(x, x[:, 0] > 0)

others()
before = threads()
omp = modules["torch"].get_num_threads() if "torch" in modules else 0
classifier = modules["valence"].Classifier(threads=2, precision="f32")
logits = [answer.logits for answer in classifier.classify(["I loved every minute of it.", "It drags."] * 40)]
added = threads() - before
others()
again = [answer.logits for answer in classifier.classify(["I loved every minute of it.", "It drags."] * 40)]
print(json.dumps({"logits": logits[:2], "same": logits == again, "added": added, "late": threads() - before - added,
                  "torch_threads_kept": omp == (modules["torch"].get_num_threads() if "torch" in modules else 0)}))
"""


def run(names):
    done = subprocess.run([sys.executable, "-c", PROGRAM, *names], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_threads_and_answers_beside_other_openmp_runtimes():
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    alone = run(["valence"])
    assert alone["added"] <= 2
    for order in itertools.permutations(["valence", "torch", "sklearn"]):
        found = run(order)
        assert found["logits"] == alone["logits"], order
        assert found["same"], order
        assert found["added"] <= 2 and found["late"] == 0, (order, found)
        assert found["torch_threads_kept"], order
