"""Tokenizer folders and what transformers makes of them; see files_reference.py."""

import json
import pathlib
import tempfile

import tokenizers
import transformers

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##b", "<s>", "</s>", "\u00e9", "\u4e2d", "[odd]"]
VOCAB = "\n".join(PIECES) + "\n"


def tokenizer_json(**changes):
    """A BERT tokenizer.json; `changes` replace its parts, functions are called on them."""
    special = [
        dict(
            id=PIECES.index(c), content=c, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True
        )
        for c in PIECES[:5]
    ]
    frame = [
        {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
    ]
    file = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": frame,
            "pair": frame + [{"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {c: {"id": c, "ids": [PIECES.index(c)], "tokens": [c]} for c in ("[CLS]", "[SEP]")},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {piece: id for id, piece in enumerate(PIECES)},
        },
    }
    for part, change in changes.items():
        file[part] = change(file[part]) if callable(change) else change
    return file


def without(*names):
    return lambda part: {key: value for key, value in part.items() if key not in names}


def updated(**fields):
    return lambda part: {**part, **fields}


def added(id, content, **flags):
    return dict(
        dict(id=id, content=content, single_word=False, lstrip=False, rstrip=False, normalized=True, special=False),
        **flags
    )


TEXT = "A [USER] ab <url> \u00e9 <new> [odd] <s> b <img> [SEP]b"


def tokenizer_cases():
    """name: (files, what differs in ours, and why)"""
    fast = {"tokenizer_class": "PreTrainedTokenizerFast"}
    bert = {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}
    token = {"content": "[odd]", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    texts = {
        "vocab.txt alone": VOCAB,
        "vocab.txt without a last newline": VOCAB[:-1],
        "vocab.txt with CRLF": VOCAB.replace("\n", "\r\n"),
        "vocab.txt with white space at line ends": "[PAD] \n[UNK]\t\n[CLS]\u00a0\n[SEP]\u3000\u2028\n[MASK]\x0b\n"
        " a \x85\nb\u200b\n",
        "vocab.txt with a piece twice": VOCAB + "a\n",
        "vocab.txt with blank lines": VOCAB + "\n \n\nz\n",
        "vocab.txt with a NUL": VOCAB + "x\0y\n",
        "vocab.txt with CR only": VOCAB + "x\ry\n",
    }
    cases = {name: ({"vocab.txt": text}, {}, "") for name, text in texts.items()}
    cases["vocab.txt with a byte order mark"] = ({"vocab.txt": "\ufeff" + VOCAB}, {}, "")

    def vocab(name, config, more=None, ours=None, why=""):
        cases["vocab.txt, " + name] = (
            {"vocab.txt": VOCAB, "tokenizer_config.json": config, **(more or {})},
            ours or {},
            why,
        )

    def full(name, file, config=None, more=None, ours=None, why=""):
        files = {"tokenizer.json": file, **(more or {})}
        if config is not None:
            files["tokenizer_config.json"] = config
        cases["tokenizer.json, " + name] = (files, ours or {}, why)

    vocab("empty settings", {})
    vocab("cased", {"do_lower_case": False})
    vocab("cased, accents stripped", {"do_lower_case": False, "strip_accents": True})
    vocab("uncased, accents kept", {"do_lower_case": True, "strip_accents": False})
    vocab("no Chinese characters", {"tokenize_chinese_chars": False})
    vocab("model_max_length", {"model_max_length": 128})
    vocab("model_max_length without limit", {"model_max_length": int(1e30)})
    vocab("model_max_length as float", {"model_max_length": 1e30})
    vocab("max_len", {"max_len": 64})
    vocab("cls_token as string", {"cls_token": "[odd]"})
    vocab("sep_token as object", {"sep_token": {"__type": "AddedToken", **token}})
    vocab("unk_token", {"unk_token": "[odd]"})
    vocab("special_tokens_map.json", {}, {"special_tokens_map.json": {"cls_token": "[odd]", "sep_token": token}})
    vocab(
        "special_tokens_map.json against the settings",
        {"cls_token": "<s>"},
        {"special_tokens_map.json": {"cls_token": "[odd]"}},
    )
    vocab(
        "special_tokens_map.json beside added_tokens_decoder",
        {"added_tokens_decoder": {"2": {"content": "[CLS]", "special": True}}},
        {"special_tokens_map.json": {"cls_token": "[odd]"}},
    )
    vocab("additional_special_tokens", {"additional_special_tokens": ["[odd]", "<new>"]})
    vocab(
        "added token of the vocabulary",
        {"added_tokens_decoder": {"12": {"content": "[odd]", "special": True, "lstrip": True, "normalized": False}}},
    )
    vocab(
        "added token of its own",
        {
            "added_tokens_decoder": {
                "13": {"content": "<new>", "special": False, "normalized": True, "single_word": True}
            }
        },
    )
    vocab(
        "two added tokens out of order",
        {"added_tokens_decoder": {"14": {"content": "<2>", "rstrip": True}, "13": {"content": "<1>"}}},
    )
    vocab(
        "unknown settings",
        {"never_split": ["a"], "do_basic_tokenize": False, "clean_up_tokenization_spaces": True, "x": None},
    )
    two = {"<url>": 14, "[user]": 13}
    for name, file in (("", two), (", no lower case", {"[USER]": 13}), (", a piece of the vocabulary", {"<s>": 8})):
        vocab("added_tokens.json" + name, {}, {"added_tokens.json": file})
        full("added_tokens.json" + name, tokenizer_json(), {}, {"added_tokens.json": file})
        full("added_tokens.json, class of its own" + name, tokenizer_json(), fast, {"added_tokens.json": file})
    vocab("added_tokens.json, empty", {}, {"added_tokens.json": {}})
    vocab("added_tokens.json with a special token", {"mask_token": "<new>"}, {"added_tokens.json": {"<new>": 13}})
    vocab("added_tokens.json with cls_token", {"cls_token": "<new>"}, {"added_tokens.json": {"<new>": 13}})
    additional = {"additional_special_tokens": ["<url>"]}
    vocab("added_tokens.json with an additional one", additional, {"added_tokens.json": {"<url>": 13}})
    vocab("added_tokens.json and an additional one", additional, {"added_tokens.json": {"<new>": 13}})
    vocab("added_tokens.json, special by special_tokens_map.json", {}, {
        "added_tokens.json": {"<new>": 13}, "special_tokens_map.json": {"mask_token": "<new>"}})
    vocab("added_tokens.json beside added_tokens_decoder", {"added_tokens_decoder": {"13": {"content": "<new>"}}},
          {"added_tokens.json": {"<url>": 13}})
    full("that has the tokens of added_tokens.json",
         tokenizer_json(added_tokens=lambda l: l + [added(13, "[user]", special=True, normalized=False)]), {},
         {"added_tokens.json": {"[user]": 13}})
    for name, extra in (("a list", ["<img>", "[odd]"]), ("an object", {"image_token": "<img>", "odd": "[odd]"})):
        vocab("extra_special_tokens, " + name, {"extra_special_tokens": extra})
        full("extra_special_tokens, " + name, tokenizer_json(), {"extra_special_tokens": extra})
        full("extra_special_tokens, class of its own, " + name, tokenizer_json(), {**fast, "extra_special_tokens": extra})
        vocab("extra and additional_special_tokens, " + name, {"extra_special_tokens": extra, **additional})
        vocab("extra_special_tokens of special_tokens_map.json, " + name, {},
              {"special_tokens_map.json": {"extra_special_tokens": extra}})
    vocab("extra_special_tokens, empty", {"extra_special_tokens": [], **additional})
    vocab("additional_special_tokens in both files", additional,
          {"special_tokens_map.json": {"additional_special_tokens": ["<img>"]}})
    vocab("additional and, in the map, extra_special_tokens", additional,
          {"special_tokens_map.json": {"extra_special_tokens": ["<img>"]}})
    full("additional_special_tokens", tokenizer_json(), additional)
    full("additional_special_tokens, class of its own", tokenizer_json(), {**fast, **additional})
    vocab("additional_special_tokens as objects", {"additional_special_tokens": [
        {"content": "<img>", "lstrip": True, "rstrip": False, "normalized": True, "single_word": True,
         "__type": "AddedToken"}]})
    vocab("a named token of its own", {"odd_token": "[odd]"})
    vocab("truncation_side left", {"truncation_side": "left"})
    cut = dict(max_length=4, strategy="LongestFirst", stride=0)
    full("truncated at the left", tokenizer_json(truncation={"direction": "Left", **cut}), {})
    full("truncated at the left, class of its own", tokenizer_json(truncation={"direction": "Left", **cut}), fast)
    full("truncated at the left, settings say right", tokenizer_json(truncation={"direction": "Left", **cut}),
         {"truncation_side": "right"})
    full("settings truncate at the left", tokenizer_json(), {"truncation_side": "left"})
    full("alone", tokenizer_json())
    full("empty settings", tokenizer_json(), {})
    full("settings cased", tokenizer_json(), {"do_lower_case": False})
    full("cased, settings uncased", tokenizer_json(normalizer=updated(lowercase=False)), {"do_lower_case": True})
    full(
        "cased, settings silent",
        tokenizer_json(normalizer=updated(lowercase=False)),
        {},
        ours={"lowercase": False},
        why="transformers takes the default against tokenizer.json",
    )
    full(
        "cased, no settings",
        tokenizer_json(normalizer=updated(lowercase=False)),
        ours={"lowercase": False},
        why="transformers takes the default against tokenizer.json",
    )
    full(
        "cased, class of its own", tokenizer_json(normalizer=updated(lowercase=False)), {**fast, "do_lower_case": True}
    )
    full(
        "accents, class of its own",
        tokenizer_json(normalizer=updated(strip_accents=False, handle_chinese_chars=False)),
        fast,
    )
    full("settings keep accents", tokenizer_json(), {"strip_accents": False})
    full("settings with null accents", tokenizer_json(normalizer=updated(strip_accents=False)), {"strip_accents": None})
    full("settings without Chinese characters", tokenizer_json(), {"tokenize_chinese_chars": False})
    full(
        "not cleaned",
        tokenizer_json(normalizer=updated(clean_text=False)),
        {},
        ours={"clean_text": False},
        why="transformers takes the default against tokenizer.json",
    )
    full("not cleaned, class of its own", tokenizer_json(normalizer=updated(clean_text=False)), fast)
    full("BertProcessing", tokenizer_json(post_processor=bert), {})
    full("BertProcessing, class of its own", tokenizer_json(post_processor=bert), fast)
    full("no post-processor", tokenizer_json(post_processor=None), {})
    full("model without type", tokenizer_json(model=without("type")), {})
    full("short words", tokenizer_json(model=updated(max_input_chars_per_word=5)), fast)
    full("another prefix", tokenizer_json(model=updated(continuing_subword_prefix="@@")), fast)
    full("another unk_token", tokenizer_json(model=updated(unk_token="[odd]")), fast)
    full("settings with another unk_token", tokenizer_json(), {"unk_token": "[odd]"})
    full("settings with another cls_token", tokenizer_json(), {"cls_token": "<s>", "sep_token": "</s>"})
    full("no added tokens", tokenizer_json(added_tokens=[]), {})
    full("no added tokens, class of its own", tokenizer_json(added_tokens=[]), fast)
    full("added token", tokenizer_json(added_tokens=lambda l: l + [added(12, "[odd]", lstrip=True, rstrip=True)]), {})
    full(
        "added token of its own", tokenizer_json(added_tokens=lambda l: l + [added(13, "<new>", single_word=True)]), {}
    )
    full(
        "added token of its own, class of its own",
        tokenizer_json(added_tokens=lambda l: l + [added(13, "<new>", special=True, normalized=False)]),
        fast,
    )
    full(
        "added tokens replaced by the settings",
        tokenizer_json(added_tokens=lambda l: l + [added(12, "[odd]")]),
        {"added_tokens_decoder": {"8": {"content": "<s>", "special": True, "normalized": False}}},
    )
    full(
        "truncation and padding",
        tokenizer_json(
            truncation={"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
            padding={
                "strategy": "BatchLongest",
                "direction": "Right",
                "pad_to_multiple_of": None,
                "pad_id": 0,
                "pad_type_id": 0,
                "pad_token": "[PAD]",
            },
        ),
        {},
    )
    small = {piece: id for id, piece in enumerate(["[UNK]", "[CLS]", "[SEP]", "a"])}
    lean = tokenizer_json(added_tokens=[], post_processor=None, model=updated(vocab=small))
    full("no [PAD] and no [MASK]", lean, {})
    # Special tokens that no vocabulary has: they are numbered in an order of their own.
    url = {"content": "<url>", "lstrip": True, "rstrip": False, "normalized": True, "single_word": False}
    marked = {**url, "__type": "AddedToken"}
    vocab("special tokens of its own", {"mask_token": "<new>", "pad_token": "<img>", **additional})
    vocab("bos and eos", {"eos_token": "<new>", "bos_token": "<img>"})
    vocab("null special tokens", {"mask_token": None, **additional})
    vocab("an empty mask_token", {"mask_token": ""})
    vocab("named tokens of their own", {"url_token": "<url>", "img_token": "<img>", "mask_token": "<new>"})
    vocab("a named token as object", {"url_token": marked})
    vocab("a named token as object without type", {"url_token": url})
    vocab("mask_token as object", {"mask_token": {**marked, "content": "[MASK]"}})
    vocab("named tokens in the map", {}, {"special_tokens_map.json": {
        "url_token": "<new>", "mask_token": url}})
    vocab("named tokens in both files", {"pad_token": "<img>", "url_token": "<new>"},
          {"special_tokens_map.json": {"img_token": "<s>", "mask_token": "<x>", "url_token": "<url>"}})
    vocab("a named token beside added_tokens_decoder",
          {"url_token": "<url>", "added_tokens_decoder": {"13": {"content": "<new>"}}})
    vocab("a named token of added_tokens_decoder",
          {"url_token": "<url>", "added_tokens_decoder": {"13": {"content": "<url>", "normalized": True}}})
    vocab("a named token beside added_tokens.json", {"url_token": "<url>"}, {"added_tokens.json": {"<new>": 13}})
    vocab("a named token of added_tokens.json", {"url_token": "<url>"}, {"added_tokens.json": {"<url>": 13}})
    unsorted = {"url_token": "<url>", "img_token": "<img>", "new": "<new>"}
    vocab("extra_special_tokens, an object out of order", {"extra_special_tokens": unsorted})
    vocab("additional_special_tokens, an object out of order", {"additional_special_tokens": unsorted})
    vocab("extra_special_tokens of objects", {"extra_special_tokens": {"url_token": marked}})
    for name, settings in (("", {}), (", class of its own", fast)):
        full("named tokens of their own" + name, tokenizer_json(), {"mask_token": "<new>", "url_token": "<url>", **settings})
        full("bos, eos and extra ones out of order" + name, tokenizer_json(added_tokens=[]),
             {"eos_token": "<new>", "bos_token": "<s>", "extra_special_tokens": unsorted, **settings})
    return cases


def tokenizer_verdict(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"config.json": {"model_type": "distilbert"}, **files}.items():
            text = content if isinstance(content, str) else json.dumps(content)
            pathlib.Path(folder, name).write_text(text, encoding="utf-8", newline="")
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        state = json.loads(tokenizer._tokenizer.to_str())
        cls_id, sep_id = tokenizer("")["input_ids"]
        return {
            "clean_text": state["normalizer"]["clean_text"],
            "lowercase": state["normalizer"]["lowercase"],
            "strip_accents": state["normalizer"]["strip_accents"],
            "handle_chinese_chars": state["normalizer"]["handle_chinese_chars"],
            "unk_token": state["model"]["unk_token"],
            "prefix": state["model"]["continuing_subword_prefix"],
            "max_input_chars_per_word": state["model"]["max_input_chars_per_word"],
            "model_max_length": tokenizer.model_max_length if tokenizer.model_max_length < 10**9 else None,
            "cls_id": cls_id,
            "sep_id": sep_id,
            "text": TEXT,
            "ids": tokenizer(TEXT)["input_ids"],
            "ids_of_5": tokenizer(TEXT, truncation=True, max_length=5)["input_ids"],
            "vocab": tokenizer.get_vocab(),
            "added": {
                t["content"]: [t["id"], t["normalized"], t["single_word"], t["lstrip"], t["rstrip"]]
                for t in state["added_tokens"]
            },
        }


def reference():
    cases = {}
    for name, (files, ours, why) in tokenizer_cases().items():
        verdict = tokenizer_verdict(files)
        texts = {file: content if isinstance(content, str) else json.dumps(content) for file, content in files.items()}
        cases[name] = {"files": texts, "judge": verdict}
        if ours:
            changed = {**verdict, **ours}
            assert changed != verdict, name
            cases[name].update(judge=changed, differs=why)
    judge = "transformers " + transformers.__version__ + ", tokenizers " + tokenizers.__version__
    return {"judge": judge, "cases": cases}
