"""The pages of costs and of status add up, and say so where nothing is known."""

import json
from types import SimpleNamespace

import costs  # book/costs.py
import execute  # book/execute.py
import nbformat
import pytest
import status  # book/status.py
from book_files import NOTEBOOKS
from bs4 import BeautifulSoup

from huelab import recipes, records


def run(recipe, device="cpu", profile="full", **cost):
    """As much of a record as the page reads."""
    cost = {"seconds": None, "steps": None, "energy": None} | cost
    return SimpleNamespace(
        id=f"{recipe}-{device}-{cost}",
        recipe=recipe,
        device=device,
        profile=profile,
        cost=SimpleNamespace(**cost),
    )


def rows(text):
    """The table's rows by the part that they are of, as column -> text."""
    page = BeautifulSoup(text, "html.parser")
    names = [cell.get_text() for cell in page.select("th")]
    lines = [[cell.get_text() for cell in row.select("td")] for row in page.select("tbody tr")]
    return {line[0]: dict(zip(names, line, strict=True)) for line in lines}


def test_costs_add_up():
    text = costs.costs(
        [
            run("autoencoder", seconds=3600.0, steps=500_000),
            run("autoencoder", "cuda (A)", "reduced", seconds=1800.0, steps=2000, energy=1.8e6),
            run("huenet", "cuda (A)", seconds=900.0, steps=1000, energy=0.9e6),
            run("gray-copy-ncd"),
            run("bench-color", seconds=1e9, energy=1e9),
            run("a-recipe-of-old", seconds=360.0, steps=7),
        ]
    )
    found = rows(text)
    paper = found["Papers 000 and 003, autoencoder"]
    assert (paper["runs"], paper["of these full"]) == ("2", "1")
    assert (paper["CPU, hours"], paper["GPU, hours"]) == ("1.0", "0.50")
    assert (paper["million steps"], paper["energy measured, kWh"]) == ("0.502", "0.500")
    assert found["Recipes that are no longer listed"]["CPU, hours"] == "0.1"
    every = found["All"]  # without the bench
    assert (every["runs"], every["CPU, hours"], every["GPU, hours"]) == ("5", "1.1", "0.75")
    assert (every["energy measured, kWh"], every["in runs"]) == ("0.750", "2")
    assert "in 2 of 4 runs that train something" in text
    assert "took 0.75 of 1.9 hours" in text  # 6660 s


def test_every_recipe_belongs_to_a_part():
    listed = {recipe.name for names in costs.PARTS.values() for recipe in recipes.chosen(names)}
    trained = {record.recipe for record in records.find()}
    assert {name for name in trained - listed if not name.startswith("bench-")} == set()


def test_status_shows_the_run_of_a_chapter_or_that_there_was_none(tmp_path):
    first, second = NOTEBOOKS[:2]
    account = {"profile": "reduced", "seconds": 61.6, "finished": "2026-11-01T12:34:56+00:00"}
    (tmp_path / f"{first.stem}.json").write_text(json.dumps(account), encoding="utf-8")
    _, _, ran, stored = status.chapters(tmp_path, [first, second]).splitlines()
    assert "| reduced | 2026-11-01 12:34 | 62 |" in ran
    assert "| stored outputs | – | – |" in stored
    assert f"(../notebooks/{second.name})" in stored


@pytest.mark.parametrize("profile", ["quick", "reduced"])
def test_execution_leaves_the_account_that_the_status_reads(tmp_path, profile, monkeypatch):
    monkeypatch.setenv("HUELAB_PROFILE", profile)
    monkeypatch.setattr(execute.NotebookClient, "execute", lambda client: None)
    chapter = tmp_path / "00_a.py"
    chapter.write_text("# %%\n1 + 1\n", encoding="utf-8")
    execute.run(chapter, tmp_path / "built" / "00_a.ipynb")
    stored = tmp_path / "00_a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A")]), stored)
    assert f"| {profile} | " in status.chapters(tmp_path / "built", [stored])
