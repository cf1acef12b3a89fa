"""The generator of paper 001: an encoder, a fusion with an embedding, a decoder (sections 4.3-4.6).

The paper gives kernels, paddings, numbers of layers, and the shapes at both ends. Only its figures
show widths. The widths here double from 32 to the 512 that the text states.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from huelab.methods.options import one_of
from huelab.methods.unet import SLOPE, initialize
from huelab.methods.vit_embedding import NUMBERS

#: Filters of both convolutions before each halving.
WIDTHS = (32, 64, 128, 256, 512)
#: Color axes: a* and b*.
AXES = 2
#: How the encoder halves the size (section 4.3).
POOLINGS = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}
#: How the decoder doubles the size: by interpolation before a convolution, or by its stride.
DOUBLINGS = ("nearest", "strided")
#: The layer between a convolution and its activation (section 4.8).
NORMALIZATIONS = ("batch_norm", "dropout")
DROPOUT = 0.1


class Encoder(nn.Module):
    """`(N, 1, H, W)` to `(N, 512, H/32, W/32)`: five times two 5x5 convolutions and pooling.

    Raises:
        ValueError: for an unknown `pooling`.

    Example:
        >>> code, across = Encoder()(torch.zeros(1, 1, 64, 96))
        >>> code.shape, [maps.shape[-1] for maps in across]
        (torch.Size([1, 512, 2, 3]), [96, 48, 24, 12, 6])
    """

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        *,
        pooling: str = "average",
        normalization: str = "batch_norm",
    ):
        super().__init__()
        one_of(POOLINGS, pooling=pooling)
        self.pool = POOLINGS[pooling](2)
        self.levels = nn.ModuleList(
            nn.Sequential(
                *_layers(nn.Conv2d(before, after, 5, padding=2), normalization),
                *_layers(nn.Conv2d(after, after, 5, padding=2), normalization),
            )
            for before, after in pairwise([1, *widths])
        )

    def forward(self, image: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The code, and the maps of each level before pooling."""
        across = []
        for level in self.levels:
            across.append(level(image))
            image = self.pool(across[-1])
        return image, across


class Fusion(nn.Module):
    """Joins an embedding to the code at every place; a 1x1 convolution restores the channels.

    Example:
        >>> fusion = Fusion(512)
        >>> fusion(torch.zeros(1, 512, 8, 8), torch.zeros(1, 1000)).shape
        torch.Size([1, 512, 8, 8])
        >>> sum(p.numel() for p in fusion.mix.parameters())
        774656
    """

    def __init__(self, channels: int, normalization: str = "batch_norm"):
        super().__init__()
        self.mix = nn.Conv2d(channels + NUMBERS, channels, 1)
        self.rest = nn.Sequential(*_after(channels, normalization))

    def forward(self, code: Tensor, embedding: Tensor) -> Tensor:
        return self.rest(self.mix(joined(code, embedding)))


def joined(code: Tensor, embedding: Tensor) -> Tensor:
    """Append `(N, E)` to the channels of `(N, C, h, w)` at every place: `(N, C + E, h, w)`.

    Example:
        >>> joined(torch.zeros(2, 512, 8, 8), torch.zeros(2, 1000)).shape
        torch.Size([2, 1512, 8, 8])
    """
    everywhere = embedding[:, :, None, None].expand(-1, -1, *code.shape[-2:])
    return torch.cat([code, everywhere.to(code.dtype)], 1)


class Widened(nn.Module):
    """Two 1x1 convolutions with as many parameters as `Fusion`, but without an embedding.

    Example:
        >>> widened = Widened(512)
        >>> widened(torch.zeros(1, 512, 8, 8), None).shape
        torch.Size([1, 512, 8, 8])
        >>> sum(layer.weight.numel() + layer.bias.numel() for layer in widened.convolutions)
        774387
    """

    def __init__(self, channels: int, normalization: str = "batch_norm"):
        super().__init__()
        hidden = round((channels + NUMBERS) * channels / (2 * channels + 1))
        self.convolutions = nn.ModuleList(
            (nn.Conv2d(channels, hidden, 1), nn.Conv2d(hidden, channels, 1))
        )
        self.between = nn.LeakyReLU(SLOPE)
        self.rest = nn.Sequential(*_after(channels, normalization))

    def forward(self, code: Tensor, embedding: Tensor | None) -> Tensor:
        first, second = self.convolutions
        return self.rest(second(self.between(first(code))))


