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
# pictures of CIFAR-10 with an *autoencoder*. One half of the network squeezes a gray picture into
# 256 numbers, and the other half paints a color picture from these numbers. You build the network
# layer by layer, check every shape and every parameter against the papers' tables, and train it.
# Then you read the papers' results with care.
#
# **What you will learn**
#
# - How convolutions with stride 2 shrink a picture, and how transposed convolutions enlarge it.
# - What a training loop does, and what dropout does to *color*.
# - Why an "accuracy" of 50 % is what a gray picture gets, and what 256 numbers can hold.
#
# **What it needs.** You have read {doc}`01_grayscale` and {doc}`02_lab`, and you have an idea of
# what a convolution is. {doc}`03_autoencoder_deeper` goes on with optimizers, losses and protocols.
# You may skip it.

# %%
from huelab import show

show.needs("03_autoencoder")

# %% [markdown]
# ## What the papers claim
#
# These are the claims of paper 000 that this chapter looks at, in our words, from the
# [ledger](../book/ledger.md). The letter in an id says what kind of claim it is: R is a result,
# and Q is a quality that the paper describes in words. *Regularization* is what one does against
# *overfitting*, which is learning the training pictures by heart. This paper regularizes with
# dropout and batch normalization. Both are explained below, and so is "accuracy". Paper 003, a
# course report, prints the same network and no result of it.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

claims = {claim.id: claim for claim in read_claims()}
told = ["000-R02", "000-R05", "000-Q01", "000-Q02", "000-Q04", "000-Q06"]
show.table([{"id": key, "claim": claims[key].claim} for key in told])

# %% [markdown]
# ## The pictures
#
# CIFAR-10 {cite:p}`krizhevsky2009learning` has 60,000 pictures of 32 × 32 pixels: 50,000 to learn
# from and 10,000 for the test. We keep 5,000 of the 50,000 for *validation*: after each *epoch*,
# which is one pass over the training pictures, the network is measured on them, without learning
# from them. The other 45,000 are called `train_45k`. Our copy of CIFAR-10 consists of JPEG files,
# which store color at half resolution.
#
# The `quick` profile needs no download. It learns from pieces of the photographs that come with
# the packages (`embedded`), shrunk to 32 × 32. It validates on its test pieces, which is harmless,
# because nothing is chosen by them. All numbers on CIFAR-10 are read from records of earlier runs.
# A *recipe* holds everything that decides a run. The table shows each profile of ours: `quick` is
# what runs here, `full` is the recipe's own length, and `reduced` stops after fewer epochs.

# %%
from huelab.recipes import get

recipe = get("autoencoder")
configs = {name: recipe.config(name) for name in ("quick", "reduced", "full")}
rows = [
    {
        "profile": name,
        "learns from": "{name}, {split}".format(**config["train"]),
        "epochs": config["epochs"],
        "pictures a step": config["batches"]["batch_size"],
    }
    for name, config in configs.items()
]
show.table(rows)

# %% mystnb={"image": {"alt": "Sixteen small square pieces of photographs, 32 pixels wide, enlarged: gray above, the same in color below."}}
from huelab.data import Batches, open_dataset
from huelab.records.profiles import current_profile

config = recipe.config(current_profile())
make = {"targets": ("gray", "rgb"), "gray_formula": "rec601"}
pieces = open_dataset(**config["train"])
batches = Batches(pieces, **make, **config["batches"])
batch = next(iter(batches))
show.pictures([*batch.gray[:8], *batch.rgb[:8]], ncols=8, size=64)

# %% [markdown]
# The upper row is the input $x$, one gray channel. The lower row is the target $y$, three channels
# of RGB. All values lie in $[0, 1]$. The gray is `rec601` of {doc}`01_grayscale`, which OpenCV
# computes.
#
# ## The network at a glance
#
# In the diagram each box is what one layer gives. A taller box is a larger picture, and a wider
# box has more channels. Look at the middle: the *code*, 256 numbers, is all that the right half
# receives of the picture.

