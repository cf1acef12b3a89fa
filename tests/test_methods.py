"""The seam holds for every colorizer, and the trivial ones do what their names say."""

import pytest
import torch
from skimage.color import rgb2lab
from torch import nn

from huelab.color import rgb_to_gray, rgb_to_lab
from huelab.methods.any_size import tiled
from huelab.methods.autoencoder import Autoencoder
from huelab.methods.baselines import ColorPerGray, Constant, GrayCopy, MeanColor, Sepia
from huelab.methods.colorizer import Colorizer, Guide, LabColorizer, pad_to_multiple
from huelab.methods.first import FirstColor
from huelab.methods.linear_code import LinearCode
from huelab.methods.recolor import recolor
from huelab.methods.uncompressed import Uncompressed
from huelab.methods.vgg import VGG


def photos(n=2, size=(20, 31), seed=0):
    return torch.rand((n, 3, *size), generator=torch.Generator().manual_seed(seed))


COLORIZERS = {
    "gray copy": GrayCopy,
    "mean color": lambda: MeanColor(torch.tensor([5.0, -9.0])),
    "sepia": Sepia,
    "color per gray": lambda: ColorPerGray.fit([photos()]),
    "first": lambda: FirstColor(width=4),
    "constant": lambda: Constant(0.3),
    "linear code": lambda: LinearCode.fit([photos(40, (8, 8))], code=5),
    "autoencoder, tiles": Autoencoder,
    "autoencoder, resize": lambda: Autoencoder(any_size="resize"),
    "uncompressed": Uncompressed,
    "vgg": VGG,
}


@pytest.fixture(params=COLORIZERS)
def colorizer(request):
    torch.manual_seed(0)
    return COLORIZERS[request.param]()


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (32, 32), (33, 50)])
def test_any_size_in_the_same_size_out(colorizer, size):
    gray = photos(3, size)[:, :1].requires_grad_()
    rgb = colorizer.colorize(gray)
    assert rgb.shape == (3, 3, *size)
    assert rgb.dtype == torch.float32
    assert not rgb.requires_grad
    assert rgb.min() >= 0 and rgb.max() <= 1


@pytest.mark.parametrize(
    "colorizer", ["gray copy", "mean color", "first", "uncompressed", "vgg"], indirect=True
)
def test_lightness_is_kept_by_lab_methods(colorizer):
    assert isinstance(colorizer, LabColorizer)
    rgb = photos(2, (24, 24))
    gray = rgb_to_gray(rgb, colorizer.gray_formula)
    wanted = torch.from_numpy(rgb2lab(rgb.numpy(), channel_axis=1))[:, :1]
    with torch.no_grad():
        assert (colorizer.predict_lab(gray)[:, :1] - wanted).abs().max() < 1e-3
    # After gamut mapping too: chroma gives way, lightness does not.
    colored = rgb2lab(colorizer.colorize(gray).double().numpy(), channel_axis=1)
    assert (torch.from_numpy(colored)[:, :1] - wanted).abs().max() < 0.05


def test_wrong_input_is_refused(colorizer):
    with pytest.raises(ValueError, match=r"\(N, 1, H, W\)"):
        colorizer.colorize(photos())
    with pytest.raises(TypeError, match="uint8"):
        colorizer.colorize(torch.zeros(1, 1, 4, 4, dtype=torch.uint8))


def test_a_network_is_evaluated_and_left_in_training_mode():
    class Noisy(nn.Module, Colorizer):
        def __init__(self):
            super().__init__()
            self.drop = nn.Dropout(0.5)

        def predict_rgb(self, gray, guide, generator):
            return self.drop(gray).expand(-1, 3, -1, -1)

    network = Noisy()
    gray = photos()[:, :1]
    assert torch.equal(network.colorize(gray), gray.expand(-1, 3, -1, -1))
    assert network.training and network.drop.training


def test_gray_copy_is_gray():
    rgb = photos()
    lab = rgb_to_lab(GrayCopy().colorize(rgb_to_gray(rgb, "lightness")))
    assert lab[:, 1:].abs().max() < 0.02


