"""Opening picture files: one error that names the file, and limits that hold before decoding."""

import contextlib
import errno
import io
import logging
import os
import stat
import threading
import warnings
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, ImageFile

from huelab.storage import HueLabError

# Formats with a signature, so that no other file is taken for one of them, and without a helper
# program (EPS would start Ghostscript). HEIF counts where pillow-heif has registered it.
FORMATS = (
    *("PNG", "JPEG", "MPO", "GIF", "TIFF", "WEBP", "AVIF", "BMP", "PPM", "JPEG2000", "QOI", "PSD"),
    "HEIF",
)
MAX_PIXELS = 200_000_000

#: A picture file: a path, the bytes of one, or a binary file object.
File = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
#: Of files in a folder, those that are taken for images: the usual suffixes of what `read` reads.
SUFFIXES = frozenset(
    (
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".gif", ".tif", ".tiff"),
        *(".webp", ".avif", ".avifs", ".bmp", ".pbm", ".pfm", ".pgm", ".pnm", ".ppm"),
        *(".jp2", ".j2k", ".jpc", ".jpf", ".jpx", ".j2c", ".qoi", ".psd"),
    )
)

# Otherwise what Pillow logs on damaged files goes to stderr where nobody has set up logging.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class ImageError(HueLabError, ValueError):
    """A picture cannot be read or written. The message names the file and says what is wrong."""


def name_of(source: object) -> str:
    if isinstance(source, str | os.PathLike):
        # A file name that is not valid Unicode must not make the message unprintable.
        return os.fsdecode(os.fspath(source)).encode("utf-8", "backslashreplace").decode()
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<bytes>"


@contextlib.contextmanager
def errors_named(name: str, otherwise: str) -> Iterator[None]:
    """Of whatever goes wrong in Pillow or below, make one error that names the file."""
    try:
        yield
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, "exists; overwrite=True replaces it", name) from None
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error.__cause__
    except MemoryError as error:
        raise ImageError(f"{name}: not enough memory") from error
    except Exception as error:
        # The system's own words ("Permission denied") where there are any.
        words = error.strerror if isinstance(error, OSError) and error.errno else None
        words = words or f"{otherwise} ({str(error) or type(error).__name__})"
        raise ImageError(f"{name}: {words}") from error


class Quiet:
    """Silence Pillow's warnings, and only Pillow's, while any thread is in here.

    `catch_warnings` restores one list for the whole process, so threads that overlap could restore
    it in the wrong order and leave the filter for good: the first in sets it, the last out ends it.
    """

    lock, inside = threading.Lock(), 0
    saved: warnings.catch_warnings | None = None

    def __enter__(self) -> None:
        with Quiet.lock:
            if Quiet.inside == 0:
                Quiet.saved = warnings.catch_warnings()
                Quiet.saved.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
            Quiet.inside += 1

    def __exit__(self, *exc: object) -> None:
        with Quiet.lock:
            Quiet.inside -= 1
            if Quiet.inside == 0 and Quiet.saved is not None:
                Quiet.saved.__exit__(None, None, None)


@contextlib.contextmanager
def open_stream(source: File) -> Iterator[BinaryIO]:
    if isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    elif hasattr(source, "read"):
        yield io.BytesIO(source.read())
    elif isinstance(source, str | os.PathLike):
        mode = os.stat(source).st_mode
        if not stat.S_ISREG(mode):  # opening a pipe could wait for ever
            raise ImageError("is a folder" if stat.S_ISDIR(mode) else "is not a regular file")
        with open(source, "rb") as stream:
            yield stream
    else:
        raise ImageError(f"expected a path, bytes or a file object, not {type(source).__name__}")


def open_image(stream: BinaryIO, max_pixels: int) -> ImageFile.ImageFile:
    """Image.open without Image.MAX_IMAGE_PIXELS, which is one limit for the whole process.

    Ours is per call, and to change theirs, even for a moment, would change it for other threads.
    Pillow is told no file name and so maps no file into memory, where a file cut short by somebody
    else while it is read would be a crash.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        # Not ours to change, and under it half a picture looks like a whole one.
        raise ImageError("not read while PIL.ImageFile.LOAD_TRUNCATED_IMAGES is true; reset it")
    prefix = stream.read(16)
    if not prefix:
        raise ImageError("the file is empty")
    Image.init()
    # A plugin's answer is a string where its codec is not built in.
    known = (Image.OPEN[form] for form in FORMATS if form in Image.OPEN)
    header = prefix.ljust(16, b"\0")
    fits = (factory for factory, accept in known if accept and accept(header) is True)
    factory = next(fits, None)
    if factory is None:
        raise ImageError(f"not a picture, or none of {' '.join(FORMATS)}")
    stream.seek(0)
    try:
        image = factory(stream, "")
    except SyntaxError as error:
        raise ImageError(f"the header is damaged or tells of no pixels ({error})") from error
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(f"{width} x {height} pixels are more than max_pixels={max_pixels}")
    if image.format == "TIFF" and hasattr(image, "_tile_size"):
        # Given its memory, Pillow's TIFF reader does not ask for MAX_IMAGE_PIXELS either.
        image.im = Image.core.new(image.mode, image._tile_size)
    return image
