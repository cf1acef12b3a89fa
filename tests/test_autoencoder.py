"""The autoencoder is the papers' layer by layer, and its variants are what they are called."""

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab
from torch import nn
from torch.nn import functional as F

from huelab.data import Batches
from huelab.methods.autoencoder import Autoencoder, Decoder, Double, Encoder, Halve, Stage
from huelab.methods.uncompressed import Uncompressed
from huelab.training import TrainingError, fit


def pixels(n=24, side=32):
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def test_relu_follows_every_hidden_convolution():
    network = Autoencoder()
    stages = [m for m in network.modules() if isinstance(m, Stage)]
    assert len(stages) == 6
    for stage in stages:
        assert [type(layer) for layer in stage] in ([Halve, nn.ReLU], [Double, nn.ReLU])
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(convolutions) == 7  # the last one has a sigmoid
    assert isinstance(network.decoder[-1], nn.Sigmoid)


@pytest.mark.parametrize("side", [4, 7, 8, 1])
def test_halve_pads_as_tensorflow_does(side):
    """Against the rule in TensorFlow's documentation: the odd pixel is added at the end."""
    layer, image = Halve(2, 3).double(), torch.rand(1, 2, side, side, dtype=torch.float64)
    total = max((-(-side // 2) - 1) * 2 + 3 - side, 0)
    before, after = total // 2, total - total // 2
    padded = F.pad(image, (before, after, before, after))
    assert torch.allclose(layer(image), F.conv2d(padded, layer.weight, layer.bias, stride=2))


def test_double_is_the_transpose_of_halve():
    """What Keras' transposed convolution is by definition: the gradient of the convolution."""
    down, up = Halve(3, 5).double(), Double(5, 3).double()
    up.weight.data.copy_(down.weight.data)
    nn.init.zeros_(up.bias)
    image = torch.rand(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    out = down(image)
    cotangent = torch.rand_like(out)
    (gradient,) = torch.autograd.grad(out, image, cotangent)
    assert torch.allclose(up(cotangent), gradient)


@pytest.mark.parametrize(
    ("where", "kinds"),
    [
        ("none", [nn.ReLU, nn.Dropout]),
        ("before", [nn.BatchNorm2d, nn.ReLU, nn.Dropout]),
        ("after", [nn.ReLU, nn.BatchNorm2d, nn.Dropout]),
    ],
)
def test_batch_norm_and_dropout_stand_where_they_should(where, kinds):
    for half in (Encoder, Decoder):
        stages = [m for m in half(batch_norm=where, dropout=0.2).modules() if isinstance(m, Stage)]
        assert len(stages) == 3
        for stage in stages:
            assert [type(layer) for layer in stage][1:] == kinds


def test_dropout_in_the_encoder_leaves_the_decoder_alone():
    network = Autoencoder(dropout=0.2, dropout_in="encoder")
    count = [sum(isinstance(m, nn.Dropout) for m in h.modules()) for h in network.children()]
    assert count == [3, 0]


def test_weights_begin_as_those_of_keras():
    """Glorot uniform: limits of sqrt(6 / (fan in + fan out)); biases 0."""
    torch.manual_seed(0)
    network = Autoencoder()
    dense, kernel = network.encoder[-1], network.encoder[1][0]
    for weight, fans in ((dense.weight, 4096 + 256), (kernel.weight, 9 * (64 + 128))):
        limit = (6 / fans) ** 0.5
        assert 0.99 * limit < weight.abs().max() <= limit
    assert all(not m.bias.any() for m in (dense, kernel))


LOSSES = {
    "l1": lambda p, y: (p - y).abs().mean(),
    "mse": lambda p, y: ((p - y) ** 2).mean(),
    "smooth_l1": lambda p, y: ((p - y) ** 2).mean() / 2,
    "cross_entropy": lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()).mean(),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("penalty", "power"), [("none", 0), ("lasso", 1), ("ridge", 2)])
def test_the_loss_is_what_it_is_called(loss, penalty, power):
    torch.manual_seed(0)
    network = Autoencoder(loss=loss, penalty=penalty, penalty_weight=1e-6)
    batch = next(iter(Batches(pixels(4), 4, gray_formula="rec601")))
    with torch.no_grad():
        expected = LOSSES[loss](network(batch.gray).double(), batch.rgb.double())
        if power:
            kernels = [p.double() for n, p in network.named_parameters() if n.endswith("weight")]
            expected += 1e-6 * sum((p.abs() ** power).sum() for p in kernels)
        found = sum(network.losses(batch, 0).values())
        assert float(found) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("optimizer", ["adam", "nadam", "rmsprop", "adagrad", "momentum", "sgd"])
def test_every_optimizer_goes_downhill(optimizer):
    torch.manual_seed(0)
    network = Autoencoder(optimizer=optimizer, learning_rate=1e-3)
    batches = Batches(pixels(8), 8, gray_formula="rec601", shuffle=False)
    batch = next(iter(batches))
    with torch.no_grad():
        before = F.mse_loss(network(batch.gray), batch.rgb)
    fit(network, batches, epochs=6, device="cpu", progress=False, precision="32-true")
    with torch.no_grad():
        assert F.mse_loss(network(batch.gray), batch.rgb) < before


class Watched(Autoencoder):
    def optimizers(self):
        (self.turn,) = super().optimizers()
        return [self.turn]


def test_the_plateau_divides_the_rate_and_survives_a_resume(tmp_path, monkeypatch):
    """After five epochs without progress, by the square root of ten; the same in two parts."""
    data = pixels(4)

    def train(epochs, checkpoint=None):
        torch.manual_seed(0)
        network = Watched(schedule="plateau", learning_rate=1e-3)
        # An accuracy that never changes is a plateau.
        monkeypatch.setattr(
            "huelab.metrics.channel_argmax_accuracy", lambda p, y: p.new_ones(len(p))
        )
        batches = Batches(data, 4, gray_formula="rec601")
        options = {"checkpoint": checkpoint, "checkpoint_every": 0, "device": "cpu"}
        options["progress"] = False
        fit(network, batches, epochs=epochs, validation=batches, **options)
        return network, network.turn.optimizer.param_groups[0]["lr"]

    assert train(5)[1] == pytest.approx(1e-3)
    assert train(6)[1] == pytest.approx(1e-3 / 10**0.5)  # the first epoch cannot be a pause
    whole, rate = train(8)
    assert rate == pytest.approx(1e-3 / 10**0.5)
    for epochs in (3, 7):
        train(epochs, tmp_path / "last.ckpt")
    parts, rate_in_parts = train(8, tmp_path / "last.ckpt")
    assert rate_in_parts == rate
    pairs = zip(whole.state_dict().values(), parts.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_a_plateau_needs_a_validation_set():
    batches = Batches(pixels(4), 4, gray_formula="rec601")
    with pytest.raises(TrainingError, match="needs a validation set"):
        fit(Autoencoder(schedule="plateau"), batches, epochs=1, device="cpu", progress=False)


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="loss is 'l3', but must be one of mse, l1, smooth_l1"):
        Autoencoder(loss="l3")
    with pytest.raises(ValueError, match="any_size is 'crop'"):
        Autoencoder(any_size="crop")


def test_unscaled_input_is_of_0_to_255():
    torch.manual_seed(0)
    plain, unscaled = Autoencoder(), Autoencoder(input_scale=255)
    unscaled.load_state_dict(plain.state_dict())
    gray = torch.rand(1, 1, 32, 32)
    assert torch.allclose(unscaled(gray), plain(255 * gray))


def test_the_repair_has_fewer_parameters_and_keeps_the_lightness():
    ours, papers = Uncompressed(), Autoencoder()
    count = [sum(p.numel() for p in network.parameters()) for network in (ours, papers)]
    assert count[0] < count[1] == 1_418_496 + 2_013_315
    gray = torch.rand(2, 1, 37, 50)
    lab = rgb2lab(gray.expand(-1, 3, -1, -1).double().numpy(), channel_axis=1)
    with torch.no_grad():
        kept = ours.eval().predict_lab(gray)[:, :1]
    assert np.abs(kept.numpy() - lab[:, :1]).max() < 1e-3
