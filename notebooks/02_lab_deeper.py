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
# # Lab, deeper: the matrix, the eye, and the edges
#
# You may skip this chapter: no other chapter needs it. It asks what [the chapter on
# Lab](02_lab.ipynb) leaves open. Where do the nine numbers of the matrix come from, and what does
# another white do? How can a network train through the conversion? Why are coarse colors forgiven?
# How even is Lab, and is its lightness really apart from color? What exactly do 8 bits lose? And
# into how many classes do the colors of sRGB fall?
#
# **What you will learn**
#
# - How to derive the matrix of sRGB from the colors of its primaries, and why a swapped white turns
#   paper blue.
# - Where Lab fails the eye: in strong colors, in blue, and in the lightness of strong colors.
# - How to recount a number that papers copy from one another.
#
# **What it needs.** You need [the chapter on Lab](02_lab.ipynb). The chapter trains nothing and
# downloads nothing.

# %%
from huelab import show

show.needs("02_lab_deeper")

# %% [markdown]
# ## What the papers say
#
# We examine two claims of the [ledger](../book/ledger.md), in our words. The letter D is for data,
# and R is for a result. The second one is a result of {cite:t}`zhang2016colorful`, which paper 004
# {cite:p}`pandey2022coloring` repeats.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

claims = {c.id: c for c in read_claims() if c.id in ("001-D08", "004-R03")}
show.table([{"id": each.id, "claim": each.claim} for each in claims.values()])

# %% [markdown]
# The photographs are those of [the chapter on Lab](02_lab.ipynb), and so are the short names for
# their planes.

# %%
import numpy as np
import torch
from huelab import color
from huelab.data import open_photographs

photographs = open_photographs(size=256)
names, rgb = list(photographs), torch.stack(list(photographs.values()))
truth, lab = rgb / 255, color.rgb_to_lab(rgb)
L, ab = lab[:, :1], lab[:, 1:]

# %% [markdown]
# ## Where the matrix comes from
#
# The nine numbers of the matrix follow from fewer: the color of each primary, and the color of the
# white that all three make together. Standards write these colors as *chromaticities*, $x = X / (X
# + Y + Z)$ and $y = Y / (X + Y + Z)$, which say nothing about the power of a light. The three
# powers $p$ follow from three equations: red, green, and blue together must give white,
#
# $$
# p_R \begin{pmatrix} X_R \\ Y_R \\ Z_R \end{pmatrix}
# + p_G \begin{pmatrix} X_G \\ Y_G \\ Z_G \end{pmatrix}
# + p_B \begin{pmatrix} X_B \\ Y_B \\ Z_B \end{pmatrix}
# = \begin{pmatrix} X_n \\ Y_n \\ Z_n \end{pmatrix}.
# $$ (lab-deeper-white)
#
# Each primary enters with $Y = 1$, and so with $X = x / y$ and $Z = (1 - x - y) / y$. ([Gray,
# deeper](01_grayscale_deeper.ipynb) solves the same equations for the weights of red, green, and
# blue in a gray.)

# %% tags=["nbval-check-output"]
from skimage.color.colorconv import xyz_from_rgb

WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])  # red, green, blue
primaries = np.vstack([xy.T, 1 - xy.sum(axis=1)]) / xy[:, 1]  # a column each, Y = 1
power = np.linalg.solve(primaries, WHITE)
derived = primaries * power
print(derived.round(4))
print("close to scikit-image:", np.abs(derived - xyz_from_rgb).max() < 1e-4)

# %% [markdown]
# The two matrices are close and not equal, because different authors round the white differently.
# What does that change? We convert random colors to Lab with either matrix and note the largest
# difference. Then we ask where a neutral white ends up. The last line of the table uses another
# white, D50, a yellower daylight.

# %%
from skimage.color import rgb2lab, xyz2lab


def lab_by(matrix, rgb):
    """sRGB in [0, 1], shape (..., 3), to Lab by any matrix; the white is D65."""
    light = color.srgb_to_linear(torch.as_tensor(rgb)).numpy()
    return xyz2lab(light @ matrix.T)


# %% tags=["nbval-check-output"]
random = np.random.default_rng(2).random((100_000, 3))
apart = np.abs(lab_by(derived, random) - rgb2lab(random)).max()
print(f"largest difference: {apart:.3f} Lab units")

