"""An exemplar that no person chose: the training photograph with the most similar lightness."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from huelab.color import rgb_to_lab
from huelab.methods.colorizer import Guide, LabColorizer
from huelab.methods.exemplar import Exemplar

#: Photographs are compared as squares of 8x8 means of L*.
SIDE = 8


class FoundExemplar(LabColorizer):
    """`Exemplar` without a person, so that it can be measured on many photographs.

    Photographs are compared by L*, reduced to 8x8 pixels. The reference is the one with the highest
    correlation. A person would choose by what a photograph shows, and so would choose better.

    Example:
        >>> red, blue = torch.zeros(2, 3, 16, 16)
        >>> red[0, :8], red[:, 8:] = 0.5, 0.9  # dark red above, light below
        >>> blue[2, :, :8], blue[:, :, 8:] = 0.5, 0.9  # dark blue on the left
        >>> method = FoundExemplar.fit([torch.stack([red, blue])])
        >>> method.choose(rgb_to_lab(torch.stack([blue, red]))[:, :1])
        tensor([1, 0])
        >>> method.colorize(torch.rand(1, 1, 20, 30)).shape
        torch.Size([1, 3, 20, 30])
    """

    def __init__(self, photographs: Tensor, samples: int = 200):
        """
        Args:
            photographs: sRGB `(K, 3, H, W)`, uint8.
            samples: as in `Exemplar`.
        """
        self.photographs, self.method = photographs, Exemplar(samples)
        lightness = [rgb_to_lab(part)[:, :1] for part in photographs.split(64)]
        self.small = torch.cat([_small(part) for part in lightness])

    @classmethod
    def fit(cls, batches: Iterable[Tensor], samples: int = 200) -> "FoundExemplar":
        """Keep the training photographs."""
        kept = [b if b.dtype == torch.uint8 else (b * 255).round().byte() for b in batches]
        return cls(torch.cat([batch.cpu() for batch in kept]), samples)

    def choose(self, lightness: Tensor) -> Tensor:
        """The index of the reference for each L* `(N, 1, H, W)`: int64 `(N,)`."""
        return (_small(lightness).cpu() @ self.small.T).argmax(1)

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        chosen = self.photographs[self.choose(lightness)].to(lightness.device) / 255
        return self.method.predict_ab(lightness, Guide(reference=chosen), generator)


def _small(lightness: Tensor) -> Tensor:
    """Each picture as 64 numbers of mean 0 and length 1."""
    means = F.adaptive_avg_pool2d(lightness, SIDE).flatten(1)
    return F.normalize(means - means.mean(1, keepdim=True), dim=1)
