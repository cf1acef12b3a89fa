"""Each probe of paper 002 on pictures whose answer is known by hand."""

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import rgb2lab
from torch import nn

from huelab import measure
from huelab.color import lab_to_rgb, rgb_to_lab
from huelab.measure.probes import PROBES
from huelab.measure.vgg import overexpose, peak_of_checkerboard, red_disc
from huelab.methods.baselines import GrayCopy
from huelab.methods.colorizer import LabColorizer
from huelab.recipes import RECIPES


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Keep pictures as a data set; returns the configuration of a run tested on them."""
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path))

    def keep(*images):
        folder = tmp_path / "set" / "test"
        folder.mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(folder / f"{number}.png")
        test = {"name": "set", "split": "test", "size": len(images[0])}
        return {"tests": [test]}

    return keep


def measured(name, method, config):
    """Values of a probe's entries by their names."""
    entries = PROBES[name].measure(method, config, "cpu")
    assert all(entry.data == "set/test at 64" for entry in entries)
    return {entry.name: entry.value for entry in entries}


def plain(lab, side=64):
    """A picture of one color."""
    rgb = lab_to_rgb(torch.tensor(lab).view(1, 3, 1, 1).expand(1, 3, side, side))
    return (rgb[0] * 255).round().byte().permute(1, 2, 0).numpy()


class Painter(LabColorizer):
    """Colors by a function of L* `(N, 1, H, W)`."""

    def __init__(self, paint):
        self.paint = paint

    def predict_ab(self, lightness, guide, generator):
        return self.paint(lightness)


def constant(a, b):
    return Painter(lambda L: torch.tensor([a, b]).view(1, 2, 1, 1).expand(len(L), 2, *L.shape[2:]))


def test_a_probe_gives_just_the_metrics_that_it_says(pictures):
    config = pictures(plain([60.0, 20, 20]))
    for name in ("uncolored_pixels", "chroma_overexposed", "tint_halo", "nyquist_peak"):
        assert tuple(measured(name, GrayCopy(), config)) == PROBES[name].names
    units = measured("dead_units", Units(nn.ReLU()), config)
    assert tuple(units) == PROBES["dead_units"].names


def test_recipes_name_probes_that_there_are_and_the_registry_knows_their_metrics():
    assert all(set(recipe.probes) <= set(PROBES) for recipe in RECIPES.values())
    for name in ("psnr", "delta_e_2000_hue_030", "tint_halo_unlit", "fd_squeezenet_n500"):
        assert measure.knows(name)
    for name in ("any_size", "beauty", "training"):  # a probe, nothing, and a part of a name
        assert not measure.knows(name)


def test_uncolored_pixels_are_counted_among_colored_ones(pictures):
    half = plain([60.0, 30, 0])
    half[:, 32:] = plain([60.0, 0, 0])[:, 32:]  # gray in truth: does not count
    config = pictures(half, plain([40.0, 0, 0]))

    def left_half(L):
        ab = torch.zeros(len(L), 2, *L.shape[2:])
        ab[:, 0, :16, :32] = 30  # a quarter of the colored half
        ab[:, 0, 16:, :32] = 4  # too pale to count
        return ab

    assert measured("uncolored_pixels", Painter(left_half), config)["uncolored_pixels"] == 0.75
    assert measured("uncolored_pixels", GrayCopy(), config)["uncolored_pixels"] == 1
    assert measured("uncolored_pixels", constant(10.0, 0), config)["uncolored_pixels"] == 0
    (entry,) = PROBES["uncolored_pixels"].measure(GrayCopy(), config, "cpu")
    assert entry.n == 1  # the gray picture has no answer


def test_nothing_colored_has_no_answer(pictures):
    (entry,) = PROBES["uncolored_pixels"].measure(GrayCopy(), pictures(plain([40.0, 0, 0])), "cpu")
    assert entry.value is None and entry.n == 0


