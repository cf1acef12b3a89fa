"""The minutes of the instructor's page follow from the chapters."""

import course  # book/course.py
import nbformat
from book_files import NOTEBOOKS
from bs4 import BeautifulSoup


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def test_minutes_count_words_cells_and_exercises_but_no_solution():
    text = nbformat.v4.new_markdown_cell("word " * 600)
    code = [nbformat.v4.new_code_cell("x = 1") for _ in range(8)]
    asked = "**Exercise 1.** Why?\n\n**Exercise 2 (recall): x.** How?"
    question = nbformat.v4.new_markdown_cell(asked)
    solution = {"metadata": {"tags": ["solution"]}}
    answers = [
        nbformat.v4.new_markdown_cell("word " * 6000, **solution),
        nbformat.v4.new_code_cell("y", **solution),
    ]
    minutes = course.learner_minutes(notebook(text, *code, question, *answers))
    # 600 words at 120 a minute and eight cells of three quarters: 11 minutes, and two of twelve.
    assert minutes == {"reading": 15, "exercises": 25}


def test_the_table_has_a_row_for_each_chapter_with_its_title():
    rows = BeautifulSoup(course.table(NOTEBOOKS), "html.parser").select("tbody tr")
    assert len(rows) == len(NOTEBOOKS)
    assert rows[0].find(["td", "th"]).get_text().startswith("00 ")
