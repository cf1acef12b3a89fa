"""Using a trained colorizer on photographs of any size and kind."""

import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from huelab import images
from huelab.color import fit_gamut, lab_to_rgb, rgb_to_gray, rgb_to_lab
from huelab.color.upsample import Upsampler
from huelab.images.limits import MAX_PIXELS, MAX_SCANS
from huelab.methods import trained
from huelab.methods.colorizer import Colorizer

#: Windows of a long picture are so many times as long as the shorter side that the method sees.
LONG = 4


def colorize(
    picture: str | os.PathLike | bytes | np.ndarray,
    *,
    method: Colorizer | None = None,
    size: int = 256,
    notes: list[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    max_scans: int = MAX_SCANS,
) -> np.ndarray:
    """Color a photograph; whatever color it has is thrown away first.

    The method sees the picture with its shorter side at `size` pixels. Only a* and b* are carried
    back up, along the edges of the original (see `huelab.color.upsample`); lightness stays that
    of the original at full resolution, so that no detail is lost. What is large is worked on in
    strips, so that memory holds little beyond the picture itself.

    Args:
        picture: a file, its bytes, or uint8 `(H, W, 3)`.
        method: any colorizer; by default the network that ships with the package.
        size: larger sees finer detail and less of the whole; networks do best near the size they
            were trained at. Smaller pictures are not enlarged.
        notes: a list to which sentences are added that `huelab.images.read` has about the file,
            and one if the picture already has colors.
        max_pixels: larger files are refused, see `huelab.images.read`; arrays may have any size.
        max_scans: JPEGs of more scans are refused.

    Returns:
        uint8 `(H, W, 3)`, sRGB.

    Raises:
        ImageError: if the file cannot be read.
        WeightsError: if the package's own weights are damaged.
        ValueError: for an array of another shape or type, or a size below 16.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> colorize(np.full((20, 30, 3), 128, np.uint8), method=GrayCopy())[0, 0]
        array([128, 128, 128], dtype=uint8)
    """
    if size < 16:
        raise ValueError(f"size must be at least 16, not {size}")
    if isinstance(picture, np.ndarray):
        pixels = picture
    else:
        pixels = images.read(picture, notes=notes, max_pixels=max_pixels, max_scans=max_scans)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"expected uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}")
    method = method or trained.load_shipped()
    planes = _planes(pixels)
    small = _shrink(planes, size)
    if notes is not None and has_colors(small):
        notes.append("This photograph already has colors; HueLab used only its lightness.")
    seen = _lab_as_colored(small, method, size)
    up = Upsampler(seen[:, 1:], seen[:, :1], (pixels.shape[0], pixels.shape[1]))
    result = np.empty_like(pixels)
    for rows in up.strips():
        lightness = rgb_to_lab(planes[..., rows, :])[:, :1]
        rgb = lab_to_rgb(fit_gamut(torch.cat([lightness, up(lightness, rows)], 1)))
        result[rows] = rgb[0].mul_(255).round_().to(torch.uint8).permute(1, 2, 0).numpy()
    return result


