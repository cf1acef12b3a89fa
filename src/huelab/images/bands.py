"""Parts of an image, at most a band of rows in memory at a time."""

from collections.abc import Iterator

from PIL import Image

#: Pixels of a band of rows. The intermediate results of a conversion are several times its size.
BAND = 1 << 21


def bands(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    """Slices of rows, from top to bottom, each with the part of the image in these rows.

    Example:
        >>> [rows for rows, band in bands(Image.new("L", (1 << 20, 3)))]
        [slice(0, 2, None), slice(2, 3, None)]
    """
    width, height = image.size
    step = max(1, BAND // width)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        yield slice(top, bottom), crop(image, (0, top, width, bottom))


def crop(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Image.crop without Image.MAX_IMAGE_PIXELS, which is one limit for the whole process.

    Example:
        >>> crop(Image.new("L", (8, 6)), (0, 2, 8, 4)).size
        (8, 2)
    """
    return image._new(image.im.crop(box))
