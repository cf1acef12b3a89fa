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
# # Other ways: scribbles, exemplars, classes, and several answers
#
# The five papers of this book train a network that answers a gray picture with one color picture.
# Their overviews of earlier work name other families: a person marks some colors, a person gives a
# photograph to copy from, a network says how probable each color is, or several answers are given or
# averaged. This chapter runs each family on the same three photographs. All are called alike:
# `colorize(gray, guide=...)` gives a color picture, and a *guide* holds what a person adds.
#
# **What you will learn**
#
# - How colors spread from a few marks, and how they are copied from another photograph.
# - Why a network that is trained on an error tends to brown, and what classes of color change about
#   it.
# - What each family needs from you, what it costs, and when it may suit you.
#
# **What it needs.** {doc}`02_lab` for $L^*$, $a^*$, and $b^*$, and {doc}`04_vgg` for networks with
# an encoder and skips.

# %%
from huelab import show

show.needs("08_other_ways")

# %% [markdown]
# Paper 004, {cite:t}`pandey2022coloring`, makes one statement about these families that a run can
# test. We test it where several networks are averaged.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

tested = [claim for claim in read_claims() if claim.id == "004-R04"]
show.table([{"id": claim.id, "claim": claim.claim} for claim in tested])

# %% [markdown]
# ## Three photographs
#
# They are the test photographs of {doc}`00_first_color`, made small. No network of this chapter learns
# from them. The gray is the neutral gray of equal lightness.

# %% mystnb={"image": {"alt": "Three photographs in color: a woman in a dark uniform in front of a flag, a motorcycle in a garage, and a rocket on its pad in front of a blue evening sky."}}
import torch
import torch.nn.functional as F

from huelab.color import lab_to_rgb, rgb_to_gray, rgb_to_lab
from huelab.data import open_dataset

names = ("portrait", "motorcycle", "rocket")
whole = open_dataset("embedded", "test", size=None)
truth = torch.cat([
    F.interpolate(image[None].float() / 255, (160, 144), mode="area")
    for image in whole
])
gray = rgb_to_gray(truth, "lightness")
lab = rgb_to_lab(truth)
show.pictures(dict(zip(names, truth, strict=True)))

# %% [markdown]
# Errors in this chapter are *ΔE00*, a color difference in which about 1 is just visible
# ({doc}`07_metrics`). The cell prints that of the gray pictures. A method with a larger error is
# farther from the truth than no color at all.

# %%
from huelab.metrics import colorfulness, delta_e_2000


def error(made):
    return delta_e_2000(made, truth).mean().item()


print(f"gray: {error(gray.expand(-1, 3, -1, -1)):.1f}")

# %% [markdown]
# ## Scribbles
#
# A person marks a few pixels with their color. {cite:t}`levin2004colorization` let these colors
# spread. They ask that each color be close to the weighted mean of the colors around it, and that
# neighbors of similar lightness weigh most. As in the program that the authors published, each pixel
# $r$ without a mark gets exactly this mean over its neighbors $s$ in the 3×3 pixels around it:
#
# $$
# U(r) = \sum_{s} w_{rs} U(s), \qquad
# w_{rs} \propto \exp\left( -\frac{(Y(r) - Y(s))^2}{2 \sigma_r^2} \right)
# $$ (eq-scribbles)
#
# $Y$ is the lightness, $U$ is one of the two color axes, and $\sigma_r^2$ is the variance of $Y$ in
# the 3×3 pixels. The weights of each pixel add up to 1. There is one equation for each pixel without a
# mark. Together they are a *sparse* system of linear equations, in which nearly all coefficients are
# zero. Nothing is trained, and nothing is random.
#
# Our version departs from the paper in three points. The paper works in YUV. Here $Y$ is $L^*$, and
# $U$ stands for $a^*$ and for $b^*$. In place of $2 \sigma_r^2$ we take 0.6 times the variance, as the
# authors' program does, and never less than what noise gives. And each pair of neighbors shares one
# variance. The matrix is then symmetric, which faster solvers need.
#
# In `fill`, `fixed` says which pixels have a mark, and `known` holds their colors. `free` are the rows
# of the other pixels. What the marks contribute to these rows moves to the right side, `pushed`.

# %%
from huelab.color import neighbors

show.source(neighbors.fill)

# %% [markdown]
# **Check.** `laplacian` builds the matrix from the lightness and the variance. In a row of equally
# light pixels each color is the mean of its two neighbors. So between two marks, here 8 and 4, the
# color must change along a straight line:

# %% tags=["nbval-check-output"]
import numpy as np

