"""The HTTP interface: one request colors one picture.

`POST /api/colorize` takes and gives JSON with the picture inside, as in paper 004. `POST
/api/colorize.png` takes a file and gives a PNG. The page itself uses the addresses below
`/api/pictures`.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute

from huelab.page.limits import Refused
from huelab.page.line import Line
from huelab.page.order import Answer, Order, options_of, picture_of
from huelab.page.shelf import Shelf, archive

#: Seconds within which a request's body must arrive.
_SENDING = 120.0
#: Bytes of JSON for everything except the picture.
_OPTIONS = 100_000
#: A sender still learns why a body is refused if it is at most this many times the limit.
_IGNORED = 10
#: Seconds between two looks at whether a visitor is still there.
_LOOK = 0.25


def routes(line: Line, shelf: Shelf) -> APIRouter:
    """The addresses of the interface.

    Example:
        >>> from huelab.page.limits import Limits
        >>> limits = Limits()
        >>> [route.path for route in routes(Line(limits), Shelf(limits)).routes][:2]
        ['/api/methods', '/api/colorize']
    """
    router = APIRouter(prefix="/api")

    @router.get("/methods")
    async def methods() -> list[dict[str, Any]]:
        return [asdict(method) for method in line.methods]

    @router.post("/colorize")
    async def colorize(request: Request) -> Response:
        async with _received(request, line, shelf, 4 / 3) as body:
            values = _object(body)
            picture = picture_of(values.pop("image", None))
            answer = await _answer(request, line, Order(picture, options_of(values)))
        image = base64.b64encode(answer.picture).decode()
        size = {"width": answer.width, "height": answer.height}
        return JSONResponse({"image": image, **size, "notes": list(answer.notes)})

    @router.post("/colorize.png")
    async def colorize_png(request: Request) -> Response:
        options = options_of(dict(request.query_params))
        async with _received(request, line, shelf) as picture:
            answer = await _answer(request, line, Order(picture, options))
        return Response(answer.picture, media_type="image/png")

    @router.post("/pictures")
    async def put(request: Request, name: str = "") -> dict[str, str]:
        async with _received(request, line, shelf) as picture:
            return {"token": shelf.put(name, picture).token}

    @router.get("/pictures/{token}/{part}.png")
    async def get(token: str, part: str) -> Response:
        kept = shelf.get(token)
        data = kept.view(part) if kept else None
        if kept is None or data is None:
            raise Refused("This picture is not here any more. Drop it again.", 404)
        return Response(data, media_type="image/png", headers=_saved_as(part, kept.result_name))

    @router.get("/pictures.zip")
    async def get_all(tokens: str) -> Response:
        pictures = [kept for token in tokens.split(",") if (kept := shelf.get(token))]
        headers = _saved_as("result", "huelab.zip")
        return StreamingResponse(archive(pictures), media_type="application/zip", headers=headers)

    known = {f"{route.path}" for route in router.routes if isinstance(route, APIRoute)}

    @router.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def nothing(request: Request) -> None:
        # Without this, Gradio would answer, with a page or in its own words.
        if request.url.path in known:
            raise Refused(f"This address does not take {request.method}.", 405)
        raise Refused("There is nothing at this address.", 404)

    return router


def refused(request: Request, error: Exception) -> Response:
    """The answer to a request that is refused: JSON with the reason.

    Example:
        >>> refused(None, Refused("Too many pictures wait in line.", 503)).body
        b'{"error":"Too many pictures wait in line."}'
    """
    status = error.status if isinstance(error, Refused) else 500
    headers = {"Retry-After": "30"} if status == 503 else {}
    return JSONResponse({"error": str(error)}, status, headers)


async def _answer(request: Request, line: Line, order: Order) -> Answer:
    """Have an order processed, unless its visitor leaves first."""
    work = asyncio.ensure_future(line.ask(order))
    try:
        while not (await asyncio.wait({work}, timeout=_LOOK))[0]:
            if await request.is_disconnected():
                raise Refused("The visitor has left.", 499)
        return work.result()
    finally:
        work.cancel()


@contextlib.asynccontextmanager
async def _received(
    request: Request, line: Line, shelf: Shelf, growth: float = 1.0
) -> AsyncIterator[bytes]:
    """The body of a request, in memory that is reserved for it; a larger body is not read.

    `growth` says how many times larger than a file the body may be, because base64 takes more.
    """
    line.check()
    largest = round(line.limits.bytes * growth) + (growth > 1) * _OPTIONS
    said = request.headers.get("content-length", "")
    expected = int(said) if said.isdecimal() else largest
    if expected > largest:
        await _ignore(request, largest)
        raise line.limits.too_large(expected / growth)
    with shelf.room(expected):
        try:
            async with asyncio.timeout(_SENDING):
                body = await _body(request, largest)
        except TimeoutError as error:
            said = f"The picture took longer than {_SENDING:g} seconds to arrive."
            raise Refused(f"{said} Send a smaller copy.", 408) from error
        if len(body) > largest:
            await _ignore(request, largest)
            raise line.limits.too_large(len(body) / growth)
        yield body


async def _ignore(request: Request, largest: int) -> None:
    """Read and drop a body that is too large, unless it is far too large.

    A browser reads no answer while it sends. Without this, it would show no reason at all.
    """
    left = _IGNORED * largest
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SENDING):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    break


async def _body(request: Request, largest: int) -> bytes:
    """The body; reading stops as soon as it is too large."""
    pieces, size = [], 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            break
    return b"".join(pieces)


def _object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("The request is not JSON.", 400) from error
    if not isinstance(values, dict):
        raise Refused("The request is not a JSON object.", 400)
    return values


def _saved_as(part: str, name: str) -> dict[str, str]:
    """Headers: a result is saved under a name, and no picture stays in a cache."""
    headers = {"Cache-Control": "no-store"}
    if part == "result":
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return headers
