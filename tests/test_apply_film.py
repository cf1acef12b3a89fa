"""Films: brightness, times, tracks and tags stay; colors are those that were predicted."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

pytest.importorskip("av")
pytest.importorskip("cv2")

import av
from film_files import decoded, dots, luma_of, packets, panning, planes_of, raw, write_film

from huelab.apply import parts
from huelab.apply.film import colorize_film
from huelab.images import ImageError, film_planes
from huelab.images.film_marks import mark_of_film
from huelab.methods.baselines import MeanColor
from huelab.methods.colorizer import LabColorizer

WARM = torch.tensor([8.0, 20.0])
QUARTER = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("HUELAB_CACHE", str(folder))
    return folder


def color(source, target, method=None, **how):
    how = {"size": 32, "smooth": False} | how
    return colorize_film(source, target, method=method or MeanColor(WARM), **how)


def rgb_of(frame, red, blue, full):
    """sRGB `(H, W, 3)` of a decoded 4:4:4 frame by the equations of ITU-R BT.601 and BT.709."""
    bits = frame.format.components[0].bits
    planes = planes_of(frame)
    step = 2.0 ** (bits - 8)
    low, span, wide = (0, 2**bits - 1, 2**bits - 1) if full else (16 * step, 219 * step, 224 * step)
    y, u, v = (planes[0] - low) / span, *((plane - 128 * step) / wide for plane in planes[1:])
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    return np.stack([r, (y - red * r - blue * b) / (1 - red - blue), b], -1)


# ------------------------------------------------------------------------- brightness and color


@pytest.mark.parametrize(
    ("form", "size", "written"),
    [
        ("yuv420p", (48, 64), "yuv420p"),
        ("yuv420p10le", (48, 64), "yuv420p10le"),
        ("yuv422p", (48, 64), "yuv422p"),
        ("yuv444p10le", (48, 64), "yuv444p10le"),
        ("gray", (48, 64), "yuv420p"),
        ("gray10le", (48, 64), "yuv420p10le"),
        ("gray12le", (48, 64), "yuv420p12le"),
        ("yuv420p", (47, 63), "yuv444p"),
        ("yuv420p", (47, 64), "yuv422p"),
        ("yuv420p10le", (48, 63), "yuv444p10le"),
    ],
)
def test_brightness_is_the_films_own(tmp_path, form, size, written):
    """Noise over all levels, those below black and above white too, comes out as it went in."""
    top = 1 << av.VideoFormat(form).components[0].bits
    noise = np.random.default_rng(0).integers(0, top, (3, *size)).astype(np.uint16)
    source = write_film(tmp_path / "a.mkv", list(noise), form=form)
    result = color(source, tmp_path / "b.mkv", lossless=True)
    frames = decoded(result)
    assert {frame.format.name.replace("j", "") for frame in frames} == {written}
    for frame, before in zip(frames, noise, strict=True):
        assert np.array_equal(luma_of(frame), before)


def test_what_the_usual_codec_changes(tmp_path):
    """H.264 at the quality that films are written in: 45 dB or better, and on average no level."""
    lumas = panning(10, 96, 128)
    result = color(write_film(tmp_path / "a.mkv", lumas), tmp_path / "b.mp4")
    gaps = [luma_of(frame) - luma for frame, luma in zip(decoded(result), lumas, strict=True)]
    psnr = 10 * math.log10(255**2 / np.mean(np.square(gaps)))
    assert psnr > 45 and abs(np.mean(gaps)) < 0.1


@pytest.mark.parametrize(
    "form", ["nv12", "p010le", "yuyv422", "uyvy422", "yuv420p16le", "gray16be"]
)
def test_brightness_is_found_in_every_layout(form):
    """Against the bytes themselves, which FFmpeg wrote by another way: from planes."""
    bits = {"p010le": 10, "yuv420p16le": 16, "gray16be": 16}.get(form, 8)
    planar = {8: "yuv420p", 10: "yuv420p10le", 16: "yuv420p16le"}[bits]
    luma = np.random.default_rng(0).integers(16 << (bits - 8), 235 << (bits - 8), (48, 64))
    if form == "gray16be":
        frame = av.VideoFrame(64, 48, form)
        np.frombuffer(frame.planes[0], ">u2").reshape(48, -1)[:, :64] = luma
    else:
        frame = raw(luma, planar)
        frame = frame if form == planar else frame.reformat(format=form)
    found = film_planes.luma(frame, film_planes.kind_of(frame)).astype(np.int64)
    assert np.array_equal(found, luma if bits < 16 else np.minimum((luma + 8) >> 4, 4095))


def test_rgb_becomes_the_luma_of_bt709():
    rgb = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
    kind = film_planes.kind_of(frame)
    exact = 16 + 219 / 255 * (rgb @ [0.2126, 0.7152, 0.0722])
    assert (kind.matrix, kind.full, kind.form) == (1, False, "yuv420p")
    assert np.abs(film_planes.luma(frame, kind) - exact).max() < 1


@pytest.mark.parametrize(
    ("matrix", "red", "blue"), [(1, 0.2126, 0.0722), (5, 0.299, 0.114), (9, 0.2627, 0.0593)]
)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("form", "off"), [("yuv444p", 1.6), ("yuv444p10le", 0.4)])
def test_colors_are_those_that_were_predicted(tmp_path, matrix, red, blue, full, form, off):
    """a* and b* of scikit-image, of what a player would show by the tags of the result."""
    deep = 4 if "10" in form else 1
    luma = np.repeat(np.arange(60, 200, 5, dtype=np.uint16)[None] * deep, 20, 0)
    tags = {"colorspace": matrix, "color_range": 2 if full else 1}
    source = write_film(tmp_path / "a.mkv", [luma] * 2, form=form, **tags)
    result = color(source, tmp_path / "b.mkv", lossless=True)
    frame = decoded(result)[0]
    assert (int(frame.colorspace), int(frame.color_range)) == (matrix, 2 if full else 1)
    rgb = rgb_of(frame, red, blue, full)
    assert rgb.min() > -0.01 and rgb.max() < 1.01
    assert np.abs(rgb2lab(rgb.clip(0, 1))[..., 1:] - WARM.numpy()).max() < off


def test_a_wrong_matrix_would_be_noticed(tmp_path):
    source = write_film(
        tmp_path / "a.mkv", [np.full((20, 20), 120)] * 2, form="yuv444p", colorspace=5
    )
    frame = decoded(color(source, tmp_path / "b.mkv", lossless=True))[0]
    wrong = rgb2lab(rgb_of(frame, 0.2126, 0.0722, False))[..., 1:] - WARM.numpy()
    assert np.abs(wrong).max() > 1.6


@pytest.mark.parametrize(("height", "matrix"), [(48, 5), (720, 1)])
def test_a_film_without_tags_is_read_as_players_do_and_tagged(tmp_path, height, matrix):
    source = write_film(tmp_path / "a.mkv", [np.full((height, 64), 120)] * 2)
    frame = decoded(color(source, tmp_path / "b.mp4"))[0]
    assert (int(frame.colorspace), int(frame.color_range)) == (matrix, 1)


def test_half_size_colors_lie_where_players_look_for_them():
    """Y' at the color samples: by hand, the left one of two columns, between two rows."""
    from huelab.apply.frames import _at_colors

    unit = torch.arange(16.0).view(1, 1, 2, 8) ** 2
    top, below = (row.tolist() for row in unit[0, 0])
    rows = [(a + b) / 2 for a, b in zip(top, below, strict=True)]
    expected = [rows[max(0, x - 1)] / 4 + rows[x] / 2 + rows[x + 1] / 4 for x in range(0, 8, 2)]
    kind = film_planes.Kind(8, 2, 8, 2, 2, 1, False)
    assert _at_colors(unit, kind).flatten().tolist() == pytest.approx(expected)


