"""Read any picture file as upright, opaque, 8-bit sRGB."""

import contextlib
import functools
import io
from collections.abc import Callable, Sequence
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from huelab.images import jpeg, png, tiff
from huelab.images.bands import bands
from huelab.images.color import to_srgb
from huelab.images.deep import Samples, over, samples
from huelab.images.errors import ImageError, errors_named, name_of
from huelab.images.files import File, open_image, open_stream, turn_to
from huelab.images.layers import split_alpha
from huelab.images.limits import MAX_PIXELS, MAX_SCANS, check_passes, check_pixels
from huelab.images.quiet import Quiet

Say = Callable[[str], None]

_SUBFILE, _SMALLER = 254, 1

_FIRST_OF_SEVERAL = (
    "The file holds several frames or pages; only the first was read. "
    "Save the other pages as files of their own to color them."
)


def read(
    source: File,
    *,
    background: Sequence[int] = (255, 255, 255),
    max_pixels: int = MAX_PIXELS,
    max_scans: int = MAX_SCANS,
    notes: list[str] | None = None,
    deep: bool = False,
    page: int | None = None,
) -> np.ndarray:
    """The picture in a file: uint8 sRGB `(H, W, 3)`, C-contiguous, writable.

    - EXIF orientation is applied: H and W are those of the upright picture.
    - Transparency is composited over `background` on sRGB values, as in browsers.
    - 16-bit gray is rounded to 8 bits (65535 -> 255). Integers outside 0..65535 and floats outside
      0..1 are refused, since nothing says what is white. Unless `deep`, 16-bit RGB comes from
      Pillow with its low bytes cut off, at most one level darker than rounding. A TIFF may hold
      floats of 16, 32 or 64 bits. RGB floats are rounded to 8 bits before their profile is applied.
    - An embedded ICC profile is applied. One that is damaged or does not fit the picture is
      ignored. For the chunks of a PNG that describe its colors, see `png.color_profile`.

    One fault is tolerated: a JPEG may lack its end marker if all its pixels are there. As far as
    that can be known, `read` never gives half a picture. Damage within JPEG data can go unnoticed,
    because they have no checksums.

    Args:
        source: a path, the file's bytes, or a binary file object, which is read from its position
            to its end.
        background: three integers in 0..255, sRGB.
        max_pixels: the largest number of pixels. Formats whose decoders take more memory or time
            for a pixel have a share of it (`limits.DEAR`). It is checked before decoding. Reading
            takes at most about 10 bytes of memory for each of `max_pixels`.
        max_scans: the largest number of scans of a JPEG. All its scans together may cover 5 times
            `max_pixels` (`limits.PASSES`). It is checked before decoding.
        notes: a list to which a sentence is added for each thing that a user should know: the file
            holds other frames, parts of the picture are transparent, a description of its colors
            was not applied, or a fault was tolerated. A note names no file.
        deep: whether to give uint16 (white is 65535) where the file holds more than 8 bits a
            channel. 16-bit RGB must have the profile of sRGB or none for that; a note says if it
            has another one.
        page: one of `pages`. By default, an animation or a file of many pages gives its first.

    Raises:
        ImageError: for a file that is missing, unreadable, not a picture, cut short, damaged, or
            beyond a limit. A file causes no other error.
        ValueError: if `background` is not a color.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> Image.new("L", (3, 2), 128).save(file, "PNG")
        >>> read(file.getvalue()).shape
        (2, 3, 3)
    """
    paper = np.asarray(background)
    if paper.shape != (3,) or paper.dtype.kind not in "iu" or paper.min() < 0 or paper.max() > 255:
        raise ValueError(f"background must be three integers in 0..255, not {background!r}")
    say: Say = (lambda sentence: None) if notes is None else notes.append
    errors = errors_named(name_of(source), "damaged or not supported")
    with errors, Quiet(), open_stream(source) as stream:
        image = open_image(stream, max_pixels)
        turn_to(image, page or 0, max_pixels)
        image, check = _prepared(image, stream, max_pixels, max_scans, say)
        rawmode = _rawmode(image)
        image.load()
        check()
        icc = _profile(image, stream, say)
        wide = samples(image, stream, rawmode, icc, max_pixels, say) if deep else None
        rgb = _upright_srgb(image, rawmode, icc, paper, say, wide)
        if page is None and _has_more_frames(
            image
        ):  # comes last, because Pillow may have to move to the next frame to know
            say(_FIRST_OF_SEVERAL)
        return rgb


