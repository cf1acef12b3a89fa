"""What the user is told in words instead of a traceback."""


class BuildError(Exception):
    """The book was not built; the message says why and holds what the failing tool printed."""
