"""The moving average of the weights, with which a training run ends if its method wants that.

Polyak and Juditsky (1992), "Acceleration of stochastic approximation by averaging". The average is
kept in the checkpoint, so that a run that was killed ends with the same one.
"""

from typing import Any

import torch
from lightning import Callback, Trainer
from torch import Tensor

from huelab.methods.colorizer import Learned


class Averaging(Callback):
    """Averages the weights, and what batch norm has gathered, after each step.

    Of its beginning an average keeps little: after t steps the share that stays is at most
    (1 + t) / (10 + t).

    Args:
        decay: the share of the average that each step keeps; 0 averages nothing.

    Example:
        >>> from types import SimpleNamespace
        >>> from huelab.methods.first import FirstColor
        >>> averaging, method = Averaging(decay=0.5), FirstColor(width=2)
        >>> module = SimpleNamespace(method=method, steps=9)
        >>> averaging.on_train_start(None, module)
        >>> with torch.no_grad():
        ...     _ = method.ab.bias.fill_(1.0)
        >>> averaging.on_train_batch_end(None, module, None, None, 0)
        >>> averaging.average["ab.bias"].tolist() == [1.0, 1.0]  # nearly the weights of this step
        False
        >>> averaging.give(method)
        >>> torch.equal(method.ab.bias, averaging.average["ab.bias"])
        True
    """

    def __init__(self, decay: float):
        if not 0 <= decay < 1:
            raise ValueError(f"averaging must be at least 0 and below 1, not {decay}")
        self.decay = decay
        self.average: dict[str, Tensor] = {}
        self.floating: list[tuple[Tensor, Tensor]] = []
        self.counts: list[tuple[Tensor, Tensor]] = []

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        if not self.decay:
            return
        state = module.method.state_dict()
        # A run that goes on has its average already; it was loaded on the CPU.
        begun = self.average or state
        self.average = {
            name: begun[name].detach().to(value.device, copy=True) for name, value in state.items()
        }
        # The values of a network stay where they are, so that they are listed once.
        pairs = [(self.average[name], value) for name, value in state.items()]
        self.floating = [pair for pair in pairs if pair[1].is_floating_point()]
        self.counts = [pair for pair in pairs if not pair[1].is_floating_point()]

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        if not self.decay:
            return
        kept = min(self.decay, (1 + module.steps) / (10 + module.steps))
        averages, values = zip(*self.floating, strict=True)
        torch._foreach_lerp_(list(averages), list(values), 1 - kept)
        for average, value in self.counts:  # such as a number of steps
            average.copy_(value)

    def give(self, method: Learned) -> None:
        """Let the method have the average, if there is one."""
        if self.average:
            method.load_state_dict(self.average)

    def state_dict(self) -> dict[str, Any]:
        return {"average": self.average} if self.decay else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.average = state.get("average", {})
