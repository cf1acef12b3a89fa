"""`python -m huelab ...` does what `huelab ...` does."""

from huelab.cli import script

script()
