"""The status of a claim, computed from its check."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huelab import measure, records
from huelab.ledger import outcomes, tables
from huelab.ledger.claims import CheckError, Claim, Plan, checkout, read_plans
from huelab.ledger.expectations import EXPECTATIONS, Expectation
from huelab.ledger.outcomes import Outcome, Outcomes
from huelab.ledger.quantities import parse
from huelab.ledger.row import Row
from huelab.ledger.verdicts import Pending, Verdicts
from huelab.recipes import RECIPES, Recipe
from huelab.records import Record

_TEST = re.compile(r"(tests/[\w/]+\.py)::(?:\w+::)?test_\w+(?:\[[^\[\]]+\])?")
_FIELD = re.compile(r"([a-z0-9][a-z0-9_-]*)\.(\w+(?:\.\w+)*)")


@dataclass
class Sources:
    """Everything that checks need; without arguments, the contents of this checkout.

    Example:
        >>> sources = Sources(records=(), outcomes=Outcomes("the source's hash"))
        >>> sources.plan("recipe", "no such recipe") is None
        True
    """

    root: Path = field(default_factory=checkout)
    plans: Sequence[Plan] = field(default_factory=read_plans)
    recipes: Mapping[str, Recipe] = field(default_factory=lambda: RECIPES)
    records: Sequence[Record] = field(default_factory=records.find)
    expectations: Mapping[str, Expectation] = field(default_factory=lambda: EXPECTATIONS)
    outcomes: Outcomes = field(default_factory=lambda: outcomes.read(checkout()))

    def plan(self, kind: str, name: str) -> Plan | None:
        """The plan for something that is not built yet, or None."""
        return next((p for p in self.plans if (p.kind, p.name) == (kind, name)), None)


def resolve(claims: Iterable[Claim], sources: Sources | None = None) -> list[Row]:
    """The status of each claim, and the reason for it.

    Example:
        >>> from huelab.ledger import read_claims
        >>> claim = next(claim for claim in read_claims() if claim.form == "reading")
        >>> [row.status for row in resolve([claim])]
        ['by reading']
    """
    sources = sources or Sources()
    forms: dict[str, Callable[[Claim, Sources], Row]] = {
        "test": _test,
        "recipe": _recipe,
        "record": _record,
        "reading": lambda claim, _: Row(claim, "by reading", claim.target),
        "none": lambda claim, _: Row(claim, "uncheckable", claim.target),
    }
    rows = []
    for claim in claims:
        try:
            rows.append(forms[claim.form](claim, sources))
        except Pending as missing:
            rows.append(Row(claim, "pending", str(missing)))
        except CheckError as error:
            rows.append(Row(claim, "broken", str(error)))
    return rows


def stale(claims: Iterable[Claim], sources: Sources) -> list[str]:
    """Plans that are not needed: they are built, or no claim's check or note names them.

    Returns:
        A sentence for each such plan.

    Example:
        >>> plan = Plan("vgg-fruits", "recipe", "04_vgg", "the network of paper 002")
        >>> stale([], Sources(plans=[plan], records=(), outcomes=Outcomes("the source's hash")))
        ['the recipe vgg-fruits is built; take it out of planned.csv']
    """
    text = "\n".join(f"{claim.check}\n{claim.note}" for claim in claims)
    tests = {outcome.test.partition("[")[0] for outcome in sources.outcomes.tests}
    built = {"recipe": set(sources.recipes), "test": tests, "metric": set[str]()}
    problems = []
    for plan in sources.plans:
        if plan.name in built[plan.kind]:
            problems.append(f"the {plan.kind} {plan.name} is built; take it out of planned.csv")
        elif not re.search(rf"(?<![\w-]){re.escape(plan.name)}(?![\w-])", text):
            problems.append(f"no claim names the {plan.kind} {plan.name} of planned.csv")
    return problems


def strays(claims: Iterable[Claim], sources: Sources) -> list[str]:
    """Marks of tests, and expectations, that do not belong to any claim that they could decide.

    Returns:
        A sentence for each of them.

    Example:
        >>> sources = Sources(records=(), outcomes=Outcomes("the source's hash"), expectations={})
        >>> strays([], sources)
        []
    """
    forms = {claim.id: claim.form for claim in claims}
    problems = [
        f"{outcome.test} is marked with {outcome.claim}, whose check is not a test"
        for outcome in sources.outcomes.tests
        if forms.get(outcome.claim) != "test"
    ]
    return problems + [
        f"there is an expectation for {claim}, whose check is not a record"
        for claim in sources.expectations
        if forms.get(claim) != "record"
    ]


def _test(claim: Claim, sources: Sources) -> Row:
    """Decide a claim by the outcomes of all tests that are marked with its id.

    The check names one of these tests.
    """
    match = _TEST.fullmatch(claim.target)
    if not match:
        raise CheckError(f"{claim.target!r} is not written as tests/file.py::test_name")
    found = sources.outcomes.of(claim.id)
    if any(claim.target in (one.test, one.test.partition("[")[0]) for one in found):
        return Row(claim, *_outcome(found))
    if sources.plan("test", claim.target):
        return _waits(claim, sources, "test", claim.target)
    if sources.outcomes.complete or found or not (sources.root / match[1]).is_file():
        raise CheckError(f"no test {claim.target} is marked with {claim.id}, and none is planned")
    return Row(claim, "not run", "pytest -m claim has not run on this source")


def _outcome(found: Sequence[Outcome]) -> tuple[str, str]:
    """The status of a claim from all of its tests, and the reason for it.

    A test that fails shows that its claim fails. A refuting test shows this by passing. A refuting
    test that fails shows nothing: the claim may hold, or the test may be wrong.
    """
    failed = [one for one in found if one.result == "failed"]
    if silent := [one.test for one in failed if one.refutes]:
        raise CheckError(f"{silent[0]} should refute the claim and does not; that decides nothing")
    if failed:
        return "fails", f"failed: {failed[0].test}"
    if waiting := [one for one in found if one.result != "passed"]:
        return "not run", f"{waiting[0].result}: {waiting[0].test}"
    against = [one for one in found if one.refutes]
    return ("fails", f"refuted by {against[0].test}") if against else ("holds", "")


def _recipe(claim: Claim, sources: Sources) -> Row:
    match = _FIELD.fullmatch(claim.target)
    if not match:
        raise CheckError(f"{claim.target!r} is not written as name.field")
    name, path = match.groups()
    if name not in sources.recipes:
        return _waits(claim, sources, "recipe", name)
    if not claim.value:
        raise CheckError("the paper gives no value that the recipe could have")
    found = _look_up(sources.recipes[name], path, name)
    runs = _runs_in_words(sources.recipes[name], sources.records)
    return Row(
        claim, "holds" if agrees(claim.value, found) else "fails", f"{path} = {found}; {runs}"
    )


def _runs_in_words(recipe: Recipe, found: Sequence[Record]) -> str:
    """How often the recipe has run, because a setting alone trains nothing."""
    counts = {p: len(tables.runs_of(recipe, found, p)) for p in ("full", "reduced")}
    if counts["full"]:
        return f"has run in full {counts['full']} times"
    reduced = f", reduced {counts['reduced']} times" if counts["reduced"] else ""
    return f"has not run in full{reduced}"


def _record(claim: Claim, sources: Sources) -> Row:
    quantity = parse(claim.target)
    name = quantity.metric.name
    if not sources.plan("metric", name) and not measure.knows(name):
        raise CheckError(f"there is no metric {name!r}, and none is planned")
    if quantity.recipe not in sources.recipes:
        return _waits(claim, sources, "recipe", quantity.recipe)
    verdicts = Verdicts(sources.recipes, sources.records, sources.expectations)
    return verdicts.of(claim, quantity)


def agrees(said: str, found: Any) -> bool:
    """Whether a recipe's value equals the paper's value.

    Numbers are compared as numbers, and lists of numbers as lists. Words are compared by their
    letters and digits.

    Example:
        >>> agrees("0.0002", 2e-4), agrees("[64, 128]", (64, 128))
        (True, True)
        >>> agrees("Leaky ReLU", "leaky_relu")
        True
    """
    try:
        wanted = json.loads(said)
    except json.JSONDecodeError:
        wanted = said
    if isinstance(wanted, list):
        return isinstance(found, list | tuple) and list(found) == wanted
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return math.isclose(wanted, found, rel_tol=1e-9)
    return bool(_letters(said)) and _letters(said) == _letters(str(found))


def _letters(text: str) -> str:
    return re.sub(r"\W|_", "", text).lower()


def _look_up(recipe: Recipe, path: str, name: str) -> Any:
    found: Any = vars(recipe)
    for part in path.split("."):
        try:
            found = found[int(part) if isinstance(found, list | tuple) else part]
        except (LookupError, ValueError, TypeError):
            raise CheckError(f"the recipe {name} has no field {path}") from None
    return found


def _waits(claim: Claim, sources: Sources, kind: str, name: str) -> Row:
    plan = sources.plan(kind, name)
    if plan is None:
        raise CheckError(f"there is no {kind} {name}, and none is planned")
    what = f"recipe {name}" if kind == "recipe" else f"a {kind}"
    return Row(claim, "pending", f"{what} of {plan.chapter}")
