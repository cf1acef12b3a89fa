"""The line in which all visitors wait: first come, first served, and one picture at a time."""

import asyncio
import contextlib
from collections.abc import Callable

from huelab.page.limits import Limits, Refused
from huelab.page.order import Answer, Method, Order
from huelab.page.process import Process

#: Seconds that work without a visitor may still take. A new process takes longer to start.
_GRACE = 1.0


class Line:
    """Orders go in, and answers come out in the same order.

    A caller that stops waiting also stops the work.

    Attributes:
        methods: the methods that can color; empty before `open`.
    """

    def __init__(self, limits: Limits):
        self.limits = limits
        self.methods: list[Method] = []
        self._turn = asyncio.Lock()
        self._waiting: list[_Place] = []
        self._process: asyncio.Task[Process] | None = None

    def __len__(self) -> int:
        """How many orders wait or are being processed."""
        return len(self._waiting)

    async def open(self) -> None:
        """Start the process, and wait until it can color.

        Raises:
            EOFError: if the process ends before it is ready.
        """
        self._start()
        assert self._process is not None
        self.methods = (await self._process).methods

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.cancel()
            await _end(self._process)

    def check(self, more: int = 1) -> None:
        """Refuse `more` orders if the line has no room for them.

        Raises:
            Refused: if it has none.

        Example:
            >>> Line(Limits(waiting=2)).check(3)
            Traceback (most recent call last):
                ...
            huelab.page.limits.Refused: Too many pictures wait in line (0 of 2). Try again in ...
        """
        if len(self) + more > self.limits.waiting:
            raise Refused(
                f"Too many pictures wait in line ({len(self)} of {self.limits.waiting}). "
                "Try again in a minute.",
                503,
            )

    async def ask(
        self, order: Order, moved: Callable[[int], object] = lambda place: None
    ) -> Answer:
        """Wait in line and have an order processed.

        A caller that cancels this call ends the wait and the work.

        Args:
            order: the picture to color.
            moved: called with the number of orders that come first, whenever that number changes.

        Returns:
            The answer to the order.

        Raises:
            Refused: if the line is full, the work takes too long, or the picture is refused.
        """
        self.check()
        place = _Place(moved)
        self._waiting.append(place)
        self._tell()
        try:
            async with self._turn:
                return await self._work(order)
        finally:
            self._waiting.remove(place)
            self._tell()

    async def _work(self, order: Order) -> Answer:
        process = await self._ready()
        work = asyncio.ensure_future(process.ask(order))
        try:
            done, _ = await asyncio.wait({work}, timeout=self.limits.seconds)
        except asyncio.CancelledError:
            if not (await asyncio.wait({work}, timeout=_GRACE))[0]:
                await self._restart(work)
            raise
        if not done:
            await self._restart(work)
            said = f"This picture took longer than {self.limits.seconds:g} seconds."
            raise Refused(f"{said} A smaller copy takes less time.", 504)
        try:
            answer = work.result()
        except EOFError as error:  # such as for lack of memory
            await self._restart(work)
            said = "This picture needs more memory than the server has. Try a smaller copy."
            raise Refused(said, 503) from error
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def _ready(self) -> Process:
        if self._process is None or (self._process.done() and self._process.exception()):
            self._start()
        assert self._process is not None
        try:
            return await asyncio.shield(self._process)
        except (EOFError, OSError) as error:
            raise Refused("The networks do not start. Try again in a minute.", 503) from error

    async def _restart(self, work: "asyncio.Future[Answer | Refused]") -> None:
        work.cancel()
        assert self._process is not None
        await _end(self._process)
        self._start()

    def _start(self) -> None:
        self._process = asyncio.ensure_future(Process.start(self.limits))

    def _tell(self) -> None:
        for number, place in enumerate(self._waiting):
            place.tell(number)


async def _end(starting: "asyncio.Task[Process]") -> None:
    with contextlib.suppress(asyncio.CancelledError, EOFError, OSError):
        await (await starting).end()


class _Place:
    """One order's place in line."""

    def __init__(self, moved: Callable[[int], object]):
        self._moved = moved
        self._number = -1

    def tell(self, number: int) -> None:
        if number != self._number:
            self._number = number
            self._moved(number)
