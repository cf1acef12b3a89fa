"""`huelab serve`: the web page."""

import ipaddress
from importlib.util import find_spec
from typing import Annotated

import typer

from huelab.cli.output import complain


def serve(
    host: Annotated[
        str, typer.Option(help="Address of the server; 0.0.0.0 lets other computers visit it.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the server; 0 takes a free port.")
    ] = 7860,
    auth: Annotated[
        str | None,
        typer.Option(
            envvar="HUELAB_AUTH",
            help="NAME:PASSWORD that visitors must know. The environment variable keeps it out of "
            "the list of processes.",
        ),
    ] = None,
    max_megabytes: Annotated[
        float, typer.Option(min=0.001, help="Largest size of one picture's file.")
    ] = 30,
    max_megapixels: Annotated[
        float,
        typer.Option(
            min=0.001,
            help="Largest size of one picture; each million pixels takes 10 MB of memory.",
        ),
    ] = 40,
    max_waiting: Annotated[
        int, typer.Option(min=1, help="How many pictures of all visitors may wait in line.")
    ] = 100,
    max_seconds: Annotated[
        float, typer.Option(min=0.1, help="Longest time that the server works on one picture.")
    ] = 60,
    max_memory: Annotated[
        float, typer.Option(min=1, help="Megabytes of pictures that the server keeps for visitors.")
    ] = 1000,
    max_minutes: Annotated[
        float,
        typer.Option(min=0.1, help="How long the server keeps a picture that nobody looks at."),
    ] = 20,
) -> None:
    """Serve a web page that colors photographs, until Ctrl-C.

    By default only this computer can visit the page. The server asks no other computer for anything
    and works without the internet. Visitors' pictures stay in memory and are never on a disk.
    """
    pair = _pair(auth)
    if find_spec("gradio") is None:
        complain("the page needs gradio; `pip install 'huelab[page]'` installs it")
        raise typer.Exit(1)
    from huelab.page.limits import Limits
    from huelab.page.server import serve as serve_page

    limits = Limits(
        max_megabytes, max_megapixels, max_waiting, max_seconds, max_memory, max_minutes
    )
    if pair is None and not _is_this_computer(host):
        complain(f"anybody who can reach {host} can use this page; --auth asks for a password")
    try:
        serve_page(host, port, auth=pair, limits=limits, ready=_say_where)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _pair(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    name, colon, password = auth.partition(":")
    if not (name and colon and password):
        raise typer.BadParameter("the value must be NAME:PASSWORD", param_hint="--auth")
    return name, password


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _say_where(address: str) -> None:
    typer.echo(f"HueLab's page is at {address} (Ctrl-C ends it)")
