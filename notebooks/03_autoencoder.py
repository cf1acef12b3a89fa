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
# # The autoencoder: color through 256 numbers
#
# Papers 000 {cite:p}`rahman2020enhanced` and 003 {cite:p}`rahman2020report` color the small
# pictures of CIFAR-10 with an *autoencoder*: one half of the network squeezes a gray picture into
# 256 numbers, the other half paints a color picture from them. You build it layer by layer, check
# every shape and every parameter against the papers' tables, and train it, first with a short loop
# of your own. Then you read the papers' results with care.
#
# **What you will learn**
#
# - How convolutions with stride 2 shrink a picture, how transposed ones enlarge it, and what "same"
#   padding does at the border.
# - What Adam and RMSProp do, what dropout does to *color*, and when a learning rate should fall.
# - Why an "accuracy" of 50 % is what a gray picture gets, and what a picture loses in 256 numbers.
#
# **What it needs.** {doc}`01_grayscale`, {doc}`02_lab`, and an idea of what a convolution is.

# %%
from huelab import show

show.needs("03_autoencoder")

# %% [markdown]
# ## What the papers claim
#
# Some claims of the two papers, in our words, from the [ledger](../book/ledger.md). The letter says
# what kind of claim it is: R, a result; Q, a quality that is described in words. All measurements
# are those of paper 000. Paper 003, a course report, prints the network and the code of its
# encoder, and no result; its two claims here are general statements about optimizers.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

claims = {claim.id: claim for claim in read_claims()}
told = ["000-R01", "000-R02", "000-R03", "000-R04", "000-R05", "000-R06"]
told += ["000-Q01", "000-Q02", "000-Q04", "000-Q06", "003-R01", "003-R02"]
show.table([{"id": key, "claim": claims[key].claim} for key in told])

# %% [markdown]
# ## The pictures
#
# CIFAR-10 {cite:p}`krizhevsky2009learning` has 60,000 pictures of 32 × 32 pixels: 50,000 to learn
# from, 10,000 for the test. Both papers describe these two sets and no third; paper 003 calls the
# test set its validation set (more of that below). We keep 5,000 of the 50,000 for validation. Our
# copy of CIFAR-10 consists of JPEG files, which store color at half resolution.
#
# So that you can run this chapter without a download, its `quick` profile cuts pieces of 32 × 32
# out of the photographs that come with the packages. What was measured on CIFAR-10 is read from
# records further down. The *recipe* holds everything that decides a run, for each profile. The
# recorded runs are *reduced* as long as no full ones exist: all of the training set, but only the
# epochs of the middle column.

# %%
from huelab.records.profiles import current_profile
from huelab.recipes import get

recipe = get("autoencoder")
config, full = recipe.config(current_profile()), recipe.config("full")
columns = {"here": config, "reduced": recipe.config("reduced"), "full": full}
settings = {
    "learns from": lambda c: "{name}, {split}".format(**c["train"]),
    "validates on": lambda c: "{name}, {split}".format(**c["validation"]),
    "epochs": lambda c: c["epochs"],
    "pictures a step": lambda c: c["batches"]["batch_size"],
}
show.table(
    [
        {"setting": name} | {title: read(c) for title, c in columns.items()}
        for name, read in settings.items()
    ]
)

# %% mystnb={"image": {"alt": "Sixteen small square pieces of photographs, 32 pixels wide, enlarged: gray above, the same in color below."}}
from huelab.data import Batches, open_dataset

make = {"targets": ("gray", "rgb"), "gray_formula": "rec601"}
pieces = open_dataset(**config["train"])
batches = Batches(pieces, **make, **config["batches"])
batch = next(iter(batches))
shown = [*batch.gray[:8], *batch.rgb[:8]]
show.pictures(shown, ncols=8, size=64)

# %% [markdown]
# The input $x$ is one channel of gray, the target $y$ three channels of RGB, all in $[0, 1]$. Gray
# is `rec601` of {doc}`01_grayscale`, what OpenCV computes. (The listing of paper 003 computes it
# with red and blue exchanged; that run has a row below.)
#
# ## The encoder
#
# A convolution with stride 2 looks at every second position, so its output has half the height and
# width. Without padding, a window of 3 pixels fits into 32 pixels at $\lfloor (32 - 3)/2 \rfloor +
# 1 = 15$ positions, not 16. Both papers say "no padding" and print 16, 8 and 4. The listing of
# paper 003 says `padding='same'`, which gives just that (000-X01, 003-X06).
#
# For an even side Keras pads "same" with one pixel, at the right and at the bottom. PyTorch's
# `padding=1` gives the same shape, but pads all around, so its windows stand one pixel further up
# and left. To be the papers' network, ours has to pad as Keras does:

# %%
from huelab.methods.autoencoder import Halve

show.source(Halve)

# %% tags=["nbval-check-output"]
import torch
from torch import nn

picture = torch.rand(1, 1, 32, 32)
layers = {
    "no padding": nn.Conv2d(1, 1, 3, stride=2),
    "padding=1": nn.Conv2d(1, 1, 3, stride=2, padding=1),
    '"same", Halve': Halve(1, 1),
}
for name, layer in layers.items():
    print(f"{name:14} {tuple(layer(picture).shape[2:])}")

# %% [markdown]
# The encoder is three such layers, each followed by ReLU, $\max(0, v)$, and a dense layer that
# makes the *code*: 256 numbers.
#
# $$ x \in \mathbb{R}^{1 \times 32 \times 32} \to 64 \times 16 \times 16 \to 128 \times 8 \times 8
# \to 256 \times 4 \times 4 \to z \in \mathbb{R}^{256} $$

