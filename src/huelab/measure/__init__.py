"""All that a run's record measures: the standard metrics on every test set, and its probes."""

from huelab.measure.evaluate import evaluate
from huelab.measure.evaluation import Evaluation
from huelab.measure.probes import PROBES, Probe, knows, of_images
from huelab.measure.standard import ERRORS, STANDARD, Column, Pair

__all__ = [
    "ERRORS",
    "PROBES",
    "STANDARD",
    "Column",
    "Evaluation",
    "Pair",
    "Probe",
    "evaluate",
    "knows",
    "of_images",
]