def test_mean_color_minimizes_squared_ab_error():
    rgb = photos(4)
    lab = rgb_to_lab(rgb)
    mean = MeanColor.fit(rgb.split(3)).ab  # batches of 3 and 1

    def error(ab):
        return (lab[:, 1:] - ab.view(1, 2, 1, 1)).square().mean()

    for step in torch.tensor([[0.5, 0], [-0.5, 0], [0, 0.5], [0, -0.5]]):
        assert error(mean) < error(mean + step)


def test_color_per_gray_is_the_mean_of_each_level():
    rgb = photos(4)
    fitted = ColorPerGray.fit(rgb.split(3))
    level = (rgb_to_gray(rgb) * 255).round().squeeze(1)
    for wanted in (60, 128, 200):
        here = rgb.movedim(1, -1)[level == wanted]
        torch.testing.assert_close(fitted.table[wanted], here.mean(0), atol=1e-5, rtol=0)
    assert fitted.table[0].tolist() == [0, 0, 0]  # no pixel is that dark: stays gray
    pixels = (rgb * 255).round().to(torch.uint8)
    floats = ColorPerGray.fit([pixels / 255])
    torch.testing.assert_close(ColorPerGray.fit([pixels]).table, floats.table)


def test_sepia_by_hand():
    rgb = Sepia().colorize(torch.full((1, 1, 1, 1), 0.5))
    assert rgb.flatten().tolist() == pytest.approx([0.6755, 0.6015, 0.4685])


def test_padding_repeats_the_border():
    image = torch.arange(6.0).view(1, 1, 2, 3)
    padded = pad_to_multiple(image, 4)
    assert padded.shape == (1, 1, 4, 4)
    assert padded[0, 0, 3].tolist() == [3, 4, 5, 5]
    assert torch.equal(pad_to_multiple(padded, 4), padded)


def test_the_linear_code_is_the_best_of_its_length():
    """Against least squares whose answers are projected onto their principal directions."""
    rgb = photos(300, (6, 6))
    rgb = (rgb + rgb.mean(1, keepdim=True)) / 2
    gray = rgb_to_gray(rgb, "rec601")
    inputs, outputs = gray.flatten(1).double(), rgb.flatten(1).double()
    inputs, mean = inputs - inputs.mean(0), outputs.mean(0)
    answers = inputs @ torch.linalg.lstsq(inputs, outputs - mean).solution
    directions = torch.linalg.svd(answers, full_matrices=False).Vh[:7]
    expected = mean + answers @ directions.T @ directions
    fitted = LinearCode.fit(rgb.split(64), code=7)
    found = fitted.predict_rgb(gray, Guide(), None).flatten(1)
    assert torch.allclose(found.double(), expected, atol=1e-3)
    with pytest.raises(ValueError, match="code must be at least 1"):
        LinearCode.fit([rgb], code=0)


def test_tiles_are_colored_one_by_one_and_put_back_in_place():
    def network(tiles):
        assert tiles.shape[1:] == (1, 32, 32)
        return tiles.mean((2, 3), keepdim=True).expand(-1, 3, 32, 32)

    gray = torch.rand(2, 1, 64, 96)
    colored = tiled(network, gray, 32)
    wanted = torch.nn.functional.avg_pool2d(gray, 32).repeat_interleave(32, 2)
    assert torch.allclose(colored, wanted.repeat_interleave(32, 3).expand(-1, 3, -1, -1))
    odd = torch.rand(1, 1, 45, 70)
    assert torch.equal(tiled(lambda tiles: tiles, odd, 32), odd)


class Echo(Colorizer):
    """Gives back the gray that it gets, as an image without color."""

    def __init__(self, gray_formula):
        self.gray_formula = gray_formula

    def predict_rgb(self, gray, guide, generator):
        return gray.expand(-1, 3, -1, -1)


def test_each_method_gets_the_gray_that_it_was_made_for():
    green = torch.tensor([0.0, 1.0, 0.0]).view(1, 3, 1, 1).expand(2, 3, 4, 5)
    colored = recolor({"first": Echo("rec709"), "second": Echo("rec601")}, green)
    assert list(colored) == ["first", "second"]
    # The weights of green in ITU-R BT.709 and BT.601.
    for made, weight in zip(colored.values(), (0.7152, 0.587), strict=True):
        assert torch.allclose(made, torch.full((2, 3, 4, 5), weight), atol=1e-4)
