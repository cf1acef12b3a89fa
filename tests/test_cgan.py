"""The conditional GAN of paper 004: its two networks, its objectives, and how it colors."""

from functools import cache

import numpy as np
import pytest
import torch
from papers import batch_for, built, calls, parameters, random_pixels
from torch import nn
from torch.nn import functional as F

from huelab import recipes
from huelab.color import rgb_to_gray, rgb_to_lab
from huelab.color.batch import Batch
from huelab.data import Batches
from huelab.measure.sketches import drawing, sketches
from huelab.methods.adversarial import discriminator_loss, non_saturating, saturating
from huelab.methods.cgan import CGAN, CGANLab
from huelab.methods.colorizer import Colorizer, LabColorizer
from huelab.methods.ensemble import Ensemble
from huelab.methods.patchgan import PATCHES, PatchGAN, receptive_field
from huelab.methods.unet import UNet
from huelab.metrics import band_power
from huelab.training import fit
from huelab.training.step import BareSteps

CONVOLUTIONS = nn.Conv2d | nn.ConvTranspose2d
SMALL = {"width": 4, "depth": 3, "patch": 16}


@cache
def network():
    return built("cgan-photos")


def small(kind=CGAN, **settings):
    torch.manual_seed(0)
    return kind(**SMALL | settings)


@cache
def trace():
    """All layers of the generator in training mode, on two images of 256x256."""
    return calls(network().generator, torch.rand(2, 1, 256, 256) * 2 - 1)


def convolutions(steps):
    return [step for step in steps if isinstance(step.layer, CONVOLUTIONS)]


# ------------------------------------------------------------------------- the generator


@pytest.mark.claim("004-A01")
def test_generator_takes_gray_and_no_noise():
    """One channel in, and where nothing is dropped the same image out, each time."""
    first = convolutions(trace())[0]
    assert first.layer.in_channels == 1 and first.given.shape == (2, 1, 256, 256)
    gray, quiet = torch.rand(1, 1, 16, 16), small(keeps=[])
    assert torch.equal(quiet.colorize(gray), quiet.colorize(gray))


@pytest.mark.claim("004-A02")
def test_generator_is_a_unet():
    """Sizes fall to a single pixel and rise again; the reference has 54.414 million numbers."""
    sides = [step.answer.shape[-1] for step in convolutions(trace())]
    assert sides == [128, 64, 32, 16, 8, 4, 2, 1, 2, 4, 8, 16, 32, 64, 128, 256]
    # It counts 3 input channels, two more kernels of 4x4 for each of 64 filters, and it leaves out
    # the biases of the two convolutions of its encoder that have no normalization.
    colors = parameters(network().generator) + 2 * 16 * 64
    assert colors == parameters(UNet(3, 3))
    assert round((colors - 64 - 512) / 1e6, 3) == 54.414
    assert joined_channels()[1:] == [1024, 1024, 1024, 1024, 512, 256, 128]


def joined_channels():
    """What each layer of the decoder is given, from the deepest on."""
    ups = [s for s in convolutions(trace()) if isinstance(s.layer, nn.ConvTranspose2d)]
    return [step.given.shape[1] for step in ups]


@pytest.mark.claim("004-A03")
def test_blocks_are_convolution_batch_norm_relu():
    """But for the first and the last layers of both networks, which have no normalization."""
    for net, given in ((network().generator, 1), (network().discriminator, 4)):
        steps = [s.layer for s in calls(net, torch.rand(2, given, 256, 256))]
        kinds = [kind for kind in map(plain, steps) if kind]
        text = " ".join(kinds)
        assert text.count("convolution batch_norm relu") >= text.count("convolution") - 4
        whole = ("convolution", "batch_norm", "relu")
        assert kinds[3:6] == whole or tuple(kinds[2:5]) == whole


def plain(layer):
    kinds = {
        "convolution": CONVOLUTIONS,
        "batch_norm": nn.BatchNorm2d,
        "relu": nn.ReLU | nn.LeakyReLU,
    }
    return next((name for name, kind in kinds.items() if isinstance(layer, kind)), None)


