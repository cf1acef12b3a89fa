"""The moving average of the weights, which replaces the weights at the end if the method asks.

Polyak and Juditsky (1992), "Acceleration of stochastic approximation by averaging". Validation uses
the average. Where a method names the value that judges it, the run ends with the average of the
best epoch. The checkpoint holds all of this, so a run that was killed and resumed ends with the
same weights.
"""

import math
from typing import Any

import torch
from lightning import Callback, Trainer
from torch import Tensor

from huelab.methods.colorizer import Learned

#: The running statistics of batch norm are averaged like weights. Other buffers are copied.
_GATHERED = ("running_mean", "running_var")


class Averaging(Callback):
    """Averages the weights, and the running statistics of batch norm, after each step.

    An average forgets its beginning quickly: after t steps the decay is at most (1 + t) / (10 + t).

    Args:
        decay: the share of the average that each step keeps, in [0, 1); 0 keeps nothing of it.
        judged_by: the name of a value of `Learned.validate`. The run ends with the weights of the
            epoch at which it was smallest; "" for the last epoch.

    Raises:
        ValueError: for a decay outside [0, 1).

    Example:
        >>> from types import SimpleNamespace
        >>> from huelab.methods.first import FirstColor
        >>> averaging, method = Averaging(decay=0.5), FirstColor(width=2)
        >>> module = SimpleNamespace(method=method, steps=9)
        >>> averaging.on_train_start(None, module)
        >>> with torch.no_grad():
        ...     _ = method.ab.bias.copy_(averaging.average["ab.bias"] + 1)
        >>> averaging.on_train_batch_end(None, module, None, None, 0)
        >>> (method.ab.bias - averaging.average["ab.bias"]).tolist()  # halfway
        [0.5, 0.5]
        >>> averaging.give(method)
        >>> torch.equal(method.ab.bias, averaging.average["ab.bias"])
        True
    """

    def __init__(self, decay: float, judged_by: str = ""):
        if not 0 <= decay < 1:
            raise ValueError(f"averaging must be at least 0 and below 1, not {decay}")
        self.decay, self.judged_by = decay, judged_by
        self.average: dict[str, Tensor] = {}
        self.best: dict[str, Tensor] = {}
        self.least = math.inf

    @property
    def active(self) -> bool:
        return bool(self.decay or self.judged_by)

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        if not self.active:
            return
        state = module.method.state_dict()
        # A resumed run has its average already, loaded on the CPU.
        begun = self.average or state
        self.average = {
            name: begun[name].detach().to(value.device, copy=True) for name, value in state.items()
        }
        # The tensors of a network stay the same objects, so one list of them is enough.
        weights = {name for name, _ in module.method.named_parameters()}
        self.averages: list[Tensor] = []
        self.values: list[Tensor] = []
        self.others: list[tuple[Tensor, Tensor]] = []
        for name, value in state.items():
            if name in weights or name.endswith(_GATHERED):
                self.averages.append(self.average[name])
                self.values.append(value)
            else:
                self.others.append((self.average[name], value))

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        if self.active:
            kept = min(self.decay, (1 + module.steps) / (10 + module.steps))
            torch._foreach_lerp_(self.averages, self.values, 1 - kept)
            self._take_others()

    def _take_others(self) -> None:
        for average, value in self.others:  # such as a number of steps
            average.copy_(value)

    def on_validation_start(self, trainer: Trainer, module: Any) -> None:
        if self.active:
            self.aside = [value.clone() for value in self.values]
            torch._foreach_copy_(self.values, self.averages)

    def on_validation_end(self, trainer: Trainer, module: Any) -> None:
        if not self.active:
            return
        torch._foreach_copy_(self.values, self.aside)
        self._take_others()
        if self.judged_by and module.validated[self.judged_by] < self.least:
            self.least = module.validated[self.judged_by]
            self.best = {name: value.clone() for name, value in self.average.items()}

    def give(self, method: Learned) -> None:
        """Load the best average into the method, or the last one, if there is an average."""
        if self.average:
            method.load_state_dict(self.best or self.average)

    def state_dict(self) -> dict[str, Any]:
        if not self.active:
            return {}
        return {"average": self.average, "best": self.best, "least": self.least}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state:
            self.average, self.best, self.least = (state[k] for k in ("average", "best", "least"))
