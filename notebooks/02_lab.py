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
# # Lab: lightness apart from color
#
# A gray photograph says how light every point was, but not which color it had. The color space CIE
# L\*a\*b\*, *Lab* for short, separates the two: one number for lightness, two for color. For this
# reason most colorizers work in Lab: they are given L and predict a and b. In this chapter you
# build the conversion from sRGB to Lab yourself, in a few lines of NumPy, and check every step.
# Then you measure what Lab is good for and where it breaks.
#
# **What you will learn**
#
# - How a pixel gets from sRGB through linear light and XYZ to Lab, and what each step is for.
# - Why a network that predicts a and b has a smaller and safer task than one that predicts RGB.
# - Three traps: Lab stored in 8 bits, colors that no screen can show, and ranges that papers do
#   not state.
#
# **What it needs.** You need some NumPy, and [chapter 1](01_grayscale.ipynb) for what *gray*
# means. The chapter trains nothing and downloads nothing. [Lab, deeper](02_lab_deeper.ipynb) goes
# further, and you may skip it.

# %%
from huelab import show

show.needs("02_lab")

# %% [markdown]
# ## What the papers say
#
# Three of the five papers speak of Lab: 001 {cite:p}`bana2021vitigan`, 002
# {cite:p}`cevallos2021very`, and 004 {cite:p}`pandey2022coloring`. The table gives their claims
# from the [ledger](../book/ledger.md), in our words. The first three digits are the paper's
# number in this book. The letter is A for architecture, D for data, and X for a place where a
# paper does not fit together. Paper 001 calls its colorizing network the *generator*.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

where = {"001-D08": "The gamut", "001-D11": "Reading with care"}
where |= dict.fromkeys(["001-A13", "002-D06", "002-A14"], "Why predict a and b")
where |= {"004-X05": "Reading with care"}
claims = {claim.id: claim.claim for claim in read_claims()}
show.table([{"id": k, "claim": claims[k], "section": where[k]} for k in where])

# %% [markdown]
# Two papers also give reasons. Paper 001 says that joining L with the predicted colors guarantees a
# high level of detail. Paper 002 says that the network then has no effect on the lighting. We
# test both.
#
# ## The photographs
#
# We measure everything below on the eight photographs that come with the packages, as squares of
# 256 pixels. Nothing is trained here, so we may mix the training part and the test part.

# %% mystnb={"image": {"alt": "Eight small square color photographs in two rows, each under its name: a portrait of an astronaut, a cat, a cup of coffee, a Chinese temple roof, a flower, a portrait of an officer, a motorcycle, a rocket at dusk."}}
import torch
from huelab.data import open_photographs

photographs = open_photographs(size=256)
names, rgb = list(photographs), torch.stack(list(photographs.values()))
print(tuple(rgb.shape), rgb.dtype)
show.pictures(photographs, size=96)

# %% [markdown]
# The printed shape is $(N, 3, H, W)$: pictures, channels, height, width. The values are whole
# numbers from 0 to 255, as in the files.
#
# ## From sRGB to Lab, step by step
#
# The drawing shows the whole way, from a picture file at the top to Lab at the bottom. Its arrows
# say what is computed from what.

# %% tags=["nbval-check-output"]
each = [(0, 0), (1, 1), (2, 2)]
every = [(i, j) for i in range(3) for j in range(3)]
from_y = [(0, 0), (1, 0), (1, 1), (1, 2), (2, 2)]
show.flow(
    {"sRGB, in the file": ["R", "G", "B"], "linear light": ["Rℓ", "Gℓ", "Bℓ"],
     "XYZ, for the eye": ["X", "Y", "Z"], "Lab, how it looks": ["a", "L", "b"]},
    {"1. undo the curve": each, "2. apply a matrix": every,
     "3. curve, subtract": from_y},
    alt="The way from sRGB to Lab in three steps",
)

# %% [markdown]
# **Look at** the arrows. Step 1 treats every channel alone. Step 2 mixes all three. In step 3, L
# comes from Y alone, while a and b are differences from Y. We check each step against scikit-image
# {cite:p}`vanderwalt2014scikit`, in `float64`, so that any difference is a mistake and not
# rounding.
#
# ### Step 1: undo the sRGB curve
#
# The numbers in a picture file are not amounts of light. They are *encoded*, which means squeezed
# by the curve of [chapter 1](01_grayscale.ipynb) {cite:p}`iec1999srgb`. Amounts of light can be
# added; encoded values cannot. So we undo the curve before we add anything. For a channel value
# $v$ in $[0, 1]$, the linear light $v_\ell$ is
#
# $$
# v_\ell = \begin{cases} v / 12.92 & v \le 0.04045 \\ \left(\dfrac{v + 0.055}{1.055}\right)^{2.4} & \text{otherwise.} \end{cases}
# $$ (lab-curve)
#
# scikit-image has no function for this step alone. But for a gray pixel, whose channels are equal,
# the luminance $Y$ of the next step is simply the linear light.

