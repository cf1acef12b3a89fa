"""The outcomes of the tests of claims in their last run on this source.

A test says which claims it checks: `@pytest.mark.claim("000-D03")`. It gives several ids if it
checks several claims, and `refutes=True` if it passes by showing that the claim is false. A run of
such tests writes `_build/outcomes.json` (see tests/claim_outcomes.py), and this module keeps that
file. The file belongs to the source on which it was made. For any other source, no test has run.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from huelab.records.provenance import source_state
from huelab.storage import locked, write_whole

#: The possible results of one test.
RESULTS = ("passed", "failed", "skipped", "not run")


@dataclass(frozen=True)
class Outcome:
    """One test and one claim that it checks.

    Attributes:
        test: pytest's node id, such as `tests/test_claims.py::test_pooling[3]`.
        claim: the claim's id.
        refutes: whether the test passes by showing that the claim is false.
        result: one of `RESULTS`; `not run` if pytest collected the test and did not run it.

    Example:
        >>> Outcome("tests/test_a.py::test_b", "000-D03", refutes=False, result="passed").result
        'passed'
    """

    test: str
    claim: str
    refutes: bool
    result: str


@dataclass(frozen=True)
class Outcomes:
    """All outcomes on one source.

    Attributes:
        source: `source_hash` of the source that the tests ran on.
        complete: whether pytest collected the whole folder of tests on this source. If so, a test
            that is not listed does not exist.
        tests: each pair of a test and a claim once.

    Example:
        >>> passed = Outcome("tests/test_a.py::test_b", "000-D03", refutes=False, result="passed")
        >>> outcomes = Outcomes("the source's hash", tests=(passed,))
        >>> outcomes.of("000-D03") == [passed], outcomes.of("000-D04")
        (True, [])
    """

    source: str
    complete: bool = False
    tests: tuple[Outcome, ...] = ()

    def of(self, claim: str) -> list[Outcome]:
        """The outcomes of the tests that check a claim, by its id."""
        return [outcome for outcome in self.tests if outcome.claim == claim]


def source_hash(root: Path) -> str:
    """SHA-256 of everything that decides outcomes: the source, the tests, and the list of claims.

    The `src_hash` of records covers src/, pyproject.toml and the requirements of the checkout in
    use. This hash adds the names and bytes of every Python file of tests/ and of book/claims.csv.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:  # without tests
        ...     a = source_hash(Path(folder))
        ...     Path(folder, "tests").mkdir()
        ...     Path(folder, "tests", "test_a.py").touch()
        ...     source_hash(Path(folder)) == a
        False
    """
    found = hashlib.sha256(source_state().src_hash.encode())
    for file in [*sorted((root / "tests").rglob("*.py")), root / "book" / "claims.csv"]:
        content = file.read_bytes() if file.is_file() else b""
        found.update(file.relative_to(root).as_posix().encode() + b"\0")
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()


def read(root: Path) -> Outcomes:
    """The outcomes on the source as it is now; none if the tests last ran on another source.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     read(Path(folder)).tests
        ()
    """
    source = source_hash(root)
    try:
        found = json.loads(_file(root).read_text(encoding="utf-8"))
        tests = tuple(Outcome(**outcome) for outcome in found["tests"])
        stored = Outcomes(found["source"], found["complete"], tests)
    except (OSError, ValueError, KeyError, TypeError):
        return Outcomes(source)
    return stored if stored.source == source else Outcomes(source)


def add(root: Path, new: Outcomes) -> None:
    """Keep the outcomes of a run, together with those of earlier runs on the same source.

    If the source has changed since `new.source` was computed, nothing is kept, because nobody knows
    which source the tests saw.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> passed = Outcome("tests/test_a.py::test_b", "000-D03", refutes=False, result="passed")
        >>> with TemporaryDirectory() as folder:
        ...     add(Path(folder), Outcomes(source_hash(Path(folder)), tests=(passed,)))
        ...     read(Path(folder)).of("000-D03") == [passed]
        True
    """
    with locked(_file(root).with_suffix(".lock")):
        old = read(root)
        if old.source != new.source:
            return
        complete = old.complete or new.complete
        both = replace(new, complete=complete, tests=_merged(old.tests, new.tests))
        text = json.dumps(asdict(both), indent=1) + "\n"
        write_whole(_file(root), lambda file: file.write(text.encode()))


def _merged(old: Iterable[Outcome], new: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The newer outcome of each test; a test that was only collected keeps its older outcome."""
    found = {(outcome.test, outcome.claim): outcome for outcome in old}
    for outcome in new:
        key = (outcome.test, outcome.claim)
        if outcome.result != "not run" or key not in found:
            found[key] = outcome
    return tuple(found[key] for key in sorted(found))


def _file(root: Path) -> Path:
    return root / "_build" / "outcomes.json"
