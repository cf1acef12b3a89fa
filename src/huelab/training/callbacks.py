"""What happens around the steps of training: noise, a watch on the losses, checkpoints, the end."""

import math
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from lightning import Callback, Trainer

from huelab.data import generator_for
from huelab.data.processes import Progress
from huelab.training.module import Module, TrainingError

#: Seconds between two looks at the losses, for each of which the host waits for the device.
LOOK_EVERY = 0.5

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

now: Callable[[], float] = time.monotonic


class Noise(Callback):
    """Seeds dropout and other noise by (seed, epoch, step), so that no step depends on the past."""

    def __init__(self, seed: int):
        self.seed = seed

    def on_train_epoch_start(self, trainer: Trainer, module: Any) -> None:
        self.base = generator_for(self.seed, trainer.current_epoch).initial_seed()

    def on_train_batch_start(self, trainer: Trainer, module: Any, batch: Any, step: int) -> None:
        # Processes that train together draw different noise.
        torch.manual_seed(self.base + step * trainer.world_size + trainer.global_rank)


class Watch(Callback):
    """Looks at the losses about twice a second: are they finite, and what shall the line show?"""

    def __init__(self, epochs: int, progress: bool):
        self.epochs, self.progress = epochs, progress

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        enabled = self.progress and trainer.is_global_zero
        self.line = Progress(self.epochs, "epochs", enabled=enabled)
        self.looked = -math.inf

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        if now() - self.looked >= LOOK_EVERY:
            self.line.update(trainer.current_epoch, self._look(trainer, module, step))
            self.looked = now()

    def on_train_epoch_end(self, trainer: Trainer, module: Any) -> None:
        self.text = self._look(trainer, module, trainer.fit_loop.batch_idx)

    def on_train_end(self, trainer: Trainer, module: Any) -> None:
        self.line.close(trainer.current_epoch, getattr(self, "text", ""))

    def _look(self, trainer: Trainer, module: Module, step: int) -> str:
        """The losses in words; the only place where training reads them from the device."""
        if module.total is None:
            return ""
        values = torch.stack([*module.latest.values(), module.total]).tolist()
        total, shown = values.pop(), dict(zip(module.latest, values, strict=True))
        if not math.isfinite(total):
            wrong = ", ".join(f"{name} is {value}" for name, value in shown.items())
            raise TrainingError(
                f"the loss was not finite at epoch {trainer.current_epoch}, step {step} or "
                f"shortly before ({wrong}); try a lower learning rate"
            )
        known = shown | module.validated
        return ", ".join(f"{name} {value:.3g}" for name, value in known.items())


class Clock(Callback):
    """Ends training after an epoch when the next one would not fit into the time limit."""

    def __init__(self, start: float, max_minutes: float | None):
        self.deadline = math.inf if max_minutes is None else start + 60 * max_minutes

    def on_train_epoch_start(self, trainer: Trainer, module: Any) -> None:
        self.began = now()

    def on_train_epoch_end(self, trainer: Trainer, module: Any) -> None:
        late = 2 * now() - self.began > self.deadline
        # Processes that train together must stop together, or wait for each other forever.
        if trainer.strategy.reduce_boolean_decision(late, all=False):
            trainer.should_stop = True


class Stopped(BaseException):
    """The process was asked to stop and may do so now; `number` is the signal's."""

    def __init__(self, number: int):
        self.number = number


class Checkpoints(Callback):
    """Writes all that is needed to go on, at epoch ends, and when the process is asked to stop.

    A checkpoint is written at most once in `every` seconds, at the end of training, and at the end
    of a running epoch when SIGINT or SIGTERM arrives. Where epochs take longer than `every`, the
    last epoch's end has been written, and training stops at once. A second signal does not wait.

    Args:
        path: the file, or None to write nothing; then a signal ends training after its step.
        every: seconds between two checkpoints.
    """

    def __init__(self, path: Path | None, every: float):
        self.path, self.every = path, every
        self.asked: int | None = None
        self.took = math.inf  # seconds of the last epoch
        self.written = now()
        # Only the main thread may change what signals do.
        main = threading.current_thread() is threading.main_thread()
        self._handlers = {n: signal.getsignal(n) for n in _SIGNALS} if main else {}

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        # Here and not before: Lightning has set its own handlers, which end with status 0 or 1.
        for number in self._handlers:
            signal.signal(number, self._ask)

    def restore(self) -> None:
        """Let the signals do what they did before."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked is not None:
            raise Stopped(number)
        self.asked = number

    def on_train_epoch_start(self, trainer: Trainer, module: Any) -> None:
        self.began = now()

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        waits = self.path is not None and self.took < self.every
        # Processes that train together can only stop together, at an epoch's end.
        if self.asked is not None and not waits and trainer.world_size == 1:
            raise Stopped(self.asked)

    def on_train_epoch_end(self, trainer: Trainer, module: Any) -> None:
        module.end_epoch()
        self.took = now() - self.began
        stop = trainer.strategy.reduce_boolean_decision(self.asked is not None, all=False)
        last = trainer.should_stop or trainer.current_epoch + 1 >= (trainer.max_epochs or 0)
        due = now() - self.written >= self.every
        if self.path is not None and trainer.strategy.reduce_boolean_decision(
            stop or last or due, all=False
        ):
            self._write(trainer, self.path)
        if stop:
            raise Stopped(self.asked or signal.SIGTERM)

    def _write(self, trainer: Trainer, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Always the same name, so that what a killed run left behind is overwritten.
        temporary = path.with_name(f".{path.name}.part")
        try:
            trainer.save_checkpoint(temporary)
            if trainer.is_global_zero:
                with open(temporary, "rb") as file:
                    os.fsync(file.fileno())
                os.replace(temporary, path)
        except (OSError, RuntimeError) as error:  # torch says RuntimeError of a full disk
            raise TrainingError(f"cannot write the checkpoint {path}: {error}") from error
        self.written = now()
