"""Whether a classifier recognizes a colorized picture: Zhang, Isola and Efros 2016, section 3.1.

Plausible colors help a network that was trained on color photographs. So its answers on colorized
pictures should be better than those on gray ones and worse than those on the truth.
"""

from torch import Tensor


def top1_accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Whether each first answer is the right class.

    Args:
        logits: `(N, K)`, the classifier's output.
        labels: int64 `(N,)`, class numbers of that classifier; -1 for a picture of unknown class.

    Returns:
        Float `(N,)`, 0 or 1, NaN for an unknown class; its mean is the accuracy.

    Example:
        >>> import torch
        >>> top1_accuracy(torch.eye(3), torch.tensor([0, 2, -1]))
        tensor([1., 0., nan])
    """
    right = (logits.argmax(1) == labels).to(logits.dtype)
    return right.masked_fill_(labels < 0, float("nan"))


def top1_agreement(logits: Tensor, logits_true: Tensor) -> Tensor:
    """Whether each first answer is the one that the true picture gets; this needs no labels.

    Args:
        logits: `(N, K)`, the classifier's output on colorized pictures.
        logits_true: `(N, K)`, its output on the true ones.

    Returns:
        Float `(N,)`, 0 or 1; its mean is the agreement.

    Example:
        >>> import torch
        >>> top1_agreement(torch.eye(3), torch.eye(3).flip(0))
        tensor([0., 1., 0.])
    """
    return (logits.argmax(1) == logits_true.argmax(1)).to(logits.dtype)
