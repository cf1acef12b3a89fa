"""The VGG encoder-decoder of paper 002: L* of any size through 512 maps of H/32 x W/32 to a*b*.

Layers are those of the paper's Encoder and Decoder Architecture (figures 5 and 6). The paper leaves
out the slope of LeakyReLU, the divisor of a*b*, the initialization, and the second beta of Adam.
These are arguments or stated here. It contradicts itself on the loss and on batch normalization,
which are arguments.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from huelab.methods.colorizer import LearnedLab, Turn
from huelab.methods.options import one_of

#: Filters and number of convolutions of the encoder's blocks, as in VGG16.
BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
#: The network needs a height and a width that are multiples of this, because every block halves
#: them.
MULTIPLE = 2 ** len(BLOCKS)

BATCH_NORMS = ("convolution", "block", "none")
DOWNSAMPLINGS = ("stride", "pooling")
UPSAMPLINGS = ("bilinear", "transposed")
ACTIVATIONS = ("leaky_relu", "relu")
OPTIMIZERS = ("adam",)
LOSSES = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "l1_mse": lambda predicted, true: F.l1_loss(predicted, true) + F.mse_loss(predicted, true),
}


class Layer(nn.Sequential):
    """A 3x3 convolution, batch normalization if `batch_norm`, and an activation.

    Example:
        >>> [type(layer).__name__ for layer in Layer(64, 128, slope=0.2, batch_norm=True)]
        ['Conv2d', 'BatchNorm2d', 'LeakyReLU']
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        slope: float,
        *,
        stride: int = 1,
        batch_norm: bool = False,
    ):
        convolution = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        stages: list[nn.Module] = [convolution]
        if batch_norm:
            stages.append(nn.BatchNorm2d(out_channels))
        # It works in place, since batch normalization and convolution need only their own inputs.
        stages.append(nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True))
        super().__init__(*stages)


class EncoderBlock(nn.Module):
    """`(N, in_channels, H, W)` to `(N, filters, H/2, W/2)`, and the maps before halving.

    The last of its convolutions has stride 2, or max pooling follows it as in VGG16.

    Example:
        >>> half, whole = EncoderBlock(64, 128, 2, slope=0.2)(torch.zeros(1, 64, 32, 32))
        >>> half.shape, whole.shape
        (torch.Size([1, 128, 16, 16]), torch.Size([1, 128, 32, 32]))
    """

    def __init__(
        self,
        in_channels: int,
        filters: int,
        convolutions: int,
        slope: float,
        batch_norm: str = "convolution",
        downsampling: str = "stride",
    ):
        super().__init__()
        stride = 2 if downsampling == "stride" else 1
        each, last = batch_norm == "convolution", batch_norm != "none"
        self.whole = nn.Sequential(
            *(
                Layer(filters if k else in_channels, filters, slope, batch_norm=each)
                for k in range(convolutions - 1)
            )
        )
        self.halve = nn.Sequential(Layer(filters, filters, slope, stride=stride, batch_norm=last))
        if downsampling == "pooling":
            self.halve.append(nn.MaxPool2d(2))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        whole = self.whole(maps)
        return self.halve(whole), whole


class Encoder(nn.Module):
    """One channel `(N, 1, H, W)` to `(N, 512, H/32, W/32)`, and the maps of every block.

    The maps, for skips, are those before each block halves them: 64 at H x W, 128 at H/2 x W/2,
    256, 512 and 512 at H/16 x W/16.

    Example:
        >>> code, maps = Encoder()(torch.zeros(1, 1, 64, 64))
        >>> code.shape, [tuple(each.shape[1:]) for each in maps][:2]
        (torch.Size([1, 512, 2, 2]), [(64, 64, 64), (128, 32, 32)])
    """

    def __init__(
        self, slope: float = 0.2, batch_norm: str = "convolution", downsampling: str = "stride"
    ):
        super().__init__()
        self.blocks = nn.ModuleList()
        in_channels = 1
        for filters, convolutions in BLOCKS:
            block = EncoderBlock(
                in_channels, filters, convolutions, slope, batch_norm, downsampling
            )
            self.blocks.append(block)
            in_channels = filters

    def forward(self, image: Tensor) -> tuple[Tensor, list[Tensor]]:
        maps = []
        for block in self.blocks:
            image, whole = block(image)
            maps.append(whole)
        return image, maps


