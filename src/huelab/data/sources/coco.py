"""COCO 2017 (Lin et al. 2014): three archives from the official server, 27 GB together.

The server speaks plain http: its https certificate names another host. COCO publishes no
checksums; the MD5 and sizes below are those that PaddlePaddle's, LVIS's and other
loaders have recorded, all the same, so a changed archive is noticed.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from huelab.data.errors import DataError
from huelab.data.sources import unfinished
from huelab.data.sources.download import DownloadError, download, matches
from huelab.data.sources.unpack import unpack
from huelab.storage import locked

SERVER = "http://images.cocodataset.org/zips"


@dataclass(frozen=True, slots=True)
class Part:
    """One split: its archive's MD5 and bytes, and how many pictures it holds."""

    split: str
    md5: str
    size: int
    pictures: int


# The smallest first: each split can be opened as soon as it is there.
PARTS = [
    Part("val2017", "442b8da7639aecaf257c1dceb8ba8c80", 815_585_330, 5_000),
    Part("test2017", "77ad2c53ac5d0aea611d422c0938fb35", 6_646_970_404, 40_670),
    Part("train2017", "cced6f7f71b7629ddf16f17bbcfab6b2", 19_336_861_798, 118_287),
]


def fetch_coco(root: Path) -> Path:
    """Download, check and unpack what is not there yet; an archive put there by hand is used.

    Raises:
        DataError: without a network (naming the files to put there by hand), for another archive
            than recorded, or if the disk has too little room.
    """
    for part in PARTS:
        if (root / part.split).is_dir():
            continue
        unfinished.make_writable(root)
        with locked(root / ".fetch.lock"):
            _bring(root, part)
    return root


def _bring(root: Path, part: Part) -> None:
    if (root / part.split).is_dir():  # another process has brought it meanwhile
        return
    archive, checksum = root / f"{part.split}.zip", f"md5:{part.md5}"
    if archive.is_file() and not matches(archive, checksum):
        raise DataError(f"{archive} is damaged: its md5 is not {part.md5}. Remove it")
    # The pictures are hardly smaller packed, so they need the same room once more.
    need = part.size * (1 if archive.is_file() else 2)
    if shutil.disk_usage(root).free < need:
        raise DataError(f"{root} has less than the {need / 1e9:.0f} GB that {part.split} needs")
    try:
        download(f"{SERVER}/{archive.name}", archive, checksum=checksum, progress=True)
    except DownloadError as error:
        raise DataError(str(error)) from error
    unpack(archive, root, part.split, _place, count=part.pictures)
    archive.unlink()


def _place(name: str) -> str | None:
    """`val2017/000000000139.jpg` -> `000000000139.jpg`."""
    return Path(name).name if name.endswith(".jpg") else None
