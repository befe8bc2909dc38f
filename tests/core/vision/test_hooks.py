from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.domain import Branch, Layer
from core.errors import NetworkError
from core.vision.hooks import Tap, cloned, spatial_mean, tapped
from core.vision.networks import LoadedNetwork


def hooks_of(module: nn.Module) -> int:
    return sum(len(inner._forward_hooks) + len(inner._forward_pre_hooks) for inner in module.modules())


def recomputed(network: LoadedNetwork, images: Tensor) -> dict[str, Tensor]:
    """The pre-ReLU maps of both layers, module by module, without hooks."""
    relu, pool = torch.relu, torch.nn.functional.max_pool2d
    net = network.module

    def branches(layer: nn.Module, x: Tensor) -> Tensor:
        three = layer.branch_3x3(relu(layer.reduce_3x3(x)))
        return torch.cat([layer.branch_1x1(x), three, layer.branch_pool(pool(x, 3, stride=1, padding=1))], dim=1)

    first = branches(net.mixed1, relu(net.stem(images * 2 - 1)))
    return {"mixed1": first, "mixed2": branches(net.mixed2, pool(relu(first), 2))}


def test_maps_equal_a_computation_without_hooks(tiny: LoadedNetwork) -> None:
    """What is captured is the pre-ReLU maps, although the network's ReLUs work in place."""
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad(), tapped(tiny.module, tiny.taps, layers=tiny.card.layers, reduction=cloned) as forward:
        maps = forward(images)
        wanted = recomputed(tiny, images)
    for layer, found in zip(tiny.card.layers, maps, strict=True):
        assert found.shape[1] == layer.n_channels
        assert found.min() < 0
        torch.testing.assert_close(found, wanted[layer.name])


def test_layers_come_in_the_order_asked_for(tiny: LoadedNetwork) -> None:
    """Reductions follow the asked layers, not the order in which the network reaches them."""
    first, second = tiny.card.layers
    with torch.no_grad(), tapped(tiny.module, tiny.taps, layers=(second, first), reduction=spatial_mean) as forward:
        assert [part.shape[1] for part in forward(torch.rand(1, 3, 32, 32))] == [second.n_channels, first.n_channels]


def test_the_pass_stops_after_the_deepest_asked_layer(tiny: LoadedNetwork) -> None:
    """Modules behind the asked layer are not run."""
    reached = []
    handles = [
        module.register_forward_hook(lambda *_: reached.append(1)) for module in (tiny.module.mixed2.branch_1x1, tiny.module.classifier)
    ]
    with tapped(tiny.module, tiny.taps, layers=tiny.card.layers[:1], reduction=spatial_mean) as forward:
        forward(torch.rand(1, 3, 32, 32))
    for handle in handles:
        handle.remove()
    assert reached == []


def test_hooks_are_gone_after_an_exception(tiny: LoadedNetwork) -> None:
    """Neither a failing block nor a failing reduction leaves a hook behind."""

    def failing(_maps: Tensor) -> Tensor:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), tapped(tiny.module, tiny.taps, layers=tiny.card.layers, reduction=failing) as forward:
        assert hooks_of(tiny.module) > 0
        forward(torch.rand(1, 3, 32, 32))
    assert hooks_of(tiny.module) == 0
    assert tiny.module(torch.rand(1, 3, 32, 32)).shape == (1, 4)


def test_a_network_that_swallows_exceptions_still_stops(tiny: LoadedNetwork) -> None:
    """A network's own `except Exception` does not get in the way of stopping early."""

    class Careful(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            try:
                return tiny.module(images)
            except Exception as error:
                raise AssertionError("the stop was caught by the network") from error

    with tapped(Careful(), tiny.taps, layers=tiny.card.layers[:1], reduction=spatial_mean) as forward:
        assert forward(torch.rand(1, 3, 32, 32))[0].shape == (1, 10)


def test_a_call_of_a_reused_module_can_be_named() -> None:
    """A ReLU module that is used twice is told apart by the number of its call, at its input too."""
    relu = nn.ReLU(inplace=True)

    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relu = relu

        def forward(self, x: Tensor) -> Tensor:
            return self.relu(self.relu(x - 1) - 2)

    layer = Layer("last", 3, (Branch("all", 0, 3),), True)
    with tapped(Twice(), {"last": (Tap(relu, "input", 1),)}, layers=(layer,), reduction=cloned) as forward:
        torch.testing.assert_close(forward(torch.full((1, 3, 2, 2), 2.5))[0], torch.full((1, 3, 2, 2), -0.5))


def test_maps_that_are_never_reached_are_an_error(tiny: LoadedNetwork) -> None:
    """A tap on a module that is not part of the pass is reported, not left out."""
    layer = Layer("other", 2, (Branch("all", 0, 2),), False)
    with (
        pytest.raises(NetworkError, match="0 of 1"),
        tapped(tiny.module, {"other": (Tap(nn.Identity()),)}, layers=(layer,), reduction=cloned) as forward,
    ):
        forward(torch.rand(1, 3, 32, 32))
