"""`huelab doctor`: what is installed, which device is used, and where data and cache are."""

import os
import shutil
import tempfile
from importlib import metadata
from pathlib import Path

import torch

from huelab import records
from huelab.data import cache_dir, data_dir, describe, names
from huelab.records.profiles import current_profile
from huelab.records.provenance import (
    best_device,
    device_name,
    environment,
    source_root,
    source_state,
)

# The use of each optional package; without it, everything else works.
_OPTIONAL = {
    "jupyterlab": "the chapters",
    "jupyter-book": "the site",
    "gradio": "the web page of `huelab serve`",
    "av": "films",
    "opencv-python-headless": "films without flicker, and a rival in `huelab bench color`",
    "scipy": "hints on photographs",
    "pyamg": "hints on large photographs",
    "pillow-heif": "HEIC, the format of many phones' photographs",
    "onnx": "`huelab export`",
    "ray": "`huelab colorize --engine ray`",
    "kornia": "a rival in `huelab bench color`",
}

Rows = list[dict[str, str]]


def examine() -> dict[str, Rows]:
    """Three tables; each row has `what`, `value` and `state` (`ok`, `absent` or `problem`)."""
    return {"software": _software(), "device": _devices(), "places": _places()}


def _software() -> Rows:
    facts = environment()
    source = source_state()
    commit = (source.commit or "no git")[:12] + (", changed since then" if source.dirty else "")
    rows = [_row("python", facts["python"])]
    rows += [_row(name, version) for name, version in facts["packages"].items()]
    rows.append(_row("source", f"{source_root() or Path(__file__).parents[1]} ({commit})"))
    for name, purpose in _OPTIONAL.items():
        try:
            rows.append(_row(name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            rows.append(_row(name, f"not installed; for {purpose}", "absent"))
    return rows


def _devices() -> Rows:
    facts = environment()
    rows = [
        _row("used", device_name(best_device())),
        _row("cpu", f"{facts['cpu']}, {facts['cpu_capability']}, {facts['threads']} threads"),
    ]
    # The most common problem is a GPU that the system has and torch cannot use.
    if not torch.cuda.is_available() and shutil.which("nvidia-smi"):
        rows.append(_row("gpu", "nvidia-smi is installed, but torch sees no GPU", "problem"))
    return rows


def _places() -> Rows:
    rows = [_readable("HUELAB_DATA", data_dir())]
    rows.append(_writable("HUELAB_CACHE", cache_dir()))
    rows.append(_writable("results", records.results_dir()))
    try:
        rows.append(_row("HUELAB_PROFILE", current_profile()))
    except ValueError as error:
        rows.append(_row("HUELAB_PROFILE", str(error), "problem"))
    here = [name for name in names() if describe(name).present]
    rows.append(_row("data sets here", ", ".join(here)))
    return rows


def _readable(what: str, folder: Path) -> dict[str, str]:
    """A folder that need not exist; if it exists, its files must be readable."""
    try:
        os.listdir(folder)
    except FileNotFoundError:
        return _row(what, str(folder), "absent")
    except NotADirectoryError:
        return _row(what, f"{folder} is not a folder: it, or a part of it, is a file", "problem")
    except OSError as error:
        return _row(what, f"{folder} cannot be read: {error.strerror}", "problem")
    return _row(what, str(folder))


def _writable(what: str, folder: Path) -> dict[str, str]:
    # The folder is made on first use, so the nearest existing parent folder counts.
    there = next(p for p in (folder, *folder.absolute().parents) if os.path.lexists(p))
    if not os.path.isdir(there):
        return _row(what, f"{there} is a file, not a folder", "problem")
    try:
        # Permissions do not show that a disk is full or read-only, so this writes a file.
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"huelab")
    except OSError as error:
        return _row(what, f"{folder} cannot be written to: {error.strerror}", "problem")
    return _row(what, f"{folder} ({shutil.disk_usage(there).free / 1e9:.0f} GB free)")


def _row(what: str, value: str, state: str = "ok") -> dict[str, str]:
    return {"what": what, "value": value, "state": state}
