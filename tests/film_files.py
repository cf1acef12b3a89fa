"""Clips of every kind that films come in, made by PyAV when a test needs them."""

from fractions import Fraction

import av
import numpy as np


def dots(height=48, width=64, seed=0, cell=4):
    """A picture with much to follow: squares of random brightness, 40 to 215."""
    small = np.random.default_rng(seed).integers(40, 216, (-(-height // cell), -(-width // cell)))
    return np.kron(small, np.ones((cell, cell)))[:height, :width].astype(np.uint16)


def panning(n, height=48, width=64, seed=0, speed=1):
    """Frames of a camera that moves to the right over dots."""
    wide = dots(height, width + n * speed, seed)
    return [wide[:, speed * number : speed * number + width] for number in range(n)]


def write_film(
    path,
    lumas,
    *,
    form="yuv420p",
    codec="ffv1",
    rate=25,
    times=None,
    time_base=None,
    options=None,
    turn=None,
    sound=0.0,
    captions=(),
    metadata=None,
    chapters=None,
    **tags,
):
    """Write frames of Y' `(H, W)`, in the levels of `form`, with neutral color.

    Args:
        times: of each frame, and of the end, in `time_base`.
        turn: a display matrix.
        sound: seconds of noise, as AAC.
        captions: starts in seconds of subtitles that last half a second.
        tags: attributes of the codec, such as `colorspace`.
    """
    unit = Fraction(time_base or 1 / Fraction(rate))
    height, width = lumas[0].shape
    with av.open(str(path), "w") as out:
        film = out.add_stream(codec, rate=rate, options=options or {})
        film.width, film.height, film.pix_fmt = width, height, form
        film.codec_context.time_base = unit
        for name, value in tags.items():
            setattr(film.codec_context, name, value)
        if turn is not None:
            film.set_display_matrix(turn)
        audio = out.add_stream("aac", rate=8000, layout="mono") if sound else None
        if audio is not None:
            audio.metadata["language"] = "deu"
        text = _caption_stream(out, path) if captions else None
        out.metadata.update(metadata or {})
        if chapters:
            out.set_chapters(chapters)
        for number, luma in enumerate(lumas):
            frame = raw(luma, form)
            frame.pts, frame.time_base = (times or range(len(lumas) + 1))[number], unit
            if times:
                frame.duration = times[number + 1] - times[number]
            for name in ("colorspace", "color_range", "color_trc", "color_primaries"):
                if name in tags:
                    setattr(frame, name, tags[name])
            for packet in film.encode(frame):
                packet.duration = frame.duration if times else packet.duration
                out.mux(packet)
        out.mux(film.encode(None))
        if audio is not None:
            _sound(out, audio, sound)
        for start in captions:
            _caption(out, text, start)
    return path


def raw(luma, form):
    """A frame of Y' with neutral color."""
    frame = av.VideoFrame(luma.shape[1], luma.shape[0], form)
    bits = frame.format.components[0].bits
    for index, plane in enumerate(frame.planes):
        view = np.frombuffer(plane, np.uint8 if bits == 8 else "<u2").reshape(plane.height, -1)
        if index:
            view[:] = 1 << (bits - 1)
        else:
            view[:, : luma.shape[1]] = luma
    return frame


def planes_of(frame):
    """The planes of a decoded frame, read by hand."""
    kind = "<u2" if frame.format.components[0].bits > 8 else np.uint8
    views = [
        (np.frombuffer(plane, kind).reshape(plane.height, -1), plane) for plane in frame.planes
    ]
    return [view[:, : plane.width].astype(np.int64) for view, plane in views]


def luma_of(frame):
    """Y' of a decoded frame."""
    return planes_of(frame)[0]


def decoded(path):
    """All frames as they are stored."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def packets(path, kind):
    """The bytes of all packets of the tracks of a kind."""
    with av.open(str(path)) as container:
        tracks = [stream for stream in container.streams if stream.type == kind]
        return [(bytes(p), float(p.pts * p.time_base)) for p in container.demux(*tracks) if p.size]


def _sound(out, stream, seconds):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (1, round(8000 * seconds)))
    for start in range(0, noise.shape[1], 1024):
        block = np.ascontiguousarray(noise[:, start : start + 1024], np.float32)
        frame = av.AudioFrame.from_ndarray(block, "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _caption_stream(out, path):
    return out.add_mux_stream("subrip" if str(path).endswith("mkv") else "mov_text")


def _caption(out, stream, start):
    text = f"It is {start}".encode()
    packet = av.Packet(
        text if "matroska" in out.format.name else len(text).to_bytes(2, "big") + text
    )
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = round(1000 * start)
    packet.duration = 500
    out.mux(packet)
