"""The objectives of a generator and a discriminator (paper 004, equations 1 to 8).

The output of a discriminator D is logits: log D is `logsigmoid(logits)`, and log(1 - D) is
`logsigmoid(-logits)`. Both stay finite where a sigmoid would round to 0 or 1. Training minimizes
everything here; where the paper maximizes, the sign is changed.
"""

from torch import Tensor
from torch.nn import functional as F


def discriminator_loss(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """-E log D(x) and -E log(1 - D(G(z))); equations 2 and 8 minimize their sum.

    Args:
        real, fake: logits of any shape, for true images and for those of the generator.

    Returns:
        Two scalars.

    Example:
        >>> import torch
        >>> undecided = torch.zeros(3)
        >>> [round(term.item(), 4) for term in discriminator_loss(undecided, undecided)]
        [0.6931, 0.6931]
    """
    return -F.logsigmoid(real).mean(), -F.logsigmoid(-fake).mean()


def saturating(fake: Tensor) -> Tensor:
    """E log(1 - D(G(z))), equation 1: its gradient vanishes where D is sure that images are fake.

    It takes logits of any shape and gives a scalar.

    Example:
        >>> import torch
        >>> fake = torch.tensor([-10.0], requires_grad=True)
        >>> saturating(fake).backward()
        >>> fake.grad.abs().item() < 1e-4
        True
    """
    return F.logsigmoid(-fake).mean()


def non_saturating(fake: Tensor) -> Tensor:
    """-E log D(G(z)), equation 4: its gradient is largest where D is sure that images are fake.

    It takes logits of any shape and gives a scalar.

    Example:
        >>> import torch
        >>> fake = torch.tensor([-10.0], requires_grad=True)
        >>> non_saturating(fake).backward()
        >>> round(fake.grad.item(), 3)
        -1.0
    """
    return -F.logsigmoid(fake).mean()


#: The adversarial term of the generator, by the name that recipes use.
GENERATOR_LOSSES = {"non_saturating": non_saturating, "saturating": saturating}