# %%
from huelab.methods.autoencoder import Encoder, Stage

show.source(Encoder)

# %%
show.source(Stage)

# %% [markdown]
# ## The decoder
#
# A *transposed* convolution goes the other way: every number of its input is spread over a window
# of 3 × 3 of its output, and the windows are 2 pixels apart. It is the gradient of a convolution
# with stride 2 with respect to its input. You can check it: with the same kernel, `Double` does to
# any picture what backpropagation through `Halve` does to a gradient.

# %%
from huelab.methods.autoencoder import Double

show.source(Double)

# %% tags=["nbval-check-output"]
down, up = Halve(2, 4), Double(4, 2)
up.weight.data, up.bias.data[:] = down.weight.data, 0
image = torch.rand(1, 2, 16, 16, requires_grad=True)
answer = down(image)
arrived = torch.rand_like(answer)
(gradient,) = torch.autograd.grad(answer, image, arrived)
print("the same:", torch.allclose(up(arrived), gradient))

# %%
from huelab.methods.autoencoder import Decoder

show.source(Decoder)

# %% [markdown]
# The last layer has 3 filters and a *sigmoid*, $1/(1 + e^{-v})$, whose values lie between 0 and 1
# as those of RGB do. Both papers give it stride 2, which would make pictures of 64 × 64 (000-X02);
# their tables print 32 × 32, so its stride is 1. Stride changes no parameters.
#
# **Check.** Every row with parameters of the papers' tables against the network. `encoder.2.0` is
# the encoder's stage 2, counted from 0, and in it the layer 0. The papers' numbers are those of the
# ledger; ours are counted in the network.

# %% tags=["nbval-check-output"]
from huelab.methods.autoencoder import Autoencoder

papers = {"0.0": "000-A04", "1.0": "000-A06", "2.0": "000-A08", "4": "000-A11"}
papers = {f"encoder.{name}": key for name, key in papers.items()}
decoder = {"0": "000-A13", "2.0": "000-A15", "3.0": "000-A17"}
decoder |= {"4.0": "000-A19", "5": "000-A21"}
papers |= {f"decoder.{name}": key for name, key in decoder.items()}

network, counted = Autoencoder(), []


def note(name):
    """A hook that writes down what a layer gave, and how many parameters it has."""

    def hook(layer, given, out):
        shape = "×".join(map(str, [*out.shape[2:], out.shape[1]]))
        parameters = sum(p.numel() for p in layer.parameters())
        row = {"layer": name, "ours: output": shape, "ours: parameters": parameters}
        claim = claims[papers[name]]
        counted.append(row | {"paper": claim.value, "claim": claim.id})

    return hook


for name in papers:
    network.get_submodule(name).register_forward_hook(note(name))
network(torch.rand(1, 1, 32, 32))
show.table(counted)

# %%
for row in counted:
    ours = f"{row['ours: output']}, {row['ours: parameters']} parameters"
    assert ours == row["paper"], row
halves = [sum(p.numel() for p in half.parameters()) for half in network.children()]
assert [str(n) for n in halves] == [claims["000-A22"].value, claims["000-A23"].value]
around = [row for row in counted if row["layer"] in ("encoder.4", "decoder.0")]
dense = sum(row["ours: parameters"] for row in around)
print(f"{halves[0]:,} + {halves[1]:,} = {sum(halves):,} parameters")
print(f"{dense / sum(halves):.0%} of them in the two dense layers around the code")

# %% [markdown]
# Every cell agrees, and so do the sums of the halves. (Two entries elsewhere in the tables are
# slips: 000-X03 and 003-X07. Dropout layers stand in the tables too; they have no parameters.)
# Neither paper gives the sum of both halves. Most of the parameters sit around the code, not in the
# convolutions.
#
# ## Training by hand
#
# This is all there is to training: predict, compare, ask for the gradient, take a step.

# %%
torch.manual_seed(0)
network = Autoencoder()
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)
history = []
for epoch in range(3):
    batches.set_epoch(epoch)
    for batch in batches:
        loss = (network(batch.gray) - batch.rgb).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
print(f"MSE: {history[0]:.3f} at the first step, {history[-1]:.3f} at the last")

# %% [markdown]
# The loss is the mean squared error over all pixels and channels, the "L2 loss" of both papers:
#
# $$ \mathcal{L}(\theta) = \frac{1}{n} \sum (\hat y - y)^2 . $$
#
# ### The step: RMSProp and Adam
#
# Plain gradient descent takes the step $-\eta\, g$, with the *gradient* $g$ and the *learning rate*
# $\eta$. Where the loss is steep in one direction and flat in another, no single $\eta$ is right
# for both. RMSProp {cite:p}`tieleman2012rmsprop` divides each component by its own recent size:
#
# $$ s \leftarrow \beta s + (1 - \beta)\, g^2, \qquad
#    \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \varepsilon} . $$
#
# $\beta$, usually 0.9, says how slowly $s$ forgets; $\varepsilon$ is a tiny number that keeps the
# division from failing.
#
# Adam {cite:p}`kingma2015adam` also averages the gradient itself, $m$, and corrects both averages
# for having begun at zero. At step $t$, counted from 1, with $\beta_1 = 0.9$ and $\beta_2 = 0.999$:
#
# $$ m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad
#    s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2, \quad
#    \theta \leftarrow \theta - \eta\,
#    \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \varepsilon} . $$
#
# Why the correction? After $t$ steps $m$ is a sum of the gradients so far, the $i$-th with weight
# $(1 - \beta_1)\, \beta_1^{t-i}$, and these weights add up to $1 - \beta_1^t$, not to 1. At the
# first step $m$ is a tenth of the gradient. Divided by $1 - \beta_1^t$ it is a true average; the
# same goes for $s$. So Adam's first step is $-\eta\, g / (|g| + \varepsilon)$, which is $\eta$ in
# every direction, however large or small the loss.
#
# Both papers print Adam in five lines. Paper 000 reverses two signs: it *subtracts* the gradient in
# the first line and *adds* $m$ in the last, so the two cancel. Paper 003 reverses only the last.
# Let us run them. `sign` is the sign of the gradient in the first line:


