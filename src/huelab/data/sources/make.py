"""From a file as its repository has it to the picture of the set: the same, smaller, or one row."""

import hashlib
import io
from functools import cached_property

import numpy as np
from PIL import Image

from huelab.data.sources.manifests import Entry

_SIDE = 32  # of the pictures that are kept one a row


class Original:
    """The bytes of one file, decoded at most once."""

    def __init__(self, content: bytes):
        self.content = content

    def picture(self, entry: Entry) -> bytes:
        """The picture file that `entry` lists.

        A smaller picture is made by Pillow: RGB, bicubic, JPEG of quality 92 without chroma
        subsampling; everything before the pixel data of all listed ones is byte for byte what
        Pillow 12.3 writes with these settings. Whether the pixel data are, too, only the sha256
        can tell: it depends on Pillow and its JPEG library.

        Raises:
            OSError: if the file cannot be decoded.
        """
        if entry.row:
            return _png(self._rows[int(entry.row)].reshape(_SIDE, _SIDE, 3))
        if entry.size:
            width, height = map(int, entry.size.split("x"))
            return _smaller(self.content, width, height)
        return self.content

    @cached_property
    def _rows(self) -> np.ndarray:
        with Image.open(io.BytesIO(self.content)) as image:
            return np.asarray(image.convert("RGB"))


def is_right(entry: Entry, picture: bytes) -> bool:
    """Whether these bytes are the listed picture: the same file, or at least the same pixels."""
    if hashlib.sha256(picture).hexdigest().startswith(entry.sha256):
        return True
    # A PNG of the same pixels may be compressed otherwise by another version of zlib.
    return bool(entry.pixels) and _pixels_sha256_or_none(picture) == entry.pixels


def pixels_sha256(picture: bytes) -> str:
    """The sha256 of a picture's RGB values, row by row.

    Raises:
        OSError: if it cannot be decoded.
    """
    with Image.open(io.BytesIO(picture)) as image:
        return hashlib.sha256(np.asarray(image.convert("RGB")).tobytes()).hexdigest()


def _pixels_sha256_or_none(picture: bytes) -> str | None:
    try:
        return pixels_sha256(picture)
    except OSError:
        return None


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", optimize=True)
    return file.getvalue()


def _smaller(content: bytes, width: int, height: int) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        small = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    small.save(file, "JPEG", quality=92, subsampling=0)
    return file.getvalue()
