"""Reads DistilBERT and BERT folders as named f32 tensors, and writes DistilBERT folders that valence loads."""

import dataclasses
import json
import pathlib
import re
import shutil

import safetensors.torch
import tokenizers
import torch


class Error(Exception):
    """An error for the user: names the file, line or argument, what was expected and what was found."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """The numbers of config.json that shape the computation, under DistilBERT's names."""

    dim: int
    hidden_dim: int
    n_layers: int
    n_heads: int
    max_position_embeddings: int
    vocab_size: int
    activation: str = "gelu"

    @property
    def head_dim(self):
        return self.dim // self.n_heads


@dataclasses.dataclass
class Model:
    """A model in DistilBERT's layout. `tensors`: f32, by the names of the published files; without a head where the
    folder had none. `labels`: names by index, None where config.json names none."""

    shape: Shape
    tensors: dict
    tokenizer: tokenizers.Tokenizer
    labels: list | None
    lower_case: bool


BERT_SHAPE = {"dim": "hidden_size", "hidden_dim": "intermediate_size", "n_layers": "num_hidden_layers",
              "n_heads": "num_attention_heads", "max_position_embeddings": "max_position_embeddings",
              "vocab_size": "vocab_size", "activation": "hidden_act"}
# What each tensor of a BERT layer is called in DistilBERT.
BERT_LAYER = {"attention.self.query": "attention.q_lin", "attention.self.key": "attention.k_lin",
              "attention.self.value": "attention.v_lin", "attention.output.dense": "attention.out_lin",
              "attention.output.LayerNorm": "sa_layer_norm", "intermediate.dense": "ffn.lin1",
              "output.dense": "ffn.lin2", "output.LayerNorm": "output_layer_norm"}
CLASSIFIER = ("classifier.weight", "classifier.bias")
SPECIAL = ("[CLS]", "[SEP]")  # the first and the last id of every text
EPSILON = 1e-12  # DistilBERT's layer norms have no other


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Error(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Error(f"{path}: not JSON: {error}") from error


def read(path):
    """The model in a folder, converted where it is a BERT."""
    path = pathlib.Path(path)
    config = read_json(path / "config.json")
    kind = config.get("model_type")
    if kind not in ("distilbert", "bert"):
        raise Error(f"{path / 'config.json'}: model_type: expected distilbert or bert, found {kind!r}")
    file = path / "model.safetensors"
    try:
        tensors = {name: tensor.float() for name, tensor in safetensors.torch.load_file(file).items()}
    except (OSError, safetensors.SafetensorError) as error:
        raise Error(f"{file}: cannot be read: {error}") from error
    keys = BERT_SHAPE if kind == "bert" else {f.name: f.name for f in dataclasses.fields(Shape)}
    missing = [n for n in keys.values() if n not in config and n not in ("activation", "hidden_act")]
    if missing:
        raise Error(f"{path / 'config.json'}: expected {missing[0]}, found none")
    shape = Shape(**{ours: config[theirs] for ours, theirs in keys.items() if theirs in config})
    if kind == "bert":
        tensors = from_bert(config, tensors, path)
    check(shape, tensors, path)
    names = config.get("id2label")
    if names and set(names) != {str(i) for i in range(len(names))}:
        raise Error(f"{path / 'config.json'}: id2label: expected the keys 0 to {len(names) - 1}, found {names}")
    labels = [names[str(i)] for i in range(len(names))] if names else None
    tokenizer, lower_case = read_tokenizer(path)
    if tokenizer.get_vocab_size() > shape.vocab_size:
        raise Error(f"{path}: the tokenizer has {tokenizer.get_vocab_size()} pieces, vocab_size is {shape.vocab_size}")
    return Model(shape, tensors, tokenizer, labels, lower_case)


def read_tokenizer(path):
    """The folder's tokenizer without truncation and padding, and whether it lower-cases."""
    settings = read_json(path / "tokenizer_config.json") if (path / "tokenizer_config.json").exists() else {}
    lower_case = settings.get("do_lower_case", True)
    if (path / "tokenizer.json").exists():
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
        except Exception as error:  # the package raises nothing narrower
            raise Error(f"{path / 'tokenizer.json'}: cannot be read: {error}") from error
        lower_case = (json.loads(tokenizer.to_str())["normalizer"] or {}).get("lowercase", lower_case)
    elif (path / "vocab.txt").exists():
        vocabulary = tokenizers.models.WordPiece.read_file(str(path / "vocab.txt"))
        tokenizer = tokenizers.BertWordPieceTokenizer(
            vocabulary, lowercase=lower_case, strip_accents=settings.get("strip_accents"))._tokenizer
    else:
        raise Error(f"{path}: expected tokenizer.json or vocab.txt, found neither")
    missing = [token for token in SPECIAL if tokenizer.token_to_id(token) is None]
    if missing:
        raise Error(f"{path}: expected a tokenizer with {', '.join(SPECIAL)}, found none of the name {missing[0]}")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, lower_case


def from_bert(config, tensors, path):
    """BERT's encoder under DistilBERT's names, the same function: row 0 of the token types, which every token of a
    single text has, is added to every position; the pooler and everything else outside the encoder are dropped."""
    for key, wanted in (("position_embedding_type", "absolute"), ("is_decoder", False), ("add_cross_attention", False),
                        ("embedding_size", config["hidden_size"])):
        if config.get(key, wanted) != wanted:
            raise Error(f"{path / 'config.json'}: {key}: DistilBERT can do {wanted!r} only, found {config[key]!r}")
    epsilon = config.get("layer_norm_eps", EPSILON)
    if epsilon > 1e-11:
        raise Error(f"{path / 'config.json'}: layer_norm_eps: DistilBERT can do {EPSILON} only, found {epsilon}")
    tensors = {name.removeprefix("bert."): tensor for name, tensor in tensors.items()}
    result = {}
    for name, tensor in tensors.items():
        name = name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
        layer = re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)", name)
        if name.startswith("embeddings."):
            result["distilbert." + name] = tensor
        elif layer and layer[2] in BERT_LAYER:
            result[f"distilbert.transformer.layer.{layer[1]}.{BERT_LAYER[layer[2]]}.{layer[3]}"] = tensor
        elif layer:
            raise Error(f"{path / 'model.safetensors'}: {name}: not a tensor of a BERT layer")
    types = result.pop("distilbert.embeddings.token_type_embeddings.weight", None)
    positions = "distilbert.embeddings.position_embeddings.weight"
    if types is None or positions not in result:
        raise Error(f"{path / 'model.safetensors'}: expected the position and the token type table of a BERT")
    result[positions] = result[positions] + types[0]
    result.pop("distilbert.embeddings.position_ids", None)
    return result


