"""HueLab: five papers on automatic image colorization, taught and reproduced."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["DEFAULT_MODEL", "colorize"]

#: The weights that color where nobody asks for others; see `huelab list weights`.
DEFAULT_MODEL = "huenet"


def __getattr__(name: str) -> Any:
    # Imported when first asked for: `import huelab` should not wait for torch.
    if name == "colorize":
        from huelab.apply import colorize

        return colorize
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
