"""What paper 003 claims of its autoencoder and its listing, as far as a test decides it."""

import ast
import builtins
from functools import cache
from types import SimpleNamespace

import listing_003 as listing
import numpy as np
import pytest
import torch
from papers import batch_for, built, calls, claim, keras_same, loss_of, parameters, random_pixels
from torch import nn
from torch.nn import functional as F

from huelab import recipes
from huelab.color import rgb_to_gray

# ------------------------------------------------------------------------- the network

RECIPE = "autoencoder-dropout-encoder"


@cache
def trace():
    """All layers at work on four gray images, dropout left out."""
    torch.manual_seed(1)
    steps = calls(built(RECIPE).eval(), torch.rand(4, 1, 32, 32))
    return [step for step in steps if not isinstance(step.layer, nn.Dropout)]


def pair(kind, number):
    """The n-th layer of a kind, and what follows it."""
    places = [n for n, call in enumerate(trace()) if isinstance(call.layer, kind)]
    return trace()[places[number] : places[number] + 2]


@pytest.mark.parametrize(
    ("id", "kind", "number", "shape", "count"),
    [
        claim("003-A04", nn.Conv2d, 0, (64, 16, 16), 640),
        claim("003-A05", nn.Conv2d, 1, (128, 8, 8), 73_856),
        claim("003-A06", nn.Conv2d, 2, (256, 4, 4), 295_168),
        claim("003-A12", nn.ConvTranspose2d, 0, (256, 8, 8), 590_080),
        claim("003-A13", nn.ConvTranspose2d, 1, (128, 16, 16), 295_040),
        claim("003-A14", nn.ConvTranspose2d, 2, (64, 32, 32), 73_792),
    ],
)
def test_a_convolution(id, kind, number, shape, count):
    """3x3, stride 2: so many filters and parameters."""
    call, _ = pair(kind, number)
    assert call.layer.weight.shape[-2:] == (3, 3)
    assert call.answer.shape[1:] == shape and parameters(call.layer) == count
    scale = call.answer.shape[-1] / call.given.shape[-1]
    assert scale == (0.5 if kind is nn.Conv2d else 2)


@pytest.mark.claim("003-A15", "003-A02")
def test_the_last_layer_is_transposed_with_three_filters_and_a_sigmoid():
    call, following = trace()[-2:]
    assert isinstance(call.layer, nn.ConvTranspose2d) and parameters(call.layer) == 1_731
    assert torch.allclose(following.answer, torch.sigmoid(call.answer))
    assert following.answer.shape[1:] == (3, 32, 32)


@pytest.mark.claim("003-A01")
def test_the_input_is_one_channel_of_32x32():
    assert trace()[0].given.shape[1:] == (1, 32, 32)
    assert trace()[0].layer.weight.shape[1] == 1


@pytest.mark.claim("003-A07", "003-A08", "003-A03")
def test_the_maps_are_flattened_and_made_into_256_numbers_without_activation():
    flat, dense = pair(nn.Flatten, 0)
    assert flat.answer.shape[1:] == (4096,)
    known = F.linear(flat.answer, dense.layer.weight, dense.layer.bias)
    assert known.shape[1:] == (256,) and parameters(dense.layer) == 1_048_832
    code, given = pair(nn.Linear, 0)[0].answer, pair(nn.Linear, 1)[0].given
    assert torch.allclose(code, known, atol=1e-6) and torch.equal(code, given)


@pytest.mark.claim("003-A10", "003-A11")
def test_the_code_is_expanded_to_256_maps_of_4x4():
    dense, _ = pair(nn.Linear, 1)
    assert dense.given.shape[1:] == (256,) and dense.answer.shape[1:] == (4096,)
    assert parameters(dense.layer) == 1_052_672
    assert pair(nn.ConvTranspose2d, 0)[0].given.shape[1:] == (256, 4, 4)


@pytest.mark.claim("003-A09", "003-A16", "003-X07")
def test_the_halves_have_the_printed_parameters_all_of_them_trained():
    """Those of the last layer of the encoder fit 256 outputs and not 4,096."""
    network = built(RECIPE)
    assert parameters(network.encoder) == sum(listing.TABLE.values()) == 1_418_496
    assert sum(p.numel() for p in network.encoder.parameters()) == 1_418_496
    assert parameters(network.decoder) == 2_013_315
    assert trace()[0].given.shape[0] == 4 and pair(nn.Linear, 0)[0].answer.shape == (4, 256)
    assert listing.TABLE["Latent_vector (Dense)"] == 4096 * 256 + 256 != 4096 * 4096 + 4096


