"""The card of a trained model: data, settings and measured figures, as README.md of its folder."""

import dataclasses
import pathlib

CARD = """# {name}

A DistilBERT sequence classifier with the labels {labels}, fine-tuned from `{start}` by `training/train.py`.

| | |
|---|---|
| Shape | {shape} |
| Weights | {dtype}, {size:,} parameters |
| Chosen | {chosen} |

## Data

| file | texts trained on | set aside | bad rows left out | SHA-256 |
|---|---|---|---|---|
{data}

Evaluated on `{dev}`, {dev_texts:,} texts. The weights were chosen by their accuracy on it, so that figure is
a little too high.

## Measured

| file | texts | accuracy in f32, weights as written | standard error | log loss |
|---|---|---|---|---|
{final}

{calibration}

{tokens:,} tokens in {steps:,} steps took {cpu:.0f} seconds of CPU time and {wall:.0f} seconds on the clock with
{threads} threads on {cpu_name}; the time for judging and checkpoints is not in it.

In the course of training, in {compute}:

| epoch | step | weights | {files} |
|---|---|---|{rule}|
{history}

## Settings

{settings}

## What it is not

It saw the texts above and no others. Try it on texts of your own, with labels of your own, before you rely on it;
names, countries, religions and dialects alone can move its score.
"""


def cpu_name():
    """As /proc/cpuinfo has it, and whether it multiplies bf16."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "an unknown CPU"
    value = lambda key: next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")
    flags = value("flags").split()
    extra = next((text for flag, text in (("amx_bf16", "AMX"), ("avx512_bf16", "AVX-512 bf16"),
                                          ("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "no AVX2")
    return f"{value('model name') or 'an unknown CPU'} ({extra})"


def table(rows):
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def calibration_text(calibration):
    if calibration is None:
        return "The scores are not calibrated."
    return (f"The classifier was divided by {calibration.temperature:.3f}, a temperature fitted to "
            f"{', '.join(calibration.fitted_to)}; labels do not depend on it.\n\n" +
            table([["file", "expected calibration error before", "after"], ["---"] * 3,
                   *([name, f"{before:.4f}", f"{after:.4f}"] for name, (_, before, after) in calibration.errors.items())]))


def write(path, run, final, calibration):
    """final: {file: (texts, accuracy, loss)} of the weights as written."""
    files = list(final)
    shape = run.model.shape
    history = [[e["epoch"], e["step"], e["weights"], *(f"{e[f]['accuracy']:.2%}" if f in e else "" for f in files)]
               for e in run.history]
    text = CARD.format(
        name=pathlib.Path(path).name, labels=", ".join(run.labels), start=pathlib.Path(run.options.start).name,
        shape=f"{shape.n_layers} layers, {shape.dim} wide, {shape.n_heads} heads of {shape.head_dim}, feed-forward "
              f"{shape.hidden_dim}, {shape.max_position_embeddings} positions, {shape.vocab_size:,} word pieces",
        dtype=run.options.dtype, size=sum(t.numel() for t in run.model.tensors.values()),
        chosen=f"the {run.chosen['weights']} weights of step {run.chosen['step']:,}",
        data=table([name, f"{d['texts']:,}", d["set aside"], d["left out"], f"`{d['sha256'][:16]}...`"]
                   for name, d in run.data.items()),
        dev=pathlib.Path(run.options.dev).name, dev_texts=len(run.dev[1]),
        final=table([name, f"{n:,}", f"{a:.2%} ({round(a * n)} right)", f"{(a * (1 - a) / n) ** 0.5:.2%}", f"{l:.3f}"]
                    for name, (n, a, l) in final.items()),
        calibration=calibration_text(calibration), tokens=run.tokens, steps=run.trainer.step, cpu=run.cpu, wall=run.seconds, threads=run.settings.threads,
        cpu_name=cpu_name(), compute="bf16" if run.settings.mixed else "f32", files=" | ".join(files),
        rule="|".join("---" for _ in files), history=table(history),
        settings=table([["setting", "value"], ["---", "---"],
                        *([n, v] for n, v in dataclasses.asdict(run.settings).items() if n != "labels"),
                        *([pathlib.Path(s.file).name, f"per epoch {s.per_epoch}, window {s.window or 'whole'}, "
                           f"long window {s.long_window} for {s.long_share:.0%}"] for s in run.source_settings),
                        *(["teacher", pathlib.Path(t).name] for t in run.options.teacher)]))
    (pathlib.Path(path) / "README.md").write_text(text, encoding="utf-8")
