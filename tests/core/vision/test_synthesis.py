from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from core.domain import EXTREMES, Extreme, RenderSpec, Unit
from core.errors import UnknownName, UsageError
from core.vision.hooks import cloned, tapped
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork
from core.vision.objectives import group_objectives, unit_activations
from core.vision.parameterization import image_function, side_px, start_parameter
from core.vision.presets import preset
from core.vision.synthesis import Target, render
from core.vision.transforms import transformed

SpecOf = Callable[..., RenderSpec]
A, B, C = Unit("mixed2", 1), Unit("mixed2", 6), Unit("mixed2", 11)


@pytest.mark.parametrize("kind", ["fused", "paper", "none"])
def test_a_group_does_not_depend_on_the_groups_beside_it(tiny_double: LoadedNetwork, small_spec: SpecOf, kind: str) -> None:
    """In float64, 10 steps of three groups in one batch equal those of each alone to 1e-8, and the images are the same."""
    targets: list[Target] = [(A, "max"), (B, "min"), (C, "max")]
    spec = small_spec(kind=kind, steps=11)
    together = list(render(tiny_double, spec, targets, group_batch=3))
    for target, beside in zip(targets, together, strict=True):
        (alone,) = render(tiny_double, spec, [target])
        np.testing.assert_allclose(beside.course, alone.course, rtol=0, atol=1e-8)
        assert np.abs(beside.images.astype(int) - alone.images.astype(int)).max() <= 1


