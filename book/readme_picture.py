"""Draw book/_static/first_color.jpg, the picture in the README, from the weights of record.

    python book/readme_picture.py

All three test photographs of the embedded set, none chosen: gray, colored, truth.
"""

from pathlib import Path

import torch
import torch.nn.functional as F

from huelab import images, records
from huelab.color import rgb_to_gray
from huelab.data import open_dataset
from huelab.methods import trained

HEIGHT = 240


def main() -> None:
    record = records.find("first", profile="full")[-1]
    network = trained.load(record)
    columns = []
    for photograph in open_dataset("embedded", "test", size=None):
        truth = photograph[None] / 255
        width = round(HEIGHT * truth.shape[3] / truth.shape[2])
        truth = F.interpolate(truth, (HEIGHT, width), mode="bicubic", antialias=True).clamp(0, 1)
        gray = rgb_to_gray(truth, "lightness")
        rows = [gray.expand(-1, 3, -1, -1), network.colorize(gray), truth]
        columns.append(torch.cat([F.pad(row, (2, 2, 2, 2), value=1) for row in rows], 2))
    sheet = torch.cat(columns, 3)[0].mul(255).round().byte().permute(1, 2, 0)
    path = Path(__file__).parent / "_static" / "first_color.jpg"
    images.write(path, sheet, overwrite=True, quality=90)


if __name__ == "__main__":
    main()
