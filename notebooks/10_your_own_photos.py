# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: tags,mystnb,-all
#     notebook_metadata_filter: kernelspec,-jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own photographs
#
# The other chapters judge networks by photographs whose colors are known. This chapter is about
# photographs whose colors are gone. You color ten old ones and your own, help the network with what
# you know, color a short film, and then ask what the colors are worth. The answer is sober: they are
# invented, and for four of the ten photographs you can see how well.
#
# **What you will learn**
#
# - What a network sees of an old photograph, and what it cannot know.
# - What you can add: strength, vividness, and hints.
# - How uncertain the colors are, and which label a colored photograph needs.
#
# **What it needs.** {doc}`02_lab` for L\*, a\* and b\*, and {doc}`09_huenet` for the network.

# %%
from huelab import show

show.needs("10_your_own_photos")

# %% [markdown]
# Paper 004 {cite:p}`pandey2022coloring` ends with a web page that colors photographs. The table lists
# what the paper says about it, in our words. (*Flask* is a Python library for web pages.) The
# [ledger](../book/ledger.md) says what became of each claim. `huelab serve` starts the web page of this
# book.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

told = ("004-A09", "004-A11", "004-A12", "004-A13", "004-R02", "004-Q08")
claims = [claim for claim in read_claims() if claim.id in told]
show.table([{"id": claim.id, "claim": claim.claim} for claim in claims])

# %% [markdown]
# ## Ten old photographs
#
# The book holds ten photographs, with a list that says where each is from:

# %%
import csv
from pathlib import Path

from huelab import images

OLD = Path("../book/_static/old")


