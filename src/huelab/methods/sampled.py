"""Several plausible colorings of one gray image, drawn from a network's distribution of colors."""

import torch
from torch import Generator, Tensor, nn

from huelab.methods.color_classes import ColorClasses
from huelab.methods.colorizer import Guide, LabColorizer

#: Temperature that mixes a drawn color with its neighbors, see `hue_bins.read_out`.
SOFT = 0.25


def gumbel(scores: Tensor, generator: Generator | None) -> Tensor:
    """Gumbel noise `(N, Q, 1, 1)` for scores `(N, Q, H, W)`: one number for each image and bin.

    The bin with the highest sum of score and noise is a sample of the softmax (Gumbel 1954). All
    pixels of an image share their noise, so pixels with the same distribution get the same color.
    This makes the sample coherent, while each single pixel is still a sample of its distribution.

    Example:
        >>> scores = torch.zeros(2, 3, 8, 8)
        >>> gumbel(scores, torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 1, 1])
    """
    where = "cpu" if generator is None else generator.device
    uniform = torch.rand(*scores.shape[:2], 1, 1, generator=generator, device=where)
    return -(-uniform.clamp(1e-20, 1 - 1e-7).log()).log().to(scores)


class Sampled(nn.Module, LabColorizer):
    """A network of classes that draws one coloring at each call, from the generator of that call.

    Example:
        >>> sampled = Sampled(ColorClasses(width=4))
        >>> gray, draws = torch.rand(1, 1, 32, 32), torch.Generator().manual_seed(0)
        >>> one, other = (sampled.colorize(gray, generator=draws) for _ in range(2))
        >>> bool((one - other).abs().max() > 0.01)
        True
        >>> sampled.predict_ab(torch.rand(1, 1, 50, 70), Guide(), None).shape
        torch.Size([1, 2, 50, 70])
    """

    def __init__(self, base: ColorClasses):
        """
        Args:
            base: a network that predicts classes.

        Raises:
            ValueError: for a network that predicts a*b* by regression.
        """
        super().__init__()
        if not base.classes:
            raise ValueError("a network with a regression head has no distribution to draw from")
        self.base = base
        self.guides = base.guides - {"vivid"}

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        """One draw of a*b* `(N, 2, H, W)`; hints have the effect that they have on the network."""

        def drawn(small: Tensor, hints: Tensor | None) -> Tensor:
            scores = self.base.scores(small, hints)
            return self.base.read(scores + gumbel(scores, generator), temperature=SOFT)

        return self.base.carried_up(lightness, drawn, guide)
