"""From a decoder's frame to correct pixels: what players do and decoders leave to their caller.

- **Matrix and range.** Films store Y'CbCr. A tag names the matrix, such as BT.601 or BT.709, and
  the range. FFmpeg's converter takes BT.601 if there is no tag. HueLab takes BT.709 if such a film
  is at least 1280 pixels wide or more than 576 high, because players do the same.
- **Rounding.** The converter's fast paths are wrong by up to 4 of 255 levels, so HueLab uses the
  exact one. It places color samples where the codec places them.
- **Rotation and mirroring** are applied. A phone only notes them in the file.
- **Pixels that are not square** become square: the height stays, and the width is resampled.
- **Interlaced frames** become progressive (`bwdif`), one for each frame of the film.
- **HDR and wide gamuts** are refused, because their values would give wrong colors as sRGB.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from huelab.images.errors import ImageError, errors_named
from huelab.images.limits import MAX_PIXELS

if TYPE_CHECKING:
    import av

#: Matrices by their codes in ITU-T H.273, with their names in FFmpeg's `scale` filter.
MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020"}
_RGB, _UNKNOWN, _FULL = 0, 2, 2
_HDR = {16: "PQ", 18: "HLG"}
_WIDE = {9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
# These codecs put a color sample in the middle of the two pixels in a row that share it. All others
# put it at the left one.
_CENTERED = {"mjpeg", "mpeg1video", "h263", "flv", "theora", "vp3"}
#: Flags with which FFmpeg's scaler is correct to half a level. With its default flags it is not.
EXACT = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"


@contextlib.contextmanager
def film_errors_named(name: str) -> Iterator[None]:
    """Turn every error of FFmpeg into one error that names the file.

    Raises:
        ImageError: for every error.

    Example:
        >>> from av.error import InvalidDataError
        >>> with film_errors_named("a.mp4"):
        ...     raise InvalidDataError(1, "Invalid data")
        Traceback (most recent call last):
        huelab.images.errors.ImageError: a.mp4: damaged or not a film (Invalid data)
    """
    from av.error import FFmpegError

    with errors_named(name, "damaged or not supported"):
        try:
            yield
        except FFmpegError as error:
            raise ImageError(f"damaged or not a film ({error.strerror})") from error


def whole(raw: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """The same number of frames, none of them interlaced.

    From the first interlaced frame on, all frames pass through a filter that changes only
    interlaced ones. The filter holds each frame back until it has the next one.

    Example:
        >>> import av
        >>> raw = av.VideoFrame.from_ndarray(np.full((4, 6, 3), 90, np.uint8), "rgb24")
        >>> [frame is raw for frame in whole(iter([raw]))]  # not interlaced, so as it was
        [True]
    """
    graph: Any = None
    kind: tuple[object, ...] = ()
    for frame in raw:
        if graph is None and not frame.interlaced_frame:
            yield frame
            continue
        found = (frame.width, frame.height, frame.format.name)
        if found != kind:
            yield from _rest(graph)
            graph, kind = (
                _graph(frame, ("bwdif", "mode=send_frame:deint=interlaced")),
                found,
            )
        graph.push(frame)
        yield from _pulled(graph)
    yield from _rest(graph)


def filtered(frame: av.VideoFrame, *filters: tuple[str, str]) -> av.VideoFrame:
    """One frame after a chain of FFmpeg's filters, each of which makes one frame from one.

    Example:
        >>> import av
        >>> filtered(av.VideoFrame(8, 6, "nv12"), ("format", "yuv420p")).format.name
        'yuv420p'
    """
    graph = _graph(frame, *filters)
    graph.push(frame)
    return graph.pull()


def _graph(frame: av.VideoFrame, *filters: tuple[str, str]) -> Any:
    """A chain of FFmpeg's filters for frames such as this one."""
    import av

    graph = av.filter.Graph()
    first = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 25),  # no filter here uses it
    )
    rest = [graph.add(*each) for each in (*filters, ("buffersink", None))]
    graph.link_nodes(first, *rest).configure()
    return graph


def _pulled(graph: Any) -> Iterator[av.VideoFrame]:
    """The frames that a graph has finished."""
    import av

    with contextlib.suppress(av.error.BlockingIOError, av.error.EOFError):
        while True:
            yield graph.pull()


def _rest(graph: Any) -> Iterator[av.VideoFrame]:
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


