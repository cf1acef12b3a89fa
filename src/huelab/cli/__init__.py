"""`huelab ...`: the command line. Exit status 0 all well, 1 failed and said why, 2 wrong usage."""

from huelab.cli.main import main, script

__all__ = ["main", "script"]
