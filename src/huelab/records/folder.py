"""Records on disk: `book/results/<recipe>--<profile>--<seed>--<hash8>.json`, one file each."""

import json
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from huelab.records.models import STATUSES, Record
from huelab.records.provenance import source_root
from huelab.records.record import RecordError, validated
from huelab.storage import write_whole


def results_dir() -> Path:
    """The folder of the records: `$HUELAB_RESULTS`, else `book/results` of the checkout in use.

    An installed package has no checkout. The folder is then `book/results` below the working
    directory.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_RESULTS="/results"):
        ...     results_dir().as_posix()
        '/results'
    """
    if chosen := os.environ.get("HUELAB_RESULTS"):
        return Path(chosen)
    return (source_root() or Path.cwd()) / "book" / "results"


def write(record: Record, folder: Path | None = None) -> Path:
    """Write a record and return its path; a reader sees the old file or the new one, never a part.

    Args:
        folder: where to write, `results_dir()` by default.

    Raises:
        RecordError: for a record of the quick profile, which is for trials and never becomes a
            result.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> record = new_record("a", profile="full", config={}, data=data, device="cpu")
        >>> with TemporaryDirectory() as folder:
        ...     write(record, Path(folder)).name == record.id + ".json"
        True
    """
    if record.profile == "quick":
        raise RecordError(
            f"{record.id}: a run of the quick profile is not a result; "
            "use the reduced or the full profile"
        )
    text = json.dumps(record.model_dump(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return write_whole(_path(record.id, folder), text)


def replaces(record: Record, folder: Path | None = None) -> bool:
    """Whether a record may be written: no file has its id, or the one that has it is not richer.

    Args:
        folder: where to look, `results_dir()` by default.

    Raises:
        RecordError: if the file of that id is damaged.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> record = new_record("a", profile="full", config={}, data=data, device="cpu")
        >>> with TemporaryDirectory() as folder:
        ...     replaces(record, Path(folder))  # there is none yet
        True
    """
    path = _path(record.id, folder)
    return not path.is_file() or not poorer(record, read(path))


def keep(record: Record, folder: Path | None = None) -> bool:
    """Write a record unless a richer one of the same run exists; return whether it was written.

    If the earlier record stays, a warning says so.

    Args:
        folder: where to write, `results_dir()` by default.

    Raises:
        RecordError: as `write` does.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> record = new_record("a", profile="full", config={}, data=data, device="cpu")
        >>> with TemporaryDirectory() as folder:
        ...     keep(record, Path(folder))
        True
    """
    if replaces(record, folder):
        write(record, folder)
        return True
    warnings.warn(
        f"{record.id}: the earlier record measured more and stays; the new one was not written",
        stacklevel=2,
    )
    return False


def poorer(new: Record, old: Record) -> bool:
    """Whether a record says less than another one.

    The poorer of two records has a run that did not end, fewer metrics with a value, or tests on
    fewer images.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> record = new_record("a", profile="full", config={}, data=data, device="cpu")
        >>> poorer(record.model_copy(update={"status": "failed"}), record)
        True
    """
    if new.status != old.status:
        return STATUSES.index(new.status) > STATUSES.index(old.status)
    sizes = [{(t.name, t.split, t.size): t.n or 0 for t in r.data.tests} for r in (new, old)]
    if any(sizes[0].get(test, n) < n for test, n in sizes[1].items()):
        return True
    measured = (sum(m.value is not None for m in record.metrics) for record in (new, old))
    return next(measured) < next(measured)


def read(path: Path) -> Record:
    """Read and check one record.

    Raises:
        RecordError: naming the file, if it cannot be read, breaks the schema, or has another name
            than its record's id.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> record = new_record("a", profile="full", config={}, data=data, device="cpu")
        >>> with TemporaryDirectory() as folder:
        ...     read(write(record, Path(folder))) == record
        True
    """
    path = Path(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise RecordError(f"{path}: {reason}") from error
    if not isinstance(values, dict):
        raise RecordError(f"{path}: the file does not hold a JSON object")
    record = validated(values, str(path))
    if path.stem != record.id:
        raise RecordError(f"{path}: the file's name is not the id of its record, {record.id!r}")
    return record


def find(
    recipe: str | None = None,
    *,
    profile: str | None = None,
    folder: Path | None = None,
    damaged: Callable[[RecordError], object] | None = None,
) -> list[Record]:
    """All records of a folder, sorted by id, or those of one recipe and profile.

    Args:
        recipe, profile: what the records must have. Files of other recipes are not read, so a
            damaged file among them does no harm.
        folder: where to look, `results_dir()` by default.
        damaged: called with the error of each file that is not a record; the others are still
            found.

    Raises:
        RecordError: for a damaged file, unless `damaged` is given.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> record = new_record("a", profile="full", config={}, data=data, device="cpu")
        >>> with TemporaryDirectory() as folder:
        ...     path = write(record, Path(folder))
        ...     [found.recipe for found in find(profile="full", folder=Path(folder))]
        ['a']
    """
    return [
        record
        for record in _read(results_dir() if folder is None else Path(folder), recipe, damaged)
        if recipe in (None, record.recipe) and profile in (None, record.profile)
    ]


def _read(
    folder: Path, recipe: str | None, damaged: Callable[[RecordError], object] | None
) -> Iterator[Record]:
    # A record's file is named after its id, which begins with the recipe.
    start = "" if recipe is None else f"{recipe}--"
    for path in sorted(folder.glob("*.json")):
        if not path.name.startswith(start):
            continue
        try:
            yield read(path)
        except RecordError as error:
            if damaged is None:
                raise
            damaged(error)


def _path(record_id: str, folder: Path | None) -> Path:
    return (results_dir() if folder is None else Path(folder)) / f"{record_id}.json"
