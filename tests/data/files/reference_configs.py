"""config.json files and what transformers makes of them; see files_reference.py."""

import json

import torch
import transformers
from transformers.pipelines.text_classification import TextClassificationPipeline


def config_cases():
    base = {"model_type": "distilbert", "architectures": ["DistilBertForSequenceClassification"]}
    many = {str(i): "L%d" % i for i in range(12)}
    return {
        "only the names": base,
        "no architectures": {"model_type": "distilbert"},
        "sizes": {
            **base,
            "dim": 48,
            "hidden_dim": 100,
            "n_layers": 2,
            "n_heads": 6,
            "max_position_embeddings": 40,
            "vocab_size": 99,
        },
        "relu": {**base, "activation": "relu"},
        "other names for sizes": {**base, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4},
        "nulls": {**base, "id2label": None, "problem_type": None, "pruned_heads": None},
        "num_labels": {**base, "num_labels": 5},
        "one label": {**base, "num_labels": 1},
        "labels": {**base, "id2label": {"0": "NEGATIVE", "1": "POSITIVE"}},
        "labels out of order": {**base, "id2label": {"2": "c", "0": "a", "1": "b"}},
        "twelve labels": {**base, "id2label": many},
        "one named label": {**base, "id2label": {"0": "toxic"}},
        "multi": {**base, "id2label": many, "problem_type": "multi_label_classification"},
        "single": {**base, "problem_type": "single_label_classification"},
        "label twice": {**base, "id2label": {"0": "x", "1": "x"}},
        "sinusoidal": {**base, "sinusoidal_pos_embds": True},
        "unknown keys": {**base, "x": [1, {"y": None}], "transformers_version": "4.10.2"},
        "label not ASCII": {**base, "id2label": {"0": "n\u00e9gatif", "1": "\U0001f600"}},
        # refused by both
        "single with one label": {**base, "num_labels": 1, "problem_type": "single_label_classification"},
        "dim a string": {**base, "dim": "768"},
        "dim a fraction": {**base, "dim": 768.5},
        "id2label not numbers": {**base, "id2label": {"a": "b"}},
        "dim an array": {**base, "dim": [768]},
    }


def config_verdict(fields):
    try:
        config = transformers.DistilBertConfig.from_dict(dict(fields))
    except Exception as error:  # its own validators raise various types
        return {"refused": type(error).__name__}
    pipeline = TextClassificationPipeline.__new__(TextClassificationPipeline)
    pipeline.model = type("Model", (), {"config": config})()
    logits = 3 + torch.arange(config.num_labels, dtype=torch.float32)[None]
    sigmoid = abs(1 - sum(s["score"] for s in pipeline.postprocess({"logits": logits}, top_k=None))) > 1e-3
    return {
        "dim": config.dim,
        "hidden_dim": config.hidden_dim,
        "n_layers": config.n_layers,
        "n_heads": config.n_heads,
        "vocab_size": config.vocab_size,
        "max_position_embeddings": config.max_position_embeddings,
        "activation": config.activation,
        "labels": [config.id2label[i] for i in range(config.num_labels)],
        "sigmoid": sigmoid,
    }


def reference():
    cases = {
        name: {"config": json.dumps(fields), "judge": config_verdict(fields)} for name, fields in config_cases().items()
    }
    return {"judge": "transformers " + transformers.__version__, "cases": cases}
