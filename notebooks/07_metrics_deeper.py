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
# # Metrics, deeper: protocols, sets and a class (may be skipped)
#
# {doc}`07_metrics` said that a PSNR comes with a protocol, that a distance between sets falls with
# the number of pictures, and that twelve answers of one student are not twelve students. This
# chapter measures each of these. No later chapter needs it.
#
# **What you will learn**
#
# - How far the protocol alone moves a PSNR or an SSIM, and what a frame or a logo does to it.
# - Why the Fréchet distance falls as $1/n$, and what to print instead of a lone value.
# - How to give the result of a class without promising too much.
#
# **What it needs.** {doc}`07_metrics`. There is no training, no GPU and no download.

# %%
from huelab import show

show.needs("07_metrics_deeper")

# %% [markdown]
# ## What the papers say
#
# Paper 001 {cite:p}`bana2021vitigan` judges its networks by one Fréchet distance for each data set, and
# counts pictures without color. Paper 002 {cite:p}`cevallos2021very` prints errors and PSNRs. We return
# to these claims at the end.

# %%
from huelab import ledger

claims = {claim.id: claim.claim for claim in ledger.read_claims()}
discussed = ["001-R03", "001-R04", "001-R11", "001-X02"]
discussed += ["002-R01", "002-R03", "002-R06"]
show.table([{"id": key, "claim": claims[key]} for key in discussed])

# %% [markdown]
# ## The pictures, again
#
# The truth and the predictions are those of {doc}`07_metrics`. All metrics are now the library's:
# `mse` is the mean squared error of each picture, and `psnr_of_mse` makes decibels of it.

# %%
import numpy as np
import torch
from huelab import metrics, records
from huelab.color import rgb_to_gray
from huelab.data import open_dataset
from huelab.methods import trained
from huelab.methods.baselines import GrayCopy, MeanColor
from huelab.methods.recolor import recolor

crops = [open_dataset("embedded", split, size=128) for split in ("train", "test")]
train, truth = (torch.stack(list(pictures)) / 255 for pictures in crops)
methods = {"gray copy": GrayCopy(), "mean color": MeanColor.fit([train])}
runs = records.find("first", profile="full")
if runs:
    methods["network"] = trained.load(runs[-1])
best, mixed = list(methods)[-1], "quick and full" if runs else None
colored = recolor(methods, truth)
print({name: tuple(batch.shape) for name, batch in colored.items()})

# %% [markdown]
# ## One prediction, many PSNRs
#
# The method never changes: it is the gray copy, which learns nothing, so we may use all embedded
# photographs, those for training too. Only the *protocol* changes: how the pictures are prepared,
# compared and averaged. `squares` are their center crops. `squashed` are the same photographs
# pressed into a square, as some code does.

# %%
from huelab.data import open_photographs
from torch.nn.functional import interpolate

squares, squashed = torch.stack([*open_photographs(256).values()]) / 255, []
for picture in open_photographs().values():
    how = {"mode": "bicubic", "antialias": True}
    fitted = interpolate(picture[None].float(), (256, 256), **how)
    squashed.append(fitted[0].clamp(0, 255) / 255)
squashed = torch.stack(squashed)

# %% [markdown]
# We measure both. We also measure the squares at 32 pixels, the squares against a truth that was
# rounded to 8-bit Lab, and a gray copy made by `rec601` instead of the lightness.

# %%
from huelab.color import lab_to_rgb, rgb_to_lab


def gray_copy(rgb):
    return GrayCopy().colorize(rgb_to_gray(rgb, "lightness"))


def round_lab(rgb):
    """What is left of a picture that was stored as Lab in 8 bits."""
    steps = torch.tensor([100 / 255, 1, 1]).view(3, 1, 1)
    return lab_to_rgb((rgb_to_lab(rgb) / steps).round() * steps)