row = neighbors.laplacian(np.full((1, 5), 50.0), 1.0)
marks = np.array([[8.0], [0], [0], [0], [4]])
known = np.array([True, False, False, False, True])
print(neighbors.fill(row, marks, known).ravel().round(6))

# %% [markdown]
# We imitate a person's marks, also called *hints*, by the mean true color of small patches at random
# places. Move the slider to give more of them.

# %%
from huelab.methods.colorizer import Guide
from huelab.methods.scribbles import Scribbles
from huelab.methods.simulated_hints import random_hints


def hints(count, seed=0):
    """That many true colors of 5×5 patches at random places of each photograph."""
    draws = torch.Generator().manual_seed(seed)
    return random_hints(lab[:, 1:], count, 5, draws)


def in_a_row(images):
    return torch.cat(list(images), 2)


counts = [1, 3, 10, 30, 100]
spread = [Scribbles().colorize(gray, guide=Guide(hints(count))) for count in counts]
show.frames(
    [in_a_row(made) for made in spread],
    counts,
    description="hints",
    start=3,
    alt="The three photographs colored by scribbles. With one hint each picture has "
    "one tint all over; with more hints each thing gets its own color, and with a "
    "hundred they are close to the true ones",
)

# %% [markdown]
# One hint colors the whole picture alike, because a mean of equal values is that value. With more
# hints, color stops at edges of lightness, and only there. **Look at** the sky around the rocket, which
# is smooth and fills from few hints, and at the motorcycle, whose many small parts need a hint each.
#
# ### Draw them yourself
#
# In JupyterLab, choose a color and click the picture on the left, or type the place. The desk hands
# `paint` the picture, your spots, and two settings that {doc}`10_your_own_photos` explains. The
# published page has no kernel and shows a slider instead.

# %%
from huelab.apply import colorize
from huelab.apply.desk import Desk


def paint(picture, spots, strength, vivid):
    """What the desk does whenever a spot is added."""
    given = torch.zeros(1, 3, *picture.shape[:2])
    for x, y, color in spots:
        ab = rgb_to_lab(torch.tensor(color).view(1, 3, 1, 1) / 255)[0, 1:]
        given[0, :2, y - 3 : y + 4, x - 3 : x + 4] = ab
        given[0, 2, y - 3 : y + 4, x - 3 : x + 4] = 1
    guide = Guide(given, strength=strength)
    return colorize(picture, method=Scribbles(), guide=guide)


portrait = F.interpolate(whole[0][None].float(), (300, 256), mode="area")[0]
portrait = portrait.byte().permute(1, 2, 0).numpy()
desk = Desk(paint, portrait, alt="a woman in a dark uniform in front of a flag")
for color, place in (("#b98a78", "140, 100"), ("#20242e", "125, 250")):
    desk.color = color
    desk.click(place)
desk

# %% [markdown]
# On the command line, `huelab colorize photo.jpg --model scribbles --hints hints.png` does the same.
# The file with the hints is transparent but for the marks.
#
# ## Exemplars
#
# {cite:t}`welsh2002transferring` ask for a photograph that shows something similar, the *reference*.
# Its lightness is shifted and scaled, so that it gets the mean and the standard deviation of the gray
# picture's (`remapped`). About 200 of its pixels are drawn, one in each cell of a grid (`jittered`).
# Each pixel is described by two numbers: its lightness, and the standard deviation of lightness in the
# 5×5 pixels around it, which stands for texture (`statistics`). Both count alike. Then each gray pixel
# takes the color of the drawn pixel that is most like it (`nearest_of`). The paper works in the color
# space lαβ. We take Lab and the Euclidean distance.

# %%
from huelab.methods import exemplar

show.source(exemplar.transfer)

# %% [markdown]
# We chose a reference for each photograph from those that this book carries for training.

# %% mystnb={"image": {"alt": "Three rows. Each has a reference in color, a photograph colored by it, and the truth. The portrait takes colors from another portrait, the motorcycle from a cup of coffee, the rocket from a palace under a sky."}}
from huelab.methods.exemplar import Exemplar

others = open_dataset("embedded", "train", size=None)
stems = [file.split(".")[0] for file in others.files]
chosen = ("astronaut", "coffee", "china")
references = torch.cat([
    F.interpolate(others[place][None].float() / 255, (160, 144), mode="area")
    for place in map(stems.index, chosen)
])
copied = Exemplar().colorize(gray, guide=Guide(reference=references))
mirrored = Exemplar().colorize(gray, guide=Guide(reference=truth.flip(-1)))
print(f"with a similar photograph: {error(copied):.1f}")
print(f"with its own mirror image: {error(mirrored):.1f}")
show.grid({"reference": references, "colored by it": copied, "truth": truth}, n=3)

