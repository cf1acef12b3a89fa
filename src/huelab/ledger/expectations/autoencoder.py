"""What was expected for papers 000 and 003, the autoencoder on CIFAR-10.

Most of it was written on 2026-11-21, before the first run of the recipes. At first the mean of all
runs decided. On 2026-11-27 a new rule replaced this one for all claims: three seeds and a 95 %
interval decide.
"""

from datetime import date

from huelab.ledger.combinations import every, provided
from huelab.ledger.expectations.expectation import Expectation
from huelab.ledger.judgments import Bound, Compared, Number, Unmeasured, greater, less
from huelab.ledger.quantities import Metric

_FIRST, _AGAIN, _REVIEW = date(2026, 11, 21), date(2026, 11, 27), date(2026, 11, 28)
_MSE = Metric("mse", space="rgb")
_ACCURACY = Metric("channel_argmax_accuracy")
_COLORFULNESS = Metric("colorfulness")
_GAP = Metric("train_test_gap")
_GRAY = Metric("luminance_psnr")
_DELTA_E = Metric("delta_e_2000")
_NOISE = Metric("noise_robustness")

_PLAIN, _DROPOUT, _BATCHNORM = "autoencoder", "autoencoder-dropout", "autoencoder-batchnorm"
_RMSPROP, _NADAM, _MOMENTUM, _SGD, _ADAGRAD = (
    f"autoencoder-{name}" for name in ("rmsprop", "nadam", "momentum", "sgd", "adagrad")
)
_L1, _SMOOTH, _UNSCALED = "autoencoder-l1", "autoencoder-smooth-l1", "autoencoder-unscaled"
_MIDDLE_GRAY = "middle-gray-cifar10"

# The network loses nothing that a byte can show if its gray is at most one of 255 levels off, which
# is a PSNR of 20 log10(255).
_KEPT = Bound(_GRAY.of(_PLAIN), 48.13, above=True)


# A network that answers gray to every picture has not begun to learn. Its squared error is that of
# gray all over, and half of that is asked of a network that is judged.
def _learned(*recipes: str) -> Compared:
    return greater(_MSE.of(_MIDDLE_GRAY), *map(_MSE.of, recipes), margin=0.03)


_OPTIMIZERS = (_PLAIN, _RMSPROP, _NADAM, _MOMENTUM, _SGD)
_PROTOCOL = (
    _AGAIN,
    "That the paper does not say how it measured was written down while three reduced runs were "
    "known. Since then no full run can reproduce the number or differ from it. The verdict was not "
    "comparable before and after, because the runs are reduced.",
)
_ONE_LEVEL = (
    _REVIEW,
    "A bound of one gray level took the place of a comparison with a network that passes its gray "
    "on, which no network with a code could have met. Three reduced runs of each were known. The "
    "verdict was disagrees (reduced) before and after.",
)
_EXCHANGED = (
    _AGAIN,
    "Records took the place of a test that refuted the claim: smooth L1 of values between 0 and 1 "
    "is half the squared error. No run with the absolute error was known. The verdict was fails "
    "before, pending at first, and inconclusive since the absolute error has run.",
)
_LITERAL = (
    _REVIEW,
    "The part on smooth L1, which the papers print, was added while three runs with it were known. "
    "The verdict was inconclusive before and after.",
)

_RESULTS = (
    Expectation(
        "000-R01",
        _FIRST,
        provided(
            less(_MSE.of(_PLAIN), *map(_MSE.of, (_RMSPROP, _NADAM, _MOMENTUM, _SGD))),
            _learned(*_OPTIMIZERS),
        ),
        changed=(
            (
                _REVIEW,
                "The condition that each network has begun to learn was added while three runs of "
                "each optimizer were known. Momentum and gradient descent are near gray all over. "
                "The verdict was inconclusive before and after.",
            ),
        ),
    ),
    Expectation("000-R02", _FIRST, Number(_ACCURACY.of(_BATCHNORM), tolerance=0.0)),
    # The paper does not name the loss of these values, and no squared error is so large (000-X04).
    Expectation(
        "000-R03",
        _FIRST,
        Number(_MSE.of(_BATCHNORM), tolerance=0.005),
        changed=(_PROTOCOL,),
        protocol_known=False,
    ),
    Expectation(
        "000-R04",
        _FIRST,
        Number(_MSE.of(_PLAIN), tolerance=0.0),
        changed=(_PROTOCOL,),
        protocol_known=False,
    ),
    Expectation("000-R05", _FIRST, Number(_ACCURACY.of(_PLAIN), tolerance=0.0)),
    Expectation(
        "000-R06",
        _FIRST,
        every(
            less(_ACCURACY.of(_DROPOUT), _ACCURACY.of(_BATCHNORM)),
            less(_MSE.of(_DROPOUT), _MSE.of(_BATCHNORM)),
        ),
        changed=(
            (
                _FIRST,
                "The squared error, which the claim names, was added while the first runs with "
                "dropout and with batch normalization were known. By their means, the accuracy "
                "alone would have given the opposite verdict.",
            ),
        ),
    ),
    Expectation(
        "003-R01",
        _FIRST,
        provided(
            every(
                less(_MSE.of(_RMSPROP), _MSE.of(_ADAGRAD)),
                less(_MSE.of(_PLAIN), _MSE.of(_RMSPROP)),
            ),
            _learned(_RMSPROP, _ADAGRAD, _PLAIN),
        ),
        changed=(
            (
                _AGAIN,
                "The half on Adam was added while one run of each optimizer was known. That Adam "
                "beats RMSProp here makes this one of the claim's cases.",
            ),
            (
                _REVIEW,
                "The condition that each network has begun to learn was added while three runs of "
                "each optimizer were known. AdaGrad is near gray all over, so RMSProp won against "
                "nothing. The verdict was agrees (reduced) before, and is inconclusive since.",
            ),
        ),
    ),
    Expectation(
        "003-R02",
        _FIRST,
        provided(
            # The paper says "almost always", so one of the others may lose.
            greater(
                _MSE.of(_SGD),
                *map(_MSE.of, (_PLAIN, _NADAM, _RMSPROP, _MOMENTUM, _ADAGRAD)),
                exceptions=1,
            ),
            _learned(*_OPTIMIZERS, _ADAGRAD),
        ),
        changed=(
            (
                _REVIEW,
                "One exception was allowed, because the paper says almost always, and the "
                "condition that each network has begun to learn was added, while three runs of "
                "each optimizer were known. Gradient descent, momentum, and AdaGrad are all near "
                "gray all over, and the verdict rested on a small difference between two of them. "
                "It was disagrees (reduced) before, and is inconclusive since.",
            ),
        ),
    ),
)

