"""Color leaking over edges: color that changes beside the edges of objects, not on them."""

import torch
from torch import Tensor

from huelab.metrics.inputs import in_lab

EDGE, RADIUS = 8.0, 6
_NEAR = 2  # pixels; JPEG stores color at half the resolution, so its sharpest edge is 2 wide
_LEAST_STEP = 0.5  # Lab units; a smaller change at an edge counts as none (float32 noise: 0.001)
_LEAST_SHARPNESS = 0.05


@in_lab
def color_leaking(
    pred: Tensor, true: Tensor, *, edge: float = EDGE, radius: int = RADIUS
) -> Tensor:
    """How much of the color change over true color edges lies beside them: 0 none, 1 all.

    The definition is ours. Let d(w) be the size of the change of (a*, b*) between two pixels w
    apart in a row or column. The edges E of the truth are where d(2) and d(2 + 2 radius) around the
    same center are both at least `edge`. Over them, the sharpness of a picture is

        s = sum over E of d(2)  /  sum over E of d(2 + 2 radius).

    This is the part of the change over the edge that takes place on it. A straight slope, where the
    color of one side has run evenly into the other, has s0 = 2 / (2 + 2 radius). Then

        leaking = (s(true) - s(pred)) / (s(true) - s0),   cut to 0..1.

    Pale colors do not lower it, because s is a ratio within one picture, and colors that are wrong
    but end where they should do not raise it. Blurred or displaced color does.

    Args:
        pred, true: sRGB `(N, 3, H, W)`.
        edge: smallest step of the truth that counts as an edge, in Lab units.
        radius: width of the neighborhood on each side of an edge, in pixels.

    Returns:
        `(N,)` in 0..1. It is NaN if the truth has no such edge or none that is sharper than a
        slope, if the prediction has no color around the edges, or if a side of the picture has at
        most 2 + 2 radius pixels.

    Example:
        >>> true = torch.zeros(1, 3, 32, 32)
        >>> true[:, 0, :, 16:] = 1  # black, then red: a sharp edge
        >>> color_leaking(true, true)
        tensor([0.])
    """
    far = _NEAR + 2 * radius
    if min(pred.shape[-2:]) <= far:
        return pred.new_full((len(pred),), torch.nan)
    rows, columns = (_edge_sums(pred[:, 1:], true[:, 1:], edge, far, axis) for axis in (-1, -2))
    near_pred, far_pred, near_true, far_true, count = rows + columns
    sharpness = near_true / far_true - _NEAR / far
    leaking = (near_true / far_true - near_pred / far_pred) / sharpness
    seen = (sharpness > _LEAST_SHARPNESS) & (far_pred > _LEAST_STEP * count)
    return leaking.clamp_(0, 1).masked_fill_(~seen, torch.nan)


def _edge_sums(pred: Tensor, true: Tensor, edge: float, far: int, axis: int) -> Tensor:
    """Sums over the edges along one axis: d near and far of both pictures, and their number."""
    near_true, far_true = _step(true, _NEAR, far, axis), _step(true, far, far, axis)
    edges = (near_true >= edge) & (far_true >= edge)
    near_pred, far_pred = _step(pred, _NEAR, far, axis), _step(pred, far, far, axis)
    steps = (near_pred, far_pred, near_true, far_true, torch.ones_like(far_true))
    return torch.stack([step.mul_(edges).flatten(1).sum(1) for step in steps])


def _step(ab: Tensor, width: int, far: int, axis: int) -> Tensor:
    """The change over `width` pixels, around every center of a stretch of `far` pixels."""
    places, start = ab.shape[axis] - far, (far - width) // 2
    change = ab.narrow(axis, start + width, places) - ab.narrow(axis, start, places)
    a, b = change.unbind(1)
    return (a * a).addcmul_(b, b).sqrt_()
