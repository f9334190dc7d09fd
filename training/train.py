#!/usr/bin/env python3
"""Fine-tunes a DistilBERT, or a BERT after conversion, on labelled texts, and writes a folder that valence loads."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # each worker is one thread
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "8192")  # every row count of a batch is a primitive

import argparse
import dataclasses
import hashlib
import json
import pathlib
import sys
import time

import torch
import tqdm

import batches
import calibrate
import card
import folder
import network
import rows
import settings as settings_file
import trainer as training
from folder import Error


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", help="folder of a DistilBERT or a BERT")
    parser.add_argument("output", help="folder to write; checkpoints go to OUTPUT.run")
    parser.add_argument("--recipe", help="TOML file of settings and [[train]] files; options override it")
    parser.add_argument("--data", default=".", help="folder of the recipe's files")
    parser.add_argument("--train", action="append", default=[], metavar="FILE", help="TSV, CSV, JSON lines; repeatable")
    parser.add_argument("--dev", required=True, metavar="FILE", help="labelled texts to evaluate on")
    parser.add_argument("--teacher", action="append", default=[], metavar="FOLDER", help="model to distil; repeatable")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--columns", default="", help="names of all columns, for files without a header line")
    parser.add_argument("--dtype", default="bfloat16", choices=("bfloat16", "float32"), help="of the weights written")
    parser.add_argument("--strict", action="store_true", help="stop at the first bad row")
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint, if there is one")
    for field in dataclasses.fields(settings_file.Settings):
        kind = {list: lambda text: text.split(","), bool: boolean}.get(field.type, field.type)
        parser.add_argument("--" + field.name.replace("_", "-"), type=kind, help="a setting: see settings.py")
    return parser.parse_args()


def boolean(text):
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"expected true or false, found {text!r}")
    return text == "true"


def gather(options):
    """(Settings, [SourceSettings]) of the recipe and the options."""
    settings, sources = settings_file.read(options.recipe) if options.recipe else (settings_file.Settings(), [])
    for source in sources:
        source.file = str(pathlib.Path(options.data) / source.file)
    given = {f.name: getattr(options, f.name) for f in dataclasses.fields(settings)}
    settings = dataclasses.replace(settings, **{n: v for n, v in given.items() if v is not None})
    settings_file.check(settings, sources)
    sources += [settings_file.SourceSettings(f) for f in options.train]
    if not sources:
        raise Error("expected --train FILE or a recipe with [[train]] files, found neither")
    return settings, sources


class Run:
    """A training run: its input, its position, its measurements."""

    KEPT = ("history", "chosen", "worse", "tokens", "seconds", "cpu")  # in a checkpoint, besides the trainer's state

    def __init__(self, options):
        self.options = options
        self.settings, self.source_settings = gather(options)
        self.model = folder.read(options.start)
        self.special = [self.model.tokenizer.token_to_id(t) for t in folder.SPECIAL]
        self.limit = self.model.shape.max_position_embeddings - len(self.special)
        self.kept = pathlib.Path(options.output + ".run")
        self.dev_name = pathlib.Path(options.dev).name
        self.read_data()
        head = self.model.tensors.get(network.HEAD[-1], ())
        if len(head) != len(self.labels) or self.model.labels not in (None, self.labels):
            self.model.tensors.update(network.new_head(self.model.shape, len(self.labels), self.settings.seed))
        self.model.labels = self.labels
        self.plan()
        teachers = [self.teacher(name) for name in options.teacher]
        self.trainer = training.Trainer(self.model, self.settings, sum(self.steps_of), teachers)
        self.history, self.chosen, self.worse = [], None, 0
        self.tokens, self.seconds, self.cpu = 0, 0.0, 0.0

    def read_data(self):
        columns = rows.Columns(self.options.text_column, self.options.label_column,
                               tuple(self.options.columns.split(",")) if self.options.columns else ())
        read = lambda file, names: rows.read(file, names, columns, self.options.strict)
        self.labels = self.settings.labels or self.model.labels or sorted(
            {label for s in self.source_settings for label in read(s.file, None).labels})
        self.sources, self.judged, self.data = [], {}, {}
        for s in self.source_settings:
            found, name = read(s.file, self.labels), pathlib.Path(s.file).name
            if name in (self.dev_name, *self.data):
                name = s.file
            pieces, labels = batches.tokenized(self.model.tokenizer, found.texts), found.labels
            if s.hold_out >= len(labels):
                raise Error(f"{s.file}: expected more texts than the {s.hold_out} to set aside, found {len(labels)}")
            if s.hold_out:
                (pieces, labels), self.judged[name] = batches.hold_out(pieces, labels, s.hold_out, self.settings.seed)
            self.sources.append(batches.Source(pieces, labels, s.per_epoch, s.window, s.long_window, s.long_share))
            self.data[name] = {"texts": len(pieces), "set aside": s.hold_out, "left out": found.bad,
                               "sha256": hashlib.sha256(pathlib.Path(s.file).read_bytes()).hexdigest()}
        seen = {label for source in self.sources for label in source.labels}
        if len(seen) < 2:
            raise Error(f"{self.source_settings[0].file}: expected texts of two labels or more, found "
                        f"{self.labels[seen.pop()]!r} alone")
        dev = read(self.options.dev, self.labels)
        self.dev = batches.tokenized(self.model.tokenizer, dev.texts), dev.labels

    def plan(self):
        """How many steps each epoch has, and how many texts a step has on average."""
        epochs = [batches.steps(self.sources, e, self.settings, self.limit) for e in range(self.settings.epochs)]
        self.steps_of = [len(steps) for steps in epochs]
        self.texts_a_step = sum(len(run) for steps in epochs for step in steps for run in step) / sum(self.steps_of)

    def teacher(self, path):
        model = folder.read(path)
        if model.labels != self.labels or model.tokenizer.get_vocab() != self.model.tokenizer.get_vocab():
            raise Error(f"{path}: expected a teacher with the student's word pieces and the labels "
                        f"{', '.join(self.labels)}, found other ones")
        return model

    def fingerprint(self):
        """What must be the same when a run is resumed."""
        return {"settings": dataclasses.asdict(self.settings), "data": self.data, "teachers": self.options.teacher,
                "start": self.options.start, "dev": self.options.dev,
                "sources": [dataclasses.asdict(s) for s in self.source_settings]}

    def checkpoint(self):
        self.kept.mkdir(parents=True, exist_ok=True)
        state = {"trainer": self.trainer.state(), "fingerprint": self.fingerprint(),
                 **{name: getattr(self, name) for name in self.KEPT}}
        torch.save(state, self.kept / "checkpoint.partial")
        (self.kept / "checkpoint.partial").rename(self.kept / "checkpoint.pt")

    def resume(self):
        file = self.kept / "checkpoint.pt"
        if not file.exists():
            return
        state = torch.load(file, weights_only=True)
        for what, now in self.fingerprint().items():
            if state["fingerprint"][what] != now:
                raise Error(f"{file}: expected the run's own {what}, {state['fingerprint'][what]}, found {now}")
        self.trainer.load_state(state["trainer"])
        for name in self.KEPT:
            setattr(self, name, state[name])
        print(f"resumed after step {self.trainer.step}", file=sys.stderr)

    def evaluate(self, epoch, all_files):
        """Evaluates the weights, and their average if there is one; keeps the best."""
        files = {self.dev_name: self.dev, **(self.judged if all_files else {})}
        better = False
        for kind, weights in (("last", self.trainer.weights()), ("averaged", self.trainer.average)):
            if weights is None:
                continue
            entry = {"epoch": round(epoch, 2), "step": self.trainer.step, "weights": kind}
            for name, (pieces, labels) in files.items():
                accuracy, loss = self.trainer.judge(weights, pieces, labels, self.special)
                entry[name] = {"accuracy": round(accuracy, 5), "loss": round(loss, 4)}
            self.history.append(entry)
            print(json.dumps(entry), flush=True)
            if self.chosen is None or entry[self.dev_name]["accuracy"] > self.chosen[self.dev_name]["accuracy"]:
                self.chosen, better = entry, True
                self.model.tensors = network.split(weights)
                folder.write(self.kept / "best", self.model, torch.float32)
        self.worse = 0 if better else self.worse + 1

    def is_stopped(self):
        return bool(self.settings.patience) and self.worse >= self.settings.patience

    def train(self):
        done = 0
        with tqdm.tqdm(total=self.trainer.total_steps, initial=self.trainer.step, unit=" steps", mininterval=5) as bar:
            for epoch, count in enumerate(self.steps_of):
                if self.trainer.step < done + count and not self.is_stopped():
                    self.train_epoch(epoch, self.trainer.step - done, bar)
                done += count

    def train_epoch(self, epoch, first, bar):
        steps = batches.steps(self.sources, epoch, self.settings, self.limit)
        marks = {round(len(steps) * k / self.settings.evaluations) for k in range(1, self.settings.evaluations + 1)}
        for place, runs in enumerate(steps[first:], first + 1):
            wall, cpu = time.monotonic(), time.process_time()
            prepared = [batches.batch(samples, *self.special) for samples in runs]
            loss = self.trainer.run_step(prepared, 1 / self.texts_a_step)
            self.tokens += sum(int(b.lengths.sum()) for b in prepared)
            self.seconds += time.monotonic() - wall
            self.cpu += time.process_time() - cpu
            bar.update()
            bar.set_postfix_str(f"loss {loss / sum(len(b.labels) for b in prepared):.3f}, "
                                f"{self.tokens / self.seconds:.0f} tokens/s, {self.tokens / self.cpu:.0f} a CPU second",
                                refresh=False)
            if place in marks:
                self.evaluate(epoch + place / len(steps), place == len(steps))
            if self.is_stopped() or self.trainer.step % self.settings.checkpoint_steps == 0 or place == len(steps):
                self.checkpoint()
            if self.is_stopped():
                return

    def finish(self):
        """Writes the best weights and the card, with the figures of the weights as written."""
        self.model = folder.read(self.kept / "best")
        dtype = getattr(torch, self.options.dtype)
        weights = network.fuse({n: t.float() for n, t in folder.stored(self.model.tensors, dtype).items()})
        judged = {name: self.trainer.logits(weights, *texts, self.special, torch.float32)
                  for name, texts in {self.dev_name: self.dev, **self.judged}.items()}
        calibration = None
        if self.settings.calibrate != "none":
            set_aside = list(self.judged) if self.settings.calibrate == "set-aside" else []
            calibration = calibrate.calibrate(self.model.tensors, judged, set_aside or [self.dev_name])
            judged = {name: (logits / calibration.temperature, labels) for name, (logits, labels) in judged.items()}
        final = {name: (len(texts[1]), *training.score(*texts)) for name, texts in judged.items()}
        folder.write(self.options.output, self.model, dtype)
        card.write(self.options.output, self, final, calibration)
        for line in calibration.lines() if calibration else ():
            print(line)
        for name, (count, accuracy, loss) in final.items():
            print(f"{name}: {round(accuracy * count)} of {count} right ({accuracy:.2%}), log loss {loss:.3f}")
        print(f"{self.tokens} tokens in {self.trainer.step} steps, {self.cpu:.0f} seconds of CPU time, "
              f"{self.seconds:.0f} on the clock")


def main():
    options = arguments()
    torch.set_num_threads(1)
    run = Run(options)
    if options.resume:
        run.resume()
    run.train()
    run.finish()


if __name__ == "__main__":
    try:
        main()
    except Error as error:
        sys.exit(f"train: error: {error}")
    except KeyboardInterrupt:
        sys.exit("train: stopped; --resume goes on from the last checkpoint")
