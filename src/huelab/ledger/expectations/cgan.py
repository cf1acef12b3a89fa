"""What was expected for the claims of paper 004, written before the first run.

Each expectation names what was changed afterward.

Photographs decide the claims, because they show many scenes, while the available films show few.
"""

from datetime import date

from huelab.ledger.combinations import every, provided
from huelab.ledger.expectations.expectation import Expectation
from huelab.ledger.judgments import Bound, Unmeasured, greater, less
from huelab.ledger.quantities import Metric

_FIRST, _REVIEW = date(2026, 11, 27), date(2026, 11, 28)
_GAN, _NO_GAN, _NO_L1 = "cgan-photos", "cgan-photos-no-gan", "cgan-photos-no-l1"
_ONE_FILM, _MANY_SCENES = "cgan-one-film", "cgan-many-scenes"
_GRAY, _MEAN = "gray-copy-photos", "mean-color-photos"
_GRAY_KODAK, _MEAN_KODAK = "gray-copy-kodak24", "mean-color-kodak24"
_NO_SKIPS, _THREE = "cgan-photos-no-skips", "cgan-photos-ensemble"

_DELTA_E, _LEAKING = Metric("delta_e_2000"), Metric("color_leaking")
_LIGHTNESS = Metric("lightness_error")
_DETAIL = Metric("high_frequency_power")
_LOW, _LOW_GRAY = Metric("low_frequency_error"), Metric("low_frequency_error_gray")

CGAN = (
    Expectation(
        "004-R04",
        _FIRST,
        provided(
            less(*map(_DELTA_E.of, (_THREE, _GAN))),
            # A mean of networks is paler than each of them, so this must not be all that helps.
            less(*map(_DELTA_E.of, (_THREE, _GRAY, _MEAN))),
        ),
        changed=(
            (
                _REVIEW,
                "The condition that the ensemble wins over a gray copy and over one mean color was "
                "added while three reduced runs of each were known. It does not win. The verdict "
                "was agrees (reduced) before, and is inconclusive since.",
            ),
        ),
    ),
    # A sketch gets at least half of the color that the photograph gets from which it was drawn.
    Expectation(
        "004-Q02",
        _FIRST,
        every(
            Bound(Metric("sketch_color_ratio").of("cgan-photos-sketches"), 0.5, above=True),
            Unmeasured("changes of color themes in photographs and films"),
        ),
        changed=(
            (
                _REVIEW,
                "The half on color themes is named and open; sketches alone were judged. One "
                "reduced run was known. The verdict was inconclusive before and after.",
            ),
        ),
    ),
    Expectation(
        "004-Q03",
        _FIRST,
        every(
            # Blurred: less detail than with the discriminator.
            less(*map(_DETAIL.of, (_NO_GAN, _GAN))),
            # Otherwise right: nearer to the truth than the gray image is.
            less(_LOW.of(_NO_GAN), _LOW_GRAY.of(_NO_GAN)),
            Unmeasured("whether colors are more blurred than in the truth"),
            Unmeasured("a network that is trained on L2 alone"),
        ),
        changed=(
            (
                _REVIEW,
                "The part on less detail than in the truth is open, because the measure counts the "
                "checker pattern of transposed convolutions as detail, and the part on L2, which "
                "never ran, is named. Three reduced runs of each network were known, with more "
                "power at high frequencies than in the truth. The verdict was disagrees (reduced) "
                "before, and is inconclusive since.",
            ),
        ),
    ),
    # Random colors: the whole image is farther from the truth, and so are its coarse colors.
    Expectation(
        "004-Q04",
        _FIRST,
        every(
            greater(*map(_DELTA_E.of, (_NO_L1, _GAN))),
            greater(*map(_LOW.of, (_NO_L1, _GAN))),
        ),
        changed=(
            (
                _REVIEW,
                "The part on coarse colors was added while three reduced runs of each network were "
                "known, because the color difference counts lightness as well. The verdict was "
                "agrees (reduced) before and after.",
            ),
        ),
    ),
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
    Expectation(
        "004-Q07",
        _FIRST,
        provided(
            greater(*map(_DELTA_E.of, (_ONE_FILM, _MANY_SCENES))),
            # It must win over methods that see nothing. Else pale colors are ahead, not good ones.
            less(*map(_DELTA_E.of, (_MANY_SCENES, _GRAY_KODAK, _MEAN_KODAK))),
        ),
        changed=(
            (
                _REVIEW,
                "The condition that the network of many scenes wins over a gray copy and over one "
                "mean color was added while three reduced runs of each network were known. It does "
                "not win, and of the two networks the paler one has the smaller error. The verdict "
                "was disagrees (reduced) before, and is inconclusive since.",
            ),
        ),
    ),
)
