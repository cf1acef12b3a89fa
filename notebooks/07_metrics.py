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
# How good is a colorization? The papers of this book answer with a number, and each number is
# blind in its own way. One moves by six decibels although nobody has touched the picture. One gives
# half of all points to photographs that were left gray. One falls when you merely show it more
# pictures. In this chapter you take the same predictions and measure them in many ways, until you
# know what each number sees. At the end you ask people, and learn how sure their answer is.
#
# **What you will learn**
#
# - Which questions to ask before you believe an error, an "accuracy" or a distance between sets.
# - Which metric sees which damage: pale colors, wrong colors, colors that run over edges.
# - How to run a blind test in a class, and how to give its result with a confidence interval.
#
# **What it needs.** {doc}`01_grayscale` for the kinds of gray, {doc}`02_lab` for L, a, b and
# $\Delta E$. There is no training, no GPU and no download.

# %%
from huelab import show

show.needs("07_metrics")

# %% [markdown]
# ## What the papers say
#
# These claims come from the [ledger](../book/ledger.md), in our words. The first three digits are
# the paper's number in this book. The letter is R for a result and X for a place where a paper
# contradicts itself or leaves something out. The values of 001-R03 and 001-R04 are Fréchet
# distances; like every other measure in the table, they are explained below. We return to all
# claims under *Reading with care*.

# %%
from huelab import ledger

claims = {claim.id: claim for claim in ledger.read_claims()}
discussed = ["000-R02", "000-R05", "000-X05", "001-R03", "001-R04", "001-R11"]
discussed += ["001-X02", "002-R01", "002-R02", "002-R03", "002-R05", "002-R06"]
discussed += ["002-X01", "002-X05", "004-R01", "004-R05"]
show.table([{"id": key, "claim": claims[key].claim} for key in discussed])

# %% [markdown]
# ## Something to judge
#
# We need pictures and predictions. The truth is the test split of the embedded photographs: square
# crops of a few photographs. Crops of one photograph resemble each other, so they are not as many
# independent pictures as we count; that will matter below.

# %%
import torch
from huelab.data import open_dataset


def all_rgb(dataset):
    """All pictures of a set: float (N, 3, H, W), sRGB in [0, 1]."""
    return torch.from_numpy(dataset.pixels.copy()).permute(0, 3, 1, 2) / 255


# %% tags=["nbval-check-output"]
crops = {s: open_dataset("embedded", s, size=128) for s in ("train", "test")}
train, truth = all_rgb(crops["train"]), all_rgb(crops["test"])
owner = [file.split("/")[0] for file in crops["test"].files]
print("train", tuple(train.shape), " truth", tuple(truth.shape))
print(f"{len(truth)} crops of {len(set(owner))} test photographs")

# %% [markdown]
# Four colorizers know nothing of what they see. Gray copy adds no color; mean color gives every
# pixel the mean a and b of the training pictures; sepia tints like an old print; color per gray
# gives each of 256 gray levels its mean training color. The fifth is the network of
# {doc}`00_first_color` that learned from thousands of photographs. It is read from its record, as
# are other numbers below; we read all records once.

# %%
from huelab import records
from huelab.methods import trained
from huelab.methods.baselines import ColorPerGray, GrayCopy, MeanColor, Sepia

methods = {
    "gray copy": GrayCopy(),
    "mean color": MeanColor.fit([train]),
    "sepia": Sepia(),
    "color per gray": ColorPerGray.fit([train]),
}
recorded = records.find(profile="full")
runs = [record for record in recorded if record.recipe == "first"]
if runs:
    methods["network"] = trained.load(runs[-1])
best, mixed = list(methods)[-1], "quick and full" if runs else None

# %% [markdown]
# Each method gets the gray that it was made for (`gray_formula`).

# %% mystnb={"image": {"alt": "Four random crops of the test photographs in six columns: gray copy, mean color, sepia, color per gray, network, truth. The gray copy has no color. Mean color is brown and sepia olive all over. Color per gray is brown with a green tint at some gray levels. The network has some local color, far paler than the truth."}}
from huelab.color import rgb_to_gray

colored = {}
for name, method in methods.items():
    gray = rgb_to_gray(truth, method.gray_formula)
    colored[name] = method.colorize(gray)
show.grid({**colored, "truth": truth}, n=4, seed=7, profile=mixed)

# %% [markdown]
# **Look at** the rows and rank the five methods before you read on. Which is the worst? Keep your
# ranking; we come back to it.
#
# ## Errors of values
#
# Let $y$ be the truth and $\hat y$ the prediction, with $n$ values each: pixels times channels.
# Then
#
# $$
# \begin{aligned}
# \mathrm{MAE} &= \frac{1}{n} \sum_{i=1}^{n} |\hat y_i - y_i|, \qquad
# \mathrm{MSE} = \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2, \\
# \mathrm{PSNR} &= 10 \log_{10} \frac{P^2}{\mathrm{MSE}}.
# \end{aligned}
# $$
#
# MAE is the *mean absolute error*, MSE the *mean squared error*. PSNR is the *peak signal-to-noise
# ratio* in decibels (dB): the squared error again, on a logarithmic scale, against the *peak* $P$,
# the width of the range that values can have. Higher is better. 10 dB more means a tenth of the
# squared error; 6 dB more means a quarter of it, which is an error half as large.


# %%
def mae(pred, true):
    """One value for each picture: (N, C, H, W) twice to (N,)."""
    return (pred - true).abs().mean((1, 2, 3))


def mse(pred, true):
    """One value for each picture, as above."""
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
# Three things in these formulas are choices: the *space* whose values are compared (RGB, or a and
# b divided by something), the *peak*, and what is done with the pictures of a test set (mean over
# pictures, or one error pooled over all). A paper that prints "PSNR 27.7" has made all three.
#
# ## One prediction, many PSNRs
#
# Now the experiment. The method never changes: it is the gray copy, which learns nothing, so we may
# use all embedded photographs, those for training too. Only the *protocol* changes: how the
# pictures are prepared, compared and averaged.

# %%
from torch.nn.functional import interpolate

squares, squashed = [], []
for split in ("train", "test"):
    cut = open_dataset("embedded", split, size=256)
    squares += [cut[k] for k, f in enumerate(cut.files) if f.endswith("/00")]
    whole = open_dataset("embedded", split, size=None)
    for picture in (whole[k][None].float() for k in range(len(whole))):
        how = {"mode": "bicubic", "antialias": True}
        fitted = interpolate(picture, (256, 256), **how)
        squashed.append(fitted[0].clamp(0, 255))
squares, squashed = torch.stack(squares) / 255, torch.stack(squashed) / 255

# %% [markdown]
# `squares` are center crops. `squashed` are the same photographs pressed into a square, as some
# code does. Both are measured, and so are the squares at 32 pixels, the squares against a truth
# that was rounded to 8-bit Lab, and a gray copy made by `rec601` instead of the lightness.

# %%
from huelab.color import lab_to_rgb, rgb_to_lab


def gray_copy(rgb):
    return GrayCopy().colorize(rgb_to_gray(rgb, "lightness"))


# %%
def round_lab(rgb):
    """What is left of a picture that was stored as Lab in 8 bits."""
    steps = torch.tensor([100 / 255, 1, 1]).view(3, 1, 1)
    return lab_to_rgb((rgb_to_lab(rgb) / steps).round() * steps)


# %%
pred, lab = gray_copy(squares), rgb_to_lab(squares)
pred_ab, ab = rgb_to_lab(pred)[:, 1:], lab[:, 1:]
tiny = interpolate(squares, (32, 32), mode="area")
luma = rgb_to_gray(squares, "rec601").expand(-1, 3, -1, -1)
error, error_ab = mse(pred, squares), mse(pred_ab, ab)

# %%
protocols = {
    "RGB, mean over pictures": psnr(error).mean(),
    "RGB, median picture": psnr(error).median(),
    "RGB, pooled": psnr(error.mean()),
    "RGB, gray made by rec601": psnr(mse(luma, squares)).mean(),
    "RGB, truth from 8-bit Lab": psnr(mse(pred, round_lab(squares))).mean(),
    "RGB, squashed": psnr(mse(gray_copy(squashed), squashed)).mean(),
    "RGB, at 32 pixels": psnr(mse(gray_copy(tiny), tiny)).mean(),
}

# %%
for divisor in (110, 128):
    for peak in (1, 2):
        scaled, name = error_ab / divisor**2, f"ab/{divisor}, peak {peak}"
        protocols[name] = psnr(scaled, peak).mean()
        protocols[f"{name}, pooled"] = psnr(scaled.mean(), peak)

# %% [markdown]
# Where nothing else is said, the PSNR is the mean over pictures. Circles are protocols in RGB with
# peak 1, squares those in a and b.

# %% mystnb={"image": {"alt": "Dot plot of fifteen protocols against PSNR in decibels, sorted. The dots of one and the same method spread over a wide range: the four in ab with peak 1 are lowest, the seven in RGB lie in the middle, the four in ab with peak 2 are highest."}}
import matplotlib.pyplot as plt

ordered = sorted(protocols.items(), key=lambda item: item[1])
fig, axes = plt.subplots(figsize=(6.8, 4.2), layout="constrained")
for row, (name, value) in enumerate(ordered):
    is_rgb = name.startswith("RGB")
    style = {"marker": "o" if is_rgb else "s", "c": "C0" if is_rgb else "C1"}
    axes.plot(value, row, markersize=7, **style)
    axes.text(value + 0.25, row, f"{value:.1f}", va="center", size=8)
