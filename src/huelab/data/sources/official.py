"""Official archives of data sets, one description each, and sets that need a step by hand.

An official set is one or several archives. HueLab downloads them, or the user puts them there by
hand if a server admits only people. HueLab then unpacks them. If nothing says which picture belongs
to which split, it lists the pictures in a `manifest.csv`.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from huelab.data import sources
from huelab.data.folder import MANIFEST
from huelab.data.source import DataError
from huelab.data.sources.download import DownloadError, download, matches
from huelab.data.sources.rebuild import archive_url
from huelab.images import SUFFIXES
from huelab.storage import locked


@dataclass(frozen=True)
class Archive:
    """One archive of an official set.

    Attributes:
        file: its name in the set's folder.
        folder: the folder that it is unpacked to.
        rename: gives, for a name in the archive, the name in `folder`, or None to leave it out.
        count: how many pictures it holds.
        url: its address, or "" if it has to be put there by hand.
        checksum: as in `download`; None if none is published.
        size: in bytes, if it may be more than a disk has room for; otherwise 0.

    Example:
        >>> COCO.archives[0].rename("val2017/000000000139.jpg"), COCO.archives[0].count
        ('000000000139.jpg', 5000)
    """

    file: str
    folder: str
    rename: Callable[[str], str | None]
    count: int
    url: str = ""
    checksum: str | None = None
    size: int = 0


@dataclass(frozen=True)
class Official:
    """How an official set is fetched.

    Attributes:
        archives: in the order in which they are fetched.
        hand: what to do by hand first, if anything; `{root}` stands for the set's folder.
        split: gives the split of each of the sorted files; None if the folders are the splits.
        labeled: whether the folder of a picture is its class.
        check: compares the pictures with published checksums.

    Example:
        >>> FFHQ.first(Path("/data/ffhq"))[:35], COCO.first(Path("/data/coco"))
        ('Download thumbnails128x128.zip (abo', '')
        >>> NCD.fetch(Path("/nowhere/ncd_official"), near=False)
        Traceback (most recent call last):
            ...
        huelab.data.source.DataError: ncd_official needs a step by hand. Download 'Color ...
    """

    archives: tuple[Archive, ...]
    hand: str = ""
    split: Callable[[Sequence[str]], Sequence[str]] | None = None
    labeled: bool = False
    check: Callable[[Path, Sequence[str]], None] = lambda root, files: None

    def first(self, root: Path) -> str:
        """What to do by hand before the set can be fetched; "" if nothing."""
        return self.hand.format(root=root)

    def fetch(self, own: Path, *, near: bool) -> Path:
        """Download, check, unpack and list what is not there yet, and return `own`.

        An archive that was put there by hand is used. `near` changes nothing.

        Raises:
            DataError: without a network, without an archive that has to be put there by hand (the
                message says what to put where), for a wrong archive or wrong pictures, or if the
                disk has too little room.
        """
        there = all((own / archive.folder).is_dir() for archive in self.archives)
        if there and (not self.split or (own / MANIFEST).is_file()):
            self._pictures(own)
            return sources.check(own)
        for archive in self.archives:
            by_hand = not archive.url and not (own / archive.folder).is_dir()
            if by_hand and not (own / archive.file).is_file():
                raise DataError(f"{own.name} needs a step by hand. {self.first(own)}")
        sources.make_writable(own)
        with locked(own / sources.LOCK):
            for archive in self.archives:
                if not (own / archive.folder).is_dir():
                    _bring(own, archive)
            if self.split:
                self._list(own, self.split)
            else:
                self._pictures(own)
        return own

    def _list(self, root: Path, split: Callable[[Sequence[str]], Sequence[str]]) -> None:
        """Write the manifest of all pictures, if their number is right."""
        files = self._pictures(root)
        self.check(root, files)
        rows = [
            {"file": file, "split": part} for file, part in zip(files, split(files), strict=True)
        ]
        if self.labeled:
            rows = [row | {"label": PurePosixPath(row["file"]).parent.name} for row in rows]
        sources.record(root, rows)

    def _pictures(self, root: Path) -> list[str]:
        """The names of all pictures, archive by archive.

        Raises:
            DataError: if a folder has another number of pictures than its archive, for example
                because only a part was unpacked by hand.
        """
        files: list[str] = []
        for archive in self.archives:
            folder = root / archive.folder
            paths = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
            if len(paths) != archive.count:
                raise DataError(
                    f"{folder} holds {len(paths):,} of {archive.count:,} pictures. "
                    f"Remove it, then fetch the set again. {self.first(root)}".rstrip()
                )
            files += sorted(path.relative_to(root).as_posix() for path in paths)
        return files


def _bring(root: Path, archive: Archive) -> None:
    path = root / archive.file
    if path.is_file() and archive.checksum and not matches(path, archive.checksum):
        algorithm, _, digits = archive.checksum.partition(":")
        raise DataError(
            f"{path} is damaged: its {algorithm} is not {digits}. Remove it and get it again"
        )
    # Packing hardly makes pictures smaller, so unpacking needs as much room again.
    need = archive.size * (1 if path.is_file() else 2)
    if shutil.disk_usage(root).free < need:
        raise DataError(
            f"{root} has less than the {need / 1e9:.0f} GB that {archive.folder} needs. Free some "
            "space, or set HUELAB_DATA to a folder on another disk"
        )
    if archive.url:
        try:
            download(archive.url, path, checksum=archive.checksum, progress=True)
        except DownloadError as error:
            raise DataError(str(error)) from error
    sources.unpack(path, root, archive.folder, archive.rename, archive.count)
    if archive.url:
        path.unlink()


def _first(n: int) -> Callable[[Sequence[str]], Sequence[str]]:
    """Take the first n files for training."""
    return lambda files: ["train" if row < n else "test" for row in range(len(files))]


def _drawn(n: int) -> Callable[[Sequence[str]], Sequence[str]]:
    """Take n files for training, drawn by a hash of their names."""

    def split(files: Sequence[str]) -> Sequence[str]:
        train = set(sorted(files, key=lambda file: hashlib.sha256(file.encode()).digest())[:n])
        return ["train" if file in train else "test" for file in files]

    return split


def _below(files: Sequence[str]) -> Sequence[str]:
    """Take the first folder below the archive's own folder as the split."""
    return [PurePosixPath(file).parts[1] for file in files]