# ------------------------------------------------------------------------- times and tracks


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(24000, 1001), 25])
def test_times_of_a_steady_film(tmp_path, suffix, rate):
    source = write_film(tmp_path / "a.mp4", panning(9), codec="libx264", rate=rate)
    result = color(source, tmp_path / f"b{suffix}")
    before, after = decoded(source), decoded(result)
    gaps = [a.time - b.time for a, b in zip(before, after, strict=True)]
    assert max(map(abs, gaps)) < (0.0006 if suffix == ".mkv" else 1e-6)  # Matroska counts in ms
    with av.open(str(result)) as container:
        assert container.streams.video[0].average_rate == pytest.approx(Fraction(rate), rel=1e-4)
        assert container.duration / 1e6 == pytest.approx(float(9 / Fraction(rate)), abs=0.002)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_times_of_a_film_of_varying_rate(tmp_path, suffix):
    times = [0, 40, 75, 300, 310, 333, 700, 1500, 1520, 1600, 2350]
    source = write_film(tmp_path / "a.mkv", panning(10), times=times, time_base="1/1000")
    result = color(source, tmp_path / f"b{suffix}")
    assert [round(1000 * frame.time) for frame in decoded(result)] == times[:-1]
    with av.open(str(source)) as before, av.open(str(result)) as after:
        assert after.duration == pytest.approx(before.duration, abs=1000)
        assert after.duration == pytest.approx(2_350_000, abs=1000)


