"""valence.pipeline beside transformers.pipeline on the same folders, both in f32."""

import pytest
import torch
import transformers

import valence

transformers.logging.set_verbosity_error()
torch.set_num_threads(1)  # two wait for each other where a core is not free


@pytest.fixture(scope="module")
def pair(classifier):
    """Both pipelines on the default model."""
    folder = classifier.model_folder
    return (valence.pipeline("text-classification", model=folder, threads=2),
            transformers.pipeline("text-classification", model=folder, device="cpu", truncation=True, dtype=torch.float32))


def same(ours, theirs):
    """The same structure and labels; scores within 1e-4."""
    if isinstance(theirs, list):
        assert isinstance(ours, list) and len(ours) == len(theirs)
        for our, their in zip(ours, theirs, strict=True):
            same(our, their)
    else:
        assert list(ours) == list(theirs) == ["label", "score"]
        assert ours["label"] == theirs["label"]
        assert type(ours["score"]) is float and abs(ours["score"] - theirs["score"]) < 1e-4


def test_sst2_dev(pair, texts):
    ours, theirs = (pipeline(texts) for pipeline in pair)
    same(ours, theirs)
    largest = max(abs(our["score"] - their["score"]) for our, their in zip(ours, theirs, strict=True))
    print(f"\n{len(texts)} texts: all labels as transformers', scores within {largest:.1e}")


@pytest.mark.parametrize("inputs", ["It drags.", ["It drags."], ["Good.", "Bad."], {"text": "It drags."},
                                    [{"text": "Good."}], "long " * 3000], ids=lambda inputs: str(inputs)[:20])
@pytest.mark.parametrize("options", [{}, {"top_k": None}, {"top_k": 1}, {"top_k": 2}, {"function_to_apply": "sigmoid"},
                                     {"function_to_apply": "none", "top_k": None}, {"function_to_apply": "SOFTMAX"}],
                         ids=str)
def test_shapes(pair, inputs, options):
    ours, theirs = (pipeline(inputs, **options) for pipeline in pair)
    same(ours, theirs)


def test_options_of_the_pipeline_itself(classifier):
    for options in ({"top_k": None}, {"top_k": 1}, {"function_to_apply": "none"}):
        ours, theirs = (pipeline("sentiment-analysis", model=classifier.model_folder, device="cpu", truncation=True, dtype=torch.float32,
                                 **options) for pipeline in (valence.pipeline, transformers.pipeline))
        for inputs in ("Good.", ["Good.", "Bad."]):
            same(ours(inputs), theirs(inputs))


@pytest.mark.parametrize("name", ["heads1-relu-one-label", "heads2-multi-label-f16", "heads6-gelu-f32"])
def test_other_models(name, model, texts):
    ours, theirs = (pipeline("text-classification", model=str(model(name)), device="cpu", truncation=True, dtype=torch.float32)
                    for pipeline in (valence.pipeline, transformers.pipeline))
    for options in ({}, {"top_k": None}):
        same(ours(texts[:20], **options), theirs(texts[:20], **options))


def test_a_generator_is_read_as_its_answers_are_taken(pair, texts):
    given = []
    answers = pair[0](given.append(text) or text for text in texts)
    assert given == []
    first = next(answers)
    assert 0 < len(given) < len(texts)
    same([first, *answers], pair[0](texts))


@pytest.mark.parametrize("call", [
    lambda: valence.pipeline("fill-mask"),
    lambda: valence.pipeline("text-classification", framework="tf"),
    lambda: valence.pipeline("text-classification", device="cuda"),
    lambda: valence.pipeline("text-classification", truncation=False),
    lambda: valence.pipeline("text-classification", dtype="float16"),
    lambda: valence.pipeline("text-classification", function_to_apply="tanh"),
    lambda: valence.pipeline("text-classification")("x", max_length=9),
    lambda: valence.pipeline("text-classification")({"text": "a", "text_pair": "b"}),
])
def test_what_would_be_different_is_refused(call):
    with pytest.raises(valence.Error) as raised:
        call()
    assert raised.value.code is valence.ErrorCode.INVALID_ARGUMENT