# %%
show.layers(
    [
        ("gray", (1, 32, 32)),
        ("convolution", (64, 16, 16)),
        ("convolution", (128, 8, 8)),
        ("convolution", (256, 4, 4)),
        ("dense: the code", (256,)),
        ("dense", (256, 4, 4)),
        ("transposed convolution", (256, 8, 8)),
        ("transposed convolution", (128, 16, 16)),
        ("transposed convolution", (64, 32, 32)),
        ("color", (3, 32, 32)),
    ],
    alt="The papers' autoencoder",
)

# %% [markdown]
# ## The encoder
#
# All kernels of the network have 3 × 3 weights. A convolution with stride 2 looks at every second
# position, so its output has half the height and half the width of its input. *Padding* puts lines
# of zeros around the picture. Without padding, a window of 3 pixels fits into 32 pixels at
# $\lfloor (32 - 3)/2 \rfloor + 1 = 15$ positions, not 16. Both papers say "no padding" and yet
# print sides of 16, 8 and 4. The code in paper 003 says `padding='same'`, which gives these sides.
#
# The papers use Keras. For an even side, Keras makes "same" by one line of zeros at the bottom and
# one at the right. PyTorch's `padding=1` gives the same shape, but it pads on all four sides, so
# each of its windows is one pixel further up and left. `Halve` pads as Keras does. The first line
# of its `forward` counts the lines of zeros: an even side needs one, an odd side two. Half of
# them, rounded down, go to the top and to the left, and the others to the bottom and to the right.

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
# The encoder has three stages and a *dense* layer, in which every output depends on every input.
# A stage is such a convolution and a ReLU, which computes $\max(0, v)$. Batch normalization and
# dropout join a stage only in variants of the network. `Flatten` puts the numbers of all *feature
# maps*, the channels that a layer gives, into one row. The decoder's `Unflatten` undoes it.

# %%
from huelab.methods.autoencoder import Encoder, Stage

show.source(Encoder)

# %%
show.source(Stage)

# %% [markdown]
# ## The decoder
#
# A *transposed* convolution goes the other way. It spreads every number of its input over a window
# of 3 × 3 in its output, and neighboring windows are 2 pixels apart. Where windows overlap, their
# numbers are added. In `Double` the result is one line too high and too wide, and the padding of
# −1 cuts these lines off. (`contiguous` changes only how the numbers lie in memory, for speed.
# `output_size` belongs to PyTorch's interface.) {doc}`03_autoencoder_deeper` shows why it is
# called *transposed*.

# %%
from huelab.methods.autoencoder import Double

show.source(Double)

# %%
from huelab.methods.autoencoder import Decoder

show.source(Decoder)

# %% [markdown]
# The last layer has 3 filters and a *sigmoid*, $1/(1 + e^{-v})$, whose values lie between 0 and 1
# as those of RGB do. `FloatSigmoid` computes it in 32 bits whatever the precision of the layers
# before. Both papers give the last layer a stride of 2, which would make pictures of 64 × 64.
# Their tables print 32 × 32, so our stride is 1. The stride changes no parameters.
#
# **Check.** We send a picture through the network and compare each layer that has parameters with
# the papers' tables. Shapes are height × width × channels here, and the letter A stands for
# architecture. A convolution has 3 × 3 weights for each pair of an input and an output channel, and
# one bias for each output channel.

# %% tags=["nbval-check-output"]
from huelab.methods.autoencoder import Autoencoder

network = Autoencoder()
printed = [f"000-A{number:02}" for number in (4, 6, 8, 11, 13, 15, 17, 19, 21)]
x, rows = picture, []
for layer in [*network.encoder, *network.decoder]:
    x = layer(x)
    if parameters := sum(p.numel() for p in layer.parameters()):
        shape = "×".join(map(str, [*x.shape[2:], x.shape[1]]))
        ours = f"{shape}, {parameters} parameters"
        paper = claims[printed[len(rows)]].value
        rows.append({"claim": printed[len(rows)], "ours": ours, "paper": paper})
assert all(row["ours"] == row["paper"] for row in rows)
show.table(rows)

# %% tags=["nbval-check-output"]
halves = [sum(p.numel() for p in half.parameters()) for half in network.children()]
assert [str(n) for n in halves] == [claims["000-A22"].value, claims["000-A23"].value]
dense = [network.encoder[4], network.decoder[0]]
around = sum(p.numel() for layer in dense for p in layer.parameters())
print(f"{halves[0]:,} + {halves[1]:,} = {sum(halves):,} parameters")
print(f"{around / sum(halves):.0%} of them in the two dense layers")

