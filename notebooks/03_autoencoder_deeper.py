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
# # The autoencoder, deeper (may be skipped): optimizers, losses and protocols
#
# You may skip this chapter; no other one needs it. It takes {doc}`03_autoencoder` further. You
# write the optimizers of papers 000 and 003 by hand, with the signs that the papers print. Then
# you look at what the choice of optimizer, loss, input, picture size and validation set did in
# recorded runs.
#
# **What you will learn**
#
# - What RMSProp and Adam compute, and what one wrong sign does.
# - Which losses are the same but for a factor, and what a printed loss of 0.3 to 0.4 cannot be.
# - Why a learning rate that follows the test set spoils the test.
#
# **What it needs.** You have read {doc}`03_autoencoder`.

# %%
from huelab import show

show.needs("03_autoencoder_deeper")

# %% [markdown]
# ## What the papers claim
#
# These claims of papers 000 and 003 come from the [ledger](../book/ledger.md), in our words. The
# letter in an id says what kind of claim it is: R is a result, H is a setting or a formula, D is
# about data, and X is an inconsistency. Each optimizer and each loss in the table is explained
# below. The two results of paper 003 are general statements about optimizers. The paper prints no
# run of its own.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

claims = {claim.id: claim for claim in read_claims()}
results = ["000-R01", "000-R03", "000-R04", "000-R06", "003-R01", "003-R02"]
told = [*results, "000-H01", "000-H02", "000-H08", "000-X04", "003-D09", "003-X02"]
show.table([{"id": key, "claim": claims[key].claim} for key in told])

# %% [markdown]
# ## The step: RMSProp and Adam
#
# Plain gradient descent takes the step $-\eta\, g$, with the gradient $g$ and the learning rate
# $\eta$. *SGD*, stochastic gradient descent, is the same with the gradient of one batch after
# another. Where the loss is steep in one direction and flat in another, no single $\eta$ suits
# both. RMSProp {cite:p}`tieleman2012rmsprop` keeps a running mean $s$ of the squared gradient, and
# divides each component of the gradient by its own recent size, $\sqrt{s}$:
#
# $$ s \leftarrow \beta s + (1 - \beta)\, g^2, \qquad
#    \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \varepsilon} $$ (eq-rmsprop)
#
# Here $\theta$ are the parameters. The number $\beta$, usually 0.9, says how slowly $s$ forgets.
# The tiny number $\varepsilon$, the *smoothing term*, keeps the division from failing.
#
# Adam {cite:p}`kingma2015adam` also averages the gradient itself, in $m$, and corrects both
# averages for having begun at zero. At step $t$, counted from 1, with $\beta_1 = 0.9$ and $\beta_2
# = 0.999$:
#
# $$ \begin{gathered}
#    m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad
#    s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2, \\
#    \theta \leftarrow \theta - \eta\,
#    \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \varepsilon}
#    \end{gathered} $$ (eq-adam)
#
# The correction has a reason. After $t$ steps $m$ is a sum of the gradients so far, the $i$-th
# with weight $(1 - \beta_1)\, \beta_1^{t-i}$. These weights add up to $1 - \beta_1^t$ and not to
# 1, so $m$ is a tenth of the gradient at the first step. Divided by $1 - \beta_1^t$ it is a true
# average, and the same goes for $s$.
#
# The papers name three more optimizers. *Momentum* steps along a fading sum of the gradients, and
# divides it by nothing. *AdaGrad* divides as RMSProp does, but its $s$ is the sum of all squared
# gradients so far, so its steps get shorter and shorter. *Nadam* is the subject of exercise 2.
#
# Both papers print Adam in five lines. Paper 000 reverses two signs: it *subtracts* the gradient
# in the first line and *adds* $m$ in the last, so the two cancel. Paper 003 reverses only the last
# one. We run both. The code writes the last three lines as one. That line always adds, and `sign`
# is the sign of the gradient in the first line.

# %%
import torch


