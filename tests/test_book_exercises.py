"""Every chapter has exercises of four kinds, each with its title and a solution of its own."""

import nbformat
import pytest
from book_files import NOTEBOOKS, exercises, is_solution, read, stem
from exercises import HEADING, KINDS, QUESTION  # book/exercises.py


def asked(cells):
    """`(kind, title, solution)` of each exercise; the solution is the cells that answer it.

    Solutions belong to the last question before them, so that two questions in one cell have one.
    """
    found = []
    for cell in cells:
        if not is_solution(cell):
            found += [(kind, title, []) for _, kind, title in HEADING.findall(cell.source)]
        elif found:
            found[-1][2].append(cell)
    return found


def faults(cells):
    """What is wrong with the exercises of a chapter, in words."""
    numbers = [n for cell in cells for n in QUESTION.findall(cell.source)]
    known = [n for cell in cells for n, *_ in HEADING.findall(cell.source)]
    found = [f"exercise {n} has no kind or no title" for n in numbers if n not in known]
    if len(numbers) < len(KINDS):
        found.append(f"{len(numbers)} exercises")
    one = asked(cells)
    found += [f"no exercise of kind {kind}" for kind in KINDS if kind not in [k for k, *_ in one]]
    for kind, title, solution in one:
        types = {cell.cell_type for cell in solution}
        if not types:
            found.append(f"{title} has no solution")
        elif kind == "change the code" and "code" not in types:
            found.append(f"{title} is answered without code")
        elif kind == "open question" and "markdown" not in types:
            found.append(f"{title} is answered without words")
    return found


def chapter(*parts):
    """Cells of a section of exercises: a string is a question, a pair is a solution."""
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    return [
        make["markdown"](part) if isinstance(part, str)
        else make[part[0]](part[1], metadata={"tags": ["solution"]})
        for part in parts
    ]  # fmt: skip


WHOLE = (
    "**Exercise 1 (recall): one.** Which?",
    ("markdown", "This."),
    "**Exercise 2 (compute): two?** How many?",
    ("code", "2"),
    "**Exercise 3 (change the code): three.** Run it.",
    ("code", "3"),
    "**Exercise 4 (open question): four.** What do you think?",
    ("markdown", "It depends."),
)


def test_a_whole_chapter_has_no_fault():
    assert faults(chapter(*WHOLE)) == []


@pytest.mark.parametrize(
    "number, part, fault",
    [
        (0, "**Exercise 1.** Which?", "exercise 1 has no kind or no title"),
        (0, "**Exercise 1 (recall).** Which?", "exercise 1 has no kind or no title"),
        (0, "**Exercise 1 (recal): one.** Which?", "no exercise of kind recall"),
        (1, "This.", "one. has no solution"),
        (5, ("markdown", "3"), "three. is answered without code"),
        (7, ("code", "4"), "four. is answered without words"),
        (6, "No question.", "3 exercises"),
    ],
)
def test_a_fault_is_found(number, part, fault):
    parts = list(WHOLE)
    parts[number] = part
    assert fault in faults(chapter(*parts))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=stem)
def test_exercises_are_of_all_kinds_and_solved(path):
    cells = exercises(read(path))
    assert faults(cells) == []
    titles = [title for _, title, _ in asked(cells)]
    assert len(set(titles)) == len(titles)
