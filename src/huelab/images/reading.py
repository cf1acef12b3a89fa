"""Reading: any picture file to upright, opaque, 8-bit sRGB."""

import contextlib
import io
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageFile, TiffImagePlugin

from huelab.images.files import (
    MAX_PIXELS,
    File,
    ImageError,
    Quiet,
    errors_named,
    name_of,
    open_image,
    open_stream,
)

_TAG, _IFD = ExifTags.Base, ExifTags.IFD
# The color kinds a profile can speak of, and the Pillow modes that can wear such a profile.
_ICC_MODES = {"RGB": ("RGB", "L", "I;16"), "GRAY": ("L", "I;16")}
_ICC_MODES |= {"CMYK": ("CMYK",), "Lab": ("LAB",)}


def read(
    source: File,
    *,
    background: Sequence[int] = (255, 255, 255),
    max_pixels: int = MAX_PIXELS,
    notes: list[str] | None = None,
) -> np.ndarray:
    """The picture in a file: uint8 sRGB `(H, W, 3)`, C-contiguous, writable.

    `source` is a path, the file's bytes, or a binary file object (read from where it stands to its
    end). Of an animation or a file of many pages it is the first frame.

    What a user should know of a picture that was read is added to `notes`, one sentence each: that
    the file holds other frames, for example. A note names no file.

    - EXIF orientation is applied: H and W are those of the upright picture.
    - Transparency is composited over `background` (integers 0..255) on sRGB values, as in browsers.
    - 16-bit gray is rounded to 8 bits (65535 -> 255). Integers outside 0..65535 and floats outside
      0..1 are refused, since nothing says what is white. 16-bit RGB comes from Pillow with its low
      bytes cut off, at most one level darker than rounding.
    - An embedded ICC profile is obeyed; one that is damaged or does not fit the picture is ignored.

    Raises ImageError, and nothing else, for a file that is missing, unreadable, no picture, cut
    short, damaged, or by its header larger than `max_pixels` (then nothing is decoded); ValueError
    where `background` is no color. Damage within data without checksums (JPEG) can go unnoticed.

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
    errors = errors_named(name_of(source), "damaged or not supported")
    with errors, Quiet(), open_stream(source) as stream:
        image = open_image(stream, max_pixels)
        rawmode = _rawmode(image)
        image.load()
        if image.format == "PNG":
            _check_png_is_whole(image, stream, max_pixels)
        if notes is not None and _has_more_frames(image):
            notes.append("The file holds several frames or pages; only the first was read.")
        color, alpha = _split_alpha(image, rawmode)
        color = _to_srgb(color, image.info.get("icc_profile"))
        if alpha is not None:
            sheet = Image.new("RGB", color.size, tuple(paper.tolist()))
            color = Image.composite(color, sheet, alpha)
        return _upright(np.array(color), orientation_of(image))


def _has_more_frames(image: ImageFile.ImageFile) -> bool:
    # What Pillow calls the frames of a PSD are layers; the picture that is read has them all.
    with contextlib.suppress(Exception):  # damage behind the first frame does no harm
        return image.format != "PSD" and bool(getattr(image, "is_animated", False))
    return False


def _rawmode(image: ImageFile.ImageFile) -> str:
    """How samples lie in the file, in Pillow's words; known only until they are loaded."""
    args = image.tile[0][3] if image.tile else None
    return args if isinstance(args, str) else str((args or ("",))[0])


def _check_png_is_whole(image: ImageFile.ImageFile, stream: BinaryIO, max_pixels: int) -> None:
    """Refuse a PNG whose compressed data end early: Pillow leaves the missing rows black."""
    written = image.getbbox(alpha_only=False)
    if written and written[3] == image.height and not image.info.get("interlace"):
        return  # the last row is there, so every row is
    stream.seek(0)
    again, pixels = open_image(stream, max_pixels), image.tobytes()
    again.im = Image.frombytes(image.mode, image.size, b"\xff" * len(pixels)).im
    again.load()  # over white this time
    if again.tobytes() != pixels:
        raise ImageError("cut short: rows are missing")