@pytest.mark.claim("003-A17", "003-H01")
def test_a_fifth_is_dropped_after_each_convolution_of_the_encoder():
    network = built(RECIPE)
    steps = calls(network, torch.rand(16, 1, 32, 32))
    dropped = [n for n, call in enumerate(steps) if isinstance(call.layer, nn.Dropout)]
    assert [type(steps[n - 1].layer) for n in dropped] == [nn.ReLU] * 3
    assert all(isinstance(steps[n - 2].layer, nn.Conv2d) for n in dropped)
    for n in dropped:
        alive = steps[n].given > 0
        share = float((steps[n].answer[alive] == 0).float().mean())
        assert share == pytest.approx(0.2, abs=0.02)
    rates = [float(word) for word in _arguments(listing.ENCODER, "Dropout")]
    assert rates == [m.p for m in network.modules() if isinstance(m, nn.Dropout)]


@pytest.mark.claim("003-A18")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_convolution_of_the_encoder_is_that_of_the_listing(number):
    """3x3, stride 2, ReLU, and the padding "same" of TensorFlow, computed by hand."""
    (call,) = [ast.parse(listing.ENCODER).body[2 + 2 * number].value.func]
    options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert options == {"strides": 2, "activation": "relu", "padding": "same"}
    filters, size = (ast.literal_eval(argument) for argument in call.args)
    layer, activation = pair(nn.Conv2d, number)
    assert layer.layer.weight.shape == (filters, layer.given.shape[1], *size)
    before, after = keras_same(layer.given.shape[-1])
    assert (before, after) == (0, 1)
    padded = F.pad(layer.given, (before, after, before, after))
    known = F.conv2d(padded, layer.layer.weight, layer.layer.bias, stride=2)
    assert torch.allclose(activation.answer, known.clamp(min=0), atol=1e-5)


@pytest.mark.claim("003-H10")
def test_relu_is_the_activation_of_the_hidden_layers():
    for kind in (nn.Conv2d, nn.ConvTranspose2d):
        for number in range(3):
            call, following = pair(kind, number)
            assert torch.equal(following.answer, call.answer.clamp(min=0))


# ------------------------------------------------------------------------- losses


@pytest.mark.claim("003-H02")
def test_the_main_loss_is_the_squared_error():
    assert_loss("autoencoder", lambda p, y: (p - y).square().mean())


@pytest.mark.claim("003-H04")
def test_cross_entropy_is_tried():
    assert_loss(
        "autoencoder-cross-entropy",
        lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()).mean(),
    )


def assert_loss(recipe, known):
    network = built(recipe)
    batch = batch_for(network, random_pixels(4, 32))
    with torch.no_grad():
        expected = known(network(batch.gray).double(), batch.rgb.double())
        assert float(loss_of(network, batch)) == pytest.approx(float(expected), rel=1e-4)


# ------------------------------------------------------------------------- the listing


def opencv(image, code):
    """OpenCV's conversion to gray: weights of 14 bits, rounded to a level."""
    assert code == "BGR2GRAY"
    blue, green, red = np.moveaxis(image.astype(np.int64), -1, 0)
    return ((4899 * red + 9617 * green + 1868 * blue + (1 << 13)) >> 14).astype(np.uint8)


def run(*parts, train=5, test=3, **names):
    """Execute parts of the listing on a few pictures; returns all its names, and its calls."""
    count = {"calls": 0}

    def convert(image, code):
        count["calls"] += 1
        return opencv(image, code)

    pixels = random_pixels(train + test, 32)
    loaded = ((pixels[:train], None), (pixels[train:], None))
    known = {
        "np": np,
        "cv2": SimpleNamespace(cvtColor=convert, COLOR_BGR2GRAY="BGR2GRAY"),
        "cifar10": SimpleNamespace(load_data=lambda: loaded),
    }
    known |= names
    exec("\n".join(parts), known)
    return known, count["calls"]


BEFORE_SCALING = (listing.GRAY, listing.LOADING, listing.CONVERSION, listing.SHAPES)


@pytest.mark.claim("003-D05")
def test_gray_with_red_and_blue_exchanged_is_that_of_the_listing():
    """What the recipe's network is given, against the listing itself on RGB arrays."""
    found, _ = run(*BEFORE_SCALING, train=8)
    network = built("autoencoder-gray-swapped")
    gray = batch_for(network, found["x_train"]).gray[:, 0].numpy()
    assert np.abs(gray * 255 - found["x_train_Gray"][..., 0]).max() <= 0.51


