"""Tells whether a text is positive or negative: a DistilBERT or BERT classifier on the CPU, through oneDNN.

    import valence
    classifier = valence.Classifier()
    classifier.classify(["I loved every minute of it.", "It drags."])
"""

from ._classifier import Classifier, Prediction
from ._error import Error, ErrorCode
from ._pipeline import TextClassificationPipeline, pipeline
from ._valence import __version__

__all__ = ["Classifier", "Error", "ErrorCode", "Prediction", "TextClassificationPipeline", "__version__", "pipeline"]
