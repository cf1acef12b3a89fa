"""The tests are those of the quick profile and draw on no screen, however pytest is called."""

import os

import pytest
from claim_outcomes import ClaimOutcomes

os.environ["HUELAB_PROFILE"] = "quick"
os.environ["MPLBACKEND"] = "Agg"


def pytest_configure(config):
    config.pluginmanager.register(ClaimOutcomes(config), "claim_outcomes")


@pytest.fixture
def tiny(monkeypatch):
    """A recipe among the others that runs in a moment, on embedded photographs."""
    from huelab.recipes import RECIPES, Recipe  # here, as many tests need no recipe

    recipe = Recipe(
        name="tiny",
        title="a test",
        method="huelab.methods.first:FirstColor",
        method_args={"width": 4},
        train={"name": "embedded", "split": "train", "size": 32, "n": 16},
        batches={"batch_size": 8, "crop": 16},
        epochs=3,
        tests=({"name": "embedded", "split": "test", "size": 32, "n": 4},),
        profiles={"quick": {"epochs": 1}, "reduced": {"epochs": 2}},
    )
    monkeypatch.setitem(RECIPES, "tiny", recipe)
    return recipe


@pytest.fixture
def server(monkeypatch):
    """A local web server, with neither proxy nor pause on the way to it."""
    from local_server import Server

    from huelab.data.sources import download

    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setattr(download, "_PAUSE", 0.0)
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the book's site, one for all files of tests, as it takes most of a minute."""
    from book_site import build

    return build(tmp_path_factory.mktemp("site"))


# Not one for all files: while it is open, an event loop runs in this thread, and `asyncio.run` in
# a test of another file is refused.
@pytest.fixture(scope="module")
def browser():
    """Chromium, one for each file of tests; they are skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from page_server import chromium

    found = chromium()
    if found is None:
        pytest.skip("Chromium is not installed; .ci/run installs it where it can")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()
