"""One error for everything that can be wrong with a picture file; its message names the file."""

import contextlib
import errno
import os
import struct
from collections.abc import Iterator

from huelab.storage import HueLabError


class ImageError(HueLabError, ValueError):
    """A picture cannot be read or written. The message names the file and says what is wrong.

    Example:
        >>> from huelab.images import read
        >>> read(b"no picture at all")
        Traceback (most recent call last):
            ...
        huelab.images.errors.ImageError: <bytes>: this is not a picture that HueLab can read. ...
    """


def name_of(source: object) -> str:
    """What messages call a picture: its path, or `<bytes>` where it has none.

    Example:
        >>> name_of("photos/a.png"), name_of(b"GIF89a")
        ('photos/a.png', '<bytes>')
    """
    if isinstance(source, str | os.PathLike):
        # A file name that is not valid Unicode must not make the message unprintable.
        return os.fsdecode(os.fspath(source)).encode("utf-8", "backslashreplace").decode()
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<bytes>"


@contextlib.contextmanager
def errors_named(name: str, otherwise: str) -> Iterator[None]:
    """Turn every error of Pillow, and of what Pillow calls, into one error that names the file.

    Args:
        name: what the message calls the file.
        otherwise: what is wrong, for an error for which the system has no words.

    Raises:
        FileExistsError: for a file that exists.
        ImageError: for every other error.

    Example:
        >>> with errors_named("a.png", "damaged"):
        ...     raise ValueError("no end")
        Traceback (most recent call last):
            ...
        huelab.images.errors.ImageError: a.png: damaged (no end)
    """
    try:
        yield
    except FileExistsError:
        exists = "the file exists; overwrite=True replaces it"
        raise FileExistsError(errno.EEXIST, exists, name) from None
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error.__cause__
    except MemoryError as error:
        raise ImageError(f"{name}: not enough memory") from error
    except Exception as error:
        # The message has the system's own words, such as "Permission denied", if there are any.
        words = error.strerror if isinstance(error, OSError) and error.errno else None
        # Words of Python about its own values, as in a file that ends too early, help nobody.
        inner = isinstance(error, struct.error | LookupError | AttributeError | TypeError)
        said = "" if inner else f" ({str(error) or type(error).__name__})"
        words = words or f"{otherwise}{said}"
        raise ImageError(f"{name}: {words}") from error
