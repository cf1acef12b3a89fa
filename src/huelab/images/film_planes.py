"""Read a film's brightness, its plane Y', exactly as stored, and make frames from planes.

HueLab colors a film without converting it to RGB and back: it copies Y', and only the two color
planes are new. So the grain, the bit depth, and values outside the nominal range stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from huelab.images.film_pixels import EXACT, MATRICES, colors_of, filtered

if TYPE_CHECKING:
    import av

#: Weights of red and blue in Y', by the code of the matrix in ITU-T H.273: BT.709, FCC, BT.601
#: (twice), SMPTE 240M, BT.2020.
WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
_PLANAR = re.compile(r"(?:gray|yuva?j?(?:444|440|422|420|411|410)p)(\d\d?)?(?:le)?")
_LIMITED, _FULL = 1, 2
_MATRIX_OF = {"": 0} | {name: number for number, name in reversed(MATRICES.items())}


@dataclass(frozen=True)
class Kind:
    """How the frames of a film are stored, and how those of the result will be.

    Attributes:
        width, height: in stored pixels, before rotation; the pixels need not be square.
        bits: of each value of the result: 8, 10 or 12.
        across, down: how many pixels share a color in each direction, 1 or 2.
        matrix: its code in ITU-T H.273, a key of `WEIGHTS`.
        full: whether all values are used; otherwise black and white are at 16 and 235 of 255.
        primaries, transfer: their codes in ITU-T H.273.

    Example:
        >>> Kind(720, 576, 10, 2, 2, 5, False).form, Kind(720, 576, 8, 1, 1, 1, False).form
        ('yuv420p10le', 'yuv444p')
        >>> deep = Kind(720, 576, 10, 2, 2, 5, False)
        >>> deep.levels, deep.weights, deep.tags
        ((64, 876, 896), (0.299, 0.114), (5, 2, 2))
    """

    width: int
    height: int
    bits: int
    across: int
    down: int
    matrix: int
    full: bool
    primaries: int = 2
    transfer: int = 2

    @property
    def form(self) -> str:
        """FFmpeg's name of the pixel format of the result."""
        sampling = {(2, 2): "420", (2, 1): "422", (1, 1): "444"}[self.across, self.down]
        return f"yuv{sampling}p{'' if self.bits == 8 else f'{self.bits}le'}"

    @property
    def levels(self) -> tuple[int, int, int]:
        """The level of black, the span from black to white, and the span of the color planes."""
        if self.full:
            return 0, (1 << self.bits) - 1, (1 << self.bits) - 1
        step = 1 << (self.bits - 8)
        return 16 * step, 219 * step, 224 * step

    @property
    def tags(self) -> tuple[int, int, int]:
        """Matrix, primaries and transfer by their codes in ITU-T H.273."""
        return self.matrix, self.primaries, self.transfer

    @property
    def weights(self) -> tuple[float, float]:
        """The weights of red and blue in Y'."""
        return WEIGHTS[self.matrix]


def kind_of(frame: av.VideoFrame) -> Kind:
    """The kind of the result for a frame that a decoder gave.

    Pixels share colors as in the source where the size allows it. Most codecs cannot halve an odd
    width or height. With an odd height, rows therefore share no colors; with an odd width, no
    pixels do.

    Raises:
        ImageError: for colors that are not those of sRGB, such as HDR.

    Example:
        >>> import av
        >>> odd = av.VideoFrame(7, 6, "yuv420p")
        >>> kind_of(odd).form, kind_of(av.VideoFrame(8, 6, "gray10le")).form
        ('yuv444p', 'yuv420p10le')
    """
    matrix, tagged = _MATRIX_OF[colors_of(frame)[0]], int(frame.colorspace)
    matrix = tagged if matrix and tagged in WEIGHTS else matrix
    form, shared = frame.format, not matrix or frame.format.name.startswith("gray")
    across = 2 if shared or form.chroma_width(8) < 8 else 1
    down = 2 if shared or form.chroma_height(8) < 8 else 1
    across = 1 if frame.width % 2 else across
    down = 1 if frame.height % 2 or across == 1 else down
    bits = max((part.bits for part in form.components), default=8)
    kept = 8 if bits <= 8 else 10 if bits <= 10 else 12
    tags = int(frame.color_primaries), int(frame.color_trc)
    # RGB has no Y' to keep. It is made with the matrix of BT.709.
    return Kind(frame.width, frame.height, kept, across, down, matrix or 1, _is_full(frame), *tags)


def _is_full(frame: av.VideoFrame) -> bool:
    matrix, span = colors_of(frame)
    tagged = int(frame.color_range) == _LIMITED and frame.format.name.startswith("gray")
    return bool(matrix) and span == "pc" and not tagged


def luma(frame: av.VideoFrame, kind: Kind) -> np.ndarray:
    """The plane Y' as the film stores it: `(height, width)`, uint8, or uint16 above 8 bits.

    Values of 9 bits are shifted up to 10, which loses nothing. Values of more than 12 bits are
    rounded.

    Example:
        >>> import av
        >>> gray = av.VideoFrame.from_ndarray(np.array([[1, 2], [3, 4]], np.uint8), "gray")
        >>> luma(gray, kind_of(gray))
        array([[1, 2],
               [3, 4]], dtype=uint8)
    """
    found = _PLANAR.fullmatch(frame.format.name)
    if not found:
        to_yuv = f"out_color_matrix=bt709:out_range=tv:flags={EXACT}"
        is_rgb = frame.format.is_rgb or frame.format.has_palette
        steps = [("scale", to_yuv)] if is_rgb else []
        name = frame.format.name
        form = name.replace("be", "le") if name.startswith("gray") else kind.form
        return luma(filtered(frame, *steps, ("format", form)), kind)
    bits = int(found[1] or 8)
    plane = _view(frame.planes[0], bits)[: frame.height, : frame.width]
    if bits > kind.bits:
        rounded = (plane.astype(np.uint32) + (1 << (bits - kind.bits - 1))) >> (bits - kind.bits)
        return rounded.clip(0, (1 << kind.bits) - 1).astype(np.uint16)
    return plane << (kind.bits - bits) if bits < kind.bits else plane.copy()


def frame_of(planes: tuple[np.ndarray, np.ndarray, np.ndarray], kind: Kind) -> av.VideoFrame:
    """A frame made of the planes Y', U and V, which have the type that `luma` gives.

    Y' is `(height, width)`. U and V are smaller by `kind.down` and `kind.across`.

    Example:
        >>> kind = Kind(4, 2, 8, 2, 2, 1, False)
        >>> gray, none = np.full((2, 4), 90, np.uint8), np.full((1, 2), 128, np.uint8)
        >>> frame = frame_of((gray, none, none), kind)
        >>> frame.format.name, luma(frame, kind)[0]
        ('yuv420p', array([90, 90, 90, 90], dtype=uint8))
    """
    import av

    frame = av.VideoFrame(kind.width, kind.height, kind.form)
    for plane, values in zip(frame.planes, planes, strict=True):
        _view(plane, kind.bits)[: values.shape[0], : values.shape[1]] = values
    # The encoder follows the tags of a frame rather than its own settings.
    frame.color_range = _FULL if kind.full else _LIMITED
    frame.colorspace, frame.color_primaries, frame.color_trc = kind.tags
    return frame


def _view(plane: Any, bits: int) -> np.ndarray:
    """The memory of a plane, with the padding of each row."""
    return np.frombuffer(plane, np.uint8 if bits <= 8 else "<u2").reshape(plane.height, -1)