def test_the_same_spec_gives_the_same_bytes(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """A spec with its seed determines the images; another seed gives others."""
    torch.manual_seed(1)
    (first,) = render(tiny, small_spec(), [(A, "max")])
    torch.manual_seed(2)
    (second,) = render(tiny, small_spec(), [(A, "max")])
    (other,) = render(tiny, small_spec(seed=1), [(A, "max")])
    assert first.images.tobytes() == second.images.tobytes()
    assert first.activations.tobytes() == second.activations.tobytes()
    assert first.images.tobytes() != other.images.tobytes()


def test_the_activation_is_that_of_the_stored_images(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Activations are measured on exactly the 8-bit images that are given."""
    (group,) = render(tiny, small_spec(), [(B, "max")])
    assert (group.images.dtype, group.images.shape, group.activations.dtype) == (np.uint8, (3, 32, 32, 3), np.float32)
    wanted = measure(tiny, group.images, layers=(tiny.layer("mixed2"),), batch=3)[:, B.channel]
    np.testing.assert_allclose(group.activations, wanted, rtol=1e-6)


@pytest.mark.parametrize(("extreme", "sign"), [("max", 1), ("min", -1)])
def test_the_course_goes_to_the_extreme(tiny: LoadedNetwork, small_spec: SpecOf, extreme: Extreme, sign: int) -> None:
    """The activation rises for "max" and falls for "min"."""
    (group,) = render(tiny, small_spec(steps=40, diversity=0.0), [(A, extreme)])
    assert len(group.course) == 40
    assert sign * (np.mean(group.course[-5:]) - group.course[0]) > 0.05


def test_diversity_makes_the_images_of_a_group_differ(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """With a large diversity weight the similarity of the images' maps is smaller than without."""

    def similarity_of(diversity: float) -> float:
        (group,) = render(tiny, small_spec(steps=40, diversity=diversity), [(A, "max")])
        pixels = torch.from_numpy(group.images).permute(0, 3, 1, 2).float() / 255
        with torch.no_grad(), tapped(tiny.module, tiny.taps, layers=(tiny.layer("mixed2"),), reduction=cloned) as forward:
            maps = forward(pixels)[0].flatten(2)
        grams = torch.nn.functional.normalize((maps @ maps.transpose(1, 2)).flatten(1))
        return float((grams @ grams.T).sum())

    assert similarity_of(10.0) < similarity_of(0.0) - 0.1


def test_the_gradient_of_the_objective_is_the_numerical_one(tiny_double: LoadedNetwork, small_spec: SpecOf) -> None:
    """In float64 the gradient through transforms, network and diversity equals central differences in random directions."""
    spec = small_spec(kind="fused", n_images=2)
    layer = tiny_double.layer("mixed2")
    start = torch.stack([start_parameter(spec, A, extreme="max", index=index) for index in range(2)]).double() * 50
    images_of = image_function(spec.parameterization, side=side_px(spec), like=start)

    def objective(parameter: torch.Tensor) -> torch.Tensor:
        with tapped(tiny_double.module, tiny_double.taps, layers=(layer,), reduction=cloned) as forward:
            maps = forward(transformed(images_of(parameter), spec, step=0))[0][None]
        return group_objectives(maps, unit_activations(maps, [A]), extremes=["max"], diversity=0.5).sum()

    parameter = start.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(objective(parameter), parameter)
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        direction = torch.randn(start.shape, generator=generator, dtype=torch.float64)
        with torch.no_grad():
            numerical = (objective(start + 1e-6 * direction) - objective(start - 1e-6 * direction)) / 2e-6
        assert float((gradient * direction).sum()) == pytest.approx(float(numerical), rel=1e-4, abs=1e-8)


def test_groups_come_in_order_and_steps_are_reported(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Groups are given in the order of the targets, batch by batch, and every step is counted over all batches."""
    targets: list[Target] = [(A, "max"), (A, "min"), (C, "max")]
    reported: list[tuple[int, int]] = []
    groups = render(tiny, small_spec(steps=4), targets, group_batch=2, on_step=lambda done, total: reported.append((done, total)))
    first = next(groups)
    assert (first.unit, first.extreme) == targets[0]
    assert reported == [(step, 8) for step in range(1, 5)]
    assert [(group.unit, group.extreme) for group in groups] == targets[1:]
    assert reported[-1] == (8, 8)


def test_the_network_is_unchanged_afterwards(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Rendering leaves weights, flags, gradients and hooks as they were, also where it is interrupted."""
    before = {name: value.clone() for name, value in tiny.module.state_dict().items()}

    def interrupt(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    list(render(tiny, small_spec(steps=3), [(A, "max")]))
    with pytest.raises(KeyboardInterrupt):
        list(render(tiny, small_spec(steps=3), [(A, "max")], on_step=interrupt))
    after = tiny.module.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert not any(module.training or module._forward_hooks or module._forward_pre_hooks for module in tiny.module.modules())
    assert all(weight.grad is None and not weight.requires_grad for weight in tiny.module.parameters())


def test_targets_and_specs_that_do_not_fit_are_refused_at_once(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Two layers, a missing layer or channel, or another image size raise before anything is computed."""
    with pytest.raises(UsageError, match="one layer"):
        render(tiny, small_spec(), [(A, "max"), (Unit("mixed1", 0), "max")])
    with pytest.raises(UnknownName, match="mixed1"):
        render(tiny, small_spec(), [(Unit("mixd1", 0), "max")])
    with pytest.raises(UsageError, match="0 to 12"):
        render(tiny, small_spec(), [(Unit("mixed2", 13), "max")])
    with pytest.raises(UsageError, match="32 px"):
        render(tiny, small_spec(image_px=48), [(A, "max")])
    with pytest.raises(UsageError, match="needs"):
        render(tiny, small_spec(steps=0), [(A, "max")])
    assert list(render(tiny, small_spec(), [])) == []


def test_renders_of_the_embedded_network_beat_natural_images(embedded: LoadedNetwork) -> None:
    """For evenly spaced units, quick renders go beyond 95 % of 60 images of the embedded world, and mostly beyond all of them."""
    gallery = pytest.importorskip("core.demo.world.gallery")
    images = np.stack([np.asarray(gallery.draw(3, index)[0].resize((160, 160))) for index in range(60)])
    natural = measure(embedded, images, layers=(embedded.layer("mixed4b"),), batch=20)
    units = [Unit("mixed4b", channel) for channel in range(0, 128, 32)]
    targets: list[Target] = [(unit, extreme) for unit in units for extreme in EXTREMES]
    groups = list(render(embedded, preset("quick", image_px=160, seed=0, n_images=2), targets))
    signs = [1 if group.extreme == "max" else -1 for group in groups]
    means = [sign * float(group.activations.mean()) for sign, group in zip(signs, groups, strict=True)]
    others = [sign * natural[:, group.unit.channel] for sign, group in zip(signs, groups, strict=True)]
    assert all(mean > np.quantile(other, 0.95) for mean, other in zip(means, others, strict=True))
    assert sum(mean > other.max() for mean, other in zip(means, others, strict=True)) > len(groups) / 2
