"""A trained method as an ONNX file, for programs without Python: browsers, phones, other languages.

The file takes L* and gives a*b*, both in Lab units. Three steps of `huelab.colorize` are left to
the program that uses the file: it computes L* from a picture, fits colors to the gamut, and carries
the colors up to a large picture.
"""

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from huelab.color.upsample import EPSILON, RADIUS, fit_lines
from huelab.methods.colorizer import LabColorizer, Learned
from huelab.storage import HueLabError, write_whole

if TYPE_CHECKING:
    from onnx import ModelProto

#: Version of ONNX's operators: the first whose Resize and Pad do everything that is used here.
OPSET = 18


class Exported(nn.Module):
    """What the file computes: a*b* `(N, 2, H, W)` for L* `(N, 1, H, W)` of any size.

    It is the method's network, without branches. The input is padded to the multiple that the
    network needs. If the network gives a*b* at a smaller size, they are carried up along the edges
    of L*.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> network = FirstColor(width=2).eval()
        >>> lightness = torch.full((1, 1, 20, 30), 50.0)
        >>> torch.equal(Exported(network)(lightness), network.padded(lightness))
        True
    """

    def __init__(self, network: Learned):
        super().__init__()
        self.network = network
        side = 4 * network.multiple
        with torch.no_grad():
            #: How many times smaller the network's a*b* are than its input.
            self.factor = side // self.network(torch.zeros(1, 1, side, side)).shape[-1]

    def forward(self, lightness: Tensor) -> Tensor:
        height, width = lightness.shape[-2:]
        below, right = -height % self.network.multiple, -width % self.network.multiple
        padded = F.pad(lightness, (0, right, 0, below), mode="replicate")
        ab = self.network(padded)
        if self.factor > 1:
            lines = fit_lines(ab, F.avg_pool2d(padded, self.factor), RADIUS, EPSILON)
            slope, offset = F.interpolate(
                lines, scale_factor=self.factor, mode="bilinear", align_corners=False
            ).chunk(2, 1)
            ab = slope * padded + offset
        return ab[..., :height, :width]


def export_onnx(
    method: object,
    path: str | os.PathLike,
    *,
    about: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a trained method as an ONNX file with the input `lightness` and the output `ab`.

    The number, the height and the width of the pictures are free. Networks that see every picture
    at one size (such as HueNet) need pictures whose shorter side has that size. The file's metadata
    names it as `shorter side`.

    Args:
        method: a network that predicts a*b* from L*, on the CPU.
        path: the file to write; it appears whole or not at all.
        about: texts for the file's metadata.
        overwrite: whether an existing file is replaced.

    Returns:
        The path of the file.

    Raises:
        HueLabError: for another kind of method, for a network that PyTorch cannot export, or if
            onnx and onnxscript are not installed.
        FileExistsError: if the file exists and `overwrite` is false.

    Example:
        >>> from huelab.methods.baselines import Sepia
        >>> export_onnx(Sepia(), "sepia.onnx")
        Traceback (most recent call last):
            ...
        huelab.storage.HueLabError: Sepia is not a network that predicts a*b* from L*; ...
    """
    name = type(method).__name__
    if not (isinstance(method, Learned) and isinstance(method, LabColorizer)):
        raise HueLabError(
            f"{name} is not a network that predicts a*b* from L*; HueLab exports only such networks"
        )
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(17, "exists; --overwrite replaces it", os.fspath(path))
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ModuleNotFoundError as error:
        raise HueLabError(
            "the export needs onnx; `pip install 'huelab[onnx]'` installs it"
        ) from error
    wanted = {"method": name, "input": "L* of CIE Lab (D65), 0 to 100", "output": "a* and b*"}
    side = getattr(method, "side", None)
    wanted |= {"shorter side": "any" if side is None else str(side), **(about or {})}
    return write_whole(Path(path), _onnx(method, wanted), overwrite=overwrite)


def _onnx(network: Learned, about: Mapping[str, str]) -> bytes:
    # Height and width are no multiples of what the network needs, so that the export keeps the
    # padding.
    example = torch.full((2, 1, 4 * network.multiple + 5, 5 * network.multiple + 3), 50.0)
    try:
        model = as_model(Exported(network), {"lightness": example}, "ab", {"lightness": (0, 2, 3)})
    except (RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise HueLabError(f"{type(network).__name__} cannot be exported: {reason}") from error
    for key, text in about.items():
        model.metadata_props.add(key=key, value=text)
    return model.SerializeToString()


def as_model(
    module: nn.Module,
    example: Mapping[str, Tensor],
    output: str,
    free: Mapping[str, Collection[int]],
    *,
    optimize: bool = True,
) -> "ModelProto":
    """A module as an ONNX model.

    Args:
        module: takes the tensors of `example` in this order, and gives one tensor.
        example: tensors by the names of the inputs.
        output: name of the output.
        free: the dimensions of each input that may have any size; inputs that are not named have
            the shape of the example.
        optimize: whether the exporter fuses operators, which changes the constants.

    Raises:
        RuntimeError, TypeError, ValueError: from PyTorch, for a module that it cannot export.

    Example:
        >>> model = as_model(torch.nn.Flatten(), {"x": torch.zeros(2, 3, 4)}, "y", {"x": [0]})
        >>> [value.name for value in (*model.graph.input, *model.graph.output)]
        ['x', 'y']
    """
    sizes = {
        name: dict.fromkeys(free[name], torch.export.Dim.DYNAMIC) if name in free else None
        for name in example
    }
    with _quiet():
        program = torch.onnx.export(
            module.eval(),
            tuple(example.values()),
            dynamo=True,
            dynamic_shapes=tuple(sizes.values()),
            input_names=list(example),
            output_names=[output],
            opset_version=OPSET,
            optimize=optimize,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter's own messages."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
