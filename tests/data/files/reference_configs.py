"""config.json files and what transformers makes of them; see files_reference.py."""

import json

import torch
import transformers
from transformers.pipelines.text_classification import TextClassificationPipeline


def config_cases():
    base = {"model_type": "distilbert", "architectures": ["DistilBertForSequenceClassification"]}
    bert = {"model_type": "bert", "architectures": ["BertForSequenceClassification"]}
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
        "another activation": {**base, "activation": "gelu_new"},
        "BERT, another activation": {**bert, "hidden_act": "swish"},
        "BERT, DistilBERT's name for the activation": {**bert, "activation": "silu"},
        "DistilBERT, BERT's name for the activation": {**base, "hidden_act": "silu"},
        "other names for sizes": {**base, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4},
        "both names of sizes": {**base, "dim": 48, "hidden_size": 96, "num_hidden_layers": 3, "n_layers": 2, "n_heads": 6,
                                "num_attention_heads": 8},
        "nulls": {**base, "id2label": None, "problem_type": None, "pruned_heads": None},
        "num_labels": {**base, "num_labels": 5},
        "one label": {**base, "num_labels": 1},
        "num_labels against id2label": {**base, "num_labels": 3, "id2label": {"0": "a", "1": "b"}},
        "num_labels below id2label": {**base, "num_labels": 1, "id2label": {"0": "a", "1": "b"}},
        "architectures a string": {**base, "architectures": "DistilBertForSequenceClassification"},
        "labels": {**base, "id2label": {"0": "NEGATIVE", "1": "POSITIVE"}},
        "labels out of order": {**base, "id2label": {"2": "c", "0": "a", "1": "b"}},
        "twelve labels": {**base, "id2label": many},
        "one named label": {**base, "id2label": {"0": "toxic"}},
        "multi": {**base, "id2label": many, "problem_type": "multi_label_classification"},
        "single": {**base, "problem_type": "single_label_classification"},
        "label twice": {**base, "id2label": {"0": "x", "1": "x"}},
        "sinusoidal": {**base, "sinusoidal_pos_embds": True},
        "unknown keys": {**base, "x": [1, {"y": None}], "transformers_version": "4.10.2"},
        "BERT, only the names": bert,
        "BERT, sizes": {
            **bert,
            "hidden_size": 48,
            "intermediate_size": 100,
            "num_hidden_layers": 2,
            "num_attention_heads": 6,
            "max_position_embeddings": 40,
            "vocab_size": 99,
            "type_vocab_size": 1,
        },
        "BERT, DistilBERT's names for sizes": {**bert, "dim": 48, "hidden_dim": 100, "n_layers": 3, "n_heads": 4},
        "BERT, relu": {**bert, "hidden_act": "relu"},
        "BERT, epsilon": {**bert, "layer_norm_eps": 1e-5},
        "BERT, one label": {**bert, "num_labels": 1, "position_embedding_type": "absolute", "is_decoder": False},
        "DistilBERT, BERT's epsilon and token types": {**base, "layer_norm_eps": 1e-5, "type_vocab_size": 3},
        "labels of integers": {**base, "id2label": {"0": 0, "1": 1}},
        "labels of other scalars": {**base, "id2label": {"0": -1, "1": 0.5, "2": True, "3": 12345678901234567890}},
        "null labels": {**base, "id2label": {"0": None, "1": "b"}},
        "regression": {**base, "num_labels": 1, "problem_type": "regression"},
        "regression of several": {**base, "num_labels": 3, "problem_type": "regression"},
        "another class": {"model_type": "distilbert", "architectures": ["DistilBertModel"]},
        "label not ASCII": {**base, "id2label": {"0": "n\u00e9gatif", "1": "\U0001f600"}},
        # refused by both
        "single with one label": {**base, "num_labels": 1, "problem_type": "single_label_classification"},
        "dim a string": {**base, "dim": "768"},
        "dim a fraction": {**base, "dim": 768.5},
        "id2label not numbers": {**base, "id2label": {"a": "b"}},
        "dim an array": {**base, "dim": [768]},
        "BERT, epsilon a string": {**bert, "layer_norm_eps": "1e-12"},
    }


def label_text(id, label):
    """As JSON writes it; None, which transformers gives on as it is, is not a name."""
    return label if isinstance(label, str) else f"LABEL_{id}" if label is None else json.dumps(label)


def config_verdict(fields):
    try:
        bert = fields["model_type"] == "bert"
        config = (transformers.BertConfig if bert else transformers.DistilBertConfig).from_dict(dict(fields))
    except Exception as error:  # its own validators raise various types
        return {"refused": type(error).__name__}
    pipeline = TextClassificationPipeline.__new__(TextClassificationPipeline)
    pipeline.model = type("Model", (), {"config": config})()
    logits = 3 + torch.arange(config.num_labels, dtype=torch.float32)[None]
    scores = sorted(s["score"] for s in pipeline.postprocess({"logits": logits}, top_k=None))
    regression = scores == logits[0].tolist()
    sigmoid = not regression and abs(1 - sum(scores)) > 1e-3
    return {
        "model_type": config.model_type,
        "dim": config.hidden_size,
        "hidden_dim": config.intermediate_size if bert else config.hidden_dim,
        "n_layers": config.num_hidden_layers,
        "n_heads": config.num_attention_heads,
        "token_types": config.type_vocab_size if bert else 0,
        # DistilBERT's is in its code: modeling_distilbert.py.
        "layer_norm_epsilon": config.layer_norm_eps if bert else 1e-12,
        "vocab_size": config.vocab_size,
        "max_position_embeddings": config.max_position_embeddings,
        "activation": config.hidden_act if bert else config.activation,
        "labels": [label_text(i, config.id2label[i]) for i in range(config.num_labels)],
        "sigmoid": sigmoid,
        "regression": regression,
    }


def reference():
    cases = {
        name: {"config": json.dumps(fields), "judge": config_verdict(fields)} for name, fields in config_cases().items()
    }
    return {"judge": "transformers " + transformers.__version__, "cases": cases}
