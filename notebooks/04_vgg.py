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
# *name* things. Its author takes VGG16 {cite:p}`simonyan2015very`, cuts off the last layers, and
# puts a decoder in their place. The network receives the lightness L\* and predicts a\* and b\*.
# You build it block by block, count its parameters against the original, measure what each part is
# good for, and ask what its good numbers on fruits are worth.
#
# **What you will learn**
#
# - How far a network sees, and what changes when stride takes the place of pooling.
# - Why transposed convolutions draw checkerboards, how a ReLU dies, what batch normalization does.
# - How a network can score well because it met almost the same images in training.
#
# **What it needs.** {doc}`02_lab` and {doc}`03_autoencoder`. You may skip {doc}`04_vgg_deeper`,
# which goes further.

# %%
from huelab import show

show.needs("04_vgg")

# %% [markdown]
# ## What the paper claims
#
# The table lists some of the paper's claims in our words, and the [ledger](../book/ledger.md) lists
# all. R marks a result, Q a quality described in words, and X an inconsistency of the paper.

# %% tags=["nbval-check-output"]
from huelab.ledger import read_claims

claims = {claim.id: claim for claim in read_claims() if claim.paper == "002"}
told = ["R03", "R06", "R07", "R08", "Q02", "Q04", "Q05", "Q08", "Q09", "Q10", "Q12"]
told += ["X01", "X02", "X03", "X04", "X05", "X08"]
chosen = [claims[f"002-{key}"] for key in told]
show.table([{"id": each.id, "claim": each.claim} for each in chosen])

# %% [markdown]
# The author trains the network twice: on Fruits-360 {cite:p}`muresan2018fruit`, photographs of
# single fruits on white, and on FFHQ {cite:p}`karras2019style`, portraits. The list says where our
# recipes differ from the paper. The table shows our recipe for fruits in three profiles. The quick
# profile learns from *embedded* photographs.

# %%
from huelab.recipes import get

recipe = get("vgg-fruits")
own = [s for r in (recipe, get("vgg-faces")) for s in (*r.stand_ins, *r.deviations)]
print(*dict.fromkeys(own), sep="\n")

rows = []
for profile in ("quick", "reduced", "full"):
    config = recipe.config(profile)
    images = "{name}, {size} pixels".format(**config["train"])
    row = {"profile": profile, "learns from": images, "epochs": config["epochs"]}
    rows.append(row | {"images a step": config["batches"]["batch_size"]})
show.table(rows, profile="as each row says")

# %% [markdown]
# ## The whole network
#
# The paper calls its network an autoencoder. But it returns color, which is not what went in, so
# *encoder-decoder* is the better word. A taller box is a larger image, and a wider box has more
# channels. The encoder halves height and width five times, down to the small *code* in the middle,
# and the decoder doubles them five times.

# %%
import torch
from torch import nn

from huelab.methods.vgg import VGG, Encoder

with torch.device("meta"):  # shapes without numbers cost no time and no memory
    network = VGG()
image, stages = torch.empty(1, 1, 256, 256, device="meta"), [("L*", (1, 256, 256))]
for k, block in enumerate([*network.encoder.blocks, *network.decoder.blocks]):
    image = block(image)[0] if k < 5 else block(image)
    half = "encoder" if k < 5 else "decoder"
    stages.append((f"{half} {k % 5 + 1}", tuple(image.shape[1:])))
show.layers(stages, alt="The encoder-decoder of paper 002")

# %% [markdown]
# Most parameters of the network of {doc}`03_autoencoder` were in two dense layers. This network has
# none. We compare one dense layer, from the image to this code, with all convolutions of the
# encoder:

# %% tags=["nbval-check-output"]
convolutions = [m for m in network.encoder.modules() if isinstance(m, nn.Conv2d)]
count = sum(p.numel() for layer in convolutions for p in layer.parameters())
dense = 256 * 256 * torch.Size(stages[5][1]).numel()
print(f"one dense layer: {dense:,} weights")
print(f"{len(convolutions)} convolutions: {count:,} weights and biases")

