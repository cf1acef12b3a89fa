"""A folder of pictures, `<root>/<split>/**`, with an optional `manifest.csv`, as a data set.

The manifest, where there is one, says which files belong to which split: columns `file` (relative
to the root, with forward slashes), `split`, and where known `label` and `sha256`; other columns
are for people. A file whose sha256 is given is checked when it is decoded. Without a manifest the
pictures are the files below `<root>/<split>`, sorted, and the label is the first folder below it.
"""

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from huelab import images
from huelab.data.errors import DataError
from huelab.data.source import Picture, Source
from huelab.images import SUFFIXES

MANIFEST = "manifest.csv"


@dataclass(frozen=True)
class FolderSource(Source):
    """Picture files below one folder."""

    def read(self, picture: Picture) -> np.ndarray:
        path, sha256 = picture.place
        try:
            with open(path, "rb") as file:
                data = file.read()
            if sha256 and hashlib.sha256(data).hexdigest() != sha256:
                raise DataError(
                    f"{path} is not the file its {MANIFEST} lists: the sha256 differs. "
                    "Fetch it again, or correct the manifest"
                )
            return images.read(data)
        except (OSError, images.ImageError) as error:
            raise DataError(f"cannot read {path}: {error}") from error


def folder(name: str, root: Path, split: str, only: Container[str] | None = None) -> FolderSource:
    """One split of a folder of pictures.

    Args:
        name: what the set is to be called.
        root: the folder; only read.
        split: one of the manifest's splits, or the name of a folder in `root`.
        only: leave out rows whose `dataset` is not one of these; None keeps all.

    Raises:
        DataError: if there is no such split (naming those there are), no picture in it, or a
            manifest row without its file, with an unsafe path or listed twice.
    """
    manifest = root / MANIFEST
    if only is not None and not manifest.is_file():
        raise DataError(f"{name} is a part of {root}, but that has no {MANIFEST} to tell which")
    pictures = _listed(root, split, only) if manifest.is_file() else _found(root, split)
    if not pictures:
        raise DataError(f"{name} has no split {split!r} with pictures in {root}; {_splits(root)}")
    return FolderSource(name, split, str(root), tuple(pictures))


def counts(root: Path, only: Container[str] | None = None) -> dict[str, int]:
    """Split names and their numbers of pictures, as listed or, without a manifest, as found.

    Empty if `root` is no folder or holds no pictures. Reads no picture. `only` as for `folder`.
    """
    if (root / MANIFEST).is_file():
        rows = _rows(root / MANIFEST, only)
        return dict(Counter(row["split"] for row in rows if _is_picture(row["file"])))
    try:
        splits = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    except OSError:
        return {}
    found = {split: sum(1 for _ in _walk(root / split)) for split in splits if split[0] != "."}
    return {split: count for split, count in found.items() if count}


def _listed(root: Path, split: str, only: Container[str] | None) -> list[Picture]:
    # Paths stay strings here: making 50,000 `Path`s takes longer than all the rest.
    pictures = {}
    for row in _rows(root / MANIFEST, only):
        if row["split"] != split:
            continue
        file, sha256 = row["file"], row.get("sha256") or ""
        if file.startswith("/") or ".." in file.split("/"):
            raise DataError(f"{root / MANIFEST} lists {file}, which does not lie below {root}")
        if not _is_picture(file):
            raise DataError(f"{root / MANIFEST} lists {file}, which is no picture file")
        if file in pictures:
            raise DataError(f"{root / MANIFEST} lists {file} twice")
        path = os.path.join(root, file)
        mark = f"sha256 {sha256}" if sha256 else _stamp(path)
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
        pictures.append(Picture("/".join([split, *below]), label, _stamp(path), (path, "")))
    return sorted(pictures, key=lambda picture: picture.file)


def _rows(manifest: Path, only: Container[str] | None) -> Iterator[dict[str, str]]:
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            lacking = {"file", "split"} - set(reader.fieldnames or ())
            if lacking:
                raise DataError(f"{manifest} lacks the column {' and '.join(sorted(lacking))}")
            for row in reader:
                if not row["file"] or not row["split"]:
                    raise DataError(f"{manifest}, line {reader.line_num}: no file or no split")
                if only is None or row.get("dataset") in only:
                    yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {manifest}: {error}") from error


def _walk(top: Path) -> Iterator[str]:
    for here, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if _is_picture(name):
                yield os.path.join(here, name)


def _is_picture(file: str) -> bool:
    name = file.rpartition("/")[2]
    return os.path.splitext(name)[1].lower() in SUFFIXES and not name.startswith(".")


def _stamp(path: str) -> str:
    # The path is part of it: two folders of one name may hold different files of equal size.
    try:
        status = os.stat(path)
    except OSError as error:
        raise _missing(path) from error
    return f"{os.path.abspath(path)} {status.st_size} {status.st_mtime_ns}"


def _missing(path: str) -> DataError:
    return DataError(f"{path} is listed but is not there")


def _splits(root: Path) -> str:
    there = counts(root)
    if not there:
        return "there are no pictures (expected <folder>/<split>/... or a manifest.csv)"
    return "there are: " + ", ".join(f"{name} ({n:,})" for name, n in there.items())
