"""Makes what the comparison runs on: the models in each peer's format, and the texts with their token ids.

prepare.py REPOSITORY OUTPUT [--reviews TSV] [--tweets TSV]
"""

import argparse
import json
import pathlib
import random
import shutil

import ctranslate2
import nncf
import numpy
import openvino
import tokenizers
import torch
import transformers
from onnxruntime.quantization import quantize_dynamic

MAX_TOKENS = 512
SINGLE_TOKENS = (8, 25, 128, 512)
NAMES = ("input_ids", "attention_mask")


class Logits(torch.nn.Module):
    """[batch, tokens] ids and mask in, [batch, labels] logits out: what the exporters trace."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def make_random_model(folder, default_model):
    """The size of distilbert-base with random weights: speed does not depend on their values."""
    transformers.set_seed(1)
    labels = {0: "NEGATIVE", 1: "POSITIVE"}
    config = transformers.DistilBertConfig(
        vocab_size=30522, dim=768, n_layers=6, n_heads=12, hidden_dim=3072,
        id2label=labels, label2id={label: i for i, label in labels.items()})
    transformers.DistilBertForSequenceClassification(config).float().save_pretrained(folder)
    for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(default_model / name, folder / name)


def load(folder, attention):
    return Logits(transformers.DistilBertForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation=attention)).eval()


def convert(folder, output, ids_of_dev):
    """Writes the model of `folder` in the format of every peer to `output`."""
    ids = torch.randint(1000, 20000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    # Written out as plain matmuls, attention is a pattern that ONNX Runtime fuses; from SDPA it is not.
    dynamic = {name: {0: "batch", 1: "tokens"} for name in NAMES}
    torch.onnx.export(load(folder, "eager"), (ids, mask), output / "model.onnx", dynamo=False, opset_version=17,
                      input_names=list(NAMES), output_names=["logits"],
                      dynamic_axes={**dynamic, "logits": {0: "batch"}})
    quantize_dynamic(output / "model.onnx", output / "model.int8.onnx")
    # OpenVINO knows SDPA: converted straight from torch it ran faster than through ONNX.
    model = openvino.convert_model(load(folder, "sdpa"), example_input=(ids, mask))
    openvino.save_model(model, output / "model.xml", compress_to_fp16=False)
    # NNCF sees the very texts that are judged later, which favours it.
    calibration = nncf.Dataset(ids_of_dev, lambda ids: (numpy.array([ids]), numpy.ones((1, len(ids)), numpy.int64)))
    quantized = nncf.quantize(model, calibration, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(ids_of_dev))
    openvino.save_model(quantized, output / "model.int8.xml", compress_to_fp16=False)
    ctranslate2.converters.TransformersConverter(str(folder)).convert(str(output / "ctranslate2"), force=True)
    # CTranslate2 ends with the encoder; the head is two small matmuls that its worker does in numpy.
    state = load(folder, "eager").model.state_dict()
    numpy.savez(output / "head.npz", **{name: state[name].numpy() for name in state if "classifier" in name})


def read_texts(path):
    """The first column of a tab-separated file with a header line."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [line.rsplit("\t", 1)[0] for line in lines if line.strip()]


def text_of(tokens, words, costs):
    """The next words of the endless iterator `words` that come to exactly `tokens` ids, [CLS] and [SEP] included."""
    chosen, left = [], tokens - 2
    while left:
        word = next(words)
        if costs[word] <= left:
            chosen.append(word)
            left -= costs[word]
    return " ".join(chosen)


def endless_words(texts):
    shuffled = random.Random(1)
    while True:
        for text in shuffled.sample(texts, len(texts)):
            yield from text.split()


def make_texts(repository, tokenizer, output, given):
    dev = read_texts(repository / "tests" / "data" / "sst2-dev.tsv")
    vocabulary = sorted({word for text in dev for word in text.split()})
    costs = {word: len(tokenizer.encode(word).ids) - 2 for word in vocabulary}
    words = endless_words(dev)
    lengths = json.loads((repository / "benchmarks" / "compare" / "lengths.json").read_text())
    workloads = {"dev": dev}
    for name in ("tweets", "reviews"):
        if given[name]:
            texts = read_texts(given[name])
            workloads[name] = random.Random(1).sample(texts, min(len(texts), len(lengths[name])))
        else:
            workloads[name] = [text_of(length, words, costs) for length in lengths[name]]
    for tokens in SINGLE_TOKENS:
        workloads[f"single{tokens}"] = [text_of(tokens, words, costs)]

    output.mkdir(parents=True, exist_ok=True)
    for name, texts in workloads.items():
        ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        variants = {name: range(len(texts))}
        if len(texts) > 1:
            variants[f"{name}.sorted"] = sorted(range(len(texts)), key=lambda i: -len(ids[i]))
        for variant, order in variants.items():
            (output / f"{variant}.txt").write_text("".join(texts[i] + "\n" for i in order), encoding="utf-8")
            (output / f"{variant}.json").write_text(json.dumps([ids[i] for i in order]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("repository", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--reviews", type=pathlib.Path)
    parser.add_argument("--tweets", type=pathlib.Path)
    arguments = parser.parse_args()
    default_model = arguments.repository / "models" / "default"
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()

    tokenizer = tokenizers.Tokenizer.from_file(str(default_model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    make_texts(arguments.repository, tokenizer, arguments.output / "texts",
               {"reviews": arguments.reviews, "tweets": arguments.tweets})

    for name in ("768", "384"):
        output = arguments.output / "models" / name
        if (output / "done").exists():
            continue
        (output / "hf").mkdir(parents=True, exist_ok=True)
        if name == "768":
            make_random_model(output / "hf", default_model)
        else:
            shutil.copytree(default_model, output / "hf", dirs_exist_ok=True)
        convert(output / "hf", output, json.loads((arguments.output / "texts" / "dev.json").read_text()))
        (output / "done").touch()


main()
