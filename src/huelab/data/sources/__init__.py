"""Where data sets come from: committed listings, official archives, and files put there by hand.

This module has what all of them share: the folder of a set while it is filled, so that a part is
never taken for the whole, and its `manifest.csv`. Some sets have no published checksums. The first
time such a set is put together, the sha256 of every picture is written to its manifest. Later it is
checked whenever a picture is decoded, and when the set is put together again.
"""

import csv
import hashlib
import io
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from huelab.data.folder import MANIFEST, MISSING
from huelab.data.source import DataError
from huelab.data.sources.archives import members
from huelab.storage import write_whole

# Downloads are here until they are complete and checked. The folder is hidden, so it is no split.
ASIDE = ".fetch"
LOCK = ".fetch.lock"


def make_writable(root: Path) -> None:
    """Make the folder of a set.

    Raises:
        DataError: if HueLab cannot write to the folder.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     make_writable(Path(folder, "mine"))
        ...     Path(folder, "mine").is_dir()
        True
    """
    try:
        (root / ASIDE).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{root} cannot be written to ({error.strerror}); set HUELAB_DATA to a folder of your "
            "own"
        ) from error


def mark(root: Path, missing: Mapping[str, str]) -> None:
    """Write down which pictures are missing (file -> reason). The set then cannot be opened.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     mark(Path(folder), {"test/a.png": "the server says 404 Not Found"})
        ...     (Path(folder) / MISSING).read_text().splitlines()
        ['file,reason', 'test/a.png,the server says 404 Not Found']
    """
    rows = [{"file": file, "reason": reason} for file, reason in missing.items()]
    _write(root / MISSING, ["file", "reason"], rows)


def unmark(root: Path) -> None:
    """Remove the list of missing pictures, because the set is whole.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     mark(Path(folder), {"test/a.png": "not fetched yet"})
        ...     unmark(Path(folder))
        ...     (Path(folder) / MISSING).exists()
        False
    """
    (root / MISSING).unlink(missing_ok=True)


def reasons(missing: Mapping[str, str]) -> str:
    """Why pictures are missing: the four most frequent reasons, with a count and one example each.

    Example:
        >>> reasons({"a.png": "it is gone", "b.png": "it is gone", "c.png": "it is damaged"})
        '2 x it is gone (such as a.png); 1 x it is damaged (such as c.png)'
    """
    counts = Counter(missing.values())
    first: dict[str, str] = {}
    for file, reason in missing.items():
        first.setdefault(reason, file)
    lines = [f"{n:,} x {why} (such as {first[why]})" for why, n in counts.most_common(4)]
    return "; ".join(lines) + ("; and others" if len(counts) > 4 else "")


def record(root: Path, rows: Iterable[dict[str, str]]) -> None:
    """Write `manifest.csv` for pictures in `root`, and add their sha256.

    Args:
        root: the folder of the set.
        rows: `file`, `split` and anything else that is known about each picture.

    Raises:
        DataError: if a picture cannot be read, or is not the one that an earlier `manifest.csv`
            lists.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Path(folder, "a.png").write_bytes(b"pixels") == 6
        ...     record(Path(folder), [{"file": "a.png", "split": "train"}])
        ...     digests(Path(folder)) == {"a.png": hashlib.sha256(b"pixels").hexdigest()}
        True
        True
    """
    known = digests(root)
    write_manifest(root, [row | {"sha256": _same(root, row["file"], known)} for row in rows])


def check(root: Path) -> Path:
    """Compare all pictures with `manifest.csv`, and return `root`.

    Raises:
        DataError: if a picture is missing or is not the one that was there at first.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     check(Path(folder)) == Path(folder)  # nothing is listed, so nothing is wrong
        True
    """
    known = digests(root)
    for file in known:
        _same(root, file, known)
    return root


def digests(root: Path) -> dict[str, str]:
    """The sha256 of each file that `manifest.csv` lists; {} without a manifest.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     write_manifest(Path(folder), [{"file": "a.png", "sha256": "0123"}])
        ...     digests(Path(folder))
        {'a.png': '0123'}
    """
    try:
        with open(root / MANIFEST, encoding="utf-8-sig", newline="") as file:
            return {row["file"]: row.get("sha256") or "" for row in csv.DictReader(file)}
    except FileNotFoundError:
        return {}


def write_manifest(root: Path, rows: Sequence[dict[str, str]]) -> None:
    """Write `manifest.csv`, with the columns of the first row.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     write_manifest(Path(folder), [{"file": "a.png", "split": "train"}])
        ...     (Path(folder) / MANIFEST).read_text().splitlines()
        ['file,split', 'a.png,train']
    """
    _write(root / MANIFEST, list(rows[0]), rows)


def unpack(
    archive: Path,
    root: Path,
    folder: str,
    rename: Callable[[str], str | None],
    count: int,
) -> None:
    """Unpack an archive into `root/folder`, which appears only when all files are there.

    Args:
        archive: the archive.
        root: the folder of the set.
        folder: the name of the folder within `root`.
        rename: gives, for a name in the archive, the name in `folder`, or None to leave it out.
        count: how many files there must be.

    Raises:
        DataError: if the archive cannot be read (see `archives.members`), if it holds another
            number of wanted files, two files of one name, or a file that would lie outside of
            `folder`, or if the disk is full.

    Example:
        >>> import zipfile
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     archive = Path(folder, "a.zip")
        ...     with zipfile.ZipFile(archive, "w") as file:
        ...         file.writestr("photos/a.png", b"pixels")
        ...     unpack(archive, Path(folder), "train", lambda name: name.split("/")[1], count=1)
        ...     Path(folder, "train", "a.png").read_bytes()
        b'pixels'
    """
    aside = root / ASIDE / folder
    shutil.rmtree(aside, ignore_errors=True)
    found = 0
    try:
        for member in members(archive):
            file = rename(member.name)
            if file is None:
                continue
            path = _within(aside, file)
            if path is None:
                raise DataError(
                    f"{archive} holds {member.name!r}, which would lie outside of {root}"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                raise DataError(
                    f"{archive} holds two files for {file}, one of them {member.name!r}"
                )
            path.write_bytes(member.read())
            found += 1
        if found != count:
            raise DataError(
                f"{archive} holds {found:,} of {count:,} pictures. Remove it and get the whole "
                "archive"
            )
        shutil.rmtree(root / folder, ignore_errors=True)
        os.replace(aside, root / folder)
    except OSError as error:
        raise DataError(f"{archive} could not be unpacked: {error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _within(folder: Path, file: str) -> Path | None:
    """The path of a file in a folder; None for a name that leads out of the folder, or nowhere."""
    try:
        path = (folder / file).resolve()
    except ValueError:  # a zero byte in the name
        return None
    return path if path.is_relative_to(folder.resolve()) and path != folder.resolve() else None


def _same(root: Path, file: str, known: Mapping[str, str]) -> str:
    """The sha256 of a file, which must be the known one if one is known."""
    try:
        with open(root / file, "rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"HueLab cannot read {root / file}: {error.strerror}") from error
    if known.get(file, sha256) != sha256:
        raise DataError(
            f"{root / file} is not the file that was there at first (its sha256 was "
            f"{known[file][:16]}...). If you mean to use it, remove {root / MANIFEST}"
        )
    return sha256


def _write(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())
