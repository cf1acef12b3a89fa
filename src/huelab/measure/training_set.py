"""Probes that look at the training pictures alone, and not at a method."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from huelab.color import rgb_to_gray
from huelab.data import Batches, open_dataset
from huelab.measure.common import BATCH, Config, probe
from huelab.methods.colorizer import Colorizer
from huelab.metrics import HUE_NAMES, error_by_hue
from huelab.recipes import place
from huelab.records import Measurement

#: Side in pixels of the pictures that are compared, which is enough for shapes but not for grain.
SIDE = 16
#: Number of test pictures that are compared at a time, to save memory.
AT_A_TIME = 256


@probe()
def nearest_training_gray(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Median distance of a test picture to its nearest training picture.

    The distance is the root mean squared difference of their grays (of equal L*, in [0, 1]) at
    16x16 pixels. If a split puts frames of one film on both sides, these are near to each other.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> test = {"name": "embedded", "split": "test", "size": 16}
        >>> (found,) = nearest_training_gray(GrayCopy(), {"train": test, "tests": [test]}, "cpu")
        >>> found.value < 1e-3  # each is its own nearest
        True
    """
    test, train = (_grays(data, device) for data in (config["tests"][0], config["train"]))
    nearest = [torch.cdist(part, train).amin(1) for part in test.split(AT_A_TIME)]
    median = torch.cat(nearest).median().item() / SIDE
    return [
        Measurement(
            name="nearest_training_gray",
            data=place(config["tests"][0]),
            space="gray lightness",
            range=f"0..1, {SIDE}x{SIDE}",
            averaging="median",
            n=len(test),
            value=median,
        )
    ]


@probe(*(f"training_{name}" for name in HUE_NAMES))
def training_hues(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Share of the training pixels of each hue and of those without a hue (`neutral`).

    The shares sum to 1. The hues are those of `delta_e_2000_hue_000` and so on, so a reader can see
    whether a method errs most where it had the least to learn from.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> test = {"name": "embedded", "split": "test", "size": 16}
        >>> found = training_hues(GrayCopy(), {"train": test, "tests": [test]}, "cpu")
        >>> found[0].name, round(sum(m.value for m in found), 6)
        ('training_hue_000', 1.0)
    """
    data = open_dataset(**config["train"])
    count = torch.zeros(len(HUE_NAMES), dtype=torch.float64)
    for batch in Batches(data, BATCH, targets=("rgb",), device=device, shuffle=False):
        assert batch.rgb is not None  # the target asked for above
        _, pixels = error_by_hue(batch.rgb, batch.rgb)
        count += pixels.sum(0).double().cpu()
    about = {"data": place(config["tests"][0]), "space": "lab", "range": "0..1"}
    shares = (count / count.sum()).tolist()
    return [
        Measurement(name=f"training_{name}", value=share, averaging="pooled", n=len(data), **about)
        for name, share in zip(HUE_NAMES, shares, strict=True)
    ]


def _grays(data: Mapping[str, Any], device: str) -> Tensor:
    """All pictures of a set as small grays, `(n, SIDE * SIDE)` in [0, 1]."""
    images = open_dataset(**{**data, "size": SIDE})
    rgb = torch.stack([images[index] for index in range(len(images))]).to(device)
    return rgb_to_gray(rgb.float() / 255, "lightness").flatten(1)
