"""The log of reruns: one line for each run that was made again and compared with its record."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from huelab.records.compare import Comparison, same_machine, tolerance
from huelab.records.models import Measurement, Record
from huelab.records.record import RecordError
from huelab.storage import write_whole


@dataclass(frozen=True)
class Rerun:
    """One run that was made again and compared with its record.

    Attributes:
        date: day of the rerun.
        record: id of the record.
        recipe, profile, seed: those of both runs.
        device: device of the rerun: `cpu`, or the GPU's name.
        processor: processor of the rerun.
        versions: versions of the packages in the rerun.
        source: whether both ran on the same source.
        machine: whether both ran on the same kind of machine, see `same_machine`. If so, all bits
            must be equal; otherwise the tolerances of `huelab.records.compare` decide.
        metrics: how many metrics have a value in the record.
        equal: how many of them are equal to the last bit.
        close: how many of them are within the tolerances for different machines.
        largest: the largest difference, as a fraction of the recorded value.
        of: the metric with the largest difference; "" if all are equal.

    Example:
        >>> [field.name for field in fields(Rerun)][:2]
        ['date', 'record']
    """

    date: str
    record: str
    recipe: str
    profile: str
    seed: int
    device: str
    processor: str
    versions: str
    source: bool
    machine: bool
    metrics: int
    equal: int
    close: int
    largest: float
    of: str

    @property
    def agrees(self) -> bool:
        """Whether all metrics agree by the rule for the two machines."""
        return (self.equal if self.machine else self.close) == self.metrics


def rerun_of(recorded: Record, now: Record, found: Sequence[Comparison]) -> Rerun:
    """The line of the log for a record, its rerun, and what `compare` found.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, Measurement, compare, new_record
        >>> about = {"config": {}, "data": DataUsed(train=DataSpec(name="photos")), "device": "cpu"}
        >>> a, b = (
        ...     new_record("a", profile="full", metrics=[Measurement(name="mse", value=v)], **about)
        ...     for v in (0.5, 0.375)
        ... )
        >>> line = rerun_of(a, b, compare(a, b))
        >>> line.metrics, line.equal, line.largest, line.of, line.agrees
        (1, 0, 0.25, 'mse', False)
    """
    known = [one for one in found if one.recorded is not None]
    largest, name = max(map(_part, known), default=(0.0, ""))
    trained = bool(recorded.cost.epochs)
    packages = now.environment.get("packages", {})
    return Rerun(
        date=now.created[:10],
        record=recorded.id,
        recipe=now.recipe,
        profile=now.profile,
        seed=now.seed,
        device=now.device,
        processor=str(now.environment.get("cpu", "unknown")),
        versions=", ".join(f"{package} {version}" for package, version in packages.items()),
        source=recorded.source.src_hash == now.source.src_hash,
        machine=same_machine(recorded, now),
        metrics=len(known),
        equal=sum(one.recorded == one.now for one in known),
        close=sum(_is_close(one, trained) for one in known),
        largest=largest,
        of=name if largest else "",
    )


def read_reruns(path: Path) -> list[Rerun]:
    """All lines of a log, the oldest first; [] without a file.

    Raises:
        RecordError: for a file that is not a log of reruns.

    Example:
        >>> read_reruns(Path("nowhere.csv"))
        []
    """
    if not path.is_file():
        return []
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
        return [
            Rerun(**{f.name: _READ[f.type](row[f.name]) for f in fields(Rerun)}) for row in rows
        ]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        raise RecordError(f"{path}: the file is not a log of reruns: {error}") from error


def add_rerun(path: Path, line: Rerun) -> None:
    """Add a line to a log; the file is made if it does not exist.

    Raises:
        RecordError: if the file exists and is not a log of reruns.
        OSError: if the file cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> line = Rerun(
        ...     *("2026-11-27", "a--full--0--12345678", "a", "full", 0, "cpu", "a processor"),
        ...     *("torch 2.11.0", True, True, 5, 5, 5, 0.0, ""),
        ... )
        >>> with TemporaryDirectory() as folder:
        ...     add_rerun(Path(folder, "reruns.csv"), line)
        ...     read_reruns(Path(folder, "reruns.csv")) == [line]
        True
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Rerun)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in [*read_reruns(path), line])
    write_whole(path, text.getvalue())


def _is_close(found: Comparison, trained: bool) -> bool:
    allowed = tolerance(Measurement(name=found.name, value=found.recorded), trained=trained)
    return found.difference is not None and abs(found.difference) <= allowed


def _part(found: Comparison) -> tuple[float, str]:
    """The difference as a fraction of the recorded value, or undivided where that is zero."""
    difference = abs(found.difference or 0.0)
    label = " ".join(filter(None, (found.name, found.space and f"({found.space})")))
    return difference / (abs(found.recorded or 0.0) or 1.0), label


#: How a column of each type is read.
_READ: dict[Any, Any] = {
    **{str: str, int: int, float: float},
    bool: {"True": True, "False": False}.__getitem__,
}
