"""The conditional GAN of paper 004: gray to RGB, judged patch by patch together with the gray.

The paper leaves out the widths, the patch, the weight of L1, and the batch size. These come from
the paper that it follows: Isola, Zhu, Zhou, and Efros (2017), "Image-to-Image Translation with
Conditional Adversarial Networks". Where paper 004 contradicts itself, an argument decides.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import Adam

from huelab.color.batch import Batch
from huelab.methods.adversarial import GENERATOR_LOSSES, discriminator_loss
from huelab.methods.colorizer import Guide, LabColorizer, Learned, Turn
from huelab.methods.options import one_of
from huelab.methods.patchgan import PatchGAN
from huelab.methods.unet import DEPTH, UNet

#: Kinds of layers that stay in training mode when an image is colored (section VI.D).
NOISE = ("dropout", "batch_norm")


class Adversarial(Learned):
    """A generator and a discriminator that learn in turns, one step each.

    A subclass defines the input and the target of the generator, both in [-1, 1].

    Example:
        >>> network = CGAN(width=2, depth=3, patch=16)
        >>> rgb = torch.rand(2, 3, 32, 32)
        >>> batch = Batch(torch.arange(2), rgb=rgb, gray=rgb[:, :1])
        >>> [list(network.losses(batch, turn)) for turn in range(len(network.optimizers()))]
        [['real', 'fake'], ['gan', 'l1']]
        >>> gray, true = network.pair(batch)
        >>> network.colors(gray).shape, network.judge(gray, true).shape[:2]
        (torch.Size([2, 3, 32, 32]), torch.Size([2, 1]))
    """

    #: On a GPU a step with batch size 4 is limited by kernel launches, and casts add more of them
    #: (`huelab bench steps`).
    precision: ClassVar = {"cuda": "32-true"}

    def __init__(
        self,
        out_channels: int,
        *,
        width: int = 64,
        depth: int = DEPTH,
        skips: bool = True,
        patch: int = 70,
        conditional: bool = True,
        adversarial: str = "non_saturating",
        gan_weight: float = 1.0,
        l1_weight: float = 100.0,
        halved: bool = True,
        learning_rate: float = 2e-4,
        betas: Sequence[float] = (0.5, 0.999),
        keeps: Sequence[str] = NOISE,
        together: int = 1,
    ):
        """
        Args:
            out_channels: channels of the generator's output.
            width: filters of the first layer of both networks.
            depth, skips: arguments of the generator, see `UNet`.
            patch: side, in pixels, of the patches that the discriminator judges, see `PatchGAN`.
            conditional: whether the discriminator sees the gray image as well (equation 8), or
                the colors alone (equation 7).
            adversarial: `non_saturating` (equation 4) or `saturating` (equation 1).
            gan_weight: weight of the adversarial term; 0 trains the generator alone.
            l1_weight: weight of the mean absolute error, the lambda of equation 7.
            halved: whether the discriminator's objective is halved, see claim 004-X02.
            learning_rate, betas: arguments of Adam, for both networks.
            keeps: layers that stay in training mode at inference: `dropout`, `batch_norm`.
            together: number of images that share batch statistics at inference if `batch_norm` is
                kept, 1 to 10 in the paper; with 1 this is instance normalization.

        Raises:
            ValueError: for a name or a patch that is not one of these, if both weights are 0, or
                for `together` below 1.
        """
        super().__init__()
        one_of(GENERATOR_LOSSES, adversarial=adversarial)
        for name in keeps:
            one_of(NOISE, keeps=name)
        if not gan_weight and not l1_weight:
            raise ValueError("gan_weight and l1_weight are both 0; at least one must be positive")
        if together < 1:
            raise ValueError(f"together must be at least 1, not {together}")
        self.generator = UNet(1, out_channels, width=width, depth=depth, skips=skips)
        self.discriminator = (
            PatchGAN(out_channels + conditional, patch=patch, width=width) if gan_weight else None
        )
        self.conditional, self.halved = conditional, halved
        self.gan_loss = GENERATOR_LOSSES[adversarial]
        self.gan_weight, self.l1_weight = gan_weight, l1_weight
        self.learning_rate, self.betas = learning_rate, (betas[0], betas[1])
        self.stays_training, self.together = frozenset(keeps), together
        self.least = 2**depth
        self._made: Tensor | None = None

    def forward(self, gray: Tensor) -> Tensor:
        """Gray `(N, 1, H, W)` in [-1, 1], of any size, to `(N, out_channels, H, W)` in [-1, 1].

        If a side has fewer than `2**depth` pixels, its last row or column is repeated first.
        """
        height, width = gray.shape[-2:]
        below, right = (max(0, self.least - side) for side in (height, width))
        if below or right:
            gray = F.pad(gray, (0, right, 0, below), mode="replicate")
        return self.generator(gray)[..., :height, :width].float()

    def colors(self, gray: Tensor) -> Tensor:
        """`forward` at inference, where `together` images at a time share batch statistics."""
        together = self.together if "batch_norm" in self.stays_training else max(1, len(gray))
        return torch.cat([self(part) for part in gray.split(together)])

    @abstractmethod
    def pair(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The generator's input and its target, both in [-1, 1]."""

    def optimizers(self) -> Sequence[Turn]:
        """Adam for the discriminator, which takes its turn first, and for the generator."""
        networks = [n for n in (self.discriminator, self.generator) if n is not None]
        return [Turn(Adam(n.parameters(), self.learning_rate, self.betas)) for n in networks]

    def losses(self, batch: Batch, turn: int) -> Mapping[str, Tensor]:
        gray, true = self.pair(batch)
        if self.discriminator is None:
            return self._generator_losses(gray, self(gray), true)
        if turn == 0:
            made = self._made = self(gray)  # kept for the generator's turn, with its graph
            real, fake = self.judge(gray, true), self.judge(gray, made.detach())
            terms = zip(("real", "fake"), discriminator_loss(real, fake), strict=True)
            return {name: term / 2 if self.halved else term for name, term in terms}
        made, self._made = self._made, None
        assert made is not None
        return self._generator_losses(gray, made, true)

    def judge(self, gray: Tensor, colors: Tensor) -> Tensor:
        """The discriminator's logits `(N, 1, h, w)`, one for each patch, in float32."""
        assert self.discriminator is not None
        seen = torch.cat([gray, colors], 1) if self.conditional else colors
        return self.discriminator(seen).float()

    def _generator_losses(self, gray: Tensor, made: Tensor, true: Tensor) -> dict[str, Tensor]:
        """The terms of equation 7 whose weight is not 0."""
        terms = {}
        if self.gan_weight:
            terms["gan"] = self.gan_weight * self.gan_loss(self.judge(gray, made))
        if self.l1_weight:
            terms["l1"] = self.l1_weight * F.l1_loss(made, true)
        return terms