# %% [markdown]
# A convolution uses the same few weights everywhere. So the network takes images of any size, and
# the code moves with the image: five halvings turn 32 pixels into one position of the code. We test
# this on a strip of noise, away from the padded border:

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
encoder = Encoder().eval()
strip, inside = torch.randn(1, 1, 32, 1024), slice(8, -8)
with torch.no_grad():
    (code, _), (moved, _) = encoder(strip), encoder(strip.roll(32, dims=-1))
back = moved.roll(-1, dims=-1)
same = torch.allclose(back[..., inside], code[..., inside], atol=1e-3)
print(f"{tuple(strip.shape)} to {tuple(code.shape)}; the code moves along: {same}")

# %% [markdown]
# ## The encoder, block by block
#
# VGG16 has 13 convolutions in five *blocks*, and three dense layers. All its windows are 3 × 3. The
# paper changes five things. One channel goes in instead of three. The dense layers are cut off. The
# last convolution of each block has stride 2, where VGG16 has max pooling. LeakyReLU replaces ReLU,
# and batch normalization is added (all explained below).

# %%
from huelab.methods import vgg

show.source(vgg, "Layer", "EncoderBlock")

# %% [markdown]
# `slope` is that of LeakyReLU, and a slope of 0 makes a ReLU. An activation with `inplace`
# overwrites its input, which saves memory. `whole` holds the convolutions at full size, and `halve`
# the one that halves. `each` and `last` say which of them have batch normalization. The other
# options make variants for a comparison below.
#
# A block returns its halved maps, and the maps from before the halving, for *skips*. With this
# option of ours each block of the decoder also sees the encoder's maps of the same size, as in a
# U-Net {cite:p}`ronneberger2015unet`.
#
# In a block of the decoder, `fewer` halves the number of channels, bilinear upsampling doubles
# height and width, and `wide` is a second convolution. The `last` block makes two channels, a\* and
# b\*, and ends in tanh. (The paper wants as many filters in the second convolution as in the first.
# The last block cannot have them.)

# %%
show.source(vgg, "DecoderBlock")

# %% [markdown]
# **Check.** The table has each block's output, and the parameters of its convolutions:

# %% tags=["nbval-check-output"]
counted = []
blocks = [*network.encoder.blocks, *network.decoder.blocks]
for (name, (channels, side, _)), block in zip(stages[1:], blocks, strict=True):
    layers = [m for m in block.modules() if isinstance(m, nn.Conv2d)]
    numbers = sum(p.numel() for m in layers for p in m.parameters())
    row = {"block": name, "channels": channels, "pixels": side}
    counted.append(row | {"convolutions": len(layers), "parameters": numbers})
show.table(counted, formats={"parameters": ","})

# %% [markdown]
# Compared with torchvision's VGG16, only the weights of two color channels may be missing: 3 × 3
# for each of the first 64 filters.

# %% tags=["nbval-check-output"]
from torchvision.models import vgg16

with torch.device("meta"):
    original = vgg16()
theirs = [m for m in original.features if isinstance(m, nn.Conv2d)]
total = sum(p.numel() for m in theirs for p in m.parameters())
for ours, other in zip(convolutions[1:], theirs[1:], strict=True):
    assert ours.weight.shape == other.weight.shape
assert total - count == 2 * 64 * 3 * 3 and stages[5][1] == (512, 8, 8)
everything = sum(p.numel() for p in original.parameters())
print(f"VGG16's convolutions: {total:,} parameters; here {total - count:,} fewer")
print(f"in VGG16's dense layers: {1 - total / everything:.0%} of its parameters")

# %% [markdown]
# The code has the shape that the paper prints. The decoder mirrors the encoder, as the paper says,
# block by block, but not layer by layer: it has fewer convolutions.
#
# ## How far it sees
#
# The *receptive field* of a number is the part of the image that it depends on. Let $r$ be its
# width, and the *jump* $j$ the distance in the image between two neighbors of a layer. In the image
# both are 1. A convolution with a window of $k$ and stride $s$ makes
#
# $$ r \leftarrow r + (k - 1)\, j, \qquad j \leftarrow s\, j . $$

