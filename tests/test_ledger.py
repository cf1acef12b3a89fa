"""The ledger: what it takes for a claim to hold, and that every row of the book is in order."""

import csv
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from ledger_examples import ROOT, claim, expected, recipe, runs, sources, status
from ledger_examples import outcomes as outcomes_of
from typer.testing import CliRunner

from huelab import ledger
from huelab.cli.ledger import ledger as command
from huelab.ledger import outcomes
from huelab.ledger.judgments import Bound, Unmeasured
from huelab.ledger.outcomes import Outcome, Outcomes
from huelab.ledger.quantities import Metric
from huelab.ledger.resolve import agrees
from huelab.recipes import RECIPES

COUNTS = {"000": (59, 11), "001": (69, 13), "002": (51, 11), "003": (47, 10), "004": (49, 12)}


# ---------------------------------------------------------------------------- tests as checks

HERE = "tests/test_ledger.py"  # a file that is there
NAMED = f"test:{HERE}::test_one"
CASE = f"{NAMED}[a]"


def decided(*found: tuple[str, str, bool], check: str = NAMED, complete: bool = True) -> str:
    """The status of 000-R01 by tests: name, result, and whether it refutes."""
    tests = [Outcome(f"{HERE}::{name}", "000-R01", refutes, r) for name, r, refutes in found]
    return status(check, tests=Outcomes("source", complete, tuple(tests)))


@pytest.mark.parametrize(
    ("result", "supports", "refutes"),
    [
        ("passed", "holds", "fails"),
        ("failed", "fails", "broken"),
        ("skipped", "not run", "not run"),
        ("not run", "not run", "not run"),
    ],
)
def test_a_claim_follows_the_outcome_of_its_test(result, supports, refutes):
    assert decided(("test_one", result, False)) == supports
    assert decided(("test_one", result, True)) == refutes


def test_an_absent_test_is_broken_once_all_are_collected_and_not_run_before():
    assert decided() == "broken"
    assert decided(complete=False) == "not run"
    assert decided(check="test:tests/test_none.py::test_one", complete=False) == "broken"


def test_a_test_must_carry_the_claims_id():
    others = Outcomes("source", True, (Outcome(f"{HERE}::test_one", "000-R02", False, "passed"),))
    assert status(NAMED, tests=others) == "broken"
    assert decided(("test_two", "passed", False)) == "broken"
    assert decided(("test_one_more", "passed", False)) == "broken"


def test_a_check_names_one_case_or_all_of_them():
    both = [("test_one[a]", "passed", False), ("test_one[b]", "failed", False)]
    assert decided(*both) == "fails"
    assert decided(*both, check=CASE) == "fails"
    assert decided(both[0], check=CASE) == "holds"
    assert decided(("test_one[b]", "passed", False), check=CASE) == "broken"


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (("passed", "passed"), "holds"),
        (("passed", "failed"), "fails"),
        (("passed", "skipped"), "not run"),
        (("failed", "not run"), "fails"),
    ],
)
def test_all_tests_of_a_claim_count(results, expected):
    names = ("test_one", "test_two")
    assert decided(*((n, r, False) for n, r in zip(names, results, strict=True))) == expected


def test_one_test_that_refutes_outweighs_those_that_agree():
    assert decided(("test_one", "passed", False), ("test_two", "passed", True)) == "fails"


@pytest.mark.parametrize("check", ["test:src/a.py::test_one", "test:tests/a.py", "test:test_one"])
def test_a_check_that_names_no_test_is_broken(check):
    assert status(check) == "broken"


def test_a_test_that_is_planned_is_pending():
    assert status("test:tests/test_a.py::test_b", plans=[("test", "tests/test_a.py::test_b")]) == (
        "pending"
    )


def test_outcomes_reach_the_claim_and_changed_source_does_not_run(tmp_path, monkeypatch):
    monkeypatch.setattr(outcomes, "source_state", lambda: SimpleNamespace(src_hash="one"))
    (tmp_path / "tests").mkdir()
    file = tmp_path / "tests" / "test_some.py"
    file.write_text("def test_a(): ...")
    for result, became in (("passed", "holds"), ("failed", "fails"), ("skipped", "not run")):
        one = Outcome("tests/test_some.py::test_a", "000-R01", False, result)
        outcomes.add(tmp_path, Outcomes(outcomes.source_hash(tmp_path), True, (one,)))
        read = outcomes.read(tmp_path)
        assert status("test:tests/test_some.py::test_a", root=tmp_path, tests=read) == became
    file.write_text("def test_a(): pass")
    read = outcomes.read(tmp_path)
    assert status("test:tests/test_some.py::test_a", root=tmp_path, tests=read) == "not run"


# ---------------------------------------------------------------------------- recipes as checks


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("epochs", "50", "holds"),
        ("epochs", "100", "fails"),
        ("epochs", "", "broken"),  # any value would do
        ("method_args.loss", "MSE", "holds"),
        ("method_args.loss", "L1", "fails"),
        ("method_args.betas", "[0.5, 0.9]", "holds"),
        ("method_args.betas", "[0.5, 0.999]", "fails"),
        ("method_args.betas.0", "0.5", "holds"),
        ("method_args.betas.2", "0.5", "broken"),
        ("method_args.width", "1", "broken"),
        ("epochs.real", "50", "broken"),
        ("tests.0.name", "Kodak-24", "holds"),
    ],
)
def test_a_recipe_is_compared_with_the_paper(path, value, expected):
    assert status(f"recipe:one.{path}", [recipe("one")], value=value) == expected


