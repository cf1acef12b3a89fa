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
# # A first colorized photograph
#
# A gray photograph says how light every point was and nothing about its color. In this chapter a
# small network learns to guess the color. It learns from five photographs, in less than a minute,
# on an ordinary processor. Then it colors photographs that it has never seen. You will see what it
# does well, what it does badly, and how numbers tell the two apart.
#
# **What you will learn**
#
# - what goes into a colorizer and what it has to add;
# - how to train one in a few lines, and how to judge it against guesses that need no learning;
# - why remembering five photographs is not the same as knowing what the world looks like.
#
# **What it needs.** You need a little Python. The chapter explains in a sentence or two every word
# about networks that it uses. Every figure and table says which *profile* it was made with:
# `quick` is small enough for this page, and `full` is a long run that was recorded. [How to
# read](../book/how_to_read.md) has the details.

# %%
from huelab import records, show

show.needs("00_first_color")

# %% [markdown]
# ## What the papers claim
#
# This book tests five papers, numbered 000 to 004. With a small network of our own, you can try
# two claims of paper 000 {cite:p}`rahman2020enhanced` in this chapter already. Each claim has a
# name: the paper's number, a letter that says what kind of claim it is (Q: about quality), and a
# number. The [ledger](../book/ledger.md) lists all claims and says what became of each.

# %%
from huelab.ledger import read_claims

claims = {claim.id: claim for claim in read_claims()}
tried = [claims["000-Q08"], claims["000-Q06"]]
show.table([{"id": each.id, "claim": each.claim} for each in tried])

# %% [markdown]
# *Regression* means: the network answers with numbers, and training makes their error small. The
# *squared error* of a number is the square of its difference from the true number. *Sepia* is the
# brown of old prints, and a *muted* color is close to gray. The section *A small network* and
# exercise 3 look into 000-Q06. The section *Reading with care* looks into 000-Q08.
#
# ## The photographs
#
# HueLab needs no download to start, because eight color photographs ship inside packages that it
# installs anyway. The network learns from five of them. Three are kept for the test. No photograph
# is ever in both groups.

# %% mystnb={"image": {"alt": "Five photographs: an astronaut in orange, a ginger cat, a red cup of coffee, a Chinese pavilion under a pale sky, an orange flower; and three more: a navy officer with a flag, a red motorcycle in a garage, a rocket at dusk."}}
from huelab.data import open_dataset

whole = {
    split: open_dataset("embedded", split, size=None) for split in ("train", "test")
}
show.pictures({
    f"{name} ({split})": picture
    for split, photographs in whole.items()
    for name, picture in zip(photographs.files, photographs, strict=True)
})

# %% [markdown]
# The split was made once, and with some care: each test photograph shares something with a
# photograph to learn from, such as a sky, a portrait with a flag, or something red.
#
# The argument `size=None` asks for whole photographs. But a network wants many pictures of one
# size. When `size` is a number, `open_dataset` therefore cuts square pieces out of every
# photograph, always the same ones, and makes each of them that many pixels wide. It keeps them as
# whole numbers from 0 to 255. The pieces of one photograph resemble each other. So we test on
# three photographs, however many pieces we count.
#
# `Batches` hands out a few pieces at a time, which are called a *batch*. It mirrors half of them
# and cuts a smaller square at a random place, so that the network hardly ever sees the same
# picture twice. `targets` says what it makes of every piece: the gray picture and Lab, which the
# next section explains. The cell prints the shapes of the first batch.

# %%
from huelab.data import Batches

pieces = {split: open_dataset("embedded", split, size=112) for split in whole}
batches = Batches(
    pieces["train"], batch_size=16, crop=80, flip=True, targets=("gray", "lab")
)
batch = next(iter(batches))
print(pieces["train"], pieces["test"], sep="\n")
print("gray", tuple(batch.gray.shape), " lab", tuple(batch.lab.shape))

