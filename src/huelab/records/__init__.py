"""One run, one record: what ran, on what, and what came out."""

from huelab.records.compare import Comparison, compare
from huelab.records.folder import find, keep, poorer, read, replaces, results_dir, write
from huelab.records.hashing import digest
from huelab.records.models import (
    STATUSES,
    Cost,
    DataSpec,
    DataUsed,
    Deviation,
    Measurement,
    Record,
    Source,
    Weights,
    identify,
    schema,
)
from huelab.records.record import RecordError, new_record, validated, value
from huelab.records.reruns import Rerun, add_rerun, read_reruns, rerun_of

__all__ = [
    "STATUSES",
    "Comparison",
    "Cost",
    "DataSpec",
    "DataUsed",
    "Deviation",
    "Measurement",
    "Record",
    "RecordError",
    "Rerun",
    "Source",
    "Weights",
    "add_rerun",
    "compare",
    "digest",
    "find",
    "identify",
    "keep",
    "new_record",
    "poorer",
    "read",
    "read_reruns",
    "replaces",
    "rerun_of",
    "results_dir",
    "schema",
    "validated",
    "value",
    "write",
]
