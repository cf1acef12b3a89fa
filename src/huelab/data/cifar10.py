"""CIFAR-10 from its official archive (Krizhevsky 2009), checked and read by torchvision.

HueLab looks for the archive, or for the folder `cifar-10-batches-py` that it unpacks to, directly
in `$HUELAB_DATA` and then in `<cache>/sources`. It downloads the archive to the first of the two
that it can write to. (`$HUELAB_DATA/cifar10/` is a folder of JPEG files, the data set
`cifar10_jpeg`.)
"""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from huelab.data.source import DataError, Picture, Source
from huelab.data.sources.download import DownloadError, download, matches
from huelab.storage import cache_dir, data_dir, locked

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

SPLITS = {"train": 50_000, "test": 10_000}


@dataclass(frozen=True)
class CifarSource(Source):
    """The pictures of one split, 32 x 32, already in memory; `key` is a row of `pixels`.

    Example:
        >>> pixels = np.zeros((1, 32, 32, 3), np.uint8)
        >>> picture = Picture("train/00000", "frog", "md5", key=0)
        >>> CifarSource("cifar10", "train", "memory", (picture,), pixels).read(picture).shape
        (32, 32, 3)
    """

    pixels: np.ndarray

    def read(self, picture: Picture) -> np.ndarray:
        return self.pixels[picture.key]


class Cifar10:
    """The official archive as one of the data sets.

    Example:
        >>> Cifar10().absence.split(" in ")[0]
        'looked for cifar-10-batches-py and cifar-10-python.tar.gz'
        >>> Cifar10().by_hand[:4], set(Cifar10().counts("cifar10")) <= {"train", "test"}
        ('put ', True)
    """

    #: What has to be done by hand before the archive can be fetched, which is nothing.
    first = ""

    @property
    def where(self) -> str:
        return str(where() or data_dir())

    @property
    def is_here(self) -> bool:
        return bool(where() or _archive())

    @property
    def absence(self) -> str:
        """What HueLab looked for and did not find."""
        official = _official()
        folders = " and ".join(map(str, _roots()))
        return f"looked for {official.base_folder} and {official.filename} in {folders}"

    @property
    def by_hand(self) -> str:
        """How to put the archive where HueLab looks for it."""
        official = _official()
        return (
            f"put {official.url} (md5 {official.tgz_md5}) into {data_dir()} as {official.filename}"
        )

    def counts(self, name: str) -> dict[str, int]:
        """The names of splits and their numbers of pictures; {} before the archive is unpacked."""
        return dict(SPLITS) if where() else {}

    def open(self, name: str, split: str, size: int | None) -> CifarSource:
        """One split, read from disk. It unpacks an archive that is there, and downloads none.

        Files are named `<split>/<row>`, and labels are the ten class names. `size` changes nothing.

        Raises:
            DataError: for a damaged archive or folder, or if there is none.
        """
        official, root = _official(), where() or _unpack()
        if split not in SPLITS:
            return CifarSource(name, split, str(root), (), np.empty((0, 32, 32, 3), np.uint8))
        try:
            batches = official(root, train=split == "train", download=False)
        except RuntimeError as error:
            raise DataError(
                f"{root / official.base_folder} is damaged (a checksum differs). Remove it, then "
                f"run `huelab data fetch {name}`, or {self.by_hand}"
            ) from error
        pictures = tuple(
            Picture(f"{split}/{row:05d}", batches.classes[target], official.tgz_md5, row)
            for row, target in enumerate(batches.targets)
        )
        return CifarSource(name, split, str(root), pictures, batches.data)

    def fetch(self, *, near: bool) -> Path:
        """Download the official archive (170 MB), check it and unpack it; return its folder.

        If the archive is unpacked already, this only checks it. A download that was cut short goes
        on. Two processes may call this at once. `near` changes nothing.

        Raises:
            DataError: without a network, if the checksum differs, or if no folder can be written
                to. The message says what to put where.
        """
        official = _official()
        root = where() or next((root for root in _roots() if _writable(root)), None)
        if root is None:
            folders = " nor ".join(map(str, _roots()))
            raise DataError(
                f"neither {folders} can be written to; set HUELAB_DATA or HUELAB_CACHE to a folder "
                "of your own"
            )
        archive, checksum = root / official.filename, f"md5:{official.tgz_md5}"
        try:
            with locked(root / "cifar10.lock"):
                if not _is_whole(root):
                    if archive.is_file() and not matches(archive, checksum):
                        archive.unlink()
                    # torchvision's own download would begin again after each break.
                    download(official.url, archive, checksum=checksum, progress=True)
                    official(root, download=True)  # finds the archive, unpacks and checks it
        except DownloadError as error:
            raise DataError(f"{error}; HueLab then unpacks it") from error
        except (OSError, RuntimeError) as error:
            raise DataError(f"{archive} could not be unpacked: {error}") from error
        return root / official.base_folder


def where() -> Path | None:
    """The folder that holds the unpacked archive, or None.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_DATA="/nowhere", HUELAB_CACHE="/nowhere"):
        ...     where() is None
        True
    """
    folder = _official().base_folder
    return next((root for root in _roots() if (root / folder).is_dir()), None)


def _archive() -> Path | None:
    """The archive if it was put there by hand, or None."""
    name = _official().filename
    return next((root / name for root in _roots() if (root / name).is_file()), None)


def _is_whole(root: Path) -> bool:
    """Whether the unpacked batches are there and have the right checksums."""
    try:
        _official()(root, train=True)
    except RuntimeError:
        return False
    return True


def _unpack() -> Path:
    """Unpack the archive into its own folder or, if that is read-only, into the cache."""
    from torchvision.datasets.utils import extract_archive

    official, archive = _official(), _archive()
    if archive is None:
        raise DataError(f"cifar10 is not here: {Cifar10().absence}")
    if not matches(archive, f"md5:{official.tgz_md5}"):
        raise DataError(
            f"{archive} is damaged: its md5 is not {official.tgz_md5}. Remove it, then run "
            f"`huelab data fetch cifar10`, or {Cifar10().by_hand}"
        )
    root = archive.parent if _writable(archive.parent) else _roots()[1]
    with locked(root / "cifar10.lock"), TemporaryDirectory(dir=root) as aside:
        if not (root / official.base_folder).is_dir():
            # Unpacking elsewhere and then moving leaves no half a folder if the process is killed.
            extract_archive(str(archive), aside)
            os.replace(Path(aside, official.base_folder), root / official.base_folder)
    return root


def _roots() -> list[Path]:
    return [data_dir(), cache_dir() / "sources"]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _official() -> "type[CIFAR10]":
    # The import is here because it takes a second, and only this data set needs torchvision.
    from torchvision.datasets import CIFAR10

    return CIFAR10
