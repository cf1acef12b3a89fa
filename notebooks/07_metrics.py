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
# # Metrics: what a number sees and what it misses
#
# How good is a colorization? The papers of this book answer with a number, and each number is blind
# in its own way. One number moves by six decibels although nobody has touched the picture. Another
# gives half of all points to photographs that were left gray. This chapter shows what each number
# sees. At the end you are the judge, in a blind test.
#
# **What you will learn**
#
# - Which questions to ask before you believe an error, an "accuracy" or a distance between sets.
# - Which metric sees which damage: pale colors, wrong colors, colors that run over edges.
# - How to run a blind test, and how to give its result with a confidence interval.
#
# **What it needs.** {doc}`01_grayscale` for the kinds of gray, {doc}`02_lab` for $L$, $a$, $b$ and
# $\Delta E$. Nothing is downloaded. You may skip {doc}`07_metrics_deeper`, which goes further.

# %%
from huelab import show

show.needs("07_metrics")

# %% [markdown]
# ## What the papers say
#
# These claims come from the [ledger](../book/ledger.md), in our words. The first three digits are
# the paper's number in this book. R marks a result, and X an inconsistency. The words of the
# claims, such as *accuracy*, are explained below.

# %%
from huelab import ledger

claims = {claim.id: claim for claim in ledger.read_claims()}
discussed = ["000-R02", "000-R05", "000-X05", "002-R02", "002-R03"]
discussed += ["002-R05", "002-R06", "002-X01", "002-X05", "004-R01", "004-R05"]
show.table([{"id": key, "claim": claims[key].claim} for key in discussed])

# %% [markdown]
# ## Something to judge
#
# The truth is the test split of the embedded photographs: square crops of a few photographs. Crops
# of one photograph resemble each other, so there are fewer independent pictures than crops.

# %% tags=["nbval-check-output"]
import torch
from huelab.data import open_dataset

crops = [open_dataset("embedded", split, size=128) for split in ("train", "test")]
train, truth = (torch.stack(list(pictures)) / 255 for pictures in crops)
owners = {file.split("/")[0] for file in crops[1].files}
print("train", tuple(train.shape), " truth", tuple(truth.shape))
print(f"{len(truth)} crops of {len(owners)} test photographs")

# %% [markdown]
# Four of our five colorizers know nothing of what they see. *Gray copy* adds no color. *Mean color*
# gives every pixel the mean $a$ and $b$ of the training pictures. *Sepia* tints like an old print.
# *Color per gray* gives each of 256 gray levels its mean training color. The fifth is the network
# of {doc}`00_first_color` that learned from thousands of photographs. Its weights come from the
# record of its run. `recolor` gives each method the kind of gray that it was made for, its
# `gray_formula`.

# %% mystnb={"image": {"alt": "Four random crops of the test photographs in six columns: gray copy, mean color, sepia, color per gray, network, truth. The gray copy has no color. Mean color is brown and sepia olive all over. Color per gray is brown with a green tint at some gray levels. The network has some local color, far paler than the truth."}}
from huelab import records
from huelab.color import rgb_to_gray
from huelab.methods import trained
from huelab.methods.baselines import ColorPerGray, GrayCopy, MeanColor, Sepia
from huelab.methods.recolor import recolor

methods = {
    "gray copy": GrayCopy(),
    "mean color": MeanColor.fit([train]),
    "sepia": Sepia(),
    "color per gray": ColorPerGray.fit([train]),
}
runs = records.find("first", profile="full")
if runs:
    methods["network"] = trained.load(runs[-1])
best, mixed = list(methods)[-1], "quick and full" if runs else None
colored = recolor(methods, truth)
show.grid({**colored, "truth": truth}, n=4, seed=7, profile=mixed)

# %% [markdown]
# **Look at** the rows and rank the five methods before you read on; we come back to your ranking.
#
# ## Errors of values
#
# The boxes show the steps of most metrics, and how many numbers each step leaves of one crop:

# %%
c, h, w = truth.shape[1:]
way = [("RGB of truth and prediction", (c, h, w)), ("a and b of both", (2, h, w))]
way += [("squared differences", (2, h, w)), ("mean over pixels", (1,))]
way += [("decibels, with a peak", (1,))]
show.layers(way, alt="The way from two pictures to one PSNR, here in a and b")

# %% [markdown]
# Let $y$ be the truth and $\hat y$ the prediction, with $n$ values each: pixels times channels.
# Then
#
# $$
# \begin{gathered}
# \mathrm{MAE} = \frac{1}{n} \sum_{i=1}^{n} |\hat y_i - y_i|, \qquad
# \mathrm{MSE} = \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2, \\
# \mathrm{PSNR} = 10 \log_{10} \frac{P^2}{\mathrm{MSE}}.
# \end{gathered}
# $$ (eq-psnr)
#
# MAE is the *mean absolute error*, MSE the *mean squared error*. PSNR, the *peak signal-to-noise
# ratio* in decibels (dB), is the squared error on a logarithmic scale, against the *peak* $P$, the
# width of the range that values can have. Higher is better. 10 dB more means a tenth of the squared
# error; 6 dB more means an error about half as large.


