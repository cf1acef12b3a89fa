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
# # Gray, and what it leaves out
#
# Every colorizer begins with a gray picture, and nearly every gray picture in a data set began as
# a color picture. Somebody turned three numbers for each pixel into one, by a formula that papers
# seldom name. There are several such formulas, and on strong colors they disagree by a lot. This
# chapter builds five of them and measures how far apart they are on real photographs. It also
# looks at one mistake that anybody can make and nobody sees.
#
# **What you will learn**
#
# - what the number in a pixel means, and why half of 255 is far from half of the light;
# - five ways from color to gray, where each comes from, and where the difference shows;
# - which colors end up as the same gray, so that no colorizer can tell them apart by that pixel
#   alone.
#
# **What it needs.** You need basic Python. The chapter trains nothing, downloads nothing, and
# builds on no other chapter. [Notation](../book/notation.md) lists the symbols, and [How to
# read](../book/how_to_read.md) explains the words `profile: quick` under a figure. What goes
# deeper, and may be skipped, is in [Gray, deeper](01_grayscale_deeper.ipynb).

# %%
from huelab import show

show.needs("01_grayscale")

# %% [markdown]
# ## What the papers say
#
# All five papers need a gray picture: {cite:t}`rahman2020enhanced` (000),
# {cite:t}`bana2021vitigan` (001), {cite:t}`cevallos2021very` (002), {cite:t}`rahman2020report`
# (003), and {cite:t}`pandey2022coloring` (004). The table lists what they say about it, in the
# words of the [ledger](../book/ledger.md). The number in an id is the paper's. D stands for data,
# and X for an inconsistency. L is the lightness of the color space Lab. The fourth gray of this
# chapter keeps it.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

claims = {claim.id: claim for claim in read_claims()}
told = ["000-D08", "000-D09", "001-D08", "002-D06"]
told += ["003-D05", "003-X01", "003-D08", "004-D04"]
show.table([{"id": key, "statement": claims[key].claim} for key in told])

# %% [markdown]
# ## Photographs to measure on
#
# The book's own photographs, called `embedded`, ship inside scikit-image, scikit-learn, and
# matplotlib, so you already have them. Each becomes a tensor of shape $(1, 3, H, W)$: one
# picture, three channels (red, green, blue), $H$ rows, and $W$ columns.

# %% tags=["nbval-check-output"]
from huelab.data import open_photographs

photos = {name: rgb[None] for name, rgb in open_photographs().items()}
for name, rgb in photos.items():
    values = f"{rgb.min():3} to {rgb.max()}"
    print(f"{name:13} {tuple(rgb.shape)}  {rgb.dtype} {values}")

# %% [markdown]
# ## From 0…255 to [0, 1]
#
# The type is `uint8`: whole numbers $k$ from 0 to 255. Networks and formulas prefer
#
# $$
# v = \frac{k}{255},
# $$
#
# which runs from exactly 0 (black) to exactly 1 (white). Dividing by 256, another habit, would
# never reach white. The way back multiplies by 255 and *rounds*. All levels survive the round
# trip:

# %% tags=["nbval-check-output"]
import torch

k = torch.arange(256, dtype=torch.uint8)
v = k / 255
print(f"{len(k)} levels from {v.min():.0f} to {v.max():.0f}")
print(f"{len(k) - 1} steps between them")
assert torch.equal((v * 255).round().to(torch.uint8), k)
assert (k / 256).max() < 1

# %% [markdown]
# We will give differences in *levels*, on the scale from 0 to 255. One level is the smallest step
# that a file can store. As a rule of thumb, one or two levels are about the least that you can see
# where two flat areas touch, and ten are plain.
#
# ## A pixel value is not an amount of light
#
# Take a pixel with $v = 0.5$. Does the screen give half its light? No. Files store *encoded*
# values. The eye judges light by ratios: from 1 % to 2 % is a big step for it, and from 98 % to 99
# % is hardly one. So the encoding spends more of its levels on the dark tones. The standard is
# sRGB {cite:p}`iec1999srgb,stokes1996standard`. It turns an encoded value $v$ into *linear light*
# $v_\ell$, which is proportional to physical intensity:
#
# $$
# v_\ell = \begin{cases} v / 12.92 & v \le 0.04045 \\ \left(\dfrac{v + 0.055}{1.055}\right)^{2.4} & \text{otherwise.} \end{cases}
# $$ (eq-gray-srgb)
#
# The curve starts straight and is then nearly a square. The library has it in both directions, for
# any tensor:

