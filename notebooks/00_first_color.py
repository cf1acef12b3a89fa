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
# small network learns to guess the rest. It learns from five photographs, in less than a minute,
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
# Two claims of the five papers can be tried in this chapter already. The number in front is the
# paper's in this book, the letter says what kind of claim it is (Q: about quality); the
# [ledger](../book/ledger.md) lists them all with what became of each.

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
# The split was made once, with some care: for each test photograph there is one to learn from that
# shares something with it, such as a sky, a face or something red.
#
# A network wants many pictures of one size. `open_dataset` cuts square pieces out of every
# photograph, 64 from each to learn from and 16 from each for the test, always the same ones, and
# keeps them as whole numbers from 0 to 255. Pieces of one photograph resemble each other: the test
# is one of three photographs, however many pieces we count. `Batches` hands out a few pieces at a
# time, mirrors half of them, and cuts a smaller square at a random place, so that the network
# never sees quite the same picture twice.

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
# The gray picture we make is the one that has the same $L^*$ as the color ([Chapter
# 1](01_grayscale.ipynb) explains other grays). So nothing about lightness has to be guessed, and
# nothing about it can be spoiled: the colorizer $f_\theta$ is asked for $a^*$ and $b^*$ only.
#
# $$ \underbrace{L^*}_{\text{given}} \;\longrightarrow\; f_\theta \;\longrightarrow\;
# \underbrace{(a^*, b^*)}_{\text{guessed}} $$

# %% mystnb={"image": {"alt": "The first training photograph, an astronaut, in four panels: its colors, its lightness as a gray picture, and its a and b channels shown as tints at one lightness."}}
import torch

from huelab.color import fit_gamut, lab_to_rgb, rgb_to_gray, rgb_to_lab

first = whole["train"][0][None]
lightness, a, b = rgb_to_lab(first).split(1, dim=1)
flat, none = torch.full_like(a, 65), torch.zeros_like(a)
show.pictures({
    "the picture": first[0],
    "L*: given": rgb_to_gray(first, "lightness")[0],
    "a*: to be guessed": lab_to_rgb(fit_gamut(torch.cat([flat, a, none], 1)))[0],
    "b*: to be guessed": lab_to_rgb(fit_gamut(torch.cat([flat, none, b], 1)))[0],
})

# %% [markdown]
# In the two right panels the lightness is the same everywhere, so that only one color axis is left.
# (`fit_gamut` pales colors that no screen can show; Chapter 2 explains it.) The shading and the
# finest detail are in the gray panel. A colorizer that keeps them can afford to be a little vague
# about color.
#
# ## A small network
#
# The network halves the picture four times, so that its deepest layer sees a wide neighborhood,
# and then enlarges it again. On the way up it gets back what it had seen on the way down: such
# *skips* carry edges past the deep layers, as in the U-Net {cite}`ronneberger2015unet`. Here is
# its code, the same that the library runs. The input is brought to about $-1$ to 1 first, and the
# last layer's numbers are multiplied by 50, so that the network itself works with small numbers.
# Color is guessed at half size and enlarged by `twice`.

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
lightness = batch.lab[:1, :1]
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
assert ab.shape[2:] == lightness.shape[2:]  # ours keeps the picture's size

# %% [markdown]
# ## Guesses that need no learning
#
# Before we train anything we need something to beat. Two guesses are always at hand:
#
# - **gray copy**: $a^* = b^* = 0$ everywhere;
# - **mean color**: every pixel gets the mean $(a^*, b^*)$ of the training pictures, which makes a
#   picture look like an old print.
#
# A method that is not better than both, on pictures it has never seen, has not learned to color.

# %%
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
# loop is that of Lightning, a library that trains networks; a later chapter lays it bare. The
# *loss* that you see falling is the mean squared difference of $a^*$ and $b^*$, after both were
# divided by 50.

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
# pretty. On photographs it has **seen**, the network looks promising.

# %% mystnb={"image": {"alt": "Four random pieces of the training photographs in four columns: gray copy, mean color, our network, truth. The network's colors resemble the truth."}}
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
# Now the numbers. *MAE ab* is the mean absolute error of $a^*$ and $b^*$ in Lab units: lower is
# better. *PSNR* compares red, green and blue in [0, 1], in decibels, as the mean over pictures:
# higher is better. The chapter on [metrics](07_metrics.ipynb) tells what each of them misses.

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
show.table(scores, formats={"MAE ab": ".2f", "PSNR, dB": ".2f"})

# %%
by = {(row["pictures"], row["method"]): row["MAE ab"] for row in scores}
for which in ("seen", "never seen"):
    change = by[which, "our network"] / by[which, "gray copy"] - 1
    print(f"{which}: MAE ab {change:+.0%} against leaving it gray")