# %% [markdown]
# The shape of `gray` reads: 16 pictures, 1 channel, 80 rows, 80 columns. A *channel* is one number
# for every pixel. The book uses this order everywhere (see [Notation](../book/notation.md)).
#
# ## The idea: keep the lightness, guess the color
#
# A color can be written as three numbers in many ways. Screens use red, green, and blue. Another
# way is Lab, and [the chapter on Lab](02_lab.ipynb) builds it step by step. Its three
# numbers are
#
# - $L^*$, the lightness, from 0 (black) to 100 (white);
# - $a^*$, from green (negative) to red (positive);
# - $b^*$, from blue (negative) to yellow (positive).
#
# We make the gray picture that has the same $L^*$ as the color. ([The chapter on
# gray](01_grayscale.ipynb) explains other grays.) So nobody has to guess the lightness, and
# nothing can spoil it. The colorizer $f_\theta$ is asked for $a^*$ and $b^*$ only:
#
# $$ \underbrace{L^*}_{\text{given}} \;\longrightarrow\; f_\theta \;\longrightarrow\;
# \underbrace{(a^*, b^*)}_{\text{guessed}} $$
#
# The letter $\theta$ stands for the *parameters*: all the numbers inside the network that training
# changes. `rgb_to_lab` computes the three numbers of Lab for every pixel. The next figure shows
# each of them for one photograph. The code uses PyTorch (`torch`), whose *tensors* hold the numbers
# of a whole batch.

# %% mystnb={"image": {"alt": "The first training photograph, an astronaut, in four panels: its colors, its lightness as a gray picture, and its a and b channels shown as tints at one lightness."}}
import torch

from huelab.color import fit_gamut, lab_to_rgb, rgb_to_gray, rgb_to_lab

first = whole["train"][0][None]  # a batch of one picture
lightness, a, b = rgb_to_lab(first).split(1, dim=1)
flat, none = torch.full_like(a, 65), torch.zeros_like(a)
show.pictures({
    "the picture": first[0],
    "L*: given": rgb_to_gray(first, "lightness")[0],
    "a*: to be guessed": lab_to_rgb(fit_gamut(torch.cat([flat, a, none], 1)))[0],
    "b*: to be guessed": lab_to_rgb(fit_gamut(torch.cat([flat, none, b], 1)))[0],
})

# %% [markdown]
# In the two panels on the right the lightness is the same everywhere, so that only one color axis
# is left. (`fit_gamut` makes colors paler that no screen can show. The chapter on Lab explains
# it.) Look for the shading and the finest detail: they are in the gray panel. A colorizer that
# keeps the lightness can therefore afford to be a little vague about color.
#
# ## A small network
#
# The network consists of *layers*, and each layer turns channels into other channels. The diagram
# shows how the size changes on the way. Each box is a step. The numbers below it are channels ×
# height × width of its output. A taller box is a larger picture, and a wider box has more
# channels.

# %%
stages = [
    ("L*", (1, 80, 80)), ("down1", (16, 40, 40)), ("down2", (32, 20, 20)),
    ("down3", (64, 10, 10)), ("down4", (128, 5, 5)), ("up3", (64, 10, 10)),
    ("up2", (32, 20, 20)), ("up1", (16, 40, 40)), ("a*, b*", (2, 80, 80)),
]
show.layers(stages, skips=[(1, 7), (2, 6), (3, 5)], alt="The first network")

# %% [markdown]
# The network halves the picture four times. A number in its deepest layer therefore depends on a
# wide neighborhood. Then the network enlarges the picture again. The dashed lines are *skips*:
# they bring what the network saw on the way down to the way up, and so carry edges past the deep
# layers. Networks of this form are called U-Nets {cite:p}`ronneberger2015unet`.
#
# Three small functions of the library do most of the work:

# %%
from huelab.methods import first as first_network

show.source(first_network, "block", "twice", "beside")

# %% [markdown]
# `block` puts three layers in a row.
#
# - A *convolution* (`Conv2d`) computes each new number as a weighted sum over all channels of a
#   neighborhood of 3 × 3 pixels. It uses the same weights at every place. The weights are
#   parameters, so they are learned. With a *stride* of 2 it moves in steps of two pixels, and its
#   output has half the height and half the width. `padding=1` adds a border of one pixel, so that
#   there is a neighborhood at the edge as well. `bias=False` leaves out a constant that the next
#   layer would take away again.
# - *Batch normalization* (`BatchNorm2d`) shifts and scales every channel, so that its numbers stay
#   in a similar range from layer to layer.
# - A *ReLU* replaces negative numbers by 0. Without such a bend, many layers in a row could do no
#   more than a single one.
#
# `twice` enlarges a picture to twice its height and width and fills in between the pixels
# (`bilinear`). `beside` enlarges a small picture with `twice` and joins its channels with those of
# a larger one (`torch.cat`). This is how a skip joins in.
#
# Here is the network, in the code that the library runs. `__init__` makes the layers, after
# `super().__init__()` has prepared an empty network. `width` is the number of channels that
# `down1` gives, and every further step down doubles it. `learning_rate` says how far training may
# move the parameters in one step. `forward` says what passes through the layers.