# %% tags=["nbval-check-output"]
from huelab.color import linear_to_srgb, srgb_to_linear

half = torch.tensor([0.5])
print(f"encoded 0.5 gives {srgb_to_linear(half).item():.1%} of the light")
level = 255 * linear_to_srgb(half).item()
print(f"half of the light is encoded as level {level:.0f}")

# %% [markdown]
# We check a formula against somebody else's code. scikit-image {cite:p}`vanderwalt2014scikit` can
# turn RGB into XYZ, the coordinates in which the CIE, the International Commission on
# Illumination, measures colors. The middle one, $Y$, is the *luminance*: the amount of light as
# the eye weighs it, with $Y = 1$ for white. For a neutral gray, $Y$ is exactly $v_\ell$. Such a
# check follows every block of this chapter. `assert` stops a cell if a check fails. A cell that
# prints nothing has passed.

# %%
from skimage.color import rgb2xyz

neutral = v.view(1, -1, 1).expand(-1, -1, 3).double()
light = torch.from_numpy(rgb2xyz(neutral.numpy())[0, :, 1])
assert torch.allclose(srgb_to_linear(v.double()), light, atol=1e-6)

# %% [markdown]
# The figure shows the curve, with the two points that we computed.

# %% mystnb={"image": {"alt": "Left: a curve of linear light over the stored level. It stays low for dark levels and then climbs steeply: level 128 gives about a fifth of the light, and half of the light is reached only near level 188. Right: two strips of eleven gray patches from black to white. Even steps of the stored level look even; even steps of light jump from black to a middle gray at once and then crowd together in the bright tones."}}
import matplotlib.pyplot as plt

fig, (curve, strips) = plt.subplots(1, 2, figsize=(7.2, 2.9))
fig.set_layout_engine("constrained")
curve.plot(k, srgb_to_linear(v), color="black")
for level in (128, 188):
    light = srgb_to_linear(torch.tensor(level / 255)).item()
    curve.plot([level, level, 0], [0, light, light], ":", color="0.4")
curve.set(xlabel="stored level $k$", ylabel="linear light $v_\\ell$")
curve.set(xticks=[0, 64, 128, 188, 255], xlim=(0, 255), ylim=(0, 1))
steps = torch.linspace(0, 1, 11)
both = torch.stack([steps, linear_to_srgb(steps)])
strips.imshow(both, cmap="gray", vmin=0, vmax=1, aspect="auto")
strips.axhline(0.5, color="white", linewidth=6)
strips.set_xticks([])
strips.set_yticks([0, 1], ["even\nlevels", "even\nlight"])
strips.tick_params(length=0)
show.stamp(fig)

# %% [markdown]
# Look at the two strips. The upper one goes up in even steps of the stored level, and it looks
# even. The lower one goes up in even steps of light: its first step is a leap, and its last steps
# are hard to see. So: **for the eye, encoded values are the natural scale; for adding light,
# linear values are the true one.** The five grays differ in which of the two they average.
#
# ## Five grays
#
# Let $R, G, B$ in $[0, 1]$ be the encoded channels of a pixel. The first idea is their average,
# $(R + G + B)/3$. It is a poor one: a pure green looks far brighter than a pure blue, and the
# average makes them equal. The channels need weights. The weights should add up to 1, so that a
# neutral pixel $R = G = B$ keeps its value.
#
# We try every formula on the same random colors. They are a tensor for us and a Pillow image for
# the other libraries.

# %%
import numpy as np
from PIL import Image

generator = torch.Generator().manual_seed(0)
colors = torch.randint(256, (1, 3, 64, 64), generator=generator).byte()
image = Image.fromarray(colors[0].permute(1, 2, 0).numpy())
R, G, B = colors[0] / 255

# %% [markdown]
# ### `rec601`: the luma of old television
#
# $$
# Y'_{601} = 0.299\,R + 0.587\,G + 0.114\,B
# $$ (eq-gray-rec601)
#
# Pillow's `convert("L")` and OpenCV's `COLOR_RGB2GRAY` compute this, and so many data sets call
# it "grayscale". Its name is *luma*, and the prime says that it is a sum of encoded values
# {cite:p}`poynton2012digital`. (Pillow's L is luma and not the L\* of `lightness` below.) The
# weights belong to the phosphors of the first color televisions, as [Gray,
# deeper](01_grayscale_deeper.ipynb) shows. The standard Rec. 601 {cite:p}`bt601` and JPEG files
# use them still. Pillow stores a whole level, so it may differ from us by half of one:

