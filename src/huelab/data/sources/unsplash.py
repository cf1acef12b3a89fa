"""Unsplash Lite: 25,000 photographs as a list of addresses, under terms that one has to accept.

Paper 001 takes 10,000 photographs for training and 500 for validation, and does not say which;
here they are drawn by a hash of their ids. Unsplash's server makes them smaller (512 wide), and
may make them otherwise some day: the sha256 of the first use is kept. Photographs whose owners
have taken them away are left out, and said to be.
"""

import csv
import hashlib
from pathlib import Path

from huelab import images
from huelab.data.errors import DataError
from huelab.data.folder import MANIFEST
from huelab.data.sources import first_use, pool, unfinished
from huelab.data.sources.download import download
from huelab.storage import locked

LINK = "https://unsplash.com/data/lite/latest"
LISTS = ("photos.tsv000", "photos.csv000", "photos.tsv")
TEST, TRAIN = 500, 10_000
# Imgix's parameters (unsplash.com/documentation, "Supported parameters").
SIZE = "?w=512&fit=max&fm=jpg&q=90"


def by_hand(root: Path) -> str:
    """What to accept and download, and where to put it."""
    return (
        f"Read and accept the terms on github.com/unsplash/datasets (TERMS.md), download {LINK}, "
        f"and put {LISTS[0]} of that archive into {root}. Then run "
        f"`huelab data fetch unsplash_lite`, which downloads {TRAIN + TEST:,} photographs"
    )


def fetch_unsplash(root: Path) -> Path:
    """Download the photographs that the list names; a second call goes on where one ended.

    Raises:
        DataError: without the list (what to download, and where to put it), without a network, or
            if photographs are missing: the others can be opened nevertheless.
    """
    table = next((root / name for name in LISTS if (root / name).is_file()), None)
    if table is None:
        if (root / MANIFEST).is_file():
            return root
        raise DataError(f"unsplash_lite needs a hand. {by_hand(root)}")
    unfinished.make_writable(root)
    with locked(root / ".fetch.lock"):
        return _fetch(root, _addresses(table))


def _fetch(root: Path, addresses: dict[str, str]) -> Path:
    drawn = sorted(addresses, key=lambda photo: hashlib.sha256(photo.encode()).digest())
    place = {photo: f"test/{photo}.jpg" for photo in drawn[:TEST]}
    place |= {photo: f"train/{photo}.jpg" for photo in drawn[TEST : TEST + TRAIN]}

    def fetch(photo: str) -> None:
        path, aside = root / place[photo], root / unfinished.ASIDE / f"{photo}.jpg"
        download(addresses[photo] + SIZE, aside)
        try:
            images.read(aside)
        except images.ImageError as error:
            aside.unlink()
            raise DataError("the server sent no picture") from error
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.replace(path)

    wanted = [photo for photo in place if not (root / place[photo]).is_file()]
    unfinished.mark(root, {place[photo]: "not fetched yet" for photo in wanted})
    try:
        failed = pool.for_each(wanted, fetch, unit="photographs")
    except DataError as error:
        again = "What was fetched is kept; `huelab data fetch unsplash_lite` goes on"
        raise DataError(f"unsplash_lite: {error}. {again}") from error
    missing = {place[wanted[number]]: why for number, why in failed.items()}
    files = sorted(set(place.values()) - set(missing))
    if files:
        first_use.record(root, [{"file": file, "split": file.split("/")[0]} for file in files])
        # The list of Unsplash changes, so what cannot be had any more does not make it partial.
        unfinished.unmark(root)
    if missing:
        raise DataError(
            f"{len(files):,} photographs are in {root} and can be used; {len(missing):,} could "
            f"not be had: {unfinished.reasons(missing)}"
        )
    return root


def _addresses(table: Path) -> dict[str, str]:
    """Photo ids and where the photographs are."""
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
    """Ids become file names, so they are not trusted to hold no slash."""
    return bool(photo) and photo.replace("-", "").replace("_", "").isalnum()
