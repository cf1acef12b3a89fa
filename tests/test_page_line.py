"""The page's line, shelf, and guard, without networks and without a server."""

import asyncio
import io
import time
import zipfile

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from typer.testing import CliRunner

from huelab.cli.main import app
from huelab.page import line as module
from huelab.page.guard import Guard
from huelab.page.limits import Limits, Refused
from huelab.page.line import Line
from huelab.page.order import Answer, Options, Order
from huelab.page.server import ServeError, listen
from huelab.page.shelf import Kept, Shelf, archive


class Slow:
    """A process that answers after so many hundredths of a second as an order has bytes."""

    made = ()

    def __init__(self):
        self.methods, self.ended, self.done = [], False, []
        Slow.made = (*Slow.made, self)

    @classmethod
    async def start(cls, limits):
        return cls()

    async def ask(self, order):
        if order.picture == b"crash":
            raise EOFError
        await asyncio.sleep(len(order.picture) / 100)
        self.done.append(order.picture)
        return Answer(order.picture, 1, 1)

    async def end(self):
        self.ended = True


@pytest.fixture
def slow(monkeypatch):
    Slow.made = ()
    monkeypatch.setattr(module, "Process", Slow)
    monkeypatch.setattr(module, "_GRACE", 0.01)
    return Slow


def run(work, **limits):
    """Run `work(line)` with an open line."""

    async def opened():
        line = Line(Limits(**limits))
        await line.open()
        try:
            return await work(line)
        finally:
            await line.close()

    return asyncio.run(opened())


def test_first_come_first_served_and_each_knows_its_place(slow):
    async def work(line):
        places = {name: [] for name in (b"a", b"b", b"c")}
        await asyncio.gather(*(line.ask(Order(name), places[name].append) for name in places))
        return places

    assert run(work) == {b"a": [0], b"b": [1, 0], b"c": [2, 1, 0]}
    assert slow.made[0].done == [b"a", b"b", b"c"]


def test_a_full_line_refuses_and_loses_nobody(slow):
    async def work(line):
        asked = (line.ask(Order(bytes([n]))) for n in range(5))
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = run(work, waiting=3)
    assert [answer.picture for answer in answers[:3]] == [b"\0", b"\1", b"\2"]
    assert [answer.status for answer in answers[3:]] == [503, 503]
    assert "Too many pictures wait in line (3 of 3)" in str(answers[3])


def test_work_that_takes_too_long_is_ended_and_the_next_is_done(slow):
    async def work(line):
        asked = (line.ask(Order(each)) for each in (bytes(100), b"a"))
        return await asyncio.gather(*asked, return_exceptions=True)

    late, done = run(work, seconds=0.05)
    assert late.status == 504 and "longer than 0.05 seconds" in str(late)
    assert done.picture == b"a"
    assert [process.ended for process in slow.made] == [True, True]
    assert slow.made[0].done == []


def test_a_process_that_dies_costs_one_picture(slow):
    async def work(line):
        asked = (line.ask(Order(each)) for each in (b"crash", b"a"))
        return await asyncio.gather(*asked, return_exceptions=True)

    died, done = run(work)
    assert died.status == 503 and "memory" in str(died)
    assert done.picture == b"a" and len(slow.made) == 2


def test_who_leaves_makes_room_at_once(slow):
    """One who is at work and one who waits; the third is served by a new process."""

    async def work(line):
        asked = [asyncio.ensure_future(line.ask(Order(each))) for each in (bytes(500), b"b", b"c")]
        await asyncio.sleep(0.05)
        asked[0].cancel()
        asked[1].cancel()
        start = time.monotonic()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return answers, len(line), time.monotonic() - start

    answers, left, seconds = run(work)
    assert [type(answer).__name__ for answer in answers[:2]] == ["CancelledError"] * 2
    assert answers[2].picture == b"c" and left == 0
    assert seconds < 4  # the first alone would have taken five
    assert slow.made[0].ended and slow.made[1].done == [b"c"]


