"""Data sets that are folders: `<folder>/<split>/**`, with an optional `manifest.csv`.

The manifest says which files belong to which split. It has the columns `file` (relative to the
folder, with forward slashes) and `split`, and may have `label` and `sha256`; other columns are for
people. A file whose sha256 is given is checked when it is decoded. Without a manifest, the pictures
are the files below `<folder>/<split>`, sorted, and the label is the first folder below it.
"""

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from huelab import images
from huelab.data.source import DataError, Picture, Source
from huelab.images import SUFFIXES
from huelab.storage import data_dir

MANIFEST = "manifest.csv"
# The folder of a set has this file while pictures are missing: their names, and why.
MISSING = "missing.csv"


@dataclass(frozen=True)
class FolderSource(Source):
    """Picture files below one folder.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     images.write(Path(folder, "a.png"), np.zeros((4, 6, 3), np.uint8))
        ...     picture = Picture("a.png", "", "", key=(f"{folder}/a.png", ""))
        ...     FolderSource("mine", "train", folder, (picture,)).read(picture).shape
        (4, 6, 3)
    """

    def read(self, picture: Picture) -> np.ndarray:
        path, sha256 = picture.key
        try:
            with open(path, "rb") as file:
                data = file.read()
            if sha256 and hashlib.sha256(data).hexdigest() != sha256:
                raise DataError(
                    f"{path} is not the file that its {MANIFEST} lists: the sha256 differs. "
                    "Fetch it again, or correct the manifest"
                )
            return images.read(data)
        except (OSError, images.ImageError) as error:
            raise DataError(f"HueLab cannot read {path}: {error}") from error


class Fetching(Protocol):
    """How a set is fetched into a folder; see `sources.rebuild.Listed`."""

    def first(self, root: Path) -> str:
        """What has to be done by hand before the set can be fetched; "" if nothing."""

    def fetch(self, own: Path, *, near: bool) -> Path:
        """Fetch the set into its own folder, and return where it is."""


@dataclass(frozen=True)
class Folder:
    """A folder of pictures.

    Attributes:
        path: below `data_dir()`, or absolute.
        fetching: how its pictures are fetched; None if HueLab knows no source of them.
        only: the set has only the rows of the manifest whose `dataset` is one of these.
        within: the folder of the larger set, in which such a part may be if it has no folder.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Path(folder, "train", "red").mkdir(parents=True)
        ...     images.write(Path(folder, "train", "red", "a.png"), np.zeros((4, 6, 3), np.uint8))
        ...     mine = Folder(Path(folder))
        ...     (picture,) = mine.open("mine", "train", None).pictures
        ...     mine.counts("mine"), picture.file, picture.label
        ({'train': 1}, 'train/red/a.png', 'red')
        >>> lost = Folder("lost")
        >>> lost.is_here, lost.first, lost.own == lost.root, lost.by_hand[:16], lost.absence[-12:]
        (False, None, True, 'put its pictures', 'not a folder')
        >>> lost.fetch(near=False) == lost.root  # HueLab knows no source of it
        True
        >>> lost.where == str(lost.root)
        True
    """

    path: str | Path
    fetching: Fetching | None = None
    only: frozenset[str] | None = None
    within: str = ""

    @property
    def own(self) -> Path:
        """Where the set is put when it is fetched."""
        return data_dir().absolute() / self.path

    @property
    def root(self) -> Path:
        """Where the set is, or where HueLab looks for it."""
        whole = data_dir().absolute() / self.within
        return whole if self.within and whole.is_dir() and not self.own.is_dir() else self.own

    @property
    def where(self) -> str:
        """The path of `root`, for messages."""
        return str(self.root)

    @property
    def is_here(self) -> bool:
        """Whether the folder of the set is there."""
        return self.root.is_dir()

    @property
    def absence(self) -> str:
        """What HueLab looked for and did not find."""
        return f"{self.root} is not a folder"

    @property
    def by_hand(self) -> str:
        """How to put the set where HueLab looks for it."""
        return (
            f"put its pictures into {self.root}/<split>/, or set HUELAB_DATA (now {data_dir()}) "
            f"to the folder that holds {self.root.name}/"
        )

    @property
    def first(self) -> str | None:
        """What to do by hand before the set can be fetched; None if it cannot be fetched."""
        return self.fetching.first(self.own) if self.fetching else None

    def fetch(self, *, near: bool) -> Path:
        """Fetch the set into its own folder, and return where it is."""
        return self.fetching.fetch(self.own, near=near) if self.fetching else self.root

    def counts(self, name: str) -> dict[str, int]:
        """The names of splits and their numbers of pictures, by the manifest or the files found.

        The result is empty if there is no folder or no picture. No picture is read.

        Raises:
            DataError: for a manifest that cannot be read, or a set that is only partly there.
        """
        root = self.root
        refuse_a_part(root, name)
        if (root / MANIFEST).is_file():
            rows = manifest_rows(root / MANIFEST, self._kept(root))
            return dict(Counter(row["split"] for row in rows if _is_picture(row["file"])))
        try:
            splits = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
        except OSError:
            return {}
        found = {split: sum(1 for _ in _walk(root / split)) for split in splits if split[0] != "."}
        return {split: count for split, count in found.items() if count}

    def open(self, name: str, split: str, size: int | None) -> FolderSource:
        """One split, which has no pictures if the set has no such split. `size` changes nothing.

        Raises:
            DataError: for a manifest that cannot be read, for a row whose file is missing, unsafe
                or listed twice, or for a set that is only partly there.
        """
        root = self.root
        refuse_a_part(root, name)
        kept, listed = self._kept(root), (root / MANIFEST).is_file()
        if kept is not None and not listed:
            raise DataError(
                f"{name} is a part of the pictures in {root}, but {root} has no {MANIFEST} that "
                "says which part"
            )
        pictures = _listed(root, split, kept) if listed else _found(root, split)
        return FolderSource(name, split, str(root), tuple(pictures))

    def _kept(self, root: Path) -> frozenset[str] | None:
        return None if root == self.own else self.only


