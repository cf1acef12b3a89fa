"""What the tests of the book share: where its parts are and how to read them."""

import ast
import re
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted((ROOT / "book").glob("*.md"))


def stem(path: Path) -> str:
    """The short name of a chapter or page in a test's name."""
    return path.stem


def read(path: Path) -> nbformat.NotebookNode:
    """A stored notebook."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells with code, without empty ones."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def is_solution(cell: nbformat.NotebookNode) -> bool:
    return "solution" in cell.metadata.get("tags", [])


def exercises(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells of the section of exercises; where others share a cell with it, without theirs."""
    inside, found = False, []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            found += [cell] if inside else []
            continue
        # A section ends with the next heading of its own level or a higher one.
        for part in re.split(r"^(?=##? )", cell.source, flags=re.MULTILINE):
            inside = part.startswith("## Exercises") or (inside and not part.startswith("#"))
            if inside and part.strip():
                found.append(nbformat.from_dict({**cell, "source": part.strip()}))
    return found


def parse(cell: nbformat.NotebookNode) -> ast.Module:
    """A code cell's syntax tree; lines for the shell and IPython's magics are left out."""
    lines = cell.source.splitlines()
    magic = ("!", "%")
    kept = ("pass" if line.lstrip().startswith(magic) else line for line in lines)
    return ast.parse("\n".join(kept))


def toc() -> list[str]:
    """All files that `_toc.yml` lists, without their suffixes, in order."""

    def files(node: object) -> list[str]:
        if isinstance(node, list):
            return [name for item in node for name in files(item)]
        if isinstance(node, dict):
            own = [node[key] for key in ("root", "file") if key in node]
            return own + [name for value in node.values() for name in files(value)]
        return []

    return files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))


def citations(text: str) -> set[str]:
    """The keys of all `{cite}` roles in a Markdown text, in any variant of the role."""
    roles = re.findall(r"\{cite(?::\w+)?\}`([^`]*)`", text)
    return {key.strip() for keys in roles for key in keys.split(",")}