def decibels(pred, true, peak=1, **how):
    """PSNR of each picture, in RGB unless a space is given."""
    error = metrics.mse(pred, true, **{"space": "rgb"} | how)
    return metrics.psnr_of_mse(error, peak)


def pooled(pred, true, peak=1, **how):
    """One PSNR, of the error averaged over all pictures."""
    error = metrics.mse(pred, true, **{"space": "rgb"} | how).mean()
    return metrics.psnr_of_mse(error, peak)


# %%
pred, tiny = gray_copy(squares), interpolate(squares, (32, 32), mode="area")
luma = rgb_to_gray(squares, "rec601").expand(-1, 3, -1, -1)
protocols = {
    "RGB, mean over pictures": decibels(pred, squares).mean(),
    "RGB, median picture": decibels(pred, squares).median(),
    "RGB, pooled": pooled(pred, squares),
    "RGB, gray made by rec601": decibels(luma, squares).mean(),
    "RGB, truth from 8-bit Lab": decibels(pred, round_lab(squares)).mean(),
    "RGB, squashed": decibels(gray_copy(squashed), squashed).mean(),
    "RGB, at 32 pixels": decibels(gray_copy(tiny), tiny).mean(),
}
for divisor in (110, 128):
    for peak in (1, 2):
        how, name = {"space": "ab", "divisor": divisor}, f"ab/{divisor}, peak {peak}"
        protocols[name] = decibels(pred, squares, peak, **how).mean()
        protocols[f"{name}, pooled"] = pooled(pred, squares, peak, **how)

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
assert kinds == ["peak 1"] * 4 + ["RGB"] * len(rgb) + ["peak 2"] * 4
assert rgb[-1] - protocols["RGB, mean over pictures"] < 0.25 * span

# %% [markdown]
# A PSNR is the mean over pictures, unless its name says otherwise. Circles are protocols in RGB with
# peak 1, squares are protocols in $a$ and $b$.
#
# **Look at** the distance between the lowest and the highest dot. It is the *same method on the same
# photographs*, and the whole spread consists of choices. Where does it come from?
#
# - **The space.** In RGB much of a value is lightness, which is right by construction. $a$ and $b$
#   are color alone, and the gray copy has none. So with the same peak 1, $a$ and $b$ give less. But
#   they use only a small part of the range $[-1, 1]$, and against its full width 2 they give more.
# - **The divisor.** From 110 to 128 is $20 \log_{10}(128/110)$ dB, whatever the picture.
# - **The peak.** From 1 to 2 is $20 \log_{10} 2$ dB.
# - **The average.** The curve of the logarithm is bent: a few easy pictures with very small errors lift the
#   mean of the PSNRs, and hardly lower the pooled error. So the mean over pictures is never below
#   the pooled value (*Jensen's inequality*).
# - **The pictures.** Shrunk to 32 pixels or squashed, the same photographs score a little higher.
#   The other ways of preparing them hardly matter here.
#
# {doc}`04_vgg_deeper` asks whether the MSE and the PSNR that paper 002 prints side by side can come from
# the protocol of this book. The protocol misses them by so many decibels that the paper can hardly have
# used it. So its numbers and ours are not comparable.
#
# ## Four exhibits
#
# In each exhibit a number moves, and the colors do not.
#
# ### Exhibit 1: a border, and a mark
#
# Some pictures in a data set have a frame, such as black bars. The frame is in the gray input too.
# A colorizer that keeps black as black gets the frame right without any work. Here are a prediction of the
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
pairs = {"as it is": (plain, truth), "framed, both": framed}
pairs["marked, prediction only"] = (marked, truth)
judges = {"PSNR (dB)": decibels, "SSIM": metrics.ssim, "ΔE00": metrics.delta_e_2000}
rows = []
for name, pair in pairs.items():
    values = {judge: f(*pair).mean().item() for judge, f in judges.items()}
    rows.append({"prediction": name} | values)
