"""An estimate of how long a run will take on this device, from a few of its own steps."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from huelab.color.batch import Batch
from huelab.data import open_dataset
from huelab.measure import evaluate
from huelab.methods.colorizer import Colorizer, Learned
from huelab.methods.weight_files import build
from huelab.reproduce.loading import training_batches, validation_batches
from huelab.training import precision_for
from huelab.training.step import seconds_a_step, wait_for

#: How many test images are measured to estimate how long all of them take.
SAMPLE = 32
#: The factor between an estimate and the time of its steps. A run that would end just in time is
#: not begun.
MARGIN = 1.15


@dataclass(frozen=True)
class Estimate:
    """Seconds that the epochs take, and seconds that the test sets and probes take.

    Example:
        >>> Estimate(training=60.0, measuring=20.0).seconds  # and 15 % more
        92.0
    """

    training: float
    measuring: float

    @property
    def seconds(self) -> float:
        """The sum of both, times `MARGIN`."""
        return MARGIN * (self.training + self.measuring)


def estimate(config: Mapping[str, Any], device: str, *, epochs_done: int = 0) -> Estimate:
    """Time a few steps of a configuration, on a network that is built for this and thrown away.

    Args:
        config: see `Recipe.config`.
        device: `cpu` or `cuda`.
        epochs_done: how many epochs an earlier start has left in its checkpoint.

    Raises:
        DataError: if the images are not here.

    Example:
        >>> estimate({"epochs": 0}, "cpu").seconds  # nothing is trained
        0.0
    """
    if not config[
        "epochs"
    ]:  # the method looks at its training images once, which takes little time
        return Estimate(0.0, 0.0)
    method = build(config)
    assert isinstance(method, Learned)
    method.to(device).to(memory_format=torch.channels_last)
    epochs = max(0, config["epochs"] - epochs_done)
    training = epochs * _epoch(config, method, device) if epochs else 0.0
    return Estimate(training, _measuring(config, method, device))


def _epoch(config: Mapping[str, Any], method: Learned, device: str) -> float:
    kind = torch.device(device).type
    precision = method.precision.get(kind) or precision_for(kind)
    batches = training_batches(config, method, device, seed=0)
    seconds = len(batches) * seconds_a_step(method, batches, precision)
    validation = validation_batches(config, method, device)
    if validation is None:
        return seconds
    batch = next(iter(validation))
    return seconds + len(validation) * _validation_step(method, batch)


def _validation_step(method: Learned, batch: Batch) -> float:
    with torch.no_grad():
        method.eval().validate(batch)
        start = time.perf_counter()
        method.validate(batch)
        wait_for(method)
    return time.perf_counter() - start


def _measuring(config: Mapping[str, Any], method: Colorizer, device: str) -> float:
    """Seconds for all test sets, extrapolated from a few images of each.

    A probe looks at the first test set about once, as the metrics do.
    """
    seconds = []
    for test in config["tests"]:
        n = len(open_dataset(**test))
        few = {"tests": [test | {"n": min(n, SAMPLE)}], "probes": []}
        evaluate(method, few, device)  # so that work done only once, such as loading, is not timed
        start = time.perf_counter()
        evaluate(method, few, device)
        seconds.append((time.perf_counter() - start) * n / min(n, SAMPLE))
    return sum(seconds) + len(config.get("probes", ())) * seconds[0]
