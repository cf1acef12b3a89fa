"""Metrics of recipes, under the names that checks and expectations use for them."""

import re
from dataclasses import dataclass

from huelab.ledger.claims import CheckError

_SPEC = re.compile(r"([a-z0-9][a-z0-9_-]*)\.([a-z0-9_]+)(?:: ([^\[\]]+?))?(?: \[([^\[\]]+)\])?")
_CONDITIONS = ("space", "range", "averaging")


@dataclass(frozen=True)
class Metric:
    """A metric by its name, and by further conditions that distinguish it from others.

    Attributes:
        name: the name in records, such as `mse`.
        data: the images, such as `kodak24/test at 256`; None for the recipe's first test set.
        space, range, averaging: the values in records; None if the name alone is enough.

    Example:
        >>> str(Metric("psnr", space="rgb", averaging="pictures").of("vgg-fruits"))
        'vgg-fruits.psnr [space=rgb, averaging=pictures]'
        >>> Metric("psnr", space="rgb").conditions
        {'space': 'rgb'}
    """

    name: str
    data: str | None = None
    space: str | None = None
    range: str | None = None
    averaging: str | None = None

    @property
    def conditions(self) -> dict[str, str]:
        """The values that must be equal in a record, in addition to the name and the images."""
        values = {key: getattr(self, key) for key in _CONDITIONS}
        return {key: value for key, value in values.items() if value is not None}

    def of(self, recipe: str) -> "Quantity":
        """This metric of a recipe."""
        return Quantity(recipe, self)


@dataclass(frozen=True)
class Quantity:
    """A metric of a recipe.

    Example:
        >>> str(Quantity("gray-copy-photos", Metric("psnr", data="kodak24/test at 256")))
        'gray-copy-photos.psnr: kodak24/test at 256'
    """

    recipe: str
    metric: Metric

    def __str__(self) -> str:
        listed = ", ".join(f"{key}={value}" for key, value in self.metric.conditions.items())
        place = f": {self.metric.data}" if self.metric.data else ""
        return f"{self.recipe}.{self.metric.name}{place}" + (f" [{listed}]" if listed else "")


def parse(text: str) -> Quantity:
    """Read `recipe.metric`, with `: set/split at size` and `[space=..., ...]` where needed.

    Raises:
        CheckError: for anything that is written differently.

    Example:
        >>> parse("vgg-fruits.mae [space=ab/128]").metric.conditions
        {'space': 'ab/128'}
    """
    match = _SPEC.fullmatch(text)
    if not match:
        raise CheckError(f"{text!r} is not written as recipe.metric")
    recipe, name, data, listed = match.groups()
    pairs = [part.strip().partition("=") for part in listed.split(",")] if listed else []
    if wrong := [key for key, _, value in pairs if key not in _CONDITIONS or not value]:
        raise CheckError(f"{text!r}: {wrong[0]!r} is not one of {', '.join(_CONDITIONS)}")
    return Metric(name, data, **{key: value for key, _, value in pairs}).of(recipe)