# %%
one = np.ones(3)
whites = {
    "scikit-image": rgb2lab(one),
    "derived matrix": lab_by(derived, one),
    "D50 by an option": rgb2lab(one, illuminant="D50"),
}
rows = [{"white": name, "a": v[1], "b": v[2]} for name, v in whites.items()]
show.table(rows, formats=dict.fromkeys("ab", ".3f"))

# %% [markdown]
# Rounding makes tiny differences. They are harmless, but they are enough to make an exact
# comparison of two libraries fail. Even the white of the first line is not quite neutral, because
# scikit-image takes the matrix from one source and the white from another. This book follows
# scikit-image.
#
# The last line is not a matter of rounding. Print shops use Lab with the white D50, and there the
# light has to be *adapted* first. An option that only swaps the white turns white paper blue. If
# a picture comes back with a color cast, look here first. Exercise 4 adapts the light
# in a simple way.
#
# ## A curve to train through
#
# [The main chapter](02_lab.ipynb) computes $f$ of equation {eq}`lab-f` with `np.where`. The library
# has another way, `_lab_curve`:

# %%
from huelab.color import convert

show.source(convert._lab_curve)

# %% [markdown]
# The `f` of the main chapter computes both branches everywhere, and `np.where` then chooses. For a
# network that trains *through* the conversion, that is a trap. `torch.where` multiplies the
# gradient of the branch that was not chosen by zero. At black, that branch is the cube root, and
# its gradient there is infinite. In floating point, zero times infinity is not zero. It is NaN,
# *not a number*, and a single black pixel carries it into the weights of the network.

# %% tags=["nbval-check-output"]
def where_curve(t):
    return torch.where(t > 0.008856, t ** (1 / 3), 7.787 * t + 16 / 116)


print("0 times infinity:", 0 * float("inf"))
for curve in (where_curve, convert._lab_curve):
    black = torch.zeros(1, requires_grad=True)
    curve(black).backward()
    print(f"gradient at black, {curve.__name__}: {black.grad.item():.3f}")

# %% [markdown]
# So `_lab_curve` never takes the root near zero. `F.threshold` keeps the ratio where it is above the
# end of the line (`_LAB_END`), and gives the constant `_LAB_MEETING` everywhere else. `below` is
# the ratio minus the result, `high`, so it is zero where the root counts. The last statement adds
# the line's slope times `below` to the root of `high`. With the rounded numbers of {eq}`lab-f`, line
# and root do not meet at the end of the line. They meet a little before, at `_LAB_MEETING`. So what
# starts there with the line's slope is the line of {eq}`lab-f`, and the tiny gap at its end is kept.
# `_power_` computes the cube root as $2^{(\log_2 t) / 3}$, which is faster. It overwrites `high`, and
# so `below` is computed first.
#
# ## Why coarse colors are forgiven
#
# In [the main chapter](02_lab.ipynb), pictures stayed good with a and b at an eighth of the
# resolution, and became a blur with L at an eighth. Is the reason that a and b are smooth? The
# table says how strong the fine part of each plane is, which `coarse` takes away with $k = 8$: in
# Lab units, as the root of the mean square (rms), and as a share of the plane's own variance.

# %%
from torch.nn.functional import avg_pool2d, interpolate


def coarse(planes, k):
    """Keep only every k-th pixel's worth of detail."""
    return interpolate(avg_pool2d(planes, k), scale_factor=k, mode="bicubic")


fine = (lab - coarse(lab, 8)).pow(2).mean(dim=(2, 3))
lost = fine.mean(dim=0).sqrt()
part = (fine / lab.var(dim=(2, 3))).mean(dim=0)
rows = [
    {"plane": letter, "lost (rms)": units.item(), "lost (of variance)": own.item()}
    for letter, units, own in zip("Lab", lost, part, strict=True)
]
assert (lost[1:] / lost[0] > 0.45).all() and (lost[1:] / lost[0] < 0.65).all()
assert part[1] > part[0] > part[2] > 0.75 * part[0]  # hardly smoother
show.table(rows, formats={"lost (rms)": ".1f", "lost (of variance)": ".0%"})

# %% [markdown]
# In Lab units, the fine part of a and b is about half as strong as that of L, and in RGB an error
# of L counts in all three channels. That is why coarse a and b cost less. Relative to their own
# variance they are *not* smoother: a loses even more than L, and b only a little less.
#
# ### What each plane is worth
#
# How much can still go wrong when L is given? We compare two crude pictures with the truth. The
# gray copy keeps L and drops a and b. The picture with *flat L* keeps a and b and replaces L by
# its mean. The last column asks the same question in Lab: how much of a picture's total variance
# is in a and b?