# %%
def mse(pred, true):
    """One value for each picture: (N, C, H, W) twice to (N,)."""
    return (pred - true).square().mean((1, 2, 3))


def psnr(error, peak=1.0):
    """Decibels, from squared errors of any shape."""
    return 10 * torch.log10(peak**2 / error)


# %% [markdown]
# **Check**, against scikit-image, which has its own code, and against the library of this book.

# %% tags=["nbval-check-output"]
import numpy as np
from huelab import metrics
from skimage.metrics import peak_signal_noise_ratio as other_psnr

sepia = colored["sepia"]
arrays = [x.movedim(1, -1).double().numpy() for x in (truth, sepia)]
other = [other_psnr(x, y, data_range=1) for x, y in zip(*arrays, strict=True)]
ours = psnr(mse(sepia, truth))
library = metrics.psnr(sepia, truth, space="rgb", data_range=1)
print("scikit-image agrees:", np.allclose(ours, other, atol=1e-3))
print("huelab agrees:      ", np.allclose(ours, library, atol=1e-3))

# %% [markdown]
# The formulas {eq}`eq-psnr` leave three things open, and together they are the *protocol*: the
# *space* whose values are compared (RGB, or $a$ and $b$ divided by something), the *peak*, and the
# *average* (a mean over pictures, or one error pooled over all). A paper that prints one PSNR has
# chosen all three. Below, only the protocol changes, in six measurements of the gray copy.

# %%
from huelab.color import rgb_to_lab

gray_copy = colored["gray copy"]
error = mse(gray_copy, truth)
error_ab = mse(rgb_to_lab(gray_copy)[:, 1:], rgb_to_lab(truth)[:, 1:])
protocols = {
    "RGB, mean over pictures": psnr(error).mean(),
    "RGB, pooled": psnr(error.mean()),
    "ab/128, peak 1": psnr(error_ab / 128**2).mean(),
    "ab/128, peak 2": psnr(error_ab / 128**2, peak=2).mean(),
    "ab/110, peak 1": psnr(error_ab / 110**2).mean(),
    "ab/110, peak 2": psnr(error_ab / 110**2, peak=2).mean(),
}
values = [value.item() for value in protocols.values()]
span = max(values) - min(values)
print(f"{span:.1f} dB between two protocols for one and the same method")
assert values[0] > values[1]  # Jensen's inequality
assert abs(values[3] - values[2] - 20 * np.log10(2)) < 1e-3
assert abs(values[2] - values[4] - 20 * np.log10(128 / 110)) < 1e-3
rows = [{"protocol": k, "PSNR (dB)": v.item()} for k, v in protocols.items()]
show.table(rows, formats={"PSNR (dB)": ".2f"})


# %% [markdown]
# **Look at** the lines of $a$ and $b$. Values in $[-1, 1]$ have the width 2, but some code passes
# the peak 1, and loses $20 \log_{10} 2 \approx 6.02$ dB. The divisor moves the value too, whatever
# the picture. The mean over pictures is above the pooled value, because the logarithm lets a few
# easy pictures lift the mean. {doc}`07_metrics_deeper` draws many more protocols.
#
# Paper 002 {cite:p}`cevallos2021very` prints an MSE and a PSNR side by side and names neither space
# nor peak. {doc}`04_vgg` computes that neither peak leads from one to the other (002-X01). The data
# set with the smaller squared error even has the smaller PSNR (002-X05). That can happen without a
# mistake in arithmetic, if the two numbers follow two protocols, such as an MSE in $a$ and $b$ and
# a PSNR in RGB, or a pooled MSE and a mean of PSNRs. So these numbers can be compared with ours
# only after a protocol has been assumed, and an assumption can be wrong. The records of this book
# hold MAE and MSE in ab/128, and PSNR in RGB as the mean over pictures, the usual choice.
#
# ## The accuracy that gray scores
#
# Paper 000 {cite:p}`rahman2020enhanced` reports a *validation accuracy* of a little more than one
# half. Accuracy counts right answers. But a colorizer answers with numbers, not with classes. With
# `metrics=["accuracy"]`, Keras takes the last axis for the scores of classes and compares the
# largest. The last axis here is red, green, blue:
#
# $$
# \mathrm{accuracy} = \frac{1}{HW} \sum_{\text{pixels}} \bigl[\,\arg\max(\hat R, \hat G, \hat B)
# = \arg\max(R, G, B)\,\bigr].
# $$
#
# The bracket is 1 if the two agree and 0 if not. So each pixel is asked which of the three channels
# is largest; ties go to the first. Keras compares floats. We round to 8 bits first, as in a saved
# picture, so that the equal channels of a gray pixel are a tie.


