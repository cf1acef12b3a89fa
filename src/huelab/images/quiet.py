"""Silence the messages that decoders would print or log about damaged files."""

import contextlib
import ctypes
import functools
import logging
import threading
import warnings
from collections.abc import Callable
from typing import cast

from PIL import Image

# In a program that has not set up logging, Pillow's log on damaged files would go to stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class Quiet:
    """Silence Pillow's warnings and libtiff's messages, and only these, while any thread is inside.

    `catch_warnings` restores one list for the whole process. Threads that overlap could restore it
    in the wrong order and leave the filter forever. So the first thread that enters sets the
    filter, and the last one that leaves removes it.

    Example:
        >>> with warnings.catch_warnings(record=True) as seen, Quiet():
        ...     warnings.warn_explicit("a strange tag", UserWarning, "a.py", 1, module="PIL.a")
        >>> seen
        []
    """

    lock, inside = threading.Lock(), 0
    saved: warnings.catch_warnings | None = None
    libtiff: int | None = None

    def __enter__(self) -> None:
        with Quiet.lock:
            if Quiet.inside == 0:
                Quiet.saved = warnings.catch_warnings()
                Quiet.saved.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
                Quiet.libtiff = _hand_over(None)
            Quiet.inside += 1

    def __exit__(self, *exc: object) -> None:
        with Quiet.lock:
            Quiet.inside -= 1
            if Quiet.inside == 0 and Quiet.saved is not None:
                _hand_over(Quiet.libtiff)
                Quiet.saved.__exit__(None, None, None)


def _hand_over(handler: int | None) -> int | None:
    """Give libtiff another handler for its error messages, and return the one before.

    None means no handler. libtiff's own handler writes to the stderr of the process.
    """
    setter = _handler_setter()
    return setter(handler) if setter else None


@functools.cache
def _handler_setter() -> Callable[[int | None], int | None] | None:
    """TIFFSetErrorHandler of the libtiff that Pillow uses, or None where it cannot be found."""
    # The search includes the libraries that Pillow's was linked with, except on Windows.
    with contextlib.suppress(OSError, AttributeError):
        setter = ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler
        setter.restype, setter.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        return cast(Callable[[int | None], int | None], setter)
    return None