axes.set(yticks=range(len(ordered)), yticklabels=[n for n, _ in ordered])
axes.set(xlabel="PSNR of the gray copy (dB)", xlim=(None, value + 1.5))
axes.grid(axis="x", alpha=0.3)
show.stamp(fig)

# %%
span = ordered[-1][1] - ordered[0][1]
rgb = [value for name, value in ordered if name.startswith("RGB")]
print(f"all protocols: {span:.1f} dB apart, RGB alone: {rgb[-1] - rgb[0]:.1f}")
kinds = ["RGB" if n.startswith("RGB") else n[8:14] for n, _ in ordered]
assert span > 6 and rgb[-1] - rgb[0] > 0.8  # what the next lines say
assert kinds == ["peak 1"] * 4 + ["RGB"] * len(rgb) + ["peak 2"] * 4
assert (rgb[-1] - protocols["RGB, mean over pictures"]) < 0.25 * span

# %% [markdown]
# **Look at** the distance between the lowest and the highest dot. It is the *same method on the same
# photographs*, and the whole spread consists of choices. Where does it come from?
#
# - **The space.** In RGB much of a value is lightness, which is right by construction. a and b are
#   color alone, and the gray copy has none. So with the same peak 1, a and b give less. But they use
#   only a small part of the range $[-1, 1]$, and against its full width 2 they give more.
# - **The divisor.** From 110 to 128 is $20 \log_{10}(128/110)$ dB, whatever the picture.
# - **The peak.** Values in $[-1, 1]$ have the width 2. Some code passes 1: 6.02 dB less. Nothing
#   in the picture has changed.
# - **The average.** The logarithm is bent: a few easy pictures with very small errors lift the
#   mean of the PSNRs, and hardly lower the pooled error. So the mean over pictures is never below
#   the pooled value (*Jensen's inequality*).
# - **The pictures.** Shrunk to 32 pixels or squashed, the same photographs score a little higher.
#   The other ways of preparing them hardly matter here.

# %% tags=["nbval-check-output"]
shift = psnr(error_ab / 128**2) - psnr(error_ab / 110**2)
print(f"divisor: {shift.mean():.2f} dB, formula {20 * np.log10(128 / 110):.2f}")
shift = psnr(error_ab / 128**2, 2) - psnr(error_ab / 128**2, 1)
print(f"peak:    {shift.mean():.2f} dB, formula {20 * np.log10(2):.2f}")
print(
    "mean over pictures >= pooled:",
    bool(psnr(error).mean() >= psnr(error.mean())),
)

# %% [markdown]
# With this in mind, read the table of paper 002 {cite:p}`cevallos2021very`. It prints an MSE and a
# PSNR side by side and names neither space nor peak. Does one follow from the other? The columns
# on the right are computed from the printed MSE.

# %% tags=["nbval-check-output"]
printed = {
    "Fruits-360": ("002-R02", "002-R03"),
    "FFHQ": ("002-R05", "002-R06"),
}
rows = []
for data, keys in printed.items():
    squared, decibels = (float(claims[key].value) for key in keys)
    row = {"data": data, "MSE, printed": squared, "PSNR, printed": decibels}
    for peak in (1, 2):
        row[f"from MSE, peak {peak}"] = f"{10 * np.log10(peak**2 / squared):.2f}"
    rows.append(row)
show.table(rows)

# %% [markdown]
# No. Neither peak gives the printed value, and the order is reversed: the data set with the
# smaller squared error has the smaller PSNR (002-X01, 002-X05). That can happen without any mistake
# in arithmetic, if the two numbers of a row follow two protocols: an MSE in a and b beside a PSNR
# in RGB, say, or a pooled MSE beside a mean of PSNRs. Which ones, the paper does not say. So its
# numbers can be compared with ours only after a protocol has been assumed, and an assumption can be
# wrong. The records of this book hold MAE and MSE in ab/128, and PSNR in RGB with the mean over
# pictures, which is the usual choice. {doc}`04_vgg` measures how far that protocol is from the
# paper's table: by so many decibels that it can hardly be the paper's. So these numbers of ours and
# the paper's are not comparable.
#
# ## Exhibits: the number moves, the colors do not
#
# ### Exhibit 1: a border, and a mark
#
# Some pictures in a data set have a frame, such as black bars. The frame is in the gray input too,
# and a colorizer that keeps black black gets it right for nothing. Here are a prediction of the
# network, the same with a frame (the truth gets it too), and the same with a small mark that the
# truth does not have, such as a logo.

# %% mystnb={"image": {"alt": "One crop three times: the network's prediction as it is, the same with a black frame of sixteen pixels, and the same with a small white bar in the lower right corner. Apart from frame and bar nothing has changed."}}
from torch.nn.functional import pad

plain = colored[best]
framed = [pad(x, (16, 16, 16, 16)) for x in (plain, truth)]  # black
marked = plain.clone()
marked[:, :, 116:124, 100:124] = 1.0
index = show.choose(len(truth), 1, seed=3)[0]
trio = {"as it is": plain, "framed": framed[0], "marked": marked}
one = {name: batch[index] for name, batch in trio.items()}
show.pictures(one, ncols=3, size=160, profile=mixed)

# %%
pairs = {
    "as it is": (plain, truth),
    "framed, both": tuple(framed),
    "marked, prediction only": (marked, truth),
}
rows = []
for name, pair in pairs.items():
    row = {"prediction": name, "PSNR (dB)": psnr(mse(*pair)).mean().item()}
    row["SSIM"] = metrics.ssim(*pair).mean().item()
    row["CIEDE2000"] = metrics.delta_e_2000(*pair).mean().item()
    rows.append(row)
formats = {"PSNR (dB)": ".2f", "SSIM": ".3f", "CIEDE2000": ".2f"}
show.table(rows, formats=formats, profile=mixed)

# %% [markdown]
# SSIM (higher is better) and CIEDE2000 (a color difference, lower is better) are explained below.

# %%
without, framed_row, marked_row = (row["PSNR (dB)"] for row in rows)
gain, loss = framed_row - without, without - marked_row
more = framed[0][0].numel() / plain[0].numel()
print(f"the frame gives {gain:.2f} dB, the mark takes {loss:.2f} dB")
print(f"{more:.2f} times as many pixels: {10 * np.log10(more):.2f} dB")
print(f"the mark covers {8 * 24 / 128**2:.1%} of the picture")
assert gain > 1 and loss > 1 and abs(gain - 10 * np.log10(more)) < 0.01

# %% [markdown]
# Apart from frame and mark the colors are the same in all three rows. The frame adds pixels without
# error, so the same sum of errors is divided by a larger number; all three metrics improve. The
# mark is small, but its pixels have a much larger squared error than the others. Look for frames and
# logos before you trust a mean.
#
# ### Exhibit 2: SSIM with the wrong range, or on the wrong picture
#
# The *structural similarity* {cite:p}`wang2004image` compares small windows of the two pictures.
# With the means $\mu$, variances $\sigma^2$ and covariance $\sigma_{y\hat y}$ inside a window it
# is
#
# $$
# \mathrm{SSIM} = \frac{(2 \mu_y \mu_{\hat y} + c_1)(2 \sigma_{y \hat y} + c_2)}
# {(\mu_y^2 + \mu_{\hat y}^2 + c_1)(\sigma_y^2 + \sigma_{\hat y}^2 + c_2)},
# \qquad c_1 = (0.01 P)^2, \quad c_2 = (0.03 P)^2,
# $$
#
# averaged over all windows, and in a color picture over R, G and B. It is 1 for equal pictures. The
# constants keep the ratio from becoming 0/0 where a window is black or flat. They contain the range
# $P$. If you pass a range that is too large, the constants become large, and then they outweigh the
# difference: everything becomes similar.
#
# **Check**, on three crops, against scikit-image with the window of the authors, a Gaussian.

# %%
from skimage.metrics import structural_similarity

gray = colored["gray copy"]
as_array = [x.movedim(1, -1).double().numpy() for x in (truth, gray)]
gauss = {"gaussian_weights": True, "sigma": 1.5}
gauss["use_sample_covariance"] = False


def other_ssim(x, y, **settings):
    return structural_similarity(x, y, channel_axis=-1, **settings)


# %%
some = [0, 16, 32]
oracle = [other_ssim(*(x[k] for x in as_array), data_range=1, **gauss) for k in some]
print("agrees:", np.allclose(metrics.ssim(gray, truth)[some], oracle, atol=2e-3))

# %% [markdown]
# Now the gray copy in five ways. The flat window is what scikit-image takes if you choose none.

# %%
light = [rgb_to_gray(x, "lightness").expand(-1, 3, -1, -1) for x in (gray, truth)]
boxes = [other_ssim(x, y, data_range=1) for x, y in zip(*as_array, strict=True)]
found = {
    "RGB, Gaussian window, range 1": metrics.ssim(gray, truth),
    "RGB, flat window of 7, range 1": torch.tensor(boxes),
    "RGB, range 2": metrics.ssim(gray, truth, data_range=2),
    "RGB, range 255": metrics.ssim(gray, truth, data_range=255),
    "lightness alone": metrics.ssim(*light),
}
rows = [{"how": name, "SSIM": v.mean().item()} for name, v in found.items()]
show.table(rows, formats={"SSIM": ".4f"}, caption="the gray copy")

