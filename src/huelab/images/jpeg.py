"""How many scans a JPEG has, and whether any of its pixels are missing.

libjpeg fills missing pixels with gray, and Pillow does not learn of it. But libjpeg ignores data
between the last pixel and the end marker. So this module puts random data there, twice. If the two
decoded pictures differ, pixels are missing.
"""

import io
import random
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, JpegImagePlugin

from huelab.images.bands import bands, crop
from huelab.images.errors import ImageError

_CUT_SHORT = "the file is cut short: pixels are missing at the end. Copy or scan it again."
_END = b"\xff\xd9"
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
_PROGRESSIVE, _ARITHMETIC = (0xC2, 0xC6, 0xCA, 0xCE), range(0xC9, 0xD0)
_ALONE = (0x01, *range(0xD0, 0xD9))  # markers without data
# A scan ends at a marker that is neither a stuffed zero nor a restart marker.
_SCAN_END = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff+([^\x00\xff])")


@dataclass
class Structure:
    """What the markers of a JPEG say.

    Attributes:
        frame: the marker of the frame, which names the kind of JPEG; 0 if there is none.
        scans: for each scan, its first and its last coefficient, and the lowest bit it gives.
        end: the place of the end marker, or the end of the data if there is none.
        ended: whether there is an end marker.

    Example:
        >>> found = Structure(end=100, frame=0xC2, scans=[(0, 0, 1)])  # the last bit is missing
        >>> found.progressive, found.complete
        (True, False)
    """

    end: int
    frame: int = 0
    scans: list[tuple[int, int, int]] = field(default_factory=list)
    ended: bool = False

    @property
    def progressive(self) -> bool:
        """Whether the JPEG is progressive: it has several scans, each of which adds detail."""
        return self.frame in _PROGRESSIVE

    @property
    def complete(self) -> bool:
        """Whether the scans give the coarsest and the finest coefficients, down to the last bit."""
        last = [(start, end) for start, end, bit in self.scans if bit == 0]
        return not self.progressive or (
            any(start == 0 for start, _ in last) and any(end == 63 for _, end in last)
        )


def structure(data: bytes, max_scans: int) -> Structure:
    """Walk the markers of the first picture in `data`.

    Raises:
        ImageError: if there are more than `max_scans` scans. Each costs a pass over all pixels.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (16, 16), "red").save(file, "JPEG")
        >>> found = structure(file.getvalue(), max_scans=10)
        >>> found.progressive, len(found.scans), found.ended
        (False, 1, True)
    """
    found = Structure(end=len(data))
    place = 2
    while marker := _next_marker(data, place):
        code, place = marker
        if code == 0xD9:
            found.end, found.ended = place - 2, True
            break
        if code in _ALONE:
            continue
        if place + 2 > len(data):
            break
        (length,) = struct.unpack_from(">H", data, place)
        segment, place = data[place + 2 : place + length], place + max(length, 2)
        if code in _FRAMES and not found.frame:
            found.frame = code
        if code == 0xDA:
            if len(segment) >= 4:
                found.scans.append((segment[-3], segment[-2], segment[-1] & 15))
            if len(found.scans) > max_scans:
                raise ImageError(
                    f"the JPEG has more than max_scans={max_scans} scans; --max-scans takes a "
                    "higher limit, and each scan takes time"
                )
            following = _SCAN_END.search(data, place)
            place = following.start() if following else len(data)
    return found


def _next_marker(data: bytes, place: int) -> tuple[int, int] | None:
    """The code of the next marker and the place after it."""
    following = _MARKER.search(data, place)
    return (following[1][0], following.end()) if following else None


def with_end(data: bytes, found: Structure, say: Callable[[str], None]) -> bytes:
    """The JPEG with an end marker, which is added if only the marker is missing.

    Args:
        data: the bytes of the file.
        found: its structure.
        say: takes a sentence if the marker was missing.

    Raises:
        ImageError: if pixels are missing, or if that cannot be known (arithmetic coding).

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (16, 16), "red").save(file, "JPEG")
        >>> data = file.getvalue().removesuffix(_END)
        >>> with_end(data, structure(data, max_scans=10), print) == file.getvalue()
        The file lacks its last bytes, but the picture is complete.
        True
    """
    if found.ended or not found.scans:
        return data
    body = data.rstrip(b"\0").removesuffix(b"\xff")
    body += b"\0" if body.endswith(b"\xff") else b""
    known = found.complete and found.frame not in _ARITHMETIC
    if not known or _grows(body, full=True):
        raise ImageError(_CUT_SHORT)
    say("The file lacks its last bytes, but the picture is complete.")
    return body + _END


def check_whole(image: Image.Image, data: bytes, found: Structure) -> None:
    """Refuse a decoded JPEG in which libjpeg has filled in missing pixels.

    The test runs only if the last block is uniform or if finer scans are missing. It decodes at an
    eighth of the size, or in full for progressive files, whose later scans carry only detail.

    Raises:
        ImageError: if pixels are missing at the end.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (16, 16), "red").save(file, "JPEG")
        >>> data = file.getvalue()
        >>> image = Image.open(file)
        >>> _ = image.load()
        >>> check_whole(image, data, structure(data, max_scans=10))  # it is whole
    """
    if found.frame in _ARITHMETIC or not found.scans:
        return
    suspicious = not found.complete or _ends_plain(image)
    if suspicious and _grows(data[: found.end], full=found.progressive):
        raise ImageError(_CUT_SHORT)


def _ends_plain(image: Image.Image) -> bool:
    """Whether the last block of 8 x 8 has no detail, like a block that was filled in."""
    width, height = image.size
    corner = crop(image, ((width - 1) & ~7, (height - 1) & ~7, width, height)).convert("L")
    # The color of the block before may bleed into it a little.
    return int(np.ptp(np.asarray(corner))) <= 3


def _grows(body: bytes, *, full: bool) -> bool:
    """Whether added data change the picture, decoded in full or at an eighth of its size."""
    looks = set()
    for seed in range(2):
        filler = random.Random(seed).randbytes(4096).replace(b"\xff", b"\x5a")
        looks.add(_fingerprint(body + filler + _END, full=full))
    return len(looks) > 1


def _fingerprint(data: bytes, *, full: bool) -> int:
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    width, height = image.size
    if not full:
        image.draft(image.mode, (max(1, width // 8), max(1, height // 8)))
    image.load()
    checksum = 0
    for _, band in bands(image):
        checksum = zlib.crc32(band.tobytes(), checksum)
    return checksum
