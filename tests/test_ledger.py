"""The ledger: what it takes for a claim to hold, and that every row of the book is in order."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from huelab import ledger, records
from huelab.cli.ledger import ledger as command
from huelab.ledger.arithmetic import ArithmeticClaimError
from huelab.ledger.resolve import agrees
from huelab.recipes import RECIPES, Recipe

ROOT = Path(__file__).resolve().parents[1]
COUNTS = {"000": (59, 11), "001": (69, 13), "002": (51, 11), "003": (47, 10), "004": (48, 12)}


def recipe(name: str, expects: Mapping[str, tuple] | None = None, **changes) -> Recipe:
    settings = {
        "title": name,
        "method": "huelab.methods.first:FirstColor",
        "method_args": {"loss": "mse", "betas": (0.5, 0.9)},
        "train": {"name": "photos", "split": "train", "size": 64},
        "epochs": 50,
        "tests": ({"name": "kodak24", "split": "test", "size": 256},),
        "profiles": {"reduced": {"epochs": 2}},
    }
    return Recipe(name, expects=expects or {}, **(settings | changes))


def record(of: Recipe, value: float | None, profile: str = "full", seed: int = 0, **changes):
    about = {"space": "rgb", "averaging": "pictures"}
    place = "kodak24/test at 256"
    return records.new_record(
        of.name,
        profile=profile,
        seed=seed,
        config=of.config(profile),
        data=records.DataUsed(
            train=records.DataSpec(name="photos", hash=changes.pop("data_hash", "a" * 64))
        ),
        device="cpu",
        metrics=[
            records.Measurement(name="mse", data=place, value=value, **about),
            records.Measurement(name="mse", data=place, value=9.0, **about | {"space": "ab/128"}),
            records.Measurement(name="ssim", data=place, value=0.5, **about),
        ],
        **changes,
    )


def claim(check: str, value: str = "", **changes) -> ledger.Claim:
    row = ledger.Claim("000-R01", "000", "§1", "result", "It works.", value, check, "")
    return replace(row, **changes)


def sources(recipes=(), found=(), plans=(), root=ROOT) -> ledger.Sources:
    plans = [ledger.Plan(name, kind, "03_chapter", "about it") for kind, name in plans]
    return ledger.Sources(root, plans, {r.name: r for r in recipes}, found)


def status(check: str, *arguments, value: str = "", **settings) -> str:
    return ledger.resolve([claim(check, value)], sources(*arguments, **settings))[0].status


# ---------------------------------------------------------------------------- arithmetic


@pytest.mark.parametrize(
    ("expression", "truth"),
    [
        ("1*64*9 + 64 == 640", True),
        ("floor((32 - 3) / 2) + 1 == 16", False),
        ("10 * log(1 / 0.01, 10) > 19.99", True),
        ("abs(-3) <= min(3, 4) < max(3, 4) == 2**2", True),
        ("round(sqrt(2), 2) >= 1.41", True),
        ("7 // 2 + 7 % 2 == ceil(3.2)", True),
        ("exp(0) > 1", False),
        ("0.1 + 0.2 == 0.3", False),
    ],
)
def test_arithmetic_decides(expression, truth):
    assert ledger.decide(expression) is truth


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 + 1",
        "True",
        "x == 1",
        "pi > 3",
        "__import__('os') == 1",
        "(1).real == 1",
        "[1][0] == 1",
        "'a' == 'a'",
        "True == 1",
        "1j == 1",
        "eval(1) == 1",
        "round(1.5, ndigits=1) == 1",
        "max(*(1, 2)) == 2",
        "(lambda: 1)() == 1",
        "1 if 1 else 2 == 1",
        "1 != 2",
        "1 in 2",
        "1 < 2 and 2 < 3",
        "~1 == -2",
        "1 << 9 == 512",
        "9**9**9 > 1",
        "10**10**10 > 1",
        "10**65 > 1",
        "(-1)**0.5 == 1",
        "1 / 0 == 1",
        "log(0) < 1",
        "sqrt(-1) == 1",
        "exp(10**9) > 1",
        "1 == 1; 2 == 2",
        "1 == 1 #" + "x" * 300,
        "(" * 200 + "1" + ")" * 50 + " == 1",
    ],
)
def test_arithmetic_refuses_everything_else(expression):
    with pytest.raises(ArithmeticClaimError):
        ledger.decide(expression)


def test_arithmetic_makes_no_numbers_without_end():
    with pytest.raises(ArithmeticClaimError):
        ledger.decide("*".join(["(10**9)**64"] * 2) + " + ((10**9)**64)**64 > 1")


# ---------------------------------------------------------------------------- tests as checks

TESTS = """
import pytest

