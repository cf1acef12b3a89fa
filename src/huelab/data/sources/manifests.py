"""The committed listings: every picture of a set, where it came from and its sha256.

    python -m huelab.data.sources.manifests NAME FOLDER [--archive] [--digits 16]

makes a listing from a folder of pictures with a `manifest.csv` that names sources. This is needed
only when a set changes. `--archive` is for sets of very many files, or of files whose paths are not
known: whole commits are fetched and searched by sha256, so the listing has no paths.

`manifests/<name>.csv.gz` has a row for each picture, in the order of their numbers. A row is small,
because it leaves out what its set says. `manifests/sources.json` has repository, commit and license
once for each source. Empty columns are left out. The 60,000 digests of CIFAR-10 are cut to 16
digits, and one sha256 over the whole listing makes up for that.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from huelab.storage import write_whole

_SIDE = 32  # of pictures that a file keeps one a row, in pixels
FOLDER = Path(__file__).parents[1] / "manifests"


@dataclass(frozen=True, slots=True)
class Origin:
    """A commit of a GitHub repository, and what is known about the license of its pictures.

    Example:
        >>> Origin("owner/name", "8f127c50", "CC0").repository
        'owner/name'
    """

    repository: str
    commit: str
    license: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of a listing.

    Attributes:
        file: its name within the set; the first folder is its split.
        label: its class, or "".
        dataset: the name of the origin that it comes from.
        path: the file in the repository, or "" if the file is found by its sha256.
        original: the sha256 of that file, if it is not the picture itself.
        sha256: the first digits of the picture's sha256; all 64 except for CIFAR-10.
        size: width x height, if the picture was made smaller from the file.
        row: its row in the file, if the file holds many pictures of 32 x 32, one a row.
        pixels: the sha256 of its pixels, if only these are sure to be the same every time.

    Example:
        >>> Entry("train/Apple/1.jpg", label="Apple").split
        'train'
    """

    file: str
    label: str = ""
    dataset: str = ""
    path: str = ""
    original: str = ""
    sha256: str = ""
    size: str = ""
    row: str = ""
    pixels: str = ""

    @property
    def split(self) -> str:
        """The split of the picture, which is the first folder of its name."""
        return self.file.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Listing:
    """All pictures of a set and their origins.

    Attributes:
        name: the name of the set.
        archive: whether to fetch whole commits and search them, instead of single files.
        digest: `digest_of` all its files.
        origins: where its pictures come from, by name.
        entries: its pictures, in the order of their numbers.

    Example:
        >>> photos = load("photos")
        >>> len(photos.part("photos_open", {"caltech101"}).origins), len(photos.origins) > 1
        (1, True)
    """

    name: str
    archive: bool
    digest: str
    origins: dict[str, Origin]
    entries: tuple[Entry, ...]

    def part(self, name: str, datasets: Iterable[str]) -> "Listing":
        """The part of the listing that comes from some of its origins, under another name."""
        kept = {key: self.origins[key] for key in datasets}
        entries = tuple(entry for entry in self.entries if entry.dataset in kept)
        return Listing(name, self.archive, "", kept, entries)


@cache
def load(name: str) -> Listing:
    """A committed listing.

    Raises:
        KeyError: if there is no listing of that name.

    Example:
        >>> listing = load("kodak24")
        >>> len(listing.entries), listing.entries[0].split
        (24, 'test')
    """
    facts = json.loads((FOLDER / "sources.json").read_text(encoding="utf-8"))[name]
    text = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes()).decode()
    origins = {key: Origin(**origin) for key, origin in facts["origins"].items()}
    only = next(iter(origins)) if len(origins) == 1 else ""
    entries = tuple(Entry(**{"dataset": only} | row) for row in csv.DictReader(io.StringIO(text)))
    return Listing(name, facts["archive"], facts["digest"], origins, entries)


def digest_of(files: Iterable[tuple[str, str]]) -> str:
    """One sha256 for a whole listing: that of its lines `file, tab, sha256`, in order.

    Example:
        >>> line = b"a.png" + bytes([9]) + b"0123" + bytes([10])  # a tab, and the end of the line
        >>> digest_of([("a.png", "0123")]) == hashlib.sha256(line).hexdigest()
        True
    """
    lines = "".join(f"{file}\t{sha256}\n" for file, sha256 in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def pack(entries: Iterable[Entry]) -> bytes:
    """The committed file for `entries`: compressed CSV, the same bytes in every call.

    Empty columns are left out, and so is the column `dataset` if it has only one value.

    Example:
        >>> gzip.decompress(pack([Entry("train/a.png", dataset="mine")])).decode().splitlines()
        ['file', 'train/a.png']
    """
    entries = list(entries)
    names = [field.name for field in fields(Entry)]
    columns = [name for name in names if any(getattr(entry, name) for entry in entries)]
    if len({entry.dataset for entry in entries}) == 1:
        columns.remove("dataset")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(entry, name) for name in columns] for entry in entries)
    # With a time stamp, every run would give another file.
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


