"""Wrong networks, losses, schedules and data paths, for `make audit`.

Each changes one thing that a paper states, or that this book chose where the paper leaves it open
and a claim rests on it. A claim of the paper must notice; see tests/audit.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One change of the library's source.

    Attributes:
        name: what is wrong.
        papers: the papers whose claims must notice, such as `000 003`.
        file: the file, from `src/huelab` on.
        edits: pairs of a text and what takes its place, each at its first occurrence.
        after: the edits lie behind the first occurrence of this text.
    """

    name: str
    papers: str
    file: str
    edits: tuple[tuple[str, str], ...]
    after: str = ""

    def apply(self, source: str) -> str:
        """The changed source; ValueError if a text is not there."""
        start = source.find(self.after)
        head, tail = source[:start], source[start:]
        for old, new in self.edits:
            if start < 0 or old not in tail:
                raise ValueError(f"{self.name}: {self.file} has no {old!r} after {self.after!r}")
            tail = tail.replace(old, new, 1)
        return head + tail


def _of(papers: str, file: str, after: str = ""):
    """Makes mutations of one place."""

    def made(name: str, *pairs: str) -> Mutation:
        return Mutation(name, papers, file, tuple(zip(pairs[::2], pairs[1::2], strict=True)), after)

    return made


_AE = "methods/autoencoder.py"
_halve = _of("000 003", _AE, "class Halve")
_double = _of("000 003", _AE, "class Double")
_stage = _of("000 003", _AE, "class Stage")
_encoder = _of("000 003", _AE, "class Encoder")
_decoder = _of("000 003", _AE, "class Decoder")
_network = _of("000 003", _AE, "class Autoencoder")
_losses = _of("000 003", _AE, "\nLOSSES")
_optimizers = _of("000 003", _AE, "\nOPTIMIZERS")
_plateau = _of("000 003", _AE, "def plateau_schedule")
_recipes = _of("000 003", "recipes/autoencoder.py")
_gray = _of("000 003", "color/convert.py", "_LUMA = ")

