"""Which frozen networks judge the pictures of a test set."""

from huelab import features
from huelab.features import Network
from huelab.metrics import distance_name
from huelab.storage import WeightsError

#: Smallest pictures, in pixels, that networks for pictures of 224 are asked about.
JUDGED_FROM = 128
#: The network, and how it resizes, by the names that its measurements have.
JUDGE, RESIZER = "squeezenet", "bilinear224"


def judges(size: int, n: int) -> tuple[list[Network], list[str]]:
    """Networks that judge, where their weights are here, and what cannot be measured without.

    There are none for pictures far smaller than those that they were trained on: enlarged
    thumbnails are strange to them whatever their color.

    Example:
        >>> judges(32, n=48)
        ([], [])
    """
    if size < JUDGED_FROM:
        return [], []
    try:
        return [features.load(JUDGE, fetch=False)], []
    except WeightsError:
        distances = [distance_name(kind, JUDGE, RESIZER, n) for kind in ("fd", "kd")]
        return [], [f"agreement_{JUDGE}", f"agreement_{JUDGE}_gray", *distances]
