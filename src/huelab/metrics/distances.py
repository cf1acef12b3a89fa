"""Distances between two sets of pictures, from the features that a frozen network gives them.

Neither distance is called FID or KID, because those names belong to the reference weights of
Inception-v3. A distance is meaningless without the network, the resizer and n, so `distance_name`
puts all three into its name.
"""

import torch
from torch import Tensor

_ROWS = 1024  # rows of a kernel matrix that are in memory at once


def distance_name(
    kind: str, extractor: str, resizer: str, n: int, n_true: int | None = None
) -> str:
    """The name of a distance in records, such as `fd_squeezenet_bilinear224_n500`.

    Args:
        kind: `fd`, the Fréchet distance, or `kd`, the kernel distance.
        extractor: the network, such as `inception_tv` (torchvision's Inception-v3) or `squeezenet`.
        resizer: how pictures were brought to the network's size, such as `bilinear299`.
        n: number of pictures in the set that is measured.
        n_true: number of pictures in the set that it is compared with, if that differs.

    Raises:
        ValueError: for another kind.

    Example:
        >>> distance_name("fd", "squeezenet", "bilinear224", 500)
        'fd_squeezenet_bilinear224_n500'
    """
    if kind not in ("fd", "kd"):
        raise ValueError(f"a distance is fd (Fréchet) or kd (kernel), not {kind!r}")
    count = f"n{n}" if n_true in (None, n) else f"n{n}v{n_true}"
    return "_".join((kind, extractor, resizer, count))


def frechet_distance(pred: Tensor, true: Tensor) -> Tensor:
    """Squared Fréchet distance between Gaussians fitted to two sets of features.

    `|m1 - m2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2))`, Dowson and Landau 1982; on features, Heusel et
    al. 2017. Covariances divide by n - 1. No matrix root is computed: with S1 = A'A and S2 = B'B,
    the trace of the root is the sum of the singular values of A B'. This stays exact where there
    are fewer pictures than features, so that S1 S2 is singular.

    The distance falls as n grows, so never compare values of different n.

    Args:
        pred, true: `(N, D)` and `(M, D)`, any floating type. The distance is computed in float64 on
            the CPU, because not every device has float64.

    Returns:
        A float64 scalar, at least 0.

    Raises:
        ValueError: for fewer than two pictures in a set, or different D.

    Example:
        >>> features = torch.tensor([[0.0], [1.0], [2.0]])
        >>> frechet_distance(features + 3, features)
        tensor(9., dtype=torch.float64)
    """
    pred, true = _check_features(pred, true)
    return _distance(pred.mean(0), _factor(pred), true.mean(0), _factor(true))


def frechet_distance_of_gaussians(
    mean1: Tensor, covariance1: Tensor, mean2: Tensor, covariance2: Tensor
) -> Tensor:
    """Squared Fréchet distance between two Gaussians given by mean `(D,)` and covariance `(D, D)`.

    Use it for statistics that others have published. The result is a float64 scalar.

    Example:
        >>> mean, covariance = torch.zeros(2), torch.eye(2)
        >>> frechet_distance_of_gaussians(mean, covariance, mean + 1, covariance)
        tensor(2., dtype=torch.float64)
    """
    first, second = mean1.double().cpu(), mean2.double().cpu()
    return _distance(first, _root(covariance1), second, _root(covariance2))


def kernel_distance(pred: Tensor, true: Tensor) -> Tensor:
    """Squared maximum mean discrepancy of two sets of features, the unbiased estimate.

    The kernel is (x'y / D + 1)^3, Binkowski et al. 2018, section 4. The estimate uses all pairs and
    not random subsets of them. Its expectation does not depend on n. Where the sets are alike, the
    estimate may be a little below 0. torchmetrics has this distance only in float32 and for sets of
    equal size.

    Args:
        pred, true: `(N, D)` and `(M, D)`; computed in float64 on the CPU.

    Returns:
        A float64 scalar.

    Raises:
        ValueError: for fewer than two pictures in a set, or different D.

    Example:
        >>> features = torch.tensor([[0.0], [1.0]])
        >>> kernel_distance(features, features)  # of equal sets a little below 0
        tensor(-3.5000, dtype=torch.float64)
    """
    pred, true = _check_features(pred, true)
    n, m = len(pred), len(true)
    within_pred = _kernel_sum(pred, pred) - _kernel(pred.square().sum(1), pred.shape[1]).sum()
    within_true = _kernel_sum(true, true) - _kernel(true.square().sum(1), true.shape[1]).sum()
    between = _kernel_sum(pred, true)
    return within_pred / (n * (n - 1)) + within_true / (m * (m - 1)) - 2 * between / (n * m)


def _distance(mean1: Tensor, factor1: Tensor, mean2: Tensor, factor2: Tensor) -> Tensor:
    cross = torch.linalg.svdvals(factor1 @ factor2.T).sum()
    spread = factor1.square().sum() + factor2.square().sum() - 2 * cross
    return ((mean1 - mean2).square().sum() + spread).clamp(min=0)


def _factor(features: Tensor) -> Tensor:
    """A matrix A such that A'A is the covariance of `(N, D)` features; it has at most D rows."""
    centered = (features - features.mean(0)) / (len(features) - 1) ** 0.5
    return torch.linalg.qr(centered, mode="r").R if len(features) > features.shape[1] else centered


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance.double().cpu())
    return values.clamp(min=0).sqrt().unsqueeze(1) * vectors.T


def _kernel(products: Tensor, dimension: int) -> Tensor:
    return (products / dimension + 1) ** 3


def _kernel_sum(first: Tensor, second: Tensor) -> Tensor:
    rows = first.split(_ROWS)
    return torch.stack([_kernel(part @ second.T, first.shape[1]).sum() for part in rows]).sum()


def _check_features(pred: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    if pred.ndim != 2 or true.ndim != 2 or pred.shape[1] != true.shape[1]:
        shapes = f"{tuple(pred.shape)} and {tuple(true.shape)}"
        raise ValueError(f"expected features (N, D) and (M, D), got {shapes}")
    if min(len(pred), len(true)) < 2:
        raise ValueError(
            f"expected at least 2 pictures in each set, got {len(pred)} and {len(true)}"
        )
    return pred.double().cpu(), true.double().cpu()
