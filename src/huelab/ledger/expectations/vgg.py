"""What was expected for paper 002, the VGG encoder-decoder on fruits and on faces.

Most of it was written on 2026-11-21, before the first run of the recipes. At first the mean of all
runs decided. On 2026-11-27 a new rule replaced this one for all claims: three seeds and a 95 %
interval decide.

The paper states neither the color space nor the range of its errors. With the usual protocol its
PSNR in RGB is about 8 dB from what its squared errors allow (chapter 04). So its numbers can be
measured but not compared: `protocol_known=False`.
"""

from datetime import date

from huelab.ledger.expectations.expectation import Expectation
from huelab.ledger.judgments import Bound, Number, every, greater, less
from huelab.ledger.quantities import Metric

_FIRST, _AGAIN = date(2026, 11, 21), date(2026, 11, 27)
_MAE, _MSE = Metric("mae", space="ab/128"), Metric("mse", space="ab/128")
_PSNR = Metric("psnr", space="rgb", averaging="pictures")
_DELTA_E, _GREEN = Metric("delta_e_2000"), Metric("delta_e_2000_hue_120")
_HUE = Metric("hue_error")
_LEAKING = Metric("color_leaking")

_FRUITS, _FACES = "vgg-fruits", "vgg-faces"
_MEAN_FRUITS, _MEAN_FACES = "mean-color-fruits360_random", "mean-color-faces"
_GRAY_FACES = "gray-copy-faces"
_LEVELS_FRUITS, _LEVELS_FACES = "color-per-gray-fruits360_random", "color-per-gray-faces"

# At least four fifths of the change of color at an edge must lie on it. One color per level of gray
# leaks less but knows nothing about objects, so the network's colors must also be better.
_MOST_LEAKING = 0.2

_NUMBERS = tuple(
    Expectation(claim, _FIRST, Number(metric.of(recipe), tolerance), protocol_known=False)
    for claim, metric, recipe, tolerance in (
        ("002-R01", _MAE, _FRUITS, 0.005),
        ("002-R02", _MSE, _FRUITS, 0.002),
        ("002-R03", _PSNR, _FRUITS, 0.5),
        ("002-R04", _MAE, _FACES, 0.005),
        ("002-R05", _MSE, _FACES, 0.002),
        ("002-R06", _PSNR, _FACES, 0.5),
    )
)

_RESULTS = (
    Expectation(
        "002-R07",
        _FIRST,
        every(
            less(*map(_MAE.of, (_FACES, _FRUITS)), across_sets=True),
            less(*map(_MSE.of, (_FACES, _FRUITS)), across_sets=True),
        ),
        changed=(
            (
                _AGAIN,
                "The squared error, which the claim names as well, was added while three reduced "
                "runs on each set were known.",
            ),
        ),
        protocol_known=False,
    ),
    Expectation(
        "002-R08",
        _FIRST,
        every(
            less(*map(_PSNR.of, (_FACES, _FRUITS)), across_sets=True),
            greater(*map(_PSNR.of, (_FACES, _FRUITS)), margin=-2.0, across_sets=True),
        ),
        changed=(
            (
                _AGAIN,
                "The bound of 2 dB for slightly lower was added while three reduced runs on each "
                "set were known and before the first full one.",
            ),
        ),
        protocol_known=False,
    ),
)

