"""The front page shows a photograph and counts runs and claims as the files themselves do."""

import csv
import json
import re

import glance  # book/glance.py
import numpy as np
import pytest
from book_files import ROOT
from bs4 import BeautifulSoup
from PIL import Image

from huelab.recipes import chosen


@pytest.fixture(scope="module")
def rows():
    """Paper -> the cells of its row."""
    lines = glance.glance().splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0][:3]: row for row in cells}


@pytest.fixture(scope="module")
def files():
    """The complete records, as they are in their files."""
    found = [json.loads(path.read_text()) for path in (ROOT / "book/results").glob("*.json")]
    return [record for record in found if record["status"] == "complete"]


@pytest.mark.parametrize("paper", ["000", "001", "002", "003", "004"])
def test_a_paper_has_its_runs_and_their_cost(rows, files, paper):
    names = {recipe.name for recipe in chosen([glance.WORK[paper][2]])}
    runs = [record for record in files if record["recipe"] in names]
    _, ran, data, cost, _ = rows[paper]
    assert ran.startswith(f"{len(runs)} runs of {len({r['recipe'] for r in runs})} networks")
    kinds = [int(n) for n in re.findall(r"(\d+) (?:full|reduced)", ran)]
    assert sum(kinds) == len(runs) > 0
    assert set(re.findall(r"`(\w+)`", data)) == {r["data"]["train"]["name"] for r in runs}
    hours = sum(float(h.replace(",", "")) for h in re.findall(r"([\d.,]+) h on", cost))
    assert hours == pytest.approx(sum(r["cost"]["seconds"] for r in runs) / 3600, abs=0.2)


@pytest.mark.parametrize("paper", ["000", "001", "002", "003", "004"])
def test_verdicts_add_up_to_the_claims_of_the_paper(rows, paper):
    with open(ROOT / "book" / "claims.csv", encoding="utf-8", newline="") as file:
        n = sum(row["paper"] == paper for row in csv.DictReader(file))
    total, _, counts = rows[paper][-1].partition(" in the ledger](ledger.md): ")
    assert int(total.strip("[")) == n == sum(int(c.split()[-1]) for c in counts.split(", "))


def test_front_page_wipes_between_the_photograph_and_its_colors():
    page = BeautifulSoup(glance.before_after(), "html.parser")
    gray, colored = (pixels(tag["src"]) for tag in page.find_all("img"))
    with Image.open(glance.OLD / glance.PHOTOGRAPH) as image:
        original = np.asarray(image.convert("RGB")).astype(int)
    assert gray.shape == colored.shape == original.shape
    assert np.abs(gray - original).mean() < 3
    assert np.ptp(colored, axis=-1).mean() > 10 > np.ptp(gray, axis=-1).max()
    assert page.find("input", type="range") and "Dorothea Lange, 1936" in page.get_text()


def pixels(address: str) -> np.ndarray:
    import base64
    import io

    file = io.BytesIO(base64.b64decode(address.partition(",")[2]))
    return np.asarray(Image.open(file).convert("RGB")).astype(int)