# %%
from huelab.color import rgb_to_gray

luma = rgb_to_gray(colors, "rec601")[0, 0]
assert torch.allclose(luma, 0.299 * R + 0.587 * G + 0.114 * B)
pillow = torch.from_numpy(np.array(image.convert("L")))
assert (luma * 255 - pillow).abs().max() < 0.51

# %% [markdown]
# ### `rec709`: the same for today's screens
#
# $$
# Y'_{709} = 0.2126\,R + 0.7152\,G + 0.0722\,B
# $$
#
# These weights come from high-definition television {cite:p}`bt709`, which mixes the same red,
# green, and blue lights as sRGB. scikit-image's `rgb2gray` rounds them a little differently
# (0.2125, 0.7154, 0.0721), so the check allows a small difference:

# %%
from skimage.color import rgb2gray

luma = rgb_to_gray(colors, "rec709")[0, 0]
assert torch.allclose(luma, 0.2126 * R + 0.7152 * G + 0.0722 * B)
assert torch.allclose(luma.double(), torch.tensor(rgb2gray(image)), atol=3e-4)

# %% [markdown]
# ### `luminance`: adding light
#
# Both lumas add *encoded* values, and encoded values are not light. Physics decodes first, by
# {eq}`eq-gray-srgb`, and weighs then:
#
# $$
# Y = 0.2127\,R_\ell + 0.7152\,G_\ell + 0.0722\,B_\ell
# $$ (eq-gray-luminance)
#
# The weights are those of `rec709` up to rounding, but they weigh something else. The result is the
# CIE's relative luminance, from 0 to 1, and it is *linear*. A screen that takes it for an encoded
# value shows it much too dark.

# %%
luminance = rgb_to_gray(colors, "luminance")[0, 0]
xyz = torch.from_numpy(rgb2xyz(image))
assert torch.allclose(luminance.double(), xyz[..., 1], atol=1e-5)

# %% [markdown]
# ### `lightness`: the same light, encoded
#
# The remedy is simple: encode the luminance again, by running {eq}`eq-gray-srgb` backwards. The
# result is the neutral gray that has exactly the same luminance as the color. The CIE defines a
# *lightness* {cite:p}`cie15,robertson1977cie`
#
# $$
# L^* = 116 \, f(Y) - 16, \qquad f(t) = \begin{cases} \sqrt[3]{t} & t > 0.008856 \\ 7.787\, t + 16/116 & \text{otherwise,} \end{cases}
# $$
#
# from 0 (black) to 100 (white), in steps that look about equal. It depends on $Y$ alone, so our
# gray has the same $L^*$ as the color it replaces. Papers 001 and 002 take this $L^*$ as their
# input. We check that gray and color have the same L in scikit-image:

# %%
from skimage.color import gray2rgb, rgb2lab

gray = rgb_to_gray(colors, "lightness")[0, 0].double()
L_of_gray = rgb2lab(gray2rgb(gray.numpy()))[..., 0]
assert np.allclose(L_of_gray, rgb2lab(image)[..., 0], atol=1e-2)

# %% [markdown]
# The stored gray is on another scale than $L^*$, and it is not just $L^* / 100$. Nor is lightness
# an amount of light. A surface of lightness 50 is halfway between black and white for the eye, and
# yet it sends back far less than half of the light:

# %% tags=["nbval-check-output"]
from huelab.color import lightness_to_gray

middle = lightness_to_gray(torch.tensor([50.0]))
level = 255 * middle.item()
print(f"L* = 50 is stored as {middle.item():.3f}, level {level:.0f}")
print(f"and gives {srgb_to_linear(middle).item():.1%} of the light")
assert abs(middle.item() - 0.50) > 0.01

# %% [markdown]
# ### `rec601_swapped`: a mistake with a name
#
# $$
# Y'_{\text{swapped}} = 0.114\,R + 0.587\,G + 0.299\,B
# $$ (eq-gray-swapped)
#
# Nobody wants this gray. It results when red and blue are exchanged before `rec601`. The
# listing of paper 003, that is, its printed code, computes it, as we will see under *Blue, green,
# red*.

