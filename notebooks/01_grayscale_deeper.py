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
# # Gray, deeper: weights, order, and means
#
# You may skip this chapter: no other chapter needs it. It answers four questions that [Gray,
# and what it leaves out](01_grayscale.ipynb) leaves open. Where do the numbers in a gray formula
# come from? Why is `lightness` never darker than `rec709`? What does a program do wrong when it
# shrinks a picture? And how different can two colors be that a photograph shows as one gray?
#
# **What you will learn**
#
# - how the weights of red, green, and blue follow from the lights of a screen;
# - that weighing and encoding do not change places, and in which direction the difference goes;
# - why the mean of stored values is not the mean of light.
#
# **What it needs.** You need the [chapter on gray](01_grayscale.ipynb) and systems of linear
# equations. The chapter trains nothing and downloads nothing.

# %%
from huelab import show

show.needs("01_grayscale_deeper")

# %% [markdown]
# ## Where the weights come from
#
# The formula `rec601` weighs red with 0.299, green with 0.587, and blue with 0.114. Where do these
# three numbers come from? They come from the phosphors of the first color televisions, the glowing
# dots of the picture tube.
#
# A screen mixes three lights: its red, green, and blue *primaries*. A standard gives each primary
# by its *chromaticity* $(x, y)$. These two numbers say which color a light has and not how strong
# it is: $x = X/(X+Y+Z)$ and $y = Y/(X+Y+Z)$, where $X, Y, Z$ are the coordinates in which the CIE
# measures colors. ($x$ and $y$ are not the input and target of Notation here.) The standard also
# gives the chromaticity of what it calls white. A light of chromaticity $(x, y)$ and luminance $Y
# = 1$ has the coordinates $(x/y,\ 1,\ (1 - x - y)/y)$. The weights $w$ are the luminances of the
# three primaries that together give white:
#
# $$
# w_R \begin{pmatrix} x_R / y_R \\ 1 \\ z_R / y_R \end{pmatrix} +
# w_G \begin{pmatrix} x_G / y_G \\ 1 \\ z_G / y_G \end{pmatrix} +
# w_B \begin{pmatrix} x_B / y_B \\ 1 \\ z_B / y_B \end{pmatrix} =
# \begin{pmatrix} x_W / y_W \\ 1 \\ z_W / y_W \end{pmatrix}
# $$ (eq-gray-primaries)
#
# with $z = 1 - x - y$. These are three equations for three unknowns. In the next cell every light
# is a column of three numbers, and `np.linalg.solve` solves the equations. We do this for the
# American standard of 1953 and for the primaries of sRGB, which today's screens use. Their whites,
# known as C and D65, are two kinds of standard daylight:

# %%
import numpy as np
import torch


def luma_weights(primaries, white):
    """Luminances of three primaries, as (x, y), that add up to white."""
    xyz = [(x / y, 1, (1 - x - y) / y) for x, y in [*primaries, white]]
    return np.linalg.solve(np.array(xyz[:3]).T, xyz[3])

# %% tags=["nbval-check-output"]
ntsc = [(0.67, 0.33), (0.21, 0.71), (0.14, 0.08)]  # red, green, blue
srgb = [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]
d65 = (0.3127, 0.3290)
ntsc_weights = luma_weights(ntsc, white=(0.3101, 0.3162))
srgb_weights = luma_weights(srgb, white=d65)
print("1953:", ntsc_weights.round(3), " today:", srgb_weights.round(4))
assert np.allclose(ntsc_weights, (0.299, 0.587, 0.114), atol=5e-4)
assert np.allclose(srgb_weights, (0.2126, 0.7152, 0.0722), atol=5e-5)

# %% [markdown]
# These are the weights of `rec601` and `rec709`. So the most common gray of today describes
# phosphors that nobody uses any more.
#
# ## The order of the steps
#
# `lightness` weighs light and encodes the sum. `rec709` weighs what is encoded already. The
# weights are the same, and here is the same color for both, a dark blue. The first line is
# `lightness`, and the second line is `rec709`:

