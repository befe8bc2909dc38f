"""Compiled passes: recorded without hooks, the same activations, chosen by the clock, and a reason where there is none."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.vision.compiling import CompiledPasses, CompileError, Times, checked, timed
from core.vision.decoding import Crops
from core.vision.hooks import Forward
from core.vision.mining import Pass, first_batch, iter_activations
from core.vision.networks import LoadedNetwork
from tests.core.vision.test_mining import all_of, crops_of, hooks_of


def as_recorded(graph: torch.fx.GraphModule) -> Forward:
    """What takes the place of a compiler: the recorded graph, run as it is."""
    return graph


def plain(images: Tensor) -> tuple[Tensor, ...]:
    return (images.mean(dim=(2, 3)),)


IMAGES = torch.linspace(0.0, 1.0, 2 * 3 * 4 * 4).reshape(2, 3, 4, 4)


@pytest.mark.parametrize("reduction", ["mean", "max", "centre"])
def test_a_recorded_pass_gives_the_same_activations(tiny: LoadedNetwork, pictures: list[Path], reduction: str) -> None:
    """Whatever the reduction and the number of workers, and in the padded last batch, activations are those of the ordinary pass."""
    crops, asked = crops_of(tiny, pictures), Pass(tiny.card.layers, 4, reduction=reduction, n_workers=2)  # type: ignore[arg-type]
    found = all_of(iter_activations(tiny, crops, asked, compiled=CompiledPasses(as_recorded)))
    np.testing.assert_allclose(found, all_of(iter_activations(tiny, crops, asked)), rtol=1e-4, atol=1e-6)


def test_half_precision_is_recorded(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Autocast is in the graph: what is compiled in half has half's rounding."""
    crops, asked = crops_of(tiny, pictures), Pass(tiny.card.layers, 4, half=True)
    found = all_of(iter_activations(tiny, crops, asked, compiled=CompiledPasses(as_recorded)))
    np.testing.assert_array_equal(found, all_of(iter_activations(tiny, crops, asked)))


def test_workers_share_one_graph_that_stops_at_the_deepest_layer(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """The pass is compiled once for all workers and all later runs, has nothing behind the asked layer, and leaves no hooks."""
    graphs: list[torch.fx.GraphModule] = []

    def compiler(graph: torch.fx.GraphModule) -> Forward:
        graphs.append(graph)
        return graph

    passes, asked = CompiledPasses(compiler), Pass(tiny.card.layers[:1], 4, n_workers=3)
    first = all_of(iter_activations(tiny, crops_of(tiny, pictures), asked, compiled=passes))
    again = all_of(iter_activations(tiny, crops_of(tiny, pictures), asked, compiled=passes, start=4))
    assert again.tobytes() == first[4:].tobytes()
    assert len(graphs) == 1 and hooks_of(tiny) == 0
    assert sum("convolution" in str(node.target) for node in graphs[0].graph.nodes) == 5  # the stem's and four of the first layer


def test_what_cannot_be_recorded_or_compiled_has_a_reason() -> None:
    """A network that looks at its values, and a compiler that fails, say so in one line: the innermost error's."""

    def looks(images: Tensor) -> tuple[Tensor, ...]:
        return (images.mean(dim=(2, 3)) if float(images.sum()) > 0 else images.amax(dim=(2, 3)),)

    class Wrapped(Exception):
        inner_exception = RuntimeError("No working C++ compiler found.\nand much more")

    def fails(_graph: Any) -> Forward:
        raise Wrapped

    with pytest.raises(CompileError):
        CompiledPasses(as_recorded).of(looks, IMAGES)
    with pytest.raises(CompileError, match=r"^RuntimeError: No working C\+\+ compiler found$"):
        CompiledPasses(fails).of(plain, IMAGES)


@pytest.mark.parametrize("factor", [1.01, float("nan")])
def test_other_activations_are_not_used(factor: float) -> None:
    """Activations that differ by more than rounding, or are no numbers, are refused; in half precision a percent is rounding."""

    def other(images: Tensor) -> tuple[Tensor, ...]:
        return (plain(images)[0] * factor,)

    checked(plain, lambda images: (plain(images)[0] * (1 + 1e-5),), IMAGES, is_half=False)
    with pytest.raises(CompileError, match=r"differ by more than 0\.0001"):
        checked(plain, other, IMAGES, is_half=False)
    if factor == 1.01:
        checked(plain, other, IMAGES, is_half=True)


def test_positions_of_near_ties_may_jump() -> None:
    """Of maxima only the values are compared."""

    def highest(position: float) -> Forward:
        return lambda images: (torch.stack([images.amax(dim=(2, 3)), torch.full(images.shape[:2], position)], dim=2),)

    checked(highest(3.0), highest(9.0), IMAGES, is_half=False)


def test_times_are_medians_of_passes_that_take_turns() -> None:
    """By a clock that is moved by the passes themselves, one slow round changes nothing."""
    now, order = [0.0], ""

    def taking(name: str, seconds: list[float]) -> Forward:
        def forward(images: Tensor) -> tuple[Tensor, ...]:
            nonlocal order
            order += name
            now[0] += seconds.pop(0)
            return (images,)

        return forward

    found = timed(taking("p", [3.0, 3.0, 90.0, 2.0, 3.5]), taking("c", [2.0, 50.0, 2.0, 2.0, 1.0]), IMAGES, clock=lambda: now[0])
    assert found == Times(3.0, 2.0) and order == "pc" * 5


@pytest.mark.slow
def test_torchs_compiler_gives_the_same_activations(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Compiled by torch for this CPU, activations agree, and the number of workers and the start change no bit."""
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        pytest.skip("there is no C++ compiler, which torch.compile needs on a CPU")
    crops, passes = crops_of(tiny, pictures), CompiledPasses()
    asked = Pass(tiny.card.layers[:1], 4, n_workers=2)
    with first_batch(tiny, crops, asked) as (forward, images):
        checked(forward, passes.of(forward, images), images, is_half=False)
    found = all_of(iter_activations(tiny, crops, asked, compiled=passes))
    np.testing.assert_allclose(found, all_of(iter_activations(tiny, crops, asked)), rtol=1e-4, atol=1e-5)
    alone = replace(asked, n_workers=1)
    assert all_of(iter_activations(tiny, crops, alone, start=4, compiled=passes)).tobytes() == found[4:].tobytes()


def test_the_first_batch_is_as_workers_see_it(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """What is tried out on is the first images, padded, on one thread, and the process has its threads back afterwards."""
    n_threads, crops = torch.get_num_threads(), crops_of(tiny, pictures[:3])
    with first_batch(tiny, crops, Pass(tiny.card.layers, 4)) as (forward, images):
        assert torch.get_num_threads() == 1 and images.shape == (4, 3, 32, 32) and not images[3].any()
        found = torch.cat(forward(images), dim=1)[:3].numpy()
    np.testing.assert_array_equal(
        found, all_of(iter_activations(tiny, Crops(crops.folder, crops.files, crops.preprocessing), Pass(tiny.card.layers, 4)))
    )
    assert torch.get_num_threads() == n_threads and hooks_of(tiny) == 0