# %% tags=["nbval-check-output"]
reach, jump, fields = 1, 1, []
for layer in convolutions:
    (k, _), (s, _) = layer.kernel_size, layer.stride
    reach, jump = reach + (k - 1) * jump, s * jump
    if s == 2:  # the end of a block
        row = {"after block": len(fields) + 1, "sees": reach, "jump": jump}
        fields.append(row)
show.table(fields, caption="In pixels of the image")

# %% [markdown]
# Now we measure it. A number depends on the pixels for which its gradient is not zero. We give an
# untrained encoder a random image, and compute the gradient of one position in the middle, with
# random weights for its channels:


# %%
def gradient_of(block):
    """Size of the gradient of a middle position behind a block, `(256, 256)`."""
    image = torch.randn(1, 1, 256, 256, requires_grad=True)
    maps = image
    for each in encoder.blocks[:block]:
        maps, _ = each(maps)
    middle = maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2]
    mixed = (middle * torch.randn(len(middle))).sum()
    (gradient,) = torch.autograd.grad(mixed, image)
    return gradient[0, 0].abs()


# %% tags=["nbval-check-output"]
torch.manual_seed(0)
gradients = [gradient_of(row["after block"]) for row in fields]
windows = []
for row, size in zip(fields, gradients, strict=True):
    seen = (size > 0).any(1).nonzero().flatten()
    windows.append(slice(int(seen[0]), int(seen[-1]) + 1))
    assert len(seen) == row["sees"] and seen[0] == 128 - row["sees"] // 2
away = (torch.arange(256) - 128).abs()
within = torch.maximum(away[:, None], away[None])
half = next(k for k in range(128) if size[within <= k].sum() >= size.sum() / 2)
print("arithmetic and gradient agree behind all", len(fields), "blocks")
side = 2 * half + 1
print(f"half of the last gradient lies within {side} × {side} pixels")

# %% [markdown]
# Move the slider from block to block. The bright square on the left is what one position sees. The
# right side enlarges it and shows the size of the gradient.

# %%
import matplotlib.pyplot as plt

from huelab.color import rgb_to_gray
from huelab.data import Batches, open_dataset

photograph = open_dataset("embedded", "test", size=256)[0][None] / 255
gray = rgb_to_gray(photograph, "lightness")[0, 0]


# %%
def draw(row, size, window):
    """What one position sees after a block: the square, and the gradient in it."""
    lit = gray * 0.35
    lit[window, window] = gray[window, window]
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.4), layout="constrained", dpi=80)
    axes[0].imshow(lit, cmap="gray", vmin=0, vmax=1)
    side, corner = row["sees"], (window.start - 0.5, window.start - 0.5)
    axes[0].add_patch(plt.Rectangle(corner, side, side, fill=False, ec="w", ls="--"))
    axes[0].set_title(f"{side} × {side} pixels of 256 × 256", fontsize=9)
    inner = size[window, window]
    axes[1].imshow(inner / inner.max(), cmap="magma", vmin=0, vmax=0.5)
    axes[1].set_title("size of the gradient, bright is large", fontsize=9)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
    plt.close(fig)
    return fig


# %%
show.frames(
    [draw(*each) for each in zip(fields, gradients, windows, strict=True)],
    [row["after block"] for row in fields],
    description="block",
    alt="Left, a gray photograph with a bright square around its middle that grows "
    "from block to block. Right, the gradient in the square, bright in the middle",
)

# %% [markdown]
# Look at the right side after the last blocks: pixels in the middle count much more than those near
# the border, because more paths lead through them. {cite:t}`luo2016understanding` call the bright
# part the *effective* receptive field. Even the whole square is smaller than an image of 256
# pixels.
#
# ## Stride instead of pooling
#
# *Max pooling* keeps the largest of 2 × 2 numbers. It has no parameters and forgets where the
# largest was. A convolution with stride 2 decides by learned weights what to keep.
# {cite:t}`springenberg2015striving` showed that it can replace pooling, with a little loss where,
# as here, it takes the place of a convolution and a pooling. We move a bright dot by one pixel
# within its 2 × 2 window:

