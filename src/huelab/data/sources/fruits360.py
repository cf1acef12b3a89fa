"""Fruits-360, release 2020.05.18.0, from its official repository: the release paper 002 describes.

90,483 pictures of 131 classes, 67,692 for training and 22,688 for testing (and 103 of several
fruits, left out), as the readme of the pinned commit says. The data set `fruits360` is another
one: 5,500 pictures of 30 classes of the early release with 33 classes. The repository has since
moved to github.com/fruits-360, where releases differ again (2025.03.09.0: 155 classes).
"""

from pathlib import Path, PurePosixPath

from huelab.data.errors import DataError
from huelab.data.folder import MANIFEST
from huelab.data.sources import first_use, github, unfinished
from huelab.data.sources.download import DownloadError, download
from huelab.data.sources.unpack import unpack
from huelab.storage import locked

REPOSITORY = "Horea94/Fruit-Images-Dataset"
COMMIT = "8f127c5043b29237313f87268f16106b16cbd8c6"
PICTURES = {"train": 67_692, "test": 22_688}
_FOLDERS = {"Training": "train", "Test": "test"}


def fetch_fruits360(root: Path) -> Path:
    """Download the commit's archive, sort it into train/ and test/, and list it.

    Raises:
        DataError: without a network (naming the file to put there by hand), or if the archive
            does not hold the numbers of pictures that its readme promises.
    """
    archive = root / "fruits360.tar.gz"
    if (root / MANIFEST).is_file() and (root / "pictures").is_dir():
        return first_use.check(root)
    unfinished.make_writable(root)
    with locked(root / ".fetch.lock"):
        if not (root / "pictures").is_dir():
            try:
                download(github.archive_url(REPOSITORY, COMMIT), archive, progress=True)
            except DownloadError as error:
                raise DataError(str(error)) from error
            unpack(archive, root, "pictures", _place)
            archive.unlink()
        files = sorted(path.relative_to(root) for path in (root / "pictures").rglob("*.jpg"))
        rows = [
            {"file": file.as_posix(), "split": file.parts[1], "label": file.parts[2]}
            for file in files
        ]
        found = {split: sum(row["split"] == split for row in rows) for split in PICTURES}
        if found != PICTURES:
            raise DataError(f"{root} holds {found} pictures, not {PICTURES}; remove it")
        first_use.record(root, rows)
    return root


def _place(name: str) -> str | None:
    """`<repository>-<commit>/Training/<class>/<file>` -> `train/<class>/<file>`."""
    parts = PurePosixPath(name).parts
    if len(parts) != 4 or parts[1] not in _FOLDERS or not name.endswith(".jpg"):
        return None
    return f"{_FOLDERS[parts[1]]}/{parts[2]}/{parts[3]}"
