"""Tells whether a text is positive or negative: a DistilBERT or BERT classifier on the CPU, through oneDNN.

    import valence
    classifier = valence.Classifier()
    classifier.classify(["I loved every minute of it.", "It drags."])
"""

import warnings

from . import _valence
from ._classifier import Classifier, Prediction
from ._error import Error, ErrorCode
from ._pipeline import TextClassificationPipeline, pipeline
from ._quantize import quantize_model

__all__ = ["Classifier", "Error", "ErrorCode", "Prediction", "TextClassificationPipeline", "__version__", "pipeline",
           "quantize_model"]

__version__ = _valence.version()

if not _valence.has_avx2_and_fma():
    warnings.warn(
        "valence: this CPU has no AVX2 and FMA, which valence is made for: answers are right, but take many times as "
        "long, and precision \"int8\" is refused",
        RuntimeWarning, stacklevel=2)
del warnings
