#!/usr/bin/env python3
"""Divides a model's classifier by a temperature that is fitted to labelled texts, so that its scores say how often it is
right (Guo et al., 2017). No label changes. train.py does this for every model that it writes, this script for a folder
that exists. The texts must be new to the model and to its teachers: it is surer of what it has learnt."""

import argparse
import dataclasses
import sys

import torch
import torch.nn.functional as F

import batches
import folder
import network
import rows
import settings as settings_file
import trainer as training
from folder import Error

BINS = 15  # of equal width, as in valence-evaluate
LOWEST, HIGHEST = 0.05, 20.0  # the range of temperatures


def fitted_temperature(logits, labels):
    """The temperature with the least log loss. logits: [texts, labels], labels: [texts]. A label counts as right in
    n + 1 of n + labels cases (Platt, 1999): texts without a mistake would ask for a temperature of 0 otherwise. The
    loss is convex in the temperature's inverse, so that the sign of its slope halves the interval."""
    logits, low, high = logits.double(), 1 / HIGHEST, 1 / LOWEST
    smoothing = logits.shape[1] / sum(logits.shape)
    for _ in range(60):
        scale = torch.tensor((low + high) / 2, dtype=torch.float64, requires_grad=True)
        F.cross_entropy(logits * scale, labels, label_smoothing=smoothing).backward()
        low, high = (low, scale.item()) if scale.grad > 0 else (scale.item(), high)
    return 2 / (low + high)


def calibration_error(logits, labels):
    """The expected calibration error: the mean distance of score and accuracy over the bins, weighted by their texts."""
    scores, answers = F.softmax(logits.double(), -1).max(-1)
    right = (answers == labels).double()
    bins = (scores * BINS).ceil().long().clamp(1, BINS) - 1
    gaps = torch.zeros(BINS, dtype=torch.float64).index_add(0, bins, scores - right)
    return (gaps.abs().sum() / len(labels)).item()


@dataclasses.dataclass
class Calibration:
    """`errors`: for each file its texts and its calibration error before and after."""

    temperature: float
    fitted_to: list  # names of files
    errors: dict

    def lines(self):
        yield f"temperature {self.temperature:.3f}, fitted to {', '.join(self.fitted_to)}"
        for name, (count, before, after) in self.errors.items():
            yield f"{name}: {count} texts, expected calibration error {before:.4f} before, {after:.4f} after"


def calibrate(tensors, judged, fitted_to):
    """Divides the classifier in `tensors` by the temperature that suits the files `fitted_to`. judged: {file: (logits,
    labels)} of the model as it is."""
    temperature = fitted_temperature(*(torch.cat(parts) for parts in zip(*(judged[name] for name in fitted_to))))
    for name in folder.CLASSIFIER:
        tensors[name] = tensors[name] / temperature
    errors = {name: (len(labels), calibration_error(logits, labels), calibration_error(logits / temperature, labels))
              for name, (logits, labels) in judged.items()}
    return Calibration(temperature, fitted_to, errors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder to read")
    parser.add_argument("output", help="folder to write; the card is not copied")
    parser.add_argument("--fit", action="append", required=True, metavar="FILE", help="labelled texts; repeatable")
    parser.add_argument("--judge", action="append", default=[], metavar="FILE", help="more texts to evaluate on; repeatable")
    parser.add_argument("--dtype", default="bfloat16", choices=("bfloat16", "float32"), help="of the weights written")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = folder.read(options.model)
    if not model.labels:
        raise Error(f"{options.model}: expected labels in config.json, found none")
    judge = training.Trainer(model, settings_file.Settings(), 1)
    special = [model.tokenizer.token_to_id(t) for t in folder.SPECIAL]
    weights, judged = network.fuse(model.tensors), {}
    for file in options.fit + options.judge:
        found = rows.read(file, model.labels)
        pieces = batches.tokenized(model.tokenizer, found.texts)
        judged[file] = judge.logits(weights, pieces, found.labels, special, torch.float32)
    for line in calibrate(model.tensors, judged, options.fit).lines():
        print(line)
    folder.write(options.output, model, getattr(torch, options.dtype))


if __name__ == "__main__":
    try:
        main()
    except Error as error:
        sys.exit(f"calibrate: error: {error}")
