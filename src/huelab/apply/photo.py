"""A trained colorizer applied to photographs of any size and kind."""

import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from huelab import images
from huelab.apply.small import as_unit, check_hints, color_small, shrink, with_guide
from huelab.apply.tone import Tone, has_colors
from huelab.color import fit_gamut, lab_to_rgb, rgb_to_gray, rgb_to_lab
from huelab.color.upsample import Upsampler
from huelab.images.errors import ImageError, errors_named, name_of
from huelab.images.files import File
from huelab.images.limits import MAX_PIXELS, MAX_SCANS
from huelab.images.marks import DISCLAIMER, mark_without_names
from huelab.methods import shipped
from huelab.methods.colorizer import Colorizer, Guide


def colorize(
    picture: File | np.ndarray,
    *,
    method: Colorizer | None = None,
    size: int = 256,
    guide: Guide | None = None,
    keep_tint: bool = False,
    notes: list[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    max_scans: int = MAX_SCANS,
) -> np.ndarray:
    """Color a photograph; any color that it already has is thrown away first.

    The method sees the picture with its shorter side at `size` pixels, as the gray of its
    lightness. Only a* and b* are carried back up, along the edges of the original (see
    `huelab.color.upsample`). The lightness stays that of the original at full resolution, so that
    no detail is lost. Large pictures are processed in strips, so that memory holds little beyond
    the picture itself.

    Args:
        picture: a file, its bytes, or uint8 or uint16 `(H, W, 3)`.
        method: any colorizer; by default the network that ships with the package.
        size: shorter side in pixels, at least 16. At a larger size the method sees finer detail
            and less of the whole. Networks do best near the size they were trained at. Smaller
            pictures are not enlarged.
        guide: what a person adds. Hints may have any size, but need the proportions of the
            picture. Any method that works in Lab takes hints and a reference, see
            `huelab.methods.guided`.
        keep_tint: add the tone of the picture, such as sepia, to the colors.
        notes: a list. The function adds the sentences that `huelab.images.read` has about the
            file, and one more if the picture already has colors.
        max_pixels: the largest number of pixels of a file, see `huelab.images.read`; arrays may
            have any size.
        max_scans: the largest number of scans of a JPEG.

    Returns:
        sRGB `(H, W, 3)`. An array keeps its type. A file gives uint16 if it holds more than 8 bits
        per channel, and uint8 otherwise.

    Raises:
        ImageError: if the file cannot be read.
        WeightsError: if the package's own weights are damaged.
        ValueError: for an array of another shape or type, a size below 16, a guide that the method
            does not use, or hints whose proportions are not those of the picture.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> colorize(np.full((20, 30, 3), 128, np.uint8), method=GrayCopy())[0, 0]
        array([128, 128, 128], dtype=uint8)
    """
    if size < 16:
        raise ValueError(f"size must be at least 16, not {size}")
    guide = guide or Guide()
    method = with_guide(method or shipped.load(), guide)
    if isinstance(picture, np.ndarray):
        pixels = picture
    else:
        limits: dict[str, Any] = {"max_pixels": max_pixels, "max_scans": max_scans}
        pixels = images.read(picture, notes=notes, deep=True, **limits)
    right = pixels.dtype in (np.uint8, np.uint16) and pixels.ndim == 3 and pixels.shape[2] == 3
    if not (right and pixels.size):
        raise ValueError(f"expected uint8 or uint16 (H, W, 3), got {pixels.dtype} {pixels.shape}")
    check_hints(guide, pixels.shape[:2])
    planes = _planes(pixels)
    small = shrink(planes, size) if notes is not None or keep_tint else None
    if notes is not None and small is not None and has_colors(small):
        notes.append("This photograph already has colors; HueLab used only its lightness.")
    tone = Tone(small) if keep_tint and small is not None else None
    seen = color_small(shrink(_neutral(planes), size), method, size, guide)
    return _enlarged(pixels, Upsampler(seen[:, 1:], seen[:, :1], pixels.shape[:2]), tone)


def colorize_file(
    source: str | os.PathLike,
    target: str | os.PathLike,
    *,
    side_by_side: bool = False,
    quality: int | None = None,
    overwrite: bool = False,
    **how: Any,
) -> Path:
    """Color a picture file and write the result to another file.

    The result keeps all metadata that its format can hold. If the target is a TIFF, all pages of
    the source are colored. Metadata of the new file names HueLab and the source, see
    `huelab.images.mark`.

    Args:
        source: a picture file.
        target: the file to write; its suffix chooses the format.
        side_by_side: put the photograph on the left of the result, in one picture.
        quality: the argument of `huelab.images.write`.
        overwrite: whether an existing file is replaced.
        how: the other arguments of `colorize`.

    Returns:
        The path of the target.

    Raises:
        ImageError: if the source cannot be read or the target cannot be written, or if the source
            has several pages and the target is not a TIFF.
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
    texts = images.mark(source, target) | DISCLAIMER
    first, *more = _all_colored(source, Path(target).suffix, side_by_side, **how)
    images.write(
        target, first, like=source, texts=texts, overwrite=overwrite, quality=quality, more=more
    )
    return Path(target)


def colorize_bytes(
    source: BinaryIO,
    suffix: str,
    *,
    side_by_side: bool = False,
    quality: int | None = None,
    **how: Any,
) -> bytes:
    """Color a picture that has no file, such as standard input, as `colorize_file` does.

    Args:
        source: an open file.
        suffix: the suffix of the result's format, such as `.png`.
        side_by_side: put the photograph on the left of the result.
        quality: the argument of `huelab.images.write`.
        how: the other arguments of `colorize`.

    Returns:
        The bytes of the colored file.

    Raises:
        ImageError: if the picture cannot be read or written, or if it has several pages and the
            result is not a TIFF.

    Example:
        >>> import io
        >>> from huelab.methods.baselines import GrayCopy
        >>> picture = io.BytesIO(images.encode(np.full((4, 6, 3), 128, np.uint8), ".png"))
        >>> images.read(colorize_bytes(picture, ".tif", method=GrayCopy())).shape
        (4, 6, 3)
    """
    name = name_of(source)
    with errors_named(name, "cannot be read"):
        data = source.read()
    try:
        first, *more = _all_colored(data, suffix, side_by_side, **how)
    except ImageError as error:
        raise ImageError(str(error).replace(name_of(data), name, 1)) from error
    texts = mark_without_names(data) | DISCLAIMER
    return images.encode(first, suffix, like=data, texts=texts, quality=quality, more=more)


def _all_colored(source: File, suffix: str, side_by_side: bool, **how: Any) -> list[np.ndarray]:
    """The result of each page of a file."""
    limit = how.get("max_pixels", MAX_PIXELS)
    pages = images.pages(source, max_pixels=limit)
    if len(pages) == 1:
        return [_colored(source, None, side_by_side, **how)]
    if suffix.lower() not in (".tif", ".tiff"):
        raise ImageError(
            f"{name_of(source)}: holds {len(pages)} pages; with --format tif HueLab colors all of "
            "them"
        )
    made = [_colored(source, page, side_by_side, **how) for page in pages]
    if any(page.dtype == np.uint16 for page in made):  # then all pages become uint16
        made = [page if page.dtype == np.uint16 else page.astype(np.uint16) * 257 for page in made]
    return made


def _colored(source: File, page: int | None, side_by_side: bool, **how: Any) -> np.ndarray:
    """The result, with the photograph on its left if `side_by_side` is true."""
    if page is None and not side_by_side:
        return colorize(source, **how)
    read = {name: how.pop(name) for name in ("max_pixels", "max_scans") if name in how}
    before = images.read(source, notes=how.get("notes"), deep=True, page=page, **read)
    colored = colorize(before, **how)
    return np.concatenate([before, colored], 1) if side_by_side else colored


def _planes(pixels: np.ndarray) -> torch.Tensor:
    """uint8 or uint16 `(1, 3, H, W)`; it shares the memory of the array where that is possible."""
    whole = np.require(pixels, requirements=["C", "W"])
    return torch.from_numpy(whole).permute(2, 0, 1)[None]


def _neutral(planes: torch.Tensor) -> torch.Tensor:
    """The gray `(1, 1, H, W)` of each pixel's lightness, in [0, 1], without any tint.

    This gray is made before the picture is shrunk, because a mean of tinted pixels has another
    lightness than its pixels have on average.
    """
    height, width = planes.shape[-2:]
    gray = torch.empty(1, 1, height, width)
    rows = max(1, (1 << 20) // width)
    for top in range(0, height, rows):
        strip = slice(top, top + rows)
        gray[..., strip, :] = rgb_to_gray(as_unit(planes[..., strip, :]), "lightness")
    return gray


def _enlarged(pixels: np.ndarray, up: Upsampler, tone: Tone | None) -> np.ndarray:
    """The lightness of the pixels with the colors of a small picture, in strips."""
    planes, result = _planes(pixels), np.empty_like(pixels)
    white = np.iinfo(pixels.dtype).max
    for rows in up.strips():
        lightness = rgb_to_lab(as_unit(planes[..., rows, :]))[:, :1]
        ab = up(lightness, rows)
        if tone is not None:
            ab += tone(lightness)
        rgb = lab_to_rgb(fit_gamut(torch.cat([lightness, ab], 1)))
        levels = rgb[0].mul_(white).round_().to(torch.int32)
        result[rows] = levels.permute(1, 2, 0).numpy()
    return result
