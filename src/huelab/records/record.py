"""One run, one JSON record with everything needed to believe it.

A record is written once, atomically, to `book/results/<recipe>--<profile>--<seed>--<hash8>.json`;
the tables of the book are functions of these files. The keys are those of `SCHEMA`.
"""

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema

from huelab.records.profiles import PROFILES
from huelab.records.provenance import digest, environment, source_root, source_state
from huelab.storage import HueLabError, write_whole

Record = dict[str, Any]


STATUSES = ("complete", "incomplete", "failed")


def _object(required: Mapping[str, Any], *, nullable: bool = False) -> dict[str, Any]:
    return {
        "type": ["object", "null"] if nullable else "object",
        "properties": dict(required),
        "required": list(required),
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": ["integer", "null"], "minimum": 0}
_AMOUNT = {"type": ["number", "null"], "minimum": 0}
_FREE = {"type": "object"}
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

SCHEMA = _object(
    {
        "id": _TEXT,
        "recipe": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]*$"},
        "claims": {"type": "array", "items": _TEXT},
        "profile": {"enum": list(PROFILES)},
        "status": {"enum": list(STATUSES)},
        "seed": {"type": "integer"},
        "command": _TEXT,
        "config": _FREE,
        "config_hash": _SHA256,
        "source": _object(
            {"commit": _MAYBE_TEXT, "dirty": {"type": "boolean"}, "src_hash": _SHA256}
        ),
        "data": _object(
            {
                "name": _TEXT,
                "split": _MAYBE_TEXT,
                "n": _COUNT,
                "size": {"type": ["integer", "null"]},
                "hash": _MAYBE_TEXT,
            }
        ),
        "environment": _FREE,
        "device": _TEXT,
        "cost": _object(
            {
                "parameters": _COUNT,
                "steps": _COUNT,
                "epochs": _COUNT,
                "seconds": _AMOUNT,
                "peak_mb": _AMOUNT,
            }
        ),
        "metrics": {
            "type": "array",
            "items": _object(
                {
                    "name": _TEXT,
                    "space": _MAYBE_TEXT,
                    "range": _MAYBE_TEXT,
                    "averaging": _MAYBE_TEXT,
                    "n": _COUNT,
                    "value": {"type": ["number", "null"]},
                }
            ),
        },
        "weights": _object({"path": _MAYBE_TEXT, "sha256": _SHA256}, nullable=True),
        "deviations": {"type": "array", "items": _TEXT},
        "error": _MAYBE_TEXT,
        "created": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"},
    }
)


class RecordError(HueLabError, ValueError):
    """A record that breaks the schema, or a file that is none; the message names it."""


