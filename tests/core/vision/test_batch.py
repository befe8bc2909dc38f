from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.domain import Branch, Extreme, Layer, NetworkCard, Preprocessing, Unit
from core.errors import UsageError
from core.render_spec import (
    Affine,
    CentreNeuron,
    Cppn,
    Crops,
    Difference,
    Direction,
    ExemplarStart,
    FlatStop,
    Fourier,
    Jitter,
    Maco,
    Noise,
    Parameterization,
    Pixels,
    RenderSpec,
    Target,
    Transform,
)
from core.vision.batch import SMOOTHING, SNAPSHOT_SHARES, Batch, Natural, packed, unpacked
from core.vision.hooks import Tap, cloned, tapped
from core.vision.networks import LoadedNetwork
from core.vision.parameterization import mean_magnitude

SpecOf = Callable[..., RenderSpec]
A, B, C = Unit("mixed2", 1), Unit("mixed2", 6), Unit("mixed2", 11)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(30, 220, (6, 4, 4, 3), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)
NATURAL = Natural(
    magnitude=mean_magnitude(IMAGES, side=32),
    exemplars={(unit, extreme, rank): IMAGES[rank] for unit in (A, B) for extreme in ("max", "min") for rank in range(6)},
)


class Run:
    """A batch on a network, its layers tapped anew for every step."""

    def __init__(self, network: LoadedNetwork, spec: RenderSpec, *targets: Target, other: str | None = None) -> None:
        self.network, self.layers = network, [network.layer(targets[0].unit.layer)] + ([network.layer(other)] if other else [])
        self.batch = Batch(network, spec, targets, NATURAL)

    def improve(self, steps: int = 1) -> Batch:
        with tapped(self.network.module, self.network.taps, layers=self.layers, reduction=cloned) as forward:
            for _ in range(steps):
                self.batch.improve(forward)
        return self.batch


def objective_at(run: Run, parameter: Tensor, original: Tensor | None, anchor: Tensor | None = None) -> float:
    """What a batch maximises where its parameter is this: as it notes it, less the distance from an exemplar, by its activation."""
    with torch.no_grad():
        run.batch.parameter.copy_(parameter)
    batch = run.improve()
    found = float(batch.course[1, 0].sum())
    if original is not None:
        assert isinstance(batch.spec.start, ExemplarStart)
        anchor = batch.course[0, 0].abs() if anchor is None else anchor
        distance = (batch.images_of(parameter, batch.spec.optimiser.steps) - original).square().flatten(1).mean(dim=1)
        found -= float(batch.spec.start.keep * (anchor * distance).sum())
    return found


PLAIN: dict[str, Any] = {"transforms": (), "n_images": 1, "diversity": 0.0, "leak": 0}
DIFFERENTIABLE: dict[str, dict[str, Any]] = {
    "fourier": {"parameterization": Fourier(sd=1.0)},
    "pixels": {"parameterization": Pixels(sd=1.0)},
    "maco": {"parameterization": Maco(), "border_px": 0},
    "cppn": {"parameterization": Cppn(hidden=6, depth=3)},
    "coarse": {"parameterization": Fourier(sd=1.0, coarse_to_fine=1.0)},
    "neuron": {"measure": CentreNeuron()},
    "cosine": {"measure": Direction(((0, 1.0), (4, -2.0)), cosine=True)},
    "post": {"relu": "post", "parameterization": Pixels(sd=4.0)},
    "diversity": {"n_images": 3, "diversity": 0.5, "parameterization": Fourier(sd=1.0)},
    "transforms": {"transforms": (Affine(4), Noise(0.1)), "n_images": 2, "diversity": 0.5, "parameterization": Fourier(sd=1.0)},
    "crops": {"transforms": (Crops(2, 0.6), Noise(0.05)), "n_images": 2, "diversity": 0.5, "parameterization": Fourier(sd=1.0)},
    "paper": {"transforms": (Jitter(4), Jitter(2)), "n_images": 2, "diversity": 0.5, "parameterization": Fourier(sd=1.0)},
}