def colorize_file(
    source: str | os.PathLike,
    target: str | os.PathLike,
    *,
    method: Colorizer,
    size: int = 256,
    overwrite: bool = False,
    notes: list[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    max_scans: int = MAX_SCANS,
) -> Path:
    """Color a picture file into another one, keeping what metadata its format can hold.

    A PNG is marked as HueLab's work with its source, see `huelab.images.mark`. `notes` and the
    limits are those of `colorize`.

    Raises:
        ImageError: if the source cannot be read or the target cannot be written.
        FileExistsError: if the target exists and `overwrite` is false.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from huelab.methods.baselines import GrayCopy
        >>> with TemporaryDirectory() as folder:
        ...     images.write(f"{folder}/a.png", np.full((4, 6, 3), 128, np.uint8))
        ...     colored = colorize_file(f"{folder}/a.png", f"{folder}/b.png", method=GrayCopy())
        ...     images.read(colored).shape
        (4, 6, 3)
    """
    # The mark comes first: a file that changes while it is read is then seen as changed.
    texts = images.mark(source, target)
    limits = {"max_pixels": max_pixels, "max_scans": max_scans}
    colored = colorize(source, method=method, size=size, notes=notes, **limits)
    images.write(target, colored, like=source, texts=texts, overwrite=overwrite)
    return Path(target)


def has_colors(rgb: torch.Tensor) -> bool:
    """Whether a picture, `(1, 3, H, W)`, has colors, and not only a tone, such as sepia.

    In a toned picture the color follows from the lightness. So a pixel counts as colored if its
    a* and b* are more than 8 from the median of the pixels of its lightness. A picture has colors
    if 5 % of its pixels are. In 28 photographs as sepia, JPEG noise down to quality 20 makes less
    than 2 %; in color each has more than 9 %.

    Example:
        >>> has_colors(torch.rand(1, 1, 64, 64).expand(-1, 3, -1, -1)), has_colors(
        ...     torch.rand(1, 3, 64, 64)
        ... )
        (False, True)
    """
    step = max(1, round((rgb.shape[-1] * rgb.shape[-2] / 65_536) ** 0.5))  # enough to judge by
    lab = rgb_to_lab(rgb[..., ::step, ::step])[0].flatten(1)
    level = (lab[0] / 5).long()
    far = 0
    for one in level.unique():
        ab = lab[1:, level == one]
        far += int(((ab - ab.median(1, keepdim=True).values).norm(dim=0) > 8).sum())
    return far > 0.05 * lab.shape[1]


def _planes(pixels: np.ndarray) -> torch.Tensor:
    """uint8 `(1, 3, H, W)`, the same memory where PyTorch may have it."""
    whole = np.require(pixels, requirements=["C", "W"])
    return torch.from_numpy(whole).permute(2, 0, 1)[None]


def _lab_as_colored(small: torch.Tensor, method: Colorizer, size: int) -> torch.Tensor:
    """Lab `(1, 3, h, w)`: L* of the small picture, and a* and b* as the method colors it."""
    lab = torch.empty(small.shape)
    along = -2 if small.shape[-2] > small.shape[-1] else -1
    # Window by window along the longer side; views, so that what is written lands in `lab`.
    source, target = small.transpose(along, -1), lab.transpose(along, -1)
    done = 0
    for start, end in windows(small.shape[along], LONG * size, size):
        part = source[..., start:end].transpose(along, -1)
        colored = rgb_to_lab(method.colorize(rgb_to_gray(part, method.gray_formula)))
        colored[:, :1] = rgb_to_lab(part)[:, :1]
        colored = colored.transpose(along, -1)
        overlap = max(0, done - start)
        if overlap:
            ramp = (torch.arange(overlap) + 1) / (overlap + 1)
            colored[..., :overlap].lerp_(target[..., start:done], 1 - ramp)
        target[..., start:end] = colored
        done = end
    return lab


def windows(length: int, longest: int, overlap: int) -> list[tuple[int, int]]:
    """Starts and ends of equal windows that cover a length, next ones overlapping by `overlap` or
    more.

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


def _shrink(planes: torch.Tensor, size: int) -> torch.Tensor:
    """uint8 `(1, 3, H, W)` as it is, or floats in [0, 1] with a shorter side of `size`."""
    height, width = planes.shape[-2:]
    scale = size / min(height, width)
    if scale >= 1:
        return planes
    target = (max(1, round(height * scale)), max(1, round(width * scale)))
    # A channel at a time: as floats a picture takes four times the memory.
    channels = [
        F.interpolate(channel.float() / 255, target, mode="bicubic", antialias=True)
        for channel in planes.split(1, 1)
    ]
    return torch.cat(channels, 1).clamp_(0, 1)
