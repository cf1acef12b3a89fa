"""What is measured for the claims of paper 001, on images whose answers are known."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load as read_tensors
from scipy.linalg import sqrtm
from skimage.color import rgb2lab

from huelab import features, recipes
from huelab.measure import evaluate
from huelab.measure import vitigan as probes
from huelab.methods.baselines import GrayCopy
from huelab.methods.colorizer import Colorizer
from huelab.methods.vitigan import ViTGAN
from huelab.reproduce.run import Run
from huelab.storage import WeightsError
from huelab.training import CannotTrainError

BLUE, RED, LEAF = (70, 120, 210), (200, 60, 50), (60, 140, 60)
SIDE = 16


class Paint(Colorizer):
    """The same color everywhere."""

    def __init__(self, color):
        self.color = torch.tensor(color) / 255

    def predict_rgb(self, gray, guide, generator):
        return self.color.view(1, 3, 1, 1).expand(len(gray), 3, *gray.shape[2:])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Images named by their label: half of one color, half of another."""
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))

    def made(**images):
        for name, (left, right) in images.items():
            pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
            pixels[:, : SIDE // 2], pixels[:, SIDE // 2 :] = left, right
            path = tmp_path / "set" / "test" / name / "image.png"
            path.parent.mkdir(parents=True)
            Image.fromarray(pixels).save(path)
        return {"name": str(tmp_path / "set"), "split": "test", "size": SIDE}

    return made


def found(probe, method, *tests, **config):
    measured = probe(method, {"tests": list(tests)} | config, "cpu")
    return {m.name: (m.value, m.n) for m in measured}


def hue(color):
    _, a, b = rgb2lab(np.array(color) / 255)
    return np.degrees(np.arctan2(b, a)) % 360


def test_blue_pixels_are_those_of_sky_and_water(folder):
    """Only they count: the red half, and an image without blue, say nothing."""
    test = folder(sea=(BLUE, RED), apple=(RED, LEAF))
    assert 200 < hue((135, 206, 235)) < 290 and 200 < hue((0, 105, 148)) < 290  # sky, sea
    values = found(probes.blue_regions, Paint(LEAF), test)
    away = abs(hue(BLUE) - hue(LEAF))
    error, n = values["hue_error_blue"]
    assert n == 1 and error == pytest.approx(min(away, 360 - away), abs=0.05)
    assert values["uncolored_blue"] == (0, 1)
    assert found(probes.blue_regions, Paint(BLUE), test)["hue_error_blue"][0] < 0.05
    gray = found(probes.blue_regions, GrayCopy(), test)
    assert gray == {"hue_error_blue": (None, 0), "uncolored_blue": (1, 1)}


def test_red_counts_where_it_is_wrong_and_only_on_people(folder):
    test = folder(Faces=(RED, BLUE), person=(LEAF, BLUE), sea=(BLUE, BLUE))
    assert found(probes.red_on_faces, Paint(RED), test) == {"red_on_faces": (0.75, 2)}
    assert found(probes.red_on_faces, Paint(BLUE), test) == {"red_on_faces": (0, 2)}


def test_each_kind_of_fruit_has_its_own_error(folder):
    test = folder(Apple=(RED, RED), CapsicumGreen=(LEAF, LEAF))
    values = found(probes.kinds_of_fruit, Paint(RED), test)
    assert values["hue_error_apple"][0] < 0.05 and values["hue_error_corn"] == (None, 0)
    away = abs(hue(RED) - hue(LEAF))
    assert values["hue_error_capsicumgreen"][0] == pytest.approx(min(away, 360 - away), abs=0.05)


@pytest.mark.parametrize(
    ("probe", "name"),
    [
        (probes.training_distance, "fd_squeezenet_bilinear224_train_n20"),
        (probes.inception_on_training, "fd_inception_tv_bilinear299_train_n20"),
    ],
)
def test_the_training_distance_is_that_of_the_features(probe, name, monkeypatch):
    """By the formula with SciPy's root of a matrix, on the images that were trained on."""
    few = FourFeatures()
    monkeypatch.setattr(features, "load", lambda network, **_: few)
    monkeypatch.setattr(features, "weights_file", lambda network: network)
    monkeypatch.setattr(probes, "JUDGED_FROM", SIDE)
    train = {"name": "embedded", "split": "train", "size": SIDE, "n": 20}
    test = {"name": "embedded", "split": "test", "size": SIDE}
    ((key, (value, n)),) = found(probe, GrayCopy(), test, train=train).items()
    assert (key, n) == (name, 20)
    batches = list(probes.pictures(GrayCopy(), train, "cpu"))
    true = torch.cat([few(batch.rgb).features for batch in batches]).double().numpy()
    gray = [batch.gray.expand(-1, 3, -1, -1) for batch in batches]
    made = torch.cat([few(image).features for image in gray]).double().numpy()
    covariances = [np.cov(x, rowvar=False) for x in (true, made)]
    root = sqrtm(covariances[0] @ covariances[1]).real
    expected = np.square(true.mean(0) - made.mean(0)).sum()
    expected += np.trace(covariances[0] + covariances[1] - 2 * root)
    assert value == pytest.approx(expected, rel=1e-3)


class FourFeatures(torch.nn.Module):
    """Sums of a network's features, so few that twenty images are enough."""

    layer, dimension = "sums", 4

    def __init__(self):
        super().__init__()
        self.body = features.untrained("squeezenet")
        self.sums = torch.randn(512, 4, generator=torch.Generator().manual_seed(0))

    def forward(self, rgb):
        seen = self.body(rgb)
        return seen._replace(features=seen.features @ self.sums)


def test_damaged_weights_are_an_error_and_not_a_missing_value(tmp_path, monkeypatch):
    (tmp_path / "inception_v3.pth").write_bytes(b"damaged")
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(probes, "JUDGED_FROM", SIDE)
    test = {"name": "embedded", "split": "test", "size": SIDE, "n": 16}
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        found(probes.inception_on_tests, GrayCopy(), test)


def test_without_weights_a_distance_is_listed_without_a_value(monkeypatch):
    monkeypatch.setattr(features, "weights_file", lambda network: None)
    monkeypatch.setattr(probes, "JUDGED_FROM", SIDE)
    test = {"name": "embedded", "split": "test", "size": SIDE, "n": 16}
    values = found(probes.inception_on_tests, GrayCopy(), test)
    # The whole set is looked at, and not the sample that the recipe tests on.
    assert values == {"fd_inception_tv_bilinear299_n48": (None, 48)}


def test_only_a_network_that_keeps_its_losses_has_any():
    with pytest.raises(TypeError, match="needs a ViTGAN, not GrayCopy"):
        probes.last_losses(GrayCopy(), {}, "cpu")


@pytest.mark.parametrize("name", ["vitigan", "vitgan-ncd"])
def test_a_recipe_measures_what_its_probes_name(name):
    """Everything that a claim waits for is measured; what has no answer here is listed."""
    recipe = recipes.get(name)
    images = {"name": "embedded", "split": "test", "size": SIDE, "n": 16}
    config = {"tests": [images], "train": images, "probes": list(recipe.probes)}
    judge = {"kind": "patchgan", "patch": 1, "width": 2}
    names = {m.name for m in evaluate(ViTGAN(widths=(2,) * 5, discriminator=judge), config, "cpu")}
    assert {"loss_variance", "generator_loss"} <= names
    wanted = {"vitigan": {"red_on_faces", "hue_error_blue"}, "vitgan-ncd": {"hue_error_strawberry"}}
    assert wanted[name] <= names


# ------------------------------------------------------- going on from another recipe's weights


def test_a_run_begins_with_the_weights_of_the_same_seed(tmp_path, monkeypatch):
    """Without that run it does not begin, and says what would make one."""
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    images = {"name": "embedded", "split": "test", "size": 32, "n": 4}
    judge = {"kind": "patchgan", "patch": 1, "width": 2}
    args = {"widths": [2] * 5, "discriminator": judge, "learning_rate": 0.0}
    fields = {"train": images, "tests": (images,), "method_args": args, "epochs": 1}
    fields |= {"batches": {"batch_size": 4}, "probes": (), "profiles": {}, "stand_ins": ()}
    first = dataclasses.replace(recipes.get("vitgan"), **fields)
    second = dataclasses.replace(recipes.get("vitgan-ncd"), **fields)
    assert second.config("full")["start"] == "vitgan"
    monkeypatch.setitem(recipes.RECIPES, "vitgan", first)
    with pytest.raises(CannotTrainError, match="reproduce vitgan --profile full --seeds 1"):
        made(second, seed=1)
    from huelab.reproduce.recording import reproduce

    with monkeypatch.context() as patched:
        patched.setattr("huelab.measure.evaluate", lambda *_: [])
        reproduce(first, profile="full", seed=1, device="cpu")
        method = made(second, seed=1)
    (file,) = (tmp_path / "cache" / "weights").glob("*.safetensors")
    kept = read_tensors(file.read_bytes())
    # At a learning rate of 0 training changes no weight.
    for name, weight in method.generator.named_parameters():
        torch.testing.assert_close(weight, kept[f"generator.{name}"].float())
    with pytest.raises(CannotTrainError, match="seed 0"):
        made(second, seed=0)


def made(recipe, seed):
    shared = {"devices": 1, "num_nodes": 1, "strategy": "auto"}
    run = Run.of(recipe, "full", seed, "cpu", shared)
    with run.folder.held(print):
        return run.make(None, run.folder)[0]