def new_record(
    recipe: str,
    *,
    profile: str,
    seed: int = 0,
    config: Mapping[str, Any],
    data: Mapping[str, Any],
    device: str,
    metrics: Sequence[Mapping[str, Any]] = (),
    cost: Mapping[str, Any] | None = None,
    claims: Sequence[str] = (),
    status: str = "complete",
    weights: Mapping[str, Any] | None = None,
    deviations: Sequence[str] = (),
    error: str | None = None,
) -> Record:
    """Make a record of what ran, with the provenance of this process filled in.

    The id is `<recipe>--<profile>--<seed>--<hash8>`, hash8 from configuration and data, so that
    the same experiment run again replaces its record and a different one never does.

    Raises:
        RecordError: when a value breaks the schema.
    """
    record: Record = {
        "recipe": recipe,
        "claims": list(claims),
        "profile": profile,
        "status": status,
        "seed": seed,
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "config": dict(config),
        "config_hash": digest(config),
        "source": source_state(),
        "data": {"name": "", "split": None, "n": None, "size": None, "hash": None, **data},
        "environment": environment(),
        "device": device,
        "cost": dict.fromkeys(("parameters", "steps", "epochs", "seconds", "peak_mb"))
        | dict(cost or {}),
        "metrics": [metric(**m) for m in metrics],
        "weights": None if weights is None else dict(weights),
        "deviations": list(deviations),
        "error": error,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    record["id"] = identify(recipe, profile, seed, config, record["data"])
    return validate(record)


def identify(
    recipe: str, profile: str, seed: int, config: Mapping[str, Any], data: Mapping[str, Any]
) -> str:
    """The id of an experiment's record: the same configuration and data give the same id."""
    hash8 = digest([digest(config), dict(data)])[:8]
    return f"{recipe}--{profile}--{seed}--{hash8}"


def metric(
    name: str,
    value: float | None,
    *,
    space: str | None = None,
    range: str | None = None,
    averaging: str | None = None,
    n: int | None = None,
) -> Record:
    """One measured value with what it was measured in; `value=None` means it could not be."""
    return {
        "name": name,
        "space": space,
        "range": range,
        "averaging": averaging,
        "n": n,
        "value": value,
    }


def validate(record: Record, name: str = "record") -> Record:
    """Return the record if it follows the schema and its file name; raise RecordError if not."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    problems = sorted(validator.iter_errors(record), key=lambda e: list(map(str, e.path)))
    if problems:
        first = problems[0]
        place = "/".join(map(str, first.path)) or "top level"
        raise RecordError(f"{name}: {place}: {first.message}")
    if not record["id"].startswith(f"{record['recipe']}--{record['profile']}--{record['seed']}--"):
        raise RecordError(f"{name}: id {record['id']!r} does not match recipe, profile and seed")
    if record["config_hash"] != digest(record["config"]):
        raise RecordError(f"{name}: config_hash does not belong to config")
    return record


def results_dir() -> Path:
    """Where records live: `$HUELAB_RESULTS`, else `book/results` of the checkout in use.

    An installed package has no checkout; then it is `book/results` below the working directory.
    """
    if chosen := os.environ.get("HUELAB_RESULTS"):
        return Path(chosen)
    return (source_root() or Path.cwd()) / "book" / "results"


def write(record: Record, folder: Path | None = None) -> Path:
    """Write a record so that a reader sees the old file or the new one and never a part.

    Raises:
        RecordError: for a record that breaks the schema, or of the quick profile, which is for
            trying and never becomes a result.
    """
    validate(record)
    if record["profile"] == "quick":
        raise RecordError("a quick run is not a result; use the reduced or the full profile")
    folder = results_dir() if folder is None else Path(folder)
    path = folder / f"{record['id']}.json"
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(path, text)
    return path


def remove(record: Record, folder: Path | None = None) -> None:
    """Remove a record's file, if it is there."""
    folder = results_dir() if folder is None else Path(folder)
    (folder / f"{record['id']}.json").unlink(missing_ok=True)


def read(path: Path) -> Record:
    """Read and check one record; RecordError names the file that is damaged."""
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RecordError(f"{path}: {error}") from error
    if not isinstance(record, dict):
        raise RecordError(f"{path}: not a JSON object")
    validate(record, str(path))
    if path.stem != record["id"]:
        raise RecordError(f"{path}: the file's name is not its id {record['id']!r}")
    return record


def find(
    recipe: str | None = None, *, profile: str | None = None, folder: Path | None = None
) -> list[Record]:
    """All records of a folder, sorted by id, or those of one recipe and profile."""
    return [
        record
        for record in _all(results_dir() if folder is None else Path(folder))
        if recipe in (None, record["recipe"]) and profile in (None, record["profile"])
    ]


def value(record: Record, name: str, **where: Any) -> float | None:
    """The value of one metric of a record, told apart by space, range, averaging or n if needed.

    Raises:
        KeyError: when no metric fits, or more than one does.
    """
    fitting = [
        m
        for m in record["metrics"]
        if m["name"] == name and all(m[key] == wanted for key, wanted in where.items())
    ]
    if len(fitting) != 1:
        raise KeyError(f"{record['id']}: {len(fitting)} metrics fit {name!r} {where or ''}".strip())
    return fitting[0]["value"]


def _all(folder: Path) -> Iterator[Record]:
    for path in sorted(folder.glob("*.json")):
        yield read(path)
