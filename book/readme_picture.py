"""Make book/_static/migrant_mother-before-after.jpg, the picture in the README.

    python book/readme_picture.py

`huelab colorize --side-by-side --format jpg` makes it from a photograph of chapter 10.
"""

from pathlib import Path

from huelab.apply import colorize_file
from huelab.methods import shipped

STATIC = Path(__file__).parent / "_static"
SOURCE = STATIC / "old" / "migrant_mother.jpg"
RESULT = STATIC / "migrant_mother-before-after.jpg"


def main() -> None:
    method = shipped.load()
    colorize_file(SOURCE, RESULT, method=method, side_by_side=True, overwrite=True, quality=90)


if __name__ == "__main__":
    main()
