"""FFHQ (Karras et al. 2019): the 70,000 thumbnails of 128 x 128, which need a hand.

They lie on Google Drive, which no program should click through. Their MD5 are published in
`ffhq-dataset-v2.json`: with that file beside them they are checked by it, without it the sha256
of the first use is kept.
"""

import hashlib
import json
import re
from pathlib import Path

from huelab.data.errors import DataError
from huelab.data.folder import MANIFEST
from huelab.data.sources import first_use, unfinished
from huelab.data.sources.download import matches
from huelab.data.sources.unpack import unpack
from huelab.storage import locked

FOLDER = "https://drive.google.com/open?id=1u2xu7bSrWxrbUxk-dT-UvEJq8IjdmNTP"
ZIPS = "https://drive.google.com/open?id=1WocxvZ4GEZ1DI8dOz30aSj2zT6pkATYS"
ARCHIVE, PICTURES = "thumbnails128x128.zip", "thumbnails128x128"
FACTS, FACTS_MD5 = "ffhq-dataset-v2.json", "425ae20f06a4da1d4dc0f46d40ba5fd6"
COUNT, TRAIN = 70_000, 60_000  # the first 60,000 are for training (README of NVlabs/ffhq-dataset)


def by_hand(root: Path) -> str:
    """What to download, and where to put it."""
    return (
        f"Download {ARCHIVE} (about 2 GB) from the folder zips of FFHQ's Google Drive, {ZIPS}, "
        f"into {root}, or run download_ffhq.py --thumbs of github.com/NVlabs/ffhq-dataset there; "
        f"if you want its published checksums to be checked, {FACTS} of {FOLDER}, too. "
        "Then run `huelab data fetch ffhq`"
    )


def fetch_ffhq(root: Path) -> Path:
    """Unpack the archive of thumbnails that was put there, check it and list it.

    Raises:
        DataError: if it is not there (what to download, and where to put it), not complete, or
            not what its published checksums say.
    """
    if (root / MANIFEST).is_file() and (root / PICTURES).is_dir():
        return first_use.check(root)
    archive = root / ARCHIVE
    if not archive.is_file() and not (root / PICTURES).is_dir():
        raise DataError(f"ffhq needs a hand. {by_hand(root)}")
    unfinished.make_writable(root)
    with locked(root / ".fetch.lock"):
        if not (root / PICTURES).is_dir():
            unpack(archive, root, PICTURES, _place)
        found = (root / PICTURES).rglob("*.png")
        numbers = {int(path.stem): path for path in found if re.fullmatch(r"\d{5}", path.stem)}
        if sorted(numbers) != list(range(COUNT)):
            raise DataError(
                f"{root / PICTURES} holds {len(numbers):,} of {COUNT:,} thumbnails. Remove it. "
                f"{by_hand(root)}"
            )
        _check(root, numbers)
        first_use.record(
            root,
            [
                {
                    "file": numbers[number].relative_to(root).as_posix(),
                    "split": "train" if number < TRAIN else "test",
                }
                for number in range(COUNT)
            ],
        )
    return root


def _place(name: str) -> str | None:
    """Any folder that ends in `12345.png` -> `12000/12345.png`, as on the drive."""
    number = re.search(r"(?:^|/)(\d\d)(\d\d\d)\.png$", name)
    return f"{number[1]}000/{number[1]}{number[2]}.png" if number else None


def _check(root: Path, numbers: dict[int, Path]) -> None:
    """Compare with the published MD5, where their file is there."""
    facts = root / FACTS
    if not facts.is_file():
        return
    if not matches(facts, f"md5:{FACTS_MD5}"):
        raise DataError(f"{facts} is damaged: its md5 is not {FACTS_MD5}. Remove it")
    known = json.loads(facts.read_bytes())
    for number, path in numbers.items():
        md5 = known[str(number)]["thumbnail"]["file_md5"]
        if hashlib.md5(path.read_bytes()).hexdigest() != md5:
            raise DataError(f"{path} is damaged: its md5 is not {md5}. Remove {root / PICTURES}")