# %% tags=["nbval-check-output"]
from huelab.color import linear_to_srgb, srgb_to_linear

w = torch.tensor(srgb_weights).float()
navy = torch.tensor([0.0, 0.0, 0.5])
encoded_last = linear_to_srgb((w * srgb_to_linear(navy)).sum())
encoded_first = (w * navy).sum()
print(f"weigh, then encode: level {255 * encoded_last:.0f}")
print(f"encode, then weigh: level {255 * encoded_first:.0f}")

# %% [markdown]
# Is the first gray always the lighter one? Let $e$ be the encoding, that is, the sRGB curve
# {eq}`eq-gray-srgb` of the chapter on gray, run backwards. It rises more and more slowly: it is
# *concave*. For a concave function, Jensen's inequality says that the value at a weighted mean is
# at least the weighted mean of the values. The weights $w_i$ must be positive and add up to 1:
#
# $$
# e\Bigl(\sum_i w_i\, v_{\ell,i}\Bigr) \;\ge\; \sum_i w_i\, e(v_{\ell,i}).
# $$ (eq-gray-jensen)
#
# The left side is `lightness`, and the right side is `rec709`, because $e(v_{\ell,i})$ is a stored
# value. So `lightness` is never darker, and the two are equal for neutral colors. We try it on
# random colors. The `assert` leaves room for rounding:

# %%
generator = torch.Generator().manual_seed(0)
colors = torch.rand(100_000, 3, generator=generator)
weighed_light = linear_to_srgb(srgb_to_linear(colors) @ w)
lighter_by = 255 * (weighed_light - colors @ w)
print(f"lighter by {lighter_by.mean():.0f} levels on average")
print(f"and by {lighter_by.max():.0f} at most")
assert lighter_by.min() > -0.01

# %% [markdown]
# ## A mean of what?
#
# Look at a fine checkerboard, half black and half white, from so far that the squares melt
# together. Which gray do you see? Your eye averages light. A program that averages stored values
# gets something else:

# %% tags=["nbval-check-output"]
squares = torch.arange(240) // 2
board = ((squares[:, None] + squares) % 2)[None].float()
mean_of_values = board.mean()
mean_of_light = linear_to_srgb(srgb_to_linear(board).mean())
print(f"mean of stored values: level {255 * mean_of_values:.0f}")
print(f"mean of light:         level {255 * mean_of_light:.0f}")

# %% mystnb={"image": {"alt": "The same fine checkerboard twice, each with a plain gray square in the middle. Seen from afar, the square on the left, made by averaging stored values, is clearly darker than the checkerboard around it. The square on the right, made by averaging light, nearly disappears."}}
left, right = board.clone(), board.clone()
left[:, 80:160, 80:160] = mean_of_values
right[:, 80:160, 80:160] = mean_of_light
show.pictures({"mean of values": left, "mean of light": right}, size=240)

# %% [markdown]
# Step back or squint, with the page at 100 % zoom. On the left the square stays visible, because it
# is too dark. On the right it melts into the board.
#
# Every program that shrinks pictures by averaging stored values makes the mistake on the left.
# Pillow does so, and this book's data sets do, too. By {eq}`eq-gray-jensen` a mean of stored
# values can be too dark, but never too light. The mistake hardly matters where neighboring pixels
# are alike, as they are in most of a photograph. In fine patterns it matters.
#
# ## Two colors of one gray, in real photographs
#
# The chapter on gray counts how many colors share a gray. Does this happen in real photographs, or
# only in the cube of all colors? The next cell draws pixels at random from all photographs of the
# book.

# %%
from huelab.color import rgb_to_gray, rgb_to_lab
from huelab.data import open_photographs

drawn = []
for picture in open_photographs().values():
    pixels = picture.flatten(1).T  # one row a pixel
    some = torch.randint(len(pixels), (4000,), generator=generator)
    drawn.append(pixels[some])