# %% tags=["nbval-check-output"]
dots = torch.zeros(2, 1, 4, 4)
dots[0, 0, 0, 0] = dots[1, 0, 1, 1] = 1
torch.manual_seed(0)
convolution = nn.Conv2d(1, 1, 3, padding=1)
halvings = {
    "max pooling alone": nn.MaxPool2d(2),
    "convolution, pooling": nn.Sequential(convolution, nn.MaxPool2d(2)),
    "convolution, stride 2": nn.Conv2d(1, 1, 3, stride=2, padding=1),
}
for name, layer in halvings.items():
    first, second = layer(dots)
    print(f"{name}: tells the two apart: {not torch.equal(first, second)}")

# %% [markdown]
# Pooling alone forgets. But VGG16 always has a convolution before a pooling, which may keep what
# pooling forgets. So only a trained network can show whether pooling distorts; one such run has a
# row below. The cost is certain: before a pooling, the convolution computes four times as many
# numbers as are kept.

# %% tags=["nbval-check-output"]
from torch.utils.flop_counter import FlopCounterMode

for downsampling in ("stride", "pooling"):
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        Encoder(downsampling=downsampling)(torch.empty(1, 1, 256, 256))
    multiplications = counter.get_total_flops() / 2  # it counts additions, too
    print(f"{downsampling}: {multiplications / 1e9:.1f} billion multiplications")

# %% [markdown]
# ## Bilinear instead of transposed
#
# A transposed convolution ({doc}`03_autoencoder`) spreads each number of its input over a window of
# its output. The windows start 2 pixels apart, so windows of 3 overlap unevenly. To count the
# overlaps, we set all inputs and all weights to 1. (`more` adds a last row and column.)

# %% tags=["nbval-check-output"]
for k, padding, more in ((3, 1, 1), (4, 1, 0)):
    layer = nn.ConvTranspose2d(1, 1, k, 2, padding, more, bias=False)
    nn.init.ones_(layer.weight)
    out = layer(torch.ones(1, 1, 6, 6))[0, 0, 4:6, 4:8].int()
    print(f"windows of {k}:", *(str(row)[1:-1] for row in out.tolist()), sep="\n")

# %% [markdown]
# With windows of 3, every second pixel gets twice as much, and where two such lines cross, four
# times as much. The result is a *checkerboard* {cite:p}`odena2016deconvolution`. Windows of 4
# overlap evenly. Does that suffice? We give smooth noise to three untrained layers and look at the
# *spectrum* of their output: how strong each frequency is. Frequency 0 is in the middle. The
# *Nyquist* frequency lies at the border. It is the highest that pixels can show, up and down from
# one to the next. `peak_of_checkerboard` compares the power there with the power close by, in
# decibels; 0 dB is no peak. (The factor of 160 makes the values about as large as a\* and b\*.)

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


@torch.no_grad()
def answer(make, seed):
    """What a random layer makes of smooth noise, `(1, 2, 60, 60)` without border."""
    torch.manual_seed(seed)
    smooth = 160 * F.avg_pool2d(torch.randn(1, 16, 48, 48), 17, 1)
    return make()(smooth)[..., 2:-2, 2:-2]


# %% mystnb={"image": {"alt": "Two rows of three. Above, what the layers give: fine checks or stripes for both transposed convolutions, smooth clouds for bilinear. Below, their spectra: bright spots at the border for the transposed ones, none for bilinear."}}
fig, axes = plt.subplots(2, 3, figsize=(7, 5), layout="constrained")
for (name, make), (above, below) in zip(makers.items(), axes.T, strict=True):
    answers = [answer(make, seed) for seed in range(8)]
    peak = torch.cat([peak_of_checkerboard(each) for each in answers]).mean()
    spectrum = torch.fft.fftshift(torch.fft.fft2(answers[0][0, 0], norm="forward"))
    above.imshow(answers[0][0, 0], cmap="gray")
    above.set_title(f"{name}\npeak {peak:.1f} dB", fontsize=9)
    power = spectrum.abs().clamp(min=1e-4).log10()
    below.imshow(power, cmap="magma", vmin=-2.5, vmax=0.5)
    for ax in (above, below):
        ax.set(xticks=[], yticks=[])
