"""Unsplash Lite: 25,000 photographs as a list of addresses, under terms that users must accept.

Paper 001 takes 10,000 photographs for training and 500 for validation, and does not say which.
HueLab draws them by a hash of their ids. Unsplash's server makes them smaller (512 pixels wide). It
may one day make other bytes, so the sha256 of the first use is kept. Photographs that their owners
have removed are left out, and a message says how many.
"""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huelab import images
from huelab.data import sources
from huelab.data.folder import MANIFEST
from huelab.data.source import DataError
from huelab.data.sources.download import download, for_each
from huelab.storage import locked

LINK = "https://unsplash.com/data/lite/latest"
LISTS = ("photos.tsv000", "photos.csv000", "photos.tsv")
# Imgix's parameters (unsplash.com/documentation, "Supported parameters").
SIZE = "?w=512&fit=max&fm=jpg&q=90"


@dataclass(frozen=True)
class Unsplash:
    """How Unsplash Lite is fetched. The first `test` photographs that are drawn are the test.

    Example:
        >>> Unsplash().first(Path("/data/unsplash_lite"))[:25]
        'Read and accept the terms'
        >>> Unsplash().fetch(Path("/nowhere"), near=False)
        Traceback (most recent call last):
            ...
        huelab.data.source.DataError: unsplash_lite needs a step by hand. Read and accept the ...
    """

    train: int = 10_000
    test: int = 500

    def first(self, root: Path) -> str:
        """What to accept and download, and where to put it."""
        return (
            f"Read and accept the terms on github.com/unsplash/datasets (TERMS.md), download "
            f"{LINK}, and put {LISTS[0]} of that archive into {root}. Then run `huelab data fetch "
            f"unsplash_lite`, which downloads {self.train + self.test:,} photographs"
        )

    def fetch(self, own: Path, *, near: bool) -> Path:
        """Download the photographs of the list, or go on where an earlier call ended.

        `near` changes nothing.

        Raises:
            DataError: without the list (the message says what to download and where to put it),
                without a network, or if photographs are missing. The others can then be opened.
        """
        table = next((own / name for name in LISTS if (own / name).is_file()), None)
        if table is None:
            if (own / MANIFEST).is_file():
                return own
            raise DataError(f"unsplash_lite needs a step by hand. {self.first(own)}")
        sources.make_writable(own)
        with locked(own / sources.LOCK):
            return self._fetch(own, _addresses(table))

    def _fetch(self, root: Path, addresses: dict[str, str]) -> Path:
        drawn = sorted(addresses, key=lambda photo: hashlib.sha256(photo.encode()).digest())
        files = {photo: f"test/{photo}.jpg" for photo in drawn[: self.test]}
        drawn = drawn[self.test : self.test + self.train]
        files |= {photo: f"train/{photo}.jpg" for photo in drawn}

        def fetch(photo: str) -> None:
            path, aside = root / files[photo], root / sources.ASIDE / f"{photo}.jpg"
            download(addresses[photo] + SIZE, aside)
            try:
                images.read(aside)
            except images.ImageError as error:
                aside.unlink()
                raise DataError("the server sent a file that is not a picture") from error
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.replace(path)

        wanted = [photo for photo, file in files.items() if not (root / file).is_file()]
        sources.mark(root, {files[photo]: "not fetched yet" for photo in wanted})
        try:
            failed = for_each(wanted, fetch, unit="photographs")
        except DataError as error:
            again = "What was fetched is kept; `huelab data fetch unsplash_lite` goes on"
            raise DataError(f"unsplash_lite: {error}. {again}") from error
        return _record(root, files, {files[photo]: why for photo, why in failed.items()})


def _record(root: Path, files: Mapping[str, str], missing: Mapping[str, str]) -> Path:
    there = sorted(set(files.values()) - set(missing))
    if there:
        sources.record(root, [{"file": file, "split": file.split("/")[0]} for file in there])
        # Photographs may be removed from Unsplash, so a missing one does not make the set partial.
        sources.unmark(root)
    if missing:
        raise DataError(
            f"{len(there):,} photographs are in {root} and can be used; {len(missing):,} could "
            f"not be fetched: {sources.reasons(missing)}"
        )
    return root


def _addresses(table: Path) -> dict[str, str]:
    """The ids of photographs and their addresses."""
    csv.field_size_limit(1 << 24)
    with open(table, encoding="utf-8", newline="") as file:
        tabs = "\t" in file.readline()
        file.seek(0)
        rows = csv.DictReader(file, delimiter="\t" if tabs else ",")
        columns = {"photo_id", "photo_image_url"}
        if not columns <= set(rows.fieldnames or ()):
            raise DataError(f"{table} lacks the columns photo_id and photo_image_url")
        return {
            row["photo_id"]: row["photo_image_url"]
            for row in rows
            if _is_id(row["photo_id"]) and (row["photo_image_url"] or "").startswith("http")
        }


def _is_id(photo: str | None) -> bool:
    """Whether an id is safe as a file name, which must not hold a slash."""
    return bool(photo) and str(photo).replace("-", "").replace("_", "").isalnum()
