"""Several sets as one: their pictures one after the other."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from huelab.data.folder import Folder, FolderSource


@dataclass(frozen=True)
class Joined:
    """Sets of picture files, of which no two share a picture's name.

    Attributes:
        parts: the name of each, and where its files are.

    Example:
        >>> lost = Joined((("one", Folder("one")), ("two", Folder("two"))))
        >>> lost.is_here, lost.first, lost.counts("both")
        (False, None, {})
        >>> lost.where.count("one"), lost.absence[-12:], "one" in lost.by_hand
        (1, 'is no folder', True)
        >>> lost.open("both", "train", None).pictures
        ()
        >>> lost.fetch(near=False).name  # nothing is known that could be fetched
        'one'
    """

    parts: tuple[tuple[str, Folder], ...]

    @property
    def where(self) -> str:
        return " and ".join(files.where for _, files in self.parts)

    @property
    def is_here(self) -> bool:
        return all(files.is_here for _, files in self.parts)

    @property
    def absence(self) -> str:
        """What was looked for in vain."""
        return "; ".join(files.absence for _, files in self.parts if not files.is_here)

    @property
    def by_hand(self) -> str:
        """How to put the sets where they are looked for."""
        return "; ".join(files.by_hand for _, files in self.parts)

    @property
    def first(self) -> str | None:
        """What to do by hand before all can be fetched; None if one cannot be fetched."""
        found = [files.first for _, files in self.parts]
        known = [advice for advice in found if advice is not None]
        return " ".join(filter(None, known)) if len(known) == len(found) else None

    def fetch(self, *, near: bool) -> Path:
        """Bring all of them into their own folders; returns where the first is."""
        first, *_ = [files.fetch(near=near) for _, files in self.parts]
        return first

    def counts(self, name: str) -> dict[str, int]:
        """Split names and their numbers of pictures, empty if one of the sets is not here."""
        if not self.is_here:
            return {}
        return dict(sum((Counter(files.counts(own)) for own, files in self.parts), Counter()))

    def open(self, name: str, split: str, size: int | None) -> FolderSource:
        """One split: the pictures of the first set, then those of the others."""
        found = [files.open(own, split, size) for own, files in self.parts]
        pictures = tuple(picture for source in found for picture in source.pictures)
        return FolderSource(name, split, self.where, pictures)