# %%
means = {name: value.mean().item() for name, value in found.items()}
assert means["RGB, range 2"] > means["RGB, Gaussian window, range 1"]
assert min(means["RGB, range 255"], means["lightness alone"]) > 0.99

# %% [markdown]
# **Look at** the last two rows. With the range 255 on values in $[0, 1]$ a gray photograph is an
# all but perfect colorization. And the last row makes no mistake at all: SSIM was made for gray
# pictures, and some programs convert to gray first. But a colorizer that keeps L is *given* the
# gray. Its SSIM says how well the input was copied. The window hardly matters.
#
# ### Exhibit 3: colorfulness, with and without signs
#
# {cite:t}`hasler2003measuring` asked people how colorful pictures are, and found a formula that
# follows their answers. With $rg = R - G$ and $yb = (R + G)/2 - B$, in levels from 0 to 255,
#
# $$
# \mathrm{colorfulness} = \sqrt{\sigma_{rg}^2 + \sigma_{yb}^2} + 0.3 \sqrt{\mu_{rg}^2 + \mu_{yb}^2}.
# $$
#
# Mean $\mu$ and deviation $\sigma$ are those of the *signed* differences. Some published code takes
# absolute values first. Then green and red, which lie on opposite sides, fall onto each other.


# %%
def opponents(rgb):
    """rg and yb in levels: (N, 2, pixels)."""
    r, g, b = (255 * rgb).unbind(1)
    return torch.stack([r - g, (r + g) / 2 - b], dim=1).flatten(2)


def hasler(values):
    spread, mean = values.std(2, correction=0), values.mean(2)
    return spread.norm(dim=1) + 0.3 * mean.norm(dim=1)


# %%
values = opponents(squares)
signed, unsigned = hasler(values), hasler(values.abs())
library = metrics.colorfulness(squares)
print("huelab agrees:", torch.allclose(signed, library, atol=1e-2))
print(f"signed {signed.mean():.1f}, absolute values {unsigned.mean():.1f}")
lost = 1 - unsigned / signed
print(f"lost: {lost.min():.0%} to {lost.max():.0%}, depending on the picture")
assert (unsigned <= signed).all() and lost.max() > 0.1

# %% [markdown]
# On these photographs the wrong variant is never larger, and how much it loses depends on the
# picture. So it is not even a constant factor that would cancel in a comparison. It is not always
# smaller either. Here is a gray picture with a few red and a few green pixels:

# %% tags=["nbval-check-output"]
spots = torch.full((1, 3, 64, 64), 0.5)
spots[0, 0, :3, :3], spots[0, 1, -3:, -3:] = 1.0, 1.0  # red, green
values = opponents(spots)
signed, unsigned = (hasler(v).item() for v in (values, values.abs()))
print(f"signed {signed:.2f}, absolute values {unsigned:.2f}")
assert unsigned > signed

# %% [markdown]
# Note also what colorfulness is not: it never looks at the truth. A picture in wild random colors
# scores high.
#
# ### Exhibit 4: a truth that was rounded
#
# {doc}`02_lab` showed that Lab in 8 bits loses colors. If the truth of a test set was stored so,
# even a perfect colorizer does not reach the top: it is measured against rounding.

# %%
rounded = round_lab(squares)
ceiling = psnr(mse(squares, rounded)).mean()
change = psnr(mse(pred, rounded)).mean() - psnr(error).mean()
print(f"a perfect colorizer scores {ceiling:.1f} dB")
print(f"the gray copy changes by {change:+.3f} dB")
assert ceiling < 60 and abs(change) < 0.1

# %% [markdown]
# The gray copy is far below this ceiling, and there the rounding hardly shows. The closer a method
# comes to the truth, the more of its error would be the rounding's.
#
# ## The accuracy that gray scores
#
# Paper 000 {cite:p}`rahman2020enhanced` reports a *validation accuracy* of a little more than one
# half. Accuracy counts right answers. But a colorizer answers with numbers, not with classes: what
# is a right answer? Keras does not ask. Told `metrics=["accuracy"]` it looks at the last axis,
# takes it for the scores of classes, and compares the largest. The last axis here is red, green,
# blue:
#
# $$
# \mathrm{accuracy} = \frac{1}{HW} \sum_{\text{pixels}} \bigl[\,\arg\max(\hat R, \hat G, \hat B) = \arg\max(R, G, B)\,\bigr].
# $$
#
# The bracket is 1 if the two agree and 0 if not. So each pixel is asked one thing: which of the
# three channels is largest? Ties go to the first. Keras compares floats. We round to 8 bits first,
# as in a saved picture, so that the equal channels of a gray pixel are a tie and not a matter of
# the last digit.


# %%
def keras_accuracy(pred, true):
    """One value for each picture, in 8 bits; ties go to the first channel."""
    largest = [(x * 255).round().argmax(dim=1) for x in (pred, true)]
    return (largest[0] == largest[1]).float().mean((1, 2))


# %%
rows = []
for name, picture in colored.items():
    ours = keras_accuracy(picture, truth)
    library = metrics.channel_argmax_accuracy(picture, truth)
    assert torch.allclose(ours, library, atol=1e-4), name
    rows.append({"method": name, "accuracy": ours.mean().item()})
show.table(rows, formats={"accuracy": ".1%"}, profile=mixed)

# %% [markdown]
# **Look at** the first three lines: three different pictures, one accuracy. A gray pixel has three
# equal channels; all tie, and the first is red. In mean color and sepia red is largest everywhere.
# So all three answer "red" for every pixel (but for a few that rounding decides), and the accuracy
# is simply the share of pixels of the truth in which red is largest. It is a property of the
# photographs and not of the methods.

# %%
largest = (truth * 255).round().argmax(dim=1)
for channel, name in enumerate(["red", "green", "blue"]):
    print(f"{name:6s} {(largest == channel).float().mean():.1%}")
for name in ("gray copy", "mean color", "sepia"):
    value = keras_accuracy(colored[name], truth).mean()
    assert abs(value - (largest == 0).float().mean()) < 0.003

# %% [markdown]
# Other photographs, another share. What does the gray copy score on the test pictures of CIFAR-10
# {cite:p}`krizhevsky2009learning`, the data of paper 000, and on the other sets of this book? The
# records know. (`huelab list data` says what each set is.)

# %%
on_record = {
    m.data: m.value
    for record in recorded
    if record.recipe.startswith("gray-copy-")
    for m in record.metrics
    if m.name == "channel_argmax_accuracy"
}

# %%
for place, value in on_record.items():
    print(f"gray copy, {place:24s} {value:.1%}")
cifar = [v for place, v in on_record.items() if place.startswith("cifar10")]
assert all(0.49 < value < 0.53 for value in cifar)  # what the next lines say
if not cifar:
    print("CIFAR-10 not recorded yet: huelab reproduce gray-copy-cifar10")
for key in ("000-R05", "000-R02"):
    print(f"{key}, a network of paper 000: {claims[key].value}")

# %% [markdown]
# **Look at** the spread: on portraits, where red is largest nearly everywhere, leaving a picture gray
# scores very high. And on CIFAR-10 the accuracy of the network without regularization (000-R05) is
# what pictures score that were not colored at all; the better one (000-R02) is a few points above.
# (Our CIFAR-10 is a copy stored as JPEG; see the record's deviations on the results page.) That
# does not prove that the network learned nothing. It proves that this number cannot tell.
#
# A perfect score proves as little. Here are two wrong pictures made from the truth: one keeps 3 %
# of its color, the other makes the largest channel of each pixel 1 and the others 0.

# %%
faint = truth * 0.03 + rgb_to_gray(truth, "rec601") * 0.97
poster = torch.nn.functional.one_hot(largest, 3).movedim(-1, 1).float()
loud = {"3 % of the color": faint, "pure red, green, blue": poster}
rows = []
for name, picture in loud.items():
    raw = metrics.channel_argmax_accuracy(picture, truth, levels=None)
    row = {"picture": name, "accuracy, as floats": raw.mean().item()}
    row["accuracy, 8 bits"] = keras_accuracy(picture, truth).mean().item()
    row["PSNR (dB)"] = f"{psnr(mse(picture, truth)).mean():.1f}"
    rows.append(row)
show.table(rows, formats={k: ".1%" for k in rows[0] if "accuracy" in k})

# %% mystnb={"image": {"alt": "One crop three times: the truth; the same with three percent of its color, which looks gray; and a poster of pure red, green and blue areas without any shading. As floats, both wrong pictures have a perfect accuracy."}}
assert min(row["accuracy, as floats"] for row in rows) > 0.999
both = {"truth": truth} | loud
show.pictures({k: v[index] for k, v in both.items()}, ncols=3, size=160)

# %% [markdown]
# **Look at** the two wrong pictures. One looks gray, the other like a poster, and as floats, which
# is how Keras compares, both are perfect. Accuracy rewards neither the right amount of color nor
# the right color.
#
# ## Differences that people see
#
# {doc}`02_lab` met $\Delta E$, the distance of two colors in Lab (*CIE76*), and saw that equal
# distances do not look equal: the stronger a color, the smaller a step looks. CIEDE2000
# {cite:p}`sharma2005ciede2000` corrects for it.
#
# **Check**, once more against scikit-image.

