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
# A gray photograph says how light every point was. It does not say which color it had. The color
# space CIE L\*a\*b\*, *Lab* for short, is cut along just that line: one number for lightness, two
# for color. That is why most colorizers work in it. They are given L and predict a and b. In this
# chapter you build the conversion from sRGB to Lab yourself, in a few lines of NumPy, and check
# every step. Then you measure what Lab is good for, and where it breaks.
#
# **What you will learn**
#
# - How a pixel gets from sRGB through linear light and XYZ to Lab, and what each step is for.
# - Why a network that predicts a and b has a smaller and safer task than one that predicts RGB.
# - Three traps: Lab stored in 8 bits, colors that no screen can show, and ranges that papers do
#   not state.
#
# **What it needs.** Some Python and NumPy; {doc}`01_grayscale` for what *gray* means. There is no
# training, no GPU and no download.

# %%
from huelab import show

show.needs("02_lab")

# %% [markdown]
# ## What the papers say
#
# Three of the five papers speak of Lab: 001 {cite:p}`bana2021vitigan`, 002
# {cite:p}`cevallos2021very` and 004 {cite:p}`pandey2022coloring`. Here are their claims in our
# words. The last column is the section of this chapter that looks into it.

# %% tags=["nbval-check-output"]
why, gamut, care = "Why predict a and b", "The gamut", "Reading with care"
claims = [
    ("001-D08", "L runs from 0 to 100, a and b from −128 to 128", gamut),
    ("001-D11", "values are scaled to [−1, 1]; by what, is not said", care),
    ("001 §4", "L joined with a and b gives a high level of detail", why),
    ("002-D06", "L goes in, a and b come out; the light is untouched", why),
    ("004-R03", "the ab plane falls into 313 classes (cited)", gamut),
    ("004-X05", "CIELAB is a keyword, but the network puts out RGB", care),
]
columns = ["id", "claim", "section"]
show.table([dict(zip(columns, claim, strict=True)) for claim in claims])

# %% [markdown]
# ## The photographs
#
# Everything below is measured on eight photographs that come with the Python packages you have
# installed. The set holds many crops of each; crop `00` is the largest square in the middle of the
# photograph. Nothing is trained here, so it does no harm to mix the training and the test part.
#
# A batch of pictures has the shape $(N, 3, H, W)$: number of pictures, channels, height, width.
# Here the values are whole numbers from 0 to 255, as in the files.

# %% mystnb={"image": {"alt": "Eight small square color photographs in two rows, each under its name: a portrait of an astronaut, a cat, a cup of coffee, a Chinese temple roof, a flower, a portrait of an officer, a motorcycle, a rocket at dusk."}}
import torch
from huelab.data import open_dataset

sets = [open_dataset("embedded", split, 256) for split in ("train", "test")]
names, photographs = [], []
for photos in sets:
    for k, file in enumerate(photos.files):
        if file.endswith("/00"):
            names.append(file.removesuffix("/00"))
            photographs.append(photos[k])
rgb = torch.stack(photographs)
show.pictures(dict(zip(names, rgb, strict=True)), size=96)

# %% tags=["nbval-check-output"]
print(tuple(rgb.shape), rgb.dtype)

# %% [markdown]
# ## From sRGB to Lab, step by step
#
# The way has three steps:
#
# $$
# (R, G, B) \;\xrightarrow{\;1\;}\; (R_\ell, G_\ell, B_\ell) \;\xrightarrow{\;2\;}\; (X, Y, Z) \;\xrightarrow{\;3\;}\; (L^*, a^*, b^*)
# $$
#
# 1. Undo the curve: from the values in the file to amounts of light.
# 2. Multiply with a matrix: from the three lamps of a screen to what the eye receives.
# 3. Take cube roots and differences: from what it receives to what it looks like.
#
# We write each as a NumPy function and check it against scikit-image
# {cite:p}`vanderwalt2014scikit`, which does the same in its own code. We calculate in `float64`,
# so that a difference is a mistake and not rounding.
#
# ### Step 1: undo the sRGB curve
#
# The numbers in a picture file are not amounts of light. They are *encoded*, squeezed by the curve
# of {doc}`chapter 1 <01_grayscale>` {cite:p}`iec1999srgb`. Light adds up; encoded values do not. So
# before we mix or weigh anything we undo the curve: for a channel value $v$ in $[0, 1]$, the linear
# light $v_\ell$ is
#
# $$
# v_\ell = \begin{cases} v / 12.92 & v \le 0.04045 \\ \left(\dfrac{v + 0.055}{1.055}\right)^{2.4} & \text{otherwise.} \end{cases}
# $$

# %%
import numpy as np


def to_linear(v):
    """Encoded sRGB values in [0, 1] to linear light in [0, 1]."""
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


# %% [markdown]
# **Check.** scikit-image has no function for this step alone. But a gray pixel has three equal
# channels, and its luminance $Y$ (next step) is then just its linear light.

# %% tags=["nbval-check-output"]
from skimage.color import rgb2xyz

levels = np.linspace(0, 1, 256)
grays = np.stack([levels, levels, levels], axis=-1)
luminance = rgb2xyz(grays)[:, 1]
print("agrees:", np.abs(to_linear(levels) - luminance).max() < 1e-12)
print(f"an encoded 0.5 is {to_linear(0.5):.3f} of full light")

