"""DistilBERT's forward pass for training: packed q/k/v, padding only inside a batch of nearly equal lengths, the last
layer for the [CLS] rows only. It runs in the type of its tensors: bf16 for training, f32 for evaluation."""

import torch
import torch.nn.functional as F

from folder import EPSILON

HEAD = ("pre_classifier.weight", "pre_classifier.bias", "classifier.weight", "classifier.bias")
WORDS = "distilbert.embeddings.word_embeddings.weight"
POSITIONS = "distilbert.embeddings.position_embeddings.weight"
QKV = ("q_lin", "k_lin", "v_lin")


def fuse(tensors):
    """Each layer's q_lin, k_lin and v_lin as one tensor, attention.qkv: one product instead of three."""
    fused = {}
    for name, tensor in tensors.items():
        if ".q_lin." in name:
            fused[name.replace("q_lin", "qkv")] = torch.cat([tensors[name.replace("q_lin", lin)] for lin in QKV])
        elif ".k_lin." not in name and ".v_lin." not in name:
            fused[name] = tensor
    return fused


def split(fused):
    """The opposite of fuse()."""
    tensors = {}
    for name, tensor in fused.items():
        if ".qkv." in name:
            tensors.update({name.replace("qkv", lin): part for lin, part in zip(QKV, tensor.chunk(3))})
        else:
            tensors[name] = tensor
    return tensors


def new_head(shape, labels, seed):
    """A new classifier, initialised as in transformers."""
    generator = torch.Generator().manual_seed(seed)
    draw = lambda *size: torch.randn(*size, generator=generator) * 0.02
    return dict(zip(HEAD, (draw(shape.dim, shape.dim), torch.zeros(shape.dim), draw(labels, shape.dim),
                           torch.zeros(labels))))


class Dropout:
    """Sets values to zero with probabilities of its own; the same seed drops the same values."""

    def __init__(self, seed, hidden, head):
        self.generator, self.hidden, self.head = torch.Generator().manual_seed(seed), hidden, head

    def __call__(self, x, share):
        if share == 0:
            return x
        return x * torch.empty_like(x).bernoulli_(1 - share, generator=self.generator).mul_(1 / (1 - share))


NO_DROPOUT = Dropout(0, 0.0, 0.0)


def attention(q, k, v, bias):
    """q [texts * heads, rows, head_dim], k and v [texts * heads, length, head_dim], bias None or [texts * heads, 1,
    length]. Written out: PyTorch's fused attention was five times slower in its CPU backward pass."""
    none = bias is None
    scores = torch.baddbmm(q.new_zeros(1) if none else bias, q, k.transpose(1, 2), beta=0 if none else 1,
                           alpha=q.shape[-1] ** -0.5)
    return torch.softmax(scores, -1) @ v


def forward(shape, tensors, words, ids, lengths, dropout=NO_DROPOUT):
    """Logits [texts, labels], f32. tensors: fused, all but the word table, whose rows are `words` [rows, dim];
    ids [texts, length] index these rows; lengths [texts]."""
    texts, length = ids.shape
    get = lambda name: (tensors[name + ".weight"], tensors[name + ".bias"])
    norm = lambda x, name: F.layer_norm(x, (shape.dim,), *get(name), EPSILON)
    act = F.gelu if shape.activation == "gelu" else F.relu
    heads = lambda x: (x.view(texts, -1, shape.n_heads, shape.head_dim).transpose(1, 2)
                       .reshape(texts * shape.n_heads, -1, shape.head_dim))
    bias = None
    if int(lengths.min()) < length:
        hidden = torch.arange(length) >= lengths[:, None]
        bias = torch.zeros(texts, length, dtype=words.dtype).masked_fill_(hidden, -1e4)
        bias = bias.repeat_interleave(shape.n_heads, 0)[:, None]

    x = F.embedding(ids, words) + tensors[POSITIONS][:length]
    x = dropout(norm(x, "distilbert.embeddings.LayerNorm"), dropout.hidden).view(texts * length, shape.dim)
    for i in range(shape.n_layers):
        layer = f"distilbert.transformer.layer.{i}."
        weight, offset = get(layer + "attention.qkv")
        if i + 1 < shape.n_layers:
            q, k, v = F.linear(x, weight, offset).chunk(3, -1)
        else:  # only the [CLS] rows are read after this layer
            k, v = F.linear(x, weight[shape.dim:], offset[shape.dim:]).chunk(2, -1)
            x = x.view(texts, length, shape.dim)[:, 0]
            q = F.linear(x, weight[:shape.dim], offset[:shape.dim])
        mixed = attention(heads(q), heads(k), heads(v), bias)
        mixed = mixed.view(texts, shape.n_heads, -1, shape.head_dim).transpose(1, 2).reshape(-1, shape.dim)
        mixed = F.linear(mixed, *get(layer + "attention.out_lin"))
        x = norm(x + dropout(mixed, dropout.hidden), layer + "sa_layer_norm")
        inner = F.linear(act(F.linear(x, *get(layer + "ffn.lin1"))), *get(layer + "ffn.lin2"))
        x = norm(x + dropout(inner, dropout.hidden), layer + "output_layer_norm")
    x = F.relu(F.linear(x.float(), *get("pre_classifier")))
    return F.linear(dropout(x, dropout.head), *get("classifier"))