show.stamp(fig)

# %% [markdown]
# Look at the bright spots in the middle of the sides and in the corners of the two left spectra.
# The peaks in the titles are means over eight seeds. Even overlap does not help random weights,
# because pixels in even and odd rows and columns still meet different weights. A layer with windows
# of 4 can *learn* to be smooth (exercise 4), but it does not begin so. Bilinear upsampling does.
#
# ## Units that die
#
# The gradient of a ReLU, $\max(0, v)$, is 0 where $v < 0$. A unit whose $v$ is negative for every
# input always answers 0, and no gradient reaches its own weights. The unit is *dead*. It comes back
# only if the layer before it changes, or the optimizer's momentum carries its weights on. LeakyReLU
# {cite:p}`maas2013rectifier` lets a small part of the negative side through:
#
# $$ \mathrm{LeakyReLU}(v) = \max(v, \alpha v), \qquad 0 < \alpha < 1 . $$
#
# The paper does not state the slope $\alpha$. We let a small network learn a sine wave with Adam,
# at a learning rate that is far too high. *Below zero* is the share of units whose $v$ is below
# zero for every input at the end; with ReLU these are dead. *Came back* is the share that was so
# for a while and no longer is.


# %%
def train_sine(activation, seed):
    """Shares of units below zero and come back, and the loss, after 300 steps."""
    torch.manual_seed(seed)
    x = torch.linspace(-1, 1, 100)[:, None]
    first, second, last = nn.Linear(1, 64), nn.Linear(64, 64), nn.Linear(64, 1)
    layers = nn.Sequential(first, second, last)
    optimizer = torch.optim.Adam(layers.parameters(), lr=0.3)
    once_below = torch.zeros(128, dtype=torch.bool)
    for _ in range(300):
        one = first(x)
        two = second(activation(one))
        loss = (last(activation(two)) - torch.sin(5 * x)).square().mean()
        below = (torch.cat([one, two], 1) <= 0).all(0)
        once_below |= below
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    back = once_below & ~below
    return torch.stack([below.float().mean(), back.float().mean(), loss])


# %%
rows = []
for activation in (nn.ReLU(), nn.LeakyReLU(0.2)):
    runs = torch.stack([train_sine(activation, seed) for seed in range(5)]).detach()
    below, back, loss = runs.T
    row = {"activation": type(activation).__name__}
    row |= {"below zero": below.mean().item(), "came back": back.mean().item()}
    rows.append(row | {"loss": loss.median().item()})
formats = {"below zero": ".0%", "came back": ".0%", "loss": ".3f"}
caption = "Means over five seeds; the median of the loss"
show.table(rows, formats=formats, caption=caption)

# %% [markdown]
# With both activations most units are below zero at some time. Hardly any ReLU comes back, and many
# of the LeakyReLUs do. (We chose the learning rate to make this happen. Small steps seldom kill
# units.)
#
# ## Batch normalization
#
# *Batch normalization* {cite:p}`ioffe2015batch` gives each channel of a layer mean 0 and standard
# deviation 1, over the batch and all its pixels. Then it applies a learned scale $\gamma$ and a
# learned shift $\beta$. A small $\varepsilon$ keeps the division from failing:
#
# $$ v \leftarrow \gamma\, \frac{v - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta . $$
#
# In training $\mu$ and $\sigma$ are those of the batch. Afterwards they are running averages, so
# that one image does not depend on the others in its batch.
#
# One paragraph of the paper has batch normalization after each convolution, the next once for each
# block. A convolution makes its numbers larger or smaller by a factor that its weights decide. The
# initialization of {cite:t}`he2015delving` aims at a factor of 1. We multiply those weights by ½, 1
# and 2, and look at the standard deviation of an untrained encoder's code. The input is L\*, scaled
# to −1 to 1.

# %%
from huelab.records.profiles import current_profile

config = recipe.config(current_profile())
wanted = {"targets": ("rgb", "gray", "lab"), "gray_formula": "lightness"}
batches = Batches(open_dataset(**config["train"]), **wanted, **config["batches"])
lightness = next(iter(batches)).lab[:, :1] / 50 - 1


