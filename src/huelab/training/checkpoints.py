"""Checkpoints: written at epoch ends and when the process is asked to stop, checked when read."""

import math
import os
import signal
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from lightning import Callback, Trainer

from huelab.training import callbacks
from huelab.training.module import Module, TrainingError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """The process was asked to stop and may do so now; `number` is the signal's.

    Example:
        >>> issubclass(Stopped, Exception)  # so that nothing catches it by mistake
        False
    """

    def __init__(self, number: int):
        self.number = number


class Checkpoints(Callback):
    """Writes all that is needed to resume, at epoch ends and when the process is asked to stop.

    Checkpoints are written at epoch ends, at most once in `every` seconds, and at the end of
    training. When SIGINT or SIGTERM arrives, the running epoch is finished and written. If epochs
    take longer than `every`, the end of the last epoch is in the file already, so training stops
    after the running step. A second signal does not wait. Before and after the epochs, a signal
    ends training at once.

    Args:
        path: the file, or None to write nothing; then a signal ends training after its step.
        every: least number of seconds between two checkpoints.

    Raises:
        TrainingError: if a checkpoint cannot be written.
        Stopped: after a signal.

    Example:
        >>> checkpoints = Checkpoints(path=None, every=60.0)
        >>> checkpoints.listen()
        >>> signal.getsignal(signal.SIGTERM) == checkpoints._ask
        True
        >>> checkpoints.restore()
        >>> signal.getsignal(signal.SIGTERM) == checkpoints._ask
        False
    """

    def __init__(self, path: Path | None, every: float):
        self.path, self.every = path, every
        self.asked: int | None = None
        self.at_work = False
        self.took = math.inf  # seconds that the last epoch took
        self.written = callbacks.now()
        # Only the main thread may change what signals do.
        main = threading.current_thread() is threading.main_thread()
        self._handlers = {n: signal.getsignal(n) for n in _SIGNALS} if main else {}

    def listen(self) -> None:
        """Let signals end training from now on."""
        for number in self._handlers:
            signal.signal(number, self._ask)

    def restore(self) -> None:
        """Give the signals the handlers that they had before."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked is not None or not self.at_work:
            raise Stopped(number)
        self.asked = number

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        self.at_work = True
        self.listen()  # again, because Lightning has set its own handler, which exits with status 0

    def on_train_epoch_start(self, trainer: Trainer, module: Any) -> None:
        self.began = callbacks.now()

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        waits = self.path is not None and self.took < self.every
        # Processes that train together can only stop together, at an epoch's end.
        if self.asked is not None and not waits and trainer.world_size == 1:
            raise Stopped(self.asked)

    def on_train_epoch_end(self, trainer: Trainer, module: Any) -> None:
        module.end_epoch()
        self.took = callbacks.now() - self.began
        stop = trainer.strategy.reduce_boolean_decision(self.asked is not None, all=False)
        last = trainer.should_stop or trainer.current_epoch + 1 >= (trainer.max_epochs or 0)
        due = callbacks.now() - self.written >= self.every
        if self.path is not None and trainer.strategy.reduce_boolean_decision(
            stop or last or due, all=False
        ):
            self._write(trainer, self.path)
        if stop:
            raise Stopped(self.asked or signal.SIGTERM)

    def on_train_end(self, trainer: Trainer, module: Any) -> None:
        self.at_work = False
        if self.asked is not None:  # a signal came after the last epoch's end
            raise Stopped(self.asked)

    def _write(self, trainer: Trainer, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The name is always the same, so a part that a killed run left behind is overwritten.
        temporary = part_of(path)
        try:
            trainer.save_checkpoint(temporary)
            if trainer.is_global_zero:
                with open(temporary, "rb") as file:
                    os.fsync(file.fileno())
                os.replace(temporary, path)
        except (OSError, RuntimeError) as error:  # torch raises RuntimeError for a full disk
            raise TrainingError(f"cannot write the checkpoint {path}: {error}") from error
        self.written = callbacks.now()


def part_of(checkpoint: Path) -> Path:
    """The name of a checkpoint while it is written.

    Example:
        >>> part_of(Path("run", "last.ckpt")).name
        '.last.ckpt.part'
    """
    return checkpoint.with_name(f".{checkpoint.name}.part")


def epochs_in(checkpoint: Path, run: str) -> int:
    """The number of epochs that a run would resume after; 0 without a usable checkpoint.

    Example:
        >>> epochs_in(Path("nowhere.ckpt"), "trial")
        0
    """
    try:
        found = _read(checkpoint)
        return int(found["epoch"]) + 1 if found["callbacks"]["Account"]["run"] == run else 0
    except Exception:  # a damaged file can raise almost anything
        return 0


def fault_of(checkpoint: Path, module: Module, run: str) -> str:
    """Why training cannot resume from a checkpoint, as the end of a sentence; "" if it can.

    Every byte of the tensors is compared with the checksums in the file, because PyTorch does not
    do so.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from huelab.methods.first import FirstColor
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "last.ckpt")
        ...     torch.save({"state_dict": {}, "optimizer_states": []}, path)
        ...     fault_of(path, Module(FirstColor(width=2)), "trial")
        'is of another version of HueLab'
    """
    try:
        found = _read(checkpoint)
        accounts, networks = found.get("callbacks", {}), found["state_dict"]
        optimizers = found["optimizer_states"]
    except Exception as error:  # as above
        return f"is damaged ({' '.join(str(error).split())[:100] or type(error).__name__})"
    if "Account" not in accounts:
        return "is of another version of HueLab"
    if accounts["Account"].get("run") != run:
        return "is of another run"
    if _shapes(networks) != _shapes(module.state_dict()):
        return "is of another network, whose source has changed"
    if not _same_optimizers(optimizers, module):
        return "is of another optimizer, whose source has changed"
    return ""


def set_aside(checkpoint: Path) -> Path:
    """Rename a file so that no run takes it for its checkpoint, and return the new path.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "last.ckpt")
        ...     path.touch()
        ...     set_aside(path).name
        'last.ckpt.kept-1'
    """
    number = 1
    while (kept := checkpoint.with_name(f"{checkpoint.name}.kept-{number}")).exists():
        number += 1
    return checkpoint.rename(kept)


def _read(checkpoint: Path) -> Mapping[str, Any]:
    with zipfile.ZipFile(checkpoint) as packed:
        if damaged := packed.testzip():
            raise ValueError(f"the checksum of {damaged} differs")
    return torch.load(checkpoint, map_location="cpu", weights_only=False, mmap=True)


def _shapes(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value.shape) for name, value in state.items() if hasattr(value, "shape")}


def _same_optimizers(states: list[Mapping[str, Any]], module: Module) -> bool:
    """Whether the states belong to optimizers like those that the method makes now."""
    made = [turn.optimizer.param_groups for turn in module.method.optimizers()]
    kept = [state["param_groups"] for state in states]
    if [len(groups) for groups in made] != [len(groups) for groups in kept]:
        return False
    pairs = [pair for two in zip(made, kept, strict=True) for pair in zip(*two, strict=True)]
    # Schedules add settings of their own.
    return all(
        new.keys() <= old.keys() and len(new["params"]) == len(old["params"]) for new, old in pairs
    )
