"""The one way in which pictures get their size: shorter side, bicubic, center crop."""

import numpy as np
from PIL import Image

# Written into every cache key: change it whenever the pixels that `fit` returns would change.
RECIPE = "bicubic-center-1"

# A picture longer than this many times its shorter side is cropped before it is resized, too:
# what would be cut off afterwards could otherwise need any amount of memory.
_LONGEST = 16


def fit(pixels: np.ndarray, size: int) -> np.ndarray:
    """Resize the shorter side to `size`, keep the aspect ratio, and crop the center square.

    Bicubic with antialiasing (Pillow's `resize`), rounding as torchvision's `Resize` and
    `CenterCrop` do, so that the result equals theirs on a PIL image.

    Args:
        pixels: uint8 `(H, W, 3)`.
        size: the side of the square, at least 1. A smaller picture is enlarged.

    Returns:
        uint8 `(size, size, 3)`, contiguous.
    """
    pixels = _without_ends(pixels)
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    if shorter != size:
        height, width = size * height // shorter, size * width // shorter
        image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
        pixels = np.asarray(image)
    # Python rounds halves to even, as torchvision does.
    top, left = round((height - size) / 2), round((width - size) / 2)
    return np.ascontiguousarray(pixels[top : top + size, left : left + size])


def _without_ends(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    long = _LONGEST * min(height, width)
    top, left = max(0, height - long) // 2, max(0, width - long) // 2
    return np.ascontiguousarray(pixels[top : top + long, left : left + long])
