"""Parts of the front page: a photograph before and after, and each paper at a glance."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from raw import markdown_table

from huelab import apply, images, records, show
from huelab.ledger import STATUSES, resolve
from huelab.ledger.claims import read_claims
from huelab.ledger.row import Row
from huelab.recipes import chosen

OLD = Path(__file__).parent / "_static" / "old"
PHOTOGRAPH = "migrant_mother.jpg"
ALT = "a woman with her children in a tent, one hand at her chin"
#: For each paper, its citation key, its chapter, and the group of its recipes. Papers 000 and 003
#: describe the same networks.
WORK = {
    "000": ("rahman2020enhanced", "03_autoencoder", "autoencoders"),
    "001": ("bana2021vitigan", "06_vitigan", "vitgans"),
    "002": ("cevallos2021very", "04_vgg", "vgg"),
    "003": ("rahman2020report", "03_autoencoder", "autoencoders"),
    "004": ("pandey2022coloring", "05_cgan", "cgans"),
}
HEAD = ("paper", "what was run", "on what", "how long and on how much", "its claims")


def before_after() -> str:
    """A photograph in gray and colored by the shipped network, with a line to drag between them."""
    gray = images.read(OLD / PHOTOGRAPH)
    with open(OLD / "credits.csv", encoding="utf-8", newline="") as file:
        (credit,) = [row for row in csv.DictReader(file) if row["file"] == PHOTOGRAPH]
    slider = show.compare(
        gray, apply.colorize(gray), (credit["year"], "colored"), alt=ALT, profile="full"
    )
    return f"````{{raw}} html\n{slider.formats['text/html']}\n````\n\n{_credit(credit)}"


def _credit(row: dict[str, str]) -> str:
    return (
        f"*“{row['title']}” by {row['author']}, {row['year']}. {row['source']}, {row['license']}.*"
    )


def glance() -> str:
    """A table with a row for each paper, computed from the records and the ledger."""
    rows = resolve(read_claims())
    found = records.find()
    lines = []
    for paper, (key, chapter, group) in WORK.items():
        names = {recipe.name for recipe in chosen([group])}
        runs = [run for run in found if run.recipe in names and run.status == "complete"]
        name = f"{paper} {{cite:p}}`{key}`, {{doc}}`../notebooks/{chapter}`"
        own = [row for row in rows if row.claim.paper == paper]
        lines.append([name, ran(runs), data(runs), cost(runs), verdicts(own)])
    return markdown_table(HEAD, lines)


def ran(runs: Sequence[records.Record]) -> str:
    """How many runs there are, of how many networks, and in which profiles."""
    recipes = {run.recipe for run in runs}
    profiles = Counter(run.profile for run in runs)
    kinds = ", ".join(f"{n} {profile}" for profile, n in profiles.items())
    return f"{len(runs)} runs of {len(recipes)} networks ({kinds})"


def data(runs: Sequence[records.Record]) -> str:
    """The training sets of the runs, with the largest number and size of their pictures."""
    most: dict[str, tuple[int, int]] = {}
    for run in runs:
        train = run.data.train
        if train is not None:
            pair = (train.n or 0, train.size or 0)
            most[train.name] = max(most.get(train.name, pair), pair)
    return "; ".join(
        f"`{name}`: {n:,} pictures of {size}×{size}" for name, (n, size) in sorted(most.items())
    )


def cost(runs: Sequence[records.Record]) -> str:
    """Hours on each device, the largest memory, and the parameters of the largest network."""
    seconds: Counter[str] = Counter()
    for run in runs:
        seconds[run.device] += run.cost.seconds or 0
    hours = ", ".join(f"{spent / 3600:,.1f} h {_device(name)}" for name, spent in seconds.items())
    peak = max(run.cost.peak_mb or 0 for run in runs) / 1000
    parameters = max(run.cost.parameters or 0 for run in runs) / 1e6
    return f"{hours}; up to {peak:.1f} GB and {parameters:.1f} million parameters"


def _device(name: str) -> str:
    """A device in words, such as `on NVIDIA H200` for `cuda (NVIDIA H200)`."""
    return "on CPUs" if name == "cpu" else f"on {name.partition('(')[2].rstrip(')') or name}"


def verdicts(rows: Sequence[Row]) -> str:
    """How many claims have each status, with a link to all of them."""
    counts = Counter(row.status for row in rows)
    shown = ", ".join(f"*{status}* {counts[status]}" for status in STATUSES if counts[status])
    return f"[{len(rows)} in the ledger](ledger.md): {shown}"
