"""Which frozen networks judge the pictures of a test set."""

from huelab import features
from huelab.features import Network
from huelab.metrics import distance_name
from huelab.storage import WeightsError

#: Size of the smallest pictures, in pixels, that networks trained on 224 pixels judge.
JUDGED_FROM = 128
#: The network and its resizer, as they are in the names of its measurements.
JUDGE, RESIZER = "squeezenet", "bilinear224"


def judges(size: int, n: int) -> tuple[list[Network], list[str]]:
    """The networks that judge pictures, and the names of metrics whose network has no weights here.

    No network judges pictures much smaller than those that it was trained on, because enlarged
    thumbnails look strange to it whatever their color.

    Args:
        size: of the pictures, in pixels.
        n: number of pictures.

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
