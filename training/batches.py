"""Makes batches of labelled texts: windows of long texts, texts of nearly equal length together, all chosen by seeds."""

import dataclasses
import random

import numpy
import torch

import rows

POOL_STEPS = 50  # texts are sorted by length within what this many steps take
START, END = 0.3, 0.3  # shares of a long text's windows that begin at its start, that stop at its end


@dataclasses.dataclass
class Source:
    """Texts with the same settings: pieces without [CLS] and [SEP], labels, and the settings' entry."""

    pieces: list
    labels: list
    per_epoch: list  # how often each text is seen in each epoch; the last number is for all further epochs
    window: int  # word pieces; 0: as many as the model reads
    long_window: int
    long_share: float


@dataclasses.dataclass
class Batch:
    ids: torch.Tensor  # [texts, length], padded with 0
    lengths: torch.Tensor  # [texts]
    labels: torch.Tensor  # [texts]


def tokenized(tokenizer, texts):
    return [numpy.array(e.ids, numpy.int32) for e in tokenizer.encode_batch(texts, add_special_tokens=False)]


def hold_out(pieces, labels, count, seed):
    """Sets `count` texts aside: (the others, those)."""
    order = list(range(len(pieces)))
    random.Random(f"{seed} hold out").shuffle(order)
    pick = lambda places: ([pieces[p] for p in places], [labels[p] for p in places])
    return pick(sorted(order[count:])), pick(sorted(order[:count]))


def drawn(source, epoch, limit, chance):
    """(pieces, label) of every text that the source gives to an epoch; limit: the word pieces that fit the model."""
    share = source.per_epoch[min(epoch, len(source.per_epoch) - 1)]
    order = []
    while share > 0:
        once = list(range(len(source.pieces)))
        chance.shuffle(once)
        order += once[:round(len(once) * min(share, 1))]
        share -= 1
    for place in order:
        pieces = source.pieces[place]
        size = min(limit, source.window or limit)
        if source.long_share and chance.random() < source.long_share:
            size = min(limit, source.long_window or limit)
        if len(pieces) > size:
            where = chance.random()
            last = len(pieces) - size
            first = 0 if where < START else last if where < START + END else chance.randint(0, last)
            pieces = pieces[first:first + size]
        yield pieces, source.labels[place]


def batch(samples, cls, sep):
    lengths = [len(pieces) + 2 for pieces, _ in samples]
    ids = numpy.zeros((len(samples), max(lengths)), numpy.int64)
    for row, (pieces, _) in zip(ids, samples):
        row[0], row[1:len(pieces) + 1], row[len(pieces) + 1] = cls, pieces, sep
    return Batch(torch.from_numpy(ids), torch.tensor(lengths), torch.tensor([label for _, label in samples]))


def cut(samples, tokens, texts):
    """Runs of the samples, sorted by length before, that stay within `tokens` padded tokens and `texts` texts."""
    runs, run, longest = [], [], 0
    for sample in samples:
        longest = max(longest, len(sample[0]) + 2)
        if run and (longest * (len(run) + 1) > tokens or len(run) == texts):
            runs.append(run)
            run, longest = [], len(sample[0]) + 2
        run.append(sample)
    return runs + [run] if run else runs


def steps(sources, epoch, settings, limit):
    """The steps of an epoch in order: each a list of `accumulate` runs of samples, neighbours in length, so that
    workers which take one each end together. The same epoch and seed give the same steps."""
    chance = random.Random(f"{settings.seed} epoch {epoch}")
    samples = [sample for source in sources for sample in drawn(source, epoch, limit, chance)]
    chance.shuffle(samples)
    pool = POOL_STEPS * settings.accumulate * settings.batch_texts
    result = []
    for first in range(0, len(samples), pool):
        runs = cut(sorted(samples[first:first + pool], key=lambda s: len(s[0])), settings.batch_tokens,
                   settings.batch_texts)
        result += [runs[i:i + settings.accumulate] for i in range(0, len(runs), settings.accumulate)]
    chance.shuffle(result)
    return result