def test_overexposure_doubles_linear_light_and_cuts_it():
    rgb = torch.tensor([0.0, 0.1, 0.2, 0.6]).view(1, 1, 1, 4).expand(1, 3, 1, 4)
    linear = [((v + 0.055) / 1.055) ** 2.4 if v > 0.04045 else v / 12.92 for v in (0, 0.1, 0.2, 1)]
    brighter = [min(1.0, 4 * v) for v in linear]
    expected = [1.055 * v ** (1 / 2.4) - 0.055 if v else 0.0 for v in brighter]
    assert overexpose(rgb)[0, 0, 0].tolist() == pytest.approx(expected, abs=1e-5)


def test_chroma_where_overexposed_pictures_are_very_light(pictures):
    # The upper half becomes white, the lower one stays dark and does not count.
    picture = plain([70.0, 0, 0])
    picture[32:] = plain([10.0, 0, 0])[32:]

    def by_lightness(L):
        return torch.cat([torch.where(L > 95, 2.0, torch.where(L > 60, 12.0, 50.0)), 0 * L], 1)

    found = measured("chroma_overexposed", Painter(by_lightness), pictures(picture))
    # White has no room for chroma in sRGB, so that the painter's 2 units are fitted away.
    assert found["chroma_overexposed"] == pytest.approx(0, abs=0.1)
    assert found["chroma_overexposed_truth"] == pytest.approx(0, abs=0.1)
    assert found["chroma_overexposed_before"] == pytest.approx(12, abs=0.1)


def test_the_chroma_left_in_overexposed_pictures(pictures):
    """A color at L* 93 after two stops, where there is room for it."""
    picture = plain([52.5, 0, 0])
    rgb = torch.from_numpy(picture).permute(2, 0, 1)[None] / 255
    lab = rgb2lab(overexpose(rgb)[0].permute(1, 2, 0).numpy())
    assert 91 < lab[0, 0, 0] < 95
    found = measured("chroma_overexposed", constant(-3.0, 4.0), pictures(picture))
    assert found["chroma_overexposed"] == pytest.approx(5, abs=0.1)


def test_red_light_falls_on_the_disc_alone():
    rgb = torch.full((1, 3, 50, 100), 0.5)
    tinted, ring = red_disc(rgb)
    rows, columns = np.mgrid[:50, :100]
    away = np.hypot(rows - 24.5, columns - 49.5) / 50
    changed = (tinted != rgb).any(1)[0].numpy()
    assert np.array_equal(changed, away <= 0.2)
    assert np.array_equal(ring.numpy(), (away > 0.2) & (away <= 0.3))
    assert torch.equal(tinted[:, 0], rgb[:, 0])  # red passes
    linear = ((0.5 + 0.055) / 1.055) ** 2.4 * 0.3
    expected = 1.055 * linear ** (1 / 2.4) - 0.055
    assert float(tinted[0, 1, 25, 50]) == pytest.approx(expected, abs=1e-5)


def test_a_halo_is_what_the_light_adds_to_the_error_around_it(pictures):
    config = pictures(plain([60.0, 0, 0]))
    pixelwise = Painter(lambda L: torch.cat([8 + 0 * L, 0 * L], 1))
    found = measured("tint_halo", pixelwise, config)
    assert (
        found["tint_halo"] == pytest.approx(found["tint_halo_unlit"]) == pytest.approx(8, abs=0.1)
    )

    def spreading(L):  # everything turns red where the middle is darker than the corner
        dark = L[:, :, 32:33, 32:33] < L[:, :, :1, :1] - 1
        return torch.cat([torch.where(dark, 20.0, 8.0) + 0 * L, 0 * L], 1)

    found = measured("tint_halo", Painter(spreading), config)
    assert found["tint_halo"] == pytest.approx(20, abs=0.1)
    assert found["tint_halo_unlit"] == pytest.approx(8, abs=0.1)


def waves(side=64, amplitude=0.5):
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return {
        "checks": amplitude * (-1.0) ** (rows + columns),
        "columns": amplitude * (-1.0) ** columns + 0 * rows,
        "rows": amplitude * (-1.0) ** rows + 0 * columns,
    }


