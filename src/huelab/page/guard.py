"""The guard of the page: it checks every request, and adds security headers to answers.

Gradio's own addresses for uploads and files are closed, because Gradio would write pictures to a
disk. The page takes pictures at `/api/pictures`, which keeps them in memory.
"""

import base64
import json
import secrets
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Gradio's addresses that the page needs; all others below `/gradio_api/` are closed.
_OPEN = ("queue/join", "queue/data", "heartbeat/", "startup-events", "info", "cancel", "reset")
#: The largest size of a request to Gradio, in bytes.
_LARGEST = 1_000_000
#: The page may ask only this server, so that it cannot reach another host even by mistake. It
#: allows 'unsafe-eval', because Gradio's components make functions from text.
_POLICY = (
    "default-src 'self'; connect-src 'self' data:; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; font-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Guard:
    """An ASGI application in front of another one.

    Args:
        app: the application that the guard protects.
        auth: a name and a password, or None to admit everybody. Browsers ask for them, and `curl`
            takes them with `--user`.

    Example:
        >>> Guard(None, ("ann", "secret")).admits([(b"authorization", b"Basic YW5uOnNlY3JldA==")])
        True
        >>> Guard(None, ("ann", "secret")).admits([]), Guard(None, None).admits([])
        (False, True)
    """

    def __init__(self, app: ASGIApp, auth: tuple[str, str] | None):
        self._app = app
        self._auth = None
        if auth:
            self._auth = b"Basic " + base64.b64encode(":".join(auth).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self.admits(scope["headers"]):
            await _say(send, 401, "This page needs a name and a password.", _ASKING)
            return
        if reason := _closed(scope):
            await _say(send, *reason)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_guarded)

    def admits(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request's headers hold the name and the password."""
        if self._auth is None:
            return True
        said = dict(headers).get(b"authorization", b"")
        return secrets.compare_digest(said, self._auth)


_ASKING = ((b"www-authenticate", b'Basic realm="HueLab", charset="UTF-8"'),)


def _closed(scope: Scope) -> tuple[int, str] | None:
    """The status and the reason of a refusal, or None if the request may pass."""
    headers, path = Headers(scope=scope), scope["path"]
    if scope["method"] != "GET" and headers.get("sec-fetch-site") == "cross-site":
        return 403, "Another site sent this request."
    if path.startswith("/gradio_api/"):
        if not path.removeprefix("/gradio_api/").startswith(_OPEN):
            return 404, "There is nothing here."
        size = headers.get("content-length", "0")
        if not size.isdecimal() or int(size) > _LARGEST or "transfer-encoding" in headers:
            return 413, "This request is too large."
    return None


async def _say(
    send: Send, status: int, reason: str, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    body = json.dumps({"error": reason}).encode()
    headers = [(b"content-type", b"application/json"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
