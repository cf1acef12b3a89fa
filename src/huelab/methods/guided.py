"""Hints and a reference for any method that keeps L* and predicts a*b*."""

from dataclasses import replace

import torch.nn.functional as F
from torch import Generator, Tensor, cat, nn

from huelab.color import rgb_to_lab
from huelab.color.hints import spread
from huelab.color.reference import move_colors
from huelab.methods.colorizer import Guide, LabColorizer

#: A reference is reduced to at most this many pixels before its statistics are computed.
PIXELS = 1 << 16


class Guided(nn.Module, LabColorizer):
    """Adds hints and a reference to a method; it passes on the guides that the method itself uses.

    A `reference` gives its statistics of a*b* to the method's a*b*, level by level of lightness
    (`huelab.color.reference`). `hints` come after that. A pixel with a hint gets its color, and the
    difference to the method's color spreads as far as the edges (`huelab.color.hints`). If a method
    uses hints itself and a reference has moved its colors, the hints are added once more, because a
    person who names the color of one place knows more about it than a reference.

    Example:
        >>> import torch
        >>> from huelab.methods.baselines import MeanColor
        >>> hints = torch.zeros(1, 3, 4, 6)
        >>> hints[..., 0] = torch.tensor([40.0, 30.0, 1.0]).view(3, 1)
        >>> gray = torch.full((1, 1, 4, 6), 0.5)
        >>> Guided(MeanColor(torch.zeros(2))).predict_lab(gray, Guide(hints))[0, 1, 0].round()
        tensor([40., 15.,  6.,  2.,  1.,  0.])
    """

    def __init__(self, base: LabColorizer):
        """Args: base: a method that works in Lab, trained or not."""
        super().__init__()
        self.base = base
        self.guides = base.guides | {"hints", "reference"}
        self.stays_training = base.stays_training

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        added = {name for name in ("hints", "reference") if name not in self.base.guides}
        left = replace(guide, **dict.fromkeys(added))
        ab = self.base.predict_ab(lightness, left, generator)
        moved = guide.reference is not None and "reference" in added
        if guide.reference is not None and moved:
            ab = _moved(cat([lightness, ab], 1), guide.reference.to(ab))
        if guide.hints is not None and (moved or "hints" in added):
            wanted, mask = guide.hints.to(ab).split([2, 1], 1)
            ab = (ab + spread(wanted - ab, mask, lightness)).where(mask <= 0, wanted)
        return ab


def _moved(lab: Tensor, reference: Tensor) -> Tensor:
    """a*b* of a batch, moved to one reference for all images or to one for each."""
    scale = (PIXELS / (reference.shape[-2] * reference.shape[-1])) ** 0.5
    if scale < 1:
        size = [max(1, round(side * scale)) for side in reference.shape[-2:]]
        reference = F.interpolate(reference, size, mode="area")
    others = rgb_to_lab(reference.clamp(0, 1)).expand(len(lab), -1, -1, -1)
    return cat([move_colors(lab[n : n + 1], others[n : n + 1]) for n in range(len(lab))])
