"""A data set before it is decoded: a list of pictures and a way to read one of them."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from huelab.storage import HueLabError


class DataError(HueLabError, RuntimeError):
    """Data that is missing, damaged or unknown; the message says what to do about it.

    Example:
        >>> from huelab.data import open_dataset
        >>> open_dataset("kodak42", "test", 64)
        Traceback (most recent call last):
            ...
        huelab.data.source.DataError: there is no data set 'kodak42'; did you mean kodak24? ...
    """


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a source.

    Attributes:
        file: its name within the data set, with forward slashes; no two pictures share one.
        label: its class, or "".
        mark: a text that changes when the picture's bytes change (a sha256, or size and time).
        key: what its source needs to read it, such as a path, a row, or a photograph and a box.

    Example:
        >>> from huelab.data.datasets import find
        >>> picture = find("embedded", "test", 64).pictures[0]
        >>> picture.file, picture.label
        ('grace_hopper/00', 'grace_hopper')
    """

    file: str
    label: str
    mark: str
    key: Any


@dataclass(frozen=True)
class Source(ABC):
    """One split of a data set as it is on disk. Subclasses say how to read a picture.

    Attributes:
        name, split: the names by which it was opened.
        where: the folder or package it was found in, for messages.
        pictures: its pictures, in the order of their numbers.

    Example:
        >>> from huelab.data.datasets import find
        >>> source = find("embedded", "test", None)
        >>> source.read(source.pictures[0]).shape
        (600, 512, 3)
        >>> fewer = source.select(source.pictures[:2])
        >>> len(fewer.pictures), fewer.digest() == source.digest()
        (2, False)
    """

    name: str
    split: str
    where: str
    pictures: tuple[Picture, ...]

    @abstractmethod
    def read(self, picture: Picture) -> np.ndarray:
        """The pixels of one of `pictures`: uint8 `(H, W, 3)`, sRGB, 0..255.

        Raises:
            DataError: if the picture cannot be read or is not the file that was listed.
        """

    def digest(self) -> str:
        """A sha256 (64 hex digits) of the names and marks of all pictures, in order."""
        lines = (f"{picture.file}\t{picture.mark}\n" for picture in self.pictures)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def select(self, pictures: Sequence[Picture]) -> Self:
        """The same source with other pictures."""
        return replace(self, pictures=tuple(pictures))
