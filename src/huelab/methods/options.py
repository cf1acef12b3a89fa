"""Checking what a method is built with."""

from collections.abc import Collection


def one_of(known: Collection[str], **given: str) -> None:
    """Raise ValueError unless the value of the one option given, `name=value`, is known.

    Example:
        >>> one_of(("mse", "l1"), loss="l2")
        Traceback (most recent call last):
            ...
        ValueError: loss is 'l2', but must be one of mse, l1
    """
    ((name, value),) = given.items()
    if value not in known:
        raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(known)}")
