"""Execute the chapters and build the site; repeat only the work that a change requires.

Usage:
    python book/build.py book [--without-solutions]
    python book/build.py notebooks
    python book/build.py edition [--without-solutions]
    python book/build.py slides
    python book/build.py pdf
    python book/build.py links

`stamps` remembers what each result was built from.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from errors import BuildError
from stamps import BUILT, ROOT, checksum, is_fresh, keep_stamp

# The outputs of the chapters depend on these, on their own text, and on the profile.
INPUTS = (
    *("src/huelab", "book/results", "book/claims.csv", "book/planned.csv", "book/_static/old"),
    "book/execute.py",
    *("requirements.txt", "requirements.lock", "pyproject.toml"),
)
# The site depends on these and on the executed chapters.
PAGES = ("book", "tests", "_config.yml", "_toc.yml")
COMMANDS = ("book", "notebooks", "edition", "slides", "pdf", "links")


# The modules that do the work are imported only when there is work, because they load slowly.


def executed() -> list[Path]:
    """The chapters with their outputs in `_build/notebooks`; executes those that are stale."""
    inputs = checksum(_profile(), *(ROOT / name for name in INPUTS))
    targets = []
    for chapter in sorted((ROOT / "notebooks").glob("*.py")):
        targets.append(BUILT / "notebooks" / f"{chapter.stem}.ipynb")
        stamp = checksum(inputs, chapter)
        if not is_fresh(targets[-1], stamp):
            from execute import run

            run(chapter, targets[-1])
            keep_stamp(targets[-1], stamp)
    return targets


def book(solutions: bool = True) -> Path:
    """Build the site if it is stale, and return its first page."""
    site = BUILT / ("html" if solutions else "html-without-solutions")
    judge_claims()
    notebooks = executed()
    stamp = checksum(_profile(), *(ROOT / name for name in [*INPUTS, *PAGES]), *notebooks)
    if not is_fresh(site, stamp):
        from website import build

        build(site, notebooks, solutions)
        keep_stamp(site, stamp)
    return site / "index.html"


def judge_claims() -> None:
    """Run the tests of claims if they are stale: the page of claims shows their outcomes."""
    outcomes = BUILT / "outcomes.json"
    stamp = checksum(*(ROOT / name for name in [*INPUTS, "tests"]))
    if is_fresh(outcomes, stamp):
        return
    command = [sys.executable, "-m", "pytest", "-q", "-m", "claim", "tests"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    # Status 1: some tests failed, and the page says which claims fail. With status 5 no test was
    # collected, and a ledger without any outcome would look as if its tests only had to run.
    if done.returncode not in (0, 1):
        raise BuildError(f"The tests of claims did not run:\n{done.stdout}")
    keep_stamp(outcomes, stamp)


def notebooks() -> None:
    """Store the outputs of the quick profile next to the chapters' sources."""
    if _profile() != "quick":
        raise BuildError(
            f"HUELAB_PROFILE is {_profile()}, but `make notebooks` stores only outputs of the "
            "quick profile. Leave it out."
        )
    for path in executed():
        stored = ROOT / "notebooks" / path.name
        if not stored.exists() or stored.read_bytes() != path.read_bytes():
            stored.write_bytes(path.read_bytes())


def edition(solutions: bool = True) -> Path:
    """Write the edition for instructors or, without solutions, for students; return its archive."""
    from editions import write

    return write(BUILT / ("instructor" if solutions else "student"), executed(), solutions)


def slides() -> Path:
    """Add slides of each chapter to the site, and return the page that lists them."""
    from slides import write

    return write(book().parent)[0]


def pdf() -> Path:
    """Print the site as one PDF, and return it."""
    from pdf import write

    return write(book().parent, BUILT / "huelab.pdf")


def _profile() -> str:
    return os.environ.get("HUELAB_PROFILE", "quick")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument(
        "--without-solutions", action="store_true", help="leave solutions out of book or edition"
    )
    args = parser.parse_args()
    try:
        if args.command == "book":
            print(f"The book is ready. Open {book(solutions=not args.without_solutions)}")
        elif args.command == "notebooks":
            notebooks()
        elif args.command == "edition":
            print(f"Hand out {edition(solutions=not args.without_solutions)}")
        elif args.command == "pdf":
            print(f"The PDF is ready. Open {pdf()}")
        elif args.command == "slides":
            print(f"The slides are ready. Open {slides()}")
        else:
            from website import check_links

            check_links(BUILT / "links", sorted((ROOT / "notebooks").glob("*.ipynb")))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    BUILT.mkdir(exist_ok=True)
    sys.exit(main())
