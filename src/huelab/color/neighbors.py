"""Values that spread from a few pixels to all others, as one sparse system of linear equations.

A weight joins each pair of neighboring pixels: the more alike their L*, the larger the weight.
Known values stay, and each other value is the weighted mean of its neighbors (Levin, Lischinski
and Weiss 2004). The matrix of this system is the Laplacian of a graph. It is symmetric, and its
eigenvalues are positive as soon as one value is known. Multigrid and conjugate gradients can
therefore solve large systems.
"""

from typing import Any

import numpy as np

from huelab.storage import HueLabError

#: Systems of more unknown pixels than this are solved by conjugate gradients, because the factors
#: of a matrix grow faster than the picture.
DIRECT = 1 << 17
#: The norm of the residual at which conjugate gradients stop, relative to that of the right side.
TOLERANCE = 1e-5

_NEXT, _CORNERS = ((0, 1), (1, 0)), ((1, 1), (1, -1))


def laplacian(lightness: np.ndarray, variance: float | np.ndarray, *, corners: bool = False) -> Any:
    """The matrix D - W of a picture, with W_ij = exp(-(L_i - L_j)^2 / (v_i + v_j)).

    Args:
        lightness: L* `(H, W)` in 0..100.
        variance: v in Lab units squared, one for all or `(H, W)`. It says how large a difference
            in lightness may be within one object.
        corners: whether pixels that touch at a corner are neighbors too: eight instead of four.

    Returns:
        A sparse array `(H W, H W)`. D is diagonal and holds the sums of the rows of W.

    Raises:
        HueLabError: if SciPy is not installed.

    Example:
        >>> laplacian(np.array([[50.0, 50.0, 53.0]]), 4.5).toarray().round(2)
        array([[ 1.  , -1.  ,  0.  ],
               [-1.  ,  1.37, -0.37],
               [ 0.  , -0.37,  0.37]])
    """
    sparse = _scipy("scipy.sparse")
    levels, bounds = lightness.ravel(), np.broadcast_to(variance, lightness.shape).ravel()
    one, other = _pairs(lightness.shape, _NEXT + _CORNERS if corners else _NEXT)
    weight = np.exp(-((levels[one] - levels[other]) ** 2) / (bounds[one] + bounds[other]))
    places = (np.concatenate([one, other]), np.concatenate([other, one]))
    pairs = sparse.coo_array((np.tile(weight, 2), places), shape=(levels.size, levels.size))
    return (sparse.diags_array(pairs.sum(1)) - pairs).tocsr()


def fill(matrix: Any, known: np.ndarray, fixed: np.ndarray, *, direct: int = DIRECT) -> np.ndarray:
    """Keep the known values and solve for the others.

    Args:
        matrix: symmetric `(P, P)`, made by `laplacian`, perhaps with more on its diagonal.
        known: `(P, C)`; only the fixed rows count.
        fixed: `(P,)`, true where values are known.
        direct: the largest number of unknowns for which the matrix is factored; conjugate
            gradients solve larger systems.

    Returns:
        `(P, C)`, such that `matrix @ result` is zero in each row that is not fixed.

    Raises:
        HueLabError: if SciPy is not installed, or for a large system pyamg; if conjugate gradients
            do not converge.

    Example:
        >>> line = laplacian(np.full((1, 5), 50.0), 1.0)
        >>> ends = np.array([[8.0], [0], [0], [0], [4]])
        >>> fill(line, ends, np.array([True, False, False, False, True])).ravel().round(6)
        array([8., 7., 6., 5., 4.])
    """
    values = np.array(known, np.float64)
    free = matrix[~fixed]
    pushed = -(free[:, fixed] @ values[fixed])
    system = free[:, ~fixed]
    solve = _factored if system.shape[0] <= direct else _iterated
    values[~fixed] = solve(system, pushed)
    return values


def _pairs(
    shape: tuple[int, ...], steps: tuple[tuple[int, int], ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The indices of all pairs of pixels that are one of the steps (down, right) apart."""
    height, width = shape
    place = np.arange(height * width).reshape(height, width)
    ones, others = [], []
    for down, right in steps:
        left = max(0, -right)
        ones.append(place[: height - down, left : width - max(0, right)].ravel())
        others.append(place[down:, left + right : width + min(0, right)].ravel())
    return np.concatenate(ones), np.concatenate(others)


def _factored(system: Any, pushed: np.ndarray) -> np.ndarray:
    splu = _scipy("scipy.sparse.linalg").splu
    # The matrix is symmetric and positive definite, so it needs no pivots. The order of its columns
    # keeps the factors small.
    how: dict[str, Any] = {"diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    solved: np.ndarray = splu(system.tocsc(), "MMD_AT_PLUS_A", **how).solve(pushed)
    return solved


def _iterated(system: Any, pushed: np.ndarray) -> np.ndarray:
    """Conjugate gradients with an algebraic multigrid as preconditioner, channel by channel."""
    sparse, linalg = _scipy("scipy.sparse"), _scipy("scipy.sparse.linalg")
    try:
        from pyamg import smoothed_aggregation_solver
    except ModuleNotFoundError as error:
        raise HueLabError(_MISSING.format("pyamg")) from error
    # Scaling makes the diagonal 1. Otherwise a pixel with small weights would hardly count.
    scale = 1 / np.sqrt(system.diagonal())
    scaled = sparse.csr_matrix(sparse.diags_array(scale) @ system @ sparse.diags_array(scale))
    cycle = smoothed_aggregation_solver(scaled).aspreconditioner()
    solved = []
    for side in (pushed * scale[:, None]).T:
        found, unfinished = linalg.cg(scaled, side, rtol=TOLERANCE, maxiter=300, M=cycle)
        if unfinished:
            raise HueLabError(
                "the colors between the hints did not converge in 300 iterations; use more hints"
            )
        solved.append(found * scale)
    return np.stack(solved, 1)


_MISSING = "hints need {}; `pip install 'huelab[hints]'` installs it"


def _scipy(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise HueLabError(_MISSING.format("SciPy")) from error