# %% tags=["nbval-check-output"]
from skimage.color import deltaE_ciede2000

pair = [rgb_to_lab(x[:4]) for x in (colored["sepia"], truth)]
oracle = deltaE_ciede2000(*(x.movedim(1, -1).double().numpy() for x in pair))
print("agrees:", np.abs(metrics.ciede2000(*pair).numpy() - oracle).max() < 0.01)

# %% [markdown]
# Four pairs of colors follow. L and hue are the same in all, and in each pair the right color has 15
# units of chroma more than the left one. From pair to pair the colors get stronger.

# %%
from huelab.color import in_gamut

chromas = [0, 20, 40, 65]

# %% mystnb={"image": {"alt": "Four patches, each split into a left and a right half whose colors are fifteen Lab units apart: from gray beside brown on the left to two strong oranges on the right. CIEDE2000, written above each patch, falls from patch to patch."}}
angle = torch.tensor(60 * torch.pi / 180)
direction = torch.stack([angle.cos(), angle.sin()])
patches, names = [], []
for chroma in chromas:
    halves = torch.zeros(3, 60, 120)
    halves[0] = 65
    halves[1:] = (chroma * direction).view(2, 1, 1)
    halves[1:, :, 60:] += (15 * direction).view(2, 1, 1)
    ends = halves[:, :1, :1], halves[:, :1, -1:]
    old, new = metrics.cie76(*ends).item(), metrics.ciede2000(*ends).item()
    assert in_gamut(halves).all()
    names.append(f"CIE76 {old:.0f}, CIEDE2000 {new:.1f}")
    patches.append(lab_to_rgb(halves))
show.pictures(dict(zip(names, patches, strict=True)), size=160)

# %% [markdown]
# **Look at** the middle line of each patch. CIE76 says that all four steps are equal, CIEDE2000 that
# the last is less than a third of the first. With which do you agree? If CIEDE2000 is right, then a
# mean of CIE76 pays too much attention to strong colors. Does it change who wins? Take out your
# ranking: here are our five methods, by four metrics.

# %%
rows = []
for name, picture in colored.items():
    row = {"method": name, "PSNR (dB)": psnr(mse(picture, truth)).mean().item()}
    row["SSIM"] = metrics.ssim(picture, truth).mean().item()
    row["CIE76"] = metrics.delta_e_76(picture, truth).mean().item()
    row["CIEDE2000"] = metrics.delta_e_2000(picture, truth).mean().item()
    rows.append(row | {"CIE76 / CIEDE2000": row["CIE76"] / row["CIEDE2000"]})
formats = {"PSNR (dB)": ".2f", "SSIM": ".3f"}
formats |= dict.fromkeys(["CIE76", "CIEDE2000", "CIE76 / CIEDE2000"], ".2f")
show.table(rows, formats=formats, profile=mixed)

# %%
order, signs = {}, {"PSNR (dB)": -1, "SSIM": -1, "CIE76": 1, "CIEDE2000": 1}
for column, sign in signs.items():
    ranked = sorted(rows, key=lambda row: sign * row[column])
    order[column] = [row["method"] for row in ranked]
    print(f"{column:9s}", " > ".join(order[column]))
by_old, by_new = order["CIE76"], order["CIEDE2000"]
assert by_old[:-2] == by_new[:-2] and by_old != by_new
assert {tuple(names[:2]) for names in order.values()} == {(best, "gray copy")}
assert {names[-1] for names in order.values()} == {"sepia", "mean color"}

# %% [markdown]
# The network and the gray copy come first everywhere. Behind them the order depends on whom you ask:
# two metrics put sepia last, the other two mean color. The ratio of CIE76 and CIEDE2000 is not the
# same for all methods, so the one is not the other in different units. This book prints CIEDE2000,
# and CIE76 only where a paper used it.
#
# ## Damage and metric
#
# Now the main experiment of this chapter. We take the *truth* and damage it in one known way at a
# time. Then we ask every metric how bad it is. A metric that gives the same answer for the truth
# and for the damaged picture is blind to that damage. `fit_gamut` of {doc}`02_lab` takes care of
# colors that sRGB cannot show.

# %%
from huelab.color import fit_gamut
from torchvision.transforms.functional import gaussian_blur

true_lab = rgb_to_lab(truth)
L, ab = true_lab[:, :1], true_lab[:, 1:]


# %%
def join(L, ab):
    return lab_to_rgb(fit_gamut(torch.cat([L, ab], dim=1)))


# %%
def turn(ab, degrees):
    """Rotate every hue by an angle."""
    t = torch.tensor(degrees * torch.pi / 180)
    a, b = ab.unbind(1)
    return torch.stack([t.cos() * a - t.sin() * b, t.sin() * a + t.cos() * b], 1)


# %%
corner = ab.clone()
corner[:, :, :64, :64] = turn(ab, 180)[:, :, :64, :64]
cast = ab + torch.tensor([0.0, 12.0]).view(2, 1, 1)
damages = {
    "no color": join(L, 0 * ab),
    "half the chroma": join(L, 0.5 * ab),
    "hue turned by 40°": join(L, turn(ab, 40)),
    "yellow cast": join(L, cast),
    "one corner opposite": join(L, corner),
    "color blurred": join(L, gaussian_blur(ab, 37, 6.0)),
    "color shifted 4 px": join(L, ab.roll(4, dims=-1)),
    "all blurred": gaussian_blur(truth, 9, 1.5),
    "lighter by 6 L": join((L + 6).clamp(max=100), ab),
}

# %% mystnb={"image": {"alt": "One crop of a test photograph ten times: the truth and nine damaged versions, among them one without color, one with half the chroma, one with turned hues, one with a yellow cast, one with a corner in opposite colors, two whose colors run over the edges, one blurred and one lighter."}}
all_ten = {"truth": truth} | damages
one = {name: batch[index] for name, batch in all_ten.items()}
show.pictures(one, ncols=5, size=138)

# %% [markdown]
# The crop is that of Exhibit 1. The shift moves color to the right; what leaves the picture there
# comes back at the left. Blurred and shifted color is hard to see at this size. Here is the upper
# left corner, enlarged:

# %% mystnb={"image": {"alt": "The upper left corner of the crop, enlarged, three times. In the truth colors end at the edges of things. With blurred color they run softly over the edges; with shifted color they lie a little to the right of the things they belong to."}}
names = ("truth", "color blurred", "color shifted 4 px")
show.pictures({name: one[name][:, :48, :48] for name in names}, size=192)

# %% [markdown]
# Nine metrics look at each damage. Besides those you know: *chroma* is the mean absolute difference
# of $C = \sqrt{a^2 + b^2}$, and *hue* that of the angle, over the pixels that are not nearly gray.
# *Leaking* is a measure of this book: how much of the color change over the true edges lies beside
# them (0 none, 1 all). *Colorful* is the colorfulness minus that of the truth. *MAE ab* is divided
# by 128, *ΔE2000* is CIEDE2000, and *argmax* is the accuracy of Keras from above.

# %%
from huelab.measure import Pair

on_lab = {
    "chroma": metrics.chroma_error.of_lab,
    "hue °": metrics.hue_error.of_lab,
    "leaking": metrics.color_leaking.of_lab,
}


def look(pred):
    """All nine metrics of a damaged truth; Lab is made only once."""
    pair = Pair(pred, truth)
    found = {"PSNR": psnr(mse(pred, truth))}
    found["SSIM"] = metrics.ssim(pred, truth)
    found["MAE ab"] = mae(*pair.ab) / 128
    found["ΔE2000"] = pair.ciede2000.mean((1, 2))
    found |= {name: measure(*pair.lab) for name, measure in on_lab.items()}
    found["colorful"] = metrics.colorfulness_gap(pred, truth)
    found["argmax"] = metrics.channel_argmax_accuracy(pred, truth)
    return {name: values.nanmean().item() for name, values in found.items()}


# %%
seen = {damage: look(picture) for damage, picture in damages.items()}
lenses = list(seen["no color"])
digits = [".1f", ".3f", ".3f", ".1f", ".1f", ".0f", ".2f", ".1f", ".1%"]
rows = [{"damage": damage} | row for damage, row in seen.items()]
show.table(rows, formats=dict(zip(lenses, digits, strict=True)))

# %% [markdown]
# (`nan` means that the metric has no answer: a picture without color has no hue and no color
# edge.) Numbers in different units are hard to read together. So turn each into a damage: the root
# of the squared error for PSNR, one minus the value for SSIM and argmax, the absolute value
# otherwise. Then divide each column by its largest entry: 100 is the worst of the column.

# %% mystnb={"image": {"alt": "Table of nine damages by nine metrics, each cell shaded from dark blue for no damage seen to yellow for the worst of the column, with the percentage written in. Most columns are brightest for no color. Chroma is dark for the turned hue, hue is dark for half the chroma, SSIM is brightest where everything is blurred, and leaking is dark except where color is blurred or shifted."}}
table = torch.tensor([list(row.values()) for row in seen.values()])
table[:, 0] = 10 ** (-table[:, 0] / 20)
table[:, [1, 8]] = 1 - table[:, [1, 8]]
share = table.abs() / table.abs().nan_to_num().amax(dim=0)
fig, axes = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
axes.imshow(share, cmap="cividis", vmin=0, vmax=1, aspect="auto")
for (row, column), value in np.ndenumerate(share.numpy()):
    text = "–" if np.isnan(value) else f"{100 * value:.0f}"
    ink = "black" if value > 0.4 or np.isnan(value) else "white"
    axes.text(column, row, text, ha="center", va="center", color=ink, size=9)