# %%
def keras_accuracy(pred, true):
    """One value for each picture, in 8 bits; ties go to the first channel."""
    largest = [(x * 255).round().argmax(dim=1) for x in (pred, true)]
    return (largest[0] == largest[1]).float().mean((1, 2))


score = {name: keras_accuracy(picture, truth) for name, picture in colored.items()}
red = ((truth * 255).round().argmax(dim=1) == 0).float().mean()
print(f"red is the largest channel in {red:.1%} of the true pixels")
for name in ("gray copy", "mean color", "sepia"):
    assert abs(score[name].mean() - red) < 0.003
rows = [{"method": name, "accuracy": v.mean().item()} for name, v in score.items()]
show.table(rows, formats={"accuracy": ".1%"}, profile=mixed)

# %% [markdown]
# **Look at** the first three lines: three different pictures, one accuracy. A gray pixel has three
# equal channels; all tie, and the first is red. In mean color and sepia red is largest everywhere.
# So all three answer "red" for every pixel, except a few that rounding decides. Their accuracy is
# the share of true pixels in which red is largest, a property of the photographs and not of the
# methods. Records say what the gray copy scores on the test pictures of CIFAR-10
# {cite:p}`krizhevsky2009learning`, the data of paper 000, and on other sets. (`huelab list data`
# says what each set is.)

# %%
from huelab.ledger import tables

rows, sets = [], ["cifar10", "fruits360", "faces", "kodak24", "ncd", "photos_open"]
for name in sets:
    columns = {"accuracy": {"metric": "channel_argmax_accuracy"}}
    (row,) = tables.side_by_side({"gray copy": f"gray-copy-{name}"}, columns)
    rows.append({"test set": name} | row)
for key in ("000-R05", "000-R02"):
    row = {"test set": "CIFAR-10", "method": f"a network of paper 000 ({key})"}
    rows.append(row | {"accuracy": claims[key].value})
formats = {"accuracy": lambda v: f"{v.mean:.1%}" if hasattr(v, "mean") else v}
gray_on_cifar = rows[0]["accuracy"]
assert gray_on_cifar is None or 0.49 < gray_on_cifar.mean < 0.53
show.table(rows, formats=formats)

# %% [markdown]
# **Look at** the spread. Portraits (*faces*) have red as the largest channel nearly everywhere, so
# leaving a picture gray scores very high there. On CIFAR-10 the network without regularization
# (000-R05) has about the accuracy of pictures that were not colored at all; the better network
# (000-R02) is a few points above. (Our CIFAR-10 is a copy stored as JPEG.) That does not prove that
# the network learned nothing. It proves that this number cannot tell. A perfect accuracy proves as
# little (exercise 3).
#
# ## Differences that people see
#
# {doc}`02_lab` met $\Delta E$, the distance of two colors in Lab (*CIE76*), and saw that equal
# distances do not look equal: the stronger a color, the smaller a step looks. CIEDE2000
# {cite:p}`sharma2005ciede2000`, written ΔE00, corrects for it. Lower is better, and about 1 is just
# visible. In each of four pairs of colors the right half has 15 units of chroma more than the left.
# $L$ and hue are the same.

# %% mystnb={"image": {"alt": "Four patches, each split into a left and a right half whose colors are fifteen Lab units apart: from gray beside brown on the left to two strong oranges on the right. CIEDE2000, written above each patch, falls from patch to patch."}}
from huelab.color import in_gamut, lab_to_rgb

angle = torch.tensor(60 * torch.pi / 180)
direction = torch.stack([angle.cos(), angle.sin()])
patches = {}
for chroma in (0, 20, 40, 65):
    halves = torch.full((3, 60, 120), 65.0)
    halves[1:] = (chroma * direction).view(2, 1, 1)
    halves[1:, :, 60:] += (15 * direction).view(2, 1, 1)
    ends = halves[:, :1, :1], halves[:, :1, -1:]
    old, new = metrics.cie76(*ends).item(), metrics.ciede2000(*ends).item()
    assert in_gamut(halves).all()
    patches[f"CIE76 {old:.0f}, ΔE00 {new:.1f}"] = lab_to_rgb(halves)
show.pictures(patches, size=160)

# %% [markdown]
# **Look at** the middle line of each patch. CIE76 says that all four steps are equal. CIEDE2000 says
# that the last is less than a third of the first. With which do you agree? Now take out your
# ranking: here are our five methods, by four metrics. SSIM, the *structural similarity*
# {cite:p}`wang2004image`, compares the detail in small windows; 1 is best.

