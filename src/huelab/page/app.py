"""The page itself: a stage for pictures, folded options, instructions, and a text about the page.

The stage is the page's own component. Gradio's component for files writes each upload to a disk and
also leaves an empty file. Gradio's slider for two images writes both images to a disk.
"""

import os
from collections.abc import AsyncIterator, Sequence
from typing import Any

# Gradio reads these when it is imported; without them it would report to its makers that it runs.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr
from fastapi import FastAPI

from huelab.apply.filters import FILTERS
from huelab.page.limits import Limits
from huelab.page.order import Method, Options, options_of
from huelab.page.texts import examples, instructions, static
from huelab.page.visits import Visits

_MASTHEAD = """<header class="masthead"><h1><span>HueLab</span></h1>
<p>Drop a gray photograph, and HueLab colors it.</p></header>"""
# Fonts of the visitor's own system, because any other font would need a download.
_SANS, _MONO = ("system-ui", "sans-serif"), ("ui-monospace", "monospace")
# Gradio's own gray has a contrast of 2.5 on white; small text needs 4.5.
_SOFT, _SOFT_DARK = "#5c5c5c", "#a8a8a8"
# Gradio's own queue is not used, so that programs and visitors wait in the same line.
_QUIET: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_limit": None,
}


def build(visits: Visits, methods: Sequence[Method], limits: Limits, address: str) -> gr.Blocks:
    """The page.

    Example:
        >>> from huelab.page.line import Line
        >>> from huelab.page.shelf import Shelf
        >>> limits = Limits()
        >>> visits = Visits(Line(limits), Shelf(limits))
        >>> build(visits, [Method("first", "speed", False)], limits, "http://127.0.0.1/").title
        'HueLab'
    """
    about = {method.name: method for method in methods}
    with gr.Blocks(title="HueLab", analytics_enabled=False) as page:
        gr.HTML(_MASTHEAD, apply_default_css=False)
        with gr.Tabs():
            with gr.Tab("Color"):
                stage = gr.HTML(
                    "",
                    html_template=static("stage.html"),
                    js_on_load=static("stage.js"),
                    apply_default_css=False,
                    elem_id="stage",
                )
                gr.HTML(examples(), apply_default_css=False)
                with gr.Accordion("Options", open=False):
                    options = _options(methods)
            with gr.Tab("Instructions"):
                lines = gr.Markdown(instructions(limits, address))
            with gr.Tab("About"):
                gr.Markdown(static("about.md"))
        _connect(page, stage, options, visits, about)

        def addressed(request: gr.Request) -> str:
            return instructions(limits, _visited(request))

        page.load(addressed, None, lines, **_QUIET)
    page.queue(default_concurrency_limit=None, api_open=False)
    return page


def mount(app: FastAPI, page: gr.Blocks) -> None:
    """Put the page at the root of an application.

    Example:
        >>> app = FastAPI()
        >>> mount(app, gr.Blocks(analytics_enabled=False))
        >>> type(app.routes[-1]).__name__
        'Mount'
    """
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        theme=gr.themes.Default(
            primary_hue="neutral", neutral_hue="neutral", font=_SANS, font_mono=_MONO
        ).set(body_text_color_subdued=_SOFT, body_text_color_subdued_dark=_SOFT_DARK),
        css=static("page.css"),
    )


def _options(methods: Sequence[Method]) -> list[gr.Dropdown | gr.Slider | gr.Radio]:
    """Method, strength, vividness, and filter, in this order."""
    first = methods[0]
    names = [method.name for method in methods]
    return [
        gr.Dropdown(names, value=first.name, label="Method", info=_good_at(first)),
        gr.Slider(0, 1, 1, step=0.05, label="Strength", info="0 is gray."),
        gr.Slider(
            0,
            1,
            0.5,
            step=0.05,
            label="Vividness",
            info="From cautious colors to strong ones.",
            visible=first.vivid,
        ),
        gr.Radio(list(FILTERS), value="none", label="Filter"),
    ]


def _good_at(method: Method) -> str:
    return f"Good at {method.about}." if method.about else ""


def _connect(
    page: gr.Blocks,
    stage: gr.HTML,
    options: list[gr.Dropdown | gr.Slider | gr.Radio],
    visits: Visits,
    about: dict[str, Method],
) -> None:
    """What happens when the visitor does something."""
    method, _, vivid, _ = options

    async def arrived(
        request: gr.Request, event: gr.EventData, *chosen: object
    ) -> AsyncIterator[str]:
        visitor = _name(request)
        new = visits.arrive(visitor, event._data["tokens"])
        async for state in visits.color(visitor, new, _chosen(chosen)):
            yield state

    async def hinted(
        request: gr.Request, event: gr.EventData, *chosen: object
    ) -> AsyncIterator[str]:
        visitor, token = _name(request), str(event._data["token"])
        visits.choose(visitor, token, event._data["hints"])
        async for state in visits.color(visitor, [token], _chosen(chosen)):
            yield state

    async def changed(request: gr.Request, *chosen: object) -> AsyncIterator[str]:
        visitor = _name(request)
        async for state in visits.color(visitor, visits.tokens(visitor), _chosen(chosen)):
            yield state

    def left(request: gr.Request) -> None:
        visits.leave(_name(request))

    def described(name: str) -> tuple[gr.Dropdown, gr.Slider]:
        return gr.Dropdown(info=_good_at(about[name])), gr.Slider(visible=about[name].vivid)

    stage.upload(arrived, options, stage, **_QUIET)
    stage.submit(hinted, options, stage, **_QUIET)
    method.input(described, method, [method, vivid], **_QUIET)
    for option in options:
        event = option.release if isinstance(option, gr.Slider) else option.input
        event(changed, options, stage, **_QUIET)
    page.unload(left)


def _name(request: gr.Request) -> str:
    return str(request.session_hash)


def _visited(request: gr.Request) -> str:
    """The address under which a visitor sees the page, such as that of another computer."""
    assert request.request is not None
    return f"{request.request.url.scheme}://{request.headers['host']}/"


def _chosen(values: Sequence[object]) -> Options:
    method, strength, vivid, chosen = values
    return options_of({"method": method, "strength": strength, "vivid": vivid, "filter": chosen})
