"""One batch: uint8 pictures made into RGB, gray and Lab where they are."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from huelab.color import convert as color

TARGETS = ("rgb", "gray", "lab")
_PIECE = 1 << 18  # pixels


class Batch(NamedTuple):
    """Some pictures of a data set; what was not asked for is None.

    Attributes:
        index: int64 `(N,)`, on the CPU: which pictures of the data set these are.
        rgb: float32 `(N, 3, H, W)`, sRGB in [0, 1].
        gray: float32 `(N, 1, H, W)` in [0, 1], by the formula that was asked for.
        lab: float32 `(N, 3, H, W)` in Lab units.
    """

    index: Tensor
    rgb: Tensor | None = None
    gray: Tensor | None = None
    lab: Tensor | None = None


def to_batch(
    index: Tensor, pictures: Tensor, targets: Sequence[str], gray_formula: str = "lightness"
) -> Batch:
    """Make a `Batch` of uint8 pictures `(N, H, W, 3)` on their device, with the given targets.

    Always in float32, also under autocast.
    """
    planes = pictures.permute(0, 3, 1, 2)
    made = {}
    with torch.autocast(planes.device.type, enabled=False):
        if "rgb" in targets:
            planar = planes.to(torch.float32, memory_format=torch.contiguous_format)
            made["rgb"] = planar.div_(255)
        if "lab" in targets:
            made["lab"] = color.rgb_to_lab(planes)
        if "gray" in targets and "lab" in targets and gray_formula == "lightness":
            # The same gray, within 1e-6: its lightness is there already.
            made["gray"] = _in_pieces(color.lightness_to_gray, made["lab"][:, :1])
        elif "gray" in targets:
            made["gray"] = _in_pieces(lambda piece: color.rgb_to_gray(piece, gray_formula), planes)
    return Batch(index, **made)


def _in_pieces(function: Callable[[Tensor], Tensor], planes: Tensor) -> Tensor:
    """Apply a function to a few pictures at a time, on a CPU.

    What it makes on the way then stays in the cache, instead of being memory that the system has
    to hand out anew for every batch.
    """
    if planes.device.type != "cpu":
        return function(planes)
    pieces = planes.split(max(1, _PIECE // planes[0, 0].numel()))
    return torch.cat([function(piece) for piece in pieces])
