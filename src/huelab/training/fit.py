"""`fit`: train a method.

Shuffle and noise are functions of (seed, epoch, step), and training resumes at epoch ends. So a run
that was killed and resumed gives the same weights as an uninterrupted one, on the same machine with
the same number of threads.
"""

import logging
import signal
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from lightning import Trainer
from lightning.pytorch.utilities.exceptions import MisconfigurationException

from huelab.data.processes import is_first, say
from huelab.methods.colorizer import Learned
from huelab.records import provenance
from huelab.records.meter import Meter
from huelab.records.models import Source
from huelab.training.account import Account
from huelab.training.averaging import Averaging
from huelab.training.callbacks import Clock, Noise, Watch
from huelab.training.checkpoints import Checkpoints, Stopped, epochs_in, fault_of, set_aside
from huelab.training.module import CannotTrainError, Module, TrainingError

#: Seconds between two checkpoints.
CHECKPOINT_EVERY = 60.0


@dataclass(frozen=True)
class Fit:
    """What a training run did, in all its starts together; see `Account` for its cost.

    Attributes:
        epochs, steps: those that led to the weights; a step is one batch.
        seconds: wall-clock time.
        peak_mb: the most memory (MB) that the run held.
        energy: joules; None where the device does not report them.
        complete: False when a time limit ended the run early.
        precision: Lightning's name of the precision of the training.
        sources: the source that the run began with and every different source that it resumed with,
            each with the number of epochs done before; empty without a checkpoint.

    Example:
        >>> cost = {"seconds": 1.5, "peak_mb": 640.0, "energy": None}
        >>> done = Fit(3, 24, complete=True, precision="32-true", sources=(), **cost)
        >>> done.steps // done.epochs  # batches an epoch
        8
    """

    epochs: int
    steps: int
    seconds: float
    peak_mb: float
    energy: float | None
    complete: bool
    precision: str
    sources: tuple[tuple[int, Source], ...]


def fit(
    method: Learned,
    batches: Iterable,
    *,
    epochs: int,
    validation: Iterable | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    checkpoint_every: float = CHECKPOINT_EVERY,
    run: str = "",
    max_minutes: float | None = None,
    device: str | torch.device = "auto",
    progress: bool = True,
    precision: str | None = None,
    devices: int = 1,
    num_nodes: int = 1,
    strategy: str = "auto",
) -> Fit:
    """Train a method.

    After SIGINT or SIGTERM, training stops in an orderly way, see `Checkpoints`.

    Args:
        method: the method, which defines its losses and its optimizers.
        batches: the training batches, see `huelab.data.Batches`.
        epochs: number of passes over all batches.
        validation: batches that the method is validated on after each epoch, without learning from
            them.
        seed: for dropout and other noise. The initial weights are those of `method`.
        checkpoint: a file written at epoch ends. If it exists, training resumes from it. If it is
            damaged, of another run, or of a network whose source has changed, it is renamed, a
            message says so, and training begins anew.
        checkpoint_every: least number of seconds between two checkpoints.
        run: a name that tells the checkpoint of this run from those of others.
        max_minutes: time limit; an epoch that would end later does not begin.
        device: `auto`, `cpu`, `cuda`, or another device of PyTorch.
        progress: whether to show a progress line.
        precision: Lightning's name, such as `32-true`; by default what the method asks for on this
            device, else `precision_for(device)`.
        devices, num_nodes, strategy: see `lightning.Trainer`.

    Returns:
        What the run did. `method` itself holds the trained weights.

    Raises:
        TrainingError: when the loss is no longer finite, a checkpoint cannot be written, or
            Lightning does not know the device or the strategy.
        KeyboardInterrupt: after SIGINT.
        SystemExit: with 143 after SIGTERM.

    Example:
        >>> import numpy as np
        >>> from huelab.data import Batches
        >>> from huelab.methods.first import FirstColor
        >>> batches = Batches(np.full((4, 32, 32, 3), 99, np.uint8), 2, targets=("lab",))
        >>> done = fit(FirstColor(width=2), batches, epochs=2, device="cpu", progress=False)
        >>> done.epochs, done.steps, done.complete
        (2, 4, True)
    """
    kind = provenance.best_device().type if device == "auto" else torch.device(device).type
    precision = precision or method.precision.get(kind) or precision_for(kind)
    checkpoint = None if checkpoint is None else Path(checkpoint)
    checkpoints = Checkpoints(checkpoint, checkpoint_every)
    with Meter(kind if device == "auto" else device) as meter:
        account = Account(run, meter, provenance.source_state() if checkpoint else None)
        # The clock decides whether to stop before the checkpoint is written.
        averaging = Averaging(method.averaging, method.judged_by if validation else "")
        callbacks = [Noise(seed), averaging, Watch(epochs, progress), Clock(max_minutes)]
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
                callbacks=[*callbacks, account, checkpoints],
            )
            resume = _resumable(checkpoint, module, run)
            with _stoppable(checkpoints, epochs, run):
                trainer.fit(
                    module,
                    batches,
                    validation,
                    ckpt_path=resume,
                    weights_only=False if resume else None,
                )
    averaging.give(method)
    done = trainer.current_epoch
    return Fit(
        epochs=done,
        steps=module.steps,
        seconds=meter.seconds,
        peak_mb=meter.peak_mb,
        energy=meter.energy,
        complete=done >= epochs,
        precision=precision,
        sources=tuple(account.sources),
    )


@contextmanager
def _stoppable(checkpoints: Checkpoints, epochs: int, run: str) -> Iterator[None]:
    """Let a signal end the block in an orderly way, with the exception that belongs to it."""
    try:
        checkpoints.listen()
        yield
    except Stopped as stopped:
        if checkpoints.path is not None:
            kept = epochs_in(checkpoints.path, run)
            say(
                f"stopped; {kept} of {epochs} epochs are kept, and the same call goes on from there"
            )
        if stopped.number == signal.SIGINT:
            raise KeyboardInterrupt from None
        raise SystemExit(128 + stopped.number) from None
    finally:
        checkpoints.restore()


def _trainer(**options: Any) -> Trainer:
    """Lightning's trainer, without the parts that this package replaces."""
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


def _resumable(checkpoint: Path | None, module: Module, run: str) -> Path | None:
    """The checkpoint to resume from, or None if there is no usable one."""
    if checkpoint is None or not checkpoint.exists():
        return None
    fault = fault_of(checkpoint, module, run)
    if not fault:
        return checkpoint
    if is_first():
        try:
            kept = set_aside(checkpoint)
        except OSError as error:
            raise TrainingError(f"{checkpoint} {fault}; it cannot be renamed: {error}") from error
        say(f"{checkpoint} {fault}: training begins anew; the old file is now {kept.name}")
    return None


def precision_for(device: str) -> str:
    """`bf16-mixed` where the hardware computes in bfloat16, else `32-true`.

    Example:
        >>> precision_for("mps")
        '32-true'
    """
    if device == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = device == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return "bf16-mixed" if native else "32-true"


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's greetings, and its advice on loaders, which does not fit `Batches`."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            yield
    finally:
        logger.setLevel(level)