# %%
judges = {
    "PSNR (dB)": lambda pred, true: psnr(mse(pred, true)),
    "SSIM": metrics.ssim,
    "CIE76": metrics.delta_e_76,
    "ΔE00": metrics.delta_e_2000,
}
rows = []
for name, picture in colored.items():
    values = {judge: f(picture, truth).mean().item() for judge, f in judges.items()}
    rows.append({"method": name} | values)
order, best_first = {}, {"PSNR (dB)": -1, "SSIM": -1, "CIE76": 1, "ΔE00": 1}
for judge, sign in best_first.items():
    ranked = sorted(rows, key=lambda row: sign * row[judge])
    order[judge] = [row["method"] for row in ranked]
    print(f"{judge:9s}", " > ".join(order[judge]))
assert {tuple(names[:2]) for names in order.values()} == {(best, "gray copy")}
assert {names[-1] for names in order.values()} == {"sepia", "mean color"}
formats = dict(zip(judges, [".2f", ".3f", ".2f", ".2f"], strict=True))
show.table(rows, formats=formats, profile=mixed)

# %% [markdown]
# The network and the gray copy come first everywhere. Behind them the order depends on whom you ask:
# two metrics put sepia last, the other two mean color. This book prints CIEDE2000, and CIE76 only
# where a paper used it.
#
# ## Damage and metric
#
# We damage the *truth* in one known way at a time, and ask every metric how bad it is. A metric
# that gives the same answer for both is blind to that damage. `fit_gamut` of {doc}`02_lab` takes
# care of colors that sRGB cannot show.

# %%
from huelab.color import fit_gamut
from torchvision.transforms.functional import gaussian_blur


def join(L, ab):
    """RGB, from L and from ab of one shape but for the channels."""
    return lab_to_rgb(fit_gamut(torch.cat([L, ab], dim=1)))


def turn(ab, degrees):
    """Rotate every hue by an angle."""
    t = torch.tensor(degrees * torch.pi / 180)
    a, b = ab.unbind(1)
    return torch.stack([t.cos() * a - t.sin() * b, t.sin() * a + t.cos() * b], 1)


# %% [markdown]
# Eight metrics look at each damage. You know some of them. *Chroma* is the mean absolute difference
# of the chroma $C = \sqrt{a^2 + b^2}$, and *hue* that of its angle in degrees, over the pixels that
# are not nearly gray. *Leaking* is a measure of this book: how much of the color change over the
# true edges lies next to them (0 none, 1 all). *Colorful* is the colorfulness minus that of the
# truth. Colorfulness {cite:p}`hasler2003measuring` is a formula that follows people's answers to
# how colorful a picture is; it grows with the strength and the variety of colors. *Argmax* is the
# accuracy of Keras from above. `harm` turns each into a damage: PSNR into the root of its squared
# error, SSIM and argmax into one minus the value, the others into their size.

# %%
lenses = {
    "PSNR": judges["PSNR (dB)"],
    "SSIM": metrics.ssim,
    "ΔE00": metrics.delta_e_2000,
    "chroma": metrics.chroma_error,
    "hue": metrics.hue_error,
    "leaking": metrics.color_leaking,
    "colorful": metrics.colorfulness_gap,
    "argmax": metrics.channel_argmax_accuracy,
}
formats = [".1f", ".3f", ".1f", ".1f", ".0f", ".2f", ".1f", ".1%"]
digits = dict(zip(lenses, formats, strict=True))
as_error = {"PSNR": lambda v: 10 ** (-v / 20), "SSIM": lambda v: 1 - v}
as_error["argmax"] = as_error["SSIM"]


# %%
def look(pred, true):
    """Each metric, as the mean over pictures; NaN where it has no answer."""
    return {name: f(pred, true).nanmean().item() for name, f in lenses.items()}


def harm(found):
    """The same numbers, but 0 for no damage, and more for more."""
    return {name: as_error.get(name, abs)(value) for name, value in found.items()}


# %% [markdown]
# ### The amount of damage
#
# First one photograph, which a seed has chosen, and a growing amount of three damages: hues turned
# by an angle, chroma multiplied by a factor, and color shifted to the right against the lightness.

# %%
views = open_dataset("embedded", "test", size=160)
centers = [k for k, file in enumerate(views.files) if file.endswith("/00")]
photograph = views[centers[show.choose(len(centers), 1, seed=3)[0]]][None] / 255
L, ab = rgb_to_lab(photograph).split([1, 2], dim=1)
amounts = {
    "turn of the hue": {f"{t}°": turn(ab, t) for t in (0, 10, 20, 40, 60, 90, 180)},
    "chroma factor": {str(f): f * ab for f in (1, 0.8, 0.6, 0.4, 0.2, 0)},
    "shift of the color": {f"{p} px": ab.roll(p, -1) for p in (0, 1, 2, 4, 8, 16)},
}