# %%
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
# We test them in a long narrow valley, $f(w) = w_1^2 + 30\, w_2^2$, beside PyTorch's own
# optimizers.


# %%
steep = torch.tensor([1.0, 30.0], dtype=torch.float64)
start = torch.tensor([2.0, 1.0], dtype=torch.float64)


def slope(w):
    """The gradient of the valley."""
    return 2 * steep * w


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
# Look at the dashed line: with the signs of paper 003 the very first step goes uphill, and so does
# every other (003-X02). Paper 000's dotted line lies on PyTorch's (000-H08). One more difference
# cannot be seen in this valley: the papers add $\varepsilon$ inside the root, PyTorch outside.
# Inside, $10^{-7}$ acts like the much larger $3 \cdot 10^{-4}$ outside, which matters where
# gradients are small. (Do not read a ranking out of this figure: another learning rate would give
# another one.)

# %% tags=["nbval-check-output"]
loss_of = {name: (steep * path.square()).sum(1) for name, (path, _) in paths.items()}
ours = paths["PyTorch's Adam"][0]
printed = paths["Adam as printed in 000"][0]
print("000 equals PyTorch here:", torch.allclose(ours, printed, atol=1e-4))
uphill = loss_of["Adam as printed in 003"].diff() > 0
print(f"steps uphill in 003: {int(uphill.sum())} of {len(uphill)}")

# %% [markdown]
# RMSProp by hand, in four lines, against PyTorch's:

# %% tags=["nbval-check-output"]
w, s = start, 0
for _ in range(60):
    s = 0.9 * s + 0.1 * slope(w) ** 2
    w = w - 0.05 * slope(w) / (s.sqrt() + 1e-7)
print("equals PyTorch:", torch.allclose(w, paths["RMSProp"][0][-1]))

# %% [markdown]
# ### The loss
#
# Paper 000 prints "smooth L1", $\frac12 d^2$ for a difference $|d| < 1$ and $|d| - \frac12$ beyond,
# and discusses it as L1. On values in $[0, 1]$ no difference exceeds 1, so smooth L1 is half the
# squared error everywhere. Adam divides by the size of the gradient, so even the half disappears.
# *Cross-entropy*, $-y \log \hat y - (1 - y) \log (1 - \hat y)$, takes each channel for a
# probability. Its minimum is not 0 but the *entropy* of the truth, because a value of 0.5 is never
# certain:

# %% tags=["nbval-check-output"]
from torch.nn import functional as F

y = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
off = (y + 0.05).clamp(0, 1)
print(f"smooth L1 / MSE: {F.smooth_l1_loss(off, y) / F.mse_loss(off, y):.3f}")
print(f"MSE of a perfect answer: {F.mse_loss(y, y):.3f}")
print(f"cross-entropy of a perfect answer: {F.binary_cross_entropy(y, y):.3f}")

# %% [markdown]
# ## Training with Lightning
#
# The loop above knows nothing of checkpoints, precision, several devices or a validation set.
# Lightning does, and `huelab.training.fit` sets it up: it computes in `bfloat16`, a short kind of
# number, where the processor does so by itself (*autocast*). Given a file, it saves a checkpoint
# at the ends of epochs, at most once a minute, and an interrupted run goes on from there, on the
# same machine with the same bits as one that was not. The class says only what a step is:

# %%
show.source(Autoencoder, "forward", "losses", "validate")

# %%
from huelab.training import fit

torch.manual_seed(0)
network = Autoencoder(**config["method_args"])
held_out = open_dataset(**config["validation"])
validation = Batches(held_out, 128, shuffle=False, **make)
run = fit(network, batches, epochs=config["epochs"], validation=validation)
print(f"{run.steps} steps")

# %% [markdown]
# What that is worth, as `huelab bench steps` recorded it, against a plain loop in float32 with
# PyTorch's own layers. *Channels last* means that the numbers of all channels of a pixel lie side
# by side in memory. *times* below 1 says that a way is slower than the plain loop.

# %%
from huelab import records

speeds = []
for record in records.find("bench-steps"):
    if record.config.get("network", "autoencoder") != "autoencoder":
        continue
    size, threads = record.config["batch"], record.environment["threads"]
    times = {m.name.partition(": ")[2]: m.value for m in record.metrics}
    plain = times["plain float32 loop"]
    for way, each in times.items():
        row = {"device": f"{record.device}, {threads} threads"}
        row |= {"pictures a step": size, "way": way, "ms a step": each * size}
        row |= {"pictures a second": 1000 / each, "times": plain / each}
        speeds.append(row)
