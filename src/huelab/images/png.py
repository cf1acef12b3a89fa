"""What a PNG says about its colors, and whether all its rows are there.

Several chunks may describe the colors. PNG (third edition), section 4.3 and chapter 13, gives their
precedence: cICP comes before iCCP, iCCP before sRGB, and sRGB before gAMA and cHRM.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from huelab.images.profiles import (
    PRIMARIES,
    SRGB,
    SRGB_CURVE,
    TRANSFERS,
    Curve,
    rgb_profile,
)

_COLOR_CHUNKS = (b"IHDR", b"cICP", b"sRGB", b"gAMA", b"cHRM")
_HDR = {16: "PQ", 18: "HLG"}
# The gAMA value that the standard recommends next to an sRGB chunk, for readers that ignore sRGB.
_SRGB_GAMMA = 45455
# Channels of a pixel by PNG's color type.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def color_profile(
    stream: BinaryIO, embedded: bytes | None, say: Callable[[str], None]
) -> bytes | None:
    """The ICC profile of a PNG's colors; None for sRGB.

    - cICP gives the primaries and the curve by their codes in ITU-T H.273, with full or narrow
      range. PQ and HLG, whose largest value is not white, are not applied, nor are matrices other
      than that of RGB.
    - iCCP gives `embedded`, as it is.
    - gAMA gives a power, but the value 45455 stands for sRGB's curve. cHRM gives primaries and
      white; without gAMA the curve is that of sRGB. Impossible numbers are not applied.

    Args:
        stream: the file; its position changes.
        embedded: the profile of its iCCP chunk, if it has one that is not damaged.
        say: takes a sentence on what was not applied.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (3, 2)).save(file, "PNG")
        >>> color_profile(file, None, print) is None  # it is sRGB
        True
    """
    chunks = _color_chunks(stream)
    if b"cICP" in chunks and len(chunks[b"cICP"]) == 4 and b"IHDR" in chunks:
        primaries, transfer, matrix, full = chunks[b"cICP"]
        if primaries in PRIMARIES and transfer in TRANSFERS and matrix == 0:
            return _of_codes(primaries, transfer, bool(full), bits=chunks[b"IHDR"][8])
        kind = _HDR.get(transfer, f"code {primaries}/{transfer}/{matrix}")
        say(f"The PNG's cICP chunk ({kind}) was not applied; colors and lightness may be off.")
    if embedded or b"sRGB" in chunks:
        return embedded
    return _of_gamma(chunks, say)


def _of_codes(primaries: int, transfer: int, full: bool, bits: int) -> bytes | None:
    curve = TRANSFERS[transfer]
    if full and (primaries, transfer) == (1, 13):
        return None
    if not full:
        top, step = 2**bits - 1, 2 ** max(bits - 8, 0)
        curve = curve.stretched(16 * step / top, 235 * step / top)
    return rgb_profile(PRIMARIES[primaries], curve)


def _of_gamma(chunks: dict[bytes, bytes], say: Callable[[str], None]) -> bytes | None:
    gamma = chunks.get(b"gAMA", b"")
    points = chunks.get(b"cHRM", b"")
    (stored,) = struct.unpack(">I", gamma) if len(gamma) == 4 else (_SRGB_GAMMA,)
    corners = SRGB
    if len(points) == 32:
        corners = tuple(value / 100_000 for value in struct.unpack(">8I", points))
    srgb_corners = all(abs(a - b) < 1e-4 for a, b in zip(corners, SRGB, strict=True))
    if stored == _SRGB_GAMMA and srgb_corners:
        return None
    try:
        if not 10_000 <= stored <= 1_000_000:
            raise ValueError(f"the gamma is {stored / 100_000}, outside 0.1 to 10")
        curve = SRGB_CURVE if stored == _SRGB_GAMMA else Curve(100_000 / stored)
        return rgb_profile(corners, curve)
    except ValueError as error:
        say(f"The PNG's gAMA and cHRM chunks were not applied: {error}.")
        return None


def lacks_rows(stream: BinaryIO) -> bool:
    """Whether a PNG's compressed data, undamaged as far as they go, end before its last row.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (3, 2)).save(file, "PNG")
        >>> lacks_rows(file)
        False
    """
    stream.seek(8)
    unpacker, needed, found = zlib.decompressobj(), 0, 0
    for name, length in _walk(stream):
        if name == b"IHDR":
            needed = _unpacked_size(stream.read(13))
        elif name == b"IDAT":
            data = stream.read(length)
            while data and not unpacker.eof:
                found += len(unpacker.decompress(data, 1 << 20))
                data = unpacker.unconsumed_tail
        elif found:
            break
    return found < needed


def _unpacked_size(header: bytes) -> int:
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    # First row, first column, and steps down and across of the seven passes of Adam7.
    adam7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
    total = 0
    for top, left, down, across in [*adam7, (1, 0, 2, 1)] if interlaced else [(0, 0, 1, 1)]:
        rows, columns = -(-(height - top) // down), -(-(width - left) // across)
        if rows > 0 and columns > 0:
            total += rows * (1 + -(-columns * bits * _CHANNELS[kind] // 8))
    return total


def _color_chunks(stream: BinaryIO) -> dict[bytes, bytes]:
    stream.seek(8)
    found: dict[bytes, bytes] = {}
    for name, length in _walk(stream):
        if name in (b"IDAT", b"IEND"):
            break
        if name in _COLOR_CHUNKS and length <= 32:
            found.setdefault(name, stream.read(length))
    return found


def _walk(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and length of each chunk, while the stream is at the chunk's data."""
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        start = stream.tell()
        yield name, length
        stream.seek(start + length + 4)
