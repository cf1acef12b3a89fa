"""A photograph at the size that the network sees, and its colors at that size."""

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from huelab.color import gray_to_lightness, rgb_to_gray, rgb_to_lab
from huelab.color.hints import shrink_hints
from huelab.methods.colorizer import Colorizer, Guide, LabColorizer
from huelab.methods.guided import Guided

#: Length of a window of a long picture, as a multiple of the shorter side that the method sees.
LONG = 4


def with_guide(method: Colorizer, guide: Guide) -> Colorizer:
    """The method itself, or wrapped in `Guided` if it does not know the given hints or reference.

    Raises:
        ValueError: for a guide that the method does not use, even when it is wrapped.

    Example:
        >>> from huelab.methods.baselines import MeanColor, Sepia
        >>> with_guide(MeanColor(torch.zeros(2)), Guide(reference=torch.zeros(1, 3, 2, 2)))
        Guided()
        >>> with_guide(Sepia(), Guide(strength=0.5))
        Traceback (most recent call last):
            ...
        ValueError: Sepia does not use strength; guides it uses: none
    """
    added = (guide.given - method.guides) & {"hints", "reference"}
    made = Guided(method) if added and isinstance(method, LabColorizer) else method
    if unknown := sorted(guide.given - made.guides):
        known = ", ".join(sorted(made.guides)) or "none"
        raise ValueError(
            f"{type(method).__name__} does not use {', '.join(unknown)}; guides it uses: {known}"
        )
    return made


def check_hints(guide: Guide, shape: Sequence[int]) -> None:
    """Refuse hints of other proportions than a picture's: their colors would land in wrong places.

    Args:
        guide: what a person adds, with hints or without.
        shape: height and width of the picture, in pixels.

    Raises:
        ValueError: if the proportions differ by more than a pixel of either side explains.

    Example:
        >>> check_hints(Guide(hints=torch.zeros(1, 3, 50, 75)), (400, 600))
        >>> check_hints(Guide(hints=torch.zeros(1, 3, 75, 50)), (400, 600))
        Traceback (most recent call last):
            ...
        ValueError: the hints have 50 x 75 pixels; they need the proportions of the picture, ...
    """
    if guide.hints is None:
        return
    height, width = guide.hints.shape[-2:]
    if abs(height * shape[1] - width * shape[0]) > max(shape) + max(height, width):
        raise ValueError(
            f"the hints have {width} x {height} pixels; they need the proportions of the picture, "
            f"which has {shape[1]} x {shape[0]}"
        )


def shrink(planes: Tensor, size: int) -> Tensor:
    """A picture with its shorter side at `size`; smaller pictures keep their size.

    Args:
        planes: `(1, C, H, W)`, floats in [0, 1], uint8 or uint16.
        size: in pixels.

    Returns:
        `(1, C, h, w)`, floats in [0, 1]; a uint8 picture that is small enough stays uint8.

    Example:
        >>> shrink(torch.zeros(1, 3, 40, 60, dtype=torch.uint8), 20).shape
        torch.Size([1, 3, 20, 30])
    """
    height, width = planes.shape[-2:]
    scale = size / min(height, width)
    if scale >= 1:
        return as_unit(planes)
    target = (max(1, round(height * scale)), max(1, round(width * scale)))
    # One channel at a time, because floats take four times the memory of uint8.
    channels = [
        F.interpolate(as_float(channel), target, mode="bicubic", antialias=True)
        for channel in planes.split(1, 1)
    ]
    return torch.cat(channels, 1).clamp_(0, 1)


def as_unit(planes: Tensor) -> Tensor:
    """RGB in a type that `huelab.color` takes: uint16 becomes floats in [0, 1], others stay.

    Example:
        >>> as_unit(torch.tensor([65535], dtype=torch.uint16))
        tensor([1.])
    """
    return planes.float() / 65535 if planes.dtype == torch.uint16 else planes


def as_float(planes: Tensor) -> Tensor:
    """Floats in [0, 1] of floats, uint8 or uint16.

    Example:
        >>> as_float(torch.tensor([255], dtype=torch.uint8))
        tensor([1.])
    """
    return planes.float() / 255 if planes.dtype == torch.uint8 else as_unit(planes)


def color_small(gray: Tensor, method: Colorizer, size: int, guide: Guide) -> Tensor:
    """A small picture in Lab: its own L*, and the method's a* and b*.

    Args:
        gray: `(1, 1, h, w)`: the neutral gray of each pixel's lightness, in [0, 1].
        method: any colorizer; it sees long pictures window by window.
        size: the shorter side of a window, in pixels.
        guide: what a person adds; its hints may have any size.

    Returns:
        `(1, 3, h, w)` in Lab units, on the CPU.

    Example:
        >>> from huelab.methods.baselines import MeanColor
        >>> warm = MeanColor(torch.tensor([8.0, 20.0]))
        >>> color_small(torch.full((1, 1, 8, 8), 0.5), warm, 16, Guide())[0, :, 0, 0].round()
        tensor([53.,  8., 20.])
    """
    height, width = gray.shape[-2:]
    hints = None if guide.hints is None else shrink_hints(guide.hints, (height, width))
    lab = torch.empty(1, 3, height, width)
    along = -2 if height > width else -1
    # Windows follow one another along the longer side. Both names below are views, so that a write
    # to `target` changes `lab`.
    source, target = gray.transpose(along, -1), lab.transpose(along, -1)
    done = 0
    for start, end in windows(gray.shape[along], LONG * size, size):
        part = source[..., start:end].transpose(along, -1)
        here = None if hints is None else hints.transpose(along, -1)[..., start:end]
        seen = replace(guide, hints=None if here is None else here.transpose(along, -1))
        colored = _color_window(part, method, seen).transpose(along, -1)
        overlap = max(0, done - start)
        if overlap:
            ramp = (torch.arange(overlap) + 1) / (overlap + 1)
            colored[..., :overlap].lerp_(target[..., start:done], 1 - ramp)
        target[..., start:end] = colored
        done = end
    return lab


def _color_window(gray: Tensor, method: Colorizer, guide: Guide) -> Tensor:
    wanted = rgb_to_gray(gray.expand(-1, 3, -1, -1), method.gray_formula).to(device_of(method))
    lab = rgb_to_lab(method.colorize(wanted, guide=guide if guide.given else None)).cpu()
    lab[:, :1] = gray_to_lightness(gray)
    return lab


def device_of(method: Colorizer) -> torch.device:
    """The device of a method's weights; a method without weights is on the CPU.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> device_of(GrayCopy())
        device(type='cpu')
    """
    weights = method.parameters() if isinstance(method, torch.nn.Module) else iter(())
    first = next(weights, None)
    return torch.device("cpu") if first is None else first.device


def windows(length: int, longest: int, overlap: int) -> list[tuple[int, int]]:
    """Starts and ends of equal windows that cover a length.

    Args:
        length: what the windows cover together, in pixels.
        longest: the length of a window; a shorter picture has one window.
        overlap: neighbors share at least this many pixels.

    Example:
        >>> windows(1000, 1024, 256)
        [(0, 1000)]
        >>> windows(2000, 1024, 256)
        [(0, 1024), (488, 1512), (976, 2000)]
    """
    if length <= longest:
        return [(0, length)]
    count = -(-(length - overlap) // (longest - overlap))
    starts = [round(i * (length - longest) / (count - 1)) for i in range(count)]
    return [(start, start + longest) for start in starts]
