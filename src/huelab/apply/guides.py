"""What a person adds to a gray photograph, from picture files."""

import os

import numpy as np
import torch
from torch import Tensor

from huelab import images
from huelab.color import rgb_to_lab
from huelab.images import ImageError
from huelab.images.errors import name_of


def read_hints(path: str | os.PathLike) -> Tensor:
    """Hints for a `Guide` from a transparent picture; every opaque pixel is a hint.

    Returns:
        `(1, 3, H, W)`: a* and b* in Lab units, and the mask.

    Raises:
        ImageError: if the file cannot be read, or all of its pixels are opaque, or none is.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> spot = Image.new("RGBA", (6, 4))  # transparent
        >>> spot.putpixel((2, 1), (255, 0, 0, 255))
        >>> with TemporaryDirectory() as folder:
        ...     spot.save(f"{folder}/hints.png")
        ...     read_hints(f"{folder}/hints.png")[0, :, 1, 2].round()
        tensor([80., 67.,  1.])
    """
    # A pixel is opaque if it looks the same on a black and on a white background.
    on_black = images.read(path, background=(0, 0, 0))
    opaque = (on_black == images.read(path)).all(-1)
    if opaque.all():
        raise ImageError(f"{name_of(path)}: has no transparent parts; hints are opaque pixels")
    if not opaque.any():
        raise ImageError(f"{name_of(path)}: has no opaque pixels; hints are opaque pixels")
    lab = rgb_to_lab(_planes(on_black))
    lab[:, :1] = torch.from_numpy(opaque)
    return lab[:, [1, 2, 0]]


def read_reference(path: str | os.PathLike) -> Tensor:
    """The reference for a `Guide`, `(1, 3, H, W)` in [0, 1], from a color picture.

    Raises:
        ImageError: if the file cannot be read.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     images.write(f"{folder}/a.png", np.full((4, 6, 3), 255, np.uint8))
        ...     read_reference(f"{folder}/a.png").shape
        torch.Size([1, 3, 4, 6])
    """
    return _planes(images.read(path)) / 255


def _planes(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]
