"""What a recipe measures beyond the standard metrics, by questions of single papers.

A probe takes a trained method, the configuration of its run and a device, and gives metric entries
of a record. It looks at the first test set unless it says otherwise.
"""

from huelab.measure import autoencoder, training_set, vgg
from huelab.measure.common import Probe

__all__ = ["NAMES", "PROBES"]

PROBES: dict[str, Probe] = autoencoder.PROBES | training_set.PROBES | vgg.PROBES
#: Names of the metrics they give.
NAMES = autoencoder.NAMES | training_set.NAMES | vgg.NAMES
