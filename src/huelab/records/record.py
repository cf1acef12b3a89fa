"""Making a record of what ran, with the provenance of this process filled in."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from huelab.records.hashing import digest
from huelab.records.models import (
    Cost,
    DataUsed,
    Deviation,
    Measurement,
    Record,
    Source,
    Weights,
    identify,
)
from huelab.records.provenance import environment, source_state
from huelab.storage import HueLabError


class RecordError(HueLabError, ValueError):
    """A record that breaks the schema, or a file that is not a record; the message names it.

    Example:
        >>> validated({"profile": "full"})
        Traceback (most recent call last):
            ...
        huelab.records.record.RecordError: record: id: Field required
    """


def new_record(
    recipe: str,
    *,
    profile: str,
    seed: int = 0,
    config: Mapping[str, Any],
    data: DataUsed,
    device: str,
    precision: str | None = None,
    metrics: Sequence[Measurement] = (),
    cost: Cost | None = None,
    status: str = "complete",
    weights: Weights | None = None,
    deviations: Sequence[Deviation] = (),
    error: str | None = None,
    source: Source | None = None,
    used: Mapping[str, str] | None = None,
) -> Record:
    """Make a record of what ran.

    Args:
        config: everything that decides the result, as JSON values.
        data: the images that it trained and was tested on.
        device: as `device_name` gives it.
        source: the source that the run began with; by default the present one.
        used: sha256 of the weights of other networks that the result depends on, by name.

    Raises:
        RecordError: when a value breaks the schema.

    Example:
        >>> from huelab.records import DataSpec
        >>> record = new_record(
        ...     "trial",
        ...     profile="reduced",
        ...     config={"epochs": 2},
        ...     data=DataUsed(train=DataSpec(name="photos")),
        ...     device="cpu",
        ... )
        >>> record.id, record.status
        ('trial--reduced--0--85225442', 'complete')
    """
    return validated(
        {
            "id": identify(recipe, profile, seed, config, data.train),
            "recipe": recipe,
            "profile": profile,
            "status": status,
            "seed": seed,
            "command": _command(),
            "config": dict(config),
            "config_hash": digest(dict(config)),
            "source": source or source_state(),
            "data": data,
            "environment": environment() | ({"weights": dict(used)} if used else {}),
            "device": device,
            "precision": precision,
            "cost": cost or Cost(),
            "metrics": metrics,
            "weights": weights,
            "deviations": deviations,
            "error": error,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )


def validated(values: Mapping[str, Any], name: str = "record") -> Record:
    """The record of these values, checked against the schema.

    Args:
        name: what the error calls the record, such as its file.

    Raises:
        RecordError: naming the first value that breaks the schema.

    Example:
        >>> validated({"version": 1}, "old.json")
        Traceback (most recent call last):
            ...
        huelab.records.record.RecordError: old.json: id: Field required
    """
    try:
        return Record.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"])) or "top level"
        raise RecordError(f"{name}: {place}: {first['msg']}") from None


def value(record: Record, name: str, **where: Any) -> float | None:
    """The value of one metric of a record.

    Args:
        where: fields that tell the metric from others of its name: `data`, `space`, `range`,
            `averaging` or `n`.

    Raises:
        KeyError: when no metric matches, or more than one does.

    Example:
        >>> from huelab.records import DataSpec
        >>> about = {"config": {}, "data": DataUsed(train=DataSpec(name="photos")), "device": "cpu"}
        >>> rgb = Measurement(name="mse", space="rgb", value=0.5)
        >>> lab = Measurement(name="mse", space="lab", value=9.0)
        >>> record = new_record("trial", profile="full", metrics=[rgb, lab], **about)
        >>> value(record, "mse", space="rgb")
        0.5
    """
    fitting = [
        m
        for m in record.metrics
        if m.name == name and all(getattr(m, key) == wanted for key, wanted in where.items())
    ]
    if len(fitting) != 1:
        raise KeyError(f"{record.id}: {len(fitting)} metrics match {name!r} {where or ''}".strip())
    return fitting[0].value


def _command() -> str:
    """The command line of this process, as a person would type it again.

    Absolute paths are cut down to file names, because the folders of one machine help no reader.
    """
    program = Path(sys.argv[0]).name
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    return shlex.join(["huelab" if program == "__main__.py" else program, *words])
