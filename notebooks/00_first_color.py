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
# small network learns to guess the rest. It learns from five photographs, in well under a minute,
# on an ordinary processor, and then colors photographs it has never seen. You will see what it
# does well, what it does badly, and how to tell the two apart with numbers.
#
# **What you will learn**
#
# - what goes into a colorizer and what it has to add;
# - how to train one in a few lines, and how to judge it against guesses that need no learning;
# - why remembering five photographs is not the same as knowing what the world looks like.

# %%
from huelab import records, show

show.needs("00_first_color")

# %% [markdown]
# ## What the papers claim
#
# The five papers of this book start from the same observation. Two of their claims can be felt in
# this chapter already; the [ledger](../book/how_to_read.md) of later chapters has them all.

# %%
claims = {
    "000-Q08": "Squared error (L2) on color gives washed-out, sepia pictures.",
    "000-Q06": "The picture keeps its size and its other properties.",
}
rows = [{"id": key, "paper": key[:3], "claim": text} for key, text in claims.items()]
show.table(rows, caption="Claims, in our words")

# %% [markdown]
# ## The photographs
#
# HueLab needs no download to start: eight color photographs ship inside packages that are
# installed anyway. Five are for learning, three are kept for the test, and no photograph is ever
# in both.

# %% mystnb={"image": {"alt": "Five photographs: an astronaut in orange, a ginger cat, a red cup of coffee, a Chinese temple under a pale sky, a red flower; and three more: a navy officer with a flag, a red motorcycle in a garage, a rocket at dusk."}}
from huelab.data import PHOTOGRAPHS, open_dataset

whole = {
    split: open_dataset("embedded", split, size=None) for split in ("train", "test")
}
show.pictures({
    f"{photograph.name} ({photograph.split})": picture
    for split in whole
    for photograph, picture in zip(
        (p for p in PHOTOGRAPHS if p.split == split), whole[split], strict=True
    )
})

# %% [markdown]
# A network wants many pictures of one size. `open_dataset` cuts square pieces out of every
# photograph, always the same ones, and keeps them as whole numbers from 0 to 255. `Batches` hands
# out a few at a time, mirrors half of them, and cuts a smaller square at a random place, so that
# the network never sees quite the same picture twice.

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
# `(16, 1, 80, 80)` reads: 16 pictures, 1 channel, 80 rows, 80 columns. The book uses this order
# everywhere, see [Notation](../book/notation.md).
#
# ## The idea: keep the lightness, guess the color
#
# A color can be written as three numbers in many ways. Screens use red, green and blue. Lab, which
# [Chapter 2](02_lab.ipynb) builds step by step, uses
#
# - $L^*$, the lightness, from 0 (black) to 100 (white);
# - $a^*$, from green (negative) to red (positive);
# - $b^*$, from blue (negative) to yellow (positive).
#
# A gray photograph gives us $L^*$ exactly. So nothing about lightness has to be guessed, and
# nothing about it can be spoiled: the colorizer is asked for $a^*$ and $b^*$ only.
#
# $$ \underbrace{L^*}_{\text{given}} \;\longrightarrow\; f \;\longrightarrow\;
# \underbrace{(a^*, b^*)}_{\text{guessed}} $$

# %% mystnb={"image": {"alt": "One training picture in four panels: its colors, its lightness as a gray picture, and its a and b channels shown as tints at one lightness."}}
import torch

from huelab.color import fit_gamut, lab_to_rgb

lightness, a, b = batch.lab[:1].split(1, dim=1)
flat, none = torch.full_like(a, 65), torch.zeros_like(a)
show.pictures({
    "the picture": lab_to_rgb(batch.lab)[0],
    "L*: given": batch.gray[0],
    "a*: to be guessed": lab_to_rgb(fit_gamut(torch.cat([flat, a, none], 1)))[0],
    "b*: to be guessed": lab_to_rgb(fit_gamut(torch.cat([flat, none, b], 1)))[0],
})

