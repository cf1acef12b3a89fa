"""Write a film part by part, so that stopped work can go on, and join the parts into one file.

A part is a piece of film in NUT, a container that keeps any time base. It has no B frames, so its
frames lie in the order in which they are shown: with B frames, an MP4 has a wrong length if the
frame rate varies. Joining copies the packets of the parts, and between them the untouched packets
of the source's sound and subtitles.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from huelab.images.errors import ImageError
from huelab.images.files import File
from huelab.images.film_marks import FORMATS
from huelab.images.film_pixels import display_matrix
from huelab.images.film_planes import Kind, kind_of
from huelab.images.video import opened, stored

if TYPE_CHECKING:
    pass

# Metadata on how a file was made, which is not true of another file.
_TECHNICAL = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}


@dataclass(frozen=True)
class Look:
    """How the pictures of a film are encoded and shown.

    Attributes:
        kind: how a frame is stored.
        rate: frames a second, as the source says.
        time_base: the unit of time, in seconds.
        aspect: width over height of a pixel.
        suffix: of the file that the parts are for, a key of `FORMATS`.
        matrix: nine numbers that say how a frame is turned; see `film_pixels.display_matrix`.
        interlaced: whether a frame holds two fields.
        lossless: whether decoding gives exactly the planes that were encoded.

    Example:
        >>> kind = Kind(64, 48, 8, 2, 2, 1, False)
        >>> look = Look(kind, Fraction(25), Fraction(1, 25), Fraction(1), ".mp4")
        >>> look.codec, look.options["crf"]
        ('libx264', '16')
    """

    kind: Kind
    rate: Fraction
    time_base: Fraction
    aspect: Fraction
    suffix: str
    matrix: tuple[int, ...] | None = None
    interlaced: bool = False
    lossless: bool = False

    @property
    def codec(self) -> str:
        """FFmpeg's name of the encoder."""
        if self.suffix == ".webm":
            return "libvpx-vp9"
        return "libx264" if self.kind.bits <= 10 else "libx265"

    @property
    def options(self) -> dict[str, str]:
        """The options of the encoder."""
        if self.codec == "libx264":
            fields = {"flags": "+ilme+ildct"} if self.interlaced else {}
            quality = {"qp": "0"} if self.lossless else {"crf": "16"}
            return {"preset": "medium", "bf": "0"} | quality | fields
        if self.codec == "libx265":
            quality = {"x265-params": f"log-level=none:bframes=0:lossless={self.lossless:d}"}
            return {"preset": "fast", "crf": "16"} | quality
        quality = {"lossless": "1"} if self.lossless else {"crf": "16", "b": "0"}
        return {"cpu-used": "4", "row-mt": "1", "auto-alt-ref": "0"} | quality


def look_of(source: File, suffix: str, *, lossless: bool = False) -> Look:
    """How the result for a film is encoded and shown: like the film itself, as far as possible.

    Raises:
        ImageError: where `video.frames` raises it; for a suffix that is none of `FORMATS`; for
            sound or subtitles that its format cannot hold.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> film = io.BytesIO()
        >>> Image.new("RGB", (8, 6)).save(film, "GIF", save_all=True, duration=40)
        >>> look = look_of(film.getvalue(), ".mkv")
        >>> look.kind.form, look.aspect
        ('yuv420p', Fraction(1, 1))
    """
    first = next(stored(source))
    with opened(source) as (container, stream):
        if suffix not in FORMATS:
            raise ImageError(f"HueLab writes films as {', '.join(FORMATS)}, not as {suffix!r}")
        _check_tracks(container, stream, suffix)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        return Look(
            kind_of(first),
            rate,
            (first.pts is not None and first.time_base) or 1 / rate,
            stream.sample_aspect_ratio or Fraction(1),
            suffix,
            display_matrix(first),
            first.interlaced_frame,
            lossless,
        )


def write_part(file: BinaryIO, frames: Iterable[Any], look: Look) -> None:
    """Encode frames into a part, in which time starts at the first of them.

    Args:
        file: open for writing.
        frames: at least one PyAV frame of the pixel format `look.kind.form`, whose `pts` is in
            units of `look.time_base`.
        look: how the frames are encoded.

    Example:
        >>> import io, av
        >>> kind = Kind(64, 48, 8, 2, 2, 1, False)
        >>> look = Look(kind, Fraction(25), Fraction(1, 25), Fraction(1), ".mp4")
        >>> frames = [av.VideoFrame(64, 48, "yuv420p") for _ in range(3)]
        >>> for n, frame in enumerate(frames):
        ...     frame.pts, frame.time_base = 7 + n, look.time_base
        >>> part = io.BytesIO()
        >>> write_part(part, frames, look)
        >>> _ = part.seek(0)
        >>> with av.open(part) as container:
        ...     [round(25 * frame.time) for frame in container.decode(video=0)]
        [0, 1, 2]
    """
    import av

    with av.open(file, "w", format="nut") as out:
        stream: Any = out.add_stream(look.codec, rate=look.rate, options=look.options)
        stream.width, stream.height = look.kind.width, look.kind.height
        stream.pix_fmt, context = look.kind.form, stream.codec_context
        stream.time_base = context.time_base = look.time_base
        context.sample_aspect_ratio = look.aspect
        context.color_range = 2 if look.kind.full else 1
        context.colorspace, context.color_primaries, context.color_trc = look.kind.tags
        first = None
        for frame in frames:
            first = frame.pts if first is None else first
            frame.pts -= first
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@dataclass(frozen=True)
class Part:
    """A part that was written: its file, the time of its first frame, and that of its end.

    The times are in units of the `time_base` of the film's `Look`.

    Example:
        >>> Part(Path("0.nut"), 0, 250).end
        250
    """

    path: Path
    start: int
    end: int