# %% [markdown]
# For the second number the reference is the mirrored photograph itself, which has exactly the right
# colors. What remains is the method's own error: two things of equal lightness and texture get one
# color, because nothing in the method knows what it looks at. **Look at** the sky behind the rocket. It
# gets its colors in rings, because its lightness changes slowly.
#
# For such cases the paper lets a person pair rectangles of both pictures, which it calls *swatches*:
# `Exemplar(swatches=[...])`. Exercise 3 tries them.
#
# ## Color as classes
#
# Now no person helps. A gray balloon may be red, yellow, or blue. A network that is trained on the
# squared error does best if it answers with the mean of what is likely. The mean of many strong
# colors is a weak one. For the photographs of {doc}`00_first_color` it was a brownish gray. **So a
# network that does not know the color tends to brown.**
#
# {cite:t}`zhang2016colorful` cut the plane of $a^*$ and $b^*$ into classes, the *bins*, and let the
# network say how probable each bin is. They count 313 bins, 10 units apart. Our bins are the corners
# of all squares of 10 units that hold a color of sRGB. The second count of the cell takes only the
# bins to which some color of the RGB cube is nearest:

# %% tags=["nbval-check-output"]
from huelab.methods import class_targets, hue_bins

bins = hue_bins.grid()
levels = torch.linspace(0, 1, 52)
cube = torch.cartesian_prod(levels, levels, levels).T[None, :, :, None]
filled = (rgb_to_lab(cube)[0, 1:, :, 0] / 10).round().unique(dim=1)
print(f"corners of squares that hold a color: {len(bins)}")
print(f"bins that are the nearest one of a color: {filled.shape[1]}")

# %% [markdown]
# Both counts differ from the published one, which depends on how the gamut is sampled and on which
# bins at its border count ({doc}`02_lab_deeper`). What follows does not depend on it.
#
# **Soft encoding.** A true color lies between bins. Its target is its five nearest bins. Their weights
# follow a Gaussian of the distance with a standard deviation of 5 units, and add up to 1.

# %% tags=["nbval-check-output"]
color = torch.tensor([12.0, -7.0])
index, weight = class_targets.soft_encode(color.view(1, 2, 1, 1), bins)
pairs = zip(bins[index.flatten()].tolist(), weight.flatten().tolist(), strict=True)
rows = [{"a*": a, "b*": b, "weight": share} for (a, b), share in pairs]
show.table(rows, formats={"a*": ".0f", "b*": ".0f", "weight": ".2f"})

# %% [markdown]
# The loss of a pixel is the *cross-entropy*: the sum over bins of the target's weight times minus the
# logarithm of the predicted probability. It is least where the prediction equals the target.
#
# **Rebalancing.** Most pixels are nearly gray. So the loss of a pixel is multiplied by a weight $w_q$
# that is large if the bin $q$ of its color is rare. Let $\tilde p_q$ be how often bin $q$ occurs,
# smoothed over its neighbors, and $Q$ the number of bins:
#
# $$
# w_q \propto \left( (1 - \lambda)\, \tilde p_q + \frac{\lambda}{Q} \right)^{-1}, \qquad
# \sum_q \tilde p_q w_q = 1 .
# $$ (eq-rebalancing)
#
# So the weight of a pixel is 1 on average. $\lambda$, in the code `uniform`, is 0.5 as published. At 1
# all bins would have the same weight.

# %%
show.source(class_targets.rarity_weights)

# %% [markdown]
# ### One network, three questions
#
# The network is small. A trunk halves the picture four times and brings it back to a quarter of its
# size. Its last layer, the *head*, gives either a score for each bin or $a^*$ and $b^*$ themselves. A
# softmax turns scores into probabilities. The head that gives $a^*$ and $b^*$, called *regression*, is
# trained on the squared error where the error is small, and on the absolute error where it is large.
# The trunk is the same for both. The third question comes below: what do hints change?

# %%
from huelab.methods.color_classes import ColorClasses, Trunk

trunk = Trunk(1, width=32)
stages, value = [("L*", (1, 64, 64))], torch.zeros(1, 1, 64, 64)
for name in ("down1", "down2", "down3", "down4"):
    value = getattr(trunk, name)(value)
    stages.append((name, tuple(value.shape[1:])))
wide = trunk(torch.zeros(1, 1, 64, 64)).shape[1]
stages += [("up3", (wide, 8, 8)), ("up2", (wide, 16, 16))]
stages += [("scores", (len(bins), 16, 16))]
show.layers(stages, skips=[(2, 6), (3, 5)], alt="The network that scores the bins")