axes.set_xticks(range(len(lenses)), lenses, rotation=30, ha="right")
axes.set_yticks(range(len(seen)), seen)
axes.set_title("damage seen, % of the worst in each column", size=10)
show.stamp(fig)

# %%
by = {
    damage: dict(zip(lenses, row.tolist(), strict=True))
    for damage, row in zip(seen, share, strict=True)
}
shifted, turned = by["color shifted 4 px"], by["hue turned by 40°"]
lighter, half = by["lighter by 6 L"], by["half the chroma"]

# %%
steady = ("half the chroma", "hue turned by 40°", "yellow cast")
spilled = min(shifted["leaking"], by["color blurred"]["leaking"])
assert spilled > 0.3 and max(by[name]["leaking"] for name in steady) < 0.05
assert turned["chroma"] < 0.35 * turned["MAE ab"]
assert half["hue °"] < 0.02 and half["chroma"] > 0.4
assert by["all blurred"]["SSIM"] > by["no color"]["SSIM"]
assert by["all blurred"]["ΔE2000"] < 0.5 * by["no color"]["ΔE2000"]
assert lighter["PSNR"] > shifted["PSNR"] and lighter["chroma"] < 0.15
assert half["argmax"] < 0.05 and turned["ΔE2000"] > 0.9
same_amount = ("yellow cast", "one corner opposite", "color shifted 4 px")
assert max(by[name]["colorful"] for name in same_amount) < 0.15

# %% [markdown]
# **Look at** the figure by column: what is dark, the metric hardly sees. (The cells above check each
# of these sentences.)
#
# - **SSIM** finds the blurred picture worse than the one without any color. It sees detail, and
#   detail is given.
# - **PSNR** punishes a little more light, which leaves every color as it was, harder than colors that
#   have slipped over their edges. **Leaking** is there for just those.
# - **Chroma** sees little of a turned hue, **hue** sees nothing of pale colors. You need both, or
#   CIEDE2000, which sums them up and then cannot say which it was.
# - **Colorful** hardly sees a yellow cast, a corner in opposite colors or a shift: the amount of
#   color is about right, and it does not ask which color.
# - **Argmax** sees nothing of half the chroma: the largest channel stays the largest.
#
# No two columns agree, and none is bright for everything. So every table of this book has several.
# Distances learned from people's judgments, such as LPIPS {cite:p}`zhang2018unreasonable`, are one
# more column; they need a network that has to be downloaded, so they are recorded as unavailable
# where it is not at hand.
#
# ## The mean, the median, and every picture
#
# A table prints one number for a test set. Behind it stands one number per picture. How different
# are they? Each curve shows, for every value on the horizontal axis, the share of pictures whose
# CIEDE2000 is at most that value. The thin vertical lines are the means.

# %% mystnb={"image": {"alt": "Step curves of the share of pictures against CIEDE2000 for gray copy, mean color and the network. The curves are wide: single pictures of one method differ more than the means of gray copy and network, which are marked by thin vertical lines. The curve of mean color has a long tail of pictures with large differences."}}
chosen = ["gray copy", "mean color", best]
each = {m: metrics.delta_e_2000(colored[m], truth) for m in chosen}
fig, axes = plt.subplots(figsize=(6.2, 3.4), layout="constrained")
height = np.arange(1, len(truth) + 1) / len(truth)
for (name, values), line in zip(each.items(), ["-", "--", ":"], strict=False):
    (drawn,) = axes.step(values.sort().values, height, line, where="post")
    drawn.set_label(f"{name}, mean {values.mean():.1f}")
    axes.axvline(values.mean(), color=drawn.get_color(), ls=line, lw=0.8)
axes.set(xlabel="CIEDE2000 of a picture", ylabel="share of pictures")
axes.legend(frameon=False)
show.stamp(fig, mixed)

# %%
rows = []
for name, values in each.items():
    row = {"method": name, "mean": values.mean(), "median": values.median()}
    row |= {"best": values.min(), "worst": values.max()}
    rows.append({k: v if k == "method" else v.item() for k, v in row.items()})
formats = dict.fromkeys(["mean", "median", "best", "worst"], ".1f")
show.table(rows, formats=formats, profile=mixed)

# %% [markdown]
# Now crop by crop: how much smaller is the difference of the network than that of the gray copy? A
# value above zero is a gain for the network.

# %%
wins = (each[best] < each["gray copy"]).float()
gap = each["gray copy"] - each[best]
print(f"{best} beats the gray copy on {wins.mean():.0%} of the crops")
for name in dict.fromkeys(owner):
    own = torch.tensor([one == name for one in owner])
    print(f"  {name:13s} {gap[own].mean():+.1f} CIEDE2000")
spread = each[best].max() - each[best].min()
mean = {name: values.mean() for name, values in each.items()}
middle = {name: values.median() for name, values in each.items()}
assert spread > 2 * gap.mean().abs()
assert middle["mean color"] - middle["gray copy"] < 2
assert mean["mean color"] - mean["gray copy"] > 4
assert 0.25 < (each["mean color"] > each["gray copy"].max()).float().mean() < 0.4

# %% [markdown]
# **Look at** how wide the curves are. Pictures of one method differ more than the means of gray copy
# and network do. So compare methods *picture by picture*, on the same pictures, and print how often
# one wins. And look at the last lines, one for each photograph: they differ as well. The crops of
# one photograph are hardly more than one opinion, and a confidence interval that takes every crop
# for an opinion of its own would be far too narrow.
#
# The median asks about the typical picture and does not care about disasters; the mean does. In the
# table mean color is not far from the gray copy by the median, and far behind by the mean: on
# about a third of the crops it is worse than the gray copy on any. Print both, or draw the curve.
#
# ## The Fréchet distance, against n
#
# All numbers so far compare a picture with *its* truth. But if a red car is colored blue, a viewer
# need not find that wrong. The Fréchet distance asks another question: do the colored pictures, as
# a *set*, look like the true ones as a set? A network that was trained for another task turns every
# picture into $D$ numbers, its *features*. To each set of features a Gaussian is fitted, with mean
# $m$ and covariance matrix $S$. Then {cite:p}`heusel2017gans`
#
# $$
# d^2 = \lVert m_1 - m_2 \rVert^2 + \mathrm{Tr}\left(S_1 + S_2 - 2\,(S_1 S_2)^{1/2}\right).
# $$
#
# Tr, the trace, is the sum of the diagonal. What is called the distance is this square. With the
# features of one certain Inception network {cite:p}`szegedy2016rethinking`, its reference weights
# and its resizer, it is called *FID*; it is the only metric in the tables of paper 001
# {cite:p}`bana2021vitigan`. Lower is better.
#
# **Check.** Where both covariances are diagonal, with deviations $s$ and $t$, the trace is
# $\sum_i (s_i - t_i)^2$, and no matrix root is needed.

# %% tags=["nbval-check-output"]
draw = torch.Generator().manual_seed(0)


def uniform(*shape):
    return torch.rand(*shape, generator=draw, dtype=torch.float64)


m1, m2, s, t = uniform(4, 8)
closed = ((m1 - m2) ** 2).sum() + ((s - t) ** 2).sum()
of_gaussians = metrics.frechet_distance_of_gaussians
ours = of_gaussians(m1, (s**2).diag(), m2, (t**2).diag())
print("agrees:", bool(abs(ours - closed) < 1e-9))

# %% [markdown]
# In practice nobody knows the Gaussians. They are estimated from $n$ pictures in each set, and that
# has a price. Draw two sets from the *same* Gaussian: the true distance is zero. What is measured?
# For large $n$, and if $S$ is the identity matrix, one can work it out. We give the result and test
# it; $2D/n$ comes from the means, the rest from the covariances.
#
# $$
# \mathrm{E}\left[d^2\right] \approx \frac{2 D + D (D + 1) / 2}{n}
# $$


# %%
def normal(n, D, shift=0.0):
    values = torch.randn(n, D, generator=draw, dtype=torch.float64)
    return values + shift / D**0.5  # true distance to shift 0: its square


# %%
def measured(n, D, shift=0.0, repeats=6):
    pairs = ((normal(n, D, shift), normal(n, D)) for _ in range(repeats))
    return np.mean([metrics.frechet_distance(*pair).item() for pair in pairs])


# %%
sizes = [100, 200, 500, 1000, 2000, 5000]
repeats = {8: 24, 64: 6}  # few features scatter more
same = {D: [measured(n, D, repeats=r) for n in sizes] for D, r in repeats.items()}
models = {"A, truly 1.0": 1.0, "B, truly 1.5": 1.5}
falling = {}
for name, true in models.items():
    falling[name] = [measured(n, 64, true**0.5) for n in sizes]

