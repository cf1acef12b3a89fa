"""What all of the library's own errors have in common."""


class HueLabError(Exception):
    """Something the user can do something about; the message says what.

    The command line prints it as one line; anything else that is raised is a bug of the library.
    """
