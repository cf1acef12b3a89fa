"""Any image file in, honest pixels out: upright, opaque, 8-bit sRGB; and back to disk, safely.

`read` gives what a careful viewer would show, or refuses; it never gives half a picture. `write`
puts a whole file in place, or leaves what was there. RGB and gray without a profile are taken as
sRGB, CMYK without one as ideal inks, (1 - ink)(1 - black), for want of better knowledge.
"""

from huelab.images.errors import ImageError
from huelab.images.files import SUFFIXES
from huelab.images.marks import mark, mark_of
from huelab.images.reading import pages, read
from huelab.images.writing import encode, write

__all__ = ["SUFFIXES", "ImageError", "encode", "mark", "mark_of", "pages", "read", "write"]
