"""How large a run is: a choice of data, pixels and epochs, never of a device."""

import os

from huelab.storage import HueLabError

#: `quick` takes a minute on a CPU, uses embedded photographs, and is never a result. `reduced` is
#: any real run that is smaller than `full`, which has the recipe's own pictures, pixels and epochs.
PROFILES = ("quick", "reduced", "full")


class ProfileError(HueLabError, ValueError):
    """A profile that does not exist; the message names those that do.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_PROFILE="huge"):
        ...     current_profile()
        Traceback (most recent call last):
            ...
        huelab.records.profiles.ProfileError: HUELAB_PROFILE is 'huge'; set it to one of ...
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
        raise ProfileError(f"HUELAB_PROFILE is {profile!r}; set it to one of {', '.join(PROFILES)}")
    return profile
