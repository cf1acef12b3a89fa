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
# # VGG: color from what is seen
#
# Paper 002 {cite:p}`cevallos2021very` colors fruits and faces with a network that was designed to
# *name* things: VGG16 {cite:p}`simonyan2015very`, with its last layers cut off and a decoder put
# in their place. It works in Lab, so the picture's lightness passes by untouched, and it takes
# pictures of any size. You build it block by block, count it against the original, and measure
# what each of its parts is good for. Then you read a table whose three columns do not follow from
# each other.
#
# **What you will learn**
#
# - What VGG16 sees, how far it sees, and what changes when stride takes the place of pooling.
# - Why transposed convolutions draw checkerboards, how a ReLU dies, what batch normalization does.
# - How to test whether numbers printed side by side can come from the same measurement.
#
# **What it needs.** {doc}`02_lab` and {doc}`03_autoencoder`.

# %%
from huelab import show

show.needs("04_vgg")

# %% [markdown]
# ## What the paper claims
#
# Some of its claims in our words, from the [ledger](../book/ledger.md), which has all of them. The
# letter says what kind of claim it is: A is about the architecture, D about the data, H a setting,
# R a result, Q a quality described in words. X is a place where something, as it is stated, does
# not fit together.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

claims = {claim.id: claim for claim in read_claims() if claim.paper == "002"}
told = [f"002-R0{k}" for k in range(1, 9)]
told += [f"002-Q{k:02}" for k in (1, 2, 4, 5, 6, 7, 8, 9, 10, 12)]
told += [f"002-X0{k}" for k in (1, 2, 3, 4, 5, 8)]
show.table([{"id": key, "claim": claims[key].claim} for key in told])

# %% [markdown]
# The paper trains twice: on Fruits-360 {cite:p}`muresan2018fruit`, photographs of single fruits
# on white, and on FFHQ {cite:p}`karras2019style`, portraits; each time on 5,000 pictures, and 500
# are for the test (002-D07). What is the same here and what is not stands in two *recipes*, one for
# each set. In the quick profile both are trained on *embedded* photographs, a few that came with
# the installed packages, so that nothing has to be downloaded:

# %%
from huelab.records.profiles import current_profile
from huelab.recipes import get

recipe, faces = get("vgg-fruits"), get("vgg-faces")
config = recipe.config(current_profile())
columns = {"here": config} | {p: recipe.config(p) for p in ("reduced", "full")}

# %%
settings = {
    "learns from": lambda c: "{name}, {split}, {size} pixels".format(**c["train"]),
    "epochs": lambda c: c["epochs"],
    "pictures a step": lambda c: c["batches"]["batch_size"],
}
rows = [
    {"setting": name} | {title: read(c) for title, c in columns.items()}
    for name, read in settings.items()
]
show.table(rows, caption="vgg-fruits")

# %% [markdown]
# Where they depart from the paper, in their own words:

# %%
departures = [s for r in (recipe, faces) for s in (*r.stand_ins, *r.deviations)]
print(*dict.fromkeys(departures), sep="\n")

# %% [markdown]
# ## From dense to convolutional
#
# An autoencoder squeezes a picture into a *code* and makes the same picture from the code. The
# paper calls its network one, although what comes out, color, is not what went in;
# *encoder-decoder* is the better word. Early autoencoders {cite:p}`hinton2006reducing` were
# *dense*: every number of a layer is computed from every number of the layer before it.
# {doc}`03_autoencoder` had convolutions and two dense layers around the code, and most of its
# parameters were in those two. This one has none. How much does that save? A single dense layer
# from a picture of 256 × 256 to this paper's code, 512 × 8 × 8, against all 13 convolutions of the
# encoder:

# %%
import torch
from torch import nn

from huelab.methods.vgg import VGG, Encoder

# %% tags=["nbval-check-output"]
with torch.device("meta"):  # shapes without numbers cost no time and no memory
    network = VGG()
convolutions = [m for m in network.encoder.modules() if isinstance(m, nn.Conv2d)]
count = sum(p.numel() for layer in convolutions for p in layer.parameters())
dense = 256 * 256 * 512 * 8 * 8
print(f"one dense layer: {dense:,} weights")
print(f"{len(convolutions)} convolutions: {count:,} weights and biases")

# %% [markdown]
# A convolution uses the same few weights everywhere. Two things follow. It takes any size. And
# when the picture moves, the code moves with it. The encoder halves five times, so 32 pixels to
# the right are one place to the right in the code. We test it away from the border, where the
# zeros that pad the picture would disturb:

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
encoder = Encoder().eval()
wide = torch.randn(1, 1, 32, 1024)
with torch.no_grad():
    code, _ = encoder(wide)
    moved, _ = encoder(wide.roll(32, dims=-1))
inside = slice(8, -8)
same = torch.allclose(moved.roll(-1, -1)[..., inside], code[..., inside], atol=1e-3)
print(tuple(wide.shape), "to", tuple(code.shape), "· the code moves along:", same)

# %% [markdown]
# ## The encoder, block by block
#
# VGG16 has 13 convolutions in five *blocks* and three dense layers. All windows are 3 × 3. The
# paper changes five things: one channel goes in instead of three, the dense layers go, the last
# convolution of a block has stride 2 where VGG16 has max pooling, LeakyReLU replaces ReLU, and
# batch normalization is added.

# %%
from huelab.methods.vgg import EncoderBlock, Layer

show.source(Layer)

# %%
show.source(EncoderBlock)

# %% [markdown]
# The decoder has five blocks, too. Each has a convolution that halves the number of maps, a
# bilinear enlargement to twice the size, and a second convolution. The last one makes two
# channels and ends in tanh. (The paper's rule, as many filters in the second convolution as in
# the first, would make 16 channels of 512 halved five times. So its last convolution is an
# exception.)

# %%
from huelab.methods.vgg import DecoderBlock

show.source(DecoderBlock)

# %% [markdown]
# **Check.** What every block gives for 256 × 256 pixels, and the parameters of its convolutions:

# %%
counted = []


def note(name):
    """A hook that writes down what a block gives and counts its convolutions."""

    def hook(block, given, out):
        maps = out[0] if isinstance(out, tuple) else out
        layers = [m for m in block.modules() if isinstance(m, nn.Conv2d)]
        row = {"block": name, "maps": maps.shape[1], "pixels": maps.shape[2]}
        numbers = sum(p.numel() for m in layers for p in m.parameters())
        counted.append(row | {"convolutions": len(layers), "parameters": numbers})

    return hook


# %% tags=["nbval-check-output"]
halves = {"encoder": network.encoder, "decoder": network.decoder}
for half, part in halves.items():
    for k, block in enumerate(part.blocks, 1):
        block.register_forward_hook(note(f"{half} {k}"))
network(torch.empty(1, 1, 256, 256, device="meta"))
show.table(counted, formats={"parameters": ","})

# %% [markdown]
# And against VGG16 itself, as torchvision has it. The only parameters that may be missing are
# those of two color channels, 3 × 3 for each of the 64 filters of the first convolution.

# %%
from torchvision.models import vgg16

with torch.device("meta"):
    original = vgg16()
theirs = [m for m in original.features if isinstance(m, nn.Conv2d)]
total = sum(p.numel() for m in theirs for p in m.parameters())
assert [m.out_channels for m in convolutions] == [m.out_channels for m in theirs]

# %% tags=["nbval-check-output"]
for ours, other in zip(convolutions[1:], theirs[1:], strict=True):
    assert ours.in_channels == other.in_channels
assert total - count == 2 * 64 * 3 * 3 and count == 14_713_536
halfway = counted[4]
assert (halfway["maps"], halfway["pixels"]) == (512, 8)  # 002-A09
everything = sum(p.numel() for p in original.parameters())
print(f"VGG16: {everything:,} parameters, {total:,} of them in convolutions")
print(f"here: {count:,}, which is {total - count:,} fewer")
print(f"in VGG16's dense layers: {1 - total / everything:.0%} of its parameters")

# %% [markdown]
# Those dense layers are cut off. The code of 512 × 8 × 8 is what the paper prints (002-A09). That
# the decoder mirrors the encoder is true block for block, five double where five halve. It is not
# true layer for layer: ten convolutions against 13 (002-X08).
#
# In the printed code stands an option that the paper does not have: with *skips* a block of the
# decoder is also shown the maps of the same size from the encoder (`whole`, those before the
# halving, arrive as `beside`). That is the idea of the U-Net {cite:p}`ronneberger2015unet`; a run
# with skips stands in a table below.
#
# ## How far it sees
#
# The *receptive field* of a number is the part of the picture that it depends on. Let $r$ be its
# width and $j$ the *jump*, the distance in the picture between two neighbors of a layer. At the
# picture itself $r = j = 1$. A convolution with a window of $k$ and stride $s$ makes
#
# $$ r \leftarrow r + (k - 1)\, j, \qquad j \leftarrow s\, j . $$

