"""Random crops on the device, and the number of different ones: paper 004, section VI.B."""

import torch
from torch import Tensor

from huelab.data.pixels import cut_with_numpy, cut_with_torch


def possible_crops(height: int, width: int, size: int) -> int:
    """How many squares of `size` x `size` pixels can be cut out of a picture: one for each place.

    Two neighboring squares share nearly all their pixels, so this number says little about how
    much a network can learn from one picture.

    Raises:
        ValueError: for a size below 1, or larger than the picture.

    Example:
        >>> possible_crops(1080, 1920, 512), possible_crops(2160, 3840, 512)
        (801721, 5489521)
    """
    if not 1 <= size <= min(height, width):
        raise ValueError(f"size must be 1 to {min(height, width)}, not {size}")
    return (height - size + 1) * (width - size + 1)


def random_crops(images: Tensor, size: int, generator: torch.Generator | None = None) -> Tensor:
    """One square of each image of a batch, from a random place; all places are equally probable.

    The squares are cut on the device of the batch. Only their places are drawn on the CPU, so that
    the same generator gives the same crops on every device. Nothing waits for the device.

    Args:
        images: `(N, C, H, W)`, of any dtype, such as uint8 frames of a film.
        size: the side of the crops, in pixels.
        generator: a CPU generator; None is torch's default one.

    Returns:
        `(N, C, size, size)`, of the same dtype and on the same device, in channels-last memory.

    Raises:
        ValueError: for a size below 1, or larger than the images.

    Example:
        >>> images = torch.arange(2 * 3 * 8 * 9, dtype=torch.uint8).view(2, 3, 8, 9)
        >>> random_crops(images, 5, torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 5, 5])
    """
    n, _, height, width = images.shape
    possible_crops(height, width, size)
    top = torch.randint(height - size + 1, (n,), generator=generator)
    left = torch.randint(width - size + 1, (n,), generator=generator)
    pixels, index = images.permute(0, 2, 3, 1), torch.arange(n)
    if images.device.type == "cpu":
        cut = cut_with_numpy(pixels.numpy(), index.numpy(), top.numpy(), left.numpy(), size)
        crops = torch.from_numpy(cut)
    else:
        crops = cut_with_torch(pixels, index, top, left, size)
    return crops.permute(0, 3, 1, 2)
