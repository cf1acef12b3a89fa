"""The mutation audit: does every wrong network, loss, schedule and data path turn a claim?

    python tests/audit.py [--jobs N] [WORDS]

For each mutation of tests/mutations.py (or those with all of WORDS in paper or name) the marked
tests of its papers run on the changed source, in a process of their own. The audit fails if a
mutation turns no claim, if it breaks the tests before one of them can run, or if a claim fails
without any mutation. At the end stand the claims that no mutation turned.
"""

import argparse
import gc
import importlib.abc
import importlib.util
import multiprocessing
import os
import re
import sys
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

import pytest
from claim_outcomes import claims_of
from mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "huelab"


@dataclass(frozen=True)
class Found:
    """What the claims of some papers came to: `failed` of all those `checked`; or an `error`."""

    checked: frozenset[str]
    failed: frozenset[str]
    error: str = ""


class Changed(SourceFileLoader):
    """Loads a module from its changed source, and from no compiled file."""

    mutation: Mutation

    def get_code(self, fullname):
        source = Path(self.path).read_text(encoding="utf-8")
        return compile(self.mutation.apply(source), self.path, "exec")


class Finder(importlib.abc.MetaPathFinder):
    """Finds the one module that a mutation changes."""

    def __init__(self, mutation: Mutation):
        self.mutation, self.path = mutation, SOURCE / mutation.file
        parts = ("huelab", *Path(mutation.file).with_suffix("").parts)
        self.name = ".".join(part for part in parts if part != "__init__")

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        loader = Changed(fullname, str(self.path))
        loader.mutation = self.mutation
        return importlib.util.spec_from_file_location(fullname, self.path, loader=loader)


class Watch:
    """A plugin of pytest: keeps the marked tests of some papers and what their claims came to."""

    def __init__(self, papers: Sequence[str]):
        self.papers = papers
        self.claims: dict[str, list[str]] = {}
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]):
        for item in items:
            found = [claim for claim in claims_of(item) if claim[:3] in self.papers]
            if found:
                self.claims[item.nodeid] = found
        items[:] = [item for item in items if item.nodeid in self.claims]

    def pytest_runtest_logreport(self, report: pytest.TestReport):
        if report.failed:
            self.failed.update(self.claims[report.nodeid])


#: The server of these tests is a process of its own, which would not see the mutation.
UNSEEN = {Path(__file__).parent / "test_page.py"}


def files_of(papers: Sequence[str]) -> list[str]:
    """The files with tests that are marked with claims of the papers."""
    ids = "|".join(papers)
    marked = re.compile(rf'^(@pytest\.mark\.claim| +claim)\([^)]*"({ids})-', re.MULTILINE)
    files = sorted(set(Path(__file__).parent.glob("test_*.py")) - UNSEEN)
    return [str(file) for file in files if marked.search(file.read_text(encoding="utf-8"))]


def judge(task: tuple[Mutation | None, str]) -> Found:
    """Run the papers' marked tests on the source with one mutation, or with none.

    Called in a process of its own, which has imported nothing of huelab.
    """
    mutation, papers = task
    watch = Watch(papers.split())
    if mutation:
        try:
            mutation.apply((SOURCE / mutation.file).read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            return Found(frozenset(), frozenset(), str(error))
        sys.meta_path.insert(0, Finder(mutation))
    # The ledger's own plugin would keep these outcomes as those of the source in the checkout.
    without = ("claim_outcomes", "cacheprovider", "nbval", "unraisableexception")
    plugins = [option for name in without for option in ("-p", f"no:{name}")]
    options = ["-q", "--tb=no", "--assert=plain", f"--rootdir={ROOT}", *plugins]
    silence()
    warnings.simplefilter("ignore")
    code = pytest.main([*options, *files_of(watch.papers)], plugins=[watch])
    error = "" if code in (0, 1) else f"the tests could not be collected (pytest: {code})"
    checked = frozenset(claim for claims in watch.claims.values() for claim in claims)
    return Found(checked, frozenset(watch.failed), error)


def silence() -> None:
    """What this process writes from now on is lost, whether Python or a library writes it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def import_what_takes_long() -> None:
    """Import huelab for the libraries it needs, and forget huelab: each process imports its own."""

    import huelab.features
    import huelab.ledger
    import huelab.metrics
    import huelab.training  # noqa: F401

    for name in [name for name in sys.modules if name.partition(".")[0] == "huelab"]:
        del sys.modules[name]
    gc.freeze()


def audit(mutations: Sequence[Mutation], jobs: int) -> Iterator[tuple[Mutation | None, Found]]:
    """First the papers' claims without a mutation, then each mutation, in order."""
    papers = " ".join(sorted({paper for m in mutations for paper in m.papers.split()}))
    tasks = [(None, papers), *((mutation, mutation.papers) for mutation in mutations)]
    os.environ["OMP_NUM_THREADS"] = "1"
    # The same on every machine, whatever pictures it has.
    os.environ["HUELAB_DATA"] = os.path.join(os.devnull, "none")
    import_what_takes_long()
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        yield from zip((task[0] for task in tasks), pool.imap(judge, tasks), strict=True)
    gc.unfreeze()


def report(found: Iterable[tuple[Mutation | None, Found]]) -> int:
    """Print what each mutation turned, and return how many things are wrong."""
    wrong, count, turned, checked = 0, 0, set(), frozenset()
    for mutation, result in found:
        if mutation is None:
            checked = result.checked
            what = " ".join(sorted(result.failed)) or result.error
            wrong += bool(what)
            print(f"no mutation: {len(checked)} claims hold" if not what else f"FAILS: {what}")
            continue
        count += 1
        what = " ".join(sorted(result.failed))
        if result.error or not what:
            wrong += 1
            what = f"FAILS: {result.error or 'no claim turned'}"
        turned |= result.failed
        print(f"{mutation.papers:<8} {mutation.name:<52} {what}", flush=True)
    print(f"\n{count} mutations turned {len(turned)} of {len(checked)} claims. The others:")
    print(textwrap.fill(" ".join(sorted(checked - turned)), 100))
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Does every wrong network turn a claim?")
    parser.add_argument("words", nargs="*", help="only those with these words in paper or name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    options = parser.parse_args()
    chosen = [m for m in MUTATIONS if all(w in f"{m.papers} {m.name}" for w in options.words)]
    if not chosen:
        parser.error("no mutation has these words")
    return 1 if report(audit(chosen, options.jobs)) else 0


if __name__ == "__main__":
    sys.exit(main())
