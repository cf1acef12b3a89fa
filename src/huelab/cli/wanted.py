"""What a call of `huelab colorize` asks for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huelab.weights import DEFAULT_MODEL


@dataclass(frozen=True)
class Wanted:
    """The options of a call; see the help of `huelab colorize`."""

    model: str = DEFAULT_MODEL
    recipe: str | None = None
    suffix: str = ".png"
    quality: int | None = None
    side_by_side: bool = False
    strength: float | None = None
    vivid: float | None = None
    hints: Path | None = None
    reference: Path | None = None
    keep_tint: bool = False
    smooth: bool = True
    size: int = 256
    recursive: bool = False
    overwrite: bool = False
    max_pixels: int = 200_000_000
    max_scans: int = 100
    engine: str = "local"

    @property
    def ending(self) -> str:
        """How the names of the results end."""
        return f"{'-before-after' if self.side_by_side else '-color'}{self.suffix}"

    @property
    def how(self) -> dict[str, Any]:
        """The options that `huelab.apply` takes unchanged."""
        names = ("side_by_side", "quality", "keep_tint", "size", "max_pixels", "max_scans")
        return {name: getattr(self, name) for name in names}
