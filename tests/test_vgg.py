"""The encoder is VGG16's but for what paper 002 changes; decoder and options are as told."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from skimage.color import rgb2lab
from torch import nn
from torch.nn import functional as F
from torchvision.models import vgg16

from huelab.color import gray_to_lightness
from huelab.color.batch import Batch
from huelab.data import Batches
from huelab.methods.vgg import BLOCKS, VGG, DecoderBlock, EncoderBlock, Layer, load_imagenet
from huelab.storage import WeightsError
from huelab.training import fit


def on_meta(**options):
    """A network of shapes alone, which costs no time."""
    with torch.device("meta"):
        return VGG(**options)


def of_kind(module, *kinds):
    return [m for m in module.modules() if isinstance(m, kinds)]


def count(module, *kinds):
    return sum(p.numel() for m in of_kind(module, *kinds) for p in m.parameters())


@pytest.fixture(scope="module")
def reference():
    with torch.device("meta"):
        return vgg16().features


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return VGG().eval()


def test_encoder_layers(reference):
    """VGG16 without its dense layers, stride 2 where it pools, LeakyReLU, batch norm after each."""
    encoder = on_meta().encoder
    ours, theirs = of_kind(encoder, nn.Conv2d), of_kind(reference, nn.Conv2d)
    assert len(ours) == len(theirs) == 13
    assert [m.out_channels for m in ours] == [m.out_channels for m in theirs]
    assert [m.in_channels for m in ours] == [1, *(m.in_channels for m in theirs[1:])]
    assert all((m.kernel_size, m.padding) == ((3, 3), (1, 1)) for m in ours)
    # torchvision lists convolution, ReLU, and pooling where a block ends.
    pooled = [isinstance(reference[min(i + 2, 30)], nn.MaxPool2d) for i in range(30)]
    ends = [pooled[i] for i in range(30) if isinstance(reference[i], nn.Conv2d)]
    assert [m.stride == (2, 2) for m in ours] == ends
    assert [len(of_kind(block, nn.Conv2d)) for block in encoder.blocks] == [2, 2, 3, 3, 3]
    assert not of_kind(encoder, nn.Linear, nn.MaxPool2d, nn.ReLU)
    for layer in of_kind(encoder, Layer):
        assert [type(m) for m in layer] == [nn.Conv2d, nn.BatchNorm2d, nn.LeakyReLU]
        assert layer[2].negative_slope == 0.2
    # Two of the first layer's three input channels are gone.
    expected = sum(p.numel() for p in reference.parameters()) - 2 * 9 * 64
    assert count(encoder, nn.Conv2d) == expected == 14_713_536
    assert count(encoder, nn.BatchNorm2d) == 2 * (2 * 64 + 2 * 128 + 3 * 256 + 6 * 512)


def test_every_block_of_the_encoder_halves_the_picture():
    encoder = on_meta().encoder
    maps = torch.empty(2, 1, 256, 192, device="meta")
    for level, (block, (filters, convolutions)) in enumerate(
        zip(encoder.blocks, BLOCKS, strict=True)
    ):
        before = maps.shape[1]
        maps, whole = block(maps)
        assert whole.shape == (2, filters, 256 >> level, 192 >> level)
        assert maps.shape == (2, filters, 128 >> level, 96 >> level)
        kernels = 9 * filters * (before + (convolutions - 1) * filters)
        assert count(block, nn.Conv2d) == kernels + convolutions * filters
    assert maps.shape == (2, 512, 8, 6)
    code, skips = encoder(torch.empty(1, 1, 256, 256, device="meta"))
    assert code.shape == (1, 512, 8, 8)
    assert [tuple(m.shape[1:]) for m in skips] == [
        (64, 256, 256), (128, 128, 128), (256, 64, 64), (512, 32, 32), (512, 16, 16)
    ]  # fmt: skip


def test_decoder_layers():
    """Ten convolutions: one halves the filters, one of the same width follows the enlargement."""
    decoder = on_meta().decoder
    convolutions = of_kind(decoder, nn.Conv2d)
    widths = [(m.in_channels, m.out_channels) for m in convolutions]
    halving = [(512 >> k, 256 >> k) for k in range(5)]
    assert widths[::2] == halving == [(512, 256), (256, 128), (128, 64), (64, 32), (32, 16)]
    assert widths[1::2] == [(256, 256), (128, 128), (64, 64), (32, 32), (16, 2)]
    assert all((m.kernel_size, m.stride) == ((3, 3), (1, 1)) for m in convolutions)
    assert not of_kind(decoder, nn.BatchNorm2d)
    assert sum(p.numel() for p in decoder.parameters()) == sum(9 * a * b + b for a, b in widths)
    activations = of_kind(decoder, nn.LeakyReLU, nn.ReLU, nn.Tanh)
    assert [type(m) for m in activations] == [nn.LeakyReLU] * 9 + [nn.Tanh]
    maps = torch.empty(2, 512, 8, 6, device="meta")
    for level, block in enumerate(decoder.blocks):
        maps = block(maps)
        channels = 256 >> level if level < 4 else 2
        assert maps.shape == (2, channels, 16 << level, 12 << level)


def test_a_decoder_block_enlarges_between_its_convolutions():
    torch.manual_seed(0)
    block, maps = DecoderBlock(8, 0.2, upsampling="bilinear"), torch.randn(1, 8, 5, 7)
    first, second = of_kind(block, nn.Conv2d)

    def leaky(x):
        return torch.where(x > 0, x, 0.2 * x)

    small = leaky(F.conv2d(maps, first.weight, first.bias, padding=1))
    large = F.interpolate(small, (10, 14), mode="bilinear", align_corners=False)
    expected = leaky(F.conv2d(large, second.weight, second.bias, padding=1))
    assert torch.allclose(block(maps), expected, atol=1e-6)


@pytest.mark.parametrize("size", [(123, 457), (100, 100), (1, 1), (32, 64), (33, 31)])
def test_any_size(network, size):
    """One channel of any size in, two channels of that size out, L* the input's own."""
    gray = torch.rand(2, 1, *size)
    lightness = torch.rand(2, 1, *size) * 100
    with torch.no_grad():
        ab = network.padded(lightness)
        assert ab.shape == (2, 2, *size) and ab.dtype == torch.float32
        assert ab.abs().max() <= 128
        lab = network.predict_lab(gray)
    assert lab.shape == (2, 3, *size)
    wanted = rgb2lab(gray.expand(-1, 3, -1, -1).double().numpy(), channel_axis=1)[:, :1]
    assert torch.equal(lab[:, :1], gray_to_lightness(gray))
    assert np.abs(lab[:, :1].numpy() - wanted).max() < 1e-3
    assert network.colorize(gray).shape == (2, 3, *size)