sample = torch.cat(drawn).T.view(1, 3, -1, 1)
ab = rgb_to_lab(sample)[0, 1:, :, 0].T
level = (255 * rgb_to_gray(sample, "rec601")).round().flatten()
print(f"{len(ab):,} pixels")

# %% [markdown]
# The next cell looks at five gray levels. In each it finds the two drawn pixels whose colors are
# farthest apart in the $a^*, b^*$ of Lab, which measure color without lightness. [The chapter on
# Lab](02_lab.ipynb) explains them. `torch.cdist` computes the distance of every pixel to every
# other one, and `divmod` turns the place of the largest one into the numbers of the two pixels.
# The title of each tile gives the gray level and that distance.

# %% mystnb={"image": {"alt": "Five pairs of color patches taken from the photographs, and below each pair its gray. The two colors of a pair are clearly different, such as a red beside a blue or a blue beside an orange. The gray below is one even area: the two halves cannot be told apart."}}
tiles = {}
for gray in (50, 90, 130, 170, 210):
    group = (level == gray).nonzero().flatten()
    distance = torch.cdist(ab[group], ab[group])
    farthest = divmod(distance.argmax().item(), len(group))
    colors_of_two = sample[0, :, group[list(farthest)], 0] / 255
    their_gray = 255 * rgb_to_gray(colors_of_two.view(1, 3, 1, 2), "rec601")
    their_gray = (their_gray.round() / 255)[0, :, 0].expand(3, 2)
    tile = torch.stack([colors_of_two, their_gray], 1)
    label = f"gray {gray}\na, b distance {distance.max():.0f}"
    tiles[label] = tile.repeat_interleave(64, 1).repeat_interleave(64, 2)
show.pictures(tiles, ncols=5, size=128)

# %% [markdown]
# The upper halves are two colors from real photographs. The lower halves are the gray of each,
# computed from it. Both come out at the same level, so you see no line between them. Colorimetry
# calls lights that differ and look the same *metamers*. These are the metamers of an eye with a
# single sensor, and a gray picture is what such an eye saw.
#
# ## Exercises
#
# **Exercise 1 (recall): an old screen.** Whose colors gave `rec601` its weights? Why does a new
# screen need other weights?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# The weights are the luminances of the phosphors of the first color televisions, in the mixture
# that gives white. The primaries of a new screen have other chromaticities, so other amounts of
# them give white.
# :::

# %% [markdown]
# **Exercise 2 (compute): a new screen.** Newer screens and phones use the primaries of Display P3:
# red $(0.680, 0.320)$, green $(0.265, 0.690)$, and blue $(0.150, 0.060)$, with the white D65.
# Compute their weights. Which weight changes most against sRGB, and in which direction? Then
# replace only the green primary of sRGB, and only the red one. What does each of the two do to the
# weight of red?

# %% tags=["solution", "hide-cell"]
p3 = [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)]
p3_weights = luma_weights(p3, white=d65)
new_green = luma_weights([srgb[0], p3[1], srgb[2]], white=d65)
new_red = luma_weights([p3[0], srgb[1], srgb[2]], white=d65)
results = {"sRGB": srgb_weights, "P3": p3_weights}
results |= {"new green": new_green, "new red": new_red}
for name, weights in results.items():
    print(f"{name:9}", weights.round(4))
# Green loses most. A purer green brings less red along, so that white needs
# more of the red primary. A purer red is the stronger color, so that white
# needs less of it. Of the two, the green primary has the larger effect.
change = p3_weights - srgb_weights
assert abs(change).argmax() == 1 and change[1] < 0
assert new_red[0] < srgb_weights[0] < p3_weights[0] < new_green[0]
assert np.allclose(p3_weights, (0.2290, 0.6917, 0.0793), atol=5e-5)

