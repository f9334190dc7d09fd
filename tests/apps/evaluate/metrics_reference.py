#!/usr/bin/env python3
"""Writes metrics_reference.json: predictions, and what scikit-learn, SciPy and statsmodels make of them.

Usage: tests/apps/evaluate/metrics_reference.py > tests/apps/evaluate/metrics_reference.json
Needs Python 3.11, scikit-learn 1.5.2, scipy 1.17.1, statsmodels 0.15.0.

The first case is SST-2's development set with the logits of Hugging Face transformers that tests/data holds. The others
are generated: labels in any balance, one that never occurs, one only, few rows.
"""
import json
import pathlib

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_recall_fscore_support
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

DATA = pathlib.Path(__file__).parents[2] / "data"
BINS = 15
THRESHOLDS = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999]


def loss(labels, logits, temperature):
    return log_loss(labels, softmax(logits / temperature, axis=1), labels=np.arange(logits.shape[1]))


def calibration_error(right, scores):
    """From scikit-learn's reliability curve, weighted by the rows of its bins."""
    share, mean_score = calibration_curve(right, scores, n_bins=BINS)
    rows = np.bincount(np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], scores), minlength=BINS)
    rows = rows[rows > 0]
    return float(np.sum(rows * np.abs(share - mean_score)) / len(scores)), share.tolist(), mean_score.tolist(), rows.tolist()


def figures(labels, logits):
    count = logits.shape[1]
    probabilities = softmax(logits, axis=1)
    answers = logits.argmax(axis=1)
    # The tool sees the scores as float32.
    scores = probabilities.max(axis=1).astype(np.float32).astype(np.float64)
    right = answers == labels
    precision, recall, f1, rows = precision_recall_fscore_support(labels, answers, labels=range(count), zero_division=np.nan)
    present = sorted(set(labels) | set(answers))
    fit = minimize_scalar(lambda log_t: loss(labels, logits, np.exp(log_t)), bounds=(np.log(0.05), np.log(20)),
                          method="bounded", options={"xatol": 1e-10})
    temperature = float(np.exp(fit.x))
    error, share, mean_score, bin_rows = calibration_error(right, scores)
    tempered = softmax(logits / temperature, axis=1).max(axis=1)
    thresholds = []
    for threshold in THRESHOLDS:
        answered = scores >= threshold
        thresholds.append([int(answered.sum()), int(right[answered].sum())])
    none_if_nan = lambda values: [None if np.isnan(value) else float(value) for value in values]
    return {
        "accuracy": accuracy_score(labels, answers),
        "interval": proportion_confint(int(right.sum()), len(right), method="wilson"),
        "difference_of_first_half": confint_proportions_2indep(
            int(right[: len(right) // 2].sum()), len(right) // 2, int(right[len(right) // 2:].sum()),
            len(right) - len(right) // 2, method="newcomb", compare="diff"),
        "precision": none_if_nan(precision), "recall": none_if_nan(recall), "f1": none_if_nan(f1), "rows": rows.tolist(),
        "macro_f1": f1_score(labels, answers, labels=present, average="macro"),
        "confusion": confusion_matrix(labels, answers, labels=range(count)).tolist(),
        "log_loss": loss(labels, logits, 1),
        "calibration_error": error, "bin_share": share, "bin_score": mean_score, "bin_rows": bin_rows,
        "temperature": temperature, "tempered_log_loss": loss(labels, logits, temperature),
        "tempered_calibration_error": calibration_error(right, tempered)[0],
        "thresholds": thresholds,
    }


def generated(rng, rows, weights, sharpness):
    labels = rng.choice(len(weights), size=rows, p=weights)
    logits = rng.normal(size=(rows, len(weights))) * 2
    logits[np.arange(rows), labels] += 1.5
    return labels, (logits * sharpness).astype(np.float32).round(3).astype(np.float32)


def main():
    labels = np.array([int(line.rsplit("\t", 1)[1]) for line in (DATA / "sst2-dev.tsv").read_text().splitlines()[1:]])
    lines = (DATA / "sst2-dev-default-logits.txt").read_text().splitlines()
    logits = np.array([line.split() for line in lines if not line.startswith("#")], dtype=np.float32)
    inputs = [("SST-2 dev", labels, logits)]
    rng = np.random.default_rng(6)
    for name, rows, weights, sharpness in [
        ("two labels, too sure", 300, [0.5, 0.5], 3), ("two labels, not sure enough", 300, [0.5, 0.5], 0.3),
        ("rare label", 300, [0.95, 0.05], 1), ("three labels, one never", 200, [0.6, 0.4, 0.0], 1),
        ("five labels", 250, [0.1, 0.3, 0.2, 0.3, 0.1], 1.5), ("one label only", 60, [0.0, 1.0], 1), ("few rows", 7, [0.4, 0.6], 1),
    ]:
        inputs.append((name, *generated(rng, rows, weights, sharpness)))
    cases = [{"name": name, "labels": labels.tolist(), "logits": logits.astype(np.float64).round(6).tolist(),
              "figures": figures(labels, logits.astype(np.float64))} for name, labels, logits in inputs]
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


main()