# %%
from huelab.methods.first import FirstColor

show.source(FirstColor, "__init__", "forward")

# %% [markdown]
# Read `forward` along the diagram. Its first line brings $L^*$ to the range from $-1$ to 1, and
# its last line multiplies by `ab_scale`, which is 50, so that the network itself works with small
# numbers. `.float()` makes sure that they have full precision. `self.ab` is a convolution without
# neighbors: it turns the last channels into two. Color is guessed at half size and enlarged by
# `twice`. The next two cells check every step on the way down, and then the size of what comes
# out. `torch.manual_seed(0)` fixes the random numbers that the parameters of a new network start
# from. `assert` stops a cell if what follows it is not true.

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
network = FirstColor(width=16)
lightness = batch.lab[:1, :1]
x = lightness
for name, shape in stages[1:5]:
    x = getattr(network, name)(x)
    assert x.shape[1:] == shape
    print(name, tuple(x.shape[1:]))

# %%
ab = network(lightness)
parameters = sum(p.numel() for p in network.parameters())
print(f"{parameters:,} parameters")
print("in", tuple(lightness.shape), " out", tuple(ab.shape))
assert ab.shape[2:] == lightness.shape[2:]  # the size is kept

# %% [markdown]
# The output has the height and the width of the input. So this network keeps the size, as 000-Q06
# says of the network of paper 000. Exercise 3 looks at a property that a picture should keep, its
# lightness.
#
# ## Guesses that need no learning
#
# Before we train anything we need something to beat:
#
# - the **gray copy** sets $a^* = b^* = 0$ everywhere;
# - the **mean color** gives every pixel the mean $(a^*, b^*)$ of the training pictures, which makes
#   a picture look like an old print.
#
# A method gives no sign of having learned to color unless it beats both on pictures that it has
# never seen. The cell computes the mean color from all training pieces. Then it picks as
# many of them at random as there are test pieces, to judge both groups on equally many.

# %%
from huelab.methods.baselines import GrayCopy, MeanColor


def all_rgb(dataset):
    """Every picture of a set: (N, 3, H, W) in [0, 1]."""
    return torch.from_numpy(dataset.pixels.copy()).permute(0, 3, 1, 2) / 255


seen, unseen = all_rgb(pieces["train"]), all_rgb(pieces["test"])
methods = {"gray copy": GrayCopy(), "mean color": MeanColor.fit([seen])}
seen = seen[show.choose(len(seen), len(unseen), seed=0)]
print("mean a*, b*:", [round(v, 1) for v in methods["mean color"].ab.tolist()])

# %% [markdown]
# ## Training
#
# Training repeats one step. The step shows the network a batch and compares the guessed
# $(a^*, b^*)$ with the true ones. Then it moves every parameter a little in the direction that
# makes the squared difference smaller. One pass over all training pieces is an *epoch*.
#
# `fit` runs these steps with Lightning, a library that trains networks. [The chapter on the
# autoencoder](03_autoencoder.ipynb) writes the loop out. A *seed* is a number that fixes what is
# drawn at random, so that a second run draws the same. `fit` has a seed, and so has `Batches`,
# for the order of the pieces. The *loss* that you see falling is the mean squared difference of
# $a^*$ and $b^*$, after both were divided by 50.

# %%
from huelab.training import fit

run = fit(network, batches, epochs=5, seed=0)
methods["our network"] = network
print(f"{run.steps} steps")

# %% [markdown]
# ## Results
#
# `colorize` takes gray and gives color, whatever the method. The column *gray copy* is also what
# the network was given. A seed draws the rows at random, so nobody chose them for being pretty. On
# photographs that it has **seen**, the network looks promising: compare its column with the truth.