AUTOENCODER = (
    _halve("encoder: stride 1", "3, stride=2)", "3, stride=1)"),
    _halve("encoder: kernels of 5x5", "3, stride=2)", "5, stride=2)"),
    _halve(
        "encoder: padding above and at the left",
        "(left, columns - left, top, rows - top)",
        "(columns - left, left, rows - top, top)",
    ),
    _halve("encoder: no padding", "(left, columns - left, top, rows - top)", "(0, 0, 0, 0)"),
    _double("decoder: another row cut off", "(0, -1, 0, -1)", "(-1, 0, -1, 0)"),
    _double("decoder: kernels of 4x4", "3, stride=2)", "4, stride=2)"),
    _encoder(
        "encoder: 32 filters in the first convolution",
        "Stage(Halve(1, 64), 64,",
        "Stage(Halve(1, 32), 32,",
        "Halve(64, 128)",
        "Halve(32, 128)",
    ),
    _encoder(
        "encoder: 128 filters in the third convolution",
        "Stage(Halve(128, 256), 256,",
        "Stage(Halve(128, 128), 128,",
        "4 * 4 * 256",
        "4 * 4 * 128",
    ),
    _encoder("encoder: an activation after the code", "256, code),", "256, code), nn.ReLU(),"),
    _encoder("encoder: no bias in the dense layer", "256, code),", "256, code, bias=False),"),
    _decoder(
        "decoder: 64 filters in the second layer",
        "Stage(Double(256, 128), 128,",
        "Stage(Double(256, 64), 64,",
        "Double(128, 64)",
        "Double(64, 64)",
    ),
    _decoder(
        "decoder: interpolation for a transposed convolution",
        "Stage(Double(128, 64), 64,",
        "Stage(nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(128, 64, 3, padding=1)), 64,",
    ),
    _decoder("decoder: last kernels of 5x5", "(64, 3, 3, padding=1)", "(64, 3, 5, padding=2)"),
    _decoder(
        "decoder: last layer with stride 2",
        "(64, 3, 3, padding=1)",
        "(64, 3, 3, stride=2, padding=1, output_padding=1)",
    ),
    _decoder("output: tanh", "FloatSigmoid()", "nn.Tanh()"),
    _decoder("output: no activation", "FloatSigmoid()", "nn.Identity()"),
    _decoder("decoder: a gray output", "(64, 3, 3, padding=1)", "(64, 1, 3, padding=1)"),
    _stage("LeakyReLU for ReLU", "nn.ReLU()", "nn.LeakyReLU(0.2)"),
    _stage("GELU for ReLU", "nn.ReLU()", "nn.GELU()"),
    _stage("no activation in hidden layers", "nn.ReLU()", "nn.Identity()"),
    _stage("dropout before the activation", "stages.append(nn.Drop", "stages.insert(1, nn.Drop"),
    _stage("dropout of whole maps", "nn.Dropout(", "nn.Dropout2d("),
    _stage("batch normalization on the other side", '1 if batch_norm == "before" else 2', "2"),
    _stage("batch normalization without a scale", "2d(channels)", "2d(channels, affine=False)"),
    _stage("batch normalization: smoothing of 0.1", "2d(channels)", "2d(channels, eps=0.1)"),
    _network("a code of 128 numbers", "code: int = 256", "code: int = 128"),
    _network(
        "no batch normalization in the decoder",
        "Decoder(code, batch_norm,",
        'Decoder(code, "none",',
    ),
    _network(
        "dropout in the encoder alone",
        'dropout if dropout_in == "everywhere" else 0.0',
        "0.0",
    ),
    _network(
        "dropout in the decoder always", 'dropout if dropout_in == "everywhere" else 0.0', "dropout"
    ),
    _network("biases begin below 0", "zeros_(module.bias)", "constant_(module.bias, -1.0)"),
    _network("input of 0 to 255", "input_scale: float = 1.0", "input_scale: float = 255.0"),
    _network("the penalty is left out", '["penalty"] = self', '["penalty"] = 0 * self'),
    _network("the schedule looks at the loss", 'monitor="val_accuracy"', 'monitor="loss"'),
    _network("the schedule counts steps", 'every="epoch"', 'every="step"'),
    _network(
        "validation measures no accuracy",
        "channel_argmax_accuracy(predicted, batch.rgb)}",
        "(predicted - batch.rgb).abs().flatten(1).mean(1)}",
    ),
    _losses("mse is the absolute error", '"mse": F.mse_loss', '"mse": F.l1_loss'),
    _losses("mse is a sum", '"mse": F.mse_loss', '"mse": partial(F.mse_loss, reduction="sum")'),
    _losses(
        "smooth L1 turns linear earlier",
        '"smooth_l1": F.smooth_l1_loss',
        '"smooth_l1": partial(F.smooth_l1_loss, beta=0.5)',
    ),
    _of("000 003", _AE, "def _cross_entropy")(
        "cross-entropy takes values for logits",
        "binary_cross_entropy(",
        "binary_cross_entropy_with_logits(",
    ),
    _of("000 003", _AE, "\nPENALTIES")("lasso is ridge", "torch.abs", "torch.square"),
    _optimizers("Adam with weight decay", "torch.optim.Adam(p,", "torch.optim.AdamW(p,"),
    _optimizers("Adam ignores its smoothing", "eps=eps, fused=True", "fused=True"),
    _optimizers("RMSProp with PyTorch's decay", "alpha=0.9", "alpha=0.99"),
    _plateau("plateau divides by 2", "1 / sqrt(10)", "1 / 2"),
    _plateau("plateau waits twice as long", "patience=4", "patience=9"),
    _plateau("plateau has no lower limit", "min_lr=5e-7", "min_lr=0.0"),
    _plateau("plateau takes less accuracy for better", 'mode="max"', 'mode="min"'),
    _recipes("trained on the absolute error", '"loss": "mse"', '"loss": "l1"'),
    _recipes("trained by RMSProp", '"optimizer": "adam"', '"optimizer": "rmsprop"'),
    _recipes("a learning rate of 0.01", '"learning_rate": 1e-3', '"learning_rate": 1e-2'),
    _recipes("Adam's smoothing of 1e-8", '"eps": 1e-7', '"eps": 1e-8'),
    _recipes("no schedule", '"schedule": "plateau"', '"schedule": "none"'),
    _recipes("initialization of He", '"glorot_uniform"', '"he_uniform"'),
    _recipes("gray of Rec. 709", '"gray_formula": "rec601"', '"gray_formula": "rec709"'),
    _recipes("three tenths dropped", '{"dropout": 0.2,', '{"dropout": 0.3,'),
    _of("003", "recipes/autoencoder.py", '"-dropout-encoder"')(
        "half dropped in the encoder", "dropout=0.2", "dropout=0.5"
    ),
    _recipes("dropout everywhere for 003", 'dropout_in="encoder"', 'dropout_in="everywhere"'),
    _recipes("no penalty in the recipe", 'penalty="lasso"', 'penalty="none"'),
    _recipes("cross-entropy is not run", 'loss="cross_entropy"', 'loss="mse"'),
    _recipes("smooth L1 is not run", 'loss="smooth_l1"', 'loss="l1"'),
    _recipes("red and blue not exchanged", '"rec601_swapped"', '"rec601"'),
    _of("000", "recipes/autoencoder.py", '"-official"')(
        "validation on official test pictures", '"validation_5k"', '"test"'
    ),
    _of("003", "recipes/autoencoder.py", '"-test-validation"')(
        "test-validation: not on the test set",
        '("cifar10_jpeg", "test")',
        '("cifar10_jpeg", "train")',
    ),
    _gray("gray: a plain mean", "(0.299, 0.587, 0.114)", "(0.333, 0.333, 0.334)"),
    _gray("swapped gray: not swapped", "(0.114, 0.587, 0.299)", "(0.299, 0.587, 0.114)"),
    _of("000 003", "color/convert.py")("gray divided by 256", "rgb / 255", "rgb / 256"),
    _of("000 003", "color/batch.py")("colors divided by 256", "div_(255)", "div_(256)"),
    _of("000 003", "metrics/errors.py", "def channel_argmax_accuracy")(
        "accuracy takes the least channel of the truth",
        "_largest_channel(true, levels)",
        "_largest_channel(1 - true, levels)",
    ),
    _of("000 003", "data/sources/manifests.py", "def load")(
        "a picture of CIFAR-10 is missing",
        "csv.DictReader(io.StringIO(text)))",
        "list(csv.DictReader(io.StringIO(text)))[1:])",
    ),
    _of("000 003", "data/cifar10.py")("12,000 test pictures", '"test": 10_000', '"test": 12_000'),
    _of("000", "data/splits.py")("40,000 pictures to train on", "45_000", "40_000"),
)

