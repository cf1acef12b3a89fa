"""Probes for papers 000 and 003: what the code keeps, noise, overfitting, and other sizes."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from huelab.color import rgb_to_gray
from huelab.data import generator_for, open_dataset
from huelab.data.processes import gathered, rank
from huelab.measure.common import Config, Images, entry, over_test, pictures, probe
from huelab.methods.any_size import WAYS
from huelab.methods.autoencoder import Autoencoder
from huelab.methods.baselines import GrayCopy
from huelab.methods.colorizer import Colorizer
from huelab.metrics import psnr, psnr_of_mse
from huelab.records import Measurement

#: Standard deviation of the noise that `noise_robustness` adds to gray in [0, 1]: five levels.
NOISE = 5 / 255
#: Largest number of training pictures that `train_test_gap` looks at.
TRAINING_PICTURES = 5_000
#: The pictures that `any_size` colors.
KODAK = [{"name": "kodak24", "split": "test", "size": side} for side in (64, 128, 256)]


@probe()
def luminance_psnr(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """How much of the input survives: PSNR between the input and the gray of the output, in dB.

    The squared error is pooled over all pixels, because a single picture may have no error, and its
    PSNR would be infinite.

    Example:
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> (found,) = luminance_psnr(GrayCopy(), config, "cpu")
        >>> found.value > 100  # the gray is still there
        True
    """

    def measure(batch: Images) -> Tensor:
        kept = rgb_to_gray(method.colorize(batch.gray), method.gray_formula)
        return (kept - batch.gray).square().flatten(1).mean(1)

    values = over_test(method, config, device, measure)
    found = entry(
        "luminance_psnr", config["tests"][0], values, f"gray {method.gray_formula}", "0..1"
    )
    pooled = psnr_of_mse(values.double().mean(), 1.0).item()
    return [found.model_copy(update={"value": pooled, "averaging": "pooled"})]


@probe()
def noise_robustness(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """How much the output changes with small noise on the input: mean absolute change of RGB.

    The noise is Gaussian, with the standard deviation `NOISE`.

    Example:
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> (found,) = noise_robustness(GrayCopy(), config, "cpu")
        >>> 0 < found.value < NOISE
        True
    """
    steps = iter(range(1 << 30))

    def measure(batch: Images) -> Tensor:
        drawn = torch.randn(batch.gray.shape, generator=generator_for(rank(), 0, next(steps)))
        noisy = (batch.gray + NOISE * drawn.to(batch.gray)).clamp(0, 1)
        change = method.colorize(noisy) - method.colorize(batch.gray)
        return change.abs().flatten(1).mean(1)

    values = over_test(method, config, device, measure)
    return [entry("noise_robustness", config["tests"][0], values, "rgb", "0..1, noise of 5/255")]


@probe()
def train_test_gap(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Mean squared RGB error on the test set minus that on training pictures.

    Example:
        >>> train, test = ({"name": "embedded", "split": s, "size": 16} for s in ("train", "test"))
        >>> (found,) = train_test_gap(GrayCopy(), {"train": train, "tests": [test]}, "cpu")
        >>> abs(found.value) < 0.05  # it has learned nothing of either
        True
    """

    def error(data: Mapping[str, Any]) -> Tensor:
        found = [
            (method.colorize(batch.gray) - batch.rgb).square().flatten(1).mean(1)
            for batch in pictures(method, data, device)
        ]
        return gathered(torch.cat(found)).double()

    test = error(config["tests"][0])
    n = len(open_dataset(**config["train"]))
    train = error(config["train"] | {"n": min(n, TRAINING_PICTURES)})
    return [entry("train_test_gap", config["tests"][0], test - train.mean(), "rgb", "0..1")]


@probe(*(f"psnr_{way}" for way in (*WAYS, "gray_copy")), data=KODAK)
def any_size(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """PSNR of an autoencoder on Kodak's pictures at 64, 128 and 256 pixels, resized and in tiles.

    The PSNR of the gray copy is measured as well.

    Raises:
        TypeError: for a method that is not an autoencoder.

    Example:
        >>> any_size(GrayCopy(), {}, "cpu")
        Traceback (most recent call last):
            ...
        TypeError: the probe any_size needs an Autoencoder, not GrayCopy
    """
    if not isinstance(method, Autoencoder):
        raise TypeError(f"the probe any_size needs an Autoencoder, not {type(method).__name__}")
    entries, own = [], method.any_size
    try:
        for data in KODAK:
            for way in WAYS:
                method.any_size = way
                entries.append(_psnr(f"psnr_{way}", method, data, device))
            entries.append(_psnr("psnr_gray_copy", GrayCopy(), data, device))
    finally:
        method.any_size = own
    return entries


def _psnr(name: str, method: Colorizer, data: Mapping[str, Any], device: str) -> Measurement:
    values = [
        psnr(method.colorize(batch.gray), batch.rgb, space="rgb", data_range=1)
        for batch in pictures(method, data, device)
    ]
    return entry(name, data, gathered(torch.cat(values)), "rgb", "0..1")
