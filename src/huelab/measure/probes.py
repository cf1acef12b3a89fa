"""The probes: what a recipe measures beyond the standard metrics, for the claims of one paper.

Each module adds its probes to the registry when it is imported. A probe looks at the first test set
unless it says otherwise.
"""

import re

from huelab.measure import (  # noqa: F401 (importing them adds their probes)
    autoencoder,
    cgan,
    huenet,
    sketches,
    training_set,
    vgg,
    vitigan,
    ways,
)
from huelab.measure.common import PROBES, Probe
from huelab.measure.standard import STANDARD
from huelab.metrics import HUE_NAMES

__all__ = ["PROBES", "Probe", "knows", "of_images"]

_STANDARD = {"psnr", *(column.name for column in STANDARD)}
_STANDARD |= {f"delta_e_2000_{name}" for name in HUE_NAMES}
# The metrics that use networks are named after the network and the number of images.
_BY_NETWORKS = re.compile(
    r"(vivid_|draw_)?((fd|kd)_\w+_n\d+(v\d+)?|lpips_\w+|(agreement|accuracy)_\w+)"
)
# Metrics that need no method: of the true images, the gray ones, or the training images.
_OF_IMAGES = re.compile(r"\w+_(truth|gray|gray_copy)|training_\w+")


def of_images(metric: str) -> bool:
    """Whether a metric describes the images alone, so that it is the same for every method.

    Example:
        >>> of_images("colorfulness_truth"), of_images("colorfulness")
        (True, False)
    """
    return bool(_OF_IMAGES.fullmatch(metric))


def knows(metric: str) -> bool:
    """Whether an evaluation or a probe measures a metric of this name.

    Example:
        >>> knows("delta_e_2000_hue_120"), knows("fd_squeezenet_bilinear224_n500"), knows("beauty")
        (True, True, False)
    """
    found = metric in _STANDARD or any(metric in probe.names for probe in PROBES.values())
    return found or bool(_BY_NETWORKS.fullmatch(metric))
