"""Write a picture file whole, or leave the old file as it was."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from huelab.images import deep, metadata
from huelab.images.errors import ImageError, errors_named, name_of
from huelab.images.files import File, open_image, open_stream
from huelab.images.limits import DEAR, MAX_PIXELS
from huelab.images.quiet import Quiet
from huelab.images.reading import orientation_of
from huelab.storage import write_whole

if TYPE_CHECKING:  # nothing here needs torch while it runs
    import torch

_TAG, _IFD = ExifTags.Base, ExifTags.IFD
_WRITES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
_WRITES |= {".webp": "WEBP", ".avif": "AVIF", ".bmp": "BMP", ".ppm": "PPM"}
#: Formats that keep a mark, by their suffixes.
MARKED = (".png", ".jpg", ".tif", ".webp", ".avif")
#: Formats whose `quality` may be chosen, by their suffixes.
LOSSY = (".jpg", ".webp", ".avif")
_USUAL_QUALITY = {"JPEG": 95, "AVIF": 90}
# The EXIF tags on the photograph, from ImageDescription to XPSubject. In a TIFF, tags on how its
# pixels are stored lie among them. A maker note points to places in the old file and may hold
# another picture.
_EXIF_KEPT = (270, 271, 272, 305, 306, 315, 316, 33432, *range(40091, 40096))
_EXIF_DROPPED = (_TAG.MakerNote, _IFD.Interop)
_XMP_TAG, _IPTC_TAG = 700, 33723
_SEPARATOR = "; "
_PNG_TEXTS = "Title,Author,Description,Copyright,Creation Time,Disclaimer,Warning,Source,Comment"


def write(
    path: str | os.PathLike[str],
    rgb: np.ndarray | torch.Tensor,
    *,
    like: File | None = None,
    texts: Mapping[str, str] | None = None,
    overwrite: bool = False,
    quality: int | None = None,
    more: Sequence[np.ndarray] = (),
) -> None:
    """Write an sRGB picture to a file, whole or not at all.

    The file appears under its name in one step, with the permissions of a new file or of the one it
    replaces. After an error the old file is untouched, and nothing is left behind.

    Args:
        path: its suffix chooses the format. JPEG and AVIF get 4:4:4 sampling, because the usual
            4:2:0 drops three quarters of the color samples. WebP is lossless unless a `quality` is
            given, because its lossy kind is always 4:2:0. TIFF is uncompressed.
        rgb: uint8 or uint16 `(H, W, 3)`, an array or a CPU tensor. PNG and TIFF keep uint16; other
            formats round it to 8 bits.
        like: a path or the bytes of a picture whose metadata is copied as far as the format holds
            it: EXIF on the photograph (GPS included) with Orientation 1, without thumbnail and
            maker note; DPI; XMP without properties of pixels; IPTC without previews, to JPEG, TIFF
            and PNG; PNG's standard texts, to PNG; an sRGB profile if the source has a profile.
            Damaged metadata is left out.
        texts: further texts of a PNG, by their keywords. JPEG, TIFF, WebP and AVIF hold them in one
            line of EXIF (ProcessingSoftware). BMP and PPM hold none.
        overwrite: whether to replace a file that exists.
        quality: 1..100, by default 95 for JPEG and 90 for AVIF. Lossless formats ignore it.
        more: further pages of a TIFF, of the same dtype as `rgb`.

    Raises:
        FileExistsError: if `path` exists and `overwrite` is false. Of two processes, one wins.
        ImageError: for every other error.

    Example:
        >>> import tempfile
        >>> from huelab.images import read
        >>> gray = np.full((2, 3, 3), 128, np.uint8)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write(f"{folder}/gray.png", gray)
        ...     bool((read(f"{folder}/gray.png") == gray).all())
        True
    """
    with errors_named(name_of(path), "cannot be written"), Quiet():
        name = os.fsdecode(os.fspath(path))
        form = _form(os.path.splitext(name)[1])
        if not overwrite and os.path.lexists(name):
            raise FileExistsError
        _publish(_encoded([rgb, *more], form, like, texts or {}, quality), name, overwrite)


def encode(
    rgb: np.ndarray | torch.Tensor,
    suffix: str,
    *,
    like: File | None = None,
    texts: Mapping[str, str] | None = None,
    quality: int | None = None,
    more: Sequence[np.ndarray] = (),
) -> bytes:
    """The bytes of the file that `write` would write under a name with this suffix.

    Raises:
        ImageError: where `write` raises it.

    Example:
        >>> encode(np.full((2, 3, 3), 128, np.uint8), ".png")[1:4]
        b'PNG'
    """
    with errors_named(name_of(b""), "cannot be written"), Quiet():
        return _encoded([rgb, *more], _form(suffix), like, texts or {}, quality)


def _form(suffix: str) -> str:
    form = _WRITES.get(suffix.lower())
    if form is None:
        raise ImageError(
            f"HueLab writes no format of the suffix {suffix!r}; use one of {', '.join(_WRITES)}"
        )
    return form


def _encoded(
    pages: Sequence[np.ndarray | torch.Tensor],
    form: str,
    like: File | None,
    texts: Mapping[str, str],
    quality: int | None,
) -> bytes:
    if quality is not None and not 1 <= quality <= 100:
        raise ImageError(f"quality must be in 1..100, not {quality}")
    if len(pages) > 1 and form != "TIFF":
        raise ImageError(
            f"a file of this format cannot hold {len(pages)} pages; use the suffix .tif"
        )
    for pixels in (arrays := [np.asarray(page) for page in pages]):
        _check_pixels(pixels)
    options = {} if like is None else _metadata(like, form, arrays[0].shape)
    if form == "PNG":
        chunks = options.setdefault("pnginfo", PngImagePlugin.PngInfo())
        for key, text in texts.items():
            chunks.add_text(key, text)
    elif texts and form not in ("BMP", "PPM"):
        exif = options.setdefault("exif", Image.Exif())
        exif[_TAG.ProcessingSoftware] = _SEPARATOR.join(map(": ".join, texts.items()))
    return _encode(arrays, form, quality, options)


def _check_pixels(pixels: np.ndarray) -> None:
    right = pixels.dtype in (np.uint8, np.uint16) and pixels.ndim == 3 and pixels.shape[2] == 3
    if not (right and pixels.size):
        raise ImageError(
            f"expected pixels uint8 or uint16 (H, W, 3), not {pixels.dtype} {pixels.shape}"
        )


def texts_of(image: Image.Image) -> dict[str, str]:
    """The texts that `write` put into an image, which is now open; empty if there are none.

    Example:
        >>> data = encode(np.zeros((2, 3, 3), np.uint8), ".jpg", texts={"Software": "HueLab"})
        >>> texts_of(Image.open(io.BytesIO(data)))
        {'Software': 'HueLab'}
    """
    if image.format == "PNG":
        return {str(key): text for key, text in image.info.items() if isinstance(text, str)}
    line = image.getexif().get(_TAG.ProcessingSoftware)
    pairs = (part.partition(": ") for part in line.split(_SEPARATOR)) if line else ()
    return {key: text for key, _, text in pairs}


def _metadata(like: File, form: str, shape: tuple[int, ...]) -> dict[str, Any]:
    """What Pillow's save needs to carry the metadata of `like` into a file of format `form`."""
    with errors_named(name_of(like), "damaged or not supported"), open_stream(like) as stream:
        image = open_image(stream, max(MAX_PIXELS, shape[0] * shape[1] * max(DEAR.values())))
        if image.format == "PNG":
            image.load()  # its texts may come after its pixels
        xmp, iptc = metadata.xmp(image), metadata.iptc(image)
        exif = _exif(image, shape, form)
        options: dict[str, Any] = {"dpi": _dpi(image)}
        # A JPEG's markers hold 64 KB.
        options["xmp"] = xmp if form != "JPEG" or len(xmp) < 65_000 else b""
        if form == "JPEG" and iptc:
            options["extra"] = metadata.jpeg_segment(iptc)
        if form == "TIFF" and (xmp or iptc):
            exif = exif or Image.Exif()
            for tag, data in ((_XMP_TAG, xmp), (_IPTC_TAG, iptc)):
                if data:
                    exif[tag] = data
        options["exif"] = exif
        if image.info.get("icc_profile"):
            options["icc_profile"] = srgb_profile()
        if form == "PNG":
            options["pnginfo"] = texts = PngImagePlugin.PngInfo()
            for key in _PNG_TEXTS.split(","):
                if isinstance(image.info.get(key), str):
                    texts.add_text(key, image.info[key])
            if xmp:
                texts.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
            if iptc:
                texts.add_text(metadata.PNG_IPTC, metadata.png_text(iptc), zip=True)
    return {key: value for key, value in options.items() if value}


