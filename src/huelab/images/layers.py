"""Separate the colors of a decoded image from its transparency."""

import numpy as np
from PIL import Image

from huelab.images.errors import ImageError
from huelab.images.tiff import to_unit


def split_alpha(
    image: Image.Image, rawmode: str, *, inverted: bool = False
) -> tuple[Image.Image, Image.Image | None]:
    """The colors as a Pillow image (L, I;16, RGB, CMYK or LAB) and the alpha as L, or None.

    `rawmode` is Pillow's name for the layout of samples in the file. `inverted` says that 0 is
    white.

    Raises:
        ImageError: for integers outside 0..65535 and floats outside 0..1, whose white is unknown.

    Example:
        >>> color, alpha = split_alpha(Image.new("RGBA", (1, 1), (255, 0, 0, 128)), "RGBA")
        >>> color.getpixel((0, 0)), alpha.getpixel((0, 0))
        ((255, 0, 0), 128)
    """
    if image.mode in ("LA", "La"):
        gray = image.convert("LA")
        return gray.getchannel("L"), gray.getchannel("A")
    if image.mode in ("PA", "RGBA", "RGBa") or (image.mode == "P" and image.has_transparency_data):
        rgba = image.convert("RGBA")
        return rgba.convert("RGB"), rgba.getchannel("A")
    if image.mode.startswith(("I", "F")):
        color = Image.fromarray(_samples16(image, rawmode, inverted))
    elif image.mode in ("L", "RGB", "CMYK", "LAB"):
        color = image
    else:
        color = image.convert("L" if image.mode == "1" else "RGB")
    key = image.info.get("transparency")
    if key is None:
        return color, None
    # One color of a PNG is transparent, and `key` names it in the file's units. But loading has
    # scaled 2 and 4 bits up and cut 16-bit RGB down. Pillow's own convert("RGBA") overlooks that.
    key = np.asarray(key)
    key = key >> 8 if rawmode == "RGB;16B" else key * {"L;2": 85, "L;4": 17}.get(rawmode, 1)
    key = 255 * (key > 0) if image.mode == "1" else key
    opaque = np.asarray(color) != key
    opaque = opaque.any(axis=-1) if opaque.ndim == 3 else opaque
    return color, Image.fromarray(opaque.astype(np.uint8) * 255)


def _samples16(image: Image.Image, rawmode: str, inverted: bool) -> np.ndarray:
    """Gray samples deeper than 8 bits as uint16 `(H, W)` with white at 65535."""
    values = np.asarray(image)
    if image.mode == "F":
        values = np.rint(to_unit(values) * 65535)
    elif values.min() < 0 or values.max() > 65535:
        raise ImageError(
            f"its samples span {values.min()} to {values.max()}, and white is known only for "
            "0..65535 in this file; scale them first"
        )
    elif rawmode.startswith("I;12"):
        values = np.rint(values * (65535 / 4095))
    values = values.astype(np.uint16)
    return 65535 - values if inverted else values