# %% [markdown]
# Look at the edges. Almost all of them are in $L^*$; the two color channels are soft. That is why
# a colorizer that keeps the lightness can afford to be vague about color.
#
# ## A small network
#
# The network halves the picture four times, so that its deepest layer sees a wide neighborhood,
# and then enlarges it again. On the way up it gets back what it had seen on the way down: such
# *skips* carry edges past the deep layers, as in the U-Net {cite}`ronneberger2015unet`. Here is
# its code, the same that the library runs.

# %%
from huelab.methods.first import FirstColor

show.source(FirstColor, "__init__", "forward")

# %% [markdown]
# `block` is a convolution, batch normalization and a ReLU; `beside` enlarges a picture twofold and
# puts it beside another. Later chapters take each of these apart. For now it is enough to see the
# sizes.

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
network = FirstColor(width=16)
rows, x = [], lightness
for name in ("down1", "down2", "down3", "down4"):
    x = getattr(network, name)(x)
    rows.append({"layer": name, "channels, height, width": tuple(x.shape[1:])})
show.table(rows, profile="quick")

# %%
ab = network(lightness)
parameters = sum(p.numel() for p in network.parameters())
print(f"{parameters:,} parameters")
print("in", tuple(lightness.shape), " out", tuple(ab.shape))
assert ab.shape[2:] == lightness.shape[2:]  # the picture keeps its size: 000-Q06

# %% [markdown]
# ## Guesses that need no learning
#
# Before we train anything we need something to beat. Two guesses are always to be had:
#
# - **gray copy**: $a^* = b^* = 0$ everywhere;
# - **mean color**: every pixel gets the mean $(a^*, b^*)$ of the training pictures, which makes a
#   picture look like an old print.
#
# A method that is not better than both has not learned to color.

# %%
from huelab.color import rgb_to_lab
from huelab.methods.baselines import GrayCopy, MeanColor


def all_rgb(dataset):
    """Every picture of a set: (N, 3, H, W) in [0, 1]."""
    return torch.from_numpy(dataset.pixels.copy()).permute(0, 3, 1, 2) / 255


seen, unseen = all_rgb(pieces["train"]), all_rgb(pieces["test"])
methods = {"gray copy": GrayCopy(), "mean color": MeanColor.fit([seen])}
seen = seen[show.choose(len(seen), len(unseen), seed=0)]  # judge on equally many
print("mean a*, b*:", [round(v, 1) for v in methods["mean color"].ab.tolist()])

# %% [markdown]
# ## Training
#
# Training means: show the network a batch, compare its $(a^*, b^*)$ with the true ones, move every
# parameter a little in the direction that makes the squared difference smaller, and repeat. The
# whole loop is Lightning's here; the chapter on the autoencoder lays it bare in ten lines.

# %%
from huelab.training import fit

run = fit(network, batches, epochs=5, seed=0)
methods["our network"] = network
print(f"{run.steps} steps")

# %% [markdown]
# ## Results
#
# First the pictures. `colorize` takes gray and gives color, whatever the method; the gray copy is
# also what the network was given. The rows are drawn by a seed: nobody chose them for being
# pretty. On photographs it has **seen**, the network looks gifted.

# %% mystnb={"image": {"alt": "Four random pieces of the training photographs in four columns: gray copy, mean color, our network, truth. The network's colors resemble the truth."}}
from huelab.color import rgb_to_gray


def compare(truth):
    """Every method's colors and the truth, as columns for `show.grid`."""
    gray = rgb_to_gray(truth, "lightness")
    colored = {name: method.colorize(gray) for name, method in methods.items()}
    return {**colored, "truth": truth}


columns_seen, columns_unseen = compare(seen), compare(unseen)
show.grid(columns_seen, n=4, seed=1)

# %% [markdown]
# On photographs it has **never seen**, look again, and look long: which of these colors would you
# believe if you did not have the truth beside them?