class CGAN(Adversarial):
    """Gray to RGB, as in the paper: nothing keeps the lightness of the image.

    Example:
        >>> network = CGAN(width=2, depth=3, patch=16)
        >>> network.colorize(torch.rand(1, 1, 50, 37)).shape
        torch.Size([1, 3, 50, 37])
    """

    gray_formula = "rec601"
    targets = ("gray", "rgb")

    def __init__(self, **settings: Any) -> None:
        """Take the arguments of `Adversarial` except `out_channels`."""
        super().__init__(3, **settings)

    def pair(self, batch: Batch) -> tuple[Tensor, Tensor]:
        return batch.gray * 2 - 1, batch.rgb * 2 - 1

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return (self.colors(gray * 2 - 1) + 1) / 2


class CGANLab(Adversarial, LabColorizer):
    """L* to a*b*: the image keeps its lightness, and the generator predicts color alone.

    Example:
        >>> network = CGANLab(width=2, depth=3, patch=16)
        >>> gray = torch.full((1, 1, 32, 32), 0.5)
        >>> network.predict_lab(gray).shape, bool(network.predict_lab(gray)[:, 0].std() < 1e-4)
        (torch.Size([1, 3, 32, 32]), True)
    """

    targets = ("lab",)
    #: Number of Lab units that are 1 in the generator's output.
    ab_scale = 110.0

    def __init__(self, **settings: Any) -> None:
        """Take the arguments of `Adversarial` except `out_channels`."""
        super().__init__(2, **settings)

    def pair(self, batch: Batch) -> tuple[Tensor, Tensor]:
        lightness, ab = batch.lab.split([1, 2], 1)
        return lightness / 50 - 1, ab / self.ab_scale

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return self.colors(lightness / 50 - 1) * self.ab_scale
