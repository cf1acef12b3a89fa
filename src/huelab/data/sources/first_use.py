"""Sets without published checksums: what comes first is trusted, and must stay the same.

The first time such a set is put together, the sha256 of every picture is written to its
`manifest.csv`. From then on they are checked whenever a picture is decoded, and when the set is
put together again.
"""

import csv
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from huelab.data.errors import DataError
from huelab.data.folder import MANIFEST
from huelab.data.sources import unfinished


def record(root: Path, rows: Iterable[dict[str, str]]) -> None:
    """Write `manifest.csv` for pictures that lie in `root`, adding their sha256.

    Args:
        rows: `file`, `split` and whatever else is known of each.

    Raises:
        DataError: if a picture is not the one that an earlier `manifest.csv` lists.
    """
    before = digests(root)
    write(root, [row | {"sha256": _same(root, row["file"], before)} for row in rows])


def check(root: Path) -> Path:
    """Compare all pictures with `manifest.csv`; returns `root`.

    Raises:
        DataError: if one is missing or not the one that was there at first.
    """
    before = digests(root)
    for file in before:
        _same(root, file, before)
    return root


def _same(root: Path, file: str, before: dict[str, str]) -> str:
    """The sha256 of a file, which must be that of `before`, if there is one."""
    try:
        sha256 = sha256_of(root / file)
    except OSError as error:
        raise DataError(f"cannot read {root / file}: {error.strerror}") from error
    if before.get(file, sha256) != sha256:
        raise DataError(
            f"{root / file} is not the file that was there at first (its sha256 was "
            f"{before[file][:16]}...). If that is right, remove {root / MANIFEST}"
        )
    return sha256


def write(root: Path, rows: list[dict[str, str]]) -> None:
    """Write `manifest.csv` at once, never half."""
    aside = root / unfinished.ASIDE / MANIFEST
    aside.parent.mkdir(parents=True, exist_ok=True)
    with open(aside, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(aside, root / MANIFEST)


def digests(root: Path) -> dict[str, str]:
    """The sha256 of each file that `manifest.csv` lists; none without a manifest."""
    try:
        with open(root / MANIFEST, encoding="utf-8-sig", newline="") as file:
            return {row["file"]: row.get("sha256") or "" for row in csv.DictReader(file)}
    except FileNotFoundError:
        return {}


def sha256_of(path: Path) -> str:
    """The sha256 of a file, 64 hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