# %%
@torch.no_grad()
def deviation(batch_norm, factor):
    """Standard deviation of an encoder's code, with its weights multiplied."""
    torch.manual_seed(0)
    part = VGG(batch_norm=batch_norm).encoder
    for layer in part.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight *= factor
    return part(lightness)[0].std().item()


factors = {"weights × ½": 0.5, "× 1": 1, "× 2": 2}
rows = [
    {"normalization": name} | {t: deviation(name, f) for t, f in factors.items()}
    for name in ("none", "block", "convolution")
]
show.table(rows, formats=dict.fromkeys(factors, ".3g"))

# %% [markdown]
# Without normalization the factors of thirteen layers multiply. With it the three scales end alike,
# and one normalization for each block is enough for that. (They end below 1 because the LeakyReLU
# that follows shrinks the negative half.) The table cannot show whether training gets faster.
#
# ## Training
#
# The paper calls its loss quadratic in one place and absolute in another. We take the squared
# error; the other reading has rows below. Tanh gives values between −1 and 1, so a\* and b\* have
# to be divided by a number, which the paper does not state. Ours is `ab_scale`. Adam has the
# paper's learning rate and its first β, which says how slowly it forgets gradients. (`fused` only
# saves time.) A `Turn` is an optimizer with its schedule; this network has one. Images whose sides
# are not multiples of 32 are padded, and the answer is cropped.

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
odd = torch.rand(1, 1, 123, 457)
colored = network.eval().colorize(odd)
print(f"{run.steps} steps; {tuple(odd.shape)} to {tuple(colored.shape)}")

# %% [markdown]
# The grid shows pieces of three unseen photographs, next to two answers that need no network: the
# *gray copy*, and the *mean color*, the mean a\* and b\* of the training images for every pixel.

# %%
from huelab.methods.baselines import GrayCopy, MeanColor
from huelab.metrics import psnr

truth = torch.stack(list(open_dataset(**config["tests"][0]))).float() / 255
methods = {
    "gray copy": GrayCopy(),
    "mean color": MeanColor.fit(batch.rgb for batch in batches),
    "network": network,
}
grays = rgb_to_gray(truth, "lightness")
colored = {name: method.colorize(grays) for name, method in methods.items()}
for name, rgb in colored.items():
    value = psnr(rgb, truth, space="rgb", data_range=1).mean()
    print(f"{name}: {value:.2f} dB")

# %% mystnb={"image": {"alt": "Six random pieces of test photographs in columns: gray copy, mean color, the briefly trained network, truth. Mean color tints all pieces the same; the network's colors are faint and brownish."}}
show.grid({**colored, "truth": truth}, n=6, seed=4)

# %% [markdown]
# From so few steps on so few images the network has only learned a tint. Both it and the mean color
# score below the gray copy here. Their tint suits wood and skin and is wrong for a blue sky, and a
# wrong color costs more than no color. This run only tests that everything works.
#
# ## Results
#
# These tables are read from [records](../book/results.md). *PSNR* is that of RGB in [0, 1], the
# mean over images. *MAE* is that of a\* and b\* divided by 128. *ΔE00* is a difference of colors;
# about 1 is just visible. *Hue error* is the angle between true and given hue, in degrees; gray has
# no hue. The number after ± is the sample deviation over $n$ seeds; *sources* counts the versions
# of the library that made the runs. *Best color per gray level* looks at one pixel at a time: it
# gives each gray level the mean color that it has in the training images. A network that is not
# ahead of this rule gives no sign that it has used the shape of anything.

# %%
from huelab.ledger import tables

columns = {
    "PSNR, dB": {"metric": "psnr", "space": "rgb", "averaging": "pictures"},
    "MAE": {"metric": "mae", "space": "ab/128"},
    "ΔE00": {"metric": "delta_e_2000"},
    "hue error": {"metric": "hue_error"},
}
rules = {"best color per gray level": "color-per-gray", "mean color": "mean-color"}
rules |= {"gray copy": "gray-copy"}
chosen = {}
for what, data in (("fruits", "fruits360_random"), ("faces", "faces")):
    chosen[f"{what}: network"] = f"vgg-{what}"
    chosen |= {f"{what}: {title}": f"{rule}-{data}" for title, rule in rules.items()}
