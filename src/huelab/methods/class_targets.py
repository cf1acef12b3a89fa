"""Color as classification: soft targets over bins of a*b*, and larger weights for rare colors.

Zhang, Isola, and Efros (2016), "Colorful Image Colorization", sections 2.1 and 2.2. The bins are
those of `huelab.methods.hue_bins`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

#: Number of bins that are targets of a color, and the sigma of their Gaussian weights in Lab units,
#: as published.
NEIGHBORS, SIGMA = 5, 5.0


def soft_encode(
    ab: Tensor, bins: Tensor, neighbors: int = NEIGHBORS, sigma: float = SIGMA
) -> tuple[Tensor, Tensor]:
    """The nearest bins of each color, and Gaussian weights of their distances that add up to 1.

    Args:
        ab: `(N, 2, H, W)` in Lab units.
        bins: `(Q, 2)` in Lab units.
        neighbors: K, the number of bins that are targets of a color.
        sigma: standard deviation of the Gaussian, in Lab units.

    Returns:
        The numbers of the bins, int64 `(N, K, H, W)`, the nearest first, and their weights, float
        `(N, K, H, W)`.

    Raises:
        RuntimeError: for more neighbors than there are bins.

    Example:
        >>> bins = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
        >>> ab = torch.tensor([5.0, 0.0]).view(1, 2, 1, 1)
        >>> index, weight = soft_encode(ab, bins, neighbors=2)
        >>> sorted(index.flatten().tolist()), weight.flatten()
        ([0, 1], tensor([0.5000, 0.5000]))
    """
    n, _, height, width = ab.shape
    colors = ab.movedim(1, -1).reshape(-1, 2)
    distance, index = torch.cdist(colors, bins).topk(neighbors, largest=False)
    weight = (-(distance**2) / (2 * sigma**2)).softmax(1)
    shape = (n, height, width, neighbors)
    return index.view(shape).movedim(-1, 1), weight.view(shape).movedim(-1, 1)


def smoothed(frequency: Tensor, bins: Tensor, sigma: float = SIGMA) -> Tensor:
    """The frequency of each bin, smoothed over a*b* by a Gaussian: `(Q,)`, still with a sum of 1.

    Args:
        frequency: `(Q,)`, with a sum of 1.
        bins: `(Q, 2)` in Lab units.
        sigma: standard deviation of the Gaussian, in Lab units.

    Example:
        >>> bins = torch.tensor([[0.0, 0.0], [10.0, 0.0]])
        >>> smoothed(torch.tensor([1.0, 0.0]), bins)
        tensor([0.8808, 0.1192])
    """
    spread = (-torch.cdist(bins, bins).square() / (2 * sigma**2)).exp()
    return (spread / spread.sum(0)) @ frequency


def rarity_weights(frequency: Tensor, uniform: float) -> Tensor:
    """The weight of each bin in the loss: large for rare colors, 1 on average over pixels.

    Args:
        frequency: `(Q,)`, with a sum of 1.
        uniform: lambda, the share of the uniform distribution that is mixed in, in (0, 1]; with 1
            all bins have the same weight.

    Returns:
        `(Q,)`, equation 4 of the paper.

    Example:
        >>> rarity_weights(torch.tensor([0.9, 0.1]), uniform=0.5)
        tensor([0.8824, 2.0588])
    """
    mixed = (1 - uniform) * frequency + uniform / len(frequency)
    return 1 / mixed / (frequency / mixed).sum()


def classification_loss(
    logits: Tensor, index: Tensor, weight: Tensor, of_bin: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy with soft targets over all pixels, a scalar.

    Args:
        logits: `(N, Q, H, W)`.
        index, weight: the soft targets, as `soft_encode` gives them.
        of_bin: `(Q,)`, the weight of a pixel by its nearest bin; None gives all pixels the same.

    Example:
        >>> index = torch.zeros(1, 1, 1, 1, dtype=torch.int64)
        >>> classification_loss(torch.zeros(1, 2, 1, 1), index, torch.ones(1, 1, 1, 1))
        tensor(0.6931)
    """
    found = F.log_softmax(logits.float(), 1).gather(1, index)
    of_pixel = -(found * weight).sum(1)
    if of_bin is not None:
        of_pixel = of_pixel * of_bin[index[:, 0]]
    return of_pixel.mean()
