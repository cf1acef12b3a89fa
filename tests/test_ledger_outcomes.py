"""Outcomes of tests on their way to the ledger: what is kept, and for which source."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from huelab.ledger import outcomes

pytest_plugins = "pytester"
HERE = Path(__file__).parent
SOURCE = """
import pytest

@pytest.mark.claim("000-A01")
def test_true():
    assert True

@pytest.mark.claim("000-A01", "000-A02")
def test_false():
    assert False

@pytest.mark.claim("000-A03")
@pytest.mark.skip
def test_left_out(): ...

@pytest.mark.claim("000-A04", refutes=True)
def test_against(): ...

@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.claim("000-A05"))])
def test_cases(x):
    assert x < 2

@pytest.fixture
def broken():
    raise RuntimeError

@pytest.mark.claim("000-A06")
def test_cannot_start(broken): ...

def test_of_no_claim(): ...
"""
ALL = {
    ("test_true", "000-A01"): "passed",
    ("test_false", "000-A01"): "failed",
    ("test_false", "000-A02"): "failed",
    ("test_left_out", "000-A03"): "skipped",
    ("test_against", "000-A04"): "passed",
    ("test_cases[2]", "000-A05"): "failed",
    ("test_cannot_start", "000-A06"): "failed",
}


@pytest.fixture
def project(pytester, monkeypatch):
    """A folder with tests of claims and with the book's plugin; the library never changes."""
    monkeypatch.setattr(outcomes, "source_state", lambda: SimpleNamespace(src_hash="one"))
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\ntestpaths = ["tests"]\nmarkers = ["claim"]'
    )
    folder = pytester.mkdir("tests")
    for name in ("claim_outcomes.py", "conftest.py"):
        (folder / name).write_bytes((HERE / name).read_bytes())
    (folder / "test_some.py").write_text(SOURCE)
    return pytester


def results(project) -> dict[tuple[str, str], str]:
    found = outcomes.read(project.path).tests
    return {(one.test.partition("::")[2], one.claim): one.result for one in found}


def test_a_run_leaves_the_outcome_of_each_marked_test(project):
    project.runpytest_inprocess("-q")
    assert results(project) == ALL
    kept = outcomes.read(project.path)
    assert kept.complete
    assert [one.claim for one in kept.tests if one.refutes] == ["000-A04"]
    assert kept.tests[0].test.startswith("tests/test_some.py::")


def test_workers_of_xdist_leave_the_same(project):
    project.runpytest_inprocess("-q", "-n", "1")
    assert results(project) == ALL
    assert outcomes.read(project.path).complete


def test_a_run_of_some_tests_keeps_what_an_earlier_run_showed(project):
    project.runpytest_inprocess("-q", "-k", "true")
    not_run = dict.fromkeys(ALL, "not run")
    assert results(project) == not_run | {("test_true", "000-A01"): "passed"}
    project.runpytest_inprocess("-q", "-k", "left_out")
    both = {("test_true", "000-A01"): "passed", ("test_left_out", "000-A03"): "skipped"}
    assert results(project) == not_run | both


def test_a_run_of_one_file_does_not_know_the_others(project):
    project.runpytest_inprocess("-q", "tests/test_some.py")
    assert results(project) == ALL and not outcomes.read(project.path).complete


def test_collecting_alone_leaves_nothing(project):
    project.runpytest_inprocess("-q", "--collect-only")
    assert results(project) == {}


@pytest.mark.parametrize("changed", ["tests/test_some.py", "tests/helper.py", "book/claims.csv"])
def test_outcomes_on_other_source_do_not_count(project, changed):
    project.runpytest_inprocess("-q", "-k", "true")
    path = project.path / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n# changed\n")
    assert results(project) == {}
    project.runpytest_inprocess("-q", "-k", "against")
    assert results(project)["test_true", "000-A01"] == "not run"


def test_outcomes_on_another_library_do_not_count(project, monkeypatch):
    project.runpytest_inprocess("-q")
    monkeypatch.setattr(outcomes, "source_state", lambda: SimpleNamespace(src_hash="another"))
    assert results(project) == {}


def test_a_run_during_which_the_source_changed_leaves_nothing(project):
    test = project.path / "tests" / "test_some.py"
    test.write_text(SOURCE + f"    open({str(test)!r}, 'a').write('# changed')\n")
    project.runpytest_inprocess("-q")
    assert results(project) == {}


@pytest.mark.parametrize("text", ["", "[]", '{"source": 1}', '{"tests": [{"a": 1}]}'])
def test_a_file_that_is_none_of_these_is_no_outcome(project, text):
    project.mkdir("_build").joinpath("outcomes.json").write_text(text)
    assert outcomes.read(project.path).tests == ()


@pytest.mark.parametrize("mark", ["claim()", "claim('000-A01', refuted=True)"])
def test_a_mark_that_says_nothing_is_refused(project, mark):
    source = f"import pytest\n@pytest.mark.{mark}\ndef test_some(): ...\n"
    (project.path / "tests" / "test_some.py").write_text(source)
    result = project.runpytest_inprocess("-q")
    assert "takes ids of claims" in result.stderr.str()