# %%
made = {  # in 8 bits, as in a saved picture
    damage: [(join(L, x) * 255).round() / 255 for x in steps.values()]
    for damage, steps in amounts.items()
}
read = {d: [look(x, photograph) for x in made[d]] for d in made}
harms = [harm(found) for steps in read.values() for found in steps]
worst = {name: np.nanmax([found[name] for found in harms]) for name in lenses}


# %%
def said(name, value):
    """The reading of a metric in words."""
    if np.isnan(value):
        return "–"
    return "∞" if np.isinf(value) else f"{value:{digits[name]}}"


def amount_of(damage, alt):
    """A slider: the picture, what each metric reads, and its share of the worst."""
    readings = [
        {k: (said(k, v), harm(found)[k] / worst[k]) for k, v in found.items()}
        for found in read[damage]
    ]
    steps, pictures = list(amounts[damage]), [x[0] for x in made[damage]]
    form = {"description": damage, "alt": alt, "start": 3, "width": 220}
    return show.meters(pictures, steps, readings, **form)


# %% [markdown]
# Move each slider with the mouse or with the arrow keys. Each bar is the damage that a metric sees.
# A full bar, 100 %, is the worst that it saw in any position of the three sliders.

# %%
amount_of("turn of the hue", alt="A photograph of a red motorcycle in a garage")

# %%
amount_of("chroma factor", alt="A photograph of a red motorcycle in a garage")

# %%
amount_of("shift of the color", alt="A photograph of a red motorcycle in a garage")

# %%
turned, paler, shifted = (
    [{m: v / worst[m] for m, v in harm(found).items()} for found in steps]
    for steps in read.values()
)
assert max(step[m] for step in turned for m in ("chroma", "colorful")) < 0.4
assert max(step[m] for step in paler[:-1] for m in ("hue", "leaking")) < 0.03
assert max(step["argmax"] for step in paler) < 0.2
assert shifted[3]["leaking"] == 1 and max(step["PSNR"] for step in shifted) < 0.5

# %% [markdown]
# **Look at** the bars that stay short.
#
# - As the hue turns, *chroma* and *colorful* stay low: the amount of color is about right.
# - As the chroma falls, *hue* and *leaking* stay at zero, up to rounding. In the last position they
#   have no answer: a picture without color has no hue and no color edge. *Argmax* hardly moves.
# - As the color is shifted, *leaking* is worst at four pixels. Then it falls, because it looks only
#   near the edges. *PSNR* never comes to half of its worst.
#
# ### Nine damages
#
# Now all crops, and nine kinds of damage, each in one amount:

# %% mystnb={"image": {"alt": "One crop of a test photograph ten times: the truth and nine damaged versions, among them one without color, one with half the chroma, one with turned hues, one with a yellow cast, one with a corner in opposite colors, two whose colors run over the edges, one blurred and one lighter."}}
L, ab = rgb_to_lab(truth).split([1, 2], dim=1)
corner = ab.clone()
corner[:, :, :64, :64] = turn(ab, 180)[:, :, :64, :64]
damages = {
    "no color": join(L, 0 * ab),
    "half the chroma": join(L, 0.5 * ab),
    "hue turned by 40°": join(L, turn(ab, 40)),
    "yellow cast": join(L, ab + torch.tensor([0.0, 12.0]).view(2, 1, 1)),
    "one corner opposite": join(L, corner),
    "color blurred": join(L, gaussian_blur(ab, 37, 6.0)),
    "color shifted 4 px": join(L, ab.roll(4, dims=-1)),
    "all blurred": gaussian_blur(truth, 9, 1.5),
    "lighter by 6 L": join((L + 6).clamp(max=100), ab),
}
index = show.choose(len(truth), 1, seed=3)[0]
crop = {name: batch[index] for name, batch in {"truth": truth, **damages}.items()}
show.pictures(crop, ncols=5, size=138)

# %% [markdown]
# The figure shows what each metric sees of each damage, again as a share of the worst in its column.
# A dash means that the metric has no answer.

# %% mystnb={"image": {"alt": "Table of nine damages by eight metrics, each cell shaded from dark blue for no damage seen to yellow for the worst of the column, with the percentage written in. Half of the columns are brightest for no color. Chroma is dark for the turned hue, hue is dark for half the chroma, SSIM is brightest where everything is blurred, and leaking is dark except where something is blurred or shifted."}}
import matplotlib.pyplot as plt

seen = {damage: harm(look(picture, truth)) for damage, picture in damages.items()}
table = np.array([list(row.values()) for row in seen.values()])
share = table / np.nanmax(table, axis=0)
fig, axes = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
axes.imshow(share, cmap="cividis", vmin=0, vmax=1, aspect="auto")
for (row, column), value in np.ndenumerate(share):
    text = "–" if np.isnan(value) else f"{100 * value:.0f}"
    ink = "black" if value > 0.4 or np.isnan(value) else "white"
    axes.text(column, row, text, ha="center", va="center", color=ink, size=9)
