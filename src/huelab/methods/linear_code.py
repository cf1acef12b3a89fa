"""The best linear code: how much of a picture 256 numbers can hold without any network."""

from collections.abc import Iterable

import torch
from torch import Generator, Tensor

from huelab.color import rgb_to_gray
from huelab.methods.any_size import tiled
from huelab.methods.colorizer import Colorizer, Guide


class LinearCode(Colorizer):
    """Gray to RGB by the linear map of limited rank that is best on the training set.

    Reduced-rank regression finds it (Izenman 1975): least squares first, and then the `code`
    directions in which the predictions vary most. An autoencoder without activations could learn
    this map and no better one.

    Example:
        >>> images = torch.rand(1, 1, 4, 4).expand(1, 3, 4, 4)
        >>> method = LinearCode.fit([images], code=2)
        >>> method.colorize(images[:, :1]).sub(images).abs().amax() < 1e-3  # it saw only this one
        tensor(True)
    """

    def __init__(self, encoder: Tensor, decoder: Tensor, offset: Tensor, gray_formula: str):
        """
        Args:
            encoder: `(side * side, code)`, applied to gray minus 1/2.
            decoder: `(code, 3 * side * side)`, applied to the code.
            offset: `(3 * side * side,)`, added at the end.
            gray_formula: the formula of the gray that it was fitted to.
        """
        self.encoder, self.decoder, self.offset = encoder, decoder, offset
        self.side, self.gray_formula = round(len(encoder) ** 0.5), gray_formula

    @classmethod
    def fit(
        cls, batches: Iterable[Tensor], code: int = 256, gray_formula: str = "rec601"
    ) -> "LinearCode":
        """Read training pictures, RGB `(N, 3, side, side)`, all of one size, and solve for the map.

        Raises:
            ValueError: without a picture, if they are not square, or for a code below 1.
        """
        if code < 1:
            raise ValueError(f"code must be at least 1, not {code}")
        moments = None
        for rgb in batches:
            values = rgb.double() / 255 if rgb.dtype == torch.uint8 else rgb.double()
            gray = rgb_to_gray(values.float(), gray_formula).double().flatten(1) - 0.5
            gray = torch.cat([gray, gray.new_ones(len(gray), 1)], 1)
            found = gray.T @ gray, gray.T @ values.flatten(1)
            moments = found if moments is None else (moments[0] + found[0], moments[1] + found[1])
            height, width = rgb.shape[2:]
        if moments is None or height != width:
            raise ValueError("a linear code needs square training pictures, at least one")
        inner, outer = (moment.cpu() for moment in moments)
        # A small ridge penalty is for directions in which the training pictures do not vary.
        ridge = 1e-6 * inner.diagonal()[:-1].mean() * torch.ones_like(inner.diagonal())
        ridge[-1] = 0
        slope = torch.linalg.solve(inner + ridge.diag(), outer)[:-1]
        # The offset costs nothing, so only the variation around the mean has to pass the code.
        n = inner[-1, -1]
        mean_in, mean_out = inner[-1, :-1] / n, outer[-1] / n
        varying = inner[:-1, :-1] / n - mean_in.outer(mean_in)
        spread = torch.linalg.eigh(slope.T @ varying @ slope).eigenvectors
        decoder = spread[:, -code:].T
        encoder = slope @ decoder.T
        offset = mean_out - mean_in @ encoder @ decoder
        return cls(encoder.float(), decoder.float(), offset.float(), gray_formula)

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return tiled(self._predict, gray, self.side)

    def _predict(self, gray: Tensor) -> Tensor:
        code = (gray.flatten(1) - 0.5) @ self.encoder.to(gray)
        colored = code @ self.decoder.to(gray) + self.offset.to(gray)
        return colored.view(-1, 3, self.side, self.side)