# %% [markdown]
# We train two narrow ones here, for seconds, on pieces of the photographs that the book carries.

# %% mystnb={"image": {"alt": "Three photographs, each colored by regression, colored by classes, and in truth. Both networks give the portrait and the motorcycle a brownish tint and the evening sky a green one."}}
from huelab.data import Batches
from huelab.training import fit

pieces = open_dataset("embedded", "train", size=64, n=128)


def trained(seed=0, **args):
    """A narrow network after a few epochs."""
    torch.manual_seed(seed)
    network = ColorClasses(width=8, **args)
    batches = Batches(pieces, 16, flip=True, targets=network.targets, seed=seed)
    fit(network, batches, epochs=6, seed=seed, device="cpu", progress=False)
    return network


classes, regression = trained(), trained(head="regression")
by_regression, by_classes = regression.colorize(gray), classes.colorize(gray)
show.grid({"regression": by_regression, "classes": by_classes, "truth": truth}, n=3)

# %%
shown = {"regression": by_regression, "classes": by_classes, "truth": truth}
rows = [
    {"": name, "ΔE00": error(made), "colorfulness": colorfulness(made).mean().item()}
    for name, made in shown.items()
]
show.table(rows, formats={"ΔE00": ".1f", "colorfulness": ".1f"})

# %% [markdown]
# *Colorfulness* is a number for how strong and how varied the colors are ({doc}`07_metrics`). After so
# few steps both networks guess, and both may be farther from the truth than gray is. **Look at** the
# portrait and the motorcycle: the networks know little more than the mean color of what they saw, a
# warm brown. Which head is better is a question for the recorded runs below.
#
# ### The annealed mean
#
# How does a distribution become one color? Its mean is pale again. Its *mode*, the most probable bin,
# jumps from pixel to pixel. The paper sharpens the distribution by a *temperature* $T$ and takes the
# mean of the result,
#
# $$
# \hat y = \sum_q c_q \, \frac{\exp(\log(z_q) / T)}{\sum_r \exp(\log(z_r) / T)} ,
# $$ (eq-annealed)
#
# where $z_q$ is the probability of bin $q$ and $c_q$ its color. So each probability is raised to the
# power $1/T$, and all are scaled to add up to 1. $T = 1$ is the mean, and toward 0 only the mode is
# left. The paper takes 0.38. Move the temperature, and watch the sky:

# %%
import matplotlib.pyplot as plt

temperatures = [1.0, 0.77, 0.58, 0.38, 0.29, 0.14, 0.05]


def at(temperature):
    """The three photographs read out at a temperature."""
    classes.temperature = temperature
    return classes.colorize(gray)


annealed = [at(temperature) for temperature in temperatures]
classes.temperature = 0.38
show.frames(
    [in_a_row(made) for made in annealed],
    temperatures,
    description="temperature",
    start=3,
    alt="The three photographs read out from one distribution. At temperature 1 the "
    "colors are pale and smooth; toward 0 they are stronger and fall into patches",
)

# %% mystnb={"image": {"alt": "A curve of colorfulness against temperature that falls as the temperature rises, and a dashed line for the truth."}}
fig, ax = plt.subplots(figsize=(4.6, 2.8), layout="constrained")
strong = [colorfulness(made).mean().item() for made in annealed]
ax.plot(temperatures, strong, "o-", label="classes")
ax.axhline(colorfulness(truth).mean().item(), ls="--", color="k", label="truth")
ax.set(xlabel="temperature", ylabel="colorfulness")
ax.legend()
show.stamp(fig)

# %% [markdown]
# Read the curve from right to left: sharpening changes the strength of the colors, without any new
# training.
#
# ### What the recorded runs say
#
# Before the first run we wrote down what we expected. With rebalanced classes, the gap to the truth's
# colorfulness is less than half of regression's, at no more than 1 dB lower PSNR. Without rebalancing,
# the gap is between the two. The next cells compute the verdicts from the records. A number without ±
# is one run. A verdict needs three seeds on both sides, and a 95 % interval of the difference
# ({doc}`07_metrics_deeper`) that lies wholly on one side of the margin.

# %%
from huelab import records
from huelab.ledger import tables

found = records.find()
columns = {
    "PSNR, dB": {"metric": "psnr", "space": "rgb", "averaging": "pictures"},
    "ΔE00": {"metric": "delta_e_2000"},
    "colorfulness gap": {"metric": "colorfulness_gap"},
}
heads = {
    "regression": "classes-regression",
    "classes, all of one weight": "classes-plain",
    "classes, rare ones with more weight": "classes",
}
rows = tables.side_by_side(heads, columns, found)
show.table(rows, caption="The test split of photos, one network")