# %%
swapped = rgb_to_gray(colors, "rec601_swapped")
assert torch.allclose(swapped, rgb_to_gray(colors.flip(1), "rec601"))

# %% [markdown]
# Here is the function, as it stands in the library. `_weigh` is the weighted sum of three
# channels, with the weights from the tables `_LUMA` and `_LUMINANCE`. `unsqueeze(-3)` gives the
# sum a dimension for its one channel. `by_pixel` works through a large picture in pieces.
# `check_channels` and `as_float` refuse unsuitable input.

# %%
show.source(rgb_to_gray)

# %% [markdown]
# ## Where the difference shows
#
# The chart shows the most saturated colors of a screen, and what each formula makes of them. The
# numbers are levels.

# %% mystnb={"image": {"alt": "A chart of six pure colors, red, yellow, green, cyan, blue and magenta, and below each the gray that each of the five formulas gives, with its level written in. Blue is nearly black for rec601, rec709 and luminance and a clear dark gray for lightness and for the swapped formula. Red is dark for most formulas, middle gray for lightness and nearly black for the swapped formula."}}
formulas = ["rec601", "rec709", "luminance", "lightness", "rec601_swapped"]
names = ["red", "yellow", "green", "cyan", "blue", "magenta"]
pure = [(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1)]
pure = torch.tensor(pure).float().T.view(1, 3, 1, 6)
rows = [rgb_to_gray(pure, formula).expand(1, 3, 1, 6) for formula in formulas]

fig, axes = plt.subplots(figsize=(7.2, 3.2), layout="constrained")
chart = torch.cat([pure, *rows], dim=2)
axes.imshow(chart[0].permute(1, 2, 0), aspect="auto")
for y, row in enumerate(rows, 1):
    for x, value in enumerate(row[0, 0, 0].tolist()):
        ink = "black" if value > 0.45 else "white"
        text = f"{value * 255:.0f}"
        axes.text(x, y, text, color=ink, ha="center", va="center")
axes.set_xticks(range(6), names)
axes.set_yticks(range(6), ["color", *formulas])
axes.tick_params(length=0, labelsize=11)
show.stamp(fig)

# %% [markdown]
# Read the chart column by column. *Blue* is almost black for both lumas and clearly lighter for
# `lightness`, although `rec709` and `lightness` use the same weights: only the order of weighing
# and encoding differs. *Red* gains even more levels. Compare the last row with `rec601`: red and
# blue have changed places, and so have yellow and cyan. Why are the rows `rec709` and `luminance`
# equal? In these colors every channel is 0 or 1, and {eq}`eq-gray-srgb` leaves 0 and 1 as they
# are. Other colors tell the two apart.
#
# Real photographs are seldom that saturated. The next figure takes four crops of the embedded
# photographs, drawn by a seed.

# %% mystnb={"image": {"alt": "Four random crops of the embedded photographs, one a row: the face of an orange cat, an orange flower twice, an officer before a flag. The columns are the color crop and its gray by the five formulas. The rec601, rec709 and lightness columns look alike. The luminance column is much darker. In the swapped column the fur, the petals and the face are a little darker and the blue of the flag is a little lighter."}}
from huelab.data import open_dataset

train = open_dataset("embedded", "train", size=100, n=48)
test = open_dataset("embedded", "test", size=100, n=48)
crops = torch.tensor(np.concatenate([train.pixels, test.pixels]))
crops = crops.permute(0, 3, 1, 2)  # channels before rows and columns
columns = {formula: rgb_to_gray(crops, formula) for formula in formulas}
show.grid({"color": crops, **columns}, n=4, seed=0)

# %% [markdown]
# Look at the column `luminance`: it is far too dark, because linear light is shown as if it were
# encoded. `lightness` shows the same quantity rightly. The other columns look alike, and each is a
# perfectly good gray picture. In the last one the fur, the petals, and the face have become
# darker. Without the other columns you would never know. **The eye does not notice a wrong
# formula. So we measure.**
#
# ### Measured in levels
#
# We compare every two of the encoded formulas, and `luminance` with `lightness`, on all
# photographs at full size. For each photograph we note the mean and the worst absolute difference
# of its pixels.

# %%
grays = {
    name: {formula: 255 * rgb_to_gray(rgb, formula) for formula in formulas}
    for name, rgb in photos.items()
}


