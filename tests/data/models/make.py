#!/usr/bin/env python3
"""Makes the small model folders of tests/data/models, with the answers that transformers gives for them.

Usage: make.py OUTPUT_FOLDER [NAME ...]     (needs torch, transformers, safetensors; nothing is downloaded)
       make.py OUTPUT_FOLDER activations    activations.json alone, from the folders that are there

Each folder is a complete published model plus reference.json: the texts, their ids by transformers' tokenizer, the
logits by transformers in f32 from the weights as the file holds them, and those of PyTorch's own bf16 run. Every text
runs alone, so no padding is involved. The weights are random with a fixed seed, but spread so widely that attention is
far from uniform and the logits of different texts differ visibly.

activations.json holds the logits of two of the models with other activation functions in config.json, for the same texts.
"""

import dataclasses
import json
import pathlib
import random
import shutil
import sys

import safetensors.torch
import torch
import transformers
from transformers.activations import ACT2FN


@dataclasses.dataclass(frozen=True)
class Recipe:
    name: str
    dim: int
    heads: int
    hidden: int
    layers: int
    positions: int
    labels: tuple  # names; or a number: id2label is left out
    activation: str = "gelu"
    dtype: str = "F32"
    problem_type: str | None = None
    cased: bool = False
    tokenizer_json: bool = False  # else vocab.txt and tokenizer_config.json
    bert: dict | None = None  # the fields that BERT alone has; None: DistilBERT


RECIPES = (
    Recipe("heads6-gelu-f32", 54, 6, 100, 2, 40, ("NEGATIVE", "POSITIVE")),
    Recipe("heads12-gelu-bf16", 84, 12, 120, 2, 64, ("neg", "neutral", "pos"), dtype="BF16", tokenizer_json=True),
    Recipe("heads3-relu-f16", 60, 3, 77, 3, 72, 3, activation="relu", dtype="F16", cased=True),
    Recipe("heads1-relu-one-label", 25, 1, 31, 1, 17, ("intensity",), activation="relu"),
    Recipe("heads2-multi-label-f16", 40, 2, 160, 4, 48, ("joy", "anger", "fear", "love", "surprise"), dtype="F16",
           problem_type="multi_label_classification"),
    Recipe("heads2-twelve-layers-bf16", 30, 2, 44, 12, 48, 2, dtype="BF16", cased=True, tokenizer_json=True),
    Recipe("heads6-long-f32", 36, 6, 50, 2, 512, ("NEGATIVE", "POSITIVE"), problem_type="single_label_classification"),
    Recipe("heads8-wide-relu-bf16", 128, 8, 50, 1, 130, 4, activation="relu", dtype="BF16"),
    # The epsilon is large enough to show in the logits.
    Recipe("bert-heads4-f32", 52, 4, 90, 2, 45, ("NEGATIVE", "POSITIVE"),
           bert={"layer_norm_eps": 0.01, "type_vocab_size": 2}),
    Recipe("bert-heads3-relu-bf16", 75, 3, 130, 2, 70, 5, activation="relu", dtype="BF16", cased=True,
           tokenizer_json=True, bert={"layer_norm_eps": 1e-12, "type_vocab_size": 3}),
)

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = """the a an and or but not never always it is was were this that film movie phone book food room service story plot
actor music good great bad awful fine dull bright witty slow fast warm cold love hate like enjoy regret buy return
broke works died after two days support answer every minute of with for in on at to from""".split()
SUFFIXES = "ing ed ly er est s ness ful less able".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
PUNCTUATION = ".,!?'\"-()&/:;$%#"
OTHER = "\u00e9\u00fc\u00df\u03b1\u03b2\u043f\u0440\u4f60\u597d\u3042"  # letters of Latin-1, Greek, Cyrillic, Han, kana

FIXED_TEXTS = (
    "",
    "good",
    "   \t\n",
    "A great, witty film!",
    "The phone died after two days and support never answered.",
    "Caf\u00e9 \u00fcber \u03b1\u03b2 \u041f\u0440\u0438\u0432\u0435\u0442",
    "\u4f60\u597d world \u3042",
    "It was not good [SEP] it was [MASK] awful.",
    "\U0001f600 unknowable \u2603",
    "I WOULD NOT BUY IT AGAIN: slow, dull & cold (100% regret)",
)


def vocabulary(cased):
    pieces = list(SPECIAL) + list(PUNCTUATION) + list(LETTERS) + list(OTHER)
    pieces += ["##" + c for c in LETTERS + OTHER] + WORDS + ["##" + s for s in SUFFIXES]
    if cased:
        pieces += [c for c in LETTERS.upper() if c.isalpha()] + [w.capitalize() for w in WORDS[:24]]
    return list(dict.fromkeys(pieces))


def write_tokenizer(folder, recipe):
    (folder / "vocab.txt").write_text("".join(p + "\n" for p in vocabulary(recipe.cased)), encoding="utf-8")
    settings = {"do_lower_case": not recipe.cased, "model_max_length": recipe.positions, "strip_accents": None,
                "tokenize_chinese_chars": True,
                "tokenizer_class": "BertTokenizer" if recipe.bert else "DistilBertTokenizer"}
    for token in SPECIAL:
        settings[token.strip("[]").lower() + "_token"] = token
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    if recipe.tokenizer_json:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "vocab.txt").unlink()


