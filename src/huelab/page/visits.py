"""Who is on the page: each visitor's pictures, and their coloring, step by step."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from huelab.page.limits import Refused
from huelab.page.line import Line
from huelab.page.order import Hint, Options, Order, options_of
from huelab.page.shelf import Kept, Shelf

#: Seconds between two signs of life. If the visitor has left, Gradio stops a function there.
_SIGN = 0.3
_GONE = "This picture is not here any more. Drop it again."


@dataclass
class Visit:
    """One visitor's pictures.

    Attributes:
        names: the names of the pictures by their tokens, in the order in which the pictures came.
        waiting: the tokens of the pictures that still need colors.
        hints: the colors that the visitor chose, by the token of the picture.
        turn: grows with each request, so that an older request knows that it is outdated.
        said: grows with each message to the browser, since messages may arrive in any order.

    Example:
        >>> Visit().names
        {}
    """

    names: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    hints: dict[str, tuple[Hint, ...]] = field(default_factory=dict)
    turn: int = 0
    said: int = 0


class Visits:
    """All visits.

    Example:
        >>> from huelab.page.limits import Limits
        >>> shelf = Shelf(Limits())
        >>> visits = Visits(Line(Limits()), shelf)
        >>> token = shelf.put("a.jpg", b"GIF89a").token
        >>> visits.arrive("a visitor", [token, "guessed"])
        ['...']
        >>> visits.choose("a visitor", token, [{"x": 1, "y": 2, "color": "#ff0000"}])
        >>> visits.leave("a visitor")
        >>> async def nothing():
        ...     return [each async for each in visits.color("another", [], Options())]
        >>> json.loads(asyncio.run(nothing())[-1])["pictures"]
        []
    """

    def __init__(self, line: Line, shelf: Shelf):
        self._line, self._shelf = line, shelf
        self._visits: dict[str, Visit] = {}

    def arrive(self, visitor: str, tokens: Iterable[object]) -> list[str]:
        """Take the pictures that a visitor's browser has just sent, and drop those that failed.

        Returns:
            The tokens of the pictures that the shelf holds; others are ignored.
        """
        visit = self._of(visitor)
        visit.names = {token: name for token, name in visit.names.items() if self._good(token)}
        new = [token for token in tokens if isinstance(token, str) and self._shelf.get(token)]
        for token in new:
            if kept := self._shelf.peek(token):
                visit.names[token] = kept.name
        return new

    def tokens(self, visitor: str) -> list[str]:
        """The tokens of a visitor's pictures.

        Example:
            >>> from huelab.page.limits import Limits
            >>> Visits(Line(Limits()), Shelf(Limits())).tokens("a visitor")
            []
        """
        return list(self._of(visitor).names)

    def choose(self, visitor: str, token: str, hints: object) -> None:
        """Take the colors that a visitor chose for a picture.

        Raises:
            Refused: if `hints` is not a list of hints.
        """
        self._of(visitor).hints[token] = options_of({"hints": hints}).hints

    def leave(self, visitor: str) -> None:
        """End a visitor's work; the shelf forgets the pictures a minute later.

        A visitor whose connection was cut for a moment seems to have left, too. So the visit stays
        as long as one of its pictures does.
        """
        if visit := self._visits.get(visitor):
            visit.turn += 1
            self._shelf.leave(visit.names)
        self._visits = {
            name: visit
            for name, visit in self._visits.items()
            if any(self._shelf.peek(token) for token in visit.names)
        }

    async def color(
        self, visitor: str, tokens: Iterable[str], options: Options
    ) -> AsyncIterator[str]:
        """Color some of a visitor's pictures; a later request of the same visitor ends this one.

        The later request also colors what the earlier one left over.

        Yields:
            What the browser shows, as JSON, at each change and also several times a second.
        """
        visit = self._of(visitor)
        visit.turn += 1
        turn, first = visit.turn, list(tokens)
        visit.waiting = first + [token for token in visit.waiting if token not in first]
        count = len(visit.waiting)
        while turn == visit.turn and visit.waiting:
            token = visit.waiting[0]
            which = f" ({count - len(visit.waiting) + 1} of {count})" if count > 1 else ""
            if kept := self._shelf.get(token):
                wish = options.model_copy(update={"hints": visit.hints.get(token, ())})
                async for status in self._one(kept, wish):
                    if turn != visit.turn:
                        return
                    yield self._state(visit, status + which)
            if turn == visit.turn:
                visit.waiting.remove(token)
        if turn == visit.turn:
            yield self._state(visit, "")

    async def _one(self, kept: Kept, options: Options) -> AsyncIterator[str]:
        """Color a picture, and yield the status several times a second until it is done."""
        place = [0]
        order = Order(kept.original, options, for_viewing=True)
        work = asyncio.ensure_future(self._line.ask(order, lambda now: place.__setitem__(0, now)))
        try:
            while not (await asyncio.wait({work}, timeout=_SIGN))[0]:
                yield f"You are number {place[0] + 1} in line" if place[0] else "Coloring"
            kept.colored(work.result(), options)
        except Refused as refused:
            kept.error = str(refused)
        finally:
            work.cancel()

    def _good(self, token: str) -> bool:
        kept = self._shelf.peek(token)
        return kept is not None and (kept.answer is not None or not kept.error)

    def _of(self, visitor: str) -> Visit:
        return self._visits.setdefault(visitor, Visit())

    def _state(self, visit: Visit, status: str) -> str:
        # Time goes on when a visit or the server begins again; a count would start anew.
        visit.said = max(visit.said + 1, time.time_ns() // 1_000_000)
        pictures = [
            _shown(token, name, self._shelf.peek(token)) for token, name in visit.names.items()
        ]
        return json.dumps({"said": visit.said, "status": status, "pictures": pictures})


def _shown(token: str, name: str, kept: Kept | None) -> dict[str, object]:
    """What the browser needs to know about a picture."""
    if kept is None:
        return {"token": token, "version": 0, "error": _GONE, "name": name}
    answer = kept.answer
    return {
        "token": token,
        "name": kept.name,
        "version": kept.version,
        "error": kept.error,
        "width": answer.width if answer else 0,
        "height": answer.height if answer else 0,
        "notes": answer.notes if answer else (),
    }
