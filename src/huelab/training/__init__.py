"""Training a `Learned` method with Lightning: fast on any device, resumable, and repeatable."""

from huelab.training.fit import Fit, fit, precision_for
from huelab.training.module import CannotTrainError, TrainingError

__all__ = ["CannotTrainError", "Fit", "TrainingError", "fit", "precision_for"]