_VGG = "methods/vgg.py"
_blocks = _of("002", _VGG, "\nBLOCKS")
_layer = _of("002", _VGG, "class Layer")
_vgg_encoder = _of("002", _VGG, "class Encoder(")
_block = _of("002", _VGG, "class DecoderBlock")
_vgg = _of("002", _VGG, "class VGG(")
_vgg_losses = _of("002", _VGG, "\nLOSSES")
_vgg_recipes = _of("002", "recipes/vgg.py")
_seam = _of("002", "methods/colorizer.py", "class LearnedLab")

VGG = (
    _blocks("one convolution in the first block", "(64, 2)", "(64, 1)"),
    _blocks("two convolutions in the third block", "(256, 3)", "(256, 2)"),
    _blocks("two convolutions in the last block", "(512, 3))", "(512, 2))"),
    _blocks("192 filters in the third block", "(256, 3)", "(192, 3)"),
    _layer("kernels of 5x5", "3, stride=stride, padding=1", "5, stride=stride, padding=2"),
    _layer("padding by reflection", "padding=1)", 'padding=1, padding_mode="reflect")'),
    _layer("ELU for LeakyReLU", "nn.LeakyReLU(slope, inplace=True)", "nn.ELU(inplace=True)"),
    _layer(
        "batch normalization after the activation",
        "if batch_norm:\n            stages.append(nn.BatchNorm2d(out_channels))",
        "pass",
        "super().__init__(*stages)",
        "super().__init__(*stages, *([nn.BatchNorm2d(out_channels)] if batch_norm else []))",
    ),
    _layer(
        "batch normalization without a scale",
        "nn.BatchNorm2d(out_channels)",
        "nn.BatchNorm2d(out_channels, affine=False)",
    ),
    _vgg_encoder("three input channels", "in_channels = 1", "in_channels = 3"),
    _block("upsampling by nearest neighbors", 'mode="bilinear"', 'mode="nearest"'),
    _block(
        "upsampling with aligned corners",
        'mode="bilinear"',
        'mode="bilinear", align_corners=True',
    ),
    _block("output: sigmoid", "nn.Tanh()", "nn.Sigmoid()"),
    _block("output: no activation", "nn.Tanh()", "nn.Identity()"),
    _block("three output channels", "2 if last else", "3 if last else"),
    _block(
        "upsampling before the first convolution",
        "maps = self.fewer(maps)\n        if self.bilinear:\n"
        '            maps = F.interpolate(maps, scale_factor=2, mode="bilinear")\n',
        'maps = self.fewer(F.interpolate(maps, scale_factor=2, mode="bilinear"))\n',
    ),
    _vgg("skips between encoder and decoder", "skips: bool = False", "skips: bool = True"),
    _vgg("input of 0 to 1", "lightness / 50 - 1", "lightness / 100"),
    _vgg("output not scaled back", ".float() * self.ab_scale", ".float()"),
    _vgg("Adam with weight decay", "torch.optim.Adam(", "torch.optim.AdamW("),
    _vgg("Adam ignores its betas", "self.betas, fused", "fused"),
    _vgg_losses("mse is the absolute error", '"mse": F.mse_loss', '"mse": F.l1_loss'),
    _vgg_losses("l1 is the squared error", '"l1": F.l1_loss', '"l1": F.mse_loss'),
    _vgg_losses(
        "both errors with other weights", "F.l1_loss(predicted", "10 * F.l1_loss(predicted"
    ),
    _vgg_recipes("trained on the absolute error", '"loss": "mse"', '"loss": "l1"'),
    _vgg_recipes("a learning rate of 0.001", '"learning_rate": 2e-4', '"learning_rate": 1e-3'),
    _vgg_recipes("a first beta of 0.9", '"betas": [0.5, 0.999]', '"betas": [0.9, 0.999]'),
    _vgg_recipes("ReLU", '"activation": "leaky_relu"', '"activation": "relu"'),
    _vgg_recipes("no batch normalization", '"batch_norm": "convolution"', '"batch_norm": "none"'),
    _vgg_recipes(
        "batch normalization once a block", '"batch_norm": "convolution"', '"batch_norm": "block"'
    ),
    _vgg_recipes("max pooling", '"downsampling": "stride"', '"downsampling": "pooling"'),
    _vgg_recipes(
        "transposed convolutions", '"upsampling": "bilinear"', '"upsampling": "transposed"'
    ),
    _vgg_recipes("a* and b* over 110", '"ab_scale": 128.0', '"ab_scale": 110.0'),
    _vgg_recipes("50 epochs", "epochs: int = 100", "epochs: int = 50"),
    _vgg_recipes("pictures of 128x128", "size: int = 256", "size: int = 128"),
    _vgg_recipes("fruits in their own split", '"fruits360_random"', '"fruits360"'),
    _of("002", "recipes/vgg.py", "_FACES = ")("faces: fruits", 'data="faces"', 'data="fruits360"'),
    _seam("a* and b* change places", "ab / self.ab_scale)", "ab.flip(1) / self.ab_scale)"),
    _of("002", "methods/colorizer.py", "class LabColorizer")(
        "lightness is not the input's", "[lightness, ab]", "[0.9 * lightness, ab]"
    ),
    _of("002", "methods/colorizer.py", "class LabColorizer")(
        "half of the color", "[lightness, ab]", "[lightness, 0.5 * ab]"
    ),
    _of("002", "color/convert.py", "def gray_to_lightness")(
        "another lightness of gray", "* 116 - 16", "* 100"
    ),
    _of("002", "color/convert.py")("a* too small", "mul_(500)", "mul_(450)"),
    _of("002", "data/splits.py")("one picture in ten tested", "_ONE_IN = 11", "_ONE_IN = 10"),
    _of("002", "data/splits.py")("another draw of fruits", '"0:{text}"', '"1:{text}"'),
    _of("002", "data/sources/manifests.py", "def load")(
        "a picture of fruits is missing",
        "csv.DictReader(io.StringIO(text)))",
        "list(csv.DictReader(io.StringIO(text)))[1:])",
    ),
)

