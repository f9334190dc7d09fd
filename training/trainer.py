"""The training loop: workers share bf16 weights, each runs its batches on one thread; AdamW on f32 masters.

A step is three phases, between which workers wait for one another: gradients of the batches (into each worker's f32
sums), sum over the workers and its norm, AdamW. Worker w owns every n-th tensor in the last two. One thread a worker,
fixed shares and seeds drawn from (seed, step, batch) make a run the same bits every time, also after a resume.
"""

import concurrent.futures
import itertools
import math

import torch
import torch.nn.functional as F

import batches
import network
from folder import Error

MATRIX = 2  # dimensions of the tensors that weight decay shrinks
AVERAGE_EVERY = 10  # steps


class Teacher:
    """A trained folder whose probabilities a student learns."""

    def __init__(self, model, dtype):
        self.shape = model.shape
        fused = network.fuse(model.tensors)
        self.words = fused.pop(network.WORDS).to(dtype)
        self.tensors = {n: t if n in network.HEAD else t.to(dtype) for n, t in fused.items()}

    def logits(self, batch):
        with torch.no_grad():
            return network.forward(self.shape, self.tensors, self.words, batch.ids, batch.lengths)


class Worker:
    """One thread's view of the weights: leaves that share their storage with all workers, and its own gradient sums."""

    def __init__(self, trainer):
        self.trainer = trainer
        self.leaves = {n: t.detach().requires_grad_() for n, t in trainer.shared.items()}
        self.sums = {n: torch.zeros_like(trainer.masters[n]) for n in self.leaves}
        for name, leaf in self.leaves.items():
            leaf.register_post_accumulate_grad_hook(lambda leaf, total=self.sums[name]: self.add(leaf, total))
        self.rows, self.row_gradients = [], []

    @staticmethod
    def add(leaf, total):
        total.add_(leaf.grad)
        leaf.grad = None

    def run(self, batch, seed, scale):
        """Adds the gradient of scale times the batch's summed loss; returns the summed loss."""
        trainer, settings = self.trainer, self.trainer.settings
        rows, ids = batch.ids.unique(return_inverse=True)
        words = trainer.words[rows].to(trainer.dtype).requires_grad_()
        dropout = network.Dropout(seed, settings.dropout, settings.head_dropout)
        logits = network.forward(trainer.shape, self.leaves, words, ids, batch.lengths, dropout)
        loss = F.cross_entropy(logits, batch.labels, label_smoothing=settings.label_smoothing, reduction="sum")
        if trainer.teachers:
            loss = (1 - settings.distil_share) * loss + settings.distil_share * self.distance(logits, batch)
        (loss * scale).backward()
        self.rows.append(rows)
        self.row_gradients.append(words.grad.float())
        return loss.item()

    def distance(self, logits, batch):
        """From the teachers' mean probabilities, at the temperature, in the scale of an undistilled loss."""
        heat = self.trainer.settings.distil_temperature
        taught = sum(F.softmax(t.logits(batch) / heat, -1) for t in self.trainer.teachers) / len(self.trainer.teachers)
        return F.kl_div(F.log_softmax(logits / heat, -1), taught, reduction="sum") * heat**2


def score(logits, labels):
    """(accuracy, mean loss)"""
    return (logits.argmax(-1) == labels).double().mean().item(), F.cross_entropy(logits, labels).item()


