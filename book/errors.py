"""The error that the user sees as a message instead of a traceback."""


class BuildError(Exception):
    """The book was not built; the message says why and holds the output of the failing tool."""
