"""HueNet, the book's own network: what the chapters taught, small enough to ship.

It has an encoder that was trained on ImageNet, and a small decoder with skips and a summary of the
whole picture. It predicts a distribution over colors, and a temperature decides which color is read
out: the mean is accurate, and the mode is vivid.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

from huelab.color import lab_to_rgb, lightness_to_gray
from huelab.color.batch import Batch
from huelab.color.upsample import carry_up
from huelab.methods import hue_bins
from huelab.methods.colorizer import Guide, LabColorizer, Learned, Turn
from huelab.methods.hue_encoder import SEEN, Encoder, load_imagenet

#: Colors are predicted at a quarter of the size; see `HueNet.forward`.
QUARTER = 4
#: Temperatures to choose from; the accurate end takes the one with the least error, see `validate`.
TEMPERATURES = (1.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.15, 1.3)
#: Largest `rarity` at the vivid end, see `hue_bins.read_out`.
RAREST = 2.0
#: The network needs a height and a width that are multiples of this.
MULTIPLE = 32
#: The network sees a longer side of at most this many times `side`. Without this, a strip of a few
#: rows would become a picture of a hundred megapixels.
LONGEST = 32


class Decoder(nn.Module):
    """Four maps of the encoder to `out_channels` at a quarter of the size.

    Each coarser map is enlarged and added to the next finer one. With `context`, the mean over the
    whole picture passes through two linear layers and is added to the coarsest map.

    Example:
        >>> maps = [torch.zeros(1, c, 16 >> k, 24 >> k) for k, c in enumerate(SEEN.values())]
        >>> Decoder(width=8, out_channels=2)(maps).shape
        torch.Size([1, 2, 16, 24])
    """

    def __init__(self, width: int, out_channels: int, *, context: bool = True):
        super().__init__()
        channels = list(SEEN.values())
        self.across = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.smooth = nn.ModuleList(smooth(width) for _ in channels[:-1])
        self.context = (
            nn.Sequential(nn.Linear(channels[-1], width), nn.ReLU(), nn.Linear(width, width))
            if context
            else None
        )
        self.last = nn.Conv2d(width, out_channels, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        made = self.across[-1](maps[-1])
        if self.context is not None:
            made = made + self.context(maps[-1].mean((2, 3)))[:, :, None, None]
        for number in reversed(range(len(self.smooth))):
            larger = F.interpolate(made, scale_factor=2, mode="bilinear")
            made = self.smooth[number](larger + self.across[number](maps[number]))
        return self.last(made)


def smooth(width: int) -> nn.Sequential:
    """A 3x3 convolution, batch norm, and ReLU.

    Example:
        >>> smooth(8)(torch.zeros(1, 8, 4, 4)).shape
        torch.Size([1, 8, 4, 4])
    """
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )


class HueNet(Learned, LabColorizer):
    """Predicts the probability of each color from L*, at a quarter of the size.

    Pictures of any size are resized to a shorter side of `side` pixels, so that one picture gets
    nearly the same colors at every size. Colors are carried up along the edges of the original.

    Expectations, written before the first full run (three seeds, photos test at 256): at the
    accurate end a PSNR of at least 24 dB or a CIEDE2000 of at most 10.3, where a gray copy has
    22.13 dB and 11.45; at the vivid end a colorfulness within 15 % of the truth's; better than
    the five papers' methods on at least four of PSNR, CIEDE2000, colorfulness gap, fd_squeezenet,
    and classifier agreement.

    Example:
        >>> network = HueNet(pretrained=False)
        >>> network(torch.full((1, 1, 64, 96), 50.0)).shape
        torch.Size([1, 2, 16, 24])
        >>> network.colorize(torch.rand(1, 1, 50, 70), guide=Guide(vivid=0.5)).shape
        torch.Size([1, 3, 50, 70])
        >>> sum(p.numel() for p in network.parameters()) < 3_400_000
        True
        >>> batch = Batch(torch.arange(2), lab=torch.zeros(2, 3, 64, 64))
        >>> list(network.train().losses(batch, turn=0)), list(network.eval().validate(batch))
        (['cross_entropy'], ['val_error'])
        >>> scores = network.scores(batch.lab[:, :1])
        >>> scores.shape, network.read(scores, vivid=1.0).shape
        (torch.Size([2, 306, 16, 16]), torch.Size([2, 2, 16, 16]))
        >>> network.predict_ab(torch.rand(1, 1, 50, 70), Guide(), None).shape
        torch.Size([1, 2, 50, 70])
        >>> network.brought(torch.rand(1, 1, 50, 70)).shape, len(network.optimizers())
        (torch.Size([1, 1, 192, 256]), 1)
    """

    targets = ("lab",)
    multiple = MULTIPLE
    judged_by = "val_error"
    guides = frozenset({"strength", "vivid"})
    grid: Tensor
    lattice: Tensor
    choices: Tensor
    frequency: Tensor
    errors: Tensor
    rarity: Tensor

    def __init__(
        self,
        *,
        width: int = 96,
        context: bool = True,
        bins: bool = True,
        pretrained: bool = True,
        frozen: int = 0,
        learning_rate: float = 1e-3,
        encoder_rate: float = 0.3,
        weight_decay: float = 0.02,
        averaging: float = 0.0,
        side: int = 192,
        temperature: float = 0.3,
    ):
        """
        Args:
            width: channels of the decoder.
            context: whether the decoder gets the mean over the whole picture.
            bins: whether to predict a distribution. Otherwise the network predicts a*b* itself and
                has no vivid end.
            pretrained: whether the encoder begins with ImageNet weights, see `load_imagenet`.
            frozen: number of stages of the encoder that keep their weights, together with the stem;
                with 0 the stem learns as well.
            learning_rate: highest learning rate of AdamW.
            encoder_rate: factor of the learning rate for the encoder.
            weight_decay: argument of AdamW.
            averaging: share of the moving average of the weights that each step keeps, see
                `Learned`.
            side: shorter side, in pixels, at which the network sees pictures.
            temperature: temperature of the vivid end, see `hue_bins.read_out`. `validate` finds the
                other settings of the two ends.

        Raises:
            WeightsError: if pretrained weights are wanted but not found.
        """
        super().__init__()
        self.learning_rate, self.encoder_rate = learning_rate, encoder_rate
        self.weight_decay, self.averaging = weight_decay, averaging
        self.side, self.temperature, self.frozen, self.bins = side, temperature, frozen, bins
        self.guides = frozenset({"strength", "vivid"} if bins else {"strength"})
        grid = hue_bins.grid()
        if bins:
            # Buffers that follow from the source are not saved with the weights.
            self.register_buffer("grid", grid.clone(), persistent=False)
            self.register_buffer("lattice", hue_bins.nearest(grid), persistent=False)
            self.register_buffer("choices", torch.tensor(TEMPERATURES), persistent=False)
            self.register_buffer("frequency", torch.ones(len(grid)))
            self.register_buffer("errors", torch.zeros(len(TEMPERATURES)))
            self.register_buffer("rarity", torch.tensor(0.5))
        self.encoder = Encoder()
        self.decoder = Decoder(width, len(grid) if bins else 2, context=context)
        if pretrained:
            load_imagenet(self.encoder)
        for part in self._kept():
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> "HueNet":
        """Set the training mode, except for the frozen parts of the encoder."""
        super().train(mode)
        for part in self._kept():
            part.eval()
        return self

    def _kept(self) -> list[nn.Module]:
        return [self.encoder.stem, *self.encoder.stages[: self.frozen]] if self.frozen else []

    def scores(self, lightness: Tensor) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, H and W multiples of 32, to logits `(N, Q, H/4, W/4)`.

        Without bins it gives a*b* divided by 50, `(N, 2, H/4, W/4)`.
        """
        return self.decoder(self.encoder(lightness_to_gray(lightness))).float()

    def read(self, scores: Tensor, vivid: float = 0.0) -> Tensor:
        """The a*b* `(N, 2, h, w)` of scores `(N, Q, h, w)`, in Lab units.

        `vivid` goes from 0, near the mean, to 1, near the mode. Between the two ends, the
        temperature changes by equal factors and the rarity by equal steps.
        """
        if not self.bins:
            return scores * 50
        accurate = self.choices[self.errors.argmin()]
        return self._read(
            scores, accurate ** (1 - vivid) * self.temperature**vivid, self.rarity * vivid
        )

    def _read(self, scores: Tensor, temperature: Tensor, rarity: Tensor | float) -> Tensor:
        return hue_bins.read_out(
            scores, self.grid, self.frequency, temperature=temperature, rarity=rarity
        )

    def forward(self, lightness: Tensor, vivid: float = 0.0) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, H and W multiples of 32, to a*b* `(N, 2, H/4, W/4)`."""
        return self.read(self.scores(lightness), vivid)

    def losses(self, batch: Batch, turn: int) -> dict[str, Tensor]:
        """Cross-entropy with the bins around each true color; without bins, smooth L1."""
        lightness, ab = batch.lab.split([1, 2], 1)
        ab = F.avg_pool2d(ab, QUARTER)
        scores = self.scores(lightness)
        if not self.bins:
            return {"error": F.smooth_l1_loss(scores, ab / 50)}
        index, weight = hue_bins.soft_targets(ab, self.lattice)
        with torch.no_grad():
            self.frequency.lerp_(hue_bins.share(index, weight, len(self.grid)), 0.01)
        return {"cross_entropy": hue_bins.cross_entropy(scores, index, weight)}

    def validate(self, batch: Batch) -> dict[str, Tensor]:
        """Squared error of a*b* at a quarter of the size; this also adjusts both ends.

        No loss can choose the settings of the two ends, so validation pictures do. The accurate end
        takes the temperature with the least squared error. At the vivid end, rare colors gain
        weight while the output is less colorful than the truth, and lose weight otherwise. Both
        are compared at a quarter of the size, with colors outside of sRGB clipped, while
        `colorize` makes such colors paler. So photographs become a little paler than the truth.
        """
        small = F.avg_pool2d(batch.lab, QUARTER)
        scores = self.scores(batch.lab[:, :1])
        with torch.autocast(scores.device.type, enabled=False):  # bfloat16 is too coarse for colors
            if self.bins:
                errors = [
                    (self._read(scores, choice, 0.0) - small[:, 1:]).square().mean()
                    for choice in self.choices
                ]
                self.errors.lerp_(torch.stack(errors), 0.2)
                self._adjust_rarity(scores, small)
            error = (self.read(scores) - small[:, 1:]).square().mean((1, 2, 3))
        return {"val_error": error}

    def _adjust_rarity(self, scores: Tensor, true: Tensor) -> None:
        from huelab.metrics.colorfulness import colorfulness  # only training needs this import

        made = torch.cat([true[:, :1], self.read(scores, 1.0)], 1)
        of_made, of_true = (colorfulness(lab_to_rgb(lab)).mean() for lab in (made, true))
        self.rarity.add_(0.5 * (1 - of_made / of_true)).clamp_(0, RAREST)

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        """Predict colors at a shorter side of `side` pixels, and carry them up along the edges."""
        small = self.brought(lightness)
        ab = self(small, guide.vivid or 0.0)
        return carry_up(ab, F.avg_pool2d(small, QUARTER), lightness)

    def brought(self, lightness: Tensor) -> Tensor:
        """L* `(N, 1, H, W)` of any size, resized for the network, see `canonical`."""
        shape = canonical(lightness.shape[-2:], self.side)
        return F.interpolate(lightness, shape, mode="bicubic", antialias=True).clamp(0, 100)

    def optimizers(self) -> Sequence[Turn]:
        """AdamW, slower for the encoder; the learning rate first rises and then falls.

        PyTorch's OneCycleLR also lowers AdamW's first beta while the rate rises.
        """
        rates = [self.learning_rate, self.learning_rate * self.encoder_rate]
        parts: list[dict[str, Any]] = [
            {"params": [p for p in part.parameters() if p.requires_grad], "lr": rate}
            for part, rate in zip((self.decoder, self.encoder), rates, strict=True)
        ]
        adam = torch.optim.AdamW(parts, weight_decay=self.weight_decay, fused=True)
        return [
            Turn(adam, lambda optimizer, steps: OneCycleLR(optimizer, rates, steps, pct_start=0.1))
        ]


def canonical(size: Sequence[int], side: int) -> tuple[int, int]:
    """The size at which the network sees a picture: a shorter side of about `side` pixels.

    Height and width are the nearest multiples of 32. The longer side is at most 32 times `side`, so
    a very long picture has a smaller shorter side.

    Example:
        >>> canonical((256, 256), side=192), canonical((480, 640), side=192)
        ((192, 192), (192, 256))
        >>> canonical((1, 3000), side=192)
        (32, 6144)
    """
    scale = min(side / min(size), LONGEST * side / max(size))
    height, width = (max(1, round(pixels * scale / MULTIPLE)) * MULTIPLE for pixels in size)
    return height, width