# COCO 2017 (Lin et al. 2014). The address is one of plain http, because the https certificate of
# the server names another host. COCO publishes no checksums. The MD5 and sizes below are those that
# the loaders of PaddlePaddle, LVIS and others have recorded; all agree. So HueLab notices a changed
# archive.


def _coco_name(name: str) -> str | None:
    """`val2017/000000000139.jpg` -> `000000000139.jpg`."""
    return PurePosixPath(name).name if name.endswith(".jpg") else None


def _coco(split: str, md5: str, size: int, count: int) -> Archive:
    url = f"http://images.cocodataset.org/zips/{split}.zip"
    return Archive(f"{split}.zip", split, _coco_name, count, url, f"md5:{md5}", size)


COCO = Official(
    (  # the smallest first: each split can be opened as soon as it is there
        _coco("val2017", "442b8da7639aecaf257c1dceb8ba8c80", 815_585_330, 5_000),
        _coco("test2017", "77ad2c53ac5d0aea611d422c0938fb35", 6_646_970_404, 40_670),
        _coco("train2017", "cced6f7f71b7629ddf16f17bbcfab6b2", 19_336_861_798, 118_287),
    )
)


# Fruits-360, release 2020.05.18.0, which paper 002 describes. By the readme of the pinned commit,
# it has 90,483 pictures of 131 classes: 67,692 for training, 22,688 for testing, and 103 of several
# fruits, which are left out. The data set `fruits360` is another one: 5,500 pictures of 30 classes
# of the early release with 33 classes. The repository has since moved to github.com/fruits-360,
# where later releases differ again (2025.03.09.0 has 155 classes).


def _fruits_name(name: str) -> str | None:
    """`<repository>-<commit>/Training/<class>/<file>` -> `train/<class>/<file>`."""
    parts = PurePosixPath(name).parts
    split = {"Training": "train", "Test": "test"}.get(parts[1] if len(parts) == 4 else "")
    return f"{split}/{parts[2]}/{parts[3]}" if split and name.endswith(".jpg") else None