# %%
def join(L, ab):
    """Put L and a, b together to pictures in RGB."""
    return color.lab_to_rgb(torch.cat([L, ab], dim=1))


def psnr(estimate, target):
    """PSNR of RGB in [0, 1], one value per picture."""
    return -10 * ((estimate - target) ** 2).mean(dim=(1, 2, 3)).log10()


mean_L = L.mean(dim=(2, 3), keepdim=True).expand_as(L)
gray_copy, flat_L = psnr(join(L, 0 * ab), truth), psnr(join(mean_L, ab), truth)
variance = lab.var(dim=(2, 3))
in_ab = variance[:, 1:].sum(dim=1) / variance.sum(dim=1)

# %%
columns = {"gray copy (dB)": gray_copy, "flat L (dB)": flat_L}
columns["variance in a, b"] = in_ab
rows = [
    {"photograph": name} | {title: x[k].item() for title, x in columns.items()}
    for k, name in enumerate(names)
]
gain = gray_copy - flat_L
assert gain.min() > 0 and names[int(gain.argmin())] == "chelsea"
most = {name for name, x in zip(names, in_ab, strict=True) if x > 0.5}
assert most == {"flower", "rocket"}
show.table(rows, formats=dict(zip(columns, (".1f", ".1f", ".0%"), strict=True)))

# %% [markdown]
# In RGB the gray copy is the better of the two crude pictures for every photograph, though for
# `chelsea` only just. In Lab's own units it is another matter. There a and b are *not* small: in
# `flower` and in `rocket` they hold most of the variance.
#
# The idea of separating lightness from color is not special to Lab.
# {cite:t}`ruderman1998statistics` found axes of this kind in the statistics of natural scenes, and
# {cite:t}`reinhard2001color` used them to carry the colors of one picture to another.
#
# ## How even is Lab?
#
# We begin with grays. The figure shows three ramps of eleven patches: with equal steps of light,
# with equal steps in the file, and with equal steps of L.

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

# %% tags=["nbval-check-output"]
levels = torch.linspace(0, 1, 256)
off = (color.gray_to_lightness(levels) - 100 * levels).abs().max()
print(f"L of a gray v is at most {off:.1f} units from 100 v")

# %% [markdown]
# **Look at** the left end of the first ramp: the whole range of shadows is one jump. The other two
# ramps are nearly the same. For grays, the curve of step 1 pulls the values far down, and the curve
# of step 3 lifts them back. Files were encoded for the eye in the first place. The detour through
# linear light matters for *colors*, because only light may be added up.
#
# For colors we take the ruler of [the main chapter](02_lab.ipynb), CIEDE2000
# {cite:p}`sharma2005ciede2000`. We start from random colors, go one small step in a random
# direction, and ask how large each step looks. All steps in sRGB have one length, and so do all
# steps in Lab. In a perfectly even space all answers would be the same. The table gives the
# answer that 5 % of the steps stay below, the answer that 5 % of the steps exceed, and the ratio
# of the two.

# %%
from skimage.color import deltaE_ciede2000

rng = np.random.default_rng(2)
start = rng.uniform(0.01, 0.99, (50_000, 3))
way = rng.normal(size=start.shape)
way /= np.linalg.norm(way, axis=1, keepdims=True)
begin = rgb2lab(start)
seen = {
    "a step in sRGB": deltaE_ciede2000(begin, rgb2lab(start + 0.01 * way)),
    "a step in Lab": deltaE_ciede2000(begin, begin + way),
}
rows = []
for name, sizes in seen.items():
    low, high = np.percentile(sizes, [5, 95])
    rows.append({"": name, "5 %": low, "95 %": high, "ratio": high / low})
show.table(rows, formats={"5 %": ".2f", "95 %": ".2f", "ratio": ".1f"})

# %% [markdown]
# The ratio says that steps in Lab are much more even than steps in sRGB, and still far from equal.
# [The main chapter](02_lab.ipynb) showed one reason: in strong colors a step looks smaller. A
# second weakness has a name of its own, *the blue turns purple*. On the way from a color straight
# to gray, Lab says that the chroma changes and nothing else. We go this way from three colors.