class Original:
    """The bytes of one file, decoded at most once.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (8, 6), "red").save(file, "PNG")
        >>> smaller = Original(file.getvalue()).picture(Entry("a.jpg", size="4x3"))
        >>> Image.open(io.BytesIO(smaller)).size
        (4, 3)
    """

    def __init__(self, content: bytes):
        self.content = content

    def picture(self, entry: Entry) -> bytes:
        """The bytes of the picture file that `entry` lists.

        Pillow makes a smaller picture: RGB, bicubic, JPEG of quality 92 without chroma subsampling.
        In all listed pictures, the bytes before the pixel data are exactly those that Pillow 12.3
        writes with these settings. The pixel data depend on Pillow and its JPEG library, and only
        the sha256 can tell whether they are the same, too.

        Raises:
            OSError: if the file cannot be decoded.
        """
        if entry.row:
            return _png(self._rows[int(entry.row)].reshape(_SIDE, _SIDE, 3))
        if entry.size:
            width, height = map(int, entry.size.split("x"))
            return _smaller(self.content, width, height)
        return self.content

    @cached_property
    def _rows(self) -> np.ndarray:
        with Image.open(io.BytesIO(self.content)) as image:
            return np.asarray(image.convert("RGB"))


def is_right(entry: Entry, picture: bytes) -> bool:
    """Whether these bytes are the listed picture: the same file, or at least the same pixels.

    Example:
        >>> is_right(Entry("a.png", sha256=hashlib.sha256(b"pixels").hexdigest()[:16]), b"pixels")
        True
    """
    if hashlib.sha256(picture).hexdigest().startswith(entry.sha256):
        return True
    # Another version of zlib may compress the same pixels of a PNG to other bytes.
    return bool(entry.pixels) and _pixels_sha256_or_none(picture) == entry.pixels


def _pixels_sha256_or_none(picture: bytes) -> str | None:
    try:
        return pixels_sha256(picture)
    except OSError:
        return None


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", optimize=True)
    return file.getvalue()


def _smaller(content: bytes, width: int, height: int) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        small = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    small.save(file, "JPEG", quality=92, subsampling=0)
    return file.getvalue()


def pixels_sha256(picture: bytes) -> str:
    """The sha256 of the RGB values, row by row, of a picture file's bytes.

    Raises:
        OSError: if the picture cannot be decoded.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (1, 1), (1, 2, 3)).save(file, "PNG")
        >>> pixels_sha256(file.getvalue()) == hashlib.sha256(bytes([1, 2, 3])).hexdigest()
        True
    """
    with Image.open(io.BytesIO(picture)) as image:
        return hashlib.sha256(np.asarray(image.convert("RGB")).tobytes()).hexdigest()


# The path of a sheet of many pictures, its row, and perhaps more, as in "x.png row 7; ...".
_ROW = " row "


def entry_of(row: dict[str, str], root: Path, *, archive: bool, digits: int) -> Entry:
    """The entry of a listing for a row of a folder's manifest.

    `digits` says how many digits of the sha256 are kept. With `archive`, the path is left out.

    Example:
        >>> row = {"file": "train/a.png", "dataset": "photos", "sha256": "0123456789abcdef"}
        >>> entry_of(row, Path("photos"), archive=False, digits=8).sha256
        '01234567'
    """
    path, _, after = row.get("source_path", "").partition(_ROW)
    number = after.partition(";")[0] if after else ""
    original = row.get("source_sha256", "")
    resized = row.get("resized") == "1"
    return Entry(
        file=row["file"],
        label=row.get("label", ""),
        dataset=row["dataset"],
        path="" if archive else path,
        original=original if original != row["sha256"] else "",
        sha256=row["sha256"][:digits],
        size=f"{row['width']}x{row['height']}" if resized else "",
        row=number,
        pixels=pixels_sha256((root / row["file"]).read_bytes()) if number else "",
    )


def make(name: str, root: Path, *, archive: bool, digits: int) -> None:
    """Write the listing of one set, and its facts into `sources.json`.

    Raises:
        ValueError: if a picture is in the folder of another split than its manifest says.
    """
    with open(root / "manifest.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = [entry_of(row, root, archive=archive, digits=digits) for row in rows]
    for entry, row in zip(entries, rows, strict=True):
        if entry.split != row["split"]:
            raise ValueError(
                f"{entry.file} is in the folder of the split {entry.split!r}, but the manifest "
                f"lists it as {row['split']!r}"
            )
    origins = {
        row["dataset"]: Origin(row["source_repo"], row["source_commit"], row["licence"])
        for row in rows
    }
    write_whole(FOLDER / f"{name}.csv.gz", pack(entries))
    table = FOLDER / "sources.json"
    facts = json.loads(table.read_text(encoding="utf-8")) if table.exists() else {}
    for key, known in facts.get(name, {}).get("origins", {}).items():
        if key in origins:  # keep what has been found out about a license since
            origins[key] = replace(origins[key], license=known["license"])
    facts[name] = {
        "archive": archive,
        "digest": digest_of((row["file"], row["sha256"]) for row in rows),
        "origins": {
            key: {field: getattr(origin, field) for field in Origin.__slots__}
            for key, origin in sorted(origins.items())
        },
    }
    ordered = json.dumps(dict(sorted(facts.items())), indent=2, ensure_ascii=False)
    write_whole(table, ordered + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make a committed listing.")
    parser.add_argument("name", help="Name of the set.")
    parser.add_argument("folder", type=Path, help="Its folder, with a manifest.csv.")
    parser.add_argument("--archive", action="store_true", help="Fetch whole commits, by sha256.")
    parser.add_argument("--digits", type=int, default=64, help="Digits of each sha256 to keep.")
    asked = parser.parse_args()
    make(asked.name, asked.folder, archive=asked.archive, digits=asked.digits)
