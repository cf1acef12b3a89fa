"""What a number came from: the source, the environment and the device of this process."""

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from huelab.records.models import Source

# A change to the text of the book does not make a run stale; a change to one of these does.
_JUDGED = ("src", "pyproject.toml", "requirements.txt", "requirements.lock")
_PACKAGES = ("huelab", "torch", "torchvision", "lightning", "numpy", "scikit-image", "pillow")


def source_root() -> Path | None:
    """The checkout this package is imported from, or None where it was installed as a wheel.

    Example:
        >>> root = source_root()
        >>> root is None or (root / "src" / "huelab").is_dir()
        True
    """
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() else None


def source_state() -> Source:
    """The source as it is now; for an installed package, the package's own files.

    Example:
        >>> len(source_state().src_hash)
        64
    """
    root = source_root()
    if root is None:
        package = Path(__file__).parents[1]
        return Source(commit=None, dirty=False, src_hash=_hash_files([package]))
    commit = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--", *_JUDGED)
    return Source(
        commit=commit or None,
        dirty=bool(changed),
        src_hash=_hash_files([root / name for name in _JUDGED]),
    )


def environment() -> dict[str, Any]:
    """Versions and hardware that a result may depend on.

    Example:
        >>> sorted(environment())
        ['cpu', 'cpu_capability', 'packages', 'platform', 'python', 'threads']
    """
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def device_name(device: str | torch.device = "cpu") -> str:
    """A device in words: `cpu`, or `cuda` with the name of the GPU.

    Example:
        >>> device_name("cpu")
        'cpu'
    """
    device = torch.device(device)
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return device.type


def best_device() -> torch.device:
    """The accelerator that torch sees, else the CPU.

    Example:
        >>> best_device().type in ("cpu", "cuda", "mps", "xpu")
        True
    """
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def _hash_files(places: list[Path]) -> str:
    """SHA-256 over names and bytes of source files, in the order of their names."""
    found = hashlib.sha256()
    for place in places:
        base = place if place.is_dir() else place.parent
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place] * place.is_file()
        for file in files:
            found.update(file.relative_to(base).as_posix().encode() + b"\0")
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _git(root: Path, *arguments: str) -> str:
    # Without git, or outside a repository, there is no commit to name. That is not an error.
    try:
        run = subprocess.run(
            ["git", "-C", os.fspath(root), *arguments], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


@cache
def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