class Decoder(nn.Module):
    """`(N, 512, H/32, W/32)` to a*b* `(N, 2, H, W)` in [-1, 1]: five 3x3 transposed convolutions.

    Raises:
        ValueError: for an unknown `doubling`, or skips with `strided`.

    Example:
        >>> Decoder()(torch.zeros(1, 512, 2, 3), []).shape
        torch.Size([1, 2, 64, 96])
    """

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        *,
        doubling: str = "nearest",
        normalization: str = "batch_norm",
        skips: bool = False,
    ):
        super().__init__()
        one_of(DOUBLINGS, doubling=doubling)
        if skips and doubling == "strided":
            raise ValueError("skips need doubling='nearest', which enlarges before the convolution")
        self.skips = skips
        strided = doubling == "strided"
        self.enlarge = nn.Identity() if strided else nn.Upsample(scale_factor=2, mode="nearest")
        self.blocks = nn.ModuleList()
        for level in reversed(range(len(widths))):
            given = widths[level] * (1 + skips)
            out = widths[level - 1] if level else AXES
            layer = nn.ConvTranspose2d(given, out, 3, 1 + strided, 1, output_padding=int(strided))
            # The paper does not name the last activation. The hyperbolic tangent stays in [-1, 1].
            rest = _after(out, normalization) if level else [nn.Tanh()]
            self.blocks.append(nn.Sequential(layer, *rest))

    def forward(self, code: Tensor, across: Sequence[Tensor]) -> Tensor:
        """Decode a code; `across` are the maps of the encoder's levels, the largest first."""
        rest = list(across)
        for block in self.blocks:
            code = self.enlarge(code)
            if self.skips:
                code = torch.cat([code, rest.pop()], 1)
            code = block(code)
        return code


class Generator(nn.Module):
    """L* in [-1, 1] and perhaps an embedding to a*b* in [-1, 1]; H and W are multiples of 32.

    Example:
        >>> generator = Generator(fused=True)
        >>> generator(torch.zeros(1, 1, 64, 96), torch.zeros(1, 1000)).shape
        torch.Size([1, 2, 64, 96])
    """

    def __init__(
        self,
        *,
        widths: Sequence[int] = WIDTHS,
        fused: bool = True,
        wide: bool = False,
        pooling: str = "average",
        doubling: str = "nearest",
        normalization: str = "batch_norm",
        skips: bool = False,
    ):
        """
        Args:
            widths: filters of the five levels of the encoder.
            fused: whether the generator takes an embedding.
            wide: whether it has as many parameters as with an embedding, but takes none; not
                together with `fused`.
            pooling: one of `POOLINGS`.
            doubling: one of `DOUBLINGS`.
            normalization: one of `NORMALIZATIONS`.
            skips: whether the decoder gets the maps of the encoder, as in a U-Net.

        Raises:
            ValueError: for a name that is not one of these, for both `fused` and `wide`, or for
                skips with `strided`.
        """
        super().__init__()
        one_of(NORMALIZATIONS, normalization=normalization)
        if fused and wide:
            raise ValueError("a generator takes an embedding or is wide, not both")
        self.encoder = Encoder(widths, pooling=pooling, normalization=normalization)
        middle = Fusion if fused else Widened if wide else None
        self.middle = middle(widths[-1], normalization) if middle else None
        self.decoder = Decoder(widths, doubling=doubling, normalization=normalization, skips=skips)
        self.apply(initialize)

    def forward(self, image: Tensor, embedding: Tensor | None = None) -> Tensor:
        code, across = self.encoder(image)
        if self.middle is not None:
            code = self.middle(code, embedding)
        return self.decoder(code, across)


def _layers(convolution: nn.Conv2d, normalization: str) -> list[nn.Module]:
    return [convolution, *_after(convolution.out_channels, normalization)]


def _after(channels: int, normalization: str) -> list[nn.Module]:
    """The layers after a convolution."""
    between = nn.BatchNorm2d(channels) if normalization == "batch_norm" else nn.Dropout(DROPOUT)
    return [between, nn.LeakyReLU(SLOPE)]