@pytest.mark.claim("004-A04")
def test_skips_join_mirrored_layers():
    """Half of what a layer of the decoder is given is what the encoder had at that size."""
    steps = convolutions(trace())
    downs, ups = steps[:8], steps[8:]
    # Activations work on copies, so each answer is what the convolution or its normalization gave.
    answers = answers_of_blocks(network().generator.down, 8)
    for level, up in enumerate(ups[1:], 1):
        across = answers[7 - level]
        seen = up.given[:, -across.shape[1] :]
        assert up.given.shape[1] == 2 * across.shape[1]
        torch.testing.assert_close(seen, F.relu(across))
    assert len(downs) == len(ups) == 8


def answers_of_blocks(blocks, count):
    """What each block of the encoder answers on the images of `trace`."""
    first = convolutions(trace())[0].given
    torch.manual_seed(0)
    found = []
    with torch.no_grad():
        for block in blocks:
            first = block(first)
            found.append(first)
    assert len(found) == count
    return found


def test_without_skips_everything_passes_through_the_smallest_maps():
    generator = UNet(1, 3, width=4, depth=3, skips=False).eval()
    code = torch.zeros(1, 16, 2, 2)
    generator.down[-1].register_forward_hook(lambda *_: code)
    with torch.no_grad():
        one, other = (generator(torch.rand(1, 1, 16, 16)) for _ in range(2))
    assert torch.equal(one, other)
    with_skips = UNet(1, 3, width=4, depth=3).eval()
    with_skips.down[-1].register_forward_hook(lambda *_: code)
    with torch.no_grad():
        one, other = (with_skips(torch.rand(1, 1, 16, 16)) for _ in range(2))
    assert not torch.allclose(one, other)


@pytest.mark.claim("004-A05")
def test_gray_in_and_rgb_out():
    steps = convolutions(trace())
    assert (steps[0].layer.in_channels, steps[-1].layer.out_channels) == (1, 3)
    made = small().colorize(torch.rand(2, 1, 16, 16))
    assert made.shape == (2, 3, 16, 16)
    with torch.no_grad():  # colors end at black and white, whatever the layers add up to
        network().generator.up[-1][1].weight *= 1e4
        assert network().generator(trace()[0].given).abs().max() <= 1
        network().generator.up[-1][1].weight /= 1e4
    # Nothing keeps the lightness: that of the result is another one.
    gray = torch.full((1, 1, 16, 16), 0.9)
    assert (rgb_to_gray(small().colorize(gray), "rec601") - gray).abs().mean() > 0.1


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (63, 64), (33, 17), (8, 8)])
@pytest.mark.parametrize("kind", [CGAN, CGANLab])
def test_any_size_is_colored(kind, size):
    gray = torch.rand(2, 1, *size)
    made = small(kind).colorize(gray)
    assert made.shape == (2, 3, *size) and made.isfinite().all()


def test_the_lab_network_keeps_the_lightness():
    gray = torch.rand(2, 1, 20, 30)
    lab = small(CGANLab).predict_lab(gray)
    expected = rgb_to_lab(gray.expand(-1, 3, -1, -1))[:, :1]
    torch.testing.assert_close(lab[:, :1], expected, atol=1e-3, rtol=0)
    assert lab[:, 1:].abs().max() <= 110


@pytest.mark.claim("004-D04")
def test_gray_frame_in_and_the_frame_as_target():
    """The generator is given the gray that coloring gives it, and has to make the image itself."""
    pixels = random_pixels(2, 16)
    batch = batch_for(small(), pixels)
    gray, true = small().pair(batch)
    rgb = torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    torch.testing.assert_close((gray + 1) / 2, (rgb * weights).sum(1, keepdim=True))
    torch.testing.assert_close((true + 1) / 2, rgb)
    assert network().gray_formula == "rec601"