# %% mystnb={"image": {"alt": "Four random pieces of the training photographs in four columns: gray copy, mean color, our network, truth. The network's colors resemble the truth."}}
def by_all(truth):
    """Every method's colors and the truth, as columns for `show.grid`."""
    gray = rgb_to_gray(truth, "lightness")
    colored = {name: method.colorize(gray) for name, method in methods.items()}
    return {**colored, "truth": truth}


columns_seen, columns_unseen = by_all(seen), by_all(unseen)
show.grid(columns_seen, n=4, seed=1)

# %% [markdown]
# The next figure shows photographs that it has **never seen**. Cover the last column with your
# hand and look long: which of these colors would you believe without the truth next to them?

# %% mystnb={"image": {"alt": "Four random pieces of the test photographs in four columns: gray copy, mean color, our network, truth. The network's colors differ widely from the truth."}}
show.grid(columns_unseen, n=4, seed=1)

# %% [markdown]
# Now the numbers. *MAE ab* is the mean absolute error of $a^*$ and $b^*$ in Lab units; lower is
# better. *PSNR* compares red, green, and blue, each from 0 to 1. With the mean squared error
# $\mathrm{MSE}$ of a picture it is
#
# $$
# \mathrm{PSNR} = -10 \log_{10} \mathrm{MSE}
# $$ (eq-first-psnr)
#
# in decibels (dB), and higher is better. We take the mean over the pictures. The chapter on
# [metrics](07_metrics.ipynb) says what each of these numbers misses.

# %%
def mae_ab(predicted, truth):
    difference = rgb_to_lab(predicted) - rgb_to_lab(truth)
    return difference[:, 1:].abs().mean().item()


def psnr(predicted, truth):
    squared = (predicted - truth).square().mean((1, 2, 3))
    return (-10 * squared.log10()).mean().item()


# %%
def judge(columns, which):
    """One row per method: its error on the pictures of `which`."""
    truth = columns["truth"]
    return [
        {
            "pictures": which,
            "method": name,
            "MAE ab": mae_ab(columns[name], truth),
            "PSNR, dB": psnr(columns[name], truth),
        }
        for name in methods
    ]


scores = judge(columns_seen, "seen") + judge(columns_unseen, "never seen")
two_digits = {"MAE ab": ".2f", "PSNR, dB": ".2f"}
show.table(scores, formats=two_digits)

# %%
error = {(row["pictures"], row["method"]): row["MAE ab"] for row in scores}
for which in ("seen", "never seen"):
    change = error[which, "our network"] / error[which, "gray copy"] - 1
    print(f"{which}: MAE ab {change:+.0%} against leaving it gray")
assert error["seen", "our network"] < 0.7 * error["seen", "gray copy"]
assert error["never seen", "our network"] > error["never seen", "gray copy"]

# %% [markdown]
# That is the most important result of this chapter. On photographs that it has seen, the network
# does far better than both guesses. On new photographs its colors are **farther from the truth
# than gray is**. By our own rule it gives no sign of having learned to color. The network has
# *remembered* that this cup is red and this suit is orange, and it paints with what it remembers.
# A test on the training pictures measures memory.
#
# A network *overfits* when it does much better on what it has seen than on what it has not. What
# happens to the two errors if we train for longer? Exercise 5 asks you to guess first and to
# measure then.
#
# Move the slider: gray is on one side, and the network's guess is on the other.

# %%
index = show.choose(len(unseen), 1, seed=2)[0]
show.compare(
    columns_unseen["gray copy"][index], columns_unseen["our network"][index],
    labels=("gray", "our network"), alt="a test picture", width=336,
)

# %% [markdown]
# ## More of everything
#
# What if the network sees more? The book keeps a *record* of every long run: a file with its
# settings, its data, and all that was measured. A *recipe* is the plan of such a run: the network,
# the data, and the settings, under one name. The recipe `first` trains the class that you have
# just seen. It differs from our training in three large ways: the network is twice as wide, it
# learns from thousands of photographs, and it learns for longer. Batches and crops are larger,
# too. None of these photographs is one of ours. The trained weights come with the book.
#
# The first cell below finds the record. Its name holds the recipe, the profile, and the seed. The
# second cell loads the trained network, *after thousands*, and sets it next to ours. **Look at**
# the skin, the motorcycle, and the blue backgrounds.

