"""From any kind of color to sRGB, through ICC profiles and Little CMS."""

import contextlib
import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from huelab.images.profiles import SRGB_CURVE, gray_profile

# The color spaces that a profile can describe, and the Pillow modes that such a profile fits.
_ICC_MODES = {"RGB": ("RGB", "L", "I;16"), "GRAY": ("L", "I;16")}
_ICC_MODES |= {"CMYK": ("CMYK",), "Lab": ("LAB",)}

Conversion = Callable[[Image.Image], Image.Image]


def to_srgb(mode: str, icc: bytes | None) -> Conversion:
    """A function that converts images of a mode with a profile to sRGB (mode RGB).

    The mode is L, I;16, RGB, CMYK or LAB. A profile that is damaged or does not fit the mode counts
    as none.

    Example:
        >>> to_srgb("L", icc=None)(Image.new("L", (1, 1), 128)).getpixel((0, 0))
        (128, 128, 128)
    """
    # A damaged profile says nothing, so it counts as none.
    with contextlib.suppress(OSError, ValueError, ImageCms.PyCMSError):
        lab = mode == "LAB"
        source = ImageCms.createProfile("LAB") if lab else io.BytesIO(icc or b"")
        profile = ImageCms.ImageCmsProfile(source)
        kind = profile.profile.xcolor_space.strip()
        if mode not in _ICC_MODES.get(kind, ()):
            return untagged
        if kind == "GRAY":  # one exact table
            depth = np.uint16 if mode == "I;16" else np.uint8
            levels = Image.fromarray(np.arange(np.iinfo(depth).max + 1).astype(depth)[None])
            table = np.asarray(_transform(profile, mode, exact=True).apply(levels))[0]
            return lambda color: Image.fromarray(table[np.asarray(color)])
        if kind == "RGB":
            transform = _transform(profile, "RGB", exact=False)
            return lambda color: transform.apply(untagged(color))
        return _transform(profile, mode, exact=lab).apply
    return untagged


def gray_to_srgb(icc: bytes | None) -> np.ndarray | None:
    """The 16-bit sRGB level of every 16-bit gray level with a profile: uint16 `(65536,)`.

    The result is None for a profile of RGB that is not that of sRGB. A damaged profile counts as
    none.

    Example:
        >>> gray_to_srgb(icc=None)[[0, 1000, 65535]]
        array([    0,  1000, 65535], dtype=uint16)
    """
    levels = np.arange(65536).astype(np.uint16)
    with contextlib.suppress(OSError, ValueError, ImageCms.PyCMSError):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc or b""))
        if profile.profile.xcolor_space.strip() == "GRAY":
            flags = ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOOPTIMIZE
            srgb = ImageCms.ImageCmsProfile(io.BytesIO(gray_profile(SRGB_CURVE)))
            intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
            change = ImageCms.buildTransform(profile, srgb, "I;16", "I;16", intent, flags)
            return np.asarray(change.apply(Image.fromarray(levels[None])))[0]
    return levels if keeps_srgb(icc) else None


def keeps_srgb(icc: bytes | None) -> bool:
    """Whether RGB with a profile is sRGB. Without a profile, or with a damaged one, it is.

    Example:
        >>> from huelab.images.profiles import ADOBE_RGB, SRGB, rgb_profile
        >>> keeps_srgb(None), keeps_srgb(rgb_profile(SRGB, SRGB_CURVE))
        (True, True)
        >>> keeps_srgb(rgb_profile(ADOBE_RGB, SRGB_CURVE))
        False
    """
    cube = np.stack(np.meshgrid(*[np.arange(0, 256, 17)] * 3), -1).reshape(1, -1, 3)
    levels = cube.astype(np.uint8)
    made = np.asarray(to_srgb("RGB", icc)(Image.fromarray(levels)))
    return bool(np.abs(made.astype(int) - levels).max() <= 1)


def _transform(
    profile: ImageCms.ImageCmsProfile, mode: str, *, exact: bool
) -> ImageCms.ImageCmsTransform:
    """A transform of Little CMS to sRGB, with its shortcuts unless it must be `exact`.

    The shortcuts are several times as fast. They are within 1 level for RGB, but 10 levels off in
    dark gray and 30 in Lab (and so is Pillow's own convert).

    The relative colorimetric intent keeps every color that sRGB can show. The perceptual intent
    would change these colors too, by each profile maker's taste. Black point compensation keeps the
    black of ink black.
    """
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    flags |= ImageCms.Flags.NOOPTIMIZE if exact else ImageCms.Flags.NONE
    intent, srgb = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(profile, srgb, mode, "RGB", intent, flags)


def untagged(color: Image.Image) -> Image.Image:
    """RGB of an image without a profile.

    Example:
        >>> deep = Image.fromarray(np.array([[0, 32768, 65535]], np.uint16))
        >>> [untagged(deep).getpixel((x, 0))[0] for x in range(3)]
        [0, 128, 255]
    """
    if color.mode == "I;16":
        table = (np.arange(65536) + 128) // 257  # round(level / 257)
        color = Image.fromarray(table.astype(np.uint8)[np.asarray(color)])
    return color.convert("RGB")
