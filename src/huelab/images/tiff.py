"""Check that a TIFF has all its strips or tiles, and read pictures of floats that Pillow cannot."""

import logging
import os
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image

from huelab.images import fax
from huelab.images.errors import ImageError
from huelab.images.limits import check_pixels

_TAG = ExifTags.Base
_PLANAR, _PREDICTOR, _PHOTOMETRIC, _SAMPLE_FORMAT = 284, 317, 262, 339
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_COUNTS = 322, 323, 324, 325
_RAW, _JPEG = 1, 7
_FLOATS = 3
#: Pixels of a tile, which may be larger than the picture.
_TILE_PIXELS = 1 << 24

logging.getLogger("tifffile").addHandler(logging.NullHandler())


def check_whole(tags: Any, stream: BinaryIO) -> None:
    """Refuse a TIFF whose directory lists less than its size needs, or data that are not there.

    Readers fill what is not listed with black. A file may leave out all byte counts, and the count
    of a single strip is often wrong. Such files are accepted if the data are there.

    Args:
        tags: the tags of the TIFF, by their numbers.
        stream: the file; its position changes.

    Raises:
        ImageError: if strips or tiles are missing, empty, cut short, or of an impossible size.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> Image.new("L", (3, 2)).save(file, "TIFF")
        >>> check_whole(Image.open(file).tag_v2, file)  # it is whole
    """
    width, height = int(tags[_TAG.ImageWidth]), int(tags[_TAG.ImageLength])
    planes = tags.get(_TAG.SamplesPerPixel, 1) if tags.get(_PLANAR, 1) == 2 else 1
    if _TILE_OFFSETS in tags:
        kind, across, down = "tiles", int(tags[_TILE_WIDTH]), int(tags[_TILE_LENGTH])
        offsets, counts = _numbers(tags[_TILE_OFFSETS]), _numbers(tags.get(_TILE_COUNTS, ()))
        if across * down > max(_TILE_PIXELS, width * height):
            raise ImageError(
                f"the header is damaged: it has tiles of {across} x {down} for {width} x {height} "
                "pixels"
            )
    elif _TAG.StripOffsets in tags:
        kind, across = "strips", width
        down = min(int(tags.get(_TAG.RowsPerStrip, height)), height)
        offsets = _numbers(tags[_TAG.StripOffsets])
        counts = _numbers(tags.get(_TAG.StripByteCounts, ()))
    else:
        return  # an older kind of TIFF, which Pillow either reads or refuses
    if across < 1 or down < 1:
        raise ImageError(f"the header is damaged: it has {kind} of {across} x {down} pixels")
    needed = -(-width // across) * -(-height // down) * planes
    listed = min(len(offsets), len(counts) or len(offsets))
    if listed < needed:
        raise ImageError(
            f"the file lists only {listed} of its {needed} {kind}. Copy or scan it again."
        )
    _check_places(tags, kind, offsets[:needed], counts[:needed], stream)
    if tags.get(_TAG.Compression) in fax.FAX and kind == "strips":
        for index, (offset, count) in enumerate(zip(offsets, counts, strict=False)):
            stream.seek(offset)
            rows = min(down, height - index * down)
            if fax.lacks_rows(stream.read(count), rows, tags):
                raise ImageError("the file is cut short: rows are missing. Copy or scan it again.")


def _check_places(
    tags: Any, kind: str, offsets: Sequence[int], counts: Sequence[int], stream: BinaryIO
) -> None:
    size = stream.seek(0, os.SEEK_END)
    if not all(0 < offset < size for offset in offsets):
        raise ImageError(
            f"the file is cut short: some {kind} begin past its end. Copy or scan it again."
        )
    if len(offsets) == 1 and tags.get(_TAG.Compression, 1) == _RAW:
        return
    if counts and 0 in counts:
        raise ImageError(
            f"{counts.count(0)} of its {len(counts)} {kind} are empty. Copy or scan it again."
        )
    if any(offset + count > size for offset, count in zip(offsets, counts, strict=False)):
        raise ImageError(
            f"the file is cut short: some {kind} end past its end. Copy or scan it again."
        )
    if tags.get(_TAG.Compression) == _JPEG:
        for offset, count in zip(offsets, counts, strict=False):
            stream.seek(offset + max(0, count - 16))
            if b"\xff\xd9" not in stream.read(min(16, count)).rstrip(b"\0")[-2:]:
                raise ImageError(
                    f"the file is cut short: the JPEG data of one of its {kind} have no end. Copy "
                    "or scan it again."
                )


def _numbers(value: Any) -> Sequence[int]:
    return value if isinstance(value, tuple) else (int(value),)


def open_floats(stream: BinaryIO, max_pixels: int) -> Image.Image | None:
    """The first page of a TIFF of floats as a Pillow image; None for any other TIFF.

    The floats may have any precision, and white is 1. Gray becomes 16 bits deep, and RGB 8. The
    image keeps profile, orientation and XMP.

    Raises:
        ImageError: for values outside 0..1, for missing data, and for more than `max_pixels`.

    Example:
        >>> import io
        >>> import tifffile
        >>> file = io.BytesIO()
        >>> tifffile.imwrite(file, np.full((2, 3), 0.5, np.float16))
        >>> image = open_floats(file, max_pixels=100)
        >>> image.mode, image.size, image.getpixel((0, 0))
        ('I;16', (3, 2), 32768)
    """
    import tifffile

    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        page = file.pages.first
        tags = {tag.code: tag.value for tag in page.tags}
        if tags.get(_SAMPLE_FORMAT) not in (_FLOATS, (_FLOATS,) * page.samplesperpixel):
            return None
        width, height, channels = page.imagewidth, page.imagelength, page.samplesperpixel
        if page.imagedepth != 1 or page.photometric not in (0, 1, 2) or channels > 4:
            return None
        check_pixels((width, height), "floats", max_pixels)
        check_whole(tags, stream)
        planar = page.planarconfig == 2
        shape = (channels, height, width) if planar else (height, width, channels)
        samples = np.reshape(page.asarray(), shape)
    if planar:
        samples = samples.transpose(1, 2, 0)
    image = _of_floats(samples, white_is_zero=page.photometric == 0, alpha=tags.get(338))
    image.info |= {"icc_profile": tags.get(34675), "xmp": tags.get(700)}
    image.getexif()[_TAG.Orientation] = int(tags.get(_TAG.Orientation, 1))
    return image


def _of_floats(samples: np.ndarray, *, white_is_zero: bool, alpha: Any) -> Image.Image:
    """Floats `(H, W, C)` as an image of mode I;16, LA, RGB or RGBA."""
    height, width, channels = samples.shape
    depth, kind = (65535, np.uint16) if channels == 1 else (255, np.uint8)
    levels = np.empty(samples.shape, kind)
    for top in range(0, height, 256):  # in parts: the temporaries are larger than the picture
        part = to_unit(samples[top : top + 256])
        if white_is_zero:
            part = 1 - part
        if channels in (2, 4) and _numbers(alpha or 0)[0] == 1:  # premultiplied by alpha
            part[..., :-1] = np.minimum(part[..., :-1] / np.maximum(part[..., -1:], 1e-6), 1)
        levels[top : top + 256] = np.rint(part * depth)
    mode = {1: "I;16", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    if channels == 1:
        levels = levels[..., 0]
    return Image.frombytes(mode, (width, height), levels.tobytes())


def to_unit(values: np.ndarray) -> np.ndarray:
    """Floats of any shape as float64, clipped to [0, 1].

    Raises:
        ImageError: for NaN, and for values outside 0..1 by more than half an 8-bit level. A
            resampler may overshoot by less. A file with larger values has another scale.

    Example:
        >>> to_unit(np.array([0.0, 0.5, 1.001]))  # a resampler overshot
        array([0. , 0.5, 1. ])
        >>> to_unit(np.array([0.0, 255.0]))
        Traceback (most recent call last):
            ...
        huelab.images.errors.ImageError: its samples span 0.0 to 255.0, and white is known only ...
    """
    low, high, slack = values.min(), values.max(), 0.5 / 255
    if not (low >= -slack and high <= 1 + slack):
        raise ImageError(
            f"its samples span {low} to {high}, and white is known only for 0..1 in this file; "
            "scale them first"
        )
    return np.clip(values.astype(np.float64), 0, 1)