# %%
runs = records.find("first", profile="full")
if not runs:
    print("not recorded yet: huelab reproduce first --profile full")
for record in runs:
    print(record.id, "on", record.device)
    print(f"{record.data.train.n:,} photographs, {record.cost.steps:,} steps,")
    print(f"{record.cost.parameters:,} parameters")

# %% mystnb={"image": {"alt": "Six random pieces of the test photographs in four columns: gray copy, the network after five photographs, the same network after thousands, truth. After thousands the colors are pale; the red motorcycle stays brown and the blue backgrounds stay gray or turn violet."}}
from huelab.methods import trained

if runs:
    methods["after thousands"] = trained.load(runs[-1])
columns_unseen = by_all(unseen)
chosen = {k: v for k, v in columns_unseen.items() if k != "mean color"}
show.grid(chosen, n=6, seed=1, profile="quick and full")

# %%
later = judge(columns_unseen, "never seen")
show.table(later, formats=two_digits, profile="quick and full")

# %%
error = {row["method"]: row["MAE ab"] for row in later}
if runs:
    change = error["after thousands"] / error["gray copy"] - 1
    print(f"after thousands: MAE ab {change:+.0%} against leaving it gray")
    assert error["after thousands"] < error["gray copy"] < error["our network"]

# %% [markdown]
# Now the network is better than both guesses on these photographs, which it has never seen. It is
# also pale, and it does not know that the motorcycle is red. This comparison cannot say which of
# the changes did it: a fair experiment changes one thing at a time, as the later chapters do.
#
# And three photographs prove little. The record also holds errors on two larger sets, and the
# network learned from neither: the test split of its own collection, called `photos_open`, and
# the Kodak set, called `kodak24`. The next cell reads these errors and those of the gray copy
# from the records. (`at 256` gives the side of the pictures in pixels.) The table needs two more
# words.
#
# - **Pooled.** *PSNR mean* is the mean of the pictures' PSNRs, and every picture counts alike.
#   *PSNR pooled* is {eq}`eq-first-psnr` of the mean squared error over all pixels of all pictures.
#   There, the pictures with the largest errors count most.
# - **ΔE00**, or CIEDE2000, is a formula for the difference between two colors that was fitted to
#   what people see {cite:p}`sharma2005ciede2000`. Less is better.

# %%
from huelab.ledger import tables

columns = {
    "PSNR mean": {"metric": "psnr", "space": "rgb", "averaging": "pictures"},
    "PSNR pooled": {"metric": "psnr", "space": "rgb", "averaging": "pooled"},
    "MAE ab": {"metric": "mae", "space": "ab/128"},
    "ΔE00": {"metric": "delta_e_2000"},
}
wider = {}
for name in ("kodak24", "photos_open"):
    data = {"data": f"{name}/test at 256"}
    where = {column: {**how, **data} for column, how in columns.items()}
    pair = {"after thousands": "first", "gray copy": f"gray-copy-{name}"}
    wider[name] = tables.side_by_side(pair, where)
formats = dict.fromkeys(columns, lambda cell: f"{cell.mean:.2f}")
formats["MAE ab"] = lambda cell: f"{128 * cell.mean:.2f}"  # recorded divided by 128
rows = [{"pictures": name, **row} for name in wider for row in wider[name]]
show.table(rows, formats=formats)

# %%
def ahead(name):
    """In which columns the network is better than gray."""
    ours, gray = wider[name]
    gain = {c: ours[c].mean - gray[c].mean for c in columns}
    return {c for c in gain if (gain[c] > 0) == c.startswith("PSNR")}


if all(row["ΔE00"] for rows in wider.values() for row in rows):
    assert ahead("kodak24") == {"PSNR mean", "PSNR pooled", "MAE ab"}
    assert ahead("photos_open") == {"PSNR pooled"}

