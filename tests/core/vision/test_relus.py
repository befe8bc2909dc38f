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
CAPPED: dict[str, Callable[[Tensor], Tensor]] = {
    "module": nn.ReLU6(),
    "module in place": nn.ReLU6(inplace=True),
    "functional": F.relu6,
    "functional in place": lambda x: F.relu6(x, inplace=True),
    "hardtanh": lambda x: F.hardtanh(x, 0.0, 6.0),
    "hardtanh module": nn.Hardtanh(0.0, 6.0),
    "hardtanh by name": lambda x: F.hardtanh(x, max_val=6.0, min_val=0.0),
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


@pytest.mark.parametrize("relu", CAPPED.values(), ids=CAPPED.keys())
def test_a_relu6_lets_gradient_through_at_both_its_ends(relu: Callable[[Tensor], Tensor]) -> None:
    """A blocked ReLU6 gets the gradient that revives it: upward below 0 and downward above 6, never the other way."""
    below, above = -torch.rand(2, 3, 4, 4) - 0.1, torch.rand(2, 3, 4, 4) + 6.1
    for dead, sign in ((below, 1.0), (above, -1.0)):
        assert gradient(relu, dead, leaky=False, sign=sign).abs().max() == 0
        assert bool((gradient(relu, dead, leaky=True, sign=sign) == sign).all())
        assert gradient(relu, dead, leaky=True, sign=-sign).abs().max() == 0


@pytest.mark.parametrize("relu", CAPPED.values(), ids=CAPPED.keys())
def test_a_relu6_that_lives_is_a_plain_one(relu: Callable[[Tensor], Tensor]) -> None:
    """Values, and the gradient of an image that lets some through, are those of torch's ReLU6."""
    given = torch.linspace(-3, 9, 96).view(2, 3, 4, 4).flip(1)
    given[1] = given[0] / 2
    with LeakyGradient():
        assert torch.equal(relu(given.clone()), F.relu6(given))
    assert torch.equal(gradient(relu, given, leaky=True), gradient(relu, given, leaky=False))


def test_a_hardtanh_with_another_floor_is_left_alone() -> None:
    """Where values may be negative there is no dead ReLU to revive."""
    dead = -torch.ones(1, 2, 2, 2) * 3
    assert gradient(F.hardtanh, dead, leaky=True).abs().max() == 0
