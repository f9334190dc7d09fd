"""Classifier.classify and the facts about a classifier, beside the command line tool."""

import ctypes
import dataclasses
import importlib.metadata
import pathlib
import pickle
import re
import threading

import numpy as np
import pytest

import valence
from valence import _valence

ODD_TEXTS = ["", " ", "caf\u00e9 \u20ac \U0001f600", "zero \0 inside", "good " * 2000, "line\nend\ttab", "\ufffd", "[SEP]"]


def test_answers_are_the_tools_to_the_bit(classifier, texts, tool):
    answers = tool(texts + ODD_TEXTS)
    for prediction, answer in zip(classifier.classify(texts + ODD_TEXTS), answers, strict=True):
        assert prediction.label == answer["label"]
        assert np.float32(prediction.score) == answer["score"]
        assert np.array_equal(np.array(prediction.scores, np.float32), list(answer["scores"].values()))
        assert np.array_equal(np.array(prediction.logits, np.float32), answer["logits"])
        assert prediction.truncated == answer["truncated"]
        assert prediction.score == prediction.scores[prediction.label_id]
        assert prediction.label == classifier.labels[prediction.label_id]


@pytest.mark.parametrize("name", ["heads1-relu-one-label", "heads2-multi-label-f16", "heads6-long-f32"])
def test_so_they_are_for_other_models(name, model, texts, tool):
    classifier = valence.Classifier(model(name), threads=2, precision="f32")
    answers = tool(texts[:50], "--model", str(model(name)), "--precision", "f32")
    for prediction, answer in zip(classifier.classify(texts[:50]), answers, strict=True):
        assert np.array_equal(np.array(prediction.logits, np.float32), answer["logits"])
        assert np.array_equal(np.array(prediction.scores, np.float32), list(answer["scores"].values()))


@pytest.mark.parametrize(("arguments", "options"), [
    ({"long_text": "first-and-last"}, ["--long-text", "first-and-last"]),
    ({"long_text": "mean-of-windows", "stride": 9}, ["--long-text", "mean-of-windows", "--stride", "9"]),
    *[({"prepare": [name]}, ["--prepare", name]) for name in
      ("urls", "user-names", "email-addresses", "phone-numbers", "lower-case", "stop-words")],
])
def test_so_they_are_with_options(arguments, options, tool):
    texts = ["Is THIS good? https://t.co/x @me me@here.org +1 555 123 4567", "a long text of many words " * 9]
    answers = tool(texts, "--max-tokens", "32", *options)
    for prediction, answer in zip(valence.Classifier(threads=2, max_tokens=32, **arguments).classify(texts), answers,
                                  strict=True):
        assert np.array_equal(np.array(prediction.logits, np.float32), answer["logits"])
        assert prediction.truncated == answer["truncated"]


def test_order_and_company_change_nothing(classifier, texts):
    together = classifier.classify(texts[:60])
    assert classifier.classify(texts[:60][::-1]) == together[::-1]
    assert [classifier.classify([text])[0] for text in texts[:60]] == together


def test_takes_any_sequence_of_str(classifier):
    expected = classifier.classify(["good", "bad"])
    assert classifier.classify(("good", "bad")) == expected
    assert classifier.classify(np.array(["good", "bad"], object)) == expected
    assert classifier.classify(np.array(["good", "bad"])) == expected  # np.str_ is a str
    assert classifier.classify([]) == []


def test_facts(classifier, model):
    assert classifier.labels == ("NEGATIVE", "POSITIVE")
    assert classifier.threads == 2
    assert classifier.precision in ("f32", "bf16")
    assert classifier.max_tokens == 512
    assert valence.Classifier(precision="f32", max_tokens=16).precision == "f32"
    assert valence.Classifier(max_tokens=16).classify(["word " * 20])[0].truncated
    assert valence.Classifier(model("heads6-long-f32")).model_folder == str(model("heads6-long-f32"))
    assert valence.__version__ == importlib.metadata.version("valence")