def spread_weights(model, generator):
    """Each linear layer keeps about the variance of its input; queries and keys are larger, so attention is peaked."""

    def normal(tensor, std):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * std)

    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if "LayerNorm" in name or "layer_norm" in name:
                normal(tensor, 0.2)
                if name.endswith("weight"):
                    tensor += 1.0
            elif "embeddings" in name:
                normal(tensor, 1.0)
            elif name.endswith("bias"):
                normal(tensor, 0.2)
            else:
                gain = 1.4 if any(part in name for part in ("q_lin", "k_lin", "query", "key")) else 1.1
                normal(tensor, gain / tensor.shape[1] ** 0.5)


def write_model(folder, recipe):
    if recipe.bert:
        model_class, config_class = transformers.BertForSequenceClassification, transformers.BertConfig
        sizes = dict(hidden_size=recipe.dim, num_attention_heads=recipe.heads, intermediate_size=recipe.hidden,
                     num_hidden_layers=recipe.layers, **recipe.bert)
        activation = {"hidden_act": recipe.activation}
    else:
        model_class, config_class = transformers.DistilBertForSequenceClassification, transformers.DistilBertConfig
        sizes = dict(dim=recipe.dim, n_heads=recipe.heads, hidden_dim=recipe.hidden, n_layers=recipe.layers)
        activation = {"activation": recipe.activation}
    sizes |= dict(max_position_embeddings=recipe.positions, vocab_size=len(vocabulary(recipe.cased)))
    named = isinstance(recipe.labels, tuple)
    labels = len(recipe.labels) if named else recipe.labels
    model = model_class(config_class(**sizes, **activation, num_labels=labels))
    spread_weights(model, torch.Generator().manual_seed(sum(map(ord, recipe.name))))
    tensors = {name: t.detach().to(DTYPES[recipe.dtype]).contiguous() for name, t in model.state_dict().items()}
    safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    published = {"architectures": [model_class.__name__], "model_type": config_class.model_type, **activation,
                 "pad_token_id": 0, **sizes}
    if recipe.problem_type:
        published["problem_type"] = recipe.problem_type
    if named or recipe.labels != 2:  # transformers assumes two labels where id2label is missing
        names = recipe.labels if named else [f"LABEL_{i}" for i in range(recipe.labels)]
        published["id2label"] = {str(i): name for i, name in enumerate(names)}
        published["label2id"] = {name: i for i, name in enumerate(names)}
    (folder / "config.json").write_text(json.dumps(published, indent=1) + "\n")


def texts(recipe):
    """The fixed ones, and random words for lengths around the middle, the limit and beyond it."""
    chance = random.Random(recipe.name)
    result = list(FIXED_TEXTS)
    for words in (3, 6, 11, recipe.positions // 3, recipe.positions // 2, recipe.positions - 2, recipe.positions + 9):
        picked = [chance.choice(WORDS) + chance.choice(["", "", ""] + SUFFIXES) for _ in range(words)]
        result.append(" ".join(picked))
    for length in (recipe.positions - 1, recipe.positions, recipe.positions + 1):  # words that are one piece each
        result.append(" ".join(chance.choice(WORDS) for _ in range(length - 2)))
    return result


def logits(folder, ids, dtype, **config):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=dtype, **config).eval()
    with torch.no_grad():
        return [[float(f"{x:.9g}") for x in model(torch.tensor([row])).logits[0].float().tolist()] for row in ids]


def made_by():
    return f"transformers {transformers.__version__}, torch {torch.__version__}"


def make(root, recipe):
    folder = root / recipe.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_model(folder, recipe)
    write_tokenizer(folder, recipe)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    chosen = texts(recipe)
    full = [tokenizer(t)["input_ids"] for t in chosen]
    ids = [tokenizer(t, truncation=True, max_length=recipe.positions)["input_ids"] for t in chosen]
    f32, bf16 = logits(folder, ids, torch.float32), logits(folder, ids, torch.bfloat16)
    lines = [json.dumps({"text": t, "truncated": len(a) > len(i), "ids": i,
                         "f32": x32, "bf16": x16})
             for t, a, i, x32, x16 in zip(chosen, full, ids, f32, bf16)]
    (folder / "reference.json").write_text(
        '{"made_by": ' + json.dumps(made_by()) + ', "texts": [\n' + ",\n".join(lines) + "\n]}\n")
    spread = torch.tensor(f32).std(0).min().item()
    error = (torch.tensor(f32) - torch.tensor(bf16)).abs().max().item()
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{recipe.name}: {size} bytes, {len(ids)} texts of {min(map(len, ids))} to {max(map(len, ids))} ids, "
          f"logits spread by {spread:.3f}, bf16 off by {error:.4f} at most")


def make_activations(root):
    """All of transformers' functions without parameters in a DistilBERT model, some in a BERT one."""
    names = [name for name in ACT2FN if not list(ACT2FN[name].parameters())]
    lines = []
    for model, field, tried in (("heads6-gelu-f32", "activation", names),
                                ("bert-heads4-f32", "hidden_act", ["gelu_new", "swish", "quick_gelu", "relu6"])):
        ids = [text["ids"] for text in json.loads((root / model / "reference.json").read_text())["texts"]]
        for name in tried:
            answers = {key: logits(root / model, ids, dtype, **{field: name})
                       for key, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16))}
            lines.append(json.dumps(f"{model}+{name}") + ": " + json.dumps(answers))
    (root / "activations.json").write_text(
        '{"made_by": ' + json.dumps(made_by()) + ', "models": {\n' + ",\n".join(lines) + "\n}}\n")
    print(f"activations.json: {len(lines)} models")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    for one in RECIPES:
        if one.name in sys.argv[2:] or len(sys.argv) == 2:
            make(pathlib.Path(sys.argv[1]), one)
    if "activations" in sys.argv[2:] or len(sys.argv) == 2:
        make_activations(pathlib.Path(sys.argv[1]))
