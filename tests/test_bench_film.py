"""What the bench of films says of a film whose flicker is known."""

import numpy as np
import pytest
import torch

pytest.importorskip("av")
pytest.importorskip("cv2")

from film_files import panning, write_film
from skimage.color import lab2rgb, rgb2gray

from huelab.bench.film import GRAY, OURS, RIVAL, bench_film
from huelab.methods.colorizer import LabColorizer


class Flickering(LabColorizer):
    """All pixels of a frame are 6 units redder and less yellow than before, and then back."""

    def __init__(self):
        self.turn = 0

    def predict_ab(self, lightness, guide, generator):
        self.turn += 1
        ab = torch.full((1, 2, *lightness.shape[-2:]), 10.0)
        return ab + torch.tensor([3.0, -3.0]).view(1, 2, 1, 1) * (1 if self.turn % 2 else -1)


@pytest.fixture(scope="module")
def costs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("film")
    film = write_film(folder / "a.mkv", panning(12, 64, 96))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUELAB_CACHE", str(folder / "cache"))
        yield bench_film(film, Flickering(), size=64)


def test_flicker_by_hand(costs):
    """Frame by frame both a* and b* jump by 6 units: the warping error is 6 times sqrt 2."""
    found, count, digest = costs
    assert count == 12 and len(digest) == 64
    assert found[RIVAL].warping_error == pytest.approx(6 * 2**0.5, rel=0.06)
    assert found[GRAY].warping_error < 0.01 and found[GRAY].colorfulness < 0.01


def test_smoothing_halves_the_flicker_and_keeps_the_colors(costs):
    found, _, _ = costs
    assert found[OURS].warping_error < found[RIVAL].warping_error / 2
    assert 0.98 < found[OURS].colorfulness / found[RIVAL].colorfulness < 1.05
    assert found[OURS].cdc < found[RIVAL].cdc


def test_colorfulness_by_scikit_image(costs):
    """Of the mean color, a* = b* = 10, on the same brightness: Hasler and Suesstrunk by hand."""
    rgb = lab2rgb(np.stack([np.linspace(30, 75, 500), *np.full((2, 500), 10.0)], -1)[None])[0]
    assert np.ptp(rgb2gray(rgb)) > 0.3
    red, green, blue = 255 * rgb.T
    one, other = red - green, (red + green) / 2 - blue
    by_hand = np.hypot(one.std(), other.std()) + 0.3 * np.hypot(one.mean(), other.mean())
    assert costs[0][RIVAL].colorfulness == pytest.approx(by_hand, rel=0.15)


def test_speed_is_that_of_the_whole_film(costs):
    for way in (OURS, RIVAL):
        cost = costs[0][way]
        assert cost.frames_a_second == pytest.approx(12 / cost.seconds)
        assert cost.cpu_seconds > 0
    assert "seconds" not in costs[0][GRAY].values
