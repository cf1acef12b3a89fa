"""ViT-GAN and ViT-I-GAN of paper 001: layers, shapes, losses, and the kept embeddings."""

import math
from functools import cache

import numpy as np
import pytest
import torch
import torchvision
from papers import batch_for, built, calls, parameters, random_pixels
from torch import nn
from torch.nn import functional as F

from huelab import features, recipes
from huelab.color import rgb_to_lab
from huelab.color.batch import Batch
from huelab.data.sources.official import NCD
from huelab.data.sources.unsplash import Unsplash
from huelab.measure.vitigan import KINDS
from huelab.methods.vit_embedding import Embedder
from huelab.methods.vit_generator import Decoder, Fusion, Generator, joined
from huelab.methods.vit_judge import attended, attention_maps, vision_transformer
from huelab.methods.vitigan import ViTGAN
from huelab.training.step import BareSteps

JUDGE = {"kind": "vit", "image_size": 64, "patch_size": 16, "width": 16, "heads": 2, "blocks": 2}
SMALL = {"widths": (4, 4, 4, 4, 8), "discriminator": {**JUDGE, "mlp_width": 8}}
EMBEDDING = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0))
PATCHES = {"kind": "patchgan", "patch": 16, "width": 4}


@cache
def network(recipe="vitigan"):
    return built(recipe)


def small(**settings):
    torch.manual_seed(0)
    return ViTGAN(**SMALL | settings)


@cache
def trace():
    """All layers of the generator with an embedding, in training mode, on two images of 256x256."""
    return calls(network().generator, torch.rand(2, 1, 256, 256) * 2 - 1, EMBEDDING)


def called(kind):
    return [step for step in trace() if isinstance(step.layer, kind)]


def batch_of(n=2, side=64):
    return batch_for(small(), random_pixels(n, side))


def squeezenet_is_random(monkeypatch):
    """The network of ImageNet, with other weights: a test needs no file of them."""
    monkeypatch.setattr(features, "load", lambda name, **_: features.untrained(name))


# ------------------------------------------------------------------------- the generator


