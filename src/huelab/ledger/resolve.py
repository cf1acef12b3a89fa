"""From a check to a status."""

import ast
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huelab import records
from huelab.ledger.arithmetic import ArithmeticClaimError, decide
from huelab.ledger.claims import CheckError, Claim, Plan, Row, checkout, read_plans
from huelab.ledger.verdicts import Pending, Verdicts
from huelab.recipes import RECIPES, Recipe
from huelab.records import Record

#: A test whose name begins so passes by showing that a claim is false.
REFUTES = "test_refutes_"
_TEST = re.compile(r"(tests/[\w/]+\.py)::((?:\w+::)?(test_\w+))(?:\[([^\[\]]+)\])?")
_FIELD = re.compile(r"([a-z0-9][a-z0-9_-]*)\.(\w+(?:\.\w+)*)")


@dataclass
class Sources:
    """What checks are resolved against; without arguments, this checkout and its records."""

    root: Path = field(default_factory=checkout)
    plans: Sequence[Plan] = field(default_factory=read_plans)
    recipes: Mapping[str, Recipe] = field(default_factory=lambda: RECIPES)
    records: Sequence[Record] = field(default_factory=records.find)

    def __post_init__(self):
        self._trees: dict[str, dict[str, ast.FunctionDef]] = {}

    def plan(self, kind: str, name: str) -> Plan | None:
        """The plan for something not built yet, or None."""
        return next((p for p in self.plans if (p.kind, p.name) == (kind, name)), None)

    def tests(self, path: str) -> dict[str, ast.FunctionDef]:
        """The tests of one file by their names, a method as `Class::name`; {} without the file."""
        if path not in self._trees:
            file = self.root / path
            tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else None
            self._trees[path] = dict(_functions(tree.body)) if tree else {}
        return self._trees[path]


def resolve(claims: Iterable[Claim], sources: Sources | None = None) -> list[Row]:
    """What became of each claim."""
    sources = sources or Sources()
    verdicts = Verdicts(sources.recipes, sources.records)
    forms: dict[str, Callable[[Claim], tuple]] = {
        "test": lambda claim: _test(claim, sources),
        "recipe": lambda claim: _recipe(claim, sources),
        "record": lambda claim: _record(claim, sources, verdicts),
        "arithmetic": lambda claim: ("holds" if decide(claim.target) else "fails", ""),
        "reading": lambda claim: ("by_reading", claim.target),
        "none": lambda claim: ("uncheckable", claim.target),
    }
    rows = []
    for claim in claims:
        try:
            found = forms[claim.form](claim)
        except Pending as missing:
            found = "pending", str(missing)
        except (CheckError, ArithmeticClaimError) as error:
            found = "broken", str(error)
        rows.append(Row(claim, *found))
    return rows


def stale(claims: Iterable[Claim], sources: Sources) -> list[str]:
    """Plans that are no longer needed: built by now, or named in no claim's check or note."""
    text = "\n".join(f"{claim.check}\n{claim.note}" for claim in claims)
    problems = []
    for plan in sources.plans:
        built = plan.name in sources.recipes if plan.kind == "recipe" else False
        if plan.kind == "test":
            path, _, name = plan.name.partition("::")
            built = name in sources.tests(path)
        if built:
            problems.append(f"the {plan.kind} {plan.name} is built; take it out of planned.csv")
        elif not re.search(rf"(?<![\w-]){re.escape(plan.name)}(?![\w-])", text):
            problems.append(f"no claim names the {plan.kind} {plan.name} of planned.csv")
    return problems


def _test(claim: Claim, sources: Sources) -> tuple[str, str]:
    match = _TEST.fullmatch(claim.target)
    if not match:
        raise CheckError(f"{claim.target!r} is not written as tests/file.py::test_name")
    path, name, short, case = match.groups()
    function = sources.tests(path).get(name)
    if function is None:
        return _waits(sources, "test", f"{path}::{name}")
    if case and not _has_case(function, case):
        raise CheckError(f"{path}::{name} has no case {case!r}")
    marks = {ast.unparse(mark).partition("(")[0] for mark in function.decorator_list}
    if "pytest.mark.skip" in marks:
        raise CheckError(f"{path}::{name} is skipped and checks nothing")
    failing = "pytest.mark.xfail" in marks or short.startswith(REFUTES)
    return ("fails" if failing else "holds"), ""


def _recipe(claim: Claim, sources: Sources) -> tuple[str, str]:
    match = _FIELD.fullmatch(claim.target)
    if not match:
        raise CheckError(f"{claim.target!r} is not written as name.field")
    name, path = match.groups()
    if name not in sources.recipes:
        return _waits(sources, "recipe", name)
    found = _look_up(sources.recipes[name], path, name)
    return ("holds" if agrees(claim.value, found) else "differs"), f"{path} = {found}"


def _record(claim: Claim, sources: Sources, verdicts: Verdicts) -> tuple:
    wanted = verdicts.parse(claim.target)
    planned = sources.plan("metric", wanted.metric)
    if not planned and not verdicts.knows(wanted.metric):
        raise CheckError(f"there is no metric {wanted.metric!r}, and none is planned")
    if wanted.recipe not in sources.recipes:
        return _waits(sources, "recipe", wanted.recipe)
    return verdicts.of(claim.id, wanted)


def agrees(said: str, found: Any) -> bool:
    """Whether a recipe's value is the one of the paper; any value is, if the paper has none.

    Numbers are compared as numbers, lists of them as lists, words by their letters and digits.
    """
    if not said:
        return found is not None
    try:
        wanted = json.loads(said)
    except json.JSONDecodeError:
        wanted = said
    if isinstance(wanted, list):
        return isinstance(found, list | tuple) and list(found) == wanted
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return math.isclose(wanted, found, rel_tol=1e-9)
    return _letters(said) == _letters(str(found))


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


def _waits(sources: Sources, kind: str, name: str) -> tuple[str, str]:
    plan = sources.plan(kind, name)
    if plan is None:
        raise CheckError(f"there is no {kind} {name}, and none is planned")
    what = f"recipe {name}" if kind == "recipe" else f"a {kind}"
    return "pending", f"{what} of {plan.chapter}"


def _functions(body: Sequence[ast.stmt], prefix: str = "") -> Iterable:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield prefix + node.name, node


def _has_case(function: ast.FunctionDef, case: str) -> bool:
    """Whether the text of a case stands in one of the decorators."""
    nodes = (node for mark in function.decorator_list for node in ast.walk(mark))
    return any(isinstance(node, ast.Constant) and node.value == case for node in nodes)
