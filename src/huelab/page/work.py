"""The work of the process with the networks: it lists the methods and colors pictures."""

import io
import re
from dataclasses import asdict
from functools import lru_cache

import numpy as np
import torch
from PIL import Image

from huelab import images
from huelab.apply import colorize
from huelab.apply.filters import FILTERS, filtered
from huelab.apply.small import with_guide
from huelab.color import rgb_to_lab
from huelab.images.limits import HIGHER
from huelab.images.marks import mark_without_names
from huelab.methods import shipped, trained
from huelab.methods.colorizer import Colorizer, Guide
from huelab.methods.untrained import UNTRAINED
from huelab.methods.weight_files import method_class
from huelab.page.limits import Limits, Refused
from huelab.page.order import Answer, Hint, Method, Order
from huelab.storage import WeightsError
from huelab.weights import DEFAULT_MODEL

#: How many methods' networks stay in memory.
_KEPT = 4
#: The longer side of a picture on the page, in pixels; larger pictures are shrunk.
SHOWN = 2400
#: What a visitor gives a method, in words.
_GIVEN = {"hints": "chosen colors", "strength": "a strength below 1"}
_HINTS_WANTED = "This method knows no colors of its own: click the picture and choose some."
_COMMENT = "Colors by HueLab. They are plausible, and they are no evidence."
#: The longer side of a thumbnail, in pixels.
_THUMB = 200
#: The shorter side of the map of hints, and the radius of a spot in it, in pixels.
_HINTED, _RADIUS = 256, 3
#: Pillow's level of compression for pictures that are only shown. It takes half the time, and the
#: files are hardly larger.
_QUICK = 3


def methods() -> list[Method]:
    """The methods that the page offers.

    First come all weights that ship, the default before the others. Then come the weights of runs
    on this computer, and methods that need only hints. The page takes no reference.

    Example:
        >>> "first" in [method.name for method in methods()]
        True
    """
    entries = sorted(shipped.index().values(), key=lambda entry: entry.name != DEFAULT_MODEL)
    found = [Method(entry.name, entry.good_at, _knows_vivid(asdict(entry))) for entry in entries]
    names = {method.name for method in found}
    found += [method for method in _trained_here() if method.name not in names]
    offered = {name: entry for name, entry in UNTRAINED.items() if entry.kind.needs <= {"hints"}}
    return found + [Method(name, entry.good_at, vivid=False) for name, entry in offered.items()]


def color(order: Order, limits: Limits) -> Answer:
    """Color the picture of an order.

    Raises:
        Refused: if the picture cannot be read or exceeds a limit, or if an option is wrong.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("L", (30, 20), 128).save(file, "PNG")
        >>> answer = color(Order(file.getvalue()), Limits())
        >>> answer.width, answer.height, answer.notes
        (30, 20, ())
    """
    options = order.options
    if options.filter not in FILTERS:
        raise Refused(f"filter: {options.filter!r} is not one of {', '.join(FILTERS)}")
    limits.check_bytes(len(order.picture))
    method = _method(options.method)
    notes: list[str] = []
    try:
        before = images.read(order.picture, max_pixels=limits.pixels, notes=notes, deep=True)
    except images.ImageError as error:
        raise Refused(_for_a_visitor(error)) from error
    if method.needs and not options.hints:
        notes.append(_HINTS_WANTED)
    colored = _colored(before, method, order, notes)
    after = filtered(colored, options.filter)
    result = beside(before, after) if options.side_by_side else after
    texts = mark_without_names(order.picture) | {"Comment": _COMMENT}
    picture = images.encode(result, ".png", like=order.picture, texts=texts)
    views = _views(before, after, picture) if order.for_viewing else {}
    return Answer(picture, result.shape[1], result.shape[0], tuple(notes), views)