def test_the_package_brings_its_model(classifier, monkeypatch, model):
    package = pathlib.Path(valence.__file__).parent
    assert classifier.model_folder == str(package / "models" / "default")
    monkeypatch.setenv("VALENCE_MODEL", str(model("heads6-long-f32")))
    assert valence.Classifier().model_folder == str(model("heads6-long-f32"))
    monkeypatch.setenv("VALENCE_MODEL", "/none")
    with pytest.raises(valence.Error, match="/none") as raised:
        valence.Classifier()
    assert raised.value.code is valence.ErrorCode.FILE_NOT_FOUND


def test_the_extension_exports_no_symbol_of_the_library():
    module = ctypes.CDLL(_valence.__file__)
    assert hasattr(module, "PyInit__valence")
    assert not hasattr(module, "valence_version")


def test_predictions_are_plain_values(classifier):
    prediction = classifier.classify(["good"])[0]
    assert pickle.loads(pickle.dumps(prediction)) == prediction
    assert type(prediction.score) is float and type(prediction.truncated) is bool
    with pytest.raises(dataclasses.FrozenInstanceError):
        prediction.label = "other"


@pytest.mark.parametrize(("arguments", "code", "words"), [
    ({"model": "/none"}, "FILE_NOT_FOUND", "/none"),
    ({"model": "a\0b"}, "INVALID_ARGUMENT", "zero byte"),
    ({"threads": -1}, "INVALID_ARGUMENT", "found -1"),
    ({"threads": 2**40}, "INVALID_ARGUMENT", str(2**40)),
    ({"max_tokens": 1}, "INVALID_ARGUMENT", "found 1"),
    ({"precision": "f16"}, "INVALID_ARGUMENT", "'f16'"),
    ({"long_text": "cut"}, "INVALID_ARGUMENT", "long_text: expected one of truncate, "),
    ({"stride": 600}, "INVALID_ARGUMENT", "found 600"),
    ({"prepare": ["url"]}, "INVALID_ARGUMENT", "prepare: expected one of urls, "),
])
def test_bad_arguments(arguments, code, words):
    with pytest.raises(valence.Error, match=re.escape(words)) as raised:
        valence.Classifier(**arguments)
    assert raised.value.code is valence.ErrorCode[code]
    assert pickle.loads(pickle.dumps(raised.value)).code is raised.value.code


def test_broken_models_have_codes_of_their_own(tmp_path, model):
    for file in model("heads6-long-f32").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(valence.Error, match="config.json") as raised:
        valence.Classifier(tmp_path)
    assert raised.value.code is valence.ErrorCode.INVALID_CONFIG


def test_error_codes_are_those_of_the_c_interface():
    names = {number: _valence.status_name(number) for number in range(100)}
    assert names.pop(0) == "OK"
    assert names.pop(24) == "OUT_OF_MEMORY"  # that is MemoryError
    assert {number: name for number, name in names.items() if name != "UNKNOWN"} == {
        int(code): code.name for code in valence.ErrorCode}


@pytest.mark.parametrize(("texts", "words"), [
    (["good", None], "row 1: expected str, found NoneType"),
    (["good", 3], "row 1: expected str, found int"),
    ([b"good"], "row 0: expected str, found bytes"),
    ("good", r"for one text, classify\(\[text\]\)"),
])
def test_what_is_no_str_is_named(classifier, texts, words):
    with pytest.raises(TypeError, match=words):
        classifier.classify(texts)


def test_what_is_no_unicode_is_named(classifier):
    with pytest.raises(valence.Error, match="row 1: not Unicode text: .*surrogates") as raised:
        classifier.classify(["good", "\ud800"])
    assert raised.value.code is valence.ErrorCode.INVALID_ARGUMENT


def test_many_threads(texts):
    classifier = valence.Classifier(threads=2)
    expected = classifier.classify(texts[:40])
    same = []
    threads = [threading.Thread(target=lambda: same.append(classifier.classify(texts[:40]) == expected))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 8
