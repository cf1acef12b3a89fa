"""The generator of paper 004: a U-Net of Convolution-BatchNorm-ReLU (section VI.D, figure 2).

The paper draws the network and gives no widths. The widths come from the paper that it follows,
Isola, Zhu, Zhou, and Efros (2017), appendix 6.1, whose text it repeats.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: How often height and width are halved and doubled again; with 8, 256 pixels become one.
DEPTH = 8
#: The number of filters grows up to this many times that of the first layer.
WIDEST = 8
#: Number of decoder layers with dropout of one half, from the deepest on.
DROPPED = 3
SLOPE = 0.2


class Down(nn.Sequential):
    """`(N, in_channels, H, W)` to `(N, out_channels, H/2, W/2)`, with odd sizes rounded up.

    Example:
        >>> layer = Down(64, 128, first=False, batch_norm=True)
        >>> layer(torch.zeros(1, 64, 31, 32)).shape
        torch.Size([1, 128, 16, 16])
    """

    def __init__(self, in_channels: int, out_channels: int, *, first: bool, batch_norm: bool):
        layers: list[nn.Module] = [] if first else [nn.LeakyReLU(SLOPE)]
        layers.append(nn.Conv2d(in_channels, out_channels, 4, 2, 1, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm2d(out_channels))
        super().__init__(*layers)

    def forward(self, maps: Tensor) -> Tensor:
        height, width = maps.shape[-2:]
        if height % 2 or width % 2:
            maps = F.pad(maps, (0, width % 2, 0, height % 2), mode="replicate")
        return super().forward(maps)


class Up(nn.Sequential):
    """`(N, in_channels, H, W)` to `(N, out_channels, 2H, 2W)`; the last one has no batch norm.

    Example:
        >>> Up(128, 64, last=False, dropout=True)(torch.zeros(1, 128, 16, 16)).shape
        torch.Size([1, 64, 32, 32])
    """

    def __init__(self, in_channels: int, out_channels: int, *, last: bool, dropout: bool):
        layer = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1, bias=last)
        layers: list[nn.Module] = [nn.ReLU(), layer]
        if not last:
            layers.append(nn.BatchNorm2d(out_channels))
        if dropout:
            layers.append(nn.Dropout(0.5))
        super().__init__(*layers)


class UNet(nn.Module):
    """An encoder and a decoder whose layer i also sees layer `depth - i` of the encoder.

    Example:
        >>> generator = UNet(1, 3, width=4, depth=3)
        >>> generator(torch.zeros(2, 1, 50, 37)).shape
        torch.Size([2, 3, 50, 37])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        width: int = 64,
        depth: int = DEPTH,
        skips: bool = True,
    ):
        """
        Args:
            in_channels, out_channels: channels of the input and the output.
            width: filters of the first layer; each further layer has twice as many, up to
                `WIDEST` times `width`.
            depth: how often height and width are halved, at least 2.
            skips: whether the decoder gets the encoder's maps; without them everything passes
                through the smallest maps.

        Raises:
            ValueError: for a depth below 2.
        """
        super().__init__()
        if depth < 2:
            raise ValueError(f"depth must be at least 2, not {depth}")
        self.skips = skips
        filters = [width * min(2**layer, WIDEST) for layer in range(depth)]
        self.down = nn.ModuleList(
            # In the first layer, normalization would remove the brightness of the image. The last
            # one may have a single pixel, which would be zero after subtracting its own mean.
            Down(before, after, first=not layer, batch_norm=0 < layer < depth - 1)
            for layer, (before, after) in enumerate(pairwise([in_channels, *filters]))
        )
        # From the deepest maps up, a layer gets those from below, and as many again from a skip.
        outputs = [*filters[-2::-1], out_channels]
        joined = [filters[-1], *(count * (1 + skips) for count in filters[-2::-1])]
        self.up = nn.ModuleList(
            Up(before, after, last=layer == depth - 1, dropout=layer < min(DROPPED, depth - 2))
            for layer, (before, after) in enumerate(zip(joined, outputs, strict=True))
        )
        self.apply(initialize)

    def forward(self, image: Tensor) -> Tensor:
        """Images `(N, in_channels, H, W)` of any size to values in [-1, 1] of the same size."""
        sizes, across = [], []
        for layer in self.down:
            sizes.append(image.shape[-2:])
            image = layer(image)
            across.append(image)
        maps = across.pop()
        for layer in self.up:
            height, width = sizes.pop()
            maps = layer(maps)[..., :height, :width]
            if self.skips and across:
                maps = torch.cat([maps, across.pop()], 1)
        return torch.tanh(maps.float())  # bfloat16 has too few values near 1


def initialize(layer: nn.Module) -> None:
    """Draw weights with a standard deviation of 0.02, as in Isola et al. (2017), section 6.2.

    Example:
        >>> layer = nn.Conv2d(64, 64, 4)
        >>> initialize(layer)
        >>> round(layer.weight.std().item(), 3), bool((layer.bias == 0).all())
        (0.02, True)
    """
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)