def adam_as_printed(slope, start, sign, steps, rate=0.05):
    """The five lines of the papers; returns all positions, `(steps + 1, d)`."""
    w, m, s, beta1, beta2, eps = start, 0, 0, 0.9, 0.999, 1e-7
    path = [w]
    for t in range(1, steps + 1):
        g = slope(w)
        m = beta1 * m + sign * (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * g * g
        w = w + rate * (m / (1 - beta1**t)) / torch.sqrt(s / (1 - beta2**t) + eps)
        path.append(w)
    return torch.stack(path)


# %% [markdown]
# The test is a long narrow valley, $f(w) = w_1^2 + 30\, w_2^2$. PyTorch's own optimizers walk down
# the same valley.

# %%
steep = torch.tensor([1.0, 30.0], dtype=torch.float64)
start = torch.tensor([2.0, 1.0], dtype=torch.float64)


def slope(w):
    """The gradient of the valley."""
    return 2 * steep * w


# %%
def descend(optimizer, steps=60, **settings):
    """The path that one of PyTorch's optimizers takes down the valley."""
    w = start.clone().requires_grad_()
    stepper, path = optimizer([w], **settings), [start]
    for _ in range(steps):
        stepper.zero_grad()
        (steep * w.square()).sum().backward()
        stepper.step()
        path.append(w.detach().clone())
    return torch.stack(path)


# %% mystnb={"image": {"alt": "Loss over sixty steps on a logarithmic scale. Paper 000's Adam lies on PyTorch's and falls; paper 003's rises from the start; plain gradient descent and RMSProp fall."}}
import matplotlib.pyplot as plt

paths = {
    "PyTorch's Adam": (descend(torch.optim.Adam, lr=0.05, eps=1e-7), "-"),
    "Adam as printed in 000": (adam_as_printed(slope, start, -1, 60), ":"),
    "Adam as printed in 003": (adam_as_printed(slope, start, +1, 60), "--"),
    "RMSProp": (descend(torch.optim.RMSprop, lr=0.05, alpha=0.9, eps=1e-7), "-."),
    "gradient descent": (descend(torch.optim.SGD, lr=0.01), (0, (6, 1, 1, 1, 1, 1))),
}
fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for name, (path, style) in paths.items():
    ax.semilogy((steep * path.square()).sum(1), linestyle=style, lw=2, label=name)
ax.set(xlabel="step", ylabel="loss", ylim=(1e-4, 1e3))
ax.legend(fontsize=8, loc="lower left")
show.stamp(fig)

# %% [markdown]
# Look at the dashed line. With the signs of paper 003, every step goes uphill, beginning with the
# very first. The dotted line of paper 000 lies on PyTorch's solid one. Near the end the two rise
# for a few steps, because $m$ remembers older gradients and carries $w_2$ past the bottom of the
# valley. Do not read a ranking of the optimizers out of this figure: another learning rate would
# give another ranking.

# %% tags=["nbval-check-output"]
loss_of = {name: (steep * path.square()).sum(1) for name, (path, _) in paths.items()}
ours = paths["PyTorch's Adam"][0]
printed = paths["Adam as printed in 000"][0]
print("000 equals PyTorch here:", torch.allclose(ours, printed, atol=1e-4))
uphill = loss_of["Adam as printed in 003"].diff() > 0
print(f"steps uphill in 003: {int(uphill.sum())} of {len(uphill)}")
print(f"the root of the papers' smoothing term: {1e-7**0.5:.1e}")

# %% [markdown]
# One more difference cannot be seen in this valley. The papers add $\varepsilon$ inside the root,
# and PyTorch adds it outside, as {eq}`eq-adam` does. Where $s$ is close to 0, an $\varepsilon$
# inside the root acts like $\sqrt{\varepsilon}$ outside of it. The last line of the cell above
# prints this root. It is much larger than $\varepsilon$, and it matters where gradients are small.
#
# RMSProp needs four lines by hand:

# %% tags=["nbval-check-output"]
w, s = start, 0
for _ in range(60):
    s = 0.9 * s + 0.1 * slope(w) ** 2
    w = w - 0.05 * slope(w) / (s.sqrt() + 1e-7)
print("RMSProp by hand equals PyTorch:", torch.allclose(w, paths["RMSProp"][0][-1]))

# %% [markdown]
# ## The loss
#
# Paper 000 prints "smooth L1" and discusses it as L1, which is the absolute error. For a
# difference $d$, smooth L1 is $\frac12 d^2$ where $|d| < 1$, and $|d| - \frac12$ beyond
# {cite:p}`girshick2015fast`. Values in $[0, 1]$ never differ by more than 1, so smooth L1 is half
# the squared error everywhere. Adam divides by the size of the gradient, so even the half
# disappears.
#
# *Cross-entropy*, $-y \log \hat y - (1 - y) \log (1 - \hat y)$, takes each channel for a
# probability. Its minimum is not 0. It is the *entropy* of the truth, which is the value of this
# formula for $\hat y = y$. The next cell divides smooth L1 by MSE for an answer that is off by a
# little. Then it prints MSE and cross-entropy of a perfect answer:

# %% tags=["nbval-check-output"]
from torch.nn import functional as F

y = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
off = (y + 0.05).clamp(0, 1)
print(f"smooth L1 / MSE: {F.smooth_l1_loss(off, y) / F.mse_loss(off, y):.3f}")
print(f"MSE of a perfect answer: {F.mse_loss(y, y):.3f}")
print(f"cross-entropy of a perfect answer: {F.binary_cross_entropy(y, y):.3f}")

# %% [markdown]
# ## When the learning rate falls
#
# Both papers lower the learning rate when validation accuracy stalls, "by a set value" and "after
# a set number of epochs". Paper 003 adds a lower limit. Neither prints a value. We take the values
# of {cite:t}`atienza2018advanced`, whose colorization autoencoder has this network, layer by
# layer, but watches the loss. After 5 epochs without progress the rate is divided by $\sqrt{10}$,
# and it never falls below $5 \cdot 10^{-7}$. To see the rule at work, we feed it an accuracy that
# climbs and then stays:

# %%
from huelab.methods.autoencoder import plateau_schedule

accuracies = [0.52 - 0.06 * 0.7 ** min(epoch, 10) for epoch in range(40)]
optimizer = torch.optim.Adam([torch.zeros(1)], lr=1e-3)
plateau = plateau_schedule(optimizer)
rates = []
for accuracy in accuracies:
    plateau.step(accuracy)
    rates.append(optimizer.param_groups[0]["lr"])

# %% mystnb={"image": {"alt": "Two curves over forty epochs: an accuracy that rises and levels off after epoch ten, and below it the learning rate, constant at first and then falling in steps every five epochs."}}
fig, axes = plt.subplots(2, 1, figsize=(6, 3.4), sharex=True, layout="constrained")
axes[0].plot(accuracies, color="C0")
axes[0].set_ylabel("accuracy (made up)")
axes[1].semilogy(rates, drawstyle="steps-post", color="C1")
axes[1].set(xlabel="epoch", ylabel="learning rate")
show.stamp(fig)

# %% [markdown]
# Look at the lower curve: while the accuracy rises, the rate stays. Five epochs after the rise has
# ended, the rate begins to fall in steps.
#
# ## Why it is called transposed
#
# The decoder of {doc}`03_autoencoder` enlarges with *transposed* convolutions, in `Double`. The
# name has a reason. A convolution multiplies the picture with a matrix, and its gradient comes
# back through the transposed matrix. (The gradient says how the loss changes with each number.) So
# `Double` with the kernel of `Halve` and no bias should compute this gradient. In the next cell
# `autograd.grad` sends the gradient `arrived` from the output of `Halve` back to its input.

# %% tags=["nbval-check-output"]
from huelab.methods.autoencoder import Double, Halve

torch.manual_seed(0)
down, up = Halve(2, 4), Double(4, 2)
up.weight.data, up.bias.data[:] = down.weight.data, 0
image = torch.rand(1, 2, 16, 16, requires_grad=True)
answer = down(image)
arrived = torch.rand_like(answer)
(gradient,) = torch.autograd.grad(answer, image, arrived)
print("the same:", torch.allclose(up(arrived), gradient))

# %% [markdown]
# ## What the recorded runs say
#
# ### Optimizers, losses, dropout, grays
#
# All runs of the next table learned from CIFAR-10 for the same number of epochs. A row without "±"
# has one run. A row in dashes has none yet. The learning rates are those that Keras takes if none
# is given, so the row of an optimizer is about its default as much as about the optimizer. *Lasso*
# is the penalty on absolute weights, and *ridge* is the penalty on squared weights
# ({doc}`03_autoencoder`). The last row is a picture that is middle gray all over. Look first for
# rows whose MSE is close to that of the last row.

# %%
from huelab.ledger import tables
from huelab.recipes import get

suffixes = ["", "-nadam", "-rmsprop", "-adagrad", "-momentum", "-sgd"]
suffixes += ["-l1", "-smooth-l1", "-cross-entropy", "-lasso", "-ridge"]
suffixes += ["-dropout", "-dropout-half", "-dropout-encoder"]
suffixes += ["-batchnorm", "-batchnorm-after"]
suffixes += ["-gray-swapped", "-gray-rec709", "-gray-lightness", "-unscaled"]
names = [f"autoencoder{suffix}" for suffix in suffixes] + ["middle-gray-cifar10"]
chosen = {get(name).title.removeprefix("Autoencoder, "): name for name in names}
columns = {
    "MSE": {"metric": "mse", "space": "rgb"},
    "PSNR, dB": {"metric": "psnr", "space": "rgb", "averaging": "pictures"},
    "ΔE00": {"metric": "delta_e_2000"},
    "gap": {"metric": "colorfulness_gap"},
    "accuracy": {"metric": "channel_argmax_accuracy"},
}

# %%
rows = tables.side_by_side(chosen, columns)
show.table(rows, columns=["method", "MSE", "PSNR, dB", "gap", "accuracy"])

# %%
*trained, blind = (row for row in rows if row["MSE"])
for row in trained:
    if row["MSE"].mean > 0.9 * blind["MSE"].mean:
        print(f"{row['method']}: hardly better than middle gray all over")

# %% [markdown]
# The networks that this cell names have not begun to learn in the epochs that they had. With that
# default their optimizer is too slow, and nothing else about them can be read from the table.
#
# Compare the other rows with the first row, with two exceptions: compare dropout in the encoder
# alone with *dropout*, and batch normalization after ReLU with *batch normalization and dropout*.
# A difference no larger than the numbers after "±" may be chance. The code in paper 003 makes its
# gray with red and blue exchanged, and one row has this gray.
#
# ### What became of the claims
#
# {doc}`03_autoencoder` explains the columns. The verdict is `inconclusive` where one side of a
# comparison has fewer than three seeds, where the interval of the difference contains zero, or
# where a network has not begun to learn. Such a network says something about its default learning
# rate in these few epochs, and nothing about its optimizer.

# %%
from huelab.ledger import compared, resolve

judged = compared(resolve(claims[key] for key in results))
show.table(judged, profile="as each row says")

# %% [markdown]
# ### Without JPEG
#
# Our copy of CIFAR-10 consists of JPEG files. Of 4,000 pictures we have the exact pixels. Their
# JPEG twins are in the validation set, so no network has learned from them. (In a long run they do
# set the learning rate.) The next table repeats the main comparison on these pictures:

# %%
short = ["", "-dropout", "-batchnorm", "-uncompressed"]
exact = {get(f"autoencoder{s}").title: f"autoencoder{s}" for s in short}
exact["Best linear code of 256 numbers"] = "linear-code-cifar10"
here = {"data": "cifar10_exact/all at 32"}
rows = tables.side_by_side(exact, {name: c | here for name, c in columns.items()})
show.table(rows, columns=["method", "PSNR, dB", "ΔE00", "gap"])

# %% [markdown]
# Compare the order of the rows, column by column, with that of the same rows in
# {doc}`03_autoencoder`, where the pictures were JPEGs. Only the order can be compared, because
# these are other pictures.
#
# ## Reading with care
#
# ### Why 0.3 to 0.4 cannot be the MSE of a trained network
#
# Paper 000 calls a loss of 0.3 to 0.4 minimal, although it reports 0.077 of another model. How bad
# must pictures be for a mean squared error like that? The next table is about the 10,000 test
# pictures of CIFAR-10 again. Three of its answers do not look at the input, and two do:

# %%
answers = ["black", "middle-gray", "white", "gray-copy"]
blind = {answer: f"{answer}-cifar10" for answer in answers}
blind["autoencoder"] = "autoencoder"
rows = tables.side_by_side(blind, columns)
show.table(rows, columns=["method", "MSE", "accuracy"])

# %% [markdown]
# In noise whose pixels are black or white with equal chance, the expected error is the mean of the
# errors of black and of white. Can the printed loss be a cross-entropy? Cross-entropy is never
# below the entropy of the truth, and the entropy of a value $y$ is never below $4 \ln 2 \cdot
# y\,(1 - y)$ (exercise 4). The mean of $y\,(1 - y)$ follows from the two errors, because
#
# $$ y^2 + (1 - y)^2 = 1 - 2\,y\,(1 - y) $$ (eq-black-and-white)
#
# where the left side is the squared error of black plus that of white. So the bound is
# $2 \ln 2$ times what is left of 1 after both errors are taken off.

# %%
import math

black, white = rows[0]["MSE"].mean, rows[2]["MSE"].mean
noise = (black + white) / 2
entropy = 2 * math.log(2) * (1 - black - white)
print("paper 000 prints", claims["000-R04"].value)
print(f"MSE of noise in black and white: {noise:.3f}")
print(f"cross-entropy on these pictures is at least {entropy:.3f}")
assert black < 0.3 < noise < white < 0.4 < entropy
assert rows[1]["MSE"].mean < 0.1

# %% [markdown]
# White all over has an MSE in the paper's range, and so has noise in black and white. Black all
# over comes close. Middle gray all over looks at nothing either, and has a small part of that MSE.
# White and the noise even have an "accuracy" like the paper's, because they are gray
# ({doc}`03_autoencoder`). Nobody would call such pictures vivid, so this is hardly what the
# authors trained; but the two printed numbers do not tell them apart. The loss cannot be
# cross-entropy either: by {eq}`eq-black-and-white` its minimum lies higher. We do not know what
# was printed.
#
# ### Larger pictures
#
# The network takes 32 × 32 pixels and nothing else. A larger picture can be shrunk, colored and
# enlarged, or it can be cut into tiles of 32 × 32. Neither is the papers' idea, but to color other
# sizes with this network we need one of them. First we look at a photograph.

# %%
from huelab import records
from huelab.color import rgb_to_gray
from huelab.data import open_dataset
from huelab.methods import trained as weights

runs = [
    next(run for run in records.find(name) if run.weights and run.weights.path)
    for name in ("autoencoder", "autoencoder-uncompressed")
]
network, repaired = map(weights.load, runs)

# %% mystnb={"image": {"alt": "One test photograph at 128 pixels: gray; colored after shrinking, a blur; colored in tiles, with visible borders every 32 pixels; by our network, sharp; truth."}}
photo = open_dataset("embedded", "test", 128)[0][None].float() / 255
gray = rgb_to_gray(photo, "rec601")
views = {"gray": gray[0]}
for way, label in (("resize", "shrunk and enlarged"), ("tiles", "in tiles")):
    network.any_size = way
    views[label] = network.colorize(gray)[0]
views["ours"] = repaired.colorize(rgb_to_gray(photo, "lightness"))[0]
views["truth"] = photo[0]
show.pictures(views, ncols=5, size=128, profile=f"quick and {runs[0].profile}")

# %% [markdown]
# Shrinking blurs the whole photograph. In tiles the borders between them can be seen. Now the
# numbers of the records, on Kodak's photographs at three sizes:

# %%
chosen = {"paper's network": "autoencoder", "ours": "autoencoder-uncompressed"}
metrics = {"shrunk": "psnr_resize", "in tiles": "psnr_tiles"}
metrics["gray copy"] = "psnr_gray_copy"
rows = []
for side in (64, 128, 256):
    at = {"data": f"kodak24/test at {side}"}
    wanted = {name: {"metric": metric} | at for name, metric in metrics.items()}
    wanted["ours"] = columns["PSNR, dB"] | at
    paper, ours = tables.side_by_side(chosen, wanted)
    rows.append({"pixels": side} | paper | {"ours": ours["ours"]})

# %%
shown = ["pixels", *metrics, "ours"]
show.table(rows, columns=shown, caption="PSNR in dB, mean over pictures")

# %%
leads = [row["ours"].mean - row["gray copy"].mean for row in rows]
for row, lead in zip(rows, leads, strict=True):
    best = max(row["shrunk"].mean, row["in tiles"].mean) - row["gray copy"].mean
    print(f"{row['pixels']} pixels: paper {best:+.1f} dB, ours {lead:+.1f} dB")
assert leads == sorted(leads, reverse=True)

# %% [markdown]
# The printed numbers are leads over the gray copy. For the paper's network, the better of its two
# ways counts. A negative lead means that the gray picture scores higher. Ours learned from
# pictures of 32 × 32, too. Its lead shrinks with the size of the picture. In a larger picture a
# window of 32 × 32 looks less like anything in CIFAR-10, which is probably the reason. A network
# that takes any size is not yet one that understands any size.
#
# ### Validation on the test set
#
# A comment in the code of paper 003 calls the test set the validation set. (The paper does not
# print the training itself.) Then the test set decides about the learning rate, the epoch and the
# model, and afterwards it judges them. We made such a run: it learns from all 50,000 pictures and
# validates on the test set.

# %%
chosen = {"our validation set": "autoencoder"}
chosen["test set as validation set"] = "autoencoder-test-validation"
rows = tables.side_by_side(chosen, columns)
show.table(rows, columns=["method", "PSNR, dB", "ΔE00", "accuracy"])

# %% [markdown]
# Two things change at once, so the second row cannot tell them apart: the network also learns from
# the 5,000 pictures that we keep for validation, and the test set steers the learning rate. In a
# run of few epochs the schedule has nothing to lower yet. In a long run the learning rate is
# fitted to the test set.
#
# ## Exercises
#
# Try each exercise first, and then unfold the solution.
#
# **Exercise 1 (recall): names of losses.** On values in $[0, 1]$, which other loss is smooth L1,
# up to a factor? Why can a printed loss of 0.3 to 0.4 not be a cross-entropy?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# It is half the squared error, because no two values differ by more than 1. A cross-entropy is
# never below the entropy of the truth, and on CIFAR-10 that bound lies above the printed range.
# :::

# %% [markdown]
# **Exercise 2 (change the code): Nadam.** Nadam {cite:p}`dozat2016nadam` is Adam that looks a step
# ahead. In place of $m / (1 - \beta_1^t)$ in {eq}`eq-adam` it steps along $\beta_1\, m / (1 -
# \beta_1^{t+1}) + (1 - \beta_1)\, g / (1 - \beta_1^t)$. Write it, and let it run for 60 steps in
# the valley. Which has the lower mean of the logarithm of the loss over these steps, Nadam or
# PyTorch's Adam?


# %% tags=["solution", "hide-cell"]
def nadam(start, steps, rate=0.05, beta1=0.9, beta2=0.999, eps=1e-7):
    w, m, s, path = start, 0, 0, [start]
    for t in range(1, steps + 1):
        g = slope(w)
        m, s = beta1 * m + (1 - beta1) * g, beta2 * s + (1 - beta2) * g * g
        ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
        w = w - rate * ahead / ((s / (1 - beta2**t)).sqrt() + eps)
        path.append(w)
    return (steep * torch.stack(path).square()).sum(1)


mine = nadam(start, 60).log10().mean()
adams = loss_of["PyTorch's Adam"].log10().mean()
print(f"mean of log10 of the loss: Nadam {mine:.2f}, Adam {adams:.2f}")
assert mine < adams

# %% [markdown]
# **Exercise 3 (compute): the first step.** How long is Adam's first step in each direction? Use
# {eq}`eq-adam` with $t = 1$, and check it with `descend` in the valley.

# %% tags=["solution", "hide-cell"]
first = descend(torch.optim.Adam, steps=1, lr=0.05, eps=1e-7)
step = first[1] - first[0]
print("step:", step.tolist())
# m / (1 - beta1) is g, s / (1 - beta2) is g^2; so it is -rate * g / (|g| + eps).
assert torch.allclose(step, -0.05 * slope(start).sign())

# %% [markdown]
# **Exercise 4 (compute): the bound on the entropy.** Show on a fine grid that $-y \ln y - (1 - y)
# \ln (1 - y)$ is never below $4 \ln 2 \cdot y\,(1 - y)$. Where are the two equal?

# %% tags=["solution", "hide-cell"]
y = torch.linspace(0, 1, 1001, dtype=torch.float64)
entropy_of = torch.special.entr(y) + torch.special.entr(1 - y)
bound = 4 * math.log(2) * y * (1 - y)
assert (entropy_of >= bound - 1e-12).all()
equal = y[(entropy_of - bound).abs() < 1e-12]
print("equal at", equal.tolist())
assert equal.tolist() == [0, 0.5, 1]

# %% [markdown]
# **Exercise 5 (compute): unscaled pixels.** With values of 0 to 255 in place of 0 to 1, is smooth
# L1 still half the squared error? Compare both on two random pictures. Which known loss does
# smooth L1 resemble now?

# %% tags=["solution", "hide-cell"]
torch.manual_seed(1)
one, other = 255 * torch.rand(2, 3, 32, 32)
smooth = F.smooth_l1_loss(one, other)
print(f"smooth L1 / MSE: {smooth / F.mse_loss(one, other):.4f}")
print(f"smooth L1 / mean absolute error: {smooth / F.l1_loss(one, other):.3f}")
assert abs(smooth / F.l1_loss(one, other) - 1) < 0.02

# %% [markdown]
# **Exercise 6 (open question): which optimizer?** You may train for one more hour. How would you
# find out which of the optimizers of the table suits this network best?

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# - Each optimizer gets a fair learning rate of its own: several rates are tried, equally many for
#   each. A default says little about an optimizer.
# - The choice is made on validation pictures, by a measure that is fixed before the first run.
# - Several seeds, as many for each, and an interval. With a single run each, chance may decide.
# - What the hour does not allow. Short runs favor what starts fast, and that may not be what ends
#   best.
# :::

# %% [markdown]
# ## What to remember
#
# - Adam divides by the size of the gradient, and its first step is equally long in each direction.
#   As paper 003 prints it, Adam goes uphill.
# - On values in $[0, 1]$, smooth L1 is half the squared error.
# - A loss needs its name and its range, or it cannot be compared with anything.
# - An optimizer that has not begun to learn says nothing about its final error.
# - A test set that steers the training is a validation set.
#
# ## Further reading
#
# {cite:t}`kingma2015adam` is Adam's paper. {cite:t}`girshick2015fast` introduced smooth L1.
# {cite:t}`glorot2010understanding` introduced the random weights with which Keras begins a
# training, and our networks begin with the same.
