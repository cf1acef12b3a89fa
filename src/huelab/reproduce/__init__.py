"""Runs of recipes: they train, evaluate on images that were not trained on, and write records."""

from huelab.reproduce.estimate import Estimate, estimate
from huelab.reproduce.jobs import Job, run_jobs
from huelab.reproduce.recording import is_recorded, reproduce, rerun, verify
from huelab.reproduce.run import UNTRAINED_PRECISION, NotBegun, data_used, deviations

__all__ = [
    "UNTRAINED_PRECISION",
    "Estimate",
    "Job",
    "NotBegun",
    "data_used",
    "deviations",
    "estimate",
    "is_recorded",
    "reproduce",
    "rerun",
    "run_jobs",
    "verify",
]