def test_small_numbers_and_words_agree_however_they_are_written():
    assert agrees("1e-7", 0.0000001) and agrees("0.0002", 2e-4) and agrees("CIFAR-10", "cifar10")
    assert not agrees("0.001", 0.01) and not agrees("", None)


def test_a_recipe_says_whether_it_has_run():
    one = recipe("one")
    checks = [claim("recipe:one.epochs", "50")]
    (row,) = ledger.resolve(checks, sources([one], runs(one, 0.1, 0.2, profile="reduced")))
    assert row.detail == "epochs = 50; has not run in full, reduced 2 times"
    (row,) = ledger.resolve(checks, sources([one], runs(one, 0.1)))
    assert row.detail == "epochs = 50; has run in full 1 times"


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
    rows = [claim("recipe:one.epochs"), claim("test:tests/test_some.py::test_to_come")]
    plans = [("recipe", "one"), ("recipe", "on"), ("test", "tests/test_some.py::test_to")]
    plans += [("test", "tests/test_some.py::test_a")]
    tests = outcomes_of(("test_a[1]", "000-R01", "passed"))
    found = ledger.stale(rows, sources([recipe("one")], plans=plans, tests=tests))
    assert ["built" in problem for problem in found] == [True, False, False, True]


def test_marks_and_expectations_that_decide_nothing_are_named():
    rows = [claim("none:so"), claim("test:tests/test_some.py::test_a", id="000-R02")]
    tests = outcomes_of(("test_a", "000-R02", "passed"), ("test_b", "000-R09", "passed"))
    made = sources(tests=tests, expectations=expected(Unmeasured("all of it")))
    problems = ledger.strays(rows, made)
    assert len(problems) == 2
    assert "000-R09" in problems[0] and "000-R01" in problems[1]


# ---------------------------------------------------------------------------- the book's own

CLAIMS = ledger.read_claims()
PLANS = ledger.read_plans()


def test_every_claim_of_the_papers_is_there():
    claims = Counter(row.paper for row in CLAIMS if row.kind != "inconsistency")
    found = Counter(row.paper for row in CLAIMS if row.kind == "inconsistency")
    assert {paper: (claims[paper], found[paper]) for paper in ledger.PAPERS} == COUNTS
    assert (claims.total(), found.total()) == (275, 57)


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


def test_checks_and_marks_of_tests_name_each_other(request):
    """The tests that pytest collects under a claim's id are those that its check names."""
    plugin = request.config.pluginmanager.getplugin("claim_outcomes")
    if not plugin.complete:
        pytest.skip("only a run that collects all tests shows it")
    tests = tuple(
        Outcome(test, claim, refutes, "passed")
        for test, claims in plugin.claims.items()
        for claim, refutes in claims.items()
    )
    made = replace(ledger.Sources(), outcomes=Outcomes("source", True, tests))
    rows = ledger.resolve(CLAIMS, made)
    assert [f"{row.claim.id}: {row.detail}" for row in rows if row.status == "broken"] == []
    assert ledger.strays(CLAIMS, made) == []


def test_plans_are_those_that_are_needed():
    assert ledger.stale(CLAIMS, ledger.Sources()) == []
    assert not {plan.name for plan in PLANS} & set(RECIPES)


# ---------------------------------------------------------------------------- what is shown


HOLDS = "test:tests/test_some.py::test_a"


def shown() -> list[ledger.Row]:
    rows = [
        claim("none:who <knows>", id="000-R01"),
        claim(HOLDS, id="000-X01", kind="inconsistency"),
        claim(HOLDS, id="001-R01", paper="001"),
    ]
    tests = outcomes_of(("test_a", "000-X01", "passed"), ("test_a", "001-R01", "failed"))
    return ledger.resolve(rows, sources(tests=tests))


def test_coverage_counts_by_paper_and_kind():
    first, second, total = ledger.coverage(shown())
    assert first == {"paper": "000", "claims": 1, "inconsistencies": 1} | {
        "holds": 1,
        "fails": 0,
        "uncheckable": 1,
    }
    assert second["fails"] == 1 and total["paper"] == "all" and total["claims"] == 2
    assert [line["kind"] for line in ledger.coverage(shown(), "kind")][-1] == "all"


def test_the_page_discloses_changes_after_the_first_run():
    one = recipe("one")
    changed = ((date(2026, 11, 22), "The bound was moved."),)
    expects = expected(Bound(Metric("mse", space="rgb").of("one"), 1.0), changed=changed)
    made = sources([one], runs(one, 0.1, 0.2, 0.3), expectations=expects)
    html = ledger.fragment(ledger.resolve([claim("record:one.mse [space=rgb]")], made))
    assert "expected on 2026-11-21" in html
    assert "Changed on 2026-11-22: The bound was moved." in html


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
    assert "coverage by paper" in result.output and "7 of 332 rows" in result.output
    assert (tmp_path / "table.html").read_text(encoding="utf-8").count("<tr data-") == 332


@pytest.mark.parametrize("words", [("--paper", "7"), ("--kind", "x"), ("--status", "good")])
def test_unknown_choices_are_wrong_usage(words):
    assert call(*words).exit_code == 2


def test_the_command_fails_on_a_broken_check(monkeypatch):
    monkeypatch.setattr(ledger, "read_claims", lambda: [claim("recipe:nowhere.epochs")])
    idle = sources(plans=[("recipe", "idle")])
    monkeypatch.setattr(ledger, "Sources", lambda **_: idle)
    result = call()
    assert result.exit_code == 1
    assert "there is no recipe nowhere" in result.output and "idle" in result.output