@pytest.mark.claim("001-A01")
@pytest.mark.claim("001-A02")
@pytest.mark.claim("001-A03")
@pytest.mark.claim("001-A04")
def test_encoder_layers():
    """Ten convolutions of 5x5 padded by 2, a mean of 2x2 after each second one, 512 maps of 8x8."""
    layers = [s for s in trace() if isinstance(s.layer, nn.Conv2d)][:10]
    assert len([s for s in called(nn.Conv2d) if s.layer.kernel_size == (5, 5)]) == 10
    for number, step in enumerate(layers):
        assert step.layer.kernel_size == (5, 5) and step.layer.padding == (2, 2)
        assert step.given.shape[2:] == step.answer.shape[2:] == (256 // 2 ** (number // 2),) * 2
    assert [s.answer.shape[1] for s in layers[1::2]] == [32, 64, 128, 256, 512]
    pools = called(nn.AvgPool2d)
    assert len(pools) == 5 and not called(nn.MaxPool2d)
    for step in pools:
        quads = step.given.unfold(2, 2, 2).unfold(3, 2, 2)
        torch.testing.assert_close(step.answer, quads.mean((4, 5)))
    assert pools[-1].answer.shape == (2, 512, 8, 8)


def test_max_pooling_takes_the_largest():
    steps = calls(small(pooling="max").generator, torch.rand(1, 1, 32, 32))
    pools = [s for s in steps if isinstance(s.layer, nn.MaxPool2d)]
    assert len(pools) == 5
    torch.testing.assert_close(
        pools[0].answer, pools[0].given.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
    )


@pytest.mark.claim("001-A06")
@pytest.mark.claim("001-A07")
@pytest.mark.claim("001-A08")
@pytest.mark.claim("001-A12")
def test_generator_fuses_encoder_and_classifier():
    """Its numbers stand at each of 64 places beside the encoder's; 1x1 convolutions mix them."""
    (step,) = [s for s in called(nn.Conv2d) if s.layer.kernel_size == (1, 1)]
    assert step.given.shape == (2, 1512, 8, 8) and step.answer.shape == (2, 512, 8, 8)
    code, added = step.given.split([512, 1000], 1)
    torch.testing.assert_close(code, called(nn.AvgPool2d)[-1].answer)
    assert added.flatten(2).shape[2] == 256 * 256 // (32 * 32) == 64
    for place in added.flatten(2).unbind(2):
        assert torch.equal(place, EMBEDDING)
    assert parameters(step.layer) == 512 * 1512 + 512 == 774_656
    # No path leads past the fused maps (A12): they alone decide the color.
    generator = small(embedding="random").generator.eval()
    fused = torch.rand(1, 8, 2, 2)
    generator.middle.register_forward_hook(lambda *_: fused)
    with torch.no_grad():
        one, other = (generator(torch.rand(1, 1, 64, 64), torch.rand(1, 1000)) for _ in "ab")
    assert torch.equal(one, other)


@pytest.mark.claim("001-A09")
@pytest.mark.claim("001-A10")
@pytest.mark.claim("001-A11")
def test_decoder_layers():
    """Five times: each pixel becomes 2x2 alike, then a transposed convolution of 3x3."""
    layers, doubled = called(nn.ConvTranspose2d), called(nn.Upsample)
    assert len(layers) == len(doubled) == 5
    assert [s.answer.shape[1:] for s in layers] == [
        (256, 16, 16),
        (128, 32, 32),
        (64, 64, 64),
        (32, 128, 128),
        (2, 256, 256),
    ]
    for step, before in zip(layers, doubled, strict=True):
        assert step.layer.kernel_size == (3, 3) and step.layer.stride == (1, 1)
        assert torch.equal(step.given, before.answer)
        twice = before.given.repeat_interleave(2, 2).repeat_interleave(2, 3)
        assert torch.equal(before.answer, twice)
    slopes = called(nn.LeakyReLU)
    assert len(slopes) == 10 + 1 + 4
    for step in slopes:
        torch.testing.assert_close(step.answer, torch.where(step.given < 0, 0.2, 1) * step.given)
    assert trace()[-1].answer.abs().max() <= 1


def test_the_other_reading_of_the_decoder_strides():
    decoder = Decoder((4, 4, 4, 4, 8), doubling="strided")
    assert decoder(torch.zeros(1, 8, 2, 3), []).shape == (1, 2, 64, 96)
    assert not [m for m in decoder.modules() if isinstance(m, nn.Upsample)]
    assert {m.stride for m in decoder.modules() if isinstance(m, nn.ConvTranspose2d)} == {(2, 2)}


@pytest.mark.claim("001-A21")
def test_generator_has_batch_norm_and_no_dropout():
    """After each convolution but the last; the discriminator's is its own (001-A19)."""
    assert len(called(nn.BatchNorm2d)) == 10 + 1 + 4 and not called(nn.Dropout)
    other = built("vitigan-dropout").generator
    assert not [m for m in other.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len([m for m in other.modules() if isinstance(m, nn.Dropout)]) == 15


@pytest.mark.claim("001-A22")
def test_vitgan_is_vitigan_without_inception():
    """Its layers are those that remain when the fusion and its normalization are taken away."""
    left = dict(network("vitgan").generator.named_parameters())
    right = dict(network().generator.named_parameters())
    assert {name: p.shape for name, p in left.items()} == {
        name: p.shape for name, p in right.items() if not name.startswith("middle.")
    }
    assert parameters(network().generator) - parameters(network("vitgan").generator) == (
        774_656 + 2 * 512
    )
    assert network("vitgan").embedder is None


def test_a_wide_vitgan_has_as_many_parameters():
    wide, fused = (parameters(network(name).generator) for name in ("vitgan-wide", "vitigan"))
    assert abs(wide - fused) < 1025  # one more filter in the middle has so many
    assert network("vitgan-wide").embedder is None


def test_skips_show_the_decoder_what_the_encoder_saw():
    generator = Generator(widths=(2, 3, 4, 5, 6), fused=False, skips=True)
    given = [
        step.given.shape[1]
        for step in calls(generator, torch.rand(1, 1, 32, 32))
        if isinstance(step.layer, nn.ConvTranspose2d)
    ]
    assert given == [12, 10, 8, 6, 4]


# --------------------------------------------------------------------- the discriminator


@pytest.mark.claim("001-A14")
@pytest.mark.claim("001-A15")
@pytest.mark.claim("001-A16")
@pytest.mark.claim("001-A17")
@pytest.mark.claim("001-A18")
@pytest.mark.claim("001-A19")
@pytest.mark.claim("001-A20")
def test_the_discriminator_is_that_of_table_1():
    """What its layers do, counted one by one; the whole has as many numbers as the formula."""
    judge = network().discriminator.train()
    steps = calls(judge, torch.rand(1, 3, 256, 256))
    (patches,) = [s for s in steps if isinstance(s.layer, nn.Conv2d)]
    assert patches.layer.kernel_size == patches.layer.stride == (32, 32)
    assert patches.answer.shape == (1, 1024, 8, 8)
    attention = [m for m in judge.modules() if isinstance(m, nn.MultiheadAttention)]
    assert [m.num_heads for m in attention] == [16] * 6
    inner = [s for s in steps if isinstance(s.layer, nn.GELU)]
    assert [s.answer.shape for s in inner] == [(1, 65, 2048)] * 6
    rates = [s.layer.p for s in steps if isinstance(s.layer, nn.Dropout)]
    assert rates == [0.1] * (1 + 6 * 3)
    assert isinstance(judge, torchvision.models.VisionTransformer)
    width, mlp = 1024, 2048
    block = 4 * (width + 1) * width + (width + 1) * mlp + (mlp + 1) * width + 4 * width
    tokens = (3 * 32 * 32 + 1) * width + width + 65 * width
    assert parameters(judge) == tokens + 6 * block + 2 * width + width + 1


def test_the_rates_of_dropout_are_set_apart():
    judge = vision_transformer(image_size=64, width=8, heads=2, dropout=0.2, embedding_dropout=0.3)
    rates = [m.p for m in judge.modules() if isinstance(m, nn.Dropout)]
    assert sorted(rates) == [0.2] * 18 + [0.3]


@pytest.mark.claim("001-D11")
def test_the_discriminator_is_shown_lab_between_minus_1_and_1():
    gan = small()
    seen = []
    gan.discriminator.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    pixels = random_pixels(2, 64)
    gan.losses(batch_for(gan, pixels), 0)
    lab = rgb_to_lab(torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255)
    torch.testing.assert_close(seen[0][:, 0], lab[:, 0] / 50 - 1, atol=1e-4, rtol=0)
    torch.testing.assert_close(seen[0][:, 1:], lab[:, 1:] / 128, atol=1e-4, rtol=0)
    torch.testing.assert_close(seen[1][:, 0], seen[0][:, 0])


def test_attention_is_the_softmax_of_products():
    """By hand, from the weights of the first block, in float64."""
    judge = (
        vision_transformer(image_size=64, width=16, blocks=2, heads=4, mlp_width=8).eval().double()
    )
    images = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    maps = attention_maps(judge, images)
    assert maps.shape == (2, 2, 4, 5, 5)
    block = judge.encoder.layers[0]
    tokens = judge.conv_proj(images).flatten(2).transpose(1, 2)
    tokens = torch.cat([judge.class_token.expand(2, -1, -1), tokens], 1)
    tokens = block.ln_1(tokens + judge.encoder.pos_embedding)
    layer = block.self_attention
    query, key, _ = F.linear(tokens, layer.in_proj_weight, layer.in_proj_bias).chunk(3, -1)
    query, key = (x.unflatten(-1, (4, 4)).transpose(1, 2) for x in (query, key))
    shares = (query @ key.transpose(-1, -2) / math.sqrt(4)).softmax(-1)
    torch.testing.assert_close(maps[:, 0], shares)
    # And the patch that is looked at most is the brightest, where it lies.
    shown = attended(maps.float(), 64)
    row = maps[0, 0].mean(0)[0, 1:]
    top, left = divmod(int(row.argmax()), 2)
    assert shown[0, 0, top * 32 + 5, left * 32 + 5] == 1


@pytest.mark.parametrize(("judge", "shape"), [(SMALL["discriminator"], (2, 1)), (PATCHES, None)])
def test_a_discriminator_answers_in_float32(judge, shape):
    gan = small(discriminator=judge)
    with torch.autocast("cpu", torch.bfloat16):
        answers = gan.judge(torch.zeros(2, 1, 64, 64), torch.zeros(2, 2, 64, 64))
    assert answers.dtype == torch.float32 and (answers.shape == shape or shape is None)
    assert shape or answers.shape[2] > 1  # one for each patch


# ------------------------------------------------------------------------ the embedding


@pytest.mark.claim("001-D10")
def test_inception_sees_three_equal_channels_of_299(monkeypatch):
    squeezenet_is_random(monkeypatch)
    embedder, seen = Embedder("inception_tv"), []
    inception = embedder._network(torch.device("cpu"))
    inception.body.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    embedder(torch.rand(1, 1, 40, 50) * 100)
    (given,) = seen
    assert given.shape == (1, 3, 299, 299)
    mean, deviation = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    plain = given * torch.tensor(deviation).view(3, 1, 1) + torch.tensor(mean).view(3, 1, 1)
    torch.testing.assert_close(plain[:, 0], plain[:, 1], atol=1e-5, rtol=0)
    torch.testing.assert_close(plain[:, 0], plain[:, 2], atol=1e-5, rtol=0)


@pytest.mark.claim("001-D11")
def test_value_ranges():
    """White, and black: 1 and -1 for the generator, 1 and 0 for the classifier."""
    gan, seen, shown = small(embedding="random"), [], []
    gan.generator.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    frozen = gan.embedder._network(torch.device("cpu"))
    frozen.register_forward_pre_hook(lambda _, given: shown.append(given[0]))
    for value in (0.0, 1.0):
        gan.colorize(torch.full((1, 1, 32, 32), value))
    ends = [round(x.mean().item(), 3) for x in seen]
    assert ends == [-1, 1] and [round(x.mean().item(), 3) for x in shown] == [0, 1]


def test_kept_numbers_are_those_of_each_image():
    """Whatever the order of a batch: what training reads is what the network says of the image."""
    gan, batch = small(embedding="random"), batch_of(5)
    gan.prepare([Batch(batch.index[:3], lab=batch.lab[:3]), batch_slice(batch, 3)], "", "cpu")
    order = torch.tensor([3, 0, 4])
    lightness = batch.lab[order, :1]
    kept = gan.embedder(torch.zeros_like(lightness), order)
    torch.testing.assert_close(kept, gan.embedder(lightness), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(kept[0], kept[1], atol=1e-2)


def batch_slice(batch, start):
    return Batch(batch.index[start:], lab=batch.lab[start:])


def test_kept_numbers_are_standardized():
    embedder = small(embedding="random").embedder
    embedder.look([batch_of(6)])
    varies = embedder.deviation != 1  # some of a random network's numbers never do
    assert varies.sum() > 500
    torch.testing.assert_close(embedder.table.mean(0), torch.zeros(1000), atol=1e-4, rtol=0)
    spread = embedder.table.std(0, correction=0)[varies]
    torch.testing.assert_close(spread, torch.ones_like(spread), atol=1e-3, rtol=0)
    # Another set, such as the one that is fine-tuned on, changes no scale that was learned.
    before = embedder.mean.clone()
    embedder.look([batch_of(3)])
    assert torch.equal(embedder.mean, before)


def test_numbers_come_from_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path))
    images = [batch_of(4)]
    first, again, other = (Embedder("random") for _ in range(3))
    first.look(images, "pixels")
    again.look([], "pixels")  # nothing is left to look at
    assert torch.equal(first.table, again.table)
    other.look([batch_of(2)], "other pixels")
    assert len(other.table) == 2
    for file in tmp_path.rglob("*random*pixels.safetensors"):
        file.write_bytes(b"damaged")
    first.look(images, "pixels")
    assert torch.equal(first.table, again.table)


def test_the_cache_tells_networks_apart(monkeypatch, tmp_path):
    """The same name with other weights is another network."""
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path))
    one, other = Embedder("random"), Embedder("random")
    with torch.no_grad():
        for weight in other._network(torch.device("cpu")).parameters():
            weight.mul_(1.5)
    for embedder in (one, other):
        embedder.look([batch_of(3)], "pixels")
    assert not torch.allclose(one.mean, other.mean)


