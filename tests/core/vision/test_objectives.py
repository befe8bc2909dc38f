from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from lucent.optvis import objectives as lucent
from torch import Tensor
from torch.nn import functional as F

from core.domain import EXTREMES, Extreme, Unit
from core.render_spec import CentreNeuron, Channel, Difference, Direction, Diversity, Measure, ObjectiveSpec
from core.vision import objectives
from core.vision.objectives import Evaluated, evaluate, measure, other_layer, similarity
from core.vision.relus import LeakyGradient

WEIGHTS = ((0, 0.5), (2, -1.25), (4, 2.0))
MEASURES: dict[str, Measure] = {
    "channel": Channel(),
    "neuron": CentreNeuron(),
    "direction": Direction(WEIGHTS),
    "cosine": Direction(WEIGHTS, cosine=True),
    "difference": Difference("a:5"),
}
UNITS = (Unit("a", 1), Unit("a", 4))


def maps(channels: int = 6, side: int = 4, *, groups: int = 2, images: int = 3, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(100 * channels + side + seed)
    return torch.randn(groups, images, channels, side, side, generator=generator, dtype=torch.float64)


def slow_similarity(group: Tensor) -> Tensor:
    """As METHOD section 3 says it: loops over pairs of images."""
    grams = []
    for image in group:
        flat = image.reshape(image.shape[0], -1)
        gram = flat @ flat.T
        grams.append(gram / gram.square().sum().sqrt())
    n = len(grams)
    return sum(((grams[i] * grams[j]).sum() for i in range(n) for j in range(n) if j != i), torch.zeros(())) / n


def slow_measure(image: Tensor, asked: Measure, channel: int) -> Tensor:
    """One image's measure, position by position: image (C, h, w)."""
    _, height, width = image.shape
    places = [(row, column) for row in range(height) for column in range(width)]
    if isinstance(asked, CentreNeuron):
        places = [(height // 2, width // 2)]
    found = []
    for row, column in places:
        vector = image[:, row, column]
        if isinstance(asked, Direction):
            weights = torch.zeros_like(vector)
            for number, weight in asked.weights:
                weights[number] = weight
            product = (weights * vector).sum()
            lengths = weights.norm() * vector.norm() if asked.cosine else torch.ones(())
            found.append(product / lengths if bool(lengths != 0) else 0 * product)
        elif isinstance(asked, Difference):
            found.append(vector[channel] - vector[int(asked.other.split(":")[1])])
        else:
            found.append(vector[channel])
    return torch.stack(found).mean()


def slow_objective(group: Tensor, asked: ObjectiveSpec, channel: int, extreme: Extreme, weight: float) -> Tensor:
    shown = group.clamp_min(0) if asked.relu == "post" else group
    sign = 1 if extreme == "max" else -1
    return sign * torch.stack([slow_measure(image, asked.measure, channel) for image in shown]).mean() - weight * slow_similarity(shown)


def evaluated(given: Tensor, asked: ObjectiveSpec, *, extremes: tuple[Extreme, ...] = ("max", "min"), weight: float = 2.0) -> Evaluated:
    weights = torch.full((len(given),), weight, dtype=given.dtype)
    return evaluate(given, asked, units=UNITS[: len(given)], extremes=extremes, weights=weights, n_images=given.shape[1])


def measured(given: Tensor, asked: ObjectiveSpec, other: Tensor | None = None) -> Tensor:
    return measure(given, asked, units=UNITS[: len(given)], other_maps=given if other is None else other)


@pytest.mark.parametrize("form", [objectives._by_gram_matrices, objectives._by_positions])
@pytest.mark.parametrize(("channels", "side", "images"), [(2, 6, 3), (24, 2, 2), (7, 3, 5), (4, 1, 3)])
def test_similarity_and_its_gradient_equal_the_obvious_loops(
    form: Callable[[Tensor], tuple[Tensor, Tensor]], channels: int, side: int, images: int
) -> None:
    """Either algebraic form gives the value of the definition, and in closed form the gradient that autograd finds of it."""
    given = maps(channels, side, images=images).requires_grad_(True)
    wanted = torch.stack([slow_similarity(group) for group in given])
    (gradient,) = torch.autograd.grad(wanted.sum(), given)
    value, ours = form(given.detach().flatten(3))
    torch.testing.assert_close(value, wanted.detach(), rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(ours, gradient.flatten(3), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("channels", "side", "chosen"), [(2, 6, "_by_gram_matrices"), (24, 2, "_by_positions")])
def test_the_cheaper_form_is_taken(monkeypatch: pytest.MonkeyPatch, channels: int, side: int, chosen: str) -> None:
    """Few channels go by Gram matrices, few positions by products of positions."""
    for name in ("_by_gram_matrices", "_by_positions"):
        monkeypatch.setattr(objectives, name, lambda flat, name=name: (name, flat))
    assert similarity(maps(channels, side))[0] == chosen


@pytest.mark.parametrize(("channels", "side"), [(6, 4), (24, 2)])
def test_similarity_is_lucids_diversity_with_the_other_sign(channels: int, side: int) -> None:
    """lucent gives minus the similarity."""
    group = maps(channels, side, groups=1)
    theirs = lucent.diversity("a")(lambda _name: group[0])
    assert float(similarity(group)[0]) == pytest.approx(-float(theirs), rel=1e-10)


@pytest.mark.parametrize("side", [4, 5])
def test_measures_are_lucids_with_the_other_sign(side: int) -> None:
    """The mean over images equals lucent's channel, neuron, direction and, times the channels it divides by, channel_weight."""
    given = maps(side=side, groups=1)
    weights = torch.zeros(6, dtype=torch.float64)
    for channel, weight in WEIGHTS:
        weights[channel] = weight
    theirs = {
        "channel": (lucent.channel("a", 1), 1),
        "neuron": (lucent.neuron("a", 1), 1),
        "direction": (lucent.channel_weight("a", weights), 6),
        "cosine": (lucent.direction("a", weights), 1),
    }
    for name, (objective, factor) in theirs.items():
        ours = measured(given, ObjectiveSpec(MEASURES[name])).mean()
        assert float(ours) == pytest.approx(-factor * float(objective(lambda _name: given[0])), rel=1e-10), name


@pytest.mark.parametrize("relu", ["layer", "post"])
@pytest.mark.parametrize("name", MEASURES)
def test_objectives_and_gradients_equal_the_obvious_loops(name: str, relu: str) -> None:
    """What is measured and maximised, and its gradient at the maps, equal a slow re-implementation and autograd through it."""
    asked = ObjectiveSpec(MEASURES[name], relu=relu)  # type: ignore[arg-type]
    given = maps().requires_grad_(True)
    wanted = torch.stack(
        [slow_objective(group, asked, unit.channel, extreme, 2.0) for group, unit, extreme in zip(given, UNITS, EXTREMES, strict=True)]
    )
    (gradient,) = torch.autograd.grad(wanted.sum(), given)
    found = evaluated(given.detach(), asked, extremes=EXTREMES)
    torch.testing.assert_close(found.objectives, wanted.detach(), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(found.gradients[0], gradient, rtol=1e-9, atol=1e-12)
    shown = given.detach().clamp_min(0) if relu == "post" else given.detach()
    slow = [[slow_measure(image, asked.measure, unit.channel) for image in group] for group, unit in zip(shown, UNITS, strict=True)]
    torch.testing.assert_close(found.activations, torch.tensor(slow, dtype=torch.float64), rtol=1e-10, atol=1e-12)


def test_a_difference_reaches_across_layers() -> None:
    """The other unit is read in the other layer's maps, whose gradient is that of its mean with a minus sign."""
    given, other = maps(), maps(3, 2, seed=1)
    asked = ObjectiveSpec(Difference("b:2"), diversity=Diversity(2.0))
    assert other_layer(asked.measure) == "b"
    assert other_layer(Channel()) is None
    found = evaluate(
        given, asked, units=UNITS, extremes=("max", "min"), weights=torch.full((2,), 2.0).double(), n_images=3, other_maps=other
    )
    torch.testing.assert_close(found.activations, measured(given, ObjectiveSpec()) - other[:, :, 2].mean(dim=(2, 3)))
    gradient = torch.zeros_like(other)
    gradient[0, :, 2], gradient[1, :, 2] = -1 / (3 * 4), 1 / (3 * 4)
    torch.testing.assert_close(found.gradients[1], gradient)
    torch.testing.assert_close(found.gradients[0], evaluated(given, ObjectiveSpec()).gradients[0])  # other channels of one layer apart


@pytest.mark.parametrize("name", MEASURES)
def test_only_the_activation_changes_sign_for_min(name: str) -> None:
    """For "min" the measure is negated and the similarity still held against it."""
    asked, both = ObjectiveSpec(MEASURES[name]), maps()
    highest = evaluated(both, asked, extremes=("max", "max"))
    lowest = evaluated(both, asked, extremes=("min", "min"))
    torch.testing.assert_close(highest.objectives + lowest.objectives, -4.0 * similarity(both)[0])
    torch.testing.assert_close(highest.gradients[0] + lowest.gradients[0], -4.0 * similarity(both)[1])
    torch.testing.assert_close(highest.objectives - lowest.objectives, 2.0 * measured(both, asked).mean(dim=1))
    assert torch.equal(highest.activations, lowest.activations)


@pytest.mark.parametrize("name", MEASURES)
def test_a_balanced_diversity_has_a_share_of_the_activations_gradient(name: str) -> None:
    """With "gradient" balance the norm of the diversity's gradient at the maps is weight x that of the activation, in every group."""
    given = maps() * torch.tensor([1.0, 30.0]).view(2, 1, 1, 1, 1)
    plain = evaluated(given, ObjectiveSpec(MEASURES[name]), weight=0.0)
    found = evaluated(given, ObjectiveSpec(MEASURES[name], diversity=Diversity(0.3, balance="gradient")), weight=0.3)
    share = (plain.gradients[0] - found.gradients[0]).flatten(1).norm(dim=1)
    torch.testing.assert_close(share, 0.3 * plain.gradients[0].flatten(1).norm(dim=1), rtol=1e-10, atol=0)
    torch.testing.assert_close(found.objectives, plain.objectives - found.weights * similarity(given)[0])
    torch.testing.assert_close(share, found.weights * similarity(given)[1].flatten(1).norm(dim=1))


def test_a_fixed_diversity_holds_as_it_is_given() -> None:
    """The weight that held is the group's own, and none where there is none."""
    asked = ObjectiveSpec()
    weights = torch.tensor([0.0, 3.0], dtype=torch.float64)
    found = evaluate(maps(), asked, units=UNITS, extremes=("max", "max"), weights=weights, n_images=3)
    assert found.weights.tolist() == [0.0, 3.0]
    torch.testing.assert_close(found.gradients[0][0], evaluated(maps(), asked, extremes=("max", "max"), weight=0.0).gradients[0][0])


def test_the_crops_of_an_image_lie_side_by_side() -> None:
    """Two crops of every image are measured each, and count as one map of twice the positions for the diversity."""
    crops = maps(images=6)
    wide = torch.stack([torch.cat([crops[:, 2 * image], crops[:, 2 * image + 1]], dim=2) for image in range(3)], dim=1)
    weights = torch.full((2,), 2.0, dtype=torch.float64)
    found = evaluate(crops, ObjectiveSpec(), units=UNITS, extremes=("max", "min"), weights=weights, n_images=3)
    whole = evaluated(wide, ObjectiveSpec())
    assert found.activations.shape == (2, 6)
    torch.testing.assert_close(found.objectives, whole.objectives)
    torch.testing.assert_close(found.gradients[0][:, 0::2], whole.gradients[0][:, :, :, :4])
    torch.testing.assert_close(found.gradients[0][:, 1::2], whole.gradients[0][:, :, :, 4:])


def test_groups_do_not_touch_each_other() -> None:
    """A group's objective and gradient are those it has alone."""
    both = maps()
    together = evaluated(both, ObjectiveSpec())
    alone = evaluated(both[:1], ObjectiveSpec(), extremes=("max",))
    torch.testing.assert_close(together.objectives[:1], alone.objectives, rtol=1e-13, atol=0)
    torch.testing.assert_close(together.gradients[0][:1], alone.gradients[0], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("channels", "side"), [(5, 6), (24, 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dead_maps_have_a_finite_gradient(channels: int, side: int, dtype: torch.dtype) -> None:
    """Maps that are zero everywhere, in one image or in all, give no NaN; dead images are like no other."""
    dead = maps(channels, side).to(dtype)
    dead[0], dead[1, 0] = 0, 0
    value, gradient = similarity(dead)
    assert bool(torch.isfinite(gradient).all())
    assert float(value[0]) == 0
    assert float(value[1]) == pytest.approx(float(slow_similarity(dead[1, 1:])) * 2 / 3, rel=1e-5)
    found = evaluated(dead, ObjectiveSpec(diversity=Diversity(1e4, balance="gradient")), weight=1e4)
    assert all(bool(torch.isfinite(one).all()) for one in (found.gradients[0], found.objectives, found.weights))
    assert float(found.weights[0]) == 0


def test_one_image_has_nothing_to_differ_from() -> None:
    """A group of one image has no similarity term."""
    single = maps(images=1)
    found = evaluated(single, ObjectiveSpec(), extremes=("max", "max"), weight=9.0)
    torch.testing.assert_close(found.objectives, found.activations[:, 0])
    assert found.weights.tolist() == [0.0, 0.0]


def test_a_dead_unit_read_after_its_relu_gets_the_gradient_of_a_leaky_one() -> None:
    """While ReLUs leak, the ReLU of the reading leaks too, image by image."""
    given = -maps().abs()
    given[0, 1] = given[0, 1].abs()
    asked = ObjectiveSpec(relu="post")
    assert float(evaluated(given, asked, extremes=("max", "max"), weight=0.0).gradients[0][0, 0].abs().max()) == 0
    with LeakyGradient():
        found = evaluated(given, asked, extremes=("max", "max"), weight=0.0)
    wanted = torch.zeros_like(given)
    wanted[0, :, 1], wanted[1, :, 4] = 1 / 48, 1 / 48
    torch.testing.assert_close(found.gradients[0], wanted)
    torch.testing.assert_close(found.activations, F.relu(given)[[0, 1], :, [1, 4]].mean(dim=(2, 3)))