def test_padding_repeats_the_border(network):
    """A picture that ends in repeated rows is colored as the same without them."""
    lightness = torch.rand(1, 1, 64, 96) * 100
    lightness[..., 60:, :] = lightness[..., 59:60, :]
    with torch.no_grad():
        whole, cut = network(lightness), network.padded(lightness[..., :60, :])
    assert torch.allclose(whole[..., :60, :], cut, atol=1e-3)


def test_the_output_is_tanh_times_the_scale(network):
    lightness = torch.rand(1, 1, 32, 32) * 100
    with torch.no_grad():
        code, _ = network.encoder(lightness / 50 - 1)
        expected = 128 * network.decoder(code)
        assert torch.equal(network(lightness), expected)
    assert isinstance(network.decoder.blocks[-1].wide[-1], nn.Tanh)


@pytest.mark.parametrize(("kind", "layers"), [("convolution", 13), ("block", 5), ("none", 0)])
def test_batch_normalization_as_often_as_asked(kind, layers):
    encoder = on_meta(batch_norm=kind).encoder
    assert len(of_kind(encoder, nn.BatchNorm2d)) == layers
    if kind == "block":
        for block in of_kind(encoder, EncoderBlock):
            assert of_kind(block.halve, nn.BatchNorm2d) and not of_kind(block.whole, nn.BatchNorm2d)
    assert count(encoder, nn.Conv2d) == 14_713_536


def test_pooling_takes_the_place_of_stride():
    encoder = on_meta(downsampling="pooling").encoder
    assert all(m.stride == (1, 1) for m in of_kind(encoder, nn.Conv2d))
    assert all(isinstance(block.halve[-1], nn.MaxPool2d) for block in encoder.blocks)
    assert count(encoder, nn.Conv2d) == 14_713_536


def test_relu_takes_the_place_of_leaky_relu_everywhere():
    network = on_meta(activation="relu")
    assert not of_kind(network, nn.LeakyReLU)
    assert len(of_kind(network, nn.ReLU)) == 13 + 9


def test_transposed_convolutions_double_and_have_as_many_parameters():
    network, bilinear = on_meta(upsampling="transposed"), on_meta()
    doubling = of_kind(network.decoder, nn.ConvTranspose2d)
    assert [m.stride for m in doubling] == [(2, 2)] * 5
    sizes = [sum(p.numel() for p in n.parameters()) for n in (network, bilinear)]
    assert sizes[0] == sizes[1]
    ab = network(torch.empty(1, 1, 64, 96, device="meta"))
    assert ab.shape == (1, 2, 64, 96)


def test_skips_show_the_decoder_all_of_the_encoders_maps():
    torch.manual_seed(0)
    network = VGG(skips=True).eval()
    plain = on_meta()
    extra = sum(
        9 * skip * out
        for skip, out in zip((512, 512, 256, 128, 64), (256, 128, 64, 32, 2), strict=True)
    )
    sizes = [sum(p.numel() for p in n.decoder.parameters()) for n in (network, plain)]
    assert sizes[0] - sizes[1] == extra
    code, maps = network.encoder(torch.rand(1, 1, 64, 64) * 2 - 1)
    leaves = [m.detach().requires_grad_() for m in maps]
    network.decoder(code.detach(), leaves).sum().backward()
    assert all(leaf.grad.abs().max() > 0 for leaf in leaves)
    with pytest.raises(ValueError, match="skips need upsampling='bilinear'"):
        VGG(skips=True, upsampling="transposed")