# %%
from huelab import recipes
from huelab.ledger.statistics import Sample, of_difference

chosen = [recipes.get(name) for name in heads.values()]
profile = tables.best_profile(chosen, found)


def sample(name, metric, factor=1.0, **where):
    """One value of each recorded run: its size, times a factor."""
    runs = tables.runs_of(recipes.get(name), found, profile)
    place = recipes.get(name).place(profile)
    values = [records.value(run, metric, data=place, **where) for run in runs]
    seeds = tuple(run.seed for run in runs)
    return Sample(tuple(factor * abs(value) for value in values), seeds)


def verdict(first, second, margin=0.0):
    """Whether the first is below the second and a margin, at 95 %."""
    if not (first.enough and second.enough):
        return "too few runs yet"
    apart = of_difference(first, second)
    if apart.high < margin:
        return "holds"
    return "fails" if apart.low > margin else "cannot be told"


# %%
rgb = {"space": "rgb", "averaging": "pictures", "range": "1"}
half = sample("classes-regression", "colorfulness_gap", factor=0.5)
gaps = [sample(name, "colorfulness_gap") for name in heads.values()]
signal = [sample(name, "psnr", **rgb) for name in ("classes-regression", "classes")]
print("the gap is less than half:", verdict(gaps[2], half))
print("PSNR is at most 1 dB lower:", verdict(*signal, margin=1.0))
print("without rebalancing, smaller than regression's:", verdict(gaps[1], gaps[0]))
print("without rebalancing, larger than with it:", verdict(gaps[2], gaps[1]))

# %% [markdown]
# A colorfulness gap below zero means colors that are paler or less varied than the true ones, and a
# gap above zero means the contrary. The verdicts compare its size. PSNR and ΔE00 punish a strong wrong
# color more than a pale one. So a network can lose on both and still look more like a photograph.
# Which one is better depends on what you ask for.
#
# ## A network that takes hints
#
# {cite:t}`zhang2017real` let a network learn what to do with a person's marks. The network sees three
# more channels: $a^*$, $b^*$, and a mask that says where they were given. In training the hints are
# simulated from the true colors: mostly few (`_geometric`), mostly near the middle, each a patch of up
# to `LONGEST` pixels in its mean color (`_give`). A few pictures are given all of their colors.

# %%
from huelab.methods import simulated_hints

show.source(simulated_hints.simulate)

# %% mystnb={"image": {"alt": "Error against the number of hints for scribbles and for the guided network trained here. The curve of scribbles starts at gray and falls all the way; that of the network starts higher and hardly moves."}}
guided = trained(hinted=True)
counts = [0, 1, 3, 10, 30, 100]
methods = {"scribbles": Scribbles(), "guided network": guided}
curves = {
    name: [error(method.colorize(gray, guide=Guide(hints(n)))) for n in counts]
    for name, method in methods.items()
}

fig, ax = plt.subplots(figsize=(4.6, 2.8), layout="constrained")
for (name, values), style in zip(curves.items(), ("o-", "s--"), strict=True):
    ax.plot(range(len(counts)), values, style, label=name)
ax.set(xlabel="hints", ylabel="ΔE00", xticks=range(len(counts)))
ax.set_xticklabels(counts)
ax.legend()
show.stamp(fig)

# %% [markdown]
# The network here saw few pieces for a few seconds, and it hardly knows yet what a hint is for.
# Scribbles need no training to use one. The records say whether a network that is trained for longer
# needs fewer. All methods get the same hints there. We had expected that ten hints lower the guided
# network's error by at least a tenth.

# %%
takers = {"scribbles": "scribbles-photos", "guided network": "classes-guided"}
profile = tables.best_profile([recipes.get(name) for name in takers.values()], found)


def with_hints(title, profile):
    """ΔE00 of a method for each number of hints."""
    own, metric = recipes.get(takers[title]), "delta_e_2000_hints_{}"
    cells = [tables.measured(own, found, profile, metric.format(n)) for n in counts]
    return {"method": title} | dict(zip(map(str, counts), cells, strict=True))


rows = [with_hints(title, profile) for title in takers]
for n in map(str, counts):
    if all(row[n] for row in rows):
        best = min(rows, key=lambda row: row[n].mean)
        print(f"{n} hints, smaller mean error: {best['method']}")
ten = sample("classes-guided", "delta_e_2000_hints_10")
less = sample("classes-guided", "delta_e_2000_hints_0", factor=0.9)
print("ten hints lower the error by a tenth:", verdict(ten, less))
show.table(rows, caption="ΔE00 of test photographs against the number of hints")

