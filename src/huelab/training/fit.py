"""`fit`: train a method.

Shuffle and noise are functions of (seed, epoch, step), and training resumes at epoch ends, so that
a run that was killed gives the same weights as one that was not (same machine, same threads).
"""

import logging
import signal
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from lightning import Trainer
from lightning.pytorch.utilities.exceptions import MisconfigurationException

from huelab.methods.colorizer import Learned
from huelab.records.provenance import best_device
from huelab.training.callbacks import Checkpoints, Clock, Noise, Stopped, Watch
from huelab.training.module import CannotTrainError, Module, TrainingError

#: Seconds between two checkpoints.
CHECKPOINT_EVERY = 60.0


@dataclass(frozen=True)
class Fit:
    """What a training run did.

    Attributes:
        epochs, steps: of all its starts together; a step is one batch.
        seconds: of this start.
        complete: False when a time limit ended it early.
        precision: Lightning's name of the precision that it was trained in.
    """

    epochs: int
    steps: int
    seconds: float
    complete: bool
    precision: str


def fit(
    method: Learned,
    batches: Iterable,
    *,
    epochs: int,
    validation: Iterable | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    checkpoint_every: float = CHECKPOINT_EVERY,
    max_minutes: float | None = None,
    device: str | torch.device = "auto",
    progress: bool = True,
    precision: str | None = None,
    devices: int = 1,
    num_nodes: int = 1,
    strategy: str = "auto",
) -> Fit:
    """Train a method.

    SIGINT and SIGTERM end training in order, see `Checkpoints`.

    Args:
        method: brings its losses and its optimizers.
        batches: what it is trained on, see `huelab.data.Batches`.
        epochs: how often all of it is seen.
        validation: batches that the method looks at after each epoch without learning from them.
        seed: of dropout and other noise; the weights are as `method` has them.
        checkpoint: a file written at epoch ends; if it exists, training resumes from it.
        checkpoint_every: seconds between two checkpoints, at least.
        max_minutes: no epoch is begun that would end later than this.
        device: `auto`, `cpu`, `cuda`.
        progress: show a line that grows.
        precision: Lightning's name of one; by default what the method and the device say.
        devices, num_nodes, strategy: see `lightning.Trainer`.

    Raises:
        TrainingError: when the loss is no longer finite, a checkpoint cannot be written, is damaged
            or of another run, or Lightning does not know the device or the strategy.
        KeyboardInterrupt: after SIGINT.
        SystemExit: with 143 after SIGTERM.
    """
    start = time.monotonic()
    kind = best_device().type if device == "auto" else torch.device(device).type
    precision = precision or method.precision.get(kind) or precision_for(kind)
    checkpoint = None if checkpoint is None else Path(checkpoint)
    checkpoints = Checkpoints(checkpoint, checkpoint_every)
    # The clock decides whether to stop before the checkpoint is written.
    callbacks = [Noise(seed), Watch(epochs, progress), Clock(start, max_minutes), checkpoints]
    method.to(memory_format=torch.channels_last)
    module = Module(method)
    if strategy == "ddp" and len(method.optimizers()) > 1:
        # In a discriminator's turn the generator has no gradients.
        strategy = "ddp_find_unused_parameters_true"
    with _quiet():
        trainer = _trainer(
            max_epochs=epochs,
            accelerator={"cuda": "gpu"}.get(kind, kind),
            devices=devices,
            num_nodes=num_nodes,
            strategy=strategy,
            precision=cast(Any, precision),
            callbacks=callbacks,
        )
        try:
            resume = _resumable(checkpoint, module)
            weights_only = False if resume else None
            trainer.fit(module, batches, validation, ckpt_path=resume, weights_only=weights_only)
        except Stopped as stopped:
            if stopped.number == signal.SIGINT:
                raise KeyboardInterrupt from None
            raise SystemExit(128 + stopped.number) from None
        except SystemExit as leaving:  # what Lightning makes of Ctrl-C before the first step
            if isinstance(leaving.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            raise
        finally:
            checkpoints.restore()
    done = trainer.current_epoch
    return Fit(done, module.steps, time.monotonic() - start, done >= epochs, precision)


def _trainer(**options: Any) -> Trainer:
    """Lightning's trainer, without what this book has its own of."""
    try:
        return Trainer(
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            **options,
        )
    except (ValueError, MisconfigurationException) as error:  # such as an unknown strategy
        raise CannotTrainError(f"Lightning: {str(error).splitlines()[0]}") from error


def _resumable(checkpoint: Path | None, module: Module) -> Path | None:
    """The checkpoint to go on from, or None if there is none yet."""
    if checkpoint is None or not checkpoint.exists():
        return None
    try:
        found = torch.load(checkpoint, map_location="cpu", weights_only=False, mmap=True)
        fits = "steps" in found and found["state_dict"].keys() == module.state_dict().keys()
    except Exception as error:  # a damaged file raises whatever its damage leads to
        raise TrainingError(f"the checkpoint {checkpoint} is damaged: {error}") from error
    if not fits:
        raise TrainingError(f"the checkpoint {checkpoint} is of another run; move it away")
    return checkpoint


def precision_for(device: str) -> str:
    """`bf16-mixed` where the hardware computes in bfloat16 by itself, else `32-true`."""
    if device == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = device == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return "bf16-mixed" if native else "32-true"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Lightning's greetings and its advice on loaders, which `Batches` makes pointless."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            yield
    finally:
        logger.setLevel(level)