# %% [markdown]
# Every row agrees, and so do the sums of the two halves. Most of the parameters are in the layers
# around the code and not in the convolutions.
#
# ## Training by hand
#
# Both papers train with the mean squared error over all $n$ values of a batch, its pixels and
# channels, where $\hat y$ is what the network answers:
#
# $$ \mathcal{L}(\theta) = \frac{1}{n} \sum (\hat y - y)^2 $$ (eq-autoencoder-mse)
#
# The gradient says how $\mathcal{L}$ changes with each parameter in $\theta$. An
# *optimizer* turns the gradient into a small step downhill. This loop is all there is to training:
# predict, compare, ask for the gradient, take a step. (`zero_grad` forgets the last gradient, and
# `backward` computes the new one.)

# %%
torch.manual_seed(0)
network = Autoencoder()
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)
history = []
for epoch in range(3):
    batches.set_epoch(epoch)  # another order in each epoch
    for batch in batches:
        loss = (network(batch.gray) - batch.rgb).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
print(f"MSE: {history[0]:.3f} at the first step, {history[-1]:.3f} at the last")

# %% [markdown]
# The optimizer is Adam {cite:p}`kingma2015adam`, as in both papers. The *learning rate* `lr`
# scales its steps. {doc}`03_autoencoder_deeper` writes Adam by hand and explains `eps`.
#
# ## Training with Lightning
#
# The loop above saves nothing on its way, looks at no validation set, and uses one device. The
# library Lightning does more, and `huelab.training.fit` sets it up. Where the processor supports
# it, `fit` computes in `bfloat16`, a number of 16 bits, which is faster and less exact
# ({doc}`../book/speeds`). This is called *autocast*. The network's class says only what a step is:

# %%
show.source(Autoencoder, "forward", "losses", "validate")

# %% [markdown]
# `forward` is encoder and decoder; `input_scale` is 1 in all runs but one. `losses` switches
# autocast off, because a squared error needs the exact numbers. In two variants it adds a
# *penalty*, the sum of the absolute or squared weights times a small number, which keeps weights
# small. (`turn` is for methods with several optimizers.) `validate` computes the accuracy that we
# take apart below.

# %%
from huelab.training import fit

torch.manual_seed(0)
network = Autoencoder(**config["method_args"])
held_out = open_dataset(**config["validation"])
validation = Batches(held_out, 128, shuffle=False, **make)
run = fit(network, batches, epochs=config["epochs"], validation=validation)
print(f"{run.steps} steps")

# %% [markdown]
# ## What dropout does to color
#
# *Dropout* {cite:p}`srivastava2014dropout` sets a random share $p$ of a layer's outputs to 0
# during training, and multiplies the others by $1/(1-p)$ so that the mean stays. *Batch
# normalization* {cite:p}`ioffe2015batch` shifts and scales each channel to mean 0 and deviation 1
# over the batch, and then applies a scale and a shift that are learned. Paper 000 tries dropout
# alone, both together, and neither. It gives no $p$, and a caption speaks of a "high level of
# dropouts". We take the 0.2 of paper 003.
#
# Why should dropout change color? A network trained with {eq}`eq-autoencoder-mse` answers with the
# *mean* of all colors that it thinks possible. Noise inside the network blurs what it knows about
# the picture. The less it knows, the more colors stay possible, and the closer their mean comes to
# gray. A small experiment shows this. The color of a point is 1 or −1, a linear model sees 8
# numbers that each say a little about it, and dropout takes some of them away. `lstsq` finds the
# weights that training with dropout would find. The answers are given without dropout.

# %% tags=["nbval-check-output"]
from torch.nn import functional as F

torch.manual_seed(0)
colors = torch.sign(torch.randn(4000, 1))
clues = colors * 0.5 + torch.randn(4000, 8)
for p in (0.0, 0.2, 0.5, 0.8):
    weights = torch.linalg.lstsq(F.dropout(clues, p), colors).solution
    answers = (clues @ weights).abs().mean()
    print(f"dropout {p:.1f}: mean size of the answer {answers:.2f}, of the truth 1")

