"""All settings of a training run: defaults, meaning, and how files and the command line set them."""

import dataclasses
import tomllib

import torch

from folder import Error


def has_native_bf16():
    """Whether the CPU multiplies bf16 natively; if not, bf16 products take many times as long as f32 products."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


@dataclasses.dataclass
class Settings:
    labels: list = dataclasses.field(default_factory=list)  # names by index; empty: those of the start folder or data
    epochs: int = 3
    learning_rate: float = 5e-5  # at its peak
    warm_up: float = 0.06  # share of all steps in which the rate rises from 0; then it decays linearly to 0
    weight_decay: float = 0.01  # of matrices; not of biases, norms and the word table
    beta2: float = 0.999  # of AdamW
    clip: float = 1.0  # norm to which a step's gradient is clipped; 0: no clipping
    batch_tokens: int = 2048  # padded tokens in one batch at most
    batch_texts: int = 64  # texts in one batch at most
    accumulate: int = 2  # batches whose gradients make one step
    dropout: float = 0.1
    head_dropout: float = 0.2
    label_smoothing: float = 0.0
    average_from: float = 1.0  # share of all steps after which weights are averaged; 1: never
    distil_share: float = 0.5  # weight of the teachers' probabilities in the loss, where there are teachers
    distil_temperature: float = 2.0
    calibrate: str = "set-aside"  # the texts a temperature is fitted to (calibrate.py): "set-aside", "dev" or "none"
    evaluations: int = 4  # of the dev file, an epoch
    patience: int = 0  # evaluations without a better accuracy after which training stops; 0: never
    checkpoint_steps: int = 100  # steps between two checkpoints
    mixed: bool = dataclasses.field(default_factory=has_native_bf16)  # bf16 products; false: all in f32
    seed: int = 1
    threads: int = 2  # workers, one thread each


@dataclasses.dataclass
class SourceSettings:
    file: str
    per_epoch: list = dataclasses.field(default_factory=lambda: [1.0])
    window: int = 0
    long_window: int = 0
    long_share: float = 0.0
    hold_out: int = 0  # texts set aside and evaluated at the end of every epoch


def typed(kind, values, where):
    """The values as a dataclass; unknown names and wrong types are errors."""
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for name, value in values.items():
        if name not in fields:
            raise Error(f"{where}: unknown setting {name!r}; expected one of {', '.join(fields)}")
        expected = fields[name].type
        if expected is float and type(value) is int:
            values[name] = float(value)
        elif type(value) is not expected:
            raise Error(f"{where}: {name}: expected {expected.__name__}, found {value!r}")
    return kind(**values)


POSITIVE = ("epochs", "learning_rate", "batch_tokens", "batch_texts", "accumulate", "distil_temperature", "evaluations",
            "checkpoint_steps", "threads")
CALIBRATE = ("set-aside", "dev", "none")
SHARES = ("warm_up", "beta2", "dropout", "head_dropout", "label_smoothing", "average_from", "distil_share")


def check(settings, sources):
    """Errors for values that no run can have."""
    for name in POSITIVE:
        if getattr(settings, name) <= 0:
            raise Error(f"{name}: expected more than 0, found {getattr(settings, name)}")
    for name in SHARES:
        if not 0 <= getattr(settings, name) <= 1:
            raise Error(f"{name}: expected a share from 0 to 1, found {getattr(settings, name)}")
    if settings.calibrate not in CALIBRATE:
        raise Error(f"calibrate: expected one of {', '.join(CALIBRATE)}, found {settings.calibrate!r}")
    if len(set(settings.labels)) != len(settings.labels) or len(settings.labels) == 1:
        raise Error(f"labels: expected two or more different names, found {','.join(settings.labels)}")
    for source in sources:
        if not source.per_epoch or not all(type(v) in (int, float) and v >= 0 for v in source.per_epoch):
            raise Error(f"{source.file}: per_epoch: expected numbers of 0 or more, found {source.per_epoch}")
        if min(source.window, source.long_window, source.hold_out) < 0 or not 0 <= source.long_share <= 1:
            raise Error(f"{source.file}: expected windows and hold_out of 0 or more, long_share from 0 to 1")


def read(path):
    """(Settings, [SourceSettings]) of a TOML file."""
    try:
        with open(path, "rb") as stream:
            values = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Error(f"{path}: cannot be read: {error}") from error
    sources = [typed(SourceSettings, dict(s), path) for s in values.pop("train", [])]
    return typed(Settings, values, path), sources