formats = {"ms a step": ".1f", "pictures a second": ",.0f", "times": ".2f"}
show.table(speeds, formats=formats, profile="full")

# %% [markdown]
# `val_accuracy` is, up to rounding, what Keras prints for such a network when asked for accuracy:
# the share of pixels whose largest channel is the right one. Neither paper says what its accuracy
# is; this is the only kind that Keras would have computed. *Reading with care* takes it apart.
#
# ### When the learning rate falls
#
# Both papers lower the learning rate when validation accuracy stalls, "by a set value", "after a
# set number of epochs"; paper 003 adds a lower limit. No value is printed. We take those of
# {cite:t}`atienza2018advanced`, whose colorization autoencoder has this network, layer by layer,
# but watches the loss: after 5 epochs without progress divide by $\sqrt{10}$, not below $5 \cdot
# 10^{-7}$. To see the rule at work, we feed it an accuracy that climbs and then stays:

# %% mystnb={"image": {"alt": "Two curves over forty epochs: an accuracy that rises and levels off after epoch ten, and below it the learning rate, constant at first and then falling in steps every five epochs."}}
from huelab.methods.autoencoder import plateau_schedule

accuracies = [0.52 - 0.06 * 0.7 ** min(epoch, 10) for epoch in range(40)]
optimizer = torch.optim.Adam(nn.Linear(1, 1).parameters(), lr=1e-3)
plateau = plateau_schedule(optimizer)
rates = []
for accuracy in accuracies:
    plateau.step(accuracy)
    rates.append(optimizer.param_groups[0]["lr"])
fig, (above, below) = plt.subplots(
    2, 1, figsize=(6, 3.4), sharex=True, layout="constrained"
)
above.plot(accuracies, color="C0")
above.set_ylabel("accuracy (made up)")
below.semilogy(rates, drawstyle="steps-post", color="C1")
below.set(xlabel="epoch", ylabel="learning rate")
show.stamp(fig)

# %% [markdown]
# ## What dropout does to color
#
# *Dropout* {cite:p}`srivastava2014dropout` sets a random share $p$ of a layer's outputs to 0 while
# training, and multiplies the rest by $1/(1-p)$ so that the mean stays. *Batch normalization*
# {cite:p}`ioffe2015batch` shifts and scales each channel to mean 0 and deviation 1 over the batch,
# then applies a scale and a shift that are learned. Paper 000 tries dropout alone, both together,
# and neither. It gives no $p$, and a caption speaks of a "high level of dropouts"; we take the 0.2
# of paper 003.
#
# Why should dropout change color? A network trained on squared error answers with the *mean* of all
# colors it thinks possible. Noise inside it blurs what it knows about the picture; the less it
# knows, the more colors stay possible, and the closer their mean comes to gray. A small experiment
# shows it. The color of a point is $\pm 1$, the network sees it in 8 numbers, and dropout takes
# some away:

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
colors = torch.sign(torch.randn(4000, 1))
seen = colors * 0.5 + torch.randn(4000, 8)  # each says a little about the color
for p in (0.0, 0.2, 0.5, 0.8):
    features = F.dropout(seen, p)
    # The least squares that training with dropout would find.
    weights = torch.linalg.lstsq(features, colors).solution
    answers = (seen @ weights).abs().mean()
    print(f"dropout {p:.1f}: mean size of the answer {answers:.2f}, of the truth 1")

# %% [markdown]
# More dropout, paler answers. Batch normalization has no such reason to make colors pale: it
# computes with the mean and deviation of the batch in training, and with stored ones afterwards.
# What happened with the real network? The table reads the records of paper 000's three variants.
# *Colorfulness* is a measure of {doc}`07_metrics`; that of the true pictures stands in the last
# row. "±" is the deviation over seeds, n their number. The stamp below a table says whether its
# runs are reduced or full. Of reduced runs the order is to be read, not the last digit.


# %%
from huelab.ledger import tables

found = records.find()
variants = {
    "no regularization": get("autoencoder"),
    "dropout": get("autoencoder-dropout"),
    "batch normalization and dropout": get("autoencoder-batchnorm"),
}
profile = tables.best_profile(list(variants.values()), found)


def value(recipe, metric, **where):
    """Mean and deviation over the recorded seeds, on the test set of CIFAR-10."""
    return tables.measured(recipe, found, profile, metric, **where)


# %%
true_colors = value(variants["no regularization"], "colorfulness_truth")
rows = [
    {
        "variant": name,
        "colorfulness": value(recipe, "colorfulness"),
        "MSE": value(recipe, "mse", space="rgb"),
        "accuracy": value(recipe, "channel_argmax_accuracy"),
    }
    for name, recipe in variants.items()
]
rows.append({"variant": "truth", "colorfulness": true_colors})
show.table(rows, profile=profile)

# %%
measured = [row["colorfulness"] for row in rows if row["colorfulness"] is not None]
assert all(cell.mean < 0.6 * true_colors.mean for cell in measured[:-1])

# %% [markdown]
# All three are far paler than the truth, as squared error leads one to expect. Whether paper 000's
# order of the three (000-Q01, 000-Q02, 000-Q04) holds is for the ledger to say, below.
#
# ## Results
#
# First pictures. The recorded networks learned from CIFAR-10 and come with the book; the pieces
# below are cut from the three test photographs, which none of them has seen. Rows are chosen by a
# seed.

# %%
from huelab.methods import trained


