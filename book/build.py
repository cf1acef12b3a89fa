"""Execute chapters and build the site. `make` and the tests call this.

Usage:
    python book/build.py run notebooks/01_name.py _build/notebooks/01_name.ipynb
    python book/build.py site _build/html _build/notebooks/*.ipynb [--without-solutions]
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import jupytext
import nbformat
import yaml
from fragments import fill
from jupytext.combine import combine_inputs_with_outputs
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]
CELL_SECONDS = {"quick": 300}  # other profiles train for as long as they need


class BuildError(Exception):
    """The site was not built; holds all that Jupyter Book printed."""


def run(source: Path, target: Path) -> None:
    """Execute the chapter `source` (py:percent) and write it with its outputs to `target`."""
    notebook = jupytext.read(source)
    stored = source.with_suffix(".ipynb")
    if stored.exists():  # keeps the cells' ids, so that a rerun changes nothing but outputs
        notebook = combine_inputs_with_outputs(notebook, jupytext.read(stored), fmt="py:percent")
    for cell in notebook.cells:  # times would differ in every stored notebook
        cell.metadata.pop("execution", None)
    os.environ.pop("MPLBACKEND", None)  # else figures would not reach the notebook
    start = time.perf_counter()
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_SECONDS.get(os.environ.get("HUELAB_PROFILE", "quick")),
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(source.parent)}},
    ).execute()
    target.parent.mkdir(parents=True, exist_ok=True)
    jupytext.write(notebook, target, fmt="ipynb")
    print(f"{source}: {time.perf_counter() - start:.1f} s")


def stage(folder: Path, notebooks: list[Path], solutions: bool = True) -> None:
    """Lay out in `folder` what the site is built from: pages, and chapters with their outputs.

    Without solutions, cells tagged `solution` are not hidden but gone, from the page and from the
    notebook that the page offers for download.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("*.py", "__*"))
    for page in (folder / "book").glob("*.md"):
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copy(ROOT / "_toc.yml", folder)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["execute_notebooks"] = "off"  # they come executed
    text = yaml.safe_dump(config, sort_keys=False)  # the order of scripts matters
    (folder / "_config.yml").write_text(text, encoding="utf-8")
    (folder / "notebooks").mkdir()
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        answers = [c for c in notebook.cells if "solution" in c.metadata.get("tags", [])]
        if not solutions:
            notebook.cells = [cell for cell in notebook.cells if cell not in answers]
        for cell in answers:  # the line that a folded cell is unfolded by
            words = {"code_prompt_show": "Show the solution", "code_prompt_hide": "Hide it"}
            cell.metadata["mystnb"] = words | cell.metadata.get("mystnb", {})
        nbformat.write(notebook, folder / "notebooks" / path.name)


def site(target: Path, notebooks: list[Path], solutions: bool = True) -> None:
    """Build the site into `target`, from scratch and strictly: a warning is an error."""
    folder = target.with_name(target.name + "-source")
    stage(folder, notebooks, solutions)
    build = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"
    built = subprocess.run(
        [sys.executable, "-c", build, "build", "-q", "-W", "--keep-going", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if built.returncode:
        raise BuildError(re.sub(r"\x1b\[[\d;]*m", "", built.stdout))  # without its colors
    shutil.rmtree(target, ignore_errors=True)
    (folder / "_build" / "html").rename(target)
    shutil.rmtree(folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("run", help="execute one chapter")
    command.add_argument("source", type=Path)
    command.add_argument("target", type=Path)
    command = commands.add_parser("site", help="build the site from executed chapters")
    command.add_argument("target", type=Path)
    command.add_argument("notebooks", type=Path, nargs="*")
    command.add_argument("--without-solutions", action="store_true")
    args = parser.parse_args()
    try:
        if args.command == "run":
            run(args.source, args.target)
        else:
            site(args.target, args.notebooks, solutions=not args.without_solutions)
    except CellExecutionError as error:
        print(f"{args.source} failed:\n{error}", file=sys.stderr)
        return 1
    except BuildError as error:
        print(f"{error}\nThe site was not built; a warning above says why.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
