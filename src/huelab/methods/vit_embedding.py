"""The output of a frozen classifier for a gray image, an input of paper 001's generator (4.4).

The paper takes the 1,000 numbers that Inception-v3 gives before its softmax. Every source of such
numbers here has the same interface, so that controls can replace the classifier.
"""

import hashlib
from collections.abc import Iterable

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as tensor_bytes
from torch import Tensor, nn

from huelab import features
from huelab.color.batch import Batch, sent
from huelab.methods.options import one_of
from huelab.storage import cache_dir, locked, write_whole

#: How many numbers describe an image: one for each class of ImageNet.
NUMBERS = 1000
#: Where the numbers come from: a network of `huelab.features`, and whether it is trained; or no
#: network at all.
SOURCES = {
    "inception_tv": ("inception_tv", True),
    "squeezenet": ("squeezenet", True),
    "random": ("squeezenet", False),
    "constant": (None, False),
}
#: Seed of the random weights, which are the same in every run.
RANDOM_SEED = 0
# A number that varies less than this over the training images carries no information.
_LEAST = 1e-6


class Embedder(nn.Module):
    """L* to 1,000 numbers, each with mean 0 and standard deviation 1 over the training images.

    The paper feeds the raw numbers. They are standardized here, so that no network has more
    influence than another because its numbers are larger.

    The classifier is not a submodule. It does not learn, no file of weights holds it, and it is
    loaded when it is first needed.

    Attributes:
        source: one of `SOURCES`.
        mean, deviation: mean and standard deviation over the training images, `(1000,)`; 0 and 1
            before `look`.
        table: the numbers of all training images, `(images, 1000)`, see `look`; None before it.

    Example:
        >>> embedder = Embedder("random")
        >>> lightness = torch.rand(2, 1, 32, 32) * 100
        >>> embedder(lightness).shape, sum(1 for _ in embedder.parameters())
        (torch.Size([2, 1000]), 0)
        >>> torch.equal(embedder.numbers(lightness), embedder(lightness))  # not standardized yet
        True
        >>> batch = Batch(torch.arange(2), lab=lightness.expand(-1, 3, -1, -1))
        >>> embedder.look([batch], device="cpu")
        >>> torch.equal(embedder(lightness, torch.tensor([1, 0])), embedder.table.flip(0))
        True
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, source: str):
        """Raise ValueError for a source that is not one of `SOURCES`."""
        super().__init__()
        one_of(SOURCES, embedding=source)
        self.source = source
        self.register_buffer("mean", torch.zeros(NUMBERS))
        self.register_buffer("deviation", torch.ones(NUMBERS))
        self.table: Tensor | None = None
        # Inside a list, PyTorch does not register it as a submodule.
        self._loaded: list[features.Network] = []

    def forward(self, lightness: Tensor, index: Tensor | None = None) -> Tensor:
        """L* `(N, 1, H, W)` in 0..100, of any size, to `(N, 1000)`.

        Args:
            lightness: the images; ignored if the numbers come from the table.
            index: int64 `(N,)`, on the CPU: the positions of these images in the training set.
        """
        if index is None or self.table is None:
            return self._standardized(self.numbers(lightness))
        return self.table.index_select(0, sent(index, self.table.device))

    def numbers(self, lightness: Tensor) -> Tensor:
        """The raw numbers of the network, which sees three equal channels in [0, 1]."""
        name, _ = SOURCES[self.source]
        if name is None:
            return lightness.new_ones(len(lightness), NUMBERS)
        three = (lightness / 100).clamp(0, 1).expand(-1, 3, -1, -1)
        return self._network(lightness.device)(three).logits

    def look(
        self, images: Iterable[Batch], key: str = "", device: torch.device | str = "cpu"
    ) -> None:
        """Compute and keep the numbers of all training images, with their mean and deviation.

        Each image is looked at once and uncropped, even if training steps crop or mirror it.

        Args:
            images: all training images in order, with `lab`, on the device.
            key: a hash of their pixels. With a key, the numbers are also kept in the cache.
            device: the device of the table.
        """
        device = torch.device(device)
        found = self._cached(images, key, device) if key else self._all(images)
        if bool((self.mean == 0).all()):  # otherwise the statistics of an earlier set are kept
            self._measure(found)
        self.table = self._standardized(found)

    def _measure(self, found: Tensor) -> None:
        if SOURCES[self.source][0] is None:
            return  # constant numbers would all become zero
        deviation, mean = torch.std_mean(found.double(), 0, correction=0)
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > _LEAST, deviation, 1.0))

    def _standardized(self, numbers: Tensor) -> Tensor:
        return (numbers - self.mean.to(numbers)) / self.deviation.to(numbers)

    def _all(self, images: Iterable[Batch]) -> Tensor:
        return torch.cat([self.numbers(batch.lab[:, :1]) for batch in images])

    def _cached(self, images: Iterable[Batch], key: str, device: torch.device) -> Tensor:
        """The result of `_all`, from the file of an earlier run if there is one."""
        marks = (self.source, device.type, self._digest(device)[:16], key[:16])
        path = cache_dir() / "embeddings" / f"{'-'.join(marks)}.safetensors"
        with locked(path.with_suffix(".lock")):
            try:
                return load_file(path)["numbers"].to(device)
            except (OSError, SafetensorError, KeyError):
                found = self._all(images)
                write_whole(path, tensor_bytes({"numbers": found.cpu()}))
                return found

    def _digest(self, device: torch.device) -> str:
        """A hash of the network's weights."""
        digest = hashlib.sha256()
        if SOURCES[self.source][0] is not None:
            for tensor in self._network(device).state_dict().values():
                digest.update(tensor.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    def _network(self, device: torch.device) -> features.Network:
        if not self._loaded:
            name, trained = SOURCES[self.source]
            assert name is not None
            self._loaded.append(features.load(name) if trained else _random(name))
        self._loaded[0] = self._loaded[0].to(device)
        return self._loaded[0]


def _random(name: str) -> features.Network:
    """A network with random initial weights and no training."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        return features.untrained(name)
