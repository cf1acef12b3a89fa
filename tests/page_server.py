"""One server with the page for all tests, watched: what it writes, and whom it asks.

Both of its processes import `sitecustomize`, which notes every file that is opened for writing and
every other host that is asked for. That host then cannot be reached, as without a network.
"""

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import numpy as np
from PIL import Image

WATCH = """
import os, sys

def note(kind, what):
    os.write(NOTES, f"{kind} {what}\\n".encode())

def watch(event, args):
    if event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR):
        if args[0] != os.devnull:
            note("wrote", args[0])
    elif event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in HERE:
        note("asked", args[1][0])
        raise OSError("no network")
    elif event == "socket.getaddrinfo" and args[0] not in (*HERE, None):
        note("asked", args[0])
        raise OSError("no network")

HERE = ("127.0.0.1", "::1", "localhost")
NOTES = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
sys.addaudithook(watch)
"""
#: The largest pictures of this server, so that a bomb of a few megapixels already is one.
MEGAPIXELS = 30


class PageServer:
    """`huelab serve` in a home, a folder of temporary files, and a working folder of its own."""

    def __init__(self, folder: Path):
        self.folders = [folder / name for name in ("home", "tmp", "cwd", "cache")]
        for each in self.folders:
            each.mkdir(parents=True)
        home, temporary, working, cache = map(str, self.folders)
        (folder / "watch").mkdir()
        (folder / "watch" / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
        self._notes = folder / "notes"
        paths = [str(folder / "watch"), os.environ.get("PYTHONPATH", "")]
        own = {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "WATCHED": str(self._notes),
            "PYTHONDONTWRITEBYTECODE": "1",
            **{"HOME": home, "TMPDIR": temporary, "HUELAB_CACHE": cache},
        }
        own |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "")
        # No limit of time on a busy machine, so that work ends for no other reason than a test's.
        command = ["-m", "huelab", "serve", "--port", "0", "--max-seconds", "1000"]
        command += ["--max-megapixels", str(MEGAPIXELS)]
        self._errors = (folder / "errors").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, *command],
            **{"cwd": working, "env": os.environ | own, "text": True},
            **{"stdout": subprocess.PIPE, "stderr": self._errors},
        )
        said = self.process.stdout.readline()
        found = re.search(r"http://\S+/", said)
        assert found, f"no server: {said}{(folder / 'errors').read_text(encoding='utf-8')}"
        self.url = found[0]
        #: What starting wrote, such as the file by which Python finds out where temporary files go.
        self._at_start = len(self.noted("wrote"))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def noted(self, kind: str) -> list[str]:
        """What both processes `wrote` or `asked` for."""
        lines = self._notes.read_text(encoding="utf-8").splitlines()
        return [line.partition(" ")[2] for line in lines if line.startswith(kind)]

    def written(self) -> list[str]:
        """What both processes have opened for writing since the start."""
        return self.noted("wrote")[self._at_start :]

    def files(self) -> list[Path]:
        """All files in its folders."""
        return [path for each in self.folders for path in each.rglob("*") if path.is_file()]

    def workers(self) -> list[int]:
        """The processes that it has started."""
        pid = self.process.pid
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def peak(self) -> float:
        """Megabytes of memory that its processes held at most."""
        status = [Path(f"/proc/{pid}/status") for pid in (self.process.pid, *self.workers())]
        peaks = [re.search(r"VmHWM:\s+(\d+) kB", path.read_text())[1] for path in status]
        return sum(map(int, peaks)) / 1000

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """A request: its status and what came."""
        request = Request(self.url + path, body, headers)
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=300) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()

    def colorize(self, picture: bytes, **options: object) -> tuple[int, dict]:
        """A picture through JSON."""
        image = base64.b64encode(picture).decode()
        body = json.dumps({"image": image, **options}).encode()
        status, answer = self.ask("api/colorize", body, **{"Content-Type": "application/json"})
        return status, json.loads(answer)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def pixels_of(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def chromium() -> str | None:
    """Chromium, as `.ci/run` installs it; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)