FRUITS360 = Official(
    (
        Archive(
            "fruits360.tar.gz",
            "pictures",
            _fruits_name,
            67_692 + 22_688,
            archive_url("Horea94/Fruit-Images-Dataset", "8f127c5043b29237313f87268f16106b16cbd8c6"),
        ),
    ),
    split=_below,
    labeled=True,
)


# FFHQ (Karras et al. 2019): the 70,000 thumbnails of 128 x 128. They are on Google Drive, whose
# pages no program should click through. Their MD5 are published in `ffhq-dataset-v2.json`. If this
# file is in the folder, HueLab checks the thumbnails by it; otherwise it keeps the sha256 of the
# first use. The first 60,000 are for training (README of NVlabs/ffhq-dataset).
FFHQ_FACTS, FFHQ_FACTS_MD5 = "ffhq-dataset-v2.json", "425ae20f06a4da1d4dc0f46d40ba5fd6"


def _ffhq_name(name: str) -> str | None:
    """`<any folders>/12345.png` -> `12000/12345.png`, as on the drive."""
    number = re.search(r"(?:^|/)(\d\d)(\d\d\d)\.png$", name)
    return f"{number[1]}000/{number[1]}{number[2]}.png" if number else None


def _ffhq_check(root: Path, files: Sequence[str]) -> None:
    """Compare the pictures with the published MD5, if the file of these is there."""
    facts = root / FFHQ_FACTS
    if not facts.is_file():
        return
    if not matches(facts, f"md5:{FFHQ_FACTS_MD5}"):
        raise DataError(
            f"{facts} is damaged: its md5 is not {FFHQ_FACTS_MD5}. Remove it and get it again"
        )
    known = json.loads(facts.read_bytes())
    for file in files:
        path = root / file
        md5 = known[str(int(path.stem))]["thumbnail"]["file_md5"]
        if hashlib.md5(path.read_bytes()).hexdigest() != md5:
            folder = root / PurePosixPath(file).parts[0]
            raise DataError(
                f"{path} is damaged: its md5 is not {md5}. Remove {folder} and fetch the set again"
            )


FFHQ = Official(
    (Archive("thumbnails128x128.zip", "thumbnails128x128", _ffhq_name, 70_000),),
    hand=(
        "Download thumbnails128x128.zip (about 2 GB) from the folder zips of FFHQ's Google Drive, "
        "https://drive.google.com/open?id=1WocxvZ4GEZ1DI8dOz30aSj2zT6pkATYS, into {root}, or run "
        "download_ffhq.py --thumbs of github.com/NVlabs/ffhq-dataset there. If HueLab should check "
        "the published checksums, also download ffhq-dataset-v2.json from "
        "https://drive.google.com/open?id=1u2xu7bSrWxrbUxk-dT-UvEJq8IjdmNTP into {root}. "
        "Then run `huelab data fetch ffhq`"
    ),
    split=_first(60_000),
    check=_ffhq_check,
)


# The Natural-Color Dataset (Anwar et al. 2020). Paper 001 trains on 400 and tests on 323 of the 723
# pictures, and does not say on which. HueLab draws them by a hash of their names. The data set
# `ncd` is a copy that can be fetched: 720 pictures, with the larger ones made smaller, split so
# that equal pictures stay on one side.


def _ncd_name(name: str) -> str | None:
    """The last folder and the name: `<anything>/Apple/Apple1.jpg` -> `Apple/Apple1.jpg`."""
    path = PurePosixPath(name)
    wanted = path.suffix.lower() in SUFFIXES and "__MACOSX" not in path.parts
    return "/".join(path.parts[-2:]) if wanted and not path.name.startswith(".") else None


NCD = Official(
    (Archive("ncd_color.zip", "pictures", _ncd_name, 723),),
    hand=(
        "Download 'Color Groundtruth' of github.com/saeed-anwar/ColorSurvey from "
        "https://drive.google.com/file/d/1k_UvYzdrHbphW4UcbDb9jWB0ZQIAGEAo/view and put it into "
        "{root} as ncd_color.zip. If it is not a zip, unpack it to {root}/pictures/<fruit>/. "
        "Then run `huelab data fetch ncd_official`"
    ),
    split=_drawn(400),
    labeled=True,
)
