"""The autoencoder of papers 000 and 003: gray 32x32 through 256 numbers to RGB 32x32.

Layers and parameters are those of Tables I to III of paper 000, which the listing of 003 repeats.
Arguments set what neither paper states, such as the schedule and the initialization. Their defaults
are those of Keras, which both papers used. The settings of batch normalization are PyTorch's.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import sqrt
from typing import ClassVar

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from huelab.color.batch import Batch
from huelab.methods.any_size import WAYS
from huelab.methods.colorizer import Guide, Learned, Turn
from huelab.methods.options import one_of

SIDE = 32

BATCH_NORMS = ("none", "before", "after")
DROPOUT_IN = ("encoder", "everywhere")
INITIALIZATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "glorot_uniform": nn.init.xavier_uniform_,
    "he_uniform": partial(nn.init.kaiming_uniform_, nonlinearity="relu"),
}
PENALTIES: dict[str, Callable[[Tensor], Tensor] | None] = {
    "none": None,
    "lasso": torch.abs,
    "ridge": torch.square,
}


def _cross_entropy(predicted: Tensor, true: Tensor) -> Tensor:
    """Binary cross-entropy of each channel, clamped to the same range as in Keras."""
    return F.binary_cross_entropy(predicted.clamp(1e-7, 1 - 1e-7), true)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "smooth_l1": F.smooth_l1_loss,
    "cross_entropy": _cross_entropy,
}

# Each function takes the parameters, the learning rate, and the epsilon of the optimizer.
OPTIMIZERS = {
    "adam": lambda p, rate, eps: torch.optim.Adam(p, rate, eps=eps, fused=True),
    "nadam": lambda p, rate, eps: torch.optim.NAdam(p, rate, eps=eps),
    "rmsprop": lambda p, rate, eps: torch.optim.RMSprop(p, rate, alpha=0.9, eps=eps),
    "adagrad": lambda p, rate, eps: torch.optim.Adagrad(
        p, rate, eps=eps, initial_accumulator_value=0.1
    ),
    "momentum": lambda p, rate, eps: torch.optim.SGD(p, rate, momentum=0.9),
    "sgd": lambda p, rate, eps: torch.optim.SGD(p, rate),
}


class Halve(nn.Conv2d):
    """A 3x3 convolution with stride 2 and the padding that Keras calls "same".

    For an even side Keras adds one row at the bottom and one column at the right. `padding=1` would
    add them on all sides, so that the kernel would cover other pixels (000-X01).

    Example:
        >>> Halve(1, 64)(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 64, 16, 16])
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(in_channels, out_channels, 3, stride=2)

    def forward(self, image: Tensor) -> Tensor:
        rows, columns = (1 if side % 2 == 0 else 2 for side in image.shape[-2:])
        top, left = rows // 2, columns // 2
        return super().forward(F.pad(image, (left, columns - left, top, rows - top)))


