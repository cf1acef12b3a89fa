"""The pixels of a data set on the device of its batches: taken, cropped, mirrored.

NumPy and PyTorch can view an array as all its windows without copying, so that a batch of random
crops is one indexing expression, `windows[index, top, left]`. On the CPU, NumPy's indexing copies
whole rows of a window and is 200 times as fast as PyTorch's, which copies pixel by pixel.
"""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from huelab.color.batch import sent
from huelab.data.decode import PhotoSet


class Pixels:
    """The pixels of a data set as batches need them.

    Args:
        dataset: a `PhotoSet` with a size, or uint8 `(N, H, W, 3)`.
        device: the device of the results.

    Example:
        >>> pixels = Pixels(np.zeros((5, 8, 8, 3), np.uint8), torch.device("cpu"))
        >>> index = torch.tensor([4, 0])
        >>> pixels.take(index).shape, pixels.cut(index, index, index, side=4).shape
        (torch.Size([2, 8, 8, 3]), torch.Size([2, 4, 4, 3]))
        >>> pixels.resident is None  # the CPU reads the array itself
        True
        >>> pixels.array.shape
        (5, 8, 8, 3)
    """

    def __init__(self, dataset: PhotoSet | np.ndarray, device: torch.device):
        self.dataset, self.device = dataset, device

    @property
    def array(self) -> np.ndarray:
        """uint8 `(N, H, W, 3)`: usually a memory map, which reads only what is used."""
        return self.dataset.pixels if isinstance(self.dataset, PhotoSet) else self.dataset

    @cached_property
    def resident(self) -> Tensor | None:
        """The same pixels on the device; None if it is the CPU or has too little memory."""
        if self.device.type == "cpu" or self.array.nbytes > _room(self.device):
            return None
        tensor = torch.empty(self.array.shape, dtype=torch.uint8, device=self.device)
        for start in range(0, len(self.array), 256):  # never all of a memory map in RAM
            block = torch.from_numpy(np.array(self.array[start : start + 256]))
            tensor[start : start + 256] = block.to(self.device)
        return tensor

    def take(self, index: Tensor) -> Tensor:
        """The pictures `index` (int64 `(B,)`, on the CPU): uint8 `(B, H, W, 3)`, a copy."""
        if self.resident is not None:
            return self.resident.index_select(0, sent(index, self.device))
        return self._sent(self.array[index.numpy()])

    def cut(self, index: Tensor, top: Tensor, left: Tensor, side: int) -> Tensor:
        """One square of each picture `index`, from `(top, left)`: uint8 `(B, side, side, 3)`."""
        if self.resident is not None:
            return cut_with_torch(self.resident, index, top, left, side)
        pictures = cut_with_numpy(self.array, index.numpy(), top.numpy(), left.numpy(), side)
        return self._sent(pictures)

    def _sent(self, pictures: np.ndarray) -> Tensor:
        return sent(torch.from_numpy(np.asarray(pictures)), self.device)


def cut_with_numpy(
    pixels: np.ndarray, index: np.ndarray, top: np.ndarray, left: np.ndarray, side: int
) -> np.ndarray:
    """Squares cut out of uint8 `(N, H, W, 3)`, with NumPy: uint8 `(B, side, side, 3)`.

    `index`, `top` and `left` are `(B,)`; see `Pixels.cut`.

    Example:
        >>> pixels = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
        >>> one = np.array([1])
        >>> np.array_equal(cut_with_numpy(pixels, one, one, one, side=2)[0], pixels[1, 1:3, 1:3])
        True
    """
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (side, side), axis=(1, 2))
    return windows.transpose(0, 1, 2, 4, 5, 3)[index, top, left]


def cut_with_torch(pixels: Tensor, index: Tensor, top: Tensor, left: Tensor, side: int) -> Tensor:
    """The same with PyTorch, on any device: `(B, side, side, 3)`.

    `index`, `top` and `left` may be on the CPU.

    Example:
        >>> pixels = torch.arange(2 * 4 * 4 * 3).view(2, 4, 4, 3)
        >>> one = torch.tensor([1])
        >>> torch.equal(cut_with_torch(pixels, one, one, one, side=2)[0], pixels[1, 1:3, 1:3])
        True
    """
    windows = pixels.unfold(1, side, 1).unfold(2, side, 1).permute(0, 1, 2, 4, 5, 3)
    return windows[tuple(sent(each, pixels.device) for each in (index, top, left))]


def flip(pictures: Tensor, mirrored: Tensor) -> Tensor:
    """Mirror some of the pictures `(B, H, W, 3)` left to right, in place, and return all of them.

    `mirrored` is boolean `(B,)`, on the CPU, so that nothing waits for the device.

    Example:
        >>> row = torch.tensor([0, 1], dtype=torch.uint8).view(1, 1, 2, 1)
        >>> pictures = row.repeat(2, 1, 1, 3)  # two of 1 x 2 pixels
        >>> flip(pictures, torch.tensor([True, False]))[:, 0, :, 0]
        tensor([[1, 0],
                [0, 1]], dtype=torch.uint8)
    """
    which = sent(mirrored.nonzero().squeeze(1), pictures.device)
    # Seen as (B, 3, H, W) in channels-last order, flipping the last axis has a fast kernel.
    turned = pictures.index_select(0, which).permute(0, 3, 1, 2).flip(-1).permute(0, 2, 3, 1)
    if pictures.device.type == "cpu":
        # NumPy copies whole pictures; PyTorch would copy byte by byte.
        pictures.numpy()[which.numpy()] = turned.numpy()
    else:
        pictures[which] = turned
    return pictures


def _room(device: torch.device) -> int:
    """Bytes that a data set may take on a device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] // 2
    return 2 << 30  # there is no common way to ask other accelerators