# %% [markdown]
# ### Step 2: from three lamps to XYZ
#
# A screen makes color with three lamps per pixel, the *primaries*: red, green and blue. XYZ, fixed
# by the International Commission on Illumination (CIE) in 1931, describes, independently of any
# screen, what the eye takes from the light {cite:p}`cie15`. Light adds up, so the step is a matrix:
#
# $$
# \begin{pmatrix} X \\ Y \\ Z \end{pmatrix} =
# \begin{pmatrix}
# 0.412453 & 0.357580 & 0.180423 \\
# 0.212671 & 0.715160 & 0.072169 \\
# 0.019334 & 0.119193 & 0.950227
# \end{pmatrix}
# \begin{pmatrix} R_\ell \\ G_\ell \\ B_\ell \end{pmatrix}
# $$
#
# Three ways to read it:
#
# - A **column** is one lamp alone at full power.
# - The **middle row** gives $Y$, the *luminance*: how much each lamp adds to how light a pixel is.
#   Green adds most, blue very little.
# - The **sums of the rows** are all lamps at full power: white, $(X_n, Y_n, Z_n)$. It is the white
#   called D65, average daylight.

# %%
M = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65

# %% tags=["nbval-check-output"]
random = np.random.default_rng(2).random((100_000, 3))
ours = to_linear(random) @ M.T
print("agrees:", np.abs(ours - rgb2xyz(random)).max() < 1e-12)
print("white: ", M.sum(axis=1).round(3), "and D65 is", WHITE.round(3))

# %% [markdown]
# **Why these numbers?** The nine numbers follow from few: the color of each lamp and of the white
# that all three make together. They are written as *chromaticities*, $x = X / (X + Y + Z)$ and
# $y = Y / (X + Y + Z)$. The powers of the lamps follow
# by solving three equations: red, green and blue together must give white.

# %% tags=["nbval-check-output"]
xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])  # red, green, blue
lamps = np.vstack([xy.T, 1 - xy.sum(axis=1)]) / xy[:, 1]  # all with Y = 1
derived = lamps * np.linalg.solve(lamps, WHITE)
print("close to M:", np.abs(derived - M).max() < 1e-4)

# %% [markdown]
# Close, but not equal: different authors round the white differently. *Reading with care*, below,
# measures what that changes.
#
# ### Step 3: from XYZ to Lab
#
# Twice the light does not look twice as bright. The eye compresses, about like a cube root. So each
# of X, Y and Z is divided by its value for white, and goes through
#
# $$
# f(t) = \begin{cases} \sqrt[3]{t} & t > 0.008856 \\ 7.787\, t + 16/116 & \text{otherwise.} \end{cases}
# $$
#
# The straight start is there because the cube root is infinitely steep at zero. Without it the
# faintest noise in a black corner would make large differences, and a network trained through the
# conversion would get infinite gradients. Then {cite:p}`robertson1977cie`
#
# $$
# \begin{aligned}
# L^* &= 116 \, f(Y / Y_n) - 16 && \text{lightness: black is 0, white is 100} \\
# a^* &= 500 \, \bigl[f(X / X_n) - f(Y / Y_n)\bigr] && \text{green } (-) \text{ against red } (+) \\
# b^* &= 200 \, \bigl[f(Y / Y_n) - f(Z / Z_n)\bigr] && \text{blue } (-) \text{ against yellow } (+)
# \end{aligned}
# $$
#
# L depends on Y alone. And a and b are *differences*: for a gray all three ratios are equal, so
# both are zero. Their distance from zero, $C = \sqrt{a^2 + b^2}$, is called *chroma*; the angle
# $h = \mathrm{atan2}(b, a)$ is the *hue*. From here on we drop the stars.

# %%
def f(t):
    """The eye's compression: a cube root with a straight start."""
    return np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)


