"""Make training pictures look like old photographs, a whole batch at once on its device.

Only the lightness changes, which a network is given. a* and b*, which it has to predict, stay as
they are. So a network learns to color in spite of fading, blur, grain and the blocks of a JPEG
file.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

#: Uniform random numbers that one picture takes.
DRAWS = 12
#: Radius, in pixels, of the kernel that blurs.
REACH = 4
#: In a faded photograph, black becomes lighter and white darker by at most this, in units of L*,
#: times `tone`.
FADED = 30.0
#: From the middle of a gray card to its sides, L* changes by at most this in each direction.
SHADED = 15.0
#: JPEG's example of a quantization table for lightness (ITU-T T.81, table K.1): libjpeg's quality
#: 50.
QUANTIZATION = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


@dataclass(frozen=True)
class Augment:
    """What may happen to a training picture. 0 means never, except for `zoom`, where 1 does.

    Every picture has its own random amounts. Fading, blur, grain and JPEG blocks each happen to
    about half of the pictures, with an amount between 0 and the largest one.

    Attributes:
        zoom: the smallest window, as a share of a picture's side in (0, 1]. The window is resized;
            1 shows the whole picture.
        tone: how far tone curves reach, as gamma from e^-tone to e^tone, and how far pictures fade.
        blur: the largest standard deviation, in pixels.
        grain: the largest standard deviation of the noise, in units of L*.
        jpeg: the largest quantization steps, as a multiple of those of quality 50.
        cards: the share of the pictures, 0 to 1, that become gray cards without any color.

    Raises:
        ValueError: for a value out of its range, or below 0.

    Example:
        >>> lab = torch.full((4, 3, 16, 16), 50.0)
        >>> chance = torch.rand(4, DRAWS, generator=torch.Generator().manual_seed(0))
        >>> old = Augment(tone=0.3, grain=4.0).degraded(lab, chance, torch.randn(4, 1, 16, 16))
        >>> torch.equal(old[:, 1:], lab[:, 1:]), torch.equal(old[:, :1], lab[:, :1])
        (True, False)
        >>> pictures = torch.zeros(4, 32, 32, 3, dtype=torch.uint8)
        >>> Augment(zoom=0.5).windows(pictures, chance, side=16).shape
        torch.Size([4, 16, 16, 3])
    """

    zoom: float = 1.0
    tone: float = 0.0
    blur: float = 0.0
    grain: float = 0.0
    jpeg: float = 0.0
    cards: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.zoom <= 1 or not 0 <= self.cards <= 1:
            raise ValueError(
                "zoom must be above 0 and at most 1, and cards must be 0 to 1; they are "
                f"{self.zoom} and {self.cards}"
            )
        if min(self.tone, self.blur, self.grain, self.jpeg) < 0:
            raise ValueError(
                "tone, blur, grain and jpeg must not be negative; they are "
                f"{self.tone}, {self.blur}, {self.grain} and {self.jpeg}"
            )

    def windows(self, pictures: Tensor, chance: Tensor, side: int) -> Tensor:
        """One square of each picture, resized: uint8 `(B, H, W, 3)` to `(B, side, side, 3)`.

        Args:
            pictures: uint8 `(B, H, W, 3)`.
            chance: uniform in [0, 1], `(B, DRAWS)`, on the same device.
            side: of the result, in pixels.

        Returns:
            uint8 `(B, side, side, 3)`.
        """
        share = self.zoom ** chance[:, 0]
        middle = (2 * chance[:, 1:3] - 1) * (1 - share)[:, None]
        zero = torch.zeros_like(share)
        rows = [share, zero, middle[:, 0], zero, share, middle[:, 1]]
        shape = (len(pictures), 3, side, side)
        places = F.affine_grid(torch.stack(rows, 1).view(-1, 2, 3), list(shape), False)
        planes = pictures.permute(0, 3, 1, 2).float()
        found = F.grid_sample(planes, places, padding_mode="border", align_corners=False)
        return found.round_().to(torch.uint8).permute(0, 2, 3, 1)

    def degraded(self, lab: Tensor, chance: Tensor, noise: Tensor) -> Tensor:
        """Lab whose L* looks old; a* and b* change only in gray cards.

        Args:
            lab: `(B, 3, H, W)` in Lab units; H and W are multiples of 8 if `jpeg` is not 0.
            chance: uniform in [0, 1], `(B, DRAWS)`.
            noise: standard normal, `(B, 1, H, W)`.

        Returns:
            Lab `(B, 3, H, W)`, with L* clipped to 0..100.
        """
        lightness, ab = lab.split([1, 2], 1)
        amount = (2 * chance - 1).clamp(min=0)[:, :, None, None, None]  # 0 for half of them
        if self.cards:
            card = (chance[:, 3] < self.cards).view(-1, 1, 1, 1)
            lightness = torch.where(card, cards(lightness, chance[:, 4:7]), lightness)
            ab = ab.masked_fill(card, 0.0)
        if self.tone:
            gamma = (self.tone * (2 * chance[:, 7] - 1)).exp().view(-1, 1, 1, 1)
            black, white = (self.tone * FADED * amount[:, column] for column in (8, 9))
            lightness = black + (100 - black - white) * (lightness / 100).clamp(0, 1) ** gamma
        if self.blur:
            lightness = blurred(lightness, self.blur * amount[:, 10, 0, 0, 0])
        if self.grain:
            lightness = lightness + self.grain * amount[:, 11] * noise
        if self.jpeg:
            lightness = blocked(lightness, self.jpeg * amount[:, 6])
        return torch.cat([lightness.clamp(0, 100), ab], 1)


def cards(lightness: Tensor, chance: Tensor) -> Tensor:
    """L* of gray cards, `(B, 1, H, W)`: any lightness, a little darker toward one side.

    Args:
        lightness: `(B, 1, H, W)`; only its height, width and device count.
        chance: uniform in [0, 1], `(B, 3)`: for the lightness, and the shade down and across.

    Example:
        >>> cards(torch.zeros(1, 1, 8, 8), torch.tensor([[0.5, 0.5, 0.5]])).unique()
        tensor([50.])
    """
    height, width = lightness.shape[-2:]
    level, down, across = (100 * chance - 50).view(-1, 3, 1, 1, 1).unbind(1)
    rows = torch.linspace(-1, 1, height, device=lightness.device).view(-1, 1)
    columns = torch.linspace(-1, 1, width, device=lightness.device)
    return (50 + level + SHADED / 50 * (down * rows + across * columns)).clamp(0, 100)


def blurred(images: Tensor, deviation: Tensor) -> Tensor:
    """Blur each image of `(B, 1, H, W)` by a Gaussian of its own deviation in pixels, `(B,)`.

    The kernel has a radius of `REACH` pixels, and the border is repeated.

    Example:
        >>> image = torch.zeros(1, 1, 9, 9)
        >>> image[..., 4, 4] = 1.0
        >>> round(blurred(image, torch.tensor([1.0]))[0, 0, 4, 4].item() * 2 * math.pi, 2)
        1.0
    """
    steps = torch.arange(-REACH, REACH + 1, device=images.device)
    kernel = (-(steps**2) / (2 * deviation.clamp(min=0.05)[:, None] ** 2)).exp()
    kernel = (kernel / kernel.sum(1, keepdim=True))[:, None, None]
    planes = F.pad(images, (REACH,) * 4, mode="replicate").transpose(0, 1)
    across = F.conv2d(planes, kernel, groups=len(images))
    return F.conv2d(across, kernel.transpose(2, 3), groups=len(images)).transpose(0, 1)


def blocked(lightness: Tensor, steps: Tensor) -> Tensor:
    """L* as a JPEG file would hold it.

    Args:
        lightness: L* `(B, 1, H, W)`; H and W are multiples of 8.
        steps: `(B, 1, 1, 1)`: the quantization steps, as multiples of those of quality 50. 0
            leaves a picture as it is.

    Returns:
        L* `(B, 1, H, W)`.

    Example:
        >>> flat = torch.full((1, 1, 8, 8), 50.0)
        >>> blocked(flat, torch.ones(1, 1, 1, 1)).std() < 1e-3  # a uniform block stays uniform
        tensor(True)
    """
    count, _, height, width = lightness.shape
    basis = cosines(lightness.device)
    blocks = (2.55 * lightness - 128).view(count, height // 8, 8, width // 8, 8).transpose(2, 3)
    waves = basis @ blocks @ basis.T
    step = (steps[..., None] * _table(waves.device)).clamp(min=1e-2)
    back = basis.T @ ((waves / step).round() * step) @ basis
    return (back.transpose(2, 3).reshape(lightness.shape) + 128) / 2.55


@cache
def _table(device: torch.device) -> Tensor:
    return torch.tensor(QUANTIZATION, dtype=torch.float32, device=device)


@cache
def cosines(device: torch.device) -> Tensor:
    """The orthonormal basis of the discrete cosine transform (DCT-II), one vector a row, `(8, 8)`.

    Example:
        >>> basis = cosines(torch.device("cpu"))
        >>> torch.allclose(basis @ basis.T, torch.eye(8), atol=1e-6)
        True
    """
    place = torch.arange(8, device=device)
    waves = ((2 * place + 1) * place[:, None] * (math.pi / 16)).cos() / 2
    return torch.cat([waves[:1] / math.sqrt(2), waves[1:]])
