"""Probes for paper 004: are colors blurred, are blurred colors right, is the lightness kept?"""

import torch
from torch import Tensor

from huelab.color import rgb_to_lab
from huelab.measure.common import Config, Images, entry, over_test, probe
from huelab.methods.colorizer import Colorizer
from huelab.metrics.spectrum import HALF, band_power
from huelab.records import Measurement

#: The first two are the power of a*b* above half of the Nyquist frequency, in the output and in the
#: truth. The last two are the error of a*b* below it, of the output and of the gray image.
SPECTRUM = (
    "high_frequency_power",
    "high_frequency_power_truth",
    "low_frequency_error",
    "low_frequency_error_gray",
)


@probe(*SPECTRUM)
def color_spectrum(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Power of the colors at high frequencies, and their error at low frequencies.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> made, true, error, of_gray = color_spectrum(GrayCopy(), config, "cpu")
        >>> made.value < 1e-3 < true.value, abs(error.value - of_gray.value) < 1e-2
        (True, True)
    """

    def measure(batch: Images) -> Tensor:
        made, true = (rgb_to_lab(rgb)[:, 1:] for rgb in (method.colorize(batch.gray), batch.rgb))
        return torch.stack(
            [
                band_power(made, low=HALF),
                band_power(true, low=HALF),
                band_power(made - true, high=HALF).sqrt(),
                band_power(true, high=HALF).sqrt(),
            ],
            1,
        )

    values = over_test(method, config, device, measure)
    scales = ["Lab units squared, above 0.25 cycles a pixel"] * 2
    scales += ["Lab units, below 0.25 cycles a pixel"] * 2
    test = config["tests"][0]
    return [
        entry(name, test, column, "ab", scale)
        for name, column, scale in zip(SPECTRUM, values.unbind(1), scales, strict=True)
    ]


@probe()
def lightness_error(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Mean absolute difference between the L* of the output and of the truth.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> lightness_error(GrayCopy(), config, "cpu")[0].value < 0.01  # the gray is of equal L*
        True
    """

    def measure(batch: Images) -> Tensor:
        made, true = (rgb_to_lab(rgb)[:, 0] for rgb in (method.colorize(batch.gray), batch.rgb))
        return (made - true).abs().mean((1, 2))

    values = over_test(method, config, device, measure)
    return [entry("lightness_error", config["tests"][0], values, "lab", "Lab units, L*")]