# %% tags=["nbval-check-output"]
reach, jump, rows = 1, 1, []
for layer in convolutions:
    (k, _), (s, _) = layer.kernel_size, layer.stride
    reach, jump = reach + (k - 1) * jump, s * jump
    row = {"maps": layer.out_channels, "stride": s, "sees": reach, "jump": jump}
    rows.append(row)
ends = [row for row in rows if row["stride"] == 2]
show.table(ends, caption="After each block, in pixels of the picture")

# %% [markdown]
# Now measure it. What a number depends on has a gradient that is not zero. We ask one place of
# the code, all its channels, which pixels of a random picture it depends on:

# %%
import matplotlib.pyplot as plt

picture = torch.randn(1, 1, 256, 256, requires_grad=True)
code, _ = encoder(picture)
weights = torch.randn(512)
(gradient,) = torch.autograd.grad((code[0, :, 4, 4] * weights).sum(), picture)
size = gradient[0, 0].abs()

# %% mystnb={"image": {"alt": "A bright spot, brightest in its middle and fading outwards, inside a dashed square that is smaller than the picture of 256 pixels."}}
seen = size > 0
top, left = (seen.any(1).nonzero()[0].item(), seen.any(0).nonzero()[0].item())
fig, ax = plt.subplots(figsize=(4.4, 3.6), layout="constrained")
drawn = ax.imshow(size / size.max(), cmap="magma", vmax=0.5)
first = 4 * jump - (reach - 1) // 2  # the window is centered on place 4 of the code
corner = (first - 0.5, first - 0.5)
ax.add_patch(plt.Rectangle(corner, reach, reach, fill=False, ec="w", ls="--"))
fig.colorbar(drawn, label="size of the gradient")
show.stamp(fig)

# %% tags=["nbval-check-output"]
measured = int(seen.any(1).sum())
print(f"by arithmetic {reach} pixels, by gradient {measured}")
assert measured == reach and top == left == first
away = (torch.arange(256) - 4 * jump).abs()
within = torch.maximum(away[:, None], away[None])
half = next(k for k in range(256) if size[within <= k].sum() >= size.sum() / 2)
side = 2 * half + 1
print(f"half of it lies within a square of {side} pixels in the middle,")
print(f"{(side / reach) ** 2:.0%} of the area")

# %% [markdown]
# The dashed square is the arithmetic. The gradient reaches its last row, where it is too weak to be
# seen. Look where it is bright: pixels near the middle count more than those at the border, because
# many more paths lead through them; so half of the gradient fits into a small square.
# {cite:t}`luo2016understanding` call the bright part the *effective* receptive field. On an image
# of 256 pixels one place of the code does not see all of the picture; on the 64 pixels of a small
# run every place sees all of it, and a good deal of padding.
#
# ## Stride instead of pooling
#
# *Max pooling* keeps the largest of 2 × 2 numbers. It has no parameters and it forgets where the
# largest was. A convolution with stride 2 decides by learned weights what to keep. That it can
# take the place of pooling was shown by {cite:t}`springenberg2015striving`: without loss where a
# convolution with stride is *added* in place of each pooling, with a little loss where, as here,
# the convolution before it gets the stride. A bright dot moves by one pixel, down and to the
# right, within its window:

# %% tags=["nbval-check-output"]
dots = torch.zeros(2, 1, 4, 4)
dots[0, 0, 0, 0] = dots[1, 0, 1, 1] = 1
torch.manual_seed(0)
layers = {
    "max pooling alone": nn.MaxPool2d(2),
    "convolution, pooling": nn.Sequential(
        nn.Conv2d(1, 1, 3, padding=1), nn.LeakyReLU(0.2), nn.MaxPool2d(2)
    ),
    "convolution, stride 2": nn.Conv2d(1, 1, 3, stride=2, padding=1),
}
for name, layer in layers.items():
    first, second = layer(dots)
    print(f"{name}: tells the two apart: {not torch.equal(first, second)}")

# %% [markdown]
# Pooling alone forgets. But VGG16 never pools without a convolution before it, and that one may
# have kept what pooling forgets. So whether pooling distorts (002-Q10) is for the run with pooling
# to say, which has a row below. What is certain is the cost: a convolution that is followed by
# pooling computes four times as many numbers as are kept. Multiplications for a picture of
# 256 × 256:


# %%
def multiplications(**options):
    """Multiplications of an encoder's convolutions for one picture of 256 x 256."""
    with torch.device("meta"):
        part, total = Encoder(**options), []

    def count_them(layer, given, out):
        total.append(out.numel() * layer.weight[0].numel())

    for layer in part.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count_them)
    part(torch.empty(1, 1, 256, 256, device="meta"))
    return sum(total)


# %% tags=["nbval-check-output"]
stride, pooling = (multiplications(downsampling=d) for d in ("stride", "pooling"))
print(f"stride {stride / 1e9:.1f} billion, pooling {pooling / 1e9:.1f} billion")

# %% [markdown]
# ## Bilinear instead of transposed
#
# A transposed convolution ({doc}`03_autoencoder`) spreads each number of its input over a window
# of its output, and the windows are 2 pixels apart. Windows of 3 overlap unevenly. To count the
# overlaps, let everything be 1:

# %% tags=["nbval-check-output"]
for k, padding, more in ((3, 1, 1), (4, 1, 0)):
    layer = nn.ConvTranspose2d(1, 1, k, 2, padding, more, bias=False)
    nn.init.ones_(layer.weight)
    out = layer(torch.ones(1, 1, 6, 6))[0, 0, 4:8, 4:8].int()
    print(
        f"windows of {k}:",
        *(" ".join(map(str, row)) for row in out.tolist()),
        sep="\n",
    )

# %% [markdown]
# With windows of 3, every second pixel gets twice as much, and where two such rows cross, four
# times as much: a *checkerboard* {cite:p}`odena2016deconvolution`. Windows of 4 overlap evenly.
# Does that suffice? In an untrained layer the four kinds of places still meet different weights.
# We give a smooth input to three layers with random weights, and look at the *spectrum*, which
# says how strong each frequency is. The highest one that pixels can show, up and down from one to
# the next, is the *Nyquist* frequency. In the figure it lies along the border, zero in the middle.
# `peak_of_checkerboard` compares the power there with that of the frequencies beside it, in
# decibels; 0 is no peak. It expects two channels in the units of Lab and counts what is below a
# hundredth of a unit as nothing, so the answers are made as strong as colors are.

# %%
from torch.nn import functional as F

from huelab.measure.vgg import peak_of_checkerboard

makers = {
    "transposed, 3 × 3": lambda: nn.ConvTranspose2d(16, 2, 3, 2, 1, 1),
    "transposed, 4 × 4": lambda: nn.ConvTranspose2d(16, 2, 4, 2, 1),
    "bilinear and 3 × 3": lambda: nn.Sequential(
        nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(16, 2, 3, padding=1)
    ),
}


# %%
def answers(make, seed):
    """What a random layer makes of smooth noise, `(1, 2, 60, 60)` without border."""
    torch.manual_seed(seed)
    smooth = 8 * F.avg_pool2d(torch.randn(1, 16, 48, 48), 17, 1)
    with torch.no_grad():
        return 20 * make()(smooth)[..., 2:-2, 2:-2]


# %% mystnb={"image": {"alt": "Two rows of three. Above, what the layers give: fine checks or stripes for both transposed convolutions, smooth clouds for bilinear. Below, their spectra: bright spots at the border for the transposed ones, none for bilinear."}}
fig, axes = plt.subplots(2, 3, figsize=(7, 4.9), layout="constrained")
for (name, make), (above, below) in zip(makers.items(), axes.T, strict=True):
    out = answers(make, 0)[0, 0]
    spectrum = torch.fft.fftshift(torch.fft.fft2(out, norm="forward").abs())
    above.imshow(out, cmap="gray")
    above.set_title(name, fontsize=9)
    below.imshow(spectrum.clamp(min=1e-4).log10(), cmap="magma", vmin=-2.5, vmax=0.5)
    for ax in (above, below):
        ax.set(xticks=[], yticks=[])
show.stamp(fig)

# %%
rows = []
for name, make in makers.items():
    peaks = torch.stack(
        [peak_of_checkerboard(answers(make, seed))[0] for seed in range(8)]
    )
    row = {
        "layer": name,
        "peak, dB": peaks.mean().item(),
        "least": peaks.min().item(),
    }
    rows.append(row | {"most": peaks.max().item()})

# %%
formats = dict.fromkeys(("peak, dB", "least", "most"), ".1f")
caption = "Power at the Nyquist frequency over that beside it, eight seeds"
show.table(rows, formats=formats, caption=caption)

# %% [markdown]
# Look at the bright spots in the middle of the sides and in the corners of the two left spectra.
# With random weights even overlap helps nothing: windows of 4 begin with as much of a checkerboard
# as windows of 3, since what shows here are the unequal weights. With windows of 4 a layer can
# *learn* to be smooth (exercise 4), but it does not begin so. Bilinear enlargement does. Training
# can reduce the checks of a transposed convolution; whether it did is for the recorded runs to say
# (002-Q09, below).

