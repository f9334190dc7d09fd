"""Texts in, labels and scores out."""

import dataclasses
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _columns, _valence
from ._error import Error, ErrorCode
from ._paths import path_bytes

# In the order of the enums of valence/c.h.
_PRECISIONS = ("auto", "f32", "bf16", "int8")
_LONG_TEXTS = ("truncate", "first-and-last", "mean-of-windows")
_PREPARATIONS = ("urls", "user-names", "email-addresses", "phone-numbers", "lower-case", "stop-words")
_OWN_MODEL = pathlib.Path(__file__).parent / "models" / "default"


@dataclasses.dataclass(frozen=True, slots=True)
class Prediction:
    """The answer for one text."""

    label_id: int  # index of the largest logit; the first one of equals
    label: str
    score: float  # its probability: scores[label_id]
    scores: list[float]  # [labels] softmax of the logits; sigmoid of each for a multi-label model
    logits: list[float]  # [labels]
    truncated: bool  # a part of the text was not read; always false with mean-of-windows


class Classifier:
    """A loaded model. Any number of threads may call any method at the same time; calls release the GIL.

    A text's answer is the same bits, whatever else is in the call. After a fork the child may use a classifier only if
    the parent had not used it; otherwise it raises Error FORKED. Load one in each process.
    """

    def __init__(self, model: str | os.PathLike[str] | None = None, threads: int = 0, precision: str = "auto",
                 max_tokens: int = 0, *, long_text: str = "truncate", stride: int = 0,
                 prepare: Iterable[str] = ()) -> None:
        """Loads a published DistilBERT or BERT folder.

        model: the folder; None: the one that the environment variable VALENCE_MODEL names, else the package's own.
        threads: worker threads, a hard limit; 0: all the CPUs that this process may use.
        precision: "auto" (int8 for a folder in int8; for others bf16 where the CPU multiplies it natively, else f32),
            "f32", "bf16" or "int8" (less time and memory; a few labels change).
        max_tokens: ids a text is cut to, the two special ones included; 0: the model's own limit.
        long_text: of a text with more, "truncate" reads the first ones, "first-and-last" a quarter of them from its
            start and the rest from its end, "mean-of-windows" all of it, window by window, and takes the mean.
        stride: tokens from window to window; 0: a whole window, none read twice.
        prepare: what is taken out of a text before it is tokenised: some of "urls", "user-names", "email-addresses",
            "phone-numbers", "lower-case", "stop-words". Nothing unless the model's card asks for it.
        """
        if isinstance(prepare, str):
            raise TypeError(f"prepare: expected several names, found one str: [{prepare!r}]")
        if model is None:
            model = os.environ.get("VALENCE_MODEL") or (_OWN_MODEL if _OWN_MODEL.is_dir() else None)
        folder = None if model is None else path_bytes("model", model)
        self._native = _valence.Classifier(folder, _int32("threads", threads),
                                           _index("precision", precision, _PRECISIONS),
                                           _int32("max_tokens", max_tokens),
                                           _index("long_text", long_text, _LONG_TEXTS), _int32("stride", stride),
                                           sum({1 << _index("prepare", name, _PREPARATIONS) for name in prepare}))
        self._labels = tuple(self._native.labels())

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        """Answers in the order of the texts.

        Raises TypeError naming the first row that is not a str, and Error. Ctrl-C interrupts within half a second.
        """
        if isinstance(texts, (str, bytes)):
            raise TypeError(f"expected a list of str, found {type(texts).__name__}: for one text, classify([text])[0]")
        column = _columns.read_list(texts, nulls_allowed=False)
        rows, labels = len(column), len(self._labels)
        label_ids, truncated = np.empty(rows, np.int32), np.empty(rows, np.uint8)
        scores, logits = np.empty((rows, labels), np.float32), np.empty((rows, labels), np.float32)
        self._native.classify(column, label_ids, None, scores, logits, truncated)
        return [Prediction(label_id, self._labels[label_id], text_scores[label_id], text_scores, text_logits, bool(cut))
                for label_id, text_scores, text_logits, cut
                in zip(label_ids.tolist(), scores.tolist(), logits.tolist(), truncated.tolist(), strict=True)]

    def classify_column(self, column: Any) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """The label codes (indices into `labels`) and their scores, one entry for each row; -1 and NaN for a null row.

        column: a NumPy array of str (fixed width, object or StringDType), a pandas Series, a pyarrow array or chunked
        array of string, large_string, string_view or a dictionary of them, any other object with
        __arrow_c_stream__ or __arrow_c_array__, or a sequence of str. Null: None, NaN and pandas.NA, and Arrow's
        own. Arrow strings are read in place; each value of a dictionary is classified once.
        Raises as classify does.
        """
        texts = _columns.read_column(column)
        codes = np.full(len(texts), -1, np.int32)
        scores = np.full(len(texts), np.nan, np.float32)
        self._native.classify(texts, codes, scores, None, None, None)
        if isinstance(texts, _valence.ArrowColumn) and (units := texts.units()) is not None:
            # Position -1, a null, is the entry added at the end.
            return np.append(codes, np.int32(-1))[units], np.append(scores, np.float32(np.nan))[units]
        return codes, scores

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels' names in the order of their codes."""
        return self._labels

    @property
    def threads(self) -> int:
        """Worker threads in use."""
        return self._native.threads()

    @property
    def precision(self) -> str:
        """In use: "f32", "bf16" or "int8"."""
        return _PRECISIONS[self._native.precision()]

    @property
    def max_tokens(self) -> int:
        """In use."""
        return self._native.max_tokens()

    @property
    def model_folder(self) -> str:
        """As given, or found."""
        return os.fsdecode(self._native.model_folder())


def _index(argument: str, name: str, names: tuple[str, ...]) -> int:
    if name not in names:
        raise Error(ErrorCode.INVALID_ARGUMENT, f"{argument}: expected one of {', '.join(names)}, found {name!r}")
    return names.index(name)


def _int32(name: str, value: int) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{name}: expected int, found {type(value).__name__}")
    if not -2**31 <= value < 2**31:
        raise Error(ErrorCode.INVALID_ARGUMENT, f"{name}: expected less than 2**31, found {value}")
    return value