class DecoderBlock(nn.Module):
    """`(N, in_channels, H, W)` to `(N, out_channels, 2H, 2W)`, with `in_channels / 2` filters.

    A convolution halves the number of filters. Bilinear upsampling and a convolution follow, or a
    transposed convolution that does both. The last block ends with two channels and tanh; every
    other convolution has an activation. With a skip, the last convolution also gets the encoder's
    maps.

    Example:
        >>> block = DecoderBlock(64, 0.2, upsampling="bilinear", last=True)
        >>> block(torch.zeros(1, 64, 16, 16)).shape
        torch.Size([1, 2, 32, 32])
    """

    def __init__(
        self, in_channels: int, slope: float, *, upsampling: str, skip: int = 0, last: bool = False
    ):
        super().__init__()
        filters, self.bilinear = in_channels // 2, upsampling == "bilinear"
        out_channels = 2 if last else filters
        self.fewer = Layer(in_channels, filters, slope)
        self.wide = Layer(filters + skip, out_channels, slope)
        if not self.bilinear:
            # The kernel is 3x3 like all others. Since 2 does not divide 3, checkerboards can arise.
            self.wide[0] = nn.ConvTranspose2d(
                filters, out_channels, 3, 2, padding=1, output_padding=1
            )
        if last:
            self.wide[-1] = nn.Tanh()

    def forward(self, maps: Tensor, skip: Tensor | None = None) -> Tensor:
        maps = self.fewer(maps)
        if self.bilinear:
            maps = F.interpolate(maps, scale_factor=2, mode="bilinear")
        if skip is not None:
            maps = torch.cat([maps, skip], 1)
        return self.wide(maps)


class Decoder(nn.Module):
    """`(N, 512, H/32, W/32)` to two channels `(N, 2, H, W)` in [-1, 1]: ten convolutions.

    Example:
        >>> Decoder()(torch.zeros(1, 512, 1, 2)).shape
        torch.Size([1, 2, 32, 64])
    """

    def __init__(self, slope: float = 0.2, upsampling: str = "bilinear", skips: bool = False):
        super().__init__()
        self.blocks = nn.ModuleList()
        in_channels = BLOCKS[-1][0]
        for number, (filters, _) in enumerate(reversed(BLOCKS), 1):
            skip = filters if skips else 0
            last = number == len(BLOCKS)
            block = DecoderBlock(in_channels, slope, upsampling=upsampling, skip=skip, last=last)
            self.blocks.append(block)
            in_channels //= 2

    def forward(self, code: Tensor, maps: Sequence[Tensor] = ()) -> Tensor:
        """Decode a code; `maps` are those of the encoder, if the decoder has skips."""
        skips: list[Tensor | None] = [*maps] or [None] * len(self.blocks)
        for block in self.blocks:
            code = block(code, skips.pop())
        return code


