"""Recipes, records and claims that were made up, for the tests of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from huelab import ledger, records
from huelab.ledger.judgments import Judgment
from huelab.ledger.outcomes import Outcome, Outcomes
from huelab.recipes import Recipe

ROOT = Path(__file__).resolve().parents[1]
KODAK = records.DataSpec(name="kodak24", split="test", size=256, n=24, hash="c" * 64)


def recipe(name: str, **changes) -> Recipe:
    settings = {
        "title": name,
        "method": "huelab.methods.first:FirstColor",
        "method_args": {"loss": "mse", "betas": (0.5, 0.9)},
        "train": {"name": "photos", "split": "train", "size": 64},
        "epochs": 50,
        "tests": ({"name": "kodak24", "split": "test", "size": 256},),
        "profiles": {"reduced": {"epochs": 2}},
    }
    return Recipe(name, **(settings | changes))


def record(
    of: Recipe, value: float | None, profile: str = "full", seed: int = 0, **changes
) -> records.Record:
    """A run with `value` as its squared error in RGB on the images `test`, by default Kodak's.

    Other metrics have values of their own.
    """
    test = changes.pop("test", KODAK)
    about = {"data": test.place, "space": "rgb", "averaging": "pictures"}
    images = records.DataSpec(name="photos", hash=changes.pop("data_hash", "a" * 64))
    return records.new_record(
        of.name,
        profile=profile,
        seed=seed,
        config=of.config(profile),
        data=records.DataUsed(train=images, tests=(test,)),
        device="cpu",
        metrics=[
            records.Measurement(name="mse", value=value, **about),
            records.Measurement(name="mse", value=9.0, **about | {"space": "ab/128"}),
            records.Measurement(name="ssim", value=0.5 + seed / 100, **about),
        ],
        **changes,
    )


def runs(of: Recipe, *values: float | None, **changes) -> list[records.Record]:
    """A run for each value, with seeds from 0."""
    return [record(of, value, seed=seed, **changes) for seed, value in enumerate(values)]


def claim(check: str, value: str = "", **changes) -> ledger.Claim:
    row = ledger.Claim("000-R01", "000", "§1", "result", "It works.", value, check, "")
    return replace(row, **changes)


def expected(expects: Judgment, **more) -> dict[str, ledger.Expectation]:
    """An expectation of the claim 000-R01."""
    return {"000-R01": ledger.Expectation("000-R01", date(2026, 11, 21), expects, **more)}


def outcomes(*found: tuple[str, str, str], complete: bool = True, **refuted: str) -> Outcomes:
    """Outcomes of tests in tests/test_some.py: name, claim, result; `refuted`: name=result."""
    tests = [Outcome(f"tests/test_some.py::{n}", claim, False, r) for n, claim, r in found]
    against = [Outcome(f"tests/test_some.py::{n}", "000-R01", True, r) for n, r in refuted.items()]
    return Outcomes("source", complete, (*tests, *against))


def sources(
    recipes: Sequence[Recipe] = (),
    found: Sequence[records.Record] = (),
    *,
    plans: Sequence[tuple[str, str]] = (),
    root: Path = ROOT,
    expectations: Mapping[str, ledger.Expectation] | None = None,
    tests: Outcomes | None = None,
) -> ledger.Sources:
    planned = [ledger.Plan(name, kind, "03_chapter", "about it") for kind, name in plans]
    made = {recipe.name: recipe for recipe in recipes}
    return ledger.Sources(root, planned, made, found, expectations or {}, tests or outcomes())


def status(check: str, *arguments, value: str = "", **settings) -> str:
    return ledger.resolve([claim(check, value)], sources(*arguments, **settings))[0].status
