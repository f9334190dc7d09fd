"""What the scripts of this folder share: the tokenizers under test and the texts to try them on."""
import pathlib
import random
import struct
import subprocess

import numpy
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODEL = ROOT / "models" / "default"
DATA = ROOT / "tests" / "data"
SURROGATES = range(0xD800, 0xE000)
SCALARS = [c for c in range(0x110000) if c not in SURROGATES]


def default_tokenizer():
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def with_normalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True):
    """The default vocabulary behind another normaliser."""
    tokenizer = default_tokenizer()
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text, handle_chinese_chars, strip_accents, lowercase)
    return tokenizer


def with_model(**settings):
    """The default vocabulary behind another WordPiece: unk_token, continuing_subword_prefix, max_input_chars_per_word."""
    tokenizer = default_tokenizer()
    # The added tokens keep their ids, as all of them are in the vocabulary.
    vocabulary = tokenizer.get_vocab(with_added_tokens=False)
    tokenizer.model = models.WordPiece(vocabulary, **{"unk_token": "[UNK]", **settings})
    return tokenizer


# Code points that a transparent vocabulary knows: those where texts are normalised, without the large uniform blocks.
TRANSPARENT = [c for first, last in ((0x21, 0x4DFF), (0xA000, 0xABFF), (0xD7A4, 0xD7FF), (0xF900, 0x1FFFF), (0x2F800, 0x2FA1F),
                                     (0xE0000, 0xE01FF)) for c in range(first, last + 1)]  # fmt: skip


