"""The committed listings: every picture of a set, where it came from and its sha256.

`manifests/<name>.csv.gz` has a row for each picture, in the order in which they are numbered. To
stay small a row says only what its set does not say: repository, commit and license stand once
for each source in `manifests/sources.json`, empty columns are left out, and CIFAR-10's 60,000
digests are cut to 16 digits, with one sha256 over the whole listing to make up for it.
"""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "manifests"


@dataclass(frozen=True, slots=True)
class Origin:
    """A commit of a GitHub repository, and what is known of the pictures' license."""

    repository: str
    commit: str
    license: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of a listing.

    Attributes:
        file: its name within the set; the first folder is its split.
        label: its class, or "".
        dataset: which of the set's origins it comes from.
        path: the file in the repository, or "" if it is to be found by its sha256.
        original: the sha256 of that file, if it is not the picture itself.
        sha256: the first digits of the picture's sha256; all 64 but for CIFAR-10.
        size: width x height, if the picture is the file made smaller.
        row: its row in the file, if the file holds many pictures of 32 x 32, one a row.
        pixels: the sha256 of its pixels, where only they are sure to come out the same.
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
        return self.file.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Listing:
    """All pictures of a set and their origins.

    Attributes:
        name: the set.
        archive: whether to fetch whole commits and search them, not file by file.
        digest: `digest_of` all its files.
    """

    name: str
    archive: bool
    digest: str
    origins: dict[str, Origin]
    entries: tuple[Entry, ...]

    def only(self, name: str, datasets: Iterable[str]) -> "Listing":
        """The part that comes from some of the origins, under another name."""
        kept = {key: self.origins[key] for key in datasets}
        entries = tuple(entry for entry in self.entries if entry.dataset in kept)
        return Listing(name, self.archive, "", kept, entries)


@cache
def load(name: str) -> Listing:
    """A committed listing.

    Raises:
        KeyError: if there is none of that name.
    """
    facts = json.loads((FOLDER / "sources.json").read_text(encoding="utf-8"))[name]
    text = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes()).decode()
    origins = {key: Origin(**origin) for key, origin in facts["origins"].items()}
    alone = next(iter(origins)) if len(origins) == 1 else ""
    entries = tuple(Entry(**{"dataset": alone} | row) for row in csv.DictReader(io.StringIO(text)))
    return Listing(name, facts["archive"], facts["digest"], origins, entries)


def digest_of(files: Iterable[tuple[str, str]]) -> str:
    """One sha256 for a whole listing: of lines `file, tab, sha256`, in order."""
    lines = "".join(f"{file}\t{sha256}\n" for file, sha256 in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def pack(entries: Iterable[Entry]) -> bytes:
    """What is committed for `entries`: CSV, compressed, the same bytes whenever it is called.

    Columns that are empty, or a single dataset, are left out.
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
    # No time stamp, or every run would give another file.
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
