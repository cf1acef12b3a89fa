"""HueLab: five papers on automatic image colorization, taught and reproduced."""

from typing import Any

from huelab.weights import DEFAULT_MODEL

__version__ = "0.1.0"
__all__ = ["DEFAULT_MODEL", "colorize"]


def __getattr__(name: str) -> Any:
    # Imported when first asked for: `import huelab` should not wait for torch.
    if name == "colorize":
        from huelab.apply import colorize

        return colorize
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
