"""Films: honest pixels, the choice of frames, scenes, and the folder that holds them."""

import csv
import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import torch
from PIL import Image

from huelab import data
from huelab.cli.main import main
from huelab.data import film, frames
from huelab.data.crops import possible_crops, random_crops
from huelab.data.film import Settings
from huelab.data.frames import take
from huelab.images import ImageError, video

av = pytest.importorskip("av")


def write(path, frames, *, codec="ffv1", form="yuv444p", times=None, **kept):
    """A clip of RGB frames, or of planes Y, U, V; `kept` are attributes of the codec."""
    options, rotation = kept.pop("options", {}), kept.pop("rotation", None)
    with av.open(str(path), "w", container_options=kept.pop("container", {})) as out:
        stream = out.add_stream(codec, rate=25, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = form
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        for name, value in kept.items():
            setattr(stream.codec_context, name, value)
        if rotation is not None:
            stream.set_display_matrix(rotation)
        for number, pixels in enumerate(frames):
            frame = planes(pixels, form) if form != "rgb24" else pixels
            frame.pts = (times or range(0, 40 * len(frames), 40))[number]
            frame.time_base = Fraction(1, 1000)
            for key in ("colorspace", "color_range", "color_trc", "color_primaries"):
                if key in kept:
                    setattr(frame, key, kept[key])
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path


def planes(yuv, form):
    """A raw frame of `(H, W, 3)` Y, U, V, of which U and V are averaged where `form` has less."""
    height, width = yuv.shape[:2]
    frame, deep = av.VideoFrame(width, height, form), "10" in form
    for index, plane in enumerate(frame.planes):
        step = (-(-height // plane.height), -(-width // plane.width))
        values = yuv[:: step[0], :: step[1], index]
        wide = plane.line_size // (2 if deep else 1)
        padded = np.zeros((plane.height, wide), np.uint16 if deep else np.uint8)
        padded[:, : values.shape[1]] = values
        plane.update(padded.tobytes())
    return frame


def flat(levels, height=32, width=48):
    return np.broadcast_to(np.array(levels, np.uint16), (height, width, 3))


def rgb_of(y, u, v, kr, kb, full, bits):
    """Closed form of ITU-R BT.601 and BT.709, in 0..255."""
    top, scale = 2**bits - 1, 2 ** (bits - 8)
    low, span, chroma = (0, top, top) if full else (16 * scale, 219 * scale, 224 * scale)
    y, u, v = (y - low) / span, (u - 128 * scale) / chroma, (v - 128 * scale) / chroma
    red, blue = y + 2 * (1 - kr) * v, y + 2 * (1 - kb) * u
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    return 255 * np.clip([red, green, blue], 0, 1)


@pytest.mark.parametrize("form", ["yuv420p", "yuv444p", "yuv422p10le"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("tag", "weights"), [(1, (0.2126, 0.0722)), (5, (0.299, 0.114))])
def test_matrix_range_and_depth_are_those_of_the_tags(tmp_path, form, full, tag, weights):
    bits = 10 if "10" in form else 8
    colors = [(110, 90, 160), (60, 140, 120), (180, 128, 128), (90, 150, 100)]
    colors = [tuple(level * 2 ** (bits - 8) for level in color) for color in colors]
    tags = {"colorspace": tag, "color_range": 2 if full else 1}
    path = write(tmp_path / "a.mkv", [flat(color) for color in colors], form=form, **tags)
    for frame, color in zip(video.frames(path), colors, strict=True):
        true = rgb_of(*color, *weights, full, bits)
        assert np.ptp(frame.rgb, axis=(0, 1)).max() == 0
        # FFmpeg treats the middle of full-range 10 bit as if it had 1024 steps.
        assert np.abs(frame.rgb[0, 0] - true).max() <= (1.2 if full and bits == 10 else 0.51)


@pytest.mark.parametrize(
    ("size", "weights"), [((32, 48), (0.299, 0.114)), ((720, 1280), (0.2126, 0.0722))]
)
def test_without_tags_the_matrix_follows_the_size(tmp_path, size, weights):
    path = write(tmp_path / "a.mkv", [flat((110, 90, 160), *size)], form="yuv420p")
    (frame,) = video.frames(path)
    assert np.abs(frame.rgb[5, 5] - rgb_of(110, 90, 160, *weights, False, 8)).max() <= 0.51


def test_color_samples_lie_where_h264_puts_them(tmp_path):
    """At even columns: a ramp of V, 2 levels a sample, rises a level a column from the first."""
    yuv = np.full((16, 64, 3), 128, np.uint8)
    yuv[..., 2] = 100 + np.arange(64)
    path = write(
        tmp_path / "a.mp4", [yuv], codec="libx264", form="yuv420p", options={"qp": "0"},
        colorspace=5, color_range=2,
    )  # fmt: skip
    (frame,) = video.frames(path)
    v = (frame.rgb[8, 4:24, 0] - 128.0) / 1.402 + 28
    assert abs((v - np.arange(4, 24)).mean()) < 0.25  # in the middle of two it would be 0.5


CORNERS = np.full((30, 48, 3), 128, np.uint8)
CORNERS[:10, :16, 0], CORNERS[:10, 32:, 0], CORNERS[20:, :16, 0] = 60, 120, 180
ONE = 1 << 16


@pytest.mark.parametrize(
    ("a", "b", "c", "d"),
    [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0), (-1, 0, 0, 1), (0, 1, 1, 0)],
)
def test_frames_are_turned_as_the_file_says(tmp_path, a, b, c, d):
    """By the definition of QuickTime: a pixel (x, y) is shown at (ax + cy, bx + dy)."""
    matrix = [a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30]
    options = {"codec": "libx264", "form": "yuv444p", "options": {"qp": "0"}}
    path = write(tmp_path / "a.mp4", [CORNERS], rotation=matrix, **options)
    (frame,) = video.frames(path)
    (still,) = video.frames(write(tmp_path / "b.mp4", [CORNERS], **options))
    y, x = np.mgrid[:30, :48]
    right, down = a * x + c * y, b * x + d * y
    shown = np.zeros_like(frame.rgb)
    shown[down - down.min(), right - right.min()] = still.rgb
    assert np.array_equal(frame.rgb, shown)


def test_an_odd_angle_is_refused(tmp_path):
    half = round(ONE * math.sqrt(0.5))
    matrix = [half, half, 0, -half, half, 0, 0, 0, 1 << 30]
    path = write(tmp_path / "a.mp4", [CORNERS], codec="libx264", form="yuv444p", rotation=matrix)
    with pytest.raises(ImageError, match="no multiple of 90"):
        _ = next(video.frames(path)).rgb


def test_times_are_those_of_a_variable_rate(tmp_path):
    path = write(tmp_path / "a.mkv", [CORNERS] * 4, times=[100, 140, 640, 650])
    assert [frame.time for frame in video.frames(path)] == pytest.approx([0, 0.04, 0.54, 0.55])


@pytest.mark.parametrize("aspect", [Fraction(16, 15), Fraction(8, 9)])
def test_pixels_become_square(tmp_path, aspect):
    """A circle that was squeezed is a circle again."""
    y, x = np.mgrid[:90, :90]
    disk = (x - 44.5) ** 2 * float(aspect) ** 2 + (y - 44.5) ** 2 < 30**2
    yuv = np.full((90, 90, 3), 128, np.uint8)
    yuv[..., 0] = np.where(disk, 235, 16)
    path = write(tmp_path / "a.mp4", [yuv], codec="libx264", options={"aspect": f"{aspect}"})
    (frame,) = video.frames(path)
    assert frame.rgb.shape == (90, round(90 * aspect), 3)
    bright = frame.rgb[..., 0] > 128
    assert abs(int(bright.any(0).sum()) - int(bright.any(1).sum())) <= 1


@pytest.mark.parametrize("form", ["yuv420p", "yuv444p"])
def test_odd_sizes_keep_their_pixels(tmp_path, form):
    path = write(tmp_path / "a.mkv", [flat((110, 90, 160), 27, 35)], form=form)
    (frame,) = video.frames(path)
    assert frame.rgb.shape == (27, 35, 3)
    true = rgb_of(110, 90, 160, 0.299, 0.114, False, 8)
    assert np.abs(frame.rgb - true).max() <= 0.51


def test_interlaced_frames_have_no_comb(tmp_path):
    """A bar moves 8 pixels from one field to the next, which tears its edges apart."""
    frames = []
    for number in range(8):
        yuv = np.full((64, 128, 3), 128, np.uint8)
        yuv[..., 0] = 50
        for field in (0, 1):
            left = 16 * number + 8 * field
            yuv[field::2, left : left + 16, 0] = 200
        frames.append(yuv)
    path = write(
        tmp_path / "a.mpg", frames, codec="mpeg2video", form="yuv420p",
        options={"flags": "+ildct+ilme"}, bit_rate=8_000_000,
    )  # fmt: skip
    with av.open(str(path)) as raw:
        torn = [each.to_ndarray(format="gray").astype(int) for each in raw.decode(video=0)]
    whole = [frame.rgb[..., 1].astype(int) for frame in video.frames(path)]
    assert len(whole) == len(torn) == 8

    def comb(gray):
        return np.abs(2 * gray[1:-1] - gray[:-2] - gray[2:])[8:-8].mean()

    assert comb(torn[4]) > 10 and comb(whole[4]) < comb(torn[4]) / 4


def test_hdr_is_refused(tmp_path):
    path = write(tmp_path / "a.mkv", [flat((300, 500, 500))], form="yuv422p10le", color_trc=16)
    with pytest.raises(ImageError, match=r"a\.mkv: has PQ colors"):
        next(video.frames(path)).small_gray(8)


# ------------------------------------------------------------------------- damage


def moving(n=60, seed=0):
    noise = np.random.default_rng(seed).integers(16, 235, (8, 12), np.uint8)
    base = np.full((64, 96, 3), 128, np.uint8)
    base[..., 0] = noise.repeat(8, 0).repeat(8, 1)
    return [np.roll(base, 2 * number, 1) for number in range(n)]


def outcome(path):
    count, error = 0, ""
    try:
        for frame in video.frames(path):
            assert frame.rgb.shape == (64, 96, 3)
            count += 1
    except ImageError as found:
        error = str(found)
    return count, error


@pytest.mark.parametrize(
    ("name", "codec", "share"),
    [("a.mp4", "libx264", 0.6), ("a.mkv", "libx264", 0.6), ("a.avi", "ffv1", 0.6)],
)
def test_a_film_that_is_cut_short_gives_its_frames_and_one_error(tmp_path, name, codec, share):
    faststart = {"movflags": "faststart"} if name.endswith("mp4") else {}
    path = write(
        tmp_path / name, moving(), codec=codec, form="yuv420p", container=faststart, gop_size=6
    )
    assert outcome(path) == (60, "")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    count, error = outcome(path)
    assert 5 < count < 50 and error.startswith(f"{path}: ") and error.count(str(path)) == 1


def test_damage_within_a_film_is_told(tmp_path):
    path = write(
        tmp_path / "a.mp4", moving(), codec="libx264", form="yuv420p",
        container={"movflags": "faststart"}, gop_size=6,
    )  # fmt: skip
    content = bytearray(path.read_bytes())
    middle = len(content) * 6 // 10
    content[middle : middle + 300] = np.random.default_rng(0).bytes(300)
    path.write_bytes(content)
    count, error = outcome(path)
    assert 10 < count < 60 and "damaged" in error


def test_what_is_no_film_has_one_clear_error(tmp_path):
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    with av.open(str(tmp_path / "sound.m4a"), "w") as out:
        stream = out.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        sound.sample_rate = 8000
        for packet in (*stream.encode(sound), *stream.encode(None)):
            out.mux(packet)
    for name, words in [
        ("empty.mp4", "the file is empty"),
        ("noise.mp4", "damaged or not a film"),
        ("sound.m4a", "holds no moving pictures"),
        ("absent.mp4", "No such file"),
    ]:
        with pytest.raises(ImageError, match=words):
            list(video.frames(tmp_path / name))


# ------------------------------------------------------------------------- choosing


class Shown:
    """A frame of one picture, counted while it lives."""

    alive = most = 0

    def __init__(self, number, gray):
        self.number, self.time, self.gray = number, number / 25, gray
        Shown.alive += 1
        Shown.most = max(Shown.most, Shown.alive)

    def __del__(self):
        Shown.alive -= 1

    def small_gray(self, side):
        return self.gray


def shown(levels):
    return (Shown(n, np.full((64, 64), level, np.uint8)) for n, level in enumerate(levels))


@pytest.mark.claim("004-D03")
def test_similar_neighbors_are_dropped():
    """By the difference from the last kept frame, so that what drifts slowly is kept at last."""
    levels = [100, 101, 100, 104, 105, 106, 109, 110, 140]
    judged = list(film.judge(shown(levels), threshold=5 / 255))
    assert [each.frame.gray[0, 0] for each in judged if each.kept] == [100, 105, 110, 140]
    assert [each.score * 255 for each in judged[1:]] == pytest.approx([1, 0, 4, 5, 1, 4, 5, 30])
    every = film.judge(shown(levels), threshold=5 / 255, every=0.2)
    assert [each.frame.number for each in every if each.kept] == [0, 5]


def scenes(levels):
    return [each.scene for each in film.judge(shown(levels))]


def test_scenes_end_at_cuts_and_not_at_motion_or_fades():
    assert scenes([50, 51, 200, 201]) == [0, 0, 1, 1]
    assert scenes([50, 70, 100, 150, 200]) == [0] * 5  # grows, as motion does
    assert scenes(range(0, 250, 10)) == [0] * 25
    # A flash, and a camera that comes back.
    assert scenes([50, 51, 250, 51, 50]) == [0, 0, 1, 0, 0]
    assert scenes([50, 50, 120, 120, 50, 50, 200, 200, 120]) == [0, 0, 1, 1, 0, 0, 2, 2, 1]


def test_memory_does_not_grow_with_the_film():
    Shown.alive = Shown.most = 0
    for _ in film.judge(shown(np.random.default_rng(0).integers(0, 255, 3000))):
        pass
    assert Shown.most <= 4


def test_memory_of_decoding_does_not_grow(tmp_path):
    def peak(n):
        path = write(tmp_path / f"{n}.mkv", moving(n))
        tracemalloc.start()
        for judged in film.judge(video.frames(path)):
            _ = judged.frame.rgb
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(20)
    assert peak(200) < peak(40) * 1.5 + 30_000


def test_no_scene_is_on_both_sides():
    groups = [f"film/{n // 10}" for n in range(300)]
    for seed in range(5):
        held = film.held_out(groups, seed=seed)
        share = sum(group in held for group in groups) / 300
        assert 0.07 < share < 0.12
    assert len({film.held_out(groups, seed=seed) for seed in range(5)}) > 1
    assert film.held_out(groups) == film.held_out(groups[::-1])
    assert film.held_out(["a"] * 5) == frozenset()
    assert film.held_out(["a"] * 90 + ["b"] * 10) == {"b"}


def test_possible_crops_are_those_of_the_paper():
    assert possible_crops(1080, 1920, 512) == 801_721
    assert possible_crops(2160, 3840, 512) == 5_489_521  # UHD, not DCI's 4096 x 2160
    with pytest.raises(ValueError, match="1 to 5"):
        possible_crops(5, 9, 6)


def test_random_crops_are_parts_and_reach_every_place():
    images = torch.arange(5 * 6, dtype=torch.uint8).view(1, 1, 5, 6).repeat(600, 1, 1, 1)
    images = torch.cat([images, images + 100], 1)
    crops = random_crops(images, 3, torch.Generator().manual_seed(0))
    assert crops.shape == (600, 2, 3, 3) and crops.dtype == torch.uint8
    corners = crops[:, 0, 0, 0].int()
    assert set(corners.tolist()) == {6 * y + x for y in range(3) for x in range(4)}
    steps = torch.tensor([[0, 1, 2], [6, 7, 8], [12, 13, 14]])
    assert torch.equal(crops[:, 0].int(), corners[:, None, None] + steps)
    assert torch.equal(crops[:, 1], crops[:, 0] + 100)
    assert torch.equal(crops, random_crops(images, 3, torch.Generator().manual_seed(0)))


# ------------------------------------------------------------------------- folders


def film_of_scenes(path, n=4, length=10):
    frames = []
    for scene in range(n):
        yuv = np.full((32, 48, 3), 128, np.uint8)
        for step in range(length):
            yuv[..., 0] = 30 + 60 * scene + step
            frames.append(yuv.copy())
    return write(path, frames)


def rows(folder):
    with open(folder / "manifest.csv", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.claim("004-D01")
def test_training_images_are_frames_of_films(tmp_path):
    """The pictures of the data set are those that the film shows at the times in their names."""
    path = film_of_scenes(tmp_path / "a film.mkv")
    out = tmp_path / "frames"
    taken = take(path, out, Settings(threshold=3 / 255))
    assert (taken.frames, taken.scenes, taken.error) == (40, 4, "") and taken.kept == taken.new
    truth = {f"{frame.time:.6f}": frame.rgb for frame in video.frames(path)}
    for row in rows(out):
        assert np.array_equal(np.asarray(Image.open(out / row["file"])), truth[row["time"]])
    parts = {s: set(data.open_dataset(str(out), s, None).labels) for s in ("train", "test")}
    assert parts["train"] and parts["test"] and not parts["train"] & parts["test"]


def test_a_stopped_run_goes_on_to_the_same_frames(tmp_path, monkeypatch):
    path = film_of_scenes(tmp_path / "a.mkv")
    settings = Settings(threshold=3 / 255, size=16)
    take(path, tmp_path / "whole", settings)
    out, judge = tmp_path / "out", film.judge

    def stopped(*args, **limits):
        for each in judge(*args, **limits):
            if each.frame.number == 17:
                raise KeyboardInterrupt
            yield each

    monkeypatch.setattr(frames, "judge", stopped)
    with pytest.raises(KeyboardInterrupt):
        take(path, out, settings)
    done = len(rows(out))
    assert 0 < done < len(rows(tmp_path / "whole"))
    with pytest.raises(data.DataError, match="only partly here"):
        data.open_dataset(str(out), "train", 8)
    monkeypatch.setattr(frames, "judge", judge)
    assert take(path, out, settings).new == len(rows(tmp_path / "whole")) - done
    assert rows(out) == rows(tmp_path / "whole")
    assert take(path, out, settings).new == 0
    (out / rows(out)[0]["file"]).write_bytes(b"damaged")
    assert take(path, out, settings).new == 1
    with pytest.raises(data.DataError, match="chosen with other settings"):
        take(path, out, Settings(threshold=0.5))


def test_the_command_says_what_it_did(tmp_path, monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["huelab", "data", "film", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code or 0, *capsys.readouterr()

    path, out = film_of_scenes(tmp_path / "a.mkv"), tmp_path / "out"
    status, said, _ = run(path, "--out", out)
    assert status == 0 and "of 40 frames in 4 scenes" in said
    status, said, _ = run(path, "--out", out)
    assert status == 0 and "all were here" in said
    content = path.read_bytes()
    (tmp_path / "b.mkv").write_bytes(content[: len(content) * 7 // 10])
    status, said, problem = run(tmp_path / "b.mkv", "--out", out)
    assert (
        status == 1
        and "HueLab keeps the frames before that" in problem
        and "Traceback" not in problem
    )
    assert [row for row in rows(out) if row["film"] == "b"]
    assert run(tmp_path / "absent.mkv", "--out", out)[0] == 1
    assert run(path, "--out", out, "--split", "frame")[0] == 2


def test_a_data_set_of_films_is_split_by_film_or_by_scene(tmp_path, monkeypatch):
    home = tmp_path / "home"
    for split, name, n in [("train", "a", 4), ("train", "b", 3), ("test", "c", 2)]:
        (home / "film" / split).mkdir(parents=True, exist_ok=True)
        film_of_scenes(home / "film" / split / f"{name}.mkv", n)
    monkeypatch.setenv("HUELAB_DATA", str(home))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    assert data.describe("film").splits == {"train": 70, "test": 20, "a": 40, "b": 30, "c": 20}
    of = {split: data.open_dataset("film", split, 8) for split in ("train", "test", "a")}
    films = {split: {file.split("/")[0] for file in photos.files} for split, photos in of.items()}
    assert films == {"train": {"a", "b"}, "test": {"c"}, "a": {"a"}}
    counts = data.describe("film").splits
    assert {split: counts[split] for split in of} == {s: len(photos) for s, photos in of.items()}
    by_scene = {s: data.open_dataset("film_by_scene", s, 8) for s in ("train", "test")}
    assert not set(by_scene["train"].labels) & set(by_scene["test"].labels)
    counts = data.describe("film_by_scene").splits
    assert [counts[s] for s in by_scene] == [len(photos) for photos in by_scene.values()]
    assert sum(map(len, by_scene.values())) == len(of["train"]) + len(of["test"])
