"""Read any film as upright 8-bit sRGB frames with square pixels, none of them interlaced.

PyAV decodes, and it is imported only when a film is opened. This module opens a film and gives its
frames one at a time, until the film ends or turns out to be damaged. The steps that players take
and decoders leave to their caller are in `film_pixels`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from huelab.images.errors import ImageError, name_of
from huelab.images.files import File, open_stream
from huelab.images.film_pixels import Converter, film_errors_named, whole
from huelab.images.limits import MAX_PIXELS

if TYPE_CHECKING:
    import av

# Formats whose header says how long a film is, by which a film that was cut short is noticed.
_DECLARE = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "flv", "asf"}
_SLACK = 0.2  # seconds by which a header may overstate


class Frame:
    """One frame of a film. Its pixels are converted when they are asked for.

    Attributes:
        number: counted from 0.
        time: seconds since the first frame; frames need not be evenly spaced.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> black, white = (Image.new("RGB", (8, 6), name) for name in ("black", "white"))
        >>> film = io.BytesIO()
        >>> black.save(film, "GIF", save_all=True, append_images=[white], duration=40)
        >>> first, second = frames(film.getvalue())
        >>> second.rgb.shape, second.small_gray(2)
        ((6, 8, 3), array([[255, 255],
               [255, 255]], dtype=uint8))
    """

    def __init__(self, number: int, time: float, raw: av.VideoFrame, converter: Converter):
        self.number, self.time = number, time
        self._raw, self._converter = raw, converter

    @cached_property
    def rgb(self) -> np.ndarray:
        """The picture: uint8 `(H, W, 3)`, sRGB, 0..255.

        Raises:
            ImageError: where `frames` raises it.
        """
        return self._converter.rgb(self._raw)

    def small_gray(self, side: int) -> np.ndarray:
        """The frame's brightness in `side` x `side` areas: uint8 `(side, side)`, 0..255.

        The areas have the aspect ratio of the frame. This takes a tenth of the time of `rgb`.
        Rotation is not applied.
        """
        return self._converter.small_gray(self._raw, side)


@dataclass(frozen=True, slots=True)
class Header:
    """What a film says about itself before it is decoded.

    Attributes:
        seconds: its length, or None if the film does not say.
        frames: how many frames, or None if the film gives neither a number nor a length and a rate.

    Example:
        >>> Header(seconds=30.0, frames=720).frames
        720
    """

    seconds: float | None
    frames: int | None


def header(source: File) -> Header:
    """Length and number of frames, as the film states them; nothing is decoded.

    Raises:
        ImageError: if the film cannot be opened, as in `frames`.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> black, white = (Image.new("RGB", (8, 6), name) for name in ("black", "white"))
        >>> film = io.BytesIO()
        >>> black.save(film, "GIF", save_all=True, append_images=[white], duration=40)
        >>> header(film.getvalue())
        Header(seconds=0.08, frames=2)
    """
    with opened(source) as (container, stream):
        length = container.duration
        seconds = None if length is None or length < 0 else length / 1_000_000
        count = stream.frames or round((seconds or 0) * float(stream.average_rate or 0))
        return Header(seconds, count or None)


def frames(source: File) -> Iterator[Frame]:
    """All frames of a film, in the order of time, one at a time.

    However long the film is, memory holds no more than one frame and those that the decoder needs.

    Args:
        source: a path, the bytes of a film, or a binary file object, of any format that PyAV reads.

    Raises:
        ImageError: if PyAV is not installed; for a file that is missing, empty, not a film, or
            without pictures, such as audio; for colors that are not those of sRGB. If a film is
            damaged or ends too early, its frames up to there come before the error.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> black, white = (Image.new("RGB", (8, 6), name) for name in ("black", "white"))
        >>> film = io.BytesIO()
        >>> black.save(film, "GIF", save_all=True, append_images=[white], duration=40)
        >>> [(frame.time, frame.rgb[0, 0, 0].item()) for frame in frames(film.getvalue())]
        [(0.0, 0), (0.04, 255)]
    """
    with opened(source) as (container, stream):
        converter = Converter(name_of(source), stream)
        number, start = -1, None
        for number, raw in enumerate(whole(_timed(container, stream))):
            if raw.pts is None:  # such as in a bare stream
                time = Fraction(number) / (stream.average_rate or 25)
            else:
                start = raw.pts if start is None else start
                time = Fraction(raw.pts - start) * (raw.time_base or 0)
            yield Frame(number, float(time), raw, converter)
        if number < 0:
            raise ImageError("holds no frame that HueLab can decode")


@contextlib.contextmanager
def opened(source: File) -> Iterator[tuple[Any, av.VideoStream]]:
    """A film's container and its first stream of pictures, open until the block ends.

    Raises:
        ImageError: where `frames` raises it, also for an error within the block.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> film = io.BytesIO()
        >>> Image.new("RGB", (8, 6)).save(film, "GIF")
        >>> with opened(film.getvalue()) as (container, stream):
        ...     stream.width, stream.height
        (8, 6)
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise ImageError("films need PyAV; `pip install 'huelab[film]'` installs it") from error
    with film_errors_named(name_of(source)), open_stream(source) as file:
        if not file.read(1):
            raise ImageError("the file is empty")
        file.seek(0)
        # A playlist could otherwise make the decoder open other files and addresses.
        with av.open(file, options={"protocol_whitelist": "data"}) as container:
            pictures = [each for each in container.streams.video if not _is_cover(each)]
            if not pictures:
                raise ImageError("holds no moving pictures")
            pictures[0].thread_type = "AUTO"
            # Without err_detect, the decoder paints over damage and reports nothing.
            options = {"err_detect": "crccheck+explode", "max_pixels": str(MAX_PIXELS)}
            pictures[0].codec_context.options = options
            yield container, pictures[0]