formats = {"PSNR (dB)": ".2f", "SSIM": ".3f", "ΔE00": ".2f"}
show.table(rows, formats=formats, profile=mixed)

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
# With the means $\mu$, variances $\sigma^2$ and covariance $\sigma_{y\hat y}$ inside a window it is
#
# $$
# \mathrm{SSIM} = \frac{(2 \mu_y \mu_{\hat y} + c_1)(2 \sigma_{y \hat y} + c_2)}
# {(\mu_y^2 + \mu_{\hat y}^2 + c_1)(\sigma_y^2 + \sigma_{\hat y}^2 + c_2)},
# \qquad c_1 = (0.01 P)^2, \quad c_2 = (0.03 P)^2,
# $$
#
# averaged over all windows, and in a color picture over R, G and B. The constants keep the ratio
# from becoming 0/0 where a window is black or flat. They contain the range $P$. If you pass a range
# that is too large, the constants outweigh the difference, and everything becomes similar. The
# authors weight a window by a Gaussian; scikit-image takes a flat window if you choose none. Here
# is the gray copy in five ways. The first is checked against scikit-image.

# %%
from skimage.metrics import structural_similarity


def other_ssim(x, y, **settings):
    """SSIM by scikit-image, of one picture."""
    x, y = (a.movedim(0, -1).double().numpy() for a in (x, y))
    return structural_similarity(x, y, channel_axis=-1, data_range=1, **settings)


gauss = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
gray = colored["gray copy"]
oracle = [other_ssim(gray[k], truth[k], **gauss) for k in (0, 16, 32)]
assert np.allclose(metrics.ssim(gray, truth)[[0, 16, 32]], oracle, atol=2e-3)
light = [rgb_to_gray(x, "lightness").expand(-1, 3, -1, -1) for x in (gray, truth)]
flat = [other_ssim(x, y) for x, y in zip(gray, truth, strict=True)]
means = {
    "RGB, Gaussian window, range 1": metrics.ssim(gray, truth).mean().item(),
    "RGB, flat window of 7, range 1": np.mean(flat).item(),
    "RGB, range 2": metrics.ssim(gray, truth, data_range=2).mean().item(),
    "RGB, range 255": metrics.ssim(gray, truth, data_range=255).mean().item(),
    "lightness alone": metrics.ssim(*light).mean().item(),
}
rows = [{"how": name, "SSIM": value} for name, value in means.items()]
assert means["RGB, range 2"] > means["RGB, Gaussian window, range 1"]
assert min(means["RGB, range 255"], means["lightness alone"]) > 0.99
show.table(rows, formats={"SSIM": ".4f"}, caption="the gray copy")

# %% [markdown]
# **Look at** the last two rows. With the range 255 on values in $[0, 1]$ a gray photograph is an
# almost perfect colorization. The last row makes no mistake at all: SSIM was made for gray
# pictures, and some programs convert to gray first. But a colorizer that keeps $L$ is *given* the
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
# absolute values first. Then green and red, which lie on opposite sides, become the same. `hasler`
# below is the formula, for signed values or for absolute ones.


# %%
def opponents(rgb):
    """rg and yb in levels: (N, 2, pixels)."""
    r, g, b = (255 * rgb).unbind(1)
    return torch.stack([r - g, (r + g) / 2 - b], dim=1).flatten(2)


# %%
def hasler(values):
    spread, mean = values.std(2, correction=0), values.mean(2)
    return spread.norm(dim=1) + 0.3 * mean.norm(dim=1)


# %%
values = opponents(squares)
signed, unsigned = hasler(values), hasler(values.abs())
assert torch.allclose(signed, metrics.colorfulness(squares), atol=1e-2)
lost = 1 - unsigned / signed
print(f"signed {signed.mean():.1f}, absolute values {unsigned.mean():.1f}")
print(f"lost: {lost.min():.0%} to {lost.max():.0%}, depending on the picture")
assert (unsigned <= signed).all() and lost.max() > 0.1

