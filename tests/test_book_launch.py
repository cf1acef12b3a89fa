"""Buttons that open a chapter elsewhere: shown where the repository has an address, and working."""

import os
import shutil
import subprocess
import sys

import launch  # book/launch.py
import pytest
import website  # book/website.py
import yaml
from book_files import NOTEBOOKS, ROOT
from bs4 import BeautifulSoup

ADDRESS = "https://github.com/somebody/huelab"
BOOK = {
    "_toc.yml": "format: jb-book\nroot: book/intro\nchapters:\n  - file: notebooks/02_lab\n",
    "book/intro.md": "# Introduction\n",
    "notebooks/02_lab.ipynb": '{"cells": [{"cell_type": "markdown", "metadata": {}, "source":'
    ' "# Lab"}], "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},'
    ' "nbformat": 4, "nbformat_minor": 4}',
}


def buttons(folder, url):
    """Where the buttons of a chapter lead in a small book."""
    config = {"title": "HueLab", "only_build_toc_files": True, "html": {}}
    config["execute"] = {"execute_notebooks": "off"}
    files = BOOK | {"_config.yml": yaml.safe_dump(launch.with_buttons(config, url))}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    assert website._jupyter_book(folder) is None
    page = folder / "_build" / "html" / "notebooks" / "02_lab.html"
    header = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one(
        ".article-header-buttons"
    )
    return [link["href"] for link in header.find_all("a", href=True)]


def test_with_an_address_there_are_buttons_to_files_that_exist(tmp_path):
    links = buttons(tmp_path, ADDRESS)
    path = "notebooks/02_lab.ipynb"
    assert (ROOT / path).is_file()
    assert f"https://mybinder.org/v2/gh/somebody/huelab/main?urlpath=lab/tree/{path}" in links
    assert f"https://colab.research.google.com/github/somebody/huelab/blob/main/{path}" in links
    assert f"{ADDRESS}/edit/main/{path}" in links


def test_without_an_address_there_are_none(tmp_path):
    assert [link for link in buttons(tmp_path, None) if link.startswith("http")] == []
    assert launch.elsewhere("") == "" or launch.address()


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ("", None),
        ('[project.urls]\nHomepage = "https://example.org"', None),
        (f'[project.urls]\nRepository = "{ADDRESS}"', ADDRESS),
    ],
)
def test_address_is_a_setting_of_the_project(tmp_path, urls, expected):
    project = tmp_path / "pyproject.toml"
    project.write_text(f'[project]\nname = "a"\n{urls}\n', encoding="utf-8")
    assert launch.address(project) == expected


def test_binder_installs_what_make_installs():
    lines = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = [ROOT / ".binder" / line.split()[1] for line in lines if line.startswith("-r")]
    assert [path.resolve().name for path in named] == ["requirements.lock"]
    assert all(path.is_file() for path in named)
    assert os.access(ROOT / ".binder" / "postBuild", os.X_OK)
    version = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8")
    assert version.startswith("python-3.") and int(version[len("python-3.") :]) >= 11


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="needs a clone")
def test_cell_for_colab_brings_the_library_and_its_records(tmp_path):
    """The cell runs line by line, with a pip that only writes down what it was asked for."""
    text = launch.elsewhere(f"file://{ROOT}")
    cell = text.split("```")[1].strip().splitlines()
    assert len(cell) == 4 and NOTEBOOKS
    shell = [line.lstrip("!%") for line in cell if line[0] in "!%"]
    python = [line for line in cell if line[0] not in "!%"]
    check = "import huelab; from huelab import records; print(huelab.__file__, len(records.find()))"
    pip = tmp_path / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n', encoding="utf-8")
    pip.chmod(0o755)
    lines = ["set -eu", *shell, f"'{sys.executable}' -c '{'; '.join([*python, check])}'"]
    paths = {"PATH": f"{pip.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": ""}
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines).replace("# the library with the records next to it", "")],
        **{"cwd": tmp_path, "env": os.environ | paths, "text": True, "capture_output": True},
    )
    assert done.returncode == 0, done.stderr
    where, n = done.stdout.split()
    assert str(tmp_path / "huelab" / "notebooks" / ".." / "src") in where or "../src" in where
    assert int(n) > 100
    assert (tmp_path / "asked").read_text().split()[-1] == "./huelab[train,hints,film]"
