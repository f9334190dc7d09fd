"""quantize_model: the same bits in int8, and errors that leave nothing behind."""

import re

import numpy as np
import pytest

import valence

NAME = "heads6-gelu-f32"


def test_gives_the_bits_of_the_model(model, texts, tmp_path):
    expected = valence.Classifier(model(NAME), precision="int8").classify(texts[:20])
    valence.quantize_model(model(NAME), tmp_path / "all")
    valence.quantize_model(str(model(NAME)), str(tmp_path / "kept"), keep_embeddings=True)
    for name in ("all", "kept"):
        classifier = valence.Classifier(tmp_path / name)
        assert classifier.precision == "int8"
        for found, answer in zip(classifier.classify(texts[:20]), expected, strict=True):
            assert np.array_equal(found.logits, answer.logits)
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (tmp_path / "all", tmp_path / "kept", model(NAME))]
    assert sizes == sorted(sizes) and len(set(sizes)) == 3


@pytest.mark.parametrize(("source", "output", "code", "words"), [
    ("none", "out", "FILE_NOT_FOUND", "none"),
    ("in", "in", "INVALID_ARGUMENT", "expected the name of a new folder"),
    ("in", "none/out", "INVALID_ARGUMENT", "found no folder"),
    ("in", "a\0b", "INVALID_ARGUMENT", "output: expected a path, found one with a zero byte"),
    ("a\0b", "out", "INVALID_ARGUMENT", "model: expected a path, found one with a zero byte"),
    ("int8", "out", "UNSUPPORTED_MODEL", "quantization_config"),
])
def test_bad_arguments_leave_nothing(source, output, code, words, model, tmp_path):
    (tmp_path / "in").symlink_to(model(NAME))
    valence.quantize_model(tmp_path / "in", tmp_path / "int8")
    with pytest.raises(valence.Error, match=re.escape(words)) as raised:
        valence.quantize_model(f"{tmp_path}/{source}", f"{tmp_path}/{output}")
    assert raised.value.code is valence.ErrorCode[code]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "int8"]


def test_a_wrong_type_is_a_type_error(model, tmp_path):
    with pytest.raises(TypeError):
        valence.quantize_model(model(NAME), 7)
    with pytest.raises(TypeError):
        valence.quantize_model(model(NAME), tmp_path / "out", keep_embeddings="no")
    assert not list(tmp_path.iterdir())