def network_of(name):
    """A recorded network, or None while there is no complete run with weights."""
    runs = tables.runs_of(get(name), found, profile)
    shipped = [run for run in runs if run.weights and run.weights.path]
    return trained.load(shipped[0]) if shipped else None


methods = {
    "no regularization": network_of("autoencoder"),
    "dropout": network_of("autoencoder-dropout"),
    "batch norm.": network_of("autoencoder-batchnorm"),
    "ours, uncompressed": network_of("autoencoder-uncompressed"),
}
methods = {name: method for name, method in methods.items() if method is not None}

# %% mystnb={"image": {"alt": "Eight random pieces of test photographs in columns: gray, the paper's network in three variants, ours, truth. The papers' networks give blurred shapes in brownish tones; ours is sharp and pale."}}
from huelab.color import rgb_to_gray

unseen = open_dataset("embedded", "test", 32)
truth = torch.stack(list(unseen)).float() / 255


def color(method):
    return method.colorize(rgb_to_gray(truth, method.gray_formula))


columns = {"gray": rgb_to_gray(truth, "rec601")}
columns |= {name: color(method) for name, method in methods.items()}
show.grid({**columns, "truth": truth}, n=8, seed=3, profile=f"quick and {profile}")

# %% [markdown]
# The first thing to see is not the color. The picture itself is blurred. Two things can be at
# fault, the 256 numbers and the short training. *What 256 numbers hold* asks how much the numbers
# could hold. Only the column *ours*, described below, is as sharp as the gray.
#
# ### What the papers report, and what we measure
#
# The recorded runs, on the 10,000 test pictures of CIFAR-10. Each value is the mean over the seeds
# with its 95 % interval in brackets. The ledger computes the *verdict* from what was expected of
# the claim, and shows the day on which that was *written*. Some expectations were changed after a
# first run; *changed* says how. Runs of three epochs on other pixels can at best agree or disagree
# with a direction, such as less or more; a number they leave `not comparable`. A verdict is
# `inconclusive` where the interval of the difference does not clear zero, where fewer than three
# seeds have run, or where a part of the claim was not measured: nobody measured how realistic the
# pictures are. The *difference* is measured minus reported, or minus the middle of a reported
# range.

# %%
from huelab.ledger import compared, resolve

judged = compared(resolve(claims[key] for key in told))
show.table(judged, profile="as each row says")

# %% [markdown]
# Beside them, what needs no gradient descent, and our own network. *PSNR* is the mean over
# pictures, of RGB in [0, 1]; ΔE00 a color difference in which about 1 is just visible; *gap* the
# colorfulness minus that of the truth. The *linear code* is the best linear map through 256
# numbers; more of it below.

# %%
names = ["autoencoder", "autoencoder-dropout", "autoencoder-batchnorm"]
names += ["autoencoder-uncompressed", "linear-code-cifar10"]
names += ["gray-copy-cifar10", "mean-color-cifar10", "color-per-gray-cifar10"]


def scores(name, test="cifar10_jpeg/test at 32"):
    """A row of the table below; baselines are not trained and always run in full."""
    recipe = get(name)
    own = profile if recipe.epochs else "full"

    def read(metric, **where):
        return tables.measured(recipe, found, own, metric, data=test, **where)

    return {
        "method": recipe.title,
        "PSNR, dB": read("psnr", space="rgb", averaging="pictures"),
        "ΔE00": read("delta_e_2000"),
        "gap": read("colorfulness_gap"),
        "accuracy": read("channel_argmax_accuracy"),
        "runs": own,
    }


by_name = {name: scores(name) for name in names}
show.table(list(by_name.values()), profile=profile)

# %%
for name in names[:3]:
    mine, gray = (by_name[n]["PSNR, dB"] for n in (name, "gray-copy-cifar10"))
    if mine is not None:
        lead = mine.mean - gray.mean
        print(f"{by_name[name]['method']}: {lead:+.1f} dB against the gray copy")

# %% [markdown]
# Read the sign. A minus says that one does better by leaving the picture alone. Most of what a
# picture is, is its lightness, and these networks lose more of that than they win in color.

# %% [markdown]
# The same on 4,000 pictures that are available without JPEG. Their JPEG twins were held out for
# validation, so no network has learned from them. (In a long run they do set the learning rate.)

# %%
exact = [n for n in names if any(t["name"] == "cifar10_exact" for t in get(n).tests)]
rows = [scores(name, "cifar10_exact/all at 32") for name in exact]
show.table(rows, profile=profile)

# %% [markdown]
# ### Optimizers, losses, penalties, grays
#
# The same number of epochs in all rows, and one seed where no "±" stands. Learning rates are those that tf.keras takes if none is
# given, so an optimizer's row is about its default as much as about itself.

# %%
groups = {
    "optimizer": ["", "-nadam", "-rmsprop", "-adagrad", "-momentum", "-sgd"],
    "loss": ["-smooth-l1", "-cross-entropy", "-lasso", "-ridge"],
    "dropout": ["-dropout", "-dropout-half", "-dropout-encoder"],
    "batch norm.": ["-batchnorm", "-batchnorm-after"],
    "input": ["-gray-swapped", "-gray-rec709", "-gray-lightness", "-unscaled"],
}
rows = []
for group, suffixes in groups.items():
    for suffix in suffixes:
        row = scores(f"autoencoder{suffix}")
        error = value(get(f"autoencoder{suffix}"), "mse", space="rgb")
        rows.append({"varied": group, "method": row["method"], "MSE": error} | row)
