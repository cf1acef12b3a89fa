"""The process with the networks: orders come in at its standard input, answers go out.

`python -m huelab.page.worker` is started by `huelab.page.process`. A message is 8 bytes that say
how long it is, and a pickle: both ends are the same program, and nobody else holds these pipes.
"""

import os
import pickle
import sys
from typing import Any, BinaryIO

from huelab.page.limits import Limits, Refused

#: Bytes that say how long a message is.
HEAD = 8


def packed(message: object) -> bytes:
    """A message as it travels.

    Example:
        >>> int.from_bytes(packed(None)[:HEAD], "big") == len(packed(None)) - HEAD
        True
    """
    content = pickle.dumps(message)
    return len(content).to_bytes(HEAD, "big") + content


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer each order until there are no more.

    The first message holds the limits, and its answer the methods. To an order the answer is an
    `Answer`, or the `Refused` that says why there is none.

    Example:
        >>> import io
        >>> from huelab import DEFAULT_MODEL
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
        return Refused("This picture needs more memory than there is.", 503)
    except Exception as error:  # one order must not cost the others their answers
        print(f"huelab: {type(error).__name__}: {error}", file=sys.stderr)
        return Refused("HueLab failed at this picture. That is a mistake of HueLab's.", 500)


def _read(stream: BinaryIO) -> Any:
    head = stream.read(HEAD)
    return pickle.loads(stream.read(int.from_bytes(head, "big"))) if len(head) == HEAD else None


if __name__ == "__main__":
    # What a library prints must not end up between the answers.
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, private)