def _split_alpha(
    image: ImageFile.ImageFile, rawmode: str
) -> tuple[Image.Image, Image.Image | None]:
    """The colors as a Pillow image (L, I;16, RGB, CMYK or LAB) and the alpha as L, or None."""
    if image.mode in ("LA", "La"):
        gray = image.convert("LA")
        return gray.getchannel("L"), gray.getchannel("A")
    if image.mode in ("PA", "RGBA", "RGBa") or (image.mode == "P" and image.has_transparency_data):
        rgba = image.convert("RGBA")
        return rgba.convert("RGB"), rgba.getchannel("A")
    if image.mode.startswith(("I", "F")):
        color = Image.fromarray(_samples16(image, rawmode))
    elif image.mode in ("L", "RGB", "CMYK", "LAB"):
        color = image
    else:
        color = image.convert("L" if image.mode == "1" else "RGB")
    key = image.info.get("transparency")
    if key is None:
        return color, None
    # One color of a PNG is transparent, named in the file's units: loading has scaled 2 and 4 bits
    # up and cut 16-bit RGB down, which Pillow's own convert("RGBA") overlooks.
    key = np.asarray(key)
    key = key >> 8 if rawmode == "RGB;16B" else key * {"L;2": 85, "L;4": 17}.get(rawmode, 1)
    key = 255 * (key > 0) if image.mode == "1" else key
    opaque = np.asarray(color) != key
    opaque = opaque.any(axis=-1) if opaque.ndim == 3 else opaque
    return color, Image.fromarray(opaque.astype(np.uint8) * 255)


def _samples16(image: ImageFile.ImageFile, rawmode: str) -> np.ndarray:
    """Gray samples deeper than 8 bits as uint16 `(H, W)` with white at 65535."""
    values = np.asarray(image)
    low, high = values.min(), values.max()
    # Half an 8-bit level beyond 0..1 is a resampler's overshoot; more, or NaN, is another scale.
    top, slack = (1, 0.5 / 255) if image.mode == "F" else (65535, 0)
    if not (low >= -slack and high <= top + slack):
        raise ImageError(f"samples {low} to {high}; white is known only for 0..{top} in this file")
    if image.mode == "F":
        values = np.rint(np.clip(values, 0, 1) * 65535)
    elif rawmode.startswith("I;12"):
        values = np.rint(values * (65535 / 4095))
    values = values.astype(np.uint16)
    # Where 0 is white, Pillow inverts 8-bit samples but not deeper ones.
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    return 65535 - values if tags.get(_TAG.PhotometricInterpretation) == 0 else values


def _to_srgb(color: Image.Image, icc: bytes | None) -> Image.Image:
    """An image of mode L, I;16, RGB, CMYK or LAB with its profile (bytes or None) as sRGB."""
    # A damaged profile says nothing, so it counts as none.
    with contextlib.suppress(OSError, ValueError, ImageCms.PyCMSError):
        lab = color.mode == "LAB"
        source = ImageCms.createProfile("LAB") if lab else io.BytesIO(icc or b"")
        profile = ImageCms.ImageCmsProfile(source)
        kind = profile.profile.xcolor_space.strip()
        if color.mode not in _ICC_MODES.get(kind, ()):
            return _untagged(color)
        if kind == "GRAY":  # one exact table
            samples = np.asarray(color)
            levels = np.arange(np.iinfo(samples.dtype).max + 1).astype(samples.dtype)
            table = np.asarray(_convert(Image.fromarray(levels[None]), profile, exact=True))[0]
            return Image.fromarray(table[samples])
        return _convert(_untagged(color) if kind == "RGB" else color, profile, exact=lab)
    return _untagged(color)


def _convert(color: Image.Image, profile: ImageCms.ImageCmsProfile, *, exact: bool) -> Image.Image:
    """Little CMS. Its shortcuts are several times as fast and within 1 level for RGB, but 10 off in
    dark gray and 30 in Lab (as Pillow's own convert is).

    Relative colorimetric leaves alone every color that sRGB can show; perceptual would move those
    too, by each profile maker's taste. Black point compensation keeps the black of ink black.
    """
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    flags |= ImageCms.Flags.NOOPTIMIZE if exact else ImageCms.Flags.NONE
    intent, srgb = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(profile, srgb, color.mode, "RGB", intent, flags)
    return transform.apply(color)


def _untagged(color: Image.Image) -> Image.Image:
    if color.mode == "I;16":
        table = (np.arange(65536) + 128) // 257  # round(level / 257)
        color = Image.fromarray(table.astype(np.uint8)[np.asarray(color)])
    return color.convert("RGB")


def orientation_of(image: Image.Image) -> int:
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse the pixels
        return image.getexif().get(_TAG.Orientation, 1)
    return 1


def _upright(rgb: np.ndarray, orientation: int) -> np.ndarray:
    """EXIF's orientations 1..8 undone; anything else counts as 1."""
    if orientation in (5, 6, 7, 8):
        rgb = rgb.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    return np.ascontiguousarray(rgb)