def join(
    file: BinaryIO,
    source: File,
    parts: Sequence[Part],
    look: Look,
    *,
    comment: str,
    notes: list[str] | None = None,
) -> None:
    """Write the whole film: its parts, and copies of the source's tracks, chapters and texts.

    Args:
        file: open for writing, with a name by which FFmpeg can open it too.
        source: the film whose pictures the parts replace.
        parts: at least one, in the order of time.
        look: how the parts were encoded.
        comment: is added to the comment of the source.
        notes: a list to which a sentence is added if something cannot be kept.

    Raises:
        ValueError: without parts.
        ImageError: if the source cannot be read.

    Example:
        >>> join(None, "a.mp4", [], None, comment="")
        Traceback (most recent call last):
            ...
        ValueError: a film needs at least one part
    """
    import av

    if not parts:
        raise ValueError("a film needs at least one part")
    form = FORMATS[look.suffix]
    options = {"movflags": "+faststart"} if form in ("mp4", "mov") else {}
    with (
        opened(source) as (container, pictures),
        av.open(str(parts[0].path)) as first,
        av.open(file.name, "w", format=form, options=options) as out,
    ):
        out.metadata.update(_texts(container))
        told = out.metadata.get("comment")
        out.metadata["comment"] = f"{told}\n{comment}" if told else comment
        copies, film = _streams(out, container, pictures, first.streams.video[0], look, notes)
        with contextlib.suppress(AttributeError):  # before PyAV 15
            out.set_chapters(container.chapters())
        _mux(out, container, copies, _packets(parts, film, look.time_base))


def _streams(
    out: Any, source: Any, pictures: Any, part: Any, look: Look, notes: list[str] | None
) -> tuple[dict[int, Any], Any]:
    """Streams of the result in the order of the source: copies by their index there, the film."""
    copies: dict[int, Any] = {}
    for stream in source.streams:
        if stream == pictures:
            film = out.add_stream_from_template(part, opaque=True)
            film.metadata.update(_texts(stream))
            film.codec_context.framerate = look.rate
            film.time_base = look.time_base
            if look.matrix is not None:
                film.set_display_matrix(look.matrix)
            if look.suffix == ".webm" and look.aspect != 1 and notes is not None:
                notes.append(
                    "The film's pixels are not square, and a .webm cannot say so; an .mkv can."
                )
        elif (copy := _copied(out, stream)) is not None:
            copies[stream.index] = copy
        elif notes is not None:
            notes.append(
                f"A track that is neither sound nor subtitles ({stream.type}) was left out."
            )
    return copies, film


def _check_tracks(source: Any, pictures: Any, suffix: str) -> None:
    """Check before any work is done that a format can hold the sound and the subtitles."""
    import av

    tracks = [stream for stream in source.streams if stream != pictures]
    form = FORMATS[suffix]
    try:
        with av.open(io.BytesIO(), "w", format=form) as out:
            if [copy for copy in (_copied(out, stream) for stream in tracks) if copy is not None]:
                out.start_encoding()
    except (ValueError, av.error.FFmpegError) as error:
        kinds = ", ".join(stream.name or stream.type for stream in tracks)
        others = " or ".join(sorted({*FORMATS} - {suffix, ".m4v", ".mov", ".webm"}))
        words = f"its tracks ({kinds}) do not fit into {suffix}; {others} may hold them"
        raise ImageError(words) from error


def _copied(out: Any, stream: Any) -> Any:
    """A stream for the packets of a track; None if the track is neither sound nor subtitles."""
    if stream.type not in ("audio", "subtitle") or stream.codec_context is None:
        return None
    made = out.add_stream_from_template(stream, opaque=True)
    made.metadata.update(_texts(stream))
    made.disposition = stream.disposition
    return made


def _texts(owner: Any) -> dict[str, str]:
    # Matroska writes its keys in capitals.
    texts = {key.lower(): text for key, text in owner.metadata.items()}
    return {key: text for key, text in texts.items() if key not in _TECHNICAL}


def _packets(
    parts: Sequence[Part], stream: Any, time_base: Fraction
) -> Iterator[tuple[float, Any]]:
    """The packets of all parts, with their times in seconds. Each lasts until the next one."""
    import av

    for part in parts:
        waiting: Any = None
        with av.open(str(part.path)) as container:
            packets: Iterator[Any] = container.demux(video=0)
            for packet in packets:
                if not packet.size:
                    continue
                # The time base of NUT is finer.
                units = packet.pts * Fraction(packet.time_base) / time_base
                packet.pts = packet.dts = part.start + round(units)
                packet.time_base, packet.stream = time_base, stream
                if waiting is not None:
                    waiting.duration = packet.pts - waiting.pts
                    yield float(waiting.pts * time_base), waiting
                waiting = packet
        if waiting is not None:
            waiting.duration = max(0, part.end - waiting.pts)
            yield float(waiting.pts * time_base), waiting


def _mux(
    out: Any, source: Any, copies: dict[int, Any], pictures: Iterator[tuple[float, Any]]
) -> None:
    """Write the packets of tracks and pictures in the order of time, as players need them."""
    waiting = next(pictures, None)
    for packet in source.demux(*(source.streams[index] for index in copies)) if copies else ():
        if not packet.size:  # the end of a track
            continue
        when = packet.dts if packet.dts is not None else packet.pts
        while waiting is not None and when is not None:
            if waiting[0] > float(when * packet.time_base):
                break
            out.mux(waiting[1])
            waiting = next(pictures, None)
        packet.stream = copies[packet.stream.index]
        out.mux(packet)
    while waiting is not None:
        out.mux(waiting[1])
        waiting = next(pictures, None)
