"""What was expected for the claims of paper 001, written before the first run.

Each expectation names what was changed afterward.

Other photographs stand in for those of Unsplash and COCO. SqueezeNet stands in for Inception-v3, in
the generator and in the Fréchet distance. So our distances can be compared with each other, but not
with the paper's.
"""

from datetime import date

from huelab.ledger.combinations import Some, every
from huelab.ledger.expectations.expectation import Expectation
from huelab.ledger.judgments import Bound, Number, Unmeasured, greater, less
from huelab.ledger.quantities import Metric

_FIRST, _REVIEW = date(2026, 11, 27), date(2026, 11, 28)
_WITHOUT, _WITH, _WIDE = "vitgan", "vitigan", "vitgan-wide"
_HALF_WITHOUT, _HALF_WITH = "vitgan-25-epochs", "vitigan-25-epochs"
_PATCHES, _MAX, _DROPOUT, _SGD = (
    f"vitigan-{what}" for what in ("patchgan", "max-pooling", "dropout", "sgd")
)

# The distance on training images, and on equally many test images.
_TRAIN = Metric("fd_squeezenet_bilinear224_train_n504")
_TEST = Metric("fd_squeezenet_bilinear224_n504")
_INCEPTION_TRAIN = Metric("fd_inception_tv_bilinear299_train_n10000")
_INCEPTION, _INCEPTION_MANY = (Metric(f"fd_inception_tv_bilinear299_n{n}") for n in (10000, 40000))
_UNCOLORED, _DELTA_E = Metric("uncolored_share"), Metric("delta_e_2000")
_COLORFUL, _TRUE_COLORFUL = Metric("colorfulness"), Metric("colorfulness_truth")
_BLUE, _BLUE_LEFT, _RED = Metric("hue_error_blue"), Metric("uncolored_blue"), Metric("red_on_faces")
_HUE, _STRAWBERRY = Metric("hue_error"), Metric("hue_error_strawberry")
_DETAIL = Metric("high_frequency_power")
_VARIANCE, _LOSS = Metric("loss_variance"), Metric("generator_loss")

# The value of a Fréchet distance depends on the weights and the resizer. The paper names neither.
_NUMBERS = tuple(
    Expectation(claim, _FIRST, Number(metric.of(recipe), 2.0), protocol_known=False)
    for claim, recipe, metric in (
        ("001-R01", "vitgan-unsplash-25-epochs", _INCEPTION_TRAIN),
        ("001-R02", "vitigan-unsplash-25-epochs", _INCEPTION_TRAIN),
        ("001-R03", "vitgan-unsplash", _INCEPTION_TRAIN),
        ("001-R04", "vitigan-unsplash", _INCEPTION_TRAIN),
        ("001-R05", "vitgan-coco", _INCEPTION),
        ("001-R06", "vitigan-coco", _INCEPTION),
        ("001-R07", "vitigan-coco", _INCEPTION_MANY),
    )
)

# Distances count as similar if they differ by at most so much, about a twentieth of each.
_SIMILAR = 500.0


def _open(part: str, known: str) -> tuple[date, str]:
    return (
        _REVIEW,
        f"The part on {part} is named and open; it was not judged before. {known}",
    )


_SAME = "Three reduced runs were known. The verdict was inconclusive before and after."
_TWO = "Two reduced runs were known. The verdict was inconclusive before and after."
_AGREED = (
    "Three reduced runs were known. The verdict was agrees (reduced) before, and is inconclusive "
    "since."
)