def test_a_film_that_begins_late_stays_in_step_with_its_sound(tmp_path):
    times = [500 + 40 * n for n in range(11)]
    source = write_film(tmp_path / "a.mkv", panning(10), times=times, time_base="1/1000", sound=1.0)
    result = color(source, tmp_path / "b.mkv")
    starts = []
    for path in (source, result):
        with av.open(str(path)) as container:
            first = {}
            for packet in container.demux():
                if packet.size:
                    first.setdefault(packet.stream.type, float(packet.pts * packet.time_base))
        starts.append(first["video"] - first["audio"])
    assert starts[0] == pytest.approx(starts[1], abs=0.002) and starts[0] > 0.4


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_subtitles_texts_and_chapters_are_copied(tmp_path, suffix):
    unit = Fraction(1, 1000)
    marks = [{"id": 1, "start": 0, "end": 400, "time_base": unit, "metadata": {"title": "One"}}]
    source = write_film(
        tmp_path / f"a{suffix}", panning(20), codec="libx264", sound=0.8, captions=(0.1, 0.3),
        metadata={"title": "A film", "comment": "Mine."}, chapters=marks,
    )  # fmt: skip
    result = color(source, tmp_path / f"b{suffix}")
    for kind in ("audio", "subtitle"):
        assert packets(source, kind) and packets(result, kind) == packets(source, kind)
    with av.open(str(source)) as before, av.open(str(result)) as after:
        assert [s.type for s in after.streams] == [s.type for s in before.streams]
        assert after.streams.audio[0].metadata["language"] == "deu"
        texts = {key.lower(): text for key, text in after.metadata.items()}
        assert texts["title"] == "A film" and texts["comment"].startswith("Mine.")
        titles = [chapter["metadata"]["title"] for chapter in after.chapters()]
        assert titles == ["One"]
        # Matroska does not say where in its last packet, of 1,024 samples, a sound ends.
        off = 2000 if suffix == ".mp4" else 128_000
        assert after.duration == pytest.approx(before.duration, abs=off)


