"""`huelab ...`: the command line.

Exit status: 0 if all went well, 1 if something failed and a message says why, 2 for wrong usage,
130 after Ctrl-C.
"""

import os

__all__ = ["script"]


def script() -> None:
    """The entry point of the program `huelab`.

    The import of the commands takes a moment. Ctrl-C in that moment also prints one line and gives
    status 130.
    """
    try:
        from huelab.cli.main import script as run

        run()
    except KeyboardInterrupt:
        os.write(2, b"huelab: interrupted before any work was done\n")
        os._exit(130)