show.table(tables.side_by_side(chosen, columns))

# %% [markdown]
# The network of the reduced runs is far ahead of all three rules on fruits. On faces it is about
# level with the rule that looks at one pixel at a time. Why are fruits so much easier?
# ({doc}`04_vgg_deeper` has the verdicts on the paper's claims.)
#
# ### Fruits that the network knows
#
# The images of Fruits-360 are frames of short films: a fruit turns once before the camera. If
# frames are dealt out at random, almost every test image has a neighbor in the training set that
# shows the same fruit a few degrees further on ({doc}`04_vgg_deeper` measures it). A network may
# then remember a color. The *official* split of the data set has frames of every film on both
# sides, too. So we made a third split, *by fruit*: no fruit of the test was in the training. This
# asks what color a fruit has that the network has never seen.

# %%
splits = {"random": ("", "_random"), "official": ("-official", "")}
splits["by fruit"] = ("-by-class", "_by_class")
chosen = {}
for split, (suffix, data) in splits.items():
    chosen[f"{split}: network"] = f"vgg-fruits{suffix}"
    for title, rule in list(rules.items())[:2]:
        chosen[f"{split}: {title}"] = f"{rule}-fruits360{data}"
show.table(tables.side_by_side(chosen, columns))

# %% [markdown]
# Compare the network with the rules of the same split, because the test images differ. The lead is
# a little smaller on the official split than on the random one, and mostly gone on fruits that were
# never trained on. The network is still ahead of both rules in PSNR and MAE. In ΔE00 and in hue it
# is behind the rule that looks at one pixel at a time. So most of the lead belongs to a network
# that has seen these very fruits. These runs give no sign that it can tell from a shape what color
# an unknown fruit has. But the official split and the split by fruit have one seed each, and much
# may depend on which three fruits, of 30 classes, are in the last test.
#
# ### What its parts are worth
#
# Each row changes one part and nothing else. *Dead* is the share of units that answer 0 to every
# test image. *Peak* is the power at the Nyquist frequency, as above. *Leaking* is the share of the
# change of color that lies next to an edge instead of on it ({doc}`07_metrics`).

# %%
variants = ["fruits", "l1", "l1-mse", "unet", "transposed", "pooling", "relu"]
variants += ["no-batchnorm", "batchnorm-per-block"]
measures = {name: columns[name] for name in ("PSNR, dB", "MAE", "ΔE00")}
measures |= {"dead": {"metric": "dead_units"}, "peak": {"metric": "nyquist_peak"}}
measures |= {"leaking": {"metric": "color_leaking"}}
chosen = {get(f"vgg-{name}").title: f"vgg-{name}" for name in variants}
show.table(tables.side_by_side(chosen, measures))

# %% [markdown]
# A row without "±" has one seed.
#
# - With transposed convolutions the peak is still there after the training, smaller than that of
#   the random layers above. (The leaking of this row says nothing, since checks change color
#   everywhere, also on the edges.)
# - With skips, color ends where things end, because the decoder sees the edges. The other columns
#   are worse; so short a run cannot tell whether they would catch up.
# - The runs with max pooling and with other losses are behind the first row.
# - With ReLU hardly any unit dies in so short a training.
# - Without batch normalization the network is *ahead* after as many steps, against the paper. In so
#   short a training the running averages may lag behind.
#
# ## Reading with care: Table 1
#
# The paper's only table has MAE, the mean squared error (MSE), and PSNR for each set. It states no
# color space, range or averaging. If PSNR came from the printed MSE, it would be
#
# $$ \mathrm{PSNR} = 10 \log_{10} \frac{P^2}{\mathrm{MSE}} , $$ (vgg-psnr)
#
# where the peak $P$ is the width of the range of values. We try 1, for values in [0, 1], and 2, for
# values in [−1, 1]:

# %% tags=["nbval-check-output"]
import math

