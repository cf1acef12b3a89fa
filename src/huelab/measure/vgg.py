"""Probes for paper 002: uncolored parts, light, halos, checkerboards and dead units."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce

import torch
from torch import Tensor, nn

from huelab.color import linear_to_srgb, rgb_to_gray, rgb_to_lab, srgb_to_linear
from huelab.data.processes import gathered
from huelab.measure.common import Config, Images, entry, over_test, pictures, probe
from huelab.methods.colorizer import Colorizer
from huelab.metrics import UNCOLORED_CHROMA
from huelab.records import Measurement

#: Chroma, in Lab units, from which `uncolored_pixels` counts a true pixel as colored.
COLORED_CHROMA = 10.0
#: How often `chroma_overexposed` doubles the light, and the L* from which it counts a pixel.
STOPS, VERY_LIGHT = 2, 90.0
#: Chroma of the output, of the overexposed picture itself, and of the output before overexposure.
OVEREXPOSED = tuple(f"chroma_overexposed{suffix}" for suffix in ("", "_truth", "_before"))
#: Share of red, green and blue that the red light of `tint_halo` keeps.
RED_LIGHT = (1.0, 0.3, 0.3)
#: Radius of the disc of `tint_halo` and width of the ring, as fractions of the shorter side.
DISC, RING = 0.2, 0.1
#: Amplitude of a*b*, in Lab units, below which `nyquist_peak` sees no wave.
LEAST_WAVE = 0.01
# Positions in the spectrum, in steps from the Nyquist frequency. The first ones belong to the peak,
# because a pattern that varies over a picture spreads a little. The others are compared with it.
_NEAR, _BESIDE = (-1, 0, 1), (-7, -6, -5, -4, 4, 5, 6, 7)


@probe()
def uncolored_pixels(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Share of the colored pixels that were left uncolored.

    A true pixel is colored from a chroma of 10 on, and an output pixel is uncolored below 5, in Lab
    units. Pictures without a colored pixel do not count.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> uncolored_pixels(GrayCopy(), config, "cpu")[0].value
        1.0
    """

    def measure(batch: Images) -> Tensor:
        colored = _chroma(batch.rgb) >= COLORED_CHROMA
        left = colored & (_chroma(method.colorize(batch.gray)) < UNCOLORED_CHROMA)
        return _count(left) / _count(colored)

    values = over_test(method, config, device, measure)
    scale = f"0..1, chroma < {UNCOLORED_CHROMA:g} of true >= {COLORED_CHROMA:g}"
    return [entry("uncolored_pixels", config["tests"][0], values, "lab", scale)]


