"""The page's connection to the process with the networks."""

import asyncio
import contextlib
import pickle
import sys
from typing import Any

from huelab.page.limits import Limits
from huelab.page.order import Method
from huelab.page.worker import HEAD, packed


class Process:
    """One process that answers one message at a time.

    Attributes:
        methods: the methods that it offers.
    """

    def __init__(self, child: asyncio.subprocess.Process):
        self._child = child
        self.methods: list[Method] = []

    @classmethod
    async def start(cls, limits: Limits) -> "Process":
        """Start a process and wait until it is ready to color.

        Raises:
            EOFError: if the process ends before it is ready.
        """
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __package__ + ".worker", stdin=pipe, stdout=pipe
        )
        process = cls(child)
        try:
            process.methods = await process.ask(limits)
        except BaseException:
            await process.end()
            raise
        return process

    async def ask(self, message: object) -> Any:
        """Send a message and wait for its answer.

        Raises:
            EOFError: if the process ends first.
        """
        assert self._child.stdin is not None and self._child.stdout is not None
        try:
            self._child.stdin.write(packed(message))
            await self._child.stdin.drain()
            head = await self._child.stdout.readexactly(HEAD)
            return pickle.loads(await self._child.stdout.readexactly(int.from_bytes(head, "big")))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise EOFError("the process with the networks has ended") from error

    async def end(self) -> None:
        """Kill the process, even in the middle of its work."""
        with contextlib.suppress(ProcessLookupError):
            self._child.kill()
        await self._child.wait()