columns_shown = ["varied", "method", "MSE", "PSNR, dB", "gap", "accuracy"]
show.table(rows, columns=columns_shown, profile=profile)

# %%
gray_all_over = get("middle-gray-cifar10")
blind = tables.measured(gray_all_over, found, "full", "mse", space="rgb")
errors = [row for row in rows if row["MSE"] is not None and blind is not None]
for row in errors:
    if row["MSE"].mean > 0.9 * blind.mean:
        print(f"{row['method']}: hardly better than middle gray all over")

# %% [markdown]
# Rows named above have not begun to learn in the epochs they had: with that default their optimizer
# is too slow, and nothing else about them can be read. A dash waits for its run. Read each row
# against the first, but dropout in the encoder alone against *dropout*, and batch normalization
# after ReLU against *batch normalization and dropout*.
#
# ## Reading with care
#
# ### What 50 % "accuracy" means
#
# Accuracy asks whether the largest of R, G and B is the right one (000-X05). In a gray picture all
# three are equal, and the first counts: red. So a gray picture scores the share of pixels that are
# reddest, whatever it shows. See for yourself, on pictures of pure noise:

# %%
from huelab.metrics import channel_argmax_accuracy

nonsense = torch.rand(len(truth), 1, 32, 32).expand(-1, 3, -1, -1)
reddest = (truth.argmax(1) == 0).float().mean()
print(f"gray noise: {channel_argmax_accuracy(nonsense, truth).mean():.3f}")
print(f"share of pixels with most red: {reddest:.3f}")
for name in ("gray-copy-cifar10", "color-per-gray-cifar10"):
    print(f"recorded, {by_name[name]['method']}: {by_name[name]['accuracy']}")

# %%
untouched, rule = by_name["gray-copy-cifar10"], by_name["color-per-gray-cifar10"]
if None not in (*untouched.values(), *rule.values()):
    assert rule["PSNR, dB"].mean > untouched["PSNR, dB"].mean
    assert rule["accuracy"].mean < untouched["accuracy"].mean
    assert rule["ΔE00"].mean > untouched["ΔE00"].mean

# %% [markdown]
# The 50 to 52 % of paper 000 (000-R05) include what the gray copy gets. And accuracy can fall where
# PSNR rises: the best color per gray level has a higher PSNR than the gray copy and a lower
# accuracy. Whether its pictures are better is another question, since in ΔE00 it is behind. A number
# that gray noise scores as well is a poor guide for choosing a model or lowering a learning rate.
#
# ### Why 0.3 to 0.4 cannot be the MSE of a trained network
#
# Paper 000 calls a loss of 0.3 to 0.4 minimal, beside 0.077 of another model (000-X04). How bad
# must pictures be for a mean squared error like that? The same recorded test pictures, for answers
# that look at nothing:

# %%
answers = ("black", "middle-gray", "white", "gray-copy")
rows = []
for name in [*(f"{answer}-cifar10" for answer in answers), "autoencoder"]:
    own = profile if get(name).epochs else "full"
    mean_squared = tables.measured(get(name), found, own, "mse", space="rgb")
    accuracy = tables.measured(get(name), found, own, "channel_argmax_accuracy")
    row = {"answer": get(name).title, "MSE": mean_squared, "accuracy": accuracy}
    rows.append(row)
show.table(rows, profile=profile)

# %% [markdown]
# Noise whose pixels are black or white by chance has the mean of the errors of black and of white.
# What is the least that cross-entropy can be? It is never below the entropy of the truth, and the
# entropy of a value $y$ is never below $4 \ln 2 \cdot y\,(1 - y)$. The mean of $y\,(1 - y)$ follows
# from the two errors, because $y^2 + (1 - y)^2 = 1 - 2\,y\,(1 - y)$.

# %%
import math

black, white = rows[0]["MSE"], rows[2]["MSE"]
if black is not None and white is not None:
    noise = (black.mean + white.mean) / 2
    entropy = 2 * math.log(2) * (1 - black.mean - white.mean)
    print(f"MSE of noise in black and white: {noise:.3f}")
    print(f"cross-entropy on these pictures is at least {entropy:.3f}")
    assert 0.3 < noise < 0.4 < entropy

# %% [markdown]
# An answer in the paper's range is further from the truth, in its root mean square, than half of the
# range of values. White all over is, and so is noise in black and white, whose MSE is the mean of
# those two. Black all over comes close. White and that noise even have an "accuracy" in the range of
# 000-R05, because they are gray. Nobody would call such pictures vivid, so this is hardly what the
# authors trained; but neither number tells the two apart. Cross-entropy it cannot be either: its
# minimum lies higher. We do not know what was printed. Middle gray all over, which looks at nothing,
# has a small part of that MSE.
#
# ### What 256 numbers hold
#
# "Without image compression" stands in the titles of both papers (000-X08). The size of the picture
# does come back. Its detail does not: `luminance_psnr` compares the gray of the output with the
# gray that went in, each method in its own gray, over all pixels of all pictures together. The best
# *linear* code of 256 numbers, which needs no network and is solved for at once, stands beside it.


# %%
def gray_kept(name):
    recipe = get(name)
    own = profile if recipe.epochs else "full"
    return tables.measured(recipe, found, own, "luminance_psnr")


