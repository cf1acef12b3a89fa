"""Showing pictures, numbers and code in a notebook and on the published page.

    grid, pictures     figures whose pixels are the pictures' pixels
    layers             a network as a row of boxes
    flow               a drawing of which value is computed from which
    compare, frames    sliders that need neither a kernel nor a script file
    meters             a slider with a bar for each of several numbers
    blind_test         pairs of pictures to choose from, and the score, without a kernel
    source, table      the library's own code; a few rows of numbers
    stamp              the name of the profile, on any figure

A picture is a tensor, channels first, `(1|3, H, W)`, or an array, channels last, `(H, W[, 1|3])`.
Its values are floats in [0, 1] or uint8. Nothing here needs Jupyter, because every result carries
its own display formats.
"""

from huelab.show.blind import blind_test, shuffled
from huelab.show.bundle import Bundle
from huelab.show.diagram import layers
from huelab.show.figures import choose, grid, pictures
from huelab.show.flow import flow
from huelab.show.meters import meters
from huelab.show.needs import needs
from huelab.show.sheet import stamp
from huelab.show.sliders import compare, frames, wipe
from huelab.show.text import source, table

__all__ = [
    "Bundle",
    "blind_test",
    "choose",
    "compare",
    "flow",
    "frames",
    "grid",
    "layers",
    "meters",
    "needs",
    "pictures",
    "shuffled",
    "source",
    "stamp",
    "table",
    "wipe",
]
