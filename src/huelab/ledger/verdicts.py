"""Verdicts on results: what records say against what a recipe expected before it ran.

A recipe may have `expects`: the id of a claim -> `(value, tolerance)`. The value is a number, which
the mean over seeds must meet within the tolerance in the full profile; or a comparison, as
`"< autoencoder-sgd, autoencoder-rmsprop"`, which must hold against the same metric of each recipe
named (`name.metric` for another metric) with the tolerance as a margin, in the best profile that
all of them have. Several comparisons, of which all must hold, are set apart by `;`, and each may
begin with another metric of the recipe itself, as `mse [space=rgb] < autoencoder-sgd`, or with one
of another recipe, as `vgg-pooling.color_leaking > vgg-fruits`. A tolerance of None says that the
two can be measured but not compared.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huelab import measure
from huelab.ledger import tables
from huelab.ledger.claims import CheckError
from huelab.recipes import Recipe
from huelab.records import Record, RecordError

_SPEC = re.compile(r"([a-z0-9][a-z0-9_-]*)\.([a-z0-9_]+)(?:: ([^\[\]]+?))?(?: \[([^\[\]]+)\])?")
_PART = re.compile(r"(?:([\w.-]+(?:: [^\[\]<>]+?)?(?: \[[^\[\]]+\])?) )?([<>]) *(.+)")
_CONDITIONS = ("space", "range", "averaging")


class Pending(Exception):
    """There is no complete run yet; the message names the recipe."""


@dataclass(frozen=True)
class Spec:
    """A metric of a recipe: `recipe.metric`, then `: set/split at size` and `[space=..., ...]`.

    Without a place it is measured on the recipe's first test set. The conditions tell entries of
    one name apart.
    """

    recipe: str
    metric: str
    place: str | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)


class Verdicts:
    """Finds the runs of recipes among records and judges them."""

    def __init__(self, recipes: Mapping[str, Recipe], found: Sequence[Record]):
        self.recipes = recipes
        self.records = found

    def parse(self, text: str) -> Spec:
        """Read a specification; CheckError for one that is written differently."""
        match = _SPEC.fullmatch(text)
        if not match:
            raise CheckError(f"{text!r} is not written as recipe.metric")
        recipe, metric, place, listed = match.groups()
        pairs = [part.strip().partition("=") for part in listed.split(",")] if listed else []
        if wrong := [key for key, _, value in pairs if key not in _CONDITIONS or not value]:
            raise CheckError(f"{text!r}: {wrong[0]!r} is not one of {', '.join(_CONDITIONS)}")
        return Spec(recipe, metric, place, {key: value for key, _, value in pairs})

    def knows(self, metric: str) -> bool:
        """Whether an evaluation measures something of this name."""
        return measure.knows(metric)

    def of(self, claim: str, spec: Spec) -> tuple[str, str, float | None]:
        """The status of a claim, the numbers behind it, and how far they are from the expected.

        The last is measured minus expected in any profile, None for a comparison.

        Raises:
            Pending: without a complete run.
            CheckError: for a metric that the runs do not have, or runs on different data.
        """
        value, tolerance = self._recipe(spec.recipe).expects.get(claim, (None, None))
        if isinstance(value, str):
            return *self._compare(spec, value, tolerance), None
        profile = self._profiles(spec.recipe)[0]
        measured, told = self._measure(spec, profile)
        told = f"{told}, {profile}"
        if value is None:
            return "not_comparable", told, None
        difference = measured - value
        if tolerance is None or profile != "full":
            return "not_comparable", told, difference
        met = "reproduced" if abs(difference) <= tolerance else "differs"
        return met, f"{told}; expected {value:g} ± {tolerance:g}", difference

    def _compare(self, spec: Spec, comparison: str, margin: float | None) -> tuple[str, str]:
        parts = [self._part(spec, part) for part in comparison.split(";")]
        profile = self._common([one for mine, _, others in parts for one in (mine, *others)])
        met, told = True, []
        for mine, sign, others in parts:
            measured, words = self._measure(mine, profile)
            told.append(words if mine is spec else f"{_label(mine, spec)} {words}")
            for other in others:
                rival, words = self._measure(other, profile)
                told.append(f"{_label(other, mine)} {words}")
                lead = rival - measured if sign == "<" else measured - rival
                met &= margin is None or lead > margin
        if margin is None:
            return "not_comparable", f"{told[0]}, {profile}"
        return ("reproduced" if met else "differs"), f"{'; '.join(told)}; all {profile}"

    def _part(self, spec: Spec, text: str) -> tuple[Spec, str, list[Spec]]:
        """One comparison: what is measured, the sign, and what it is measured against."""
        match = _PART.fullmatch(text.strip())
        names = [name.strip() for name in match[3].split(",")] if match else []
        if not all(names) or not names:
            raise CheckError(f"recipe {spec.recipe} expects {text!r}, which says nothing")
        mine = self._left(spec, match[1]) if match[1] else spec
        return mine, match[2], [self._other(mine, name) for name in names]

    def _left(self, spec: Spec, text: str) -> Spec:
        first = re.split("[: ]", text)[0]
        return self.parse(text if "." in first else f"{spec.recipe}.{text}")

    def _other(self, spec: Spec, name: str) -> Spec:
        if "." in name:
            return self.parse(name)
        return Spec(name, spec.metric, spec.place, spec.conditions)

    def _common(self, specs: Sequence[Spec]) -> str:
        """The best profile in which all of them have run."""
        shared = [self._profiles(spec.recipe) for spec in specs]
        for profile in shared[0]:
            if all(profile in found for found in shared):
                return profile
        raise Pending("recipe " + ", ".join(dict.fromkeys(spec.recipe for spec in specs)))

    def _recipe(self, name: str) -> Recipe:
        if name not in self.recipes:
            raise Pending(f"recipe {name}")
        return self.recipes[name]

    def _profiles(self, name: str) -> list[str]:
        """The profiles in which a recipe has run as it stands now, the best first."""
        found = [profile for profile in ("full", "reduced") if self._runs(name, profile)]
        if not found:
            raise Pending(f"recipe {name}")
        return found

    def _runs(self, name: str, profile: str) -> list[Record]:
        return tables.runs_of(self._recipe(name), self.records, profile)

    def _measure(self, spec: Spec, profile: str) -> tuple[float, str]:
        """The mean over the seeds of a profile, and the words for it."""
        runs = self._runs(spec.recipe, profile)
        place = spec.place or self._recipe(spec.recipe).place(profile)
        try:
            cell = tables.cell(runs, spec.metric, data=place, **spec.conditions)
        except (KeyError, RecordError) as error:
            raise CheckError(error.args[0]) from None
        if cell is None:
            raise Pending(f"recipe {spec.recipe}, whose {spec.metric} could not be measured")
        return cell.mean, str(cell)


def _label(other: Spec, mine: Spec) -> str:
    """What is measured beside, by whatever it differs in."""
    if other.metric == mine.metric:
        return other.recipe
    return other.metric if other.recipe == mine.recipe else f"{other.recipe}.{other.metric}"