def test_the_untrained_network_is_the_same_in_every_run():
    torch.manual_seed(1)
    one = Embedder("random")._network(torch.device("cpu"))
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    other = Embedder("random")._network(torch.device("cpu"))
    assert torch.equal(torch.random.get_rng_state(), state)
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_constant_says_nothing_of_an_image():
    embedder = Embedder("constant")
    embedder.look([batch_of(3)])
    assert (embedder.table == 1).all() and (embedder(torch.rand(2, 1, 8, 8)) == 1).all()


def test_the_classifier_is_in_no_file_of_weights():
    gan = small(embedding="random")
    gan.colorize(torch.rand(1, 1, 32, 32))
    assert set(gan.embedder.state_dict()) == {"mean", "deviation"}
    assert not list(gan.embedder.parameters())


# ---------------------------------------------------------------------------- training


@pytest.mark.claim("001-H09")
@pytest.mark.claim("001-H10")
@pytest.mark.parametrize("pixel_loss", ["l1", "l1_sum"])
def test_losses_are_cross_entropies_and_absolute_differences(pixel_loss):
    gan, batch = small(pixel_loss=pixel_loss, l1_weight=3.0), batch_of(3)
    nn.init.normal_(gan.discriminator.heads.head.weight)
    gan.discriminator.eval()  # without dropout the same logits twice
    lightness, true = gan.pair(batch)
    discriminated = gan.losses(batch, 0)
    made = gan._made
    real, fake = gan.judge(lightness, true), gan.judge(lightness, made)
    ones, zeros = torch.ones_like(real), torch.zeros_like(real)
    cross = F.binary_cross_entropy_with_logits
    torch.testing.assert_close(discriminated["real"], cross(real, ones))
    torch.testing.assert_close(discriminated["fake"], cross(fake, zeros))
    terms = gan.losses(batch, 1)
    torch.testing.assert_close(terms["gan"], cross(fake, ones))
    absolute = (made - true).abs()
    values = absolute.mean() if pixel_loss == "l1" else absolute.sum() / 3
    torch.testing.assert_close(terms["l1"], 3 * values)
    assert real.std() > 0


