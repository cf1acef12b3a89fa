"""`huelab bench color`: RGB to Lab and back, next to scikit-image, OpenCV and kornia."""

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import torch
from skimage.color import lab2rgb, rgb2lab

from huelab.bench.race import Contestant, race
from huelab.color import lab_to_rgb, rgb_to_lab
from huelab.data import open_dataset

#: The contestants that the ratios of the table compare with.
RIVALS = ("scikit-image, float32 loop", "scikit-image, uint8 loop")
#: Calls in a turn, one after the other, as in a loop over batches.
CALLS = 8
#: One copy of the result through memory: no converter can be faster.
LIMIT = "device copy, float32"


def use_threads(threads: int | None) -> dict[str, int | str]:
    """Set the number of processor threads, for PyTorch and for OpenCV.

    Args:
        threads: how many; None keeps PyTorch's number.

    Returns:
        The entries for the configuration of a record: `threads` and `wait_policy`.

    Example:
        >>> sorted(use_threads(None))
        ['threads', 'wait_policy']
    """
    threads = threads or torch.get_num_threads()
    torch.set_num_threads(threads)
    if find_spec("cv2"):
        import_module("cv2").setNumThreads(threads)
    return {"threads": threads, "wait_policy": os.environ.get("OMP_WAIT_POLICY", "unset")}


def bench_color(
    pictures: int, size: int, *, device: torch.device, rounds: int, compiled: bool
) -> tuple[list[Contestant], list[Contestant], str]:
    """Time RGB to Lab and Lab to RGB on crops of the embedded photographs.

    The rivals convert picture by picture on a CPU, as their users do. HueLab and kornia convert a
    batch.

    Args:
        pictures: how many pictures a round converts.
        size: side of the pictures in pixels.
        device: where the batches are.
        rounds: how many rounds count.
        compiled: whether to time `torch.compile` too.

    Returns:
        The contestants of the two directions, and the hash of the photographs.

    Example:
        >>> about = {"device": torch.device("cpu"), "rounds": 1, "compiled": False}
        >>> forward, backward, _ = bench_color(2, 16, **about)
        >>> [way.name for way in forward][:2], backward[0].milliseconds > 0
        (['scikit-image, float32 loop', 'scikit-image, uint8 loop'], True)
    """
    dataset = open_dataset("embedded", "train", size)
    uint8 = np.resize(dataset.pixels, (pictures, size, size, 3))
    floats = uint8.astype(np.float32) / 255
    lab = np.stack([rgb2lab(picture) for picture in floats])
    planar = torch.from_numpy(uint8).permute(0, 3, 1, 2).to(device)
    batch = (planar.float() / 255).contiguous()
    lab_batch = torch.from_numpy(lab).permute(0, 3, 1, 2).contiguous().to(device)

    def loop(function: Callable[[np.ndarray], object], images: np.ndarray) -> Callable[[], object]:
        return lambda: [function(image) for image in images]

    forward = {
        RIVALS[0]: loop(rgb2lab, floats),
        RIVALS[1]: loop(rgb2lab, uint8),
        "huelab, float32 batch": lambda: rgb_to_lab(batch),
        "huelab, uint8 batch": lambda: rgb_to_lab(planar),
    }
    backward = {
        RIVALS[0]: loop(lab2rgb, lab),
        "huelab, float32 batch": lambda: lab_to_rgb(lab_batch),
    }
    if find_spec("cv2"):
        cv2 = import_module("cv2")
        forward["OpenCV, float32 loop"] = loop(lambda x: cv2.cvtColor(x, cv2.COLOR_RGB2LAB), floats)
        backward["OpenCV, float32 loop"] = loop(lambda x: cv2.cvtColor(x, cv2.COLOR_LAB2RGB), lab)
    if find_spec("kornia"):
        kornia = import_module("kornia")
        forward["kornia, float32 batch"] = lambda: kornia.color.rgb_to_lab(batch)
        backward["kornia, float32 batch"] = lambda: kornia.color.lab_to_rgb(lab_batch)
    if compiled:
        fast_forward, fast_backward = torch.compile(rgb_to_lab), torch.compile(lab_to_rgb)
        forward["huelab compiled, float32 batch"] = lambda: fast_forward(batch)
        forward["huelab compiled, uint8 batch"] = lambda: fast_forward(planar)
        backward["huelab compiled, float32 batch"] = lambda: fast_backward(lab_batch)
    if device.type != "cpu":
        target = torch.empty_like(batch)
        forward[LIMIT] = backward[LIMIT] = lambda: target.copy_(batch)
    sides = [[Contestant(n, run, pictures) for n, run in d.items()] for d in (forward, backward)]
    for side in sides:
        race(side, rounds=rounds, device=device, calls=CALLS)
    return sides[0], sides[1], dataset.hash
