"""`huelab ...`: the command line. Exit status 0 all well, 1 failed and said why, 2 wrong usage."""

import os

__all__ = ["script"]


def script() -> None:
    """What the program `huelab` runs.

    To import the commands takes a moment, in which Ctrl-C is one line and status 130, too.
    """
    try:
        from huelab.cli.main import script as run

        run()
    except KeyboardInterrupt:
        os.write(2, b"huelab: interrupted before any work was done\n")
        os._exit(130)
