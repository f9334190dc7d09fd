"""Converts columns of texts to what the extension module reads."""

import sys
from typing import Any

import numpy as np

from . import _valence


def read_list(texts: Any, nulls_allowed: bool) -> _valence.TextColumn:
    """The texts of a copy of the sequence, because another thread may change it."""
    pandas = sys.modules.get("pandas")
    return _valence.StrColumn(list(texts), nulls_allowed, getattr(pandas, "NA", None))


def read_column(column: Any) -> _valence.TextColumn:
    """Arrow if the object or pandas has it, else NumPy, else a sequence of str.

    Raises TypeError for columns of other types, naming the type or the first row that is not a text.
    """
    if isinstance(column, np.ma.MaskedArray):
        return read_list(column.tolist(), True)  # None where it is masked
    if isinstance(column, np.ndarray):
        return _read_numpy(column)
    if getattr(column, "dtype", None) == object:  # a pandas Series or Index of Python objects
        return _read_numpy(np.asarray(column))
    if hasattr(column, "__arrow_c_stream__"):
        return _valence.ArrowColumn(column.__arrow_c_stream__())
    if hasattr(column, "__arrow_c_array__"):
        return _valence.ArrowColumn(*column.__arrow_c_array__())
    array: Any = getattr(column, "array", None)  # pandas before 3.0
    if hasattr(array, "__arrow_array__"):
        return read_column(array.__arrow_array__())
    if isinstance(column, (str, bytes)) or not hasattr(column, "__iter__"):
        raise TypeError(f"expected a column of texts, found {type(column).__name__}")
    return read_list(column, True)


def _read_numpy(array: np.ndarray) -> _valence.TextColumn:
    if array.ndim != 1:
        raise TypeError(f"expected one dimension, found {array.ndim}")
    if array.dtype.kind == "U":
        native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
        width = native.dtype.itemsize // 4
        return _valence.CodePointColumn(native.view(np.uint32).reshape(len(native), width))
    if array.dtype.kind == "T":  # StringDType: NumPy offers no view of its buffers to Python
        array = array.astype(object)
    if array.dtype != object:
        raise TypeError(f"expected an array of strings, found one of {array.dtype}")
    return read_list(array.tolist(), True)
