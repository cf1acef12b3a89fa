"""Measures of flicker: against SciPy, and against motions and changes that are known."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon

from huelab.metrics import color_histograms, color_inconsistency, warping_error


def test_cdc_against_scipy():
    """The formula of Liu et al. 2021 frame by frame: histograms of NumPy, divergence of SciPy."""
    rng = np.random.default_rng(0)
    levels = (rng.beta(2, 3 + np.arange(9)[:, None, None, None], (9, 3, 20, 30)) * 255).astype(int)
    shares = [
        [np.histogram(channel, 256, (0, 256))[0] / 600 for channel in frame] for frame in levels
    ]
    by_step = [
        np.mean(
            [
                jensenshannon(shares[i][c], shares[i + step][c]) ** 2
                for i in range(9 - step)
                for c in range(3)
            ]
        )
        for step in (1, 2, 4)
    ]
    found = color_inconsistency(color_histograms(torch.from_numpy(levels / 255).float()))
    assert found.item() == pytest.approx(np.mean(by_step), rel=1e-4)


def test_cdc_of_known_films():
    red, green = torch.zeros(2, 3, 4, 4)
    red[0], green[1] = 1, 1
    steady, flicker = torch.stack([red] * 6), torch.stack([red, green] * 3)
    assert color_inconsistency(color_histograms(steady)) == 0
    # Steps 2 and 4 meet the same color; at step 1 two of three channels share nothing.
    expected = 2 / 3 * math.log(2) / 3
    assert color_inconsistency(color_histograms(flicker)).item() == pytest.approx(expected)
    assert color_inconsistency(color_histograms(flicker[:2])).item() == pytest.approx(3 * expected)
    with pytest.raises(ValueError, match="at least 2 frames"):
        color_inconsistency(color_histograms(steady[:1]))


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (2, 0), (-1, 3)])
def test_warping_error_of_a_whole_motion(dx, dy):
    """What moved with the picture has no error; what stayed has that of NumPy's own shift."""
    before = torch.from_numpy(np.random.default_rng(0).normal(0, 20, (1, 2, 20, 30))).float()
    now = torch.roll(before, (-dy, -dx), (2, 3))
    flow = torch.tensor([float(dx), float(dy)]).view(1, 2, 1, 1).expand(1, 2, 20, 30)
    seen = torch.zeros(1, 1, 20, 30, dtype=torch.bool)
    seen[..., 4:-4, 4:-4] = True
    assert warping_error(now, before, flow, seen).item() < 1e-3
    still = warping_error(now, before, torch.zeros_like(flow), seen).item()
    gap = (now - before)[0].numpy()[:, 4:-4, 4:-4]
    assert still == pytest.approx(np.hypot(*gap).mean(), rel=1e-5, abs=1e-3)


def test_warping_error_between_pixels_and_of_each_picture():
    """Half a pixel in a ramp of two units a pixel is one unit; a batch has an error each."""
    ramp = (2 * torch.arange(12.0)).expand(1, 2, 6, 12)
    ab = torch.cat([ramp, ramp + 3])
    flow = torch.zeros(2, 2, 6, 12)
    flow[:, 0] = 0.5
    seen = torch.zeros(2, 1, 6, 12, dtype=torch.bool)
    seen[..., 2:-2] = True
    found = warping_error(ab, ramp.expand(2, -1, -1, -1), flow, seen)
    assert found.tolist() == pytest.approx([math.sqrt(2), 2 * math.sqrt(2)], rel=1e-4)
    assert warping_error(ab, ab, flow, torch.zeros_like(seen)).isnan().all()
