"""A blind test that needs no kernel: the reader chooses one picture of each pair and gets a score.

As in the sliders, the HTML holds all pictures, and the script is in one attribute. The names of the
two methods stay hidden until the last answer.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from html import escape
from string import Template

import numpy as np
import torch

from huelab.show.bundle import Bundle, encode, to_bytes
from huelab.show.parts import bundle, img, on_screen

Picture = torch.Tensor | np.ndarray

SIDES = ("left", "right")
GAP = 12  # pixels between the two pictures of a pair
# The second click of a double click is ignored, or it would answer a pair that nobody has looked
# at. After an answer the focus goes to the next pair as a whole, so it prefers neither side.
CLICK = (
    "const button=event.target.closest('button');"
    "if(!button||event.detail>1)return;"
    "const pairs=[...this.querySelectorAll('[data-pair]')],"
    "said=this.querySelector('[role=status]'),again=this.querySelector('[data-again]'),"
    "buttons=[...this.querySelectorAll('button[value]')],"
    "show=(k,on)=>pairs[k].style.display=on?'flex':'none';"
    "if(button===again){"
    "buttons.forEach(one=>{one.disabled=false;delete one.dataset.chosen;"
    "one.style.borderStyle='solid';one.lastChild.textContent=one.dataset.side});"
    "pairs.forEach((pair,k)=>{pair.style.flexBasis='100%';show(k,k==0)});"
    "again.hidden=true;said.textContent='';pairs[0].focus();return}"
    "const pair=button.closest('[data-pair]'),k=pairs.indexOf(pair);"
    "button.dataset.chosen='yes';"
    "if(k+1<pairs.length){show(k,false);show(k+1,true);pairs[k+1].focus();"
    "said.textContent='Pair '+(k+1)+': you chose '+button.dataset.side+'. '"
    "+(pairs.length-k-1)+' to go.';return}"
    "const chosen=buttons.filter(one=>one.dataset.chosen);"
    "said.textContent=JSON.parse(this.dataset.scores)"
    "[chosen.filter(one=>one.value==1).length];"
    "buttons.forEach(one=>{one.disabled=true;const yes=one.dataset.chosen;"
    "one.style.borderStyle=yes?'double':'solid';"
    "one.lastChild.textContent=JSON.parse(this.dataset.names)[one.value]"
    "+(yes?', your choice':'')});"
    "pairs.forEach((one,j)=>{one.style.flexBasis='calc(50% - 6px)';show(j,true)});"
    "again.hidden=false;said.focus()"
)
TEST = Template(
    '<div data-names="$names" data-scores="$scores" onclick="$click">'
    '<p style="margin:0 0 .5em"><b>$question</b></p>'
    '<p role="status" tabindex="-1" style="min-height:1.5em;margin:.5em 0"></p>'
    '<div style="display:flex;flex-wrap:wrap;gap:12px;margin-bottom:.5em">$pairs</div>'
    '<button type="button" data-again hidden style="padding:.3em .8em">Start again</button>'
    "</div>"
)
PAIR = (
    '<div data-pair role="group" aria-label="pair {number} of {total}" tabindex="-1" '
    'style="display:{display};flex:0 1 100%;gap:12px;box-sizing:border-box">{buttons}</div>'
)
# In JupyterLab, without the attribute, the keys that press a button would run or leave the cell.
BUTTON = (
    '<button type="button" value="{method}" data-side="{side}" '
    'data-lm-suppress-shortcuts="true" style="flex:1 1 0;min-width:0;padding:4px;margin:0;'
    "display:flex;flex-direction:column;align-items:center;"
    'border:3px solid currentColor;background:none;color:inherit;font:inherit;cursor:pointer">'
    "{picture}<span>{side}</span></button>"
)


def shuffled(n: int, seed: int) -> list[tuple[int, bool]]:
    """The order of a blind test: which picture, and whether the first method is on the left.

    Args:
        n: number of pictures.
        seed: seed of the order and of the sides; the same seed always gives the same test.

    Returns:
        Each of the n pictures once, in random order. Each has its own random side.

    Raises:
        ValueError: for n < 1.

    Example:
        >>> trials = shuffled(12, seed=1)
        >>> sorted(index for index, _ in trials) == list(range(12))
        True
    """
    if n < 1:
        raise ValueError(f"expected at least one picture, got {n}")
    draw = random.Random(seed)
    return [(index, draw.random() < 0.5) for index in draw.sample(range(n), n)]


def blind_test(
    first: Sequence[Picture],
    second: Sequence[Picture],
    names: tuple[str, str],
    *,
    question: str,
    seed: int,
    alt: str = "picture",
    width: int | None = None,
    profile: str | None = None,
) -> Bundle:
    """Pairs of pictures to choose from, by mouse or by keyboard, and the score at the end.

    The order of the pairs and the sides are those of `shuffled`. The page names no method before
    the last answer. Then it counts the answers, shows all pairs with their methods, and offers to
    start again.

    Args:
        first, second: the same pictures by two methods, `(N, 1|3, H, W)` or N pictures of one size
            as in `compare`.
        names: names of the two methods.
        question: what to choose by, such as `"Which has the more believable colors?"`.
        seed: seed of the order and the sides. Give every student of a class a different one.
        alt: text that describes the pictures, without the method.
        width: width of one picture on screen; by default its own, but at least 200 pixels.
        profile: the stamp, if not the current profile.

    Raises:
        ValueError: for no pictures, different numbers or sizes, equal names, and pictures that
            `to_bytes` refuses.

    Example:
        >>> gray, color = np.zeros((3, 8, 8)), np.ones((3, 8, 8))
        >>> blind_test(gray, color, ("gray", "color"), question="Which is warmer?", seed=1)
        blind test of 3 pairs: Which is warmer?
    """
    if len(first) != len(second) or names[0] == names[1]:
        counts = len(first), len(second)
        raise ValueError(
            f"expected two different methods with equally many pictures, got {names} with {counts}"
        )
    trials = shuffled(len(first), seed)
    both = [[to_bytes(image) for image in batch] for batch in (first, second)]
    if len(sizes := {image.shape[:2] for batch in both for image in batch}) > 1:
        raise ValueError(f"expected pictures of one size, got (height, width) {sorted(sizes)}")
    width, sharp = on_screen(both[0][0], width)
    files = [[encode(image) for image in batch] for batch in both]
    pairs = [
        _pair(number, len(trials), [(k, files[k][index]) for k in _sides(straight)], alt, sharp)
        for number, (index, straight) in enumerate(trials, 1)
    ]
    html = TEST.substitute(
        names=escape(json.dumps(names)),
        scores=escape(json.dumps(_scores(names, len(trials)))),
        click=CLICK,
        question=escape(question),
        pairs="".join(pairs),
    )
    index, straight = trials[0]
    left, right = (both[k][index] for k in _sides(straight))
    still = np.concatenate([left, np.full((len(left), GAP, 3), 255, np.uint8), right], axis=1)
    told = f"blind test of {len(trials)} pairs: {question}"
    return bundle(html, 2 * width + GAP, [*files[0], *files[1]], profile, still, told)


def _sides(straight: bool) -> tuple[int, int]:
    """Which method is on the left, and which on the right."""
    return (0, 1) if straight else (1, 0)


def _scores(names: tuple[str, str], n: int) -> list[str]:
    """The text at the end, for each number of answers for the second method."""
    return [f"Your score: {names[1]} {k}, {names[0]} {n - k}, of {n} pairs." for k in range(n + 1)]


def _pair(
    number: int, total: int, methods: Sequence[tuple[int, tuple[str, str]]], alt: str, sharp: str
) -> str:
    """Two buttons with a picture each; `methods` are number and file, left one first."""
    buttons = [
        BUTTON.format(
            method=method,
            side=side,
            picture=img(file, f"{alt}, pair {number}", f"display:block;width:100%;{sharp}"),
        )
        for side, (method, file) in zip(SIDES, methods, strict=True)
    ]
    display = "flex" if number == 1 else "none"
    return PAIR.format(number=number, total=total, display=display, buttons="".join(buttons))
