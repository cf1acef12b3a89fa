"""What a data set is before it is decoded: a list of pictures and a way to read one of them."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a source.

    Attributes:
        file: its name within the data set, with forward slashes; no two pictures share one.
        label: its class, or "".
        mark: what changes when the picture's bytes change (a sha256, or size and time).
        place: where its source finds it: a path, a row, a photograph and a box.
    """

    file: str
    label: str
    mark: str
    place: Any


@dataclass(frozen=True)
class Source(ABC):
    """One split of a data set as it lies on disk. Subclasses say how to read a picture.

    Attributes:
        name, split: as they were asked for.
        where: the place it was found, for messages.
        pictures: in the order in which they are numbered.
    """

    name: str
    split: str
    where: str
    pictures: tuple[Picture, ...]

    @abstractmethod
    def read(self, picture: Picture) -> np.ndarray:
        """The pixels of one of `pictures`: uint8 `(H, W, 3)`, sRGB.

        Raises:
            DataError: if it cannot be read or is not the file that was listed.
        """

    def digest(self) -> str:
        """A sha256 (64 hex digits) of the names and marks of all pictures, in order."""
        lines = (f"{picture.file}\t{picture.mark}\n" for picture in self.pictures)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def select(self, pictures: Sequence[Picture], split: str | None = None) -> Self:
        """The same source with other pictures (and another split name)."""
        return replace(self, pictures=tuple(pictures), split=split or self.split)

    def sample(self, n: int, seed: int = 0) -> Self:
        """`n` pictures chosen by `seed`, in their old order; a larger n keeps the smaller choice.

        Raises:
            ValueError: if n is not between 1 and the number of pictures.
        """
        if not 1 <= n <= len(self.pictures):
            raise ValueError(
                f"n must be 1 to {len(self.pictures)}, the pictures of "
                f"{self.name}/{self.split}, not {n}"
            )
        chosen = set(drawn(self.pictures, seed)[:n])
        return self.select([picture for picture in self.pictures if picture in chosen])


def drawn(pictures: Sequence[Picture], seed: int) -> list[Picture]:
    """`pictures` in a random order that depends only on their names and the seed.

    Sorting by a hash of the name instead of shuffling positions makes the order the same in every
    version of every library, and independent of the order in which pictures were listed.
    """

    def draw(picture: Picture) -> bytes:
        return hashlib.sha256(f"{seed}:{picture.file}".encode()).digest()

    return sorted(pictures, key=draw)