def test_plain(): ...
def test_refutes_that(): ...
@pytest.mark.xfail(reason="no")
def test_failing(): ...
@pytest.mark.skip
def test_skipped(): ...
@pytest.mark.parametrize("name", ["one", pytest.param(2, id="two")])
def test_cases(name): ...
def helper(): ...
class TestGroup:
    def test_inside(self): ...
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_plain", "holds"),
        ("test_refutes_that", "fails"),
        ("test_failing", "fails"),
        ("test_cases", "holds"),
        ("test_cases[one]", "holds"),
        ("test_cases[two]", "holds"),
        ("TestGroup::test_inside", "holds"),
        ("test_cases[three]", "broken"),
        ("test_skipped", "broken"),
        ("test_missing", "broken"),
        ("test_inside", "broken"),
        ("helper", "broken"),
        ("test_to_come", "pending"),
    ],
)
def test_a_test_is_found_without_running_it(tmp_path, name, expected):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(TESTS)
    plans = [("test", "tests/test_some.py::test_to_come")]
    check = f"test:tests/test_some.py::{name}"
    assert status(check, plans=plans, root=tmp_path) == expected


@pytest.mark.parametrize("path", ["tests/test_none.py", "../tests/test_some.py", "src/a.py"])
def test_a_test_in_no_file_of_tests_is_broken(tmp_path, path):
    assert status(f"test:{path}::test_plain", root=tmp_path) == "broken"


# ---------------------------------------------------------------------------- recipes as checks


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("epochs", "50", "holds"),
        ("epochs", "100", "differs"),
        ("epochs", "", "holds"),
        ("method_args.loss", "MSE", "holds"),
        ("method_args.loss", "L1", "differs"),
        ("method_args.betas", "[0.5, 0.9]", "holds"),
        ("method_args.betas", "[0.5, 0.999]", "differs"),
        ("method_args.betas.0", "0.5", "holds"),
        ("method_args.betas.2", "0.5", "broken"),
        ("method_args.width", "", "broken"),
        ("epochs.real", "", "broken"),
        ("tests.0.name", "Kodak-24", "holds"),
    ],
)
def test_a_recipe_is_compared_with_the_paper(path, value, expected):
    assert status(f"recipe:one.{path}", [recipe("one")], value=value) == expected


def test_small_numbers_and_words_agree_however_they_are_written():
    assert agrees("1e-7", 0.0000001) and agrees("0.0002", 2e-4) and agrees("CIFAR-10", "cifar10")
    assert not agrees("0.001", 0.01) and not agrees("", None)


@pytest.mark.parametrize("check", ["recipe:later.epochs", "record:later.mse [space=rgb]"])
def test_what_is_planned_is_pending_and_named(check):
    planned = sources(plans=[("recipe", "later")])
    (row,) = ledger.resolve([claim(check)], planned)
    assert row.status == "pending" and "recipe later of 03_chapter" in row.detail
    assert status(check) == "broken"


# ---------------------------------------------------------------------------- records as checks

CHECK = "record:one.mse [space=rgb]"


def judged(expects, *found, others=(), check=CHECK) -> str:
    one = recipe("one", {"000-R01": expects} if expects else None)
    made = [record(one, **settings) for settings in found]
    others = [(other, record(other, value)) for other, value in others]
    made += [made_of for _, made_of in others]
    return status(check, [one, *(other for other, _ in others)], made)


def test_a_result_is_reproduced_within_its_tolerance():
    assert judged((0.5, 0.1), {"value": 0.55}) == "reproduced"
    assert judged((0.5, 0.1), {"value": 0.65}) == "differs"


def test_a_result_is_the_mean_over_seeds():
    assert judged((0.5, 0.1), {"value": 0.65}, {"value": 0.45, "seed": 1}) == "reproduced"


