"""The network that ships: what it promises to everybody who colors a photograph."""

import json
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from book_files import ROOT
from skimage.color import deltaE_ciede2000, rgb2lab

from huelab import DEFAULT_MODEL, records
from huelab.apply import colorize
from huelab.bench.start import measure
from huelab.color import lightness_to_gray, rgb_to_gray
from huelab.data import open_dataset
from huelab.data.sources import manifests
from huelab.methods import shipped, trained
from huelab.methods.colorizer import Guide
from huelab.methods.hue_measured import MeasuredHueNet
from huelab.methods.huenet import HueNet
from huelab.recipes import RECIPES

ENDS = (0.0, 1.0)


@pytest.fixture(scope="module")
def huenet():
    return shipped.load("huenet")


def lab_of(rgb):
    """`(N, 3, H, W)` as scikit-image's Lab `(N, H, W, 3)`."""
    return rgb2lab(rgb.permute(0, 2, 3, 1).double().numpy())


def photographs(side):
    """The three embedded test photographs as squares of their middle, gray."""
    squares = []
    for image in open_dataset("embedded", "test", size=None):
        rgb = image[None].float() / 255
        cut = min(rgb.shape[-2:])
        top, left = ((pixels - cut) // 2 for pixels in rgb.shape[-2:])
        square = rgb[..., top : top + cut, left : left + cut]
        squares.append(F.interpolate(square, (side, side), mode="bicubic", antialias=True))
    return rgb_to_gray(torch.cat(squares).clamp(0, 1), "lightness")


def test_it_is_what_people_get():
    assert DEFAULT_MODEL == "huenet" and isinstance(shipped.load(), HueNet)


def test_it_fits_into_the_wheel():
    assert shipped.index()["huenet"].path.stat().st_size <= 10e6


def test_it_was_made_by_the_recorded_run_from_pictures_that_allow_it():
    entry = shipped.index()["huenet"]
    path = ROOT / "book" / "results" / f"{entry.record}.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["status"] == "complete" and record["recipe"] == "huenet-measured"
    assert record["weights"]["sha256"] == entry.sha256
    begun = json.loads(
        (path.parent / f"{record['config']['method_args']['record']}.json").read_text()
    )
    looked_at = [
        record["data"]["train"],
        *(begun["data"][part] for part in ("train", "validation")),
    ]
    assert {data["name"] for data in looked_at} == {"photos_both"}
    parts = {"photos_open": ("caltech101", "intel_scenes"), "photos_more": None}
    for name, only in parts.items():
        listing = manifests.load("photos" if only else name)
        origins = {key: listing.origins[key] for key in only or listing.origins}
        for origin in origins.values():
            assert "non-commercial" not in origin.license.lower()
            assert any(kind in origin.license for kind in ("CC0", "CC BY 4.0", "MIT"))
        for kind in ("CC0", "CC BY 4.0") if only else ("CC0", "CC BY 4.0", "MIT"):
            assert kind in entry.trained_on


def test_what_ships_begins_with_the_recorded_weights(monkeypatch):
    monkeypatch.delenv("HUELAB_RESULTS", raising=False)
    args = RECIPES["huenet-measured"].method_args
    source = next(r for r in records.find("huenet") if r.id == args["record"])
    assert {**source.config["method_args"], "pretrained": False, "record": source.id} == args
    recorded = MeasuredHueNet(**args)
    trained.begin_with(recorded, source.id)
    layer = "decoder.smooth.2.1"
    assert int(recorded.state_dict()[f"{layer}.running_var"].isinf().sum()) == 89
    here = shipped.load("huenet").state_dict()
    changed = [n for n, value in recorded.state_dict().items() if not torch.equal(value, here[n])]
    assert set(changed) <= {f"{layer}.{part}" for part in ("running_mean", "running_var")} | {
        f"{layer}.num_batches_tracked"
    }
    assert all(value.isfinite().all() for value in here.values())


@pytest.mark.parametrize("vivid", ENDS)
@pytest.mark.parametrize("shape", [(64, 64), (480, 640)])
def test_gray_cards_stay_without_a_cast(huenet, vivid, shape):
    lightness = torch.arange(0, 101, 10.0).view(-1, 1, 1, 1)
    cards = lightness_to_gray(lightness).expand(-1, 1, *shape)
    chroma = np.hypot(
        *np.moveaxis(lab_of(huenet.colorize(cards, guide=Guide(vivid=vivid))), 3, 0)[1:]
    )
    assert chroma.mean((1, 2)).max() < 3.0


@pytest.mark.parametrize("vivid", ENDS)
def test_black_stays_black_and_white_white(huenet, vivid):
    for level in (0.0, 1.0):
        gray = photographs(128)
        gray[:, :, 32:96, 32:96] = level
        colored = huenet.colorize(gray, guide=Guide(vivid=vivid))[..., 34:94, 34:94]
        assert (colored - level).abs().max() < 1 / 255


@pytest.mark.parametrize("vivid", ENDS)
def test_lightness_is_kept_and_colors_are_those_of_a_screen(huenet, vivid):
    gray = photographs(200)
    colored = huenet.colorize(gray, guide=Guide(vivid=vivid))
    assert colored.min() >= 0 and colored.max() <= 1
    difference = lab_of(colored)[..., 0] - lab_of(gray.expand(-1, 3, -1, -1))[..., 0]
    assert np.abs(difference).max() < 1


def test_one_photograph_gets_much_the_same_colors_at_every_size(huenet):
    """From a thumbnail to a megapixel, in CIEDE2000 of results brought to one size."""
    found = {}
    for side in (128, 256, 512, 1024):
        colored = huenet.colorize(photographs(side))
        found[side] = lab_of(F.interpolate(colored, (128, 128), mode="area"))
    for side, lab in found.items():
        assert deltaE_ciede2000(lab, found[256]).mean() < 2.0, side


def test_the_network_sees_as_much_of_a_large_photograph_as_of_a_small_one(huenet, monkeypatch):
    """So what grows with the photograph is what carries its colors up, pixel by pixel."""
    seen = []
    forward = HueNet.forward

    def watched(network, lightness, *vivid):
        seen.append(lightness.shape)
        return forward(network, lightness, *vivid)

    monkeypatch.setattr(HueNet, "forward", watched)
    for height, width in ((200, 250), (800, 1000), (1600, 2000)):
        colorize(np.full((height, width, 3), 128, np.uint8), method=huenet)
    assert len(seen) == 3 and len(set(seen)) == 1


def test_twelve_megapixels_take_less_than_1500_megabytes():
    code = "import numpy, huelab; huelab.colorize(numpy.full((3000, 4000, 3), 99, numpy.uint8))"
    assert 200 < measure([sys.executable, "-c", code]).peak_mb < 1500


def test_vivid_colors_are_stronger(huenet):
    gray = photographs(160)
    chroma = [
        np.hypot(*np.moveaxis(lab_of(huenet.colorize(gray, guide=Guide(vivid=v))), 3, 0)[1:]).mean()
        for v in (0.0, 0.5, 1.0)
    ]
    assert chroma[0] < chroma[1] < chroma[2]


def test_a_tint_of_the_print_changes_nothing():
    gray = photographs(160)[:1].expand(-1, 3, -1, -1)
    print_ = (gray[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    lab = rgb2lab(print_)
    results = []
    for tint in ((0.0, 0.0), (4.0, 12.0)):
        from skimage.color import lab2rgb

        toned = lab.copy()
        toned[..., 1:] = np.where(lab[..., :1] > 20, np.array(tint), 0)
        results.append(colorize((lab2rgb(toned).clip(0, 1) * 255).round().astype(np.uint8)))
    difference = np.abs(results[0].astype(int) - results[1])
    assert difference.mean() < 1.5
