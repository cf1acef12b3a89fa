"""`huelab bench photograph`: the time and memory that coloring one large photograph takes."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from huelab.apply import colorize
from huelab.color import fit_gamut, lab_to_rgb, rgb_to_gray, rgb_to_lab
from huelab.data import open_dataset
from huelab.methods import shipped
from huelab.methods.colorizer import Colorizer
from huelab.methods.vgg import VGG
from huelab.records.meter import peak_mb

OURS = "huelab.colorize, along edges, in strips"
RIVAL = "bilinear, the whole picture at once"
#: Shorter side that the network sees.
WORKING_SIZE = 256
#: The network of paper 002. Its weights are random, because none ship.
VGG_NAME = "vgg"


@dataclass(frozen=True)
class PhotographCost:
    """What one way of coloring a photograph costs.

    Attributes:
        way: its name.
        seconds: median wall-clock seconds.
        peak_mb: the largest memory (MB) that its process ever held.

    Example:
        >>> PhotographCost(OURS, seconds=2.0, peak_mb=900.0).way
        'huelab.colorize, along edges, in strips'
    """

    way: str
    seconds: float
    peak_mb: float


def bench_photograph(
    width: int, height: int, *, rounds: int, threads: int, network: str = VGG_NAME
) -> tuple[list[PhotographCost], str]:
    """Color a photograph of `width` x `height`, each way in its own process.

    The photograph is an embedded one, enlarged. VGG is not trained. Neither changes the cost.

    Args:
        width, height: in pixels.
        rounds: how many times each way colors the photograph.
        threads: how many processor threads PyTorch uses.
        network: `vgg`, or a method that ships with the package.

    Returns:
        The costs, and the hash of the embedded photographs.
    """
    how = (width, height, rounds, threads, network)
    costs = [in_own_process(_cost, way, *how) for way in WAYS]
    return costs, open_dataset("embedded", "train", None).hash


def in_own_process(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in a fresh process, because the peak memory of a process never goes down.

    Example:
        >>> in_own_process(abs, -2)
        2
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(function, *args).result()


def photograph(width: int, height: int) -> np.ndarray:
    """The first embedded photograph at any size, uint8 `(height, width, 3)`.

    Example:
        >>> photograph(50, 40).shape
        (40, 50, 3)
    """
    source = open_dataset("embedded", "train", None)[0][None]
    large = F.interpolate(source, (height, width), mode="bilinear", antialias=True)
    return large[0].permute(1, 2, 0).contiguous().numpy()


def _cost(
    way: str, width: int, height: int, rounds: int, threads: int, network: str
) -> PhotographCost:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    method = VGG().eval() if network == VGG_NAME else shipped.load(network)
    picture = photograph(width, height)
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        WAYS[way](picture, method)
        seconds.append(time.perf_counter() - start)
    return PhotographCost(way, float(np.median(seconds)), peak_mb())


def _at_once(picture: np.ndarray, method: Colorizer) -> np.ndarray:
    """The obvious way: a*b* are enlarged, and every step treats the whole picture at once."""
    planes = torch.from_numpy(picture).permute(2, 0, 1)[None]
    rgb = planes.float() / 255
    scale = WORKING_SIZE / min(rgb.shape[-2:])
    small = F.interpolate(rgb, scale_factor=scale, mode="bicubic", antialias=True).clamp(0, 1)
    ab = rgb_to_lab(method.colorize(rgb_to_gray(small, method.gray_formula)))[:, 1:]
    ab = F.interpolate(ab, rgb.shape[-2:], mode="bilinear", align_corners=False)
    colored = lab_to_rgb(fit_gamut(torch.cat([rgb_to_lab(rgb)[:, :1], ab], 1)))
    return (colored[0] * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def _in_strips(picture: np.ndarray, method: Colorizer) -> np.ndarray:
    return colorize(picture, method=method, size=WORKING_SIZE)


WAYS: dict[str, Callable[[np.ndarray, Colorizer], np.ndarray]] = {
    OURS: _in_strips,
    RIVAL: _at_once,
}
