"""The two interfaces: what every method offers to its users, and a learned one to training.

Evaluation, tables, the command line and the notebooks use a `Colorizer`. Training and recipes use a
`Learned`. Both are plain PyTorch, so using a trained network does not import the code of training.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from huelab.color import fit_gamut, gray_to_lightness, lab_to_rgb
from huelab.color.batch import Batch
from huelab.methods.inference import inference, seeded


@dataclass(frozen=True)
class Guide:
    """What a person adds to a gray image; a value of None adds nothing.

    Attributes:
        hints: `(N, 3, H, W)`: a* and b* in Lab units, and a mask that is 1 where they are given.
        reference: `(N, 3, h, w)` sRGB in [0, 1], of any size: an image whose colors are wanted.
        strength: 0 (leave the image gray) to 1 (the method's own colors).
        vivid: 0 (the mean of the likely colors, which is accurate) to 1 (the likeliest color, which
            is vivid).

    Raises:
        ValueError: for another shape, or a `strength` or `vivid` outside [0, 1].

    Example:
        >>> Guide(strength=0.5).given
        frozenset({'strength'})
        >>> Guide(strength=50)
        Traceback (most recent call last):
            ...
        ValueError: strength must be from 0 to 1, not 50
    """

    hints: Tensor | None = None
    reference: Tensor | None = None
    strength: float | None = None
    vivid: float | None = None

    def __post_init__(self) -> None:
        for name in ("hints", "reference"):
            image = getattr(self, name)
            if image is not None and (image.ndim != 4 or image.shape[1] != 3):
                raise ValueError(f"expected {name} (N, 3, H, W), got shape {tuple(image.shape)}")
        for name in ("strength", "vivid"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} must be from 0 to 1, not {value}")

    @property
    def given(self) -> frozenset[str]:
        """The names of the fields that are not None."""
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) is not None)


class Colorizer(ABC):
    """Turns gray images into color. A new method only has to define `predict_rgb`.

    Example:
        >>> class Negative(Colorizer):
        ...     def predict_rgb(self, gray, guide, generator):
        ...         return (1 - gray).expand(-1, 3, -1, -1)
        >>> Negative().colorize(torch.full((1, 1, 1, 1), 0.25)).flatten()
        tensor([0.7500, 0.7500, 0.7500])
    """

    #: The formula (see `huelab.color.rgb_to_gray`) of the gray that this method expects.
    gray_formula: str = "rec601"
    #: The fields of a `Guide` that this method uses.
    guides: frozenset[str] = frozenset()
    #: The fields of a `Guide` that this method needs in order to color.
    needs: frozenset[str] = frozenset()
    #: Layers that stay in training mode at inference: `dropout`, `batch_norm`, both or none.
    stays_training: frozenset[str] = frozenset()

    def colorize(
        self, gray: Tensor, *, guide: Guide | None = None, generator: Generator | None = None
    ) -> Tensor:
        """Color a batch of gray images of any size.

        Args:
            gray: `(N, 1, H, W)`, sRGB-encoded values in [0, 1], made by `gray_formula`.
            guide: what a person adds; its fields must be among `guides`.
            generator: source of randomness for methods that draw samples, or whose dropout stays
                active. Without one, they draw from PyTorch's default generator.

        Returns:
            `(N, 3, H, W)` sRGB in [0, 1], float32, on the same device, without gradient.

        Raises:
            ValueError: for another shape, or a guide that this method does not use.
            TypeError: for values that are not floating point.
        """
        if gray.ndim != 4 or gray.shape[1] != 1:
            raise ValueError(f"expected gray (N, 1, H, W), got shape {tuple(gray.shape)}")
        if not gray.is_floating_point():
            raise TypeError(f"expected gray as floats in [0, 1], got {gray.dtype}")
        guide = guide or Guide()
        self._check_guide(guide, gray)
        with (
            torch.no_grad(),
            inference(self, self.stays_training),
            seeded(self.stays_training, generator),
        ):
            return self.predict_rgb(gray.float(), guide, generator).float().clamp(0, 1)

    @abstractmethod
    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        """The method itself: gray `(N, 1, H, W)` to sRGB `(N, 3, H, W)`, not yet clipped."""

    def _check_guide(self, guide: Guide, gray: Tensor) -> None:
        unknown = sorted(guide.given - self.guides)
        if unknown:
            known = ", ".join(sorted(self.guides)) or "none"
            raise ValueError(
                f"{type(self).__name__} does not use {', '.join(unknown)}; guides it uses: {known}"
            )
        if guide.hints is not None and guide.hints[:, :1].shape != gray.shape:
            raise ValueError(
                f"expected hints for gray of shape {tuple(gray.shape)}, "
                f"got shape {tuple(guide.hints.shape)}"
            )


class LabColorizer(Colorizer):
    """A method that keeps the image's lightness and adds the two color axes of Lab.

    Example:
        >>> class Warm(LabColorizer):
        ...     def predict_ab(self, lightness, guide, generator):
        ...         return torch.cat([0.1 * lightness, 0.2 * lightness], 1)
        >>> gray = torch.ones(1, 1, 1, 1)
        >>> Warm().predict_lab(gray).flatten().round()
        tensor([100.,  10.,  20.])
        >>> Warm().predict_lab(gray, Guide(strength=0.5)).flatten().round()
        tensor([100.,   5.,  10.])
    """

    gray_formula = "lightness"
    guides = frozenset({"strength"})

    def predict_lab(
        self, gray: Tensor, guide: Guide | None = None, generator: Generator | None = None
    ) -> Tensor:
        """Lab `(N, 3, H, W)` before gamut mapping; its L* is exactly that of the input."""
        guide = guide or Guide()
        lightness = gray_to_lightness(gray)
        ab = self.predict_ab(lightness, guide, generator)
        if guide.strength is not None:
            ab = ab * guide.strength
        return torch.cat([lightness, ab], 1)

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return lab_to_rgb(fit_gamut(self.predict_lab(gray, guide, generator)))

    @abstractmethod
    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        """The method itself: L* `(N, 1, H, W)` in 0..100 to a*b* `(N, 2, H, W)` in Lab units."""


@dataclass(frozen=True)
class Turn:
    """One optimizer, and how its learning rate changes.

    Attributes:
        optimizer: an optimizer of the parameters that this turn changes.
        schedule: function of the optimizer and its total number of steps that makes a schedule;
            None keeps the learning rate.
        every: whether the schedule moves on after each `step` or each `epoch`.
        monitor: the name of the value of `Learned.validate` that the schedule gets.

    Example:
        >>> Turn(torch.optim.Adam([torch.zeros(1)])).schedule is None  # the rate stays as it is
        True
    """

    optimizer: Optimizer
    schedule: Callable[[Optimizer, int], LRScheduler] | None = None
    every: str = "step"
    monitor: str | None = None


class Learned(nn.Module, Colorizer):
    """A method that is trained: it defines its training data and the losses of one step.

    One training step takes each optimizer's turn in order, on the same batch. A turn may keep what
    it computes for a later turn of the same step, such as a generator's images for its own turn.

    Example:
        >>> from huelab.methods.autoencoder import Autoencoder
        >>> network = Autoencoder()
        >>> rgb = torch.rand(2, 3, 32, 32)
        >>> batch = Batch(torch.arange(2), rgb=rgb, gray=rgb[:, :1])
        >>> list(network.losses(batch, turn=0)), list(network.validate(batch))
        (['loss'], ['val_accuracy'])
        >>> len(network.optimizers()), network.padded(batch.gray).shape
        (1, torch.Size([2, 3, 32, 32]))
        >>> network.prepare([batch], key="", device="cpu")  # this method has nothing to prepare
    """

    #: What its training batches must hold: any of `rgb`, `gray`, `lab`, see `Batch`.
    targets: ClassVar[tuple[str, ...]] = ("gray", "rgb")
    #: The network needs a height and a width that are multiples of this, see `padded`.
    multiple: ClassVar[int] = 1
    #: Lightning's name of the precision to train in, by kind of device (`cpu`, `cuda`). For a kind
    #: that is not listed, it is `bf16-mixed` if the hardware computes in bfloat16, else `32-true`.
    precision: ClassVar[Mapping[str, str]] = {}
    #: The share that each step keeps of the moving average of weights, with which training ends.
    #: With 0 it ends with the weights of the last step. See `huelab.training.averaging`.
    averaging: float = 0.0
    #: The name of a value of `validate`. With validation images, training ends with the weights of
    #: the epoch at which this value was smallest; "" for the last epoch.
    judged_by: ClassVar[str] = ""

    @abstractmethod
    def optimizers(self) -> Sequence[Turn]:
        """New optimizers of this network's parameters, in the order of their turns."""

    @abstractmethod
    def losses(self, batch: Batch, turn: int) -> Mapping[str, Tensor]:
        """The terms, each a scalar, whose sum the optimizer number `turn` minimizes."""

    def prepare(self, images: Iterable[Batch], key: str, device: torch.device | str) -> None:
        """Look at all training images once, before the first step; most methods do nothing here.

        Args:
            images: all training images in order, uncropped, with `targets`, on the device.
            key: a hash of their pixels, for files that are kept between runs.
            device: the device of the training.
        """

    def validate(self, batch: Batch) -> Mapping[str, Tensor]:
        """Values `(N,)` for the images of a validation batch, such as an accuracy, by name.

        A schedule can monitor their means over the validation set. By default there are none.
        """
        return {}

    def padded(self, images: Tensor) -> Tensor:
        """`forward` for images `(N, C, H, W)` of any size.

        The last row and column are repeated until H and W are multiples of `multiple`, and the
        extra part is cut off the result.
        """
        height, width = images.shape[-2:]
        return self(pad_to_multiple(images, self.multiple))[..., :height, :width]


class LearnedLab(Learned, LabColorizer):
    """A network that predicts a*b* from L*.

    `forward` takes L* `(N, 1, H, W)` and gives a*b* `(N, 2, H, W)`, both in Lab units. A subclass
    may replace `criterion`, which is the mean squared error.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> network = FirstColor(width=2)
        >>> batch = Batch(torch.arange(2), lab=torch.zeros(2, 3, 20, 30))
        >>> list(network.losses(batch, turn=0))  # the images are padded to 32 x 32 for this
        ['loss']
        >>> network.criterion(torch.zeros(2), torch.ones(2))
        tensor(1.)
    """

    targets = ("lab",)
    #: Number of Lab units that are 1 in the loss.
    ab_scale: float = 50.0

    def losses(self, batch: Batch, turn: int) -> Mapping[str, Tensor]:
        """The criterion on a*b* divided by `ab_scale`, for a batch that holds `lab`."""
        assert batch.lab is not None
        lightness, ab = batch.lab.split([1, 2], 1)
        return {"loss": self.criterion(self.padded(lightness) / self.ab_scale, ab / self.ab_scale)}

    def criterion(self, predicted: Tensor, true: Tensor) -> Tensor:
        """The loss of two tensors of one shape, a scalar."""
        return F.mse_loss(predicted, true)

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return self.padded(lightness)


def pad_to_multiple(image: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column of `(N, C, H, W)` until H and W are multiples of `multiple`.

    Example:
        >>> pad_to_multiple(torch.zeros(1, 1, 20, 30), 16).shape
        torch.Size([1, 1, 32, 32])
    """
    height, width = image.shape[-2:]
    below, right = -height % multiple, -width % multiple
    if not below and not right:
        return image
    return F.pad(image, (0, right, 0, below), mode="replicate")