def pages(source: File, *, max_pixels: int = MAX_PIXELS) -> list[int]:
    """The numbers of a TIFF's pages, as `read` takes them; [0] for any other file.

    Pages that are smaller copies of others are left out.

    Raises:
        ImageError: if the file cannot be opened, or a page cannot be found.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> page = Image.new("L", (3, 2))
        >>> page.save(file, "TIFF", save_all=True, append_images=[page, page])
        >>> pages(file.getvalue())
        [0, 1, 2]
    """
    errors = errors_named(name_of(source), "damaged or not supported")
    with errors, Quiet(), open_stream(source) as stream:
        image = open_image(stream, max_pixels)
        if not isinstance(image, TiffImagePlugin.TiffImageFile):
            return [0]
        found = []
        for page in range(image.n_frames):
            image.seek(page)
            if not image.tag_v2.get(_SUBFILE, 0) & _SMALLER:
                found.append(page)
        return found or [0]


def _prepared(
    image: Image.Image, stream: BinaryIO, max_pixels: int, max_scans: int, say: Say
) -> tuple[Image.Image, Callable[[], None]]:
    """The image, checked as its format needs and ready to decode, and a check to run afterwards."""
    if image.format in ("JPEG", "MPO"):
        stream.seek(0)
        data = stream.read()
        found = jpeg.structure(data, max_scans)
        if found.progressive:
            check_pixels(image.size, "progressive JPEG", max_pixels)
            check_passes(image.size, len(found.scans), max_pixels)
        if not found.ended:
            data = jpeg.with_end(data, found, say)
            return open_image(io.BytesIO(data), max_pixels), lambda: None
        return image, lambda: jpeg.check_whole(image, data, found)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tiff.check_whole(image.tag_v2, stream)
    if image.format == "PNG":
        return image, lambda: _check_png(image, stream)
    return image, lambda: None


def _check_png(image: Image.Image, stream: BinaryIO) -> None:
    """Refuse a PNG whose compressed data end early: Pillow leaves the missing rows black."""
    written = image.getbbox(alpha_only=False)
    # If the last row is there, every row is.
    last = written and written[3] == image.height and not image.info.get("interlace")
    if not last and png.lacks_rows(stream):
        raise ImageError("the file is cut short: rows are missing. Copy or scan it again.")


def _profile(image: Image.Image, stream: BinaryIO, say: Say) -> bytes | None:
    embedded = image.info.get("icc_profile")
    return png.color_profile(stream, embedded, say) if image.format == "PNG" else embedded


def _upright_srgb(
    image: Image.Image,
    rawmode: str,
    icc: bytes | None,
    paper: np.ndarray,
    say: Say,
    wide: Samples | None,
) -> np.ndarray:
    """The upright sRGB picture, filled in one band of rows at a time."""
    orientation = orientation_of(image)
    turned = orientation in (5, 6, 7, 8)
    shape = (*(image.size if turned else image.size[::-1]), 3)
    rgb = np.empty(shape, np.uint16 if wide else np.uint8)
    stored = _as_stored(rgb, orientation)
    conversion = functools.cache(lambda mode: to_srgb(mode, icc))
    inverted, sheet = _is_inverted(image), tuple(paper.tolist())
    opaque = True
    for rows, band in bands(image):
        color, alpha = split_alpha(band, rawmode, inverted=inverted)
        if alpha is not None:
            opaque = opaque and alpha.getextrema()[0] == 255
        if wide:
            levels = wide(color, rows)
            stored[rows] = levels if alpha is None else over(levels, alpha, paper)
            continue
        color = conversion(color.mode)(color)
        if alpha is not None:
            color = Image.composite(color, Image.new("RGB", color.size, sheet), alpha)
        stored[rows] = np.asarray(color)
    if not opaque:
        paint = "white" if sheet == (255, 255, 255) else "the background"
        say(f"The picture has transparent parts; they were filled with {paint}.")
    return rgb


def _has_more_frames(image: Image.Image) -> bool:
    # Pillow counts the layers of a PSD as frames. But the picture that it decodes shows them all.
    with contextlib.suppress(Exception):  # damage after the first frame does no harm
        return image.format != "PSD" and bool(getattr(image, "is_animated", False))
    return False


def _rawmode(image: Image.Image) -> str:
    """Pillow's name for the layout of samples in the file, which it forgets after loading them."""
    tile = image.tile if isinstance(image, ImageFile.ImageFile) else None
    args = tile[0][3] if tile else None
    return args if isinstance(args, str) else str((args or ("",))[0])


def _is_inverted(image: Image.Image) -> bool:
    """Whether 0 is white: Pillow inverts such 8-bit samples of a TIFF, but not deeper ones."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    return image.tag_v2.get(ExifTags.Base.PhotometricInterpretation) == 0


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation of an image, 1 to 8; 1 (upright) if it has none or a damaged one.

    Example:
        >>> image = Image.new("RGB", (2, 3))
        >>> image.getexif()[0x0112] = 6  # taken with the camera turned
        >>> orientation_of(image)
        6
    """
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse the pixels
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    return 1


def _as_stored(rgb: np.ndarray, orientation: int) -> np.ndarray:
    """A view of an upright picture as a file of orientation 1..8 stores it; others count as 1."""
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return rgb.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else rgb