kept = {get(n).title: gray_kept(n) for n in ("autoencoder", "linear-code-cifar10")}
rows = [{"method": name, "gray kept, dB": cell} for name, cell in kept.items()]
ours = gray_kept("autoencoder-uncompressed")
rows.append({"method": get("autoencoder-uncompressed").title, "gray kept, dB": ours})
show.table(rows, profile=profile)

# %%
network_kept, linear_kept = (row["gray kept, dB"] for row in rows[:2])
if network_kept is not None and linear_kept is not None:
    lead = linear_kept.mean - network_kept.mean
    print(f"the linear code keeps {lead:+.1f} dB more of the gray than the network")

# %% [markdown]
# If the sign above is a plus, 256 numbers can hold more than the recorded network put into them in
# the epochs it had. Would a longer training close the gap? These runs do not show it. Our own keeps
# its input by construction; without rounding its PSNR would be infinite.

# %% [markdown]
# ### Larger pictures
#
# The network takes 32 × 32 and nothing else. A larger picture can be shrunk, colored and enlarged,
# or cut into tiles of 32 × 32. Neither is the papers' idea, but to color other sizes with it we
# need one of them. First a look, then the record, on Kodak's photographs at three sizes.

# %% mystnb={"image": {"alt": "One test photograph at 128 pixels: gray; colored after shrinking, a blur; colored in tiles, with visible borders every 32 pixels; by our network, sharp; truth."}}
photo = open_dataset("embedded", "test", 128)[0][None].float() / 255
gray = rgb_to_gray(photo, "rec601")
views = {"gray": gray[0]}
paper = methods.get("no regularization")
for way, label in (("resize", "shrunk and enlarged"), ("tiles", "in tiles")):
    if paper is not None:
        paper.any_size = way
        views[label] = paper.colorize(gray)[0]
if "ours, uncompressed" in methods:
    light = rgb_to_gray(photo, "lightness")
    views["ours"] = methods["ours, uncompressed"].colorize(light)[0]
views["truth"] = photo[0]
show.pictures(views, ncols=5, size=128, profile=f"quick and {profile}")

# %%
rows = []
for side in (64, 128, 256):
    at = f"kodak24/test at {side}"
    row = {"pixels": side}
    for label, metric in (
        ("shrunk", "psnr_resize"),
        ("in tiles", "psnr_tiles"),
        ("gray copy", "psnr_gray_copy"),
    ):
        row[label] = value(get("autoencoder"), metric, data=at)
    where = {"space": "rgb", "averaging": "pictures"}
    row["ours"] = value(get("autoencoder-uncompressed"), "psnr", data=at, **where)
    rows.append(row)
show.table(rows, caption="PSNR in dB, mean over pictures", profile=profile)

# %%
for row in rows:
    if None in row.values():
        continue
    gray, ours = row["gray copy"].mean, row["ours"].mean
    paper = max(row["shrunk"].mean, row["in tiles"].mean)
    leads = f"paper {paper - gray:+.1f} dB, ours {ours - gray:+.1f} dB"
    print(f"{row['pixels']} pixels: {leads}")

# %% [markdown]
# The printed figures are leads over the gray copy. Ours learned on 32 × 32 too: the larger the
# picture, the less a window of it looks like anything in CIFAR-10, which is probably why its lead
# shrinks. A network that takes any size is not yet one that understands any size.
#
# ### Validation on the test set
#
# A comment in the listing of paper 003 calls the test set the validation set (003-D09); the
# training itself is not printed. Schedule, choice of epoch and choice of model then see the
# pictures that judge them. The same recipe, with all 50,000 pictures to learn from and the test set
# to validate on, beside ours:

# %%
pair = ["autoencoder", "autoencoder-test-validation"]
show.table([scores(name) for name in pair], profile=profile)

# %% [markdown]
# Two things change at once, so this row cannot tell them apart: the 5,000 validation pictures are
# learned from as well, and the test set steers the learning rate. In a run of few epochs the
# schedule has nothing to lower yet. In a long one the learning rate is fitted to the test set.
#
# ## The repair
#
# How can a colorizer keep its input? It does not output RGB but $a^*$ and $b^*$, and adds them to
# the $L^*$ of the input ({doc}`02_lab`). It has no dense layers, so it takes any size. And it hands
# what the encoder saw at each size to the decoder directly, past the narrow middle; such
# connections are called *skips*. What stays is the papers': filters, kernels and strides of the
# encoder and of the three transposed convolutions. New are two convolutions in place of the dense
# layers, batch normalization before each ReLU, and a last convolution that makes $a^*$ and $b^*$.

# %%
from huelab.methods.uncompressed import Uncompressed

show.source(Uncompressed, "__init__", "forward")

# %%
repair = Uncompressed()
count = sum(p.numel() for p in repair.parameters())
print(f"{count:,} parameters, {count / sum(halves):.0%} of the papers'")
odd = torch.rand(1, 1, 123, 457)
print("any size:", tuple(odd.shape), "to", tuple(repair.colorize(odd).shape))
assert count < sum(halves)

# %%
rivals = ["autoencoder-uncompressed", "autoencoder", "gray-copy-cifar10"]
show.table([by_name[name] for name in rivals], profile=profile)

# %%
ours, paper, gray = (by_name[name] for name in rivals)
if None not in ours.values():
    for rival in (paper, gray):
        assert ours["PSNR, dB"].mean > rival["PSNR, dB"].mean
        assert ours["ΔE00"].mean < rival["ΔE00"].mean
        assert abs(ours["gap"].mean) < abs(rival["gap"].mean)
    print("ahead of the paper's network and of the gray copy in all three")

