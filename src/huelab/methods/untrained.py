"""Methods that color photographs without any weights, from what a person gives them."""

from dataclasses import dataclass

from huelab.methods.colorizer import Colorizer
from huelab.methods.exemplar import Exemplar
from huelab.methods.scribbles import Scribbles


@dataclass(frozen=True)
class Untrained:
    """A method without weights that `huelab colorize` and the page offer.

    Attributes:
        kind: the method's class, which needs no arguments.
        good_at: what to use it for.

    Example:
        >>> sorted(UNTRAINED["scribbles"].kind.needs)
        ['hints']
    """

    kind: type[Colorizer]
    good_at: str


#: The methods by the names that `huelab colorize --model` takes.
UNTRAINED = {
    "scribbles": Untrained(
        Scribbles, "colors that you know: it spreads your hints up to the edges and guesses nothing"
    ),
    "exemplar": Untrained(
        Exemplar, "photographs for which you have a color photograph of the same kind of scene"
    ),
}
