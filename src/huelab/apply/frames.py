"""The frames of a film, one after the other: brightness goes in, color planes come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from huelab.apply.chroma import chroma
from huelab.apply.small import check_hints, color_small
from huelab.apply.tone import has_colors
from huelab.color import gray_to_lightness
from huelab.color.upsample import Upsampler
from huelab.images import ImageError
from huelab.images.film_pixels import turn_of, turned, turned_back
from huelab.images.film_planes import Kind, frame_of, kind_of, luma
from huelab.images.film_writing import Look
from huelab.methods.colorizer import Colorizer, Guide

if TYPE_CHECKING:
    import av

    from huelab.apply.smoothing import Smoother


#: HueLab checks every so many frames whether a film already has colors.
EVERY = 100
_COLORED = "This film already has colors; HueLab used only its brightness."


class Painter:
    """Colors the frames of one film in their order.

    Attributes:
        smoother: the object that carries colors from frame to frame, or None.
        notes: sentences that a user should know.

    Raises:
        FlowError: if `smooth` is true and OpenCV is not installed.

    Example:
        >>> import av
        >>> from fractions import Fraction
        >>> from huelab.methods.baselines import Sepia
        >>> kind = Kind(64, 48, 8, 2, 2, 1, False)
        >>> look = Look(kind, Fraction(25), Fraction(1, 25), Fraction(1), ".mp4")
        >>> painter = Painter(look, Sepia(), size=32, guide=Guide(), smooth=False)
        >>> gray = np.full((48, 64), 100, np.uint8)
        >>> colored = painter(av.VideoFrame.from_ndarray(gray, "gray"))
        >>> colored.format.name, bool((luma(colored, look.kind) == gray).all())
        ('yuv420p', True)
    """

    def __init__(
        self, look: Look, method: Colorizer, *, size: int, guide: Guide, smooth: bool
    ) -> None:
        self.look, self.method, self.size, self.guide = look, method, size, guide
        self.smoother: Smoother | None = None
        if smooth:
            from huelab.apply.smoothing import Smoother

            self.smoother = Smoother()
        self.notes: list[str] = []
        self.frames = 0

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame with new colors; it has no time stamp yet.

        Raises:
            ImageError: if its size or bit depth is not that of the first frame.
        """
        kind = self.look.kind
        found = kind_of(frame)
        if (found.width, found.height, found.bits) != (kind.width, kind.height, kind.bits):
            raise ImageError(
                "changes the size or the bit depth of its pictures; HueLab does not read such films"
            )
        self._look(frame)
        stored = luma(frame, kind)
        unit = _unit(stored, kind)
        small, ab = self._small(unit, turn_of(frame))
        u, v = _color_planes(unit, small, ab, kind)
        return frame_of((stored, u, v), kind)

    def _look(self, frame: av.VideoFrame) -> None:
        """Note what a user should know. Films begin in black, so it looks again and again."""
        bits = max((part.bits for part in frame.format.components), default=8)
        if not self.frames and bits > self.look.kind.bits:
            self.notes.append(f"This film has {bits} bits; the result has {self.look.kind.bits}.")
        if self.frames % EVERY == 0 and _COLORED not in self.notes:
            rgb = frame.reformat(width=128, height=96, format="rgb24").to_ndarray()
            if has_colors(torch.from_numpy(rgb).permute(2, 0, 1)[None]):
                self.notes.append(_COLORED)
        self.frames += 1

    def _small(self, unit: Tensor, turn: tuple[int, int, int, int]) -> tuple[Tensor, Tensor]:
        """L* and a*b* as stored, `(1, C, h, w)`, at the size of the network."""
        gray = turned(_shrunk(unit, self.size, float(self.look.aspect))[0, 0].numpy(), turn)
        check_hints(self.guide, _upright(gray, unit, float(self.look.aspect)))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            lab = color_small(
                torch.from_numpy(gray)[None, None], self.method, self.size, self.guide
            )
        ab = np.ascontiguousarray(lab[0, 1:].permute(1, 2, 0).numpy())
        if self.smoother is not None:
            ab = self.smoother(np.rint(255 * gray).astype(np.uint8), ab)
        back = np.concatenate([lab[0, :1].permute(1, 2, 0).numpy(), ab], -1)
        raw = torch.from_numpy(turned_back(back, turn)).permute(2, 0, 1)[None].contiguous()
        return raw[:, :1], raw[:, 1:]


