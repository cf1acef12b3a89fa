"""All that a run's record measures: the standard metrics on every test set, and its probes."""

from huelab.measure.evaluate import evaluate

__all__ = ["evaluate"]
