"""A web server on this computer that serves files from memory and misbehaves as real ones do."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class Server:
    """Serves `files`, by their paths, which begin with a slash.

    Attributes:
        url: without a slash at its end.
        asked, ranges: the path and the `Range` of each request that came.
        cuts: path -> bytes that are sent before each of its connections breaks.
        says: path -> codes that are answered first, each with its `Retry-After`.
        raw: path -> whole answers, status line and all, that are sent first.
        knows_ranges: whether a file can be had from its middle.
    """

    def __init__(self):
        self.files, self.cuts, self.says, self.raw = {}, {}, {}, {}
        self.asked, self.ranges, self.knows_ranges = [], [], True
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, request):
        path, asked = unquote(request.path), request.headers.get("Range")
        self.asked.append(request.path)
        self.ranges.append(asked)
        if answers := self.raw.get(path):
            return request.wfile.write(answers.pop(0))
        if codes := self.says.get(path):
            return self._say(request, *codes.pop(0))
        if path not in self.files:
            return request.send_error(404)
        start = int(asked[6:].rstrip("-")) if asked and self.knows_ranges else 0
        self._send(request, self.files[path], start, self.cuts.get(path))

    def _say(self, request, code, seconds):
        request.send_response(code)
        request.send_header("Retry-After", str(seconds))
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _send(self, request, content, start, cuts):
        if start and start >= len(content):
            return request.send_error(416)
        request.send_response(206 if start else 200)
        if start:
            place = f"bytes {start}-{len(content) - 1}/{len(content)}"
            request.send_header("Content-Range", place)
        rest = content[start:]
        request.send_header("Content-Length", str(len(rest)))
        request.end_headers()
        request.wfile.write(rest[: cuts.pop(0)] if cuts else rest)

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def closed_url():
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
