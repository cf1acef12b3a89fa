"""Several data sets as one: the pictures of the first, then those of the next, and so on."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from huelab.data.folder import Folder, FolderSource


@dataclass(frozen=True)
class Joined:
    """Sets of picture files as one set. No two pictures may have the same name.

    Attributes:
        parts: the name of each set, and where its files are.

    Example:
        >>> lost = Joined((("one", Folder("one")), ("two", Folder("two"))))
        >>> lost.is_here, lost.first, lost.counts("both")
        (False, None, {})
        >>> lost.where.count("one"), lost.absence[-12:], "one" in lost.by_hand
        (1, 'not a folder', True)
        >>> lost.open("both", "train", None).pictures
        ()
        >>> lost.fetch(near=False).name  # HueLab knows no source of them
        'one'
    """

    parts: tuple[tuple[str, Folder], ...]

    @property
    def where(self) -> str:
        """The folders of all sets, for messages."""
        return " and ".join(files.where for _, files in self.parts)

    @property
    def is_here(self) -> bool:
        """Whether all sets are here."""
        return all(files.is_here for _, files in self.parts)

    @property
    def absence(self) -> str:
        """What HueLab looked for and did not find."""
        return "; ".join(files.absence for _, files in self.parts if not files.is_here)

    @property
    def by_hand(self) -> str:
        """How to put the sets where HueLab looks for them."""
        return "; ".join(files.by_hand for _, files in self.parts)

    @property
    def first(self) -> str | None:
        """What to do by hand before all sets can be fetched; None if one cannot be fetched."""
        found = [files.first for _, files in self.parts]
        known = [advice for advice in found if advice is not None]
        return " ".join(filter(None, known)) if len(known) == len(found) else None

    def fetch(self, *, near: bool) -> Path:
        """Fetch all sets into their own folders, and return where the first one is."""
        first, *_ = [files.fetch(near=near) for _, files in self.parts]
        return first

    def counts(self, name: str) -> dict[str, int]:
        """The names of splits and their numbers of pictures; {} if one of the sets is not here."""
        if not self.is_here:
            return {}
        return dict(sum((Counter(files.counts(own)) for own, files in self.parts), Counter()))

    def open(self, name: str, split: str, size: int | None) -> FolderSource:
        """One split: the pictures of the first set, then those of the others."""
        found = [files.open(own, split, size) for own, files in self.parts]
        pictures = tuple(picture for source in found for picture in source.pictures)
        return FolderSource(name, split, self.where, pictures)
