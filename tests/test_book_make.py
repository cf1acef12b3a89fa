"""`make` does again what a change requires, and nothing else.

The real Makefile runs in a copy of the smallest possible book, with a stub in the place of Python
that writes down what it was asked for.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from book_files import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")

STUB = """#!/bin/sh
case "$1 $2" in
  "-m pip") echo install >> log ;;
  "book/build.py run") echo "run $3 in $HUELAB_PROFILE" >> log
    mkdir -p "$(dirname "$4")"; cp "$3" "$4" ;;
  "book/build.py site") echo "$*" | sed 's/^book.build.py //' >> log
    mkdir -p "$3"; touch "$3/index.html" ;;
  "-c "*) case "$0" in *too-old*) exit 1 ;; esac ;;
  "-m venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
esac
"""
FILES = ("src/huelab/color.py", "src/huelab/old.py", "book/intro.md", "book/results/a.json")
SITE = "site _build/html _build/notebooks/a.ipynb _build/notebooks/b.ipynb"
BOTH = ["run notebooks/a.py in quick", "run notebooks/b.py in quick", SITE]
INSTALL = ["install", "install"]


class Book:
    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def make(self, *arguments: str, fails: bool = False) -> list[str]:
        """Run make; what the stub was asked for, or the output of a make that failed."""
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        hidden = ("HUELAB_", "MAKE", "SOLUTIONS", "PYTHON", "MFLAGS")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        done = subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert (done.returncode != 0) == fails, done.stdout
        if fails:
            return done.stdout.splitlines()
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def book(tmp_path) -> Book:
    """A book that was just built, in a folder whose name has a space."""
    book = Book(tmp_path / "a b")
    for name in FILES:
        book.write(name, name)
    for name in ("book/build.py", "_config.yml", "_toc.yml", "pyproject.toml"):
        book.write(name, "")
    for name in ("requirements.txt", "requirements.lock", "notebooks/a.py", "notebooks/b.py"):
        book.write(name, "")
    shutil.copy(ROOT / "Makefile", book.folder)
    for name in ("stub", "too-old"):
        book.write(name, STUB)
        (book.folder / name).chmod(0o755)
    assert sorted(book.make("book", "PYTHON=./stub", "-j4")) == sorted(INSTALL + BOTH)
    return book


def test_alone_it_lists_the_commands():
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True)
    for command in ("book", "test", "lab", "notebooks", "lint", "clean", "distclean"):
        assert f"make {command} " in done.stdout


def test_nothing_changed_nothing_done(book):
    assert book.make("book") == []
    (book.folder / "src/huelab/color.py").touch()
    (book.folder / "book/intro.md").touch()
    assert book.make("book") == []


@pytest.mark.parametrize(
    "name", ["src/huelab/color.py", "src/huelab/new.py", "book/results/b.json", "book/claims.csv"]
)
def test_changed_or_new_source_executes_all(book, name):
    book.write(name, "changed")
    assert book.make("book") == BOTH
    assert book.make("book") == []


def test_deleted_source_executes_all(book):
    (book.folder / "src/huelab/old.py").unlink()
    assert book.make("book") == BOTH


def test_other_requirements_are_installed_and_execute_all(book):
    book.write("requirements.lock", "torch==1")
    assert book.make("book") == INSTALL + BOTH
    assert book.make("book") == []


def test_other_profile_executes_all(book):
    done = book.make("book", "HUELAB_PROFILE=reduced")
    assert done == [line.replace("quick", "reduced") for line in BOTH]
    assert book.make("book", "HUELAB_PROFILE=reduced") == []


def test_unknown_profile_is_refused(book):
    told = book.make("book", "HUELAB_PROFILE=fast", fails=True)
    assert "must be quick, reduced or full" in told[0]


def test_changed_chapter_executes_alone(book):
    book.write("notebooks/b.py", "changed")
    assert book.make("book") == ["run notebooks/b.py in quick", SITE]


def test_deleted_chapter_leaves_the_site(book):
    (book.folder / "notebooks/b.py").unlink()
    assert book.make("book") == ["site _build/html _build/notebooks/a.ipynb"]


@pytest.mark.parametrize("name", ["book/intro.md", "book/new.md", "_toc.yml"])
def test_changed_page_executes_nothing(book, name):
    book.write(name, "changed")
    assert book.make("book") == [SITE]


def test_site_without_solutions_stands_beside_the_other(book):
    bare = SITE.replace("_build/html", "_build/html-without-solutions") + " --without-solutions"
    assert book.make("book", "SOLUTIONS=0") == [bare]
    assert book.make("book", "SOLUTIONS=0") == []
    assert book.make("book") == []


def test_outputs_are_stored_beside_the_chapters(book):
    assert book.make("notebooks") == []
    assert (book.folder / "notebooks/a.ipynb").read_bytes() == b""
    refused = book.make("notebooks", "HUELAB_PROFILE=full", fails=True)
    assert "Stored outputs are those of the quick profile." in refused


def test_moved_folder_is_installed_again(book):
    book.folder = book.folder.rename(book.folder.with_name("moved"))
    assert book.make("book") == INSTALL


def test_old_python_is_refused_with_a_hint(book):
    book.make("distclean")
    told = book.make("book", "PYTHON=./too-old", fails=True)
    assert any("Python 3.11 or newer" in line for line in told)
    assert not (book.folder / ".venv").exists()
