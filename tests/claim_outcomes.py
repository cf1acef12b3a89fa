"""A plugin of pytest: the outcomes of tests that are marked with claims go to the ledger.

It writes what `huelab.ledger.outcomes` reads. With pytest-xdist the workers collect and the
process that started them writes.
"""

from pathlib import Path

import pytest

_RANK = {"not run": 0, "passed": 1, "skipped": 2, "failed": 3}


class ClaimOutcomes:
    """Gathers, for one session, the marked tests and what they came to."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.claims: dict[str, dict[str, bool]] = {}  # node id -> claim -> whether it refutes
        self.results: dict[str, str] = {}
        self.complete = False
        self.source = ""

    @pytest.hookimpl(tryfirst=True)  # before -m and -k take tests away
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]):
        self.claims = {item.nodeid: found for item in items if (found := claims_of(item))}
        self.complete = self._whole() and not session.testsfailed
        collecting = self.config.option.collectonly or hasattr(self.config, "workeroutput")
        if self.claims and not collecting:
            self._begin()

    def pytest_runtest_logreport(self, report: pytest.TestReport):
        before = self.results.get(report.nodeid, "not run")
        if _RANK[report.outcome] > _RANK[before]:
            self.results[report.nodeid] = report.outcome

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self):
        self._begin()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """Take over what a worker of pytest-xdist collected."""
        if found := getattr(node, "workeroutput", {}).get("claims"):
            self.claims, self.complete = found

    def pytest_sessionfinish(self):
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["claims"] = (self.claims, self.complete)
        elif self.source and self.claims:
            self._write()

    def _whole(self) -> bool:
        """Whether this session was asked for the whole folder of tests."""
        config, options = self.config, self.config.option
        asked = {Path(config.invocation_params.dir, name).resolve() for name in config.args}
        fewer = options.ignore or options.ignore_glob or getattr(options, "lf", False)
        return bool(asked & {config.rootpath, config.rootpath / "tests"}) and not fewer

    def _begin(self) -> None:
        from huelab.ledger.outcomes import source_hash

        self.source = source_hash(self.config.rootpath)

    def _write(self) -> None:
        from huelab.ledger.outcomes import Outcome, Outcomes, add

        tests = tuple(
            Outcome(test, claim, refutes, self.results.get(test, "not run"))
            for test, claims in self.claims.items()
            for claim, refutes in claims.items()
        )
        add(self.config.rootpath, Outcomes(self.source, self.complete, tests))


def claims_of(item: pytest.Item) -> dict[str, bool]:
    """The ids of the claims that a test is marked with, and whether it refutes each.

    Raises:
        pytest.UsageError: for a mark without ids or with another option.
    """
    found = {}
    for mark in item.iter_markers("claim"):
        if not mark.args or set(mark.kwargs) - {"refutes"}:
            raise pytest.UsageError(f"{item.nodeid}: claim() takes ids of claims, and refutes=True")
        found |= dict.fromkeys(mark.args, bool(mark.kwargs.get("refutes", False)))
    return found