def _exif(image: Image.Image, shape: tuple[int, ...], form: str) -> Image.Exif | None:
    """New EXIF made from what is safe to keep, so that no thumbnail can slip through, or None."""
    with contextlib.suppress(Exception):  # damaged EXIF is left out
        old, new = image.getexif(), Image.Exif()
        for tag, value in ((tag, old[tag]) for tag in _EXIF_KEPT if tag in old):
            # Strings become bytes, since Pillow writes "?" for what is not ASCII.
            new[tag] = value.encode("latin-1") if isinstance(value, str) else value
        shot = {k: v for k, v in old.get_ifd(_IFD.Exif).items() if k not in _EXIF_DROPPED}
        true = {_TAG.ColorSpace: 1, _TAG.ExifImageHeight: shape[0], _TAG.ExifImageWidth: shape[1]}
        shot |= {tag: value for tag, value in true.items() if tag in shot}
        for tag, part in ((_IFD.Exif, shot), (_IFD.GPSInfo, old.get_ifd(_IFD.GPSInfo))):
            if part:
                new.get_ifd(tag).update(part)
                new[tag] = new.get_ifd(tag)
        if len(new):
            new[_TAG.Orientation] = 1
        return new if len(new.tobytes()) < 65_000 or form != "JPEG" else None
    return None


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    with contextlib.suppress(KeyError, TypeError, ValueError, ArithmeticError):
        across, down = map(float, image.info["dpi"])
        if 1 < across < 65_535 and 1 < down < 65_535:  # 1 stands for no unit
            return (down, across) if orientation_of(image) in (5, 6, 7, 8) else (across, down)
    return None


