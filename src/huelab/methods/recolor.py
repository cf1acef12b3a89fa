"""What several methods make of the same photographs, each from the gray that it expects."""

from collections.abc import Mapping

from torch import Tensor

from huelab.color import rgb_to_gray
from huelab.methods.colorizer import Colorizer


def recolor(methods: Mapping[str, Colorizer], rgb: Tensor) -> dict[str, Tensor]:
    """Make color images gray and let each method color them again.

    Each method gets the gray that it was made for, by its `gray_formula`.

    Args:
        methods: name to method.
        rgb: the true images, `(N, 3, H, W)`, sRGB in [0, 1].

    Returns:
        Name to colored images, `(N, 3, H, W)`, sRGB in [0, 1], in the order of `methods`.

    Raises:
        ValueError: for another shape.
        TypeError: for values that are not floating point.

    Example:
        >>> import torch
        >>> from huelab.methods.baselines import GrayCopy, Sepia
        >>> colored = recolor({"gray copy": GrayCopy(), "sepia": Sepia()}, torch.rand(2, 3, 8, 8))
        >>> list(colored), colored["sepia"].shape
        (['gray copy', 'sepia'], torch.Size([2, 3, 8, 8]))
    """
    return {
        name: method.colorize(rgb_to_gray(rgb, method.gray_formula))
        for name, method in methods.items()
    }
