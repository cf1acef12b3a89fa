"""Every chapter keeps the book's rules: short cells, stored outputs, figures that can be read."""

import ast
import itertools
import json
import re
import statistics

import nbformat
import pytest
from book_files import NOTEBOOKS, ROOT, code_cells, exercises, is_solution, parse, read, stem
from bs4 import BeautifulSoup
from exercises import QUESTION  # book/exercises.py

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=stem)

# A path on the machine where the notebook ran, or an address in its memory.
MACHINE = re.compile(
    r"(?<![\w./:])/(?:home|Users|root|tmp|var|mnt|opt|usr|private|work)/\w"
    r"|[A-Za-z]:\\Users|site-packages|\bat 0x[0-9a-f]{6}"
)


def outputs(cell):
    """`(mime type, content)` of all a cell shows; a stream's type is its name."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.name, output.text
        elif output.output_type == "error":
            yield "error", output.evalue
        else:
            yield from output.data.items()


def test_parsing_leaves_out_magics_and_keeps_blank_lines():
    cell = nbformat.v4.new_code_cell("def f():\n    x = 1\n\n    return x\n\n%matplotlib\n!ls")
    assert ast.unparse(parse(cell)) == "def f():\n    x = 1\n    return x\npass\npass"


@every_notebook
def test_is_read_in_a_sitting_or_two(path):
    """What goes deeper belongs into a chapter of its own, `NN_name_deeper`, that may be skipped."""
    cells = read(path).cells
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    assert words <= 3000 and len(cells) <= 70, (words, len(cells))


@every_notebook
def test_private_names_in_the_text_are_in_the_code(path):
    """A chapter that explains a function of the library must follow when the function changes."""
    cells = read(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = [cell.source for cell in code_cells(read(path))]
    code += [file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py")]
    names = set(re.findall(r"`(_[a-zA-Z]\w*)`", text))
    assert {name for name in names if not re.search(rf"\b{name}\b", "\n".join(code))} == set()


@every_notebook
def test_cells_are_short(path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(read(path))]
    assert max(lengths) <= 30
    assert statistics.median(lengths) <= 8


@every_notebook
def test_what_is_made_to_be_shown_is_shown(path):
    """Jupyter shows the value of the last line alone, so a table above it would be lost."""
    lost = [
        ast.unparse(line)
        for cell in code_cells(read(path))
        for line in parse(cell).body[:-1]
        if isinstance(line, ast.Expr)
        and re.match(r"show\.(?!needs\b|stamp\b)\w+\(", ast.unparse(line))
    ]
    assert lost == []


@every_notebook
def test_lines_fit_the_page(path):
    lines = [line for cell in code_cells(read(path)) for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > 85] == []


@every_notebook
def test_imports_name_what_they_bring(path):
    nodes = [node for cell in code_cells(read(path)) for node in ast.walk(parse(cell))]
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    assert [node.module for node in imports if node.names[0].name == "*"] == []


@every_notebook
def test_nothing_is_installed(path):
    code = "\n".join(cell.source for cell in code_cells(read(path)))
    assert not re.search(r"\b(pip|conda|mamba|uv|apt|apt-get)\b.*\binstall\b", code)


@every_notebook
def test_starts_with_its_title_and_what_one_learns(path):
    text = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    assert text[0].startswith("# ")
    assert "What you will learn" in "\n".join(text[:3])


@every_notebook
def test_ran_from_top_to_bottom(path):
    notebook = read(path)
    assert notebook.metadata.kernelspec.name == "python3"
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run: make notebooks"


@every_notebook
def test_outputs_are_stored(path):
    """What ends in a bare value or prints shows something; nbval compares nothing otherwise."""
    silent = []
    for cell in code_cells(read(path)):
        body = parse(cell).body
        last = body[-1] if body else None
        shows = isinstance(last, ast.Expr) and not isinstance(last.value, ast.Call | ast.Constant)
        prints = any(
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and getattr(node.value.func, "id", "") == "print"
            for node in body
        )
        if (prints or (shows and not cell.source.rstrip().endswith(";"))) and not cell.outputs:
            silent.append(cell.source)
    assert silent == []


@every_notebook
def test_outputs_hold_no_error_and_no_warning(path):
    shown = [content for cell in code_cells(read(path)) for content in outputs(cell)]
    assert [text for kind, text in shown if kind in ("error", "stderr")] == []


@every_notebook
def test_outputs_name_no_machine(path):
    shown = [content for cell in code_cells(read(path)) for content in outputs(cell)]
    texts = [text for kind, text in shown if kind.startswith(("text/", "std"))]
    assert [text[:300] for text in texts if MACHINE.search(text) or str(ROOT) in text] == []


@every_notebook
def test_figures_can_be_read_aloud(path):
    """Alt text: in the cell's metadata for images, in the elements themselves for HTML."""
    mute = []
    for cell in code_cells(read(path)):
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for output in cell.outputs:
            shown = output.get("data", {})
            # A page shows the HTML where there is some; the image is then for other places.
            page = BeautifulSoup(shown.get("text/html", ""), "html.parser")
            images = [tag.get("alt", "") for tag in page.find_all("img")]
            images += [tag.get("aria-label", "") for tag in page.find_all("svg")]
            if "text/html" not in shown and any(kind.startswith("image/") for kind in shown):
                images = [alt]
            mute += [cell.source for text in images if len(text) < 15]
    assert mute == [], 'add mystnb={"image": {"alt": "..."}} to the cell'