# %% [markdown]
# On Kodak's photographs the network is ahead of the gray copy in three columns and a little behind
# it in ΔE00. On its own collection it is ahead only when all pixels are pooled, and it is clearly
# behind in ΔE00. So by the measure that comes closest to the eye, this network does not beat
# leaving a photograph gray. A wrong color costs more there than a missing one.
#
# The pooled error and the mean disagree, so the network must gain on some pictures, where gray is
# far off, and lose on others.
#
# ## Your own photograph
#
# Put the path of any photograph into `mine`. If it has colors, the cell throws them away first.
# `huelab.images` reads what a camera or a scanner writes and turns it upright. The network that
# saw thousands of photographs colors it.

# %% mystnb={"image": {"alt": "A photograph in gray and as colored by the network."}}
from huelab import images

mine = None  # for example "grandmother.jpg"
pixels = images.read(mine) if mine else whole["test"].picture(2)
picture = torch.from_numpy(pixels).permute(2, 0, 1)[None]
gray = rgb_to_gray(picture, "lightness")
best = methods.get("after thousands", network)
pair = {"gray": gray[0], "colored": best.colorize(gray)[0]}
show.pictures(pair, size=340, profile="full" if runs else None)

# %% [markdown]
# For whole folders and large files there is a command: `huelab colorize photo.jpg` writes
# `photo-color.png` next to the photograph. It uses another network, HueNet, which has [a chapter
# of its own](09_huenet.ipynb).
#
# ## Reading with care
#
# Paper 000 says that a network trained with the squared error gives sepia pictures, and then
# trains with just that error. Why? Suppose that half of all balloons are red and half are blue,
# and all are equally light, so that nothing in a gray photograph tells them apart. Which
# single guess has the smallest mean squared error? We try every $(a^*, b^*)$ on a grid.

# %%
light = 45.0
red, blue = torch.tensor([60.0, 40.0]), torch.tensor([10.0, -50.0])
axis = torch.arange(-80.0, 81)
guesses = torch.cartesian_prod(axis, axis)
errors = sum(((guesses - color) ** 2).sum(1) for color in (red, blue)) / 2
best_guess = guesses[errors.argmin()]
assert torch.equal(best_guess, (red + blue) / 2)  # the mean
print("smallest error at", best_guess.tolist())

# %% mystnb={"image": {"alt": "Three patches of one lightness: red, blue, and the duller violet between them that has the smallest squared error."}}
patches = {"red": red, "blue": blue, "smallest squared error": best_guess}
painted, chroma = {}, {}
for name, color in patches.items():
    lab = torch.cat([torch.tensor([light]), color]).view(1, 3, 1, 1)
    painted[name] = lab_to_rgb(fit_gamut(lab))[0].expand(3, 60, 90)
    chroma[name] = color.norm().item()
    print(f"{name:25s} chroma {chroma[name]:5.1f}")
assert chroma["smallest squared error"] < 0.7 * min(chroma["red"], chroma["blue"])
show.pictures(painted, size=180)

# %% [markdown]
# The best guess is the mean, and the mean is duller than either color: its *chroma*, the distance
# from gray, is smaller. In our world of two colors the mean is violet. The mean of all colors in
# our training photographs is the brown of the *mean color*, and there is the sepia. So the
# squared error asks for muted tones wherever a gray leaves several colors possible, and longer
# training is no cure. It asks for sepia where the mean of these colors is brown. The recorded
# network above is pale, which fits the claim. It does not prove it: other things can make a
# network pale as well.
#
# There are three answers: another error, a second network that judges whether colors look
# real, or a whole distribution of colors in place of one guess {cite:p}`zhang2016colorful`. These
# answers fill the rest of this book.
#
# ## Exercises
#
# **Exercise 1 (recall): a vague guess.** Why may a colorizer that keeps $L^*$ be a little vague
# about color?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# The shading and the finest detail are in $L^*$, which stays as it was. So the picture stays sharp,
# even where $a^*$ and $b^*$ are blurred.
# :::

# %% [markdown]
# **Exercise 2 (compute): pale or vivid?** Compare the mean chroma of the networks' pictures with
# that of the truth, on the unseen pictures. Does the claim about muted tones hold for both
# networks?

# %% tags=["solution", "hide-cell"]
def mean_chroma(rgb):
    return rgb_to_lab(rgb)[:, 1:].norm(dim=1).mean().item()


truth_chroma = mean_chroma(unseen)
shares = {k: mean_chroma(v) / truth_chroma for k, v in columns_unseen.items()}
for name, share in shares.items():
    print(f"{name:16s} {share:.0%} of the truth's chroma")
