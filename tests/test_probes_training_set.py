"""What is said of training pictures, on flat pictures whose answers are known."""

import numpy as np
import pytest
from PIL import Image

from huelab.measure.probes import PROBES
from huelab.methods.baselines import GrayCopy


@pytest.fixture
def flat(tmp_path, monkeypatch):
    """Keep flat pictures, each a gray level or a color, as a data set; gives a run's settings."""
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


def values(name, config):
    entries = PROBES[name].measure(GrayCopy(), config, "cpu")
    assert all(entry.data == "set/test at 24" for entry in entries)
    return {entry.name: entry.value for entry in entries}


def nearest(config):
    return values("nearest_training_gray", config)["nearest_training_gray"]


def test_it_is_the_median_of_the_distances_to_the_nearest(flat):
    # The nearest are 10, 20, and 60 levels away.
    config = flat(train=[50, 220], test=[60, 200, 110])
    assert nearest(config) == pytest.approx(20 / 255, abs=1e-4)


def test_a_picture_that_was_trained_on_has_none(flat):
    assert nearest(flat(train=[50, 120], test=[120])) == pytest.approx(0, abs=1e-4)


def test_shares_of_hues_are_those_of_the_training_pixels(flat):
    # Lab hues by scikit-image: (200, 30, 30) lies at 36 degrees, (30, 160, 40) at 139.
    red, green, gray = (200, 30, 30), (30, 160, 40), (90, 90, 90)
    found = values("training_hues", flat(train=[red, red, green, gray], test=[gray]))
    assert found["training_hue_030"] == 0.5 and found["training_hue_120"] == 0.25
    assert found["training_neutral"] == 0.25
    assert sum(found.values()) == 1 and len(found) == 13