@pytest.mark.claim("004-D06")
def test_batches_are_random_crops_of_frames():
    """By the recipe on films: squares of 512 pixels, from places that differ, in one piece."""
    recipe = recipes.get("cgan")
    assert recipe.train["name"] == "film_by_scene" and recipe.train["size"] > 512
    side = recipe.train["size"]
    down, across = np.mgrid[:side, :side]
    # The place of a pixel is its color.
    frame = np.stack([down % 256, across % 256, down // 256 * 16 + across // 256], 2)
    frames = np.stack([frame.astype(np.uint8)] * 8)
    settings = dict(recipe.batches) | {"flip": False}
    places = set()
    for batch in Batches(frames, **settings, targets=("rgb",)):
        for crop in (batch.rgb * 255).round().to(torch.int64):
            red, green, blue = crop
            rows, columns = red + blue // 16 * 256, green + blue % 16 * 256
            assert rows.shape == (512, 512)
            assert (rows.diff(dim=0) == 1).all() and (columns.diff(dim=1) == 1).all()
            places.add((int(rows[0, 0]), int(columns[0, 0])))
    assert len(places) == 8


# --------------------------------------------------------------------- the discriminator


@pytest.mark.claim("004-A06")
def test_discriminator_judges_patches_and_averages():
    """One answer for each patch of 70 pixels, 8 pixels apart; of all answers the mean."""
    judge = network().discriminator
    image = torch.rand(1, 4, 256, 256, requires_grad=True)
    frozen = built("cgan-photos").discriminator.eval()
    answers = frozen(image)
    assert answers.shape == (1, 1, 30, 30)
    assert [rows_seen(answers, image, row) for row in (15, 16)] == [(70, 70), (70, 70)]
    assert receptive_field(judge) == 70
    expected = torch.sigmoid(answers).mean().item()
    assert frozen.probability(image).item() == pytest.approx(expected, abs=1e-6)


def rows_seen(answers, image, at):
    """How many rows and columns of an image one answer depends on."""
    (seen,) = torch.autograd.grad(answers[0, 0, at, at], image, retain_graph=True)
    changed = seen[0].abs().sum(0) > 0
    return int(changed.any(1).sum()), int(changed.any(0).sum())


@pytest.mark.parametrize("patch", PATCHES)
def test_the_receptive_field_is_what_its_name_says(patch):
    judge = PatchGAN(2, patch=patch, width=4).eval()
    side = 2 * patch + 64
    image = torch.rand(1, 2, side, side, requires_grad=True)
    answers = judge(image)
    seen = rows_seen(answers, image, answers.shape[-1] // 2)
    assert seen == (patch, patch) and receptive_field(judge) == patch


@pytest.mark.claim("004-A07")
def test_a_discriminator_of_patches_has_fewer_parameters_and_takes_any_size():
    judge, whole = PatchGAN(4), PatchGAN(4, patch=286)
    assert parameters(judge) * 4 < parameters(whole)
    with torch.no_grad():
        shapes = [tuple(judge(torch.zeros(2, 4, *s)).shape[2:]) for s in ((64, 200), (512, 512))]
    assert shapes == [(6, 23), (62, 62)]
    # The reference counts 6 input channels: two more kernels of 4x4 for each of 64 filters.
    assert parameters(judge) + 2 * 16 * 64 == 2_768_705


def test_a_discriminator_of_patches_multiplies_more_than_that_of_the_whole_image():
    """The one of 286 pixels halves its maps twice more before the layers of 512 filters."""
    assert products(PatchGAN(4)) > 1.4 * products(PatchGAN(4, patch=286))


def products(judge):
    """Multiplications for one image of 256x256."""
    steps = convolutions(calls(judge.eval(), torch.zeros(1, 4, 256, 256)))
    return sum(s.layer.weight.numel() * s.answer[0, 0].numel() for s in steps)


@pytest.mark.claim("004-A08")
def test_discriminator_answers_between_0_and_1():
    judge = PatchGAN(4, patch=16, width=4).eval()
    with torch.no_grad():
        found = judge.probability(torch.randn(8, 4, 40, 40) * 50)
    assert found.shape == (8,) and (found > 0).all() and (found < 1).all()
    # One that is undecided about each patch says one half.
    nn.init.zeros_(judge[-1].weight)
    assert judge.probability(torch.rand(1, 4, 40, 40)).item() == 0.5


@pytest.mark.claim("004-H05")
def test_discriminator_is_conditioned():
    """Of the same colors it thinks otherwise where the gray image is another one."""
    gan = network()
    assert gan.discriminator[0].in_channels == 4
    gan = small().eval()
    colors, gray = torch.rand(1, 3, 32, 32), torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        one, other = gan.judge(gray, colors.expand(2, -1, -1, -1))
    assert not torch.allclose(one, other)
    alone = small(conditional=False).eval()
    with torch.no_grad():
        one, other = alone.judge(gray, colors.expand(2, -1, -1, -1))
    torch.testing.assert_close(one, other)


# ------------------------------------------------------------------------ the objectives


@pytest.mark.claim("004-H01")
def test_objectives_are_those_of_the_equations():
    """In float64, from the probabilities themselves."""
    real, fake = torch.randn(2, 50, dtype=torch.float64)
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    terms = discriminator_loss(real, fake)
    torch.testing.assert_close(sum(terms), -(d_real.log().mean() + (1 - d_fake).log().mean()))
    torch.testing.assert_close(saturating(fake), (1 - d_fake).log().mean())
    torch.testing.assert_close(non_saturating(fake), -d_fake.log().mean())
    certain = torch.tensor([-200.0])
    assert non_saturating(certain).item() == pytest.approx(200) and saturating(certain) <= 0


@pytest.mark.claim("004-H02")
@pytest.mark.claim("004-H03")
@pytest.mark.claim("004-H04")
def test_generator_loss():
    """-log D(G(x), x) + 100 |G(x) - y|, patch by patch and value by value (equation 7)."""
    gan = network()
    assert gan.l1_weight == 100 and gan.gan_weight == 1  # the paper gives no lambda
    gan = small()
    batch = batch_for(gan, random_pixels(3, 32))
    gray, true = gan.pair(batch)
    gan.losses(batch, 0)
    made = gan._made
    probability = torch.sigmoid(gan.judge(gray, made))
    terms = gan.losses(batch, 1)
    assert terms.keys() == {"gan", "l1"}
    torch.testing.assert_close(terms["gan"], -probability.log().mean())
    torch.testing.assert_close(terms["l1"], 100 * (made - true).abs().mean())
    # Where the discriminator is fooled more, the first term is smaller.
    with torch.no_grad():
        gan.discriminator[-1].bias += 1
        gan._made = made
        assert gan.losses(batch, 1)["gan"] < terms["gan"]


@pytest.mark.claim("004-X02")
def test_discriminator_loss_is_halved():
    """And Adam, which divides a factor of its gradients out again, hardly notices."""
    batch = batch_for(small(), random_pixels(3, 32))
    whole, half = (small(halved=halved).losses(batch, 0) for halved in (False, True))
    assert whole.keys() == half.keys() == {"real", "fake"}
    for name in whole:
        torch.testing.assert_close(half[name] * 2, whole[name])
    assert network().halved


@pytest.mark.claim("004-H06")
def test_steps_alternate():
    """A step of the discriminator, then one of the generator, with one Adam each."""
    gan = small()
    first, second = (turn.optimizer for turn in gan.optimizers())
    groups = [optimizer.param_groups[0] for optimizer in (first, second)]
    assert [set(g["params"]) for g in groups] == [
        set(gan.discriminator.parameters()),
        set(gan.generator.parameters()),
    ]
    assert all(g["lr"] == 2e-4 and g["betas"] == (0.5, 0.999) for g in groups)
    order = []
    for name, optimizer in (("discriminator", first), ("generator", second)):
        optimizer.register_step_post_hook(lambda *_, name=name: order.append(name))
    step = BareSteps(gan, "32-true")
    step.optimizers = [first, second]
    batch = batch_for(gan, random_pixels(2, 32))
    step(batch)
    step(batch)
    assert order == ["discriminator", "generator"] * 2


def test_the_discriminators_turn_leaves_the_generator_alone():
    gan = small()
    batch = batch_for(gan, random_pixels(2, 32))
    torch.stack(list(gan.losses(batch, 0).values())).sum().backward()
    assert all(p.grad is None for p in gan.generator.parameters())
    assert all(p.grad is not None for p in gan.discriminator.parameters())


def test_without_the_adversarial_term_there_is_no_discriminator():
    gan = small(gan_weight=0.0)
    assert gan.discriminator is None and len(gan.optimizers()) == 1
    batch = batch_for(gan, random_pixels(2, 32))
    assert gan.losses(batch, 0).keys() == {"l1"}
    assert small(l1_weight=0.0).losses(batch, 0).keys() == {"real", "fake"}


def test_where_the_discriminator_wins_only_the_second_objective_teaches():
    """The generator's gradients while every answer is "fake": equation 4 over equation 1."""
    norms = {}
    for name in ("saturating", "non_saturating"):
        gan = small(adversarial=name, l1_weight=0.0)
        with torch.no_grad():
            gan.discriminator[-1].bias.fill_(-12)
            gan.discriminator[-1].weight *= 1e-3  # every patch alike
        batch = batch_for(gan, random_pixels(2, 32))
        gan.losses(batch, 0)
        (term,) = gan.losses(batch, 1).values()
        grads = torch.autograd.grad(term, list(gan.generator.parameters()))
        norms[name] = torch.stack([g.norm() for g in grads]).norm().item()
    # D / (1 - D) at a logit of -12, by which equation 1 is weaker than equation 4.
    assert norms["saturating"] / norms["non_saturating"] == pytest.approx(np.exp(-12), rel=0.01)


@pytest.mark.parametrize("kind", [CGAN, CGANLab])
def test_a_few_steps_bring_the_generator_nearer_to_the_truth(kind):
    gan = small(kind, width=8, learning_rate=2e-3)
    batch = batch_for(gan, np.full((2, 32, 32, 3), (200, 90, 40), np.uint8))
    gan.losses(batch, 0)
    before = gan.losses(batch, 1)["l1"].item()
    step = BareSteps(gan, "32-true")
    for _ in range(40):
        step(batch)
    gan.losses(batch, 0)
    assert gan.losses(batch, 1)["l1"].item() < before / 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"adversarial": "wasserstein"}, "adversarial is 'wasserstein'"),
        ({"patch": 34}, "patch is 34"),
        ({"keeps": ["noise"]}, "keeps is 'noise'"),
        ({"gan_weight": 0.0, "l1_weight": 0.0}, "both 0"),
        ({"together": 0}, "together must be at least 1"),
        ({"depth": 1}, "depth must be at least 2"),
    ],
)
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)


