"""The vivid end is measured on its own images, also by what networks say of them."""

from importlib import import_module

import pytest
import torch
from torch import nn

from huelab.data import open_dataset
from huelab.features import Seen
from huelab.measure import evaluate
from huelab.measure.huenet import vivid
from huelab.methods.colorizer import LabColorizer

TEST = {"name": "embedded", "split": "test", "size": 128}
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
    ),
]


class RedOrGreen(LabColorizer):
    """Red all over at the accurate end, green at the vivid one."""

    guides = frozenset({"vivid"})

    def predict_ab(self, lightness, guide, generator):
        ab = torch.zeros_like(lightness).repeat(1, 2, 1, 1)
        ab[:, 0] = 40 if not guide.vivid else -40
        return ab


class LargestChannel(nn.Module):
    """A classifier whose answer is the channel of the largest mean."""

    name, resizer, layer, dimension = "stub", "none", "mean color", 3

    def forward(self, rgb):
        means = rgb.mean((2, 3))
        return Seen(means, means)


def found(entries, name):
    return next(m.value for m in entries if m.name == name and m.data.startswith("embedded"))


@pytest.mark.parametrize("device", DEVICES)
def test_a_classifier_answers_to_the_images_of_each_end(device, monkeypatch):
    for name in ("evaluate", "huenet"):
        module = import_module(f"huelab.measure.{name}")
        monkeypatch.setattr(module, "judges", lambda size, n: ([LargestChannel()], []))
    entries = evaluate(RedOrGreen(), {"tests": [TEST], "probes": []}, device)
    entries += vivid(RedOrGreen(), {"tests": [TEST]}, device)
    truth = torch.stack(list(open_dataset(**TEST))) / 255
    largest = truth.mean((2, 3)).argmax(1)
    red, green = ((largest == channel).float().mean().item() for channel in (0, 1))
    assert red != green
    assert found(entries, "agreement_stub") == pytest.approx(red)
    assert found(entries, "vivid_agreement_stub") == pytest.approx(green)
    gray = [found(entries, f"{end}agreement_stub_gray") for end in ("", "vivid_")]
    assert gray[0] == gray[1]