@functools.cache
def srgb_profile() -> bytes:
    """An ICC profile of sRGB.

    Example:
        >>> ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())).profile.profile_description[:4]
        'sRGB'
    """
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A fixed date replaces that of the clock, so that the same picture gives the same bytes.
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


def _encode(
    pages: Sequence[np.ndarray], form: str, quality: int | None, options: dict[str, Any]
) -> bytes:
    # TIFF stays uncompressed: Pillow's compressing writer fails where there is EXIF.
    if form in _USUAL_QUALITY:
        quality = quality or _USUAL_QUALITY[form]
        options = options | {"quality": quality, "subsampling": "4:4:4"}
    elif form == "WEBP":
        options = options | ({"lossless": True} if quality is None else {"quality": quality})
    if pages[0].dtype == np.uint16:
        if form in ("PNG", "TIFF"):
            return deep.png(pages[0], options) if form == "PNG" else deep.tiff(pages, options)
        pages = [deep.to_eight(pages[0])]
    first, *more = map(Image.fromarray, pages)
    if more:
        options = options | {"save_all": True, "append_images": more}
    buffer = io.BytesIO()
    first.save(buffer, form, **options)
    return buffer.getvalue()


def _publish(data: bytes, path: str, overwrite: bool) -> None:
    target = os.path.realpath(path) if overwrite else path  # if it is a link, the file it links to
    os.stat(os.path.dirname(target) or ".")  # raises an error if the folder does not exist
    write_whole(Path(target), data, overwrite=overwrite)