class Trainer:
    """Weights, optimizer and position of a run. `step` counts finished steps."""

    def __init__(self, model, settings, total_steps, teachers=()):
        self.shape, self.settings, self.total_steps = model.shape, settings, total_steps
        self.dtype = torch.bfloat16 if settings.mixed else torch.float32
        self.teachers = [Teacher(t, self.dtype) for t in teachers]
        self.masters = {n: t.clone() for n, t in network.fuse(model.tensors).items()}
        self.words = self.masters.pop(network.WORDS)
        self.shared = {n: t if n in network.HEAD or not settings.mixed else t.to(self.dtype)
                       for n, t in self.masters.items()}
        self.workers = [Worker(self) for _ in range(settings.threads)]
        self.pool = concurrent.futures.ThreadPoolExecutor(settings.threads, initializer=torch.set_num_threads,
                                                          initargs=(1,))
        self.owned = [list(itertools.islice(self.masters, w, None, settings.threads)) for w in range(settings.threads)]
        self.optimizers = [self.optimizer(names) for names in self.owned]
        self.word_optimizer = torch.optim.SparseAdam([self.words], **self.optimizer_options())
        self.average = None  # running mean of masters and words, and how many it holds
        self.averaged = 0
        self.step = 0

    def optimizer(self, names):
        matrices = [self.masters[n] for n in names if self.masters[n].dim() == MATRIX]
        others = [self.masters[n] for n in names if self.masters[n].dim() != MATRIX]
        groups = [{"params": matrices, "weight_decay": self.settings.weight_decay},
                  {"params": others, "weight_decay": 0.0}]
        return torch.optim.AdamW([g for g in groups if g["params"]], **self.optimizer_options(), fused=True)

    def optimizer_options(self):
        return {"lr": self.settings.learning_rate, "betas": (0.9, self.settings.beta2)}

    def rate(self):
        """The learning rate of the next step."""
        done, rise = self.step + 1, max(1, round(self.total_steps * self.settings.warm_up))
        if done <= rise:
            return self.settings.learning_rate * done / rise
        return self.settings.learning_rate * (self.total_steps - self.step) / max(1, self.total_steps - rise)

    def each(self, function, *arguments):
        """function(worker's number, its argument) on all workers at once; the results in the workers' order."""
        return list(self.pool.map(function, range(len(self.workers)), *arguments))

    def run_step(self, step_batches, scale):
        """One step of AdamW on batches; scale: of the summed loss. Returns the summed loss."""
        first_seed = (self.settings.seed * 1_000_003 + self.step) * 1_000

        def gradients(number, mine):
            return sum(self.workers[number].run(batch, first_seed + place, scale) for place, batch in mine)

        shares = [list(enumerate(step_batches))[w::len(self.workers)] for w in range(len(self.workers))]
        loss = sum(self.each(gradients, shares))
        rows = self.word_gradient()
        squares = sum(self.each(self.reduce)) + rows.values().square().sum().item()
        norm = math.sqrt(squares)
        if not math.isfinite(norm):
            raise Error(f"step {self.step + 1}: expected a finite gradient, found {norm}; a lower rate may help")
        shorten = min(1.0, self.settings.clip / max(norm, 1e-12)) if self.settings.clip else 1.0
        rate = self.rate()
        self.words.grad = rows * shorten
        self.word_optimizer.param_groups[0]["lr"] = rate
        self.word_optimizer.step()
        self.words.grad = None
        self.each(self.update, itertools.repeat((rate, shorten)))
        self.step += 1
        if self.step >= self.settings.average_from * self.total_steps and self.step % AVERAGE_EVERY == 0:
            self.add_to_average()
        return loss

    def word_gradient(self):
        """The rows' gradients of all workers as one sparse tensor; empties the workers' lists."""
        rows = torch.cat([r for w in self.workers for r in w.rows])
        values = torch.cat([g for w in self.workers for g in w.row_gradients])
        for worker in self.workers:
            worker.rows, worker.row_gradients = [], []
        return torch.sparse_coo_tensor(rows[None], values, self.words.shape).coalesce()

    def reduce(self, number):
        """Sums the owned tensors' gradients over the workers into the first's; returns the squared norm."""
        square = 0.0
        for name in self.owned[number]:
            total = self.workers[0].sums[name]
            for worker in self.workers[1:]:
                total.add_(worker.sums[name])
                worker.sums[name].zero_()
            square += total.square().sum().item()
        return square

    def update(self, number, step):
        rate, shorten = step
        for group in self.optimizers[number].param_groups:
            group["lr"] = rate
        for name in self.owned[number]:
            self.masters[name].grad = self.workers[0].sums[name].mul_(shorten)
        self.optimizers[number].step()
        for name in self.owned[number]:
            self.masters[name].grad.zero_()
            self.masters[name].grad = None
            if self.shared[name] is not self.masters[name]:
                self.shared[name].copy_(self.masters[name])

    def weights(self):
        return {**self.masters, network.WORDS: self.words}

    def add_to_average(self):
        self.averaged += 1
        if self.average is None:
            self.average = {n: t.clone() for n, t in self.weights().items()}
        for name, tensor in self.weights().items():
            self.average[name].lerp_(tensor, 1 / self.averaged)

    def state(self):
        """Everything that a resumed run needs, for torch.save."""
        return {"weights": self.weights(), "step": self.step, "total_steps": self.total_steps,
                "optimizers": [o.state_dict() for o in [*self.optimizers, self.word_optimizer]],
                "average": self.average, "averaged": self.averaged}

    def load_state(self, state):
        for name, tensor in self.weights().items():
            tensor.copy_(state["weights"][name])
            if name in self.shared:
                self.shared[name].copy_(tensor)
        for optimizer, saved in zip([*self.optimizers, self.word_optimizer], state["optimizers"]):
            optimizer.load_state_dict(saved)
        self.step, self.average, self.averaged = state["step"], state["average"], state["averaged"]

    def judge(self, weights, pieces, labels, special, dtype=None):
        """(accuracy, mean loss) of whole texts, truncated to the model's limit. special: ids of [CLS] and [SEP]."""
        return score(*self.logits(weights, pieces, labels, special, dtype))

    def logits(self, weights, pieces, labels, special, dtype=None):
        """(logits, labels) of the texts, sorted by their lengths."""
        dtype = dtype or self.dtype
        tensors = {n: t if n in network.HEAD else t.to(dtype) for n, t in weights.items() if n != network.WORDS}
        limit = self.shape.max_position_embeddings - len(special)
        samples = sorted(((p[:limit], label) for p, label in zip(pieces, labels)), key=lambda sample: len(sample[0]))

        def logits(run):
            batch = batches.batch(run, *special)
            rows, ids = batch.ids.unique(return_inverse=True)
            with torch.no_grad():
                return network.forward(self.shape, tensors, weights[network.WORDS][rows].to(dtype), ids, batch.lengths)

        runs = batches.cut(samples, self.settings.batch_tokens, self.settings.batch_texts)
        return torch.cat(list(self.pool.map(logits, runs))), torch.tensor([label for _, label in samples])
