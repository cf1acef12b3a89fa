"""Colors that follow the motion of a film: against motions that are known, and at cuts."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import torch

pytest.importorskip("cv2")

from film_files import dots, panning

from huelab.apply.flow import Flow, FlowError, one_thread
from huelab.apply.smoothing import Smoother


def gray(picture):
    return np.asarray(picture, np.uint8)


def shifted(dx, dy, seed=0):
    """Two frames of which the second shows what is `dx`, `dy` further right and down."""
    large = gray(dots(120, 160, seed))
    return large[20:100, 20:140], large[20 + dy : 100 + dy, 20 + dx : 140 + dx]


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, 0), (-2, 4), (5, -3)])
def test_a_known_motion_is_found_and_trusted(dx, dy):
    motion = Flow().between(*shifted(dx, dy))
    inner = motion.flow[10:-10, 10:-10]
    assert np.abs(inner - (dx, dy)).mean() < 0.3
    assert motion.trust[10:-10, 10:-10].mean() > 0.8


def test_what_came_into_view_is_not_trusted():
    """The camera moves by 5 pixels: the last 5 columns were not in the frame before."""
    motion = Flow().between(*shifted(5, 0))
    assert motion.trust[:, -5:].mean() < 0.1 and motion.trust[:, 10:-10].mean() > 0.7


def test_other_pictures_are_not_trusted():
    for seed in range(1, 5):
        assert Flow().between(gray(dots(seed=0)), gray(dots(seed=seed))).trust.mean() < 0.25


def test_a_fade_does_not_hide_the_motion():
    before, now = shifted(3, 0)
    dark = (now * 0.7 + 10).astype(np.uint8)
    motion = Flow().between(before, dark)
    assert motion.trust[10:-10, 10:-10].mean() > 0.7


def test_colors_are_carried_along_the_motion():
    before, now = shifted(3, 0)
    large = np.random.default_rng(1).normal(0, 20, (20, 35, 2)).repeat(5, 0).repeat(5, 1)
    large = large[:80, :170].astype(np.float32)
    carried = Flow().between(before, now).carried(large[:, :120])
    inside = (slice(8, -8), slice(8, -8))
    moved, still = (
        np.abs(carried - large[:, 3:123])[inside],
        np.abs(carried - large[:, :120])[inside],
    )
    assert np.median(moved) < 0.5 and moved.mean() < 0.5 * still.mean()


def test_threads_do_not_change_what_is_found():
    import cv2

    before, now = shifted(3, 1)
    cv2.setNumThreads(4)
    try:
        first = Flow().between(before, now).flow
        assert cv2.getNumThreads() == 4  # the caller's setting is left
        cv2.setNumThreads(2)
        assert np.array_equal(Flow().between(before, now).flow, first)
    finally:
        cv2.setNumThreads(-1)
    with one_thread():
        assert cv2.getNumThreads() == 1


def test_what_was_searched_before_changes_nothing():
    flow, pairs = Flow(), [shifted(dx, dy, seed) for dx, dy, seed in [(3, 1, 0), (-2, 4, 1)]]
    first = flow.between(*pairs[0]).flow
    flow.between(*pairs[1])
    assert np.array_equal(flow.between(*pairs[0]).flow, first)


def test_without_opencv_the_message_says_what_helps(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(FlowError, match=r"pip install 'huelab\[film\]'.*--no-smooth"):
        Flow()


# ------------------------------------------------------------------------- smoothing


def noisy(n, height=48, width=64, seed=0):
    """Predictions that flicker by 10 units around a*b* of (10, 20), all over the frame."""
    steps = np.random.default_rng(seed).normal(0, 10, (n, 1, 1, 2))
    return (np.array([10, 20]) + steps + np.zeros((n, height, width, 2))).astype(np.float32)


def flicker(colors):
    return float(np.mean([np.abs(b - a).mean() for a, b in pairwise(colors)]))


def test_flicker_becomes_less_than_a_third_and_the_mean_stays():
    frames, predicted = [gray(p) for p in panning(40)], noisy(40)
    smoother = Smoother()
    smooth = [smoother(g, ab) for g, ab in zip(frames, predicted, strict=True)]
    assert smoother.cuts == 0
    assert flicker(smooth) < flicker(predicted) / 3
    late = np.mean(smooth[10:], (0, 1, 2))
    assert np.abs(late - np.mean(predicted, (0, 1, 2))).max() < 4


def test_colors_are_as_strong_as_those_they_are_means_of():
    """Hues that turn by 45 degrees back and forth: their plain mean is 8 % paler."""
    strength, angles = 30, np.where(np.arange(30) % 2, 1, -1) * np.pi / 8
    predicted = np.stack([np.cos(angles), np.sin(angles)], -1)[:, None, None] * strength
    predicted = (predicted + np.zeros((30, 48, 64, 2))).astype(np.float32)
    smoother = Smoother()
    smooth = [smoother(gray(p), ab) for p, ab in zip(panning(30), predicted, strict=True)]
    assert np.hypot(*predicted.mean((0, 1, 2))) < 0.93 * strength
    strong = np.hypot(*np.moveaxis(np.array(smooth[10:]), -1, 0)).mean()
    assert strong == pytest.approx(strength, rel=0.02)
    assert flicker(smooth[10:]) < flicker(predicted) / 3


def test_no_memory_is_no_change():
    smoother, predicted = Smoother(memory=0), noisy(5)
    for picture, ab in zip(panning(5), predicted, strict=True):
        assert np.array_equal(smoother(gray(picture), ab), ab)


@pytest.mark.parametrize("levels", [1.0, 0.4])
def test_no_color_is_carried_over_a_cut(levels):
    """Also where both scenes are as bright on average, so that brightness tells nothing."""
    smoother = Smoother()
    red, green = np.full((48, 64, 2), 40, np.float32), np.full((48, 64, 2), -40, np.float32)
    for number, picture in enumerate(panning(12, seed=1) + panning(12, seed=2)):
        made = smoother(gray(120 + (picture - 120.0) * levels), red if number < 12 else green)
        if number == 12:
            assert np.array_equal(made, green)
    assert smoother.cuts == 1


def test_a_fast_pan_is_no_row_of_cuts():
    """Every pixel changes much from frame to frame, but as much as in the frame before."""
    large = (gray(dots(64, 200, seed=4)) > 127).astype(np.uint8) * 255
    frames = [large[:, left : left + 100] for left in range(0, 80, 4)]
    changes = [np.abs(a.astype(int) - b).mean() / 255 for a, b in pairwise(frames)]
    assert min(changes) > 0.15
    smoother = Smoother()
    for frame in frames:
        smoother(frame, np.zeros((64, 100, 2), np.float32))
    assert smoother.cuts <= 1


def test_a_black_frame_is_a_cut():
    smoother, black = Smoother(), np.zeros((48, 64), np.uint8)
    red, none = np.full((48, 64, 2), 40, np.float32), np.zeros((48, 64, 2), np.float32)
    for picture in panning(5):
        smoother(gray(picture), red)
    assert np.array_equal(smoother(black, none), none)


def test_what_moves_in_front_leaves_no_trail():
    """A bright square crosses; what it uncovers takes its own color at once."""
    back = gray(dots(64, 96))
    smoother, trail = Smoother(), []
    for number in range(20):
        picture, ab = back.copy(), np.zeros((64, 96, 2), np.float32)
        left = 4 + 4 * number
        picture[20:40, left : left + 16] = gray(dots(20, 16, seed=3)) // 4
        ab[20:40, left : left + 16] = 60
        made = smoother(picture, ab)
        if number > 2:
            trail.append(np.abs(made[22:38, left - 8 : left - 4]).mean())
            assert made[24:36, left + 4 : left + 12].mean() > 45
    assert np.mean(trail) < 15


def test_a_state_is_all_that_the_next_frame_depends_on():
    frames, predicted = [gray(p) for p in panning(20)], noisy(20)
    whole, first, second = Smoother(), Smoother(), Smoother()
    results = [whole(g, ab) for g, ab in zip(frames, predicted, strict=True)]
    for g, ab in zip(frames[:9], predicted[:9], strict=True):
        first(g, ab)
    second.resume(first.state)
    for at in range(9, 20):
        assert np.array_equal(second(frames[at], predicted[at]), results[at])


# ------------------------------------------------------------------------- color planes


def test_color_planes_against_scikit_image():
    """a*b* of scikit-image of the RGB that the equations of BT.601 and BT.709 make of Y', U, V."""
    from skimage.color import rgb2lab

    from huelab.apply.chroma import chroma
    from huelab.color import fit_gamut, gray_to_lightness, rgb_to_lab

    rgb = torch.from_numpy(np.random.default_rng(0).random((1, 3, 40, 50), np.float32))
    for red, blue in ((0.2126, 0.0722), (0.299, 0.114)):
        luma = (rgb * torch.tensor([red, 1 - red - blue, blue]).view(3, 1, 1)).sum(1, keepdim=True)
        lab = torch.cat([gray_to_lightness(luma), rgb_to_lab(rgb)[:, 1:]], 1)
        ab = fit_gamut(lab)[:, 1:]
        u, v = chroma(luma, ab, (red, blue)).double()[0].numpy()
        y = luma[0, 0].double().numpy()
        r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
        shown = np.stack([r, (y - red * r - blue * b) / (1 - red - blue), b], -1)
        assert shown.min() > -1e-5 and shown.max() < 1 + 1e-5
        off = np.abs(rgb2lab(shown.clip(0, 1))[..., 1:] - ab[0].permute(1, 2, 0).numpy())
        assert off.mean() < 0.1 and np.quantile(off, 0.99) < 1


def test_colors_out_of_the_gamut_keep_luma_and_hue():
    from huelab.apply.chroma import chroma

    strong = torch.tensor([[[[120.0, -120.0, 60.0]], [[120.0, 60.0, -120.0]]]])
    luma = torch.tensor([[[[0.05, 0.5, 0.97]]]])
    u, v = chroma(luma, strong, (0.299, 0.114))[0]
    red, blue = luma + 2 * 0.701 * v, luma + 2 * 0.886 * u
    green = (luma - 0.299 * red - 0.114 * blue) / 0.587
    shown = torch.cat([red, green, blue], 1)
    assert shown.min() > -1e-5 and shown.max() < 1 + 1e-5
    # As strong as the screen allows: some channel is at its end.
    assert torch.minimum(shown, 1 - shown).amin(1).max() < 1e-4
