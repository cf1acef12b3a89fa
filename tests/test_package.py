"""The package as a whole: it runs as a module, and it tells type checkers that it has types."""

import runpy
import sys
import tomllib
from importlib.resources import files

import pytest
from book_files import ROOT


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [(["--help"], 0, "colorize"), (["list", "recipes"], 0, "autoencoder"), (["nonsense"], 2, "")],
)
def test_module_runs_the_command_line(monkeypatch, capsys, arguments, status, printed):
    monkeypatch.setattr(sys, "argv", ["huelab", *arguments])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("huelab", run_name="__main__")
    assert stopped.value.code == status
    assert printed in capsys.readouterr().out


def test_marker_of_types_is_packaged():
    assert files("huelab").joinpath("py.typed").is_file()
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert "py.typed" in tools["setuptools"]["package-data"]["huelab"]
