"""ViT-GAN and ViT-I-GAN of paper 001: L* to a*b*, judged by a vision transformer.

With an embedding (section 4.4) the network is ViT-I-GAN, and without one it is ViT-GAN. Arguments
set what the paper leaves out, and the recipes have the values that were chosen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Generator as Noise
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, MultiStepLR

from huelab.color.batch import Batch
from huelab.methods.adversarial import discriminator_loss, non_saturating, saturating
from huelab.methods.colorizer import Guide, LabColorizer, Learned, Turn, pad_to_multiple
from huelab.methods.options import one_of
from huelab.methods.patchgan import PatchGAN
from huelab.methods.vit_embedding import SOURCES, Embedder
from huelab.methods.vit_generator import AXES, WIDTHS, Generator
from huelab.methods.vit_judge import vision_transformer

#: Number of last steps whose losses are kept, to see how steady training was at its end.
RECENT = 500
#: The losses of the generator that are kept: the adversarial term, and the sum of all terms.
KEPT = ("gan", "all")
MOMENTUM = 0.9


def _mean(made: Tensor, true: Tensor) -> Tensor:
    return F.l1_loss(made, true)


def _sum(made: Tensor, true: Tensor) -> Tensor:
    """The sum over the values of an image, as section 5.2 prints it, averaged over images."""
    return F.l1_loss(made, true, reduction="sum") / len(made)


#: The pixel loss: as the text of section 5.2 describes it, and as its equation has it.
PIXEL_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"l1": _mean, "l1_sum": _sum}
#: Binary cross-entropy for the generator: with labels "real", or minus that of the discriminator.
ADVERSARIAL_LOSSES = {"bce": non_saturating, "bce_saturating": saturating}
OPTIMIZERS = ("adam", "sgd")


def _patchgan(*, patch: int, width: int) -> nn.Module:
    return PatchGAN(1 + AXES, patch=patch, width=width)


#: Discriminators by their name.
JUDGES: dict[str, Callable[..., nn.Module]] = {"vit": vision_transformer, "patchgan": _patchgan}


class ViTGAN(Learned, LabColorizer):
    """A generator of a*b*, and a discriminator that looks at the whole image.

    Example:
        >>> judge = {"kind": "vit", "image_size": 64, "width": 16, "heads": 2, "mlp_width": 8}
        >>> network = ViTGAN(embedding="random", widths=(2, 2, 4, 4, 8), discriminator=judge)
        >>> batch = Batch(torch.arange(2), lab=torch.rand(2, 3, 64, 64))
        >>> [list(network.losses(batch, turn)) for turn in range(len(network.optimizers()))]
        [['real', 'fake'], ['gan', 'l1']]
        >>> lightness, true = network.pair(batch)
        >>> network(lightness).shape, network.judge(lightness, true).shape
        (torch.Size([2, 2, 64, 64]), torch.Size([2, 1]))
        >>> network.prepare([batch], key="", device="cpu")
        >>> network.colorize(torch.rand(1, 1, 50, 37)).shape
        torch.Size([1, 3, 50, 37])
    """

    targets = ("lab",)
    #: The encoder halves five times.
    multiple = 32
    #: Number of Lab units that are 1 in the generator's output (section 4.1).
    ab_scale = 128.0
    recent: Tensor

    def __init__(
        self,
        *,
        embedding: str = "none",
        wide: bool = False,
        widths: Sequence[int] = WIDTHS,
        pooling: str = "average",
        doubling: str = "nearest",
        normalization: str = "batch_norm",
        skips: bool = False,
        discriminator: Mapping[str, Any] = {"kind": "vit"},
        pixel_loss: str = "l1",
        adversarial_loss: str = "bce",
        l1_weight: float = 100.0,
        gan_weight: float = 1.0,
        optimizer: str = "adam",
        learning_rate: float = 2e-4,
        betas: Sequence[float] = (0.5, 0.9),
        falls_at: int | None = None,
    ):
        """
        Args:
            embedding: `none`, or one of `vit_embedding.SOURCES`.
            wide, widths, pooling, doubling, normalization, skips: arguments of the `Generator`.
            discriminator: its `kind`, one of `JUDGES`, and its own arguments.
            pixel_loss: one of `PIXEL_LOSSES`.
            adversarial_loss: one of `ADVERSARIAL_LOSSES`.
            l1_weight, gan_weight: weights of the two terms.
            optimizer: `adam` or `sgd`, for both networks.
            learning_rate: learning rate of both networks.
            betas: the betas of Adam.
            falls_at: the step after which the learning rate falls to a tenth; None for never.

        Raises:
            ValueError: for a name that is not one of these.
        """
        super().__init__()
        one_of(("none", *SOURCES), embedding=embedding)
        one_of(PIXEL_LOSSES, pixel_loss=pixel_loss)
        one_of(ADVERSARIAL_LOSSES, adversarial_loss=adversarial_loss)
        one_of(OPTIMIZERS, optimizer=optimizer)
        settings = dict(discriminator)
        kind = settings.pop("kind", "")
        one_of(JUDGES, kind=kind)
        self.embedder = None if embedding == "none" else Embedder(embedding)
        self.generator = Generator(
            widths=widths,
            fused=self.embedder is not None,
            wide=wide,
            pooling=pooling,
            doubling=doubling,
            normalization=normalization,
            skips=skips,
        )
        self.discriminator = JUDGES[kind](**settings)
        self.pixel_loss = PIXEL_LOSSES[pixel_loss]
        self.adversarial_loss = ADVERSARIAL_LOSSES[adversarial_loss]
        self.l1_weight, self.gan_weight = l1_weight, gan_weight
        self.optimizer, self.learning_rate = optimizer, learning_rate
        self.betas, self.falls_at = (betas[0], betas[1]), falls_at
        self.register_buffer("recent", torch.full((len(KEPT), RECENT), torch.nan))
        self._made: Tensor | None = None

    def forward(self, lightness: Tensor, index: Tensor | None = None) -> Tensor:
        """L* `(N, 1, H, W)` in [-1, 1], of any size, to a*b* `(N, 2, H, W)` in [-1, 1].

        Args:
            lightness: the images.
            index: int64 `(N,)`, on the CPU: their positions among the images of `prepare`.
        """
        embedding = None
        if self.embedder is not None:
            embedding = self.embedder((lightness + 1) * 50, index)
        height, width = lightness.shape[-2:]
        padded = pad_to_multiple(lightness, self.multiple)
        return self.generator(padded, embedding)[..., :height, :width].float()

    def prepare(self, images: Iterable[Batch], key: str, device: torch.device | str) -> None:
        """Keep the embeddings of all training images, and forget the losses of earlier training."""
        self.recent.fill_(torch.nan)  # a network that is trained further may hold some
        if self.embedder is not None:
            self.embedder.look(images, key, device)

    def pair(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """L* and a*b* in [-1, 1]."""
        lightness, ab = batch.lab.split([1, AXES], 1)
        return lightness / 50 - 1, ab / self.ab_scale

    def optimizers(self) -> Sequence[Turn]:
        """The optimizer of the discriminator, which takes its turn first, and of the generator."""
        schedule = None if self.falls_at is None else partial(_falling, at=self.falls_at)
        return [
            Turn(self._optimizer(network), schedule)
            for network in (self.discriminator, self.generator)
        ]

    def _optimizer(self, network: nn.Module) -> Optimizer:
        if self.optimizer == "sgd":
            return SGD(network.parameters(), self.learning_rate, momentum=MOMENTUM)
        return Adam(network.parameters(), self.learning_rate, self.betas)

    def losses(self, batch: Batch, turn: int) -> Mapping[str, Tensor]:
        lightness, true = self.pair(batch)
        if turn == 0:
            made = self._made = self(lightness, batch.index)  # kept for the generator's turn
            real, fake = self.judge(lightness, true), self.judge(lightness, made.detach())
            return dict(zip(("real", "fake"), discriminator_loss(real, fake), strict=True))
        made, self._made = self._made, None
        assert made is not None
        terms = {
            "gan": self.gan_weight * self.adversarial_loss(self.judge(lightness, made)),
            "l1": self.l1_weight * self.pixel_loss(made, true),
        }
        self._keep(terms["gan"], terms["gan"] + terms["l1"])
        return terms

    def judge(self, lightness: Tensor, colors: Tensor) -> Tensor:
        """The discriminator's float32 logits for L*a*b*, one for each image or for each patch."""
        return self.discriminator(torch.cat([lightness, colors], 1)).float()

    def _keep(self, *values: Tensor) -> None:
        """Keep the newest losses of the generator, without waiting for the device."""
        new = torch.stack([value.detach() for value in values])[:, None]
        self.recent.copy_(torch.cat([self.recent[:, 1:], new.to(self.recent)], 1))

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Noise | None) -> Tensor:
        return self(lightness / 50 - 1) * self.ab_scale


def _falling(optimizer: Optimizer, steps: int, at: int) -> LRScheduler:
    return MultiStepLR(optimizer, [at])