# %% [markdown]
# More dropout gives paler answers. Batch normalization has no such reason to make colors pale.
#
# ## Results
#
# The recorded networks learned from CIFAR-10, and their weights come with the book. The network
# *ours, uncompressed* is the subject of *The repair*. All of them color pieces of the three
# test photographs, which none of them has seen. A seed chooses the rows.

# %%
from huelab import records
from huelab.methods import trained

names = {
    "no regularization": "autoencoder",
    "dropout": "autoencoder-dropout",
    "batch norm. and dropout": "autoencoder-batchnorm",
    "ours, uncompressed": "autoencoder-uncompressed",
}
runs = {
    title: next(
        run for run in records.find(name) if run.weights and run.weights.path
    )
    for title, name in names.items()
}
methods = {title: trained.load(run) for title, run in runs.items()}

# %% mystnb={"image": {"alt": "Eight random pieces of test photographs in columns: gray, the paper's network in three variants, ours, truth. The paper's networks give blurred shapes in brownish tones; ours is sharp and pale."}}
from huelab.color import rgb_to_gray

unseen = open_dataset("embedded", "test", 32)
truth = torch.stack(list(unseen)).float() / 255
columns = {"gray": rgb_to_gray(truth, "rec601")}
for title, method in methods.items():
    columns[title] = method.colorize(rgb_to_gray(truth, method.gray_formula))
stamp = f"quick and {runs['dropout'].profile}"
show.grid({**columns, "truth": truth}, n=8, seed=3, profile=stamp)

# %% [markdown]
# Look at the shapes before the colors: the three networks of the paper blur the picture itself. Two
# things can be at fault, the 256 numbers and the short training. Only *ours* is as sharp as the
# gray.
#
# Now the numbers, on the 10,000 test pictures of CIFAR-10. The *linear code* is the best linear
# map through 256 numbers, and needs no gradient descent. *PSNR* is the mean over pictures, of RGB
# in [0, 1]. *ΔE00* is a color difference of which about 1 is just visible. *Gap* is the
# colorfulness of {doc}`07_metrics` minus that of the truth, so a negative gap means pale. *Best
# color per gray level* gives each gray level the mean color that it has in the training pictures.
# "±" is the deviation over $n$ seeds; rows without it have one run. "Sources" says how many states
# of the code these runs are from. Read the order of reduced runs, and not their last digits.

# %%
from huelab.ledger import tables

names |= {"linear code": "linear-code-cifar10", "gray copy": "gray-copy-cifar10"}
names |= {"best color per gray level": "color-per-gray-cifar10"}
columns = {
    "PSNR, dB": {"metric": "psnr", "space": "rgb", "averaging": "pictures"},
    "ΔE00": {"metric": "delta_e_2000"},
    "gap": {"metric": "colorfulness_gap"},
    "accuracy": {"metric": "channel_argmax_accuracy"},
}
rows = tables.side_by_side(names, columns)
scores = {row["method"]: row for row in rows}
show.table(rows)

# %% [markdown]
# Compare each PSNR with that of the gray copy. All three networks of the paper do worse than
# leaving the picture alone. A picture consists mostly of its lightness, and these networks lose
# more of the lightness than they win in color. All are far paler than the truth, as the squared
# error leads one to expect.

# %%
gray = scores["gray copy"]["PSNR, dB"].mean
for title in list(names)[:3]:
    lead = scores[title]["PSNR, dB"].mean - gray
    print(f"{title}: {lead:+.1f} dB against the gray copy")
    assert lead < 0 and scores[title]["gap"].mean < 0

# %% [markdown]
# ### What became of the claims
#
# The ledger computes a *verdict* from what was expected of a claim. *Written* is the day of the
# expectation, and *changed* says what was changed after a first run. Each measured value is named
# by recipe and metric, and is the mean over seeds with its 95 % interval in brackets.
# (`train_test_gap` is the squared error on test pictures minus that on training pictures.) Reduced
# runs can at best agree or disagree with a direction, such as less or more; they leave a number
# `not comparable`. A verdict is `inconclusive` in four cases: the interval of the difference
# contains zero, fewer than three seeds have run, a network has not begun to learn, or a part was
# not measured, such as realism. The *difference* is measured minus reported, or minus the middle
# of a reported range.

