"""One batch: uint8 pictures become RGB, gray and Lab on the device that holds them."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from huelab.color import convert as color
from huelab.color.pieces import by_pixel

TARGETS = ("rgb", "gray", "lab")


class Batch(NamedTuple):
    """Some pictures of a data set. A target that was not asked for is None.

    Attributes:
        index: int64 `(N,)`, on the CPU: which pictures of the data set these are.
        rgb: float32 `(N, 3, H, W)`, sRGB in [0, 1].
        gray: float32 `(N, 1, H, W)` in [0, 1], by the formula that was asked for.
        lab: float32 `(N, 3, H, W)` in Lab units.

    Example:
        >>> Batch(torch.arange(2), gray=torch.zeros(2, 1, 8, 8)).rgb is None
        True
    """

    # The types leave out None: code that has asked for a target need not check that it is there.
    index: Tensor  # type: ignore[assignment]  # a tuple has a method of this name
    rgb: Tensor = None  # type: ignore[assignment]
    gray: Tensor = None  # type: ignore[assignment]
    lab: Tensor = None  # type: ignore[assignment]


def to_batch(
    index: Tensor, pictures: Tensor, targets: Sequence[str], gray_formula: str = "lightness"
) -> Batch:
    """Make a `Batch` with the given targets from uint8 pictures, on their device.

    Everything is computed in float32, also under autocast. The same pixels give the same values on
    every device, up to one unit in the last place of float32 for `rgb`, and as precisely as
    `huelab.color` promises for `gray` and `lab`.

    Args:
        index: int64 `(N,)`: which pictures of the data set these are.
        pictures: uint8 `(N, H, W, 3)`, on any device.
        targets: any of `rgb`, `gray` and `lab`.
        gray_formula: a formula of `huelab.color.rgb_to_gray`, for the target `gray`.

    Raises:
        ValueError: for an unknown gray formula.

    Example:
        >>> pictures = torch.full((2, 8, 8, 3), 255, dtype=torch.uint8)
        >>> batch = to_batch(torch.arange(2), pictures, ["rgb", "gray"])
        >>> batch.rgb.shape, batch.gray.shape, batch.lab is None
        (torch.Size([2, 3, 8, 8]), torch.Size([2, 1, 8, 8]), True)
    """
    planes = pictures.permute(0, 3, 1, 2)
    made = {}
    with torch.autocast(planes.device.type, enabled=False):
        if "rgb" in targets:
            made["rgb"] = by_pixel(_scaled, planes)
        if "lab" in targets:
            made["lab"] = color.rgb_to_lab(planes)
        if "gray" in targets and "lab" in targets and gray_formula == "lightness":
            # Lab holds the lightness already, and it gives the same gray within 1e-6.
            made["gray"] = color.lightness_to_gray(made["lab"][:, :1])
        elif "gray" in targets:
            made["gray"] = color.rgb_to_gray(planes, gray_formula)
    return Batch(index, **made)


def _scaled(pixels: Tensor) -> Tensor:
    return pixels.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """Send a tensor from the CPU to a device, without making the host wait for the device.

    Example:
        >>> sent(torch.ones(2), torch.device("cpu")).device
        device(type='cpu')
    """
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
