"""How much of a color lies in high frequencies: where blur takes it away."""

import torch
from torch import Tensor

#: Cycles a pixel: half of the highest frequency, which is that of every other pixel.
HALF = 0.25


def band_power(planes: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """The power of images at frequencies from `low` up to but without `high`.

    A Hann window keeps the borders, where an image ends at once, from looking like detail. What it
    takes away is given back on average, so that all bands together have the mean square of the
    image (Parseval's theorem), but for what stands near its borders.

    Args:
        planes: `(N, C, H, W)`, such as a* and b*.
        low, high: radial frequency in cycles a pixel, 0 to 0.71.

    Returns:
        `(N,)`, summed over the channels, in the square of the unit of `planes`.

    Example:
        >>> wave = torch.cos(2 * torch.pi * 0.375 * torch.arange(64.0)).expand(1, 1, 64, 64)
        >>> [round(band_power(wave, *band).item(), 3) for band in ((0, 0.25), (0.25, 1))]
        [0.0, 0.5]
    """
    height, width = planes.shape[-2:]
    window = _hann(height, planes)[:, None] * _hann(width, planes)
    spectrum = torch.fft.fft2((planes * window).double())
    down = torch.fft.fftfreq(height, device=planes.device)[:, None]
    radius = torch.hypot(down, torch.fft.fftfreq(width, device=planes.device))
    inside = (radius >= low) & (radius < high)
    power = (spectrum.abs().square() * inside).sum((1, 2, 3))
    return (power / (height * width) / window.double().square().sum()).to(planes.dtype)


def _hann(side: int, like: Tensor) -> Tensor:
    return torch.hann_window(side, dtype=like.dtype, device=like.device)
