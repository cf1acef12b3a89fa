"""The pages of what was found: plots agree with the records' files, and everybody can filter."""

import csv
import json
import re
from statistics import fmean

import pytest
from book_files import ROOT
from bs4 import BeautifulSoup

from huelab.ledger import GOALS, Row, read_claims, resolve
from huelab.recipes import RECIPES

RESULTS = ROOT / "book" / "results"


@pytest.fixture(scope="module")
def inserts():
    """Name -> what the site's build puts into a page, in Markdown, with its HTML parsed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "book"))
        import fragments
    names = ("papers", "negative", "ledger", "speeds", "reruns")
    return {name: BeautifulSoup(fragments.FRAGMENTS[name](), "html.parser") for name in names}


def files(recipe, profile):
    """The records of a recipe, read from their files without the library."""
    found = [
        json.loads(path.read_text("utf-8")) for path in RESULTS.glob(f"{recipe}--{profile}--*")
    ]
    return [record for record in found if record["status"] == "complete"]


def value(record, name, space=None, data=None):
    first = record["data"]["tests"][0]
    place = data or f"{first['name']}/{first['split']} at {first['size']}"
    (found,) = [
        m["value"]
        for m in record["metrics"]
        if (m["name"], m["data"]) == (name, place) and space in (None, m["space"])
    ]
    return found


def scale(figure):
    """A function from percent to values, from the first and the last tick of a plot."""
    texts = figure.select(".forest-ticks text")
    (x0, v0), (x1, v1) = [
        (float(t["x"].rstrip("%")), float(t.text.replace(",", ""))) for t in (texts[0], texts[-1])
    ]
    return lambda percent: v0 + (percent - x0) * (v1 - v0) / (x1 - x0)


def marks(figure):
    """Where on its axis each line of a plot has its mark."""
    return [
        scale(figure)(float(lane.find("svg")["x"].rstrip("%")))
        for lane in figure.select(".forest-lane:not(.forest-ticks)")
    ]


def close(figure):
    """How far apart two places of a plot may be: its marks are placed to a hundredth of a percent,
    and its ticks printed with four digits."""
    return 3e-3 * abs(scale(figure)(100) - scale(figure)(0))


def test_every_claim_that_was_measured_has_a_plot_with_its_words(inserts):
    measured = [row for row in resolve(read_claims()) if row.samples]
    assert len(measured) >= 40
    for row in measured:
        (article,) = inserts["papers"].select(f"#claim-{row.claim.id}")
        text = article.get_text()
        assert row.claim.claim in text and row.claim.value in text and row.claim.place in text
        assert article["data-status"] == row.status and article.select("figure.forest")
        assert "Data and license" in text and "huelab reproduce" in text


def test_the_papers_number_and_ours_are_where_they_belong(inserts):
    """002-R01: 0.077 in the paper; ours from the files of the records."""
    (figure,) = inserts["papers"].select("#claim-002-R01 figure")
    ours = fmean(value(record, "mae", "ab/128") for record in files("vgg-fruits", "reduced"))
    assert marks(figure) == pytest.approx([0.077, ours], abs=close(figure))


def test_a_comparison_shows_both_means_and_the_difference(inserts):
    means, difference, *conditions = inserts["papers"].select("#claim-002-Q03 figure")
    assert all("a condition of any verdict" in figure.text for figure in conditions)
    faces, fruits = (
        fmean(value(record, "delta_e_2000") for record in files(name, "reduced"))
        for name in ("vgg-faces", "vgg-fruits")
    )
    assert marks(means) == pytest.approx([faces, fruits], abs=close(means))
    assert marks(difference) == pytest.approx([faces - fruits], abs=close(difference))
    # Nothing is shaded above zero, since less was expected.
    shade = difference.select_one(".forest-expected")
    end = float(shade["x"].rstrip("%")) + float(shade["width"].rstrip("%"))
    assert scale(difference)(end) == pytest.approx(0.0, abs=close(difference))


def test_every_mark_has_words_and_no_color_of_its_own(inserts):
    for page in (inserts["papers"], inserts["negative"], inserts["speeds"]):
        lanes = page.select("svg.forest-lane[role=img]")
        assert lanes
        for lane in lanes:
            assert len(lane["aria-label"]) > 20
        colors = {
            tag[key] for tag in page.select("svg *") for key in ("fill", "stroke") if tag.get(key)
        }
        assert colors <= {"currentColor", "none"}
    roles = inserts["papers"].select(".forest-keys svg svg > *")
    assert len({str(mark) for mark in roles}) == 3  # told apart by shape


def test_stand_ins_and_deviations_are_those_of_the_records(inserts):
    (article,) = inserts["papers"].select("#claim-002-R04")
    for record in files("vgg-faces", "reduced"):
        for deviation in record["deviations"]:
            assert deviation["sentence"] in article.get_text()
            if deviation["stand_in"]:
                assert deviation["sentence"] in article.select_one("dl").get_text()


def test_raw_numbers_are_folded_and_complete(inserts):
    (article,) = inserts["papers"].select("#claim-002-R01")
    rows = article.select("details table tbody tr")
    shown = {(row.select("td")[2].text, row.select("td")[3].text) for row in rows}
    found = files("vgg-fruits", "reduced")
    assert shown == {(str(r["seed"]), f"{value(r, 'mae', 'ab/128'):.6g}") for r in found}


def test_negative_results_are_the_claims_that_do_not_hold(inserts):
    against = [
        r for r in resolve(read_claims()) if r.status in ("fails", "differs", "disagrees (reduced)")
    ]
    shown = {article["id"] for article in inserts["negative"].select("article[id^=claim-]")}
    assert against and shown == {f"claim-{row.claim.id}" for row in against}
    goals = {article["id"] for article in inserts["negative"].select("article[id^=goal-]")}
    assert goals == {f"goal-{goal.name}" for goal in GOALS}


def test_the_goal_on_kodak_is_shown_with_the_records_numbers(inserts):
    place = "kodak24/test at 256"
    (article,) = inserts["negative"].select("#goal-huenet-kodak")
    figure = article.select("figure")[2]  # after PSNR and its difference
    huenet = fmean(value(r, "delta_e_2000", data=place) for r in files("huenet", "full"))
    (gray,) = files("gray-copy-kodak24", "full")
    assert marks(figure) == pytest.approx(
        [huenet, value(gray, "delta_e_2000", data=place)], abs=close(figure)
    )


def test_a_claim_that_a_test_refutes_is_shown_with_its_note(monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "book"))
        import claim_pages
    claim = next(claim for claim in read_claims() if claim.form == "test" and claim.note)
    refuted = Row(claim, "fails", "refuted by tests/test_a.py::test_b")
    monkeypatch.setattr(claim_pages, "resolve", lambda claims: [refuted])
    page = BeautifulSoup(claim_pages.negative(), "html.parser")
    text = page.select_one(f"#claim-{claim.id}").get_text()
    for words in (claim.claim, claim.note, claim.place, "Refuted by tests/test_a.py::test_b."):
        assert words in text


def meanings():
    with open(ROOT / "book" / "meanings.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_results_may_mean_names_claims_and_types_no_number():
    known = {claim.id for claim in read_claims()} | {goal.name for goal in GOALS}
    for row in meanings():
        assert row["of"] in known
        words = re.sub(r"\d{3}-[A-Z]\d\d", "", row["meaning"])
        assert not re.search(r"\d", words), row["of"]


def test_a_meaning_is_shown_for_its_verdict_alone(inserts, monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "book"))
        import claim_pages
    said = {(row["of"], row["verdict"]): row["meaning"] for row in meanings()}
    of = next(of for of, verdict in said if verdict == "disagrees (reduced)")
    words = said[of, "disagrees (reduced)"]
    assert words in inserts["negative"].select_one(f"#claim-{of}").get_text()
    monkeypatch.setattr(claim_pages, "read_meanings", lambda: {(of, "another verdict"): words})
    assert words not in BeautifulSoup(claim_pages.negative(), "html.parser").get_text()


def test_speeds_show_each_device_and_each_contestant(inserts):
    text = inserts["speeds"].get_text()
    for path in RESULTS.glob("bench-*.json"):
        record = json.loads(path.read_text("utf-8"))
        device = record["device"].removeprefix("cuda (").removesuffix(")")
        shown = record["environment"]["cpu"] if device == "cpu" else f"GPU {device}"
        assert shown in text
        for metric in record["metrics"]:
            assert metric["name"].partition(": ")[2] in text


def test_the_glance_gives_the_ratio_of_two_times_of_one_record(inserts):
    (path,) = RESULTS.glob("bench-batches--*--be869fbb.json")
    record = json.loads(path.read_text("utf-8"))
    times = {m["name"].partition(": ")[2]: m["value"] for m in record["metrics"]}
    ratio = times["PIL and scikit-image per picture"] / times["huelab.data.Batches"]
    rows = inserts["speeds"].select_one("table").select("tr")
    texts = [[cell.text for cell in row.select("td")] for row in rows]
    (line,) = [t for t in texts if t and t[0] == "Training batches" and "H100" in t[1]]
    assert line[3:] == ["huelab.data.Batches", f"{ratio:,.0f}", "PIL and scikit-image per picture"]
    assert not any("device copy" in text for row in texts for text in row)


def test_faster_is_farther_left(inserts):
    """Of each plot the order of marks is the order of the times in its words."""
    figures = inserts["speeds"].select("figure.forest")
    assert len(figures) > 10
    for figure in figures:
        lines = figure.select("li:not([aria-hidden])")
        times = [
            float(
                re.search(
                    r"([\d.,]+(?:e[-+]?\d+)?) (?:ms an image|seconds)",
                    li.select_one(".forest-label").get_text(" "),
                )[1].replace(",", "")
            )
            for li in lines
        ]
        places = [float(li.select_one("svg svg")["x"].rstrip("%")) for li in lines]
        order = sorted(range(len(times)), key=lambda k: times[k])
        assert [places[k] for k in order] == sorted(places)


def test_reruns_name_records_that_are_there(inserts):
    with open(ROOT / "book" / "reruns.csv", newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) >= 2
    for line in lines:
        assert (RESULTS / f"{line['record']}.json").is_file() and line["recipe"] in RECIPES
        assert line["record"] in inserts["reruns"].get_text()
        assert int(line["equal"]) <= int(line["metrics"])


@pytest.fixture(scope="module")
def page(inserts, browser, tmp_path_factory):
    """The claims in a browser, from a file, as on the page of results."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "_static").mkdir()
    for name in ("ledger.js", "results.css"):
        (folder / "_static" / name).write_bytes((ROOT / "book" / "_static" / name).read_bytes())
    html = str(inserts["papers"]).replace("````{raw} html", "").replace("````", "")
    (folder / "book").mkdir()
    file = folder / "book" / "results.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><main>{html}</main>", encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(file.as_uri())
    yield page
    page.close()


def shown(page):
    return page.locator("article.claim:visible").evaluate_all("all => all.map((one) => one.id)")


def test_claims_are_filtered_by_keyboard_over_file(page):
    rows = [row for row in resolve(read_claims()) if row.samples]
    assert len(shown(page)) == len(rows)
    page.keyboard.press("Tab")  # the first thing that one comes to
    page.keyboard.type("002")
    papers = [row for row in rows if row.claim.paper == "002"]
    assert shown(page) == [f"claim-{row.claim.id}" for row in papers]
    page.keyboard.press("Tab")
    page.keyboard.type("disagrees")
    both = [row for row in papers if row.status == "disagrees (reduced)"]
    assert shown(page) == [f"claim-{row.claim.id}" for row in both]
    assert page.locator(".filters output").inner_text() == f"{len(both)} of {len(rows)} shown"


def test_a_phone_shows_plots_without_scrolling_sideways(page):
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