# %% mystnb={"image": {"alt": "Two panels. Left, logarithmic axes: the measured Fréchet distance of two sets from the same Gaussian falls as n grows, along the dotted straight lines of the formula, for 8 and for 64 features; the line for 64 lies far higher. Right: the distance of two models against one over n; both fall on straight lines that lead down to their true values, drawn as open marks at zero, and the better model measured with few pictures lies above the worse one measured with many."}}
fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4), layout="constrained")
for (D, values), mark in zip(same.items(), "os", strict=True):
    left.loglog(sizes, values, mark, label=f"D = {D}")
    formula = [(2 * D + D * (D + 1) / 2) / n for n in sizes]
    left.loglog(sizes, formula, "k:", lw=1, label="formula" if D == 64 else None)
left.set(xlabel="n, pictures in each set", title="the truth is 0")
left.set(ylabel="measured $d^2$")
for (name, values), mark in zip(falling.items(), "os", strict=True):
    right.plot([1 / n for n in sizes[2:]], values[2:], f"{mark}-", label=name)
    right.plot(0, models[name], mark, c="black", mfc="none")
right.set(xlabel="1 / n", ylabel="measured $d^2$", title="two models, D = 64")
left.legend(frameon=False)
right.legend(frameon=False)
show.stamp(fig)

# %%
few = falling["A, truly 1.0"][sizes.index(500)]
many = falling["B, truly 1.5"][sizes.index(5000)]
print(f"A, the better model, with n = 500:  {few:.1f}")
print(f"B, the worse model,  with n = 5000: {many:.1f}")
assert few > many
for D, values in same.items():
    ratio = np.array(values) * sizes / (2 * D + D * (D + 1) / 2)
    print(f"D = {D}: measured / formula at n = 5000: {ratio[-1]:.2f}")
    assert 0.8 < ratio[-1] < 1.2

# %% [markdown]
# The points lie on the formula, up to chance.
#
# **Look at** the left panel: two sets from one and the same source are measured as different, by
# an amount that falls as $1/n$ and, for large $D$, grows as $D^2$. FID has $D = 2048$. On the right
# the open marks at $1/n = 0$ are the true values; the better model measured with few pictures looks
# *worse* than the worse one measured with many. Two distances of different $n$ must never be
# compared. Paper 001 names three numbers of pictures for its distance on COCO (001-X02). Our
# formula tells how much that alone could matter. To have a scale, we divide by $\mathrm{Tr}\, S$,
# the sum of all variances, which is $D$ here:

# %% tags=["nbval-check-output"]
D = 2048
for n in (10_000, 12_000, 40_000):
    bias = (2 * D + D * (D + 1) / 2) / n
    print(f"n = {n:6,}: {bias:5.1f}, or {bias / D:.1%} of Tr S, from n alone")

# %% [markdown]
# That is for independent features of variance 1. Real features depend on one another and have other
# variances, so these are no values to subtract from a published one. But the bias falls as $1/n$
# whatever they are: four times as many pictures, a quarter of it. Two ways out. One is the same $n$
# for all, written into the name of the number, such as `fd_squeezenet_bilinear224_n500`. The other
# is a distance without bias. The *kernel distance* {cite:p}`binkowski2018demystifying` measures how
# alike two feature vectors $u$ and $v$ are by
#
# $$
# k(u, v) = \left( \frac{u \cdot v}{D} + 1 \right)^3
# $$
#
# and takes the mean of $k$ over pairs within the first set, plus that within the second, minus
# twice that between the two. A picture is never paired with itself, and that removes the bias: the
# mean over many draws does not depend on $n$. (With the Inception network of FID it is called KID.)

# %%
rows = []
for n in (50, 150, 450):
    pairs = [(normal(n, 16, 1.0), normal(n, 16)) for _ in range(20)]
    row = {"n": n}
    for name in ("frechet_distance", "kernel_distance"):
        values = [getattr(metrics, name)(*pair).item() for pair in pairs]
        row[name] = f"{np.mean(values):.3f} ± {np.std(values):.3f}"
    rows.append(row)
show.table(rows, caption="mean ± deviation of 20 draws; true Fréchet distance 1")

# %% [markdown]
# **Look at** the means: the Fréchet distance falls toward its truth; the mean of the kernel distance
# stays about where it is, and only the scatter falls.
#
# ### With pictures
#
# A network for features would have to be downloaded. So we make features by hand: cut a picture
# into four quarters and take the mean and the deviation of L, a and b in each. That is $D = 24$.
# They know nothing of objects, so this is no FID, and its name says so: `fd_handmade24`. Each set
# of $n$ colored crops is compared with $n$ other true crops of the same photographs.


# %%
def handmade(rgb):
    """24 features: mean and deviation of L, a, b in each quarter."""
    lab = rgb_to_lab(rgb)
    quarters = [part for rows in lab.chunk(2, 2) for part in rows.chunk(2, 3)]
    mean = [part.mean((2, 3)) for part in quarters]
    spread = [part.std((2, 3)) for part in quarters]
    return torch.cat(mean + spread, dim=1)


# %%
order = torch.randperm(len(train), generator=draw)
real, half = handmade(train[order]), len(train) // 2
some = train[order[:half]]
pale = rgb_to_lab(some)
others = {
    "gray copy": handmade(gray_copy(some)),
    "half the chroma": handmade(join(pale[:, :1], 0.5 * pale[:, 1:])),
}

# %%
rows = []
for n in (40, 80, 160):
    name = metrics.distance_name("fd", "handmade24", "none", n)
    row = {"distance": name}
    fresh = slice(half, half + n)  # other crops than the first n
    row["truth"] = metrics.frechet_distance(real[:n], real[fresh]).item()
    for what, features in others.items():
        distance = metrics.frechet_distance(features[:n], real[fresh])
        row[what] = distance.item()
    rows.append(row)
show.table(rows, formats=dict.fromkeys(["truth", *others], ".0f"))

# %%
assert rows[0]["truth"] > rows[1]["truth"] > rows[2]["truth"] > 0
assert all(r["truth"] < r["half the chroma"] < r["gray copy"] for r in rows)
n = len(truth)
apart = metrics.frechet_distance(handmade(truth), real[:n]).item()
print(f"{n} test crops against {n} training crops, all true: {apart:.0f}")
assert 0.8 * rows[0]["gray copy"] < apart

# %% [markdown]
# **Look at** the column *truth*: true pictures against other true pictures, and the distance is
# not zero. It falls with $n$ here too. In the other columns, one draw of so few pictures, chance
# hides that; but within one row the order is as it should be. The last line is a warning of another
# kind: test photographs and training photographs show different things, and that alone is about as
# large a distance as losing all color. So compare with true pictures from the same source, and
# always print what other true pictures of that source score.
#
# ## The baselines, on record
#
# Enough of a few photographs. These are full runs on the test splits of the book's data sets, read
# from their records. None of them trains a network; mean color and color per gray are taken from
# the training split of the same set. Every network has to beat them.

# %%
from huelab import recipes

rgb, pictures = {"space": "rgb"}, {"averaging": "pictures"}
measures = {
    "PSNR": {"name": "psnr"} | rgb | pictures,
    "pooled": {"name": "psnr", "averaging": "pooled"} | rgb,
    "SSIM": {"name": "ssim"},
    "MAE ab": {"name": "mae", "space": "ab/128"},
    "ΔE2000": {"name": "delta_e_2000"},
    "colorful": {"name": "colorfulness_gap"},
}

# %%
rows, last = [], {record.recipe: record for record in recorded}
for recipe in recipes.RECIPES.values():
    baseline, _, where = recipe.name.rpartition("-")
    baseline = baseline.replace("-", " ")
    if recipe.group != "baselines" or baseline not in methods:
        continue
    row = {"test set": where, "baseline": baseline}
    if record := last.get(recipe.name):
        test = record.metrics[0].data
        for column, wanted in measures.items():
            row[column] = records.value(record, data=test, **wanted)
    rows.append(row)
digits = [".2f", ".2f", ".3f", ".3f", ".1f", ".1f"]
formats = dict(zip(measures, digits, strict=True))
columns = ["test set", "baseline", *measures]
show.table(rows, columns=columns, formats=formats, profile="full")

# %% [markdown]
# *PSNR* is in RGB with peak 1, the mean over pictures; *pooled* is that of the pooled error; *MAE ab*
# is divided by 128; *colorful* is the colorfulness minus that of the truth. A dash means that
# a run is not recorded yet. There are three things to read out of the table. First, how far the two
# ways of averaging PSNR are apart on whole test sets:

# %%
measured_rows = [row for row in rows if "PSNR" in row]
apart = [row["PSNR"] - row["pooled"] for row in measured_rows]
if apart:
    print(f"{min(apart):.1f} to {max(apart):.1f} dB, in {len(apart)} runs")
assert all(gap >= 0 for gap in apart)

# %% [markdown]
# Second, which baseline is the best? It depends on whom you ask:

# %%
judges = {"PSNR": max, "SSIM": max, "MAE ab": min, "ΔE2000": min}
judges["colorful"] = min
winners = []
for place in dict.fromkeys(row["test set"] for row in measured_rows):
    here = [row for row in measured_rows if row["test set"] == place]
    winner = {"test set": place}
    for column, better in judges.items():
        top = better(here, key=lambda row: abs(row[column]))
        winner[column] = top["baseline"]
    winners.append(winner)
show.table(winners, profile="full", caption="the best baseline by metric")