_VARIANTS = (
    Expectation(
        "000-Q01",
        _FIRST,
        less(_COLORFULNESS.of(_BATCHNORM), *map(_COLORFULNESS.of, (_PLAIN, _DROPOUT))),
    ),
    Expectation(
        "000-Q02",
        _FIRST,
        every(
            greater(_COLORFULNESS.of(_DROPOUT), _COLORFULNESS.of(_BATCHNORM)),
            Unmeasured("contrast, of which the records have no metric"),
        ),
        changed=((_AGAIN, "The half on contrast is named and open; saturation alone was judged."),),
    ),
    Expectation(
        "000-Q03",
        _FIRST,
        every(
            greater(_GAP.of(_DROPOUT), _GAP.of(_BATCHNORM)),
            less(_ACCURACY.of(_DROPOUT), _ACCURACY.of(_BATCHNORM)),
        ),
        changed=(
            (_AGAIN, "The half on accuracy was added while three runs of each variant were known."),
        ),
    ),
    Expectation(
        "000-Q04",
        _FIRST,
        every(
            greater(_COLORFULNESS.of(_PLAIN), *map(_COLORFULNESS.of, (_DROPOUT, _BATCHNORM))),
            greater(_GAP.of(_PLAIN), *map(_GAP.of, (_DROPOUT, _BATCHNORM))),
            Unmeasured("how realistic the pictures are"),
        ),
        changed=(
            (
                _AGAIN,
                "The part on overfitting was added while three runs of each variant were known, "
                "and the part on realism is named and open; saturation alone was judged.",
            ),
        ),
    ),
    # Colors are pulled to the mean: their colorfulness is further below that of the truth.
    Expectation(
        "000-Q05",
        _FIRST,
        less(*map(Metric("colorfulness_gap").of, (_BATCHNORM, _PLAIN))),
    ),
    Expectation(
        "003-Q05",
        _FIRST,
        every(
            # A network that answers gray to every picture is robust, but must not pass.
            provided(less(_NOISE.of(_DROPOUT), _NOISE.of(_PLAIN)), _learned(_DROPOUT)),
            Unmeasured("whether dropout acts as an average over many networks"),
        ),
        changed=(
            (
                _AGAIN,
                "A condition was added while three runs were known, since a network that answers "
                "gray to everything is robust as well: its squared error must be about half of "
                "what gray all over has, or less.",
            ),
            (
                _REVIEW,
                "The half on the average over many networks is named and open; robustness alone "
                "was judged, and still agrees. Three runs were known. The verdict was agrees "
                "(reduced) before, and is inconclusive since.",
            ),
        ),
    ),
)

_OTHERS = (
    Expectation("000-Q06", _FIRST, _KEPT, changed=(_ONE_LEVEL,)),
    Expectation("003-Q02", _FIRST, _KEPT, changed=(_ONE_LEVEL,)),
    # Both papers say L1 and print smooth L1. The result of both keeps less of the gray.
    Expectation(
        "000-Q07",
        _AGAIN,
        every(*(less(*map(_GRAY.of, (loss, _PLAIN))) for loss in (_L1, _SMOOTH))),
        changed=(_EXCHANGED, _LITERAL),
    ),
    # In addition, colors are farther from the true ones.
    Expectation(
        "003-Q01",
        _AGAIN,
        every(
            less(*map(_GRAY.of, (_L1, _PLAIN))),
            greater(*map(_DELTA_E.of, (_L1, _PLAIN))),
            less(*map(_GRAY.of, (_SMOOTH, _PLAIN))),
            greater(*map(_DELTA_E.of, (_SMOOTH, _PLAIN))),
        ),
        changed=(_EXCHANGED, _LITERAL),
    ),
    Expectation(
        "003-Q03",
        _FIRST,
        every(
            greater(*map(_MSE.of, (_UNSCALED, _PLAIN))),
            greater(*map(_GAP.of, (_UNSCALED, _PLAIN))),
        ),
        changed=(
            (
                _AGAIN,
                "The half on overfitting was added while one run of the network with unscaled "
                "input was known. For the half on duration the squared error stands, which is "
                "compared after as many epochs.",
            ),
        ),
    ),
)

AUTOENCODER = (*_RESULTS, *_VARIANTS, *_OTHERS)
