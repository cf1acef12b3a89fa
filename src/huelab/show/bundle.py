"""The basis of `huelab.show`: display formats, 8-bit pixels, and image files."""

from __future__ import annotations

import base64
import io

import numpy as np
import torch
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

COMPRESSED = "compressed for display"


class Bundle:
    """Something to display: one content in several formats, `formats[mime type] = text`.

    Jupyter calls `_repr_mimebundle_` and takes the richest format that it can show. Everywhere else
    the plain text is printed. This needs no import of IPython.

    Example:
        >>> Bundle({"text/html": "<b>gray</b>", "text/plain": "gray"})
        gray
    """

    def __init__(self, formats: dict[str, str]):
        self.formats = formats

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.formats

    def __repr__(self) -> str:
        return self.formats["text/plain"]


def channels_last(image: torch.Tensor | np.ndarray) -> np.ndarray:
    """One picture as an array `(H, W, C)`, with unchanged values.

    Args:
        image: a tensor `(C, H, W)` or `(1, C, H, W)`, or an array `(H, W, C)`; either may be
            `(H, W)`. C is 1 or 3.

    Raises:
        ValueError: for any other shape.

    Example:
        >>> channels_last(torch.zeros(1, 3, 20, 30)).shape, channels_last(np.zeros((20, 30))).shape
        ((20, 30, 3), (20, 30, 1))
    """
    if isinstance(image, torch.Tensor):
        image = image.detach().cpu()
        if image.ndim == 4 and len(image) == 1:
            image = image[0]
        image = image.permute(1, 2, 0) if image.ndim == 3 else image
        array = (image.float() if image.is_floating_point() else image).numpy()
    else:
        array = np.asarray(image)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3) or 0 in array.shape:
        raise ValueError(
            f"expected one picture, a tensor (1|3, H, W) or an array (H, W, 1|3), "
            f"got {type(image).__name__} of shape {tuple(image.shape)}"
        )
    return array


def to_bytes(image: torch.Tensor | np.ndarray) -> np.ndarray:
    """One picture as uint8 `(H, W, 3)`; a gray channel is repeated.

    Floats are rounded, not truncated. Up to a thousandth beyond [0, 1] counts as a rounding error.

    Args:
        image: float in [0, 1] or uint8, of a shape that `channels_last` takes.

    Raises:
        ValueError: for other shapes, other dtypes, NaN, and floats outside [0, 1].

    Example:
        >>> to_bytes(np.array([[0.0, 0.5, 1.0]]))[0].tolist()
        [[0, 0, 0], [128, 128, 128], [255, 255, 255]]
    """
    array = channels_last(image)
    if np.issubdtype(array.dtype, np.floating):
        low, high = float(array.min()), float(array.max())
        if not (low >= -1e-3 and high <= 1 + 1e-3):
            raise ValueError(f"expected values in [0, 1], got {low:.4g} to {high:.4g}")
        array = (array.clip(0, 1) * 255).round().astype(np.uint8)
    if array.dtype != np.uint8:
        raise ValueError(f"expected float in [0, 1] or uint8, got {array.dtype}")
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def encode(pixels: np.ndarray, mime: str | None = None) -> tuple[str, str]:
    """uint8 `(H, W, 3)` as a small image file: `(mime type, base64 text)`.

    The format is the one that `mime` names. By default it is PNG, which is exact, or JPEG if that
    takes less than half as much space. JPEG has quality 90 and no chroma subsampling. Subsampling
    halves the resolution of color, as JPEG does by default and lossy WebP always does. It raises
    the error in a and b by a third or more, and the colors are what readers look at.

    Example:
        >>> mime, text = encode(np.zeros((8, 8, 3), np.uint8))
        >>> mime, Image.open(io.BytesIO(base64.b64decode(text))).size
        ('image/png', (8, 8))
    """
    if mime is None:
        exact, small = encode(pixels, "image/png"), encode(pixels, "image/jpeg")
        return exact if len(exact[1]) <= 2 * len(small[1]) else small
    image, file = Image.fromarray(pixels), io.BytesIO()
    if mime == "image/png":
        image.save(file, "PNG", optimize=True)
    else:
        # With optimize=True Pillow fails on noise, such as the output of an untrained network,
        # because its buffer is too small.
        image.save(file, "JPEG", quality=90, subsampling=0)
    return mime, base64.b64encode(file.getvalue()).decode()


def draw(fig: Figure) -> np.ndarray:
    """A matplotlib figure at its own size and resolution, uint8 `(H, W, 3)`.

    Example:
        >>> draw(Figure(figsize=(3, 2), dpi=100)).shape
        (200, 300, 3)
    """
    file = io.BytesIO()
    with rc_context({"savefig.bbox": "standard"}):  # notebooks may ask for cropped figures
        fig.savefig(file, format="png", dpi="figure")
    return np.asarray(Image.open(file).convert("RGB"))
