"""The edition for students has empty cells for answers and no answer in any cell or file."""

import os
import subprocess
import sys
import zipfile

import editions  # book/editions.py
import nbformat
import pytest
from book_files import NOTEBOOKS

SECRETS = ("answerincode", "answerprinted", "answerinwords")


def cell(kind, source, **more):
    return getattr(nbformat.v4, f"new_{kind}_cell")(source, **more)


@pytest.fixture
def chapter():
    solution = {"metadata": {"tags": ["solution", "hide-cell"]}}
    shown = nbformat.v4.new_output("stream", name="stdout", text="answerprinted")
    notebook = nbformat.v4.new_notebook(
        cells=[
            cell("code", "print(1)", outputs=[shown], execution_count=1),
            cell("markdown", "## Exercises\n\n**Exercise 1.** Compute."),
            cell("code", "answerincode", **solution),
            cell("code", "answerincode + 1", **solution),
            cell("markdown", "**Exercise 2: In words.** Why?"),
            cell("markdown", ":::{dropdown} Solution\nanswerinwords\n:::", **solution),
        ],
        metadata={"jupytext": {"formats": "ipynb,py:percent"}},
    )
    notebook.metadata["widgets"] = {"state": "answerprinted"}
    return notebook


def test_an_empty_cell_of_the_same_kind_follows_each_exercise(chapter):
    cells = editions.to_answer(chapter).cells
    assert [(c.cell_type, c.source) for c in cells[1:]] == [
        ("markdown", "## Exercises\n\n**Exercise 1.** Compute."),
        ("code", "# Your answer to exercise 1:\n"),
        ("markdown", "**Exercise 2: In words.** Why?"),
        ("markdown", "*Your answer to exercise 2:*"),
    ]
    nbformat.validate(chapter)


def test_no_answer_is_left_in_the_folder_or_the_archive(chapter, tmp_path, monkeypatch):
    source = tmp_path / "00_gray.ipynb"
    nbformat.write(chapter, source)
    monkeypatch.setattr(editions, "PARTS", ("LICENSE",))
    built = []
    monkeypatch.setattr(editions, "build", lambda *args: built.append(args))
    archive = editions.write(tmp_path / "student", [source], solutions=False)
    assert built == [(tmp_path / "student" / "site", [source], False)]
    with zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if not name.endswith("/")]
        texts = {name: files.read(name).decode() for name in names}
    assert {"student/notebooks/00_gray.ipynb", "student/LICENSE"} <= set(names)
    assert [n for n, text in texts.items() if any(s in text for s in SECRETS)] == []
    assert "jupytext" not in texts["student/notebooks/00_gray.ipynb"]


def test_the_edition_for_instructors_keeps_answers_and_outputs(chapter, tmp_path, monkeypatch):
    source = tmp_path / "00_gray.ipynb"
    nbformat.write(chapter, source)
    monkeypatch.setattr(editions, "PARTS", ())
    monkeypatch.setattr(editions, "build", lambda *args: None)
    editions.write(tmp_path / "instructor", [source], solutions=True)
    text = (tmp_path / "instructor" / "notebooks" / "00_gray.ipynb").read_text(encoding="utf-8")
    assert all(secret in text for secret in SECRETS)


# They read the claims with their planned networks, and the old photographs.
@pytest.mark.parametrize("name", ["04_vgg_deeper", "10_your_own_photos"])
def test_a_chapter_of_the_students_runs_in_their_folder(name, tmp_path, monkeypatch):
    """It finds the library and all that it reads in the edition, not in the repository."""
    (source,) = [path for path in NOTEBOOKS if path.stem == name]
    monkeypatch.setattr(editions, "build", lambda *args: None)
    editions.write(tmp_path / "student", [source], solutions=False)
    folder = tmp_path / "student" / "notebooks"
    program = (
        "import sys, nbformat, huelab; from nbclient import NotebookClient; "
        "assert sys.argv[2] in huelab.__file__; "
        "NotebookClient(nbformat.read(sys.argv[1], 4), timeout=300).execute()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, f"{name}.ipynb", str(tmp_path)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "student" / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
