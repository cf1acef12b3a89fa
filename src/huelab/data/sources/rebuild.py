"""Rebuild a set from its committed listing: fetch missing pictures and check all of them."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from huelab.data import sources
from huelab.data.folder import MANIFEST, MISSING
from huelab.data.source import DataError
from huelab.data.sources import manifests
from huelab.data.sources.archives import ArchiveError, members
from huelab.data.sources.download import DownloadError, download, for_each
from huelab.data.sources.manifests import Entry, Listing, Original, digest_of, is_right
from huelab.storage import locked

# The files of a commit never change. The bytes of an archive may: GitHub packs it on demand and
# promises the same contents, but not the same compression (docs.github.com, "Downloading source
# code archives"). So files are checked by their own sha256, and archives by their contents.
FILES = "https://raw.githubusercontent.com"
ARCHIVES = "https://codeload.github.com"


def file_url(repository: str, commit: str, path: str) -> str:
    """The address of one file of a commit; characters such as blanks are percent-encoded.

    Example:
        >>> file_url("owner/name", "8f127c50", "Apple Red 1/0.jpg")
        'https://raw.githubusercontent.com/owner/name/8f127c50/Apple%20Red%201/0.jpg'
    """
    return f"{FILES}/{repository}/{commit}/{quote(path)}"


def archive_url(repository: str, commit: str) -> str:
    """The address of all files of a commit as a tar.gz, in which every path has one more folder.

    Example:
        >>> archive_url("owner/name", "8f127c50")
        'https://codeload.github.com/owner/name/tar.gz/8f127c50'
    """
    return f"{ARCHIVES}/{repository}/tar.gz/{commit}"


@dataclass(frozen=True)
class Listed:
    """A set that is rebuilt from a committed listing.

    Attributes:
        listing: the name of the listing.
        only: the origins of the listing whose pictures the set has; empty means all of them.

    Example:
        >>> kodak = Listed("kodak24")
        >>> len(kodak.load("kodak24").entries), kodak.first(Path("/data/kodak24"))
        (24, '')
    """

    listing: str
    only: frozenset[str] = frozenset()

    def first(self, root: Path) -> str:
        """What has to be done by hand before the set can be fetched, which is nothing."""
        return ""

    def load(self, name: str) -> Listing:
        """The listing, or the part of it that makes up the set called `name`."""
        listing = manifests.load(self.listing)
        return listing.part(name, self.only) if self.only else listing

    def fetch(self, own: Path, *, near: bool) -> Path:
        """Fetch the set into its own folder (see `rebuild`), and return where it is.

        If the set is a part of another one that is here, it stays in the folder of that one.
        """
        listing, whole = self.load(own.name), own.parent / self.listing
        if self.only and not own.is_dir() and is_whole(listing, whole, near=near):
            return whole
        return rebuild(listing, own, near=near)


def rebuild(listing: Listing, root: Path, *, near: bool) -> Path:
    """Fetch every picture of a listing into `root`, and write a `manifest.csv`.

    Pictures that are there and right are kept, so a second call goes on where the first ended. Each
    picture is checked by its sha256 before it gets its name. Until all are there, `missing.csv`
    lists the missing ones and the set cannot be opened.

    Args:
        listing: the listing.
        root: the folder of the set.
        near: whether to keep a picture that was made smaller from the right original but has other
            bytes than the records', because of another version of Pillow. The data hash of the set
            then differs from that of the records.

    Returns:
        `root`.

    Raises:
        DataError: without a network, if pictures cannot be fetched (the message says how many, and
            why), or if HueLab cannot write to `root`.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> origins = {"mine": manifests.Origin("owner/name", "8f127c50", "CC0")}
        >>> sha256 = hashlib.sha256(b"pixels").hexdigest()
        >>> entry = Entry("train/a.png", dataset="mine", sha256=sha256)
        >>> with TemporaryDirectory() as folder:
        ...     Path(folder, "train").mkdir()
        ...     _ = Path(folder, "train", "a.png").write_bytes(b"pixels")
        ...     _ = rebuild(Listing("mine", False, "", origins, (entry,)), Path(folder), near=False)
        ...     sources.digests(Path(folder)) == {"train/a.png": sha256}
        True
    """
    if is_whole(listing, root, near=near):
        return root
    sources.make_writable(root)
    with locked(root / sources.LOCK):
        there = _there(listing, root, near)
        lacking = [entry for entry in listing.entries if entry.file not in there]
        missing = {entry.file: "not fetched yet" for entry in lacking}
        if missing:
            sources.mark(root, missing)
            bring: Bring = _from_archives if listing.archive else _from_files
            try:
                bring(listing, lacking, _Set(root, there, missing, near))
            finally:
                sources.mark(root, missing)
        if missing:
            raise DataError(
                f"{listing.name}: {len(there):,} of {len(listing.entries):,} pictures are in "
                f"{root}; {len(missing):,} could not be fetched: {sources.reasons(missing)}. "
                f"{root / MISSING} lists all of them"
            )
        _write_manifest(listing, root, there)
        sources.unmark(root)
        shutil.rmtree(root / sources.ASIDE, ignore_errors=True)
    return root


def is_whole(listing: Listing, root: Path, *, near: bool) -> bool:
    """Whether every listed picture is in `root` and right, or was kept because of `near`.

    Example:
        >>> is_whole(manifests.load("kodak24"), Path("/nowhere"), near=False)
        False
    """
    if not (root / MANIFEST).is_file() or (root / MISSING).is_file():
        return False
    return len(_there(listing, root, near)) == len(listing.entries)


class _Set:
    """The folder that is being filled: what is there (file -> sha256), what is missing, and why."""

    def __init__(self, root: Path, there: dict[str, str], missing: dict[str, str], near: bool):
        self.root, self.aside = root, root / sources.ASIDE
        self.there, self.missing, self.near = there, missing, near

    def add(self, entry: Entry, original: Original) -> None:
        try:
            picture = original.picture(entry)
        except (OSError, IndexError, ValueError) as error:
            # Pillow's message holds an address in memory, and a reason must always read the same.
            words = str(error).partition(" <")[0]
            self.missing[entry.file] = f"its original cannot be decoded ({words})"
            return
        if not is_right(entry, picture) and not (self.near and entry.size):
            self.missing[entry.file] = (
                "it was made smaller from the right original, but its bytes differ from those of "
                "the records (another version of Pillow or of its JPEG library?)"
                if entry.size
                else "the server has another picture"
            )
            return
        # `write_whole` would wait for the disk 60,000 times. That is not needed here, because each
        # file is checked by its sha256 when it is decoded.
        aside = self.aside / f"{_short(entry.file)}.new"
        aside.write_bytes(picture)
        path = self.root / entry.file
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(aside, path)
        self.there[entry.file] = hashlib.sha256(picture).hexdigest()
        del self.missing[entry.file]


Bring = Callable[[Listing, list[Entry], _Set], None]


def _from_files(listing: Listing, lacking: list[Entry], target: _Set) -> None:
    """Fetch file by file; one file may hold many pictures."""
    wanted: dict[tuple[str, str], list[Entry]] = {}
    for entry in lacking:
        wanted.setdefault((entry.dataset, entry.path), []).append(entry)

    def fetch(job: tuple[str, str]) -> None:
        dataset, path = job
        origin, entries = listing.origins[dataset], wanted[job]
        sha256 = "" if entries[0].row else entries[0].original or entries[0].sha256
        aside = target.aside / _short(f"{dataset}/{path}")
        url = file_url(origin.repository, origin.commit, path)
        download(url, aside, checksum=f"sha256:{sha256}" if sha256 else None)
        original = Original(aside.read_bytes())
        for entry in entries:
            target.add(entry, original)
        aside.unlink()

    try:
        failed = for_each(list(wanted), fetch, unit="files")
    except DataError as error:
        raise _to_be_continued(listing, error) from error
    for job, why in failed.items():
        for entry in wanted[job]:
            target.missing[entry.file] = why


def _from_archives(listing: Listing, lacking: list[Entry], target: _Set) -> None:
    """Fetch all files of each commit, and keep those whose sha256 is listed."""
    wanted: dict[str, list[Entry]] = {}
    for entry in lacking:
        wanted.setdefault(entry.sha256, []).append(entry)
    digits = len(lacking[0].sha256)
    for dataset, origin in listing.origins.items():
        archive = target.aside / f"{dataset}.tar.gz"
        try:
            download(archive_url(origin.repository, origin.commit), archive, progress=True)
            for member in members(archive):
                if member.is_too_large:
                    continue  # it is not a picture of a set
                content = member.read()
                found = hashlib.sha256(content).hexdigest()[:digits]
                for entry in wanted.pop(found, []):
                    target.add(entry, Original(content))
        except DownloadError as error:
            raise _to_be_continued(listing, error) from error
        except ArchiveError as error:
            archive.unlink(missing_ok=True)
            raise _to_be_continued(listing, f"the archive {error.reason}") from error
        archive.unlink()
    for entries in wanted.values():
        for entry in entries:
            target.missing[entry.file] = "no file of the repository has its sha256"


def _there(listing: Listing, root: Path, near: bool) -> dict[str, str]:
    """The pictures that are in `root` and right: file -> sha256."""
    there = {}
    taken = sources.digests(root) if near else {}
    for entry in listing.entries:
        try:
            picture = (root / entry.file).read_bytes()
        except OSError:
            continue
        sha256 = hashlib.sha256(picture).hexdigest()
        if is_right(entry, picture) or (entry.size and taken.get(entry.file) == sha256):
            there[entry.file] = sha256
    return there


def _write_manifest(listing: Listing, root: Path, there: dict[str, str]) -> None:
    if any(len(entry.sha256) < 64 for entry in listing.entries):
        found = digest_of((entry.file, there[entry.file]) for entry in listing.entries)
        if found != listing.digest:
            raise DataError(
                f"{listing.name}: {root} holds other pictures than are listed. Remove the folder "
                "and fetch the set again"
            )
    rows = []
    for entry in listing.entries:
        origin = listing.origins[entry.dataset]
        rows.append(
            {"file": entry.file, "split": entry.split, "label": entry.label}
            | {"dataset": entry.dataset, "source_repo": origin.repository}
            | {"source_commit": origin.commit, "source_path": entry.path}
            | {"sha256": there[entry.file], "license": origin.license}
        )
    sources.write_manifest(root, rows)


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _to_be_continued(listing: Listing, error: object) -> DataError:
    again = f"What was fetched is kept; `huelab data fetch {listing.name}` goes on"
    return DataError(f"{listing.name}: {error}. {again}")
