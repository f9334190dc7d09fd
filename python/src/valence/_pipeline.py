"""The interface of transformers.pipeline("text-classification"), computed by this library."""

import inspect
import itertools
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from ._classifier import Classifier, Prediction
from ._error import Error, ErrorCode

_TASKS = ("text-classification", "sentiment-analysis")
_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
_STREAM_TEXTS = 512  # that a generator's texts are taken at a time
_NOT_GIVEN: Any = ""  # as in transformers: for top_k None means all labels


def pipeline(task: str = "text-classification", model: str | os.PathLike[str] | None = None, *, threads: int = 0,
             dtype: Any = "float32", max_length: int = 0, top_k: int | None = _NOT_GIVEN,
             function_to_apply: str | None = None, **ignored: Any) -> "TextClassificationPipeline":
    """A text classifier with transformers' interface and answers: the same labels, scores within 1e-4.

    model: a DistilBERT or BERT folder; None: the package's default model. threads: see Classifier. top_k, function_to_apply
    ("softmax", "sigmoid", "none"): as in transformers, here or in the call. `truncation`, `padding`, `device`,
    `batch_size` and `num_workers` are accepted where they do not change an answer.

    dtype: "float32", or "bfloat16" where the CPU has it, which is faster; torch's own may be given too.

    What differs: texts are always truncated, as by truncation=True; max_length is given here, not in the call; dtype
    does not follow the folder's files; pairs of texts are refused; an empty list gives an empty list.
    """
    if task not in _TASKS:
        raise Error(ErrorCode.INVALID_ARGUMENT, f"task: expected {' or '.join(_TASKS)}, found {task!r}")
    _check_ignored(ignored)
    precision = _PRECISIONS.get(str(dtype).removeprefix("torch."))
    if precision is None:
        raise Error(ErrorCode.INVALID_ARGUMENT, f"dtype: expected float32 or bfloat16, found {dtype}")
    return TextClassificationPipeline(Classifier(model, threads, precision, max_length), top_k, function_to_apply)


class TextClassificationPipeline:
    """Made by pipeline()."""

    def __init__(self, classifier: Classifier, top_k: int | None, function_to_apply: str | None) -> None:
        self.classifier = classifier
        self._top_k = top_k
        self._function = _check_function(function_to_apply)

    def __call__(self, inputs: Any, *, top_k: int | None = _NOT_GIVEN, function_to_apply: str | None = None,
                 **ignored: Any) -> Any:
        """str -> [{"label", "score"}]; list of str -> such a dict a text; with top_k a list of them a text, best first.

        A generator gives a generator, which reads on as its answers are taken. {"text": str} stands for str.
        """
        _check_ignored(ignored)
        shape = _Shape(self.classifier.labels, top_k if top_k != _NOT_GIVEN else self._top_k,
                       _check_function(function_to_apply) or self._function)
        if inspect.isgenerator(inputs):
            return self._stream(inputs, shape)
        if isinstance(inputs, list):
            return self._answer(inputs, shape)
        answer = self._answer([inputs], shape)[0]
        return [answer] if isinstance(inputs, str) and top_k == _NOT_GIVEN else answer

    def _answer(self, inputs: list[Any], shape: "_Shape") -> list[Any]:
        return [shape(prediction) for prediction in self.classifier.classify([_text(i) for i in inputs])]

    def _stream(self, inputs: Iterator[Any], shape: "_Shape") -> Iterator[Any]:
        while texts := list(itertools.islice(inputs, _STREAM_TEXTS)):
            yield from self._answer(texts, shape)


class _Shape:
    """Converts a prediction to the caller's result for one text."""

    def __init__(self, labels: tuple[str, ...], top_k: int | None, function: str | None) -> None:
        self._labels, self._top_k, self._function = labels, top_k, function

    def __call__(self, prediction: Prediction) -> Any:
        scores = self._scores(prediction)
        if self._top_k == _NOT_GIVEN:
            return {"label": prediction.label, "score": scores[prediction.label_id]}
        answers: list[dict[str, Any]] = [
            {"label": label, "score": score} for label, score in zip(self._labels, scores, strict=True)]
        answers.sort(key=lambda answer: answer["score"], reverse=True)
        return answers if self._top_k is None else answers[:self._top_k]

    def _scores(self, prediction: Prediction) -> list[float]:
        if self._function is None:
            return prediction.scores
        logits = np.array(prediction.logits, np.float32)
        scores: np.ndarray = logits
        if self._function == "sigmoid":
            scores = 1 / (1 + np.exp(-logits))
        elif self._function == "softmax":
            powers = np.exp(logits - logits.max())
            scores = powers / powers.sum()
        return [float(score) for score in scores]


def _text(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    if set(given) != {"text"}:
        raise Error(ErrorCode.INVALID_ARGUMENT, f'expected {{"text": str}}, found the keys {sorted(given)}')
    return given["text"]


def _check_function(function: str | None) -> str | None:
    if function is None:
        return None
    if function.lower() not in ("softmax", "sigmoid", "none"):
        raise Error(ErrorCode.INVALID_ARGUMENT,
                    f"function_to_apply: expected softmax, sigmoid or none, found {function!r}")
    return function.lower()


def _check_ignored(given: dict[str, Any]) -> None:
    """Accepts arguments that change no answer; raises for all others, which would silently give other answers."""
    for name, value in given.items():
        if name in ("batch_size", "num_workers", "padding"):
            continue
        if name == "truncation" and value in (True, "longest_first", "only_first"):
            continue
        if name == "device" and str(value) in ("-1", "cpu"):
            continue
        raise Error(ErrorCode.INVALID_ARGUMENT, f"{name}={value!r} is not supported here")
