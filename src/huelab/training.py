"""The Lightning trainer as this book uses it: fast on the device at hand, resumable, repeatable.

Shuffle and noise are functions of (seed, epoch, step), and training resumes at epoch ends, so that
a run that was killed gives the same weights as one that was not (same machine, same threads).
"""

import logging
import math
import os
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer

from huelab.data import generator_for
from huelab.data.progress import Progress
from huelab.records.provenance import best_device
from huelab.storage import HueLabError


class TrainingError(HueLabError, RuntimeError):
    """Training that cannot go on; the message says at which step and why."""


@dataclass(frozen=True)
class Fit:
    """What a training run did: `complete` is False when a time limit ended it early."""

    epochs: int
    steps: int
    seconds: float
    complete: bool


def fit(
    method: LightningModule,
    batches: Iterable,
    *,
    epochs: int,
    validation: Iterable | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    max_minutes: float | None = None,
    device: str | torch.device = "auto",
    progress: bool = True,
    **trainer: Any,
) -> Fit:
    """Train a method.

    Args:
        method: a Lightning module; it brings its loss and its optimizer.
        batches: what it is trained on, see `huelab.data.Batches`.
        epochs: how often all of it is seen.
        validation: batches that the method looks at after each epoch without learning from them.
        seed: of dropout and other noise; the weights are seeded by whoever made the method.
        checkpoint: a file written at every epoch's end; if it exists, training resumes from it.
        max_minutes: no epoch is begun that would end later than this.
        device: `auto`, `cpu`, `cuda`.
        progress: show a line that grows.
        trainer: further arguments of `lightning.Trainer`, as `devices`, `num_nodes`, `strategy`.

    Raises:
        TrainingError: when the loss is no longer a number, or a checkpoint is of another run.
    """
    start = time.monotonic()
    kind = best_device().type if device == "auto" else torch.device(device).type
    clock = _Clock(start, max_minutes)
    callbacks: list[Callback] = [_Noise(seed), _FiniteLoss(), clock]
    if checkpoint is not None:
        callbacks.append(_EpochCheckpoint(Path(checkpoint)))
    if progress:
        callbacks.append(_Line(epochs))
    method.to(memory_format=torch.channels_last)
    with _quiet():
        running = Trainer(
            max_epochs=epochs,
            accelerator={"cuda": "gpu"}.get(kind, kind),
            devices=trainer.pop("devices", 1),
            precision=trainer.pop("precision", precision_for(kind)),
            callbacks=callbacks,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            **trainer,
        )
        resume = checkpoint if checkpoint is not None and Path(checkpoint).exists() else None
        running.fit(
            method, batches, validation, ckpt_path=resume, weights_only=False if resume else None
        )
    done = running.current_epoch
    return Fit(done, running.global_step, time.monotonic() - start, done >= epochs)


def precision_for(device: str) -> str:
    """`bf16-mixed` where the hardware computes in bfloat16 by itself, else `32-true`."""
    if device == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = device == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return "bf16-mixed" if native else "32-true"


class _Noise(Callback):
    """Seeds dropout and other noise by (seed, epoch, step), so that no step depends on the past."""

    def __init__(self, seed: int):
        self.seed = seed

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        drawn = generator_for(self.seed, trainer.current_epoch, batch_idx)
        # Processes that train together draw different noise.
        torch.manual_seed(drawn.initial_seed() + trainer.global_rank)


class _FiniteLoss(Callback):
    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        loss = outputs["loss"] if isinstance(outputs, dict) else outputs
        if loss is not None and not math.isfinite(float(loss)):
            place = f"epoch {trainer.current_epoch}, step {batch_idx}"
            raise TrainingError(f"the loss is {float(loss)} at {place}; try a lower learning rate")


class _Clock(Callback):
    """Ends training after an epoch when the next one would not fit into the time limit."""

    def __init__(self, start: float, max_minutes: float | None):
        self.deadline = math.inf if max_minutes is None else start + 60 * max_minutes

    def on_train_epoch_start(self, trainer, module):
        self.began = time.monotonic()

    def on_train_epoch_end(self, trainer, module):
        now = time.monotonic()
        late = now + (now - self.began) > self.deadline
        # Processes that train together must stop together, or wait for each other forever.
        if trainer.strategy.reduce_boolean_decision(late, all=False):
            trainer.should_stop = True


class _EpochCheckpoint(Callback):
    """Writes everything needed to resume, whole or not at all."""

    def __init__(self, path: Path):
        self.path = path

    def on_train_epoch_end(self, trainer, module):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Always the same name, so that what a killed run left behind is overwritten.
        temporary = self.path.with_name(f".{self.path.name}.part")
        try:
            trainer.save_checkpoint(temporary)
            if trainer.is_global_zero:
                with open(temporary, "rb") as file:
                    os.fsync(file.fileno())
                os.replace(temporary, self.path)
        except (OSError, RuntimeError) as error:  # torch says RuntimeError of a full disk
            raise TrainingError(f"cannot write the checkpoint {self.path}: {error}") from error


class _Line(Callback):
    """The growing line: epochs, seconds and what the method logs for the progress bar."""

    def __init__(self, epochs: int):
        self.epochs = epochs

    def on_train_start(self, trainer, module):
        self.line = Progress(self.epochs, "epochs", enabled=trainer.is_global_zero)

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        self.line.update(trainer.current_epoch, self._text(trainer))

    def on_train_end(self, trainer, module):
        self.line.close(trainer.current_epoch, self._text(trainer))

    def _text(self, trainer) -> str:
        return ", ".join(f"{k} {float(v):.3g}" for k, v in trainer.progress_bar_metrics.items())


class _quiet:
    """Lightning's greetings and its advice on loaders, which `Batches` makes pointless."""

    def __enter__(self):
        self.logger = logging.getLogger("lightning.pytorch")
        self.level = self.logger.level
        self.logger.setLevel(logging.ERROR)
        self.warnings = warnings.catch_warnings()
        self.warnings.__enter__()
        warnings.filterwarnings("ignore", module="lightning")

    def __exit__(self, *exception):
        self.logger.setLevel(self.level)
        self.warnings.__exit__(*exception)