# The network that saw thousands is pale. The one that saw five is not:
# it is not uncertain but wrong, and it paints vivid memories.
assert shares["our network"] > 0.9
assert not runs or shares["after thousands"] < 0.8

# %% [markdown]
# **Exercise 3 (compute): what is kept.** Does the colorizer keep the lightness? Measure the
# largest difference between the $L^*$ of its output and that of the truth.

# %% tags=["solution", "hide-cell"]
kept = rgb_to_lab(columns_unseen["our network"])[:, 0] - rgb_to_lab(unseen)[:, 0]
print(f"largest difference in L*: {kept.abs().max().item():.4f}")
assert kept.abs().max() < 0.05

# %% [markdown]
# **Exercise 4 (compute): one color for all.** The mean color is the best *single* color for the
# squared error in $(a^*, b^*)$. Show this with the derivative of $\frac{1}{n}\sum_i (x_i - m)^2$
# with respect to $m$, and check it on all training pieces.

# %% tags=["solution", "hide-cell"]
# The derivative is -2/n sum(x_i - m). It is zero where m is the mean.
all_ab = rgb_to_lab(all_rgb(pieces["train"]))[:, 1:].double()
m = methods["mean color"].ab.double().view(1, 2, 1, 1)
slope = -2 * (all_ab - m).mean((0, 2, 3))
print("slope at the mean color:", [round(v, 3) for v in slope.tolist()])
assert slope.abs().max() < 1e-2

# %% [markdown]
# **Exercise 5 (change the code): train for longer.** Train the network for 5 more epochs, and then
# for another 10. Use a copy of it (`copy.deepcopy`). What do you expect of the error on seen and
# on unseen pictures? Write your guess down, and then look. Does longer training make the network
# overfit more?

# %% tags=["solution", "hide-cell"]
from copy import deepcopy

longer, total, course = deepcopy(network), run.epochs, []
for more in (0, 5, 10):
    if more:
        fit(longer, batches, epochs=more, seed=total)
    total += more
    found = {
        which: mae_ab(longer.colorize(rgb_to_gray(truth, "lightness")), truth)
        for which, truth in {"seen": seen, "never seen": unseen}.items()
    }
    course.append({"epochs": total, **found})
first_row, *_, last_row = course
# The error on seen pictures falls and falls. The error on unseen pictures
# stays about where it was, above that of leaving them gray. So the gap
# widens: the network overfits more. Yet it does not guess worse than before;
# it remembers better. Training for longer on the same five photographs
# teaches it nothing about others.
assert course[0]["seen"] > course[1]["seen"] > course[2]["seen"]
assert last_row["never seen"] > error["gray copy"]
change = {key: last_row[key] / first_row[key] - 1 for key in found}
assert change["seen"] < -0.15 and abs(change["never seen"]) < 0.1
show.table(course, formats=dict.fromkeys(found, ".1f"), caption="MAE ab")

# %% [markdown]
# **Exercise 6 (open question): a better test.** We judged the network on three photographs. Design
# a test that you would trust more. Say what it would cost and what it still could not show.

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# - Many photographs, on which nobody trains, fixed before the training begins.
# - The gray copy and the mean color, judged on the same photographs.
# - More than one number, or people who do not know which picture is the true one.
# - A limit that stays, such as this one: a believable color that is not the true one is counted as
#   wrong.
# :::

# %% [markdown]
# ## What to remember
#
# - A colorizer is given $L^*$ and guesses $a^*$ and $b^*$. It should keep what it was given.
# - Judge a colorizer on photographs that it has never seen, drawn by a seed, next to the gray
#   copy and the mean color.
# - The squared error makes a network choose the mean of all colors that are possible, and the
#   mean is dull.
# - A network that trains for longer on five photographs remembers them better and hardly gains on
#   new ones. A wider one, trained for longer on thousands, beat gray on our three test
#   photographs, and on larger sets by some measures only.
#
# **Further reading.** {cite:t}`zhang2016colorful` open with the same problem and state the case
# against the mean. {cite:t}`iizuka2016let` and {cite:t}`larsson2016learning` published two other
# colorizers in the same year.