def encoder_tensors(shape):
    """Name and shape of every tensor of the encoder."""
    d, h = shape.dim, shape.hidden_dim
    yield "distilbert.embeddings.word_embeddings.weight", (shape.vocab_size, d)
    yield "distilbert.embeddings.position_embeddings.weight", (shape.max_position_embeddings, d)
    parts = [("distilbert.embeddings.LayerNorm", (d,))]
    for i in range(shape.n_layers):
        layer = f"distilbert.transformer.layer.{i}."
        parts += [(layer + "attention." + lin, (d, d)) for lin in ("q_lin", "k_lin", "v_lin", "out_lin")]
        parts += [(layer + "sa_layer_norm", (d,)), (layer + "ffn.lin1", (h, d)), (layer + "ffn.lin2", (d, h)),
                  (layer + "output_layer_norm", (d,))]
    for name, weight in parts:
        yield name + ".weight", weight
        yield name + ".bias", weight[:1]


def check(shape, tensors, path):
    if shape.dim % shape.n_heads:
        raise Error(f"{path / 'config.json'}: a width that divides into the heads expected, "
                    f"found {shape.dim} and {shape.n_heads} heads")
    if shape.activation not in ("gelu", "relu"):
        raise Error(f"{path / 'config.json'}: activation: expected gelu or relu, found {shape.activation!r}")
    for name, expected in encoder_tensors(shape):
        if name not in tensors:
            raise Error(f"{path / 'model.safetensors'}: expected a tensor {name}, found none")
        if tuple(tensors[name].shape) != expected:
            raise Error(f"{path / 'model.safetensors'}: {name}: expected shape {expected}, "
                        f"found {tuple(tensors[name].shape)}")


def stored(tensors, dtype):
    """The tensors as they are written: in `dtype`, the classifier in f32, where rounding could change a label."""
    return {n: t.to(torch.float32 if n in CLASSIFIER else dtype).contiguous() for n, t in tensors.items()}


def write(path, model, dtype=torch.bfloat16):
    """Writes the folder: it gets its name when all of it is on disk, and then replaces an earlier one."""
    path = pathlib.Path(path)
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    safetensors.torch.save_file(stored(model.tensors, dtype), partial / "model.safetensors", metadata={"format": "pt"})
    config = {"architectures": ["DistilBertForSequenceClassification" if model.labels else "DistilBertModel"],
              "model_type": "distilbert", **dataclasses.asdict(model.shape), "pad_token_id": 0,
              "dtype": str(dtype).removeprefix("torch.")}
    if model.labels:
        config["id2label"] = {str(i): name for i, name in enumerate(model.labels)}
        config["label2id"] = {name: i for i, name in enumerate(model.labels)}
    (partial / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    model.tokenizer.save(str(partial / "tokenizer.json"))
    settings = {"do_lower_case": model.lower_case, "model_max_length": model.shape.max_position_embeddings,
                "tokenizer_class": "DistilBertTokenizer"}
    (partial / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    if path.exists():
        shutil.rmtree(path)
    partial.rename(path)