# %% [markdown]
# ## Several answers
#
# One gray picture has many colorings. A distribution can give them if we draw a bin for each pixel. If
# every pixel drew alone, the picture would be noise. So the library draws one random number for each
# bin, *Gumbel noise*, and adds it to the scores of this bin in all pixels. The bin with the highest sum
# is drawn. Each pixel by itself is then a fair draw from its distribution, and pixels with the same
# distribution get the same color. In pictures the library softens the choice a little.

# %%
from huelab.methods import sampled

show.source(sampled.gumbel)

# %% [markdown]
# **Check.** For a distribution that we choose, how often is each bin drawn?

# %%
odds = torch.tensor([0.5, 0.3, 0.2])
scores = odds.log().view(1, 3, 1, 1).expand(20000, -1, -1, -1)
noise = sampled.gumbel(scores, torch.Generator().manual_seed(0))
drawn = (scores + noise).argmax(1).flatten().bincount() / 20000
for wanted, share in zip(odds.tolist(), drawn.tolist(), strict=True):
    print(f"wanted {wanted:.2f}, drawn {share:.2f}")
assert (drawn - odds).abs().max() < 0.02

# %%
draws = torch.Generator().manual_seed(3)
many = sampled.Sampled(classes)
answers = [many.colorize(gray, generator=draws) for _ in range(4)]
rows = [in_a_row(made) for made in answers]
alt = "Four colorings of the same three photographs, each with other colors"
show.frames(rows, [1, 2, 3, 4], description="draw", start=0, alt=alt)

# %% [markdown]
# Two numbers say what draws are worth. *Diversity* is the mean ΔE00 between two draws of one picture.
# The *best draw* is the one that is nearest to the truth.

# %%
from itertools import combinations

apart = [delta_e_2000(one, other).mean() for one, other in combinations(answers, 2)]
single = torch.stack([delta_e_2000(made, truth) for made in answers])
print(f"diversity: {torch.stack(apart).mean():.1f}")
print(f"one draw: {single.mean():.1f}, the best: {single.amin(0).mean():.1f}")
drawn = {
    "diversity": "draw_diversity",
    "one draw": "draw_delta_e_2000",
    "best of four": "best_draw_delta_e_2000",
    "colorfulness gap": "draw_colorfulness_gap",
}
drawers = {"classes": "classes", "GAN, its dropout": "cgan-photos-draws"}
named = {key: {"metric": name} for key, name in drawn.items()}
rows = tables.side_by_side(drawers, named, found)
show.table(rows, caption="Draws of the recorded networks on test photographs")

# %% [markdown]
# The second row is the conditional GAN of {doc}`05_cgan` with active dropout.
#
# ## Many networks as one
#
# An *ensemble* answers with the mean of several networks that began with other random weights. For the
# squared error there is an exact reason why it helps. Let $f_k$ be the answer of network $k$ of $K$,
# $\bar f$ their mean, and $y$ the truth:
#
# $$
# (\bar f - y)^2 = \frac1K \sum_k (f_k - y)^2 - \frac1K \sum_k (f_k - \bar f)^2 .
# $$ (eq-ensemble)
#
# The error of the mean is the mean of the errors, less how much the networks disagree. So its squared
# error is never larger than the average of its members'. It can be larger than that of the best
# member. The cell checks the equation on $a^*$ and $b^*$ of three small networks.

# %%
members = [regression, *(trained(seed, head="regression") for seed in (1, 2))]
with torch.no_grad():
    made = torch.stack([one.predict_lab(gray)[:, 1:] for one in members])
together, true = made.mean(0), lab[:, 1:]
left = F.mse_loss(together, true)
alone, disagreement = ((made - x).square().mean() for x in (true, together))
print(f"members {alone:.1f}, disagreement {disagreement:.1f}, together {left:.1f}")
assert torch.isclose(left, alone - disagreement, rtol=1e-4)

# %% [markdown]
# The equation says nothing about ΔE00. So the claim of paper 004 needs runs, with GANs as in
# {doc}`05_cgan`.

# %%
pair = {"one network": "cgan-photos", "three, averaged": "cgan-photos-ensemble"}
profile = tables.best_profile([recipes.get(name) for name in pair.values()], found)
errors = [sample(name, "delta_e_2000") for name in reversed(pair.values())]
print(f"three have a smaller ΔE00 than one: {verdict(*errors)}")
show.table(tables.side_by_side(pair, columns, found))

