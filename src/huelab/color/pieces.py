"""Work on large tensors in pieces that stay in a CPU's cache, where no graph is recorded.

A picture's temporaries are several times its size; written to memory and read back they cost more
than the arithmetic. On other devices, and for tensors that want gradients, the work is done whole.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

# Pixels worked on at once: a piece and its temporaries stay in the second-level cache.
_CHUNK = 1 << 16


def by_pixel(
    function: Callable[[Tensor], list[Tensor]], image: Tensor, channels: int = 3
) -> Tensor:
    """Apply a function of pixels to `(..., 3, H, W)`.

    Args:
        function: makes the list of `channels` planes `(..., h, w)` of a piece `(..., 3, h, w)`.

    Returns `(..., channels, H, W)`, float32 (float64 for float64).
    """
    if not _in_pieces(image):
        return torch.stack(function(image), -3)
    height, width = image.shape[-2:]
    result = _empty(image, (*image.shape[:-3], channels, height, width))
    pictures = image.reshape(-1, 3, height, width)
    targets = result.view(-1, channels, height, width)
    rows = max(1, _CHUNK // width)
    for picture, target in zip(pictures, targets, strict=True):
        for top in range(0, height, rows):
            planes = function(picture[:, top : top + rows])
            for plane, place in zip(planes, target[:, top : top + rows], strict=True):
                place.copy_(plane)
    return result


def by_value(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """Apply a function of single values to a tensor of any shape."""
    if not _in_pieces(values):
        return function(values)
    result = _empty(values, values.shape)
    pieces = zip(values.reshape(-1).split(_CHUNK), result.view(-1).split(_CHUNK), strict=True)
    for piece, target in pieces:
        target.copy_(function(piece))
    return result


def _in_pieces(values: Tensor) -> bool:
    whole = values.device.type != "cpu" or torch.compiler.is_compiling()
    return not whole and not values.requires_grad and values.numel() > 3 * _CHUNK


def _empty(like: Tensor, shape: Sequence[int]) -> Tensor:
    # NumPy asks the kernel for huge pages: touching fresh memory then takes a fifth of the time.
    dtype = np.float64 if like.dtype == torch.float64 else np.float32
    return torch.from_numpy(np.empty(tuple(shape), dtype))
