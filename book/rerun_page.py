"""The page of repeated runs."""

from collections import Counter
from pathlib import Path

from raw import STYLE, raw, table

from huelab import records
from huelab.records import Rerun

LOG = Path(__file__).with_name("reruns.csv")


def reruns() -> str:
    """How many records were compared with a second run, and the result of each comparison."""
    lines = records.read_reruns(LOG)
    found = records.find()
    alike = Counter(
        (run.recipe, run.profile) for run in found if not run.recipe.startswith("bench-")
    )
    again = {line.record for line in lines}
    count = sum(run.id in again for run in found)
    words = (
        f"{count} of {sum(alike.values())} records of runs have been compared with a second run. "
        f"{sum(line.agrees for line in lines)} of {len(lines)} comparisons agree by their rule."
    )
    numbers = table([_row(line) for line in lines], "Runs made again")
    return "\n\n".join([words, raw(STYLE + numbers), "\n".join(map(_said, lines))])


def _row(line: Rerun) -> dict[str, object]:
    return {
        "day": line.date,
        "recipe": line.recipe,
        "profile": line.profile,
        "seed": line.seed,
        "machine": "same kind" if line.machine else "another kind",
        "source": "same" if line.source else "changed since then",
        "metrics": line.metrics,
        "equal to the last bit": line.equal,
        "within the tolerance": line.close,
        "largest difference": f"{line.largest:.2g}" if line.of else "none",
        "agrees": "yes" if line.agrees else "no",
    }


def _said(line: Rerun) -> str:
    """One comparison in words, with the device and the versions of the second run."""
    of = f", of {line.of}" if line.of else ""
    return (
        f"- `{line.record}`, made again on {line.date} with `huelab reproduce {line.recipe} "
        f"--profile {line.profile} --seeds {line.seed} --verify`: {line.equal} of {line.metrics} "
        f"metrics are equal to the last bit and {line.close} are within the tolerance for two "
        f"machines. The largest difference is {line.largest:.2g} of the recorded value{of}. "
        f"Device: {line.device}, {line.processor}; {line.versions}."
    )
