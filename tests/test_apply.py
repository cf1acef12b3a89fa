"""Coloring real files: full resolution, lightness kept, nothing overwritten, errors named."""

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import rgb2lab
from typer.testing import CliRunner

import huelab
from huelab import images
from huelab.cli.main import app
from huelab.color.upsample import Upsampler
from huelab.methods import trained
from huelab.methods.baselines import GrayCopy, MeanColor, Sepia


@pytest.fixture(autouse=True)
def warm(monkeypatch):
    """A colorizer that needs no weights: every pixel the same warm color."""
    method = MeanColor(torch.tensor([8.0, 20.0]))
    monkeypatch.setattr(trained, "load_shipped", lambda name="first": method)
    return method


def photo(height=90, width=140, seed=0):
    smooth = np.random.default_rng(seed).random((9, 14, 3)) * 160 + 40
    return np.asarray(Image.fromarray(smooth.astype(np.uint8)).resize((width, height)))


def lightness(pixels):
    return rgb2lab(pixels)[..., 0]


@pytest.mark.parametrize("shape", [(90, 140), (311, 97), (5, 400), (1, 1)])
def test_size_and_lightness_are_those_of_the_original(shape):
    pixels = photo(*shape)
    colored = huelab.colorize(pixels, size=64)
    assert colored.shape == pixels.shape and colored.dtype == np.uint8
    # Half an 8-bit level is at most 0.7 of L*.
    assert np.abs(lightness(colored) - lightness(pixels)).max() < 1
    ab = rgb2lab(colored)[..., 1:].mean((0, 1))
    assert np.abs(ab - [8, 20]).max() < 1.5


def test_a_large_photograph_is_colored_in_strips_without_seams(monkeypatch):
    pixels, method = photo(700, 900), Sepia()
    small = torch.zeros(1, 3, 7, 9)
    assert len(list(Upsampler(small[:, 1:], small[:, :1], (700, 900)).strips())) > 1
    in_strips = huelab.colorize(pixels, method=method, size=64)
    monkeypatch.setattr(Upsampler, "strips", lambda self: [slice(0, self.height)])
    whole = huelab.colorize(pixels, method=method, size=64)
    assert np.abs(in_strips.astype(int) - whole).max() <= 1


def test_color_that_was_there_is_thrown_away():
    pixels = photo()
    gray = huelab.colorize(pixels, method=GrayCopy())
    assert np.ptp(gray.astype(int), axis=2).max() <= 1
    assert np.abs(huelab.colorize(gray).astype(int) - huelab.colorize(pixels)).max() <= 2


def test_methods_that_work_in_rgb_keep_lightness_too():
    pixels = photo()
    colored = huelab.colorize(pixels, method=Sepia())
    assert np.abs(lightness(colored) - lightness(pixels)).max() < 1


@pytest.mark.parametrize("wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3))])
def test_wrong_arrays_are_refused(wrong):
    with pytest.raises(ValueError, match="uint8"):
        huelab.colorize(wrong)


def run(*words):
    return CliRunner().invoke(app, ["colorize", *map(str, words)])


def test_files_and_folders_are_colored_beside_themselves(tmp_path):
    images.write(tmp_path / "one.jpg", photo())
    images.write(tmp_path / "two.png", photo(60, 40))
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert [line[-13:] for line in result.stdout.split()] == ["one-color.png", "two-color.png"]
    expected = huelab.colorize(tmp_path / "one.jpg")
    assert np.array_equal(images.read(tmp_path / "one-color.png"), expected)
    # Again: results are not colored a second time, and not replaced without being asked.
    again = run(tmp_path)
    assert again.exit_code == 1 and "exists" in again.stderr
    assert len(list(tmp_path.iterdir())) == 4
    assert run(tmp_path, "--overwrite").exit_code == 0


def test_one_bad_file_does_not_cost_the_others(tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    images.write(tmp_path / "good.png", photo())
    result = run(tmp_path / "bad.jpg", tmp_path / "good.png", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "bad.jpg" in result.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good-color.png"]


def test_an_empty_folder_is_wrong_usage(tmp_path):
    assert run(tmp_path).exit_code == 2


def test_results_do_not_replace_one_another(tmp_path):
    images.write(tmp_path / "one.jpg", photo(seed=1))
    images.write(tmp_path / "one.png", photo(seed=2))
    result = run(tmp_path, "--overwrite")
    assert result.exit_code == 1
    assert "was just made from another file" in result.stderr
    expected = huelab.colorize(tmp_path / "one.jpg")
    assert np.array_equal(images.read(tmp_path / "one-color.png"), expected)


def test_the_colors_are_those_of_the_chosen_weights(tmp_path, monkeypatch):
    images.write(tmp_path / "one.png", photo())
    names = {"cold": MeanColor(torch.tensor([0.0, -30.0])), "warm": MeanColor(torch.ones(2) * 20)}
    monkeypatch.setattr(trained, "load_shipped", lambda name="first": names[name])
    monkeypatch.setattr(trained, "newest", lambda recipe: {"first": names["warm"]}[recipe])
    means = []
    for words in (["--model", "cold"], ["--recipe", "first"]):
        assert run(tmp_path / "one.png", "--overwrite", *words).exit_code == 0
        means.append(rgb2lab(images.read(tmp_path / "one-color.png"))[..., 2].mean())
    assert means[0] == pytest.approx(-30, abs=2) and means[1] == pytest.approx(20, abs=2)
