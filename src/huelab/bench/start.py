"""`huelab bench start`: the time and memory of commands, from their call to their end."""

import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

from huelab import images
from huelab.bench.photograph import photograph
from huelab.data import open_dataset
from huelab.storage import HueLabError

TORCH = "import torch"
COLORIZE = "huelab colorize, 1 megapixel"
#: Width and height of the photograph.
SIZE = (1250, 800)

# The meter is its own process. A child never reports less memory than the process that started it,
# and this process holds torch.
_METER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3]))
"""


class StartError(HueLabError, RuntimeError):
    """A command failed while it was measured.

    Example:
        >>> measure([sys.executable, "-c", "raise SystemExit('no weights')"])
        Traceback (most recent call last):
            ...
        huelab.bench.start.StartError: ... ended with status 1: no weights
    """


@dataclass(frozen=True)
class StartCost:
    """Wall-clock seconds, seconds of processor time (user and system), and peak memory in MB.

    Example:
        >>> StartCost(seconds=2.5, cpu_seconds=2.0, peak_mb=640.0).peak_mb
        640.0
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


def bench_start(rounds: int) -> tuple[dict[str, StartCost], str]:
    """Run each command in fresh processes, in turns, after one round that does not count.

    Returns:
        The medians by command, and the hash of the images from which the photograph is made.

    Raises:
        StartError: if one of the commands fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder))
        laps: dict[str, list[StartCost]] = {name: [] for name in commands}
        for lap in range(rounds + 1):
            for name, words in commands.items():
                cost = measure([sys.executable, *words])
                if lap:
                    laps[name].append(cost)
    return {name: _median(costs) for name, costs in laps.items()}, _hash()


def measure(command: list[str]) -> StartCost:
    """Measure one command, from the start of its process to its end.

    Raises:
        StartError: if the command fails; the message holds the last line of its output.

    Example:
        >>> cost = measure([sys.executable, "-S", "-c", "pass"])
        >>> cost.seconds > 0, cost.peak_mb > 1
        (True, True)
    """
    meter = [sys.executable, "-I", "-S", "-c", _METER]
    run = subprocess.run([*meter, *command], capture_output=True, text=True, check=True)
    code, *costs = json.loads(run.stdout)
    if code:
        said = run.stderr.strip().splitlines()[-1:]
        raise StartError(f"{' '.join(command)} ended with status {code}: {' '.join(said)}")
    return StartCost(*costs)


def _commands(folder: Path) -> dict[str, list[str]]:
    gray = folder / "photograph.jpg"
    images.write(gray, photograph(*SIZE))
    return {
        TORCH: ["-c", "import torch"],
        "import huelab": ["-c", "import huelab"],
        "huelab --help": ["-m", "huelab", "--help"],
        COLORIZE: ["-m", "huelab", "colorize", str(gray), "--overwrite"],
    }


def _median(costs: list[StartCost]) -> StartCost:
    return StartCost(*map(statistics.median, zip(*map(astuple, costs), strict=True)))


def _hash() -> str:
    return open_dataset("embedded", "train", None).hash
