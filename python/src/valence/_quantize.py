"""Model folders in int8."""

import os

from . import _valence
from ._paths import path_bytes


def quantize_model(model: str | os.PathLike[str], output: str | os.PathLike[str], *,
                   keep_embeddings: bool = False) -> None:
    """Writes the model folder `model` in int8 to the new folder `output`, half as large as one in bf16.

    Classifier(output, precision="int8") gives the same bits as Classifier(model, precision="int8"), and loads faster;
    Hugging Face transformers loads it with the package compressed-tensors. The folder appears when it is complete; a
    failure leaves nothing behind. Releases the GIL.

    keep_embeddings: the word embeddings stay as they are, for other readers and for precision "f32"; in int8 the answers
        are the same.

    Raises Error: what Classifier raises for `model`; INVALID_ARGUMENT if `output` exists or has no parent folder;
    UNSUPPORTED_MODEL if `model` is in int8 already, or has a weight that is NaN or infinite; RUNTIME if the disk is
    too full.
    """
    _valence.quantize_model(path_bytes("model", model), path_bytes("output", output), keep_embeddings)
