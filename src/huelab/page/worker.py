"""The process with the networks: it reads orders from standard input and writes answers.

`huelab.page.process` starts it as `python -m huelab.page.worker`. A message is a pickle after 8
bytes that give its length. Pickles are safe here, because both ends are the same program and no
other program holds these pipes.
"""

import os
import pickle
import sys
from typing import Any, BinaryIO

from huelab.page.limits import Limits, Refused

#: How many bytes give the length of a message.
HEAD = 8


def packed(message: object) -> bytes:
    """A message as bytes: its length, and then its pickle.

    Example:
        >>> int.from_bytes(packed(None)[:HEAD], "big") == len(packed(None)) - HEAD
        True
    """
    content = pickle.dumps(message)
    return len(content).to_bytes(HEAD, "big") + content


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer each order until there are no more.

    The first message holds the limits, and its answer holds the methods. Every later message is an
    `Order`. Its answer is an `Answer`, or a `Refused` that says why there is none.

    Example:
        >>> import io
        >>> from huelab.weights import DEFAULT_MODEL
        >>> answers = io.BytesIO()
        >>> serve(io.BytesIO(packed(Limits())), answers)
        >>> pickle.loads(answers.getvalue()[HEAD:])[0].name == DEFAULT_MODEL
        True
    """
    from huelab.page import work

    limits: Limits = _read(orders)
    answers.write(packed(work.methods()))
    answers.flush()
    while order := _read(orders):
        answers.write(packed(_answer(order, limits)))
        answers.flush()


def _answer(order: Any, limits: Limits) -> object:
    from huelab.page import work

    try:
        return work.color(order, limits)
    except Refused as refused:
        return refused
    except MemoryError:
        said = "This picture needs more memory than the server has. Try a smaller copy."
        return Refused(said, 503)
    except Exception as error:  # one order must not cost the others their answers
        print(f"huelab: {type(error).__name__}: {error}", file=sys.stderr)
        return Refused("HueLab failed on this picture. The error is in HueLab.", 500)


def _read(stream: BinaryIO) -> Any:
    head = stream.read(HEAD)
    return pickle.loads(stream.read(int.from_bytes(head, "big"))) if len(head) == HEAD else None


if __name__ == "__main__":
    # Output that a library prints must not end up between the answers.
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, private)