axes.set_xticks(range(len(lenses)), lenses, rotation=30, ha="right")
axes.set_yticks(range(len(seen)), seen)
axes.set_title("damage seen, % of the worst in each column", size=10)
show.stamp(fig)

# %%
pairs = zip(seen, share.tolist(), strict=True)
by = {d: dict(zip(lenses, row, strict=True)) for d, row in pairs}
shifted, rotated = by["color shifted 4 px"], by["hue turned by 40°"]
lighter, half = by["lighter by 6 L"], by["half the chroma"]
blurred, none = by["all blurred"], by["no color"]
assert min(shifted["leaking"], by["color blurred"]["leaking"]) > 0.3
assert max(d["leaking"] for d in (half, rotated, by["yellow cast"])) < 0.05
assert rotated["chroma"] < 0.1 and half["hue"] < 0.02 and half["chroma"] > 0.4
assert blurred["SSIM"] > none["SSIM"] and blurred["ΔE00"] < 0.5 * none["ΔE00"]
assert lighter["PSNR"] > shifted["PSNR"] and lighter["chroma"] < 0.15
assert half["argmax"] < 0.05 and rotated["ΔE00"] > 0.9
same_amount = ("yellow cast", "one corner opposite", "color shifted 4 px")
assert max(by[name]["colorful"] for name in same_amount) < 0.15

# %% [markdown]
# **Look at** the figure by column: what is dark, the metric hardly sees.
#
# - **SSIM** finds the blurred picture worse than the one without any color. It sees detail, and
#   a colorizer is given the detail.
# - **PSNR** punishes a little more light, which leaves every color as it was, harder than colors that
#   have slipped over their edges. **Leaking** is there for just those.
# - **Chroma** sees little of a turned hue, and **hue** sees nothing of pale colors. You need both, or
#   CIEDE2000, which sums them up and then cannot say which it was.
# - **Colorful** hardly sees a yellow cast, a corner in opposite colors or a shift: it does not ask
#   which color.
# - **Argmax** hardly sees half the chroma: the largest channel stays the largest.
#
# No two columns agree, and none is bright for everything. So a table needs several.
#
# ## A distance between sets
#
# All numbers so far compare a picture with *its* truth. But a viewer need not find it wrong if a
# red car is colored blue. The *Fréchet distance* asks whether the colored pictures, as a *set*,
# look like true ones. A network that was trained for another task turns every picture into $D$
# numbers, its *features*. To the features of each set a Gaussian is fitted, with mean $m$ and
# covariance matrix $S$. Then {cite:p}`heusel2017gans`
#
# $$
# d^2 = \lVert m_1 - m_2 \rVert^2 + \mathrm{Tr}\left(S_1 + S_2 - 2\,(S_1 S_2)^{1/2}\right).
# $$ (eq-frechet)
#
# Tr, the trace, is the sum of the diagonal. What is called the distance is this square; lower is
# better. With the features of one certain Inception network {cite:p}`szegedy2016rethinking`, its
# reference weights and its way of resizing, it is called *FID*. Now we draw two sets of $n$ features
# from *the same* Gaussian, so that the true distance is 0:

# %%
draw = torch.Generator().manual_seed(0)


def features(n, D=64):
    return torch.randn(n, D, generator=draw, dtype=torch.float64)


# %%
rows = []
for n in (100, 500, 2500):
    distance = metrics.frechet_distance(features(n), features(n)).item()
    rows.append({"n": n, "measured distance": distance})
show.table(rows, formats={"n": ",", "measured distance": ".1f"})

# %% [markdown]
# **Look at** the first line: few pictures make a distance where there is none. Five times as many
# pictures give about a fifth of it. So compare two distances only for the same $n$, network and
# resizer. This book writes all three into the name, such as `fd_squeezenet_bilinear224_n504`.
#
# ### What a classifier says
#
# A classifier can judge single pictures by what they show {cite:p}`zhang2016colorful`. *Agreement*
# is the share of pictures in which its first answer for the colored picture is that for the true
# one. It needs no labels. Compare it with the gray copy's, because a classifier knows many things
# without color. The next cell reads records, with SqueezeNet as the classifier:

# %%
tried = [name for name in methods if name != "network"]
judged = {method: f"{method.replace(' ', '-')}-photos" for method in tried}
judged["HueNet, chapter 09"] = "huenet"
column = {"metric": "agreement_squeezenet", "data": "photos/test at 256"}
rows = tables.side_by_side(judged, {"agreement": column})
gray_row, *tints, huenet = (row["agreement"] for row in rows)
assert max(row.mean for row in tints) < gray_row.mean < huenet.mean
show.table(rows, formats={"agreement": lambda v: f"{v.mean:.1%}"})