@probe(*OVEREXPOSED)
def chroma_overexposed(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Mean chroma that a method gives to the very light pixels of overexposed pictures.

    Each picture is made lighter by two stops, with linear light clipped at 1. Two further values
    are the chroma of the same pixels in the overexposed picture itself (`_truth`), and the chroma
    that the method gives them in the picture before overexposure (`_before`).

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> found = chroma_overexposed(GrayCopy(), config, "cpu")
        >>> [m.value > 1 for m in found]  # of the color given, the true one, the one given before
        [False, True, False]
    """

    def measure(batch: Images) -> Tensor:
        bright = overexpose(batch.rgb)
        light = rgb_to_lab(bright)[:, 0] >= VERY_LIGHT
        gray = rgb_to_gray(bright, method.gray_formula)
        seen = (method.colorize(gray), bright, method.colorize(batch.gray))
        return torch.stack([_mean_where(_chroma(rgb), light) for rgb in seen], 1)

    values = over_test(method, config, device, measure)
    scale = f"Lab units, {STOPS} stops, L >= {VERY_LIGHT:g}"
    return [
        entry(name, config["tests"][0], column, "lab", scale)
        for name, column in zip(OVEREXPOSED, values.unbind(1), strict=True)
    ]


def overexpose(rgb: Tensor) -> Tensor:
    """sRGB `(N, 3, H, W)` in [0, 1] with its linear light doubled `STOPS` times and clipped at 1.

    Example:
        >>> gray = torch.tensor([0.0, 0.25, 0.75]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
        >>> overexpose(gray)[0, 0, 0].round(decimals=2)
        tensor([0.0000, 0.4900, 1.0000])
    """
    return linear_to_srgb((srgb_to_linear(rgb) * 2**STOPS).clamp_(max=1))


@probe("tint_halo", "tint_halo_unlit")
def tint_halo(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Error of a*b* in a ring around a disc of red light, and in the same ring without the light.

    The light does not change the ring itself. So its true colors and its gray are the same in both
    pictures. The growth of the error is the halo.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> lit, unlit = tint_halo(GrayCopy(), config, "cpu")
        >>> abs(lit.value - unlit.value) < 1e-3  # gray has no halo
        True
    """

    def measure(batch: Images) -> Tensor:
        tinted, ring = red_disc(batch.rgb)
        gray = rgb_to_gray(tinted, method.gray_formula)
        true = rgb_to_lab(batch.rgb)[:, 1:]
        errors = [
            torch.linalg.vector_norm(rgb_to_lab(method.colorize(seen))[:, 1:] - true, dim=1)
            for seen in (gray, batch.gray)
        ]
        return torch.stack([_mean_where(error, ring.expand_as(error)) for error in errors], 1)

    lit, unlit = over_test(method, config, device, measure).unbind(1)
    parts = {"tint_halo": lit, "tint_halo_unlit": unlit}
    test = config["tests"][0]
    return [entry(name, test, part, "ab", "Lab units") for name, part in parts.items()]


def red_disc(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Put red light on a disc in the middle of sRGB pictures `(N, 3, H, W)`.

    Returns:
        The pictures, and the ring around the disc, boolean `(H, W)`.

    Example:
        >>> tinted, ring = red_disc(torch.ones(1, 3, 21, 21))
        >>> tinted[0, :, 10, 10], int(ring.sum()), bool((tinted[..., ring] == 1).all())
        (tensor([1.0000, 0.5838, 0.5838]), 64, True)
    """
    height, width = rgb.shape[-2:]
    down = torch.arange(height, device=rgb.device)[:, None] - (height - 1) / 2
    across = torch.arange(width, device=rgb.device) - (width - 1) / 2
    away = torch.hypot(down, across) / min(height, width)
    light = srgb_to_linear(rgb) * rgb.new_tensor(RED_LIGHT).view(3, 1, 1)
    tinted = torch.where(away <= DISC, linear_to_srgb(light), rgb)
    return tinted, (away > DISC) & (away <= DISC + RING)


@probe()
def nyquist_peak(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """How strong a checkerboard pattern is in a*b* of the output, in dB; 0 for none.

    This is the mean of `peak_of_checkerboard` over the pictures.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> abs(nyquist_peak(GrayCopy(), config, "cpu")[0].value) < 0.01  # gray has no waves
        True
    """

    def measure(batch: Images) -> Tensor:
        return peak_of_checkerboard(rgb_to_lab(method.colorize(batch.gray))[:, 1:])

    scale = "dB over the frequencies beside it"
    values = over_test(method, config, device, measure)
    return [entry("nyquist_peak", config["tests"][0], values, "ab", scale)]


def peak_of_checkerboard(ab: Tensor) -> Tensor:
    """Power at the Nyquist frequency relative to that at frequencies near it, in dB.

    Transposed convolutions of stride 2 are known for stripes and checks of single pixels (Odena et
    al. 2016). These patterns have their power at (0, 1/2), (1/2, 0) and (1/2, 1/2) of the spectrum.
    The edges of objects have about as much power near these places as on them.

    Args:
        ab: `(N, 2, H, W)` with sides of at least 16; the last row or column of an odd side is left
            out.

    Returns:
        `(N,)`. The power of a wave of 0.01 Lab units is added to both sides of the ratio, so that
        plain areas give 0.

    Example:
        >>> rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
        >>> checks = ((rows + columns) % 2).float().expand(1, 2, 32, 32)
        >>> peak_of_checkerboard(torch.cat([checks, torch.zeros(1, 2, 32, 32)])) > 10
        tensor([ True, False])
    """
    height, width = (side // 2 * 2 for side in ab.shape[-2:])
    spectrum = torch.fft.fft2(ab[..., :height, :width].double(), norm="forward")
    power = spectrum.abs().square().sum(1)
    near, beside = (_mean_power(power, steps) for steps in (_NEAR, _BESIDE))
    least = LEAST_WAVE**2
    return (10 * torch.log10((near + least) / (beside + least))).float()


def _mean_power(power: Tensor, steps: Sequence[int]) -> Tensor:
    """Sum over the three places of a checkerboard's power, averaged over steps along the axes."""
    top, left = (side // 2 for side in power.shape[-2:])
    found = [
        power[:, 0, left + k]
        + power[:, top + k, 0]
        + (power[:, top, left + k] + power[:, top + k, left]) / 2
        for k in steps
    ]
    return reduce(torch.add, found) / len(found)


@probe("dead_units", "negative_units")
def dead_units(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Share of a network's units whose output is zero at every place of every picture.

    A unit is one channel after an activation (ReLU or LeakyReLU). `negative_units` is the share of
    units that are never above zero. Such a unit is dead with ReLU, but not with LeakyReLU, which
    passes a part of the negative side.

    Raises:
        TypeError: for a method that is not a network.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> network = FirstColor(width=2)
        >>> _ = nn.init.constant_(network.down1[1].bias, -100.0)  # two units that are never above 0
        >>> found = dead_units(network, config, "cpu")
        >>> found[0].n, found[0].value >= 2 / found[0].n
        (44, True)
    """
    if not isinstance(method, nn.Module):
        raise TypeError(f"{type(method).__name__} is not a network, so it has no units")
    with _watched(method) as seen:
        for batch in pictures(method, config["tests"][0], device):
            method.colorize(batch.gray)
    low, high = (torch.cat(parts) for parts in zip(*seen.values(), strict=True))
    # Each of several processes may have seen only a part of the pictures.
    low = gathered(low).view(-1, low.numel()).amin(0)
    high = gathered(high).view(-1, high.numel()).amax(0)
    found = {"dead_units": (low == 0) & (high == 0), "negative_units": high <= 0}
    return [
        entry(name, config["tests"][0], units.float(), "units", "0..1", "units")
        for name, units in found.items()
    ]


@contextmanager
def _watched(network: nn.Module) -> Iterator[dict[nn.Module, tuple[Tensor, Tensor]]]:
    """The smallest and largest output of each channel of every activation, during the block."""
    seen: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    def look(layer: nn.Module, _: tuple[Tensor, ...], answer: Tensor) -> None:
        channels = answer.float().movedim(1, 0).flatten(1)
        low, high = channels.amin(1), channels.amax(1)
        if layer in seen:
            low = torch.minimum(low, seen[layer][0])
            high = torch.maximum(high, seen[layer][1])
        seen[layer] = low, high

    activations = [m for m in network.modules() if isinstance(m, nn.ReLU | nn.LeakyReLU)]
    hooks = [layer.register_forward_hook(look) for layer in activations]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _chroma(rgb: Tensor) -> Tensor:
    lab = rgb_to_lab(rgb)
    return torch.hypot(lab[:, 1], lab[:, 2])


def _count(pixels: Tensor) -> Tensor:
    return pixels.flatten(1).sum(1).float()


def _mean_where(values: Tensor, where: Tensor) -> Tensor:
    """Mean of `(N, H, W)` over the chosen pixels of each picture; NaN if there are none."""
    return (values * where).flatten(1).sum(1) / _count(where)