@pytest.mark.claim("003-X01")
def test_the_listing_gives_blue_the_weight_of_red():
    """A saturated red or blue is 47 levels off."""
    for channel, weight in ((0, 0.114), (2, 0.299)):
        image = np.zeros((1, 1, 3), np.uint8)
        image[..., channel] = 255
        as_listed = float(opencv(image, "BGR2GRAY")[0, 0])
        rgb = torch.from_numpy(image).permute(2, 0, 1)
        meant, swapped = (
            float(rgb_to_gray(rgb, formula)) * 255 for formula in ("rec601", "rec601_swapped")
        )
        assert as_listed == pytest.approx(weight * 255, abs=0.5) == pytest.approx(swapped, abs=0.5)
        assert abs(as_listed - meant) > 46.5
    (code,) = [node.attr for node in ast.walk(ast.parse(listing.GRAY)) if _is_code(node)]
    assert code == "COLOR_BGR2GRAY"


def _is_code(node):
    return isinstance(node, ast.Attribute) and node.attr.startswith("COLOR_")


@pytest.mark.claim("003-D09")
def test_the_test_images_serve_as_validation_set():
    """In the recipe that measures what it buys; all training pictures are left to train on."""
    recipe = recipes.get("autoencoder-test-validation")
    (test,) = recipe.tests
    assert dict(recipe.validation) == dict(test)
    assert recipe.train["split"] == "train" and recipe.train["name"] == test["name"]


@pytest.mark.claim("003-D06")
def test_the_listing_converts_one_image_a_call():
    for train, test in ((5, 3), (50, 10)):
        _, count = run(*BEFORE_SCALING, train=train, test=test)
        assert count == train + test  # 60,000 for the 50,000 and 10,000 of 003-D02


@pytest.mark.claim("003-D07")
def test_the_arrays_of_the_listing_have_the_stated_shapes():
    found, _ = run(*BEFORE_SCALING)
    assert found["x_train"].shape == (5, 32, 32, 3) and found["x_test"].shape == (3, 32, 32, 3)
    assert found["x_train_Gray"].shape == (5, 32, 32, 1)
    assert found["x_test_Gray"].shape == (3, 32, 32, 1)
    assert found["input_shape"] == (32, 32, 1)


@pytest.mark.claim("003-D08")
def test_all_four_arrays_become_float32_and_are_divided_by_255():
    whole, _ = run(*BEFORE_SCALING)
    scaled, _ = run(*BEFORE_SCALING, listing.SCALING)
    for name in ("x_train", "x_test", "x_train_Gray", "x_test_Gray"):
        assert scaled[name].dtype == np.float32
        np.testing.assert_allclose(scaled[name] * 255, whole[name], rtol=1e-6)


def undefined(source):
    """Names that a text uses and nowhere imports, assigns or defines."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(a.asname or a.name).partition(".")[0] for a in node.names}
    return names - bound - set(dir(builtins))


@pytest.mark.parametrize(("id", "name"), [claim("003-X03", "K"), claim("003-X04", "lat_dim")])
def test_the_listing_uses_a_name_that_it_never_defines(id, name):
    assert name in undefined(listing.WHOLE)
    assert undefined(listing.WHOLE) == {"K", "lat_dim"}
    assert not undefined(f"{name} = 256\n" + listing.WHOLE) & {name}


@pytest.mark.claim("003-X05")
def test_the_two_listings_show_an_image_by_different_functions():
    used = [ast.unparse(ast.parse(line, mode="eval").body.func) for line in listing.SHOWN]
    assert used == ["cv2_imshow", "cv2.imshow"]
    assert "cv2_imshow" not in undefined(listing.WHOLE)


def _arguments(source, name):
    """The first argument of each call of a function, as it is printed."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [ast.unparse(n.args[0]) for n in nodes if ast.unparse(n.func) == name]


@pytest.mark.claim("003-X08")
def test_the_listing_has_dropout_and_the_table_has_none():
    assert len(_arguments(listing.ENCODER, "Dropout")) == 3
    assert len(_arguments(listing.ENCODER, "Conv2D")) == 3
    assert not [row for row in listing.TABLE if "dropout" in row.lower()]


@pytest.mark.claim("003-D10")
def test_the_progress_bar_counts_whole_blocks():
    """170,498,071 bytes in blocks of 8,192 end at 170,500,096."""
    assert -(-170_498_071 // 8192) * 8192 == 170_500_096