@pytest.mark.claim("001-H04")
@pytest.mark.claim("001-H05")
def test_adam_is_that_of_section_5():
    for turn, part in zip(network().optimizers(), ("discriminator", "generator"), strict=True):
        (group,) = turn.optimizer.param_groups
        assert isinstance(turn.optimizer, torch.optim.Adam) and turn.schedule is None
        assert (group["lr"], group["betas"]) == (2e-4, (0.5, 0.9))
        assert set(group["params"]) == set(getattr(network(), part).parameters())
    assert isinstance(built("vitigan-sgd").optimizers()[0].optimizer, torch.optim.SGD)


@pytest.mark.claim("001-H07")
@pytest.mark.claim("001-H08")
def test_rate_on_coco_falls_after_59_thousand_steps():
    """And 118 thousand more follow: 24 epochs of 118,287 images, 16 at a time."""
    recipe = recipes.get("vitigan-coco")
    settings = {**SMALL, "falls_at": recipe.method_args["falls_at"]}
    turns = ViTGAN(**settings, betas=recipe.method_args["betas"]).optimizers()
    for turn in turns:
        schedule = turn.schedule(turn.optimizer, 177_000)
        rates = {}
        for step in range(59_002):
            rates[step] = turn.optimizer.param_groups[0]["lr"]
            turn.optimizer.step()
            schedule.step()
        assert rates[58_999] == 2e-4 and rates[59_000] == pytest.approx(2e-5)
        assert turn.every == "step"
    steps = recipe.epochs * (118_287 // recipe.batches["batch_size"])
    assert steps // 1000 == 59 + 118


@pytest.mark.parametrize("embedding", ["none", "random", "constant"])
@pytest.mark.parametrize("judge", [SMALL["discriminator"], PATCHES])
def test_a_few_steps_bring_the_generator_nearer_to_the_truth(embedding, judge):
    gan = small(embedding=embedding, learning_rate=2e-3, discriminator=judge)
    batch = batch_for(gan, np.full((2, 64, 64, 3), (200, 90, 40), np.uint8))
    gan.prepare([batch], "", "cpu")
    gan.losses(batch, 0)
    before = gan.losses(batch, 1)["l1"].item()
    step = BareSteps(gan, "32-true")
    for _ in range(40):
        step(batch)
    gan.losses(batch, 0)
    assert gan.losses(batch, 1)["l1"].item() < before / 2


def test_the_last_losses_are_kept():
    gan, batch = small(), batch_of()
    step, seen = BareSteps(gan, "32-true"), []
    losses = gan.losses
    gan.losses = lambda batch, turn: seen.append(losses(batch, turn)) or seen[-1]
    for _ in range(3):
        step(batch)
    kept = gan.recent[:, -3:]
    torch.testing.assert_close(kept[0], torch.stack([t["gan"].detach() for t in seen[1::2]]))
    whole = torch.stack([(t["gan"] + t["l1"]).detach() for t in seen[1::2]])
    torch.testing.assert_close(kept[1], whole)
    assert gan.recent[:, :-3].isnan().all() and "recent" in gan.state_dict()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_step_never_waits_for_the_gpu():
    gan, batch = small(embedding="random").cuda(), batch_of()
    batch = Batch(batch.index, lab=batch.lab.cuda())
    gan.prepare([batch], "", "cuda")
    step = BareSteps(gan, "bf16-mixed")
    step(batch)
    before = [p.detach().clone() for p in gan.parameters()]
    torch.cuda.set_sync_debug_mode("error")  # whatever waits raises an error
    try:
        step(batch)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert all(p.is_cuda for p in gan.parameters())
    changed = [not torch.equal(*pair) for pair in zip(before, gan.parameters(), strict=True)]
    assert any(changed), "a step that learns nothing need not wait for anything"


# ---------------------------------------------------------------------------- coloring


@pytest.mark.claim("001-A13")
def test_output_keeps_the_inputs_lightness():
    gan = small(embedding="random")
    gray = torch.rand(2, 1, 50, 37)
    lab = gan.predict_lab(gray)
    truth = rgb_to_lab(gray.expand(-1, 3, -1, -1))[:, :1]
    torch.testing.assert_close(lab[:, :1], truth, atol=1e-3, rtol=0)
    assert lab[:, 1:].abs().max() <= 128
    # What is shown has it, too, where no color had to be cut.
    shown = rgb_to_lab(gan.colorize(gray))[:, :1]
    assert (shown - truth).abs().median() < 0.5


@pytest.mark.parametrize("size", [(1, 1), (5, 70), (64, 64), (33, 31)])
@pytest.mark.parametrize("embedding", ["none", "random"])
def test_any_size_is_colored(embedding, size):
    made = small(embedding=embedding).colorize(torch.rand(2, 1, *size))
    assert made.shape == (2, 3, *size) and made.isfinite().all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"embedding": "resnet"}, "embedding is 'resnet'"),
        ({"pooling": "median"}, "pooling is 'median'"),
        ({"doubling": "bicubic"}, "doubling is 'bicubic'"),
        ({"normalization": "layer"}, "normalization is 'layer'"),
        ({"pixel_loss": "l2"}, "pixel_loss is 'l2'"),
        ({"adversarial_loss": "hinge"}, "adversarial_loss is 'hinge'"),
        ({"optimizer": "lion"}, "optimizer is 'lion'"),
        ({"discriminator": {"kind": "cnn"}}, "kind is 'cnn'"),
        ({"embedding": "random", "wide": True}, "an embedding or is wide, not both"),
        ({"skips": True, "doubling": "strided"}, "skips need doubling='nearest'"),
    ],
)
def test_what_is_not_known_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)


