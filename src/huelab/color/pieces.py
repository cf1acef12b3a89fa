"""Work on large images in pieces, each small enough for a CPU's cache and each done by one thread.

The intermediate results of a conversion are several times the size of the image. Writing them to
memory and reading them back costs more than the arithmetic. PyTorch's own threads share every
single operation. On pieces that fit into a cache, they wait for each other longer than they work.
Here every thread takes whole pieces, and the operations inside a piece use that one thread.

On other devices, for small tensors, and where a gradient is recorded, the image stays in one piece.
"""

import functools
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual

# Pixels of a piece. With three channels, a piece and its temporaries stay in or near the
# second-level cache. An operation still takes much longer than calling it from Python.
_PIXELS = 1 << 16
# PyTorch gives operations on fewer values than this to one thread anyway (its GRAIN_SIZE).
_UNSHARED = 1 << 15


def by_pixel(
    function: Callable[[Tensor], Tensor],
    image: Tensor,
    channels: int = 3,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """Apply a function of single pixels to images `(..., C, H, W)`.

    Args:
        function: makes `(..., channels, h, w)` from a piece `(..., C, h, w)`.
        image: on any device.
        channels: how many channels the function makes.
        dtype: of the values that the function makes; None means float32, or float64 for float64
            images.

    Returns:
        `(..., channels, H, W)`.

    Example:
        >>> image = torch.ones(2, 3, 4, 5)
        >>> by_pixel(lambda piece: piece.sum(-3, keepdim=True), image, channels=1).shape
        torch.Size([2, 1, 4, 5])
    """
    shape = (*image.shape[:-3], channels, *image.shape[-2:])
    dims = [*range(image.ndim - 3), image.ndim - 2, image.ndim - 1]
    return _apply(function, image, shape, dims, dtype)


def by_value(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """Apply a function of single values to a tensor of any shape and device.

    Returns:
        A tensor of the same shape, float32, or float64 for float64 values.

    Example:
        >>> by_value(torch.sqrt, torch.tensor([4.0, 9.0]))
        tensor([2., 3.])
    """
    return _apply(function, values, values.shape, range(values.ndim), None)


def _apply(
    function: Callable[[Tensor], Tensor],
    image: Tensor,
    shape: Sequence[int],
    dims: Sequence[int],
    dtype: torch.dtype | None,
) -> Tensor:
    if image.numel() < _UNSHARED or not _may_be_cut(image):
        return function(image)
    result = _empty(shape, dtype or _float_like(image))

    _keep_memory()
    threads = torch.get_num_threads()
    share = -(-_count(image, dims) // threads)
    pieces = deque(_cut(image, result, dims, min(_PIXELS, share)))

    @torch.inference_mode()
    def work(_: object = None) -> None:
        while pieces:
            try:
                source, target = pieces.popleft()
            except IndexError:  # another thread has just taken the last piece
                return
            target.copy_(function(source))

    # Each thread has one task and takes pieces until none is left. A task for each piece would wake
    # this thread after each piece, and the others would wait for Python's lock meanwhile.
    # The list asks every task for its result, so that an error in a thread is raised here.
    list(map(work, [0]) if threads == 1 else _pool(threads).map(work, range(threads)))
    return result


def _may_be_cut(image: Tensor) -> bool:
    """Whether other threads may do the work: tracing and autograd need it in this thread."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or image.device.type != "cpu":
        return False
    if type(image) not in (Tensor, torch.nn.Parameter):
        return False
    # True inside torch.func.vmap, grad and jvp. No public module has this function.
    transformed = torch._C._functorch.is_functorch_wrapped_tensor(image)
    backward = image.requires_grad and torch.is_grad_enabled()
    return not (transformed or backward or unpack_dual(image).tangent is not None)


def _cut(
    source: Tensor, target: Tensor, dims: Sequence[int], pixels: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Views of source and target of at most `pixels` pixels, cut along outer dimensions first."""
    count = _count(source, dims)
    if not dims or count <= pixels:
        yield source, target
        return
    dim, *rest = dims
    step = max(1, pixels * source.shape[dim] // count)
    for pair in zip(source.split(step, dim), target.split(step, dim), strict=True):
        yield from _cut(*pair, rest, pixels)


def _count(image: Tensor, dims: Sequence[int]) -> int:
    return math.prod(image.shape[dim] for dim in dims)


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads inside which PyTorch's operations use one thread each."""
    pool = ThreadPoolExecutor(threads, "huelab-color", initializer=_use_one_thread)
    # The number of threads belongs to the thread that sets it. But MKL and threads that start later
    # use it too, so this thread sets its own again when all threads of the pool have started.
    started = threading.Barrier(threads + 1)
    for _ in range(threads):
        pool.submit(started.wait)
    started.wait()
    torch.set_num_threads(threads)
    return pool


def _use_one_thread() -> None:
    # The first call of get_num_threads sets the number to the default, so it must come first.
    torch.get_num_threads()
    torch.set_num_threads(1)


# A forked process inherits the pool but none of its threads, so it makes a pool of its own.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)


@functools.cache
def _keep_memory() -> None:
    """Let the C library keep the memory of one piece for the next; one call a process is enough.

    By default glibc returns blocks of this size to the system at once, and asking for them again
    takes longer than the arithmetic. When a larger block is freed, glibc keeps blocks up to that
    size, at most 32 MB.
    """
    torch.empty(31 << 20, dtype=torch.uint8)


def _float_like(image: Tensor) -> torch.dtype:
    return torch.float64 if image.dtype == torch.float64 else torch.float32


def _empty(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    # NumPy asks the kernel for huge pages, and touching fresh memory then takes a fifth as long.
    name = str(dtype).removeprefix("torch.")
    return torch.from_numpy(np.empty(tuple(shape), name))