# %%
agree, differ = [], []
for place, *names in (list(winner.values()) for winner in winners):
    (agree if len(set(names)) == 1 else differ).append(place)
print("one winner:     ", ", ".join(agree) or "none")
print("several winners:", ", ".join(differ) or "none")

# %% [markdown]
# **Look at** the second line. There, the choice of the metric is the choice of the winner. A method
# that is sold on one number should be asked for the others.
#
# Third, how strong these baselines are. Color per gray knows nothing about objects: it maps 256 grays
# to 256 colors. A network that does not beat it gives no sign that it sees more than single pixels.
#
# ## Ask people: a blind test
#
# Paper 004 says that its method looks better than others (004-R01) and gives no number (004-R05).
# The eye is a good judge if it does not know whose picture it sees. So a test needs four things:
# **pairs** of the same photograph by two methods; a **hidden order**, left and right by chance; a
# **question** that all are asked in the same words; and **pictures chosen by a seed**, not by the
# author. Here is such a test in a few lines.

# %%
import random


def blind_test(first, second, pictures, seed):
    """Trials in random order, each with its two methods left and right."""
    draw = random.Random(seed)
    shuffled = draw.sample(list(pictures), len(pictures))
    trials = [(k, draw.sample([first, second], 2)) for k in shuffled]
    return {"trials": trials, "asked": 0, "wins": {first: 0, second: 0}}


# %%
def pair_of(test):
    """The two pictures of the present trial, left and right."""
    k, names = test["trials"][test["asked"]]
    return [colored[name][k] for name in names]


# %%
def answer(test, side):
    """Count one answer, 0 for left and 1 for right; False at the end."""
    _, names = test["trials"][test["asked"]]
    test["wins"][names[side]] += 1
    test["asked"] += 1
    return test["asked"] < len(test["trials"])


# %% [markdown]
# The buttons come from ipywidgets. They show a pair, count the click, show the next; the tally
# appears only at the end, so that it cannot influence anybody.

# %%
import io

import ipywidgets as widgets
from PIL import Image


def png(picture):
    pixels = (picture * 255).round().byte().permute(1, 2, 0).numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).resize((256, 256)).save(file, "PNG")
    return file.getvalue()


# %%
def take(test, question):
    """The test as a widget, to be shown in JupyterLab."""
    views = [widgets.Image(value=png(p), width=256) for p in pair_of(test)]
    sides = [widgets.Button(description=name) for name in ("left", "right")]
    label = widgets.Label(question)

    def clicked(button):
        if answer(test, sides.index(button)):
            for view, picture in zip(views, pair_of(test), strict=True):
                view.value = png(picture)
            return
        for side in sides:
            side.disabled = True
        label.value = f"Thank you. Chosen: {test['wins']}"

    for side in sides:
        side.on_click(clicked)
    return widgets.VBox([label, widgets.HBox(views), widgets.HBox(sides)])


# %% [markdown]
# Buttons need a running kernel behind them. On the published page there is none, and you see the
# first pair as a still. In JupyterLab set `live = True` and run the cell: the test is yours. In a
# class let every student take it with a *seed of their own*, and collect the tallies.

# %% mystnb={"image": {"alt": "A still of the blind test: two colorings of the same crop side by side, labeled left and right, without saying which method made which."}}
live = False  # True: take the test
question = "Which of the two has the more believable colors?"
rival, twelve = "mean color", show.choose(len(truth), 12, seed=11)
test = blind_test(rival, best, twelve, seed=2024)
still = dict(zip(["left", "right"], pair_of(test), strict=True))
take(test, question) if live else show.pictures(still, size=256, profile=mixed)

# %% [markdown]
# ### What the class said
#
# We have no class in this book, so we **simulate** one, and say so: what follows are not the
# answers of people. Each student prefers the network with a probability of their own, drawn from a
# Gaussian around a value that we set. The advantage of a simulation is that we know the truth, and
# can see whether the statistics find it.


# %%
def sit(seed, preference):
    """One simulated student; returns how often `best` was chosen."""
    test, draw = blind_test(rival, best, twelve, seed), random.Random(seed)
    for _, names in test["trials"]:
        wanted = best if draw.random() < preference else rival
        answer(test, names.index(wanted))
    return test["wins"][best]


# %%
set_by_us, deviation, students = 0.62, 0.10, 20
people = np.random.default_rng(5)
leaning = people.normal(set_by_us, deviation, students).clip(0, 1)
votes = np.array([sit(seed, p) for seed, p in enumerate(leaning)])
k, n = int(votes.sum()), students * len(twelve)
print(f"{best} was chosen {k} times of {n}: {k / n:.1%}")

# %% [markdown]
# How sure is that? If $k$ of $n$ answers are for one side, $\hat p = k/n$ estimates the
# probability $p$ of such an answer. The *95 % confidence interval* of Wilson
# {cite:p}`wilson1927probable` holds all $p$ from which the observed $\hat p$ is less than $z$
# standard deviations away. A Gaussian has 95 % of its values within $z \approx 1.96$ deviations.
# The interval is
#
# $$
# \frac{1}{1 + z^2/n}
# \left( \hat p + \frac{z^2}{2n}
# \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}} \right).
# $$
#
# "95 %" is a promise about the method: of many such tests, about 95 in 100 give an interval that
# holds the true $p$. Unlike the textbook $\hat p \pm z \sqrt{\hat p (1 - \hat p)/n}$ it also works
# for few answers, and when all answers agree.

# %%
from scipy import stats


z_95 = stats.norm.ppf(0.975)


def wilson(k, n, z=z_95):
    p, w = k / n, 1 + z**2 / n
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    return (p + z**2 / (2 * n) - half) / w, (p + z**2 / (2 * n) + half) / w


# %%
low, high = wilson(k, n)
oracle = stats.binomtest(k, n).proportion_ci(method="wilson")
print("SciPy agrees:", np.allclose([low, high], oracle))
print(f"{k / n:.1%}, 95 % interval {low:.1%} to {high:.1%}")
print(f"set by us: {set_by_us:.0%}; a coin would give 50 %")
assert low < set_by_us < high and low > 0.5

# %% mystnb={"image": {"alt": "Twenty dots, one for each simulated student, with the share of answers for the network and its wide Wilson interval, sorted; below them one dot for the whole class with a much narrower interval. A dashed line marks one half, a solid line the value set for the simulation, which the interval of the class contains."}}
fig, axes = plt.subplots(figsize=(6.2, 4.2), layout="constrained")
ranked = np.sort(votes)
for row, (won, asked) in enumerate([(k, n), *((v, len(twelve)) for v in ranked)]):
    ends = wilson(won, asked)
    color = "C1" if row == 0 else "0.35"
    axes.plot(ends, [row, row], color=color, lw=3 if row == 0 else 1)
    axes.plot(won / asked, row, "s" if row == 0 else "o", color=color, ms=5)
axes.axvline(0.5, ls="--", color="black", lw=1, label="a coin")
axes.axvline(set_by_us, color="C0", lw=1, label="set by us")
axes.set(xlim=(0, 1), xlabel=f"share of answers for {best}")
axes.set_yticks([0, students / 2], ["whole class", "single\nstudents"])
axes.tick_params(axis="y", length=0)
axes.legend(frameon=False, loc="upper left")
show.stamp(fig)

# %% [markdown]
# **Look at** the single students: with twelve answers most intervals hold one half, and some students
# point to the wrong side. Most students alone cannot tell. Together they can.

# %%
ends = [wilson(v, len(twelve)) for v in votes.tolist()]
unsure = sum(low < 0.5 < high for low, high in ends)
wrong = int((votes < len(twelve) / 2).sum())
print(f"{unsure} of {students} students could have tossed a coin")
print(f"{wrong} chose {rival} more often")
assert unsure > students / 2 and wrong > 1

# %% [markdown]
# **Why the order is hidden.** A bored student who always presses *left* should not help anybody.
# Let us see what a thousand of them would say:

# %%
lazy = [blind_test(rival, best, twelve, seed) for seed in range(1000)]
for one in lazy:
    while answer(one, 0):
        pass
chosen_lazy = sum(one["wins"][best] for one in lazy) / (len(lazy) * len(twelve))
print(f"always left: {chosen_lazy:.1%} for {best}")
assert abs(chosen_lazy - 0.5) < 0.02

# %% [markdown]
# About one half: a student who does not look votes for nobody.
#
# **Twelve answers of one student are not twelve students.** Wilson's formula takes all answers for
# independent. But a student who likes color likes it twelve times. So we make a second interval
# from the students' own shares, $\bar p \pm t\, s / \sqrt{m}$. Here $m$ is the number of students,
# $\bar p$ the mean of their shares, $s$ the deviation of the shares, and $t$ the 97.5 % point of
# Student's distribution with $m - 1$ degrees of freedom, which is a little larger than $z$ because
# $s$ is estimated too. We simulate many classes and count how often each interval holds the true
# value: *one pot* is Wilson's with all answers, *by student* the second. (The true value is the mean
# of all simulated students; cutting at 0 and 1 moves it a little away from the value we set.)


# %%
def by_student(counts):
    """Both ends of the second interval, for classes (..., students)."""
    shares, m = counts / len(twelve), counts.shape[-1]
    half = stats.t.ppf(0.975, m - 1) * shares.std(-1, ddof=1) / m**0.5
    return shares.mean(-1) - half, shares.mean(-1) + half


