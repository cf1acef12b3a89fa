"""Trained colorizers applied to photographs and films of any size and kind."""

from huelab.apply.film import colorize_film
from huelab.apply.photo import colorize, colorize_bytes, colorize_file
from huelab.apply.small import LONG, windows
from huelab.apply.tone import has_colors

__all__ = [
    "LONG",
    "colorize",
    "colorize_bytes",
    "colorize_file",
    "colorize_film",
    "has_colors",
    "windows",
]
