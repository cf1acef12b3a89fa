"""`huelab colorize` on films, alone and among photographs."""

import sys

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

pytest.importorskip("av")
pytest.importorskip("cv2")

from film_files import decoded, luma_of, panning, write_film

from huelab.apply import parts
from huelab.cli import progress
from huelab.cli.main import app
from huelab.images import mark_of
from huelab.methods import shipped
from huelab.methods.baselines import MeanColor


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "load", lambda name="first": MeanColor(torch.tensor([8.0, 20.0])))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def run(*words):
    return CliRunner().invoke(app, ["colorize", *map(str, words)])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_films_and_photographs_of_a_folder(home):
    write_film(home / "a.mp4", panning(3), codec="libx264")
    write_film(home / "b.avi", panning(3), codec="mjpeg", form="yuvj420p")
    Image.new("L", (30, 20), 90).save(home / "c.png")
    done = run(".")
    assert done.exit_code == 0
    assert names(home) == ["a-color.mp4", "a.mp4", "b-color.mkv", "b.avi", "c-color.png", "c.png"]
    assert sorted(done.stdout.split()) == ["a-color.mp4", "b-color.mkv", "c-color.png"]
    assert "3 files were colored." in done.stderr
    frames = decoded(home / "a-color.mp4")
    assert len(frames) == 3 and np.abs(luma_of(frames[0]) - panning(3)[0]).mean() < 3
    again = run(".")
    assert again.exit_code == 0 and not again.stdout
    assert "3 files already had results" in again.stderr
    assert "3 files that HueLab made were left out." in again.stderr


def test_a_film_that_changed_is_colored_again(home):
    write_film(home / "a.mp4", panning(3), codec="libx264")
    run("a.mp4")
    before = mark_of("a-color.mp4")
    write_film(home / "a.mp4", panning(4), codec="libx264")
    done = run("a.mp4")
    assert done.exit_code == 0
    assert len(decoded("a-color.mp4")) == 4 and mark_of("a-color.mp4") != before


def test_a_bad_film_costs_no_other(home):
    write_film(home / "good.mkv", panning(2))
    (home / "bad.mp4").write_bytes(b"")
    done = run(".")
    assert done.exit_code == 1
    assert "bad.mp4: the file is empty" in done.stderr and "Traceback" not in done.stderr
    assert "1 film was colored. 1 failed." in done.stderr
    assert names(home) == ["bad.mp4", "good-color.mkv", "good.mkv"]


def test_ctrl_c_leaves_no_half_film_and_the_next_call_goes_on(home, monkeypatch):
    assert parts.FRAMES == 240  # as the message says
    monkeypatch.setattr(parts, "FRAMES", 4)
    write_film(home / "a.mkv", panning(12))
    seen = []

    def stop(self, done, total):
        seen.append(done)
        if done == 10:
            raise KeyboardInterrupt

    monkeypatch.setattr(progress._Parts, "__call__", stop)
    done = run("a.mkv")
    assert done.exit_code == 130 and names(home) == ["a.mkv"]
    assert "run the same command again, and it repeats at most 240 frames" in done.stderr
    monkeypatch.setattr(progress._Parts, "__call__", lambda self, done, total: seen.append(done))
    seen.clear()
    assert run("a.mkv").exit_code == 0
    assert seen[0] == 9 and seen[-1] == 12 and len(decoded("a-color.mkv")) == 12


def test_leftovers_of_killed_calls_are_removed(home):
    write_film(home / "a.mkv", panning(2))
    (home / ".a-color.mkv.0123456789ab.tmp").touch()
    assert run("a.mkv").exit_code == 0
    assert names(home) == ["a-color.mkv", "a.mkv"]


def test_without_opencv_the_message_says_what_helps(home, monkeypatch):
    write_film(home / "a.mkv", panning(2))
    monkeypatch.setitem(sys.modules, "cv2", None)
    done = run("a.mkv")
    assert done.exit_code == 1 and "pip install 'huelab[film]'" in done.stderr
    assert names(home) == ["a.mkv"]
    assert run("a.mkv", "--no-smooth").exit_code == 0


@pytest.mark.parametrize("option", ["--side-by-side", "--keep-tint"])
def test_options_of_photographs_are_refused_for_films(home, option):
    write_film(home / "a.mkv", panning(2))
    done = run("a.mkv", option)
    assert done.exit_code == 1 and f"a.mkv: {option} works for photographs only" in done.stderr


# The matrix of a film that was taken with the camera on its side.
QUARTER = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def test_hints_of_other_proportions_are_refused_for_films(home):
    """As they are for photographs; the film below has 64 x 48 pixels, and turned 48 x 64."""
    write_film(home / "a.mkv", panning(2))
    write_film(home / "turned.mp4", panning(2), codec="libx264", turn=QUARTER)
    for name, size in (("wide", (32, 24)), ("tall", (24, 32))):
        spots = Image.new("RGBA", size)
        spots.putpixel((9, 9), (200, 90, 90, 255))
        spots.save(home / f"{name}.png")
    wrong = run("a.mkv", "--hints", "tall.png")
    assert wrong.exit_code == 1
    assert "a.mkv: the hints have 24 x 32 pixels" in wrong.stderr
    assert "which has 64 x 48" in wrong.stderr
    assert "which has 48 x 64" in run("turned.mp4", "--hints", "wide.png").stderr
    assert run("a.mkv", "--hints", "wide.png").exit_code == 0
    assert run("turned.mp4", "--hints", "tall.png").exit_code == 0


def test_progress_says_how_much_time_is_left(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.progress(1) as step, step.within("a.mp4") as told:
        for number in range(1, 501):
            now[0] = 0.5 * number
            told(number, 500)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 9
    # At a half second a frame; the first frame counts for the start.
    assert lines[0] == "huelab: a.mp4: 50 of 500 frames, 0:03:50 left"
    assert lines[-1].startswith("huelab: a.mp4: 450 of 500 frames, 0:00:25")
