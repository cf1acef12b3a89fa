"""`make` does again what a change requires, and nothing else.

The real Makefile and the real book/build.py run in a copy of the smallest possible book. What
takes long is replaced by stubs that write down what they were asked for: the installation, the
execution of a chapter, the tests of claims and the building of the site.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from book_files import ROOT
from jupyter_client.kernelspec import KernelSpecManager

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")

PYTHON = f"""#!/bin/sh
case "$1 $2" in
  "-m pip") echo install >> log ;;
  "book/build.py "*) exec "{sys.executable}" "$@" ;;
  "-c "*) case "$0" in *too-old*) exit 1 ;; esac ;;
  "-m jupyterlab") echo "lab $JUPYTER_PREFER_ENV_PATH $JUPYTER_PATH $*" >> log ;;
  "-m venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
esac
"""
LOG = """
def log(*words):
    with open("log", "a") as file:
        print(*words, file=file)
"""
STUBS = {
    "pytest.py": LOG
    + """
import sys
from pathlib import Path
log("claims", *sys.argv[1:])
Path("_build/outcomes.json").touch()
sys.exit(int(Path("claims-exit").read_text()) if Path("claims-exit").exists() else 0)
""",
    "book/execute.py": LOG
    + """
import os
from errors import BuildError

def run(source, target):
    log("run", source.name, "in", os.environ["HUELAB_PROFILE"])
    if source.read_text() == "fails":
        raise BuildError("a cell failed")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())
""",
    "book/website.py": LOG
    + """
def build(target, notebooks, solutions):
    log("site", target.name, *(path.name for path in notebooks), "solutions" * solutions)
    target.mkdir(exist_ok=True)
