"""Open picture files: the formats that HueLab reads, and limits that apply before decoding."""

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, ImageFile, features

from huelab.images.errors import ImageError
from huelab.images.limits import check_pixels
from huelab.images.tiff import open_floats

# These formats have a signature, so that no other file is taken for one of them. None needs a
# helper program (EPS would start Ghostscript). HEIF, which includes HEIC, needs pillow-heif.
FORMATS = (
    *("PNG", "JPEG", "MPO", "GIF", "TIFF", "WEBP", "AVIF", "BMP", "PPM", "JPEG2000", "QOI", "PSD"),
    "HEIF",
)
# Pillow may have been built without the decoders of these formats; here are Pillow's names of them.
_CODECS = {"JPEG": "jpg", "MPO": "jpg", "WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}

# A HEIC file has one of these brands, as its first or among others.
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")

#: A picture file: a path, the bytes of one, or a binary file object.
File = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
#: A file in a folder counts as an image if it has one of the usual suffixes of what `read` reads.
SUFFIXES = frozenset(
    (
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".gif", ".tif", ".tiff"),
        *(".webp", ".avif", ".avifs", ".bmp", ".pbm", ".pfm", ".pgm", ".pnm", ".ppm"),
        *(".jp2", ".j2k", ".jpc", ".jpf", ".jpx", ".j2c", ".qoi", ".psd"),
        *(".heic", ".heif", ".hif"),
    )
)


@contextlib.contextmanager
def open_stream(source: File) -> Iterator[BinaryIO]:
    """The bytes of a picture as a binary stream from their beginning.

    Raises:
        ImageError: for anything but a regular file, bytes or a file object.
        OSError: for a file that cannot be opened.

    Example:
        >>> with open_stream(b"GIF89a") as stream:
        ...     stream.read(3)
        b'GIF'
    """
    if isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    elif hasattr(source, "read"):
        yield io.BytesIO(source.read())
    elif isinstance(source, str | os.PathLike):
        mode = os.stat(source).st_mode
        if not stat.S_ISREG(mode):  # opening a pipe could wait forever
            raise ImageError("is a folder" if stat.S_ISDIR(mode) else "is not an ordinary file")
        with open(source, "rb") as stream:
            yield stream
    else:
        raise ImageError(f"expected a path, bytes or a file object, not {type(source).__name__}")


def readable() -> list[str]:
    """The formats that this installation can decode, by Pillow's names.

    Example:
        >>> readable()[:3]
        ['PNG', 'JPEG', 'GIF']
    """
    Image.init()
    _register_heif()
    known = (form for form in FORMATS if form in Image.OPEN)
    return [form for form in known if form not in _CODECS or features.check(_CODECS[form])]


def _is_heif(stream: BinaryIO) -> bool:
    stream.seek(0)
    head = stream.read(64)
    named = any(brand in head for brand in _HEIF_BRANDS)
    return head[4:8] == b"ftyp" and named and b"avif" not in head


def _register_heif() -> bool:
    """Let Pillow read HEIC, and say whether it can."""
    try:
        import pillow_heif
    except ImportError:
        return False
    if "HEIF" not in Image.OPEN:
        pillow_heif.register_heif_opener(thumbnails=False)
    return True


def open_image(stream: BinaryIO, max_pixels: int) -> Image.Image:
    """Image.open without Image.MAX_IMAGE_PIXELS, which is one limit for the whole process.

    HueLab's limit is for one call. Changing Pillow's limit, even for a moment, would change it for
    other threads. Pillow is not given a file name, so that it maps no file into memory: the process
    would crash if another program cut such a file short.

    Raises:
        ImageError: for a file that is empty, is not a picture, or has a damaged header; for a
            picture of more than `max_pixels`; for a HEIC picture without pillow-heif; while Pillow
            is set to accept files that are cut short.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("L", (3, 2)).save(file, "PNG")
        >>> open_image(io.BytesIO(file.getvalue()), max_pixels=6).size
        (3, 2)
        >>> open_image(io.BytesIO(file.getvalue()), max_pixels=5)
        Traceback (most recent call last):
            ...
        huelab.images.errors.ImageError: 3 x 2 pixels are more than the limit of 5 (max_pixels); ...
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        # The flag belongs to the caller. While it is set, half a picture looks like a whole one.
        raise ImageError(
            "HueLab reads no picture while PIL.ImageFile.LOAD_TRUNCATED_IMAGES is true; set it to "
            "False"
        )
    prefix = stream.read(16)
    if not prefix:
        raise ImageError("the file is empty. Copy or scan it again.")
    Image.init()
    header = prefix.ljust(16, b"\0")
    # Pillow's AVIF plugin also accepts first brands that HEIC files have.
    heif = _is_heif(stream)
    if heif and not _register_heif():
        raise ImageError("HEIC pictures need pillow-heif; `pip install 'huelab[heic]'` installs it")
    # A plugin whose codec is not built in answers with a string.
    known = (Image.OPEN[form] for form in (("HEIF",) if heif else FORMATS) if form in Image.OPEN)
    fits = (factory for factory, accept in known if accept and accept(header) is True)
    factory = next(fits, None)
    if factory is None:
        raise ImageError(
            f"this is not a picture that HueLab can read. It reads {', '.join(readable())}. "
            "Save it as JPEG or PNG first."
        )
    stream.seek(0)
    try:
        image = factory(stream, "")
    except SyntaxError as error:
        if header[:2] in (b"II", b"MM") and (floats := open_floats(stream, max_pixels)):
            return floats
        raise ImageError(f"the header is damaged or names no pixels ({error})") from error
    _make_room(image, max_pixels)
    return image


def turn_to(image: Image.Image, page: int, max_pixels: int) -> None:
    """Go to another page of an opened TIFF, counted from 0.

    Raises:
        ImageError: if the page has more than `max_pixels`.

    Example:
        >>> file = io.BytesIO()
        >>> first, other = Image.new("L", (3, 2)), Image.new("L", (5, 4))
        >>> first.save(file, "TIFF", save_all=True, append_images=[other])
        >>> image = open_image(io.BytesIO(file.getvalue()), max_pixels=20)
        >>> turn_to(image, 1, max_pixels=20)
        >>> image.size
        (5, 4)
    """
    if page:
        image.seek(page)
        _make_room(image, max_pixels)


def _make_room(image: Image.Image, max_pixels: int) -> None:
    check_pixels(image.size, image.format or "", max_pixels)
    if image.format == "TIFF" and hasattr(image, "_tile_size"):
        # Pillow's TIFF reader skips MAX_IMAGE_PIXELS, too, if its memory is there already.
        image.im = Image.core.new(image.mode, image._tile_size)
