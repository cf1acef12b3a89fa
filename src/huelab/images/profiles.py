"""ICC profiles made from numbers, for files that give colors by chromaticities and a curve."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Curve(NamedTuple):
    """From a stored value x in 0..1 to linear light: `(a x + b)^g` from `d` on, `c x + f` below.

    The defaults give a pure power.

    Example:
        >>> curve = SRGB_CURVE
        >>> round((curve.a * 0.5 + curve.b) ** curve.g, 4)  # half of white, in linear light
        0.214
    """

    g: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    f: float = 0.0

    def stretched(self, black: float, white: float) -> "Curve":
        """The same curve for files that store `black` and `white` in place of 0 and 1.

        Example:
            >>> Curve(1.0).stretched(16 / 255, 235 / 255).a
            1.1643835616438356
        """
        scale = 1 / (white - black)
        a, b = self.a * scale, self.b - self.a * black * scale
        c, f = self.c * scale, self.f - self.c * black * scale
        return Curve(self.g, a, b, c, max(black, self.d / scale + black), f)


SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_REC709_CURVE = Curve(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_SMPTE240_CURVE = Curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912)

# Chromaticities x, y of white, red, green and blue.
_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
Chromaticities = Sequence[float]
SRGB: Chromaticities = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE_RGB: Chromaticities = (*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)

#: ITU-T H.273, table 2: color primaries by their code.
PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB,
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
#: ITU-T H.273, table 3: transfer characteristics by their code, if their largest value is white.
TRANSFERS: dict[int, Curve] = {
    **dict.fromkeys((1, 6, 14, 15), _REC709_CURVE),
    4: Curve(2.2),
    5: Curve(2.8),
    7: _SMPTE240_CURVE,
    8: Curve(1.0),
    13: SRGB_CURVE,
}

_D50 = np.array([0.9642, 1.0, 0.8249])  # rounded as in every ICC profile
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def rgb_profile(chromaticities: Chromaticities, curve: Curve) -> bytes:
    """An ICC profile (version 4.2, matrix and curves) of RGB colors.

    Args:
        chromaticities: x, y of white, red, green and blue.
        curve: from stored values to linear light, the same for all channels.

    Raises:
        ValueError: if the primaries span no colors or lie too far out.

    Example:
        >>> import io
        >>> from PIL import ImageCms
        >>> profile = ImageCms.ImageCmsProfile(io.BytesIO(rgb_profile(SRGB, SRGB_CURVE)))
        >>> profile.profile.xcolor_space
        'RGB '
    """
    tags = _common_tags()
    for name, column in zip((b"r", b"g", b"b"), _to_d50(chromaticities).T, strict=True):
        tags |= {name + b"XYZ": _xyz(column), name + b"TRC": _parametric(curve)}
    return _file(tags, b"RGB ")


def gray_profile(curve: Curve) -> bytes:
    """An ICC profile (version 4.2) of gray with a curve to linear light.

    Example:
        >>> import io
        >>> from PIL import ImageCms
        >>> profile = ImageCms.ImageCmsProfile(io.BytesIO(gray_profile(SRGB_CURVE)))
        >>> profile.profile.xcolor_space
        'GRAY'
    """
    return _file(_common_tags() | {b"kTRC": _parametric(curve)}, b"GRAY")


def _common_tags() -> dict[bytes, bytes]:
    name = b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", 2, 28) + b"\0x"
    return {b"desc": name, b"cprt": name, b"wtpt": _xyz(_D50)}


def _to_d50(chromaticities: Chromaticities) -> np.ndarray:
    """The matrix from linear RGB to XYZ, with white adapted to D50 by Bradford's method."""
    x, y = np.reshape(np.asarray(chromaticities, float), (4, 2)).T
    if not (y > 0).all():
        raise ValueError("a chromaticity y is not above 0")
    white, *primaries = np.stack([x / y, np.ones(4), (1 - x - y) / y], 1)
    columns = np.transpose(primaries)
    if abs(np.linalg.det(columns)) < 1e-6:
        raise ValueError("the primaries lie on one line")
    matrix = columns * np.linalg.solve(columns, white)
    cones = _BRADFORD @ _D50 / (_BRADFORD @ white)
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD @ matrix
    if not (np.abs(adapted) < 4).all():
        raise ValueError("the primaries lie too far out")
    return adapted


def _parametric(curve: Curve) -> bytes:
    # Function type 4. Its last numbers are the offsets of the power (e) and of the line (f).
    return b"para" + struct.pack(">4xHH", 4, 0) + _fixed(*curve[:5], 0.0, curve.f)


def _xyz(values: Sequence[float] | np.ndarray) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _file(tags: dict[bytes, bytes], space: bytes) -> bytes:
    head = struct.pack(">4x4xI4s4s4s12s4s", 0x04200000, b"mntr", space, b"XYZ ", b"", b"acsp")
    head = head.ljust(68, b"\0") + _fixed(*_D50)
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data.ljust(-(-len(data) // 4) * 4, b"\0")
    whole = head.ljust(128, b"\0") + table + body
    return struct.pack(">I", len(whole)) + whole[4:]