def test_tracks_that_do_not_fit_are_told_before_the_work(tmp_path):
    source = write_film(tmp_path / "a.mkv", panning(3), captions=(0.0,))
    with pytest.raises(ImageError, match=r"a\.mkv: .*do not fit into \.mp4; \.mkv may"):
        color(source, tmp_path / "b.mp4", progress=pytest.fail)
    with pytest.raises(ImageError, match=r"writes films as \.mp4, .*, not as '\.avi'"):
        color(source, tmp_path / "b.avi", progress=pytest.fail)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_turned_film_is_colored_upright_and_stays_turned(tmp_path, suffix):
    """The colors follow from where the shown picture is up."""

    class Sky(LabColorizer):
        def predict_ab(self, lightness, guide, generator):
            ab = torch.zeros(1, 2, *lightness.shape[-2:])
            ab[..., : lightness.shape[-2] // 2, :] = -20
            return ab

    lumas = [np.full((48, 64), 120)] * 3
    source = write_film(tmp_path / "a.mp4", lumas, codec="libx264", turn=QUARTER)
    result = color(source, tmp_path / f"b{suffix}", Sky())
    frame = decoded(result)[0]
    assert frame.rotation == decoded(source)[0].rotation == -90
    from huelab.images import video

    shown = next(video.frames(result)).rgb
    ab = rgb2lab(shown)[..., 1:].mean(-1)
    assert shown.shape == (64, 48, 3)
    assert ab[:28].max() < -12 and np.abs(ab[36:]).max() < 3


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_tags_and_the_shape_of_pixels_stay(tmp_path, suffix):
    tags = {"colorspace": 6, "color_primaries": 6, "color_trc": 1, "color_range": 1}
    source = write_film(
        tmp_path / "a.mp4", panning(3), codec="libx264",
        sample_aspect_ratio=Fraction(16, 15), **tags,
    )  # fmt: skip
    result = color(source, tmp_path / f"b{suffix}")
    frame = decoded(result)[0]
    assert {name: int(getattr(frame, name)) for name in tags} == tags
    with av.open(str(result)) as container:
        stream = container.streams.video[0]
        assert stream.sample_aspect_ratio == Fraction(16, 15)
        found = {name: int(getattr(stream.codec_context, name)) for name in tags}
        assert found == tags


def test_a_wide_pixel_is_seen_square(tmp_path):
    seen = []

    class Looking(LabColorizer):
        def predict_ab(self, lightness, guide, generator):
            seen.append(tuple(lightness.shape[-2:]))
            return torch.zeros(1, 2, *lightness.shape[-2:])

    wide = Fraction(2)
    source = write_film(
        tmp_path / "a.mp4", panning(1, 48, 64), codec="libx264", sample_aspect_ratio=wide
    )
    color(source, tmp_path / "b.mkv", Looking(), size=24)
    assert seen == [(24, 64)]


def test_interlaced_frames_stay_interlaced(tmp_path):
    lumas = panning(6)
    options = {"flags": "+ilme+ildct", "qp": "0", "x264-params": "interlaced=1"}
    source = write_film(tmp_path / "a.mkv", lumas, codec="libx264", options=options)
    assert decoded(source)[0].interlaced_frame
    frames = decoded(color(source, tmp_path / "b.mkv", lossless=True))
    assert all(frame.interlaced_frame for frame in frames)
    for frame, before in zip(frames, decoded(source), strict=True):
        assert np.array_equal(luma_of(frame), luma_of(before))


def test_webm_is_vp9(tmp_path):
    source = write_film(tmp_path / "a.mkv", panning(4, 47, 63))
    frames = decoded(color(source, tmp_path / "b.webm", lossless=True))
    for frame, luma in zip(frames, panning(4, 47, 63), strict=True):
        assert np.array_equal(luma_of(frame), luma)
    with av.open(str(tmp_path / "b.webm")) as container:
        assert container.streams.video[0].codec_context.name.endswith("vp9")


def test_a_film_that_has_colors_or_more_bits_is_told(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        stream = out.add_stream("ffv1", rate=25, width=64, height=48, pix_fmt="bgr0")
        out.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        out.mux(stream.encode(None))
    for source, said in [
        (tmp_path / "a.mkv", ["This film already has colors; HueLab used only its brightness."]),
        (write_film(tmp_path / "b.mkv", panning(2)), []),
        (
            write_film(tmp_path / "c.mkv", panning(2), form="gray16le"),
            ["This film has 16 bits; the result has 12."],
        ),
    ]:
        notes = []
        color(source, source.with_suffix(".mp4"), notes=notes)
        assert notes == said


# ------------------------------------------------------------------------- what goes wrong


def broken(tmp_path, kind):
    path = tmp_path / "bad.mp4"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(5000))
    elif kind in ("cut short", "damaged"):
        write_film(path, panning(40), codec="libx264", options={"g": "6"})
        content = bytearray(path.read_bytes())
        if kind == "damaged":
            content[3000:3200] = np.random.default_rng(0).bytes(200)
        else:
            fast = {"movflags": "faststart"}
            with (
                av.open(str(path)) as old,
                av.open(str(tmp_path / "f.mp4"), "w", options=fast) as new,
            ):
                film = new.add_stream_from_template(old.streams.video[0], opaque=True)
                for packet in old.demux(video=0):
                    if packet.size:
                        packet.stream = film
                        new.mux(packet)
            content = (tmp_path / "f.mp4").read_bytes()
            (tmp_path / "f.mp4").unlink()
            content = content[: len(content) * 6 // 10]
        path.write_bytes(content)
    elif kind == "sound":
        with av.open(str(path), "w") as out:
            stream = out.add_stream("aac", rate=8000, layout="mono")
            block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            block.sample_rate = 8000
            out.mux(stream.encode(block))
            out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("empty", "the file is empty"),
        ("noise", "damaged or not a film"),
        ("sound", "holds no moving pictures"),
        ("absent", "No such file"),
        ("cut short", "cut short or damaged|damaged or not a film"),
        ("damaged", "damaged"),
    ],
)
def test_what_is_no_whole_film_is_one_clear_error(tmp_path, cache, kind, said):
    source = broken(tmp_path, kind)
    target = tmp_path / "out" / "b.mp4"
    target.parent.mkdir()
    with pytest.raises(ImageError, match=said) as error:
        color(source, target)
    assert str(error.value).count("bad.mp4") == 1 and "\n" not in str(error.value)
    assert not list(target.parent.iterdir())
    assert not [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_film_whose_pictures_change_size_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.avi"), "w") as out:
        stream = out.add_stream("mjpeg", rate=25, width=64, height=48, pix_fmt="yuvj420p")
        for number, size in enumerate(((48, 64), (48, 64), (32, 64))):
            if size == (32, 64):  # a JPEG says itself how large it is
                other = av.CodecContext.create("mjpeg", "w")
                other.width, other.height, other.pix_fmt = 64, 32, "yuvj420p"
                other.time_base = Fraction(1, 25)
                encode = other.encode
            else:
                encode = stream.encode
            frame = raw(np.full(size, 99), "yuvj420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            for packet in encode(frame):
                packet.stream = stream
                out.mux(packet)
    with pytest.raises(ImageError, match="changes the size"):
        color(tmp_path / "a.avi", tmp_path / "b.mp4")


def test_nothing_is_overwritten_unasked(tmp_path):
    source = write_film(tmp_path / "a.mkv", panning(2))
    target = tmp_path / "b.mp4"
    target.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        color(source, target)
    assert target.read_bytes() == b"mine"
    color(source, target, overwrite=True)
    assert len(decoded(target)) == 2
    before = source.read_bytes()
    with pytest.raises(FileExistsError, match="the film itself"):
        color(source, source, overwrite=True)
    assert source.read_bytes() == before


def test_a_film_that_another_process_made_meanwhile_is_not_made_again(tmp_path, monkeypatch):
    source, target = write_film(tmp_path / "a.mkv", panning(2)), tmp_path / "b.mp4"
    enter = parts.Parts.__enter__

    def entered(self):
        target.write_bytes(b"theirs")  # while this process waited for the other's lock
        return enter(self)

    monkeypatch.setattr(parts.Parts, "__enter__", entered)
    with pytest.raises(FileExistsError):
        color(source, target, progress=pytest.fail)
    assert target.read_bytes() == b"theirs"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_result_is_marked(tmp_path, suffix):
    from huelab.images import mark

    source = write_film(tmp_path / "a.mkv", panning(2))
    assert mark_of_film(source) is None
    result = color(source, tmp_path / f"b{suffix}")
    assert mark_of_film(result) == mark(source, result)


# ------------------------------------------------------------------------- stopped and resumed


class Counting(MeanColor):
    """Colors that differ from frame to frame, and a count of the frames seen."""

    def __init__(self):
        super().__init__(WARM)
        self.seen = 0

    def predict_ab(self, lightness, guide, generator):
        Counting.total += 1
        shift = 10 * torch.sin(lightness.mean() * 7)
        return super().predict_ab(lightness, guide, generator) + shift


Counting.total = 0


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("how", [KeyboardInterrupt, MemoryError])
def test_a_stopped_film_goes_on_to_the_same_frames(tmp_path, cache, monkeypatch, smooth, how):
    monkeypatch.setattr(parts, "FRAMES", 8)
    source = write_film(tmp_path / "a.mkv", panning(30), sound=1.2)
    whole = color(source, tmp_path / "whole.mp4", Counting(), smooth=smooth)
    target = tmp_path / "out" / "b.mp4"
    target.parent.mkdir()

    def stop(done, total):
        if done == 19:
            raise how

    with pytest.raises(how):
        color(source, target, Counting(), smooth=smooth, progress=stop)
    assert not list(target.parent.iterdir())
    Counting.total, told = 0, []
    color(source, target, Counting(), smooth=smooth, progress=lambda *at: told.append(at))
    assert Counting.total == 14  # two parts of eight were done
    assert told[0][0] == 17 and told[-1][0] == 30
    for one, other in zip(decoded(whole), decoded(target), strict=True):
        assert one.time == other.time
        for a, b in zip(planes_of(one), planes_of(other), strict=True):
            assert np.array_equal(a, b)
    assert packets(target, "audio") == packets(source, "audio")
    assert not [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_parts_of_another_choice_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "FRAMES", 4)
    source = write_film(tmp_path / "a.mkv", panning(12))

    def stop(done, total):
        if done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        color(source, tmp_path / "b.mp4", MeanColor(WARM), progress=stop)
    for method, how in [(MeanColor(-WARM), {}), (MeanColor(WARM), {"size": 16})]:
        told = []
        color(
            source, tmp_path / "b.mp4", method, overwrite=True,
            progress=lambda done, total, told=told: told.append(done), **how,
        )  # fmt: skip
        assert told[0] == 1
    write_film(source, panning(12, seed=1))
    told = []
    color(
        source, tmp_path / "b.mp4", overwrite=True, progress=lambda done, total: told.append(done)
    )
    assert told[0] == 1


def test_memory_does_not_grow_with_the_film(tmp_path, monkeypatch):
    """Frames alive at a time: those that the encoder holds, which is a number of its own."""
    import tracemalloc

    def peak(n):
        source = write_film(tmp_path / f"{n}.mkv", [dots()] * n)
        tracemalloc.start()
        color(source, tmp_path / f"{n}.mp4", smooth=True)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    monkeypatch.setattr(parts, "FRAMES", 16)
    peak(16)
    assert peak(96) < peak(32) * 1.3 + 50_000
