"""Writes a DistilBERT classifier for ONNX Runtime, with int8 weights: OUTPUT/model.int8.onnx.

export_onnx.py MODEL OUTPUT
"""

import pathlib
import sys

import torch
import transformers
from onnxruntime.quantization import quantize_dynamic

NAMES = ("input_ids", "attention_mask")
model, output = (pathlib.Path(argument) for argument in sys.argv[1:])


class Logits(torch.nn.Module):
    """[batch, tokens] ids and mask in, [batch, labels] logits out: what the exporter traces."""

    def __init__(self):
        super().__init__()
        # Written out as plain matmuls, attention is a pattern that ONNX Runtime fuses; from SDPA it is not.
        self.model = transformers.DistilBertForSequenceClassification.from_pretrained(
            model, dtype=torch.float32, attn_implementation="eager")

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


ids = torch.randint(1000, 20000, (2, 16))
dynamic = {name: {0: "batch", 1: "tokens"} for name in NAMES}
torch.onnx.export(Logits().eval(), (ids, torch.ones_like(ids)), output / "model.onnx", dynamo=False, opset_version=17,
                  input_names=list(NAMES), output_names=["logits"], dynamic_axes={**dynamic, "logits": {0: "batch"}})
quantize_dynamic(output / "model.onnx", output / "model.int8.onnx")
