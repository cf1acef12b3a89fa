"""Verdicts on claims: the values in records are compared with what was expected.

Full runs on the paper's own data give `reproduced` or `differs`. Reduced runs, and runs on data
that stands in for the paper's, can only decide a direction: they give `agrees (reduced)` or
`disagrees (reduced)`. A number is then `not comparable`. If the seeds do not decide a claim, or if
the runs do not meet a condition of its verdict, it is `inconclusive`. A comparison of runs that
were measured on different images is also `not comparable`.
"""

import itertools
from collections.abc import Mapping, Sequence

from huelab.ledger import tables
from huelab.ledger.claims import CheckError, Claim
from huelab.ledger.combinations import comparisons
from huelab.ledger.expectations import Expectation
from huelab.ledger.judgments import AGREES, DISAGREES, Finding, Judgment
from huelab.ledger.quantities import Quantity
from huelab.ledger.row import Row
from huelab.ledger.statistics import Sample
from huelab.recipes import Recipe
from huelab.records import DataSpec, Record, RecordError, value

_FULL = {AGREES: "reproduced", DISAGREES: "differs"}
_REDUCED = {AGREES: "agrees (reduced)", DISAGREES: "disagrees (reduced)"}


class Pending(Exception):
    """A claim still needs a complete run; the message names the recipe.

    Example:
        >>> from huelab.ledger import read_claims
        >>> from huelab.ledger.quantities import parse
        >>> Verdicts({}, [], {}).of(read_claims()[0], parse("vgg-fruits.mae"))
        Traceback (most recent call last):
            ...
        huelab.ledger.verdicts.Pending: recipe vgg-fruits
    """


