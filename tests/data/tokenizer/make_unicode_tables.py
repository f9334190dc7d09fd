#!/usr/bin/env python3
"""Writes src/unicode/tables.cpp: what Hugging Face tokenizers takes each code point for.

Needs `pip install tokenizers`. Nothing is read from a Unicode database: every property is found by asking the
installed package itself, which carries tables of several Unicode versions, none of them the newest.

    make_unicode_tables.py            prints the file
    make_unicode_tables.py --check    says whether the committed file is what would be printed
"""
import argparse
import pathlib
import subprocess
import sys

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

TABLES = pathlib.Path(__file__).resolve().parents[3] / "src" / "unicode" / "tables.cpp"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)  # decomposed by arithmetic, the same in every version
# One nonspacing mark of every canonical combining class that Unicode uses.
MARK_OF_CLASS = {
    1: 0x334, 6: 0x16FF0, 7: 0x93C, 8: 0x3099, 9: 0x94D, 10: 0x5B0, 11: 0x5B1, 12: 0x5B2, 13: 0x5B3, 14: 0x5B4, 15: 0x5B5,
    16: 0x5B6, 17: 0x5B7, 18: 0x5B8, 19: 0x5B9, 20: 0x5BB, 21: 0x5BC, 22: 0x5BD, 23: 0x5BF, 24: 0x5C1, 25: 0x5C2,
    26: 0xFB1E, 27: 0x64B, 28: 0x64C, 29: 0x64D, 30: 0x618, 31: 0x619, 32: 0x61A, 33: 0x651, 34: 0x652, 35: 0x670,
    36: 0x711, 84: 0xC55, 91: 0xC56, 103: 0xE38, 107: 0xE48, 118: 0xEB8, 122: 0xEC8, 129: 0xF71, 130: 0xF72, 132: 0xF74,
    202: 0x321, 214: 0x1DCE, 216: 0x31B, 218: 0x302A, 220: 0x316, 222: 0x59A, 224: 0x302E, 226: 0x1D16D, 228: 0x5AE,
    230: 0x300, 232: 0x302C, 233: 0x35C, 234: 0x35D, 240: 0x345,
}  # fmt: skip

clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
chinese = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=False)
strip = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
lowercase = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=True)
nfd = normalizers.NFD()
pre_tokenizer = pre_tokenizers.BertPreTokenizer()


def ranges(code_points):
    result = []
    for c in code_points:
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def swaps(first, second):
    """Whether canonical ordering puts `second` before `first`."""
    return first != second and nfd.normalize_str("a" + chr(first) + chr(second)) == "a" + chr(second) + chr(first)


def combining_class(c, classes):
    lowest, highest = MARK_OF_CLASS[classes[0]], MARK_OF_CLASS[classes[-1]]
    if not swaps(highest, c) and not swaps(c, lowest):
        return 0
    # Marks of the same class stay in their order, whichever it is.
    return next(k for k in classes if not swaps(MARK_OF_CLASS[k], c) and not swaps(c, MARK_OF_CLASS[k]))


def combining_classes(decomposed):
    # A mark that the package's tables do not know yet behaves as class 0: class 6 has no other representative.
    classes = [k for k in sorted(MARK_OF_CLASS) if swaps(0x345, MARK_OF_CLASS[k]) or swaps(MARK_OF_CLASS[k], 0x334)]
    for low, high in zip(classes, classes[1:]):
        assert swaps(MARK_OF_CLASS[high], MARK_OF_CLASS[low]), (low, high)
    result = []
    for c in SCALARS:
        if c in decomposed:
            continue
        k = combining_class(c, classes)
        if k == 0:
            continue
        if result and result[-1][1] == c - 1 and result[-1][2] == k:
            result[-1][1] = c
        else:
            result.append([c, c, k])
    return result


