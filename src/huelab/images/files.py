"""Opening picture files: which formats there are, and limits that hold before decoding."""

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

# Formats with a signature, so that no other file is taken for one of them, and without a helper
# program (EPS would start Ghostscript). HEIF, such as HEIC, needs pillow-heif.
FORMATS = (
    *("PNG", "JPEG", "MPO", "GIF", "TIFF", "WEBP", "AVIF", "BMP", "PPM", "JPEG2000", "QOI", "PSD"),
    "HEIF",
)
# Those whose decoder Pillow may have been built without, and what Pillow calls it.
_CODECS = {"JPEG": "jpg", "MPO": "jpg", "WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}

# What files of this kind call themselves, first or among others.
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")

#: A picture file: a path, the bytes of one, or a binary file object.
File = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
#: Of files in a folder, those that are taken for images: the usual suffixes of what `read` reads.
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
        if not stat.S_ISREG(mode):  # opening a pipe could wait for ever
            raise ImageError("is a folder" if stat.S_ISDIR(mode) else "is not an ordinary file")
        with open(source, "rb") as stream:
            yield stream
    else:
        raise ImageError(f"expected a path, bytes or a file object, not {type(source).__name__}")


def readable() -> list[str]:
    """The formats of which this installation has a decoder.

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

    Ours is per call, and to change theirs, even for a moment, would change it for other threads.
    Pillow is told no file name and so maps no file into memory, where a file cut short by somebody
    else while it is read would be a crash.

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
        # Not ours to change, and under it half a picture looks like a whole one.
        raise ImageError("not read while PIL.ImageFile.LOAD_TRUNCATED_IMAGES is true; reset it")
    prefix = stream.read(16)
    if not prefix:
        raise ImageError("the file is empty. Copy or scan it again.")
    Image.init()
    header = prefix.ljust(16, b"\0")
    # Its first brand may be that of an AVIF, too.
    heif = _is_heif(stream)
    if heif and not _register_heif():
        raise ImageError(
            "this is a HEIC picture; `pip install 'huelab[heic]'` brings what reads it"
        )
    # A plugin's answer is a string where its codec is not built in.
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
    """Go to another page of an opened TIFF.

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
        # Given its memory, Pillow's TIFF reader does not ask for MAX_IMAGE_PIXELS either.
        image.im = Image.core.new(image.mode, image._tile_size)
