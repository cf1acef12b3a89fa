"""Several plausible colorings of one gray image, drawn from what a network holds to be probable."""

import torch
from torch import Generator, Tensor, nn

from huelab.methods.color_classes import ColorClasses
from huelab.methods.colorizer import Guide, LabColorizer

#: How far a drawn color is softened toward its neighbors, see `hue_bins.read_out`.
SOFT = 0.25


def gumbel(scores: Tensor, generator: Generator | None) -> Tensor:
    """Gumbel noise `(N, Q, 1, 1)` for scores `(N, Q, H, W)`: one number an image and bin.

    The bin with the highest sum of score and noise is a sample of the softmax (Gumbel 1954). All
    pixels of an image share their noise, so that pixels with the same distribution get the same
    color: the sample is coherent, while each pixel by itself is a fair draw.

    Example:
        >>> scores = torch.zeros(2, 3, 8, 8)
        >>> gumbel(scores, torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 1, 1])
    """
    where = "cpu" if generator is None else generator.device
    uniform = torch.rand(*scores.shape[:2], 1, 1, generator=generator, device=where)
    return -(-uniform.clamp(1e-20, 1 - 1e-7).log()).log().to(scores)


class Sampled(nn.Module, LabColorizer):
    """A network of classes whose every call draws one coloring, by the generator that it is given.

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
            base: with a distribution to draw from.

        Raises:
            ValueError: for a network of regression.
        """
        super().__init__()
        if not base.classes:
            raise ValueError("a network of regression has no distribution to draw from")
        self.base = base
        self.guides = base.guides - {"vivid"}

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        """One draw of a*b* `(N, 2, H, W)`; a hint is obeyed as far as the network obeys it."""

        def drawn(small: Tensor, hints: Tensor | None) -> Tensor:
            scores = self.base.scores(small, hints)
            return self.base.read(scores + gumbel(scores, generator), temperature=SOFT)

        return self.base.carried_up(lightness, drawn, guide)