# %% [markdown]
# **Exercise 3 (compute): which comes first?** Is it the same to shrink a picture and then make it
# gray as to make it gray and then shrink it? Try `rec601` and `lightness` on one photograph, and
# shrink it with `torch.nn.functional.avg_pool2d(x, 4)`. Explain the result with
# {eq}`eq-gray-jensen`.

# %% tags=["solution", "hide-cell"]
shrink = torch.nn.AvgPool2d(4)
scene = open_photographs()["china"][None] / 255
orders = {}
for formula in ("rec601", "lightness"):
    first_shrunk = rgb_to_gray(shrink(scene), formula)
    first_gray = shrink(rgb_to_gray(scene, formula))
    orders[formula] = 255 * (first_shrunk - first_gray).abs().max().item()
    print(f"{formula:10} worst difference {orders[formula]:.2f} levels")
# The mean and rec601 are both weighted sums of stored values, and sums may
# change places. lightness has a curve between them, and a curve and a sum
# may not: that is where the inequality comes from.
assert orders["rec601"] < 1e-3 < 1 < orders["lightness"]

# %% [markdown]
# **Exercise 4 (change the code): fewer white squares.** Change the checkerboard so that one pixel
# of every block of 2 × 2 is white and the other three are black. How far apart are the two means
# now, and how far apart were they? Which of them does your eye see?

# %% tags=["solution", "hide-cell"]
rows = torch.arange(240)
white_one = (rows[:, None] % 2 == 0) & (rows % 2 == 0)
sparse = white_one[None].float()
means = {
    "one of two": (mean_of_values, mean_of_light),
    "one of four": (sparse.mean(), linear_to_srgb(srgb_to_linear(sparse).mean())),
}
gaps = {}
for name, (of_values, of_light) in means.items():
    gaps[name] = 255 * (of_light - of_values).item()
    print(f"{name}: {255 * of_values:.0f} and {255 * of_light:.0f}")
# The eye sees the mean of light, and the mean of values is even more wrong.
assert sparse.mean() == 0.25 and gaps["one of four"] > gaps["one of two"]

# %% [markdown]
# **Exercise 5 (compute): the worst rounding.** When red and blue are swapped, `rec601` changes by
# at most $0.185 \cdot 255$ levels, which is less than 48. Yet OpenCV returns whole levels, and
# those can differ by 48. Find a color for which the two *rounded* grays differ by 48.

# %% tags=["solution", "hide-cell"]
# Full red, no blue. Green shifts both grays alike and decides how
# they are rounded.
for green in range(256):
    color = torch.tensor([255, green, 0]).byte().view(1, 3, 1, 1)
    right, wrong = (
        round(255 * rgb_to_gray(color, formula).item())
        for formula in ("rec601", "rec601_swapped")
    )
    if right - wrong == 48:
        break
print(f"(255, {green}, 0): {right} and {wrong}")
assert right - wrong == 48

# %% [markdown]
# **Exercise 6 (open question): repair the data sets?** Should this book shrink its pictures by
# means of light? Give a reason for it and a reason against it. Which measurement would decide for
# you?

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# - A reason for it: fine patterns keep their brightness, and the picture shows what a camera with
#   fewer pixels would have seen.
# - A reason against it: the papers and most programs average stored values. Every comparison with
#   them, and every recorded number of this book, would be about other pictures.
# - A measurement that could come out either way, such as the difference between the two ways on all
#   photographs, in levels, next to the differences between the methods.
# - A limit, such as this one: nobody knows how other photographs were shrunk before we got them.
# :::

# %% [markdown]
# ## What to remember
#
# - The weights of a luma are the luminances of a screen's primaries. They belong to a screen and
#   not to nature.
# - Weighing and encoding do not change places. `lightness`, which weighs light, is never darker
#   than `rec709`, which weighs stored values.
# - A mean of stored values is never lighter than the mean of light. In fine patterns it is much
#   darker.
#
# **Further reading.** {cite:t}`poynton2012digital` derives the weights at length, and
# {cite:t}`bt601` and {cite:t}`bt709` are the two standards.