# %% [markdown]
# On these photographs the wrong variant is never larger, and how much it loses depends on the
# picture. So it is not even a constant factor that would cancel in a comparison. Note also what
# colorfulness is not: it never looks at the truth. A picture in wild random colors scores high.
#
# ### Exhibit 4: a truth that was rounded
#
# Lab in 8 bits loses colors ({doc}`02_lab`). If the truth of a test set was stored so, even a perfect
# colorizer does not reach the top, because its prediction is compared with a rounded truth.

# %%
rounded = round_lab(squares)
ceiling = decibels(squares, rounded).mean()
change = decibels(pred, rounded).mean() - decibels(pred, squares).mean()
print(f"a perfect colorizer scores {ceiling:.1f} dB")
print(f"the gray copy changes by {change:+.3f} dB")
assert ceiling < 60 and abs(change) < 0.1

# %% [markdown]
# The gray copy is far below this ceiling, and there the rounding hardly shows. The closer a method
# comes to the truth, the more of its error would come from the rounding.
#
# ## The mean, the median, and every picture
#
# A table prints one number for a test set: the mean over one number for each picture. How different
# are those? Each curve shows, for every value on the horizontal axis, the share of pictures whose
# CIEDE2000 is at most that value. The thin vertical lines are the means.

# %% mystnb={"image": {"alt": "Step curves of the share of pictures against CIEDE2000 for gray copy, mean color and the network. The curves are wide: single pictures of one method differ more than the means of gray copy and network, which are marked by thin vertical lines. The curve of mean color has a long tail of pictures with large differences."}}
each = {m: metrics.delta_e_2000(colored[m], truth) for m in colored}
fig, axes = plt.subplots(figsize=(6.2, 3.4), layout="constrained")
height = np.arange(1, len(truth) + 1) / len(truth)
for (name, values), line in zip(each.items(), ["-", "--", ":"], strict=False):
    (drawn,) = axes.step(values.sort().values, height, line, where="post")
    middle = f"mean {values.mean():.1f}, median {values.median():.1f}"
    drawn.set_label(f"{name}, {middle}")
    axes.axvline(values.mean(), color=drawn.get_color(), ls=line, lw=0.8)
axes.set(xlabel="CIEDE2000 of a picture", ylabel="share of pictures")
axes.legend(frameon=False, fontsize=8)
show.stamp(fig, mixed)

# %%
gap = each["gray copy"] - each[best]
print(f"{best} beats the gray copy on {(gap > 0).float().mean():.0%} of the crops")
owner = [file.split("/")[0] for file in crops[1].files]
for name in dict.fromkeys(owner):
    own = torch.tensor([one == name for one in owner])
    print(f"  {name:13s} {gap[own].mean():+.1f} CIEDE2000")

# %%
spread = each[best].max() - each[best].min()
mean, gray_mean = each["mean color"], each["gray copy"]
assert spread > 2 * gap.mean().abs()
assert mean.median() - gray_mean.median() < 2 and mean.mean() - gray_mean.mean() > 4
assert 0.25 < (mean > gray_mean.max()).float().mean() < 0.4

# %% [markdown]
# **Look at** how wide the curves are. Pictures of one method differ more than the means of gray
# copy and network do. So compare methods *picture by picture*, on the same pictures, and print how
# often one wins. The printed lines, one for each photograph, differ as well. A number above zero is
# a gain for the network. The crops of one photograph are hardly more than one picture, and a
# confidence interval that counts every crop would be far too narrow.
#
# The median asks about the typical picture and ignores a few very bad ones; the mean does not. Mean
# color is not far from the gray copy by the median, and far behind by the mean: on about a third of
# the crops it is worse than the gray copy on any.
#
# ## The Fréchet distance, against n
#
# The Fréchet distance of {doc}`07_metrics` compares the mean and covariance of two sets of features,
# $D$ numbers for each picture. Draw two sets of $n$ from the *same* Gaussian: the true distance is
# zero. For large $n$, and if the covariance is the identity matrix, a formula says what we will
# measure. We test it below; $2D/n$ comes from the means, the rest from the covariances.
#
# $$
# \mathrm{E}\left[d^2\right] \approx \frac{2 D + D (D + 1) / 2}{n}
# $$ (eq-bias)


