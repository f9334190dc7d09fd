"""Small start folders and data files for the tests: random BERTs, made-up reviews whose words decide the label."""

import json
import pathlib
import random

import torch
import transformers

transformers.utils.logging.disable_progress_bar()

GOOD = "good great fine witty warm bright lovely superb moving sharp".split()
BAD = "bad awful dull slow cold weak boring poor tired flat".split()
FILLING = "the a film plot actor phone book room story was is and with of it this very".split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", "!"] + GOOD + BAD + FILLING + ["##ly", "##s"]


def bert(path, heads=6, dim=48, layers=2, seed=1, spread=0.1):
    """A BERT folder as published, with weights of the given standard deviation."""
    path = pathlib.Path(path)
    path.mkdir(parents=True)
    torch.manual_seed(seed)
    config = transformers.BertConfig(hidden_size=dim, num_attention_heads=heads, num_hidden_layers=layers,
                                     intermediate_size=2 * dim, max_position_embeddings=64, initializer_range=spread,
                                     vocab_size=len(VOCABULARY))
    transformers.BertModel(config).save_pretrained(path)
    (path / "vocab.txt").write_text("".join(piece + "\n" for piece in VOCABULARY))
    (path / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "model_max_length": 64, "tokenizer_class": "BertTokenizer"}))
    return path


def reviews(count, seed):
    """(text, label) rows: one telling word among fillings, at times two."""
    chance = random.Random(seed)
    for _ in range(count):
        label = chance.randint(0, 1)
        words = [chance.choice(FILLING) for _ in range(chance.randint(2, 20))]
        for _ in range(chance.randint(1, 2)):
            words.insert(chance.randint(0, len(words)), chance.choice(GOOD if label else BAD))
        yield " ".join(words), label


def tsv(path, rows):
    pathlib.Path(path).write_text("text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows))
    return path