# %%
from huelab.ledger import compared, resolve

show.table(
    compared(resolve(claims[key] for key in told)), profile="as each row says"
)

# %% [markdown]
# ## Reading with care
#
# ### What 50 % "accuracy" means
#
# The papers predict colors and report an "accuracy". For such a network Keras would compute the
# share of pixels whose largest channel is the right one. (We first round to 256 levels.) In a gray
# picture all three channels are equal, and the first counts: red. So a gray picture scores the
# share of pixels that have most red, whatever it shows. You can see it on pure noise.
# Compare it with the last `val_accuracy` of the training above, which used the same pieces:

# %%
from huelab.metrics import channel_argmax_accuracy

noise = torch.rand(len(truth), 1, 32, 32).expand(-1, 3, -1, -1)
reddest = (truth.argmax(1) == 0).float().mean()
print(f"gray noise: {channel_argmax_accuracy(noise, truth).mean():.3f}")
print(f"share of pixels with most red: {reddest:.3f}")
copied, rule = scores["gray copy"], scores["best color per gray level"]
print("paper 000 without regularization:", claims["000-R05"].value)
print(f"gray copy on CIFAR-10, recorded: {copied['accuracy'].mean:.1%}")
assert rule["PSNR, dB"].mean > copied["PSNR, dB"].mean
assert rule["accuracy"].mean < copied["accuracy"].mean
assert rule["ΔE00"].mean > copied["ΔE00"].mean

# %% [markdown]
# The gray copy's accuracy lies within the range that paper 000 reports. And accuracy can fall where
# PSNR rises: in the table of scores, the best color per gray level has a higher PSNR than the gray
# copy and a lower accuracy. Whether its pictures are better is another question, since its ΔE00 is
# worse. A number that noise can score as well as pictures is a poor guide for choosing a model.
#
# ### What 256 numbers hold
#
# The titles of both papers say "without image compression". The size of the picture does come
# back. Its detail does not. The next table compares the gray of the output with the gray that went
# in, each method in its own gray, over all pixels of all pictures together:

# %%
gray_kept = {"gray kept, dB": {"metric": "luminance_psnr"}}
three = {name: names[name] for name in ("no regularization", "linear code")}
three["ours, uncompressed"] = names["ours, uncompressed"]
rows = tables.side_by_side(three, gray_kept)
network_kept, linear_kept = (row["gray kept, dB"].mean for row in rows[:2])
assert linear_kept > network_kept
show.table(rows)

# %% [markdown]
# The linear code keeps more of the gray than the network. So 256 numbers can hold more than the
# recorded network put into them in the epochs it had. These runs do not show whether longer
# training would close the gap. *Ours* keeps its input by construction; only rounding makes its
# PSNR finite.
#
# How much can a code of another size hold? For *linear* maps the answer is known. Take the
# directions in which gray pictures vary most, which are the eigenvectors of their covariance, and
# keep the coordinates along the first $k$. No other linear code of $k$ numbers has a smaller
# squared error on the pictures that it was fitted to. This is *principal component analysis*. We
# fit it to the training photographs, which `unfold` cuts into tiles of 32 × 32.


# %%
def fit_code(flat):
    """The mean and the directions, most varying first, of pictures `(N, 1024)`."""
    mean = flat.mean(0)
    varying = torch.linalg.eigh((flat - mean).T @ (flat - mean))
    return mean, varying.eigenvectors.flip(1)


def through(flat, code, k):
    """Pictures `(N, 1024)` after a code of k numbers."""
    mean, directions = code
    numbers = (flat - mean) @ directions[:, :k]
    return mean + numbers @ directions[:, :k].T


large = torch.stack(list(open_dataset("embedded", "train", 128))).double() / 255
tiles = rgb_to_gray(large, "rec601").unfold(2, 32, 32).unfold(3, 32, 32)
code = fit_code(tiles.reshape(-1, 1024))
given = rgb_to_gray(truth.double(), "rec601").flatten(1)

# %%
import matplotlib.pyplot as plt

sizes = [1, 4, 16, 64, 256, 1024]
errors = [(through(given, code, k) - given).square().mean() for k in sizes]
kept = [-10 * error.log10() for error in errors]