class Verdicts:
    """Finds the runs of recipes among records and judges claims by them.

    Example:
        >>> from huelab.ledger import EXPECTATIONS, read_claims
        >>> from huelab.ledger.quantities import parse
        >>> from huelab.recipes import RECIPES
        >>> claim = next(claim for claim in read_claims() if claim.id == "002-Q02")
        >>> verdicts = Verdicts(RECIPES, [], EXPECTATIONS)
        >>> verdicts.of(claim, parse(claim.target))
        Traceback (most recent call last):
            ...
        huelab.ledger.verdicts.Pending: recipe vgg-fruits, color-per-gray-fruits360_random
    """

    def __init__(
        self,
        recipes: Mapping[str, Recipe],
        found: Sequence[Record],
        expectations: Mapping[str, Expectation],
    ):
        self.recipes = recipes
        self.records = found
        self.expectations = expectations

    def of(self, claim: Claim, quantity: Quantity) -> Row:
        """Judge a claim that is about a quantity.

        Raises:
            Pending: if a recipe that the claim needs has no complete run.
            CheckError: for a metric that the runs do not have, runs on different data, or an
                expectation that is not about the quantity.
        """
        expectation = self.expectations.get(claim.id)
        if expectation is None:
            return self._unexpected(claim, quantity)
        quantities = expectation.expects.quantities
        if quantity not in quantities:
            raise CheckError(f"{quantity} is not what was expected of {claim.id}")
        is_number = expectation.expects.is_number
        profile = self._common(quantities, is_number)
        if words := self._apart(expectation.expects, profile):
            return Row(claim, "not comparable", f"{words}; {profile}", expectation=expectation)
        samples = {q: self._sample(q, profile) for q in quantities}
        finding = expectation.expects.judge(samples.__getitem__, claim.value)
        own = profile == "full" and expectation.protocol_known and not self._stand_in(quantities)
        status = _status(finding, own, is_number)
        center = finding.difference.center if finding.difference else None
        words = f"{finding.words}; {profile}"
        return Row(claim, status, words, center, expectation, samples, profile)

    def _unexpected(self, claim: Claim, quantity: Quantity) -> Row:
        profile = self._common([quantity], is_number=True)
        sample = self._sample(quantity, profile)
        words = f"{quantity} {sample}; {profile}; nothing was expected of it before it ran"
        return Row(claim, "not comparable", words, samples={quantity: sample}, profile=profile)

    def _common(self, quantities: Sequence[Quantity], is_number: bool) -> str:
        """The best profile in which all recipes have run.

        For a direction, a profile in which all of them have enough seeds comes first. A reduced run
        can decide a direction, but not a number. A quantity may name its images; a profile that
        tests on smaller ones cannot answer it.
        """
        names = list(dict.fromkeys(quantity.recipe for quantity in quantities))
        shared = [p for p in ("full", "reduced") if all(self._runs(name, p) for name in names)]
        if not shared:
            missing = [n for n in names if not any(self._runs(n, p) for p in ("full", "reduced"))]
            raise Pending("recipe " + ", ".join(missing or names))
        shared = [p for p in shared if all(self._tests(q, p) for q in quantities)] or shared
        if is_number:
            return shared[0]
        samples = {p: [self._sample(q, p) for q in quantities] for p in shared}
        enough = [p for p in shared if all(sample.enough for sample in samples[p])]
        return [*enough, *shared][0]

    def _tests(self, quantity: Quantity, profile: str) -> bool:
        """Whether the runs of a profile were tested on the images that a quantity names, if any."""
        named, runs = quantity.metric.data, self._runs(quantity.recipe, profile)
        return named is None or all(
            any(spec.place == named for spec in run.data.tests) for run in runs
        )

    def _sample(self, quantity: Quantity, profile: str) -> Sample:
        runs = self._runs(quantity.recipe, profile)
        recipe = self._recipe(quantity.recipe)
        metric, data = quantity.metric, quantity.metric.data or recipe.place(runs[0].profile)
        where = {"data": data, **metric.conditions}
        try:
            cell = tables.cell(runs, metric.name, **where)
            values = [value(run, metric.name, **where) for run in runs]
        except (KeyError, RecordError) as error:
            raise CheckError(error.args[0]) from None
        if cell is None:
            raise Pending(f"recipe {quantity.recipe}, whose {metric.name} could not be measured")
        known = tuple(v for v in values if v is not None)
        return Sample(known, tuple(run.seed for run in runs), exact=recipe.epochs == 0)

    def _apart(self, judgment: Judgment, profile: str) -> str:
        """Says what was not measured on the same images; "" if everything was."""
        for compared in comparisons(judgment):
            mine = self._images(compared.quantity, profile)
            for other in compared.than:
                theirs = self._images(other, profile)
                if not _alike([*mine, *theirs], compared.across_sets):
                    what = "size" if compared.across_sets else "images"
                    sides = f"{compared.quantity} on {_listed(mine)}, {other} on {_listed(theirs)}"
                    return f"not measured on the same {what}: {sides}"
        return ""

    def _images(self, quantity: Quantity, profile: str) -> list[DataSpec]:
        """The images on which each run of a quantity was measured.

        Raises:
            CheckError: for a run that was not measured on the images that the quantity names.
        """
        runs = self._runs(quantity.recipe, profile)
        place = quantity.metric.data or self._recipe(quantity.recipe).place(runs[0].profile)
        found = [spec for run in runs for spec in run.data.tests if spec.place == place]
        if len(found) < len(runs):
            raise CheckError(f"a run of {quantity.recipe} was not measured on {place}")
        return found

    def _runs(self, name: str, profile: str) -> list[Record]:
        """The runs of a recipe in a profile, or in full if it needs no training there."""
        recipe = self._recipe(name)
        if recipe.epochs == 0 and profile not in recipe.profiles:
            profile = "full"
        return tables.runs_of(recipe, self.records, profile)

    def _recipe(self, name: str) -> Recipe:
        if name not in self.recipes:
            raise Pending(f"recipe {name}")
        return self.recipes[name]

    def _stand_in(self, quantities: Sequence[Quantity]) -> bool:
        if any(self._recipe(quantity.recipe).stand_ins for quantity in quantities):
            return True
        runs = (run for quantity in quantities for run in self._runs(quantity.recipe, "full"))
        return any(deviation.stand_in for run in runs for deviation in run.deviations)


def _alike(specs: Sequence[DataSpec], across_sets: bool) -> bool:
    """Whether all may be the same images; across sets, whether all images have the same size.

    Every pair is compared, because an unknown hash matches any hash, and two hashes that it matches
    may differ.
    """
    pairs = itertools.combinations(specs, 2)
    return all(a.size == b.size if across_sets else a.matches(b) for a, b in pairs)


def _listed(specs: Sequence[DataSpec]) -> str:
    """The places, each once, with the number and the hash of their images."""
    shown = (f"{s.place} (n={s.n}, hash {(s.hash or 'unknown')[:8]})" for s in specs)
    return " and ".join(dict.fromkeys(shown))


def _status(finding: Finding, own: bool, is_number: bool) -> str:
    """The status of a finding; `own` for full runs on the paper's own data."""
    if is_number and not own:
        return "not comparable"
    return (_FULL if own else _REDUCED).get(finding.verdict, "inconclusive")
