"""What the metrics accept, and how those that measure in Lab take sRGB."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import torch
from torch import Tensor

from huelab.color import rgb_to_lab

P = ParamSpec("P")
T = TypeVar("T")


def check_pictures(*pictures: Tensor) -> None:
    """Check that these are float batches `(N, 3, H, W)` of one shape.

    Raises:
        ValueError: for anything but `(N, 3, H, W)`, or for shapes that differ.
        TypeError: for values that are not floating point.

    Example:
        >>> check_pictures(torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 4))
        Traceback (most recent call last):
            ...
        ValueError: pictures differ in shape: (2, 3, 8, 8), (2, 3, 8, 4)
    """
    shape = pictures[0].shape
    for picture in pictures:
        if picture.ndim != 4 or picture.shape[1] != 3:
            raise ValueError(f"expected pictures (N, 3, H, W), got shape {tuple(picture.shape)}")
        if not picture.is_floating_point():
            raise TypeError(f"expected floats in [0, 1], got {picture.dtype}; divide uint8 by 255")
        if picture.shape != shape:
            raise ValueError(f"pictures differ in shape: {tuple(shape)}, {tuple(picture.shape)}")


def check_range(*pictures: Tensor, slack: float = 1e-3) -> None:
    """Check that all values are sRGB in [0, 1] and none is NaN; this waits for the device.

    Args:
        slack: how far beyond [0, 1] a value may lie, for rounding errors.

    Raises:
        ValueError: naming the smallest and the largest value.

    Example:
        >>> check_range(torch.tensor([0.0, 1.0004]))  # a rounding error
        >>> check_range(torch.tensor([0.0, 255.0]))
        Traceback (most recent call last):
            ...
        ValueError: expected sRGB in [0, 1], got values from 0 to 255
    """
    for picture in pictures:
        if picture.numel():
            low, high = (float(value) for value in torch.aminmax(picture))
            # In this form the comparison refuses NaN as well, which compares as false.
            if not (low >= -slack and high <= 1 + slack):
                raise ValueError(f"expected sRGB in [0, 1], got values from {low:g} to {high:g}")


class Measure(Protocol[P, T]):
    """A function of sRGB pictures that has a twin for pictures in Lab."""

    of_lab: Callable[P, T]

    def __call__(self, *pictures: P.args, **settings: P.kwargs) -> T: ...


def in_lab(measure: Callable[P, T]) -> Measure[P, T]:
    """Let a function of Lab pictures take sRGB pictures; `.of_lab` stays the function itself.

    To compute several such metrics, convert once with `color.rgb_to_lab` and call `.of_lab`. The
    function of sRGB raises ValueError and TypeError as `check_pictures` does.

    Example:
        >>> @in_lab
        ... def mean_lightness(lab: Tensor) -> Tensor:
        ...     return lab[:, 0].mean((1, 2))
        >>> white = torch.ones(1, 3, 2, 2)
        >>> mean_lightness(white).round(), mean_lightness.of_lab(rgb_to_lab(white)).round()
        (tensor([100.]), tensor([100.]))
    """

    @wraps(measure)
    def of_rgb(*pictures: Any, **settings: Any) -> T:
        check_pictures(*pictures)
        of_lab: Callable[..., T] = measure
        return of_lab(*(rgb_to_lab(picture) for picture in pictures), **settings)

    found = cast("Measure[P, T]", of_rgb)
    found.of_lab = measure
    return found


def widened(values: Tensor) -> Tensor:
    """Values in float64 where the device has it, so that a sum of many values stays exact.

    Example:
        >>> widened(torch.zeros(2)).dtype
        torch.float64
    """
    return values if values.device.type == "mps" else values.double()
