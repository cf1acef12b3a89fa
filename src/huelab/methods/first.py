"""The first network of the book: a very small one, which is trained in a minute."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

from huelab.methods.colorizer import LearnedLab, Turn


class FirstColor(LearnedLab):
    """Predicts a*b* from L*: the layers halve the picture four times and enlarge it again.

    The deepest layer sees a wide neighborhood, and skips carry finer edges past it (a small U-Net,
    Ronneberger et al. 2015). Color is predicted at half size and enlarged, because the eye sees
    color less sharply than lightness. JPEG and television use the same fact.

    Example:
        >>> network = FirstColor()
        >>> network(torch.full((2, 1, 32, 48), 50.0)).shape
        torch.Size([2, 2, 32, 48])
        >>> sum(p.numel() for p in network.parameters())
        969442
        >>> len(network.optimizers())
        1
    """

    #: The image is halved four times.
    multiple = 16

    def __init__(self, width: int = 32, learning_rate: float = 2e-3):
        """
        Args:
            width: channels at half size; each deeper level has twice as many.
            learning_rate: highest learning rate of Adam.
        """
        super().__init__()
        self.learning_rate = learning_rate
        self.down1 = block(1, width, stride=2)
        self.down2 = block(width, 2 * width, stride=2)
        self.down3 = block(2 * width, 4 * width, stride=2)
        self.down4 = block(4 * width, 8 * width, stride=2)
        self.up3 = block(8 * width + 4 * width, 4 * width)
        self.up2 = block(4 * width + 2 * width, 2 * width)
        self.up1 = block(2 * width + width, width)
        self.ab = nn.Conv2d(width, 2, 1)

    def forward(self, lightness: Tensor) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, H and W multiples of 16, to a*b* `(N, 2, H, W)`."""
        half = self.down1(lightness / 50 - 1)
        quarter = self.down2(half)
        eighth = self.down3(quarter)
        sixteenth = self.down4(eighth)
        eighth = self.up3(beside(sixteenth, eighth))
        quarter = self.up2(beside(eighth, quarter))
        half = self.up1(beside(quarter, half))
        return twice(self.ab(half).float()) * self.ab_scale

    def optimizers(self) -> Sequence[Turn]:
        """Adam; the learning rate rises for a third of the steps and then falls to almost 0.

        PyTorch's OneCycleLR also lowers Adam's first beta while the rate rises.
        """
        adam = torch.optim.Adam(self.parameters(), lr=self.learning_rate)
        rate = self.learning_rate
        return [Turn(adam, lambda optimizer, steps: OneCycleLR(optimizer, rate, steps))]


def block(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution, batch norm, and ReLU; with stride 2 it halves the picture.

    Example:
        >>> block(1, 32, stride=2)(torch.zeros(1, 1, 16, 16)).shape
        torch.Size([1, 32, 8, 8])
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def beside(small: Tensor, large: Tensor) -> Tensor:
    """Enlarge `small` to twice its size and join its channels with those of `large`.

    Example:
        >>> beside(torch.zeros(1, 64, 8, 8), torch.zeros(1, 32, 16, 16)).shape
        torch.Size([1, 96, 16, 16])
    """
    return torch.cat([twice(small), large], 1)


def twice(image: Tensor) -> Tensor:
    """Enlarge `(N, C, H, W)` to `(N, C, 2H, 2W)` by bilinear interpolation.

    Example:
        >>> twice(torch.zeros(1, 2, 8, 12)).shape
        torch.Size([1, 2, 16, 24])
    """
    return F.interpolate(image, scale_factor=2, mode="bilinear")
