"""Taking pictures out of an archive: only the wanted ones, to safe places, all or none."""

import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from huelab.data.errors import DataError
from huelab.data.sources import unfinished


def unpack(
    archive: Path,
    root: Path,
    folder: str,
    place: Callable[[str], str | None],
    *,
    count: int | None = None,
) -> None:
    """Unpack a .zip or .tar.gz into `root/folder`, which appears only when all is there.

    Args:
        place: for a name in the archive, the name in `folder`, or None to leave it out.
        count: how many files there must be; None takes any number but 0.

    Raises:
        DataError: if the archive is damaged, holds another number of wanted files, or two for one
            place; or if the disk is full.
    """
    aside = root / unfinished.ASIDE / folder
    shutil.rmtree(aside, ignore_errors=True)
    found = 0
    try:
        for name, copy in _members(archive):
            file = place(name)
            if file is None:
                continue
            path = (aside / file).resolve()
            if not path.is_relative_to(aside.resolve()):
                raise DataError(f"{archive} holds {name}, which would lie outside of {root}")
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                raise DataError(f"{archive} holds two files for {file}, one of them {name}")
            copy(path)
            found += 1
        if found != count if count else not found:
            wanted = f"{count:,}" if count else "some"
            raise DataError(f"{archive} holds {found:,} pictures where there should be {wanted}")
        shutil.rmtree(root / folder, ignore_errors=True)
        os.replace(aside, root / folder)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"{archive} is damaged ({error}); remove it and get it again") from error
    except OSError as error:
        raise DataError(f"{archive} could not be unpacked: {error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _members(archive: Path) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Names of the files in an archive, in its order, and how to write each to a path."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                if not info.is_dir():
                    yield info.filename, lambda path, info=info: _write(zipped.open(info), path)
    else:
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile():
                    content = tar.extractfile(member)
                    yield member.name, lambda path, content=content: _write(content, path)


def _write(content, path: Path) -> None:
    with content, open(path, "wb") as file:
        shutil.copyfileobj(content, file)