# %% mystnb={"image": {"alt": "Three rows of nine patches that fade from a full color on the left to gray on the right, at constant lightness and Lab hue. Red and green fade evenly. Blue turns clearly purple on its way."}}
full = color.rgb_to_lab(torch.eye(3).reshape(3, 3, 1, 1))  # red, green, blue
fade = torch.linspace(1, 0, 9).reshape(1, 1, 1, 9)
paths = join(full[:, :1].expand(3, 1, 1, 9), full[:, 1:] * fade)
titles = ["from red", "from green", "from blue"]
show.pictures(dict(zip(titles, paths, strict=True)), ncols=1, size=648)

# %% [markdown]
# **Look at** the middle of the last row. Lab says that all its patches have one hue, but most
# people see purple there. This is a known fault of Lab in blue {cite:p}`fairchild2013color`. Newer
# color spaces repair it. Papers compare in Lab, so we live with the fault.
#
# ## Is lightness really apart from color?
#
# Paper 002 says that Lab isolates the lighting of a picture in one channel. As arithmetic that is
# true: L depends on Y alone. For the eye it is not quite true. All patches of the next figure have
# the same L.

# %% mystnb={"image": {"alt": "Two rows of eight patches with equal L. In the upper row a gray patch and seven strongly colored ones, pink, orange, olive, green, teal, blue and violet; the strongly colored ones seem to glow and look lighter than the gray. In the lower row the same patches reduced to their lightness: all the same gray."}}
hue = torch.arange(7) * 2 * torch.pi / 7
patches = torch.zeros(3, 1, 8)
patches[0] = 60
patches[1:, 0, 1:] = 120 * torch.stack([hue.cos(), hue.sin()])
equal = color.lab_to_rgb(color.fit_gamut(patches))
alone = color.rgb_to_gray(equal, "lightness")
bars = {"equal L": equal, "their lightness alone": alone}
show.pictures(bars, ncols=1, size=640)

# %% [markdown]
# **Look at** the pink and the violet of the upper row. To most people they look lighter than the
# gray at the left. This is the *Helmholtz–Kohlrausch effect*: saturated colors look lighter than
# their luminance {cite:p}`fairchild2013color`. Film and cameras see yet another lightness, so a
# historic gray photograph is not the L of its scene.
#
# ## What 8 bits lose, exactly
#
# [The main chapter](02_lab.ipynb) rounded Lab to 8 bits a channel, as OpenCV does, and found that
# most colors change. It can also happen that two different colors get the same code, and then
# nothing can tell them apart again. How many codes are there for a dense block of neighboring
# colors in the middle of the RGB cube?

# %%
scale = torch.tensor([255 / 100, 1, 1]).view(3, 1, 1)
shift = torch.tensor([0, 128, 128]).view(3, 1, 1)


def to_8_bits(lab):
    """Lab, one byte per channel, as OpenCV rounds it."""
    return (lab * scale + shift).round().clamp(0, 255).byte()


# %% tags=["nbval-check-output"]
level = torch.arange(96, 160, dtype=torch.uint8)
block = torch.stack(torch.meshgrid(level, level, level, indexing="ij"))
code = to_8_bits(color.rgb_to_lab(block.reshape(3, -1, 64)))
codes = code.flatten(1).unique(dim=1).shape[1]
print(f"{64**3:,} colors share {codes:,} codes: {codes / 64**3:.0%}")

# %% [markdown]
# Where is the error worst? The next figure shows one face of the cube: red is zero, green grows
# to the right, and blue grows downward. Each square on its right side shows the worst error of
# the 64 colors in it, from dark for none to bright for the largest.

# %% mystnb={"image": {"alt": "Two squares. Left: all mixtures of green and blue without red, black in the upper left, green to the upper right, blue to the lower left, cyan in the lower right. Right: the worst error after 8-bit Lab in blocks of eight by eight colors, dark for none, bright for many levels. It is smallest near black and largest toward the cyan corner."}}
from torch.nn.functional import max_pool2d

level = torch.arange(256, dtype=torch.uint8)
blue, green = torch.meshgrid(level, level, indexing="ij")
face = torch.stack([torch.zeros_like(blue), green, blue])
back = color.lab_to_rgb((to_8_bits(color.rgb_to_lab(face)) - shift) / scale)
off = ((back * 255).round() - face).abs().amax(dim=0, keepdim=True)
both = {"no red": face, "worst error (levels)": max_pool2d(off, 8)}
show.pictures(both, vmin=0, vmax=25, cmap="cividis")