# %% [markdown]
# The tints of the other baselines mislead the classifier, and the colors of a trained network help
# it. But a car in a wrong color is still a car.
#
# ## The baselines, on record
#
# The four colorizers without a network have full runs on the test splits of larger data sets. Which of
# them is the best? *MAE ab* is the MAE of $a$ and $b$ after both were divided by 128. *Colorful* is
# best near 0.

# %%
better = {"PSNR": max, "SSIM": max, "MAE ab": min, "ΔE00": min, "colorful": min}
columns = {
    "PSNR": {"metric": "psnr", "space": "rgb", "averaging": "pictures"},
    "SSIM": {"metric": "ssim"},
    "MAE ab": {"metric": "mae", "space": "ab/128"},
    "ΔE00": {"metric": "delta_e_2000"},
    "colorful": {"metric": "colorfulness_gap"},
}
rows = {}
for name in sets:
    chosen = {method: f"{method.replace(' ', '-')}-{name}" for method in tried}
    rows[name] = tables.side_by_side(chosen, columns)
winners = []
for name, here in rows.items():
    winner = {"test set": name}
    for column, best_of in better.items():
        known = {row["method"]: abs(row[column].mean) for row in here if row[column]}
        winner[column] = best_of(known, key=known.get, default="–")
    winners.append(winner)
differ = [w["test set"] for w in winners if len(set(w.values())) > 2]
print("the metrics disagree on:", ", ".join(differ))
show.table(winners, profile="full", caption="the best baseline by metric")

# %% [markdown]
# **Look at** the sets on which the metrics disagree. There the metric decides the winner. Color per
# gray is a strong baseline, although it knows nothing about objects. A network that does not beat
# it gives no sign that it sees more than single pixels.
#
# ## Ask people: a blind test
#
# Paper 004 says that its method looks better than others (004-R01) and gives no number (004-R05).
# The eye is a good judge if it does not know whose picture it sees. So a test needs: **pairs** of
# the same photograph by two methods; a **hidden order**, left and right by chance; a **question**
# that all are asked in the same words; and **pictures chosen by a seed**, not by the author. Below
# is such a test. Click the picture that you choose, or walk to it with the Tab key and press Enter.
# The score and the methods' names appear at the end.

# %%
rival, twelve = "mean color", show.choose(len(truth), 12, seed=11)
show.blind_test(
    colored[rival][twelve],
    colored[best][twelve],
    names=(rival, best),
    question="Which of the two has the more believable colors?",
    seed=2024,
    alt="a colored crop of a test photograph",
    width=240,
    profile=mixed,
)

# %% [markdown]
# On this page everybody sees one order. In a class, let every student run the cell with a *seed of
# their own*, and collect the scores.
#
# How sure is your score? If $k$ of $n$ answers are for one method, $\hat p = k/n$ estimates the
# probability $p$ of such an answer. The *95 % confidence interval* of Wilson
# {cite:p}`wilson1927probable` holds all $p$ from which the observed $\hat p$ is less than $z$
# standard deviations away. A Gaussian has 95 % of its values within $z \approx 1.96$ deviations.
# The interval is
#
# $$
# \frac{1}{1 + z^2/n}
# \left( \hat p + \frac{z^2}{2n}
# \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}} \right).
# $$ (eq-wilson)
#
# "95 %" is a promise about the method: of many such tests, about 95 in 100 give an interval that
# holds the true $p$.

# %%
from scipy import stats

Z = stats.norm.ppf(0.975)


def wilson(k, n, z=Z):
    p, w = k / n, 1 + z**2 / n
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    return (p + z**2 / (2 * n) - half) / w, (p + z**2 / (2 * n) + half) / w


# %%
rows = []
for k in range(6, 13):
    low, high = wilson(k, 12)
    oracle = stats.binomtest(k, 12).proportion_ci(method="wilson")  # SciPy's own
    assert np.allclose([low, high], oracle)
    rows.append({"answers": f"{k} of 12", "from": low, "to": high})
formats = {"from": ".0%", "to": ".0%"}
show.table(rows, formats=formats, caption="95 % intervals of Wilson")

# %% [markdown]
# **Look at** your own line. (For fewer than 6, count the answers for the other method.) Where the
# interval holds one half, you could have tossed a coin. But twelve answers of one student are not
# twelve students: a student who likes strong colors likes them twelve times. So ask more people,
# average within each person first, and count persons. {doc}`07_metrics_deeper` shows how wrong the
# interval becomes otherwise. The same holds for pictures: a dozen crops of three photographs say
# little about a fourth photograph.
#
# ## Reading with care
#
# The last column says what this chapter could settle. The chapter on a network says whether it
# reaches its number.

