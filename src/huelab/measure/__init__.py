"""All that a run's record measures: the standard metrics on every test set, and its probes."""

from huelab.measure.evaluate import evaluate
from huelab.measure.probes import PROBES, Probe, knows

__all__ = ["PROBES", "Probe", "evaluate", "knows"]
