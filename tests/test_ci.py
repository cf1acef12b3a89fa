"""`.ci/run` brings Chromium where it is missing, and goes on without it where it cannot."""

import os
import subprocess

import pytest
from book_files import ROOT


@pytest.fixture
def run(tmp_path):
    """Run it with programs that only note how they were called; gives the notes and the status."""
    notes = tmp_path / "notes"
    notes.touch()

    def run(*there, status=0, user=0):
        bodies = {"make": "exit 0", "apt-get": f"exit {status}", "id": f"echo {user}"}
        bodies |= {"sudo": '"${@:2}"'} | dict.fromkeys(there, "exit 0")
        for name, body in bodies.items():
            program = tmp_path / name
            program.write_text(f'#!/bin/bash\necho "{name} $*" >> {notes}\n{body}\n')
            program.chmod(0o755)
        for name in ("dirname", "bash"):
            (tmp_path / name).symlink_to(f"/usr/bin/{name}")
        done = subprocess.run(
            ["/bin/bash", ROOT / ".ci" / "run"],
            **{"env": {**os.environ, "PATH": str(tmp_path)}, "text": True, "capture_output": True},
        )
        called = notes.read_text().splitlines()
        return done, [line for line in called if not line.startswith("id ")]

    return run


def test_what_is_there_is_not_installed(run):
    done, called = run("chromium")
    assert done.returncode == 0 and called == ["make lint test"]


def test_what_is_missing_is_installed(run):
    done, called = run()
    assert done.returncode == 0
    assert called == ["apt-get update -q", "apt-get install -q -y chromium", "make lint test"]


def test_who_is_not_root_asks_sudo(run):
    done, called = run(user=1000)
    assert done.returncode == 0
    assert [line for line in called if line.startswith("sudo")] == [
        "sudo -n apt-get update -q",
        "sudo -n apt-get install -q -y chromium",
    ]


def test_what_cannot_be_installed_is_said_and_the_checks_run(run):
    done, called = run(status=100)
    assert done.returncode == 0 and called[-1] == "make lint test"
    assert "are skipped" in done.stderr
