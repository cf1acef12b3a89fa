"""The one error of this package."""

from huelab.storage import HueLabError


class DataError(HueLabError, RuntimeError):
    """Data that is missing, damaged or unknown; the message says what to do about it."""