VITIGAN = (
    *_NUMBERS,
    Expectation("001-R08", _FIRST, less(*map(_TRAIN.of, (_WITH, _WITHOUT)))),
    Expectation("001-R09", _FIRST, less(*map(_TEST.of, (_WITH, _WITHOUT)))),
    Expectation(
        "001-R10",
        _FIRST,
        every(
            less(*map(_TRAIN.of, (_WITH, _HALF_WITH))),
            # It stopped improving: it is not better than at half of its epochs.
            greater(*map(_TRAIN.of, (_WITHOUT, _HALF_WITHOUT)), margin=-_SIMILAR),
            # Until then both were similar.
            less(*map(_TRAIN.of, (_HALF_WITH, _HALF_WITHOUT)), margin=-_SIMILAR),
            greater(*map(_TRAIN.of, (_HALF_WITH, _HALF_WITHOUT)), margin=-_SIMILAR),
        ),
        changed=(
            (
                _REVIEW,
                "The half on the first 25 epochs was added. That ViT-GAN is not better afterward "
                "took the place of worse, because the paper says that it stopped improving. The "
                "bound was chosen while three reduced runs of each network were known. The "
                "verdict was inconclusive before and after.",
            ),
        ),
    ),
    Expectation("001-R11", _FIRST, Number(_UNCOLORED.of(_WITH), 0.05)),
    # Most blue pixels stay without color, or their hue is more than a right angle off.
    Expectation(
        "001-Q01",
        _FIRST,
        Some(
            (
                Bound(_BLUE_LEFT.of(_WITHOUT), 0.5, above=True),
                Bound(_BLUE.of(_WITHOUT), 90.0, above=True),
            )
        ),
        changed=(
            (
                _REVIEW,
                "The hue was added while three reduced runs were known: the paper says that sky "
                "and water are not colored as they should be, and not that they stay gray. The "
                "verdict was disagrees (reduced) before, and is inconclusive since.",
            ),
        ),
    ),
    Expectation("001-Q02", _FIRST, greater(*map(_RED.of, (_WITHOUT, _WITH)))),
    Expectation(
        "001-Q03",
        _FIRST,
        every(
            less(_COLORFUL.of(_WITHOUT), _TRUE_COLORFUL.of(_WITHOUT)),
            less(*map(_COLORFUL.of, (_WITHOUT, _WITH))),
            Unmeasured("images with several objects apart from other images"),
        ),
        changed=(_open("images with several objects", _SAME),),
    ),
    Expectation(
        "001-Q04",
        _FIRST,
        every(
            less(*map(_BLUE.of, (_WITH, _WITHOUT))),
            less(*map(_BLUE_LEFT.of, (_WITH, _WITHOUT))),
            Unmeasured("faces, and how well objects are told apart"),
        ),
        changed=(_open("faces and objects", _SAME),),
    ),
    # The hue of a green strawberry is more than a right angle from red.
    Expectation(
        "001-Q05",
        _FIRST,
        every(
            Bound(_STRAWBERRY.of("vitgan-ncd"), 90.0, above=True),
            Unmeasured("patches of green in all images"),
        ),
        changed=(
            _open(
                "patches of green",
                "Three reduced runs were known. The verdict was disagrees (reduced) before and "
                "after; it rests on the strawberries.",
            ),
        ),
    ),
    Expectation(
        "001-Q06",
        _FIRST,
        every(
            less(*map(_HUE.of, ("vitigan-ncd", "vitgan-ncd"))),
            Unmeasured("stray patches of color"),
        ),
        changed=(_open("stray patches", _SAME),),
    ),
    Expectation(
        "001-Q08",
        _FIRST,
        every(
            less(_DELTA_E.of(_WITH), *map(_DELTA_E.of, (_WITHOUT, _WIDE))),
            # More parameters alone do not help.
            less(*map(_DELTA_E.of, (_WITHOUT, _WIDE)), margin=-0.1),
        ),
    ),
    Expectation("001-Q09", _FIRST, greater(*map(_DETAIL.of, (_MAX, _WITH)))),
    Expectation(
        "001-Q10",
        _FIRST,
        every(
            greater(*map(_VARIANCE.of, (_DROPOUT, _WITH))),
            Unmeasured("whether training collapses"),
        ),
        changed=(_open("collapse", _AGREED),),
    ),
    Expectation(
        "001-Q11",
        _FIRST,
        every(greater(*map(_LOSS.of, (_SGD, _WITH))), Unmeasured("how fast training converges")),
        changed=(_open("how fast training converges", _AGREED),),
    ),
    Expectation(
        "001-Q12",
        _FIRST,
        every(
            greater(*map(_VARIANCE.of, (_PATCHES, _WITH))),
            Unmeasured("how much data and computation the network needs"),
        ),
        changed=(_open("data and computation", _TWO),),
    ),
)
