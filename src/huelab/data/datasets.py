"""`open_dataset`: any picture set of the book as a `torch.utils.data.Dataset` of uint8."""

import os
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from huelab.data import catalog, sources
from huelab.data.cache import decode, hash_of_whole, open_pixels
from huelab.data.cifar10 import fetch_cifar10
from huelab.data.errors import DataError
from huelab.data.source import Source


class PhotoSet(Dataset):
    """Pictures of one split, numbered; `photos[i]` is uint8 `(3, H, W)`, sRGB, 0..255.

    Attributes:
        name, split, size: as given to `open_dataset`; `size` None means each at its own size.
        files: the pictures' names within the data set.
        labels: their classes, or None if the data set has none.
        where: the folder or package they came from.
    """

    def __init__(self, source: Source, size: int | None):
        self.name, self.split, self.size = source.name, source.split, size
        self.where = source.where
        self.files = [picture.file for picture in source.pictures]
        labels = [picture.label for picture in source.pictures]
        self.labels = labels if any(labels) else None
        self._source = source if size is None else None
        self._decoded = None if size is None else decode(source, size)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Tensor:
        if not -len(self) <= index < len(self):
            raise IndexError(f"picture {index} of {len(self)}")
        return torch.from_numpy(np.ascontiguousarray(self.picture(index).transpose(2, 0, 1)))

    def picture(self, index: int) -> np.ndarray:
        """One picture as uint8 `(H, W, 3)`, its own copy."""
        if self._source is not None:
            return np.array(self._source.read(self._source.pictures[index]))
        return np.array(self.pixels[index])

    @cached_property
    def pixels(self) -> np.ndarray:
        """All pictures, uint8 `(N, size, size, 3)`: a read-only memory map of the decoded file.

        Raises:
            ValueError: if the set was opened with `size=None`, so that sizes differ.
        """
        if self._decoded is None:
            raise ValueError(
                f"{self.name}/{self.split} was opened with size=None, so its pictures have "
                "different sizes; open it with a size"
            )
        return open_pixels(self._decoded.path)

    @cached_property
    def hash(self) -> str:
        """The data hash of records: `hash_pixels` of all pictures in order."""
        return self._decoded.hash if self._decoded else hash_of_whole(self._source)

    def __getstate__(self) -> dict:
        # A pickled memory map would carry all pixels to every worker; the file's path is enough.
        return {key: value for key, value in self.__dict__.items() if key != "pixels"}

    def __repr__(self) -> str:
        size = f"{self.size} x {self.size}" if self.size else "own sizes"
        return f"PhotoSet({self.name}/{self.split}: {len(self):,} pictures, {size})"


def open_dataset(
    name: str | os.PathLike, split: str, size: int | None, *, n: int | None = None
) -> PhotoSet:
    """Open one split of a data set, decoding it into the cache the first time.

    Args:
        name: `embedded`, `cifar10` (the official archive), `cifar10_jpeg`, `cifar10_exact`,
            `fruits360` (official split), `fruits360_random` (the same pictures pooled and split at
            random), `fruits360_by_class` (pooled and split by fruit), `faces`, `photos`,
            `photos_open` (those with the clearest licenses), `ncd`, `kodak24`, the official
            `fruits360_official`, `ffhq`, `coco`, `unsplash_lite` and `ncd_official`, the name of
            any other folder of pictures in `$HUELAB_DATA`, or the path of one.
        split: `train` or `test`, or whatever splits it has: `cifar10` and `cifar10_jpeg` also
            `train_45k` and `validation_5k` (the training pictures in two parts), `cifar10_exact`
            also `all`.
        size: pictures become `(size, size)`: shorter side bicubic with antialiasing, center crop.
            The embedded set gives square crops of its photographs at several scales instead.
            None keeps every picture as it is, read from its file each time.
        n: take only this many pictures, chosen by a fixed seed; None takes all.

    Raises:
        DataError: for an unknown name or split, absent or damaged data, an unwritable cache. The
            message lists what there is or says how to get it.
        ValueError: if `size` is below 1, or `n` more than there are.
    """
    if size is not None and size < 1:
        raise ValueError(f"size must be at least 1 or None, not {size}")
    source = catalog.find(name, split, size)
    return PhotoSet(source if n is None else source.sample(n), size)


def fetch(name: str, *, near: bool = False) -> Path:
    """Bring a data set into `$HUELAB_DATA`, or go on where that ended; returns its folder.

    Sets of which a listing is committed are rebuilt from it, file by file, each checked; the
    official ones are downloaded, or put together from what was put there by hand.

    Args:
        near: of pictures that have to be made smaller, keep also those that come out with other
            bytes than the records' (the data hash then differs from theirs).

    Raises:
        DataError: if the download failed or pictures are missing (how many, and why), if something
            has to be put in place by hand (what, from where, and where to), or for a set of which
            no source is known.
    """
    if name == "cifar10":
        return fetch_cifar10()
    if name in sources.KNOWN:
        return sources.fetch(name, near=near)
    info = catalog.describe(name)
    if info.present:
        return Path(info.where)
    raise DataError(f"{name} cannot be downloaded by itself. {info.get}")
