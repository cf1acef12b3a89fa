"""How large a picture may be, and how much work a decoder may do."""

from huelab.images.errors import ImageError

#: Pixels of a picture, by default.
MAX_PIXELS = 200_000_000
#: Scans of a JPEG, by default. Progressive files of cameras have about 10, and files made with the
#: finest scan scripts about 60.
MAX_SCANS = 100
#: All scans of a progressive JPEG together may cover at most this many times the limit of pixels,
#: because each scan takes time.
PASSES = 5
#: Decoders that take several times the memory or the time of others for a pixel. The limit of
#: pixels is divided by these factors, so that at the default no picture takes more than about 2 GB.
DEAR = {
    "WEBP": 2,
    "AVIF": 2,
    "HEIF": 2,
    "progressive JPEG": 2,
    "JPEG2000": 4,
    "QOI": 4,
    "floats": 4,
}
DEAR |= {"16-bit RGB": 2}  # only if all its bits are read

#: What a user can do about the limit of pixels.
HIGHER = "--max-pixels takes a higher limit, and each pixel takes up to 10 bytes of memory"


def check_pixels(size: tuple[int, int], form: str, max_pixels: int) -> None:
    """Refuse a picture with more pixels, by its header, than its format's share of the limit.

    Args:
        size: width and height.
        form: its format, which may be a key of `DEAR`.
        max_pixels: the limit.

    Raises:
        ImageError: if it has more pixels.

    Example:
        >>> check_pixels((1000, 1000), "PNG", max_pixels=1_000_000)
        >>> check_pixels((1000, 1000), "WEBP", max_pixels=1_000_000)
        Traceback (most recent call last):
            ...
        huelab.images.errors.ImageError: 1000 x 1000 pixels are more than the limit of 500,000 ...
    """
    share = max_pixels // DEAR.get(form, 1)
    if size[0] * size[1] > share:
        part = f" for {form} (max_pixels / {DEAR[form]})" if form in DEAR else " (max_pixels)"
        raise ImageError(
            f"{size[0]} x {size[1]} pixels are more than the limit of {share:,}{part}; {HIGHER}"
        )


def check_passes(size: tuple[int, int], scans: int, max_pixels: int) -> None:
    """Refuse a JPEG whose scans together cover more than `PASSES` times the limit of pixels.

    Args:
        size: width and height.
        scans: how many scans it has.
        max_pixels: the limit.

    Raises:
        ImageError: if they cover more.

    Example:
        >>> check_passes((1000, 1000), 5, max_pixels=1_000_000)
        >>> check_passes((1000, 1000), 6, max_pixels=1_000_000)
        Traceback (most recent call last):
            ...
        huelab.images.errors.ImageError: 6 scans of 1000 x 1000 pixels are more than ...
    """
    if scans * size[0] * size[1] > PASSES * max_pixels:
        raise ImageError(
            f"{scans} scans of {size[0]} x {size[1]} pixels are more than {PASSES} times "
            f"the limit of {max_pixels:,} (max_pixels); {HIGHER}"
        )