# %% [markdown]
# ## Units that die
#
# ReLU, $\max(0, v)$, has the gradient 0 where $v < 0$. A unit whose $v$ is negative for every
# input always answers 0, and no gradient reaches its own weights. It is *dead*. It can come back
# only if the layer before it changes, or if the optimizer's momentum carries its weights on.
# LeakyReLU {cite:p}`maas2013rectifier` lets a small part of the negative side through,
#
# $$ \mathrm{LeakyReLU}(v) = \max(v, \alpha v), \qquad 0 < \alpha < 1, $$
#
# so that its gradient is never 0. The paper does not state $\alpha$; we take 0.2.
#
# A network may be dead before it is trained. If all units of one layer are 0 for all inputs,
# everything behind it is constant. {cite:t}`lu2020dying`, whom the paper cites, show that the
# deeper and the narrower a network, the more likely this is. We make 500 networks of each width
# with the initialization of {cite:t}`he2015delving`, and count those that give one and the same
# answer to every input:


# %%
def constant_share(activation, width=4, depth=24, networks=500):
    """Share of random networks that tell no inputs apart, after each layer."""
    torch.manual_seed(0)
    values = torch.randn(networks, 100, width)
    shares = []
    for _ in range(depth):
        weights = torch.randn(networks, width, width) * (2 / width) ** 0.5
        values = activation(values @ weights)
        shares.append((values.std(1).amax(1) == 0).float().mean().item())
    return shares


# %% mystnb={"image": {"alt": "Share of networks that answer the same to every input, over their depth. ReLU with 4 units climbs steeply with depth, with 8 units hardly, with 16 not at all; LeakyReLU with 4 units stays at zero."}}
fig, ax = plt.subplots(figsize=(6, 2.9), layout="constrained")
for width, marker in ((4, "o-"), (8, "^-"), (16, "v-")):
    shares = constant_share(F.relu, width)
    ax.plot(range(1, 25), shares, marker, ms=4, label=f"ReLU, {width} wide")
shares = constant_share(nn.LeakyReLU(0.2))
ax.plot(range(1, 25), shares, "s--", ms=4, label="LeakyReLU, 4 wide")
ax.set(xlabel="layers", ylabel="share that is dead", ylim=(-0.05, 1))
ax.legend()
show.stamp(fig)

# %% [markdown]
# The paper's network is as deep as that, but nowhere narrower than 16, where none of ours is
# dead. Units can still die one by one, when a step is too large. A small network learns a sine
# wave with Adam and a learning rate that is far too high, five times with each activation. *Below
# zero* is the share of units whose $v$ is below zero for every input at the end; with ReLU these
# are dead. *Came back* is the share that was so for a while and is not any more.


# %%
def train_sine(activation, seed):
    """Loss after 300 large steps; shares of units below zero, and come back."""
    torch.manual_seed(seed)
    x = torch.linspace(-1, 1, 100)[:, None]
    first, second, last = nn.Linear(1, 64), nn.Linear(64, 64), nn.Linear(64, 1)
    layers = nn.Sequential(first, second, last)
    stepper = torch.optim.Adam(layers.parameters(), lr=0.3)
    once_below = torch.zeros(128, dtype=torch.bool)
    for _ in range(300):
        one = first(x)
        two = second(activation(one))
        loss = (last(activation(two)) - torch.sin(5 * x)).square().mean()
        below = (torch.cat([one, two], 1) <= 0).all(0)
        once_below |= below
        stepper.zero_grad()
        loss.backward()
        stepper.step()
    shares = (below.float().mean(), (once_below & ~below).float().mean())
    return loss.item(), *(share.item() for share in shares)


# %%
rows = []
for name, activation in {"ReLU": nn.ReLU(), "LeakyReLU": nn.LeakyReLU(0.2)}.items():
    runs = [train_sine(activation, seed) for seed in range(5)]
    losses, below, back = torch.tensor(runs).T
    row = {"activation": name, "below zero": below.mean().item()}
    row |= {"came back": back.mean().item(), "loss, median": losses.median().item()}
    rows.append(row | {"worst": losses.max().item()})
formats = {"below zero": ".0%", "came back": ".0%"}
formats |= {"loss, median": ".3f", "worst": ".3f"}
zero = torch.sin(5 * torch.linspace(-1, 1, 100)).square().mean()
caption = f"Five seeds; to answer 0 would have the loss {zero:.3f}"
show.table(rows, formats=formats, caption=caption)

# %% [markdown]
# Both push most of their units below zero at some time. Of the ReLUs hardly any come back, of the
# LeakyReLUs many do: a ReLU that is below zero learns nothing from its own gradient, a LeakyReLU
# goes on learning, and its loss comes down. (The step was chosen to make it happen. Where steps are
# small, units seldom die, so the paper's reason for LeakyReLU has to be measured in its own
# network: 002-Q10, below.)
#
# ## Batch normalization
#
# *Batch normalization* {cite:p}`ioffe2015batch` makes each channel of a layer have mean 0 and
# standard deviation 1 over the batch and all its pixels, then applies a learned scale $\gamma$ and
# a learned shift $\beta$:
#
# $$ v \leftarrow \gamma\, \frac{v - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta . $$