def listed(name):
    """The rows of a list in the folder of old photographs."""
    with open(OLD / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


credits = {Path(row["file"]).stem: row for row in listed("credits.csv")}
photographs = {name: images.read(OLD / row["file"]) for name, row in credits.items()}
rows = [{"name": name, **row} for name, row in credits.items()]
show.table(rows, columns=["name", "title", "year", "author"])

# %% [markdown]
# All ten are in the public domain, and the list says why. The first was published in the United States
# before 1931. Four are works of the United States government. The boy is from a collection of which the
# Library of Congress knows no copyright. The author of the last four died in 1944.
#
# We also looked at ten photographs that often come with colorization software. Two of them may be
# shown and are in the list above. We left out the rest, for these reasons:

# %% tags=["nbval-check-output"]
show.table(listed("left_out.csv"))

# %% [markdown]
# We chose the ten before any of them was colored, and exchanged none afterward. The last four are
# special. Sergei Prokudin-Gorskii took each picture three times in a row, on one glass plate, through
# a blue, a green and a red filter. Together, the three exposures give the color that the scene had. So
# these four are old photographs with a known truth. It is an approximate truth: we shifted the exposures
# onto each other and corrected nothing else. As the gray picture, the chapter takes only their L\*.
#
# ## What the network sees
#
# The figure shows the way of a photograph through `huelab.colorize`. **Look at** the upper arrow: L\*
# goes around the network.

# %% mystnb={"image": {"alt": "Six boxes from left to right: photograph, lightness L*, small copy, network, a* and b* at full size, color photograph. An arrow leads from lightness directly to the color photograph, over the others."}}
import matplotlib.pyplot as plt

steps = ["photograph", "L*", "small\ncopy", "network", "a*b*, full\nsize", "color"]
fig, ax = plt.subplots(figsize=(7.4, 1.7), layout="constrained")
box = {"boxstyle": "round,pad=0.4", "fc": "#e8eef4", "ec": "0.4"}
for place, step in enumerate(steps):
    ax.text(place, 0, step, ha="center", va="center", fontsize=9, bbox=box)
    if place:
        ends = {"xy": (place - 0.36, 0), "xytext": (place - 0.62, 0)}
        ax.annotate("", **ends, arrowprops={"arrowstyle": "->"})
bend = {"arrowstyle": "->", "connectionstyle": "arc3,rad=-0.25"}
ax.annotate("", xy=(5, 0.35), xytext=(1, 0.3), arrowprops=bend)
ax.text(3, 0.6, "unchanged", ha="center", fontsize=9)
ax.set(xlim=(-0.5, 5.5), ylim=(-0.5, 1.2))
ax.axis("off")
show.stamp(fig)

# %% [markdown]
# The network sees a small copy of L\* and nothing else: no date, no place, no color that the print
# has taken on. Its a\* and b\* are carried up to full size along the edges of the original
# ({doc}`02_lab`). The lightness itself stays as it was, so no detail is lost. The first cell loads what
# we need. A `Guide` holds what you can add, here the vividness. Move the slider:

# %%
import numpy as np
from PIL import Image

from huelab import colorize
from huelab.methods.colorizer import Guide
from huelab.methods import shipped


def small(pixels, longer=300):
    """A copy with its longer side at so many pixels."""
    copy = Image.fromarray(pixels)
    copy.thumbnail((longer, longer))
    return np.asarray(copy)


# %%
huenet = shipped.load("huenet")
street = small(photographs["saratoga"], 300)
colored = colorize(street, method=huenet, guide=Guide(vivid=1.0))
scene = "a wide street with elms, carriages and people, about 1910"
show.compare(street, colored, ("gray", "HueNet"), alt=scene)

# %% [markdown]
# The network is given L\* alone, so a tint of the print should not matter. `filtered` makes two tinted
# copies of one gray picture and leaves a third as it is. We color all three:

# %%
from huelab.apply.filters import filtered

prints = {name: filtered(street, name) for name in ("none", "warm", "cool")}
made = {name: colorize(each, method=huenet) for name, each in prints.items()}
for name, picture in made.items():
    change = np.abs(picture.astype(int) - made["none"])
    print(f"{name}: mean {change.mean():.2f}, most {change.max()} of 255 levels")

# %% mystnb={"image": {"alt": "Two rows of one street scene. Above, as tinted prints: neutral, brownish, bluish. Below, their three results in color, which look the same."}}
above = {f"{name}, print": each for name, each in prints.items()}
below = {f"{name}, colored": each for name, each in made.items()}
show.pictures({**above, **below}, ncols=3, size=140)

# %% [markdown]
# What is left of the difference comes from the rounding of tinted prints to 8 bits. If you *want* the
# tone of the print, `keep_tint=True` adds it to the colors.
#
# **Size matters.** A convolution has a fixed field of view. In a large copy it sees a leaf, in a small
# one a tree. The argument `size` sets the size of the small copy. We color the street at three other
# sizes and compare with 256 pixels, for HueNet and for the first network of this book. ΔE00 is a color
# difference in which about 1 is just visible ({doc}`07_metrics`).

# %%
import torch

from huelab.metrics import delta_e_2000


def planes(pixels):
    """An array (H, W, 3) of levels as a tensor (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def apart(one, other):
    """The mean color difference of two pictures."""
    return delta_e_2000(planes(one), planes(other)).item()


# %%
rows = []
scan = photographs["saratoga"]
for name, method in (("HueNet", huenet), ("first", shipped.load("first"))):
    usual = colorize(scan, method=method, size=256)
    row = {"network": name}
    for size in (64, 128, 446):
        made = colorize(scan, method=method, size=size)
        row[f"{size} pixels"] = apart(made, usual)
    rows.append(row)
formats = dict.fromkeys(rows[0], ".2f")
show.table(rows, formats=formats, caption="ΔE00 from 256 pixels")

# %% [markdown]
# HueNet first brings every picture to the size that it was trained at ({doc}`09_huenet`), so its colors
# change less. In a copy of 64 pixels little is left to be recognized.
#
# ## All ten in color
#
# First come the six photographs that exist only in gray. Beside each are HueNet's two ends: the
# *accurate* one (`vivid=0`, the default, nearly the mean of all likely colors) and the *vivid* one
# (`vivid=1`, close to the likeliest). Look for skin, for sky, and for clothes.

# %%
def in_gray(pixels):
    """The gray picture of the same lightness."""
    return filtered(pixels, "black-and-white")


pictures = {name: small(in_gray(each)) for name, each in photographs.items()}
truth = {name: small(each) for name, each in list(photographs.items())[-4:]}


def at(vivid):
    """All ten, colored."""
    guide = Guide(vivid=vivid)
    return {n: colorize(p, method=huenet, guide=guide) for n, p in pictures.items()}


accurate, vivid = at(0.0), at(1.0)

# %% mystnb={"image": {"alt": "Six old photographs, each three times from left to right, gray, accurate and vivid: a street with elms, a mother with children, two laughing farmers, boys on a car, a photographer above an aircraft carrier, a boy in ruins. In both columns of color the mother and the farmers are orange brown all over; in the vivid one the street is green, the sky above the carrier blue, and the coat of the boy purple."}}
columns = {"gray": pictures, "accurate": accurate, "vivid": vivid}


def beside(name, *more):
    """One photograph in all columns, from left to right."""
    return np.concatenate([*(column[name] for column in columns.values()), *more], 1)


show.pictures({name: beside(name) for name in list(pictures)[:6]}, ncols=1, size=420)

# %% [markdown]
# Where a color could be anything, the mean of all possible colors has the smallest error, and it is
# pale ({doc}`08_other_ways`). The vivid column commits itself, and so it is wrong more visibly. Trees
# turn green and the sky blue, as in photographs of today. The mother, her children and the farmers have
# one orange brown all over, in skin, cotton, and wood alike. The coat of the boy turns purple, for no
# reason that a person could see. The network does not reason about people or coats. It gives patterns
# of light and dark the colors that similar patterns had in its training photographs.
#
# Now the four whose colors are known. The last picture of each row is the true one:

# %% mystnb={"image": {"alt": "Four photographs of about 1910, each four times from left to right, gray, accurate, vivid and true. The true ones show a red and white church over green hills, a white monastery under a blue sky, a white church, and settlers in blue, pink and black clothes before a brown door. The network finds the blue sky of the monastery and some green; it misses the red of the church, and it makes the clothes of all settlers pinkish."}}
rows = {name: beside(name, true) for name, true in truth.items()}
show.pictures(rows, ncols=1, size=560)

# %%
from huelab.metrics import colorfulness

rows = []
for name, true in truth.items():
    errors = {key: apart(each[name], true) for key, each in columns.items()}
    strong = {"accurate": accurate[name], "vivid": vivid[name], "true": true}
    row = {"photograph": name, **errors}
    for key, each in strong.items():
        row[f"colors, {key}"] = colorfulness(planes(each)).item()
    rows.append(row)
formats = dict.fromkeys(rows[0], ".1f")
show.table(rows, formats=formats, caption="ΔE00 from the truth")

# %% [markdown]
# The first three columns of numbers are errors, the last three the *colorfulness*, which is 0 for
# gray. Go through the rows. For the monastery, where sky and water fill the picture, both ends come
# closer to the truth than gray does, and the vivid end comes closest. For the church in the courtyard
# both ends are farther from the truth than gray is. For the church on the hill only the vivid end is.
# The network could not know from L\* that this church is red and a blouse blue. Four photographs prove
# nothing about others. But they show what the first six cannot: a viewer who sees only the colored
# picture has no way to tell which of its colors are right.
#
# ## Strength and vividness
#
# Both make colors stronger or weaker, in different ways. *Strength* multiplies a\* and b\* by one
# number at the end: every hue stays what it is. *Vividness* changes how the network's answer is read,
# before there is a color: from the mean of all likely colors toward the likeliest one. So a hue can
# change on the way. The next cells measure how far hues turn on the photograph of the boy:

# %%
from huelab.color import rgb_to_lab


def hues(pixels):
    """The hue angle in degrees of each pixel, and its chroma."""
    a, b = rgb_to_lab(planes(pixels))[0, 1:]
    return torch.rad2deg(torch.atan2(b, a)), torch.hypot(a, b)


def turned(one, other):
    """By how many degrees hues differ, on average, where both have a color."""
    (hue, chroma), (hue_2, chroma_2) = hues(one), hues(other)
    seen = (chroma > 8) & (chroma_2 > 8)
    return ((hue - hue_2 + 180) % 360 - 180).abs()[seen].mean().item()


# %%
boy = pictures["stuffed_toy"]
half = colorize(boy, method=huenet, guide=Guide(vivid=1.0, strength=0.6))
middle = colorize(boy, method=huenet, guide=Guide(vivid=0.6))
full = vivid["stuffed_toy"]
print(f"strength 1 to 0.6: hues turn by {turned(half, full):.1f} degrees")
print(f"vividness 1 to 0.6: hues turn by {turned(middle, full):.1f} degrees")
assert turned(half, full) < turned(middle, full)

# %%
ends = [0.0, 0.5, 1.0]
boy = small(boy, 160)
made = [colorize(boy, method=huenet, guide=Guide(vivid=value)) for value in ends]
weak = [colorize(boy, method=huenet, guide=Guide(vivid=1, strength=v)) for v in ends]

# %%
show.frames(
    [np.concatenate(pair, 1) for pair in zip(made, weak, strict=True)],
    ends,
    description="vividness (left), strength (right)",
    start=2,
    alt="a boy with a stuffed toy in the ruins of London, twice",
)

# %% [markdown]
# At 0 the left picture is the accurate end and the right one is gray. At 1 both are the same. With
# strength the hues turn a little too, because pixels are rounded to 8 bits and colors that no screen can
# show are made paler.
#
# ## Hints
#
# A diary may say that a dress was pink. A *hint* says: at this place the color is this. As a tensor,
# hints are a map of a\* and b\* with a mask that is 1 where they are given:

# %%
def hints(spots, shape):
    """Disks of color around places (x, y), as a tensor (1, 3, H, W)."""
    made = torch.zeros(1, 3, *shape[:2])
    rows, columns = torch.meshgrid(*map(torch.arange, shape[:2]), indexing="ij")
    for x, y, color in spots:
        disk = (columns - x) ** 2 + (rows - y) ** 2 <= 3**2
        rgb = torch.tensor(color).view(3, 1, 1) / 255
        a, b = rgb_to_lab(rgb)[1:].flatten().tolist()
        made[0, :, disk] = torch.tensor([a, b, 1.0])[:, None]
    return made


# %% [markdown]
# HueNet itself takes no hints. It colors first, and then HueLab spreads the difference between the hint
# and the network's color to the neighbors of the hint. The idea is that of the scribbles in
# {doc}`08_other_ways`: neighbors of similar lightness get similar colors, and at an edge of L\* the
# color stops. Here the equations also pull the difference toward zero, so that it fades with the
# distance. In the code, `added` is what the network does not take itself, `left` is the guide without
# it, and `spread` solves the equations. `_moved` is for a reference, which exercise 4 tries. After a
# reference (`moved`), hints are added even if the network has used them itself.

# %%
from huelab.methods.guided import Guided

show.source(Guided, "predict_ab")

# %% [markdown]
# We give two hints for the settlers. Their colors are the true ones at these places, on the blouse and
# on the skirt of the woman with the white scarf.

# %% mystnb={"image": {"alt": "Three pictures of settlers before a house. Left, as the network colors them, pinkish. Middle, with two hints: the blouse of one woman is blue and her skirt bluish gray, and these colors end at the outlines of her clothes. Right, a map of how far each pixel's color changed: it is bright on blouse and skirt and dark elsewhere."}}
settlers, true = photographs["settlers"], photographs["settlers"]
gray = in_gray(settlers)
places = [(91, 133), (114, 180)]
spots = [(x, y, true[y, x].tolist()) for x, y in places]
plain = colorize(gray, method=huenet)
guide = Guide(hints=hints(spots, gray.shape))
hinted = colorize(gray, method=huenet, guide=guide)
moved = (rgb_to_lab(planes(hinted)) - rgb_to_lab(planes(plain)))[0, 1:].norm(dim=0)
shown = {"no hints": plain, "two hints": hinted}
shown["change of a*b*"] = (moved / moved.max())[None]
show.pictures(shown, ncols=3, cmap="viridis", vmin=0, vmax=1)

# %% [markdown]
# **Look at** the map on the right, in which 1 is the largest change: the change fills the clothes and
# fades beyond their outlines. Where two things have the same lightness, no edge is there to stop a
# color, and it leaks.
#
# What is a hint worth? We take true colors at random places and measure the error of the whole
# picture:

# %%
places = torch.Generator().manual_seed(7)
height, width = gray.shape[:2]
x = torch.randint(width, (40,), generator=places).tolist()
y = torch.randint(height, (40,), generator=places).tolist()
known = [(a, b, true[b, a].tolist()) for a, b in zip(x, y, strict=True)]

# %%
rows = [{"hints": "the gray picture", "ΔE00": apart(gray, true)}]
rows += [{"hints": 0, "ΔE00": apart(plain, true)}]
for count in (1, 5, 20, 40):
    guide = Guide(hints=hints(known[:count], gray.shape))
    made = colorize(gray, method=huenet, guide=guide)
    rows.append({"hints": count, "ΔE00": apart(made, true)})
show.table(rows, formats={"ΔE00": ".1f"})

# %% [markdown]
# Each hint stays local, so a few of them change the mean error little. A few hints do not repair a whole
# picture. Put them where a color matters to you.
#
# ## The desk: your own photograph
#
# The desk brings all of this to your own photograph. In JupyterLab run the cell, upload a picture,
# choose a color, and click where it belongs, or type the place, such as `120, 80`, and press Enter. The
# published page has no kernel behind it and shows a slider with our example instead. For your own
# photograph without a kernel, open [Color a photograph here](../book/try_it.md): on that page your
# browser runs HueNet itself.

# %%
def paint(picture, spots, strength, vivid):
    """What the desk does whenever something changes."""
    spread = hints(spots, picture.shape) if spots else None
    guide = Guide(hints=spread, strength=strength, vivid=vivid)
    return colorize(picture, method=huenet, guide=guide)


# %%
from huelab.apply.desk import Desk

farmers = small(photographs["tobacco_farmers"], 300)
desk = Desk(paint, farmers, alt="two laughing farmers, 1940")
desk.change(vivid=1.0)
desk.color = "#4a78c0"
for place in ("163, 206", "178, 220", "156, 246", "180, 267", "202, 239"):
    desk.click(place)
desk

# %% [markdown]
# We made the apron blue. Nothing speaks for it, and nothing in the picture speaks against it: that is
# the trouble. The desk works on a small copy. For the original in full size take `huelab colorize` with
# `--hints`, or `huelab serve`, which has a desk in the browser.
#
# ## How uncertain are the colors?
#
# HueNet does not predict one color but a probability for each of a few hundred *bins*, points of the
# a\*b\* plane that lie 10 units apart. We read the distribution at three places of photographs whose
# colors we know: a sky, a face, and a dress. In the code, `canonical` gives the size at which HueNet sees
# a photograph, and the place is looked up in its map of a quarter of that size.

# %%
import torch.nn.functional as F

from huelab.methods.huenet import canonical


def chances(pixels, x, y):
    """The probability of each bin at one place, at temperature 1."""
    lightness = rgb_to_lab(planes(pixels))[:, :1]
    height, width = lightness.shape[-2:]
    shape = canonical((height, width), huenet.side)
    copy = F.interpolate(lightness, shape, mode="bicubic", antialias=True)
    with torch.no_grad():
        made = huenet.scores(copy.clamp(0, 100)).softmax(1)[0]
    return made[:, y * made.shape[1] // height, x * made.shape[2] // width]


places = {
    "sky": ("monastery", 160, 30),
    "face": ("settlers", 107, 107),
    "dress": ("settlers", 191, 125),
}

# %% mystnb={"image": {"alt": "Three panels in the plane of a* and b*, for a sky, a face and a dress. Dots show the probability of each bin; for the sky a few large ones lie between gray and blue, for the face and the dress many small ones spread toward yellow and red. A cross marks the true color."}}
fig, axes = plt.subplots(1, 3, figsize=(7.4, 2.9), layout="constrained", sharey=True)
rows = []
for ax, (thing, (name, x, y)) in zip(axes, places.items(), strict=True):
    p = chances(photographs[name], x, y)
    colors = rgb_to_lab(planes(photographs[name]))[0, 1:]
    a, b = colors[:, y - 2 : y + 3, x - 2 : x + 3].mean((1, 2)).tolist()
    ax.scatter(*huenet.grid.T, s=500 * p, color="C0", alpha=0.6)
    ax.plot(a, b, "kx", ms=9, mew=2)
    ax.set(title=thing, xlabel="a*", xlim=(-45, 65), ylim=(-60, 65))
    near = (huenet.grid - torch.tensor([a, b])).norm(dim=1) <= 10
    likely = p.sort(descending=True).values.cumsum(0)
    row = {"place": thing, "likeliest bin": p.max().item()}
    row["bins for 90 %"] = int((likely < 0.9).sum()) + 1
    rows.append(row | {"within 10 of the truth": p[near].sum().item()})
axes[0].set(ylabel="b*")
show.stamp(fig)

# %%
formats = {"likeliest bin": ".0%", "within 10 of the truth": ".1%"}
show.table(rows, formats=formats, caption="What the network thinks possible")

# %% [markdown]
# A dot's area is the probability of its bin, and the cross is the true color. *Bins for 90 %* counts how
# many bins, the likeliest first, are needed to reach 90 %. The last column is the probability that the
# network gave to colors near the true one. Of the sky the network is fairly sure. Of the face and the
# dress it is not: it spreads its bets over dozens of colors. The picture shows one color in the end, and
# a viewer sees nothing of the others.
#
# Does the network at least know where it is uncertain? We measure the *entropy* of the distribution in
# bits. It is 0 if one bin is certain, and it grows by 1 whenever the number of equally likely bins
# doubles. We compare it with the error at the same place, over all places of the four photographs with
# known colors:

# %%
def doubt(pixels):
    """Entropy of the bins, and error of the accurate answer, at each place."""
    lab = rgb_to_lab(planes(pixels))
    shape = canonical(lab.shape[-2:], huenet.side)
    copy = F.interpolate(lab, shape, mode="area")
    with torch.no_grad():
        scores = huenet.scores(copy[:, :1])
    p = scores.softmax(1)
    entropy = -(p * p.clamp(min=1e-9).log2()).sum(1)
    error = (huenet.read(scores) - F.avg_pool2d(copy[:, 1:], 4)).norm(dim=1)
    return entropy.flatten(), error.flatten()


entropy, error = map(torch.cat, zip(*map(doubt, truth.values()), strict=True))
for part in entropy.argsort().chunk(4):
    print(f"{entropy[part].mean():.1f} bits: error {error[part].mean():.1f}")

# %% [markdown]
# Each line is a quarter of all places, from the surest to the least sure. The error is the distance of
# the accurate answer from the truth in the a\*b\* plane. Where the network is less sure, it is also
# more wrong, so its doubt could be shown with the picture. But its probabilities come from modern
# photographs, so they do not say what was common in 1910.
#
# ## A film
#
# A film that is colored frame by frame flickers: what is uncertain changes its color when the crop
# or the grain changes a little. We make a film of our own, a slow pan over the street with grain, in
# gray. Its motion is known exactly: the view moves by one pixel to the right in each frame. The library
# PyAV (`av`) writes the film, and the format `ffv1` loses nothing.

# %%
import tempfile

import av

STEP, FRAMES, HIGH, WIDE = 1, 20, 144, 192
folder = Path(tempfile.mkdtemp())
strip = in_gray(small(street, 300))[30 : 30 + HIGH, :, 0].astype(float)
grain = np.random.default_rng(0)

with av.open(str(folder / "pan.mkv"), "w") as out:
    film = out.add_stream("ffv1", rate=12)
    film.width, film.height, film.pix_fmt = WIDE, HIGH, "yuv420p"
    for number in range(FRAMES):
        crop = strip[:, STEP * number : STEP * number + WIDE]
        grainy = (crop + grain.normal(0, 6, crop.shape)).clip(0, 255)
        pixels = np.repeat(grainy.astype(np.uint8)[..., None], 3, 2)
        frame = av.VideoFrame.from_ndarray(pixels)
        out.mux(film.encode(frame.reformat(format="yuv420p")))
    out.mux(film.encode(None))

# %% [markdown]
# HueLab colors it twice. With `smooth=True`, the colors of a frame are carried along the motion of the
# gray film and averaged with the colors that are predicted for the next frame. *Optical flow* measures
# the motion: for each pixel, where it was one frame before. Where the flow cannot be trusted, and at a
# cut, the average begins again.

# %%
from huelab.apply import colorize_film

films = {}
for name, smooth in (("frame by frame", False), ("smooth", True)):
    target = folder / f"{name}.mkv"
    how = {"smooth": smooth, "guide": Guide(vivid=1.0), "lossless": True}
    colorize_film(folder / "pan.mkv", target, method=huenet, **how)
    films[name] = [frame.rgb for frame in images.video.frames(target)]

# %% [markdown]
# The *warping error* is the mean distance in a\* and b\* between a pixel and the same thing one frame
# later. A gray film has no such error at all, so we report the colorfulness beside it.

# %%
rows = []
for name, frames in films.items():
    ab = torch.cat([rgb_to_lab(planes(frame))[:, 1:] for frame in frames])
    steps = ab[:-1, ..., STEP:] - ab[1:, ..., :-STEP]
    row = {"film": name, "warping error": steps.norm(dim=1).mean().item()}
    strong = [colorfulness(planes(frame)).item() for frame in frames]
    rows.append(row | {"colorfulness": np.mean(strong)})
show.table(rows, formats={"warping error": ".2f", "colorfulness": ".1f"})

# %% [markdown]
# Smoothing takes most of the flicker away and keeps almost all of the colorfulness. In the next
# figure, look at one tree from frame to frame.

# %%
pairs = zip(films["frame by frame"], films["smooth"], strict=True)
show.frames(
    [np.concatenate(pair, 0) for pair in pairs][::8],
    list(range(0, FRAMES, 8)),
    description="frame by frame (top), smooth (bottom): frame",
    start=1,
    alt="a pan over a street with elms, colored in two ways, one above the other",
)

# %% [markdown]
# ## The label
#
# A colored photograph will be copied without this chapter. So the file itself must say what it is.
# `colorize_file`, the command line and the page write a mark into every result. Here is what a result
# holds:

# %%
from huelab.apply import colorize_file

result = colorize_file(
    OLD / "migrant_mother.jpg", folder / "mother-color.png", method=huenet
)
mark = images.mark_of(result)
show.table([{"field": key, "content": text} for key, text in mark.items()])

# %% [markdown]
# `Software` names HueLab. The other two fields are hashes, one of the place of the source file and one
# of its content. By them HueLab can tell later what the result was made from. Many websites remove such
# fields. So put the label into the caption as well:
#
# > *Colors invented by a neural network (HueLab) from a gray photograph by Dorothea Lange, 1936. The
# > true colors are not known.*
#
# Say who made the photograph and who colored it, keep the gray original beside the colored one, and
# say which colors are hints and where you know them from.
#
# ## What not to use it for
#
# - **Not as evidence.** A colored photograph shows nothing about a color that its gray original does
#   not show. That holds for uniforms, flags, cars, wounds, and skin.
# - **Not to say who somebody was.** The network gives skin the colors that skin had in its training
#   photographs. It can make a person lighter, darker, or more alike than they were.
# - **Not to make the past look closer.** The distance is real. The photographer chose the film, the
#   paper, and the tone. In the photographs by Lange and Lee gray was what they worked with.
# - **Not without asking.** People in family photographs, and their families, may not want it. For
#   photographs of suffering, ask twice.
# - **Fine for** teaching, for drafts that somebody with sources corrects, for your own album, and
#   wherever the label stays with the picture.
#
# ## Exercises
#
# Try first, then unfold the solution. Code ends with an `assert` that is true only if it works.
#
# **Exercise 1 (recall): what is kept.** What do the gray photograph and its result have in common, up to
# rounding, and why? Which of these can change the colors: a tint of the print, the date of the
# photograph, a hint, the size of the copy? If you like, check the first answer for the mother and her
# children.

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# Both have the same L\*, because L\* goes around the network and only a\* and b\* are added. A tint of
# the print changes nothing but rounding, unless `keep_tint=True`. The date changes nothing, because the
# network does not see it. A hint changes the colors around it, up to the edges of L\*. The size of the
# copy changes the colors a little. The cell below checks L\*.
# :::

# %% tags=["solution", "hide-cell"]
before, after = pictures["migrant_mother"], vivid["migrant_mother"]
lightness = [rgb_to_lab(planes(each))[0, 0] for each in (before, after)]
difference = (lightness[0] - lightness[1]).abs()
print(f"L*: mean difference {difference.mean():.2f}, largest {difference.max():.2f}")
assert difference.max() < 1

# %% [markdown]
# **Exercise 2 (compute): the best strength.** A weaker accurate end lies between gray and the full
# colors. Compute the mean ΔE00 of the four photographs with known colors at the strengths 0, 0.5, and 1.
# Which is best, and by how much does it beat gray?

# %% tags=["solution", "hide-cell"]
errors = {}
for strength in (0.0, 0.5, 1.0):
    guide = Guide(strength=strength)
    found = [
        apart(colorize(pictures[name], method=huenet, guide=guide), true)
        for name, true in truth.items()
    ]
    errors[strength] = np.mean(found)
    print(f"strength {strength}: {errors[strength]:.2f}")
of_gray = np.mean([apart(pictures[name], true) for name, true in truth.items()])
assert abs(errors[0.0] - of_gray) < 0.05

# %% [markdown]
# **Exercise 3 (change the code): a hint that stops.** Give a hint on a flat gray card, with the mean
# color (0, 0) as the method. Then change the card so that the hint has an edge to stop at: draw a black
# line, three pixels wide, from top to bottom between the hint and the right half. How much of the hint's
# color arrives behind the line, and how much without it?

# %% tags=["solution", "hide-cell"]
from huelab.methods.baselines import MeanColor

nothing = MeanColor(torch.zeros(2))
behind = {}
for drawn in (False, True):
    card = np.full((60, 60, 3), 128, np.uint8)
    if drawn:
        card[:, 29:32] = 0
    guide = Guide(hints=hints([(22, 30, (200, 60, 60))], card.shape))
    made = colorize(card, method=nothing, guide=guide)
    behind[drawn] = hues(made)[1][30, 36].item()
    print(f"line: {drawn}, chroma behind it: {behind[drawn]:.1f}")
assert behind[True] < 0.2 * behind[False]

# %% [markdown]
# **Exercise 4 (change the code): the reference.** `Guide(reference=...)` moves the colors toward those
# of another picture. Change the call that colors the cathedral: take the true monastery as reference,
# and then the true settlers. Does either come closer to the truth than no reference?

# %% tags=["solution", "hide-cell"]
errors = {"none": apart(accurate["cathedral"], truth["cathedral"])}
for name in ("monastery", "settlers"):
    guide = Guide(reference=planes(truth[name]))
    made = colorize(pictures["cathedral"], method=huenet, guide=guide)
    errors[name] = apart(made, truth["cathedral"])
for name, value in errors.items():
    print(f"reference {name}: {value:.1f}")
assert len(set(errors.values())) == 3

# %% [markdown]
# **Exercise 5 (open question): a poster.** A museum wants to show Lange's photograph in color on a
# poster. Write three sentences of advice.

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# No answer is the right one. A good one weighs three of these points or more, two points each, and
# ends with clear advice, which is worth two more. (1) The colors of the tent, of the clothes, and of
# her skin are not known, and the network gives all three much the same brown. (2) Florence Owens
# Thompson did not choose to be famous, and her family can be asked. (3) Lange and the agency that paid
# her published the photograph in gray. (4) A poster is seen from afar and without its caption, so a
# label in small print does not reach those who see it. (5) There is another way: a poster in gray, with
# the color version beside it in the exhibition.
# :::

# %% [markdown]
# ## What to remember
#
# - The network sees a small copy of L\*. All colors are invented, however real they look.
# - The accurate end is pale because it averages over what is possible. The vivid end commits itself.
# - Strength keeps hues, vividness can change them, hints stop at edges of L\*.
# - A distribution says how uncertain a color is; a picture does not.
# - Keep the gray original, and label the result where people will see it.
#
# ## Further reading
#
# {cite:t}`levin2004colorization` spread the colors of scribbles. {cite:t}`zhang2017real` trained a
# network that takes hints, and {cite:t}`zhang2016colorful` predicted a distribution over colors.
# {cite:t}`reinhard2001color` moved the colors of one picture to another.
