"""The visits of the page: no picture of a visitor is left without colors or without a reason."""

import asyncio
import json

from huelab.page.limits import Limits, Refused
from huelab.page.order import Answer, Options
from huelab.page.shelf import Shelf
from huelab.page.visits import Visits


class Line:
    """A line that colors each picture after a moment; it refuses pictures that begin with `bad`."""

    async def ask(self, order, moved):
        await asyncio.sleep(0.01)
        if order.picture.startswith(b"bad"):
            raise Refused("This is not a picture.")
        return Answer(b"PNG", 1, 1)


class Tab:
    """One visitor of a page with that line."""

    def __init__(self):
        self.shelf = Shelf(Limits())
        self.visits = Visits(Line(), self.shelf)

    def give(self, *pictures):
        return [self.shelf.put(f"{each.decode()}.png", each).token for each in pictures]

    async def color(self, tokens):
        """All messages of one request."""
        request = self.visits.color("ann", tokens, Options())
        return [json.loads(state) async for state in request]

    async def upload(self, *pictures):
        return await self.color(self.visits.arrive("ann", self.give(*pictures)))


def colored(state):
    return [picture["name"] for picture in state["pictures"] if picture["version"]]


def test_a_later_request_colors_what_the_earlier_one_left_over():
    async def two_requests():
        tab = Tab()
        tokens = tab.visits.arrive("ann", tab.give(b"a", b"b", b"c"))
        earlier = asyncio.ensure_future(tab.color(tokens))
        await asyncio.sleep(0)  # the first picture is being colored
        return await tab.color(tokens[:1]), await earlier

    (*_, last), _ = asyncio.run(two_requests())
    assert colored(last) == ["a.png", "b.png", "c.png"] and last["status"] == ""


def test_a_file_that_is_no_picture_is_told_once():
    """The reason goes when the next files come, and the good pictures stay."""

    async def two_uploads():
        tab = Tab()
        return [(await tab.upload(*each))[-1] for each in ((b"a", b"bad"), (b"b",))]

    first, second = asyncio.run(two_uploads())
    assert [picture["error"] for picture in first["pictures"]] == ["", "This is not a picture."]
    assert colored(second) == [picture["name"] for picture in second["pictures"]]
    assert colored(second) == ["a.png", "b.png"]


def test_a_cut_connection_loses_no_pictures():
    async def cut():
        tab = Tab()
        before = await tab.upload(b"a")
        tab.visits.leave("ann")
        return before[-1], (await tab.color(tab.visits.tokens("ann")))[-1]

    before, after = asyncio.run(cut())
    assert colored(after) == ["a.png"] and after["said"] > before["said"]
    assert after["pictures"][0]["version"] == 2


def test_messages_to_a_tab_go_on_when_its_visit_begins_again():
    """The browser ignores messages that are older than the last one."""

    async def forgotten():
        first = Tab()
        before = await first.upload(b"a")
        return before[-1]["said"], (await Tab().upload(b"b"))[0]["said"]

    before, after = asyncio.run(forgotten())
    assert after > before


def test_pictures_that_are_gone_keep_their_names_and_visits_without_pictures_end():
    async def gone():
        tab = Tab()
        await tab.upload(b"a")
        tab.shelf._kept.clear()
        (state,) = await tab.color([])
        tab.visits.leave("ann")
        return state["pictures"][0], tab.visits.tokens("ann")

    picture, tokens = asyncio.run(gone())
    assert picture["name"] == "a.png" and "not here any more" in picture["error"]
    assert tokens == []
