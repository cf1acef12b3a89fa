"""Probes measure what their names say, on methods whose answers are known."""

import pytest
import torch

from huelab.data import open_dataset
from huelab.measure import autoencoder as probes
from huelab.measure import common
from huelab.methods.baselines import GrayCopy
from huelab.methods.colorizer import Colorizer

CONFIG = {
    "train": {"name": "embedded", "split": "train", "size": 32, "n": 20},
    "tests": [{"name": "embedded", "split": "test", "size": 32, "n": 10}],
}


class Darker(Colorizer):
    """The gray, a tenth darker, and fainter: changes of the input arrive halved."""

    def predict_rgb(self, gray, guide, generator):
        return (0.5 * gray + 0.1).expand(-1, 3, -1, -1)


def value(entries, name):
    (entry,) = [e for e in entries if e.name == name]
    return entry.value


def test_gray_that_is_kept_has_no_error():
    assert value(probes.luminance_psnr(GrayCopy(), CONFIG, "cpu"), "luminance_psnr") > 90


def test_gray_that_is_moved_has_the_error_of_the_move():
    class Moved(Colorizer):
        def predict_rgb(self, gray, guide, generator):
            return (0.5 + (gray - 0.5) * 0).expand(-1, 3, -1, -1)

    grays = [batch.gray for batch in probes.pictures(Moved(), CONFIG["tests"][0], "cpu")]
    error = (torch.cat(grays).double() - 0.5).square().mean()
    found = value(probes.luminance_psnr(Moved(), CONFIG, "cpu"), "luminance_psnr")
    assert found == pytest.approx(-10 * error.log10().item(), abs=1e-3)


def test_noise_arrives_as_much_as_the_method_lets_it():
    """Of normal noise the mean size is its deviation times the root of 2 / pi."""
    expected = 0.5 * probes.NOISE * (2 / torch.pi) ** 0.5
    found = value(probes.noise_robustness(Darker(), CONFIG, "cpu"), "noise_robustness")
    assert found == pytest.approx(expected, rel=0.06)  # black and white pixels are cut off


def test_the_gap_is_that_of_the_two_errors():
    def error(data):
        batches = list(probes.pictures(GrayCopy(), data, "cpu"))
        rgb = torch.cat([batch.rgb for batch in batches])
        gray = torch.cat([batch.gray for batch in batches])
        return (gray - rgb).square().mean().item()

    found = value(probes.train_test_gap(GrayCopy(), CONFIG, "cpu"), "train_test_gap")
    assert found == pytest.approx(error(CONFIG["tests"][0]) - error(CONFIG["train"]), abs=1e-5)


def test_images_of_several_processes_come_back_in_order(monkeypatch):
    """Two processes have the images 0, 2, 4 and 1, 3; labels are looked up by position."""
    monkeypatch.setattr(common, "rank_and_count", lambda: (0, 2))
    monkeypatch.setattr(common, "gathered", lambda values: values[torch.tensor([0, 2, 4, 1, 3])])
    config = {"tests": [{"name": "embedded", "split": "test", "size": 16, "n": 5}]}
    values = common.over_test(GrayCopy(), config, "cpu", lambda batch: batch.rgb.mean((1, 2, 3)))
    images = open_dataset(**config["tests"][0])
    means = torch.stack([image.float().mean() / 255 for image in images])
    torch.testing.assert_close(values, means)