@pytest.mark.parametrize("extreme", ["max", "min"])
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_the_gradient_is_the_numerical_one(tiny_double: LoadedNetwork, small_spec: SpecOf, name: str, extreme: Extreme) -> None:
    """In float64 the gradient of what is maximised equals central differences in random directions, and the first step goes up it."""
    spec = small_spec(**PLAIN | DIFFERENTIABLE[name])
    check_gradient(tiny_double, spec, Target(A, extreme))


def test_the_gradient_of_a_difference_across_layers_is_the_numerical_one(tiny_double: LoadedNetwork, small_spec: SpecOf) -> None:
    """Both layers pass back their share."""
    spec = small_spec(**PLAIN | {"measure": Difference("mixed1:3"), "parameterization": Fourier(sd=1.0)})
    check_gradient(tiny_double, spec, Target(A, "max"), other="mixed1")


def test_the_gradient_of_an_accentuation_is_the_numerical_one(tiny_double: LoadedNetwork, small_spec: SpecOf) -> None:
    """The distance from the exemplar is taken off, in units of its activation."""
    spec = small_spec(**PLAIN | {"start": ExemplarStart(keep=3.0)})
    first = Run(tiny_double, spec, Target(A, "max"))
    start = first.batch.parameter.detach().clone()
    original = first.batch.images_of(start, spec.optimiser.steps).detach()
    torch.manual_seed(0)
    check_gradient(tiny_double, spec, Target(A, "max"), at=start + torch.randn_like(start) * start.std() / 5, original=original)


