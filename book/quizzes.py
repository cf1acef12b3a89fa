"""A quiz at the end of a chapter's page: questions for the reader, with a reason for each answer.

The questions are in `book/quizzes/NN_name.yml`. The answers stay in the reader's browser; see
`book/_static/quiz.js`.
"""

from html import escape
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "quizzes"
_LEAD = (
    "Choose an answer, and the page says whether it is right and why. Your answers stay in this "
    "browser."
)
_SCRIPT = (
    '<link rel="stylesheet" href="../_static/quiz.css">'
    '<script defer src="../_static/quiz.js"></script>'
)


def add(site: Path) -> None:
    """Add a last section with the quiz to the page of each chapter that has one.

    The search does not find the answers, and the notebooks that the pages offer have no quiz.

    Raises:
        ValueError: for a quiz that `check` refuses.
    """
    for file in sorted(FOLDER.glob("*.yml")):
        page = site / "notebooks" / f"{file.stem}.html"
        if page.exists():
            text = page.read_text(encoding="utf-8")
            text = text.replace("</article>", section(file) + "</article>", 1)
            page.write_text(text, encoding="utf-8")


def section(file: Path) -> str:
    """The last section of a chapter's page, HTML, from the file of its quiz."""
    questions = yaml.safe_load(file.read_text(encoding="utf-8"))
    check(questions)
    body = "".join(_question(file.stem, n, each) for n, each in enumerate(questions, 1))
    return (
        f'<section id="check-yourself" class="quiz"><h2>Check yourself</h2><p>{_LEAD}</p>'
        f'<form data-chapter="{escape(file.stem)}">{body}</form></section>{_SCRIPT}'
    )


def check(questions: list[dict[str, Any]]) -> None:
    """Check that each question has two or more answers, one of them right, each with a reason.

    Raises:
        ValueError: naming the question.

    Example:
        >>> answer = {"say": "Yes.", "right": True, "why": "It leaves 1."}
        >>> check([{"ask": "Is 1 odd?", "answers": [answer]}])
        Traceback (most recent call last):
            ...
        ValueError: 'Is 1 odd?' needs two or more answers, one of them right, each with a "why"
    """
    for each in questions:
        answers = each["answers"]
        right = sum(bool(answer.get("right")) for answer in answers)
        if len(answers) < 2 or right != 1 or not all(answer.get("why") for answer in answers):
            raise ValueError(
                f'{each["ask"]!r} needs two or more answers, one of them right, each with a "why"'
            )


def _question(chapter: str, number: int, question: dict[str, Any]) -> str:
    """One question as a group of radio buttons, which a keyboard and a screen reader understand."""
    name = f"{chapter}-{number}"
    answers = "".join(
        f'<label><input type="radio" name="{escape(name)}" value="{k}"> '
        f"<span>{escape(answer['say'])}</span></label>"
        f'<p class="why" hidden data-right="{str(bool(answer.get("right"))).lower()}">'
        f"<strong>{'Right.' if answer.get('right') else 'No.'}</strong> {escape(answer['why'])}</p>"
        for k, answer in enumerate(question["answers"])
    )
    return (
        f'<fieldset aria-live="polite"><legend>{number}. {escape(question["ask"])}</legend>'
        f"{answers}</fieldset>"
    )
