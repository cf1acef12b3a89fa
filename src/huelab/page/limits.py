"""What one visitor may ask for, and how the page says no."""

from dataclasses import dataclass

from huelab.storage import HueLabError


@dataclass(frozen=True)
class Limits:
    """How much the page takes; each limit has a message of its own.

    Attributes:
        megabytes: size of one picture's file, in millions of bytes.
        megapixels: size of one picture, in millions of pixels.
        waiting: how many pictures of all visitors may wait in line.
        seconds: how long the coloring of one picture may take; its wait does not count.
        memory: millions of bytes of all pictures that the page keeps for its visitors.
        minutes: how long the page keeps a picture that nobody looks at.

    Raises:
        ValueError: for a limit that is not positive.

    Example:
        >>> Limits().bytes, Limits().pixels
        (30000000, 40000000)
        >>> str(Limits().too_large(4e7))
        'The file has 40.0 MB; this page takes at most 30 MB.'
        >>> Limits(waiting=0)
        Traceback (most recent call last):
            ...
        ValueError: waiting must be positive, not 0
    """

    megabytes: float = 30
    megapixels: float = 40
    waiting: int = 100
    seconds: float = 60
    memory: float = 1000
    minutes: float = 20

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"{name} must be positive, not {value}")

    @property
    def bytes(self) -> int:
        """The largest size of one picture's file, in bytes."""
        return round(self.megabytes * 1e6)

    @property
    def pixels(self) -> int:
        """The largest number of pixels of one picture."""
        return round(self.megapixels * 1e6)

    def check_bytes(self, size: int) -> None:
        """Refuse a file that is empty or too large.

        Raises:
            Refused: if it is.

        Example:
            >>> Limits(megabytes=1).check_bytes(2_000_000)
            Traceback (most recent call last):
                ...
            huelab.page.limits.Refused: The file has 2.0 MB; this page takes at most 1 MB.
        """
        if not size:
            raise Refused("The file is empty. Copy or scan it again.")
        if size > self.bytes:
            raise self.too_large(size)

    def too_large(self, size: float) -> "Refused":
        """The refusal of a file of `size` bytes."""
        said = f"The file has {size / 1e6:.1f} MB; this page takes at most {self.megabytes:g} MB."
        return Refused(said, 413)


class Refused(HueLabError):
    """The page does not color a picture; the message is for the visitor.

    Attributes:
        status: the status code of HTTP.

    Example:
        >>> Refused("Too many pictures wait in line.", 503).status
        503
    """

    def __init__(self, message: str, status: int = 422):
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type["Refused"], tuple[str, int]]:
        # Between the two processes an error travels as a pickle, which would lose the status.
        return Refused, (str(self), self.status)