# %%
coverage = []
for differ in (0.0, 0.1, 0.2):
    p = people.normal(set_by_us, differ, (4000, students)).clip(0, 1)
    counts = people.binomial(len(twelve), p)
    both = {"one pot": wilson(counts.sum(-1), n), "by student": by_student(counts)}
    row = {"students differ by": differ}
    for name, (low, high) in both.items():
        row[name] = ((low < p.mean()) & (p.mean() < high)).mean()
    coverage.append(row)
formats = {"one pot": ".1%", "by student": ".1%"}
show.table(coverage, formats=formats, caption="how often the true value is inside")

# %%
assert coverage[0]["one pot"] > 0.92 and coverage[2]["one pot"] < 0.88
assert all(row["by student"] > 0.92 for row in coverage)
both = {"one pot": wilson(k, n), "by student": by_student(votes)}
for name, (low, high) in both.items():
    print(f"our class, {name:10s}: {low:.1%} to {high:.1%}")
assert low > 0.5

# %% [markdown]
# **Look at** the column *one pot*: the more the students differ, the more often the interval is
# wrong, although it promises 95 %. The one by student about keeps the promise. For our class it is
# wider, and still does not hold one half. So average within each person first, and count persons.
# The same holds for pictures: a test on a dozen crops of three photographs says little about a
# fourth photograph.
#
# ## Reading with care
#
# **A threshold nobody gave.** Paper 001 says that almost 20 % of its test pictures stay uncolored
# or barely colored (001-R11). It does not say when a picture counts as such. We count the share of
# pictures whose mean chroma is below a threshold, for the network and for the truth:

# %%
strength = {best: colored[best], "truth": truth}
strength = {name: metrics.mean_chroma(x) for name, x in strength.items()}
rows = []
for threshold in (2, 5, 8, 12, 20):
    row = {"mean chroma below": threshold}
    for name, values in strength.items():
        row[name] = (values < threshold).float().mean().item()
    rows.append(row)
show.table(rows, formats=dict.fromkeys(strength, ".0%"), profile=mixed)

# %%
assert rows[0][best] < 0.1 and rows[-1][best] > 0.9 and rows[-1]["truth"] > 0.3
print(f"the threshold of this book: {metrics.UNCOLORED_CHROMA:g}")

# %% [markdown]
# By choice of the threshold the network has any share, and in the end even many true pictures count
# as uncolored. Our threshold is recorded with every value.
#
# **What became of the claims.** The last column says what this chapter could settle. Whether a
# network reaches its number is a matter for the chapter on that network.

# %%
gray_score = " and ".join(f"{value:.1%}" for value in cifar) or "not recorded yet"
no_terms = "not comparable without network, resizer and n"
unnamed = "not comparable without space, divisor and averaging"
spans = f"one method spans {span:.0f} dB over protocols"
found_out = {
    "000-R02": f"a little more than gray scores on CIFAR-10: {gray_score}",
    "000-R05": f"about what gray scores on CIFAR-10: {gray_score}",
    "000-X05": "holds: gray, mean color and sepia score alike",
    "001-R03, 001-R04": no_terms,
    "001-R11": "depends on a threshold that is not given",
    "001-X02": "matters: n alone moves the distance, as 1/n",
    "002-R01, 002-R02, 002-R05": unnamed,
    "002-R03, 002-R06": spans,
    "002-X01": "holds: neither peak leads from that MSE to that PSNR",
    "002-X05": "holds: the two cannot be one pooled measurement",
    "004-R01": "to be settled by a blind test or a color difference",
    "004-R05": "nothing to compare",
}
told = {key for keys in found_out for key in keys.split(", ")}
assert told == set(discussed)
show.table([{"id": key, "what we find": text} for key, text in found_out.items()])

# %% [markdown]
# ## Exercises
#
# Try first, then unfold the solution. Each ends with an `assert` that is true only if it works.
#
# **Exercise 1: buy seven decibels.** Your colorizer has some PSNR in ab/110 with peak 1. Without
# touching it, raise the number by more than 7 dB, by a change of protocol that you can state in
# one line. Check it on the network's pictures.

# %% tags=["solution", "hide-cell"]
error_of = metrics.mse(colored[best], truth, space="ab")
before = psnr(error_of / 110**2, peak=1).mean()
after = psnr(error_of / 128**2, peak=2).mean()
print(f"{before:.2f} dB becomes {after:.2f} dB")
assert after - before > 7  # 20 log10(2 * 128 / 110)

# %% [markdown]
# **Exercise 2: the perfect accuracy.** Make a picture from the truth that has an accuracy of exactly
# 1 in 8 bits and almost no color: at most 8 levels between the largest and the smallest channel of
# any pixel.

# %% tags=["solution", "hide-cell"]
level = (rgb_to_gray(truth, "rec601") * 255).round().clamp(0, 250)
first = (truth * 255).round().argmax(dim=1)
nearly_gray = level.repeat(1, 3, 1, 1)
nearly_gray.scatter_add_(1, first[:, None], torch.full_like(level, 4.0))
nearly_gray = nearly_gray / 255
assert keras_accuracy(nearly_gray, truth).min() == 1
assert (nearly_gray.amax(1) - nearly_gray.amin(1)).max() * 255 <= 8

# %% [markdown]
# **Exercise 3: the limit.** In the right panel of the Fréchet figure both curves are nearly straight
# in $1/n$. Fit a line through the three largest $n$ for each model and read off its value at $1/n =
# 0$. How close is it to the truth? (Use `np.polyfit`.)

# %% tags=["solution", "hide-cell"]
for name, true in models.items():
    slope, limit = np.polyfit([1 / n for n in sizes[3:]], falling[name][3:], 1)
    print(f"{name}: limit {limit:.2f}, largest n {falling[name][-1]:.2f}")
    assert abs(limit - true) < 0.5 * abs(falling[name][-1] - true)

# %% [markdown]
# **Exercise 4: how large a class?** Two methods are nearly equal: one is preferred in 55 % of
# answers. How many independent answers does it take until Wilson's interval around exactly 55 %
# leaves 50 % outside? Try multiples of 20, so that 55 % is a whole number of answers. And for 60 %?


# %% tags=["solution", "hide-cell"]
def answers_needed(percent):
    multiples = range(20, 2000, 20)
    return next(m for m in multiples if wilson(m * percent // 100, m)[0] > 0.5)


print(answers_needed(55), answers_needed(60))
assert 300 < answers_needed(55) < 500 and answers_needed(60) < 130

# %% [markdown]
# **Exercise 5: the exact interval.** Wilson's interval is an approximation. The exact one of
# {cite:t}`clopper1934use` starts at the $p$ for which $k$ *or more* answers of $n$ have a probability
# of just 2.5 %, and ends at the $p$ for which $k$ *or fewer* have. Find both ends for 9 of 12 by
# halving an interval again and again, with `math.comb` only, and compare.

# %% tags=["solution", "hide-cell"]
from math import comb


def at_least(k, n, p):
    return sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))


# %% tags=["solution", "hide-cell"]
def halve(k, n, target):
    """The p for which k or more of n answers have the probability target."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        below = at_least(k, n, middle) < target
        low, high = (middle, high) if below else (low, middle)
    return low


# %% tags=["solution", "hide-cell"]
# 9 or fewer have 2.5 % where 10 or more have the rest, 97.5 %.
exact, close = (halve(9, 12, 0.025), halve(10, 12, 0.975)), wilson(9, 12)
print(f"exact  {exact[0]:.3f} to {exact[1]:.3f}")
print(f"Wilson {close[0]:.3f} to {close[1]:.3f}")
assert np.allclose(exact, stats.binomtest(9, 12).proportion_ci(method="exact"))
assert exact[0] < close[0] and exact[1] > close[1]

# %% [markdown]
# ## What to remember
#
# - A PSNR comes with a space, a divisor, a peak and an average. Another choice of them can move it by
#   many decibels.
# - The accuracy of Keras on RGB asks which channel is largest. Gray scores about one half on CIFAR-10
#   and far more on portraits.
# - Every metric is blind to some damage. Print several: one for values (PSNR), one for the eye
#   (CIEDE2000), one for the amount of color, one for edges.
# - Print the trivial baselines with the same protocol. The best of them depends on the metric.
# - The Fréchet distance falls with the number of pictures. Same $n$, same network, same resizer,
#   or no comparison.
# - Look at the values of single pictures, not only at the mean, and compare method with method on
#   the same pictures.
# - If you ask people: hide the order, choose pictures by a seed, give an interval, and count
#   persons rather than clicks.
#
# ## Further reading
#
# {cite:t}`wang2004image` say why squared error is a poor judge and what SSIM does instead.
# {cite:t}`zhang2018unreasonable` compare metrics with many human judgments.
# {cite:t}`sharma2005ciede2000` print the CIEDE2000 formula with test data.
# {cite:t}`hasler2003measuring` show how to turn opinions into a formula. {cite:t}`heusel2017gans`
# introduced FID, {cite:t}`binkowski2018demystifying` KID. {cite:t}`wilson1927probable` says in four
# pages what an interval can mean. {cite:t}`zhang2016colorful` judged their colorizer by a blind test
# with real people, and by what a classifier makes of the result; it is the model for the last part
# of this chapter.