def check_gradient(
    network: LoadedNetwork,
    spec: RenderSpec,
    target: Target,
    *,
    other: str | None = None,
    at: Tensor | None = None,
    original: Tensor | None = None,
) -> None:
    run = Run(network, spec, target, other=other)
    start = run.batch.parameter.detach().clone() if at is None else at
    generator = torch.Generator().manual_seed(3)
    if isinstance(spec.parameterization, Cppn):  # its last layer begins at 0
        start += 0.3 * torch.randn(start.shape, generator=generator, dtype=torch.float64)
    objective_at(run, start, original)
    gradient = run.batch.parameter.grad
    assert gradient is not None
    gradient = gradient.clone()
    moved, anchor = run.batch.parameter.detach() - start, run.batch.course[0, 0].abs()
    large = gradient.abs() > 1e-5
    assert bool(large.any())
    assert torch.equal(moved[large].sign(), gradient[large].sign())
    for _ in range(3):
        direction = torch.randn(start.shape, generator=generator, dtype=torch.float64)
        direction /= direction.norm()
        ahead, behind = (
            objective_at(Run(network, spec, target, other=other), start + h * direction, original, anchor) for h in (1e-6, -1e-6)
        )
        assert float((gradient * direction).sum()) == pytest.approx((ahead - behind) / 2e-6, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize(
    ("parameterization", "transforms"),
    [(Fourier(), (Affine(4),)), (Pixels(), (Jitter(4),)), (Maco(), (Crops(1, 0.6), Noise())), (Cppn(hidden=6, depth=3), (Affine(4),))],
    ids=str,
)
def test_sixteen_units_in_one_batch_are_as_each_alone(
    tiny_double: LoadedNetwork, small_spec: SpecOf, parameterization: Parameterization, transforms: tuple[Transform, ...]
) -> None:
    """In float64, after 10 steps, parameters and courses of 16 groups equal those of each rendered alone to 1e-8."""
    spec = small_spec(parameterization=parameterization, transforms=transforms, n_images=2, steps=12, border_px=0)
    targets = [Target(Unit("mixed2", number % 13), "max" if number < 13 else "min") for number in range(16)]
    together = Run(tiny_double, spec, *targets).improve(10)
    images = together.images_of(together.parameter.detach(), 10).unflatten(0, (16, 2))
    for number, target in enumerate(targets):
        alone = Run(tiny_double, spec, target).improve(10)
        torch.testing.assert_close(images[number], alone.images_of(alone.parameter.detach(), 10), rtol=0, atol=1e-8)
        torch.testing.assert_close(together.course[:2, :10, number], alone.course[:2, :10, 0], rtol=0, atol=1e-8)


def test_the_state_of_a_batch_is_all_there_is_to_know(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """A new batch that takes up a packed state goes on to the same bits, in parameter and course."""
    spec, targets = small_spec(steps=12), (Target(A, "max"), Target(B, "min"))
    run = Run(tiny, spec, *targets)
    state = packed(run.improve(5).state())
    wanted = run.improve(4)
    taken = Run(tiny, spec, *targets)
    taken.batch.restore(unpacked(state))
    assert taken.batch.step == 5
    found = taken.improve(4)
    assert torch.equal(found.parameter, wanted.parameter)
    assert torch.equal(found.course[:, :9], wanted.course[:, :9])
    assert found.snapshots.keys() == wanted.snapshots.keys()


def smoothed(norms: list[float]) -> float:
    weights = [SMOOTHING ** (len(norms) - 1 - at) for at in range(len(norms))]
    return sum(weight * norm for weight, norm in zip(weights, norms, strict=True)) / sum(weights)


def flat_at(norms: list[float], flat: FlatStop) -> int | None:
    """The step at which a group ends, by the definition."""
    for step in range(2 * flat.window + 1, len(norms) + 1):
        if step % 8 == 0:
            now, before = smoothed(norms[:step]), smoothed(norms[: step - flat.window])
            if abs(now - before) <= flat.tolerance * before:
                return step
    return None


def test_a_flat_group_ends_and_the_others_go_on(tiny_double: LoadedNetwork, small_spec: SpecOf) -> None:
    """A group ends where the definition says, with the images it has there; one that is not flat takes all steps."""
    whole = small_spec(steps=40, n_images=2)
    targets = [Target(unit, extreme) for unit in (A, B, C) for extreme in ("max", "min")]
    plain = Run(tiny_double, whole, *targets).improve(40)
    norms = plain.course[2].T.tolist()
    changes = [[abs(smoothed(n[:s]) - smoothed(n[: s - 4])) / smoothed(n[: s - 4]) for s in (16, 24, 32)] for n in norms]
    lowest = sorted(min(change) for change in changes)
    flat = FlatStop(window=4, tolerance=(lowest[2] + lowest[3]) / 2)
    ends = [flat_at(norm, flat) for norm in norms]
    assert {None} < set(ends)
    spec = replace(whole, optimiser=replace(whole.optimiser, flat_stop=flat))
    run = Run(tiny_double, spec, *targets)
    while not run.batch.is_done:
        run.improve()
    for target, end, found, other in zip(targets, ends, run.batch.results(), plain.results(), strict=True):
        assert len(found.activations) == (end or 40)
        np.testing.assert_allclose(found.activations, other.activations[: len(found.activations)], rtol=0, atol=1e-5)
        if end:
            (wanted,) = Run(tiny_double, replace(whole, optimiser=replace(whole.optimiser, steps=end)), target).improve(end).results()
            other = wanted
        assert int((found.images.int() - other.images.int()).abs().max()) <= 1
        assert found.snapshots[-1][0] == len(found.activations)
        assert torch.equal(found.snapshots[-1][1], found.images[0])


def test_snapshots_show_the_first_image_on_its_way(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """They are of the start, of set shares of the steps, and of the end."""
    spec = small_spec(steps=32)
    (found,) = Run(tiny, spec, Target(A, "max")).improve(32).results()
    assert [step for step, _ in found.snapshots] == [int(share * 32) for share in SNAPSHOT_SHARES] + [32]
    assert all(image.shape == (32, 32, 3) for _, image in found.snapshots)
    (short,) = Run(tiny, small_spec(steps=1), Target(A, "max")).improve(1).results()
    assert torch.equal(short.snapshots[0][1], found.snapshots[0][1])


def test_accentuation_begins_as_the_exemplars_of_its_ranks(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Image `index` of a unit begins as the exemplar of rank `index`, also in a later group; a rank that is not there is named."""
    spec = small_spec(start=ExemplarStart(), steps=1, transforms=())
    (first,) = Run(tiny, small_spec(start=ExemplarStart(), n_images=1, steps=1), Target(A, "min", 2)).improve().results()
    np.testing.assert_array_equal(first.snapshots[0][1].numpy(), IMAGES[2])
    batch = Run(tiny, spec, Target(A, "max", 1)).batch
    np.testing.assert_array_equal(batch._quantised(batch.parameter, batch.step).numpy(), IMAGES[3:6])
    with pytest.raises(UsageError, match="Image 6 of mixed2:1 max"):
        Run(tiny, spec, Target(A, "max", 2))


def test_keep_holds_images_to_their_exemplars(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """The larger `keep`, the nearer the images stay."""

    def distance(keep: float) -> float:
        spec = small_spec(start=ExemplarStart(keep=keep), steps=30, diversity=0.0)
        (found,) = Run(tiny, spec, Target(A, "max")).improve(30).results()
        return float(np.square(found.images.numpy() / 255 - IMAGES[:3] / 255).mean())

    assert distance(1000.0) < 0.6 * distance(0.0)


class Dead(nn.Module):
    """No image lets anything through its activation."""

    def __init__(self, activation: nn.Module, bias: float) -> None:
        super().__init__()
        self.stem, self.activation, self.head = nn.Conv2d(3, 4, 3), activation, nn.Conv2d(4, 2, 1)
        nn.init.constant_(self.stem.bias, bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.head.weight.abs_()

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.head(self.activation(self.stem(images)))
        return maps


@pytest.mark.parametrize(
    ("activation", "bias", "extreme"),
    [
        (nn.ReLU(), -5.0, "max"),
        (nn.ReLU(inplace=True), -5.0, "max"),
        (nn.ReLU6(), -5.0, "max"),
        (nn.ReLU6(), 12.0, "min"),
        (nn.Hardtanh(0.0, 1.0), -5.0, "max"),
    ],
    ids=str,
)
def test_a_dead_start_gets_a_gradient_while_relus_leak(small_spec: SpecOf, activation: nn.Module, bias: float, extreme: Extreme) -> None:
    """A unit behind dead ReLUs moves for the first steps, and not at all without the leak."""
    torch.manual_seed(0)
    module = Dead(activation, bias).requires_grad_(False)
    card = NetworkCard("dead", "dead", "0", Preprocessing(32, 32), (Layer("head", 2, (Branch("all", 0, 2),), False),))
    network = LoadedNetwork(card, module, torch.device("cpu"), {"head": (Tap(module.head),)})
    spec = small_spec(leak=2, diversity=0.0)
    norms = Run(network, spec, Target(Unit("head", 1), extreme)).improve(3).course[2, :3, 0]
    assert bool((norms[:2] > 0).all())
    still = replace(spec, optimiser=replace(spec.optimiser, relu_leak_steps=0))
    assert float(Run(network, still, Target(Unit("head", 1), extreme)).improve().course[2, 0, 0]) == 0


def test_a_unit_read_after_its_relu_gets_a_gradient_where_it_is_dead(small_spec: SpecOf) -> None:
    """relu="post" leaks for the first steps as the network's own ReLUs do."""
    torch.manual_seed(0)
    module = Dead(nn.Identity(), -5.0).requires_grad_(False)
    card = NetworkCard("dead", "dead", "0", Preprocessing(32, 32), (Layer("stem", 4, (Branch("all", 0, 4),), True),))
    network = LoadedNetwork(card, module, torch.device("cpu"), {"stem": (Tap(module.stem),)})
    for leak, moves in ((1, True), (0, False)):
        batch = Run(network, small_spec(leak=leak, relu="post"), Target(Unit("stem", 1), "max")).improve()
        assert (float(batch.course[2, 0, 0]) > 0) == moves
        assert float(batch.course[0, 0, 0]) == 0