""",
}
FILES = ("src/huelab/color.py", "src/huelab/old.py", "book/intro.md", "book/results/a.json")
EMPTY = (
    *("_config.yml", "_toc.yml", "pyproject.toml", "requirements.txt", "requirements.lock"),
    *("notebooks/a.py", "notebooks/b.py", "tests/test_a.py"),
)
SITE = "site html a.ipynb b.ipynb solutions"
CLAIMS = "claims -q -m claim tests"
CHAPTERS = ["run a.py in quick", "run b.py in quick"]
ALL = [CLAIMS, *CHAPTERS, SITE]
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
    for name in EMPTY:
        book.write(name, "")
    for name, text in STUBS.items():
        book.write(name, text)
    for name in ("Makefile", "book/build.py", "book/stamps.py", "book/errors.py"):
        shutil.copy(ROOT / name, book.folder / name)
    for name in ("stub", "too-old"):
        book.write(name, PYTHON)
        (book.folder / name).chmod(0o755)
    assert book.make("book", "PYTHON=./stub", "-j4") == INSTALL + ALL
    return book


def test_alone_it_lists_the_commands():
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True)
    for command in ("book", "test", "lab", "notebooks", "lint", "links", "clean", "distclean"):
        assert f"make {command} " in done.stdout


def test_readme_lists_the_commands_in_the_order_of_make():
    listed = re.findall(r"(?m)^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"))
    shown = re.findall(r"(?m)^\| `make (\w+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown == [command for command in listed if command != "help"]


def test_nothing_changed_nothing_done(book):
    assert book.make("book") == []
    (book.folder / "src/huelab/color.py").touch()
    (book.folder / "book/intro.md").touch()
    (book.folder / "notebooks/a.py").touch()
    assert book.make("book") == []


@pytest.mark.parametrize(
    "name", ["src/huelab/color.py", "src/huelab/new.py", "book/results/b.json", "book/claims.csv"]
)
def test_changed_or_new_source_executes_all(book, name):
    book.write(name, "changed")
    assert book.make("book") == ALL
    assert book.make("book") == []


def test_deleted_source_executes_all(book):
    (book.folder / "src/huelab/old.py").unlink()
    assert book.make("book") == ALL


def test_renamed_source_executes_all(book):
    folder = book.folder / "src/huelab"
    (folder / "old.py").rename(folder / "moved.py")
    assert book.make("book") == ALL


def test_other_requirements_are_installed_and_execute_all(book):
    book.write("requirements.lock", "torch==1")
    assert book.make("book") == INSTALL + ALL
    assert book.make("book") == []


def test_other_profile_executes_all_chapters(book):
    done = book.make("book", "HUELAB_PROFILE=reduced")
    assert done == [line.replace("quick", "reduced") for line in [*CHAPTERS, SITE]]
    assert book.make("book", "HUELAB_PROFILE=reduced") == []


def test_unknown_profile_is_refused(book):
    told = book.make("book", "HUELAB_PROFILE=fast", fails=True)
    assert "must be quick, reduced or full" in told[0]


def test_changed_chapter_executes_alone(book):
    book.write("notebooks/b.py", "changed")
    assert book.make("book") == ["run b.py in quick", SITE]


def test_chapter_that_failed_is_executed_again(book):
    book.write("notebooks/b.py", "fails")
    assert "a cell failed" in book.make("book", fails=True)
    assert "a cell failed" in book.make("book", fails=True)
    book.write("notebooks/b.py", "mended")
    assert book.make("book") == ["run b.py in quick", SITE]


def test_deleted_chapter_leaves_the_site(book):
    (book.folder / "notebooks/b.py").unlink()
    assert book.make("book") == ["site html a.ipynb solutions"]


@pytest.mark.parametrize("name", ["book/intro.md", "book/new.md", "_toc.yml"])
def test_changed_page_executes_nothing(book, name):
    book.write(name, "changed")
    assert book.make("book") == [SITE]


def test_changed_tests_judge_the_claims_again(book):
    book.write("tests/test_a.py", "changed")
    assert book.make("book") == [CLAIMS, SITE]


def test_claim_that_fails_is_shown_and_stops_nothing(book):
    book.write("claims-exit", "1")
    book.write("src/huelab/color.py", "changed")
    assert book.make("book") == ALL


@pytest.mark.parametrize("status", ["2", "5"])  # interrupted; no tests collected
def test_tests_of_claims_that_do_not_run_stop_the_book(book, status):
    book.write("claims-exit", status)
    book.write("src/huelab/color.py", "changed")
    assert "The tests of claims did not run:" in book.make("book", fails=True)


def test_lost_outputs_are_made_again(book):
    (book.folder / "_build/notebooks/a.ipynb").unlink()
    (book.folder / "_build/html").rmdir()
    assert book.make("book") == ["run a.py in quick", SITE]
    shutil.rmtree(book.folder / "_build")
    assert book.make("book") == ALL


def test_site_without_solutions_keeps_the_other(book):
    bare = "site html-without-solutions a.ipynb b.ipynb "
    assert book.make("book", "SOLUTIONS=0") == [bare]
    assert book.make("book", "SOLUTIONS=0") == []
    assert book.make("book") == []


def test_outputs_are_stored_with_the_chapters(book):
    book.write("notebooks/b.py", "changed")
    assert book.make("notebooks") == ["run b.py in quick"]
    assert (book.folder / "notebooks/a.ipynb").read_bytes() == b""
    assert (book.folder / "notebooks/b.ipynb").read_bytes() == b"changed"
    assert book.make("notebooks") == []
    refused = book.make("notebooks", "HUELAB_PROFILE=full", fails=True)
    assert refused[0].startswith("HUELAB_PROFILE is full, but `make notebooks` stores only outputs")


def test_lab_opens_the_first_chapter_with_the_kernel_of_the_book(book, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "elsewhere")
    (line,) = book.make("lab", "LAB=--no-browser")
    assert line.startswith("lab 1  -m jupyterlab ")
    first = "notebooks/00_first_color.ipynb"
    assert line.endswith(f" --LabApp.default_url=/lab/tree/{first} --no-browser")
    assert (ROOT / first).is_file()


def test_kernel_of_the_book_goes_before_one_of_the_user(tmp_path, monkeypatch):
    own = tmp_path / "kernels" / "python3"
    own.mkdir(parents=True)
    spec = {"argv": ["/no/python", "-f", "{connection_file}"], "display_name": "mine"}
    (own / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    assert KernelSpecManager().get_kernel_spec("python3").display_name == "mine"
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    assert KernelSpecManager().get_kernel_spec("python3").display_name != "mine"


def test_moved_folder_is_installed_again(book):
    book.folder = book.folder.rename(book.folder.with_name("moved"))
    assert book.make("book") == INSTALL


def test_old_python_is_refused_with_a_hint(book):
    book.make("distclean")
    told = book.make("book", "PYTHON=./too-old", fails=True)
    assert any("Python 3.11 or newer" in line for line in told)
    assert not (book.folder / ".venv").exists()
