"""What happens around the steps of training: seeds, a check of the losses, a time limit."""

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from lightning import Callback, Trainer

from huelab.data import generator_for
from huelab.data.processes import Progress
from huelab.training.module import Module, TrainingError

#: Seconds between two readings of the losses; at each reading the host waits for the device.
LOOK_EVERY = 0.5

now: Callable[[], float] = time.monotonic


class Noise(Callback):
    """Seeds dropout and other noise by (seed, epoch, step), so that steps are independent.

    Example:
        >>> from types import SimpleNamespace
        >>> trainer = SimpleNamespace(current_epoch=3, world_size=1, global_rank=0)
        >>> module = SimpleNamespace(device=torch.device("cpu"))
        >>> noise, drawn = Noise(seed=0), []
        >>> for step in (5, 5, 6):
        ...     noise.on_train_epoch_start(trainer, module)
        ...     noise.on_train_batch_start(trainer, module, None, step)
        ...     drawn.append(torch.rand(4))
        >>> torch.equal(drawn[0], drawn[1]), torch.equal(drawn[0], drawn[2])
        (True, False)
    """

    def __init__(self, seed: int):
        self.seed = seed

    def on_train_epoch_start(self, trainer: Trainer, module: Any) -> None:
        self.base = generator_for(self.seed, trainer.current_epoch).initial_seed()

    def on_train_batch_start(self, trainer: Trainer, module: Any, batch: Any, step: int) -> None:
        # Processes that train together draw different noise.
        seed = self.base + step * trainer.world_size + trainer.global_rank
        # `torch.manual_seed` would also seed devices that are not used. PyTorch keeps each such
        # call, with its stack, in a list that grows.
        torch.default_generator.manual_seed(seed)
        if module.device.type != "cpu":
            torch.get_device_module(module.device).manual_seed(seed)


class Watch(Callback):
    """Reads the losses about twice a second, checks that they are finite, and shows them.

    Example:
        >>> from types import SimpleNamespace
        >>> trainer = SimpleNamespace(current_epoch=0, fit_loop=SimpleNamespace(batch_idx=7))
        >>> infinite = torch.tensor(math.inf)
        >>> module = SimpleNamespace(latest={"loss": infinite}, total=infinite, validated={})
        >>> Watch(epochs=1, progress=False).on_train_epoch_end(trainer, module)
        Traceback (most recent call last):
            ...
        huelab.training.module.TrainingError: the loss was not finite at epoch 0, step 7, ...
    """

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

    def on_exception(self, trainer: Trainer, module: Any, error: BaseException) -> None:
        if hasattr(self, "line"):
            self.line.close(trainer.current_epoch)  # the next message needs a line of its own

    def _look(self, trainer: Trainer, module: Module, step: int) -> str:
        """The losses as text; nothing else in training reads them from the device."""
        if module.total is None:
            return ""
        values = torch.stack([*module.latest.values(), module.total]).tolist()
        total, shown = values.pop(), dict(zip(module.latest, values, strict=True))
        if not math.isfinite(total):
            wrong = ", ".join(f"{name} is {value}" for name, value in shown.items())
            raise TrainingError(
                f"the loss was not finite at epoch {trainer.current_epoch}, step {step}, or "
                f"shortly before ({wrong}); try a lower learning rate"
            )
        known = shown | module.validated
        return ", ".join(f"{name} {value:.3g}" for name, value in known.items())


class Clock(Callback):
    """Ends training after an epoch when the next one would not fit into the time limit.

    Example:
        >>> Clock(max_minutes=None).deadline
        inf
    """

    def __init__(self, max_minutes: float | None):
        self.deadline = math.inf if max_minutes is None else now() + 60 * max_minutes

    def on_train_epoch_start(self, trainer: Trainer, module: Any) -> None:
        self.began = now()

    def on_train_epoch_end(self, trainer: Trainer, module: Any) -> None:
        late = 2 * now() - self.began > self.deadline
        # Processes that train together must stop together, or they wait for each other forever.
        if trainer.strategy.reduce_boolean_decision(late, all=False):
            trainer.should_stop = True
