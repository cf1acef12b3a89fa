"""Using a trained colorizer on photographs of any size and kind."""

from huelab.apply.photo import LONG, colorize, colorize_file, has_colors, windows

__all__ = ["LONG", "colorize", "colorize_file", "has_colors", "windows"]