def apart(name, one, other):
    """Mean and worst difference of two grays of a photograph, in levels."""
    difference = (grays[name][one] - grays[name][other]).abs()
    return difference.mean().item(), difference.max().item()

# %%
from itertools import combinations

correct = ["rec601", "rec709", "lightness"]
pairs = [*combinations([*correct, "rec601_swapped"], 2), ("luminance", "lightness")]
rows = []
for one, other in pairs:
    means, worst = np.array([apart(name, one, other) for name in photos]).T
    row = {"one": one, "other": other, "mean": np.mean(means)}
    row |= {"lowest mean": min(means), "highest mean": max(means)}
    rows.append(row | {"worst": max(worst)})
for name in photos:  # the swapped one stands apart in every photograph
    to_swapped = [apart(name, f, "rec601_swapped")[0] for f in correct]
    within = [apart(name, *pair)[0] for pair in combinations(correct, 2)]
    assert min(to_swapped) > max(within)
numbers = dict.fromkeys(list(rows[0])[2:], ".1f")
show.table(rows, formats=numbers, caption="Differences in levels")

# %% [markdown]
# *mean* averages over the photographs, and each counts the same. *lowest mean* and *highest mean*
# are those of single photographs. *worst* is the worst pixel of all. The last line shows what
# happens when linear light is taken for encoded values.
#
# The formulas `rec601`, `rec709`, and `lightness` are correct. Their differences are small on
# average and large for single pixels. The swapped one stands apart: it is farther from each of the
# three than they are from one another, in every photograph.
#
# ### Where in the picture?
#
# We show all photographs, so that nothing is picked. Purple marks pixels where `lightness` is
# lighter than `rec601`, orange marks pixels where it is darker, and white marks pixels where the
# two agree. All maps have the same scale, in levels, cut off at ±25.

# %% mystnb={"image": {"alt": "All eight embedded photographs, each beside a map of lightness minus rec601. Most of each map is white or nearly so: walls, sky, fur, uniforms. Purple, lightness is lighter, fills what is red or dark green or blue: the red varnish of the motorcycle, the blue of a flag, the cup and saucer, the red center of a flower and the dark green behind it. The outer, orange petals are nearly white and an orange space suit is pale."}}
def difference_map(name, formula, reach=25):
    """How much lighter than rec601 a gray is, cut off at +-reach levels."""
    gray = grays[name]
    return (gray[formula] - gray["rec601"]).clamp(-reach, reach)


scale = {"vmin": -25, "vmax": 25, "cmap": "PuOr"}
images = {}
for name, rgb in photos.items():
    images[name] = rgb
    images[f"{name}, map"] = difference_map(name, "lightness")
show.pictures(images, ncols=4, **scale)

# %% [markdown]
# The difference is not noise. It sits on whole things, such as what is red, dark green, or dark
# blue. Orange, though strong, changes less: look at the outer petals. A colorizer that is trained
# on one gray and fed with the other sees a world in which some objects have the wrong brightness.
#
# **Which gray is right?** No gray is right in general. The encoding of old video asks for
# `rec601`. "As bright as the color" asks for `lightness`. A scanned black-and-white photograph
# asks for the sensitivity of a film and a lens that are long gone. The choice matters to people
# who judge the result {cite:p}`cadik2008perceptual` and to programs that recognize what is in it
# {cite:p}`kanan2012color`. What counts is to say which gray it is, and to use the same for
# training, testing, and coloring. In this book every method names its gray. Methods that work in
# Lab take `lightness`.
#
# ## What a gray pixel cannot tell
#
# There is one equation for three unknowns. For a given gray $g$, every color with
#
# $$
# 0.299\,R + 0.587\,G + 0.114\,B = g
# $$
#
# is a solution: a flat cut through the cube of all colors. With 8 bits for each channel there are
# $256^3$ colors. We count how many of them round to each gray level.

