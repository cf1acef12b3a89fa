"""How a set that is only partly there is kept from being taken for the whole."""

import csv
import os
from collections import Counter
from pathlib import Path

from huelab.data.errors import DataError

# In the folder of a set while pictures are missing: their names and why.
MISSING = "missing.csv"
# Where downloads lie until they are complete and checked; hidden, so never listed as a split.
ASIDE = ".fetch"


def mark(root: Path, missing: dict[str, str]) -> None:
    """Note which pictures are missing; `missing` maps file names to reasons."""
    aside = root / ASIDE / MISSING
    aside.parent.mkdir(parents=True, exist_ok=True)
    with open(aside, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "reason"])
        writer.writerows(missing.items())
    os.replace(aside, root / MISSING)


def unmark(root: Path) -> None:
    """Take the note away: the set is whole."""
    (root / MISSING).unlink(missing_ok=True)


def refuse(root: Path, name: str) -> None:
    """Do nothing if `root` is whole.

    Raises:
        DataError: if it is marked as partly there.
    """
    if (root / MISSING).is_file():
        raise DataError(
            f"{name} is only partly here: {root / MISSING} lists what is missing. "
            f"Run `huelab data fetch {name}` to go on"
        )


def reasons(missing: dict[str, str]) -> str:
    """Why pictures are missing: each reason with a count and one example, most frequent first."""
    counts = Counter(missing.values())
    first: dict[str, str] = {}
    for file, reason in missing.items():
        first.setdefault(reason, file)
    lines = [f"{n:,} x {why} (such as {first[why]})" for why, n in counts.most_common(4)]
    return "; ".join(lines) + ("; and others" if len(counts) > 4 else "")


def make_writable(root: Path) -> None:
    """Make the folder of a set.

    Raises:
        DataError: if that cannot be written to.
    """
    try:
        (root / ASIDE).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{root} cannot be written to ({error.strerror}); point HUELAB_DATA at a folder of "
            "your own"
        ) from error