def test_networks_that_do_not_start_are_told_and_tried_again(slow, monkeypatch):
    async def work(line):
        await line.close()

        async def broken(limits):
            raise EOFError

        with monkeypatch.context() as context:
            context.setattr(slow, "start", broken)
            line._start()
            with pytest.raises(Refused, match="do not start"):
                await line.ask(Order(b"a"))
        return await line.ask(Order(b"b"))

    assert run(work).picture == b"b"


# ------------------------------------------------------------------ the shelf


def test_pictures_go_a_minute_after_their_visitor(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shelf = Shelf(Limits(minutes=5))
    stays, leaves = shelf.put("a", b"GIF89a").token, shelf.put("b", b"GIF89a").token
    shelf.leave([leaves])
    now[0] = 61
    assert shelf.get(leaves) is None and shelf.get(stays)
    now[0] = 61 + 299
    assert shelf.peek(stays)
    now[0] = 61 + 301
    assert shelf.get(stays) is None and len(shelf) == 0


def test_room_is_given_back():
    shelf = Shelf(Limits(memory=1))
    for _ in range(3):
        with shelf.room(900_000), pytest.raises(Refused, match="fill the memory") as refused:
            shelf.room(200_000).__enter__()
        assert refused.value.status == 503


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("Großmutter 1923.jpg", "Großmutter 1923-color.png"),
        ("写真.tif", "写真-color.png"),
        ("..", "picture-color.png"),
        ("C:\\photos\\a.jpg", "a-color.png"),
        ("a\r\nSet-Cookie: x.png", "a__Set-Cookie_ x-color.png"),
        ("x" * 500 + ".png", "x" * 80 + "-color.png"),
    ],
)
def test_names_of_results_are_safe(name, result):
    assert Kept(name, b"").result_name == result


def test_archive_holds_each_result_once_and_whole():
    pictures = [Kept("a.png", b""), Kept("a.png", b""), Kept("b.png", b"")]
    for number, kept in enumerate(pictures[:2]):
        kept.colored(Answer(bytes([number]) * 9, 1, 1), Options())
    file = zipfile.ZipFile(io.BytesIO(b"".join(archive(pictures))))
    assert file.testzip() is None
    assert {name: file.read(name) for name in file.namelist()} == {
        "a-color.png": bytes(9),
        "a-color-2.png": b"\1" * 9,
    }


# ------------------------------------------------------------------ the guard and the command


def guarded(auth):
    return TestClient(Guard(PlainTextResponse("inside"), auth))


def test_a_password_is_asked_for_everywhere():
    client = guarded(("ann", "pass:word é"))
    for path in ("/", "/api/methods", "/gradio_api/info", "/assets/x.js"):
        answer = client.get(path)
        assert answer.status_code == 401 and "inside" not in answer.text
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert client.get(path, auth=("ann", "wrong")).status_code == 401
        assert client.get(path, auth=("ann", "pass:word é".encode())).text == "inside"


def test_answers_forbid_other_hosts():
    policy = guarded(None).get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--auth", "ann"], 2, "NAME:PASSWORD"),
        (["--port", "70000"], 2, "65535"),
        (["--max-waiting", "0"], 2, "max-waiting"),
    ],
)
def test_wrong_use_of_the_command(arguments, status, said):
    result = CliRunner().invoke(app, ["serve", *arguments])
    assert result.exit_code == status and said in result.output


def test_a_taken_port_is_told():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"port {port}: Address already in use; --host and"):
            listen("127.0.0.1", port)
        result = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert result.exit_code == 1
    assert (
        result.output.count("\n") == 1 and "--host and --port choose another place" in result.output
    )


def test_without_gradio_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setattr("huelab.cli.serve.find_spec", lambda name: None)
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 1
    assert (
        result.output == "huelab: the page needs gradio; `pip install 'huelab[page]'` installs it\n"
    )