class Double(nn.ConvTranspose2d):
    """The transpose of `Halve`: a 3x3 transposed convolution that doubles height and width.

    Keras cuts off the last row and column, because `Halve` pads at the bottom and at the right.

    Example:
        >>> Double(256, 128)(torch.zeros(2, 256, 4, 4)).shape
        torch.Size([2, 128, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(in_channels, out_channels, 3, stride=2)

    def forward(self, image: Tensor, output_size: list[int] | None = None) -> Tensor:
        doubled = super().forward(image, output_size)
        # A negative padding cuts in one step, forward and backward. The next layers take
        # twice as long on a cut tensor that is not contiguous.
        cut = F.pad(doubled, (0, -1, 0, -1))
        return cut.contiguous(memory_format=torch.channels_last)


class FloatSigmoid(nn.Sigmoid):
    """A sigmoid in float32, because in bfloat16 its values near 1 are 1/256 apart.

    Example:
        >>> FloatSigmoid()(torch.zeros(1, dtype=torch.bfloat16))
        tensor([0.5000])
    """

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image.float())


class Stage(nn.Sequential):
    """A layer and ReLU, with the batch normalization and dropout of the variant.

    Example:
        >>> [type(layer).__name__ for layer in Stage(Halve(1, 64), 64, "before", dropout=0.2)]
        ['Halve', 'BatchNorm2d', 'ReLU', 'Dropout']
    """

    def __init__(self, layer: nn.Module, channels: int, batch_norm: str, dropout: float):
        stages = [layer, nn.ReLU()]
        if batch_norm != "none":
            stages.insert(1 if batch_norm == "before" else 2, nn.BatchNorm2d(channels))
        if dropout:
            stages.append(nn.Dropout(dropout))
        super().__init__(*stages)


class Encoder(nn.Sequential):
    """Gray `(N, 1, 32, 32)` to a code `(N, code)` (Table I).

    Example:
        >>> Encoder()(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 256])
    """

    def __init__(self, code: int = 256, batch_norm: str = "none", dropout: float = 0.0):
        super().__init__(
            Stage(Halve(1, 64), 64, batch_norm, dropout),
            Stage(Halve(64, 128), 128, batch_norm, dropout),
            Stage(Halve(128, 256), 256, batch_norm, dropout),
            nn.Flatten(),
            nn.Linear(4 * 4 * 256, code),
        )


class Decoder(nn.Sequential):
    """A code `(N, code)` to RGB `(N, 3, 32, 32)` in [0, 1] (Table II).

    Example:
        >>> Decoder()(torch.zeros(2, 256)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(self, code: int = 256, batch_norm: str = "none", dropout: float = 0.0):
        super().__init__(
            nn.Linear(code, 4 * 4 * 256),
            nn.Unflatten(1, (256, 4, 4)),
            Stage(Double(256, 256), 256, batch_norm, dropout),
            Stage(Double(256, 128), 128, batch_norm, dropout),
            Stage(Double(128, 64), 64, batch_norm, dropout),
            nn.ConvTranspose2d(64, 3, 3, padding=1),
            FloatSigmoid(),
        )


class Autoencoder(Learned):
    """Encoder and decoder, with the variants, losses and optimizers that the papers name.

    Example:
        >>> network = Autoencoder()
        >>> sum(p.numel() for p in network.encoder.parameters())
        1418496
        >>> network.colorize(torch.zeros(1, 1, 32, 32)).shape
        torch.Size([1, 3, 32, 32])
        >>> rgb = torch.rand(2, 3, 32, 32)
        >>> batch = Batch(torch.arange(2), rgb=rgb, gray=rgb[:, :1])
        >>> list(network.losses(batch, turn=0)), network.validate(batch)["val_accuracy"].shape
        (['loss'], torch.Size([2]))
    """

    targets = ("gray", "rgb")
    #: On a GPU this small network is limited by kernel launches, and autocast adds more of them.
    precision: ClassVar = {"cuda": "32-true"}

    def __init__(
        self,
        *,
        code: int = 256,
        batch_norm: str = "none",
        dropout: float = 0.0,
        dropout_in: str = "encoder",
        penalty: str = "none",
        penalty_weight: float = 0.0,
        loss: str = "mse",
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        eps: float = 1e-7,
        schedule: str = "none",
        initialization: str = "glorot_uniform",
        gray_formula: str = "rec601",
        input_scale: float = 1.0,
        any_size: str = "tiles",
    ):
        """
        Args:
            code: length of the code of a picture.
            batch_norm: `none`, or `before` or `after` the activation of each stage.
            dropout: share of values dropped after each stage of `dropout_in`.
            dropout_in: `encoder` (the listing of 003) or `everywhere` (the tables of 000).
            penalty: `none`, or `lasso` or `ridge` to add `penalty_weight` times the sum of absolute
                or squared weights to the loss (without biases and batch normalization).
            loss: `mse`, `l1`, `smooth_l1` or `cross_entropy`.
            optimizer: one of `OPTIMIZERS`; `eps` is its epsilon.
            schedule: `plateau` divides the learning rate by the square root of 10 when the
                validation accuracy has not risen for 5 epochs, down to 5e-7; it needs a validation
                set. `none` keeps the learning rate.
            initialization: `glorot_uniform` or `he_uniform` weights; biases begin at 0.
            gray_formula: the formula of the gray that it is trained on, see
                `huelab.color.rgb_to_gray`.
            input_scale: factor of the input; 255 undoes the papers' normalization.
            any_size: how pictures that are not 32x32 are colored, `tiles` or `resize`.

        Raises:
            ValueError: for a name that is not one of these.
        """
        super().__init__()
        one_of(BATCH_NORMS, batch_norm=batch_norm)
        one_of(DROPOUT_IN, dropout_in=dropout_in)
        one_of(PENALTIES, penalty=penalty)
        one_of(LOSSES, loss=loss)
        one_of(OPTIMIZERS, optimizer=optimizer)
        one_of(("none", "plateau"), schedule=schedule)
        one_of(INITIALIZATIONS, initialization=initialization)
        one_of(WAYS, any_size=any_size)
        self.gray_formula, self.input_scale, self.any_size = gray_formula, input_scale, any_size
        self.penalty, self.penalty_weight = penalty, penalty_weight
        self.loss, self.optimizer, self.schedule = loss, optimizer, schedule
        self.learning_rate, self.eps = learning_rate, eps
        self.encoder = Encoder(code, batch_norm, dropout)
        self.decoder = Decoder(code, batch_norm, dropout if dropout_in == "everywhere" else 0.0)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                INITIALIZATIONS[initialization](module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, gray: Tensor) -> Tensor:
        """Gray `(N, 1, 32, 32)` in [0, 1] to RGB `(N, 3, 32, 32)` in [0, 1]."""
        return self.decoder(self.encoder(gray * self.input_scale))

    def losses(self, batch: Batch, turn: int) -> Mapping[str, Tensor]:
        """The loss of a batch that holds `gray` and `rgb`, and the penalty if there is one."""
        assert batch.gray is not None and batch.rgb is not None
        predicted = self(batch.gray)
        with torch.autocast(predicted.device.type, enabled=False):
            terms = {"loss": LOSSES[self.loss](predicted, batch.rgb)}
        size = PENALTIES[self.penalty]
        if size is not None:
            # Biases and the parameters of batch normalization, with one dimension, do not count.
            weights = [size(weight).sum() for weight in self.parameters() if weight.ndim > 1]
            terms["penalty"] = self.penalty_weight * torch.stack(weights).sum()
        return terms

    def validate(self, batch: Batch) -> Mapping[str, Tensor]:
        """The value that Keras calls accuracy, for each image."""
        # Imported here, because the metrics import torchmetrics, which coloring does not need.
        from huelab.metrics import channel_argmax_accuracy

        assert batch.gray is not None and batch.rgb is not None
        predicted = self(batch.gray).clamp(0, 1)
        return {"val_accuracy": channel_argmax_accuracy(predicted, batch.rgb)}

    def optimizers(self) -> Sequence[Turn]:
        optimizer = OPTIMIZERS[self.optimizer](self.parameters(), self.learning_rate, self.eps)
        if self.schedule == "none":
            return [Turn(optimizer)]
        return [Turn(optimizer, plateau_schedule, every="epoch", monitor="val_accuracy")]

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return WAYS[self.any_size](self, gray, SIDE)


def plateau_schedule(
    optimizer: torch.optim.Optimizer, steps: int = 0
) -> torch.optim.lr_scheduler.ReduceLROnPlateau:
    """Keras' `ReduceLROnPlateau` with a factor of 1/sqrt(10), patience 5 and a floor of 5e-7.

    PyTorch's own defaults wait one epoch longer, and they measure improvements relatively.

    Example:
        >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
        >>> schedule = plateau_schedule(optimizer)
        >>> for _ in range(6):  # the accuracy does not rise
        ...     schedule.step(0.5)
        >>> round(optimizer.param_groups[0]["lr"], 4)
        0.3162
    """
    return torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        mode="max",
        factor=1 / sqrt(10),
        patience=4,
        threshold=1e-4,
        threshold_mode="abs",
        min_lr=5e-7,
    )
