"""The distance to the nearest training picture, on flat grays that are known to be so far apart."""

import numpy as np
import pytest
from PIL import Image

from huelab.methods.baselines import GrayCopy
from huelab.probes import PROBES


@pytest.fixture
def grays(tmp_path, monkeypatch):
    """Keep flat pictures of these gray levels as a data set; gives the configuration of a run."""
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path))

    def keep(train, test, size=24):
        for split, levels in {"train": train, "test": test}.items():
            folder = tmp_path / "set" / split
            folder.mkdir(parents=True)
            for number, level in enumerate(levels):
                pixels = np.full((size, size, 3), level, "uint8")
                Image.fromarray(pixels).save(folder / f"{number}.png")
        parts = ({"name": "set", "split": part, "size": size} for part in ("train", "test"))
        return {"train": next(parts), "tests": [next(parts)]}

    return keep


def nearest(config):
    (entry,) = PROBES["nearest_training_gray"](GrayCopy(), config, "cpu")
    assert entry["name"] == "nearest_training_gray: set/test at 24"
    return entry["value"]


def test_it_is_the_median_of_the_distances_to_the_nearest(grays):
    # The nearest are 10, 20, and 60 levels away.
    config = grays(train=[50, 220], test=[60, 200, 110])
    assert nearest(config) == pytest.approx(20 / 255, abs=1e-4)


def test_a_picture_that_was_trained_on_has_none(grays):
    assert nearest(grays(train=[50, 120], test=[120])) == pytest.approx(0, abs=1e-4)
