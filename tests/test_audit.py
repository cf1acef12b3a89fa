"""The mutation audit sees a wrong network, and sees none where nothing is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from audit import SOURCE, Found, report
from mutations import MUTATIONS, Mutation

HERE = Path(__file__).parent


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.papers} {m.name}")
def test_a_mutation_changes_the_source_into_other_python(mutation):
    before = (SOURCE / mutation.file).read_text(encoding="utf-8")
    after = mutation.apply(before)
    assert after != before
    compile(after, mutation.file, "exec")


def test_there_are_mutations_of_each_paper_that_has_a_network():
    papers = [m.papers for m in MUTATIONS]
    assert len(papers) >= 40 and papers.count("002") >= 15 and papers.count("000 003") >= 15


def test_a_text_that_is_not_there_is_an_error():
    mutation = Mutation("none", "000", "methods/vgg.py", (("nowhere in it", ""),))
    with pytest.raises(ValueError, match=r"vgg\.py has no 'nowhere in it'"):
        mutation.apply("text")


def test_edits_are_made_behind_their_place_once_each():
    mutation = Mutation("one", "000", "x.py", (("a", "b"), ("a", "c")), after="--")
    assert mutation.apply("a -- a a a") == "a -- b c a"


def test_a_wrong_network_turns_claims_and_a_right_one_none():
    """One mutation in processes of their own; without any all claims of the paper hold."""
    code = "import audit; audit.main()"
    words = ["002", "output: sigmoid"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    run = subprocess.run(
        [sys.executable, "-c", code, "--jobs", "1", *words],
        env=environment,
        capture_output=True,
        text=True,
    )
    lines = run.stdout.splitlines()
    assert lines[0].startswith("no mutation: ") and lines[0].endswith(" claims hold"), run.stderr
    assert lines[1].split()[0] == "002" and lines[1].split()[-1].startswith("002-")
    assert "002-A12" in lines[1] and "002-H02" not in lines[1]


ALL = Found(frozenset({"000-A01", "000-A02"}), frozenset())


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (Found(ALL.checked, frozenset({"000-A01"})), 0),
        (Found(ALL.checked, frozenset()), 1),
        (Found(frozenset(), frozenset(), "the tests could not be collected"), 1),
    ],
)
def test_a_mutation_that_turns_nothing_fails_the_audit(found, wrong, capsys):
    mutation = Mutation("some", "000", "x.py", ())
    assert report([(None, ALL), (mutation, found)]) == wrong
    assert ("FAILS" in capsys.readouterr().out) == bool(wrong)


def test_a_claim_that_fails_without_a_mutation_fails_the_audit(capsys):
    assert report([(None, Found(ALL.checked, frozenset({"000-A02"})))]) == 1
    assert "000-A02" in capsys.readouterr().out
