"""`huelab colorize`: it colors photographs and writes each result next to its photograph."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from huelab.cli.coloring import color_all
from huelab.cli.output import a_path
from huelab.cli.wanted import Wanted
from huelab.weights import DEFAULT_MODEL

#: The values of `--format`, and the suffixes of their files.
FORMATS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "tif": "tif", "tiff": "tif"}
FORMATS |= {"webp": "webp", "avif": "avif"}
#: Formats that have a quality, by their suffixes.
LOSSY = ("jpg", "webp", "avif")


def a_format(text: str) -> str:
    """The suffix of a format.

    Raises:
        BadParameter: for a format that HueLab does not write.

    >>> a_format("JPEG")
    'jpg'
    """
    found = FORMATS.get(text.lower().removeprefix("."))
    if found is None:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(FORMATS)}")
    return found


def an_engine(text: str) -> str:
    """The name of an engine: local or ray.

    Raises:
        BadParameter: for anything else.
    """
    if text not in ("local", "ray"):
        raise typer.BadParameter(f"{text!r} is not one of local, ray")
    return text


#: The class of errors about wrong usage. Typer has its own or click's, and exports neither.
_Misused: type[BaseException] = typer.BadParameter.__mro__[1]


class DashCommand(TyperCommand):
    """Says what to do with names of files that begin with a dash, which look like options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = [arg for arg in args if arg[:1] == "-" and arg != "-" and os.path.lexists(arg)]
        try:
            return super().parse_args(ctx, args)
        except _Misused as error:
            if given and hasattr(error, "message"):
                error.message += f". A name that begins with a dash goes after --: -- {given[0]}"
            raise


def colorize(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Gray photographs or films, or folders of them; - means standard input.",
            parser=a_path,
            metavar="FILES",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the results.", parser=a_path),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="Name of weights that ship with huelab, or of a method without weights (scribbles "
            "or exemplar); see `huelab list weights`."
        ),
    ] = DEFAULT_MODEL,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Replaces --model: the newest weights that `huelab reproduce` trained with this "
            "recipe; see `huelab list recipes`."
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            help="Format of the results: png, jpg, tif, webp, or avif.",
            parser=a_format,
            metavar="FORMAT",
        ),
    ] = "png",
    quality: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100,
            help="Quality of jpg (default 95), avif (default 90), and webp (default lossless).",
        ),
    ] = None,
    side_by_side: Annotated[
        bool,
        typer.Option(
            "--side-by-side",
            help="Put the photograph and its result in one picture, photo-before-after.png.",
        ),
    ] = False,
    strength: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="0 leaves the photograph gray; 1 gives the model's own colors."
        ),
    ] = None,
    vivid: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="0 gives the most cautious colors, 1 gives vivid ones; not all models use it.",
        ),
    ] = None,
    hints: Annotated[
        Path | None,
        typer.Option(
            help="For one photograph: a transparent PNG with its proportions. Opaque pixels say "
            "which color is there, and HueLab spreads each color as far as the edges.",
            parser=a_path,
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="A color photograph that the results take their colors from.", parser=a_path
        ),
    ] = None,
    keep_tint: Annotated[
        bool, typer.Option("--keep-tint", help="Keep the tone of a print, such as sepia.")
    ] = False,
    smooth: Annotated[
        bool,
        typer.Option(help="In films: let colors follow what moves, so that they do not flicker."),
    ] = True,
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Shorter side that the network sees.")
    ] = 256,
    engine: Annotated[
        str,
        typer.Option(
            help="local for this computer, or ray for all machines of a Ray cluster, with one "
            "worker per device.",
            parser=an_engine,
            metavar="ENGINE",
        ),
    ] = "local",
    recursive: Annotated[
        bool,
        typer.Option(
            "--recursive", "-r", help="Include folders inside folders; --output mirrors them."
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
    max_pixels: Annotated[
        int,
        typer.Option(
            min=1,
            max=10**10,
            help="Largest number of pixels of a photograph; a pixel takes 10 bytes of memory.",
        ),
    ] = 200_000_000,
    max_scans: Annotated[
        int,
        typer.Option(
            min=1, max=10**6, help="Largest number of scans of a JPEG; each scan takes time."
        ),
    ] = 100,
) -> None:
    """Color photographs: photo.jpg gives photo-color.png next to it, or in the output folder.

    The colors are plausible, and they are not the true ones: a gray photograph does not hold its
    colors.

    HueLab reads JPEG, PNG, TIFF, WebP, AVIF, GIF, BMP, PPM, JPEG 2000, QOI, PSD, and, with
    `pip install 'huelab[heic]'`, HEIC. It writes PNG, JPEG, TIFF, WebP, and AVIF. If the results of
    two photographs would share a name, HueLab adds the format: photo-jpg-color.png. If that name is
    taken too, it adds a number. The command prints the name of each result. `huelab colorize - <
    photo.jpg > color.png` reads standard input and writes the picture to standard output.

    MP4, MOV, MKV, and WebM films keep their format; all others become MKV. HueLab keeps their
    brightness, times, sound, and subtitles. If HueLab is stopped in the middle of a film, the same
    command continues there and repeats at most 240 frames.

    HueLab skips photographs that have a result, so run the same command again to continue. It
    colors a photograph again if the photograph has changed. --overwrite colors all of them again,
    for example with other options. Results carry a mark, and HueLab does not color them. It skips
    hidden files in folders. Names that begin with a dash go after --.

    Exit status: 0 if all went well, 1 if a photograph failed, 2 for wrong usage, 130 after Ctrl-C.
    """
    if quality is not None and format not in LOSSY:
        lossy = ", ".join(LOSSY)
        wrong = f"{format} is lossless, so it has no quality; these formats have one: {lossy}"
        raise typer.BadParameter(wrong, param_hint="--quality")
    color_all(
        files,
        output,
        Wanted(
            model=model,
            recipe=recipe,
            suffix=f".{format}",
            quality=quality,
            side_by_side=side_by_side,
            strength=strength,
            vivid=vivid,
            hints=hints,
            reference=reference,
            keep_tint=keep_tint,
            smooth=smooth,
            size=size,
            engine=engine,
            recursive=recursive,
            overwrite=overwrite,
            max_pixels=max_pixels,
            max_scans=max_scans,
        ),
    )