class VGG(LearnedLab):
    """The encoder-decoder, with arguments for what the paper leaves open and for its variants.

    Example:
        >>> network = VGG()
        >>> network(torch.full((1, 1, 32, 64), 50.0)).shape
        torch.Size([1, 2, 32, 64])
        >>> sum(isinstance(layer, nn.Conv2d) for layer in network.encoder.modules())  # as VGG16
        13
    """

    multiple = MULTIPLE

    def __init__(
        self,
        *,
        loss: str = "mse",
        optimizer: str = "adam",
        learning_rate: float = 2e-4,
        betas: Sequence[float] = (0.5, 0.999),
        activation: str = "leaky_relu",
        slope: float = 0.2,
        batch_norm: str = "convolution",
        downsampling: str = "stride",
        upsampling: str = "bilinear",
        skips: bool = False,
        pretrained: bool = False,
        ab_scale: float = 128.0,
    ):
        """
        Args:
            loss: `mse` or `l1` of a*b* divided by `ab_scale`, or their sum, `l1_mse`. The paper
                mentions the first in Quantitative Results and the second in Limitations.
            optimizer: `adam`, with `learning_rate` and `betas` (Model Configuration).
            activation: `leaky_relu`, with `slope` for negative values, or `relu`. The paper does
                not state the slope.
            batch_norm: before the activation of each `convolution` of the encoder, or only of the
                last one of each `block`, or `none`. The paper describes the first two. The decoder
                has none.
            downsampling: `stride` 2 in each block's last convolution, or max `pooling` after it.
            upsampling: `bilinear` and a convolution, or a `transposed` convolution.
            skips: whether the decoder gets the encoder's maps of the same size (Ronneberger et al.
                2015).
            pretrained: whether the encoder begins with VGG16's ImageNet weights, see
                `load_imagenet`.
            ab_scale: number of Lab units that are 1 in the network's output.

        Raises:
            ValueError: for a name that is not one of these, or skips without bilinear upsampling.
            WeightsError: if pretrained weights are wanted but not found.
        """
        super().__init__()
        one_of(LOSSES, loss=loss)
        one_of(OPTIMIZERS, optimizer=optimizer)
        one_of(ACTIVATIONS, activation=activation)
        one_of(BATCH_NORMS, batch_norm=batch_norm)
        one_of(DOWNSAMPLINGS, downsampling=downsampling)
        one_of(UPSAMPLINGS, upsampling=upsampling)
        if skips and upsampling != "bilinear":
            raise ValueError(
                "skips need upsampling='bilinear', because a convolution has to follow them"
            )
        self.loss, self.skips, self.ab_scale = loss, skips, ab_scale
        self.learning_rate, self.betas = learning_rate, (betas[0], betas[1])
        slope = slope if activation == "leaky_relu" else 0.0
        self.encoder = Encoder(slope, batch_norm, downsampling)
        self.decoder = Decoder(slope, upsampling, skips)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                _initialize(module, slope)
        if pretrained:
            load_imagenet(self.encoder)

    def forward(self, lightness: Tensor) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, H and W multiples of 32, to a*b* `(N, 2, H, W)`."""
        code, maps = self.encoder(lightness / 50 - 1)
        ab = self.decoder(code, maps if self.skips else ())
        return ab.float() * self.ab_scale

    def criterion(self, predicted: Tensor, true: Tensor) -> Tensor:
        return LOSSES[self.loss](predicted, true)

    def optimizers(self) -> Sequence[Turn]:
        adam = torch.optim.Adam(self.parameters(), self.learning_rate, self.betas, fused=True)
        return [Turn(adam)]


def load_imagenet(encoder: Encoder) -> None:
    """Load torchvision's ImageNet convolutions of VGG16 into an encoder.

    The first one is summed over its three input channels. So its output for L* is that of VGG16 for
    a gray picture, except for ImageNet's normalization by mean and standard deviation. VGG16 has no
    batch normalization, so that keeps its initial values.

    Raises:
        WeightsError: if the weights are missing or of another network; see `find_weights`.

    Example:
        >>> import os
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_WEIGHTS="/nowhere"):
        ...     load_imagenet(Encoder())
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: HUELAB_WEIGHTS is ..., which is neither a file nor a folder
    """
    # Imported here, because torchvision takes time to import, and coloring does not need it.
    from huelab.imagenet import find_weights, read_weights
    from huelab.storage import WeightsError

    path = find_weights("vgg16")
    found = read_weights(path)
    kernels = [key for key in found if key.startswith("features.") and found[key].ndim == 4]
    convolutions = [m for m in encoder.modules() if isinstance(m, nn.Conv2d)]
    # As text, "features.10" would come before "features.7".
    kernels.sort(key=lambda key: int(key.split(".")[1]))
    try:
        for key, layer in zip(kernels, convolutions, strict=True):
            weight = found[key].float()
            if layer.in_channels == 1:
                weight = weight.sum(1, keepdim=True)
            layer.load_state_dict(
                {"weight": weight, "bias": found[key.replace("weight", "bias")].float()}
            )
    except (ValueError, KeyError, RuntimeError) as error:
        raise WeightsError(f"{path} does not hold the weights of vgg16's convolutions") from error


def _initialize(layer: nn.Conv2d | nn.ConvTranspose2d, slope: float) -> None:
    """Draw weights as in He et al. 2015, section 2.2, for the slope; biases begin at 0.

    A transposed convolution of stride 2 uses each value of its kernel at every fourth pixel.
    """
    kernel = layer.kernel_size[0] * layer.kernel_size[1]
    seen = layer.in_channels * kernel / (4 if isinstance(layer, nn.ConvTranspose2d) else 1)
    nn.init.normal_(layer.weight, std=(2 / (1 + slope**2) / seen) ** 0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