def draw(k):
    """Pieces, what k numbers keep of them, and the gray kept by each size."""
    fig, axes = plt.subplots(1, 2, figsize=(7.2, 2.8), layout="constrained", dpi=80)
    both = torch.cat([given[:32:8], through(given[:32:8], code, k)])
    strips = both.clamp(0, 1).view(2, 4, 32, 32).permute(0, 2, 1, 3).reshape(64, 128)
    axes[0].imshow(strips, cmap="gray", vmin=0, vmax=1)
    axes[0].axis("off")
    axes[1].plot(sizes[:-1], kept[:-1], "o-")
    axes[1].axvline(k, ls="--", color="k")
    axes[1].set(xscale="log", xlim=(0.7, 1500), xlabel="numbers in the code")
    axes[1].set_ylabel("gray kept, dB")
    plt.close(fig)
    return fig


# %%
show.frames(
    [draw(k) for k in sizes],
    sizes,
    description="numbers in the code",
    start=4,
    alt="Left, four gray pieces of photographs above what the code keeps of them; "
    "right, the gray kept rises with the size of the code",
)

# %% [markdown]
# Move the slider. The upper row is the input, four pieces of test photographs, and the lower row
# is what the code keeps. The dashed line marks the size of the code. One number gives one shade of
# gray, and 16 numbers give light and dark blobs. A face can be recognized with 256 numbers,
# without its fine texture. The curve shows the gray kept, which is the PSNR of the table above,
# for all of these test pieces. With 1,024 numbers, as many as there are pixels, the picture comes
# back up to rounding, far above the figure. So the papers' 256 numbers lose texture even in the
# best linear code. A network is not linear and may do better, but the table above shows that the
# recorded one does not.
#
# ## The repair
#
# How can a colorizer keep its input? It predicts $a^*$ and $b^*$ alone, and adds them to the $L^*$
# of the input ({doc}`02_lab`). Ours has no dense layers, so it takes pictures of any size. And
# *skips* hand what the encoder saw at each size directly to the decoder, past the narrow middle;
# they are the dashed lines. The first three convolutions and the transposed ones have the papers'
# filters, kernels and strides. Two convolutions in the middle, batch normalization before each
# ReLU, and a last convolution for $a^*$ and $b^*$ are new. The stages `down1` to `down3` use
# `Halve`, and `up3` to `up1` use `Double`. In the code, `cat` joins a skip as further channels.
# The network's own numbers lie around −1 to 1. So the first line scales L\*, and `ab_scale` turns
# the answer into Lab units.

# %%
show.layers(
    [
        ("L*", (1, 32, 32)),
        ("down1", (64, 16, 16)),
        ("down2", (128, 8, 8)),
        ("down3", (256, 4, 4)),
        ("middle", (256, 4, 4)),
        ("up3", (256, 8, 8)),
        ("up2", (128, 16, 16)),
        ("up1", (64, 32, 32)),
        ("a* and b*", (2, 32, 32)),
    ],
    skips=[(2, 5), (1, 6), (0, 7)],
    alt="Our network without compression",
)

# %%
from huelab.methods.uncompressed import Uncompressed

show.source(Uncompressed, "forward")

# %% tags=["nbval-check-output"]
repair = Uncompressed()
count = sum(p.numel() for p in repair.parameters())
print(f"{count:,} parameters, {count / sum(halves):.0%} of the papers'")
odd = torch.rand(1, 1, 123, 457)
print("any size:", tuple(odd.shape), "to", tuple(repair.colorize(odd).shape))
assert count < sum(halves)

# %%
ours = scores["ours, uncompressed"]
for rival in (scores["no regularization"], scores["gray copy"]):
    assert ours["PSNR, dB"].mean > rival["PSNR, dB"].mean
    assert ours["ΔE00"].mean < rival["ΔE00"].mean
    assert abs(ours["gap"].mean) < abs(rival["gap"].mean)
show.table([ours, scores["no regularization"], scores["gray copy"]])

