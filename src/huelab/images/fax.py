"""Whether the fax codes of a TIFF's strip hold all its rows: libtiff leaves missing rows white.

The decoder ignores data after the last row. So this module appends random data twice. If the two
decoded strips differ, the strip lacks rows.
"""

import io
import random
import struct
from collections.abc import Mapping
from typing import Any

from PIL import Image, TiffImagePlugin

from huelab.images.bands import bands

_GROUP4 = 4
#: Compressions by fax codes: Huffman, groups 3 and 4, and word-aligned Huffman.
FAX = (2, 3, _GROUP4, 32771)
# The tags that are copied: width, compression, fill order, and the options of groups 3 and 4.
_KEPT = (256, 259, 266, 292, 293)


def lacks_rows(strip: bytes, rows: int, tags: Mapping[int, Any]) -> bool:
    """Whether the codes of a strip end before its last row.

    Args:
        strip: its codes.
        rows: how many rows it should have.
        tags: the tags of the TIFF, by their numbers.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("1", (64, 64)).save(file, "TIFF", compression="group4")
        >>> tags = Image.open(file).tag_v2
        >>> strip = file.getvalue()[tags[273][0] :][: tags[279][0]]
        >>> from huelab.images.quiet import Quiet
        >>> with Quiet():  # libtiff would complain of the second one
        ...     lacks_rows(strip, 64, tags), lacks_rows(b"", 64, tags)
        (False, True)
    """
    if tags[259] == _GROUP4 and _has_end(strip, reverse=tags.get(266) == 2):
        return False
    looks = set()
    for seed in range(2):
        filler = random.Random(seed).randbytes(256)
        kept = {tag: tags[tag] for tag in _KEPT if tag in tags}
        looks.add(_decoded(_tiff(strip + filler, kept | {257: rows, 278: rows})))
    return len(looks) > 1


def _has_end(strip: bytes, *, reverse: bool) -> bool:
    """Whether the last bits hold group 4's end of block, which is a code of twelve bits twice."""
    last = strip.rstrip(b"\0")[-4:]
    if reverse:
        last = bytes(int(f"{byte:08b}"[::-1], 2) for byte in last)
    bits = "".join(f"{byte:08b}" for byte in last)
    return "000000000001000000000001" in bits


def _tiff(strip: bytes, tags: Mapping[int, int]) -> bytes:
    """A TIFF of this one strip."""
    entries = {258: 1, 262: 0, 277: 1, 279: len(strip), **tags}
    entries[273] = 8 + 2 + 12 * (len(entries) + 1) + 4
    directory = struct.pack("<H", len(entries))
    for tag, value in sorted(entries.items()):
        directory += struct.pack("<HHII", tag, 4, 1, value)
    return b"II*\0" + struct.pack("<I", 8) + directory + b"\0" * 4 + strip


def _decoded(data: bytes) -> bytes:
    try:
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
        image.im = Image.core.new(image.mode, image.size)
        image.load()
        return b"".join(band.tobytes() for _, band in bands(image))
    except Exception as error:  # the decoder reached the filler, which is no valid code
        return repr(error).encode()