rows = []
for name, keys in {"Fruits-360": ("R02", "R03"), "FFHQ": ("R05", "R06")}.items():
    mse, printed = (float(claims[f"002-{key}"].value) for key in keys)
    row = {"images": name, "MSE": mse, "PSNR, printed": printed}
    row |= {f"from MSE, P = {p}": 10 * math.log10(p**2 / mse) for p in (1, 2)}
    rows.append(row)
show.table(rows, formats={f"from MSE, P = {p}": ".2f" for p in (1, 2)})

# %% [markdown]
# The printed PSNR is above both. Any other fixed $P$ fails, too: the lower MSE would have the
# higher PSNR, and in the paper it has the lower one. So the printed PSNR does not come from the
# printed MSE, in any color space, if both sets were measured alike with one range.
# {doc}`04_vgg_deeper` asks which measurement can have given these numbers.
#
# ## Exercises
#
# **Exercise 1 (recall): five changes.** Which five things does the paper change in VGG16? Which one
# saves multiplications, and why?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# One channel goes in, the dense layers are cut off, stride replaces max pooling, LeakyReLU replaces
# ReLU, and batch normalization is added. The stride saves multiplications: a convolution before a
# pooling computes four times as many numbers as are kept.
# :::

# %% [markdown]
# **Exercise 2 (compute): count by hand.** Write down the parameters of the decoder's ten
# convolutions without building it. There are 512 channels, halved in every block, two convolutions
# in each, and two channels at the end.

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
# **Exercise 3 (change the code): VGG16's own receptive field.** Change the loop that computes
# `reach` so that it knows poolings, which have a window of 2 and a stride of 2, and run it on
# `original.features`. How far does VGG16 see behind its last pooling? Check with a gradient, on a
# network with one channel that *averages* where VGG16 takes the largest, because the gradient of a
# maximum reaches only one pixel.

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
(gradient,) = torch.autograd.grad(thin(image)[0, 0, 8, 8], image)
rows_seen = int((gradient[0, 0] != 0).any(1).sum())
print(f"VGG16 sees {field} pixels, with stride instead of pooling {reach}")
assert rows_seen == field == 212

# %% [markdown]
# **Exercise 4 (compute): a transposed convolution without checks.** With bilinear upsampling each
# new pixel lies a quarter of a pixel from an old one. Along each axis it takes ¾ of the nearer
# pixel and ¼ of the farther. Find a kernel of 4 × 4 with which a transposed convolution of stride 2
# does the same. Compare with `F.interpolate`, away from the border, and show that the peak is gone.

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
peak = peak_of_checkerboard(colors).item()
random_weights = peak_of_checkerboard(answer(makers["transposed, 4 × 4"], 0)).item()
print(f"peak {peak:.1f} dB, with random weights {random_weights:.1f} dB")
assert peak < 1 < random_weights

# %% [markdown]
# **Exercise 5 (open question): what do 30 dB show?** Someone reports 30 dB on fruits and concludes
# that a network knows what color things have. What do you ask, and which experiment do you propose?

# %% [markdown] tags=["solution"]
# :::{dropdown} Solution
# A good answer names
# - the split: frames of one film on both sides;
# - the protocol: color space, range, and averaging;
# - rules that know nothing, on the same images: white background costs nothing;
# - several seeds, and a measure such as ΔE00;
# - an experiment that could refute the claim, such as several draws of held-out fruits, or known
#   shapes in new colors.
# :::

# %% [markdown]
# ## What to remember
#
# - Without dense layers a network takes any size. What it *sees* stays limited: compute its
#   receptive field, and measure it with a gradient.
# - Transposed convolutions begin with checkerboards, also where their windows overlap evenly.
#   Bilinear upsampling with a convolution does not.
# - A dead ReLU seldom comes back; a LeakyReLU goes on learning.
# - Batch normalization keeps numbers at one size, whatever the weights.
# - Name the split. On fruits that were never trained on, most of the lead is gone.
# - A number says little without that of a rule that knows nothing, on the same images.
#
# ## Further reading
#
# {cite:t}`odena2016deconvolution` explain checkerboards with figures that move.
# {cite:t}`lu2020dying` prove how networks die.
