"""What was expected for the claims of paper 004, written before the first run.

Photographs decide the claims, because they show many scenes, while the available films show few.
"""

from datetime import date

from huelab.ledger.expectations.expectation import Expectation
from huelab.ledger.judgments import Bound, every, greater, less
from huelab.ledger.quantities import Metric

_FIRST = date(2026, 11, 27)
_GAN, _NO_GAN, _NO_L1 = "cgan-photos", "cgan-photos-no-gan", "cgan-photos-no-l1"
_ONE_FILM, _MANY_SCENES = "cgan-one-film", "cgan-many-scenes"
_NO_SKIPS, _LAB, _THREE = "cgan-photos-no-skips", "cgan-photos-lab", "cgan-photos-ensemble"

_DELTA_E, _LEAKING = Metric("delta_e_2000"), Metric("color_leaking")
_LIGHTNESS = Metric("lightness_error")
# The distance between the colored images and the photographs, as sets, by features of SqueezeNet.
_FRECHET = Metric("fd_squeezenet_bilinear224_n504")
_DETAIL, _TRUE_DETAIL = Metric("high_frequency_power"), Metric("high_frequency_power_truth")
_LOW, _LOW_GRAY = Metric("low_frequency_error"), Metric("low_frequency_error_gray")

CGAN = (
    # The paper names no rival. Its generator without the discriminator is the nearest one.
    Expectation("004-R01", _FIRST, less(*map(_FRECHET.of, (_GAN, _NO_GAN)))),
    Expectation("004-R04", _FIRST, less(*map(_DELTA_E.of, (_THREE, _GAN)))),
    # A sketch gets at least half of the color that the photograph gets from which it was drawn.
    Expectation(
        "004-Q02",
        _FIRST,
        Bound(Metric("sketch_color_ratio").of("cgan-photos-sketches"), 0.5, above=True),
    ),
    Expectation(
        "004-Q03",
        _FIRST,
        every(
            # Blurred: less detail than with the discriminator, and less than in the truth.
            less(*map(_DETAIL.of, (_NO_GAN, _GAN))),
            less(_DETAIL.of(_NO_GAN), _TRUE_DETAIL.of(_NO_GAN)),
            # Otherwise right: nearer to the truth than the gray image is.
            less(_LOW.of(_NO_GAN), _LOW_GRAY.of(_NO_GAN)),
        ),
    ),
    Expectation("004-Q04", _FIRST, greater(*map(_DELTA_E.of, (_NO_L1, _GAN)))),
    Expectation(
        "004-Q06",
        _FIRST,
        every(
            # Both edges of color and edges of lightness get worse.
            greater(*map(_LEAKING.of, (_NO_SKIPS, _GAN))),
            greater(*map(_LIGHTNESS.of, (_NO_SKIPS, _GAN))),
        ),
    ),
    # Both runs have equally many pictures and steps, so that only the variety of pictures differs.
    Expectation("004-Q07", _FIRST, greater(*map(_DELTA_E.of, (_ONE_FILM, _MANY_SCENES)))),
    Expectation("004-X05", _FIRST, greater(*map(_LIGHTNESS.of, (_GAN, _LAB)))),
)
