"""The autoencoder of papers 000 and 003 without its compression."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from huelab.methods.autoencoder import Double, Halve, Stage
from huelab.methods.colorizer import LearnedLab, Turn


class Uncompressed(LearnedLab):
    """Predicts a*b* and keeps the input's own L*; it is fully convolutional, with skips.

    Filters, strides and padding are the paper's. The paper's two dense layers hold six of every ten
    parameters and force every picture through 256 numbers. Here they become two 3x3 convolutions.
    Each stage of the decoder also gets the encoder's maps of its size (Ronneberger et al. 2015). It
    has fewer parameters than the paper's network and takes pictures of any size.

    Example:
        >>> network = Uncompressed()
        >>> network(torch.full((1, 1, 16, 24), 50.0)).shape
        torch.Size([1, 2, 16, 24])
        >>> gray = torch.full((1, 1, 16, 24), 0.5)
        >>> bool((network.predict_lab(gray)[:, :1].std() < 1e-4).all())  # L* is the input's own
        True
    """

    multiple = 8

    def __init__(self, learning_rate: float = 1e-3, batch_norm: str = "before"):
        """
        Args:
            learning_rate: learning rate of Adam.
            batch_norm: `none`, or `before` or `after` the activation of each stage.
        """
        super().__init__()
        self.learning_rate = learning_rate

        def stage(layer: nn.Conv2d | nn.ConvTranspose2d) -> Stage:
            return Stage(layer, layer.out_channels, batch_norm, dropout=0.0)

        self.down1 = stage(Halve(1, 64))
        self.down2 = stage(Halve(64, 128))
        self.down3 = stage(Halve(128, 256))
        self.middle = nn.Sequential(
            stage(nn.Conv2d(256, 256, 3, padding=1)), stage(nn.Conv2d(256, 256, 3, padding=1))
        )
        self.up3 = stage(Double(256, 256))
        self.up2 = stage(Double(256 + 128, 128))
        self.up1 = stage(Double(128 + 64, 64))
        self.ab = nn.Conv2d(64 + 1, 2, 3, padding=1)

    def forward(self, lightness: Tensor) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, H and W multiples of 8, to a*b* `(N, 2, H, W)`."""
        whole = lightness / 50 - 1
        half = self.down1(whole)
        quarter = self.down2(half)
        deepest = self.middle(self.down3(quarter))
        quarter = torch.cat([self.up3(deepest), quarter], 1)
        half = torch.cat([self.up2(quarter), half], 1)
        whole = torch.cat([self.up1(half), whole], 1)
        return self.ab(whole).float() * self.ab_scale

    def optimizers(self) -> Sequence[Turn]:
        adam = torch.optim.Adam(self.parameters(), self.learning_rate, eps=1e-7, fused=True)
        return [Turn(adam)]
