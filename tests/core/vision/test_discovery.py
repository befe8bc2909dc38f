from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import NetworkError
from core.vision.discovery import discover
from core.vision.probe import Probe

IMAGES = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Branches(nn.Module):
    """Two branches, put together by a function."""

    def __init__(self, put_together: object) -> None:
        super().__init__()
        self.branch_b = nn.Conv2d(3, 4, 1)
        self.branch_a = nn.Conv2d(3, 2, 3, padding=1)
        self.put_together = put_together

    def forward(self, x: Tensor) -> Tensor:
        return self.put_together(self.branch_b(x), self.branch_a(x))


def found(network: nn.Module) -> list[tuple[str, int, list[str], bool]]:
    torch.manual_seed(0)
    for weight in network.parameters():
        nn.init.normal_(weight)
    layers = [item.layer for item in discover(Probe(network.eval(), IMAGES))]
    return [(layer.name, layer.n_channels, [branch.name for branch in layer.branches], layer.pre_relu) for layer in layers]


def inside(module: nn.Module) -> nn.Module:
    network = nn.Sequential()
    network.add_module("mixed", module)
    return network


def test_branches_before_the_parents_relu_are_pre_relu() -> None:
    """Branches whose concatenated ReLU is the parent's output are a pre-ReLU layer, in the order of channels."""
    network = inside(Branches(lambda b, a: F.relu(torch.cat((b, a), 1))))
    assert found(network) == [("mixed", 6, ["b", "a"], True)]
    network = inside(Branches(lambda b, a: torch.cat((F.relu(a), F.relu(b)), 1)))
    assert found(network) == [("mixed", 6, ["a", "b"], True)]


def test_branches_without_a_relu_after_are_not_called_pre_relu() -> None:
    """Where no ReLU follows in the parent, branches are what they are."""
    assert found(inside(Branches(lambda b, a: torch.cat((b, a), 1)))) == [("mixed", 6, ["b", "a"], False)]


def test_branches_that_do_not_make_up_the_output_are_not_called_pre_relu() -> None:
    """Modules called branch_* are a layer whatever the parent does, but nothing is claimed that was not seen."""
    assert found(inside(Branches(lambda b, a: torch.tanh(torch.cat((b, a), 1))))) == [("mixed", 6, ["b", "a"], False)]


def test_a_relu_inside_each_branch_is_looked_behind() -> None:
    """Branches that end in a ReLU, in place or not, are taken before it."""
    layer = Branches(lambda b, a: torch.cat((b, a), 1))
    layer.branch_b = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True))
    layer.branch_a = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2), nn.ReLU())
    assert found(inside(layer)) == [("mixed", 6, ["b", "a"], True)]


def test_plain_convolutions_are_layers_where_there_are_no_blocks() -> None:
    """In a chain of convolutions each is a layer, pre-ReLU where a ReLU is given its output."""

    class Chain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.second(F.relu(self.first(x)))

    assert found(Chain()) == [("first", 4, ["all"], True), ("second", 5, ["all"], False)]


def test_a_network_without_feature_maps_is_refused() -> None:
    """A network of vectors has no layer to show."""
    with pytest.raises(NetworkError, match="No layer with feature maps"):
        found(nn.Sequential(nn.Flatten(), nn.Linear(768, 4)))