@pytest.fixture
def imagenet(tmp_path, monkeypatch):
    """Random weights of VGG16 where its own are looked for, and the network that has them."""
    torch.manual_seed(1)
    body = vgg16().features.eval()
    state = {f"features.{key}": value for key, value in body.state_dict().items()}
    save_file(state | {"classifier.0.weight": torch.zeros(2, 2)}, tmp_path / "vgg16.safetensors")
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path))
    return body


def test_pretrained_weights_answer_as_vgg16_does_to_gray(imagenet):
    network = VGG(
        pretrained=True, batch_norm="none", downsampling="pooling", activation="relu"
    ).eval()
    gray = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        code, _ = network.encoder(gray)
        expected = imagenet(gray.expand(-1, 3, -1, -1))
    assert expected.abs().max() > 1e-3
    assert torch.allclose(code, expected, atol=1e-5)


def test_weights_of_another_network_are_refused(tmp_path, monkeypatch, network):
    save_file({"features.0.weight": torch.zeros(4, 3, 3, 3)}, tmp_path / "vgg16.safetensors")
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="not hold the weights of vgg16's convolutions"):
        load_imagenet(network.encoder)


def test_without_weights_the_error_says_what_is_missing(tmp_path, monkeypatch):
    def offline(*_, **__):
        raise OSError("no network")

    monkeypatch.delenv("HUELAB_WEIGHTS", raising=False)
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path))
    monkeypatch.setattr("huelab.imagenet.download_url_to_file", offline)
    with pytest.raises(WeightsError, match="no weights of vgg16 are here"):
        VGG(pretrained=True)


def test_weights_begin_as_those_of_he():
    """Kaiming normal of torch as the oracle; transposed convolutions keep the size of values."""
    torch.manual_seed(0)
    network = VGG()
    for layer in (of_kind(network, nn.Conv2d)[k] for k in (1, 7, 12)):
        gain = nn.init.calculate_gain("leaky_relu", 0.2)
        fan_in, _ = nn.init._calculate_fan_in_and_fan_out(layer.weight)
        assert float(layer.weight.detach().std()) == pytest.approx(gain / fan_in**0.5, rel=0.02)
        assert not layer.bias.any()
    layer = VGG(upsampling="transposed").decoder.blocks[0].wide[0]
    maps = torch.randn(1, 256, 16, 16)
    with torch.no_grad():
        # Twice the second moment, which LeakyReLU then about halves.
        assert float(layer(maps).var()) == pytest.approx(2 / 1.04, rel=0.15)


LOSSES = {
    "mse": lambda p, y: ((p - y) ** 2).mean(),
    "l1": lambda p, y: (p - y).abs().mean(),
    "l1_mse": lambda p, y: (p - y).abs().mean() + ((p - y) ** 2).mean(),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [128.0, 110.0])
def test_the_loss_is_what_it_is_called(loss, scale):
    torch.manual_seed(0)
    network = VGG(loss=loss, ab_scale=scale).eval()
    lab = torch.rand(2, 3, 40, 32) * 60
    with torch.no_grad():
        predicted = network.padded(lab[:, :1]).double() / scale
        expected = LOSSES[loss](predicted, lab[:, 1:].double() / scale)
        (found,) = network.losses(Batch(torch.arange(2), lab=lab), 0).values()
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_adam_as_the_paper_has_it():
    (turn,) = on_meta().optimizers()
    optimizer = turn.optimizer
    assert type(optimizer) is torch.optim.Adam
    assert optimizer.param_groups[0]["lr"] == 2e-4
    assert optimizer.param_groups[0]["betas"] == (0.5, 0.999)


def test_training_goes_downhill():
    """One plain color is learned in a few steps, from pictures that are no multiple of 32."""
    pixels = (torch.rand(4, 40, 40, 1) * 100 + torch.tensor([120.0, 60, 20])).byte().numpy()
    torch.manual_seed(0)
    network = VGG()
    batches = Batches(pixels, 4, targets=("lab",), shuffle=False)
    lab = next(iter(batches)).lab

    def error():
        with torch.no_grad():
            return float(F.mse_loss(network.eval().padded(lab[:, :1]), lab[:, 1:]))

    before = error()
    fit(network.train(), batches, epochs=8, device="cpu", progress=False, precision="32-true")
    assert error() < before / 2


def test_tensors_stay_dense_in_bfloat16_and_channels_last():
    """A layer that makes them otherwise costs all that follow it."""
    network = VGG(skips=True).to(memory_format=torch.channels_last)
    loose = []

    def look(layer, _, answer):
        if not answer.is_contiguous(memory_format=torch.channels_last):
            loose.append(layer)

    for layer in of_kind(network, nn.Conv2d, nn.BatchNorm2d):
        layer.register_forward_hook(look)
    with torch.autocast("cpu", torch.bfloat16):
        network(torch.rand(2, 1, 64, 64) * 100)
    assert not loose


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="loss is 'l2', but must be one of mse, l1, l1_mse"):
        VGG(loss="l2")
    with pytest.raises(ValueError, match="batch_norm is 'always'"):
        VGG(batch_norm="always")