# %% tags=["nbval-check-output"]
c = np.arange(256, dtype=np.int32)
sums = 299 * c[:, None, None] + 587 * c[:, None] + 114 * c  # every R, G, B
count = np.bincount((sums.ravel() + 500) // 1000)
assert count.sum() == 256**3 and len(count) == 256
for g in (0, 10, 50, count.argmax(), 205, 245, 255):
    print(f"gray {g:3}: {count[g]:7,} colors")

# %% [markdown]
# Black and white are nearly certain. The lines in the middle are the colorizer's problem: that
# many colors share a single gray level. Move the slider to see such a set. Red grows from left to
# right, blue grows from bottom to top, and green is whatever keeps the gray. Every point of the
# colored area has, in `rec601`, the gray of the patch on the right. Where there are stripes, no
# green would do.

# %% mystnb={"image": {"alt": "All colors of one gray level, drawn over red from left to right and blue from bottom to top, beside a patch of that gray. At a middle gray the area holds greens, reds, blues, pinks and turquoises; towards black and towards white it shrinks into a corner. Gray stripes fill the rest."}}
def colors_with_gray(gray, side=60):
    """All colors whose rec601 is `gray`, over red and blue; else stripes."""
    red = torch.linspace(0, 1, side)
    blue = red.flip(0)[:, None]  # upwards
    green = (gray - 0.299 * red - 0.114 * blue) / 0.587
    rgb = torch.stack(torch.broadcast_tensors(red, green, blue))
    stripes = 0.86 + 0.06 * (torch.arange(side)[:, None] % 6 < 3)
    return torch.where((green >= 0) & (green <= 1), rgb, stripes)


def sheet_of_gray(gray):
    """One frame of the slider: those colors, and the gray they share."""
    fig = plt.Figure(figsize=(5.2, 3.2), layout="constrained")
    left, right = fig.subplots(1, 2, width_ratios=[2, 1])
    left.imshow(colors_with_gray(gray).permute(1, 2, 0), extent=(0, 1, 0, 1))
    left.set(xlabel="red", ylabel="blue", title="all these colors ...")
    right.imshow([[gray]], cmap="gray", vmin=0, vmax=1, extent=(0, 1, 0, 2))
    right.set(xticks=[], yticks=[], title="... have this gray")
    return fig


shared = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9]
show.frames(
    [sheet_of_gray(gray) for gray in shared], shared, description="rec601",
    alt="all colors of one gray, over red and blue", width=520,
)

# %% [markdown]
# Therefore colorization is guessing. A single gray pixel does not hold its color, in any formula.
# What helps is everything around it: texture, shape, place, and what the thing is. Finding that is
# the work of the networks in this book. ([Gray, deeper](01_grayscale_deeper.ipynb) finds such pairs
# of colors in real photographs.)
#
# ## Reading with care
#
# ### Blue, green, red
#
# Paper 003 prints its code. It makes the gray pictures with
#
# ```python
# cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
# ```
#
# OpenCV {cite:p}`bradski2000opencv` reads files in the order blue, green, red, and `BGR2GRAY`
# expects that order. But here the pictures come from the library Keras, as red, green, blue. The
# function takes the first channel for blue, without an error or a warning. Red is weighed with
# 0.114 and blue with 0.299.
#
# How bad can that be? Subtract {eq}`eq-gray-swapped` from {eq}`eq-gray-rec601`. Green cancels:
#
# $$
# \Delta = Y'_{601} - Y'_{\text{swapped}} = (0.299 - 0.114)\,(R - B) = 0.185\,(R - B).
# $$ (eq-gray-bound)
#
# So neutral pixels do not change, red things become darker, and blue things become lighter.
# The worst case is a pixel with full red and no blue, or the other way around. In levels that is
# $0.185 \cdot 255$.

# %%
bound = (0.299 - 0.114) * 255
swap_rows = []
for name, gray in grays.items():
    size = (gray["rec601"] - gray["rec601_swapped"]).abs().flatten()
    assert size.max() <= bound + 1e-3
    row = {"photograph": name, "mean": size.mean().item()}
    row["95 % are below"] = size.quantile(0.95).item()
    row |= {"worst": size.max().item(), "largest possible": bound}
    swap_rows.append(row)
numbers = dict.fromkeys(list(swap_rows[0])[1:], ".1f")
show.table(swap_rows, formats=numbers, caption="Red and blue swapped: levels")

# %% [markdown]
# The bound holds in every photograph. In the slider, the gray on the left was meant, and the gray
# on the right is what the listing makes. We take the photograph with the largest mean.

# %% mystnb={"image": {"alt": "The photograph that the swap changes most, a red cup and saucer on a brown table, half as rec601 and half as the listing of paper 003 makes it. Saucer and table are darker in the right half; the white inside of the cup is not."}}
most = max(swap_rows, key=lambda row: row["mean"])["photograph"]
smaller = torch.nn.functional.avg_pool2d(photos[most] / 255, 2)
show.compare(
    rgb_to_gray(smaller, "rec601"), rgb_to_gray(smaller, "rec601_swapped"),
    labels=("rec601", "as in the listing"), alt=f"{most} in gray", width=480,
)

