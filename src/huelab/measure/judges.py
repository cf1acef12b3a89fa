"""Which frozen networks judge the pictures of a test set."""

from collections.abc import Iterable

from huelab import features
from huelab.features import Network
from huelab.imagenet import sha256
from huelab.metrics import distance_name

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

    Raises:
        WeightsError: for weights that are damaged or of another network.

    Example:
        >>> judges(32, n=48)
        ([], [])
    """
    if size < JUDGED_FROM:
        return [], []
    if features.weights_file(JUDGE) is not None:
        return [features.load(JUDGE, fetch=False)], []
    distances = [distance_name(kind, JUDGE, RESIZER, n) for kind in ("fd", "kd")]
    return [], [f"agreement_{JUDGE}", f"agreement_{JUDGE}_gray", *distances]


def judge_weights(sizes: Iterable[int]) -> dict[str, str]:
    """The sha256 of the weights of the network that judges pictures of some sizes, by its name.

    Example:
        >>> judge_weights([32, 64])
        {}
    """
    path = features.weights_file(JUDGE) if max(sizes) >= JUDGED_FROM else None
    return {} if path is None else {JUDGE: sha256(path)}
