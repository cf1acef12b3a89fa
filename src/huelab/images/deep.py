"""Sixteen bits a channel: Pillow cuts RGB down to 8 bits when it reads, and cannot write 16."""

import io
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageFile

from huelab.images.bands import crop
from huelab.images.color import gray_to_srgb, keeps_srgb
from huelab.images.files import open_image, turn_to
from huelab.images.limits import check_pixels

_RGB16 = re.compile(r"RGB[AX]?;16[LBN]")
_TOO_MUCH = (
    "The file holds 16 bits a channel; HueLab read 8 of them, because the file's color profile is "
    "not that of sRGB."
)

#: A function of an image of some rows, without alpha, and of the slice of these rows. It gives
#: their samples, `(h, W, 3)` or, for gray, `(h, W, 1)`.
Samples = Callable[[Image.Image, slice], np.ndarray]


def samples(
    image: Image.Image,
    stream: BinaryIO,
    rawmode: str,
    icc: bytes | None,
    max_pixels: int,
    say: Callable[[str], None],
) -> Samples | None:
    """A function that gives uint16 sRGB samples of a decoded image, or None for 8 bits or fewer.

    Args:
        image: as Pillow decoded it.
        stream: its file.
        rawmode: Pillow's name for the layout of samples in the file.
        icc: its color profile.
        max_pixels: as in `huelab.images.read`.
        say: takes a sentence if a profile forbids more than 8 bits. The result is then None.

    Raises:
        ImageError: if a picture of 16-bit RGB has too many pixels.

    Example:
        >>> samples(Image.new("L", (2, 2)), io.BytesIO(), "L", None, 100, print) is None
        True
    """
    if image.mode.startswith(("I", "F")):
        table = gray_to_srgb(icc)
        if table is not None:
            return lambda color, rows: table[np.asarray(color)][..., None]
    elif image.mode in ("RGB", "RGBA") and _RGB16.fullmatch(rawmode):
        if keeps_srgb(icc):
            check_pixels(image.size, "16-bit RGB", max_pixels)
            return _with_low_bytes(_low_bytes(stream, rawmode, max_pixels, image.tell()))
    else:
        return None
    say(_TOO_MUCH)
    return None


def _with_low_bytes(low: Image.Image) -> Samples:
    def both(color: Image.Image, rows: slice) -> np.ndarray:
        part = crop(low, (0, rows.start, low.width, rows.stop))
        return np.asarray(color).astype(np.uint16) << 8 | np.asarray(part)[..., :3]

    return both


def _low_bytes(stream: BinaryIO, rawmode: str, max_pixels: int, page: int) -> Image.Image:
    """The same picture with the low bytes of its samples: Pillow keeps them if told a wrong order.

    Pillow keeps the high byte of each sample. With the other byte order, that is the low byte.
    """
    stream.seek(0)
    image = open_image(stream, max_pixels)
    turn_to(image, page, max_pixels)
    assert isinstance(image, ImageFile.ImageFile)
    native = "L" if sys.byteorder == "little" else "B"
    other = "B" if rawmode[-1].replace("N", native) == "L" else "L"
    wrong = rawmode[:-1] + other
    image.tile = [
        tile._replace(args=(wrong, *tile.args[1:]) if isinstance(tile.args, tuple) else wrong)
        for tile in image.tile
    ]
    image.load()
    return image


def over(rgb: np.ndarray, alpha: Image.Image, paper: np.ndarray) -> np.ndarray:
    """uint16 `(h, W, 1 or 3)` composited over a paper of three 8-bit levels: uint16 `(h, W, 3)`.

    Example:
        >>> half = Image.new("L", (1, 1), 51)  # a fifth
        >>> over(np.zeros((1, 1, 3), np.uint16), half, np.array([255, 255, 0]))[0, 0]
        array([52428, 52428,     0], dtype=uint16)
    """
    share = np.asarray(alpha, np.float32)[..., None] / 255
    return np.rint(rgb * share + paper.astype(np.float32) * 257 * (1 - share)).astype(np.uint16)


def to_eight(rgb: np.ndarray) -> np.ndarray:
    """uint16 samples of any shape rounded to uint8, 65535 to 255.

    Example:
        >>> to_eight(np.array([0, 128, 129, 65535], np.uint16))
        array([  0,   0,   1, 255], dtype=uint8)
    """
    return ((rgb.astype(np.uint32) + 128) // 257).astype(np.uint8)


def png(rgb: np.ndarray, options: dict[str, Any]) -> bytes:
    """A PNG of uint16 `(H, W, 3)`, with the chunks that Pillow's `save` writes for the options.

    Example:
        >>> data = png(np.full((2, 3, 3), 1000, np.uint16), {"dpi": (300, 300)})
        >>> round(Image.open(io.BytesIO(data)).info["dpi"][0])
        300
    """
    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "PNG", **options)
    height, width = rgb.shape[:2]
    made = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in _chunks(buffer.getvalue()):
        if kind == b"IHDR":
            data = struct.pack(">IIB", width, height, 16) + data[9:]
        pieces = _compressed(rgb) if kind == b"IDAT" else [data]
        for piece in pieces:
            length, check = len(piece), zlib.crc32(kind + piece)
            made.append(struct.pack(">I", length) + kind + piece + struct.pack(">I", check))
    return b"".join(made)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += length + 12


def _compressed(rgb: np.ndarray) -> Iterator[bytes]:
    """The compressed rows, in pieces. Filter type 1 subtracts the byte of the pixel before."""
    compressor = zlib.compressobj()
    step = max(1, (1 << 20) // rgb.shape[1])
    for top in range(0, len(rgb), step):
        part = rgb[top : top + step].astype(">u2").view(np.uint8)
        raw = part.reshape(len(part), -1)
        rows = np.empty((len(raw), raw.shape[1] + 1), np.uint8)
        rows[:, 0], rows[:, 1:] = 1, raw
        rows[:, 7:] -= raw[:, :-6]
        if piece := compressor.compress(rows.tobytes()):
            yield piece
    yield compressor.flush()


def tiff(pages: Sequence[np.ndarray], options: dict[str, Any]) -> bytes:
    """An uncompressed TIFF of pages, uint16 `(H, W, 3)`, with Pillow's tags for the options.

    Pillow writes the bytes as an 8-bit picture that is twice as wide. Then the tags of the width
    and of the bits are set right.

    Example:
        >>> import tifffile
        >>> data = tiff([np.full((2, 3, 3), 1000, np.uint16)], {})
        >>> tifffile.imread(io.BytesIO(data))[0, 0]
        array([1000, 1000, 1000], dtype=uint16)
    """
    import tifffile

    first, *more = (
        Image.fromarray(np.ascontiguousarray(rgb, "<u2").view(np.uint8).reshape(len(rgb), -1, 3))
        for rgb in pages
    )
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=more, **options)
    buffer.seek(0)
    with tifffile.TiffFile(buffer, mode="r+") as file:
        for page, rgb in zip(file.pages, pages, strict=True):
            page.aspage().tags["ImageWidth"].overwrite(rgb.shape[1])
            page.aspage().tags["BitsPerSample"].overwrite((16, 16, 16))
    return buffer.getvalue()