_FRUIT_PICTURES = (
    Expectation(
        "002-Q01",
        _FIRST,
        every(
            # No uncolored parts: at most one colored pixel in a hundred is gray.
            Bound(Metric("uncolored_pixels").of(_FRUITS), 0.01),
            less(*map(_DELTA_E.of, (_FRUITS, _MEAN_FRUITS))),
        ),
        changed=(
            (
                _AGAIN,
                "That colors must be closer to the truth than one color for all pictures was added "
                "while three reduced runs were known: that color leaves nothing uncolored either.",
            ),
        ),
    ),
    # A network that does not tell fruits apart can only use their lightness.
    Expectation("002-Q02", _FIRST, less(*map(_HUE.of, (_FRUITS, _LEVELS_FRUITS)), margin=5.0)),
    Expectation(
        "002-Q08",
        _FIRST,
        every(
            less(*map(_LEAKING.of, (_FRUITS, _FACES)), across_sets=True),
            greater(*map(_PSNR.of, (_FRUITS, _FACES)), across_sets=True),
        ),
        changed=(
            (
                _AGAIN,
                "The half on the quality of pictures, which the paper measures as PSNR, was added "
                "while three reduced runs on each set were known.",
            ),
        ),
    ),
    Expectation(
        "002-Q12",
        _AGAIN,
        every(
            Bound(_LEAKING.of(_FRUITS), _MOST_LEAKING),
            less(*map(_DELTA_E.of, (_FRUITS, _LEVELS_FRUITS))),
        ),
        changed=(
            (
                _AGAIN,
                "All of it was written while three reduced runs were known. The bound is the one "
                "that 002-Q04 had before the first run.",
            ),
        ),
    ),
)

_FACE_PICTURES = (
    Expectation("002-Q03", _FIRST, less(*map(_DELTA_E.of, (_FACES, _FRUITS)), across_sets=True)),
    Expectation(
        "002-Q04",
        _FIRST,
        every(
            Bound(_LEAKING.of(_FACES), _MOST_LEAKING),
            less(*map(_DELTA_E.of, (_FACES, _LEVELS_FACES))),
        ),
        changed=(
            (
                _AGAIN,
                "That colors must be closer to the truth than one color for each level of gray was "
                "added while three reduced runs were known: those colors hardly leak.",
            ),
        ),
    ),
    Expectation(
        "002-Q05",
        _FIRST,
        every(
            greater(_GREEN.of(_FACES), _DELTA_E.of(_FACES)),
            # Gray would have been better for green, while colors as a whole are right.
            greater(*map(_GREEN.of, (_FACES, _GRAY_FACES))),
            less(_DELTA_E.of(_FACES), *map(_DELTA_E.of, (_GRAY_FACES, _MEAN_FACES, _LEVELS_FACES))),
        ),
        changed=(
            (
                _AGAIN,
                "Two comparisons were added while three reduced runs were known, since one color "
                "for all faces is worse on green than elsewhere, too: green must be worse than if "
                "it had been left gray, and all pixels together better than by any baseline.",
            ),
        ),
    ),
    Expectation(
        "002-Q06",
        _FIRST,
        every(
            # Almost uncolored: the chroma is below the threshold of `uncolored_share`.
            Bound(Metric("chroma_overexposed").of(_FACES), 5.0),
            Bound(Metric("chroma_overexposed_before").of(_FACES), 5.0, above=True),
        ),
        changed=(
            (
                _AGAIN,
                "That the same pixels are colored where they are exposed well was added while "
                "three reduced runs were known: a gray copy leaves all of them uncolored.",
            ),
        ),
    ),
    Expectation(
        "002-Q07",
        _FIRST,
        greater(Metric("tint_halo").of(_FACES), Metric("tint_halo_unlit").of(_FACES), margin=1.0),
    ),
)

_PARTS = (
    Expectation(
        "002-Q09", _FIRST, greater(*map(Metric("nyquist_peak").of, ("vgg-transposed", _FRUITS)))
    ),
    Expectation(
        "002-Q10",
        _FIRST,
        every(
            # Dead units with ReLU: at least one in a hundred more.
            greater(*map(Metric("dead_units").of, ("vgg-relu", _FRUITS)), margin=0.01),
            # More error after as many steps without normalization.
            greater(*map(_MSE.of, ("vgg-no-batchnorm", _FRUITS))),
            # Color that keeps less to its edges with pooling.
            greater(*map(_LEAKING.of, ("vgg-pooling", _FRUITS))),
        ),
        changed=(
            (
                _FIRST,
                "The parts on batch normalization and on pooling, which the claim names, were "
                "added while the run without normalization was known.",
            ),
            (
                _AGAIN,
                "The margin of one unit in a hundred was added while one run with ReLU was known, "
                "in which one unit of 5,200 was dead.",
            ),
        ),
    ),
)

VGG = (*_NUMBERS, *_RESULTS, *_FRUIT_PICTURES, *_FACE_PICTURES, *_PARTS)
