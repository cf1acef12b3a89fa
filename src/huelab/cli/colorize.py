"""`huelab colorize`: photographs in, colored photographs next to them."""

from pathlib import Path
from typing import Annotated

import typer

from huelab import DEFAULT_MODEL
from huelab.cli.coloring import Wanted, color_all
from huelab.cli.output import a_path

#: What `--format` takes, and the suffix of its files.
FORMATS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "tif": "tif", "tiff": "tif"}
FORMATS |= {"webp": "webp", "avif": "avif"}
#: Formats that have a quality, by their suffixes.
LOSSY = ("jpg", "webp", "avif")


def a_format(text: str) -> str:
    """The suffix of a format.

    Raises:
        BadParameter: for one that HueLab does not write.

    >>> a_format("JPEG")
    'jpg'
    """
    found = FORMATS.get(text.lower().removeprefix("."))
    if found is None:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(FORMATS)}")
    return found


def an_engine(text: str) -> str:
    """What does the work: local or ray.

    Raises:
        BadParameter: for anything else.
    """
    if text not in ("local", "ray"):
        raise typer.BadParameter(f"{text!r} is not one of local, ray")
    return text


def colorize(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Gray photographs or films, or folders of them; - is standard input.",
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
            help="Weights that ship with huelab, or a method without weights, scribbles or "
            "exemplar; see `huelab list weights`."
        ),
    ] = DEFAULT_MODEL,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Instead of a model: the newest weights that `huelab reproduce` trained by this "
            "recipe, see `huelab list recipes`."
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format", help="png, jpg, tif, webp, or avif.", parser=a_format, metavar="FORMAT"
        ),
    ] = "png",
    quality: Annotated[
        int | None,
        typer.Option(
            min=1, max=100, help="Of jpg (95 unless given), avif (90), and webp (else lossless)."
        ),
    ] = None,
    side_by_side: Annotated[
        bool,
        typer.Option(
            "--side-by-side",
            help="The photograph and its result in one picture, photo-before-after.png.",
        ),
    ] = False,
    strength: Annotated[
        float | None, typer.Option(min=0, max=1, help="0 leaves the photograph gray; 1 is usual.")
    ] = None,
    vivid: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="0 for the safest colors, 1 for vivid ones; not all models know it."
        ),
    ] = None,
    hints: Annotated[
        Path | None,
        typer.Option(
            help="For one photograph: a transparent PNG of its shape. Its opaque pixels say which "
            "color is there; HueLab spreads it as far as the edges.",
            parser=a_path,
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(help="A color photograph, whose colors the results take.", parser=a_path),
    ] = None,
    keep_tint: Annotated[
        bool, typer.Option("--keep-tint", help="Keep the tone of a print, such as sepia.")
    ] = False,
    smooth: Annotated[
        bool,
        typer.Option(help="In films: colors that follow what moves, so that they do not flicker."),
    ] = True,
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Shorter side that the network sees.")
    ] = 256,
    engine: Annotated[
        str,
        typer.Option(
            help="local, or ray: all machines of a Ray cluster, with one worker a device.",
            parser=an_engine,
            metavar="ENGINE",
        ),
    ] = "local",
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Also the folders in a folder; -o mirrors them."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
    max_pixels: Annotated[
        int,
        typer.Option(
            min=1,
            max=10**10,
            help="Photographs of more pixels are refused; 10 bytes of memory for each.",
        ),
    ] = 200_000_000,
    max_scans: Annotated[
        int,
        typer.Option(min=1, max=10**6, help="JPEGs of more scans are refused; each takes time."),
    ] = 100,
) -> None:
    """Color photographs: photo.jpg gives photo-color.png next to it, or in the output folder.

    The colors are plausible ones, not the true ones: a gray photograph does not hold those.

    HueLab reads JPEG, PNG, TIFF, WebP, AVIF, GIF, BMP, PPM, JPEG 2000, QOI, PSD, and, with
    `pip install 'huelab[heic]'`, HEIC. It writes PNG, JPEG, TIFF, WebP, and AVIF. Where two
    photographs would share a name, the ending is added: photo-jpg-color.png. If that is taken too,
    a number is added. The command prints the name of each result. `huelab colorize - < photo.jpg >
    color.png` reads standard input and writes the picture to standard output.

    Films keep their format where that is MP4, MOV, MKV, or WebM; all others become MKV. HueLab
    keeps their brightness, times, sound, and subtitles. A film that was stopped goes on where it
    was.

    Photographs that have a result are skipped, so run the same command again to continue. A
    photograph that changed since then is colored again; --overwrite makes all of them again, such
    as with other options. Results carry a mark, and HueLab does not color them again. It skips
    hidden files in folders. Names that begin with a dash come after --.

    Exit status: 0 if all went well, 1 if a photograph failed, 2 for wrong usage, 130 after Ctrl-C.
    """
    if quality is not None and format not in LOSSY:
        lossy = ", ".join(LOSSY)
        wrong = f"{format} loses nothing and so has no quality; these have: {lossy}"
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