# %% mystnb={"image": {"alt": "Four random pieces of the test photographs in four columns: gray copy, mean color, our network, truth. The network's colors differ widely from the truth."}}
show.grid(columns_unseen, n=4, seed=1)

# %% [markdown]
# Now the numbers. The color error is the mean distance of $a^*$ and $b^*$ from the truth, in Lab
# units: lower is better. PSNR compares the red, green and blue values in decibels: higher is
# better. The last chapter on metrics tells what each of them misses.

# %%
def color_error(predicted, truth):
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
            "color error": color_error(columns[name], truth),
            "PSNR, dB": psnr(columns[name], truth),
        }
        for name in methods
    ]


scores = judge(columns_seen, "seen") + judge(columns_unseen, "never seen")
show.table(scores, formats={"color error": ".2f", "PSNR, dB": ".2f"})

# %%
by = {(row["pictures"], row["method"]): row["color error"] for row in scores}
gains = {}
for which in ("seen", "never seen"):
    gains[which] = 1 - by[which, "our network"] / by[which, "gray copy"]
    print(f"{which}: {gains[which]:+.0%} gain in color error over leaving it gray")
assert gains["seen"] > 0.3 and gains["never seen"] < 0.1  # what the next lines say

# %% [markdown]
# That is the most important result of this chapter, and it is a sober one. On what it has seen
# the network does far better than the guesses; on new photographs that gain is gone. Five
# photographs cannot teach what the world looks like: the network has **remembered** that this
# cup is red and this suit is orange. Whoever judges a colorizer on its training pictures measures
# memory.
#
# Move the slider: gray on one side, the network's guess on the other.

# %%
index = show.choose(len(unseen), 1, seed=2)[0]
show.compare(
    columns_unseen["gray copy"][index], columns_unseen["our network"][index],
    labels=("gray", "our network"), alt="a test picture, gray and colored",
)

# %% [markdown]
# ## The same network, after more photographs
#
# Nothing is wrong with the network. What it lacks is experience. A run of the same class, wider
# and on some thousand photographs, is recorded; its weights come with the book.

# %%
runs = records.find("first", profile="full")
if not runs:
    print("not recorded yet: huelab reproduce first --profile full")
for record in runs:
    print(record["id"], "on", record["device"])
    print(f"{record['data']['n']:,} photographs, {record['cost']['epochs']} epochs")

# %% mystnb={"image": {"alt": "The test photographs in columns: gray copy, the network after five photographs, the same network after thousands, truth."}}
from huelab import trained

if runs:
    methods["after thousands"] = trained.load(runs[-1])
columns_unseen = compare(unseen)
chosen = {k: v for k, v in columns_unseen.items() if k != "mean color"}
show.grid(chosen, n=6, seed=1)

# %%
show.table(
    judge(columns_unseen, "never seen"),
    formats={"color error": ".2f", "PSNR, dB": ".2f"},
)

# %% [markdown]
# ## Your own photograph
#
# Put the path of any photograph into `mine`, a gray one or a colored one (then its color is thrown
# away first). `huelab.images` reads what a camera or a scanner writes and turns it upright.

# %% mystnb={"image": {"alt": "A photograph in gray and as colored by the network."}}
from huelab import images

mine = None  # for example "grandmother.jpg"
pixels = images.read(mine) if mine else whole["test"].picture(2)
picture = torch.from_numpy(pixels).permute(2, 0, 1)[None]
gray = rgb_to_gray(picture, "lightness")
best = methods.get("after thousands", network)
show.pictures({"gray": gray[0], "colored": best.colorize(gray)[0]}, size=340)

# %% [markdown]
# To keep it: `images.write("colored.png", (best.colorize(gray)[0] * 255).round().byte()
# .permute(1, 2, 0))`. An existing file is never overwritten unless you say so.
#
# ## Reading with care
#
# Paper 000 says that a network trained with the squared error gives sepia pictures, and then
# trains with just that error. Why sepia? Suppose that half of all balloons are red and the other
# half blue, and that nothing in a gray photograph tells which. Which single guess has the smallest
# squared error?