@pytest.mark.parametrize("kind", ["checks", "columns", "rows"])
def test_a_checkerboard_stands_out_by_its_power(kind):
    wave = waves(amplitude=0.5)[kind]
    ab = torch.stack([10 + wave, torch.full_like(wave, -5.0)])[None]
    # A wave of amplitude A has the power A^2, here over three places; beside it is nothing.
    expected = 10 * np.log10((0.5**2 / 3 + 1e-4) / 1e-4)
    assert float(peak_of_checkerboard(ab)) == pytest.approx(expected, abs=0.05)
    # An odd row and column more change nothing.
    more = torch.nn.functional.pad(ab, (0, 1, 0, 1), mode="replicate")
    assert float(peak_of_checkerboard(more)) == pytest.approx(expected, abs=0.05)


def test_no_checkerboard_no_peak():
    flat = torch.full((1, 2, 64, 64), 7.0)
    assert float(peak_of_checkerboard(flat)) == pytest.approx(0, abs=0.01)
    # Noise and edges have as much power beside the highest frequency as on it.
    noise = torch.randn(200, 2, 32, 32, generator=torch.Generator().manual_seed(0))
    assert abs(float(peak_of_checkerboard(noise * 10).mean())) < 1
    for place in (30, 31, 32, 47):
        edge = torch.zeros(1, 2, 64, 64)
        edge[..., place:] = 40
        assert abs(float(peak_of_checkerboard(edge))) < 4


def test_a_checkerboard_in_a_part_of_the_picture_stands_out_too():
    ab = torch.zeros(1, 2, 64, 64)
    ab[0, 0, 8:40, 20:50] = 30  # an object, and the pattern within it
    before = float(peak_of_checkerboard(ab))
    ab[0, 0, 8:40, 20:50] += waves(side=64, amplitude=2.0)["checks"][8:40, 20:50]
    assert float(peak_of_checkerboard(ab)) > before + 3


def test_the_peak_is_taken_of_the_colored_picture(pictures):
    wave = waves(amplitude=2.0)["checks"]
    checks = Painter(lambda L: torch.stack([wave, 0 * wave]).expand(len(L), 2, 64, 64))
    config = pictures(plain([60.0, 0, 0]))
    assert measured("nyquist_peak", checks, config)["nyquist_peak"] > 40
    assert measured("nyquist_peak", constant(5.0, 5.0), config)["nyquist_peak"] < 1


class Units(nn.Module, LabColorizer):
    """Four units: alive, dead, negative but alive in two of three pictures, and never positive."""

    def __init__(self, activation):
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 1)
        self.activation = activation
        with torch.no_grad():
            self.convolution.weight.copy_(torch.tensor([1.0, -1, 1, 0]).view(4, 1, 1, 1))
            self.convolution.bias.copy_(torch.tensor([0.0, 0, -50, -1]))

    def predict_ab(self, lightness, guide, generator):
        return 0 * self.activation(self.convolution(lightness))[:, :2]


def test_units_are_dead_that_answer_no_picture(pictures):
    config = pictures(*(plain([L, 0.0, 0.0]) for L in (20.0, 40.0, 80.0)))
    dead = measured("dead_units", Units(nn.ReLU()), config)
    assert dead == {"dead_units": 0.5, "negative_units": 0.5}
    leaky = measured("dead_units", Units(nn.LeakyReLU(0.2)), config)
    assert leaky == {"dead_units": 0.0, "negative_units": 0.5}
    dark = {"tests": [config["tests"][0] | {"n": 1}]}
    assert PROBES["dead_units"].measure(Units(nn.ReLU()), dark, "cpu")[0].n == 4
    with pytest.raises(TypeError, match="GrayCopy is not a network"):
        PROBES["dead_units"].measure(GrayCopy(), config, "cpu")


def test_a_network_is_left_as_it_was(pictures):
    network = Units(nn.ReLU()).train()
    measured("dead_units", network, pictures(plain([50.0, 0, 0])))
    assert network.training and not network.activation._forward_hooks


def test_pictures_made_for_these_tests_are_what_they_say():
    lab = rgb_to_lab(torch.from_numpy(plain([60.0, 30, 0])).permute(2, 0, 1)[None])
    assert lab[0, :, 0, 0].tolist() == pytest.approx([60, 30, 0], abs=1)
