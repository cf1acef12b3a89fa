"""Tables of results: a pure function of records.

A cell is the mean over the seeds of one recipe, with the sample deviation and the number of seeds.
Runs that differ in profile, data or protocol never share a cell. A method that is not trained gives
the same value for every seed, and so does a metric that looks only at the true images. Such a cell
is one run. All rows of a table of `all_tables` were trained for the same number of epochs. The rows
of `side_by_side` may differ in their epochs.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huelab import measure, recipes, records
from huelab.recipes import Recipe, place
from huelab.records import Record, RecordError, digest


@dataclass(frozen=True)
class Cell:
    """A measured value.

    Attributes:
        mean: the mean over the seeds.
        deviation: the sample deviation; None for one seed.
        seeds: how many seeds there are.
        profile: the profile of the runs.
        sources: on how many versions of the source they ran.

    Example:
        >>> str(Cell(mean=22.126, deviation=None, seeds=1)), str(Cell(22.126, 0.05, 3))
        ('22.13', '22.13 ± 0.05 (n=3)')
    """

    mean: float
    deviation: float | None
    seeds: int
    profile: str | None = None
    sources: int = 1

    def __str__(self) -> str:
        mean = _digits(self.mean, 4)
        if self.deviation is None:
            return mean
        pooled = f", {self.sources} sources" if self.sources > 1 else ""
        return f"{mean} ± {_digits(self.deviation, 2)} (n={self.seeds}{pooled})"


def _digits(number: float, digits: int) -> str:
    """A number with so many digits, and from a thousand on with commas instead of an exponent.

    Example:
        >>> _digits(26513, 4), _digits(9075.4, 4), _digits(752.0, 2), _digits(-0.0001234, 2)
        ('26,510', '9,075', '750', '-0.00012')
    """
    text = f"{number:.{digits}g}"
    return f"{float(text):,.0f}" if "e+" in text or abs(number) >= 1000 else text


@dataclass(frozen=True)
class Table:
    """What a table shows: its rows are recipes, and its columns are metrics on one test set.

    `epochs` is the number of epochs of all recipes that are trained; None if none is trained.

    Example:
        >>> table = next(table for table in all_tables() if table.title == "ncd/test at 256")
        >>> table.recipes[0].name, table.epochs
        ('gray-copy-ncd', 50)
    """

    title: str
    recipes: tuple[Recipe, ...]
    test: Mapping[str, Any]
    epochs: int | None = None


#: For each column, the metric's name and the conditions that distinguish it from others.
COLUMNS: dict[str, dict[str, str]] = {
    "PSNR mean": {
        "name": "psnr",
        "space": "rgb",
        "range": "1",
        "averaging": "pictures",
    },
    "PSNR pooled": {"name": "psnr", "space": "rgb", "range": "1", "averaging": "pooled"},
    "SSIM": {"name": "ssim"},
    "MAE ab": {"name": "mae", "space": "ab/128"},
    "ΔE00": {"name": "delta_e_2000"},
    "colorful": {"name": "colorfulness_gap"},
    "argmax": {"name": "channel_argmax_accuracy"},
}


def all_tables(profile: str = "full") -> list[Table]:
    """The tables of a profile: one for each test set and number of epochs.

    Methods that are not trained are in all tables of their test set. If a test set has several
    tables, their titles name the number of epochs.

    Example:
        >>> "ncd/test at 256" in {table.title for table in all_tables()}
        True
    """
    tests: dict[str, tuple[Mapping[str, Any], list[Recipe]]] = {}
    for recipe in recipes.RECIPES.values():
        if profile == "full" or profile in recipe.profiles:
            for test in recipe.config(profile)["tests"]:
                tests.setdefault(place(test), (test, []))[1].append(recipe)
    return [
        table
        for name, (test, found) in tests.items()
        for table in _by_epochs(name, test, found, profile)
    ]


def _by_epochs(
    name: str, test: Mapping[str, Any], found: Sequence[Recipe], profile: str
) -> Iterator[Table]:
    lengths = {recipe.name: recipe.config(profile)["epochs"] for recipe in found}
    trained = sorted({epochs for epochs in lengths.values() if epochs})
    for epochs in trained or [None]:
        alike = tuple(recipe for recipe in found if lengths[recipe.name] in (0, epochs))
        unit = "epoch" if epochs == 1 else "epochs"
        title = f"{name}, {epochs} {unit}" if len(trained) > 1 else name
        yield Table(title, alike, test, epochs)


def rows(table: Table, found: Sequence[Record], profile: str = "full") -> list[dict[str, Any]]:
    """The rows of a table, one dictionary per recipe; a recipe that has not run is `pending`.

    In addition to the metrics, a row has the device, the training time, and the command that runs
    the recipe again.

    Raises:
        RecordError: if runs of one recipe were made on different data or with different settings.

    Example:
        >>> table = Table("Kodak", (recipes.get("gray-copy-kodak24"),), {"name": "kodak24"})
        >>> rows(table, found=[])[0]["again"]
        'pending: huelab reproduce gray-copy-kodak24 --profile full'
    """
    return [_row(recipe, table.test, found, profile) for recipe in table.recipes]


def runs_of(recipe: Recipe, found: Sequence[Record], profile: str) -> list[Record]:
    """The complete runs of a recipe with its present configuration, in one profile.

    Example:
        >>> runs_of(recipes.get("vgg-fruits"), found=[], profile="full")
        []
    """
    if profile != "full" and profile not in recipe.profiles:
        return []
    wanted = (recipe.name, profile, "complete", digest(recipe.config(profile)))
    return [r for r in found if (r.recipe, r.profile, r.status, r.config_hash) == wanted]


def best_profile(chosen: Sequence[Recipe], found: Sequence[Record]) -> str:
    """The profile that a table of recipes can share.

    Returns:
        `full` if every one of the recipes has run in full, and `reduced` otherwise.

    Example:
        >>> best_profile([recipes.get("vgg-fruits")], found=[])
        'reduced'
    """
    full = all(runs_of(recipe, found, "full") for recipe in chosen)
    return "full" if full else "reduced"


def measured(
    recipe: Recipe, found: Sequence[Record], profile: str, metric: str, **where: str
) -> Cell | None:
    """One metric of a recipe on its first test set; None if it has not run or lacks the metric.

    Args:
        recipe: the recipe.
        found: records.
        profile: `full` or `reduced`.
        metric: the name of the metric.
        where: conditions that distinguish it from others of that name, such as `space`. With
            `data`, such as `kodak24/test at 256`, the metric is that of another test set.

    Example:
        >>> measured(recipes.get("vgg-fruits"), [], "full", "mae", space="ab/128") is None
        True
    """
    runs = runs_of(recipe, found, profile)
    if not runs:
        return None
    try:
        return cell(runs, metric, **{"data": recipe.place(profile), **where})
    except KeyError:
        return None


def side_by_side(
    chosen: Mapping[str, str],
    columns: Mapping[str, Mapping[str, str]],
    found: Sequence[Record] | None = None,
) -> list[dict[str, Any]]:
    """A row for each of some recipes, all in one profile that they share, for `show.table`.

    A recipe that trains nothing costs little, so it may have no reduced profile. Then its full run
    is used.

    Args:
        chosen: for the name of each row, the name of its recipe.
        columns: for the name of each column, the arguments of `measured`, such as
            `{"metric": "psnr", "space": "rgb"}`.
        found: records; by default all records that are here.

    Example:
        >>> chosen, columns = {"gray": "gray-copy-ncd"}, {"ΔE00": {"metric": "delta_e_2000"}}
        >>> side_by_side(chosen, columns, found=[])
        [{'method': 'gray', 'ΔE00': None}]
    """
    found = records.find() if found is None else found
    members = {title: recipes.get(name) for title, name in chosen.items()}
    always_full = [r for r in members.values() if not r.epochs and "reduced" not in r.profiles]
    shared = best_profile([r for r in members.values() if r not in always_full], found)
    return [
        {"method": title}
        | {
            name: measured(recipe, found, "full" if recipe in always_full else shared, **where)
            for name, where in columns.items()
        }
        for title, recipe in members.items()
    ]


def cell(runs: Sequence[Record], name: str, **where: str) -> Cell | None:
    """Mean and deviation of one metric over the runs of one recipe; None if it is unavailable.

    Raises:
        RecordError: if the runs differ in profile, data or configuration, or share a seed.

    Example:
        >>> data = records.DataUsed(train=records.DataSpec(name="photos"))
        >>> about = {"profile": "full", "config": {"epochs": 1}, "data": data, "device": "cpu"}
        >>> mse = [[records.Measurement(name="mse", value=value)] for value in (0.25, 0.75)]
        >>> runs = [records.new_record("a", seed=k, metrics=mse[k], **about) for k in (0, 1)]
        >>> str(cell(runs, "mse"))
        '0.5 ± 0.35 (n=2)'
    """
    for what in ("recipe", "profile", "config_hash"):
        if len({getattr(run, what) for run in runs}) > 1:
            raise RecordError(f"runs that differ in {what} do not belong in one cell: {_ids(runs)}")
    if not all(runs[0].data.matches(run.data) for run in runs):
        raise RecordError(f"runs that differ in data do not belong in one cell: {_ids(runs)}")
    if len({run.seed for run in runs}) < len(runs):
        raise RecordError(f"two runs of one seed: {_ids(runs)}")
    # A seed changes neither a method without training nor a metric of the true images alone.
    if runs and (runs[0].config.get("epochs") == 0 or measure.of_images(name)):
        runs = runs[:1]
    found = [records.value(run, name, **where) for run in runs]
    values = [value for value in found if value is not None]
    if not values or len(values) < len(found):
        return None
    deviation = statistics.stdev(values) if len(values) > 1 else None
    sources = len({run.source.src_hash for run in runs})
    return Cell(statistics.fmean(values), deviation, len(values), runs[0].profile, sources)


def _row(
    recipe: Recipe, test: Mapping[str, Any], found: Sequence[Record], profile: str
) -> dict[str, Any]:
    runs = runs_of(recipe, found, profile)
    row: dict[str, Any] = {"recipe": recipe.name}
    if not runs:
        return row | {"again": f"pending: huelab reproduce {recipe.name} --profile {profile}"}
    for column, metric in COLUMNS.items():
        row[column] = cell(runs, data=place(test), **metric)
    seconds = [run.cost.seconds for run in runs if run.cost.seconds is not None]
    return row | {
        "device": runs[0].device,
        "training, s": round(statistics.fmean(seconds)) if len(seconds) == len(runs) else None,
        "data": (runs[0].data.train.hash or "")[:8],
        "again": f"huelab reproduce {recipe.name} --profile {profile}",
    }


def _ids(runs: Sequence[Record]) -> str:
    return ", ".join(run.id for run in runs)
