"""Exemplar: against a loop over pixels, closed cases, and a real photograph."""

import numpy as np
import pytest
import torch
from skimage import data
from skimage.color import rgb2lab

from huelab.color import lab_to_rgb
from huelab.methods import exemplar
from huelab.methods.colorizer import Guide
from huelab.methods.exemplar import Exemplar, Swatch, jittered
from huelab.methods.found_exemplar import FoundExemplar

RED, BLUE = (20.0, 10.0), (-5.0, -25.0)


def gray_of(lab):
    return lab_to_rgb(torch.cat([lab[:, :1], torch.zeros_like(lab[:, 1:])], 1))[:, :1]


def photograph(step=8):
    pixels = data.astronaut()[::step, ::step]
    return torch.from_numpy(rgb2lab(pixels)).float().permute(2, 0, 1)[None]


def halves(left, right):
    """L* `(1, 1, 40, 60)` of two halves."""
    return torch.tensor([left, right]).repeat_interleave(30).expand(1, 1, 40, 60)


def two_colors(lightness):
    """Lab with red on the left and blue on the right."""
    ab = torch.zeros(1, 2, *lightness.shape[2:])
    middle = lightness.shape[3] // 2
    ab[..., :middle] = torch.tensor(RED).view(2, 1, 1)
    ab[..., middle:] = torch.tensor(BLUE).view(2, 1, 1)
    return torch.cat([lightness, ab], 1)


def share_right(made, truth, border=4):
    """How many pixels have the color of their half, but for a border around the middle."""
    middle = truth.shape[3] // 2
    wrong = (made[:, 1:] - truth[:, 1:]).norm(dim=1) > 3
    inside = torch.ones_like(wrong)
    inside[..., middle - border : middle + border] = False
    return 1 - float(wrong[inside].float().mean())


def test_the_truth_as_reference_with_all_samples_gives_the_picture_back():
    """Every pixel finds itself, where no other has its lightness and deviation."""
    lab = photograph()
    made = Exemplar(samples=10**6).predict_lab(gray_of(lab), Guide(reference=lab_to_rgb(lab)))
    same = (made - lab).abs().amax(1) < 0.5
    assert same.float().mean() > 0.99


def test_the_truth_as_reference_is_nearer_than_gray_with_the_usual_samples():
    lab = photograph(4)
    made = Exemplar().predict_lab(gray_of(lab), Guide(reference=lab_to_rgb(lab)))
    assert (made - lab)[:, 1:].abs().mean() < 0.75 * lab[:, 1:].abs().mean()
    assert torch.allclose(made[:, :1], lab[:, :1], atol=1e-2)


def test_regions_are_told_apart_by_lightness():
    lab = two_colors(halves(35.0, 70.0))
    lab[:, :1] += 3 * torch.rand(lab[:, :1].shape, generator=torch.Generator().manual_seed(0))
    made = Exemplar().predict_lab(gray_of(lab), Guide(reference=lab_to_rgb(lab).flip(-1)))
    assert share_right(made, lab) == 1


def test_regions_of_equal_lightness_are_told_apart_by_texture():
    draws = torch.Generator().manual_seed(0)
    noise = torch.randn(1, 1, 40, 60, generator=draws)
    plain, rough = noise[..., :30] * 0.5 + 50, noise[..., 30:] * 6 + 50
    lab = two_colors(torch.cat([plain, rough], 3))
    reference = lab_to_rgb(lab).flip(-1)  # the colors are on other sides there
    gray = gray_of(lab)
    assert abs(float(plain.mean() - rough.mean())) < 0.5
    assert share_right(Exemplar().predict_lab(gray, Guide(reference=reference)), lab) > 0.9


def test_a_reference_of_other_brightness_is_remapped():
    lab = two_colors(halves(60.0, 80.0))
    darker = torch.cat([lab[:, :1] * 0.5 - 10, lab[:, 1:]], 1)  # 20 and 30: both below all of lab
    made = Exemplar().predict_lab(gray_of(lab), Guide(reference=lab_to_rgb(darker, clip=False)))
    assert share_right(made, lab) > 0.99


def test_against_a_loop_over_pixels():
    random = np.random.default_rng(0)
    gray = random.uniform(10, 90, (9, 11))
    reference = rgb2lab(random.random((7, 8, 3)))

    def deviation(levels, y, x):
        return levels[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].std()

    levels = reference[..., 0]
    levels = (levels - levels.mean()) * gray.std() / levels.std() + gray.mean()
    drawn = jittered((7, 8), 20, torch.Generator().manual_seed(3)).numpy()
    expected = np.zeros((9, 11, 2))
    for y in range(9):
        for x in range(11):
            best = min(
                (divmod(int(place), 8) for place in drawn),
                key=lambda p: (
                    (levels[p] - gray[y, x]) ** 2
                    + (deviation(levels, *p) - deviation(gray, y, x)) ** 2
                ),
            )
            expected[y, x] = reference[*best, 1:]
    # `transfer` takes Lab, so that no rounding of sRGB stands between the two.
    found = exemplar.transfer(
        torch.from_numpy(gray)[None],
        torch.from_numpy(reference).permute(2, 0, 1),
        20,
        torch.Generator().manual_seed(3),
    )
    assert np.allclose(found.permute(1, 2, 0), expected)


