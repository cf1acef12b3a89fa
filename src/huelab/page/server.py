"""The server of the page: it joins all parts and serves them on a port until Ctrl-C."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import uvicorn
from fastapi import FastAPI

from huelab.page import api
from huelab.page.guard import Guard
from huelab.page.limits import Limits, Refused
from huelab.page.line import Line
from huelab.page.shelf import Shelf
from huelab.page.visits import Visits
from huelab.storage import HueLabError

#: Seconds that the server leaves to open connections when it ends.
_GOODBYE = 2


class ServeError(HueLabError):
    """The page cannot be served; the message says why.

    Example:
        >>> issubclass(ServeError, HueLabError)
        True
    """


def serve(
    host: str,
    port: int,
    *,
    auth: tuple[str, str] | None,
    limits: Limits,
    ready: Callable[[str], object],
) -> None:
    """Serve the page until the process is interrupted.

    Args:
        host: the address of this computer at which the server listens.
        port: the port's number; 0 takes a free port.
        auth: a name and a password that visitors must know, or None to admit everybody.
        limits: what a visitor may ask for.
        ready: called with the page's address as soon as visitors can open it.

    Raises:
        ServeError: if the port is taken, or the networks do not start.
    """
    with listen(host, port) as listening:
        asyncio.run(_serve(listening, host, auth, limits, ready))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ServeError: if the address is not one of this computer, or the port is taken.

    Example:
        >>> with listen("127.0.0.1", 0) as first:
        ...     listen("127.0.0.1", first.getsockname()[1])
        Traceback (most recent call last):
            ...
        huelab.page.server.ServeError: the page cannot be served at 127.0.0.1, port ...
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        # The text of a failed bind repeats the address.
        unknown = isinstance(error, socket.gaierror) or not error.errno
        reason = error.strerror if unknown else os.strerror(error.errno or 0)
        said = f"the page cannot be served at {host}, port {port}: {reason}"
        raise ServeError(f"{said}; --host and --port choose another place") from error


async def _serve(
    listening: socket.socket,
    host: str,
    auth: tuple[str, str] | None,
    limits: Limits,
    ready: Callable[[str], object],
) -> None:
    line, shelf = Line(limits), Shelf(limits)
    opening = asyncio.ensure_future(line.open())
    await asyncio.sleep(0.1)  # the process starts while this one imports Gradio
    from huelab.page.app import build, mount

    address = f"http://{_in_address(host)}:{listening.getsockname()[1]}/"
    try:
        await opening
    except (EOFError, OSError) as error:
        raise ServeError("the process with the networks ended before it was ready") from error
    app = FastAPI(lifespan=_closing(line), docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(Refused, api.refused)
    app.include_router(api.routes(line, shelf))
    mount(app, build(Visits(line, shelf), line.methods, limits, address))
    config = uvicorn.Config(
        Guard(app, auth),
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=_GOODBYE,
        server_header=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.05)
    if server.started:
        ready(address)
    await serving


def _closing(line: Line) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """End the process with the networks when the server ends, by whichever signal."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await line.close()

    return lifespan


def _in_address(host: str) -> str:
    """A host as it appears in a web address; for all addresses it names this computer."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
