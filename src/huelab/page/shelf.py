"""Visitors' pictures, in memory and never on a disk, until they leave or some minutes pass."""

import io
import re
import secrets
import time
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from huelab.page.limits import Limits, Refused
from huelab.page.order import Answer, Options

#: Seconds that a picture stays after its visitor has left. A visitor who switches to another
#: program on a phone also seems to have left.
_LEFT = 60.0
#: How many characters of a name a result keeps.
_LONGEST = 80


@dataclass
class Kept:
    """One picture of one visitor.

    Attributes:
        name: the name of its file, as the visitor's computer gives it; it may be malicious.
        original: the bytes of its file.
        token: the part of its web address that nobody can guess.
        answer: the colored picture, made with `options`, or None before the first coloring.
        version: how often it was colored; new colors get a new web address.
        error: why it has no colors.
        expires: the time when the shelf drops it, on the clock of `time.monotonic`.

    Example:
        >>> Kept("old photo.jpg", b"GIF89a").result_name
        'old photo-color.png'
        >>> Kept("../../etc/passwd", b"").result_name, Kept("<b>.png", b"").result_name
        ('passwd-color.png', '_b_-color.png')
    """

    name: str
    original: bytes
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    answer: Answer | None = None
    options: Options | None = None
    version: int = 0
    error: str = ""
    expires: float = 0.0

    @property
    def result_name(self) -> str:
        """A name for the result that is safe in any folder."""
        name = unicodedata.normalize("NFC", re.split(r"[/\\]", self.name)[-1])
        stem = name.rpartition(".")[0] or name
        stem = re.sub(r"[^\w \-.,()]", "_", stem)[:_LONGEST].strip(" .")
        return f"{stem or 'picture'}-color.png"

    @property
    def size(self) -> int:
        """How many bytes of memory it takes."""
        return len(self.original) + (self.answer.size if self.answer else 0)

    def colored(self, answer: Answer, options: Options) -> None:
        """Take new colors.

        Example:
            >>> kept = Kept("a.png", b"GIF89a")
            >>> kept.colored(Answer(b"PNG", 4, 3), Options())
            >>> kept.version, kept.size
            (1, 9)
        """
        self.answer, self.options, self.error = answer, options, ""
        self.version += 1

    def view(self, part: str) -> bytes | None:
        """One of its pictures as a PNG: `result`, or a name of `Answer.views`.

        Example:
            >>> kept = Kept("a.png", b"GIF89a", answer=Answer(b"PNG", 4, 3))
            >>> kept.view("result"), kept.view("original")
            (b'PNG', None)
        """
        if self.answer is None:
            return None
        return self.answer.picture if part == "result" else self.answer.views.get(part)


class Shelf:
    """All pictures that are kept, up to a limit of memory; the oldest make room.

    Example:
        >>> shelf = Shelf(Limits())
        >>> kept = shelf.put("a.jpg", b"GIF89a")
        >>> shelf.get(kept.token).name, len(shelf)
        ('a.jpg', 6)
        >>> shelf.leave([kept.token])  # the picture stays for another minute
        >>> shelf.get("guessed") is None, len(shelf)
        (True, 6)
    """

    def __init__(self, limits: Limits):
        self.limits = limits
        self._kept: dict[str, Kept] = {}
        self._coming = 0

    def __len__(self) -> int:
        """Bytes of all pictures."""
        return sum(kept.size for kept in self._kept.values())

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Memory for pictures that arrive and wait, in addition to those that are kept.

        Raises:
            Refused: if too little memory is left.

        Example:
            >>> with Shelf(Limits(memory=1)).room(2_000_000):
            ...     print("in memory")
            Traceback (most recent call last):
                ...
            huelab.page.limits.Refused: Other pictures fill the memory. Try again in a minute.
        """
        if self._coming + size > self.limits.memory * 1e6:
            raise Refused("Other pictures fill the memory. Try again in a minute.", 503)
        self._coming += size
        try:
            yield
        finally:
            self._coming -= size

    def put(self, name: str, original: bytes) -> Kept:
        """Keep a picture that has just come.

        Raises:
            Refused: if its file is empty or too large.
        """
        self.limits.check_bytes(len(original))
        kept = Kept(name, original)
        self._touch(kept)
        self._kept[kept.token] = kept
        self.tidy()
        return kept

    def get(self, token: str) -> Kept | None:
        """The picture with a token, or None if it is gone; this call makes it stay longer."""
        kept = self.peek(token)
        if kept:
            self._touch(kept)
        return kept

    def peek(self, token: str) -> Kept | None:
        """The picture with a token, or None if it is gone; this call does not make it stay longer.

        Example:
            >>> Shelf(Limits()).peek("guessed") is None
            True
        """
        self.tidy()
        return self._kept.get(token)

    def leave(self, tokens: Iterable[str]) -> None:
        """Make pictures expire in a minute, because their visitor has left."""
        for token in tokens:
            if kept := self._kept.get(token):
                kept.expires = time.monotonic() + _LEFT

    def tidy(self) -> None:
        """Drop the pictures that have expired, and the oldest ones while memory is full.

        Example:
            >>> shelf = Shelf(Limits(memory=0.01))
            >>> tokens = [shelf.put("a", bytes(6_000)).token for _ in range(2)]
            >>> shelf.tidy()
            >>> [shelf.get(token) is None for token in tokens]
            [True, False]
        """
        now = time.monotonic()
        self._kept = {token: kept for token, kept in self._kept.items() if kept.expires > now}
        while len(self) > self.limits.memory * 1e6 and len(self._kept) > 1:
            del self._kept[min(self._kept, key=lambda token: self._kept[token].expires)]

    def _touch(self, kept: Kept) -> None:
        kept.expires = time.monotonic() + self.limits.minutes * 60


def archive(pictures: Iterable[Kept]) -> Iterator[bytes]:
    """The results of several pictures as one ZIP, piece by piece; equal names get a number.

    Example:
        >>> both = [Kept("a.png", b"", answer=Answer(b"PNG", 4, 3)) for _ in range(2)]
        >>> zipfile.ZipFile(io.BytesIO(b"".join(archive(both)))).namelist()
        ['a-color.png', 'a-color-2.png']
    """
    out = _Pieces()
    taken: dict[str, int] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for kept in pictures:
            if kept.answer is None:
                continue
            name = kept.result_name
            taken[name] = count = taken.get(name, 0) + 1
            stem, dot, suffix = name.rpartition(".")
            file.writestr(
                name if count == 1 else f"{stem}-{count}{dot}{suffix}", kept.answer.picture
            )
            yield from out.take()
    yield from out.take()


class _Pieces(io.RawIOBase):
    """A file that can only be written; `take` hands out what was written since the last call."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces
