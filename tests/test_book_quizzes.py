"""Quizzes: the questions are whole, and a page without a kernel answers and remembers."""

import pytest
import quizzes  # book/quizzes.py
import yaml
from book_files import NOTEBOOKS, ROOT

FILES = sorted(quizzes.FOLDER.glob("*.yml"))
QUIZ = """
- ask: Which <channel> is light?
  answers:
    - {say: L*, right: true, why: It is lightness.}
    - {say: a*, why: It goes from green to red.}
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_quiz_belongs_to_a_chapter_and_is_whole(file):
    assert file.stem in {path.stem for path in NOTEBOOKS}
    questions = yaml.safe_load(file.read_text(encoding="utf-8"))
    quizzes.check(questions)
    assert len(questions) >= 4
    # The right answer is not always at the same place, nor always the longest.
    places = {[bool(a.get("right")) for a in q["answers"]].index(True) for q in questions}
    longest = [max(q["answers"], key=lambda a: len(a["say"])).get("right") for q in questions]
    assert len(places) > 1 and not all(longest)


@pytest.mark.parametrize(
    "bad",
    [
        "- {ask: A, answers: [{say: x, right: true, why: y}]}",
        "- {ask: A, answers: [{say: x, right: true, why: y}, {say: x, right: true, why: y}]}",
        "- {ask: A, answers: [{say: x, right: true, why: y}, {say: z}]}",
        "- {ask: A, answers: [{say: x, why: y}, {say: z, why: y}]}",
    ],
)
def test_a_question_that_is_not_whole_is_refused(bad):
    with pytest.raises(ValueError, match="'A' needs two or more answers"):
        quizzes.check(yaml.safe_load(bad))


def test_a_page_answers_and_remembers_without_a_kernel(tmp_path, monkeypatch, browser):
    (tmp_path / "00_gray.yml").write_text(QUIZ, encoding="utf-8")
    monkeypatch.setattr(quizzes, "FOLDER", tmp_path)
    (tmp_path / "_static").symlink_to(ROOT / "book" / "_static")
    (tmp_path / "notebooks").mkdir()
    file = tmp_path / "notebooks" / "00_gray.html"
    box = '<div class="quiz-progress" hidden><ul></ul><button>Forget</button></div>'
    file.write_text(f"<article><h1>Gray</h1></article>{box}", encoding="utf-8")
    quizzes.add(tmp_path)
    assert "<channel>" not in file.read_text(encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert not page.locator(".quiz-progress").is_visible()
    page.get_by_label("a*").check()
    assert page.get_by_text("It goes from green to red.").is_visible()
    page.get_by_label("L*").check()
    assert page.get_by_text("It is lightness.").is_visible()
    assert not page.get_by_text("It goes from green to red.").is_visible()
    page.reload()
    assert page.get_by_label("L*").is_checked()
    assert page.get_by_text("It is lightness.").is_visible()
    assert page.locator(".quiz-progress li").inner_text() == "00 gray: 1 of 1 right"
    page.get_by_role("button", name="Forget").click()
    assert not page.locator(".quiz-progress").is_visible()
    page.close()
