"""The weights that ship with the package, listed in `index.json`."""

#: The weights that color where nobody asks for others; see `huelab list weights`.
DEFAULT_MODEL = "huenet"
