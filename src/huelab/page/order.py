"""Orders and answers: what a visitor asks for, and what the page gives back.

Both travel between the page's two processes.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huelab.page.limits import Refused

#: The beginning of a data URL, which is a web address that holds a whole file.
_DATA_URL = "data:"
#: What is wrong with an option, by pydantic's name of the error, where its own words are about
#: Python.
_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "extra_forbidden": "there is no such option",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "missing": "is missing",
    "model_type": "must be a JSON object",
    "string_pattern_mismatch": "must be a color such as #c03020",
    "string_type": "must be a text",
    "too_long": "there are too many; 100 are allowed",
    "tuple_type": "must be a list",
}
Color = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]


@dataclass(frozen=True)
class Method:
    """A method that a visitor can choose.

    Attributes:
        name: its name in an order.
        about: what it is good at.
        vivid: whether it uses the option `vivid`.

    Example:
        >>> Method("first", "speed", vivid=False).name
        'first'
    """

    name: str
    about: str
    vivid: bool


class Hint(BaseModel):
    """A spot of the picture and its color.

    Attributes:
        x, y: the place, in pixels of the original from its upper left corner.
        color: such as `#c03020`.

    Example:
        >>> Hint(x=10, y=20, color="#c03020").rgb
        (192, 48, 32)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    x: float = Field(ge=0)
    y: float = Field(ge=0)
    color: Color

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The color as three numbers from 0 to 255."""
        red, green, blue = bytes.fromhex(self.color[1:])
        return red, green, blue


class Options(BaseModel):
    """How a picture is colored.

    Attributes:
        method: a name of `GET /api/methods`; empty stands for the first of them.
        strength: 0 leaves the picture gray, 1 gives it the method's own colors.
        vivid: 0 asks for cautious colors, 1 for strong ones. All methods but HueNet ignore it.
        filter: a name of `huelab.apply.filters.FILTERS`.
        hints: colors that the visitor knows, at most 100.
        side_by_side: whether the result holds the original and the colored picture.

    Example:
        >>> Options(filter="sepia").strength
        1.0
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str = ""
    strength: float = Field(default=1.0, ge=0, le=1)
    vivid: float = Field(default=0.5, ge=0, le=1)
    filter: str = "none"
    hints: tuple[Hint, ...] = Field(default=(), max_length=100)
    side_by_side: bool = False


@dataclass(frozen=True)
class Order:
    """One picture to color.

    Attributes:
        picture: the bytes of its file.
        options: how it is colored.
        for_viewing: whether the answer also has the pictures that the page shows, see
            `Answer.views`.

    Example:
        >>> Order(b"GIF89a").options.filter
        'none'
    """

    picture: bytes
    options: Options = field(default_factory=Options)
    for_viewing: bool = False


@dataclass(frozen=True)
class Answer:
    """A colored picture.

    Attributes:
        picture: a PNG in the original size.
        width, height: its size, in pixels.
        notes: sentences that the visitor should know.
        views: PNGs that the page shows: `before`, `after`, `beside`, and a small `thumb`.

    Example:
        >>> Answer(b"", 4, 3).size
        0
    """

    picture: bytes
    width: int
    height: int
    notes: tuple[str, ...] = ()
    views: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all its pictures. A result that is also a view counts once."""
        pictures = {id(data): len(data) for data in (self.picture, *self.views.values())}
        return sum(pictures.values())


def options_of(values: Any) -> Options:
    """The options in a JSON object.

    Raises:
        Refused: if an option is unknown or has a wrong value; the message names it.

    Example:
        >>> options_of({"strength": 0.5}).strength
        0.5
        >>> options_of({"strength": 5})
        Traceback (most recent call last):
            ...
        huelab.page.limits.Refused: strength: must be less than or equal to 1
    """
    try:
        return Options.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "options"
        said = _WORDS.get(first["type"]) or first["msg"].replace("Input should", "must")
        raise Refused(f"{place}: {said}") from error


def picture_of(text: Any) -> bytes:
    """The bytes of a file from the text of a JSON object: base64, alone or in a data URL.

    Raises:
        Refused: if the text is something else.

    Example:
        >>> picture_of("R0lGODlh"), picture_of("data:image/gif;base64,R0lGODlh")
        (b'GIF89a', b'GIF89a')
    """
    wrong = "image: expected the file of a picture as base64"
    if not isinstance(text, str):
        raise Refused(wrong)
    if text.startswith(_DATA_URL):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(wrong) from error
