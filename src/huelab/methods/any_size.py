"""How a network for pictures of one size colors pictures of any size: resized, or in tiles."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from huelab.methods.colorizer import pad_to_multiple

_TILES = 1024  # number of tiles that the network gets at a time

Network = Callable[[Tensor], Tensor]


def resized(network: Network, gray: Tensor, side: int) -> Tensor:
    """Resize gray `(N, 1, H, W)` to `side` x `side`, apply the network, and resize its output back.

    Both steps are bicubic, with antialiasing where the picture becomes smaller. Detail finer than
    `side` pixels is lost, and the network sees a squashed picture if it is not square.

    Example:
        >>> import torch
        >>> seen = []
        >>> gray = torch.rand(1, 1, 40, 50)
        >>> resized(lambda small: seen.append(small.shape) or small, gray, 32).shape, seen
        (torch.Size([1, 1, 40, 50]), [torch.Size([1, 1, 32, 32])])
    """
    size = gray.shape[-2:]
    if size == (side, side):
        return network(gray)
    small = F.interpolate(gray, (side, side), mode="bicubic", antialias=True)
    return F.interpolate(network(small.clamp(0, 1)), size, mode="bicubic", antialias=True)


def tiled(network: Network, gray: Tensor, side: int) -> Tensor:
    """Cut gray `(N, 1, H, W)` into squares of `side` pixels and apply the network to each alone.

    If a side of the picture is not a multiple of `side`, its last row or column is repeated first,
    and the extra part is cut off the result. The network sees only one square at a time, so the
    borders between squares may be visible.

    Example:
        >>> import torch
        >>> seen = []
        >>> gray = torch.rand(1, 1, 40, 50)
        >>> tiled(lambda tiles: seen.append(tiles.shape) or tiles, gray, 32).shape, seen
        (torch.Size([1, 1, 40, 50]), [torch.Size([4, 1, 32, 32])])
    """
    n, _, height, width = gray.shape
    padded = pad_to_multiple(gray, side)
    down, across = padded.shape[-2] // side, padded.shape[-1] // side
    tiles = padded.view(n, 1, down, side, across, side).permute(0, 2, 4, 1, 3, 5)
    tiles = tiles.reshape(-1, 1, side, side)
    colored = _in_parts(network, tiles)
    channels = colored.shape[1]
    grid = colored.view(n, down, across, channels, side, side).permute(0, 3, 1, 4, 2, 5)
    return grid.reshape(n, channels, down * side, across * side)[..., :height, :width]


def _in_parts(network: Network, tiles: Tensor) -> Tensor:
    """The network's output for all tiles, a limited number at a time."""
    first = network(tiles[:_TILES])
    answers = first.new_empty(len(tiles), *first.shape[1:])
    answers[:_TILES] = first
    for start in range(_TILES, len(tiles), _TILES):
        answers[start : start + _TILES] = network(tiles[start : start + _TILES])
    return answers


#: The two ways, by the names that recipes use.
WAYS = {"resize": resized, "tiles": tiled}
