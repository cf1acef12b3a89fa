"""The first network of the book: about as small as one that colors can be, trained in a minute."""

import torch
import torch.nn.functional as F
from lightning import LightningModule
from torch import Generator, Tensor, nn

from huelab.methods.colorizer import LabColorizer, pad_to_multiple


class FirstColor(LightningModule, LabColorizer):
    """Predicts a*b* from L*: the picture is halved three times and brought back up.

    The deepest layer sees a wide neighborhood; skips carry the fine edges past it (Ronneberger
    et al. 2015, in miniature).
    """

    def __init__(self, width: int = 24, learning_rate: float = 3e-3):
        """Args: width: channels at full size; deeper levels have 2, 3 and 4 times as many."""
        super().__init__()
        self.learning_rate = learning_rate
        self.down1 = block(1, width)
        self.down2 = block(width, 2 * width, stride=2)
        self.down3 = block(2 * width, 3 * width, stride=2)
        self.down4 = block(3 * width, 4 * width, stride=2)
        self.up3 = block(7 * width, 3 * width)
        self.up2 = block(5 * width, 2 * width)
        self.up1 = block(3 * width, width)
        self.ab = nn.Conv2d(width, 2, 1)

    def forward(self, lightness: Tensor) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, H and W multiples of 8, to a*b* `(N, 2, H, W)`."""
        full = self.down1(lightness / 50 - 1)
        half = self.down2(full)
        quarter = self.down3(half)
        eighth = self.down4(quarter)
        quarter = self.up3(beside(eighth, quarter))
        half = self.up2(beside(quarter, half))
        full = self.up1(beside(half, full))
        return self.ab(full) * 50

    def training_step(self, lab: Tensor) -> Tensor:
        """Mean absolute error of a*b* in Lab units for a batch `(N, 3, H, W)` of Lab."""
        loss = F.l1_loss(self(lab[:, :1]), lab[:, 1:])
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.learning_rate)

    def predict_ab(self, lightness: Tensor, generator: Generator | None = None) -> Tensor:
        height, width = lightness.shape[-2:]
        return self(pad_to_multiple(lightness, 8))[..., :height, :width]


def block(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution that halves the picture for stride 2, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    )


def beside(small: Tensor, large: Tensor) -> Tensor:
    """Enlarge `small` to twice its size and put its channels beside those of `large`."""
    return torch.cat([F.interpolate(small, scale_factor=2, mode="bilinear"), large], 1)