# %% tags=["nbval-check-output"]
maps = 3 + 5 * torch.randn(16, 8, 10, 10, generator=torch.Generator().manual_seed(0))
by_hand = maps - maps.mean((0, 2, 3), keepdim=True)
by_hand /= (maps.var((0, 2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
print("equals PyTorch:", torch.allclose(by_hand, nn.BatchNorm2d(8)(maps), atol=1e-5))

# %% [markdown]
# In training $\mu$ and $\sigma$ are those of the batch; afterwards, running averages from the
# training, so that the color of one picture does not depend on its neighbors.
#
# One paragraph of the paper has it after each convolution, another one for a whole block
# (002-X03). What is the difference? A convolution makes the numbers that it is given larger or
# smaller, by a factor that its weights decide. He's initialization aims at a factor of 1. We take
# its weights as they are, half as large and twice as large, and look at the standard deviation
# behind each block:

# %%
from huelab.data import Batches, open_dataset

wanted = {"targets": ("rgb", "gray", "lab"), "gray_formula": "lightness"}
batches = Batches(open_dataset(**config["train"]), **wanted, **config["batches"])
batch = next(iter(batches))
lightness = batch.lab[:, :1] / 50 - 1


# %%
def sizes(batch_norm, factor):
    """Standard deviation behind each block of an encoder, its weights scaled."""
    torch.manual_seed(0)
    part = VGG(batch_norm=batch_norm).encoder
    with torch.no_grad():
        for layer in part.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight *= factor
        values, behind = lightness, []
        for block in part.blocks:
            values, _ = block(values)
            behind.append(values.std().item())
    return behind


# %%
titles = [f"block {k}" for k in range(1, 6)]
rows = []
for name in ("none", "block", "convolution"):
    for factor in (0.5, 1, 2):
        row = {"batch normalization": name, "weights": f"× {factor:g}"}
        rows.append(row | dict(zip(titles, sizes(name, factor), strict=True)))
show.table(rows, formats=dict.fromkeys(titles, ".3g"))

# %% [markdown]
# Without normalization it all depends on the weights: a factor of two in each layer is a factor of
# $2^{13}$ behind thirteen. (At × 1 the numbers sink a little all the same: He's rule does not
# reckon with the zeros around the maps, which are small here.) With it the three scales of the
# weights end alike. (They end below 1 because LeakyReLU, which follows, shrinks the negative half.)
# One normalization for each block is enough for that; one for each convolution also sets right what
# happens inside a block. So much for the beginning of the training. That it gets faster (002-Q10)
# is more than this table can show: the run without normalization has a row below, after as many
# steps as the others.
#
# ## Tanh, and what a and b are divided by
#
# Tanh gives values in $(-1, 1)$, so $a$ and $b$ have to be divided by something. The paper does
# not say by what. Usual are 128 and 110. How far do the colors of a screen reach, and what is
# left of the gradient of tanh, $1 - \tanh^2$, out there?

# %%
from huelab.color import rgb_to_lab

levels = torch.linspace(0, 1, 33)
cube = torch.cartesian_prod(levels, levels, levels).T.reshape(1, 3, 33, -1)
reaches = rgb_to_lab(cube)[0, 1:].abs().amax((1, 2))
photographs = rgb_to_lab(batch.rgb)[:, 1:].abs().flatten().quantile(0.99)

# %%
rows = []
for scale in (110, 128):
    row = {
        "divided by": scale,
        "|a| up to": reaches[0] / scale,
        "|b| up to": reaches[1] / scale,
    }
    row["gradient at the most saturated"] = 1 - (reaches.max() / scale) ** 2
    row["gradient at the 99th percentile"] = 1 - (photographs / scale) ** 2
    rows.append({name: float(x) for name, x in row.items()} | {"divided by": scale})
show.table(rows, formats=dict.fromkeys(list(rows[0])[1:], ".2f"))

# %% [markdown]
# Both fit. Divided by 110, the most saturated blue lies so close to 1 that tanh hardly learns any
# more there. 99 of 100 values of $|a|$ and $|b|$ in the embedded pictures are below what the last
# column takes, and their gradients are larger still, so that this matters little. What does matter
# is that every error in a table depends on the divisor.
#
# ## Training
#
# The last parts, from the library: how lightness goes in and $a$, $b$ come out, and the loss, which
# the paper calls quadratic in one place and absolute in another (002-X02). We take the squared
# error; runs with the absolute error, and with both, have rows below. We divide $a$ and $b$ by 128.
# Adam has the paper's learning rate and its first β (002-H02, 002-H03). Pictures whose sides are no
# multiples of 32 are padded, and the answer is cut back. In numbers:

# %%
arguments = recipe.method_args.items()
show.table([{"argument": name, "value": value} for name, value in arguments])

# %%
show.source(VGG, "forward", "criterion", "optimizers")

# %%
from huelab.training import fit

torch.manual_seed(0)
network = VGG(**config["method_args"])
run = fit(network, batches, epochs=config["epochs"])
print(f"{run.steps} steps")

# %%
from huelab.color import gray_to_lightness

odd = torch.rand(1, 1, 123, 457)
lab = network.eval().predict_lab(odd)
print(tuple(odd.shape), "to", tuple(lab.shape))
assert torch.equal(lab[:, :1], gray_to_lightness(odd))
rgb = network.colorize(odd)
for name, end in {"RGB": rgb, "8 bits": (rgb * 255).round() / 255}.items():
    change = (rgb_to_lab(end)[:, :1] - lab[:, :1]).abs().max()
    print(f"L changes by at most {change:.2g} on the way to {name}")

# %% [markdown]
# Any size goes in. The lightness is not predicted but handed on. On the way to RGB it changes a
# very little, where colors that no screen can show are made paler; rounding to 8 bits takes more.
#
# Now pictures from three photographs that it has not seen, beside two answers that need no
# network: the *gray copy*, and the *mean color*, one pair $a$, $b$ for every pixel, the mean of
# the training pictures. The rows are chosen by a seed.

# %%
from huelab.color import rgb_to_gray
from huelab.methods.baselines import GrayCopy, MeanColor
from huelab.metrics import psnr

truth = torch.stack(list(open_dataset(**config["tests"][0]))).float() / 255
gray = rgb_to_gray(truth, "lightness")

# %% mystnb={"image": {"alt": "Six random pieces of test photographs in columns: gray copy, mean color, the briefly trained network, truth. Mean color tints all pieces the same; the network's colors are faint and brownish."}}
methods = {
    "gray copy": GrayCopy(),
    "mean color": MeanColor.fit(batch.rgb for batch in batches),
    "network": network,
}
colored = {name: method.colorize(gray) for name, method in methods.items()}
show.grid({**colored, "truth": truth}, n=6, seed=4)

# %%
for name, rgb in colored.items():
    value = psnr(rgb, truth, space="rgb", data_range=1).mean()
    print(f"{name}: {value:.2f} dB")

# %% [markdown]
# After so few steps on so few pictures this network knows nothing about the world; it has learned a
# tint. Here it loses to no color at all, as the mean color does: one that is right for wood and
# skin is wrong for a blue sky, and a wrong color costs more than none. This run only tests that
# everything works. What the network can become is in the records.
#
# ## Results
#
# The numbers of this section are read from [records](../book/results.md). A dash waits for its
# run. *PSNR* is that of RGB with range 1, and *PSNR, ab* that of $a$ and $b$ over 128 with range 2,
# both averaged over pictures; *MAE* is of the same $a$ and $b$. Why two, *Table 1* below explains.
# *ΔE00* is a color difference in which about 1 is just visible, *gap* the colorfulness minus that
# of the truth.

# %%
from huelab import records
from huelab.ledger import tables

found = records.find()
begun = tables.runs_of(recipe, found, "reduced")
complete = tables.runs_of(recipe, found, "full")
profile = "reduced" if begun and not complete else "full"


# %%
def scores(name, own=profile):
    """A row of results: means over seeds, with deviation where there are several."""
    one, pictures = get(name), {"averaging": "pictures"}

    def read(metric, **where):
        return tables.measured(one, found, own, metric, **where)

    return {
        "method": one.title,
        "PSNR, dB": read("psnr", space="rgb", **pictures),
        "PSNR, ab": read("psnr", space="ab/128", range="2", **pictures),
        "MAE": read("mae", space="ab/128"),
        "ΔE00": read("delta_e_2000"),
        "gap": read("colorfulness_gap"),
    }


# %%
places = {"fruits360_random": "vgg-fruits", "faces": "vgg-faces"}
blind = ("color-per-gray", "mean-color", "gray-copy")
rows = []
for place, name in places.items():
    rows.append(scores(name))
    rows += [scores(f"{b}-{place}") for b in blind]
show.table(rows, profile=profile)

# %% [markdown]
# "Best color per gray level" looks at one pixel at a time: it gives each gray level the mean color
# that it has in the training pictures. A network that is not ahead of this rule gives no sign of
# having used the shape of anything.

# %%
for place, name in places.items():
    rivals = [scores(f"{b}-{place}") for b in blind]
    mine = scores(name)["PSNR, dB"]
    for rival in rivals:
        if mine is not None and rival["PSNR, dB"] is not None:
            ahead = mine.mean - rival["PSNR, dB"].mean
            print(f"{name}: {ahead:+.2f} dB against {rival['method']}")

# %% [markdown]
# On the fruits the network of the reduced runs is far ahead of all three. On the faces it is about
# where the rule is that looks at one pixel at a time. Why fruits are so much easier is a question
# for *Reading with care*.
#
# All of these are small pictures. How far is it to the paper's numbers at its own 256 × 256? Runs
# of one and three epochs, in place of its hundred, beside the baselines on the same pictures.
# Between them stands a run of three epochs at the 100 × 100 that the fruits really have, and that
# the paper enlarges (002-X06). It learns from pieces of 64 × 64 and meets whole pictures only in
# the test, so that its row is about that as well:

# %%
short = [f"vgg-fruits-{name}" for name in ("one-epoch", "three-epochs", "native")]
rows = [scores(name, tables.best_profile([get(name)], found)) for name in short]
rows += [scores(f"{b}-fruits360_random", "full") for b in blind]
show.table(rows, profile="one and three epochs of 100; baselines full")

# %%
psnr_said, mae_said = (float(claims[f"002-R0{k}"].value) for k in (3, 1))
for name, row in zip(short, rows, strict=False):
    if row["MAE"] is not None:
        for column in ("PSNR, dB", "PSNR, ab"):
            print(f"{name}: {column} {row[column].mean - psnr_said:+.2f} dB")
        print(f"{name}: MAE {row['MAE'].mean / mae_said:.2f} times the paper's")

# %% [markdown]
# The paper does not say which PSNR it prints, and the answer depends on it by decibels. Which is
# the more likely is the question of *Table 1*. At 256 × 256 the recorded short runs are below the
# paper's number in PSNR of RGB and above it in PSNR of $a$ and $b$. At 100 × 100 the run is below it
# in both. None of this compares two networks: our pictures are others, of 30 classes. Three epochs
# score lower than one here. Each of the two is a single run, so that this may be chance.
#
# The ledger judges each claim by what was expected of it. The table says on which day that was
# *written*, and what was *changed* after the first run. Each value is the mean over the seeds with
# its 95 % interval in brackets. A direction, lower or higher, can agree or disagree in reduced runs
# on pictures that stand in for the paper's. A number of the paper is *not comparable* there. It
# will stay so in full runs, because the usual protocol cannot be the paper's (*Table 1*). Where the
# interval does not clear its margin, or fewer than three seeds have run, the verdict is
# *inconclusive*. PSNR is here the usual one, of RGB. The quantities with names of their own:
# `uncolored_pixels`, the share of colored pixels that come out gray; `hue_error`, the angle between
# true and given hue, in degrees; `color_leaking`, the share of the change of color that lies
# next to an edge instead of on it ({doc}`07_metrics`); `chroma_overexposed`, the chroma given to
# very light places of pictures that were made four times as light; `tint_halo`, the error of $a$,
# $b$ in a ring around a disc of red light, against that without the light. Three claims are about
# borders: faces keep theirs (002-Q04), fruits keep theirs (002-Q12), and fruits do so better than
# faces (002-Q08). The first comes from another section of the paper than the other two, and the two
# sections contradict each other about faces. That is seen by reading (002-X04): no run decides it,
# and it has no row here.

# %%
from huelab.ledger import compared, resolve

judged = compared(resolve(claims[key] for key in told))
show.table(judged, profile="as each row says")

# %% [markdown]
# Read each verdict with its claim. 002-R08 says that PSNR is "slightly" lower on faces; we called
# up to 2 dB slight. 002-Q02 was measured on the random split, about which more below. 002-Q01,
# 002-Q04, 002-Q05 and 002-Q12 each ask for more than a baseline has: one color for all pictures
# leaves nothing uncolored, and one color for each level of gray hardly leaks.

# %% [markdown]
# ### Rare hues
#
# Green fails on faces, says the paper, possibly for want of green in the training images
# (002-Q05). If that is the reason, a hue should come out the worse, the rarer it is. For each
# twelfth of the circle of hues: the share of the training pixels that have it, and ΔE00 on the
# test pixels that have it. But a rare hue is also far from the mean of all colors, and a method that
# guesses near the mean errs there most. So the right panel shows the mean color.

# %%
import math

from huelab.color import lab_to_rgb

hues = []
for start in range(0, 360, 30):
    row = {"hue": start}
    for column, name, metric in (
        ("share", "gray-copy-faces", "training_hue"),
        ("network", "vgg-faces", "delta_e_2000_hue"),
        ("mean color", "mean-color-faces", "delta_e_2000_hue"),
    ):
        cell = tables.measured(get(name), found, profile, f"{metric}_{start:03}")
        row[column] = None if cell is None else cell.mean
    hues.append(row)
hues = [row for row in hues if None not in row.values()]


# %% mystnb={"image": {"alt": "Two panels of twelve dots in the colors of their hues, the error over the share of training pixels. In both the error falls from rare to frequent hues."}}
fig, axes = plt.subplots(1, 2, figsize=(7, 3), sharey=True, layout="constrained")
for ax, column in zip(axes, ("network", "mean color"), strict=True):
    for row in hues:
        middle = torch.tensor(math.radians(row["hue"] + 15))
        lab = torch.stack([torch.tensor(60.0), 40 * middle.cos(), 40 * middle.sin()])
        ink = lab_to_rgb(lab.view(1, 3, 1, 1)).flatten().tolist()
        ax.scatter(row["share"], row[column], color=[ink], s=60)
        ax.annotate(f" {row['hue']}°", (row["share"], row[column]), fontsize=7)
    ax.set(xscale="log", xlabel="share of the training pixels", title=column)
axes[0].set_ylabel("ΔE00 on test pixels")
show.stamp(fig, profile)

# %%
from scipy.stats import spearmanr

for column in ("network", "mean color"):
    pairs = [(row["share"], row[column]) for row in hues]
    if pairs:
        print(f"{column}: rank correlation {spearmanr(pairs).statistic:+.2f}")

# %% [markdown]
# In the recorded runs the rare hues come out worst, and green is among them. But the mean color,
# which knows nothing of any hue, shows the same order. So want of examples is not shown to be the
# reason: a method that guesses near the mean errs most on what is far from the usual, with many
# examples or with few.
#
# %% [markdown]
# ### What its parts are worth
#
# One part is changed at a time, everything else stays, the number of steps among it. *Dead* is the
# share of units that answer 0 to every test picture, *below zero* the share that are never above it
# (a LeakyReLU can be, and still let something through), *peak* the power at the Nyquist frequency
# in dB as above, *leaking* `color_leaking`.

# %%
parts = ["fruits", "l1", "l1-mse", "unet", "pretrained", "transposed", "pooling"]
parts += ["relu", "no-batchnorm", "batchnorm-per-block"]
varied = [get(f"vgg-{name}") for name in parts]
shared = tables.best_profile(varied, found)
measures = {"dead": "dead_units", "below zero": "negative_units"}
measures |= {"peak": "nyquist_peak", "leaking": "color_leaking"}
rows = []
for variant in varied:
    row = scores(variant.name, shared)
    del row["PSNR, ab"], row["gap"]
    for column, metric in measures.items():
        row[column] = tables.measured(variant, found, shared, metric)
    rows.append(row)
show.table(rows, profile=shared)

# %% [markdown]
# Where no "±" stands there is one seed, and a small difference may be chance. With transposed
# convolutions the peak is still there after the training, smaller than that of the random layer
# above: the checkerboard was not unlearned (002-Q09). *Leaking* of the row with a high peak says
# nothing: checks change color everywhere, on the edges too. With skips color ends where things end,
# since the decoder sees the edges; whether its other columns stay behind in a longer training, so
# short a run cannot tell. The pretrained encoder has no row before its weights are downloaded; it
# was trained with ReLU and max pooling and has to get used to both changes, so that its row will
# not be about its weights alone.
#
# 002-Q10 has three parts, and its verdict above is on all three: LeakyReLU against dead units,
# batch normalization for speed, no pooling against distortion. Singly:

# %%
def change(name, metric, **where):
    """By how much a variant differs from vgg-fruits; None before its run."""
    pair = (get(name), get("vgg-fruits"))
    cells = [tables.measured(one, found, shared, metric, **where) for one in pair]
    return None if None in cells else cells[0].mean - cells[1].mean


decibels = {"space": "rgb", "averaging": "pictures"}
rows = [
    {"instead": name, "of": metric, "more": change(f"vgg-{name}", metric, **where)}
    for name, metric, where in (
        ("relu", "dead_units", {}),
        ("no-batchnorm", "psnr", decibels),
        ("pooling", "color_leaking", {}),
    )
]
show.table(rows, formats={"more": "+.4f"}, profile=shared)

# %% [markdown]
# Hardly any unit dies with ReLU at this rate and in so short a training, so that there is little to
# avoid. And without batch normalization
# the network is *ahead* after as many steps. Why, these runs do not tell. With He's initialization
# there was little to set right, as the table of standard deviations has shown, and the statistics
# of 16 pictures are noisy; both are guesses.

# %% [markdown]
# ## Reading with care
#
# ### Table 1: three columns, one measurement?
#
# The paper's only table, for each of its two sets: the mean absolute error (MAE), the mean
# squared error (MSE) and PSNR. Color space, range and averaging are not stated. From the numbers
# alone, what can be said?

# %%
ids = {"Fruits-360": ("R01", "R02", "R03"), "FFHQ": ("R04", "R05", "R06")}
printed = {
    name: [float(claims[f"002-{key}"].value) for key in keys]
    for name, keys in ids.items()
}

# %% tags=["nbval-check-output"]
rows = [
    {
        "set": name,
        "MAE": mae,
        "MSE": mse,
        "PSNR": decibels,
        "√MSE / MAE": mse**0.5 / mae,
    }
    for name, (mae, mse, decibels) in printed.items()
]
show.table(rows, formats={"√MSE / MAE": ".3f"})

# %% [markdown]
# **MAE and MSE.** A mean of squares is never below the square of the mean, so
# $\sqrt{\mathrm{MSE}} / \mathrm{MAE} \geq 1$ whatever was measured, and the more the errors are
# concentrated on few pixels, the larger it is. Both sets pass. The same quotient in the recorded
# baselines:

# %%
sets = {"Fruits-360": ("fruits360", "fruits360_random"), "FFHQ": ("faces",)}
ours = {"Fruits-360": "our fruits", "FFHQ": "our faces"}


def recorded(name, metric, **where):
    """A metric of the baselines that are recorded on what stands in for a set."""
    recipes = [get(f"{b}-{place}") for place in sets[name] for b in blind]
    cells = [tables.measured(r, found, "full", metric, **where) for r in recipes]
    return torch.tensor([cell.mean for cell in cells if cell is not None])


# %%
rows = []
for space in ("rgb", "ab/128", "lab"):
    row = {"errors of": space}
    for name, (mae, mse, _) in printed.items():
        errors = [recorded(name, metric, space=space) for metric in ("mse", "mae")]
        quotients = errors[0].sqrt() / errors[1]
        low, high, printed_one = quotients.min(), quotients.max(), mse**0.5 / mae
        row[ours[name]] = f"{low:.3f} to {high:.3f}"
        row[f"{name} inside"] = bool(low <= printed_one <= high)
    rows.append(row)
show.table(rows, profile="full", caption="√MSE / MAE of the baselines")

# %% [markdown]
# (In `lab` the exact L adds a third channel without error, which raises the quotient.) In no space
# do both of the paper's quotients lie inside. But a network is no baseline, and the only bound that
# holds for every network, 1, is kept. So MAE and MSE can belong together, in any of these spaces; a
# common factor such as 110 or 128 cancels.
#
# **MSE and PSNR.** For a peak $R$, the range of the values, $\mathrm{PSNR} = 10 \log_{10}(R^2 /
# \mathrm{MSE})$. Let us call *lead* the PSNR minus what the MSE would give with $R = 1$:
#
# $$ \mathrm{lead} = \mathrm{PSNR} + 10 \log_{10} \mathrm{MSE} . $$
#
# A better or worse network moves both terms. If both numbers are of the same values and come from
# all pixels together (*pooled*), the lead is exactly $20 \log_{10} R$, whatever the network; so it
# tells which measurement was made. With other averages that is only roughly so.

# %%
lead = {
    name: decibels + 10 * math.log10(mse)
    for name, (_, mse, decibels) in printed.items()
}

# %% tags=["nbval-check-output"]
rows = [
    {"set": name, "lead, dB": x, "range it would need": 10 ** (x / 20)}
    for name, x in lead.items()
]
for r in (1, 2):
    print(f"a range of {r} has the lead {20 * math.log10(r):.2f} dB")
show.table(rows, formats={"lead, dB": ".2f", "range it would need": ".2f"})

# %% [markdown]
# Each set needs a range of its own. With one range for both, the lower MSE would have the higher
# PSNR; in the table it has the lower one (002-X05). So PSNR was not computed from the printed MSE
# (002-X01): **a pooled PSNR of the same values is excluded, for every space and every fixed
# range**, as long as both sets were measured alike. (A range that is taken from each set's own
# values, as some code does, is not fixed.)
#
# **MAE and PSNR.** As MSE is at least the square of MAE, a pooled PSNR is at most $20 \log_{10}
# (R / \mathrm{MAE})$:

# %% tags=["nbval-check-output"]
for r in (1, 2):
    for name, (mae, _, decibels) in printed.items():
        most = 20 * math.log10(r / mae)
        fits = "possible" if decibels <= most else "impossible"
        print(
            f"range {r}, {name}: at most {most:.2f} dB, printed {decibels}: {fits}"
        )

# %% [markdown]
# If they are pooled and of the same values, the two columns exclude each other with range 1, even
# without the third.
#
# **Averages.** The usual alternative is the PSNR of each picture, averaged. The logarithm makes
# this mean larger than the pooled value, never smaller. So the lead has a lower bound, and what is
# above the bound depends on how unequal the pictures are. (The mean over batches, which is also
# common, lies between the two and has the same bound.) For that we need real pictures: the recorded
# baselines. For each protocol, that is for each way to measure MSE and PSNR, we compute their
# leads, and how many dB the paper's leads lie outside, both sets added up (*off*). *L, a, b* counts
# the L that is handed on as a third channel, which takes a third off the MSE.

# %%
from itertools import product

third = 10 * math.log10(3 / 2)
# shown name -> the space in the records, and by how many dB its MSE is lower
errors_of = {
    "RGB": ("rgb", 0),
    "ab/128": ("ab/128", 0),
    "ab/110": ("ab/110", 0),
    "L, a, b/128": ("ab/128", third),
}
# shown name, range -> the space in the records, by how many dB its PSNR is higher
psnr_of = {("RGB", 1): ("rgb", 0)}
for r in (1, 2):
    psnr_of |= {(s, r): (s, 0) for s in ("ab/128", "ab/110")}
    psnr_of["L, a, b/128", r] = ("ab/128", third)


# %%
def leads(name, error, measure, averaging):
    """The leads of the baselines on one set, in one protocol."""
    (space, mse_lower), (other, psnr_higher) = errors_of[error], psnr_of[measure]
    where = {"space": other, "range": str(measure[1]), "averaging": averaging}
    in_decibels = 10 * recorded(name, "mse", space=space).log10() - mse_lower
    return recorded(name, "psnr", **where) + psnr_higher + in_decibels


# %%
ways = []
for error, measure, averaging in product(errors_of, psnr_of, ("pooled", "pictures")):
    row = {"MSE of": error, "PSNR of": measure[0], "range": measure[1]}
    row |= {"averaging": averaging, "off": 0.0}
    for name in sets:
        its_leads = leads(name, error, measure, averaging)
        low, high = its_leads.min().item(), its_leads.max().item()
        row[ours[name]] = f"{low:.2f} to {high:.2f}"
        row["off"] += max(0, low - lead[name], lead[name] - high)
    ways.append(row)
ways.sort(key=lambda row: row["off"])

# %%
inside = [row for row in ways if row["off"] == 0]
paper = {"MSE of": "the paper's lead"} | {
    ours[name]: f"{x:.2f}" for name, x in lead.items()
}
shown = ["MSE of", "PSNR of", "range", "averaging", *ours.values(), "off"]
caption = f"The paper, and the ten nearest of {len(ways)} protocols; dB"
rows, formats = [paper, *ways[:10]], {"off": ".2f"}
show.table(rows, columns=shown, formats=formats, caption=caption, profile="full")

# %%
print("protocols in which both sets lie among the baselines:", len(inside))
assert not inside
nearest = {row["averaging"]: row for row in reversed(ways)}
for averaging, row in nearest.items():
    print(f"nearest, {averaging}: off by {row['off']:.2f} dB, range {row['range']}")
nearest_one = next(row for row in ways if row["range"] == 1)
print(f"nearest with range 1: off by {nearest_one['off']:.2f} dB")
usual = ("ab/128", "RGB", 1, "pictures")
off = next(row["off"] for row in ways if tuple(row[k] for k in shown[:4]) == usual)
print(f"MSE of ab/128, PSNR of RGB, pictures: off by {off:.2f} dB")

# %% [markdown]
# In no protocol do both sets agree with what was recorded. But a network need not be like the
# baselines: if it colors some pictures almost perfectly, its mean over pictures is further above
# the pooled value than theirs. *Below* it cannot be, whatever colors the pictures. So some protocols
# are excluded for good. Take those in which MSE and PSNR come from the same color space, up to a
# divisor or the L that is handed on. There the pooled lead is a fixed number. If PSNR is pooled,
# the paper's lead must equal it; if it is averaged over pictures, it must not be below. A protocol
# that fails this on either set is excluded. Where MSE and PSNR are of different spaces nothing
# follows. (A twentieth of a dB is allowed for the rounding of the printed numbers.) What remains?


# %%
def excluded(row):
    """Whether arithmetic alone speaks against a protocol, whatever was colored."""
    error, measure = row["MSE of"], (row["PSNR of"], row["range"])
    if (error == "RGB") != (measure[0] == "RGB"):
        return False  # of different spaces: nothing follows
    above = []
    for name, x in lead.items():
        above.append(x - leads(name, error, measure, "pooled").min().item())
    return min(above) < -0.05 or (row["averaging"] == "pooled" and max(above) > 0.05)


# %%
left = [row for row in ways if not excluded(row)]
caption = f"Nearest of the {len(left)} that remain of {len(ways)}; dB"
rows = [paper, *left[:8]]
assert {(row["range"], row["averaging"]) for row in left[:3]} == {(2, "pictures")}
show.table(rows, columns=shown, formats=formats, caption=caption, profile="full")

# %% [markdown]
# The first rows are one reading, because the divisor and the exact L cancel: **MSE and PSNR of
# the same values, $a$ and $b$ or Lab, with range 2, one PSNR for each picture, then averaged**.
# The lead of FFHQ lies within what was recorded for it. That of Fruits-360 lies above, so the
# network's errors would have to differ more from picture to picture than those of the baselines;
# exercise 3 computes how much. It is a reading that is possible, not one that is shown to be
# right. Our pictures are not the paper's, and the leads depend on the pictures, too. The leads of
# our own runs, in this reading, as far as they are recorded:

# %%
for name in places.values():
    psnr_cell, mse_cell = (
        tables.measured(get(name), found, profile, metric, space="ab/128", **where)
        for metric, where in (
            ("psnr", {"range": "2", "averaging": "pictures"}),
            ("mse", {}),
        )
    )
    if psnr_cell is not None:
        own = psnr_cell.mean + 10 * math.log10(mse_cell.mean)
        print(f"{name}, {profile}: lead {own:.2f} dB")

# %% [markdown]
# Compare with the paper's leads. On the fruits our short run colors far better than the baselines,
# and yet its lead lies among theirs, well below the paper's. So it gives no sign that a network's
# errors differ so much from picture to picture, which speaks against the reading. (It saw small
# pictures of 30 classes instead of 131.) On the faces its lead is near the paper's.
#
# One thing speaks for the reading: range 2 is what scikit-image takes unasked, where the true
# picture holds floating point numbers in [−1, 1] of which one is negative.

# %%
import numpy as np
from skimage.metrics import peak_signal_noise_ratio

signed = np.linspace(-1, 1, 100)
wrong = 0.9 * signed

# %% tags=["nbval-check-output"]
for name, x, y in (
    ("signed", signed, wrong),
    ("not negative", signed**2, 0.9 * signed**2),
):
    unasked = peak_signal_noise_ratio(x, y)
    squared = ((x - y) ** 2).mean()
    print(f"{name}: range {10 ** ((unasked + 10 * math.log10(squared)) / 20):.0f}")

# %% [markdown]
# **What the numbers are worth.** In that reading, and with either divisor since it fixes none, the
# baselines of our stand-ins score:

# %%
signal = {"range": "2", "averaging": "pictures"}
columns = {"MAE": ("mae", {}), "MSE": ("mse", {}), "PSNR": ("psnr", signal)}
stand_ins = {"Fruits-360": "fruits360_random", "FFHQ": "faces"}

# %%
rows, ahead = [], []
for name, place in stand_ins.items():
    paper = dict(zip(columns, printed[name], strict=True))
    rows.append({"pictures": name, "method": "the paper"} | paper)
    for b, space in product(blind, ("ab/128", "ab/110")):
        one = get(f"{b}-{place}")
        row = {"pictures": ours[name], "method": one.title.split(",")[0]}
        row["of"] = space
        for column, (metric, where) in columns.items():
            cell = tables.measured(one, found, "full", metric, space=space, **where)
            row[column] = cell.mean
            sign = -1 if column == "PSNR" else 1  # of errors the least is best
            if sign * cell.mean < sign * paper[column]:
                ahead.append(f"{ours[name]}, {space}, {column}: {row['method']}")
        rows.append(row)
order = ["pictures", "method", "of", *columns]
formats = {"MAE": ".3f", "MSE": ".4f", "PSNR": ".2f"}
show.table(rows, columns=order, formats=formats, profile="full")

# %%
print("ahead of the paper's numbers:", *ahead, sep="\n")

# %% [markdown]
# Other pictures, so no verdict about the paper's network. But it shows how little a table of errors
# says by itself: on pictures of the same kind, rules that know nothing of what is in them come out
# ahead in some of its columns. It needs its protocol, and it needs the row of a method that knows
# nothing.
#
# ### What the gray copy already scores
#
# How hard pictures are to color depends on how far they are from gray, so the gray copy is where
# one has to count from, with the same pictures and in the same measure.

# %%
rows = []
for place in ("fruits360_random", "fruits360", "fruits360_by_class", "faces"):
    row = {"pictures": place}
    for b in ("gray-copy", "mean-color"):
        its = scores(f"{b}-{place}", "full")
        for measure in ("PSNR, dB", "PSNR, ab"):
            row[f"{measure}, {b.replace('-', ' ')}"] = its[measure]
    rows.append(row)
show.table(rows, profile="full", caption="256 pixels; PSNR of RGB, and of a and b")

# %% [markdown]
# The white background of the fruits costs the gray copy nothing. What is in front of it is so
# colorful that with all classes in the test (the first two rows) fruits score below faces all the
# same.
#
# ### Frames of a film on both sides
#
# The pictures of Fruits-360 are frames of short films: a fruit turns once before the camera
# {cite:p}`muresan2018fruit`. If frames are dealt out at random, almost every test picture has a
# neighbor in the training set that shows the same fruit a degree further on. A network may then look
# up a color instead of knowing one. The data set also has an official split. Does it keep the films
# apart? The names of the files hold film and frame, and the list of all files comes with the library:

# %%
import csv
import gzip
import random
import re
import statistics
from importlib.resources import files

listing = files("huelab.data") / "manifests" / "fruits360.csv.gz"
lines = gzip.decompress(listing.read_bytes()).decode().splitlines()
parts = re.compile(r"(train|test)/(.+?)(\d+)_100\.jpg")  # side, film, frame
frames = [parts.fullmatch(row["file"]).groups() for row in csv.DictReader(lines)]
frames = [(side, film, int(frame)) for side, film, frame in frames]
length = 1 + max(frame for *_, frame in frames)


# %%
def to_nearest(train, test):
    """Frames from each test picture to the nearest training picture of its film."""
    known = {film: [] for film, _ in train + test}
    for film, frame in train:
        known[film].append(frame)
    return [
        min((abs(frame - other) for other in known[film]), default=math.inf)
        for film, frame in test
    ]


# %% tags=["nbval-check-output"]
sides = ("train", "test")
official = {side: [f[1:] for f in frames if f[0] == side] for side in sides}
dealt = random.Random(0).sample([f[1:] for f in frames], len(frames))
dealt = {"train": dealt[500:], "test": dealt[:500]}
rows = []
for name, split in {"at random": dealt, "official": official}.items():
    films = [{film for film, _ in pictures} for pictures in split.values()]
    median = statistics.median(to_nearest(**split))
    row = {"split": name, "films": len(films[0] | films[1])}
    row |= {"on both sides": len(films[0] & films[1]), "frames away": median}
    rows.append(row | {"degrees away": 360 * median / length})
caption = f"To the nearest training frame of the film, of up to {length}; median"
show.table(rows, formats=dict.fromkeys(list(rows[0])[3:], ".0f"), caption=caption)

# %% [markdown]
# The official split has every film on both sides, too. Its test pictures come from other stretches of
# the same turns: the fruit, the light and the camera are those of the training. Such a test asks for
# the colors of a known fruit from a few degrees further on. (The random split here is drawn anew, in
# the way of `fruits360_random`.)
#
# How alike are the pictures themselves? The recorded distance of each test picture to the nearest
# training picture, in gray at 16 × 16 pixels, the median. Two more sets are in the table: `by_class`,
# which has all varieties of a fruit on one side, and the faces.

# %%
rows = []
for place in ("fruits360_random", "fruits360", "fruits360_by_class", "faces"):
    one = get(f"gray-copy-{place}")
    distance = tables.measured(one, found, "full", "nearest_training_gray")
    rows.append({"pictures": place, "distance": distance})
show.table(rows, profile="full", caption="RMS of gray in [0, 1]")

# %% [markdown]
# Three runs differ in the split. In the third the test has fruits that were never trained on. That is
# more than a test without near frames: it is a harder question. The test pictures differ in
# difficulty, too, so each row also has the best of the three methods that know nothing of fruits.
# *ahead* is the network's lead over it, in three measures; a minus says that the network is behind.
# *hue* is `hue_error`, in degrees.

# %%
splits = {"at random": ("", "_random"), "official": ("-official", "")}
splits["by fruit"] = ("-by-class", "_by_class")
measures = {
    "PSNR, dB": ("psnr", {"space": "rgb", "averaging": "pictures"}, 1),
    "ΔE00": ("delta_e_2000", {}, -1),
    "hue": ("hue_error", {}, -1),
}


# %%
def best_blind(place, metric, where, sign):
    """The best of the methods that know nothing and its value; None without any."""
    known = {}
    for b in blind:
        one = get(f"{b}-fruits360{place}")
        cell = tables.measured(one, found, profile, metric, **where)
        known |= {} if cell is None else {b: cell.mean}
    name = max(known, key=lambda b: sign * known[b], default=None)
    return name, known.get(name)


# %%
rows = []
for split, (suffix, place) in splits.items():
    for measure, (metric, where, sign) in measures.items():
        one = get(f"vgg-fruits{suffix}")
        mine = tables.measured(one, found, profile, metric, **where)
        name, best = best_blind(place, metric, where, sign)
        row = {"split": split, "measure": measure, "network": mine}
        row |= {"best that knows nothing": name, "its value": best, "ahead": None}
        if mine is not None and best is not None:
            row["ahead"] = sign * (mine.mean - best)
        rows.append(row)
show.table(rows, formats={"its value": ".2f", "ahead": "+.2f"}, profile=profile)

# %%
lost = [row for row in rows if (row["ahead"] or 0) < 0]
behind = [f"{row['split']}, {row['measure']}" for row in lost]
print("the network is behind:", "; ".join(behind) or "nowhere")

# %% [markdown]
# In the recorded runs the lead on the official split is a little smaller than on the random one, in
# each measure. On fruits that were never trained on, most of it is gone. Of the three measures only
# PSNR still has the network ahead: in ΔE00 and in hue it is behind a rule that looks at one pixel at
# a time. So most of the lead is that of a network that has seen these very fruits, and these runs
# give no sign that it can tell from a shape what color an unknown fruit has. How much is certain? The
# official split and the split by fruit have one seed each, and the last test has three fruits in
# place of 30 classes. Much may depend on which three were drawn.
# ### Any size
#
# "Any resolution" (002-A02) is true of the arithmetic. But on a large photograph the network's
# window covers less of the scene than in its training, and the memory it needs grows with the
# pixels. So HueLab lets a network see a photograph at a working size and carries only $a$ and $b$
# back up, beside the original $L$. Bilinear enlargement alone would let color run over edges. The
# *guided filter* {cite:p}`he2010guided` uses that within a small window color is nearly a straight
# line in lightness. HueLab takes its slopes $s$, fitted by least squares in each window of the
# small picture, and lets color follow the lightness that only the large picture shows:
#
# $$ ab = \mathrm{up}(ab_\mathrm{small}) + \mathrm{up}(s)\, L
#   - \mathrm{up}(s\, L_\mathrm{small}), $$
#
# up being the bilinear enlargement. (The filter itself averages the whole lines, the offsets too,
# which costs some of the color that the small picture has.) `box` is the mean over a window, and
# `epsilon` keeps slopes small where lightness hardly varies and nothing can be learned from it.

# %%
from huelab.color.upsample import box, carry_up, fit_lines

show.source(fit_lines)

# %%
show.source(box)

# %% [markdown]
# To see what the way up costs, apart from any network, we give it the *true* colors of 16 pieces
# of test photographs, four times smaller.

# %%
from huelab.metrics import color_leaking

large = torch.stack(list(open_dataset("embedded", "test", 256, n=16))).float() / 255
true_lab = rgb_to_lab(large)
small = rgb_to_lab(
    F.interpolate(large, scale_factor=1 / 4, mode="bilinear", antialias=True)
)

# %%
ways_up = {
    "bilinear": F.interpolate(small[:, 1:], large.shape[2:], mode="bilinear"),
    "along edges": carry_up(small[:, 1:], small[:, :1], true_lab[:, :1]),
}
labs = {name: torch.cat([true_lab[:, :1], ab], 1) for name, ab in ways_up.items()}
rows = []
for name, lab in labs.items():
    leak = color_leaking.of_lab(lab, true_lab).nanmean().item()
    wrong_by = (lab - true_lab)[:, 1:].square().mean().sqrt().item()
    rows.append({"way up": name, "leaking": leak, "error of a, b": wrong_by})
show.table(rows, formats={"leaking": ".3f", "error of a, b": ".2f"})

# %%
assert rows[1]["leaking"] < rows[0]["leaking"]
assert rows[1]["error of a, b"] < rows[0]["error of a, b"]

# %%
from huelab.color import fit_gamut, lab_to_rgb

leaks = [color_leaking.of_lab(lab, true_lab) for lab in labs.values()]
middle = int((leaks[0] - leaks[1]).argsort()[8])
detail = (slice(None), slice(80, 176), slice(80, 176))

# %% mystnb={"image": {"alt": "A detail of a photograph three times, below it its color alone, all equally light. With bilinear enlargement color is blurred over the edges; along edges it ends nearly where the objects end, as in the truth."}}
views = {}
for light, ending in ((None, ""), (60.0, ", color alone")):
    for name, lab in {**labs, "truth": true_lab}.items():
        lab = lab[middle : middle + 1].clone()
        lab[:, 0] = lab[:, 0] if light is None else light
        views[name + ending] = lab_to_rgb(fit_gamut(lab))[0][detail]
show.pictures(views, ncols=3, size=230)

# %% [markdown]
# The picture is the one in the middle of the 16 by what was gained. Look along the edges in the
# lower row. Much of the leaking stays. Where two colors are equally light there is no edge to
# follow, and color stays blurred; where one color has light and shade, some is invented.
#
# `huelab.colorize` works this way, and in strips, so that nothing but the result is ever held at
# full size in floating point. Here is what a large photograph took, recorded beside the simplest
# way, bilinear enlargement of the whole picture. The memory is that of the whole process, with
# PyTorch, the network and the photograph:

# %%
from huelab import colorize

portrait = open_dataset("embedded", "test", None)[0].permute(1, 2, 0).numpy()
result = colorize(portrait, method=network, size=64)
print(f"{portrait.shape} at a working size of 64: {result.shape}")
for record in records.find("bench-photograph"):
    print("{width} × {height} pixels, {threads} thread".format(**record.config))
    for m in record.metrics:
        print(f"{m.name}: {m.value:.4g}")

# %% [markdown]
# ## Exercises
#
# Try first, then unfold the solution.
#
# **Exercise 1: count by hand.** Write down the parameters of the decoder's ten convolutions
# without building it, from the rule "512, halved in every block, two convolutions each, two
# channels at the end". Compare with the table above.

# %% tags=["solution", "hide-cell"]
filters, by_rule = 512, []
for k in range(5):
    fewer = filters // 2
    out = 2 if k == 4 else fewer
    by_rule.append(filters * fewer * 9 + fewer + fewer * out * 9 + out)
    filters = fewer
print([f"{n:,}" for n in by_rule])
assert by_rule == [row["parameters"] for row in counted[5:]]

# %% [markdown]
# **Exercise 2: VGG16's own receptive field.** With pooling the arithmetic is another one: pooling
# is a layer with a window of 2 and a stride of 2. How far does VGG16 see behind its last pooling?
# Check it with a gradient, on a network with one channel that averages where VGG16 takes the
# largest (the gradient of a maximum reaches only one pixel).

# %% tags=["solution", "hide-cell"]
field, step, layers = 1, 1, []
for layer in original.features:
    if isinstance(layer, nn.Conv2d):
        field += 2 * step
        layers.append(nn.Conv2d(1, 1, 3, padding=1, bias=False))
    elif isinstance(layer, nn.MaxPool2d):
        field, step = field + step, 2 * step
        layers.append(nn.AvgPool2d(2))
thin = nn.Sequential(*layers)
for parameter in thin.parameters():
    nn.init.constant_(parameter, 0.2)
image = torch.ones(1, 1, 512, 512, requires_grad=True)
(back,) = torch.autograd.grad(thin(image)[0, 0, 8, 8], image)
rows_seen = int((back[0, 0] != 0).any(1).sum())
print(f"VGG16 {field} pixels, with stride instead of pooling {reach}")
assert rows_seen == field == 212

# %% [markdown]
# **Exercise 3: how unequal must pictures be?** Suppose the PSNR of single pictures is spread like
# a normal distribution with the standard deviation $s$, in dB. Then the mean over pictures is above
# the pooled value by $s^2 \ln 10 / 20$. Check this with random numbers. Then compute which $s$
# Table 1 would need with range 1 and with range 2, for both sets, and which one the recorded
# baselines have. How often would two pictures differ by more than 20 dB, a factor of a hundred in
# squared error?

# %% tags=["solution", "hide-cell"]
torch.manual_seed(0)
spread = 5.0
single = 25 + spread * torch.randn(1_000_000, dtype=torch.float64)
pooled = -10 * (10 ** (-single / 10)).mean().log10()
above_it = single.mean() - pooled
assert abs(above_it - spread**2 * math.log(10) / 20) < 0.1


def spread_of(above):
    """The standard deviation that lifts a mean so far above the pooled value."""
    return (20 * above / math.log(10)) ** 0.5


# %% tags=["solution", "hide-cell"]
for name, x in lead.items():
    for r in (1, 2):
        s = spread_of(x - 20 * math.log10(r))
        apart = math.erfc(20 / (2 * s))
        print(f"{name}, range {r}: {s:.1f} dB, 20 dB apart {apart:.1%} of pairs")
    means, pools = (
        recorded(name, "psnr", space="ab/128", range="2", averaging=averaging)
        for averaging in ("pictures", "pooled")
    )
    spreads = [spread_of(x) for x in (means - pools).tolist()]
    print(f"{ours[name]}, baselines: {min(spreads):.1f} to {max(spreads):.1f} dB")

# %% [markdown] tags=["solution"]
# :::{dropdown} What the numbers say
# With range 2 the faces need about what the baselines have on ours, but the fruits more than any of
# them. With range 1 both need about twice as much as any baseline has, or more.
# :::

# %% [markdown]
# **Exercise 4: a transposed convolution without checks.** Enlarged bilinearly, each new pixel lies
# a quarter of a pixel beside an old one: along each axis it takes ¾ of the nearer and ¼ of the
# farther. Find a kernel of 4 × 4 with which a transposed convolution of stride 2 does the same.
# Compare with `F.interpolate`, away from the border, and show with `peak_of_checkerboard` that the
# peak is gone.

# %% tags=["solution", "hide-cell"]
line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
smooth_up = nn.ConvTranspose2d(1, 1, 4, 2, 1, bias=False)
smooth_up.weight.data[0, 0] = line[:, None] * line[None]
torch.manual_seed(0)
clouds = F.avg_pool2d(torch.randn(1, 1, 48, 48), 17, 1)
with torch.no_grad():
    by_layer = smooth_up(clouds)[..., 2:-2, 2:-2]
interpolated = F.interpolate(clouds, scale_factor=2, mode="bilinear")
assert torch.allclose(by_layer, interpolated[..., 2:-2, 2:-2], atol=1e-6)
colors = 160 * by_layer.expand(-1, 2, -1, -1)  # as a and b, in the units of Lab
peak = peak_of_checkerboard(colors)
print(f"peak {peak.item():.1f} dB")
random_weights = peak_of_checkerboard(answers(makers["transposed, 4 × 4"], 0))
print(f"with random weights {random_weights.item():.1f} dB")
assert peak < 1 < random_weights

# %% [markdown]
# ## What to remember
#
# - Without dense layers a network takes any size, and most of VGG16's parameters are gone. What it
#   *sees* stays limited: count its receptive field, and measure it with a gradient.
# - Stride 2 costs less than a convolution and pooling.
# - Transposed convolutions begin with checkerboards, also where their windows overlap evenly.
#   Bilinear enlargement and a convolution does not.
# - A dead ReLU seldom comes back, LeakyReLU goes on learning. Batch normalization keeps numbers at
#   one size, whatever the size of the weights.
# - PSNR follows from MSE, if both are of the same values and pooled. Where it does not, look for
#   the protocol. Here a pooled PSNR of the same values is excluded. With one PSNR for each picture,
#   range 2 comes nearest to the paper's numbers, and not all the way.
# - A split can have frames of every film on both sides, and the official one does. Where the fruits
#   of the test were never trained on, most of the lead is gone, and its sign depends on the measure.
#   Say which split it was.
# - A method's number says little without that of a method that knows nothing, on the same pictures.
# - Color can be computed small and carried up along the edges of the lightness.
#
# ## Further reading
#
# {cite:t}`simonyan2015very` is VGG's paper, {cite:t}`springenberg2015striving` that of stride
# instead of pooling. {cite:t}`odena2016deconvolution` explain checkerboards with figures that
# move. {cite:t}`maas2013rectifier` introduced LeakyReLU, {cite:t}`he2015delving` the
# initialization used here, {cite:t}`lu2020dying` prove how networks die. {cite:t}`ioffe2015batch`
# is batch normalization's paper, {cite:t}`luo2016understanding` that of the effective receptive
# field, {cite:t}`he2010guided` the guided filter's.