# %% [markdown]
# But the mean is paler, and a gray copy beats both: 004-R04 stays open.
#
# ## All of them
#
# All methods of this table color the same test photographs. The networks differ in their images and
# epochs, so a smaller error need not mean a better method. An exemplar is the
# training photograph whose light and dark parts lie most alike, and hints are true colors at random
# places. *Agreement* is how often a classifier says the same of the colored and the true picture
# ({doc}`07_metrics`).

# %%
everything = {
    "gray copy": "gray-copy-photos",
    "mean color": "mean-color-photos",
    "exemplar, found by lightness": "exemplar-photos",
    "regression": "classes-regression",
    "classes, all of one weight": "classes-plain",
    "classes, rebalanced": "classes",
    "guided network, no hints": "classes-guided",
    "conditional GAN": "cgan-photos",
    "three GANs, averaged": "cgan-photos-ensemble",
}
wide = columns | {"agreement": {"metric": "agreement_squeezenet"}}
rows = tables.side_by_side(everything, wide, found)
profile = tables.best_profile(map(recipes.get, everything.values()), found)
for row, name in zip(rows, everything.values(), strict=True):
    runs = tables.runs_of(recipes.get(name), found, profile)
    if runs and runs[0].cost.epochs:
        row |= {"images": runs[0].data.train.n, "epochs": runs[0].cost.epochs}
for title in takers:
    ten = with_hints(title, profile)["10"]
    rows.append({"method": f"{title}, 10 hints", "ΔE00": ten})
usable = [row for row in rows if row["ΔE00"] is not None]
best = min(usable, key=lambda row: row["ΔE00"].mean) if usable else None
print(f"smallest ΔE00: {best['method']}" if best else "Nothing has run yet.")
formats = {"images": ",", "epochs": ".0f"}
caption = "Test photographs; a dash: not run or not measured"
show.table(rows, formats=formats, caption=caption)

# %% [markdown]
# The last table says what each family asks of you, and how long one small photograph takes here. Its last
# column is our judgment. Several answers are four draws, the ensemble three networks.

# %%
import time


def seconds(method, **given):
    start = time.perf_counter()
    method.colorize(gray, guide=Guide(**given))
    return (time.perf_counter() - start) / len(gray)


timed = {
    "scribbles": seconds(Scribbles(), hints=hints(10)),
    "exemplar": seconds(Exemplar(), reference=references),
    "classes": seconds(classes),
    "guided network": seconds(guided, hints=hints(10)),
    "several answers": 4 * seconds(many),
    "ensemble": 3 * seconds(regression),
}

# %%
about = {
    "scribbles": ("marks everywhere", "you know the colors, and they must be right"),
    "exemplar": ("a similar photograph", "a series shows one scene"),
    "classes": ("nothing", "strong colors matter more than the error"),
    "guided network": ("a few marks, or none", "you know some colors, not the rest"),
    "several answers": ("a choice", "nobody knows the colors, and that should show"),
    "ensemble": ("nothing", "the error matters, and training time does not"),
}
rows = [
    {"family": name, "needs": needs, "seconds": timed[name]}
    | {"may suit you when": when}
    for name, (needs, when) in about.items()
]
show.table(rows, formats={"seconds": ".2f"})

# %% [markdown]
# ## Reading with care
#
# **Simulated hints are not a person's.** They are true colors, which a person may not know. They lie at
# random places, where a person would not put them.
#
# **An edge is not a border of things.** Scribbles cross from a face to a wall of equal lightness, and
# they stop at a shadow on one and the same wall.
#
# **One number hides a choice.** Where the color is uncertain, ΔE00 favors pale colors. Colorfulness
# favors strong ones, and a draw is meant to differ from the truth. Say first what you want.
#
# **Large pictures.** The system has one unknown for each pixel. Small systems are solved by factors of
# the matrix, larger ones step by step. Beyond the limit `most` of `Scribbles` the library solves a
# smaller picture and carries the colors up along the edges ({doc}`02_lab`).
#
# ## Exercises
#
# Try first, then unfold the solution. Code ends with an `assert` that is true only if it works.
#
# **Exercise 1 (recall): who knows the color?** For scribbles, exemplars, classes, and a guided network:
# where does the color of a pixel come from, and by what does it find its place in the picture? Which
# of the four need no training?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# *Scribbles*: colors come from a person's marks and spread to neighbors of similar lightness.
# *Exemplars*: colors come from a reference and go to pixels of similar lightness and texture.
# *Classes*: colors come from the training photographs. The network says how probable each bin is at
# each place. *Guided network*: colors come from the training photographs and from marks, and the
# network has learned how far a mark reaches. Scribbles and exemplars need no training.
# :::