# %%
draw = torch.Generator().manual_seed(0)


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
ratios = [v[-1] * sizes[-1] / (2 * D + D * (D + 1) / 2) for D, v in same.items()]
assert few > many and all(0.8 < ratio < 1.2 for ratio in ratios)

# %% [markdown]
# The points lie on the formula {eq}`eq-bias`, up to chance.
#
# **Look at** the left panel: two sets from one and the same source are measured as different. They
# differ by an amount that falls as $1/n$ and, for large $D$, grows as $D^2$. On the right the open marks at
# $1/n = 0$ are the true values. The better model, measured with few pictures, looks *worse* than
# the worse one, measured with many. Paper 001 names three numbers of pictures for its distance on COCO
# (001-X02), and its features have $D = 2048$. Our formula says how much that alone could matter.
# To have a scale, we divide by the sum of all variances, which is $D$ here:

# %% tags=["nbval-check-output"]
D = 2048
for n in (10_000, 12_000, 40_000):
    bias = (2 * D + D * (D + 1) / 2) / n
    print(f"n = {n:6,}: {bias:5.1f}, or {bias / D:.1%} of all variance")

# %% [markdown]
# That is for independent features of variance 1. Real features depend on one another and have other
# variances, so these are no values to subtract from a published one. But the bias falls as $1/n$
# whatever they are: four times as many pictures give a quarter of it. There are two ways out. One is the
# same $n$ for all, written into the name of the number. The other is a distance without bias. The
# *kernel distance* {cite:p}`binkowski2018demystifying` measures how alike two feature vectors $u$
# and $v$ are by
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
# into four quarters and take the mean and the deviation of $L$, $a$ and $b$ in each. That is
# $D = 24$. They know nothing of objects, so this is no FID, and its name says so: `fd_handmade24`,
# with `none` because nothing was resized. Each set of $n$ colored crops is compared with $n$ other true crops of the same photographs.


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
pale = rgb_to_lab(some) * torch.tensor([1, 0.5, 0.5]).view(3, 1, 1)
others = {
    "truth": real[:half],
    "half the chroma": handmade(lab_to_rgb(pale)),
    "gray copy": handmade(gray_copy(some)),
}

# %%
rows = []
for n in (40, 80, 160):
    row = {"distance": metrics.distance_name("fd", "handmade24", "none", n)}
    fresh = real[half : half + n]  # other crops than the first n
    for what, features in others.items():
        row[what] = metrics.frechet_distance(features[:n], fresh).item()
    rows.append(row)
n = len(truth)
apart = metrics.frechet_distance(handmade(truth), real[:n]).item()
print(f"{n} test crops against {n} training crops, all true: {apart:.0f}")
assert rows[0]["truth"] > rows[1]["truth"] > rows[2]["truth"] > 0
assert all(r["truth"] < r["half the chroma"] < r["gray copy"] for r in rows)
assert 0.8 * rows[0]["gray copy"] < apart
show.table(rows, formats=dict.fromkeys(others, ".0f"))

# %% [markdown]
# **Look at** the column *truth*: true pictures against other true pictures, and the distance is
# not zero. It falls with $n$ here too. The other columns are one draw of a
# few pictures, and chance can hide the fall there. But within each row the order is as it should be. The printed line is a warning of another
# kind: test photographs and training photographs show different things, and that alone is about as
# large a distance as losing all color. So compare with true pictures from the same source, and
# always print what other true pictures of that source score.
#
# ## What the class said
#
# Twenty students take the blind test of {doc}`07_metrics`, twelve pairs each. We have no class in
# this book, so we **simulate** one, and say so: these are not the answers of people. Each
# student prefers the network with a probability of their own, drawn from a Gaussian around a value
# that we set. So we know the truth, and can see whether the statistics find it.

