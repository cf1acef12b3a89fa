"""Color against scikit-image in float64, closed forms and the properties the docstrings promise."""

import doctest
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import lab2rgb, rgb2lab

from huelab import color
from huelab.color import batch, convert, gamut, pieces, upsample

EXTREMES = torch.tensor([0, 1e-7, 1e-4, 0.0031308, 0.0404, 0.04045, 0.0405, 0.2, 0.5, 0.999, 1])


def random_rgb(seed=0, shape=(4, 3, 300, 300)):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def extreme_rgb():
    """Every combination of extreme channel values as one row of pixels `(1, 3, 1, 1331)`."""
    return torch.cartesian_prod(EXTREMES, EXTREMES, EXTREMES).T.reshape(1, 3, 1, -1)


def all_uint8_rgb(step=5):
    levels = torch.arange(0, 256, step, dtype=torch.uint8)
    return torch.cartesian_prod(levels, levels, levels).T.reshape(1, 3, len(levels), -1)


def oracle_lab(rgb):
    return torch.from_numpy(rgb2lab(rgb.double().numpy(), channel_axis=-3))


@pytest.mark.parametrize("rgb", [random_rgb(), extreme_rgb()], ids=["random", "extreme"])
def test_lab_agrees_with_scikit_image(rgb):
    assert (color.rgb_to_lab(rgb) - oracle_lab(rgb)).abs().max() <= 1e-4


def test_lab_of_uint8_agrees_with_scikit_image():
    rgb = all_uint8_rgb()
    assert (color.rgb_to_lab(rgb) - oracle_lab(rgb / 255.0)).abs().max() <= 1e-4


def test_lab_in_double_precision_is_the_oracle():
    rgb = extreme_rgb().double()
    # 1e-5 is what the joints of the sRGB and Lab curves leave; scikit-image has them too.
    torch.testing.assert_close(color.rgb_to_lab(rgb), oracle_lab(rgb), atol=1e-5, rtol=0)


def test_rgb_agrees_with_scikit_image():
    lab = oracle_lab(random_rgb(1))
    expected = torch.from_numpy(lab2rgb(lab.numpy(), channel_axis=-3))
    assert (color.lab_to_rgb(lab.float()) - expected).abs().max() <= 1e-4


@pytest.mark.parametrize("rgb", [random_rgb(2), extreme_rgb()], ids=["random", "extreme"])
def test_round_trip(rgb):
    assert (color.lab_to_rgb(color.rgb_to_lab(rgb)) - rgb).abs().max() <= 1e-4
    unclipped = color.lab_to_rgb(color.rgb_to_lab(rgb), clip=False)
    assert (unclipped - rgb).abs().max() <= 1e-4