# %% [markdown]
# **Look at** the cyan corner, at the lower right. Red is zero on the whole face, at the steep
# foot of the curve that encodes light for the file. At this foot very little light makes many
# levels. And because the cube root of step 3 becomes flatter, half a unit of a stands for more
# light where X is larger, and half a unit of b where Z is larger. In the cyan corner both are
# large.
#
# ## How much of the square exists?
#
# Paper 001 gives a and b the range from −128 to 128 (001-D08). In [the main
# chapter](02_lab.ipynb) we saw that most pairs in that square are no color of sRGB. The figure
# shows the share of displayable pairs for each L, also for the smaller square from −110 to 110.

# %% mystnb={"image": {"alt": "Curve of the share of the a, b square that sRGB can show against lightness from 0 to 100. It rises from almost nothing at black to a broad maximum below one quarter at middle lightness and falls to nothing at white. A dashed curve for the smaller square of plus minus 110 runs somewhat higher."}}
import matplotlib.pyplot as plt

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

# %% tags=["nbval-check-output"]
level = torch.arange(0, 256, 3, dtype=torch.uint8)
cube = torch.stack(torch.meshgrid(level, level, level, indexing="ij"))
lab_cube = color.rgb_to_lab(cube.reshape(3, -1, len(level)))
bright = lab_cube[:, lab_cube[0] > 95]
for letter, values in zip("ab", bright[1:], strict=True):
    print(f"L above 95, {letter}: {values.min():.0f} to {values.max():.0f}")
assert bright[2].max() > 80 and bright[2].min() > -20 > bright[1].min()

# %% [markdown]
# **Look at** both ends of the curves. Near black little exists. Near white only yellowish and
# greenish colors are strong, as the printed ranges say. A network that paints a bright sky in
# strong blue asks for a color that is not there.
#
# ## Reading with care: the classes, recounted
#
# {cite:t}`zhang2016colorful` do not predict a and b as numbers. They cut the plane into squares of
# 10 × 10 units, keep those that are "in gamut", and let the network choose a class. Paper 004
# repeats how many they report (004-R03). We recount in two ways: we count the squares whose
# *center* exists at some L, and those that contain *any* color of sRGB.

# %%
axis, all_L = torch.arange(-120, 121, 10.0), torch.arange(0, 100.5, 0.5)
grid = torch.stack(torch.meshgrid(all_L, axis, axis, indexing="ij"), dim=1)
by_center = color.in_gamut(grid).any(dim=0).sum().item()
by_content = (lab_cube[1:].flatten(1) / 10).round().unique(dim=1).shape[1]
reported = int(claims["004-R03"].value)
counts = {"the paper": reported, "center": by_center, "content": by_content}
show.table([{"counted by": how, "classes": n} for how, n in counts.items()])

# %% [markdown]
# Neither count gives the number of the paper, and we find no word in that paper on how "in gamut"
# was decided. The list of centers that the authors published begins with $(a, b) = (-90, 50)$ ([as
# read out here](https://github.com/richzhang/colorization/issues/23)). How far is that from the
# nearest color of sRGB?

# %% tags=["nbval-check-output"]
first = torch.tensor([-90.0, 50.0]).view(2, 1)
distance = (lab_cube[1:].flatten(1) - first).norm(dim=0).min()
print(f"the first center is {distance:.0f} units from sRGB")
print(f"classes without any sRGB color: at least {reported - by_content}")
assert by_content < reported and distance > 10

# %% [markdown]
# The distance is more than the width of a class. So the published list may keep a margin around
# the gamut, and some of its classes can never be the right one. Such classes do no harm. But the
# number is a fact about this list and not about Lab.
#
# ## Exercises
#
# Try first, then unfold the solution. A solution in code ends with an `assert` that holds only if
# it works.
#
# **Exercise 1 (recall): not smoother.** The planes a and b are not smoother than L. Why does it
# still cost less to make them coarse?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# In Lab units the fine part of a and b is only about half as strong as that of L. And in RGB an
# error of L counts in all three channels.
# :::

# %% [markdown]
# **Exercise 2 (compute): the ceiling of classes.** A network that chooses one square of 10 × 10
# units per pixel and puts out its center can never be perfect. What PSNR does it reach if it
# *always* chooses the right square? Is that nearer to the gray copy or to 8-bit Lab? What happens
# with squares of 20?

# %% tags=["solution", "hide-cell"]
def ceiling(width):
    return psnr(join(L, (ab / width).round() * width), truth).mean().item()