@every_notebook
def test_widgets_need_nothing_from_elsewhere(path):
    """Stored with their state, from the modules the site carries, and in no solution.

    A site without solutions would still carry the state of a widget in one.
    """
    notebook = read(path)
    kind = "application/vnd.jupyter.widget-view+json"
    views = [
        (content["model_id"], is_solution(cell))
        for cell in code_cells(notebook)
        for mime, content in outputs(cell)
        if mime == kind
    ]
    stored = notebook.metadata.get("widgets", {}).get(
        "application/vnd.jupyter.widget-state+json", {"state": {}}
    )["state"]
    assert all(model in stored and not solution for model, solution in views)
    known = {f"@jupyter-widgets/{name}" for name in ("base", "controls", "output")}
    assert {model["model_module"] for model in stored.values()} <= known


@every_notebook
def test_solutions_are_folded(path):
    for cell in filter(is_solution, read(path).cells):
        if cell.cell_type == "code":
            assert "hide-cell" in cell.metadata.tags, cell.source
            hidden = cell.metadata.get("jupyter", {})  # in JupyterLab, by book/execute.py
            assert hidden.get("source_hidden") and hidden.get("outputs_hidden"), cell.source
        else:
            assert "{dropdown}" in cell.source or ":class: dropdown" in cell.source, cell.source


def leaks(cells):
    """What stands among exercises and is no question, no solution and not the section's head."""
    return [
        cell.source
        for cell in cells
        if not is_solution(cell)
        and not (
            cell.cell_type == "markdown" and re.match(r"## Exercises|\*\*Exercise ", cell.source)
        )
    ]


def unanswered(cells):
    """Numbers of the exercises that no solution follows directly."""
    last = [QUESTION.findall(cell.source) for cell in cells if cell.cell_type == "markdown"]
    numbers = [number for found in last for number in found]
    answered = [
        QUESTION.findall(cell.source)[-1]
        for cell, following in itertools.pairwise(cells)
        if QUESTION.search(cell.source) and is_solution(following)
    ]
    return [number for number in numbers if number not in answered]


def test_a_leak_is_found():
    question = nbformat.v4.new_markdown_cell(
        "## Exercises\n\n**Exercise 1.** Why?\n\n**Exercise 2.** And?"
    )
    answer = nbformat.v4.new_code_cell("print(4)", metadata={"tags": ["solution", "hide-cell"]})
    words = nbformat.v4.new_markdown_cell("It is 4.\n\n**Exercise 3.** Why 4?\n\n## Next\n\nMore.")
    notebook = nbformat.v4.new_notebook(cells=[question, answer, words])
    found = exercises(notebook)
    assert leaks(found) == ["It is 4.\n\n**Exercise 3.** Why 4?"]
    assert unanswered(found) == ["1", "3"]
    answer.metadata.tags = []
    assert leaks(exercises(notebook))[0] == "print(4)"


@every_notebook
def test_exercises_show_no_answer(path):
    """All that answers carries the tag, or a copy without solutions would hold it."""
    cells = exercises(read(path))
    assert leaks(cells) == []
    numbers = [n for cell in cells for n in QUESTION.findall(cell.source)]
    assert numbers == [str(k + 1) for k in range(len(numbers))] and len(numbers) >= 3
    assert unanswered(cells) == []


@every_notebook
def test_nothing_depends_on_a_solution(path):
    """Or the chapter would not run in a copy without solutions."""
    defined, given, used = set(), set(), set()
    for cell in code_cells(read(path)):
        for node in ast.walk(parse(cell)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used |= set() if is_solution(cell) else {node.id}
                continue
            if isinstance(node, ast.Name):
                names = {node.id}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = {node.name}
            elif isinstance(node, ast.alias):
                names = {(node.asname or node.name).split(".")[0]}
            elif isinstance(node, ast.arg):
                names = {node.arg}
            else:
                continue
            (defined if is_solution(cell) else given).update(names)
    assert sorted((defined - given) & used) == []


@every_notebook
def test_file_is_small(path):
    assert path.stat().st_size < 1_500_000


@every_notebook
def test_file_holds_no_times(path):
    """Times of execution would differ in every stored notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell["source"] for cell in cells if "execution" in cell["metadata"]] == []
