"""`evaluate`: all measurements of a run, which are the standard metrics and its probes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from huelab.data import open_dataset
from huelab.measure.common import pictures
from huelab.measure.evaluation import Evaluation
from huelab.measure.judges import judges
from huelab.measure.probes import PROBES
from huelab.methods.colorizer import Colorizer
from huelab.recipes import place
from huelab.records import Measurement


def evaluate(method: Colorizer, config: Mapping[str, Any], device: str) -> list[Measurement]:
    """All metrics of a trained method on every test set of a configuration, and its probes.

    Args:
        method: a colorizer; a network is moved to the device.
        config: what `Recipe.config` gives.
        device: such as `cpu` or `cuda`.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> found = {(m.name, m.space): m for m in evaluate(GrayCopy(), config, "cpu")}
        >>> found["uncolored_share", "lab"].value, found["mae", "rgb"].n
        (1.0, 48)
    """
    if isinstance(method, torch.nn.Module):
        method.to(device)
    found: list[Measurement] = []
    for test in config["tests"]:
        networks, unavailable = judges(test["size"], len(open_dataset(**test)))
        evaluation = Evaluation(networks=networks, unavailable=unavailable).to(device)
        with _same_noise(device):
            for batch in pictures(method, test, device):
                evaluation.update(method.colorize(batch.gray), batch.rgb)
        found += [m.model_copy(update={"data": place(test)}) for m in evaluation.metrics()]
    for probe in config.get("probes", ()):
        with _same_noise(device):
            found += PROBES[probe].measure(method, config, device)
    return found


@contextmanager
def _same_noise(device: str) -> Iterator[None]:
    """Seed the noise, so that a method with active dropout draws the same at every measurement."""
    kind = torch.device(device).type
    devices = [] if kind == "cpu" else [torch.device(device)]
    with torch.random.fork_rng(devices, device_type=kind):
        torch.manual_seed(0)
        yield