def beside(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Two pictures of one size, next to each other in one picture, with a white line between them.

    Args:
        before: uint8 or uint16 `(H, W, 3)`, for the left.
        after: the same shape and type, for the right.

    Example:
        >>> black = np.zeros((100, 50, 3), np.uint8)
        >>> beside(black, black).shape
        (100, 102, 3)
    """
    width, white = max(2, before.shape[1] // 100), np.iinfo(before.dtype).max
    line = np.full((before.shape[0], width, 3), white, before.dtype)
    return np.concatenate([before, line, after], 1)


def hints_map(hints: tuple[Hint, ...], width: int, height: int) -> torch.Tensor:
    """Spots of color as `Guide.hints`.

    Args:
        hints: the spots, in pixels of the picture.
        width, height: of the picture.

    Returns:
        `(1, 3, h, w)`: a* and b* in Lab units, and the mask. The shorter side is 256 or less.

    Raises:
        Refused: for a spot outside the picture.

    Example:
        >>> spots = hints_map((Hint(x=100, y=50, color="#ff0000"),), width=1024, height=512)
        >>> spots.shape, spots[0, :, 25, 50].round().tolist()
        (torch.Size([1, 3, 256, 512]), [80.0, 67.0, 1.0])
        >>> int(spots[0, 2].sum())  # a disk of radius 3
        29
    """
    scale = min(1.0, _HINTED / min(width, height))
    shape = (max(1, round(height * scale)), max(1, round(width * scale)))
    spots = torch.zeros(1, 3, *shape)
    rows, columns = torch.meshgrid(*map(torch.arange, shape), indexing="ij")
    for hint in hints:
        if hint.x >= width or hint.y >= height:
            raise Refused(
                f"hints: {hint.x:g}, {hint.y:g} is outside the picture of {width} × {height} pixels"
            )
        row, column = int(hint.y * scale), int(hint.x * scale)
        disk = (rows - row) ** 2 + (columns - column) ** 2 <= _RADIUS**2
        rgb = torch.tensor(hint.rgb, dtype=torch.float32).view(3, 1, 1) / 255
        ab = rgb_to_lab(rgb)[1:].flatten()
        spots[0, :, disk] = torch.tensor([*ab, 1.0])[:, None]
    return spots


def _views(before: np.ndarray, after: np.ndarray, picture: bytes) -> dict[str, bytes]:
    small = _shrunk(before, SHOWN), _shrunk(after, SHOWN)
    as_it_is = after.dtype == np.uint8 and small[1].size == (after.shape[1], after.shape[0])
    return {
        "before": _png(small[0]),
        "after": picture if as_it_is else _png(small[1]),
        "beside": _png(Image.fromarray(beside(*map(np.asarray, small)))),
        "thumb": _png(_shrunk(after, _THUMB)),
    }


def _shrunk(pixels: np.ndarray, longer: int) -> Image.Image:
    if pixels.dtype == np.uint16:  # no browser shows more than 8 bits
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    image = Image.fromarray(pixels)
    image.thumbnail((longer, longer), Image.Resampling.LANCZOS)
    return image


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=_QUICK)
    return file.getvalue()


def _colored(pixels: np.ndarray, method: Colorizer, order: Order, notes: list[str]) -> np.ndarray:
    options, (height, width) = order.options, pixels.shape[:2]
    guide = Guide(
        hints=hints_map(options.hints, width, height) if options.hints else None,
        strength=options.strength if options.strength < 1 else None,
        vivid=options.vivid if "vivid" in method.guides else None,
    )
    try:
        with_guide(method, guide)
    except ValueError as error:  # such as a strength for a method that predicts RGB
        unused = guide.given - method.guides
        said = ", ".join(sorted(words for name, words in _GIVEN.items() if name in unused))
        raise Refused(f"The method {options.method} does not take {said}.") from error
    return colorize(pixels, method=method, guide=guide, notes=notes)


@lru_cache(_KEPT)
def _method(name: str) -> Colorizer:
    if not name or name in shipped.index() or name in UNTRAINED:
        return shipped.load(*filter(None, [name]))
    if name not in [method.name for method in methods()]:
        raise Refused(f"method: {name!r} is not a method; GET /api/methods lists them")
    try:
        return trained.newest(name, damaged=lambda error: None)
    except WeightsError as error:
        raise Refused(f"method: the weights of {name!r} are missing or damaged") from error


def _trained_here() -> list[Method]:
    """Methods whose weights `huelab reproduce` left on this computer, sorted by recipe."""
    try:
        from huelab import records
        from huelab.recipes import RECIPES
    except ModuleNotFoundError:  # only what colors is installed
        return []
    found: dict[str, Method] = {}
    for record in records.find(damaged=lambda error: None):
        if record.status == "complete" and trained.where(record):
            title = RECIPES[record.recipe].title if record.recipe in RECIPES else record.recipe
            about = f"{title}; trained on this computer or recorded here"
            found[record.recipe] = Method(record.recipe, about, _knows_vivid(record.config))
    return [found[name] for name in sorted(found)]


def _knows_vivid(config: dict[str, object]) -> bool:
    return "vivid" in method_class(config).guides


def _for_a_visitor(error: Exception) -> str:
    """An error of the picture reader without the file's name and the command line's option."""
    said = str(error).removeprefix("<bytes>: ").replace(f"; {HIGHER}", "")
    said = re.sub(r" \(max_pixels[^)]*\)", "", said)
    return f"{said[:1].upper()}{said[1:]}".removesuffix(".") + "."