def test_what_was_not_promised_before_the_run_is_not_comparable():
    assert judged(None, {"value": 0.5}) == "not_comparable"
    assert judged((0.5, None), {"value": 0.5}) == "not_comparable"
    assert judged((0.5, 0.1), {"value": 0.5, "profile": "reduced"}) == "not_comparable"


def test_a_reduced_result_is_read_where_the_profile_was_tested():
    small = {"name": "kodak24", "split": "test", "size": 64}
    profiles = {"reduced": {"epochs": 2, "tests": [small]}}
    rival = recipe("two", profiles=profiles)
    one = recipe("one", {"000-R01": ("< two", 0.0)}, profiles=profiles)

    def reduced(of, value):
        made = record(of, value, profile="reduced")
        moved = [m.model_copy(update={"data": "kodak24/test at 64"}) for m in made.metrics]
        return made.model_copy(update={"metrics": tuple(moved)})

    found = [reduced(one, 0.4), reduced(rival, 0.5)]
    assert status(CHECK, [one, rival], found) == "reproduced"
    assert status(CHECK, [one, rival], [found[0], reduced(rival, 0.3)]) == "differs"


def test_a_result_waits_for_a_complete_run_of_the_recipe_as_it_is():
    assert judged((0.5, 0.1)) == "pending"
    assert judged((0.5, 0.1), {"value": 0.5, "status": "incomplete"}) == "pending"
    assert judged((0.5, 0.1), {"value": None}) == "pending"
    changed = record(recipe("one", epochs=3), 0.5)
    assert status(CHECK, [recipe("one", {"000-R01": (0.5, 0.1)})], [changed]) == "pending"


@pytest.mark.parametrize(
    ("comparison", "margin", "expected"),
    [
        ("< two", 0.0, "reproduced"),
        ("< two, three", 0.0, "reproduced"),
        ("< two", 0.2, "differs"),
        ("> two", 0.0, "differs"),
        ("< two", None, "not_comparable"),
        ("< four", 0.0, "pending"),
        ("> two.ssim", 0.0, "differs"),
        ("> one.ssim", 0.0, "differs"),
        ("two", 0.0, "broken"),
        ("< two; < three", 0.0, "reproduced"),
        ("< two; > three", 0.0, "differs"),
        ("< two; ssim > two", 0.0, "differs"),
        ("< two; ssim > two", -0.1, "reproduced"),
        ("< two; mse [space=rgb] < three", 0.0, "reproduced"),
        ("< two; two.mse [space=rgb] < three", 0.0, "reproduced"),
        ("< two; three.mse [space=rgb] < two", 0.0, "differs"),
        ("< two; four.mse [space=rgb] < two", 0.0, "pending"),
        ("< two; two.beauty < three", 0.0, "broken"),
        ("< two; beauty < two", 0.0, "broken"),
        ("< two; >", 0.0, "broken"),
    ],
)
def test_a_comparison_is_with_other_recipes(comparison, margin, expected):
    others = [(recipe("two"), 0.5), (recipe("three"), 0.6)]
    assert judged((comparison, margin), {"value": 0.4}, others=others) == expected


def test_measured_is_set_beside_the_paper_with_the_difference():
    one = recipe("one", {"000-R01": (0.5, 0.1)})
    found = [record(one, 0.65), record(one, 0.75, seed=1)]
    rows = ledger.resolve([claim(CHECK, "0.5"), claim("arithmetic:1 < 2")], sources([one], found))
    (row,) = ledger.compared(rows)
    assert (row["id"], row["paper"]) == ("000-R01", "0.5")
    assert (row["difference"], row["verdict"]) == ("+0.2", "differs")
    assert row["measured"].startswith("mse 0.7 ± 0.071 (n=2), full")


def test_a_reduced_number_has_a_difference_and_a_comparison_has_none():
    profiles = {"reduced": {}}
    one = recipe("one", {"000-R01": (0.5, 0.1)}, profiles=profiles)
    made = sources([one], [record(one, 0.4, "reduced")])
    (row,) = ledger.compared(ledger.resolve([claim(CHECK)], made))
    assert (row["difference"], row["verdict"]) == ("-0.1", "not comparable")
    two = recipe("two", {"000-R01": ("< one", 0.0)}, profiles=profiles)
    made = sources([one, two], [record(one, 0.4), record(two, 0.3)])
    (row,) = ledger.compared(ledger.resolve([claim("record:two.mse [space=rgb]")], made))
    assert (row["difference"], row["verdict"]) == (None, "reproduced")


