"""Passes replayed as graphs: which are, which are not, and that a wrong graph is never used."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from core.vision import graphs
from core.vision.graphs import MOST_GRAPHS, OFTEN, Graphed
from core.vision.hooks import Forward, cloned, tapped
from core.vision.networks import LoadedNetwork
from core.vision.relus import LeakyGradient


class Recorder:
    """A capture that keeps what it was asked for and gives a pass that counts its uses."""

    def __init__(self, change: Callable[[Tensor], Tensor] = lambda maps: maps) -> None:
        self.shapes: list[torch.Size] = []
        self.n_replayed = 0
        self.change = change

    def __call__(self, forward: Forward, samples: tuple[Tensor, ...]) -> Forward:
        assert samples[0].requires_grad and samples[0].is_leaf
        self.shapes.append(samples[0].shape)

        def replay(images: Tensor) -> tuple[Tensor, ...]:
            self.n_replayed += 1
            return tuple(self.change(one) for one in forward(images))

        return replay


def images_of(n: int, side: int = 32) -> Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(n)).requires_grad_(True)


def test_a_shape_that_comes_often_is_captured_once(tiny: LoadedNetwork) -> None:
    """The third time a shape comes it is captured, checked, and replayed from then on; other shapes have graphs of their own."""
    capture, said = Recorder(), []
    with tapped(tiny.module, tiny.taps, layers=tiny.card.layers, reduction=cloned) as forward:
        graphed = Graphed(forward, capture=capture, is_half=False, notice=said.append)
        for _ in range(OFTEN + 2):
            found = graphed(images_of(2))
        for one, other in zip(found, forward(images_of(2)), strict=True):
            assert torch.equal(one, other)
        assert capture.shapes == [images_of(2).shape] and capture.n_replayed == 1 + 3  # checked once
        for _ in range(OFTEN):
            graphed(images_of(3))
        assert len(capture.shapes) == 2 and not said


def test_what_a_graph_cannot_hold_goes_the_ordinary_way(tiny: LoadedNetwork) -> None:
    """Passes without gradient, and those while ReLUs leak, are never captured or replayed; nor are more shapes than memory is for."""
    capture = Recorder()
    with tapped(tiny.module, tiny.taps, layers=tiny.card.layers, reduction=cloned) as forward:
        graphed = Graphed(forward, capture=capture, is_half=False, notice=lambda _: None)
        for _ in range(2 * OFTEN):
            graphed(images_of(2).detach())
            with LeakyGradient():
                graphed(images_of(2))
        assert capture.shapes == []
        for n in range(1, MOST_GRAPHS + 4):
            for _ in range(OFTEN):
                graphed(images_of(n, side=24))
        assert len(capture.shapes) == MOST_GRAPHS


@pytest.mark.parametrize(
    ("capture", "reason"),
    [
        (Recorder(lambda maps: 1.1 * maps), "not those of the ordinary pass"),
        (Recorder(lambda maps: maps.detach() + 0 * maps), "not those of the ordinary pass"),
        (Recorder(lambda maps: maps / 0), "not those of the ordinary pass"),
    ],
    ids=["maps", "gradient", "infinite"],
)
def test_a_wrong_graph_is_not_used(tiny: LoadedNetwork, capture: Recorder, reason: str) -> None:
    """Maps or gradients that are not those of the ordinary pass are noticed before they are used, said once, and no graph is made again."""
    said: list[str] = []
    with tapped(tiny.module, tiny.taps, layers=tiny.card.layers, reduction=cloned) as forward:
        graphed = Graphed(forward, capture=capture, is_half=False, notice=said.append)
        for n in (2, 3):
            for _ in range(OFTEN + 1):
                for one, other in zip(graphed(images_of(n)), forward(images_of(n)), strict=True):
                    assert torch.equal(one, other)
    assert len(said) == 1 and reason in said[0] and len(capture.shapes) == 1


def test_where_none_can_be_made_rendering_goes_on(tiny: LoadedNetwork) -> None:
    """An error while capturing is said in a sentence."""
    said: list[str] = []

    def fails(_forward: Forward, _samples: tuple[Tensor, ...]) -> Forward:
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    with tapped(tiny.module, tiny.taps, layers=tiny.card.layers, reduction=cloned) as forward:
        graphed = Graphed(forward, capture=fails, is_half=True, notice=said.append)
        for _ in range(OFTEN + 1):
            assert torch.equal(graphed(images_of(2))[0], forward(images_of(2))[0])
    assert len(said) == 1 and "(operation not permitted when stream is capturing)" in said[0] and "goes on without" in said[0]


def test_elsewhere_a_pass_is_left_as_it_is() -> None:
    """Only a machine's one GPU replays."""

    def forward(images: Tensor) -> tuple[Tensor, ...]:
        return (images,)

    assert graphs.replayed(forward, torch.device("cpu"), is_half=False, notice=lambda _: None) is forward


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_real_graph_gives_the_ordinary_maps_and_gradients(tiny: LoadedNetwork) -> None:
    """On CUDA, replayed maps and gradients are those of the ordinary pass."""
    said: list[str] = []
    tiny.module.cuda()
    with tapped(tiny.module, tiny.taps, layers=tiny.card.layers, reduction=cloned) as forward:
        graphed = Graphed(forward, capture=torch.cuda.make_graphed_callables, is_half=False, notice=said.append)
        for n in range(2 * OFTEN):
            images = (images_of(2) * (n + 1) / 10).detach().cuda().requires_grad_(True)
            found, wanted = graphs._maps_and_gradient(graphed, images), graphs._maps_and_gradient(forward, images)
            for one, other in zip(found, wanted, strict=True):
                torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)
    assert not said
