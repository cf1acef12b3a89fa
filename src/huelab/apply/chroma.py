"""From a*b* to the color planes U and V of a film whose brightness must stay as it is.

A film keeps its plane Y'. This plane holds luma, which is a weighted sum of encoded red, green and
blue. Luma is not the lightness L* in which colors are predicted. So for each a*b* the code searches
the L* whose color has the given luma. Where no screen can show such a color, U and V shrink
together at constant luma.
"""

import torch
from torch import Tensor

from huelab.color import gray_to_lightness
from huelab.color.convert import lab_to_linear, linear_to_srgb
from huelab.color.pieces import by_pixel

#: Steps of the search for the L* that has the luma. After three steps, colors that a screen can
#: show at that lightness are off by 0.03 units of Lab on average.
STEPS = 3


def chroma(luma: Tensor, ab: Tensor, weights: tuple[float, float]) -> Tensor:
    """The color planes of a*b* for a given luma.

    Args:
        luma: Y' `(N, 1, H, W)`, 0 black to 1 white.
        ab: `(N, 2, H, W)` in Lab units.
        weights: the weights of red and blue in Y', such as 0.299 and 0.114 in ITU-R BT.601.

    Returns:
        U and V `(N, 2, H, W)` in -0.5..0.5. Together with `luma` they give a color of sRGB.

    Example:
        >>> skin = torch.tensor([[[[20.0]], [[20.0]]]])
        >>> chroma(torch.full((1, 1, 1, 1), 0.5), skin, (0.299, 0.114)).flatten().round(decimals=1)
        tensor([-0.1000,  0.1000])
    """
    both = torch.cat([luma, ab], 1)
    return by_pixel(lambda piece: _chroma(piece, weights), both, channels=2)


def _chroma(pixels: Tensor, weights: tuple[float, float]) -> Tensor:
    luma, ab = pixels.clamp(min=-128, max=128).split([1, 2], -3)
    luma = luma.clamp(0, 1)
    red, blue = weights
    share = torch.tensor([red, 1 - red - blue, blue]).view(3, 1, 1)
    wanted = gray_to_lightness(luma)
    lightness = wanted
    for _ in range(STEPS):
        rgb = linear_to_srgb(lab_to_linear(torch.cat([lightness, ab], -3)))
        is_luma = (rgb * share).sum(-3, keepdim=True).clamp(0, 1)
        lightness = (lightness + wanted - gray_to_lightness(is_luma)).clamp(0, 100)
    rgb = linear_to_srgb(lab_to_linear(torch.cat([lightness, ab], -3)))
    off = rgb - (rgb * share).sum(-3, keepdim=True)
    # The largest part of each channel's distance from gray that stays between black and white.
    room = torch.where(off > 0, 1 - luma, luma) / off.abs().clamp(min=1e-6)
    off = off * room.amin(-3, keepdim=True).clamp(max=1)
    return torch.cat([off[..., 2:, :, :] / (2 - 2 * blue), off[..., :1, :, :] / (2 - 2 * red)], -3)
