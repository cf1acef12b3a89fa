"""Color differences as people see them: delta E, chroma, hue, and the error by hue."""

import math

import torch
from torch import Tensor

from huelab.metrics.inputs import in_lab, widened

#: Colors of less chroma are so close to gray that their hue has no meaning.
NEUTRAL_CHROMA = 5.0
HUE_BINS = 12
#: The names of the bins of `error_by_hue` in records: each has the angle at which the bin begins.
HUE_NAMES = (*(f"hue_{start:03d}" for start in range(0, 360, 360 // HUE_BINS)), "neutral")
# The number of pixels that a CPU works on at once. PyTorch gets planes of 128 KB from memory that
# it has used before. Larger ones come from new memory, whose first use takes as long as the work.
_PIXELS = 1 << 15


def cie76(first: Tensor, second: Tensor) -> Tensor:
    """CIE 1976 color difference of every pixel, the distance in Lab.

    It takes Lab `(..., 3, H, W)` twice and gives `(..., H, W)`, in Lab units.

    Example:
        >>> first, second = torch.zeros(3, 1, 1), torch.tensor([0.0, 3.0, 4.0]).view(3, 1, 1)
        >>> cie76(first, second)
        tensor([[5.]])
    """
    lightness, a, b = (first - second).unbind(-3)
    return (lightness * lightness).addcmul_(a, a).addcmul_(b, b).sqrt_()


def ciede2000(first: Tensor, second: Tensor) -> Tensor:
    """CIEDE2000 color difference of every pixel.

    The formula is that of Sharma, Wu and Dalal 2005, equations 2 to 22, with all three weights 1.

    Args:
        first, second: Lab `(..., 3, H, W)` in Lab units; exchanging them changes nothing.

    Returns:
        `(..., H, W)`; a difference of about 1 is just noticeable, and black and white differ by
        100.

    Example:
        >>> black = torch.zeros(3, 1, 1)
        >>> white = torch.tensor([100.0, 0.0, 0.0]).view(3, 1, 1)
        >>> ciede2000(black, white).round()
        tensor([[100.]])
    """
    if first.device.type != "cpu":
        return _ciede2000(first, second)
    rows = max(1, _PIXELS // first.shape[-1])
    parts = zip(first.split(rows, -2), second.split(rows, -2), strict=True)
    return torch.cat([_ciede2000(*part) for part in parts], -2)


def _ciede2000(first: Tensor, second: Tensor) -> Tensor:
    l1, a1, b1 = first.unbind(-3)
    l2, a2, b2 = second.unbind(-3)

    # Equations 2 to 7: a* is stretched near gray, then chroma and hue are computed again.
    mean_chroma = (torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * _chroma_weight(mean_chroma)
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    h1, h2 = _angle(a1, b1), _angle(a2, b2)

    # Equations 8 to 11. The hue of a gray has no effect, because it is multiplied by 0.
    turn = _turn(h1, h2)
    d_chroma = c2 - c1
    d_hue = (c1 * c2).sqrt_().mul_(torch.sin(turn / 2)).mul_(2)

    # Equations 12 to 14: the means.
    lightness = ((l1 + l2) / 2 - 50).square_()
    chroma = (c1 + c2) / 2
    hue = torch.remainder(h1 + turn / 2, 2 * math.pi)

    # Equations 15 to 22: the weights of the three differences, and the rotation term for blue.
    s_l = 1 + 0.015 * lightness / (20 + lightness).sqrt_()
    s_c = 1 + 0.045 * chroma
    s_h = 1 + 0.015 * chroma * _hue_weight(hue)
    d_lightness = (l2 - l1).div_(s_l)
    d_chroma = d_chroma.div_(s_c)
    d_hue = d_hue.div_(s_h)
    turned = -2 * _chroma_weight(chroma) * torch.sin(2 * _blue_angle(hue))
    total = d_lightness.square_().addcmul_(d_chroma, d_chroma).addcmul_(d_hue, d_hue)
    # Rounding may leave a sum of 0 a little below 0.
    return total.add_(turned.mul_(d_chroma).mul_(d_hue)).clamp_(min=0).sqrt_()


def _chroma_weight(chroma: Tensor) -> Tensor:
    seventh = chroma.pow(7)
    return seventh.div_(seventh + 25.0**7).sqrt_()


def _hue_weight(hue: Tensor) -> Tensor:
    """T, equation 15."""
    total = 1 - 0.17 * torch.cos(hue - math.radians(30))
    total.add_(torch.cos(2 * hue), alpha=0.24)
    total.add_(torch.cos(3 * hue + math.radians(6)), alpha=0.32)
    return total.sub_(torch.cos(4 * hue - math.radians(63)), alpha=0.20)


def _blue_angle(hue: Tensor) -> Tensor:
    """Delta theta, equation 16, in radians."""
    distance = (hue - math.radians(275)).div_(math.radians(25))
    return math.radians(30) * torch.exp(distance.square_().neg_())


def _angle(a: Tensor, b: Tensor) -> Tensor:
    """Hue angle in 0..2 pi."""
    return torch.remainder(torch.atan2(b, a), 2 * math.pi)


def _turn(start: Tensor, end: Tensor) -> Tensor:
    """The shorter turn from one angle of 0..2 pi to another, within -pi..pi.

    Of two equal turns it is the one that does not pass 0, even after rounding errors in the angles.
    """
    turn = end - start
    half = math.pi * (1 + 4 * torch.finfo(turn.dtype).eps)
    return turn - 2 * math.pi * torch.sign(turn) * (turn.abs() > half)


@in_lab
def delta_e_76(pred: Tensor, true: Tensor) -> Tensor:
    """Mean CIE 1976 color difference of each picture: sRGB `(N, 3, H, W)` twice to `(N,)`.

    Example:
        >>> delta_e_76(torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)).round()
        tensor([100.])
    """
    return cie76(pred, true).flatten(1).mean(1)


@in_lab
def delta_e_2000(pred: Tensor, true: Tensor) -> Tensor:
    """Mean CIEDE2000 color difference of each picture: sRGB `(N, 3, H, W)` twice to `(N,)`.

    Example:
        >>> delta_e_2000(torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)).round()
        tensor([100.])
    """
    return ciede2000(pred, true).flatten(1).mean(1)


@in_lab
def chroma_error(pred: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference of CIE Lab chroma of each picture, in Lab units.

    It takes sRGB `(N, 3, H, W)` twice and gives `(N,)`. Chroma is the distance from gray. So the
    error says by how much colors are too pale or too strong, whatever their hue.

    Example:
        >>> colored = torch.rand(1, 3, 8, 8)
        >>> chroma_error(colored, colored.flip(-1)).shape, chroma_error(colored, colored)
        (torch.Size([1]), tensor([0.]))
    """
    return (_chroma(pred) - _chroma(true)).abs_().flatten(1).mean(1)


@in_lab
def hue_error(pred: Tensor, true: Tensor, *, min_chroma: float = NEUTRAL_CHROMA) -> Tensor:
    """Mean absolute difference of CIE Lab hue of each picture, in degrees, 0..180.

    Args:
        pred, true: sRGB `(N, 3, H, W)`.
        min_chroma: only pixels count that have at least this chroma in both pictures, since a
            gray has no hue.

    Returns:
        `(N,)`; NaN for a picture without such a pixel, such as one that was left gray.

    Example:
        >>> red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
        >>> hue_error(red, red), hue_error(torch.full_like(red, 0.5), red)
        (tensor([0.]), tensor([nan]))
    """
    counts = (_chroma(pred) >= min_chroma) & (_chroma(true) >= min_chroma)
    turn = _turn(_hue(pred), _hue(true)).abs_().mul_(180 / math.pi)
    total = turn.mul_(counts).flatten(1).sum(1)
    return total / counts.flatten(1).sum(1)


@in_lab
def error_by_hue(
    pred: Tensor, true: Tensor, *, bins: int = HUE_BINS, min_chroma: float = NEUTRAL_CHROMA
) -> tuple[Tensor, Tensor]:
    """Mean CIEDE2000 difference of the pixels of each true hue, of each picture.

    Args:
        pred, true: sRGB `(N, 3, H, W)`.
        bins: number of equal parts of the circle of CIE Lab hue. The first part begins at 0 degrees
            (a reddish pink); yellow is at about 100, green at 140, blue at 300.
        min_chroma: pixels whose truth has less chroma go into one more bin, the last.

    Returns:
        The mean difference, `(N, bins + 1)`, NaN for a bin without pixels, and the number of
        pixels, `(N, bins + 1)`. `pool_by_hue` pools both over pictures.

    Example:
        >>> difference, count = error_by_hue(torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8))
        >>> difference.shape, count.sum(1)
        (torch.Size([2, 13]), tensor([64., 64.]))
    """
    return split_by_hue(ciede2000(pred, true), true, bins=bins, min_chroma=min_chroma)


def split_by_hue(
    difference: Tensor, true: Tensor, *, bins: int = HUE_BINS, min_chroma: float = NEUTRAL_CHROMA
) -> tuple[Tensor, Tensor]:
    """Like `error_by_hue`, for any difference `(N, H, W)` and the truth in Lab `(N, 3, H, W)`.

    The other arguments and the result are those of `error_by_hue`.

    Example:
        >>> from huelab.color import rgb_to_lab
        >>> lab = rgb_to_lab(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]).view(1, 3, 1, 2))
        >>> mean, count = split_by_hue(torch.tensor([[[3.0, 5.0]]]), lab)  # red, which differs by 3
        >>> HUE_NAMES[1], mean[0, 1], count[0, 1]
        ('hue_030', tensor(3.), tensor(1.))
    """
    place = (_hue(true) * (bins / (2 * math.pi))).long().clamp_(max=bins - 1)
    place.masked_fill_(_chroma(true) < min_chroma, bins)
    n = len(true)
    place += torch.arange(n, device=true.device).view(n, 1, 1) * (bins + 1)
    place = place.flatten()
    values = widened(difference.flatten())
    total = values.new_zeros(n * (bins + 1)).index_add_(0, place, values)
    count = values.new_zeros(n * (bins + 1)).index_add_(0, place, torch.ones_like(values))
    mean = (total / count).to(difference.dtype)
    return mean.view(n, -1), count.to(difference.dtype).view(n, -1)


def pool_by_hue(difference: Tensor, count: Tensor) -> Tensor:
    """Mean over the pixels of all pictures: `(N, B)` means and counts to `(B,)`.

    A bin without pixels has NaN.

    Example:
        >>> pool_by_hue(torch.tensor([[2.0], [8.0]]), torch.tensor([[1.0], [3.0]]))
        tensor([6.5000])
    """
    return (difference.nan_to_num() * count).sum(0) / count.sum(0)


def _chroma(lab: Tensor) -> Tensor:
    return torch.hypot(lab[:, 1], lab[:, 2])


def _hue(lab: Tensor) -> Tensor:
    return _angle(lab[:, 1], lab[:, 2])
