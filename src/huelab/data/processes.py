"""Several processes that work on one run: who writes, and how what each measured comes together."""

import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor


def is_first() -> bool:
    """Whether this process is the one that writes files and speaks; alone, it is.

    Also right before Lightning has connected the processes, which it does when training begins.
    """
    return rank_zero_only.rank == 0


def rank() -> int:
    """The number of this process among those that are connected, from 0."""
    return torch.distributed.get_rank() if _connected() else 0


def gathered(values: Tensor) -> Tensor:
    """The values of all processes one after the other, `(n,)` each, n may differ; on the CPU."""
    values = values.cpu()
    if not _connected():
        return values
    everyone: list[Tensor] = [values] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(everyone, values)
    return torch.cat(everyone)


def _connected() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()
