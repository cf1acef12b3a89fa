"""Read any image file as upright, opaque, 8-bit sRGB, and write image files safely.

`read` gives what a careful viewer would show, or raises an error. It never gives half a picture.
`write` puts a whole file in place, or leaves the old file as it was. RGB and gray without a profile
are taken for sRGB. CMYK without a profile is taken for ideal inks, (1 - ink)(1 - black), because
the file says nothing better.
"""

from huelab.images.errors import ImageError
from huelab.images.files import SUFFIXES
from huelab.images.marks import mark, mark_of
from huelab.images.reading import pages, read
from huelab.images.writing import encode, write

__all__ = ["SUFFIXES", "ImageError", "encode", "mark", "mark_of", "pages", "read", "write"]