# ---------------------------------------------------------------------- at inference


@pytest.mark.claim("004-H10")
def test_dropout_stays_on():
    """Two colorings of one image differ, unless the noise is the same."""
    assert "dropout" in network().stays_training
    gray, gan = torch.rand(1, 1, 32, 32), small()
    one, other = gan.colorize(gray), gan.colorize(gray)
    assert not torch.equal(one, other)
    same = [gan.colorize(gray, generator=torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*same)


@pytest.mark.claim("004-H11")
def test_batch_statistics_at_test_time():
    """Of a single image they are those of instance normalization, by PyTorch's own layer."""
    assert "batch_norm" in network().stays_training
    gan = small(keeps=["batch_norm"], width=8)
    gray = torch.rand(1, 1, 32, 32)
    found = gan.colorize(gray)
    for name, layer in list(gan.generator.named_modules()):
        if isinstance(layer, nn.BatchNorm2d):
            instance = nn.InstanceNorm2d(layer.num_features, affine=True)
            instance.load_state_dict({"weight": layer.weight, "bias": layer.bias})
            gan.generator.get_submodule(name.rpartition(".")[0])[int(name.rpartition(".")[2])] = (
                instance
            )
    torch.testing.assert_close(gan.colorize(gray), found, atol=1e-5, rtol=1e-4)
    # With the statistics of training it is another image.
    assert not torch.allclose(small(keeps=[], width=8).colorize(gray), found, atol=1e-3)


@pytest.mark.claim("004-H12")
@pytest.mark.parametrize("together", [1, 3, 10])
def test_batches_of_1_to_10_at_test_time(together):
    """An image shares its statistics with its own batch and no other image."""
    gan = small(keeps=["batch_norm"], together=together)
    gray = torch.rand(12, 1, 16, 16)
    found = gan.colorize(gray)
    apart = torch.cat([gan.colorize(part) for part in gray.split(together)])
    torch.testing.assert_close(found, apart)
    if together > 1:  # the batch matters
        other = small(keeps=["batch_norm"]).colorize(gray)
        assert not torch.allclose(found, other, atol=1e-3)


@pytest.mark.parametrize("kind", [CGAN, CGANLab])
def test_training_goes_on_with_the_same_bits(kind, tmp_path):
    """Both networks and both optimizers, with dropout and batch statistics."""
    pixels = random_pixels(6, 32)

    def train(network, epochs, checkpoint=None):
        batches = Batches(
            pixels, 3, targets=network.targets, gray_formula=network.gray_formula, flip=True
        )
        fit(
            network,
            batches,
            epochs=epochs,
            device="cpu",
            progress=False,
            checkpoint=checkpoint,
            checkpoint_every=0,
        )
        return network.state_dict()

    whole = train(small(kind), 4)
    train(small(kind), 2, tmp_path / "last.ckpt")
    torch.manual_seed(99)  # of another beginning nothing may be left
    resumed = train(kind(**SMALL), 4, tmp_path / "last.ckpt")
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


# ---------------------------------------------------------------- its ensemble and probe


def test_an_ensemble_is_the_mean_of_members_that_began_differently():
    torch.manual_seed(0)
    args = SMALL | {"keeps": []}
    both = Ensemble("huelab.methods.cgan:CGAN", args, n=2)
    gray = torch.rand(2, 1, 16, 16)
    one, other = (member.colorize(gray) for member in both.members)
    assert not torch.allclose(one, other, atol=1e-3)
    torch.testing.assert_close(both.colorize(gray), (one + other) / 2)
    assert both.gray_formula == "rec601"


def test_all_members_of_an_ensemble_look_at_the_training_images():
    classes = {"method": "huelab.methods.color_classes:ColorClasses", "method_args": {"width": 4}}
    both = Ensemble(**classes, n=2)
    before = [member.of_bin.clone() for member in both.members]
    both.prepare([Batch(torch.arange(2), lab=torch.rand(2, 3, 32, 32) * 50)], "", "cpu")
    assert not any(torch.equal(m.of_bin, b) for m, b in zip(both.members, before, strict=True))


def test_an_ensemble_refuses_methods_that_choose_their_weights():
    args = {"pretrained": False, "averaging": 0.9}
    with pytest.raises(ValueError, match="averages or chooses its weights"):
        Ensemble("huelab.methods.huenet:HueNet", args, n=2)


def test_the_members_of_an_ensemble_learn_as_they_do_alone():
    """Each turn changes the network that it would change without the others."""
    torch.manual_seed(0)
    both = Ensemble("huelab.methods.cgan:CGAN", SMALL | {"keeps": []}, n=2)
    alone = small(keeps=[])
    alone.load_state_dict(both.members[1].state_dict())
    batch = batch_for(alone, random_pixels(2, 32))
    for network in (alone, *both.members):
        for layer in network.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = 0.0
    BareSteps(both, "32-true")(batch)
    BareSteps(alone, "32-true")(batch)
    for name, value in alone.state_dict().items():
        torch.testing.assert_close(both.members[1].state_dict()[name], value)
    assert len(both.optimizers()) == 4


def test_blur_takes_power_from_high_frequencies_and_bands_add_up():
    """Against the mean square of an image that fades to nothing at its borders, and known waves."""
    torch.manual_seed(0)
    noise = torch.randn(2, 2, 64, 64)
    blurred = F.avg_pool2d(noise, 5, stride=1, padding=2)
    assert (band_power(blurred, low=0.25) < band_power(noise, low=0.25) / 10).all()
    parts = [band_power(noise, *band) for band in ((0, 0.1), (0.1, 0.25), (0.25, 1))]
    torch.testing.assert_close(sum(parts), band_power(noise))
    # White noise has the same power everywhere: its variance, for each of two channels.
    torch.testing.assert_close(band_power(noise).mean(), torch.tensor(2.0), atol=0.15, rtol=0)


def test_a_drawing_has_lines_where_there_are_edges_and_nowhere_else():
    for dark, light in ((0.2, 0.4), (0.4, 0.8), (0.5, 1.0)):
        gray = torch.full((1, 1, 32, 48), light)
        gray[..., 24:] = dark
        lines = drawing(gray)
        assert lines[..., :20].min() == 1 and lines[..., 28:].min() == 1
        assert (lines[..., 24:26].min(-1).values < 0.5).all()  # on the darker side
    assert drawing(torch.rand(1, 1, 32, 32)).min() < 0.5


def test_only_a_method_that_changes_the_lightness_can_color_paper():
    config = {"tests": [{"name": "embedded", "split": "test", "size": 64, "n": 8}]}

    class Orange(Colorizer):
        def predict_rgb(self, gray, guide, generator):
            return (
                torch.tensor([1.0, 0.5, 0.0]).view(3, 1, 1).expand(len(gray), 3, *gray.shape[-2:])
            )

    class Warm(LabColorizer):
        def predict_ab(self, lightness, guide, generator):
            return torch.full_like(lightness, 30.0).expand(-1, 2, -1, -1)

    drawn, whole, ratio = (found.value for found in sketches(Orange(), config, "cpu"))
    assert drawn == whole > 80 and ratio == 1
    drawn, whole, ratio = (found.value for found in sketches(Warm(), config, "cpu"))
    assert drawn < 5 and whole > 20 and ratio < 0.3
