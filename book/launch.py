"""Buttons that open a chapter on Binder or Colab, and buttons that edit a page.

The only setting is the address `Repository` under `[project.urls]` in pyproject.toml. Without it
the site has no such buttons, because they would lead nowhere.
"""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BRANCH = "main"
BUTTONS = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}
# Colab opens a chapter alone, without the library and without the files around it.
SETUP = """!git clone --quiet --depth 1 {address} huelab
!pip install --quiet './huelab[train,hints,film]'
%cd huelab/notebooks
import sys; sys.path.insert(0, "../src")  # the library with the records next to it"""
ELSEWHERE = """The rocket at the top of a chapter opens it on Binder or on Colab. Binder needs
nothing on your computer and takes some minutes to start. On Colab, run this cell before all others:

```
{setup}
```"""


def address(project: Path = ROOT / "pyproject.toml") -> str | None:
    """The address of the public repository, or None if the project has none yet."""
    urls = tomllib.loads(project.read_text(encoding="utf-8"))["project"].get("urls", {})
    return urls.get("Repository")


def with_buttons(config: dict[str, Any], url: str | None) -> dict[str, Any]:
    """The configuration of Jupyter Book, with buttons if there is an address."""
    if url is None:
        return config
    html = {**config["html"], "use_edit_page_button": True, "use_repository_button": True}
    repository = {"url": url, "branch": BRANCH, "path_to_book": ""}
    return {**config, "html": html, "repository": repository, "launch_buttons": BUTTONS}


def elsewhere(url: str | None = None) -> str:
    """How to run the chapters without installing anything; "" without an address."""
    url = url or address()
    return ELSEWHERE.format(setup=SETUP.format(address=url)) if url else ""