# %% [markdown]
# The maps show the mistake in all photographs, in the order and on the scale of the maps above:
# orange is darker than `rec601`, and purple is lighter.

# %% mystnb={"image": {"alt": "Maps of the swapped gray minus rec601 for the eight photographs. Orange, too dark, covers a space suit and skin, a whole cat, a whole table with its cup, a flower, the wooden storeys of a pagoda and a red motorcycle. Purple, too light, covers blue sky, blue cloth in two flags and the background of a portrait. White clothes and gray metal stay white."}}
maps = {name: difference_map(name, "rec601_swapped") for name in photos}
show.pictures(maps, ncols=4, **scale)

# %% [markdown]
# The mistake is larger than the difference between correct formulas. Skin, fur, wood, and red
# things darken, and the evening sky lightens.
#
# Does it spoil the paper? Training and test use the same wrong gray, so the network can learn from
# it. It may fail on *your* photograph, which has skies and lips in their usual grays. Early film,
# blind to red and very sensitive to blue, showed dark lips and white skies. Swapping the channels
# is a step in that direction.
#
# The swapped picture alone looks fine. One pixel whose answer you know finds the mistake:

# %% tags=["nbval-check-output"]
red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
for formula in ("rec601", "rec601_swapped"):
    print(f"{formula:15} {rgb_to_gray(red, formula).item():.3f}")

# %% [markdown]
# ### Dividing by 255, once
#
# Papers 000 and 003 speak of 255 shades. A byte has 256 levels with 255 *steps* between them, as
# we counted above. Paper 000 divides because high pixel values might otherwise get more importance
# than low ones. Dividing all pixels by one number cannot change that: a pixel that was twice as
# large stays twice as large. Dividing changes the overall scale, and with it which learning rates
# and initial weights work.
#
# The listing of paper 003 divides in place. In a notebook, a cell is quickly run a second time, and
# nothing complains:

# %% tags=["nbval-check-output"]
x_test_Gray = np.array([[0, 128, 255]], dtype="uint8")
for run in (1, 2):
    x_test_Gray = x_test_Gray.astype("float32") / 255
    print(f"after run {run}: largest value {x_test_Gray.max():.4f}")

# %% [markdown]
# After the second run every picture is practically black, and nothing stops you from training on
# it. Two habits prevent this: give the result a new name, and divide only `uint8`. Then the cell
# can run as often as you like:

# %%
def to_unit(x):
    """uint8 to [0, 1]; floats are taken to be there already."""
    return x.astype("float32") / 255 if x.dtype == np.uint8 else x


once = to_unit(np.array([[0, 128, 255]], dtype="uint8"))
assert once.max() == 1 and np.array_equal(to_unit(once), once)

# %% [markdown]
# ### What became of the statements
#
# One remark on words: paper 001 says that L stands for lightness, and in the next sentence it calls
# L luminance (§4.1). They are not the same, as the section on `lightness` showed.

# %%
mean = np.mean([row["mean"] for row in swap_rows])
worst = max(row["worst"] for row in swap_rows)
found = {
    "000-D08": "open; another paper of the same first author swaps red and blue",
    "000-D09": f"the range is right; there are {len(v)} levels",
    "001-D08": "the range of L is right; the next chapter looks at a and b",
    "002-D06": "the gray called lightness has that L, on another scale",
    "003-D05": "Keras returns RGB, so red and blue exchange their weights",
    "003-X01": f"off by {mean:.1f} levels in our pictures, up to {worst:.1f}",
    "003-D08": "right once; a second run divides again",
    "004-D04": "open; the candidates differ as measured above",
}
assert list(found) == told
show.table([{"id": key, "found here": text} for key, text in found.items()])

# %% [markdown]
# By {eq}`eq-gray-bound`, the mean of 003-X01 is the mean of $|R - B|$ times 0.185. Other pictures
# give another mean, and paper 003 worked on the small pictures of CIFAR-10. The bound holds for
# all pictures.
#
# ## Exercises
#
# **Exercise 1 (recall): two families.** Which of the five grays weigh encoded values, and which
# weigh light? Which one must not be shown as it is?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# `rec601`, `rec709`, and `rec601_swapped` weigh encoded values. `luminance` and `lightness` weigh
# light. `luminance` is not encoded again, so a screen shows it too dark.
# :::