class Converter:
    """Convert raw frames to pixels, with filters that are rebuilt when the frames' format changes.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> picture = io.BytesIO()
        >>> Image.new("RGB", (6, 4), "red").save(picture, "PNG")
        >>> import av
        >>> _ = picture.seek(0)
        >>> with av.open(picture) as container:
        ...     converter = Converter("red", container.streams.video[0])
        ...     (raw,) = container.decode(video=0)
        >>> converter.rgb(raw)[0, 0], converter.small_gray(raw, 2).shape
        (array([255,   0,   0], dtype=uint8), (2, 2))
    """

    def __init__(self, name: str, stream: av.VideoStream):
        # The aspect is read here: frames may outlive the container, and PyAV then crashes on it.
        self.name, self.aspect = name, stream.sample_aspect_ratio or 1
        self.place = "center" if stream.codec_context.name in _CENTERED else "left"
        self.kind: tuple[object, ...] = ()
        self.graph: Any = None

    def rgb(self, raw: av.VideoFrame) -> np.ndarray:
        """The pixels of a raw frame, upright and square: uint8 `(H, W, 3)`, sRGB.

        Raises:
            ImageError: for colors that are not those of sRGB, an angle that is no multiple of 90
                degrees, or too many pixels.
        """
        with film_errors_named(self.name):
            kind = (raw.width, raw.height, raw.format.name, *colors_of(raw))
            if kind != self.kind:
                scale = self._scale(raw)
                self.graph = _graph(raw, ("scale", scale), ("format", "rgb24"))
                self.kind = kind
            self.graph.push(raw)
            return turned(self.graph.pull().to_ndarray(), turn_of(raw))

    def small_gray(self, raw: av.VideoFrame, side: int) -> np.ndarray:
        """The brightness of a raw frame in `side` x `side` areas: uint8 `(side, side)`, 0..255.

        Rotation is not applied.

        Raises:
            ImageError: for colors that are not those of sRGB.
        """
        from av.video.reformatter import ColorRange, Interpolation

        with film_errors_named(self.name):
            small = raw.reformat(
                side,
                side,
                "gray",
                src_color_range=ColorRange.MPEG if colors_of(raw)[1] == "tv" else ColorRange.JPEG,
                dst_color_range=ColorRange.JPEG,
                interpolation=Interpolation.AREA,
            )
            return small.to_ndarray()

    def _scale(self, raw: av.VideoFrame) -> str:
        """The options with which the `scale` filter makes pixels square and RGB."""
        width = max(1, round(raw.width * self.aspect))
        if width * raw.height > MAX_PIXELS:
            raise ImageError(
                f"{width} x {raw.height} square pixels are more than the limit of {MAX_PIXELS:,}"
            )
        matrix, span = colors_of(raw)
        scale = f"w={width}:h={raw.height}:in_range={span}:out_range=pc:flags={EXACT}"
        return scale + (f":in_color_matrix={matrix}:in_chroma_loc={self.place}" if matrix else "")


def colors_of(frame: av.VideoFrame) -> tuple[str, str]:
    """The matrix and the range of a frame, as the `scale` filter calls them.

    Returns:
        An empty matrix for RGB; otherwise its name, and `tv` or `pc` for the limited or full range.

    Raises:
        ImageError: for colors that are not those of sRGB.

    Example:
        >>> import av
        >>> colors_of(av.VideoFrame(1280, 720, "yuv420p")), colors_of(
        ...     av.VideoFrame(640, 480, "yuvj420p")
        ... )
        (('bt709', 'tv'), ('bt601', 'pc'))
    """
    for kinds, value in ((_HDR, frame.color_trc), (_WIDE, frame.color_primaries)):
        if int(value) in kinds:
            raise ImageError(
                f"has {kinds[int(value)]} colors, and HueLab reads only those of sRGB; convert the "
                "film to BT.709 first"
            )
    form = frame.format
    if form.is_rgb or form.has_palette:
        return "", "auto"
    full = int(frame.color_range) == _FULL or form.name.startswith(("yuvj", "gray"))
    matrix = int(frame.colorspace)
    if matrix in (_RGB, _UNKNOWN):
        matrix = 1 if frame.width >= 1280 or frame.height > 576 else 5
    if matrix not in MATRICES:
        raise ImageError(
            f"has colors of matrix {matrix} (ITU-T H.273), which HueLab does not read; convert the "
            "film to BT.709 first"
        )
    return MATRICES[matrix], "pc" if full else "tv"


def display_matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers by which a film says how to rotate its frames; None if it says nothing.

    Example:
        >>> import av
        >>> display_matrix(av.VideoFrame(8, 6, "yuv420p")) is None
        True
    """
    found: Any = frame.side_data.get("DISPLAYMATRIX")
    return None if found is None else struct.unpack("=9i", bytes(found)[:36])


def turn_of(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """a, b, c, d of the display matrix: a pixel (x, y) is shown at (ax + cy, bx + dy).

    Raises:
        ImageError: for an angle that is no multiple of 90 degrees.

    Example:
        >>> import av
        >>> turn_of(av.VideoFrame(8, 6, "yuv420p"))  # upright
        (1, 0, 0, 1)
    """
    found = display_matrix(frame)
    if found is None:
        return (1, 0, 0, 1)
    a, b, _, c, d = found[:5]
    one = max(abs(a), abs(b)) or 1
    turn = (round(a / one), round(b / one), round(c / one), round(d / one))
    if turn[0] * turn[3] - turn[1] * turn[2] not in (1, -1) or (turn[0] and turn[1]):
        raise ImageError(
            "has frames at an angle that is no multiple of 90 degrees; turn them upright first"
        )
    return turn


def turned(rgb: np.ndarray, turn: tuple[int, int, int, int]) -> np.ndarray:
    """A stored picture `(H, W, ...)` as players show it: turned and mirrored as `turn_of` says.

    Example:
        >>> turned(np.array([[1, 2, 3]]), (0, 1, -1, 0))  # by a quarter, clockwise
        array([[1],
               [2],
               [3]])
    """
    a, b, c, d = turn
    if not a:
        rgb, a, d = rgb.swapaxes(0, 1), c, b
    return np.ascontiguousarray(rgb[:: d or 1, :: a or 1])


def turned_back(shown: np.ndarray, turn: tuple[int, int, int, int]) -> np.ndarray:
    """A shown picture `(H, W, ...)` as the film stores it: the inverse of `turned`.

    Example:
        >>> turned_back(np.array([[1], [2], [3]]), (0, 1, -1, 0))
        array([[1, 2, 3]])
    """
    a, b, c, d = turn
    raw = shown[:: d or b, :: a or c]
    return np.ascontiguousarray(raw if a else raw.swapaxes(0, 1))
