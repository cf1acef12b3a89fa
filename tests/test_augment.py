"""Pictures age as SciPy and Pillow would age them, and what is to be learned stays."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter

from huelab.data import Batches
from huelab.data.augment import DRAWS, Augment, blocked, blurred, cosines

ALL = {"zoom": 0.5, "tone": 0.3, "blur": 1.0, "grain": 5.0, "jpeg": 2.0, "cards": 0.1}


def pixels(n=24, size=48, seed=0):
    """Smooth pictures, as photographs are."""
    noise = np.random.default_rng(seed).normal(size=(n, size, size, 3))
    smooth = gaussian_filter(noise, (0, 3, 3, 0))
    return (np.clip(smooth / smooth.std() * 50 + 128, 0, 255)).astype(np.uint8)


def chance(n, seed=0):
    return torch.rand(n, DRAWS, generator=torch.Generator().manual_seed(seed))


def batches(augment, *, seed=0, **options):
    options = {"crop": 32, "targets": ("lab",), "seed": seed, "augment": augment} | options
    return Batches(pixels(), 8, **options)


def test_cosines_are_those_of_scipy():
    block = np.random.default_rng(0).normal(size=(8, 8))
    basis = cosines(torch.device("cpu")).double().numpy()
    np.testing.assert_allclose(basis @ block @ basis.T, dctn(block, norm="ortho"), atol=1e-5)


@pytest.mark.parametrize(("quality", "steps"), [(50, 1.0), (25, 2.0), (10, 5.0)])
def test_a_jpeg_is_the_one_that_pillow_writes(quality, steps):
    levels = pixels(1, 64)[0, :, :, 0]
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "JPEG", quality=quality)
    pillow = np.asarray(Image.open(file)).astype(float)
    lightness = torch.from_numpy(levels).float()[None, None] / 2.55
    ours = blocked(lightness, torch.full((1, 1, 1, 1), steps))[0, 0].numpy() * 2.55
    # Pillow rounds to whole levels; a coefficient between two steps may fall to either.
    assert np.abs(ours - pillow).mean() < 0.6 < np.abs(pillow - levels).mean()


def test_no_steps_leave_a_picture_as_it_is():
    lightness = torch.rand(2, 1, 16, 24) * 100
    torch.testing.assert_close(
        blocked(lightness, torch.zeros(2, 1, 1, 1)), lightness, atol=0.05, rtol=0
    )


def test_blur_is_scipys_each_picture_by_its_own_deviation():
    images = torch.rand(3, 1, 20, 30)
    found = blurred(images, torch.tensor([0.0, 0.7, 1.5]))
    torch.testing.assert_close(found[0], images[0])
    for row, deviation in ((1, 0.7), (2, 1.5)):
        expected = gaussian_filter(images[row, 0].numpy(), deviation, mode="nearest", radius=4)
        np.testing.assert_allclose(found[row, 0].numpy(), expected, atol=1e-5)


def test_a_window_of_the_whole_picture_is_the_picture():
    pictures = torch.from_numpy(pixels(4, 32))
    assert torch.equal(Augment().windows(pictures, chance(4), 32), pictures)


def test_windows_lie_within_the_picture_and_show_no_less_than_asked():
    """On pictures whose levels say where they are, ends of a window say where it lies."""
    ramp = torch.arange(0, 256, 2, dtype=torch.uint8)
    pictures = torch.stack((*torch.meshgrid(ramp, ramp, indexing="ij"), ramp.expand(128, -1)), -1)
    found = Augment(zoom=0.5).windows(pictures.expand(200, -1, -1, -1), chance(200), 64).float()
    for channel, axis in ((0, 1), (1, 2)):
        lines = found[..., channel].mean(3 - axis)
        spans = (lines[:, -1] - lines[:, 0]) / 2 / 63 * 64 / 128
        assert 0.49 < spans.min() < 0.55 and 0.95 < spans.max() < 1.01
    # Both axes of one picture are cut alike.
    rows, columns = (found[..., c].amax((1, 2)) - found[..., c].amin((1, 2)) for c in (0, 1))
    assert (rows - columns).abs().max() <= 2


def test_only_lightness_ages():
    lab = torch.rand(64, 3, 16, 16) * 100
    noise = torch.randn(64, 1, 16, 16)
    for name in ("tone", "blur", "grain", "jpeg"):
        old = Augment(**{name: ALL[name]}).degraded(lab, chance(64), noise)
        assert torch.equal(old[:, 1:], lab[:, 1:]), name
        changed = (old[:, 0] - lab[:, 0]).abs().amax((1, 2)) > 0.1
        assert 0.2 < changed.float().mean() <= (1.0 if name == "tone" else 0.7), name
        assert old[:, 0].min() >= 0 and old[:, 0].max() <= 100


def test_nothing_asked_for_is_nothing_done():
    lab = torch.rand(8, 3, 16, 16) * 100
    assert torch.equal(Augment().degraded(lab, chance(8), torch.randn(8, 1, 16, 16)), lab)


def test_gray_cards_have_no_color_and_are_smooth():
    lab = torch.rand(400, 3, 16, 16) * 100
    old = Augment(cards=0.25).degraded(lab, chance(400), torch.zeros(400, 1, 16, 16))
    card = (old[:, 1:] == 0).flatten(1).all(1)
    assert 0.18 < card.float().mean() < 0.32
    assert torch.equal(old[~card], lab[~card])
    steps = old[card, 0].diff(dim=1).abs().amax((1, 2))
    assert steps.max() < 4 and old[card, 0].mean((1, 2)).std() > 20


def test_batches_depend_on_seed_epoch_and_step_alone():
    one, again, other = batches(ALL), batches(ALL), batches(ALL, seed=1)
    list(one)  # what was drawn before changes nothing
    for epoch in (0, 1):
        for each in (one, again):
            each.set_epoch(epoch)
        for first, second in zip(one, again, strict=True):
            assert torch.equal(first.lab, second.lab) and torch.equal(first.index, second.index)
    other.set_epoch(1)
    assert not torch.equal(next(iter(other)).lab, next(iter(one)).lab)
    steps = [batch.lab for batch in one]
    assert not torch.equal(steps[0], steps[1])


def test_pictures_stay_themselves_in_batches():
    """Without aging, a flipped whole picture is the picture of its index, flipped."""
    made = next(iter(batches({"zoom": 1.0}, crop=None, flip=True)))
    plain = Batches(pixels(), 24, targets=("lab",), shuffle=False)
    true = next(iter(plain)).lab[made.index]
    kept = torch.stack(
        [(made.lab - each).flatten(1).abs().amax(1) for each in (true, true.flip(-1))]
    )
    assert (kept.amin(0) < 1e-3).all() and (kept.argmin(0) == 1).any()


@pytest.mark.parametrize(
    ("augment", "options", "message"),
    [
        ({"zoom": 0.0}, {}, "zoom must be above 0"),
        ({"cards": 2.0}, {}, "cards must be 0 to 1"),
        ({"grain": -1.0}, {}, "must not be negative"),
        ({"grain": 1.0}, {"targets": ("gray", "rgb")}, "lab alone"),
        ({"jpeg": 1.0}, {"crop": 30}, "multiple of 8"),
    ],
)
def test_what_cannot_be_is_refused(augment, options, message):
    with pytest.raises(ValueError, match=message):
        batches(augment, **options)