OTHERS = (
    _of("001", "color/convert.py")("a* too small", "mul_(500)", "mul_(250)"),
    _of("001", "color/convert.py")("b* of another sign", "mul_(-200)", "mul_(200)"),
    _of("001", "metrics/distances.py", "def _distance")(
        "the distance adds up deviations", "- 2 * cross", "+ 2 * cross"
    ),
    _of("001", "metrics/distances.py", "def _distance")(
        "the distance leaves out the means", "(mean1 - mean2).square().sum() + spread", "spread"
    ),
)

_unet = _of("004", "methods/unet.py", "class Down")
_unet_whole = _of("004", "methods/unet.py", "class UNet")
_patches = _of("004", "methods/patchgan.py")
_judge = _of("004", "methods/patchgan.py", "class PatchGAN")
_objective = _of("004", "methods/adversarial.py", "def discriminator_loss")
_cgan = _of("004", "methods/cgan.py", "class Adversarial")

CGAN = (
    _unet("generator: kernels of 2x2", "out_channels, 4, 2, 1,", "out_channels, 2, 2, 0,"),
    _unet(
        "generator: no batch normalization",
        "layers.append(nn.BatchNorm2d(out_channels))",
        "pass",
    ),
    _unet("generator: sigmoid for ReLU", "[nn.ReLU(), layer]", "[nn.Sigmoid(), layer]"),
    _unet("generator: no dropout", "if dropout:", "if False:"),
    _unet_whole("generator: half the filters", "width * min", "width // 2 * min"),
    _unet_whole("generator: skips from another layer", "across.pop()], 1)", "across[-1]], 1)"),
    _unet_whole("generator: no skips", "skips: bool = True", "skips: bool = False"),
    _unet_whole("generator: output not limited", "torch.tanh(maps.float())", "maps.float()"),
    _patches("patches of 34 pixels", "70: (4, (2, 2, 2))", "70: (4, (2, 2))"),
    _judge("discriminator: no batch normalization", "if number:", "if False:"),
    _judge("discriminator: the largest answer", ".mean((1, 2, 3))", ".amax((1, 2, 3))"),
    _judge("discriminator: logits for probabilities", "torch.sigmoid(self(seen))", "self(seen)"),
    _objective(
        "discriminator: real and fake exchanged", "-F.logsigmoid(real)", "-F.logsigmoid(-real)"
    ),
    _of("004", "methods/adversarial.py", "def non_saturating")(
        "generator: the first objective for the second",
        "-F.logsigmoid(fake)",
        "F.logsigmoid(-fake)",
    ),
    _cgan("L1 has the weight 10", "l1_weight: float = 100.0", "l1_weight: float = 10.0"),
    _cgan("the squared error for L1", "F.l1_loss(made, true)", "F.mse_loss(made, true)"),
    _cgan("the discriminator's objective is whole", "term / 2 if", "term if"),
    _cgan("an unconditional discriminator", "if self.conditional else", "if False else"),
    _cgan(
        "the generator first",
        "(self.discriminator, self.generator)",
        "(self.generator, self.discriminator)",
    ),
    _cgan("Adam with its usual betas", "self.learning_rate, self.betas)", "self.learning_rate)"),
    _cgan("a learning rate of 0.001", "learning_rate: float = 2e-4", "learning_rate: float = 1e-3"),
    _cgan("no noise at inference", "frozenset(keeps)", "frozenset()"),
    _cgan("all images share their statistics", "self.together if", "len(gray) if"),
    _of("004", "methods/cgan.py", "class CGAN(")("the gray of Rec. 709", '"rec601"', '"rec709"'),
    _of("004", "methods/cgan.py", "class CGAN(")(
        "colors in 0 to 1", "batch.rgb * 2 - 1", "batch.rgb"
    ),
    _of("004", "recipes/cgan.py")("the recipe drops L1", '"l1_weight": 100.0', '"l1_weight": 1.0'),
    _of("004", "recipes/cgan.py")("the recipe takes patches of 16", '"patch": 70', '"patch": 16'),
    _of("004", "recipes/cgan.py")("the recipe keeps no dropout", '["dropout", "batch_norm"]', "[]"),
)