def test_one_sample_in_each_cell():
    drawn = jittered((40, 60), 24, torch.Generator().manual_seed(0))
    rows, columns = drawn // 60, drawn % 60
    cells = set(zip((rows // 10).tolist(), (columns // 10).tolist(), strict=True))
    assert len(drawn) == 24 and len(cells) == 24
    others = jittered((40, 60), 24, torch.Generator().manual_seed(1))
    assert not torch.equal(drawn, others)


def test_the_same_seed_gives_the_same_colors_and_another_one_others():
    lab = photograph()
    guide = Guide(reference=lab_to_rgb(lab).flip(-1))
    made = [Exemplar(seed=seed).colorize(gray_of(lab), guide=guide) for seed in (1, 1, 2)]
    assert torch.equal(made[0], made[1]) and not torch.equal(made[0], made[2])
    drawn = [
        Exemplar().colorize(
            gray_of(lab), guide=guide, generator=torch.Generator().manual_seed(seed)
        )
        for seed in (1, 1, 2)
    ]
    assert torch.equal(drawn[0], made[0]) and torch.equal(drawn[1], drawn[0])
    assert not torch.equal(drawn[2], drawn[0])


def test_chunks_change_nothing(monkeypatch):
    lab = photograph()
    guide = Guide(reference=lab_to_rgb(lab).flip(-2))
    whole = Exemplar().colorize(gray_of(lab), guide=guide)
    monkeypatch.setattr(exemplar, "CHUNK", 17)
    assert torch.equal(Exemplar().colorize(gray_of(lab), guide=guide), whole)


def test_swatches_decide_where_lightness_cannot():
    """Two textures of one mean; the reference has their colors the wrong way around."""
    noise = torch.randn(1, 1, 40, 60, generator=torch.Generator().manual_seed(0))
    stripes = torch.tensor([-6.0, -6, 6, 6]).repeat(15).where(torch.arange(60) >= 30, 0)
    lab = two_colors(50 + 0.5 * noise + stripes)
    wrong = torch.cat([lab[:, :1], lab[:, 1:].flip(-1)], 1)
    guide = Guide(reference=lab_to_rgb(wrong))
    left, right = (0.2, 0.1, 0.8, 0.4), (0.2, 0.6, 0.8, 0.9)
    swatches = (Swatch(left, right), Swatch(right, left))
    assert share_right(Exemplar().predict_lab(gray_of(lab), guide), lab) < 0.1
    assert share_right(Exemplar(swatches=swatches).predict_lab(gray_of(lab), guide), lab) > 0.98


def test_without_a_reference_it_says_what_it_needs():
    with pytest.raises(ValueError, match="needs a reference"):
        Exemplar().colorize(torch.full((1, 1, 8, 8), 0.5))


def test_each_picture_of_a_batch_may_have_its_own_reference():
    first, second = photograph(), photograph().flip(1)
    gray = torch.cat([gray_of(first), gray_of(first)])
    both = torch.cat([lab_to_rgb(first), lab_to_rgb(second)])
    made = Exemplar(samples=10**6).predict_lab(gray, Guide(reference=both))
    alone = Exemplar(samples=10**6).predict_lab(gray[1:], Guide(reference=both[1:]))
    assert torch.equal(made[1:], alone) and not torch.equal(made[:1], made[1:])


def test_a_picture_has_the_same_colors_alone_and_in_a_batch():
    first, second = photograph(), photograph().flip(1)
    gray = torch.cat([gray_of(second), gray_of(first)])
    guide = Guide(reference=lab_to_rgb(first))
    made = Exemplar().predict_lab(gray, guide)
    assert torch.equal(made[1:], Exemplar().predict_lab(gray[1:], guide))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 2)])
def test_tiny_pictures(shape):
    guide = Guide(reference=torch.rand(1, 3, 2, 2, generator=torch.Generator().manual_seed(0)))
    made = Exemplar().colorize(torch.rand(1, 1, *shape), guide=guide)
    assert made.shape == (1, 3, *shape) and made.isfinite().all()


def test_the_reference_that_is_found_is_the_most_alike():
    """Against NumPy's correlation; and a photograph in other exposure finds itself."""
    draws = torch.Generator().manual_seed(0)
    photos = torch.stack([lab_to_rgb(photograph())[0].roll(k * 9, -1) for k in range(5)])
    method = FoundExemplar.fit(photos.split(2))
    lab = rgb2lab(photos.numpy(), channel_axis=1)
    small = lab[:, 0].reshape(5, 8, 8, 8, 8).mean((2, 4)).reshape(5, -1)
    other = torch.rand(1, 1, 64, 64, generator=draws) * 30 + torch.arange(64.0)
    means = other.reshape(8, 8, 8, 8).mean((1, 3)).flatten()
    best = int(np.argmax([np.corrcoef(means, row)[0, 1] for row in small]))
    assert method.choose(other).tolist() == [best]
    darker = torch.from_numpy(lab[3:4, :1]).float() * 0.5 + 3
    assert method.choose(darker).tolist() == [3]
    found = Exemplar().predict_ab(darker, Guide(reference=(photos[3:4] * 255).round() / 255), None)
    assert torch.allclose(method.predict_ab(darker, Guide(), None), found)
