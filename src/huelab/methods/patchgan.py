"""The discriminator of paper 004: it judges patches and averages its outputs (section VI.D).

The paper gives neither the side N of its patches nor the layers. Both come from the paper that it
follows, Isola, Zhu, Zhou, and Efros (2017), appendix 6.1.2.
"""

import torch
from torch import Tensor, nn

from huelab.methods.unet import SLOPE, initialize

#: Side of a patch in pixels -> kernel, and the strides of the layers before the last two. The side
#: follows from these; `receptive_field` computes it.
PATCHES = {1: (1, ()), 16: (4, (2,)), 70: (4, (2, 2, 2)), 286: (4, (2, 2, 2, 2, 2))}
#: The number of filters grows up to this many times that of the first layer.
WIDEST = 8


class PatchGAN(nn.Sequential):
    """One logit for each patch of an image: how much it looks like a part of a real one.

    Its layers are Convolution-BatchNorm-LeakyReLU. The first one has no normalization, and the last
    convolution gives the logits. Every map is padded with zeros.

    Example:
        >>> judge = PatchGAN(4, patch=16, width=4)
        >>> judge(torch.zeros(2, 4, 40, 32)).shape, receptive_field(judge)
        (torch.Size([2, 1, 18, 14]), 16)
        >>> judge.probability(torch.zeros(2, 4, 40, 32)).shape
        torch.Size([2])
    """

    def __init__(self, in_channels: int, *, patch: int = 70, width: int = 64):
        """
        Args:
            in_channels: channels of its input.
            patch: side, in pixels, of the patch that one logit judges: one of `PATCHES`.
            width: filters of the first layer.

        Raises:
            ValueError: for another patch.
        """
        if patch not in PATCHES:
            sides = ", ".join(map(str, PATCHES))
            raise ValueError(f"patch is {patch!r}, but must be one of {sides}")
        kernel, strides = PATCHES[patch]
        layers: list[nn.Module] = []
        # A patch of one pixel has two layers before the logits, as all others have at least.
        for number, stride in enumerate((*(strides or (1,)), 1)):
            out_channels = width * min(2**number, WIDEST)
            layers.append(
                nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 3, bias=not number)
            )
            if number:
                layers.append(nn.BatchNorm2d(out_channels))
            layers.append(nn.LeakyReLU(SLOPE))
            in_channels = out_channels
        layers.append(nn.Conv2d(in_channels, 1, kernel, 1, kernel // 3))
        super().__init__(*layers)
        self.apply(initialize)

    def probability(self, seen: Tensor) -> Tensor:
        """The probability that an image is real, averaged over its patches: `(N,)` in 0..1."""
        return torch.sigmoid(self(seen)).mean((1, 2, 3))


def receptive_field(network: nn.Module) -> int:
    """Side, in pixels, of the receptive field of one output of convolutions in a row.

    The computation goes from the last layer back. One output of a layer sees `kernel` inputs, and
    each neighboring output adds `stride` inputs (Dumoulin and Visin 2016). Only `Conv2d` layers
    count, and their kernels are taken to be square.

    Example:
        >>> receptive_field(nn.Sequential(nn.Conv2d(1, 1, 3, stride=2), nn.Conv2d(1, 1, 3)))
        7
    """
    side = 1
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    for layer in reversed(layers):
        side = (side - 1) * layer.stride[0] + layer.kernel_size[0]
    return side