# %% [markdown]
# With fewer parameters and the same number of epochs, our network is ahead in PSNR, ΔE00 and gap.
# More color than a gray copy is no feat, but these colors also bring the error *down*.
# A row without "±" has one run, and chance may play a part. Several things differ from the paper's
# network at once, so the comparison does not say which of them helps.
#
# ## Exercises
#
# Try each exercise first, and then unfold the solution.
#
# **Exercise 1 (recall): pale answers.** Why does dropout make colors paler?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# With a squared error, a network answers with the mean of all colors that it thinks possible.
# Dropout hides a part of what it knows, so more colors stay possible, and their mean is closer to
# gray.
# :::

# %% [markdown]
# **Exercise 2 (compute): the receptive field.** Take one number of the encoder's last feature map
# (256 × 4 × 4), in row 1 and column 1, counted from 0. How many rows of the input does it see? Find
# out with a gradient, and by arithmetic: neighbors in a layer look at windows that are 2 pixels
# apart. (At the last row and column, windows reach into the padding.)

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
print(rows_seen, "rows")
assert rows_seen == reach

# %% [markdown]
# **Exercise 3 (change the code): padding=1.** Exchange `Halve` for PyTorch's convolution with
# `padding=1` in an encoder. Show that the number of parameters and all shapes stay, and that with
# the same weights the answers differ.

# %% tags=["solution", "hide-cell"]
import copy

keras = Encoder()
torchs = copy.deepcopy(keras)
for stage in list(torchs)[:3]:
    old = stage[0]
    stage[0] = nn.Conv2d(old.in_channels, old.out_channels, 3, stride=2, padding=1)
    stage[0].load_state_dict(old.state_dict())
numbers = [sum(p.numel() for p in net.parameters()) for net in (keras, torchs)]
assert numbers[0] == numbers[1]
one = other = torch.rand(1, 1, 32, 32)
for one_layer, other_layer in zip(keras, torchs, strict=True):
    one, other = one_layer(one), other_layer(other)
    assert one.shape == other.shape
assert not torch.allclose(one, other, atol=1e-3)

# %% [markdown]
# **Exercise 4 (compute): a code from few pictures.** Fit a linear code with `fit_code` to the few
# hundred pieces in `pieces` alone. Compare its error on these pieces with its error on the test
# pieces in `given`, for 16, 64 and 256 numbers. Why can the first error only fall when the code
# gets longer?

# %% tags=["solution", "hide-cell"]
few = rgb_to_gray(torch.stack(list(pieces)).double() / 255, "rec601").flatten(1)
narrow = fit_code(few)
for k in (16, 64, 256):
    on_few, on_test = ((through(x, narrow, k) - x).square() for x in (few, given))
    print(f"{k:3}: MSE {on_few.mean():.5f} seen, {on_test.mean():.5f} unseen")
assert on_test.mean() > 10 * on_few.mean()
# On the pictures that it was fitted to, a longer code can do all that a shorter
# one can. Unseen pieces gain much less: this is overfitting, without a network.

# %% [markdown]
# **Exercise 5 (open question): a score to choose by.** Paper 000 chooses among its networks by
# "accuracy". By which measure would you choose a colorizer, and what could fool it?

# %% [markdown] tags=["solution"]
# :::{dropdown} What a good answer contains
# - A measure that neither noise nor a gray copy wins, tried on both.
# - What fools it. PSNR rewards lightness, which was given, and pale colors. Colorfulness also
#   rewards wrong colors.
# - A second measure that falls where the first one is fooled, or people who judge.
# - A choice that is made on validation pictures, and before the test.
# :::

# %% [markdown]
# ## What to remember
#
# - A convolution with stride 2 halves a picture. A transposed convolution is the gradient of one,
#   and doubles it. Keras pads "same" at the end.
# - Parameters and shapes can be checked one by one. Here the layers agree with the papers' tables;
#   what the text says of padding and of the last stride does not.
# - Squared error answers with a mean, and noise inside the network pulls this mean to gray.
# - The "accuracy" of the largest channel is what a gray picture gets.
# - A code of 256 numbers loses detail, and a network that was trained briefly loses more than a
#   linear map. Keep what is given, and predict only what is missing.
#
# ## Further reading
#
# {cite:t}`hinton2006reducing` is the paper on deep autoencoders. {cite:t}`dumoulin2016guide` draws
# the arithmetic of strides, padding and transposed convolutions. {cite:t}`ronneberger2015unet` is
# the source of the skips.
