"""`huelab export`: what onnxruntime makes of the file against the library, in CIEDE2000."""

import sys

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image
from skimage import data
from skimage.color import deltaE_ciede2000, rgb2lab
from typer.testing import CliRunner

from huelab.apply.export import export_onnx
from huelab.cli.main import app
from huelab.methods import shipped
from huelab.methods.baselines import MeanColor
from huelab.methods.colorizer import Guide
from huelab.methods.first import FirstColor
from huelab.methods.huenet import HueNet
from huelab.storage import HueLabError


def run(*words):
    result = CliRunner().invoke(app, ["export", *map(str, words)])
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    return result


def lightness_of(height, width):
    cat = Image.fromarray(data.chelsea()).resize((width, height))
    return torch.from_numpy(rgb2lab(np.asarray(cat))[..., 0]).float()[None, None]


def worst(session, method, lightness):
    """The largest CIEDE2000 between the file's colors and the library's, at the same L*."""
    (ab,) = session.run(None, {"lightness": lightness.numpy()})
    gray = torch.cat([lightness, torch.zeros_like(lightness), torch.zeros_like(lightness)], 1)
    with torch.no_grad():
        own = method.predict_ab(lightness, Guide(), None)
    mine = torch.cat([lightness, own], 1).permute(0, 2, 3, 1).numpy()
    theirs = np.concatenate([lightness.numpy(), ab], 1).transpose(0, 2, 3, 1)
    assert own.abs().max() > 2, "gray agrees with gray whatever was exported"
    assert deltaE_ciede2000(mine, gray.permute(0, 2, 3, 1).numpy()).max() > 1
    return deltaE_ciede2000(mine, theirs).max()


def test_weights_that_ship_at_every_size(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("first.onnx")
    assert result.exit_code == 0 and result.stdout == "first.onnx\n", result.output
    session = onnxruntime.InferenceSession("first.onnx")
    about = session.get_modelmeta().custom_metadata_map
    assert about["name"] == "first" and about["record"] == shipped.index()["first"].record
    method = shipped.load("first")
    for height, width in ((64, 96), (75, 113), (200, 131), (9, 7), (1, 1)):
        both = lightness_of(height, width).repeat(2, 1, 1, 1)
        both[1] = both[1].flip(-1)
        assert worst(session, method, both) < 0.5
    # What is there is not replaced unasked.
    before = (tmp_path / "first.onnx").read_bytes()
    assert run("first").exit_code == 1 == run("first", "-o", "first.onnx").exit_code
    assert (tmp_path / "first.onnx").read_bytes() == before


def test_a_network_that_gives_its_colors_at_a_quarter(tmp_path):
    """HueNet, of random weights, at the size at which it sees every picture."""
    torch.manual_seed(0)
    network = HueNet(pretrained=False, width=16, side=64).eval()
    with torch.no_grad():
        for weight in network.decoder.last.parameters():
            weight.mul_(40)  # not all colors alike
    path = export_onnx(network, tmp_path / "h.onnx", about={"name": "h"})
    session = onnxruntime.InferenceSession(path)
    assert session.get_modelmeta().custom_metadata_map["shorter side"] == "64"
    for height, width in ((64, 96), (128, 64)):
        assert worst(session, network, lightness_of(height, width)) < 0.5
    (ab,) = session.run(None, {"lightness": lightness_of(70, 99).numpy()})
    assert ab.shape == (1, 2, 70, 99)


def test_what_cannot_be_exported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HueLabError, match="MeanColor is not a network"):
        export_onnx(MeanColor(torch.zeros(2)), "a.onnx")
    for words, said in ((["nonsense"], "no weights 'nonsense'"), (["first", "-o", "."], "folder")):
        result = run(*words)
        assert result.exit_code in (1, 2) and said in " ".join(result.stderr.split())
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(HueLabError, match=r"pip install 'huelab\[onnx\]'"):
        export_onnx(FirstColor(width=2), "a.onnx")
    assert list(tmp_path.iterdir()) == []