def refuse_a_part(root: Path, name: str) -> None:
    """Refuse a folder in which pictures are known to be missing.

    Raises:
        DataError: if the folder has a list of missing pictures.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     refuse_a_part(Path(folder), "faces")  # nothing is missing
    """
    if (root / MISSING).is_file():
        raise DataError(
            f"{name} is only partly here: {root / MISSING} lists what is missing. "
            f"Run the command again that fetches it, such as `huelab data fetch {name}`; it goes on"
        )


def _listed(root: Path, split: str, only: frozenset[str] | None) -> list[Picture]:
    # Paths stay strings here, because making 50,000 `Path`s takes longer than all other work.
    pictures: dict[str, Picture] = {}
    for row in manifest_rows(root / MANIFEST, only):
        if row["split"] != split:
            continue
        file, sha256 = row["file"], row.get("sha256") or ""
        if file.startswith("/") or ".." in file.split("/"):
            raise DataError(f"{root / MANIFEST} lists {file}, which does not lie below {root}")
        if not _is_picture(file):
            raise DataError(f"{root / MANIFEST} lists {file}, which is not a picture file")
        if file in pictures:
            raise DataError(f"{root / MANIFEST} lists {file} twice")
        path = os.path.join(root, file)
        mark = f"sha256 {sha256}" if sha256 else stamp(path)
        if sha256 and not os.path.isfile(path):
            raise _missing(path)
        pictures[file] = Picture(file, row.get("label") or "", mark, (path, sha256))
    return list(pictures.values())


def _found(root: Path, split: str) -> list[Picture]:
    top = root / split
    if not split or {"/", "\\"} & set(split) or split.startswith(".") or not top.is_dir():
        return []
    pictures = []
    for path in _walk(top):
        below = os.path.relpath(path, top).split(os.sep)
        label = below[0] if len(below) > 1 else ""
        pictures.append(Picture("/".join([split, *below]), label, stamp(path), (path, "")))
    return sorted(pictures, key=lambda picture: picture.file)


def manifest_rows(manifest: Path, only: frozenset[str] | None = None) -> Iterator[dict[str, str]]:
    """The rows of a manifest, or only those whose `dataset` is one of `only`.

    Raises:
        DataError: if the manifest cannot be read, or lacks a file or a split.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     manifest = Path(folder) / "manifest.csv"
        ...     _ = manifest.write_text("file,split\\na.png,train\\n")
        ...     list(manifest_rows(manifest))
        [{'file': 'a.png', 'split': 'train'}]
    """
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            lacking = {"file", "split"} - set(reader.fieldnames or ())
            if lacking:
                raise DataError(f"{manifest} lacks the column {' and '.join(sorted(lacking))}")
            for row in reader:
                if not row["file"] or not row["split"]:
                    raise DataError(
                        f"{manifest}, line {reader.line_num}, lacks its file or its split"
                    )
                if only is None or row.get("dataset") in only:
                    yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"HueLab cannot read {manifest}: {error}") from error


def _walk(top: Path) -> Iterator[str]:
    for here, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if _is_picture(name):
                yield os.path.join(here, name)


def _is_picture(file: str) -> bool:
    name = file.rpartition("/")[2]
    return os.path.splitext(name)[1].lower() in SUFFIXES and not name.startswith(".")


def stamp(path: str) -> str:
    """A text that changes when a file does: its path, size and time of change.

    Raises:
        DataError: if the file is not there.

    Example:
        >>> stamp(__file__) == stamp(__file__)
        True
    """
    # The path belongs to it: two folders of one name may hold different files of equal size.
    try:
        status = os.stat(path)
    except OSError as error:
        raise _missing(path) from error
    return f"{os.path.abspath(path)} {status.st_size} {status.st_mtime_ns}"


def _missing(path: str) -> DataError:
    return DataError(f"{path} is listed but is not there")
