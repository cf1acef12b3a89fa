"""One bare training step, as in a loop written by hand, for estimates and comparisons of speed."""

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager

import torch

from huelab.color.batch import Batch
from huelab.methods.colorizer import Learned

_WARM_UP, _TIMED = 3, 5


class BareSteps:
    """A callable that takes a batch through every optimizer's turn, and does nothing else.

    Args:
        method: the method, already on its device and in its memory format.
        precision: Lightning's name, `32-true` or `bf16-mixed`.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> step = BareSteps(FirstColor(width=2), "32-true")
        >>> step(Batch(torch.arange(2), lab=torch.zeros(2, 3, 32, 32)))
    """

    def __init__(self, method: Learned, precision: str):
        self.method, self.precision = method.train(), precision
        self.optimizers = [turn.optimizer for turn in method.optimizers()]

    def __call__(self, batch: Batch) -> None:
        for turn, optimizer in enumerate(self.optimizers):
            with self._autocast(batch):
                loss = torch.stack(list(self.method.losses(batch, turn).values())).sum()
            optimizer.zero_grad()
            loss.backward(inputs=[p for g in optimizer.param_groups for p in g["params"]])
            optimizer.step()

    def _autocast(self, batch: Batch) -> AbstractContextManager:
        kind = next(images for images in batch[1:] if images is not None).device.type
        return torch.autocast(kind, torch.bfloat16, enabled=self.precision == "bf16-mixed")


def seconds_a_step(method: Learned, batches: Iterable[Batch], precision: str) -> float:
    """Median time of a training step, in seconds, from a few steps; the method learns from them.

    Args:
        method: the method, already on its device.
        batches: at most the first 8 are used.
        precision: Lightning's name, `32-true` or `bf16-mixed`.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> batch = Batch(torch.arange(2), lab=torch.zeros(2, 3, 32, 32))
        >>> seconds_a_step(FirstColor(width=2), [batch] * 4, "32-true") > 0
        True
    """
    step, taken = BareSteps(method, precision), []
    for number, batch in enumerate(batches):
        start = time.perf_counter()
        step(batch)
        wait_for(method)
        taken.append(time.perf_counter() - start)
        if number + 1 == _WARM_UP + _TIMED:
            break
    counted = sorted(taken[_WARM_UP:] or taken[-1:])
    return counted[len(counted) // 2]


def wait_for(method: Learned) -> None:
    """Wait until the method's device has finished, because an accelerator works asynchronously.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> wait_for(FirstColor(width=2))  # at once, on a CPU
    """
    device = next(method.parameters()).device
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
