"""Build the site from executed chapters, strictly, and check its links to other hosts."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import in_page
import nbformat
import yaml
from errors import BuildError
from fragments import fill
from launch import address, with_buttons
from quizzes import add as add_quizzes

ROOT = Path(__file__).resolve().parents[1]
# Extensions of Sphinx that _config.yml names.
EXTENSIONS = ("numbering", "figures", "repairs")
WIDGET = "application/vnd.jupyter.widget-view+json"


def build(target: Path, notebooks: list[Path], solutions: bool = True) -> None:
    """Build the site into the folder `target`, from scratch; a warning is an error.

    Raises:
        BuildError: with the output of Jupyter Book.
    """
    folder = target.with_name(target.name + "-source")
    stage(folder, notebooks, solutions)
    printed = _jupyter_book(folder, "-W", "--keep-going")
    made = folder / "_build" / "html"
    if printed is not None:
        raise BuildError(f"{printed}\nThe site was not built. A warning above says why.")
    add_quizzes(made)
    shutil.copytree(in_page.scripts(), made / "_static" / "in_page")
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)
    shutil.rmtree(folder)


def stage(folder: Path, notebooks: list[Path], solutions: bool = True) -> None:
    """Write the sources of the site into `folder`: pages, and chapters with their outputs.

    If `solutions` is false, cells tagged `solution` are not hidden but removed, from the page and
    from the notebook that the page offers for download.
    """
    shutil.rmtree(folder, ignore_errors=True)
    # The runtime of the page that colors is inside its scripts, see in_page.py.
    unused = shutil.ignore_patterns("*.py", "__*", "*.wasm", "*.mjs")
    shutil.copytree(ROOT / "book", folder / "book", ignore=unused)
    for name in EXTENSIONS:
        shutil.copy(ROOT / "book" / f"{name}.py", folder / "book")
    for page in (folder / "book").glob("*.md"):
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copy(ROOT / "_toc.yml", folder)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["execute_notebooks"] = "off"  # they are already executed
    config = with_buttons(config, address())
    text = yaml.safe_dump(config, sort_keys=False)  # the order of scripts matters
    (folder / "_config.yml").write_text(text, encoding="utf-8")
    (folder / "notebooks").mkdir()
    for path in notebooks:
        notebook = with_answers(nbformat.read(path, as_version=4), solutions)
        nbformat.write(without_kernel(notebook), folder / "notebooks" / path.name)


def with_answers(notebook: nbformat.NotebookNode, solutions: bool) -> nbformat.NotebookNode:
    """The notebook with words on the line that unfolds a solution, or without solutions."""
    answers = [cell for cell in notebook.cells if "solution" in cell.metadata.get("tags", [])]
    if not solutions:
        notebook.cells = [cell for cell in notebook.cells if cell not in answers]
    words = {"code_prompt_show": "Show the solution", "code_prompt_hide": "Hide it"}
    for cell in answers:
        cell.metadata["mystnb"] = words | cell.metadata.get("mystnb", {})
    return notebook


def without_kernel(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with still pictures instead of widgets, where widgets have them.

    A page has no kernel, and without a kernel the buttons of a widget do nothing.
    """
    shown = [
        output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])
    ]
    for formats in shown:
        if "text/html" in formats:
            formats.pop(WIDGET, None)
    if not any(WIDGET in formats for formats in shown):
        notebook.metadata.pop("widgets", None)
    return notebook


def check_links(folder: Path, notebooks: list[Path]) -> None:
    """Check every link of the site to another host.

    Raises:
        BuildError: if links are broken, with their addresses; or if no host could be reached.
    """
    stage(folder, notebooks)
    printed = _jupyter_book(folder, "--builder", "custom", "--custom-builder", "linkcheck")
    report = folder / "_build" / "linkcheck" / "output.json"
    if not report.exists():
        raise BuildError(f"{printed}\nThe links were not checked.")
    rows = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    shutil.rmtree(folder)
    rows = [row for row in rows if row["uri"].startswith("http")]
    broken = [row for row in rows if row["status"] in ("broken", "timeout")]
    if rows and len(broken) == len(rows):
        raise BuildError(f"None of {len(rows)} links could be checked: this machine seems offline.")
    if broken:
        lines = [f"{row['filename']}: {row['uri']}\n  {row['info']}" for row in broken]
        raise BuildError("\n".join([*lines, f"{len(broken)} of {len(rows)} links are broken."]))
    print(f"All {len(rows)} links to other hosts work.")


def _jupyter_book(folder: Path, *options: str) -> str | None:
    """Run Jupyter Book on a folder; if it fails, return its output without color codes."""
    program = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "build", "-q", *options, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return re.sub(r"\x1b\[[\d;]*m", "", done.stdout) if done.returncode else None