# %%
from scipy import stats

Z = stats.norm.ppf(0.975)


def wilson(k, n, z=Z):
    """The 95 % interval of the chapter before, both ends."""
    p, w = k / n, 1 + z**2 / n
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    return (p + z**2 / (2 * n) - half) / w, (p + z**2 / (2 * n) + half) / w


# %%
set_by_us, deviation, students, pairs = 0.62, 0.10, 20, 12
people = np.random.default_rng(5)
leaning = people.normal(set_by_us, deviation, students).clip(0, 1)
votes = people.binomial(pairs, leaning)
k, n = int(votes.sum()), students * pairs
print(f"the network was chosen {k} times of {n}: {k / n:.1%}")

# %% mystnb={"image": {"alt": "Twenty dots, one for each simulated student, with the share of answers for the network and its wide Wilson interval, sorted; below them one dot for the whole class with a much narrower interval. A dashed line marks one half, a solid line the value set for the simulation, which the interval of the class contains."}}
fig, axes = plt.subplots(figsize=(6.2, 4.2), layout="constrained")
ranked = np.sort(votes)
for row, (won, asked) in enumerate([(k, n), *((v, pairs) for v in ranked)]):
    color = "C1" if row == 0 else "0.35"
    axes.plot(wilson(won, asked), [row, row], color=color, lw=3 if row == 0 else 1)
    axes.plot(won / asked, row, "s" if row == 0 else "o", color=color, ms=5)
axes.axvline(0.5, ls="--", color="black", lw=1, label="a coin")
axes.axvline(set_by_us, color="C0", lw=1, label="set by us")
axes.set(xlim=(0, 1), xlabel="share of answers for the network")
axes.set_yticks([0, students / 2], ["whole class", "single\nstudents"])
axes.tick_params(axis="y", length=0)
axes.legend(frameon=False, loc="upper left")
show.stamp(fig)

# %%
low, high = wilson(votes, pairs)
unsure = int(((low < 0.5) & (high > 0.5)).sum())
wrong = int((votes < pairs / 2).sum())
print(f"{unsure} of {students} students could have tossed a coin")
print(f"{wrong} chose the rival more often")
assert unsure > students / 2 and wrong > 0 and wilson(k, n)[0] > 0.5

# %% [markdown]
# **Look at** the single students: with twelve answers most intervals hold one half, and some
# students point to the wrong side. Most students alone cannot decide the question. With all answers
# pooled the class seems to decide it: its interval leaves one half out. But Wilson's formula takes
# all answers for independent, and a student who likes strong colors likes them twelve times. So we
# make a second interval from the students' own shares:
#
# $$ \bar p \pm t\, s / \sqrt{m} $$ (eq-by-student)
#
# Here $m$ is the number of students, $\bar p$ the mean of their shares, $s$ the deviation of the
# shares, and $t$ the 97.5 % point of Student's distribution with $m - 1$ degrees of freedom. It is
# a little larger than $z$ because $s$ is estimated too. We simulate many classes and count how
# often each interval holds the true value: *pooled* is Wilson's with all answers, *by student* is
# {eq}`eq-by-student`. (The true value is the mean of all simulated students; cutting at 0 and 1
# moves it a little away from the value we set.)


# %%
def by_student(counts):
    """Both ends of the second interval, for classes (..., students)."""
    shares, m = counts / pairs, counts.shape[-1]
    half = stats.t.ppf(0.975, m - 1) * shares.std(-1, ddof=1) / m**0.5
    return shares.mean(-1) - half, shares.mean(-1) + half


# %%
coverage = []
for differ in (0.0, 0.1, 0.2):
    p = people.normal(set_by_us, differ, (4000, students)).clip(0, 1)
    counts = people.binomial(pairs, p)
    both = {"pooled": wilson(counts.sum(-1), n), "by student": by_student(counts)}
    row = {"students differ by": differ}
    for name, (low, high) in both.items():
        row[name] = ((low < p.mean()) & (p.mean() < high)).mean()
    coverage.append(row)
