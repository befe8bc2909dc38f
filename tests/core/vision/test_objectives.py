from __future__ import annotations

import pytest
import torch
from lucent.optvis.objectives import diversity as lucent_diversity
from torch import Tensor

from core.domain import Unit
from core.vision import objectives
from core.vision.objectives import group_objectives, similarity, unit_activations


def maps(channels: int, side: int, *, groups: int = 2, images: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(channels * side)
    return torch.randn(groups, images, channels, side, side, generator=generator, dtype=torch.float64)


def slow_similarity(group: Tensor) -> float:
    """As METHOD section 3 says it: loops over pairs of images."""
    grams = []
    for image in group:
        flat = image.reshape(image.shape[0], -1)
        gram = flat @ flat.T
        grams.append(gram / gram.square().sum().sqrt())
    n = len(grams)
    return sum(float((grams[i] * grams[j]).sum()) for i in range(n) for j in range(n) if j != i) / n


@pytest.mark.parametrize(("channels", "side"), [(2, 6), (24, 2), (7, 3)])
def test_similarity_equals_the_obvious_loops(channels: int, side: int) -> None:
    """The similarity of each group equals the definition."""
    found = similarity(maps(channels, side))
    assert found.tolist() == pytest.approx([slow_similarity(group) for group in maps(channels, side)], rel=1e-10)


def test_both_algebraic_forms_agree() -> None:
    """Gram matrices of channels and products of positions give the same inner products."""
    flat = maps(5, 4).flatten(3)
    torch.testing.assert_close(objectives._gram_products(flat), objectives._cross_products(flat))


def test_similarity_is_lucids_diversity_with_the_other_sign() -> None:
    """lucent gives minus the similarity."""
    group = maps(6, 4, groups=1)
    theirs = lucent_diversity("layer")(lambda _name: group[0])
    assert float(similarity(group)[0]) == pytest.approx(-float(theirs), rel=1e-10)


def test_only_the_activation_changes_sign_for_min() -> None:
    """For "min" the activation is negated and the similarity still held against it."""
    both = maps(6, 4)
    activations = unit_activations(both, [Unit("a", 1), Unit("a", 4)])
    highest = group_objectives(both, activations, extremes=["max", "max"], diversity=2.0)
    lowest = group_objectives(both, activations, extremes=["min", "min"], diversity=2.0)
    torch.testing.assert_close(highest + lowest, -4.0 * similarity(both))
    torch.testing.assert_close(highest - lowest, 2.0 * activations.mean(dim=1))


def test_activations_are_of_each_groups_own_unit() -> None:
    """Every group is measured at its unit's channel."""
    both = maps(6, 4)
    found = unit_activations(both, [Unit("a", 1), Unit("a", 4)])
    torch.testing.assert_close(found, torch.stack([both[0, :, 1].mean(dim=(1, 2)), both[1, :, 4].mean(dim=(1, 2))]))


def test_dead_maps_have_a_finite_gradient() -> None:
    """Maps that are zero everywhere give similarity 0 and no NaN."""
    dead = torch.zeros(1, 2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    found = similarity(dead)
    found.sum().backward()
    assert found.tolist() == [0.0]
    assert dead.grad is not None
    assert bool(torch.isfinite(dead.grad).all())


def test_one_image_has_nothing_to_differ_from() -> None:
    """A group of one image has no similarity term."""
    single = maps(4, 3, images=1)
    activations = unit_activations(single, [Unit("a", 0), Unit("a", 1)])
    torch.testing.assert_close(group_objectives(single, activations, extremes=["max", "max"], diversity=9.0), activations[:, 0])