def test_a_comparison_needs_a_profile_that_both_have():
    one, two = recipe("one", {"000-R01": ("< two", 0.0)}), recipe("two")
    found = [record(one, 0.4, "full"), record(one, 0.4, "reduced"), record(two, 0.5, "reduced")]
    assert status(CHECK, [one, two], found) == "reproduced"
    assert status(CHECK, [one, two], [found[0], found[2]]) == "pending"


@pytest.mark.parametrize(
    "check",
    [
        "record:one.mse",  # in which space?
        "record:one.mse [space=xyz]",
        "record:one.mse [colour=rgb]",
        "record:one.mse: photos/test at 64 [space=rgb]",
        "record:one.beauty",
        "record:one",
        "record:one.train_test_gap",
    ],
)
def test_a_metric_must_be_one(check):
    assert judged((0.5, 0.1), {"value": 0.5}, check=check) == "broken"


def test_runs_on_different_data_are_not_averaged():
    runs = ({"value": 0.5}, {"value": 0.5, "seed": 1, "data_hash": "b" * 64})
    assert judged((0.5, 0.1), *runs) == "broken"


def test_a_place_can_be_named():
    check = "record:one.mse: kodak24/test at 256 [space=rgb]"
    assert judged((0.5, 0.1), {"value": 0.5}, check=check) == "reproduced"


# ---------------------------------------------------------------------------- files


def write(path: Path, *rows: ledger.Claim) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        lines = [list(vars(row).values()) for row in rows]
        csv.writer(file).writerows([list(ledger.Claim.__dataclass_fields__), *lines])
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "000-A01"}, "does not follow"),
        ({"id": "0-R1"}, "does not follow"),
        ({"paper": "007"}, "the paper is '007'"),
        ({"kind": "opinion"}, "the kind is 'opinion'"),
        ({"claim": ""}, "no claim"),
        ({"check": ""}, "the check is ''"),
        ({"check": "none:"}, "the check is 'none:'"),
        ({"check": "proof:1 == 1"}, "the check is 'proof:1 == 1'"),
        ({"note": " "}, "blanks"),
    ],
)
def test_malformed_rows_are_named(tmp_path, changes, message):
    good = claim("none:so")
    with pytest.raises(ledger.LedgerError, match=message):
        ledger.read_claims(write(tmp_path / "claims.csv", good, replace(good, **changes)))


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    rows = claim("none:so"), claim("none:so"), claim("", id="000-R02")
    with pytest.raises(ledger.LedgerError, match=r"000-R02.*000-R01: twice"):
        ledger.read_claims(write(tmp_path / "claims.csv", *rows))


@pytest.mark.parametrize("text", ["", "id,paper\n", "\xff"])
def test_files_that_are_no_ledger(tmp_path, text):
    (tmp_path / "claims.csv").write_text(text, encoding="latin-1")
    with pytest.raises(ledger.LedgerError, match=r"claims\.csv"):
        ledger.read_claims(tmp_path / "claims.csv")
    with pytest.raises(ledger.LedgerError, match=r"none\.csv"):
        ledger.read_plans(tmp_path / "none.csv")


def test_plans_that_are_built_or_unused_are_named():
    rows = [claim("recipe:one.epochs"), claim("test:tests/test_ledger.py::test_files_to_come")]
    plans = [("recipe", "one"), ("recipe", "on"), ("test", "tests/test_ledger.py::test_a_place")]
    plans += [("test", "tests/test_ledger.py::test_a_place_can_be_named")]
    found = ledger.stale(rows, sources([recipe("one")], plans=plans))
    assert ["built" in problem for problem in found] == [True, False, False, True]


# ---------------------------------------------------------------------------- the book's own

CLAIMS = ledger.read_claims()
PLANS = ledger.read_plans()