assert coverage[0]["pooled"] > 0.92 and coverage[2]["pooled"] < 0.88
assert all(row["by student"] > 0.92 for row in coverage)
formats = {"pooled": ".1%", "by student": ".1%"}
show.table(coverage, formats=formats, caption="how often the true value is inside")

# %%
ours = {"pooled": wilson(k, n), "by student": by_student(votes)}
for name, (low, high) in ours.items():
    print(f"our class, {name:10s}: {low:.1%} to {high:.1%}")
assert ours["pooled"][0] > 0.5 > ours["by student"][0]

# %% [markdown]
# **Look at** the column *pooled*: the more the students differ, the more often the interval is
# wrong, although it promises 95 %. The interval *by student* about keeps the promise. For our class
# it is wider and holds one half. The pooled interval claims a result that these students are too
# few to give, even if here the claim is right. Average within each person first, and count persons.
# The same is true of pictures. It is true of networks too: one training run with one seed is one
# student.
#
# The verdicts of the [ledger](../book/ledger.md) compare two networks by the interval of *Welch*. With
# $m_1$ and $m_2$ seeds, means $\bar x_1, \bar x_2$ and deviations $s_1, s_2$, it is
#
# $$ \bar x_1 - \bar x_2 \pm t \sqrt{s_1^2 / m_1 + s_2^2 / m_2} $$ (eq-welch)
#
# Here $t$ is again the 97.5 % point of Student's distribution. Its degrees of freedom follow from the
# numbers of seeds and from the deviations. For two equal deviations and three seeds on each side there
# are four. How far apart must the means then be, so that the interval leaves zero out?

# %%
needed = stats.t.ppf(0.975, 4) * (1 / 3 + 1 / 3) ** 0.5
runs = np.array([-1.0, 0.0, 1.0])  # mean 0, deviation 1
oracle = stats.ttest_ind(runs, runs + needed, equal_var=False)
print(f"{needed:.2f} standard deviations")
assert abs(oracle.pvalue - 0.05) < 1e-6  # SciPy's test of Welch

# %% [markdown]
# ## Reading with care
#
# **A threshold nobody gave.** Paper 001 says that almost 20 % of its test pictures stay uncolored
# or barely colored (001-R11). It does not say when a picture counts as such. We count the share of
# pictures whose mean chroma is below a threshold, for the network and for the truth:

# %%
strength = {best: colored[best], "truth": truth}
strength = {name: metrics.mean_chroma(x) for name, x in strength.items()}
rows = [
    {"mean chroma below": t}
    | {name: (values < t).float().mean().item() for name, values in strength.items()}
    for t in (2, 5, 8, 12, 20)
]
print(f"the threshold of this book: {metrics.UNCOLORED_CHROMA:g}")
assert rows[0][best] < 0.1 and rows[-1][best] > 0.9 and rows[-1]["truth"] > 0.3
show.table(rows, formats=dict.fromkeys(strength, ".0%"), profile=mixed)

# %% [markdown]
# With another threshold the network has another share, from almost none to almost all. With the
# highest, even many true pictures count as uncolored. Our threshold is recorded with every value.

# %%
found_out = {
    "001-R03, 001-R04": "not comparable without network, resizer and n",
    "001-R11": "depends on a threshold that is not given",
    "001-X02": "matters: n alone moves the distance, as 1/n",
    "002-R01": "not comparable without space, divisor and averaging",
    "002-R03, 002-R06": f"one method spans {span:.0f} dB over protocols",
}
assert set(", ".join(found_out).split(", ")) == set(discussed)
show.table([{"id": key, "what we find": text} for key, text in found_out.items()])