# %% [markdown]
# **Exercise 2 (compute): how many hints are enough?** With scribbles, find the smallest number of hints
# among 1, 2, 4, 8, ... at which the ΔE00 of the three photographs is at most half of gray's.

# %% tags=["solution", "hide-cell"]
start, number = error(gray.expand(-1, 3, -1, -1)), 1
while error(Scribbles().colorize(gray, guide=Guide(hints(number)))) > start / 2:
    number *= 2
print(f"{number} hints")
assert number > 1

# %% [markdown]
# **Exercise 3 (change the code): swatches.** Make a gray picture of two textures that have one mean
# lightness, and a reference with their colors the wrong way around. Then change the call of
# `Exemplar()` above: pair the parts with `Swatch` from `huelab.methods.exemplar`, so that each half
# still gets the color that you want. A box is (top, left, bottom, right), from 0 to 1.

# %% tags=["solution", "hide-cell"]
from huelab.methods.exemplar import Swatch

torch.manual_seed(0)
stripes = torch.tensor([-6.0, -6, 6, 6]).repeat(15)
texture = 50 + torch.randn(1, 1, 40, 60) / 2
texture += stripes.where(torch.arange(60) >= 30, 0)
neutral = lab_to_rgb(torch.cat([texture, torch.zeros(1, 2, 40, 60)], 1))[:, :1]
axis = torch.where(torch.arange(60) < 30, -20.0, 20.0).expand(1, 1, 40, 60)
wrong = lab_to_rgb(torch.cat([texture, -axis, 0 * axis], 1))
left, right = (0.2, 0.1, 0.8, 0.4), (0.2, 0.6, 0.8, 0.9)
guide = Guide(reference=wrong)
paired = Exemplar(swatches=(Swatch(left, right), Swatch(right, left)))
plain, swapped = (m.predict_lab(neutral, guide)[0, 1] for m in (Exemplar(), paired))
before, after = (made[:, :26].mean().item() for made in (plain, swapped))
print(f"left half, a*: {before:.0f} without, {after:.0f} with swatches")
assert before > 10 and after < -10

# %% [markdown]
# **Exercise 4 (compute): the pale mean.** Half of all balloons are red, $(a^*, b^*) = (70, 50)$, and
# half are blue, $(10, -60)$. Which single answer has the least squared error? Now red has a probability
# of 0.6. Read one color out at the temperatures 1 and 0.1. How large is the chroma of each answer?

# %% tags=["solution", "hide-cell"]
balloons = torch.tensor([[70.0, 50.0], [10.0, -60.0]])
print(f"least squared error: {balloons.mean(0).tolist()}")
scores = torch.tensor([0.6, 0.4]).log().view(1, 2, 1, 1)
chroma = {}
for temperature in (1.0, 0.1):
    answer = hue_bins.read_out(
        scores, balloons, torch.ones(2), temperature=temperature
    ).flatten()
    chroma[temperature] = answer.norm().item()
    print(f"temperature {temperature}: chroma {chroma[temperature]:.0f}")
assert chroma[1.0] < 0.6 * chroma[0.1]

# %% [markdown]
# **Exercise 5 (open question): an archive of a town.** An archive has 5,000 gray photographs of one
# town, color postcards of 20 of its streets, and two volunteers for a month. Which families would you
# use for which photographs, and how would you find out whether it worked?

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# No answer is the right one. A good one (1) counts the work: two people cannot mark 5,000 photographs.
# (2) It uses what is known: postcards as exemplars for the same streets, and marks where somebody knows
# the colors. (3) It names the weakness of each choice, such as an exemplar that matches lightness and
# not things, or a postcard whose colors were painted. (4) It proposes a test with known colors that
# were kept aside, and compares with a gray copy. (5) It says what it wants, a small error or strong
# colors, before it picks a number. (6) It labels the results as invented. Two points for each of (1) to
# (4), one for each of the others.
# :::

# %% [markdown]
# ## What to remember
#
# - A mark spreads as far as the lightness does not change, whether the thing ends there or not.
# - An exemplar gives colors of the right kind, and puts them where lightness and texture agree.
# - A squared error asks an uncertain network for the mean, which is pale. A distribution keeps the
#   strong colors apart, and what you read out of it is your decision.
# - The same distribution gives safe colors, strong ones, and several answers.
# - In squared error, the mean of several networks is never worse than their average. The mean of
#   different colors is paler than they are.
#
# ## Further reading
#
# {cite:t}`levin2004colorization` introduced scribbles, and {cite:t}`welsh2002transferring` exemplars.
# {cite:t}`zhang2016colorful` predict classes, and {cite:t}`zhang2017real` train a network that takes
# hints.