def transparent(**normalizer):
    """A vocabulary in which each code point is a piece of its own: the ids show the whole normalised text."""
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3}
    for i, c in enumerate(TRANSPARENT):
        vocabulary[chr(c)] = 10 + 2 * i
        vocabulary["##" + chr(c)] = 11 + 2 * i
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.normalizer = normalizers.BertNormalizer(
        **{"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True, **normalizer})
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def with_tokens(*tokens, **normalizer):
    tokenizer = with_normalizer(**normalizer)
    tokenizer.add_tokens(list(tokens))
    return tokenizer


# Each setting that a model folder can state, as the tests know it by name (tests/tokenizer/settings.h).
SETTINGS = {
    "uncased": default_tokenizer,
    "cased": lambda: with_normalizer(lowercase=False),
    "cased_stripped": lambda: with_normalizer(lowercase=False, strip_accents=True),
    "uncased_accents": lambda: with_normalizer(strip_accents=False),
    "no_cjk": lambda: with_normalizer(handle_chinese_chars=False),
    "no_clean": lambda: with_normalizer(clean_text=False),
    "no_clean_cased": lambda: with_normalizer(clean_text=False, lowercase=False, handle_chinese_chars=False),
    "max_5_chars": lambda: with_model(max_input_chars_per_word=5),
    "other_prefix": lambda: with_model(continuing_subword_prefix="un"),
    "no_prefix": lambda: with_model(continuing_subword_prefix=""),
    "transparent": lambda: transparent(),
    "transparent_cased": lambda: transparent(lowercase=False),
    "transparent_stripped": lambda: transparent(lowercase=False, strip_accents=True),
    "transparent_raw": lambda: transparent(clean_text=False, strip_accents=False, handle_chinese_chars=False),
    "other_unknown": lambda: with_model(unk_token="the"),
    "single_word": lambda: with_tokens(
        AddedToken("ing", single_word=True, normalized=False), AddedToken("[SEP] x", single_word=True, normalized=False),
        AddedToken("\u0301", single_word=True, normalized=False), AddedToken("\u4e2d", normalized=False),
        AddedToken("go [SEP]", single_word=True, normalized=False), AddedToken("\u302f", normalized=False)),
    "stripping": lambda: with_tokens(
        AddedToken("<l>", lstrip=True, normalized=False), AddedToken("<r>", rstrip=True, normalized=False),
        AddedToken("<b>", lstrip=True, rstrip=True, normalized=False), AddedToken("  ", normalized=False),
        AddedToken(" x", normalized=True)),
    "normalized": lambda: with_tokens(
        AddedToken("Film Noir", normalized=True), AddedToken("\u00c9t\u00e9", normalized=True, single_word=True),
        AddedToken("film", normalized=True, rstrip=True), AddedToken("[x]", normalized=True, lstrip=True),
        AddedToken("\uac00", normalized=True), AddedToken("a", normalized=True, single_word=True)),
    "replacement": lambda: with_tokens(AddedToken("\ufffd!", normalized=False)),
}  # fmt: skip

MARKS = [0x300, 0x301, 0x316, 0x323, 0x334, 0x345, 0x344, 0x5B0, 0x64B, 0x93C, 0x94D, 0xF71, 0xF72, 0xF73, 0x302E, 0x302F,
         0x3099, 0x1D165, 0x1D166, 0x1D16D, 0x1D16E, 0x1D172, 0x1D15E, 0x1D1BB, 0x20DD, 0x903, 0x901, 0x34F, 0x8D3, 0x1DF6,
         0x1E2EC, 0x11938, 0x16FF0, 0x1734]  # fmt: skip
CONTROLS = [0, 1, 7, 9, 0xA, 0xB, 0xC, 0xD, 0x1C, 0x1F, 0x7F, 0x85, 0xA0, 0xAD, 0x1680, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E,
            0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF, 0xF0000, 0x10FFFF]  # fmt: skip
SPECIALS = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[sep]", "[SEP", "SEP]", "[[SEP]]", "[ SEP ]", "[\u200bSEP]",
            "<l>", "<r>", "<b>", "  ", " x", "ing", "film noir", "FILM", "\u00e9t\u00e9", "[X]", "\ufffd!", "[SEP] x", "go [SEP]", "ego [SEP]"]  # fmt: skip
EMOJI = ["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\U0001f1e9\U0001f1ea",
         "1\ufe0f\u20e3", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\u263a"]  # fmt: skip
BLOCKS = [range(0x21, 0x7F), range(0xA1, 0x250), range(0x250, 0x370), range(0x370, 0x530), range(0x530, 0x700),
          range(0x900, 0xE00), range(0xE00, 0x1100), range(0x1100, 0x1200), range(0x1200, 0x1C80), range(0x1C80, 0x2000),
          range(0x2000, 0x2C00), range(0x2C00, 0x2E80), range(0x3000, 0x3400), range(0x3400, 0x3500), range(0x4E00, 0x4F00),
          range(0xA000, 0xAC00), range(0xAC00, 0xB000), range(0xF900, 0xFB00), range(0xFB00, 0x10000),
          range(0x10000, 0x11000), range(0x11000, 0x12000), range(0x16000, 0x17000), range(0x1D000, 0x1E000),
          range(0x1E000, 0x1F000), range(0x1F000, 0x20000), range(0x2F800, 0x2FA20)]  # fmt: skip


class Texts:
    """An endless supply of generated texts, the same ones for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        vocabulary = default_tokenizer().get_vocab(with_added_tokens=False)
        self.pieces = sorted(piece.removeprefix("##") for piece in vocabulary)

    def character(self):
        if self.random.random() < 0.1:
            return chr(self.random.choice(SCALARS))
        return chr(self.random.choice(self.random.choice(BLOCKS)))

    def marks(self, most):
        return "".join(chr(self.random.choice(MARKS)) for _ in range(self.random.randint(0, most)))

    def part(self):
        choose = self.random
        kind = choose.randrange(12)
        if kind < 3:
            word = choose.choice(self.pieces)
            return choose.choice([word, word.upper(), word.capitalize()])
        if kind == 3:
            return "".join(self.character() for _ in range(choose.randint(1, 8)))
        if kind == 4:
            block = choose.choice(BLOCKS)
            return "".join(chr(choose.choice(block)) for _ in range(choose.randint(1, 12)))
        if kind == 5:
            return "".join(choose.choice("aeioun\u00e9\u1e69") + self.marks(4) for _ in range(choose.randint(1, 4)))
        if kind == 6:
            return self.marks(6)
        if kind == 7:
            return choose.choice(EMOJI)
        if kind == 8:
            return choose.choice(SPECIALS)
        if kind == 9:
            return chr(choose.choice(CONTROLS))
        if kind == 10:
            return choose.choice(["a", "ab", "\u00e9", "e\u0301", "\uac01", "\u4e2d", "x\u200b"]) * choose.choice(
                [2, 32, 33, 49, 50, 51, 98, 99, 100, 101, 102])
        return choose.choice(["!", "...", "-", "'s", "#", "\u2014", "\u00bf", "\u3002", "\u2260", "$", "~"])

    def text(self):
        gaps = self.random.choice([["", "", " "], ["", " ", " "], [" ", " ", "  "], [""]])
        return "".join(self.part() + self.random.choice(gaps) for _ in range(self.random.randint(0, 12)))


def around(c):
    """The three texts by which a code point is tried."""
    return [chr(c), f"a{chr(c)}b", f"x {chr(c)} y"]


class Ours:
    """The tokenizer of this project, through the program tests/tokenizer/tokenizer_dump.cpp."""

    def __init__(self, program):
        self.program = program

    def _run(self, folder, texts, max_tokens, *more):
        raw = [text if isinstance(text, bytes) else text.encode() for text in texts]
        request = b"".join(struct.pack("<I", len(text)) + text for text in raw)
        answer = subprocess.run([self.program, str(folder), str(max_tokens), *more], input=request, capture_output=True)
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr.decode())
        return answer

    def seconds(self, folder, texts, max_tokens):
        """What tokenising takes, without loading the model folder and handing the texts over."""
        return float(self._run(folder, texts, max_tokens, "--time").stdout)

    def encode(self, folder, texts, max_tokens):
        answer = self._run(folder, texts, max_tokens)
        numbers = numpy.frombuffer(answer.stdout, dtype="<i4")
        result, at = [], 0
        for _ in texts:
            count = int(numbers[at])
            result.append(numbers[at + 1 : at + 1 + count].tolist())
            at += 1 + count
        assert at == len(numbers)
        return result