def test_every_claim_of_the_papers_is_there():
    claims = Counter(row.paper for row in CLAIMS if row.kind != "inconsistency")
    found = Counter(row.paper for row in CLAIMS if row.kind == "inconsistency")
    assert {paper: (claims[paper], found[paper]) for paper in ledger.PAPERS} == COUNTS
    assert (claims.total(), found.total()) == (274, 57)


def test_ids_are_numbered_without_gaps():
    counts = Counter(row.id[:5] for row in CLAIMS)
    assert {row.id for row in CLAIMS} == {
        f"{start}{n:02d}" for start, count in counts.items() for n in range(1, count + 1)
    }


def test_claims_are_sentences():
    for row in CLAIMS:
        assert row.claim[0].isupper() or row.claim[0].isdigit() or row.claim[0] == '"', row.id
        assert row.claim.endswith("."), row.id
        assert not row.note or row.note[-1] in '."', row.id


def test_no_check_of_the_book_is_broken():
    rows = ledger.resolve(CLAIMS)
    assert [f"{row.claim.id}: {row.detail}" for row in rows if row.status == "broken"] == []
    assert all(row.detail for row in rows if row.status in ("pending", "uncheckable"))


def test_an_inconsistency_that_is_not_real_is_none():
    rows = ledger.resolve(row for row in CLAIMS if row.kind == "inconsistency")
    assert not [row.claim.id for row in rows if row.status == "fails"]


def test_plans_are_those_that_are_needed():
    assert ledger.stale(CLAIMS, ledger.Sources()) == []
    assert not {plan.name for plan in PLANS} & set(RECIPES)


def test_recipes_name_claims_of_the_ledger():
    ids = {row.id for row in CLAIMS}
    for made in RECIPES.values():
        assert set(made.checked) <= ids


# ---------------------------------------------------------------------------- what is shown


def shown() -> list[ledger.Row]:
    rows = [
        claim("none:who <knows>", id="000-R01"),
        claim("arithmetic:1 == 1", id="000-X01", kind="inconsistency"),
        claim("arithmetic:1 == 2", id="001-R01", paper="001"),
    ]
    return ledger.resolve(rows, sources())


def test_coverage_counts_by_paper_and_kind():
    first, second, total = ledger.coverage(shown())
    assert first == {"paper": "000", "claims": 1, "inconsistencies": 1} | {
        "holds": 1,
        "fails": 0,
        "uncheckable": 1,
    }
    assert second["fails"] == 1 and total["paper"] == "all" and total["claims"] == 2
    assert [line["kind"] for line in ledger.coverage(shown(), "kind")][-1] == "all"


def test_the_page_has_a_row_for_each_claim_and_escapes_texts():
    html = ledger.fragment(shown())
    assert html.count("<tr data-") == 3 and 'data-status="fails"' in html
    assert "who &lt;knows&gt;" in html and "<knows>" not in html
    assert "http" not in html


def test_the_page_has_room_for_the_table_and_its_script_exists():
    lines = (ROOT / "book" / "ledger.md").read_text(encoding="utf-8").splitlines()
    assert lines.count("<!-- insert: ledger -->") == 1
    (script,) = re.findall(r'src="../([^"]+)"', ledger.fragment(shown()))
    assert (ROOT / "book" / script).is_file()


def call(*arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_lists_what_is_asked_for(tmp_path):
    result = call("--paper", "002", "--kind", "dataset", "--html", str(tmp_path / "table.html"))
    assert result.exit_code == 0, result.output
    assert "002-D03" in result.output and "002-A01" not in result.output
    assert "coverage by paper" in result.output and "7 of 331 rows" in result.output
    assert (tmp_path / "table.html").read_text(encoding="utf-8").count("<tr data-") == 331


@pytest.mark.parametrize("words", [("--paper", "7"), ("--kind", "x"), ("--status", "good")])
def test_unknown_choices_are_wrong_usage(words):
    assert call(*words).exit_code == 2


def test_the_command_fails_on_a_broken_check(monkeypatch):
    monkeypatch.setattr(ledger, "read_claims", lambda: [claim("recipe:nowhere.epochs")])
    idle = sources(plans=[("recipe", "idle")])
    monkeypatch.setattr(ledger, "Sources", lambda: idle)
    result = call()
    assert result.exit_code == 1
    assert "there is no recipe nowhere" in result.output and "idle" in result.output