assert by["seen", "our network"] < 0.7 * by["seen", "gray copy"]
assert by["never seen", "our network"] > by["never seen", "gray copy"]

# %% [markdown]
# That is the most important result of this chapter, and it is a sober one. On what it has seen
# the network does far better than the guesses; on new photographs it does **worse than leaving
# them gray**. By our own rule it has not learned to color. Five photographs cannot teach what the
# world looks like: the network has *remembered* that this cup is red and this suit is orange, and
# paints with what it remembers. A test on the training pictures measures memory.
#
# Move the slider: gray on one side, the network's guess on the other.

# %%
index = show.choose(len(unseen), 1, seed=2)[0]
show.compare(
    columns_unseen["gray copy"][index], columns_unseen["our network"][index],
    labels=("gray", "our network"), alt="a test picture, gray and colored",
)

# %% [markdown]
# ## More of everything
#
# What if it sees more? A run of the same class is recorded that differs in three ways: the network
# is twice as wide, it learned from thousands of photographs, and it learned for longer. None of
# them is one of ours. Its weights come with the book.

# %%
runs = records.find("first", profile="full")
if not runs:
    print("not recorded yet: huelab reproduce first --profile full")
for record in runs:
    print(record.id, "on", record.device)
    print(f"{record.data.train.n:,} photographs, {record.cost.steps:,} steps,")
    print(f"{record.cost.parameters:,} parameters")

# %% mystnb={"image": {"alt": "The test photographs in columns: gray copy, the network after five photographs, the same network after thousands, truth."}}
from huelab.methods import trained

if runs:
    methods["after thousands"] = trained.load(runs[-1])
columns_unseen = compare(unseen)
chosen = {k: v for k, v in columns_unseen.items() if k != "mean color"}
show.grid(chosen, n=6, seed=1, profile="quick and full")

# %%
later = judge(columns_unseen, "never seen")
formats = {"MAE ab": ".2f", "PSNR, dB": ".2f"}
show.table(later, formats=formats, profile="quick and full")

# %%
by = {row["method"]: row["MAE ab"] for row in later}
if runs:
    change = by["after thousands"] / by["gray copy"] - 1
    print(f"after thousands: MAE ab {change:+.0%} against leaving it gray")
    assert by["after thousands"] < by["gray copy"] < by["our network"]

# %% [markdown]
# Now it is better than both guesses on these photographs, which it has never seen. It is also pale,
# and it has no idea that the motorcycle is red. Which of the three changes did it? This comparison
# cannot tell, and does not try to: a fair experiment changes one thing at a time, as the later
# chapters do.
#
# And three photographs prove little. Here are larger sets that it never learned from, as recorded:
# the test part of its own collection, and the 24 photographs of Kodak's. The scale of *MAE ab* is
# another one here: records hold the error of $a^*$ and $b^*$ divided by 128, the table above has it
# in Lab units. The last column is CIEDE2000, written ΔE00: a formula for the difference between two
# colors that was fitted to what people see. Less is better, as for MAE ab.

# %%
from huelab.ledger import tables

found, wider = records.find(), []
for table in tables.all_tables():
    ours = "first" in {recipe.name for recipe in table.recipes}
    if ours and not table.title.startswith("embedded"):
        some = [r for r in tables.rows(table, found)
                if r["recipe"].startswith(("first", "gray-copy"))]
        wider += [{"pictures": table.title, **row} for row in some]
columns = ["pictures", "recipe", "PSNR mean", "PSNR pooled", "MAE ab", "ΔE00"]
caption = "MAE ab: of a* and b* divided by 128"
show.table(wider, columns=columns, caption=caption, profile="full")

# %%
score = {(r["pictures"][:5], r["recipe"][:4]): r for r in wider if "MAE ab" in r}
if len(score) == 4:
    kodak, photo = (
        {c: score[p, "firs"][c].mean - score[p, "gray"][c].mean for c in columns[2:]}
        for p in ("kodak", "photo")
    )
    assert kodak["PSNR mean"] > 0 and kodak["PSNR pooled"] > 0 > kodak["MAE ab"]
    assert photo["PSNR pooled"] > 0 > photo["PSNR mean"] and photo["MAE ab"] > 0
    assert photo["ΔE00"] > kodak["ΔE00"] > 0

# %% [markdown]
# On Kodak's photographs it is ahead of the gray copy in three columns, and a little behind it in
# ΔE00. On its own collection it is ahead when the error of all pixels is pooled, and behind in all
# else: in the mean over pictures, in MAE ab, and clearly in ΔE00. So by the measure that comes
# closest to the eye, both sets of photographs are nearer to the truth gray than colored by this
# network. A wrong color costs more there than a missing one.
#
# A pooled error is mostly that of the pictures that are furthest off; a mean over pictures counts all
# alike. So the network must gain on some pictures and lose on others. Whether it is "better" depends
# on the number that we choose. The chapter on [metrics](07_metrics.ipynb) is about that.
#
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
pair = {"gray": gray[0], "colored": best.colorize(gray)[0]}
show.pictures(pair, size=340, profile="full" if runs else None)

