"""The Natural-Color Dataset (Anwar et al. 2020) from its official place, which needs a hand.

Paper 001 trains on 400 and tests on 323 of the 723 pictures, and does not say on which; here they
are drawn by a hash of their names. The data set `ncd` is a copy that can be fetched: 720 pictures,
the larger ones made smaller, split so that equal pictures stay on one side.
"""

import hashlib
from pathlib import Path, PurePosixPath

from huelab.data.errors import DataError
from huelab.data.folder import MANIFEST, SUFFIXES
from huelab.data.sources import first_use, unfinished
from huelab.data.sources.unpack import unpack
from huelab.storage import locked

LINK = "https://drive.google.com/file/d/1k_UvYzdrHbphW4UcbDb9jWB0ZQIAGEAo/view"
ARCHIVE, PICTURES = "ncd_color.zip", "pictures"
TRAIN, COUNT = 400, 723


def by_hand(root: Path) -> str:
    """What to download, and where to put it."""
    return (
        f"Download 'Color Groundtruth' of github.com/saeed-anwar/ColorSurvey from {LINK} and put "
        f"it into {root} as {ARCHIVE}; if it is no zip, unpack it to {root / PICTURES}/<fruit>/. "
        "Then run `huelab data fetch ncd_official`"
    )


def fetch_natural_color(root: Path) -> Path:
    """Unpack the archive that was put there, split and list it.

    Raises:
        DataError: if it is not there (what to download, and where to put it), or holds more or
            fewer pictures than the 723 it should.
    """
    if (root / MANIFEST).is_file() and (root / PICTURES).is_dir():
        return first_use.check(root)
    if not (root / ARCHIVE).is_file() and not (root / PICTURES).is_dir():
        raise DataError(f"ncd_official needs a hand. {by_hand(root)}")
    unfinished.make_writable(root)
    with locked(root / ".fetch.lock"):
        if not (root / PICTURES).is_dir():
            unpack(root / ARCHIVE, root, PICTURES, _place)
        first_use.record(root, _rows(root))
    return root


def _rows(root: Path) -> list[dict[str, str]]:
    files = [
        path.relative_to(root).as_posix()
        for path in (root / PICTURES).rglob("*")
        if path.suffix.lower() in SUFFIXES
    ]
    if len(files) != COUNT:
        raise DataError(
            f"{root / PICTURES} holds {len(files):,} pictures, not the {COUNT} of the official "
            f"archive. {by_hand(root)}"
        )
    drawn = sorted(files, key=lambda file: hashlib.sha256(file.encode()).digest())
    train = set(drawn[:TRAIN])
    return [
        {"file": file, "split": "train" if file in train else "test", "label": _label(file)}
        for file in sorted(files)
    ]


def _place(name: str) -> str | None:
    """The last folder and the name: `<anything>/Apple/Apple1.jpg` -> `Apple/Apple1.jpg`."""
    parts = PurePosixPath(name).parts
    wanted = PurePosixPath(name).suffix.lower() in SUFFIXES and "__MACOSX" not in parts
    return "/".join(parts[-2:]) if wanted and not parts[-1].startswith(".") else None


def _label(file: str) -> str:
    return PurePosixPath(file).parent.name
