"""Columns of every kind give what classify gives, and nulls stay nulls."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

TEXTS = ["A gorgeous, witty, seductive movie.", None, "It drags.", "caf\u00e9 \u20ac \U0001f600 " * 9, "", "It drags."]
FULL = [text or "" for text in TEXTS]


@pytest.fixture(scope="module")
def expected(classifier):
    """Codes and scores of TEXTS by classify."""
    predictions = iter(classifier.classify([text for text in TEXTS if text is not None]))
    answers = [(-1, np.nan) if text is None else ((p := next(predictions)).label_id, p.score) for text in TEXTS]
    codes, scores = zip(*answers, strict=True)
    return np.array(codes, np.int32), np.array(scores, np.float32)


def check(classifier, column, expected):
    codes, scores = classifier.classify_column(column)
    assert codes.dtype == np.int32 and scores.dtype == np.float32
    assert np.array_equal(codes, expected[0])
    assert np.array_equal(scores, expected[1], equal_nan=True)


ARROW = pa.array(TEXTS)
NULLABLE = {
    "list": TEXTS,
    "tuple": tuple(TEXTS),
    "numpy object": np.array(TEXTS, object),
    "numpy object with steps": np.array([x for text in TEXTS for x in (text, "other")], object)[::2],
    "numpy masked": np.ma.masked_array(FULL, [text is None for text in TEXTS]),
    "numpy StringDType": np.array(TEXTS, np.dtypes.StringDType(na_object=None)),
    "NaN": np.array([np.nan if text is None else text for text in TEXTS], object),
    "pandas.NA": np.array([pd.NA if text is None else text for text in TEXTS], object),
    "pandas object": pd.Series(TEXTS, dtype=object),
    "pandas str": pd.Series(TEXTS, dtype="str"),
    "pandas string": pd.Series(TEXTS, dtype="string"),
    "pandas string[python]": pd.Series(TEXTS, dtype="string[python]"),
    "pandas arrow": pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.string())),
    "pandas category": pd.Series(TEXTS, dtype="category"),
    "pandas with gaps in its index": pd.Series(TEXTS * 2)[6:],
    "string": ARROW,
    "large_string": ARROW.cast(pa.large_string()),
    "string_view": ARROW.cast(pa.string_view()),
    "dictionary": ARROW.dictionary_encode(),
    "dictionary of large_string": ARROW.cast(pa.large_string()).dictionary_encode(),
    "dictionary with nulls in it": pa.DictionaryArray.from_arrays(pa.array(range(6), pa.uint8()), ARROW),
    "dictionary of 64-bit indices": pa.DictionaryArray.from_arrays(pa.array([0, None, 2, 3, 4, 2]), ARROW),
    "slice": pa.array(["other", *TEXTS, "other"])[1:7],
    "slice of a dictionary": pa.array(["other", None, *TEXTS, "other"]).dictionary_encode()[2:8],
    "slice of string_view": pa.array(["other", *TEXTS, "other"], pa.string_view())[1:7],
    "chunked": pa.chunked_array([TEXTS[:1], [], TEXTS[1:4], [], [], TEXTS[4:]], pa.string()),
    "chunked dictionary": pa.chunked_array([ARROW[:3].dictionary_encode(), ARROW[3:].dictionary_encode()]),
}


@pytest.mark.parametrize("kind", NULLABLE)
def test_column(kind, classifier, expected):
    check(classifier, NULLABLE[kind], expected)


@pytest.mark.parametrize("column", [np.array(FULL), np.array(FULL).astype(">U300"), np.array(FULL, dtype="U90"),
                                    np.array([x for text in FULL for x in (text, "other")])[::2],
                                    np.array(FULL, np.dtypes.StringDType())], ids=lambda column: str(column.dtype))
def test_numpy_strings_have_no_nulls(column, classifier):
    predictions = classifier.classify(FULL)
    check(classifier, column, (np.array([p.label_id for p in predictions]),
                               np.array([p.score for p in predictions], np.float32)))


class ArrayOnly:
    """An object that offers __arrow_c_array__ and nothing else."""

    def __arrow_c_array__(self, requested_schema=None):
        return ARROW.__arrow_c_array__(requested_schema)


def test_the_arrow_interface_alone_is_enough(classifier, expected):
    check(classifier, ArrayOnly(), expected)


def test_empty_and_null_columns(classifier):
    for column in ([], np.array([], object), np.array([], "U5"), pa.array([], pa.string()), pd.Series([], dtype="str"),
                   pa.chunked_array([], pa.string()), pa.array([], pa.string()).dictionary_encode()):
        check(classifier, column, (np.array([]), np.array([])))
    for column in ([None] * 3, pa.array([None] * 3), pa.array([None] * 3, pa.string()),
                   pa.array([None] * 3, pa.string()).dictionary_encode()):
        check(classifier, column, (np.full(3, -1), np.full(3, np.nan)))


def test_a_large_column_is_what_its_parts_are(classifier, texts):
    answers = classifier.classify(texts)
    codes = np.array([p.label_id for p in answers])
    scores = np.array([p.score for p in answers], np.float32)
    order = np.random.default_rng(1).integers(0, len(texts), 1500)
    check(classifier, pa.array(texts).take(order), (codes[order], scores[order]))
    check(classifier, pa.array(texts).dictionary_encode().take(order), (codes[order], scores[order]))


@pytest.mark.parametrize(("column", "words"), [
    (["good", 3], "row 1: expected str, found int"),
    (np.array(["good", None, b"bad"], object), "row 2: expected str, found bytes"),
    (pd.Series(["good", 1.5], dtype=object), "row 1: expected str, found float"),
    (pd.Series([1, 2]), 'Arrow format "l"|row 0: expected str, found int'),  # pandas before 3.0 gives no Arrow stream
    (pa.array([1, 2]), 'Arrow format "l"'),
    (pa.array([b"x"]), 'Arrow format "z"'),
    (pa.array([1, 2]).dictionary_encode(), 'Arrow format "l"'),
    (pa.table({"text": ["good"]}), 'Arrow format "\\+s"'),
    (np.array([b"good"]), "found one of |S4"),
    (np.zeros(3), "found one of float64"),
    (np.array([["good"]]), "expected one dimension, found 2"),
    ("good", "expected a column of texts, found str"),
    (7, "expected a column of texts, found int"),
])
def test_what_is_no_text_is_named(column, words, classifier):
    with pytest.raises(TypeError, match=words):
        classifier.classify_column(column)


def test_the_row_of_what_is_no_unicode_is_named(classifier):
    import valence

    with pytest.raises(valence.Error, match="row 2: not Unicode"):
        classifier.classify_column(["good", None, "\ud800"])
    with pytest.raises(valence.Error, match="row 1: not Unicode"):
        classifier.classify_column(np.array([0x61, 0xD800], np.uint32).view("U1"))
    cut = pa.Array.from_buffers(pa.string(), 3, [None, pa.py_buffer(np.array([0, 4, 4, 6], np.int32)),
                                                pa.py_buffer(b"goodx\xc3")])
    with pytest.raises(valence.Error, match=r"row 2.size: expected the end of a UTF-8 sequence"):
        classifier.classify_column(cut)
    # Every length of a text of 1-, 2-, 3- and 4-byte sequences, behind rows enough to fill a slice.
    mixed = "a\u00e9\u20ac\U0001f600".encode()
    boundaries = {0, 1, 3, 6, 10}
    rows_before = 500
    for size in range(len(mixed) + 1):
        offsets = np.array([0] * (rows_before + 1) + [size], np.int32)
        column = pa.Array.from_buffers(pa.string(), rows_before + 1, [None, pa.py_buffer(offsets), pa.py_buffer(mixed)])
        if size in boundaries:
            classifier.classify_column(column)
            continue
        into = size - max(boundary for boundary in boundaries if boundary < size)
        words = f"row {rows_before}.size: expected the end of a UTF-8 sequence, found {size}, which is {into} byte(s) into one"
        with pytest.raises(valence.Error, match=re.escape(words)) as raised:
            classifier.classify_column(column)
        assert raised.value.code is valence.ErrorCode.INVALID_ARGUMENT
    # Bytes that begin no sequence are ill-formed text, which counts as U+FFFD.
    for ill_formed in (b"bad \xff", b"\x80\x80\x80", b"\xed\xa0", b"\xc0"):
        column = pa.array([ill_formed, b"bad \xef\xbf\xbd"]).view(pa.string())
        codes, _ = classifier.classify_column(column)
        assert len(codes) == 2
    falling = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(np.array([0, 4, 2], np.int32)),
                                                    pa.py_buffer(b"good")])
    with pytest.raises(valence.Error, match="offsets that do not fall, found 4 and 2"):
        classifier.classify_column(falling)