def _is_cover(stream: av.VideoStream) -> bool:
    """Whether a stream is the cover picture of a piece of music."""
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _decoded(container: Any, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Raw frames. If the film is cut short or damaged, ImageError comes after the last good one."""
    ends = _Ends()
    damage = ""
    # Packets of sound count, too: the sound may last longer than the pictures.
    for packet in _packets(container):
        if packet is None or packet.is_corrupt:
            damage = "a packet is damaged or not whole"
            yield from stream.decode(None)  # frames that the decoder has held back
            break
        ends.see(packet)
        if packet.stream is stream:
            yield from packet.decode()
    declared = (container.duration or 0) / 1_000_000
    if not damage and container.format.name in _DECLARE and ends.seconds < declared - _SLACK:
        damage = f"the file has {ends.seconds:.1f} of the {declared:.1f} seconds that it announces"
    if damage:
        raise ImageError(f"the film is cut short or damaged: {damage}")


def _timed(container: Any, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """The frames of `_decoded`. The last ones have lost their time base, so it is set again."""
    for frame in _decoded(container, stream):
        frame.time_base = frame.time_base or stream.time_base
        yield frame


def stored(source: File) -> Iterator[av.VideoFrame]:
    """All frames of a film as they are stored: not turned, converted or deinterlaced.

    Raises:
        ImageError: where `frames` raises it.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> film = io.BytesIO()
        >>> Image.new("RGB", (8, 6)).save(film, "GIF")
        >>> [(frame.width, frame.pts) for frame in stored(film.getvalue())]
        [(8, 0)]
    """
    with opened(source) as (container, stream):
        raw = None
        for raw in _timed(container, stream):
            yield raw
        if raw is None:
            raise ImageError("holds no frame that HueLab can decode")


def _packets(container: Any) -> Iterator[Any]:
    """All packets of a file, and then None if the file ends within a packet."""
    from av.error import EOFError as Ended

    try:
        yield from container.demux()
    except Ended:
        yield None


class _Ends:
    """How many seconds the packets of a file cover."""

    def __init__(self) -> None:
        self.first, self.last = float("inf"), 0.0

    def see(self, packet: Any) -> None:
        if packet.pts is not None:
            self.first = min(self.first, float(packet.pts * packet.time_base))
            after = packet.pts + (packet.duration or 0)
            self.last = max(self.last, float(after * packet.time_base))

    @property
    def seconds(self) -> float:
        return max(0.0, self.last - self.first)
