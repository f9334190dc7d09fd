#!/usr/bin/env python3
"""Writes tests/data/tokenizer: the ids that Hugging Face tokenizers gives, for tests that need no Python.

Needs `pip install tokenizers numpy`; takes about four minutes. The files:

    rules.jsonl          a named text for every rule (rules.py)
    generated-*.jsonl    generated texts, a file a setting (reference.py)
    blocks.jsonl         a text for every stretch of 128 code points, uncased and cased
    sst2-dev.ids         the ids of each text of tests/data/sst2-dev.tsv, a line a text
    code_points.jsonl    the full ids of the code points whose properties Unicode versions disagree on
    code_points.digest   a digest for every 1024 code points, each of them in three contexts, a column each of DIGEST_SETTINGS
"""
import json
import unicodedata

import tokenizers
from reference import DATA, SCALARS, SETTINGS, SURROGATES, Texts, around
from rules import BROKEN, RULES

FOLDER = DATA / "tokenizer"
NO_LIMIT = 10**9
FNV_OFFSET, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
DIGEST_BLOCK = 1024
GENERATED_PER_SETTING = 200
CONTEXT_COUNT = 3
DIGEST_SETTINGS = ("uncased", "cased", "transparent", "transparent_cased", "transparent_stripped")


def ids_of(tokenizer, text, max_tokens=NO_LIMIT):
    tokenizer.no_truncation()
    full = tokenizer.encode(text).ids
    if max_tokens == NO_LIMIT:
        return full, False
    tokenizer.enable_truncation(max_tokens)
    return tokenizer.encode(text).ids, len(full) > max_tokens


def case(tokenizers_by_name, name, setting, text, max_tokens=NO_LIMIT):
    """One line of a .jsonl file; bytes that are no UTF-8 are stated in hexadecimal."""
    ids, truncated = ids_of(tokenizers_by_name[setting], text.decode(errors="replace") if isinstance(text, bytes) else text, max_tokens)
    result = {"name": name} if name else {}
    result["setting"] = setting
    result |= {"hex": text.hex()} if isinstance(text, bytes) else {"text": text}
    if max_tokens != NO_LIMIT:
        result |= {"max_tokens": max_tokens, "truncated": truncated}
    return json.dumps(result | {"ids": ids}, separators=(",", ":"))


def write(name, lines):
    path = FOLDER / name
    path.write_text("".join(line + "\n" for line in lines), encoding="ascii")
    print(f"{name}: {len(lines)} lines, {path.stat().st_size} bytes")


def block_texts(texts):
    """Characters of every stretch of 128 code points, but for the middle of the large uniform ones."""
    uniform = [range(0x3500, 0x4D80), range(0x4F00, 0x9F80), range(0xAD00, 0xD700), range(0xE080, 0xF880), range(0x17080, 0x18680),
               range(0x20080, 0x2A680), range(0x2A780, 0x2F780), range(0x30080, 0x32300), range(0x32400, 0xE0000),
               range(0xE0200, 0xF0000), range(0xF0080, 0xFFF00), range(0x100080, 0x10FF00)]  # fmt: skip
    for begin in range(0, 0x110000, 128):
        if begin in SURROGATES or any(begin in stretch for stretch in uniform):
            continue
        characters = [chr(begin + texts.random.randrange(128)) for _ in range(8)]
        yield "".join(c + texts.random.choice(["", "", " ", "a", "B ", "\u0301"]) for c in characters)


def disputed(name):
    """Code points on which this Python's version of Unicode and Hugging Face's tables differ, and marks between them."""
    normalizer = SETTINGS[name]().normalizer
    pre_tokenizer = SETTINGS[name]().pre_tokenizer
    for c in SCALARS:
        character, category = chr(c), unicodedata.category(chr(c))
        dropped = c in (0, 0xFFFD) or category in ("Cc", "Cf", "Co") and character not in "\t\n\r"
        expected = "" if dropped else character.lower()
        punctuation = category.startswith("P") or 0x21 <= c < 0x7F and not character.isalnum()
        found = normalizer.normalize_str(character)
        isolated = len(pre_tokenizer.pre_tokenize_str(f"a{character}b")) == CONTEXT_COUNT
        decomposed = unicodedata.normalize("NFD", expected)
        stripped = "".join(m for m in decomposed if unicodedata.category(m) != "Mn")
        if (found.strip() not in (stripped.strip(), expected.strip())) or isolated != punctuation:
            yield c


def digest(encodings):
    state = FNV_OFFSET
    for encoding in encodings:
        for i in encoding.ids:
            state = ((state ^ i) * FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return state


def digests():
    for begin in range(0, 0x110000, DIGEST_BLOCK):
        if begin in SURROGATES:
            continue
        texts = [text for c in range(begin, begin + DIGEST_BLOCK) for text in around(c)]
        columns = []
        for name in DIGEST_SETTINGS:
            columns.append(f"{digest(BY_NAME[name].encode_batch_fast(texts)):016x}")
        yield f"{begin:06x} " + " ".join(columns)


BY_NAME = {name: make() for name, make in SETTINGS.items()}


def main():
    print(f"tokenizers {tokenizers.__version__}")
    FOLDER.mkdir(exist_ok=True)
    write("rules.jsonl", [case(BY_NAME, *rule) for rule in RULES + BROKEN])
    texts = Texts(seed=2)
    for name in SETTINGS:
        lines = []
        for i in range(GENERATED_PER_SETTING):
            limit = NO_LIMIT if i % 4 else texts.random.choice([2, 3, 5, 8])
            lines.append(case(BY_NAME, None, name, texts.text(), limit))
        write(f"generated-{name.replace('_', '-')}.jsonl", lines)
    blocks = list(block_texts(texts))
    write("blocks.jsonl", [case(BY_NAME, None, name, text) for text in blocks for name in ("uncased", "transparent_cased")])
    rows = (DATA / "sst2-dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
    write("sst2-dev.ids", [" ".join(map(str, ids_of(BY_NAME["uncased"], row.rsplit("\t", 1)[0])[0])) for row in rows])
    interesting = sorted(set(disputed("uncased")) | set(disputed("cased")))
    write("code_points.jsonl", [case(BY_NAME, None, name, f"a{chr(c)}b") for c in interesting for name in ("uncased", "transparent_cased")])
    for tokenizer in BY_NAME.values():
        tokenizer.no_truncation()
    write("code_points.digest", list(digests()))


if __name__ == "__main__":
    main()