eight = color.lab_to_rgb((to_8_bits(lab) - shift) / scale)
eight, gray = psnr(eight, truth).mean().item(), gray_copy.mean().item()
print(f"gray copy: {gray:.1f} dB, 8-bit Lab: {eight:.1f} dB")
print(f"squares of 10: {ceiling(10):.1f} dB, of 20: {ceiling(20):.1f} dB")
assert gray < ceiling(20) < ceiling(10) < eight
assert ceiling(10) - gray < eight - ceiling(10)  # nearer to the gray copy

# %% [markdown]
# **Exercise 3 (compute): other primaries.** Display P3, the color space of many phones, has the
# white and the curve of sRGB and the primaries red (0.680, 0.320), green (0.265, 0.690), and blue
# (0.150, 0.060). Derive its matrix. Which of its three full colors are outside sRGB? (Linear light
# of sRGB follows from XYZ by the inverse of `derived`.)

# %% tags=["solution", "hide-cell"]
xy = np.array([[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]])
primaries = np.vstack([xy.T, 1 - xy.sum(axis=1)]) / xy[:, 1]
p3 = primaries * np.linalg.solve(primaries, WHITE)
in_srgb = np.linalg.inv(derived) @ p3  # a column for each primary of P3
print(in_srgb.round(3))
outside = (np.abs(in_srgb - 0.5) > 0.5 + 1e-6).any(axis=0)
assert np.allclose(p3.sum(axis=1), WHITE)
assert outside.all()  # blue has the chromaticity of sRGB's, and more power

# %% [markdown]
# **Exercise 4 (change the code): paper stays white.** `rgb2lab(one, illuminant="D50")` gave a
# bluish white. Adapt the light first: XYZ under D50 is XYZ under D65, times the white of D50,
# divided by the white of D65, channel by channel. (Color management does it in a space of cone
# responses, which is better; the idea is the same.) Show that white and grays are neutral then.
# How far is pure red from its place in D65 Lab?

# %% tags=["solution", "hide-cell"]
from skimage.color import rgb2xyz, xyz_tristimulus_values


def lab_d50(rgb):
    """Lab with white D50, after an adaptation channel by channel."""
    d50, d65 = (
        xyz_tristimulus_values(illuminant=white, observer="2")
        for white in ("D50", "D65")
    )
    return xyz2lab(rgb2xyz(rgb) * (d50 / d65), illuminant="D50")


grays = np.linspace(0, 1, 11)[:, None] * one
assert np.abs(lab_d50(grays)[:, 1:]).max() < 0.01
red = np.array([1.0, 0.0, 0.0])
print(f"red moves by {np.linalg.norm(lab_d50(red) - rgb2lab(red)):.3f} Lab units")
assert np.allclose(lab_d50(red), rgb2lab(red))  # only ratios to the white count

# %% [markdown]
# **Exercise 5 (open question): another space.** Lab turns blue into purple, and its lightness is
# not quite the eye's. Newer spaces repair some of this. Would you build a new colorizer on one of
# them?

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# - A fault of Lab that matters for colorizing, and where it would show. A network that is unsure
#   of a blue answers with less chroma, for example, and that looks purple.
# - What the new space must keep: one number for what the gray picture gives, so that it stays
#   exact. The gray has to be made in that space, too.
# - What gets lost: papers compare in Lab. One may train in one space and measure in another.
# - A test, with the same network in both spaces and judges who do not know which is which.
# :::

# %% [markdown]
# ## What to remember
#
# - The matrix of sRGB follows from the colors of three primaries and of the white. A swapped white
#   needs adapted light.
# - Coarse a and b are forgiven because their fine part is weak in Lab units and because RGB counts
#   an error of L three times. They are not smoother than L.
# - Lab is more even than sRGB, and not even. Blue turns purple on its way to gray.
# - By arithmetic, L is apart from color. To the eye, saturated colors look lighter than their L.
# - A copied number deserves a recount.
#
# **Further reading.** The standards are {cite:t}`iec1999srgb`, with its open predecessor
# {cite:t}`stokes1996standard`, and {cite:t}`cie15`. {cite:t}`sharma2005ciede2000` print the
# CIEDE2000 formula with test data. {cite:t}`fairchild2013color` describes the Helmholtz–Kohlrausch
# effect and the faults of Lab. {cite:t}`zhang2016colorful` turn the plane of a and b into classes.
