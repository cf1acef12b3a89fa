"""What papers 000, 003 and 004 say of optimizers: their printed steps against PyTorch's."""

import pytest
import torch
from papers import batch_for, built, loss_of, optimizer_of, random_pixels

TINY = 1e-12  # its place, inside or outside the root, must not matter here
START = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)


def bowl(w: torch.Tensor) -> torch.Tensor:
    return (w.square() * torch.tensor([1.0, 3.0, 0.2], dtype=w.dtype)).sum()


def slope(w: torch.Tensor) -> torch.Tensor:
    w = w.detach().requires_grad_()
    return torch.autograd.grad(bowl(w), w)[0]


def adam_as_printed(sign: float, steps: int, rate: float = 0.01) -> torch.Tensor:
    """The five printed lines; `sign` is what stands before the gradient in the first."""
    w, m, s, beta1, beta2 = START.clone(), 0, 0, 0.9, 0.999
    for t in range(1, steps + 1):
        gradient = slope(w)
        m = beta1 * m + sign * (1 - beta1) * gradient
        s = beta2 * s + (1 - beta2) * gradient * gradient
        w = w + rate * (m / (1 - beta1**t)) / torch.sqrt(s / (1 - beta2**t) + TINY)
    return w


def descend(optimizer: type, steps: int, scale: float = 1.0, **settings) -> torch.Tensor:
    w = START.clone().requires_grad_()
    stepper = optimizer([w], **settings)
    for _ in range(steps):
        stepper.zero_grad()
        (scale * bowl(w)).backward()
        stepper.step()
    return w.detach()


@pytest.mark.claim("000-H08")
def test_adam_of_paper_000_takes_the_steps_of_torch():
    known = descend(torch.optim.Adam, 50, lr=0.01, eps=TINY)
    assert torch.allclose(adam_as_printed(-1, 50), known, atol=1e-8)
    assert bowl(known) < bowl(START)


@pytest.mark.claim("003-X02")
def test_adam_of_paper_003_goes_uphill():
    losses = [bowl(adam_as_printed(+1, steps)) for steps in (0, 1, 10, 50)]
    assert losses == sorted(losses) and losses[-1] > 1.1 * losses[0]


@pytest.mark.claim("003-H08", refutes=True)
def test_refutes_that_adam_of_paper_003_is_adam():
    """Its first step is that of Adam, in the opposite direction."""
    step = adam_as_printed(+1, 1) - START
    known = descend(torch.optim.Adam, 1, lr=0.01, eps=TINY) - START
    assert torch.allclose(step, -known) and known.abs().min() > 0


@pytest.mark.claim("003-H09")
def test_rmsprop_as_printed_takes_the_steps_of_the_recipe():
    """With the decay of 0.9 that the recipe's own optimizer has; PyTorch's default is 0.99."""
    settings = optimizer_of(built("autoencoder-rmsprop")).param_groups[0]
    kept = {name: settings[name] for name in ("alpha", "momentum", "centered")}
    known = descend(torch.optim.RMSprop, 50, lr=0.01, eps=TINY, **kept)
    w, s, beta = START.clone(), 0, 0.9
    for _ in range(50):
        gradient = slope(w)
        s = beta * s + (1 - beta) * gradient * gradient
        w = w - 0.01 * gradient / torch.sqrt(s + TINY)
    assert torch.allclose(w, known, atol=1e-8)


@pytest.mark.claim("004-H07", refutes=True)
def test_refutes_that_halving_a_loss_slows_adam_down():
    """It does slow plain gradient descent."""
    whole, half = (descend(torch.optim.Adam, 20, s, lr=0.01, eps=TINY) for s in (1.0, 0.5))
    assert torch.allclose(whole, half)
    whole, half = (descend(torch.optim.SGD, 1, s, lr=0.01) for s in (1.0, 0.5))
    assert torch.allclose(whole - START, 2 * (half - START))


def gradients_after(rate: float, optimizer: str, steps: int = 2) -> torch.Tensor:
    """The norm of each kernel's gradient in the autoencoder after some steps."""
    network = built("autoencoder", learning_rate=rate, optimizer=optimizer)
    stepper, batch = optimizer_of(network), batch_for(network, random_pixels(2, 32))
    for step in range(steps + 1):
        stepper.zero_grad()
        loss_of(network, batch).backward()
        if step < steps:
            stepper.step()
    return torch.stack([p.grad.norm() for p in network.parameters() if p.ndim > 1])


@pytest.mark.claim("003-Q04", refutes=True)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_refutes_that_a_small_rate_makes_gradients_vanish(optimizer):
    """Below the schedule's lower limit the gradients of all nine layers stay what they were."""
    unmoved = gradients_after(0.0, optimizer)
    assert len(unmoved) == 9 and unmoved.min() > 0
    for rate in (5e-7, 1e-9):
        assert torch.allclose(gradients_after(rate, optimizer), unmoved, rtol=0.05)


def test_gradients_change_where_the_rate_is_not_small():
    """So that the test before this one would see a change."""
    moved = gradients_after(1e-3, "adam")
    assert not torch.allclose(moved, gradients_after(0.0, "adam"), rtol=0.05)
