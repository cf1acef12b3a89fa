"""Color as classification, as regression, and guided by hints, with one small network.

Zhang, Isola, and Efros (2016), "Colorful Image Colorization", and Zhang et al. (2017), "Real-Time
User-Guided Image Colorization with Learned Deep Priors". Their networks are much larger.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

from huelab.color.batch import Batch
from huelab.color.upsample import carry_up
from huelab.methods import hue_bins
from huelab.methods.class_targets import (
    classification_loss,
    rarity_weights,
    smoothed,
    soft_encode,
)
from huelab.methods.colorizer import Guide, LabColorizer, Learned, Turn, pad_to_multiple
from huelab.methods.first import beside, block
from huelab.methods.simulated_hints import simulate

#: Colors are predicted at a quarter of the size, as published.
QUARTER = 4
#: Number of Lab units that are 1 in the network's input and in the loss of regression.
AB_SCALE = 50.0
#: Temperature of the vivid end.
SHARP = 0.1

Predict = Callable[[Tensor, Tensor | None], Tensor]


class Trunk(nn.Module):
    """L*, and hints if they are used, to features at a quarter of the size.

    The layers halve the image four times and enlarge it twice. Skips carry finer edges to the way
    up.

    Example:
        >>> Trunk(1, width=4)(torch.zeros(1, 1, 32, 48)).shape
        torch.Size([1, 16, 8, 12])
    """

    def __init__(self, in_channels: int, width: int):
        super().__init__()
        self.down1 = block(in_channels, width, stride=2)
        self.down2 = block(width, 2 * width, stride=2)
        self.down3 = block(2 * width, 4 * width, stride=2)
        self.down4 = block(4 * width, 8 * width, stride=2)
        self.up3 = block(8 * width + 4 * width, 4 * width)
        self.up2 = block(4 * width + 2 * width, 4 * width)

    def forward(self, image: Tensor) -> Tensor:
        quarter = self.down2(self.down1(image))
        eighth = self.down3(quarter)
        eighth = self.up3(beside(self.down4(eighth), eighth))
        return self.up2(beside(eighth, quarter))


class ColorClasses(Learned, LabColorizer):
    """Predicts the probability of each bin of a*b*, or a*b* itself, from L* and perhaps from hints.

    A temperature decides which color the distribution gives: its mean (1), nearly its mode (toward
    0), or the published compromise between them, the annealed mean at 0.38.

    Expectations, written before the first run (photographs of 128 pixels, three seeds): with
    rebalanced classes, the gap to the truth's colorfulness is less than half of regression's at no
    more than 1 dB less PSNR; without rebalancing it is between the two; ten hints an image lower
    the CIEDE2000 of the guided network by at least a tenth.

    Example:
        >>> network = ColorClasses(width=4)
        >>> network(torch.full((1, 1, 32, 48), 50.0)).shape
        torch.Size([1, 2, 8, 12])
        >>> scores = network.scores(torch.zeros(2, 1, 32, 32))
        >>> scores.shape, network.read(scores).shape
        (torch.Size([2, 306, 8, 8]), torch.Size([2, 2, 8, 8]))
        >>> batch = Batch(torch.arange(2), lab=torch.zeros(2, 3, 32, 32))
        >>> list(network.losses(batch, turn=0)), len(network.optimizers())
        (['cross_entropy'], 1)
        >>> network.colorize(torch.rand(1, 1, 50, 70), guide=Guide(vivid=1.0)).shape
        torch.Size([1, 3, 50, 70])
        >>> guided = ColorClasses(width=4, hinted=True)
        >>> guided.colorize(torch.rand(1, 1, 32, 32), guide=Guide(torch.zeros(1, 3, 32, 32))).shape
        torch.Size([1, 3, 32, 32])
        >>> network.prepare([batch], key="", device="cpu")
        >>> network.predict_ab(torch.rand(1, 1, 50, 70), Guide(), None).shape
        torch.Size([1, 2, 50, 70])
        >>> network.carried_up(torch.rand(1, 1, 50, 70), lambda x, _: network(x), Guide()).shape
        torch.Size([1, 2, 50, 70])
    """

    targets = ("lab",)
    #: The image is halved four times.
    multiple = 16
    bins: Tensor
    of_bin: Tensor

    def __init__(
        self,
        *,
        width: int = 32,
        head: str = "classes",
        rebalancing: float | None = 0.5,
        temperature: float = 0.38,
        hinted: bool = False,
        learning_rate: float = 2e-3,
    ):
        """
        Args:
            width: channels at half size; deeper levels have up to eight times as many.
            head: `classes` for a distribution, `regression` for a*b* itself.
            rebalancing: `uniform` of `rarity_weights`, which gives rare colors more weight in the
                loss; None gives all colors the same weight.
            temperature: temperature of the annealed mean.
            hinted: whether the network takes hints; it learns from simulated ones.
            learning_rate: highest learning rate of Adam.

        Raises:
            ValueError: for another head.
        """
        super().__init__()
        if head not in ("classes", "regression"):
            raise ValueError(f'head must be "classes" or "regression", not "{head}"')
        self.classes, self.hinted = head == "classes", hinted
        self.rebalancing = rebalancing if self.classes else None
        self.temperature, self.learning_rate = temperature, learning_rate
        # The guides of a network depend on what it learns.
        self.guides = frozenset(
            {"strength"} | ({"vivid"} if self.classes else set()) | ({"hints"} if hinted else set())
        )
        grid = hue_bins.grid()
        self.register_buffer("bins", grid.clone(), persistent=False)
        self.register_buffer("of_bin", torch.ones(len(grid)))
        self.trunk = Trunk(4 if hinted else 1, width)
        self.head = nn.Conv2d(4 * width, len(grid) if self.classes else 2, 1)

    def scores(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """Logits `(N, Q, H/4, W/4)` of the bins; for regression, a*b* divided by 50.

        Args:
            lightness: `(N, 1, H, W)` in 0..100, H and W multiples of 16.
            hints: `(N, 3, H, W)`, for a network that takes them; None if there are none.
        """
        image = lightness / 50 - 1
        if self.hinted:
            given = torch.zeros_like(image).expand(-1, 3, -1, -1) if hints is None else hints
            ab, mask = given.split([2, 1], 1)
            image = torch.cat([image, ab * mask / AB_SCALE, mask], 1)
        return self.head(self.trunk(image)).float()

    def read(self, scores: Tensor, temperature: float | None = None) -> Tensor:
        """The annealed mean of scores, a*b* `(N, 2, h, w)`; regression ignores the temperature."""
        if not self.classes:
            return scores * AB_SCALE
        sharp = self.temperature if temperature is None else temperature
        return hue_bins.read_out(scores, self.bins, self.of_bin, temperature=sharp)

    def forward(self, lightness: Tensor) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, H and W multiples of 16, to a*b* `(N, 2, H/4, W/4)`."""
        return self.read(self.scores(lightness))

    def prepare(self, images: Iterable[Batch], key: str, device: torch.device | str) -> None:
        """Count how often each color occurs, for the weights of rare colors."""
        if self.rebalancing is None:
            return
        count = torch.zeros(len(self.bins), device=device)
        for batch in images:
            index, weight = soft_encode(F.avg_pool2d(_ab(batch), QUARTER), self.bins.to(device))
            count.index_add_(0, index.flatten(), weight.flatten())
        frequency = smoothed(count / count.sum(), self.bins.to(device))
        self.of_bin.copy_(rarity_weights(frequency, self.rebalancing))

    def losses(self, batch: Batch, turn: int) -> Mapping[str, Tensor]:
        """Cross-entropy with the bins around each true color; for regression, smooth L1."""
        assert batch.lab is not None
        hints = simulate(_ab(batch)) if self.hinted else None
        scores = self.scores(batch.lab[:, :1], hints)
        ab = F.avg_pool2d(_ab(batch), QUARTER)
        if not self.classes:
            return {"error": F.smooth_l1_loss(scores, ab / AB_SCALE)}
        index, weight = soft_encode(ab, self.bins)
        of_bin = None if self.rebalancing is None else self.of_bin
        return {"cross_entropy": classification_loss(scores, index, weight, of_bin)}

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        """Predict colors at a quarter of the size, and carry them up along the edges of L*.

        `vivid` goes from the mean to nearly the mode. Without it, the annealed mean is taken.
        """
        temperature = None if guide.vivid is None else SHARP**guide.vivid
        return self.carried_up(
            lightness, lambda small, hints: self.read(self.scores(small, hints), temperature), guide
        )

    def carried_up(self, lightness: Tensor, predict: Predict, guide: Guide) -> Tensor:
        """Carry up to `(N, 2, H, W)` the a*b* that `predict(L*, hints)` gives at a quarter size."""
        whole = pad_to_multiple(lightness, self.multiple)
        hints = None if guide.hints is None else pad_to_multiple(guide.hints, self.multiple)
        ab = carry_up(predict(whole, hints), F.avg_pool2d(whole, QUARTER), whole)
        return ab[..., : lightness.shape[-2], : lightness.shape[-1]]

    def optimizers(self) -> Sequence[Turn]:
        """Adam; the learning rate rises for a third of the steps and then falls to almost 0.

        PyTorch's OneCycleLR also lowers Adam's first beta while the rate rises.
        """
        adam = torch.optim.Adam(self.parameters(), lr=self.learning_rate)
        rate = self.learning_rate
        return [Turn(adam, lambda optimizer, steps: OneCycleLR(optimizer, rate, steps))]


def _ab(batch: Batch) -> Tensor:
    assert batch.lab is not None
    return batch.lab[:, 1:]
