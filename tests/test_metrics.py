"""Metrics against scikit-image in float64, published test data, closed forms and tiny pictures."""

import math

import numpy as np
import pytest
import torch
from skimage.color import deltaE_cie76, deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torchmetrics.functional.image import structural_similarity_index_measure
from torchvision.transforms.functional import gaussian_blur

from huelab import metrics
from huelab.color import lab_to_rgb, rgb_to_lab

# Sharma, Wu and Dalal 2005, table 1: L, a, b of a pair of colors, and their CIEDE2000 difference.
SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def pictures(seed=0, n=3, height=40, width=52, dtype=torch.float32):
    """Two similar batches of smooth random color, `(n, 3, height, width)`."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, 3, 6, 6, generator=generator)
    true = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)
    noise = 0.1 * torch.randn(true.shape, generator=generator)
    return (true + noise).clamp(0, 1).to(dtype), true.to(dtype)


def patches(*colors, size=4):
    """A batch of one picture whose columns are these sRGB colors."""
    columns = torch.tensor(colors, dtype=torch.float32).repeat_interleave(size, 0)
    return columns.T.unsqueeze(1).expand(3, size, -1).unsqueeze(0)


def each(function, pred, true):
    """A function of two (H, W, 3) arrays applied to each pair of a batch, in float64."""
    pairs = zip(pred.double().numpy(), true.double().numpy(), strict=True)
    return torch.tensor([function(p.transpose(1, 2, 0), t.transpose(1, 2, 0)) for p, t in pairs])


# Errors of values


@pytest.mark.parametrize("space", ["rgb", "ab", "lab"])
def test_mae_and_mse_are_means_over_the_space_that_is_named(space):
    pred, true = pictures()
    planes = [
        {"rgb": p, "lab": rgb_to_lab(p), "ab": rgb_to_lab(p)[:, 1:]}[space].double().numpy()
        for p in (pred, true)
    ]
    difference = (planes[0] - planes[1]) / 110
    mae = metrics.mae(pred, true, space=space, divisor=110)
    mse = metrics.mse(pred, true, space=space, divisor=110)
    np.testing.assert_allclose(mae, np.abs(difference).mean((1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(mse, (difference**2).mean((1, 2, 3)), rtol=1e-5)


def test_the_divisor_scales_the_error():
    pred, true = pictures()
    by_128 = metrics.mae(pred, true, space="ab", divisor=128)
    by_110 = metrics.mae(pred, true, space="ab", divisor=110)
    torch.testing.assert_close(by_128 * 128, by_110 * 110)


def test_psnr_agrees_with_scikit_image():
    pred, true = pictures()
    expected = each(lambda p, t: peak_signal_noise_ratio(t, p, data_range=1), pred, true)
    psnr = metrics.psnr(pred, true, space="rgb", data_range=1)
    torch.testing.assert_close(psnr.double(), expected, atol=1e-4, rtol=0)
    of_mse = metrics.psnr_of_mse(metrics.mse(pred, true, space="rgb"), 1)
    torch.testing.assert_close(of_mse, psnr)


def test_psnr_with_twice_the_range_is_six_decibels_more():
    pred, true = pictures()
    one = metrics.psnr(pred, true, space="ab", divisor=128, data_range=1)
    two = metrics.psnr(pred, true, space="ab", divisor=128, data_range=2)
    torch.testing.assert_close(two - one, torch.full_like(one, 20 * math.log10(2)))


def test_pooled_and_mean_psnr_of_two_pictures():
    true = torch.zeros(2, 3, 4, 4)
    pred = torch.stack([torch.full((3, 4, 4), 0.1), torch.full((3, 4, 4), 0.01)])
    psnr = metrics.psnr(pred, true, space="rgb", data_range=1)
    torch.testing.assert_close(psnr, torch.tensor([20.0, 40.0]))
    pooled = metrics.psnr_of_mse(metrics.mse(pred, true, space="rgb").mean(), 1)
    assert float(pooled) == pytest.approx(10 * math.log10(1 / 0.00505), abs=1e-4)


def test_channel_argmax_counts_where_the_largest_channel_agrees():
    true = patches((0.9, 0.1, 0.1), (0.1, 0.9, 0.1), (0.1, 0.1, 0.9), (0.5, 0.5, 0.2))
    pred = patches((0.3, 0.2, 0.1), (0.9, 0.1, 0.1), (0.1, 0.1, 0.2), (0.6, 0.1, 0.1))
    assert metrics.channel_argmax_accuracy(pred, true).tolist() == [0.75]


def test_channel_argmax_of_tied_channels_is_the_first():
    ties = patches((0.5, 0.5, 0.5), (0.1, 0.5, 0.5), (0.5, 0.1, 0.5))
    first = patches((1, 0, 0), (0, 1, 0), (1, 0, 0))
    for levels in (None, 256):
        assert metrics.channel_argmax_accuracy(ties, first, levels=levels).tolist() == [1]


def test_channel_argmax_ignores_less_than_a_level():
    gray = patches((0.5, 0.5 + 1e-6, 0.5))
    red = patches((1, 0, 0))
    assert metrics.channel_argmax_accuracy(gray, red).tolist() == [1]
    assert metrics.channel_argmax_accuracy(gray, red, levels=None).tolist() == [0]


# SSIM


def skimage_ssim(p, t):
    return structural_similarity(
        p,
        t,
        data_range=1,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )


def test_ssim_agrees_with_scikit_image():
    pred, true = pictures()
    expected = each(skimage_ssim, pred, true)
    double = metrics.ssim(pred.double(), true.double())
    torch.testing.assert_close(double, expected, atol=1e-9, rtol=0)
    torch.testing.assert_close(metrics.ssim(pred, true).double(), expected, atol=1e-5, rtol=0)


def test_ssim_is_exact_enough_in_flat_pictures():
    pred, true = (p * 0.02 + 0.95 for p in pictures())
    expected = each(skimage_ssim, pred, true)
    torch.testing.assert_close(metrics.ssim(pred, true).double(), expected, atol=1e-4, rtol=0)


def test_ssim_is_that_of_torchmetrics_without_the_mirrored_border():
    pred, true = pictures(dtype=torch.float64)
    _, full = structural_similarity_index_measure(
        pred, true, data_range=1.0, reduction=None, return_full_image=True
    )
    inside = full[..., 5:-5, 5:-5].flatten(1).mean(1)
    torch.testing.assert_close(metrics.ssim(pred, true), inside)


def test_ssim_of_equal_pictures_and_of_too_small_ones():
    pred, true = pictures()
    torch.testing.assert_close(metrics.ssim(true, true), torch.ones(3))
    with pytest.raises(ValueError, match="at least 11"):
        metrics.ssim(pred[..., :10], true[..., :10])


# Differences of color


def sharma():
    rows = torch.tensor([[float(v) for v in line.split()] for line in SHARMA.split("\n") if line])
    rows = rows.double()
    assert len(rows) == 34
    return rows[:, :3].T.reshape(3, 34, 1), rows[:, 3:6].T.reshape(3, 34, 1), rows[:, 6:]


def test_ciede2000_gives_the_published_values():
    first, second, expected = sharma()
    assert (metrics.ciede2000(first, second) - expected).abs().max() < 5.1e-5
    assert (metrics.ciede2000(second, first) - expected).abs().max() < 5.1e-5


def test_delta_e_agrees_with_scikit_image():
    generator = torch.Generator().manual_seed(1)
    scale = torch.tensor([100.0, 200, 200]).view(3, 1, 1)
    shift = torch.tensor([0.0, -100, -100]).view(3, 1, 1)
    first, second = (torch.rand(2, 3, 99, 99, generator=generator) * scale + shift).double()
    arrays = first.movedim(0, 2).numpy(), second.movedim(0, 2).numpy()
    for ours, theirs in (
        (metrics.cie76, deltaE_cie76),
        (metrics.ciede2000, deltaE_ciede2000),
    ):
        expected = torch.from_numpy(theirs(*arrays))
        torch.testing.assert_close(ours(first, second), expected, atol=1e-9, rtol=0)
        single = ours(first.float(), second.float()).double()
        # Where two hues are opposite, float32 may take the other way around the circle.
        assert ((single - expected).abs() > 1e-3).double().mean() < 1e-3


def test_delta_e_of_pictures_is_the_mean_over_pixels():
    pred, true = pictures()
    lab = rgb_to_lab(pred.double()), rgb_to_lab(true.double())
    for ours, theirs in (
        (metrics.delta_e_76, deltaE_cie76),
        (metrics.delta_e_2000, deltaE_ciede2000),
    ):
        expected = each(lambda p, t, theirs=theirs: theirs(p, t).mean(), *lab)
        torch.testing.assert_close(ours(pred, true).double(), expected, atol=1e-4, rtol=0)
        torch.testing.assert_close(ours.of_lab(*lab), expected, atol=1e-9, rtol=0)


def lab_columns(*colors, size=16):
    columns = torch.tensor(colors, dtype=torch.float64).repeat_interleave(size, 0)
    return columns.T.unsqueeze(1).expand(3, size, -1).unsqueeze(0)


def test_chroma_and_hue_error_of_known_colors():
    true = lab_columns((50, 30, 40), (50, 10, 0), (50, 1, 0))
    pred = lab_columns((50, -40, 30), (50, 0, 20), (50, 50, 50))
    assert metrics.chroma_error.of_lab(pred, true).item() == pytest.approx(
        (0 + 10 + math.hypot(50, 50) - 1) / 3
    )
    # The third column has no true hue and does not count; the others are turned by 90 degrees.
    assert metrics.hue_error.of_lab(pred, true).item() == pytest.approx(90)


def test_hue_error_goes_the_shorter_way_and_needs_color_in_both():
    red = lab_columns((50, 20 * math.cos(0.1), 20 * math.sin(0.1)))
    other = lab_columns((50, 20 * math.cos(0.1), -20 * math.sin(0.1)))
    assert metrics.hue_error.of_lab(red, other).item() == pytest.approx(math.degrees(0.2))
    assert metrics.hue_error.of_lab(lab_columns((50, 1, 1)), red).isnan().all()


def test_error_by_hue_puts_each_pixel_into_the_bin_of_its_true_hue():
    angles = [math.radians(d) for d in (0, 15, 45, 359)]
    true = lab_columns(*((50, 30 * math.cos(t), 30 * math.sin(t)) for t in angles), (50, 1, 1))
    pred = true + torch.tensor([5.0, 0, 0]).view(3, 1, 1)
    error, count = metrics.error_by_hue.of_lab(pred, true)
    column = 16 * 16
    assert count[0].tolist() == [2 * column, column, *[0] * 9, column, column]
    expected = metrics.ciede2000(pred, true)[0, 0]
    assert error[0, 1].item() == pytest.approx(expected[32].item())
    assert error[0, 12].item() == pytest.approx(expected[-1].item())
    assert error[0, 2:11].isnan().all()


def test_pooling_by_hue_weighs_pictures_by_their_pixels():
    difference = torch.tensor([[2.0, math.nan, math.nan], [5.0, 1.0, math.nan]])
    count = torch.tensor([[30.0, 0, 0], [10.0, 5, 0]])
    pooled = metrics.pool_by_hue(difference, count)
    torch.testing.assert_close(pooled, torch.tensor([2.75, 1, math.nan]), equal_nan=True)


# How much color


def test_colorfulness_follows_the_paper_with_signed_opponents():
    pred, _ = pictures(dtype=torch.float64)
    red, green, blue = (pred.numpy() * 255).transpose(1, 0, 2, 3).reshape(3, 3, -1)
    rg, yb = red - green, (red + green) / 2 - blue
    deviation = np.sqrt(rg.std(1) ** 2 + yb.std(1) ** 2)
    expected = deviation + 0.3 * np.sqrt(rg.mean(1) ** 2 + yb.mean(1) ** 2)
    np.testing.assert_allclose(metrics.colorfulness(pred), expected)
    np.testing.assert_allclose(metrics.colorfulness(pred.float()), expected, rtol=1e-5)


def test_colorfulness_of_red_beside_green_does_not_lose_the_sign():
    halves = patches((1, 0, 0), (0, 1, 0))
    # rg is +255 and -255: deviation 255, mean 0; yb is 127.5 everywhere.
    assert metrics.colorfulness(halves).item() == pytest.approx(255 + 0.3 * 127.5)
    assert metrics.colorfulness(patches((0.3, 0.3, 0.3))).item() == pytest.approx(0, abs=1e-4)


def test_colorfulness_gap_is_negative_where_the_prediction_is_pale():
    _, true = pictures()
    pale = 0.5 * true + 0.5 * true.mean(1, keepdim=True)
    torch.testing.assert_close(
        metrics.colorfulness_gap(pale, true), -0.5 * metrics.colorfulness(true)
    )


def test_uncolored_means_below_the_stated_chroma():
    rgb = lab_to_rgb(torch.cat([lab_columns((50, 3, 3.9)), lab_columns((50, 3, 4.1))]))
    assert metrics.mean_chroma(rgb)[0].item() == pytest.approx(math.hypot(3, 3.9), abs=1e-4)
    assert metrics.uncolored(rgb).tolist() == [True, False]
    assert metrics.uncolored(rgb, threshold=6).tolist() == [True, True]


# Color leaking over edges


def two_halves(size=64):
    lab = torch.full((1, 3, size, size), 50.0)
    lab[:, 1:] = torch.tensor([40.0, -20]).view(2, 1, 1)
    lab[:, 1:, :, size // 2 :] = torch.tensor([-30.0, 30]).view(2, 1, 1)
    return lab


def recolored(lab, change):
    return torch.cat([lab[:, :1], change(lab[:, 1:])], 1)


def leaking(lab, change):
    return metrics.color_leaking.of_lab(recolored(lab, change), lab).item()


def test_color_that_ends_at_the_edge_does_not_leak_however_pale_or_wrong():
    lab = two_halves()
    for change in (lambda ab: ab, lambda ab: 0.2 * ab, lambda ab: 1.5 * ab, lambda ab: -ab):
        assert leaking(lab, change) == pytest.approx(0, abs=1e-6)


def test_a_straight_slope_over_the_edge_leaks_wholly():
    lab = two_halves()
    slope = torch.linspace(40, -40, 64).expand(1, 2, 64, 64)
    assert leaking(lab, lambda ab: slope) == pytest.approx(1, abs=1e-5)


def test_leaking_grows_with_blur_and_sees_displaced_color():
    lab = two_halves()
    blurred = [
        leaking(lab, lambda ab, s=s: gaussian_blur(ab, [6 * s + 1] * 2, [float(s)] * 2))
        for s in (1, 2, 4, 8)
    ]
    assert blurred == sorted(blurred) and blurred[0] > 0.1 and blurred[-1] > 0.8
    assert leaking(lab, lambda ab: ab.roll(4, -1)) == 1


def test_leaking_is_undefined_without_an_edge_or_without_color():
    lab = two_halves()
    assert math.isnan(leaking(lab, torch.zeros_like))
    assert math.isnan(leaking(lab[..., :20], lambda ab: ab))
    assert math.isnan(leaking(lab[..., 26:38], lambda ab: ab))
    even = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert math.isnan(leaking(even, lambda ab: ab))


# Distances between sets


def features(seed, n, d, mean=0.0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator).double() * scale + mean


def fitted(n, mean, covariance):
    """Features whose sample mean and covariance are exactly those given."""
    raw = features(0, n, len(mean))
    centered = raw - raw.mean(0)
    white = centered @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(centered.T))).T
    return white @ torch.linalg.cholesky(covariance).T + mean


@pytest.mark.claim("001-R12")
def test_frechet_distance_of_gaussians_with_commuting_covariances():
    first, second = torch.tensor([1.0, 4, 9]).double(), torch.tensor([4.0, 1, 0]).double()
    mean = torch.tensor([3.0, 0, 4]).double()
    distance = metrics.frechet_distance_of_gaussians(
        torch.zeros(3), first.diag(), mean, second.diag()
    )
    # The difference of the means squared plus that of the deviations squared: 25 + 1 + 1 + 9.
    assert distance.item() == pytest.approx(36)


def test_frechet_distance_of_features_is_that_of_their_gaussians():
    mean1, mean2 = features(1, 1, 5)[0], features(2, 1, 5)[0]
    spread1, spread2 = (torch.cov(features(s, 50, 5).T) for s in (3, 4))
    first, second = fitted(40, mean1, spread1), fitted(90, mean2, spread2)
    expected = metrics.frechet_distance_of_gaussians(mean1, spread1, mean2, spread2)
    torch.testing.assert_close(metrics.frechet_distance(first, second), expected)
    root = torch.linalg.eigvals(spread1 @ spread2).sqrt().real.sum()
    other = (mean1 - mean2).square().sum() + spread1.trace() + spread2.trace() - 2 * root
    torch.testing.assert_close(expected, other)


def test_frechet_distance_with_fewer_pictures_than_features():
    first, second = features(1, 9, 30), features(2, 12, 30, mean=0.3)
    few = metrics.frechet_distance(first, second)
    whole = metrics.frechet_distance_of_gaussians(
        first.mean(0), torch.cov(first.T), second.mean(0), torch.cov(second.T)
    )
    torch.testing.assert_close(few, whole, rtol=1e-6, atol=0)
    assert metrics.frechet_distance(first, first).item() == pytest.approx(0, abs=1e-12)
    shifted = metrics.frechet_distance(first, first + 2)
    assert shifted.item() == pytest.approx(30 * 4)


def test_kernel_distance_is_the_unbiased_estimate():
    x, y = features(1, 7, 4).numpy(), features(2, 5, 4, mean=0.5).numpy()

    def kernel(a, b):
        return (a @ b / 4 + 1) ** 3

    within_x = np.mean([kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
    within_y = np.mean([kernel(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j])
    between = np.mean([kernel(a, b) for a in x for b in y])
    distance = metrics.kernel_distance(torch.from_numpy(x), torch.from_numpy(y))
    assert distance.item() == pytest.approx(within_x + within_y - 2 * between)


def test_kernel_distance_of_like_sets_is_zero_on_average_for_any_n():
    for n in (10, 40):
        values = [
            metrics.kernel_distance(features(2 * s, n, 3), features(2 * s + 1, n, 3)).item()
            for s in range(60)
        ]
        assert abs(np.mean(values)) < 4 * np.std(values) / math.sqrt(60)
        assert min(values) < 0


def test_a_distance_is_named_after_network_resizer_and_n():
    assert metrics.distance_name("fd", "squeezenet", "bilinear224", 500) == (
        "fd_squeezenet_bilinear224_n500"
    )
    name = metrics.distance_name("kd", "inception_tv", "bilinear299", 500, 5000)
    assert name == "kd_inception_tv_bilinear299_n500v5000"
    with pytest.raises(ValueError, match="not 'fid'"):
        metrics.distance_name("fid", "squeezenet", "bilinear224", 500)


def test_distances_refuse_what_cannot_be_compared():
    with pytest.raises(ValueError, match=r"\(5, 3\) and \(5, 4\)"):
        metrics.frechet_distance(torch.zeros(5, 3), torch.zeros(5, 4))
    with pytest.raises(ValueError, match="at least 2"):
        metrics.kernel_distance(torch.zeros(1, 3), torch.zeros(5, 3))


# Networks' opinions


def test_top1_accuracy_and_agreement():
    logits = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    accuracy = metrics.top1_accuracy(logits, torch.tensor([1, 1, -1]))
    torch.testing.assert_close(accuracy, torch.tensor([1, 0, math.nan]), equal_nan=True)
    assert metrics.top1_agreement(logits, logits.flip(1)).tolist() == [0, 0, 0]
    assert metrics.top1_agreement(logits, logits * 2).tolist() == [1, 1, 1]


def stub_backbone(name="squeezenet1_1"):
    from torchvision import models

    torch.manual_seed(0)
    return getattr(models, name)(weights=None).state_dict()


@pytest.fixture(scope="module")
def lpips_network():
    return metrics.lpips_network("squeeze", stub_backbone())


def test_lpips_with_a_stub_backbone(lpips_network):
    pred, true = pictures(height=64, width=64)
    assert metrics.lpips(true, true, lpips_network).tolist() == [0, 0, 0]
    slight = metrics.lpips(0.9 * true + 0.1 * pred, true, lpips_network)
    strong = metrics.lpips(pred, true, lpips_network)
    assert ((slight > 0) & (strong > slight)).all()
    torch.testing.assert_close(metrics.lpips(pred[:1], true[:1], lpips_network), strong[:1])


def test_lpips_takes_the_weights_it_is_given(lpips_network):
    state = stub_backbone()
    taken = lpips_network.net.state_dict()
    torch.testing.assert_close(taken["slices.0.0.weight"], state["features.0.weight"])
    torch.testing.assert_close(taken["slices.6.12.squeeze.bias"], state["features.12.squeeze.bias"])
    assert lpips_network.name == "lpips_squeeze" and not lpips_network.training
    assert not any(parameter.requires_grad for parameter in lpips_network.parameters())
    with pytest.raises(ValueError, match="no weights of alexnet"):
        metrics.lpips_network("alex", {})
    with pytest.raises(ValueError, match="alex, vgg, squeeze"):
        metrics.lpips_network("resnet", {})


# What is refused


@pytest.mark.parametrize(
    "function",
    [
        metrics.delta_e_2000,
        metrics.color_leaking,
        metrics.ssim,
        metrics.colorfulness_gap,
        metrics.channel_argmax_accuracy,
        lambda p, t: metrics.mae(p, t, space="ab"),
        lambda p, t: metrics.psnr(p, t, space="rgb", data_range=1),
    ],
)
def test_pictures_that_cannot_be_compared_are_refused(function):
    good = torch.zeros(2, 3, 16, 16)
    with pytest.raises(ValueError, match=r"\(N, 3, H, W\)"):
        function(good[:, :1], good[:, :1])
    with pytest.raises(ValueError, match="differ in shape"):
        function(good, good[:1])
    with pytest.raises(TypeError, match="divide uint8"):
        function(good.byte(), good.byte())


def test_an_unknown_space_is_refused():
    good = torch.zeros(1, 3, 8, 8)
    with pytest.raises(ValueError, match="rgb, ab, lab"):
        metrics.mae(good, good, space="yuv")
