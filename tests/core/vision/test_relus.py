from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.vision.relus import LeakyGradient

RELUS: dict[str, Callable[[Tensor], Tensor]] = {
    "module": nn.ReLU(),
    "module in place": nn.ReLU(inplace=True),
    "functional": F.relu,
    "functional in place": lambda x: F.relu(x, inplace=True),
    "torch": torch.relu,
    "method": lambda x: x.relu(),
    "method in place": lambda x: x.relu_(),
}


def gradient(relu: Callable[[Tensor], Tensor], start: Tensor, *, leaky: bool, sign: float = 1.0) -> Tensor:
    parameter = start.clone().requires_grad_(True)
    if leaky:
        with LeakyGradient():
            result = relu(parameter * 1.0)
    else:
        result = relu(parameter * 1.0)
    (sign * result.sum()).backward()
    assert parameter.grad is not None
    return parameter.grad


@pytest.mark.parametrize("relu", RELUS.values(), ids=RELUS.keys())
def test_gradient_passes_where_all_was_blocked(relu: Callable[[Tensor], Tensor]) -> None:
    """An image whose ReLUs are all dead gets the upward gradient; plainly it gets none."""
    dead = -torch.rand(2, 3, 4, 4) - 0.1
    assert gradient(relu, dead, leaky=False).abs().max() == 0
    assert bool((gradient(relu, dead, leaky=True) == 1).all())


def test_images_that_live_keep_their_plain_gradient() -> None:
    """Redirection is decided image by image."""
    mixed = torch.stack([-torch.ones(3, 2, 2), torch.linspace(-1, 1, 12).view(3, 2, 2)])
    plain, leaky = gradient(F.relu, mixed, leaky=False), gradient(F.relu, mixed, leaky=True)
    assert torch.equal(leaky[1], plain[1])
    assert bool((leaky[0] == 1).all())


def test_gradient_that_pushes_dead_values_further_down_stays_blocked() -> None:
    """Only gradient that can revive a value passes."""
    dead = -torch.ones(1, 3, 2, 2)
    assert gradient(F.relu, dead, leaky=True, sign=-1.0).abs().max() == 0


@pytest.mark.parametrize("relu", RELUS.values(), ids=RELUS.keys())
def test_forward_values_are_those_of_a_relu(relu: Callable[[Tensor], Tensor]) -> None:
    """Nothing changes in the forward direction."""
    given = torch.randn(2, 3, 4, 4)
    with LeakyGradient():
        assert torch.equal(relu(given.clone()), given.relu())


def test_in_place_relus_still_write_in_place() -> None:
    """Code that ignores the returned tensor sees the ReLU's result."""
    given = torch.randn(2, 3, 4, 4)
    wanted = given.relu()
    with LeakyGradient():
        given.relu_()
    assert torch.equal(given, wanted)


def test_nothing_leaks_after_an_exception() -> None:
    """After the context, also one left by an exception, ReLUs are plain again."""
    with pytest.raises(ZeroDivisionError), LeakyGradient():
        raise ZeroDivisionError
    assert gradient(F.relu, -torch.ones(1, 2, 2, 2), leaky=False).abs().max() == 0