def seen(frame: av.VideoFrame, look: Look, size: int) -> Tensor:
    """The gray of a frame as a method sees it, upright and with square pixels.

    Args:
        frame: a decoded frame.
        look: the film's format.
        size: shorter side in pixels; smaller frames are not enlarged.

    Returns:
        `(1, 1, h, w)` in [0, 1].

    Example:
        >>> import av
        >>> from fractions import Fraction
        >>> kind, aspect = Kind(64, 48, 8, 2, 2, 1, True), Fraction(1)
        >>> look = Look(kind, Fraction(25), Fraction(1, 25), aspect, ".mp4")
        >>> white = av.VideoFrame.from_ndarray(np.full((48, 64), 255, np.uint8), "gray")
        >>> seen(white, look, 24).shape, float(seen(white, look, 24).min())
        (torch.Size([1, 1, 24, 32]), 1.0)
    """
    unit = _unit(luma(frame, look.kind), look.kind)
    gray = turned(_shrunk(unit, size, float(look.aspect))[0, 0].numpy(), turn_of(frame))
    return torch.from_numpy(gray)[None, None]


def _unit(stored: np.ndarray, kind: Kind) -> Tensor:
    """Y' `(1, 1, H, W)` in [0, 1], where 0 is black and 1 is white."""
    black, white, _ = kind.levels
    return (
        torch.from_numpy(stored.astype(np.float32)).sub_(black).div_(white).clamp_(0, 1)[None, None]
    )


def _shrunk(unit: Tensor, size: int, aspect: float) -> Tensor:
    """The frame with square pixels and a shorter side of `size`; it is never enlarged."""
    height, width = unit.shape[-2:]
    scale = min(1.0, size / min(height, width * aspect))
    target = (max(1, round(height * scale)), max(1, round(width * aspect * scale)))
    if target == (height, width):
        return unit
    return F.interpolate(unit, target, mode="bicubic", antialias=True).clamp_(0, 1)


def _upright(gray: np.ndarray, unit: Tensor, aspect: float) -> tuple[int, int]:
    """Height and width of a frame as one sees it, from the small frame that a method sees."""
    height, width = unit.shape[-2:]
    scale = min(height, width * aspect) / min(gray.shape)
    return round(gray.shape[0] * scale), round(gray.shape[1] * scale)


def _color_planes(unit: Tensor, small: Tensor, ab: Tensor, kind: Kind) -> np.ndarray:
    """U and V in the levels of the film, `(2, h, w)`, at the size at which it stores them."""
    shared = _at_colors(unit, kind)
    up = Upsampler(ab, small, (shared.shape[-2], shared.shape[-1]))
    levels = np.empty((2, *shared.shape[-2:]), np.uint8 if kind.bits == 8 else np.uint16)
    middle, top = 1 << (kind.bits - 1), (1 << kind.bits) - 1
    for rows in up.strips():
        here = shared[..., rows, :]
        found = chroma(here, up(gray_to_lightness(here), rows), kind.weights)
        found = found.mul_(kind.levels[2]).add_(middle).round_().clamp_(0, top)
        levels[:, rows] = found[0].to(torch.int32).numpy()
    return levels


def _at_colors(unit: Tensor, kind: Kind) -> Tensor:
    """Y' at the sites of the color samples: between two rows, at the left of two columns."""
    if kind.down == 2:
        unit = (unit[..., ::2, :] + unit[..., 1::2, :]) / 2
    if kind.across == 2:
        left = F.pad(unit, (1, 0, 0, 0), mode="replicate")
        unit = left[..., :-1:2] / 4 + left[..., 1::2] / 2 + left[..., 2::2] / 4
    return unit
