"""`huelab bench chapters`: what each chapter of the book costs to execute."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from huelab.records import RecordError
from huelab.records.profiles import current_profile
from huelab.records.provenance import source_root


@dataclass(frozen=True)
class ChapterCost:
    """What one chapter costs.

    Attributes:
        chapter: the name of its file, without the ending.
        seconds: wall-clock seconds.
        peak_mb: the largest memory (MB) that one of its processes held.

    Example:
        >>> ChapterCost("02_lab", seconds=21.5, peak_mb=900.0).chapter
        '02_lab'
    """

    chapter: str
    seconds: float
    peak_mb: float


def chapter_files() -> list[Path]:
    """The chapters' sources in the checkout.

    Raises:
        RecordError: if there is no checkout.

    Example:
        >>> chapter_files()[0].stem
        '00_first_color'
    """
    root = source_root()
    files = sorted((root / "notebooks").glob("[0-9]*.py")) if root else []
    if not files:
        raise RecordError("HueLab times chapters in a checkout of the book; there is none here")
    return files


def bench_chapter(file: Path) -> ChapterCost:
    """Execute one chapter in a fresh kernel, as `make notebooks` does, in the current profile.

    Raises:
        RecordError: if a cell fails, or Jupyter is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        command = [sys.executable, "-m", "jupytext", "--to", "ipynb", "--execute"]
        command += ["--run-path", str(file.parent)]  # where JupyterLab and the book execute it
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--output", str(out), str(file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"HUELAB_PROFILE": current_profile()},
        )
        assert process.stderr is not None  # a pipe, see above
        words = process.stderr.read()
        # wait4 also counts the kernel, which is the child of the process started here.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
    if process.returncode:
        raise RecordError(f"{file.stem} failed: {words.strip().splitlines()[-1:]}")
    return ChapterCost(file.stem, seconds, used.ru_maxrss / 1e3)
