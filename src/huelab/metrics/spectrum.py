"""How much of the color of an image lies in high frequencies, which blur removes."""

import torch
from torch import Tensor

#: In cycles per pixel: half of the Nyquist frequency, 0.5, at which pixels alternate.
HALF = 0.25


def band_power(planes: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """The power of images at frequencies from `low` up to but not including `high`.

    A Hann window is applied first, so that the borders of an image do not look like detail. The
    result is divided by the mean square of the window. So all bands together have about the mean
    square of the image (Parseval's theorem), with little weight on pixels near its borders.

    Args:
        planes: `(N, C, H, W)`, such as a* and b*.
        low, high: radial frequency in cycles per pixel, 0 to 0.71.

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