def test_known_colors():
    rgb = torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 0, 0]]).T.reshape(3, 1, 3)
    # White, black and sRGB red; red as printed in Lindbloom's calculator for D65 to two digits.
    expected = torch.tensor([[100.0, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]).T.reshape(3, 1, 3)
    torch.testing.assert_close(color.rgb_to_lab(rgb), expected, atol=0.01, rtol=0)


def test_memory_layout_shape_and_chunks_do_not_matter():
    pixels = torch.randint(0, 256, (2, 301, 517, 3), dtype=torch.uint8)
    planar = pixels.permute(0, 3, 1, 2)
    lab = color.rgb_to_lab(planar)
    small = planar[1:, :, 100:120, 200:230]
    nested = planar.reshape(2, 1, 3, 301, 517)
    # Vector and scalar instructions may round the last bit of a row's end differently.
    for same, expected in (
        (color.rgb_to_lab(planar.contiguous()), lab),
        (color.rgb_to_lab(small), lab[1:, :, 100:120, 200:230]),
        (color.rgb_to_lab(nested).squeeze(1), lab),
    ):
        torch.testing.assert_close(same, expected, atol=1e-4, rtol=0)
    assert color.rgb_to_lab(planar[:0]).shape == (0, 3, 301, 517)


def test_chunks_give_what_the_graph_gives():
    rgb = random_rgb(3, (1, 3, 400, 333))
    lab = color.rgb_to_lab(rgb)
    graph = color.rgb_to_lab(rgb.clone().requires_grad_()).detach()
    # Vector and scalar instructions may round the last bit of a row's end differently.
    torch.testing.assert_close(lab, graph, atol=1e-4, rtol=0)


def test_autocast_does_not_round():
    rgb = random_rgb(4, (1, 3, 40, 40))
    with torch.autocast("cpu", torch.bfloat16):
        lab, back = color.rgb_to_lab(rgb), color.lab_to_rgb(color.rgb_to_lab(rgb))
    assert lab.dtype == torch.float32
    assert torch.equal(lab, color.rgb_to_lab(rgb))
    assert (back - rgb).abs().max() <= 1e-4


@pytest.mark.parametrize("formula", color.GRAY_FORMULAS)
def test_gray_of_uint8_is_gray_of_floats(formula):
    pixels = all_uint8_rgb(15)
    gray = color.rgb_to_gray(pixels, formula)
    assert gray.shape == (1, 1, *pixels.shape[-2:])
    assert gray.dtype == torch.float32
    assert gray.min() >= 0 and gray.max() <= 1 + 1e-6
    torch.testing.assert_close(gray, color.rgb_to_gray(pixels / 255.0, formula))


def test_rec601_is_what_pillow_computes():
    pixels = torch.randint(0, 256, (200, 200, 3), dtype=torch.uint8)
    expected = np.asarray(Image.fromarray(pixels.numpy()).convert("L"), dtype=np.float64)
    gray = color.rgb_to_gray(pixels.permute(2, 0, 1), "rec601") * 255
    assert np.abs(gray[0].numpy() - expected).max() <= 1  # Pillow keeps whole levels


def test_swapped_gray_is_rec601_of_the_reversed_channels():
    rgb = random_rgb(5)
    swapped, reversed_ = color.rgb_to_gray(rgb, "rec601_swapped"), rgb.flip(1)
    torch.testing.assert_close(swapped, color.rgb_to_gray(reversed_, "rec601"))


def test_rec709_and_luminance_by_hand():
    rgb = torch.tensor([0.5, 0.25, 1.0]).reshape(3, 1, 1)
    assert color.rgb_to_gray(rgb, "rec709").item() == pytest.approx(
        0.2126 * 0.5 + 0.7152 * 0.25 + 0.0722, abs=1e-6
    )
    linear = [((c + 0.055) / 1.055) ** 2.4 for c in (0.5, 0.25, 1.0)]
    luminance = 0.212671 * linear[0] + 0.715160 * linear[1] + 0.072169 * linear[2]
    assert color.rgb_to_gray(rgb, "luminance").item() == pytest.approx(luminance, abs=1e-6)


def test_lightness_gray_keeps_lightness_and_is_neutral():
    rgb = random_rgb(6)
    gray = color.rgb_to_gray(rgb, "lightness")
    lab = oracle_lab(gray.expand(-1, 3, -1, -1))
    assert (lab[:, :1] - oracle_lab(rgb)[:, :1]).abs().max() <= 1e-4
    # scikit-image's matrix and white point leave a trace of hue in a neutral gray.
    assert lab[:, 1:].abs().max() < 0.01
    assert (color.gray_to_lightness(gray) - oracle_lab(rgb)[:, :1]).abs().max() <= 1e-4
    assert (color.lightness_to_gray(color.gray_to_lightness(gray)) - gray).abs().max() <= 1e-5


def test_curve_of_linear_light_by_hand():
    values = torch.tensor([0.0, 0.02, 0.5, 1.0], dtype=torch.float64)
    expected = [0, 0.02 / 12.92, ((0.5 + 0.055) / 1.055) ** 2.4, 1]
    linear = color.srgb_to_linear(values)
    assert linear.tolist() == pytest.approx(expected, abs=1e-8)
    torch.testing.assert_close(color.linear_to_srgb(linear), values, atol=1e-6, rtol=0)


CHAIN = {
    "rgb_to_lab": color.rgb_to_lab,
    "lab_to_rgb": lambda x: color.lab_to_rgb(x * 200 - 100),
    "unclipped": lambda x: color.lab_to_rgb(x * 200 - 100, clip=False),
    "fit_gamut": lambda x: color.fit_gamut(x * 200 - 100),
    "round trip": lambda x: color.lab_to_rgb(color.rgb_to_lab(x)),
    **{f: lambda x, f=f: color.rgb_to_gray(x, f) for f in color.GRAY_FORMULAS},
}


@pytest.mark.parametrize("name", CHAIN)
@pytest.mark.parametrize("rgb", [extreme_rgb(), random_rgb(7, (1, 3, 50, 50)) * 1.4 - 0.2])
def test_gradients_are_finite_everywhere(name, rgb):
    rgb = rgb.clone().requires_grad_()
    CHAIN[name](rgb).square().sum().backward()
    assert torch.isfinite(rgb.grad).all()


@pytest.mark.parametrize("name", ["rgb_to_lab", "unclipped", "lightness"])
def test_gradients_are_right(name):
    generator = torch.Generator().manual_seed(8)
    rgb = torch.rand((3, 2, 3), generator=generator, dtype=torch.float64) * 0.9 + 0.05
    rgb.requires_grad_()
    assert torch.autograd.gradcheck(CHAIN[name], rgb, eps=1e-6, atol=1e-3)


def test_gradient_at_the_joint_is_that_of_one_side():
    ratio = torch.tensor([0.04045], dtype=torch.float64, requires_grad=True)
    color.srgb_to_linear(ratio).backward()
    left, right = 1 / 12.92, 2.4 / 1.055 * ((0.04045 + 0.055) / 1.055) ** 1.4
    assert min(abs(ratio.grad.item() - left), abs(ratio.grad.item() - right)) < 1e-9


def random_lab(seed=9):
    scale = torch.tensor([100.0, 220, 220]).reshape(3, 1, 1)
    shift = torch.tensor([0.0, 110, 110]).reshape(3, 1, 1)
    return random_rgb(seed, (1, 3, 100, 100)) * scale - shift


def test_colors_of_srgb_are_in_gamut():
    assert color.out_of_gamut_share(color.rgb_to_lab(random_rgb(10))) == 0
    assert color.out_of_gamut_share(color.rgb_to_lab(extreme_rgb())) == 0


def test_out_of_gamut_share_counts_pixels():
    lab = torch.tensor([[50.0, 50, 50, 50], [0, 0, 0, 127], [0, 0, 0, 127]]).reshape(1, 3, 2, 2)
    assert color.out_of_gamut_share(lab).item() == 0.25
    assert color.in_gamut(lab).shape == (1, 1, 2, 2)


def test_fit_gamut_keeps_lightness_and_hue_and_reaches_the_border():
    lab = random_lab()
    inside = color.in_gamut(lab)
    fitted = color.fit_gamut(lab)
    assert 0.1 < inside.float().mean() < 0.9
    assert color.out_of_gamut_share(fitted, tolerance=1.1e-4) == 0
    assert torch.equal(fitted[:, :1], lab[:, :1])
    a, b, fa, fb = *lab[0, 1:], *fitted[0, 1:]
    assert (a * fb - b * fa).abs().max() < 1e-2  # parallel: the hue is the same
    assert (a * fa + b * fb).min() >= 0  # and not the opposite one
    assert torch.equal(fitted.masked_select(inside), lab.masked_select(inside))
    # A little more chroma would be outside again.
    more = torch.cat([fitted[:, :1], fitted[:, 1:] * 1.002], 1)
    chroma = fitted[:, 1:].norm(dim=1, keepdim=True)
    saturated = ~inside & (chroma > 5)
    assert not color.in_gamut(more, 1e-5)[saturated].any()


def test_fit_gamut_beats_clipping_in_lightness_and_hue():
    lab = random_lab(11)
    outside = ~color.in_gamut(lab)[0, 0]
    clipped = oracle_lab(color.lab_to_rgb(lab).double())[0][:, outside]
    fitted = oracle_lab(color.lab_to_rgb(color.fit_gamut(lab)).double())[0][:, outside]
    wanted = lab[0][:, outside]
    assert (fitted[0] - wanted[0]).abs().max() < 0.1
    assert (clipped[0] - wanted[0]).abs().max() > 5


def test_fit_gamut_at_the_ends_of_lightness():
    lab = torch.tensor([[0.0, 100, -5, 120], [40, -30, 10, 5], [9, 60, 10, 5]]).reshape(1, 3, 1, 4)
    fitted = color.fit_gamut(lab)
    assert fitted[0, 0, 0].tolist() == [0, 100, 0, 100]
    assert fitted[0, 1:].abs().max() < 0.2


@pytest.mark.parametrize("shape", [(3, 4), (1, 4, 5, 5), (2, 5)])
def test_wrong_channels_are_refused(shape):
    for function in (color.rgb_to_lab, color.lab_to_rgb, color.fit_gamut, color.rgb_to_gray):
        if len(shape) > 2 or shape[-1] != 3:
            with pytest.raises(ValueError, match=r"expected \(\.\.\., 3, H, W\)"):
                function(torch.zeros(shape))


def test_wrong_formula_and_dtype_are_refused():
    with pytest.raises(ValueError, match="rec601"):
        color.rgb_to_gray(torch.zeros(3, 2, 2), "bt601")
    with pytest.raises(TypeError, match="int64"):
        color.rgb_to_lab(torch.zeros(3, 2, 2, dtype=torch.int64))
    with pytest.raises(TypeError, match="uint8"):
        color.lab_to_rgb(torch.zeros(3, 2, 2, dtype=torch.uint8))


# Pieces and threads


@pytest.fixture
def two_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


def assert_lab_is_right(lab, rgb):
    assert (lab.double() - oracle_lab(rgb)).abs().max() <= 1e-4


SHAPES = [(3, 300, 300), (700, 3, 16, 16), (2, 3, 3, 128, 130), (3, 1, 150_000), (5, 3, 150, 150)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_piece_of_any_shape_is_done(two_threads, shape, dtype, threads):
    torch.set_num_threads(threads)
    rgb = random_rgb(13, shape).to(dtype)
    lab = color.rgb_to_lab(rgb)
    assert lab.dtype == dtype
    assert_lab_is_right(lab, rgb)
    assert (color.lab_to_rgb(lab) - rgb).abs().max() <= 1e-4
    assert color.in_gamut(lab).dtype == torch.bool and color.in_gamut(lab).all()
    gray = color.rgb_to_gray(rgb, "lightness")
    assert (color.gray_to_lightness(gray) - oracle_lab(rgb).narrow(-3, 0, 1)).abs().max() <= 1e-4
    assert (color.lightness_to_gray(lab.narrow(-3, 0, 1)) - gray).abs().max() <= 1e-5


def test_pieces_give_what_the_plain_formulas_give(two_threads):
    rgb = random_rgb(14, (3, 3, 200, 300))
    pixels = (rgb * 255).byte()
    lab = random_lab().repeat(1, 1, 3, 3)
    with torch.inference_mode():
        for found, expected in (
            (color.rgb_to_lab(rgb), convert._rgb_to_lab(rgb)),
            (color.rgb_to_lab(pixels), convert._rgb_to_lab(pixels)),
            (color.lab_to_rgb(lab), convert._lab_to_rgb_clipped(lab)),
            (color.fit_gamut(lab), gamut._fit(lab, 1e-4)),
        ):
            # Vector and scalar instructions may round the last bit of a row's end differently.
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_threads_of_pytorch_are_left_alone(two_threads):
    color.rgb_to_lab(random_rgb(15))
    assert torch.get_num_threads() == 2

    def after_work():
        torch.ones(1 << 20).exp_()
        return torch.get_num_threads()

    with ThreadPoolExecutor(1) as others:
        assert others.submit(after_work).result() == 2
    assert pieces._pool(2).submit(after_work).result() == 1


def test_one_thread_stays_one(two_threads, monkeypatch):
    monkeypatch.setattr(pieces, "_pool", None)
    torch.set_num_threads(1)
    rgb = random_rgb(16)
    assert_lab_is_right(color.rgb_to_lab(rgb), rgb)
    torch.set_num_threads(2)
    with pytest.raises(TypeError, match="NoneType"):
        color.rgb_to_lab(rgb)


def send_lab(rgb, end):
    # NumPy compares: an operation of PyTorch on many values hangs in a forked process (its OpenMP).
    lab = color.rgb_to_lab(rgb).numpy()
    end.send(np.abs(lab - rgb2lab(rgb.numpy(), channel_axis=1)).max())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
def test_a_forked_process_makes_its_own_threads(two_threads):
    rgb = random_rgb(17)
    color.rgb_to_lab(rgb)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=send_lab, args=(rgb, theirs), daemon=True)
    child.start()
    try:
        assert ours.poll(60), "the forked process waits for threads that it does not have"
        assert ours.recv() <= 2e-4  # against scikit-image in float32
    finally:
        child.kill()
    assert_lab_is_right(color.rgb_to_lab(rgb), rgb)


class LabOf(torch.utils.data.Dataset):
    def __init__(self, rgb):
        self.rgb = rgb

    def __len__(self):
        return len(self.rgb)

    def __getitem__(self, index):
        return color.rgb_to_lab(self.rgb[index])


def test_in_the_workers_of_a_loader(two_threads):
    rgb = random_rgb(18)
    color.rgb_to_lab(rgb)
    loader = torch.utils.data.DataLoader(LabOf(rgb), 2, num_workers=1, timeout=60)
    assert_lab_is_right(torch.cat(list(loader)), rgb)


def test_many_threads_may_ask_at_once(two_threads):
    images = [random_rgb(seed, (1, 3, 250, 250)) for seed in range(8)]
    with ThreadPoolExecutor(4) as others:
        for rgb, lab in zip(images, others.map(color.rgb_to_lab, images), strict=True):
            assert_lab_is_right(lab, rgb)


def test_an_error_in_a_thread_is_raised(two_threads):
    with pytest.raises(TypeError, match="int64"):
        color.rgb_to_lab(torch.zeros(3, 200, 200, dtype=torch.int64))


def test_modes_of_autograd(two_threads):
    rgb = random_rgb(19)
    wanting = rgb.clone().requires_grad_()
    assert color.rgb_to_lab(wanting).requires_grad
    with torch.no_grad():
        assert_lab_is_right(color.rgb_to_lab(wanting), rgb)
    with torch.inference_mode():
        assert_lab_is_right(color.rgb_to_lab(rgb * 1), rgb)
    convert._linear_table.cache_clear()
    pixels = (rgb * 255).byte()
    with torch.inference_mode():
        color.rgb_to_lab(pixels)
    scale = torch.ones(3, 1, 1, requires_grad=True)
    (color.srgb_to_linear(pixels) * scale).sum().backward()
    assert scale.grad.isfinite().all()


def test_the_curve_of_lab_jumps_where_the_rounded_formula_jumps():
    end = 0.008856
    ratio = np.array([0, 1e-6, end - 4e-5, end - 1e-5, end, np.nextafter(end, 1), 0.01, 0.5, 1])
    formula = np.where(ratio > end, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    found = convert._lab_curve(torch.from_numpy(ratio)).numpy()
    np.testing.assert_allclose(found, formula, rtol=0, atol=1e-13)
    assert found[5] - found[4] > 3e-7


def test_function_transforms(two_threads):
    rgb = random_rgb(21, (2, 3, 150, 150)) * 0.8 + 0.1
    assert_lab_is_right(torch.func.vmap(color.rgb_to_lab)(rgb), rgb)
    step = torch.full_like(rgb, 1e-6).double()
    _, slope = torch.func.jvp(color.rgb_to_lab, (rgb,), (torch.ones_like(rgb),))
    by_hand = (oracle_lab(rgb + step) - oracle_lab(rgb - step)) / 2e-6
    torch.testing.assert_close(slope.double(), by_hand, atol=1e-2, rtol=1e-4)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(rgb, torch.ones_like(rgb))
        found = torch.autograd.forward_ad.unpack_dual(color.rgb_to_lab(dual)).tangent
    torch.testing.assert_close(found, slope)


def test_compiled_is_the_same(two_threads):
    rgb = random_rgb(20)
    compiled = torch.compile(color.rgb_to_lab, backend="eager", fullgraph=True)
    assert_lab_is_right(compiled(rgb), rgb)


def test_empty_batches():
    for function in (color.rgb_to_lab, color.lab_to_rgb, color.fit_gamut, color.rgb_to_gray):
        assert function(torch.zeros(0, 3, 300, 300)).shape[0] == 0
    assert color.lightness_to_gray(torch.zeros(0)).shape == (0,)


@pytest.mark.parametrize("module", [batch, convert, gamut, pieces, upsample])
def test_examples(module):
    assert doctest.testmod(module).failed == 0
    for name, function in vars(module).items():
        if getattr(function, "__module__", None) == module.__name__ and name[0] != "_":
            assert ">>>" in function.__doc__, f"{name} has no example"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_gpu_agrees_with_scikit_image():
    for rgb in (random_rgb(12), extreme_rgb()):
        lab = color.rgb_to_lab(rgb.cuda())
        assert (lab.cpu() - oracle_lab(rgb)).abs().max() <= 1e-4
        assert (color.lab_to_rgb(lab).cpu() - rgb).abs().max() <= 1e-4
    pixels = all_uint8_rgb()
    assert (color.rgb_to_lab(pixels.cuda()).cpu() - oracle_lab(pixels / 255.0)).abs().max() <= 1e-4