# %% [markdown]
# For whole folders, and large files at full resolution, there is a command:
# `huelab colorize photo.jpg` writes `photo-color.png` next to the photograph.
#
# ## Reading with care
#
# Paper 000 says that a network trained with the squared error gives sepia pictures, and then
# trains with just that error. Why should it? Suppose that half of all balloons are red and the
# other half blue, equally light, so that nothing in a gray photograph tells which. Which single
# guess has the smallest mean squared error? We try every $(a^*, b^*)$ on a grid.

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
# The best guess is the mean, and the mean is duller than either: its *chroma*, the distance from
# gray, is smaller. In our two-color world it is violet. The mean of all colors in our training
# photographs is the brown that the mean color paints: there is the sepia. So the claim holds wherever
# a gray leaves several colors possible, and longer training is no cure. That the recorded network
# above is pale fits the claim; it does not prove it, for other things can make a network pale. The
# papers' answers are another error, a discriminator that knows what colors look
# like, or a whole distribution of colors {cite}`zhang2016colorful`. They fill the rest of this
# book.
#
# ## Exercises
#
# **Exercise 1.** How colorful are the networks' pictures beside the truth? Compare the mean chroma
# on the unseen pictures. Does the claim about pale colors hold for both networks?

# %% tags=["solution", "hide-cell"]
def mean_chroma(rgb):
    return rgb_to_lab(rgb)[:, 1:].norm(dim=1).mean().item()


truth_chroma = mean_chroma(unseen)
shares = {k: mean_chroma(v) / truth_chroma for k, v in columns_unseen.items()}
for name, share in shares.items():
    print(f"{name:16s} {share:.0%} of the truth's chroma")
# The one that saw thousands is pale. The one that saw five is not: it
# is not uncertain but wrong, and paints vivid memories.
assert shares["our network"] > 0.9
assert not runs or shares["after thousands"] < 0.8

# %% [markdown]
# **Exercise 2.** Does the colorizer keep the lightness? Measure the largest difference between the
# $L^*$ of its output and that of the truth.

# %% tags=["solution", "hide-cell"]
kept = rgb_to_lab(columns_unseen["our network"])[:, 0] - rgb_to_lab(unseen)[:, 0]
print(f"largest difference in L*: {kept.abs().max().item():.4f}")
assert kept.abs().max() < 0.05

# %% [markdown]
# **Exercise 3.** The mean color is the best *single* color for squared error in $(a^*, b^*)$. Show it
# with the derivative of $\frac{1}{n}\sum_i (x_i - m)^2$ by $m$, and check it on all training pieces.

# %% tags=["solution", "hide-cell"]
# The derivative is -2/n sum(x_i - m); it is zero where m is the mean.
all_ab = rgb_to_lab(all_rgb(pieces["train"]))[:, 1:].double()
m = methods["mean color"].ab.double().view(1, 2, 1, 1)
slope = -2 * (all_ab - m).mean((0, 2, 3))
print("slope at the mean color:", [round(v, 3) for v in slope.tolist()])
assert slope.abs().max() < 1e-2

# %% [markdown]
# **Exercise 4.** Train a fresh network twice as long (`epochs=10`). What do you expect of the error on
# seen and on unseen pictures? Then look.

# %% tags=["solution", "hide-cell"]
torch.manual_seed(0)
longer = FirstColor(width=16)
fit(longer, batches, epochs=10, seed=0)
for which, truth in {"seen": seen, "never seen": unseen}.items():
    error = mae_ab(longer.colorize(rgb_to_gray(truth, "lightness")), truth)
    row = next(row for row in scores if row["pictures"] == which
               and row["method"] == "our network")
    print(f"{which}: MAE ab {row['MAE ab']:.2f}, after twice as long {error:.2f}")
    if which == "seen":
        assert error < row["MAE ab"]  # it remembers better

# %% [markdown]
# ## What to remember
#
# - A colorizer is given $L^*$ and guesses $a^*$ and $b^*$; what it was given it should keep.
# - Judge it on photographs it has never seen, drawn by a seed, beside the gray copy and the mean
#   color.
# - Squared error makes it choose the mean of all colors that are possible, and the mean is dull.
# - Five photographs are remembered; it takes thousands to learn something about color.
#
# **Further reading.** {cite:t}`zhang2016colorful` open with the same problem and state the case
# against the mean; {cite:t}`iizuka2016let` and {cite:t}`larsson2016learning` are its siblings of that year.
