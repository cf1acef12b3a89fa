"""A desk for one photograph in a notebook: upload it, say what you know, and compare.

The widgets are those of ipywidgets, which need a running kernel. Where there is none, as on the
published page, a slider over the two pictures takes their place. A line of script in an attribute
turns a click on the photograph into coordinates in a text field. The same field takes coordinates
from the keyboard, so that nobody needs a mouse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from huelab import images
from huelab.images import ImageError
from huelab.show.bundle import Bundle, encode
from huelab.show.sliders import compare

#: A place in pixels from the upper left corner, and the sRGB color of that place, 0..255.
Spot = tuple[int, int, tuple[int, int, int]]
#: A function that colors a picture, uint8 `(H, W, 3)`, given spots, strength and vividness.
Paint = Callable[[np.ndarray, Sequence[Spot], float, float], np.ndarray]

#: Longer side in pixels of the picture on the desk; larger pictures are shrunk.
LONGEST = 640
#: Width in pixels at which the two pictures are shown.
SHOWN = 340
#: Radius in pixels of the ring around a spot.
RING = 7
VIEW = "application/vnd.jupyter.widget-view+json"
# The click is counted in the pixels of the picture, however large the screen shows it.
CLICK = (
    "const box=this.getBoundingClientRect(),"
    "x=Math.floor((event.clientX-box.left)/box.width*this.naturalWidth),"
    "y=Math.floor((event.clientY-box.top)/box.height*this.naturalHeight),"
    "field=this.closest('.huelab-desk').querySelector('.huelab-place input');"
    "field.value=x+', '+y;field.dispatchEvent(new Event('change',{bubbles:true}))"
)
PICTURE = '<img class="dark-light" alt="{alt}" src="data:{mime};base64,{data}" onclick="{click}" '
PICTURE += 'style="width:{width}px;max-width:100%;cursor:crosshair;margin:0;filter:none">'


class Desk:
    """One photograph, what a person knows about its colors, and what a method makes of both.

    Attributes:
        picture: uint8 `(H, W, 3)`, the photograph, its longer side at most `LONGEST`.
        spots: a list of `(x, y, (red, green, blue))`.
        strength, vivid: 0 to 1.
        result: uint8 `(H, W, 3)`, the colored photograph.
        said: the last message to the user.

    Example:
        >>> def red_dots(picture, spots, strength, vivid):
        ...     made = picture.copy()
        ...     for x, y, color in spots:
        ...         made[y, x] = color
        ...     return made
        >>> desk = Desk(red_dots, np.zeros((4, 6, 3), np.uint8))
        >>> desk.click("2, 1")
        >>> desk.color = "#00ff00"
        >>> desk.click("5, 3")
        >>> desk.result[1, 2], desk.result[3, 5]
        (array([255,   0,   0], dtype=uint8), array([  0, 255,   0], dtype=uint8))
        >>> desk.undo()
        >>> desk.change(strength=0.5)
        >>> len(desk.spots), desk.strength
        (1, 0.5)
        >>> desk.click("9, 9")
        >>> desk.said
        'The place 9, 9 is outside the picture, which has 6 × 4 pixels.'
        >>> desk.open(images.encode(np.ones((8, 8, 3), np.uint8), ".png"))
        >>> desk.picture.shape, desk.spots
        ((8, 8, 3), [])
        >>> desk.widget().children[0].description
        'Photograph'
    """

    def __init__(self, paint: Paint, picture: np.ndarray, *, alt: str = "the photograph"):
        """
        Args:
            paint: colors a picture.
            picture: uint8 `(H, W, 3)`.
            alt: what the picture shows, for people who cannot see it.
        """
        self.paint, self.alt = paint, alt
        self.color, self.strength, self.vivid = "#ff0000", 1.0, 0.0
        self._watchers: list[Callable[[], None]] = []
        self._lay(picture)

    def _lay(self, picture: np.ndarray) -> None:
        small = Image.fromarray(picture)
        small.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        self.picture, self.spots = np.asarray(small), list[Spot]()
        self._repaint()

    def _repaint(self) -> None:
        self.result = self.paint(self.picture, self.spots, self.strength, self.vivid)
        self._say(f"spots: {len(self.spots)}")

    def _say(self, text: str) -> None:
        self.said = text
        for watcher in self._watchers:
            watcher()

    def open(self, content: bytes | memoryview) -> None:
        """Lay another photograph on the desk, from the bytes of its file; its spots are gone."""
        try:
            picture = images.read(content)
        except ImageError as error:
            self._say(f"HueLab cannot use the file: {str(error).removeprefix('<bytes>: ')}")
            return
        self.alt = "your photograph"
        self._lay(picture)

    def click(self, place: str) -> None:
        """Give the chosen color to a place, such as `"120, 80"`, in pixels from the upper left."""
        found = re.fullmatch(r"\s*(\d+)\s*[,;\s]\s*(\d+)\s*", place)
        height, width = self.picture.shape[:2]
        if not found:
            self._say(f"A place is two whole numbers, such as 120, 80, and not {place!r}.")
            return
        x, y = map(int, found.groups())
        if x >= width or y >= height:
            size = f"{width} × {height}"
            self._say(f"The place {x}, {y} is outside the picture, which has {size} pixels.")
            return
        red, green, blue = ImageColor.getrgb(self.color)[:3]
        self.spots.append((x, y, (red, green, blue)))
        self._repaint()

    def undo(self) -> None:
        """Remove the last spot."""
        if self.spots:
            self.spots.pop()
            self._repaint()

    def change(self, *, strength: float | None = None, vivid: float | None = None) -> None:
        """Set the strength or the vividness, 0 to 1 each; None leaves it as it is."""
        self.strength = self.strength if strength is None else strength
        self.vivid = self.vivid if vivid is None else vivid
        self._repaint()

    def marked(self) -> np.ndarray:
        """The photograph with a ring around each spot, in the color of the spot.

        Example:
            >>> desk = Desk(lambda picture, *how: picture, np.zeros((40, 40, 3), np.uint8))
            >>> desk.click("20, 20")
            >>> desk.marked()[20, 20 - RING], desk.marked()[20, 20]
            (array([255,   0,   0], dtype=uint8), array([0, 0, 0], dtype=uint8))
        """
        sheet = Image.fromarray(self.picture)
        pen = ImageDraw.Draw(sheet)
        for x, y, color in self.spots:
            for radius, ink in ((RING + 2, (255, 255, 255)), (RING, color)):
                box = (x - radius, y - radius, x + radius, y + radius)
                pen.ellipse(box, outline=ink, width=2)
        return np.asarray(sheet)

    def still(self) -> Bundle:
        """The slider that replaces the desk where there is no kernel.

        Example:
            >>> Desk(lambda picture, *how: picture, np.zeros((9, 9, 3), np.uint8)).still()
            gray | color: the photograph (9×9)
        """
        width = min(2 * SHOWN, self.picture.shape[1])
        return compare(self.picture, self.result, ("gray", "color"), alt=self.alt, width=width)

    def widget(self) -> Any:
        """The desk with its buttons, a box of ipywidgets."""
        import ipywidgets as widgets

        wide = {"style": {"description_width": "80px"}}
        file = widgets.FileUpload(accept="image/*", description="Photograph")
        place = widgets.Text(description="Place", placeholder="x, y", **wide)
        place.continuous_update = False
        place.add_class("huelab-place")
        color = widgets.ColorPicker(value=self.color, description="Color", **wide)
        sliders = [
            widgets.FloatSlider(value=getattr(self, name), max=1.0, step=0.05, description=name)
            for name in ("strength", "vivid")
        ]
        for slider in sliders:
            slider.continuous_update = False
        undo = widgets.Button(description="Undo the last spot")
        before, after, said = widgets.HTML(), widgets.HTML(), widgets.Label()
        self._listen(file, place, color, sliders, undo)

        def refresh() -> None:
            before.value, after.value, said.value = self._clickable(), self._slider(), self.said

        self._watchers = [refresh]
        refresh()
        rows = [widgets.HBox([place, color, undo]), widgets.HBox(sliders)]
        box = widgets.VBox([file, *rows, widgets.HBox([before, after]), said])
        box.add_class("huelab-desk")
        return box

    def _listen(self, file: Any, place: Any, color: Any, sliders: Sequence[Any], undo: Any) -> None:
        def chosen(change: Any) -> None:
            if change["new"]:
                self.open(change["new"][0]["content"])
                file.value = ()  # the same file can be chosen again

        def placed(change: Any) -> None:
            if change["new"]:
                self.click(change["new"])
                place.value = ""  # the same place can be clicked again

        def colored(change: Any) -> None:
            self.color = change["new"]

        file.observe(chosen, "value")
        place.observe(placed, "value")
        color.observe(colored, "value")
        for slider in sliders:
            slider.observe(lambda c: self.change(**{c["owner"].description: c["new"]}), "value")
        undo.on_click(lambda _: self.undo())

    def _clickable(self) -> str:
        mime, data = encode(self.marked())
        alt = escape(f"{self.alt}; click where you know its color")
        return PICTURE.format(alt=alt, mime=mime, data=data, click=CLICK, width=SHOWN)

    def _slider(self) -> str:
        labels = ("gray", "color")
        made = compare(self.picture, self.result, labels, alt=self.alt, width=SHOWN)
        return made.formats["text/html"]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        box = self.widget()
        view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
        return {VIEW: view, **self.still().formats}