# %%
import numpy as np


def to_linear(v):
    """Encoded sRGB values in [0, 1] to linear light in [0, 1]."""
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


# %% tags=["nbval-check-output"]
from skimage.color import rgb2xyz

levels = np.linspace(0, 1, 256)
grays = np.stack([levels, levels, levels], axis=-1)
luminance = rgb2xyz(grays)[:, 1]
print("agrees:", np.abs(to_linear(levels) - luminance).max() < 1e-12)
print(f"an encoded 0.5 is {to_linear(0.5):.3f} of full light")

# %% [markdown]
# ### Step 2: from three primaries to XYZ
#
# Each pixel of a screen mixes three lights, its *primaries*: red, green, and blue. XYZ describes
# what the eye takes from the light, independently of any screen. The International Commission on
# Illumination (CIE) fixed it in 1931 {cite:p}`cie15`. Because light can be added, the step from
# primaries to XYZ is a matrix, the `M` of the next cell. You can read it in three ways:
#
# - A **column** is the XYZ of one primary at full power.
# - The **middle row** gives $Y$, the *luminance*. It says how much each primary adds to how light a
#   pixel is. Green adds most, and blue adds very little.
# - The **sums of the rows** are all primaries at full power. They give white, $(X_n, Y_n, Z_n)$.
#   This white is called D65 and resembles average daylight.
#
# [Lab, deeper](02_lab_deeper.ipynb) computes the nine numbers from fewer.

# %%
M = np.array([
    [0.412453, 0.357580, 0.180423],
    [0.212671, 0.715160, 0.072169],
    [0.019334, 0.119193, 0.950227],
])
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65

# %% tags=["nbval-check-output"]
random = np.random.default_rng(2).random((100_000, 3))
xyz = to_linear(random) @ M.T
print("agrees:", np.abs(xyz - rgb2xyz(random)).max() < 1e-12)
print("white: ", M.sum(axis=1).round(3), "and D65 is", WHITE.round(3))

# %% [markdown]
# ### Step 3: from XYZ to Lab
#
# Twice the light does not look twice as light. The eye compresses, roughly like a cube root. So the
# step divides each of X, Y, and Z by its value for white and sends the ratio $t$ through
#
# $$
# f(t) = \begin{cases} \sqrt[3]{t} & t > 0.008856 \\ 7.787\, t + 16/116 & \text{otherwise.} \end{cases}
# $$ (lab-f)
#
# The curve starts with a straight line because the cube root is infinitely steep at zero: the
# faintest noise in a black corner would make large differences. From the three values of $f$ follow
# {cite:p}`robertson1977cie`
#
# $$
# \begin{aligned}
# L^* &= 116 \, f(Y / Y_n) - 16 && \text{lightness: black is 0, white is 100} \\
# a^* &= 500 \, \bigl[f(X / X_n) - f(Y / Y_n)\bigr] && \text{green } (-) \text{ against red } (+) \\
# b^* &= 200 \, \bigl[f(Y / Y_n) - f(Z / Z_n)\bigr] && \text{blue } (-) \text{ against yellow } (+)
# \end{aligned}
# $$ (lab-lab)
#
# For a gray all three ratios are equal, so a and b are zero. The distance from gray, $C =
# \sqrt{a^2 + b^2}$, is called *chroma*, and the angle $h = \mathrm{atan2}(b, a)$ is the *hue*.
# From here on we leave out the stars.

# %% tags=["nbval-check-output"]
from skimage.color import rgb2lab


def f(t):
    """The eye's compression: a cube root with a straight start."""
    return np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)