# %% mystnb={"image": {"alt": "Three patches: red, blue, and the dull violet between them that has the smallest squared error."}}
red = rgb_to_lab(torch.tensor([0.80, 0.25, 0.20]).view(3, 1, 1))
blue = rgb_to_lab(torch.tensor([0.20, 0.35, 0.80]).view(3, 1, 1))
steps = torch.linspace(0, 1, 101).view(-1, 1, 1, 1)
guesses = red + steps * (blue - red)
errors = ((guesses - red) ** 2 + (guesses - blue) ** 2).sum((1, 2, 3)) / 2
best_guess = guesses[errors.argmin()]
patches = {"red": red, "blue": blue, "smallest squared error": best_guess}
show.pictures(
    {k: lab_to_rgb(v).expand(3, 60, 90) for k, v in patches.items()}, size=180
)

# %%
def chroma(lab):
    return lab[1:].norm(dim=0).item()


assert torch.allclose(best_guess, (red + blue) / 2, atol=1e-3)  # the mean, exactly
for name, lab in patches.items():
    print(f"{name:25s} chroma {chroma(lab):5.1f}")

# %% [markdown]
# The best guess is the mean, and the mean is duller than either: its *chroma*, the distance from
# gray, is far smaller. No balloon has that color. So the claim holds for anything that is
# uncertain, and no longer training cures it. The papers' answers are another error, a discriminator
# that knows what colors look like, or a whole distribution of colors
# {cite}`zhang2016colorful`. They fill the rest of this book.
#
# ## Exercises
#
# **1.** How colorful are the network's pictures beside the truth? Compare the mean chroma of both
# on the unseen pictures.

# %% tags=["solution", "hide-cell"]
def mean_chroma(rgb):
    return rgb_to_lab(rgb)[:, 1:].norm(dim=1).mean().item()


truth_chroma = mean_chroma(unseen)
for name in methods:
    share = mean_chroma(columns_unseen[name]) / truth_chroma
    print(f"{name:16s} {share:.0%} of the truth's chroma")
assert mean_chroma(columns_unseen["gray copy"]) < 0.5 < truth_chroma

# %% [markdown]
# **2.** Does the colorizer keep the lightness? Measure the largest difference between the $L^*$ of
# its output and that of the truth.

# %% tags=["solution", "hide-cell"]
kept = rgb_to_lab(columns_unseen["our network"])[:, 0] - rgb_to_lab(unseen)[:, 0]
print(f"largest difference in L*: {kept.abs().max().item():.4f}")
assert kept.abs().max() < 0.05

# %% [markdown]
# **3.** The mean color is the best *single* color for squared error in $(a^*, b^*)$. Show that any
# other color is worse on the training pictures.

# %% tags=["solution", "hide-cell"]
true_ab = rgb_to_lab(seen)[:, 1:]
mean_ab = methods["mean color"].ab.view(1, 2, 1, 1)


def squared_error(ab):
    return (true_ab - ab).square().mean().item()


for shift in ([3, 0], [-3, 0], [0, 3], [0, -3]):
    other = mean_ab + torch.tensor(shift).view(1, 2, 1, 1)
    assert squared_error(other) > squared_error(mean_ab)

# %% [markdown]
# **4.** Train twice as long (`epochs=10`, a fresh network). What happens to the error on seen and
# on unseen pictures? (No solution is folded away here: it would double the chapter's time. Expect
# the first to fall and the second not to follow.)
#
# ## What to remember
#
# - A colorizer is given $L^*$ and guesses $a^*$ and $b^*$; what it was given it should keep.
# - Judge it on photographs it has never seen, drawn by a seed, beside the gray copy and the mean
#   color.
# - Squared error makes it choose the mean of all colors that are possible, and the mean is dull.
#
# **Further reading.** {cite:t}`zhang2016colorful` open with the same problem and state the case
# against the mean; {cite:t}`iizuka2016let` and {cite:t}`larsson2016learning` are its siblings of that year.
