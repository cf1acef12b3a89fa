"""The tone of an old print, such as sepia, and whether a picture has colors of its own."""

import torch
from torch import Tensor

from huelab.color import rgb_to_lab

#: Width of a level of L*, in units of L*.
LEVEL = 5.0
#: How many pixels are enough to judge a picture.
ENOUGH = 65_536


def has_colors(rgb: Tensor) -> bool:
    """Whether a picture has colors, and not only a tone, such as sepia.

    In a toned picture the color follows from the lightness. So a pixel counts as colored if its
    a* and b* are more than 8 units of Lab from the median of the pixels of its lightness. A picture
    has colors if more than 5 % of its pixels count as colored. In 28 photographs turned to sepia,
    JPEG noise down to quality 20 makes less than 2 % of the pixels count as colored. In their color
    versions more than 9 % count.

    Args:
        rgb: `(1, 3, H, W)`, sRGB in [0, 1] or uint8.

    Example:
        >>> has_colors(torch.rand(1, 1, 64, 64).expand(-1, 3, -1, -1)), has_colors(
        ...     torch.rand(1, 3, 64, 64)
        ... )
        (False, True)
    """
    lab = _sample(rgb)
    level = (lab[0] / LEVEL).long()
    far = 0
    for one in level.unique():
        ab = lab[1:, level == one]
        far += int(((ab - ab.median(1, keepdim=True).values).norm(dim=0) > 8).sum())
    return far > 0.05 * lab.shape[1]


class Tone:
    """The median a* and b* of a picture at each lightness; a sepia picture has no other color.

    Example:
        >>> brown = torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1).expand(-1, -1, 8, 8)
        >>> tone = Tone(brown)
        >>> lab = rgb_to_lab(brown)
        >>> bool((tone(lab[:, :1]) - lab[:, 1:]).abs().max() < 0.01)
        True
    """

    def __init__(self, rgb: Tensor):
        """Args: rgb: `(1, 3, H, W)`, sRGB in [0, 1] or uint8."""
        lab = _sample(rgb)
        count = round(100 / LEVEL) + 1
        level = (lab[0] / LEVEL).round().long().clamp(0, count - 1)
        known = level.unique()
        medians = torch.stack([lab[1:, level == one].median(1).values for one in known])
        # A level without pixels gets a tone between the tones of its neighbors.
        place = torch.searchsorted(known, torch.arange(count)).clamp(max=len(known) - 1)
        before = (place - 1).clamp(min=0)
        part = (torch.arange(count) - known[before]) / (known[place] - known[before]).clamp(min=1)
        self.ab = torch.lerp(medians[before], medians[place], part.clamp(0, 1)[:, None]).T

    def __call__(self, lightness: Tensor) -> Tensor:
        """a*b* `(1, 2, H, W)` for L* `(1, 1, H, W)`."""
        place = lightness[0, 0].clamp(0, 100) / LEVEL
        below = place.long().clamp(max=self.ab.shape[1] - 2)
        return torch.lerp(self.ab[:, below], self.ab[:, below + 1], place - below)[None]


def _sample(rgb: Tensor) -> Tensor:
    """Lab `(3, P)` of pixels that are evenly spaced in a picture."""
    step = max(1, round((rgb.shape[-1] * rgb.shape[-2] / ENOUGH) ** 0.5))
    return rgb_to_lab(rgb[..., ::step, ::step])[0].flatten(1)