# %%
gray_score = f"{gray_on_cifar.mean:.1%}" if gray_on_cifar else "not recorded yet"
found_out = {
    "000-R02": f"a little more than gray scores on CIFAR-10: {gray_score}",
    "000-R05": f"about what gray scores on CIFAR-10: {gray_score}",
    "000-X05": "holds: gray, mean color and sepia score alike",
    "002-R02, 002-R05": "not comparable without space, divisor and averaging",
    "002-R03, 002-R06": f"one method spans {span:.0f} dB over protocols",
    "002-X01": "holds: neither peak leads from that MSE to that PSNR (04)",
    "002-X05": "holds: the two cannot be one pooled measurement",
    "004-R01": "to be settled by a blind test or a color difference",
    "004-R05": "nothing to compare",
}
assert set(", ".join(found_out).split(", ")) == set(discussed)
show.table([{"id": key, "what we find": text} for key, text in found_out.items()])

# %% [markdown]
# ## Exercises
#
# **Exercise 1 (recall): three questions.** What do you ask before you compare two PSNRs, and what
# before two Fréchet distances?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# A PSNR has a space (with its divisor), a peak, and an average. A Fréchet distance has a network
# with its weights, a resizer, and a number of pictures. In both, the pictures must be the same.
# :::

# %% [markdown]
# **Exercise 2 (change the code): buy seven decibels.** Change one line of `protocols`, so that the
# PSNR in ab/110 with peak 1 rises by more than 7 dB and the pictures stay. Check it on the
# network's pictures.

# %% tags=["solution", "hide-cell"]
error_of = metrics.mse(colored[best], truth, space="ab")
before = psnr(error_of / 110**2, peak=1).mean()
after = psnr(error_of / 128**2, peak=2).mean()
print(f"{before:.2f} dB becomes {after:.2f} dB")
assert after - before > 7  # 20 log10(2 * 128 / 110)

# %% [markdown]
# **Exercise 3 (compute): the perfect accuracy.** Make a picture from the truth that has an accuracy
# of exactly 1 in 8 bits and almost no color: at most 8 levels between the largest and the smallest
# channel of any pixel.

# %% tags=["solution", "hide-cell"]
level = (rgb_to_gray(truth, "rec601") * 255).round().clamp(0, 250)
first = (truth * 255).round().argmax(dim=1)
nearly_gray = level.repeat(1, 3, 1, 1)
nearly_gray.scatter_add_(1, first[:, None], torch.full_like(level, 4.0))
nearly_gray = nearly_gray / 255
assert keras_accuracy(nearly_gray, truth).min() == 1
assert (nearly_gray.amax(1) - nearly_gray.amin(1)).max() * 255 <= 8

# %% [markdown]
# **Exercise 4 (compute): the bored student.** A student always clicks the left picture.
# `show.shuffled(12, seed)` gives the trials of a test: the picture, and whether the first method
# stands left. What share of the answers of 1,000 such students, one seed each, is for the first
# method? What would it be if the first method always stood left?

# %% tags=["solution", "hide-cell"]
sides = [left for seed in range(1000) for _, left in show.shuffled(12, seed)]
print(f"always left: {np.mean(sides):.1%} for the first method")
print("In a fixed order it would be all of them.")
assert abs(np.mean(sides) - 0.5) < 0.02

# %% [markdown]
# **Exercise 5 (compute): how large a class?** Two methods are nearly equal: one is preferred in 55
# % of answers. How many independent answers does it take until Wilson's interval {eq}`eq-wilson`
# around exactly 55 % leaves 50 % outside? Try multiples of 20, so that 55 % is a whole number of
# answers. And for 60 %?


# %% tags=["solution", "hide-cell"]
def answers_needed(percent):
    multiples = range(20, 2000, 20)
    return next(m for m in multiples if wilson(m * percent // 100, m)[0] > 0.5)


print(answers_needed(55), answers_needed(60))
assert 300 < answers_needed(55) < 500 and answers_needed(60) < 130

# %% [markdown]
# **Exercise 6 (open question): which numbers for whom?** A museum, a film studio, and the author of
# a paper each want *one* number for a colorizer. What do you give each, and what do you add?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# A good answer
# - says what each wants: true colors, pleasant ones, a fair comparison;
# - gives each a number that sees this: ΔE00, a blind test, the paper's own protocol;
# - says what that number misses, and adds a second;
# - adds the gray copy's value, the protocol, the pictures, and an interval.
# :::

# %% [markdown]
# ## What to remember
#
# - A PSNR comes with a space, a divisor, a peak and an average. They can move it by many decibels.
# - The accuracy of Keras on RGB asks which channel is largest. Gray scores about one half on CIFAR-10.
# - Every metric is blind to some damage. Print several.
# - Print the trivial baselines with the same protocol. The best of them depends on the metric.
# - The Fréchet distance falls with the number of pictures. Compare only equal $n$, network and resizer.
# - If you ask people: hide the order, choose pictures by a seed, give an interval, and count
#   persons rather than clicks.
#
# ## Further reading
#
# {cite:t}`wang2004image` say why squared error is a poor judge and what SSIM does instead.
# {cite:t}`zhang2018unreasonable` compare metrics with many human judgments.
