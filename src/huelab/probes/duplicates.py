"""How near test pictures are to those trained on: what frames of one film give away."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from huelab.color import rgb_to_gray
from huelab.data import open_dataset
from huelab.methods.colorizer import Colorizer
from huelab.probes.common import Config
from huelab.recipes import place
from huelab.records import Record, metric

#: Pixels along the side of the pictures that are compared: enough to tell shapes, not grain.
SIDE = 16
#: Test pictures compared at a time, for the sake of memory.
AT_A_TIME = 256


def nearest_training_gray(method: Colorizer, config: Config, device: str) -> list[Record]:
    """Distance of a test picture to the training picture nearest to it, the median of all.

    The root mean squared difference of their gray (that of equal L*, in [0, 1]) at 16x16 pixels.
    It is about the pictures; no method is asked.
    """
    test, train = (_grays(data, device) for data in (config["tests"][0], config["train"]))
    nearest = [torch.cdist(part, train).amin(1) for part in test.split(AT_A_TIME)]
    median = torch.cat(nearest).median().item() / SIDE
    name = f"nearest_training_gray: {place(config['tests'][0])}"
    told = {"space": "gray lightness", "range": f"0..1, {SIDE}x{SIDE}", "averaging": "median"}
    return [metric(name, median, n=len(test), **told)]


def _grays(data: Mapping[str, Any], device: str) -> Tensor:
    """Small grays of a set, `(n, SIDE * SIDE)` in [0, 1]."""
    rgb = torch.stack(list(open_dataset(**{**data, "size": SIDE}))).to(device)
    return rgb_to_gray(rgb.float() / 255, "lightness").flatten(1)


PROBES = {"nearest_training_gray": nearest_training_gray}
#: Names of the metrics they give.
NAMES = frozenset(PROBES)
