"""One run, one record: what ran, on what, and what came out."""

from huelab.records.record import (
    SCHEMA,
    STATUSES,
    Record,
    RecordError,
    find,
    identify,
    metric,
    new_record,
    read,
    remove,
    results_dir,
    validate,
    value,
    write,
)

__all__ = [
    "SCHEMA",
    "STATUSES",
    "Record",
    "RecordError",
    "find",
    "identify",
    "metric",
    "new_record",
    "read",
    "remove",
    "results_dir",
    "validate",
    "value",
    "write",
]
