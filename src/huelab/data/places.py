"""Where data comes from, where decoded pixels are kept, and the one error of this package."""

import os
from pathlib import Path

import platformdirs

from huelab.errors import HueLabError


class DataError(HueLabError, RuntimeError):
    """Data that is missing, damaged or unknown; the message says what to do about it."""


def data_dir() -> Path:
    """The folder of data sets: `$HUELAB_DATA`, or the user's data folder of this system.

    It is only read, so it may be read-only, and it need not exist.
    """
    return _from_environment("HUELAB_DATA") or platformdirs.user_data_path("huelab", False)


def cache_dir() -> Path:
    """The folder of decoded pixels: `$HUELAB_CACHE`, or the user's cache folder of this system.

    It is made when something is first written to it; deleting it costs time and nothing else.
    """
    return _from_environment("HUELAB_CACHE") or platformdirs.user_cache_path("huelab", False)


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable, "").strip()
    return Path(value).expanduser() if value else None
