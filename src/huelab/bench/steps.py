"""`huelab bench steps`: training steps of the autoencoder beside a plain loop in float32."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from huelab.bench.race import Contestant, race
from huelab.methods.autoencoder import Autoencoder

RIVAL = "plain float32 loop"


def plain() -> nn.Sequential:
    """The same layers and parameters from PyTorch's own modules, with its own padding."""
    layers: list[nn.Module] = []
    for before, after in ((1, 64), (64, 128), (128, 256)):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
    layers += [nn.Flatten(), nn.Linear(4096, 256), nn.Linear(256, 4096)]
    layers += [nn.Unflatten(1, (256, 4, 4))]
    for before, after in ((256, 256), (256, 128), (128, 64)):
        double = nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1)
        layers += [double, nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 3, padding=1), nn.Sigmoid())


def bench_steps(batch: int, steps: int, *, device: torch.device, rounds: int) -> list[Contestant]:
    """Time steps of training, forward, backward and Adam, on pictures of noise, 32 x 32.

    The last contestant computes as `huelab.training.fit` does where the processor has bfloat16.
    """
    draw = torch.Generator().manual_seed(0)
    gray, rgb = (torch.rand(batch, c, 32, 32, generator=draw).to(device) for c in (1, 3))
    ways: dict[str, tuple[Callable[[], nn.Module], torch.dtype, torch.memory_format]] = {
        RIVAL: (plain, torch.float32, torch.contiguous_format),
        "float32, channels last": (Autoencoder, torch.float32, torch.channels_last),
        "bfloat16": (Autoencoder, torch.bfloat16, torch.contiguous_format),
        "bfloat16, channels last": (Autoencoder, torch.bfloat16, torch.channels_last),
    }
    contestants = []
    for name, (build, kind, memory) in ways.items():
        torch.manual_seed(0)
        network = build().to(device, memory_format=memory)
        fused = name != RIVAL
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=fused or None)
        run = _Steps(network, optimizer, gray, rgb, kind, steps)
        contestants.append(Contestant(name, run, batch * steps))
    race(contestants, rounds=rounds, device=device)
    return contestants


class _Steps:
    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        gray: Tensor,
        rgb: Tensor,
        kind: torch.dtype,
        steps: int,
    ):
        self.network, self.optimizer, self.steps = network, optimizer, steps
        self.gray, self.rgb, self.kind = gray, rgb, kind

    def __call__(self) -> None:
        for _ in range(self.steps):
            with torch.autocast(self.gray.device.type, self.kind, self.kind != torch.float32):
                predicted = self.network(self.gray)
            loss = F.mse_loss(predicted.float(), self.rgb)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
