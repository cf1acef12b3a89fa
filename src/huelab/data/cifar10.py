"""CIFAR-10 from its official archive (Krizhevsky 2009), checked and read by torchvision.

The archive, or the folder `cifar-10-batches-py` it unpacks to, is looked for directly in
`$HUELAB_DATA` and then in `<cache>/sources`. It is downloaded to the first of the two that can be
written to. (`$HUELAB_DATA/cifar10/` is a folder of JPEG files, the data set `cifar10_jpeg`.)
"""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from huelab.data.errors import DataError
from huelab.data.source import Picture, Source
from huelab.data.sources.download import DownloadError, download, matches
from huelab.storage import cache_dir, data_dir, locked

SPLITS = {"train": 50_000, "test": 10_000}


@dataclass(frozen=True)
class CifarSource(Source):
    """The pictures of one split, 32 x 32, already in memory; `place` is a row of `pixels`."""

    pixels: np.ndarray

    def read(self, picture: Picture) -> np.ndarray:
        return self.pixels[picture.place]


def cifar10(split: str) -> CifarSource:
    """One split of the official archive, read from disk; nothing is downloaded.

    Files are named `<split>/<row>`, labels are the ten class names.

    Raises:
        DataError: for an unknown split, or if neither the archive nor its folder is there, saying
            where it was looked for and how to get it.
    """
    if split not in SPLITS:
        raise DataError(f"cifar10 has the splits {', '.join(SPLITS)}, not {split!r}")
    root = where() or _unpacked()
    if root is None:
        raise DataError(f"cifar10 is not here: {_looked_for()}. {how_to_get()}")
    official = _official()
    try:
        batches = official(root, train=split == "train", download=False)
    except RuntimeError as error:
        raise DataError(
            f"{root / official.base_folder} is damaged (a checksum differs). Remove it, then: "
            f"{how_to_get()}"
        ) from error
    pictures = [
        Picture(f"{split}/{row:05d}", batches.classes[target], official.tgz_md5, row)
        for row, target in enumerate(batches.targets)
    ]
    return CifarSource("cifar10", split, str(root), tuple(pictures), batches.data)


def where() -> Path | None:
    """The folder that holds the unpacked archive, or None."""
    folder = _official().base_folder
    return next((root for root in _roots() if (root / folder).is_dir()), None)


def fetch_cifar10() -> Path:
    """Download the official archive (170 MB), check it and unpack it; returns its folder.

    Does nothing but check if it is there already, and goes on with a download that was cut short.
    Two processes may call this at once.

    Raises:
        DataError: without a network, or if the checksum differs; it says what to put where.
    """
    official = _official()
    root = where() or next((root for root in _roots() if _writable(root)), None)
    if root is None:
        places = " nor ".join(map(str, _roots()))
        raise DataError(f"neither {places} can be written to; set HUELAB_DATA or HUELAB_CACHE")
    archive, checksum = root / official.filename, f"md5:{official.tgz_md5}"
    try:
        with locked(root / "cifar10.lock"):
            if not _whole(root):
                if archive.is_file() and not matches(archive, checksum):
                    archive.unlink()
                download(official.url, archive, checksum=checksum, progress=True)
                official(root, download=True)  # finds the archive, unpacks and checks it
    except DownloadError as error:
        raise DataError(f"{error}; the rest happens by itself") from error
    except (OSError, RuntimeError) as error:
        raise DataError(f"{archive} could not be unpacked: {error}") from error
    return root / official.base_folder


def _whole(root: Path) -> bool:
    """Whether the unpacked batches are there and right."""
    try:
        _official()(root, train=True)
    except RuntimeError:
        return False
    return True


def how_to_get() -> str:
    """One sentence that says where CIFAR-10 comes from."""
    official = _official()
    return (
        f"Run `huelab data fetch cifar10`, or put {official.url} (md5 {official.tgz_md5}) into "
        f"{data_dir()} as {official.filename}"
    )


def _unpacked() -> Path | None:
    """Unpack an archive that lies there, beside it or, if that is read-only, into the cache."""
    official = _official()
    archive = next(
        (r / official.filename for r in _roots() if (r / official.filename).is_file()), None
    )
    if archive is None:
        return None
    from torchvision.datasets.utils import check_integrity, extract_archive

    if not check_integrity(str(archive), official.tgz_md5):
        raise DataError(f"{archive} is damaged: its md5 is not {official.tgz_md5}. {how_to_get()}")
    root = archive.parent if _writable(archive.parent) else _roots()[1]
    root.mkdir(parents=True, exist_ok=True)
    with locked(root / "cifar10.lock"), TemporaryDirectory(dir=root) as aside:
        if not (root / official.base_folder).is_dir():
            # Unpacked aside and then moved, so that a killed process leaves no half a folder.
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


def _looked_for() -> str:
    official = _official()
    places = " and ".join(map(str, _roots()))
    return f"looked for {official.base_folder} and {official.filename} in {places}"


def _official():
    # Imported here: torchvision takes a second to import, and only this data set needs it.
    from torchvision.datasets import CIFAR10

    return CIFAR10
