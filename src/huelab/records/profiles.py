"""How large a run is: a choice of data, pixels and epochs, never of a device."""

import os

from huelab.storage import HueLabError

#: quick: a minute on a CPU, embedded photographs, never a result. reduced: any smaller real run.
#: full: the recipe's own pictures, pixels and epochs.
PROFILES = ("quick", "reduced", "full")


class ProfileError(HueLabError, ValueError):
    """A profile that does not exist; the message names those that do.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_PROFILE="huge"):
        ...     current_profile()
        Traceback (most recent call last):
            ...
        huelab.records.profiles.ProfileError: HUELAB_PROFILE is 'huge', expected one of ...
    """


def current_profile() -> str:
    """The profile of this process: `$HUELAB_PROFILE`, or `quick`.

    Raises:
        ProfileError: if the variable holds something else.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_PROFILE=""):
        ...     current_profile()
        'quick'
    """
    profile = os.environ.get("HUELAB_PROFILE") or "quick"
    if profile not in PROFILES:
        raise ProfileError(f"HUELAB_PROFILE is {profile!r}, expected one of {', '.join(PROFILES)}")
    return profile
