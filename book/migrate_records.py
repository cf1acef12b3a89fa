"""Turn records of the first version into those of the second one, without touching a value.

    python book/migrate_records.py [FOLDER ...]

Records of `book/results`, and of further folders, are written to `book/results` under their ids.
It may run again: records of the second version are left as they are, and a record that is not newer
than the one of its id is passed over. What the first version did not know becomes null: the hashes
of validation and test images, and the precision of a training, since which one `fit` chose depended
on a feature of the processor that was not recorded. Methods that are not trained computed in
float32. Deviations are those of the recipe as it stands, where the run's configuration is still the
recipe's; otherwise those that were recorded, after the stand-ins among them were marked.
"""

import json
import sys
from pathlib import Path
from typing import Any

from huelab import measure, recipes, records
from huelab.records import DataSpec, DataUsed, Deviation, Record
from huelab.reproduce import UNTRAINED_PRECISION, deviations

_SAME = [
    "id",
    "recipe",
    "profile",
    "status",
    "seed",
    "command",
    "config",
    "config_hash",
    "source",
    "environment",
    "device",
    "weights",
    "error",
    "created",
]


def migrate(old: dict[str, Any]) -> Record:
    """The record of the second version; RecordError if the old one does not hold together."""
    bench = old["recipe"].startswith("bench-")
    train = DataSpec(**old["data"])
    values = {key: old[key] for key in _SAME}
    values["cost"] = old["cost"] | {"energy": None}
    values["metrics"] = [_measurement(m, train.place if bench else None) for m in old["metrics"]]
    values["data"] = DataUsed(train=train) if bench else _data(old, train, values["metrics"])
    values["precision"] = None if bench or old["config"]["epochs"] else UNTRAINED_PRECISION
    values["deviations"] = _deviations(old)
    return records.validated(values, old["id"])


def _measurement(old: dict[str, Any], bench_data: str | None) -> dict[str, Any]:
    """A metric with its data in a place of its own; contestants of a bench stay in its name."""
    if bench_data is not None:
        return old | {"data": bench_data}
    name, _, data = old["name"].partition(": ")
    return old | {"name": name, "data": data}


def _data(old: dict[str, Any], train: DataSpec, metrics: list[dict[str, Any]]) -> DataUsed:
    config = old["config"]
    probes = [measure.PROBES[name] for name in config.get("probes", ())]
    tests = [*config["tests"], *(spec for probe in probes for spec in probe.data)]
    counts: dict[str, int] = {}  # the most images that a metric of single images has seen
    for m in metrics:
        if m["averaging"] == "pictures":
            counts[m["data"]] = max(counts.get(m["data"], 0), m["n"])
    specs = [DataSpec(**{key: spec[key] for key in ("name", "split", "size")}) for spec in tests]
    validation = config.get("validation")
    return DataUsed(
        train=train,
        validation=DataSpec(**validation) if validation else None,
        tests=tuple(dict.fromkeys(s.model_copy(update={"n": counts.get(s.place)}) for s in specs)),
    )


def _deviations(old: dict[str, Any]) -> tuple[Deviation, ...]:
    recipe = recipes.RECIPES.get(old["recipe"])
    if recipe and records.digest(recipe.config(old["profile"])) == old["config_hash"]:
        found = deviations(recipe, old["profile"])
        lost = set(old["deviations"]) - {deviation.sentence for deviation in found}
        for sentence in sorted(lost):
            print(f"{old['id']}: said differently now: {sentence}")
        return found
    stand_ins = recipe.stand_ins if recipe else ()
    if recipe:
        print(f"{old['id']}: the recipe has changed since; its deviations stay as recorded")
    return tuple(Deviation(sentence=s, stand_in=s in stand_ins) for s in old["deviations"])


def check(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Every value, cost and hash of the old record stands in the new one, as it is read back."""
    for key in _SAME:
        assert new[key] == old[key], (old["id"], key)
    assert {key: new["cost"][key] for key in old["cost"]} == old["cost"], old["id"]
    assert new["data"]["train"] == old["data"], old["id"]
    assert len(new["metrics"]) == len(old["metrics"]), old["id"]
    for before, after in zip(old["metrics"], new["metrics"], strict=True):
        full = after["name"]
        if not old["recipe"].startswith("bench-"):
            full = f"{after['name']}: {after['data']}"
        assert full == before["name"], (old["id"], full)
        for key in ("space", "range", "averaging", "n", "value"):
            assert after[key] == before[key], (old["id"], full, key)


def main(folders: list[Path]) -> None:
    target, count = records.results_dir(), 0
    for path in sorted(file for folder in [target, *folders] for file in folder.glob("*.json")):
        old = json.loads(path.read_text(encoding="utf-8"))
        if "version" in old:
            continue
        there = target / path.name
        if there.resolve() != path.resolve() and there.is_file():
            kept = json.loads(there.read_text(encoding="utf-8"))
            if old["created"] <= kept["created"]:
                continue
        new = migrate(old)
        if there.resolve() != path.resolve() and not records.replaces(new):
            print(f"{new.id}: the record that is there measured more and stays")
            continue
        written = records.write(new)
        check(old, json.loads(written.read_text(encoding="utf-8")))
        count += 1
    print(f"{count} records migrated; every metric value, cost and hash is as it was")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