def word_characters():
    # A single_word token is found only where no \w touches it.
    tokenizer = Tokenizer(models.WordPiece(vocab={"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("@", single_word=True, normalized=False)])
    at = tokenizer.token_to_id("@")
    return [c for c in SCALARS if at not in tokenizer.encode("@" + chr(c)).ids]


def lowercase_rows():
    """(first, last, stride, delta): every stride-th code point from first to last has the lower case c + delta."""
    rows = []
    for c in SCALARS:
        lower = lowercase.normalize_str(chr(c))
        if lower == chr(c):
            continue
        if c == 0x130:
            assert lower == "i\u0307"
            continue
        delta = ord(lower) - c
        last = rows[-1] if rows else None
        if last and last[3] == delta and (c - last[1] == last[2] or (last[0] == last[1] and c - last[1] <= 2)):
            last[2] = c - last[1]
            last[1] = c
        else:
            rows.append([c, c, 1, delta])
    return rows


def table(comment, kind, name, rows):
    body = ", ".join("{" + ", ".join([hex(row[0]), hex(row[1]), *map(str, row[2:])]) + "}" for row in rows)
    return f"// {comment}\nconstexpr {kind} {name}Rows[] = {{{body}}};\nconstinit const std::span<const {kind}> {name} = {name}Rows;\n"


def generate():
    decomposed = {c for c in SCALARS if nfd.normalize_str(chr(c)) != chr(c)}
    assert all(c in decomposed for c in HANGUL)
    dropped = [c for c in SCALARS if clean.normalize_str(chr(c)) == ""]
    spaced = [c for c in SCALARS if clean.normalize_str(chr(c)) == " "]
    cjk = [c for c in SCALARS if chinese.normalize_str(chr(c)) == f" {chr(c)} "]
    nonspacing = [c for c in SCALARS if c not in decomposed and strip.normalize_str(chr(c)) == ""]
    splits = {c: len(pre_tokenizer.pre_tokenize_str("a" + chr(c) + "a")) for c in SCALARS}
    white = [c for c in SCALARS if splits[c] == 2]
    punctuation = [c for c in SCALARS if splits[c] == 3]
    assert set(spaced) <= set(white) and all(splits[c] in (1, 2, 3) for c in SCALARS)
    assert set(white) - set(spaced) <= set(dropped)
    parts = [
        "// What Hugging Face tokenizers takes each code point for.\n"
        f"// Written by tests/data/tokenizer/make_unicode_tables.py, which asked tokenizers {tokenizers.__version__}.\n"
        "// More than 300 lines because it holds tables only.\n"
        '#include "unicode/tables.h"\n\nnamespace valence::internal {\n',
        table("Dropped by clean_text: U+0000, U+FFFD, categories Cc, Cf, Co but for tab, line feed, carriage return.",
              "CodePointRange", "kDropped", ranges(dropped)),
        table("White_Space.", "CodePointRange", "kWhiteSpace", ranges(white)),
        table("Set apart by handle_chinese_chars.", "CodePointRange", "kCjk", ranges(cjk)),
        table("Punctuation: ASCII's and category P.", "CodePointRange", "kPunctuation", ranges(punctuation)),
        table("Category Mn.", "CodePointRange", "kNonspacingMarks", ranges(nonspacing)),
        table("Has a canonical decomposition; Hangul syllables left out.", "CodePointRange", "kDecomposed",
              ranges(sorted(decomposed - set(HANGUL)))),
        table("Word characters, the regular expression's \\w.", "CodePointRange", "kWordCharacters", ranges(word_characters())),
        table("Canonical combining class, where it is not 0.", "CombiningClassRange", "kCombiningClasses",
              combining_classes(decomposed)),
        table("Lower case: every stride-th code point of the range plus delta. U+0130 left out.",
              "LowercaseRange", "kLowercase", lowercase_rows()),
    ]
    source = "\n".join(parts) + "\n}  // namespace valence::internal\n"
    formatted = subprocess.run(["clang-format-14", f"--assume-filename={TABLES}"], input=source, text=True,
                               capture_output=True, check=True)
    return formatted.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    source = generate()
    if not arguments.check:
        sys.stdout.write(source)
    elif TABLES.read_text() != source:
        sys.exit(f"{TABLES} is out of date with tokenizers {tokenizers.__version__}")
    else:
        print(f"{TABLES.name} is what tokenizers {tokenizers.__version__} says")


if __name__ == "__main__":
    main()