# %% [markdown]
# **Exercise 2 (change the code): the plain average.** For a white pixel, three `uint8` channels
# `r`, `g`, `b` of 255, compute `(r + g + b) / 3`. Why is the result not 255? Repair it. Then
# measure how far the average is from `rec601` on the photographs: the mean absolute difference, in
# levels.

# %% tags=["solution", "hide-cell"]
white = torch.full((3, 1, 1), 255, dtype=torch.uint8)
r, g, b = white
wrapped = r + g + b  # 8 bits count to 255, then start again at 0
print("uint8:", (wrapped / 3).item(), "float:", white.float().mean().item())
assert wrapped.item() == (3 * 255) % 256
assert white.float().mean() == 255  # the repair: to float first, then add
from_rec601 = [
    (rgb.float().mean(1) - grays[name]["rec601"][0]).abs().mean().item()
    for name, rgb in photos.items()
]
print(f"average and rec601: {np.mean(from_rec601):.1f} levels apart")
assert len(from_rec601) == len(photos) and min(from_rec601) > 0

# %% [markdown]
# **Exercise 3 (compute): three plates.** One gray does not determine a color. Three grays do! Take
# the grays `rec601`, `rec709`, and `rec601_swapped` of a photograph, and compute its color from
# these three gray pictures alone. (Early color photography worked like this, with plates taken
# through three filters.)

# %% tags=["solution", "hide-cell"]
weights = torch.tensor(
    [[0.299, 0.587, 0.114], [0.2126, 0.7152, 0.0722], [0.114, 0.587, 0.299]]
)
portrait = photos["astronaut"]
filters = ("rec601", "rec709", "rec601_swapped")
plates = torch.cat([rgb_to_gray(portrait, f) for f in filters], dim=1)
solved = torch.linalg.solve(weights, plates[0].flatten(1))
solved = solved.view(portrait.shape)
# Three equations, three unknowns; no row is a mixture of the others.
assert torch.equal((solved * 255).round().to(torch.uint8), portrait)

# %% [markdown]
# **Exercise 4 (change the code): round or cut off?** A weighted sum is hardly ever a whole level.
# A plain cast, `.to(torch.uint8)`, cuts off like `floor`. Compare it with rounding: how many
# levels are lost on average, over the `rec601` of all photographs?

# %% tags=["solution", "hide-cell"]
exact = torch.cat([gray["rec601"].flatten() for gray in grays.values()])
rounded, cut = exact - exact.round(), exact - exact.floor()
for name, lost in {"round": rounded, "floor": cut}.items():
    worst = lost.abs().max()
    print(f"{name}: {lost.mean():.2f} levels lost, {worst:.1f} at worst")
# Rounding is off as often up as down; cutting off makes everything darker.
assert abs(rounded.mean()) < 0.05 < 0.4 < cut.mean()

# %% [markdown]
# **Exercise 5 (open question): the gray of an archive.** You train a colorizer on color
# photographs of today, for scans of black-and-white photographs of 1900. Which gray do you train
# it on? Say why.

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# - The film of 1900 was blind to red, so no formula of this chapter is its gray.
# - A choice with its price. `lightness` keeps brightness. A gray with little red is closer to the
#   film, but a guess. Many random weights make the network sturdy, and perhaps vague.
# - A test on things whose colors are known, such as lips and skies.
# - A record of the gray that was used.
# :::

# %% [markdown]
# ## What to remember
#
# - A stored value is not an amount of light. Weigh stored values and you get *luma*. Weigh light
#   and you get *luminance*. Encode luminance and you get a gray of the right *lightness*.
# - Encoded grays agree on neutral pixels and differ on saturated ones. All of them look plausible.
#   Name your gray, and use it for everything.
# - Check the order of channels with one red pixel. The eye does not find this mistake.
# - Divide by 255 once. Round, and do not cut off.
# - One gray level in the middle stands for very many colors. A colorizer can only know which of
#   them is likely.
#
# **Further reading.** {cite:t}`poynton2012digital` untangles luma, luminance, and lightness.
# {cite:t}`stokes1996standard` is the short proposal from which sRGB grew.
# {cite:t}`fairchild2013color` describes what the eye makes of it all.