# %% [markdown]
# With fewer parameters and the same epochs it is ahead in all three. (That it has more color than a
# gray copy is no feat; that its colors bring the error *down* is.) Several things differ from the
# paper's network at once, so the comparison does not say which of them helps how much.
#
# ## Exercises
#
# Try first, then unfold the solution. Each ends with an `assert` that is true only if it works.
#
# **Exercise 1: the receptive field.** One number of the encoder's last feature map (256 × 4 × 4)
# sees how many pixels of the input in a row? Find out with a gradient, and by arithmetic: two
# neighbors of a layer look at windows that are 2 pixels apart.

# %% tags=["solution", "hide-cell"]
convolutions = nn.Sequential(*list(Encoder())[:3])
for parameter in convolutions.parameters():
    nn.init.constant_(parameter, 0.01)  # nothing cancels, and ReLU lets all through
picture = torch.rand(1, 1, 32, 32, requires_grad=True)
(seen_by,) = torch.autograd.grad(convolutions(picture)[0, 0, 1, 1], picture)
rows_seen = int(seen_by[0, 0].any(1).sum())
reach = 1
for _ in range(3):
    reach = (reach - 1) * 2 + 3
print(rows_seen, "pixels")
assert rows_seen == reach == 15

# %% [markdown]
# **Exercise 2: Nadam.** Nadam {cite:p}`dozat2016nadam` is Adam that looks a step ahead. In place of
# $m / (1 - \beta_1^t)$ it steps along $\beta_1\, m / (1 - \beta_1^{t+1}) + (1 - \beta_1)\, g / (1 -
# \beta_1^t)$. Write it, let it run for 60 steps in the valley, and compare with PyTorch's Adam:
# which has the lower loss on average over the steps, on a logarithmic scale?


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
# **Exercise 3: padding=1.** Exchange `Halve` for PyTorch's convolution with `padding=1` in an
# encoder. Show that the number of parameters and all shapes stay, and that with the same weights
# the answers differ.

# %% tags=["solution", "hide-cell"]
import copy

keras = Encoder()
torchs = copy.deepcopy(keras)
for stage in list(torchs)[:3]:
    old = stage[0]
    stage[0] = nn.Conv2d(old.in_channels, old.out_channels, 3, stride=2, padding=1)
    stage[0].load_state_dict(old.state_dict())
count = [sum(p.numel() for p in net.parameters()) for net in (keras, torchs)]
assert count[0] == count[1]
one = other = torch.rand(1, 1, 32, 32)
for one_layer, other_layer in zip(keras, torchs, strict=True):
    one, other = one_layer(one), other_layer(other)
    assert one.shape == other.shape
assert not torch.allclose(one, other, atol=1e-3)

# %% [markdown]
# **Exercise 4: the linear code.** `LinearCode.fit` solves for the best linear map through a code of
# given length. Fit it on the training pieces with codes of 16, 64 and 256 numbers, and measure the
# PSNR on the *same* pieces. Why must it rise with the length of the code? Does it on the test
# pieces?

# %% tags=["solution", "hide-cell"]
from huelab.methods.linear_code import LinearCode

training = torch.stack(list(pieces)).float() / 255


def psnr_of(method, rgb):
    predicted = method.colorize(rgb_to_gray(rgb, "rec601"))
    return -10 * (predicted - rgb).square().mean().log10().item()


linear = {n: LinearCode.fit([training], code=n) for n in (16, 64, 256)}
seen_psnr = [psnr_of(method, training) for method in linear.values()]
test_psnr = [psnr_of(method, truth) for method in linear.values()]
middle = -10 * (truth - 0.5).square().mean().log10().item()
print("seen:  ", [f"{x:.1f}" for x in seen_psnr])
print("unseen:", [f"{x:.1f}" for x in test_psnr], f"middle gray: {middle:.1f}")
assert seen_psnr == sorted(seen_psnr)
assert seen_psnr[-1] - test_psnr[-1] > 5

# %% [markdown] tags=["solution"]
# :::{dropdown} What the numbers say
# On what it was fitted to it must rise, since a longer code can do all that a shorter one can. On
# unseen pieces it hardly does, and stays near what middle gray gets: a few hundred pieces cannot
# teach a map with 1,024 inputs. That gap is overfitting, without any network.
# :::

# %% [markdown]
# ## What to remember
#
# - Stride 2 halves, a transposed convolution is the gradient of one and doubles. "Same" in Keras
#   pads at the end.
# - Parameters and shapes can be checked to the last one. Here the layers agree with the papers'
#   tables; what the text says of padding and of the last stride does not.
# - Adam divides by the size of the gradient. Signs matter: as printed in paper 003 it goes uphill.
# - Squared error answers with a mean; noise inside the network pulls it to gray.
# - "Accuracy" of the largest channel is what gray gets. A loss needs its name and its range.
# - A code of 256 numbers loses detail, and a network that was trained briefly loses more than a
#   linear map. Keep what is given and predict only what is missing.
#
# ## Further reading
#
# {cite:t}`hinton2006reducing` is the paper on deep autoencoders; {cite:t}`dumoulin2016guide` draws
# the arithmetic of strides, padding and transposed convolutions; {cite:t}`kingma2015adam` is
# Adam's, and {cite:t}`ronneberger2015unet` the source of the skips in the repair.
# {cite:t}`girshick2015fast` introduced smooth L1, {cite:t}`glorot2010understanding` the
# initialization that Keras uses.