# ----------------------------------------------------------------------------- recipes


@pytest.mark.claim("001-D01")
@pytest.mark.claim("001-D02")
def test_recipes_train_on_10000_and_validate_on_500():
    for name in ("vitgan-unsplash", "vitigan-unsplash"):
        recipe = recipes.get(name)
        assert recipe.train["name"] == recipe.tests[0]["name"] == "unsplash_lite"
        assert (recipe.train["split"], recipe.tests[0]["split"]) == ("train", "test")
        assert not recipe.train.get("n") and not recipe.tests[0].get("n")
    assert (Unsplash().train, Unsplash().test) == (10_000, 500)


@pytest.mark.claim("001-D03")
def test_ncd_has_723_images_in_20_kinds():
    assert NCD.archives[0].count == 723 and len(set(KINDS)) == 20


@pytest.mark.claim("001-D04")
def test_ncd_trains_on_400_and_tests_on_323():
    parts = list(NCD.split([f"Apple/{number}.jpg" for number in range(723)]))
    assert (parts.count("train"), parts.count("test")) == (400, 323)
    recipe = recipes.get("vitigan-ncd-official")
    assert recipe.train["name"] == "ncd_official" and recipe.start == "vitigan"


@pytest.mark.parametrize("profile", ["full", "reduced", "quick"])
def test_one_table_has_one_setting(profile):
    """All that is compared shares images, epochs, and batches; controls change only one thing."""
    names = ("vitgan", "vitigan", "vitigan-random", "vitigan-constant", "vitgan-wide")
    configs = [recipes.get(name).config(profile) for name in names]
    for config in configs:
        changed = {
            key
            for key, value in config["method_args"].items()
            if value != configs[0]["method_args"][key]
        }
        assert changed <= {"embedding", "wide"} and len(changed) <= 1
        alike = {key: value for key, value in config.items() if key != "method_args"}
        assert alike == {key: v for key, v in configs[0].items() if key != "method_args"}


def test_half_of_the_epochs_is_half_of_them():
    for name in ("vitgan", "vitigan"):
        for profile in ("full", "reduced"):
            whole, half = (recipes.get(n).config(profile) for n in (name, f"{name}-25-epochs"))
            assert half == whole | {"epochs": whole["epochs"] // 2}


def test_fusion_is_linear_in_both_parts():
    """One matrix for the code and one for the embedding, at every place the same."""
    fusion = Fusion(4)
    code, embedding = torch.rand(2, 4, 3, 5), torch.rand(2, 1000)
    weight, bias = fusion.mix.weight[:, :, 0, 0], fusion.mix.bias
    expected = torch.einsum("oc,nchw->nohw", weight[:, :4], code)
    expected += (embedding @ weight[:, 4:].T + bias)[:, :, None, None]
    torch.testing.assert_close(fusion.mix(joined(code, embedding)), expected)


def test_further_training_forgets_the_losses_of_earlier_training():
    network = ViTGAN(widths=(2,) * 5, discriminator={"kind": "patchgan", "patch": 16, "width": 2})
    network.recent.fill_(3.0)
    network.prepare([], key="", device="cpu")
    assert network.recent.isnan().all()