def to_lab(rgb):
    """sRGB in [0, 1], shape (..., 3), to Lab in its own units."""
    x, y, z = np.moveaxis(f(to_linear(rgb) @ M.T / WHITE), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


# %% tags=["nbval-check-output"]
from skimage.color import rgb2lab

print("agrees:", np.abs(to_lab(random) - rgb2lab(random)).max() < 1e-9)

# %% [markdown]
# That is all of it. What do some well-known colors look like in Lab?

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
# Full yellow is nearly as light as white. Full blue is darker than half. In RGB both are just
# channels at their maximum; Lab knows how light they look.
#
# For grays the way to Lab changes little: the curve of chapter 1 pulls the values far down, and the
# cube root lifts them back. Files were encoded for the eye in the first place. The detour through
# linear light matters for *colors*, because light may only be added up where it is light.

# %% tags=["nbval-check-output"]
off = np.abs(to_lab(grays)[:, 0] - 100 * levels).max()
print(f"L of a gray is at most {off:.1f} units from 100 v")

# %% [markdown]
# ### The library does the same
#
# `huelab.color` converts whole batches, on any device. In `float32` and on the photographs it
# agrees with our few lines:

# %% tags=["nbval-check-output"]
from huelab import color
from huelab.color import convert

lab = color.rgb_to_lab(rgb)
ours = to_lab(rgb.movedim(1, -1).numpy() / 255)
print(tuple(lab.shape), lab.dtype)
print("agrees:", np.abs(lab.movedim(1, -1).numpy() - ours).max() < 1e-3)
back = color.lab_to_rgb(lab)
print("there and back:", torch.equal((back * 255).round().byte(), rgb))

# %% [markdown]
# Here is its code. You will recognize the three steps. The white is already divided into the
# matrix. And instead of choosing between two branches, the curves clamp first and add the straight
# part after: a gradient through a cube root at zero would be infinite even where it is not chosen.
# In the second function, $2^{(\log_2 t) / 3}$ is the cube root; the last term closes a tiny gap
# between line and root.

# %%
show.source(convert._rgb_to_lab)

# %%
show.source(convert._lab_curve)

# %% [markdown]
# ### A picture in three planes
#
# Which picture do we look at? We let a seed choose, here and below, so that nobody can pick the
# one that looks best. L is a gray picture. For a and b there are two ways to show them: as
# *colors*, with the other one set to zero and L held at 65, and as *values*, on a scale that
# color-blind readers can follow too: orange is negative, purple positive.

# %% mystnb={"image": {"alt": "Six pictures of one photograph. Top row: the photograph in color; its lightness as a gray picture with all detail; the colors of a alone, green to red at fixed lightness: whole objects with clear borders and little inside them. Bottom row: the colors of b alone, blue to yellow; then the values of a and of b on a scale from orange through white to purple."}}
seed = 2
chosen = show.choose(len(names), 3, seed)
L, a, b = lab[chosen[0]]
light, none = torch.full_like(L, 65), torch.zeros_like(L)
only_a = color.lab_to_rgb(torch.stack([light, a, none]))
only_b = color.lab_to_rgb(torch.stack([light, none, b]))
planes = {
    names[chosen[0]]: rgb[chosen[0]],
    "L": color.lightness_to_gray(L).expand(3, -1, -1),
    "a as colors": only_a,
    "b as colors": only_b,
    "a as values": a,
    "b as values": b,
}
show.pictures(planes, ncols=3, size=176, vmin=-80, vmax=80, cmap="PuOr")

# %% [markdown]
# **Look at** hair, folds and edges. L has the finest detail. a and b have edges too, at the borders
# of objects, but mostly no shading inside them. This is the heart of colorization: where things
# begin and end is given, which color they have is to be guessed.
#
# ## Why predict a and b
#
# Lab is useful and not necessary, as {cite:t}`cevallos2021very` notes. "The picture looks right" is
# not yet an argument. Here are four that can be measured.
#
# ### 1. The channels of Lab repeat each other less
#
# Where red is high, green and blue mostly are too: a bright pixel is bright in all three. The
# correlation $r$ of two channels says how well one follows the other, 0 for not at all and 1 for
# perfectly. We take its size $|r|$, photograph by photograph, and average.

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
# channel. It is *given* that light and shade already. In Lab it stands in one channel, and the
# other two have less to do with it. Not nothing: in single photographs L and color do go together
# (bright sky is blue), and a and b go together a good deal. So predict a and b together, with one
# network, and let it look at L.
#
# The idea is not special to Lab. {cite:t}`ruderman1998statistics` found axes of this kind in the
# statistics of natural scenes, and {cite:t}`reinhard2001color` used them to carry the colors of
# one picture to another.
#
# ### 2. Coarse a and b cost less than a coarse L
#
# Now we damage a picture on purpose. `coarse` replaces each block of $k \times k$ pixels by its
# mean and blows it up again smoothly. We do it once to a and b and once to L, and compare with the
# truth by the *peak signal-to-noise ratio* (PSNR) of RGB in $[0, 1]$. It is the mean squared error
# on a logarithmic scale, in decibels; higher is better (see {doc}`../book/notation`).

# %%
from torch.nn.functional import avg_pool2d, interpolate

truth = rgb / 255


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
L, ab = lab[:, :1], lab[:, 1:]
soft_ab, soft_L = join(L, coarse(ab, 8)), join(coarse(L, 8), ab)
columns = {"original": truth, "a, b at 1/8": soft_ab, "L at 1/8": soft_L}
show.grid(columns, n=2, seed=seed, size=168)

# %% [markdown]
# The middle column holds only one value of a and b for each 64 pixels, and you have to search for
# the difference: a little color leaks over sharp edges. The right column has *all* of its color at
# full resolution, and it is a blur. How does that go on?

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

# %% [markdown]
# Even with a and b reduced to a few values for the whole picture, the result beats the *gray copy*
# (dotted), which has no color at all. The eye agrees: JPEG and television have stored color at
# half the resolution of lightness for decades {cite:p}`poynton2012digital`. (So does the file of
# one of our eight, `grace_hopper`.) A network that is coarse in a and b is forgiven.
#
# Is it because a and b are smooth? For each plane, how strong is the fine part that `coarse(., 8)`
# takes away: in Lab units, and as a share of the plane's own variance?

# %%
fine = (lab - coarse(lab, 8)).pow(2).mean(dim=(2, 3))
lost = fine.mean(dim=0).sqrt()
part = (fine / lab.var(dim=(2, 3))).mean(dim=0)
rows = []
for letter, units, own in zip("Lab", lost, part, strict=True):
    row = {"plane": letter, "lost (rms, Lab units)": f"{units:.1f}"}
    rows.append(row | {"lost (% of own variance)": f"{100 * own:.0f}"})
show.table(rows)

# %%
assert (lost[1:] / lost[0] > 0.45).all() and (lost[1:] / lost[0] < 0.65).all()
assert part[1] > part[0] > part[2] > 0.75 * part[0]  # hardly smoother

# %% [markdown]
# Coarse a and b cost less: in Lab units their fine part is about half as strong as that of L, and
# in RGB an error of L counts in all three channels. Relative to their own variance they are *not*
# smoother: a loses even more than L, b little less.
#
# ### 3. L is worth more than a and b, in RGB
#
# How much can still go wrong when L is given? Compare two crude pictures with the truth: the gray
# copy keeps L and drops a and b; the *flat* one keeps a and b and replaces L by its mean. The last
# columns ask the same in Lab: of a picture's total variance, how much is in L, a and b?

# %%
mean_L = L.mean(dim=(2, 3), keepdim=True).expand_as(L)
flat_L = psnr(join(mean_L, ab), truth)
share = lab.var(dim=(2, 3))
share = 100 * share / share.sum(dim=1, keepdim=True)

rows = []
for name, g, m, s in zip(names, gray_copy, flat_L, share, strict=True):
    row = {"": name, "gray copy (dB)": f"{g:.1f}", "flat L (dB)": f"{m:.1f}"}
    for channel, part in zip("Lab", s, strict=True):
        row[f"% in {channel}"] = f"{part:.0f}"
    rows.append(row)
show.table(rows)

# %%
gain = gray_copy - flat_L
assert gain.min() > 0 and names[int(gain.argmin())] == "chelsea"
in_ab = {name for name, part in zip(names, share, strict=True) if part[0] < 50}
assert in_ab == {"flower", "rocket"}

# %% [markdown]
# In RGB the gray copy is the better picture of the two for every photograph, though for `chelsea`
# only just. That is a warning as well as an argument. **The gray copy is a strong
# baseline**, and it costs nothing. A colorizer may reach a respectable PSNR and have learned
# nothing at all. That is why this book shows the gray copy's score with every result.
#
# In Lab's own units it is another matter: a and b are *not* small. In `flower` and in `rocket` most
# of the variance is in a and b.
#
# ### 4. What is given stays exact
#
# Paper 002 says that a network which predicts only a and b cannot touch the lighting. Is that so?
# We make a prediction that is thoroughly wrong: a and b with their signs turned around, so that
# every color becomes its opposite. Beside it stands a picture from an imaginary RGB network: the
# truth plus random noise, made so strong that both have the same PSNR. (Clipping takes part of the
# noise away, so its size is found in a few rounds.) We do it for three photographs, chosen by the
# seed.

# %%
three = truth[chosen]
opposite = color.fit_gamut(torch.cat([L, -ab], dim=1)[chosen])
from_ab = color.lab_to_rgb(opposite)
generator = torch.Generator().manual_seed(seed)
noise = torch.randn(three.shape, generator=generator)
size, goal = torch.full((3, 1, 1, 1), 0.3), psnr(from_ab, three)
for _ in range(30):
    from_rgb = (three + size * noise).clamp(0, 1)
    missing = (psnr(from_rgb, three) - goal).view(-1, 1, 1, 1)
    size = size * 10 ** (missing / 20)
assert missing.abs().max() < 0.02

# %%
rows = []
pair = {"opposite colors": from_ab, "RGB with noise": from_rgb}
for name, picture in pair.items():
    off = (color.rgb_to_lab(picture)[:, :1] - L[chosen]).abs()
    decibels = psnr(picture, three).mean()
    row = {"picture": name, "PSNR (dB)": f"{decibels:.1f}"}
    row |= {"error of L": f"{off.mean():.2f}", "worst": f"{off.max():.2f}"}
    rows.append(row)
show.table(rows)

# %% tags=["nbval-check-output"]
saved = color.rgb_to_lab((255 * from_ab).round().byte())[:, :1]
saved = (saved - L[chosen]).abs().max().item()
print(f"saved as 8-bit RGB, L is off by at most {saved:.2f}")

# %% mystnb={"image": {"alt": "The middle of one photograph three times: the original, with opposite colors, and as RGB with noise. The second has absurd colors but every detail is crisp; the third has the right colors on average but is covered with coarse grain."}}
trio = {"original": three} | pair
middle = {name: batch[0, :, 64:192, 64:192] for name, batch in trio.items()}
show.pictures(middle, ncols=3, size=128)

# %% [markdown]
# By PSNR the two are equally bad, and how differently they are wrong! The one with opposite colors
# is absurd, and yet every detail is there; its L is right, up to the rounding of the file. In the
# noisy one the lightness of nearly every pixel is off. A colorizer that keeps L can be wrong about
# color and about nothing else. One condition is hidden in the code: `fit_gamut`. We come to it
# below.
#
# ## Equal steps look equal, nearly
#
# The distance of two colors in Lab is named $\Delta E$, for the German *Empfindung*, sensation:
#
# $$
# \Delta E = \sqrt{(L_1 - L_2)^2 + (a_1 - a_2)^2 + (b_1 - b_2)^2}
# $$
#
# Lab was made so that equal $\Delta E$ look about equally large; about 2 is a difference that you
# notice side by side. This is the reason to measure a network's error in Lab and not in RGB. First
# for grays: three ramps of eleven steps, equal in light, equal in the file, equal in L.

# %% mystnb={"image": {"alt": "Three gray ramps of eleven patches from black to white. With equal steps of light the first step is a jump and the last ones look alike. With equal steps of sRGB and with equal steps of L the steps look even, and the two ramps look almost the same."}}
from torch.nn.functional import pad  # draws the black frame

steps = torch.linspace(0, 1, 11)
ramps = {
    "equal steps of light": color.linear_to_srgb(steps),
    "equal steps in the file (sRGB)": steps,
    "equal steps of L": color.lightness_to_gray(100 * steps),
}
bars = {
    label: pad(ramp.repeat_interleave(58).expand(1, 44, -1), (1, 1, 1, 1))
    for label, ramp in ramps.items()
}
show.pictures(bars, ncols=1, size=640)

# %% [markdown]
# In the first ramp half of the light is already a light gray, and the whole shadow range is one
# jump. The other two are nearly the same, as we computed above.
#
# For colors we need a better ruler. CIEDE2000 {cite:p}`sharma2005ciede2000` is a much longer
# formula that was fitted to the judgments of many observers. We take random colors, go one small
# step in a random direction, all steps of the same length, and ask CIEDE2000 how large each step
# looks. In a perfectly even space all answers would be the same. The table says how small the
# smallest 5 % of the answers are, how large the largest 5 %, and the ratio of the two.

# %%
from skimage.color import deltaE_ciede2000

rng = np.random.default_rng(seed)
start = rng.uniform(0.01, 0.99, (50_000, 3))
way = rng.normal(size=start.shape)
way /= np.linalg.norm(way, axis=1, keepdims=True)
seen_rgb = deltaE_ciede2000(to_lab(start), to_lab(start + 0.01 * way))
seen_lab = deltaE_ciede2000(to_lab(start), to_lab(start) + way)

rows = []
both = {"a step in sRGB": seen_rgb, "a step in Lab": seen_lab}
for name, seen in both.items():
    low, high = np.percentile(seen, [5, 95])
    rows.append({"": name, "5 %": low, "95 %": high, "ratio": high / low})
show.table(rows, formats={"5 %": ".2f", "95 %": ".2f", "ratio": ".1f"})

# %% [markdown]
# The ratio says that steps in Lab are much more even than steps in sRGB, and still far from equal.
# Where are they off? We sort the same steps by the chroma of the color they start from, and take
# the median.

# %%
chroma = np.hypot(*to_lab(start)[:, 1:].T)
rows = []
for low, high in [(0, 10), (10, 20), (20, 40), (40, 80), (80, 140)]:
    inside = (low <= chroma) & (chroma < high)
    median = np.median(seen_lab[inside])
    row = {"chroma": f"{low} to {high}", "step looks like": f"{median:.2f}"}
    rows.append(row)
show.table(rows)
fall = [float(row["step looks like"]) for row in rows]
assert fall == sorted(fall, reverse=True)

# %% [markdown]
# The stronger the color, the smaller a step looks. So an error of one unit on a gray wall is worse
# than an error of one unit on a red flower. A loss that adds up squares in Lab does not know that.
#
# A second weakness has a name of its own: *the blue turns purple*. In Lab, going from a color
# straight to gray should change its chroma and nothing else. We do it for three colors.

# %% mystnb={"image": {"alt": "Three rows of nine patches that fade from a full color on the left to gray on the right, at constant lightness and Lab hue. Red and green fade evenly. Blue turns clearly purple on its way."}}
full = color.rgb_to_lab(torch.eye(3).reshape(3, 3, 1, 1))  # red, green, blue
fade = torch.linspace(1, 0, 9).reshape(1, 1, 1, 9)
paths = join(full[:, :1].expand(3, 1, 1, 9), full[:, 1:] * fade)
titles = ["from red", "from green", "from blue"]
show.pictures(dict(zip(titles, paths, strict=True)), ncols=1, size=648)

# %% [markdown]
# Lab says that all patches of the last row have the same hue; most people see purple in the middle. It is a known fault of Lab's blue corner {cite:p}`fairchild2013color`. Newer
# spaces repair it, but papers compare in Lab, so we live with it.
#
# ## What Lab in 8 bits costs
#
# Pictures are stored in 8 bits, so it is tempting to store Lab in 8 bits as well. OpenCV does it
# when you hand it an 8-bit picture {cite:p}`bradski2000opencv`: L is stretched to 0..255, a and b
# are shifted by 128, and all three are rounded. In a few lines:

# %%
# One number per channel; the shape (3, 1, 1) fits pictures (3, H, W).
scale = torch.tensor([255 / 100, 1, 1]).view(3, 1, 1)
shift = torch.tensor([0, 128, 128]).view(3, 1, 1)


def to_8_bits(lab):
    return (lab * scale + shift).round().clamp(0, 255).byte()


def from_8_bits(code):
    return (code - shift) / scale


# %% [markdown]
# How much is lost? We send colors there and back: every third level of each channel, so that the
# cube of all sRGB colors is evenly covered, and the eight photographs.

# %%
level = torch.arange(0, 256, 3, dtype=torch.uint8)
cube = torch.stack(torch.meshgrid(level, level, level, indexing="ij"))
cube = cube.reshape(3, -1, len(level))  # a picture of all these colors

rows = []
for name, colors in [("the cube of colors", cube), ("the photographs", rgb)]:
    code = to_8_bits(color.rgb_to_lab(colors))
    off = (color.lab_to_rgb(from_8_bits(code)) * 255).round() - colors
    decibels = -10 * (off / 255).pow(2).mean().log10().item()
    same = (off == 0).all(dim=-3).float().mean().item()
    row = {"colors": name, "PSNR (dB)": decibels, "unchanged": same}
    rows.append(row | {"worst error (levels)": int(off.abs().max())})
show.table(rows, formats={"PSNR (dB)": ".1f", "unchanged": ".0%"})

# %% [markdown]
# On average the loss is small. But most colors come back changed, and the worst error is not small
# at all. Two different colors can also fall on the same code, and then nothing can tell them
# apart. Of a dense block of neighboring colors in the middle of the cube, how many codes are there
# for them?

# %% tags=["nbval-check-output"]
level = torch.arange(96, 160, dtype=torch.uint8)
block = torch.stack(torch.meshgrid(level, level, level, indexing="ij"))
code = to_8_bits(color.rgb_to_lab(block.reshape(3, -1, 64)))
codes = code.flatten(1).unique(dim=1).shape[1]
print(f"{64**3:,} colors share {codes:,} codes: {codes / 64**3:.0%}")

# %% [markdown]
# Where does it go wrong? Here is one face of the cube: red is zero, green grows to the right, blue
# grows downward. Each square on the right shows the worst error of the 64 colors in it.

# %% mystnb={"image": {"alt": "Two squares. Left: all mixtures of green and blue without red, black in the upper left, green to the upper right, blue to the lower left, cyan in the lower right. Right: the worst error after 8-bit Lab in blocks of eight by eight colors, dark for none, bright for many levels. It is smallest near black and largest toward the cyan corner."}}
from torch.nn.functional import max_pool2d

level = torch.arange(256, dtype=torch.uint8)
blue, green = torch.meshgrid(level, level, indexing="ij")
face = torch.stack([torch.zeros_like(blue), green, blue])
back = color.lab_to_rgb(from_8_bits(to_8_bits(color.rgb_to_lab(face))))
off = ((back * 255).round() - face).abs().amax(dim=0, keepdim=True)
both = {"no red": face, "worst error (levels)": max_pool2d(off, 8)}
show.pictures(both, vmin=0, vmax=25, cmap="cividis")

# %% [markdown]
# In the cyan corner, in the lower right, the red channel is at the steep foot of the sRGB curve: a
# hair of linear light is many levels. Rounding a by half a unit is enough.
#
# Next to the error of a gray copy the loss is small. But it is needless, it sets a ceiling, and it
# changes when somebody else rounds differently. So the rule of this book: **never make training
# targets from 8-bit Lab**. Convert in floating point, on the fly.
#
# ## The gamut: what a screen can show
#
# sRGB is a cube: all values from 0 to 1 are colors. In Lab the same colors fill a crooked body,
# the *gamut*. Numbers outside it are valid Lab, but no sRGB screen can show them. How far do a and
# b really reach?

# %% tags=["nbval-check-output"]
lab_cube = color.rgb_to_lab(cube)
for letter, plane in zip("Lab", lab_cube, strict=True):
    print(f"{letter}: {plane.min():5.0f} to {plane.max():4.0f}")

# %% [markdown]
# Not −128 to 128, as paper 001 says (001-D08). That is the range of a byte, not of a color. Does
# it matter? A network with a tanh at its end can put out *any* pair in its range, and mostly it
# will be one that does not exist. How much of the square $[-128, 128]^2$ can be shown depends on
# L:

# %% mystnb={"image": {"alt": "Curve of the share of the a, b square that sRGB can show against lightness from 0 to 100. It rises from almost nothing at black to a broad maximum below one quarter at middle lightness and falls to nothing at white. A dashed curve for the smaller square of plus minus 110 runs somewhat higher."}}
lightness = torch.arange(1, 100, 3.0)


def shown_share(half):
    """For each L: share of the square from -half to half inside sRGB."""
    line = torch.linspace(-half, half, 101)
    grid = torch.meshgrid(lightness, line, line, indexing="ij")
    inside = color.in_gamut(torch.stack(grid, dim=1))
    return inside.float().mean(dim=(1, 2, 3))


fig, axes = plt.subplots(figsize=(5.6, 3.2))
axes.plot(lightness, 100 * shown_share(128), c="black", label="±128")
axes.plot(lightness, 100 * shown_share(110), "--", c="C0", label="±110")
axes.set(xlabel="lightness L", ylabel="displayable (%)", xlim=(0, 100))
axes.legend(frameon=False)
show.stamp(fig)

# %% [markdown]
# **Look at** both ends. Near black little exists, near white only yellowish and greenish colors. A
# network that paints a bright sky in strong blue asks for a color that is not there.

# %% tags=["nbval-check-output"]
bright = lab_cube[:, lab_cube[0] > 95]
for letter, values in zip("ab", bright[1:], strict=True):
    print(f"L above 95, {letter}: {values.min():.0f} to {values.max():.0f}")
assert bright[2].max() > 80 and bright[2].min() > -20 > bright[1].min()

# %% [markdown]
# ### Walk through the gamut
#
# Move the slider. Each frame is one slice at a fixed L: a to the right, b upward. Inside the black
# outline every color is shown as it is. Outside it, on the gray with stripes, is Lab without a
# color of sRGB: there some channel lies beyond 0 or 1. The small cross is gray.

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
# As L rises, the patch moves: at the dark end it points down to blue, at the light end up to yellow.
# Find the L at which the most saturated red exists, then the one for yellow. The
# table of corners above has the answer.
#
# ### Where photographs live
#
# Even inside the gamut, photographs use little. Here are all pixels of the eight photographs,
# counted on the plane of a and b. The outline encloses the colors that exist at *any* L.

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

# %% [markdown]
# The peak is in the middle; note that the scale is logarithmic. How many pixels have a chroma below
# 20, and how much of the gamut does?

# %%
axis = torch.arange(-110, 111, 4.0)
grid = torch.meshgrid(torch.arange(2.5, 100, 5), axis, axis, indexing="ij")
grid = torch.stack(grid, dim=1)
dull = grid[:, 1:].norm(dim=1)[color.in_gamut(grid)[:, 0]] < 20
print(f"{(ab.norm(dim=1) < 20).float().mean():.0%} of the pixels")
print(f"{dull.float().mean():.0%} of the gamut")

# %% [markdown]
# Photographs crowd around gray. And a network that is unsure and pays squared errors answers with
# the mean of the possible colors, and the mean of different colors is grayer than they are. That
# is one reason why so many colorizations look washed out.
# {cite:t}`zhang2016colorful` counted the colors of a large set of photographs in this way, and
# gave rare ones more weight.
#
# ### Cut off or shrink
#
# What to do with a prediction outside the gamut? The usual way is to convert to RGB and *clip*:
# cut each channel at 0 and 1. That changes all three of lightness, hue and chroma. `fit_gamut`
# does it differently: it keeps L and hue and shrinks the chroma until the color exists. We make
# such predictions by multiplying a and b with 1.5, as a network that is too colorful would, and
# look only at the pixels that fell out. Three photographs, chosen by the seed, are enough.

# %%
bold = torch.cat([L, 1.5 * ab], dim=1)[chosen]
outside = ~color.in_gamut(bold)[:, 0]
clipped = color.lab_to_rgb(bold)
fitted = color.lab_to_rgb(color.fit_gamut(bold))
print(f"{outside.float().mean():.0%} of the pixels are out of gamut")


# %%
def chroma_and_hue(lab):
    hue = torch.atan2(lab[:, 2], lab[:, 1]).rad2deg()
    return lab[:, 1:].norm(dim=1), hue


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
# Neither is better in everything. Clipping stays closer in $\Delta E$ and keeps more chroma; for
# that it pays with lightness and hue. Shrinking is exact in L and hue, and pays with chroma. For
# colorization we prefer the second: the lightness was *given*, it is the one thing that we know
# for certain.

# %% mystnb={"image": {"alt": "One photograph with exaggerated colors, in two versions with a sliding edge between them: left clipped, right with chroma shrunk. The clipped side is more saturated; in the right one the light and dark pattern is that of the original."}}
show.compare(
    clipped[1],
    fitted[1],
    labels=("clip", "fit_gamut"),
    alt=f"photograph {names[chosen[1]]} with a and b times 1.5",
    width=420,
)

# %% mystnb={"image": {"alt": "The same photograph twice: its lightness in gray, and the change of lightness by clipping, which is largest in the deep red center of the flower and small in the rest."}}
gray = color.lightness_to_gray(bold[1, :1]).expand(3, -1, -1)
off = (color.rgb_to_lab(clipped[1]) - bold[1])[0].abs()
change = {"L as given": gray, "change of L by clip, units of L": off}
show.pictures(change, ncols=2, size=224, vmin=0, vmax=8, cmap="cividis")

# %% tags=["nbval-check-output"]
for name, picture in {"clip": clipped, "fit_gamut": fitted}.items():
    off = (color.rgb_to_lab(picture) - bold)[:, 0].abs().max()
    print(f"{name}: largest change of L {off:.2f}")

# %% [markdown]
# In the first figure drag the edge across the most saturated parts: clipping keeps them stronger
# and turns their hue. In the second see where it has changed the lightness that was given. After
# `fit_gamut` there would be nothing to see, and that is the point.
#
# ### 313 classes, recounted
#
# {cite:t}`zhang2016colorful` do not predict a and b as numbers. They cut the plane into squares of
# 10 × 10 units, keep those "in gamut", and let the network choose a class. They report 313
# classes; paper 004 repeats the number (004-R03). We recount in two ways: squares whose *center*
# exists at some L, and squares that contain *any* sRGB color.

# %%
axis, all_L = torch.arange(-120, 121, 10.0), torch.arange(0, 100.5, 0.5)
grid = torch.stack(torch.meshgrid(all_L, axis, axis, indexing="ij"), dim=1)
by_center = color.in_gamut(grid).any(dim=0).sum().item()
by_content = (lab_cube[1:].flatten(1) / 10).round().unique(dim=1).shape[1]
counts = {"the paper": 313, "center": by_center, "content": by_content}
show.table([{"counted by": how, "classes": n} for how, n in counts.items()])

# %% [markdown]
# Neither gives 313, and we find no word in the paper on how "in gamut" was decided. The list of
# centers that the authors published begins with $(a, b) = (-90, 50)$
# ([as read out here](https://github.com/richzhang/colorization/issues/23)). How far is that from
# the nearest color of sRGB?

# %% tags=["nbval-check-output"]
first = torch.tensor([-90.0, 50.0]).view(2, 1)
distance = (lab_cube[1:].flatten(1) - first).norm(dim=0).min()
print(f"{distance:.0f} units")

# %% [markdown]
# More than the width of a class. So the published list may keep a margin around the gamut. And some
# of its classes can never be the right one:

# %% tags=["nbval-check-output"]
print(f"without any sRGB color: at least {313 - by_content} of the 313")
assert by_content < 313 and distance > 10

# %% [markdown]
# It does not hurt, but 313 is a fact about that list, not about Lab.
#
# ## Reading with care
#
# **The divisor.** Networks like numbers in $[-1, 1]$. Paper 001 scales to it; paper 002 ends in a
# tanh, which can put out nothing else. Neither says by what a and b are divided: 110 and 128 are
# both common, and 255 where 8-bit codes are used. An error in scaled units means nothing without
# it. Here is one and the same prediction, the gray copy of our photographs:

# %%
absolute, squared = ab.abs().mean().item(), (ab**2).mean().item()
rows = []
for divisor in [1, 110, 128, 255]:
    scaled = {"MAE": absolute / divisor, "MSE": squared / divisor**2}
    rows.append({"a and b divided by": divisor, **scaled})
show.table(rows, formats={"MAE": ".3f", "MSE": ".4f"})

# %% [markdown]
# Paper 002 reports an MAE of its network on other pictures, without saying which of these it is
# (002-R01). We return to it when we have trained that network. L has the same trouble on a smaller
# scale: some code takes it from 0 to 100, some from 0 to 1, some from −1 to 1. In this book Lab is
# *always* in its own units, and a network's scaling stays inside the network.
#
# **The white point.** Different authors round the matrix and the white differently. How much does
# Lab change if we use the matrix that we derived above? And is a neutral white really neutral?

# %%
def lab_with(rgb, matrix, white):
    x, y, z = np.moveaxis(f(to_linear(rgb) @ matrix.T / white), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


apart = np.abs(lab_with(random, derived, WHITE) - to_lab(random)).max()
print(f"largest difference in Lab units: {apart:.3f}")

one = np.ones(3)
whites = {
    "as above": to_lab(one),
    "derived matrix": lab_with(one, derived, WHITE),
    "D50 by an option": rgb2lab(one, illuminant="D50"),
}
rows = [{"white": name, "a": v[1], "b": v[2]} for name, v in whites.items()]
show.table(rows, formats=dict.fromkeys("ab", ".3f"))

# %% [markdown]
# Rounding makes tiny differences: harmless, but enough to make an exact comparison of two
# libraries fail. Even the white of the first line is not quite neutral, because scikit-image, and
# with it this book, takes the matrix from one source and the white from another. The last line is
# no rounding. Print shops use Lab with the white D50, and there the light has to be *adapted*
# first. An option that only swaps the white turns white paper blue. If a picture comes back with a
# color cast, look here first.
#
# **Is lightness really apart from color?** Paper 002 says that Lab isolates the lighting. As
# arithmetic that is true: L depends on Y alone. For the eye it is not quite. These patches have
# the same L:

# %% mystnb={"image": {"alt": "Two rows of eight patches with equal L. In the upper row a gray patch and seven strongly colored ones, from red through yellow, green and blue to magenta; the strongly colored ones seem to glow and look lighter than the gray. In the lower row the same patches reduced to their lightness: all the same gray."}}
hue = torch.arange(7) * 2 * torch.pi / 7
patches = torch.zeros(3, 1, 8)
patches[0] = 60
patches[1:, 0, 1:] = 120 * torch.stack([hue.cos(), hue.sin()])
equal = color.lab_to_rgb(color.fit_gamut(patches))
alone = color.rgb_to_gray(equal, "lightness")
bars = {"equal L": equal, "their lightness alone": alone}
show.pictures(bars, ncols=1, size=640)

# %% [markdown]
# In the upper row, to most people the strong pink and the violet look lighter than the gray at the
# left, though L says they are equal. This is the *Helmholtz–Kohlrausch effect*:
# saturated colors look lighter than their luminance {cite:p}`fairchild2013color`. Film and cameras
# see yet another lightness. So a historic gray photograph is not L of the scene.
#
# **RGB out, all the same.** Paper 004 has CIELAB among its keywords, but its network maps gray to
# RGB (004-A05, 004-X05). Nothing in it keeps the lightness; you have seen under *What is given
# stays exact* what an error of RGB does to L. It does not follow that the method is bad, only that
# its pictures must be checked for it.
#
# What became of the claims:

# %%
low, high = lab_cube.flatten(1).amin(1), lab_cube.flatten(1).amax(1)
span = [f"{x:.0f} to {y:.0f}" for x, y in zip(low, high, strict=True)]
gain = (psnr(soft_ab, truth) - psnr(soft_L, truth)).mean().item()
kept = (color.rgb_to_lab(from_ab)[:, :1] - L[chosen]).abs().max().item()
found = {
    "001-D08": f"L holds; a is {span[1]}, b is {span[2]}",
    "001-D11": "the divisor is not stated and changes every error",
    "001 §4": "supported only indirectly: coarse a, b beats coarse L "
    f"by {gain:.1f} dB",
    "002-D06": f"holds inside the gamut: L changes by at most {kept:.3f}, "
    f"in an 8-bit file by {saved:.2f}",
    "004-R03": f"{by_center} or {by_content} classes, by how one counts",
    "004-X05": "nothing keeps L; to be measured with the network",
}
show.table([{"id": n, "what we find": what} for n, what in found.items()])

# %% [markdown]
# ## Exercises
#
# Try first, then unfold the solution. Each solution ends with an `assert` that is true only if it
# works.
#
# **Exercise 1: the way back.** Write `to_rgb(lab)` in NumPy: undo step 3, then 2, then 1. You need
# the inverse of $f$: where $f(t) > 0.2068966$ it is the third power, below it the straight line
# solved for $t$. Light slightly below 0 needs a floor before the power of the sRGB curve: a negative
# number has no root. Check that `to_rgb(to_lab(random))` gives `random` back.

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
# **Exercise 2: the wrong gray.** A network was trained on L. Somebody feeds it the ordinary gray
# of {doc}`01_grayscale`, `rec601`, and takes the L of *that* gray for the picture's L. On which of
# the eight photographs is L most wrong, on average? (`color.gray_to_lightness` gives L of a gray.)

# %% tags=["solution", "hide-cell"]
taken = color.gray_to_lightness(color.rgb_to_gray(rgb, "rec601"))
error = (taken - L).abs().mean(dim=(1, 2, 3))
worst = int(error.argmax())
print(f"{names[worst]}: {error[worst]:.1f} units of L on average")
assert names[worst] == "flower"  # strong color; for grays all formulas agree

# %% [markdown]
# **Exercise 3: sixteen bits.** Lab in 8 bits loses colors. Store each channel in 16 bits instead,
# with codes from 0 to 65535, and show that every color of `cube` comes back exactly.

# %% tags=["solution", "hide-cell"]
low = torch.tensor([0, -128, -128]).view(3, 1, 1)
width = torch.tensor([100, 256, 256]).view(3, 1, 1)
code = ((lab_cube - low) / width * 65535).round().to(torch.int32)
again = color.lab_to_rgb(code / 65535 * width + low)
assert int(code.min()) >= 0 and int(code.max()) <= 65535
assert torch.equal((again * 255).round().byte(), cube)

# %% [markdown]
# **Exercise 4: the ceiling of classes.** A network that chooses one square of 10 × 10 units per
# pixel and puts out its center can never be perfect. What PSNR does it reach if it *always*
# chooses the right square? Where does that stand between the gray copy and 8-bit Lab? What happens
# with squares of 20?

# %% tags=["solution", "hide-cell"]
def ceiling(width):
    return psnr(join(L, (ab / width).round() * width), truth).mean().item()


eight = color.lab_to_rgb(from_8_bits(to_8_bits(lab)))
eight = psnr(eight, truth).mean()
print(f"gray copy: {gray_copy.mean():.1f} dB, 8-bit Lab: {eight:.1f} dB")
print(f"squares of 10: {ceiling(10):.1f} dB, of 20: {ceiling(20):.1f} dB")
assert gray_copy.mean() < ceiling(20) < ceiling(10) < eight

# %% [markdown]
# ## What to remember
#
# - sRGB → linear light → XYZ → Lab: a curve, a matrix, a cube root. Light is added up only where
#   it is light.
# - L is given, and in RGB it is worth more than a and b together. Coarse a and b are forgiven, but
#   not because they are smooth. A colorizer that keeps L can be wrong about color only.
# - The gray copy is a strong baseline. Show it beside every result.
# - Equal distances in Lab look roughly equal: better than sRGB, not perfect, worst in strong
#   colors.
# - Never make training targets from 8-bit Lab.
# - Most pairs of a and b do not exist on a screen. Shrink the chroma rather than clip the
#   channels, if lightness is to stay.
# - An error in Lab needs its units: which divisor, which range, which white.
#
# ## Further reading
#
# {cite:t}`poynton2012digital` explains encoding, luma and luminance better than any standard does;
# the standards are {cite:t}`iec1999srgb` (an open predecessor is {cite:t}`stokes1996standard`) and
# {cite:t}`cie15`. {cite:t}`robertson1977cie` tells how Lab and its sibling Luv came about.
# {cite:t}`sharma2005ciede2000` print the CIEDE2000 formula with test data.
# {cite:t}`fairchild2013color` is the book on what colors look like, with the Helmholtz–Kohlrausch
# effect and the faults of Lab. {cite:t}`zhang2016colorful` turn the ab plane into classes.