def to_lab(rgb):
    """sRGB in [0, 1], shape (..., 3), to Lab in its own units."""
    x, y, z = np.moveaxis(f(to_linear(rgb) @ M.T / WHITE), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


print("agrees:", np.abs(to_lab(random) - rgb2lab(random)).max() < 1e-9)

# %% [markdown]
# What are some well-known colors in Lab?

# %% tags=["nbval-check-output"]
known = {"black": (0, 0, 0), "white": (1, 1, 1)}
known |= {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
known |= {"yellow": (1, 1, 0), "cyan": (0, 1, 1), "magenta": (1, 0, 1)}
rows = []
for name, corner in known.items():
    L, a, b = to_lab(np.array(corner)).round().astype(int)
    rows.append({"color": name, "R, G, B": corner, "L": L, "a": a, "b": b})
show.table(rows)

# %% [markdown]
# Full yellow is nearly as light as white, and full blue is dark. In RGB both are just channels at
# their maximum, whereas L says how light they look.
#
# ### The library does the same
#
# `huelab.color` converts whole batches on any device. In `float32` it agrees with our few lines:

# %% tags=["nbval-check-output"]
from huelab import color

lab = color.rgb_to_lab(rgb)
ours = to_lab(rgb.movedim(1, -1).numpy() / 255)
print("agrees:", np.abs(lab.movedim(1, -1).numpy() - ours).max() < 1e-3)
back = color.lab_to_rgb(lab)
print("there and back:", torch.equal((back * 255).round().byte(), rgb))

# %%
from huelab.color import convert

show.source(convert._rgb_to_lab)

# %% [markdown]
# `_mix` applies the matrix, divided by the white, with its rows in the order Y, X, Z. `select(-3,
# channel)` is one channel, not a copy. `sub_` and `mul_` work in place, so they change `lab`.
# `_lab_curve` is $f$ of equation {eq}`lab-f`, written so that a network can
# train through it, as [Lab, deeper](02_lab_deeper.ipynb) explains.
#
# ### A picture in three planes
#
# A seed chooses the photograph. L is a gray picture. We show a and b in two ways: as *colors*,
# where the other one is zero and L is 65 everywhere, and as *values*, where orange is negative and
# purple is positive.

# %% mystnb={"image": {"alt": "Six pictures of one photograph. Top row: the photograph in color; its lightness as a gray picture with all detail; the colors of a alone, green to red at fixed lightness: whole objects with clear borders and little inside them. Bottom row: the colors of b alone, blue to yellow; then the values of a and of b on a scale from orange through white to purple."}}
seed = 2
chosen = show.choose(len(names), 3, seed)
L, a, b = lab[chosen[0]]
light, none = torch.full_like(L, 65), torch.zeros_like(L)
planes = {
    names[chosen[0]]: rgb[chosen[0]],
    "L": color.lightness_to_gray(L),
    "a as colors": color.lab_to_rgb(torch.stack([light, a, none])),
    "b as colors": color.lab_to_rgb(torch.stack([light, none, b])),
    "a as values": a,
    "b as values": b,
}
planes["L"] = planes["L"].expand(3, -1, -1)  # three equal channels are gray
show.pictures(planes, ncols=3, size=176, vmin=-80, vmax=80, cmap="PuOr")

# %% [markdown]
# **Look at** hair, folds, and edges. L has the finest detail. The planes of a and b have edges at
# the borders of objects, but mostly no shading inside them. So the gray picture says where things
# begin and end, and the colorizer guesses which color they have.
#
# ## Why predict a and b
#
# Lab is useful and not necessary, as paper 002 notes. Three arguments for it can be measured.
#
# ### The channels of Lab repeat each other less
#
# A bright pixel is mostly bright in red, green, and blue. The correlation $r$ of two channels says
# how well one follows the other: 0 for not at all, 1 or −1 for perfectly. We take its size $|r|$
# in each photograph and average over photographs.

# %%
def correlations(batch, letters):
    """Mean over pictures of |r| between each two of three channels."""
    flat = batch.double().flatten(2)
    r = torch.stack([torch.corrcoef(picture) for picture in flat])
    r = r.abs().mean(dim=0)
    pairs = [(0, 1), (0, 2), (1, 2)]
    return {f"{letters[i]}, {letters[j]}": r[i, j].item() for i, j in pairs}


pairs = correlations(rgb, "RGB") | correlations(lab, "Lab")
rows = [{"channels": pair, "mean |r|": r} for pair, r in pairs.items()]
show.table(rows, formats={"mean |r|": ".2f"})

# %% [markdown]
# A network that predicts RGB has to produce the same light and shade three times, once per
# channel, although they were *given*. In Lab they are in one channel, and the other two follow it
# less. They do follow it a little: in single photographs L and color go together (bright sky is
# blue). And a and b go together a good deal. So one network should predict a and b together, and
# it should see L.
#
# ### Coarse a and b cost less than a coarse L
#
# `coarse` replaces each block of $k \times k$ pixels by its mean and enlarges the result smoothly.
# We do this once to a and b and once to L. We compare with the truth by the *peak signal-to-noise
# ratio* (PSNR) of RGB in $[0, 1]$: the mean squared error on a logarithmic scale, in decibels,
# where higher is better (see [Notation](../book/notation.md)).

# %%
from torch.nn.functional import avg_pool2d, interpolate


def coarse(planes, k):
    """Keep only every k-th pixel's worth of detail."""
    return interpolate(avg_pool2d(planes, k), scale_factor=k, mode="bicubic")


def join(L, ab):
    """Put L and a, b together to pictures in RGB."""
    return color.lab_to_rgb(torch.cat([L, ab], dim=1))


def psnr(estimate, target):
    """PSNR of RGB in [0, 1], one value per picture."""
    return -10 * ((estimate - target) ** 2).mean(dim=(1, 2, 3)).log10()


# %% mystnb={"image": {"alt": "Two photographs, one a row, each in three versions: the original, with a and b at an eighth of the resolution, with L at an eighth of the resolution. The second column looks almost like the first; the third is a blur."}}
truth, L, ab = rgb / 255, lab[:, :1], lab[:, 1:]
soft_ab, soft_L = join(L, coarse(ab, 8)), join(coarse(L, 8), ab)
columns = {"original": truth, "a, b at 1/8": soft_ab, "L at 1/8": soft_L}
show.grid(columns, n=2, seed=seed, size=168)

# %% [markdown]
# In the middle column you have to search for the difference: a little color leaks over sharp
# edges. The right column has *all* of its color at full resolution, and it is a blur. The next
# figure shows more factors.

# %% mystnb={"image": {"alt": "Line plot of PSNR in decibels against the factor 2 to 64 by which resolution is reduced, mean over eight photographs. Both lines fall. The line with round markers, a and b coarse, runs far above the one with square markers, L coarse. A dotted horizontal line, the gray copy, lies below the first line for every factor."}}
import matplotlib.pyplot as plt

factors = [2, 4, 8, 16, 32, 64]
gray_copy = psnr(join(L, 0 * ab), truth)
of_ab = [psnr(join(L, coarse(ab, k)), truth).mean() for k in factors]
of_L = [psnr(join(coarse(L, k), ab), truth).mean() for k in factors]

fig, axes = plt.subplots(figsize=(5.6, 3.6))
axes.plot(factors, of_ab, "o-", color="C0", label="a and b coarse, L exact")
axes.plot(factors, of_L, "s--", color="C1", label="L coarse, a and b exact")
axes.axhline(gray_copy.mean(), ls=":", color="black", label="gray copy")
axes.set_xscale("log", base=2)
axes.set_xticks(factors, [f"1/{k}" for k in factors])
axes.set(xlabel="resolution of what is coarse", ylabel="mean PSNR (dB)")
axes.legend(frameon=False)
show.stamp(fig)
assert min(of_ab) > gray_copy.mean()

# %% [markdown]
# **Look at** the right end of the upper line. Even there, with a few values of a and b for the
# whole picture, the result beats the *gray copy*, which has no color. JPEG and television
# have stored color at half the resolution of lightness for decades {cite:p}`poynton2012digital`.
# So a network that is coarse in a and b is forgiven, but not because a and b are smoother than L:
# [Lab, deeper](02_lab_deeper.ipynb) measures why.
#
# The gray copy is itself **a strong baseline**, and it costs nothing. A colorizer may reach a
# respectable PSNR and have learned nothing. So this book shows the gray copy's score with every
# result.
#
# ### What is given stays exact
#
# Can a network that predicts only a and b touch the lighting? We make a prediction that is
# thoroughly wrong: a and b with their signs turned around, so that every color becomes its
# opposite. We compare it with an imaginary RGB network, whose output is the truth plus noise. The
# loop makes the noise so strong that both pictures have the same PSNR.

# %%
three = truth[chosen]
opposite = color.fit_gamut(torch.cat([L, -ab], dim=1)[chosen])
from_ab = color.lab_to_rgb(opposite)
noise = torch.randn(three.shape, generator=torch.Generator().manual_seed(seed))
strength, goal = torch.full((3, 1, 1, 1), 0.3), psnr(from_ab, three)
for _ in range(30):
    from_rgb = (three + strength * noise).clamp(0, 1)
    missing = (psnr(from_rgb, three) - goal).view(-1, 1, 1, 1)
    strength = strength * 10 ** (missing / 20)  # 20 dB are a factor of 10
assert missing.abs().max() < 0.02

# %%
def error_of_L(picture):
    return (color.rgb_to_lab(picture)[:, :1] - L[chosen]).abs()


pair = {"opposite colors": from_ab, "RGB with noise": from_rgb}
pair["opposite colors, 8 bits"] = (255 * from_ab).round() / 255
rows = []
for name, picture in pair.items():
    off, decibels = error_of_L(picture), psnr(picture, three).mean().item()
    row = {"picture": name, "PSNR (dB)": f"{decibels:.1f}"}
    row |= {"error of L": f"{off.mean():.2f}", "worst": f"{off.max():.2f}"}
    rows.append(row)
show.table(rows)

# %% mystnb={"image": {"alt": "The middle of one photograph three times: the original, with opposite colors, and as RGB with noise. The second has absurd colors but every detail is crisp; the third has the right colors on average but is covered with coarse grain."}}
trio = {"original": three, "opposite colors": from_ab, "RGB with noise": from_rgb}
middle = {name: batch[0, :, 64:192, 64:192] for name, batch in trio.items()}
show.pictures(middle, ncols=3, size=128)

# %% [markdown]
# By PSNR the two are equally bad, but in different ways. The picture with opposite colors is
# absurd, and yet every detail is there: its L is right, and 8 bits change L by a fraction of a
# unit. In the noisy picture L is off by many units on average. A colorizer that keeps L can be
# wrong about color only. The code hides one condition, `fit_gamut`, which *The gamut* explains.
#
# ## Equal steps look equal, nearly
#
# The distance of two colors in Lab is written $\Delta E$, with E for the German *Empfindung*,
# sensation:
#
# $$
# \Delta E = \sqrt{(L_1 - L_2)^2 + (a_1 - a_2)^2 + (b_1 - b_2)^2}
# $$ (lab-delta-e)
#
# Lab was made so that equal $\Delta E$ look about equally large; about 2 is a difference that you
# notice side by side. This is the reason to measure a network's error in Lab and not in RGB.
#
# How equal are they? A better ruler is CIEDE2000 {cite:p}`sharma2005ciede2000`, a much longer
# formula that was fitted to the judgments of many observers. We take random colors, go one unit of
# Lab in a random direction, and ask CIEDE2000 how large the step looks. The table gives the
# median, by the chroma at the start.

# %%
from skimage.color import deltaE_ciede2000

rng = np.random.default_rng(seed)
start = to_lab(rng.random((50_000, 3)))
step = rng.normal(size=start.shape)
step /= np.linalg.norm(step, axis=1, keepdims=True)
seen = deltaE_ciede2000(start, start + step)

chroma, rows = np.hypot(start[:, 1], start[:, 2]), []
for low, high in [(0, 10), (10, 20), (20, 40), (40, 80), (80, 140)]:
    median = np.median(seen[(low <= chroma) & (chroma < high)])
    rows.append({"chroma": f"{low} to {high}", "one unit looks like": median})
medians = [row["one unit looks like"] for row in rows]
assert medians == sorted(medians, reverse=True)
show.table(rows, formats={"one unit looks like": ".2f"})

# %% [markdown]
# The stronger the color, the smaller a step looks: an error of one unit is worse on a gray wall
# than on a red flower. A loss that adds up squares in Lab does not know that.
#
# ## What Lab in 8 bits costs
#
# It is tempting to store Lab in 8 bits, as pictures are. OpenCV does so when you give it an 8-bit
# picture {cite:p}`bradski2000opencv`: it stretches L to 0..255, adds 128 to a and b, and rounds all
# three. We send colors there and back: first the cube of all sRGB colors, covered evenly by every
# third level of each channel, and then the eight photographs.

# %%
# One number per channel; the shape (3, 1, 1) fits pictures (3, H, W).
scale = torch.tensor([255 / 100, 1, 1]).view(3, 1, 1)
shift = torch.tensor([0, 128, 128]).view(3, 1, 1)


def through_8_bits(lab):
    """Lab, rounded to one byte per channel as OpenCV does, and back."""
    code = (lab * scale + shift).round().clamp(0, 255)
    return (code - shift) / scale


# %%
level = torch.arange(0, 256, 3, dtype=torch.uint8)
cube = torch.stack(torch.meshgrid(level, level, level, indexing="ij"))
cube = cube.reshape(3, -1, len(level))  # a picture of all these colors

rows = []
for name, colors in {"the cube": cube, "the photographs": rgb}.items():
    again = color.lab_to_rgb(through_8_bits(color.rgb_to_lab(colors)))
    off = (again * 255).round() - colors
    decibels = -10 * (off / 255).pow(2).mean().log10().item()
    same = (off == 0).all(dim=-3).float().mean().item()
    row = {"colors": name, "PSNR (dB)": decibels, "unchanged": same}
    rows.append(row | {"worst error (levels)": int(off.abs().max())})
show.table(rows, formats={"PSNR (dB)": ".1f", "unchanged": ".0%"})

# %% [markdown]
# The mean error is small next to that of a gray copy. But most colors come back changed, and the
# worst error is not small. The error is needless, no network can undo it, and it changes
# when somebody rounds differently. So **never make training targets from 8-bit Lab**.
#
# ## The gamut: what a screen can show
#
# In RGB, the colors of sRGB fill a cube. In Lab the same colors fill a crooked body, the *gamut*.
# Numbers outside it are valid Lab, but no sRGB screen can show them. How far do a and b reach?

# %% tags=["nbval-check-output"]
lab_cube = color.rgb_to_lab(cube)
for letter, plane in zip("Lab", lab_cube, strict=True):
    print(f"{letter}: {plane.min():5.0f} to {plane.max():4.0f}")

# %% [markdown]
# They reach less far than the range that paper 001 gives (001-D08), which is the range of a byte
# and not of a color. A network that ends in a tanh, a curve from −1 to 1, can put out *any* pair
# in its range, and most pairs do not exist.
#
# Move the slider to walk through the gamut. Each frame is the slice at one L. Inside the black
# outline you see every color as it is. Outside, on striped gray, some channel of RGB would be below
# 0 or above 1. The small cross is gray.

# %%
def slice_at(lightness):
    """One frame: the plane of a and b at one L, as a figure."""
    line = torch.arange(-119, 120, 2.0)
    b, a = torch.meshgrid(line, line, indexing="ij")
    plane = torch.stack([torch.full_like(a, lightness), a, b])
    beyond = (color.lab_to_rgb(plane, clip=False) - 0.5).abs().amax(dim=0)
    stripes = 0.86 + 0.06 * (b % 24 < 12)
    image = torch.where(beyond <= 0.5, color.lab_to_rgb(plane), stripes)
    fig = plt.Figure(figsize=(3.3, 3.1), dpi=100)
    axes = fig.add_axes((0.23, 0.16, 0.76, 0.82))
    box = {"extent": (-120, 120, -120, 120), "origin": "lower"}
    axes.imshow(image.movedim(0, -1), interpolation="nearest", **box)
    axes.contour(line, line, beyond, [0.5], colors="black", linewidths=1)
    axes.plot(0, 0, "+", color="black" if lightness > 50 else "white")
    axes.set(xlabel="a: green (−), red (+)", ylabel="b: blue (−), yellow (+)")
    axes.set(xticks=[-100, 0, 100], yticks=[-100, 0, 100])
    return fig


# %% mystnb={"image": {"alt": "The plane of a and b at middle lightness. A crooked patch of colors around gray, with an outline: green to the left, red and magenta to the right, yellow above, blue below. Around it striped gray where sRGB has no color."}}
all_L = range(5, 100, 10)
show.frames(
    [slice_at(value) for value in all_L],
    list(all_L),
    description="L",
    alt="plane of a and b, sRGB colors in an outline, stripes around it",
)

# %% [markdown]
# As L rises, the patch moves from blue at the dark end to yellow at the light end. Find the L of
# the most saturated red, and then of the most saturated yellow. The table of known colors above
# has the answer.
#
# ### Where photographs live
#
# The next figure counts the pixels of the eight photographs on the plane of a and b. The outline
# encloses the colors that exist at *any* L. The lines below the figure call a color near gray if
# its chroma is below 20.

# %% mystnb={"image": {"alt": "Map of the a, b plane counting the pixels of eight photographs on a logarithmic color scale. A bright spot sits at gray in the middle; arms reach toward orange and blue; most of the area inside the gamut outline is empty or thin."}}
edges = np.arange(-120, 121, 4)
counts = np.histogram2d(*ab.movedim(1, 0).flatten(1).numpy(), bins=edges)[0]
exists = np.histogram2d(*lab_cube[1:].flatten(1).numpy(), bins=edges)[0] > 0

fig, axes = plt.subplots(figsize=(4.8, 3.8))
counts = np.ma.masked_equal(counts, 0)
image = axes.pcolormesh(edges, edges, counts.T, norm="log", cmap="cividis")
middle = edges[:-1] + 2
axes.contour(middle, middle, exists.T, [0.5], colors="black", linewidths=1)
axes.set(xlabel="a: green (−), red (+)", ylabel="b: blue (−), yellow (+)")
axes.set_aspect("equal")
fig.colorbar(image, label="pixels")
show.stamp(fig)

# %%
axis = torch.arange(-126, 128, 4.0)  # from -128 to 128, in the middle of cells
box = torch.meshgrid(torch.arange(2.5, 100, 5), axis, axis, indexing="ij")
box = torch.stack(box, dim=1)
shown = color.in_gamut(box)[:, 0]
dull = box[:, 1:].norm(dim=1)[shown] < 20
print(f"sRGB fills {shown.float().mean():.0%} of the range of 001-D08")
print(f"near gray: {dull.float().mean():.0%} of the gamut")
print(f"near gray: {(ab.norm(dim=1) < 20).float().mean():.0%} of the pixels")

# %% [markdown]
# **Look at** the bright spot in the middle, on a logarithmic scale: photographs crowd around gray.
# And a network that is unsure and pays for squared errors answers with the mean of the possible
# colors, which is grayer than they are. This is one reason why so many colorizations look washed
# out.
#
# ### Cut off or shrink
#
# What should we do with a prediction outside the gamut? The usual way is to convert it to RGB and
# *clip* it: to cut each channel off at 0 and 1. `fit_gamut` instead keeps L and hue, and shrinks
# the chroma until the color exists. To compare the two, we multiply a and b by 1.5, as a network
# that is too colorful would, and look only at the pixels that leave the gamut.

# %%
bold = torch.cat([L, 1.5 * ab], dim=1)[chosen]
outside = ~color.in_gamut(bold)[:, 0]
print(f"{outside.float().mean():.0%} of the pixels are out of gamut")


def chroma_and_hue(lab):
    """Chroma in Lab units and hue in degrees, each (N, H, W)."""
    hue = torch.atan2(lab[:, 2], lab[:, 1]).rad2deg()
    return lab[:, 1:].norm(dim=1), hue


# %%
clipped, fitted = color.lab_to_rgb(bold), color.lab_to_rgb(color.fit_gamut(bold))
rows, (asked_C, asked_h) = [], chroma_and_hue(bold)
for name, picture in {"clip": clipped, "fit_gamut": fitted}.items():
    got = color.rgb_to_lab(picture)
    C, h = chroma_and_hue(got)
    turn = ((h - asked_h + 180) % 360 - 180).abs()
    columns = {
        "L": (got - bold)[:, 0].abs()[outside],
        "hue (°)": turn[outside & (C > 2)],  # a gray has no hue
        "chroma": (C - asked_C).abs()[outside],
        "ΔE": (got - bold).norm(dim=1)[outside],
    }
    means = {title: f"{x.mean():.2f}" for title, x in columns.items()}
    rows.append({"mean error in": name} | means)
show.table(rows)

# %% [markdown]
# Neither is better in everything. Clipping stays closer in $\Delta E$ and keeps more chroma, and it
# pays with lightness and hue. For colorization we prefer shrinking: the lightness was *given*, and
# it is the one thing that we know for certain. Drag the edge across the most saturated parts:
# clipping keeps them stronger and turns their hue.

# %% mystnb={"image": {"alt": "One photograph with exaggerated colors, in two versions with a sliding edge between them: left clipped, right with chroma shrunk. The clipped side is more saturated; in the right one the light and dark pattern is that of the original."}}
show.compare(
    clipped[1],
    fitted[1],
    labels=("clip", "fit_gamut"),
    alt=f"photograph {names[chosen[1]]} with a and b times 1.5",
    width=420,
)

# %% [markdown]
# ## Reading with care
#
# **The divisor.** Networks work best with small numbers. Paper 001 scales to $[-1, 1]$. Paper 002
# ends in a tanh. Neither says by what a and b are divided: 110 and 128 are both common, and so is
# 255 where 8-bit codes are used. An error in scaled units means nothing without the divisor. The
# table gives the error of the gray copy:

# %%
absolute, squared = ab.abs().mean().item(), (ab**2).mean().item()
rows = []
for divisor in [1, 110, 128, 255]:
    scaled = {"MAE": absolute / divisor, "MSE": squared / divisor**2}
    rows.append({"a and b divided by": divisor, **scaled})
show.table(rows, formats={"MAE": ".3f", "MSE": ".4f"})

# %% [markdown]
# Paper 002 reports an MAE without saying which of these it is; [chapter 4](04_vgg.ipynb) returns
# to it. In this book Lab is *always* in its own units, and a network's scaling stays inside the
# network.
#
# **The output.** Paper 004 has CIELAB among its keywords, but its network maps gray to RGB. Nothing
# in such a network keeps the lightness. It does not follow that the method is bad, only that its
# pictures must be checked for it, as [chapter 5](05_cgan.ipynb) does.
#
# The last table says what became of the claims.

# %%
low, high = lab_cube.flatten(1).amin(1), lab_cube.flatten(1).amax(1)
span = [f"{x:.0f} to {y:.0f}" for x, y in zip(low, high, strict=True)]
assert pairs["L, a"] < pairs["L, b"] < pairs["R, B"]
assert pairs["R, B"] < min(pairs["R, G"], pairs["G, B"])
gain = (psnr(soft_ab, truth) - psnr(soft_L, truth)).mean()
kept, saved = (error_of_L(pair[name]).max().item() for name in list(pair)[::2])
became = {
    "001-D08": f"L holds; a is {span[1]}, b is {span[2]}",
    "001-D11": "the divisor is not stated and changes every error",
    "001-A13": "its reason is supported only indirectly: "
    f"coarse a, b beats coarse L by {gain:.1f} dB",
    "002-D06": f"a, b follow L less (mean |r| up to {pairs['L, b']:.2f}) "
    f"than R, G, B follow each other (from {pairs['R, B']:.2f})",
    "002-A14": f"inside the gamut L is off by at most {kept:.3f}, "
    f"in an 8-bit file by {saved:.2f}",
    "004-X05": "nothing keeps L; to be measured with the network",
}
show.table([{"id": n, "what we find": what} for n, what in became.items()])

# %% [markdown]
# ## Exercises
#
# Try first. A solution in code ends with an `assert` that holds only if it works.
#
# **Exercise 1 (recall): two reasons.** Give two reasons to predict a and b and not RGB, and what
# the chapter shows for each.

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# What is given stays exact: even with opposite colors, every detail was there. And coarse a and b
# are forgiven: at an eighth of the resolution the picture hardly changed, and with L at an eighth
# it was a blur. (A third reason: the channels of Lab repeat each other less.)
# :::

# %% [markdown]
# **Exercise 2 (change the code): the way back.** Write `to_rgb(lab)` in NumPy: undo step 3, then
# 2, then 1. The inverse of $f$ is the third power where $f(t) > 0.2068966$, and below that the
# straight line solved for $t$. Rounding can leave light slightly below 0, and a negative number
# has no root, so give the light a floor before the power of the sRGB curve.
# `to_rgb(to_lab(random))` must give `random`.

# %% tags=["solution", "hide-cell"]
def to_rgb(lab):
    """Lab, shape (..., 3), to sRGB in [0, 1], without clipping."""
    L, a, b = np.moveaxis(lab, -1, 0)
    y = (L + 16) / 116
    t = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    t = np.where(t > 0.2068966, t**3, (t - 16 / 116) / 7.787)
    light = (t * WHITE) @ np.linalg.inv(M).T
    root = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, root)


assert np.abs(to_rgb(to_lab(random)) - random).max() < 1e-5

# %% [markdown]
# **Exercise 3 (compute): the wrong gray.** Somebody feeds a network that was trained on L with the
# ordinary gray of [chapter 1](01_grayscale.ipynb), `rec601`, and takes the L of *that* gray for
# the picture's L. On which of the eight photographs is L most wrong, on average?
# (`color.gray_to_lightness` gives the L of a gray.)

# %% tags=["solution", "hide-cell"]
taken = color.gray_to_lightness(color.rgb_to_gray(rgb, "rec601"))
error = (taken - L).abs().mean(dim=(1, 2, 3))
worst = int(error.argmax())
print(f"{names[worst]}: {error[worst]:.1f} units of L on average")
assert names[worst] == "flower"  # strong color; for grays all formulas agree

# %% [markdown]
# **Exercise 4 (change the code): sixteen bits.** Lab in 8 bits loses colors. Change
# `through_8_bits` so that it stores each channel in 16 bits, with codes from 0 to 65535, and show
# that every color of `cube` comes back exactly.

# %% tags=["solution", "hide-cell"]
low = torch.tensor([0, -128, -128]).view(3, 1, 1)
width = torch.tensor([100, 256, 256]).view(3, 1, 1)
code = ((lab_cube - low) / width * 65535).round().to(torch.int32)
again = color.lab_to_rgb(code / 65535 * width + low)
assert int(code.min()) >= 0 and int(code.max()) <= 65535
assert torch.equal((again * 255).round().byte(), cube)

# %% [markdown]
# **Exercise 5 (open question): another ruler.** A loss that adds up squares in Lab does not see as
# the eye does. Would you train a colorizer with the square of CIEDE2000 in its place?

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# - A reason for it, such as this one: near gray, where photographs live, the same error counts
#   more.
# - A doubt, such as this one: the mean of all possible colors may still win, and colors may even
#   become paler. Or: the formula is long, and its gradient can jump.
# - A test: train both, and judge both by the same numbers, one of which neither was trained on, or
#   let people judge.
# :::

# %% [markdown]
# ## What to remember
#
# - The way from sRGB to Lab is a curve, a matrix, and a cube root.
# - Coarse a and b are forgiven. A colorizer that keeps L can be wrong about color only.
# - The gray copy is a strong baseline. Show it with every result.
# - Equal distances in Lab look roughly equal; in strong colors they look smaller.
# - Never make training targets from 8-bit Lab.
# - Most pairs of a and b do not exist on a screen. To keep lightness, shrink the chroma.
# - An error in Lab needs its divisor.
#
# **Further reading.** {cite:t}`poynton2012digital` explains encoding, luma, and luminance.
# {cite:t}`robertson1977cie` describes how Lab came about. {cite:t}`fairchild2013color` is the book
# on what colors look like.