# %% [markdown]
# ## Exercises
#
# **Exercise 1 (recall): four exhibits.** What moves the number in each of the four exhibits, and in
# which direction?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# A frame that is right without any work raises PSNR and SSIM and lowers ΔE00; a mark that only the
# prediction has lowers PSNR. A range that is too large brings SSIM close to 1, and SSIM of the
# lightness alone is close to 1 because the input was copied. Absolute values lower colorfulness. A
# truth that was rounded sets a ceiling for PSNR, and hardly changes a value far below it.
# :::

# %% [markdown]
# **Exercise 2 (compute): a frame of three decibels.** How wide must a black frame around a crop of
# 128 pixels be, at least, so that the PSNR of a colorizer that keeps black as black rises by 3 dB?
# Work it out, then check it on the network's pictures.

# %% tags=["solution", "hide-cell"]
# (128 + 2 w)^2 / 128^2 times as many pixels, which must be 10^(3 / 10).
width = int(np.ceil(128 * (10 ** (3 / 20) - 1) / 2))
gains = [
    decibels(*(pad(x, (w, w, w, w)) for x in (plain, truth))).mean() - without
    for w in (width - 1, width)
]
print(f"{width} pixels: {gains[1]:.2f} dB; one pixel less: {gains[0]:.2f} dB")
assert gains[0] < 3 <= gains[1]

# %% [markdown]
# **Exercise 3 (change the code): the limit.** In the right panel of the Fréchet figure both curves
# are nearly straight in $1/n$. Change the code, so that it also fits a line through the three
# largest $n$ for each model and gives its value at $1/n = 0$. How close is it to the truth? (Use
# `np.polyfit`.)

# %% tags=["solution", "hide-cell"]
for name, true in models.items():
    slope, limit = np.polyfit([1 / n for n in sizes[3:]], falling[name][3:], 1)
    print(f"{name}: limit {limit:.2f}, largest n {falling[name][-1]:.2f}")
    assert abs(limit - true) < 0.5 * abs(falling[name][-1] - true)

# %% [markdown]
# **Exercise 4 (compute): the exact interval.** Wilson's interval is an approximation. The exact one
# of {cite:t}`clopper1934use` starts at the $p$ for which $k$ *or more* answers of $n$ have a
# probability of just 2.5 %, and ends at the $p$ for which $k$ *or fewer* have. Find both ends for 9
# of 12 by halving an interval again and again, with `math.comb` only, and compare.

# %% tags=["solution", "hide-cell"]
from math import comb


def at_least(k, n, p):
    return sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))


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
# **Exercise 5 (open question): a plan before the test.** You have two colorizers, forty photographs
# that neither has seen, and fifteen students for half an hour. Write the plan of a test, and say
# which result would mean that you found no difference.

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# A good plan, written before the first answer, names
# - the photographs: chosen by a seed, with their source, and none that shows the same scene as
#   another;
# - the question in its exact words, the hidden order, and how many pairs each student sees;
# - the analysis: the mean of each student first, then an interval over students;
# - the number of students that a simulation asks for, which may be more than fifteen;
# - a second measure that asks no person, with its whole protocol;
# - what counts as no difference: an interval that holds one half. It does not prove that the two
#   are equal, and a narrow one says more than a wide one.
# :::

# %% [markdown]
# ## What to remember
#
# - Fix the protocol before you compare: space, divisor, peak, average, and how pictures were prepared.
# - Look for frames, marks and wrong ranges. They move a number without any change of color.
# - Compare method with method on the same pictures, and look at the values of single pictures.
# - The Fréchet distance has a bias of $1/n$. Print what other true pictures score, or use a distance
#   without bias.
# - Count persons, photographs and training runs, not clicks and crops.
#
# ## Further reading
#
# {cite:t}`heusel2017gans` introduced FID, {cite:t}`binkowski2018demystifying` KID.
# {cite:t}`wilson1927probable` says in four pages what an interval can mean.
# {cite:t}`zhang2016colorful` judged their colorizer by a blind test with real people.
