"""A peer: a classifier behind FastAPI and ONNX Runtime as tutorials write it. MODEL names its folder."""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel
from tokenizers import Tokenizer

folder = os.environ["MODEL"]
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(512)
session = onnxruntime.InferenceSession(os.environ["ONNX"], providers=["CPUExecutionProvider"])
app = FastAPI()


class Text(BaseModel):
    inputs: str


@app.get("/health")
def health():
    return {}


@app.post("/predict")
def predict(text: Text):
    encoded = tokenizer.encode(text.inputs)
    ids = np.array([encoded.ids], dtype=np.int64)
    (logits,) = session.run(["logits"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    scores = np.exp(logits[0] - logits[0].max())
    scores /= scores.sum()
    return [{"label": int(i), "score": float(scores[i])} for i in np.argsort(-scores)]