_vit_encoder = _of("001", "methods/vit_generator.py", "class Encoder")
_fusion = _of("001", "methods/vit_generator.py", "class Fusion")
_vit_decoder = _of("001", "methods/vit_generator.py", "class Decoder")
_vit_parts = _of("001", "methods/vit_generator.py")
_vit_judge = _of("001", "methods/vit_judge.py", "network = VisionTransformer")
_embedder = _of("001", "methods/vit_embedding.py", "class Embedder")
_vitgan = _of("001", "methods/vitigan.py", "class ViTGAN")
_vit_recipes = _of("001", "recipes/vitigan.py")

VITGAN = (
    _vit_encoder(
        "encoder: kernels of 3x3", "before, after, 5, padding=2", "before, after, 3, 1, 1"
    ),
    _vit_encoder("encoder: one convolution a level", "(after, after, 5", "(after, after, 1"),
    _vit_encoder("encoder: max pooling", "POOLINGS[pooling](2)", "nn.MaxPool2d(2)"),
    _vit_encoder("encoder: pooling by 3", "POOLINGS[pooling](2)", "POOLINGS[pooling](3, 2, 1)"),
    _vit_recipes("encoder: ends with 256 maps", "128, 256, 512]", "128, 256, 256]"),
    _fusion("fusion: no bias", "channels, 1)", "channels, 1, bias=False)"),
    _fusion("fusion: kernels of 3x3", "channels, 1)", "channels, 3, padding=1)"),
    _of("001", "methods/vit_generator.py", "def joined")(
        "fusion: the embedding first", "[code, everywhere.to(code.dtype)]", "[everywhere, code]"
    ),
    _vit_decoder("decoder: bilinear", 'mode="nearest"', 'mode="bilinear"'),
    _vit_decoder("decoder: kernels of 5x5", "out, 3, 1 + strided, 1,", "out, 5, 1 + strided, 2,"),
    _vit_decoder("decoder: strides", "strided = doubling ==", "strided = doubling !="),
    _vit_decoder("decoder: output not limited", "nn.Tanh()", "nn.Identity()"),
    _vit_parts(
        "generator: dropout besides", "return [between, nn", "return [between, nn.Dropout(), nn"
    ),
    _vit_parts("generator: ReLU", "nn.LeakyReLU(SLOPE)]", "nn.ReLU()]"),
    _vit_judge("transformer: no dropout", "dropout=dropout", "dropout=0.0"),
    _vit_judge("transformer: half the heads", "num_heads=heads", "num_heads=heads // 2"),
    _vit_judge("transformer: one block less", "num_layers=blocks", "num_layers=blocks - 1"),
    _vit_judge("transformer: half the width inside", "mlp_dim=mlp_width", "mlp_dim=mlp_width // 2"),
    _vit_judge("transformer: tokens are dropped more", "= embedding_dropout", "= 0.5"),
    _vit_recipes("the recipe takes patches of 16", '"patch_size": 32', '"patch_size": 16'),
    _vit_recipes("the recipe takes 128 pixels", '"image_size": 256', '"image_size": 128'),
    _vit_recipes("the recipe has other betas", '"betas": [0.5, 0.9]', '"betas": [0.9, 0.999]'),
    _vit_recipes("the recipe learns faster", '"learning_rate": 2e-4', '"learning_rate": 1e-3'),
    _vit_recipes("the rate falls later", "falls_at=59_000", "falls_at=118_000"),
    _vit_recipes("Unsplash is another set", 'data="unsplash_lite"', 'data="photos"'),
    _embedder(
        "one channel for three",
        "clamp(0, 1).expand(-1, 3, -1, -1)",
        "clamp(0, 1) * torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1)",
    ),
    _embedder("lightness from 0 to 100", "(lightness / 100).clamp(0, 1)", "lightness"),
    _vitgan("L1 is the squared error", "PIXEL_LOSSES[pixel_loss]", "F.mse_loss"),
    _vitgan("lightness from 0 to 1", "return lightness / 50 - 1", "return lightness / 100"),
    _vitgan("the image's own lightness is lost", "self(lightness / 50 - 1)", "self(lightness)"),
    _vitgan(
        "real and fake exchanged",
        "discriminator_loss(real, fake)",
        "discriminator_loss(fake, real)",
    ),
    _of("001", "methods/vitigan.py", "def _falling")(
        "the rate falls by half",
        "MultiStepLR(optimizer, [at])",
        "MultiStepLR(optimizer, [at], 0.5)",
    ),
)

MUTATIONS = (*AUTOENCODER, *VGG, *CGAN, *VITGAN, *OTHERS)
