"""Checks of the arguments that a method is built with."""

from collections.abc import Collection


def one_of(known: Collection[str], **given: str) -> None:
    """Check that the value of one option, given as `name=value`, is a known one.

    Raises:
        ValueError: if it is not.

    Example:
        >>> one_of(("mse", "l1"), loss="l2")
        Traceback (most recent call last):
            ...
        ValueError: loss is 'l2', but must be one of mse, l1
    """
    ((name, value),) = given.items()
    if value not in known:
        raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(known)}")
