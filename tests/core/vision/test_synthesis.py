from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from core.domain import EXTREMES, LOGITS, Extreme, Unit
from core.errors import Interrupted, NetworkError, UnknownName, UsageError
from core.render_spec import (
    Affine,
    Cppn,
    Crops,
    Difference,
    Direction,
    Diversity,
    ExemplarStart,
    FlatStop,
    Jitter,
    Maco,
    Noise,
    Pixels,
    RenderSpec,
    Rotate,
    Scale,
    Target,
)
from core.vision import synthesis
from core.vision.batch import packed, unpacked
from core.vision.hooks import cloned, tapped
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork
from core.vision.parameterization import mean_magnitude
from core.vision.presets import preset
from core.vision.synthesis import Natural, RenderedGroup, render

SpecOf = Callable[..., RenderSpec]
A, B, C = Unit("mixed2", 1), Unit("mixed2", 6), Unit("mixed2", 11)
PAPER = (Jitter(4), Scale(), Rotate(), Jitter(2))
IMAGES = np.random.default_rng(0).integers(30, 220, (3, 4, 4, 3), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)
EXEMPLARS = {(unit, extreme, rank): IMAGES[rank] for unit in (A, B) for extreme in EXTREMES for rank in range(3)}
BOTH = [Target(A, "max"), Target(B, "min")]


def same(first: Sequence[RenderedGroup], second: Sequence[RenderedGroup]) -> bool:
    """Tell whether all of two lists of groups is the same, to the bit."""
    return all(
        one.images.tobytes() == other.images.tobytes()
        and one.activations.tobytes() == other.activations.tobytes()
        and (one.target, one.course, one.weight) == (other.target, other.course, other.weight)
        and [(step, image.tobytes()) for step, image in one.snapshots] == [(step, image.tobytes()) for step, image in other.snapshots]
        for one, other in zip(first, second, strict=True)
    )


def counted(network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target], natural: Natural) -> tuple[list[RenderedGroup], int]:
    steps: list[int] = []
    return render(network, spec, targets, natural=natural, on_step=steps.append), len(steps)


def interrupted(
    network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target], natural: Natural, *, at: int, state: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Render until `at` steps were taken, and return what was kept last, as it comes back from a file."""
    kept: list[bytes] = []
    steps: list[int] = []

    def stop(n_images: int) -> None:
        steps.append(n_images)
        if len(steps) == at:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        render(network, spec, targets, natural=natural, state=state, keep=lambda one: kept.append(packed(one)), on_step=stop)
    return unpacked(kept[-1])


@pytest.mark.parametrize("transforms", [(Affine(4),), PAPER, ()], ids=["affine", "paper", "none"])
def test_a_group_does_not_depend_on_the_groups_beside_it(tiny_double: LoadedNetwork, small_spec: SpecOf, transforms: Any) -> None:
    """In float64, the courses of three groups in one batch equal those of each alone to 1e-8, and the images are the same."""
    targets = [Target(A, "max"), Target(B, "min"), Target(C, "max", 1)]
    spec = small_spec(transforms=transforms, steps=10)
    for target, beside in zip(targets, render(tiny_double, spec, targets), strict=True):
        (alone,) = render(tiny_double, spec, [target])
        np.testing.assert_allclose(beside.course, alone.course, rtol=0, atol=1e-8)
        assert np.abs(beside.images.astype(int) - alone.images.astype(int)).max() <= 1
        assert (beside.target, beside.n_at_once, alone.n_at_once) == (target, 9, 3)


def test_the_same_spec_gives_the_same_bytes(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """A spec with its seed determines the images; another seed, or a further group, gives others."""
    torch.manual_seed(1)
    first = render(tiny, small_spec(), [Target(A, "max")])
    torch.manual_seed(2)
    assert same(first, render(tiny, small_spec(), [Target(A, "max")]))
    for spec, target in ((small_spec(seed=1), Target(A, "max")), (small_spec(), Target(A, "max", 1))):
        assert render(tiny, spec, [target])[0].images.tobytes() != first[0].images.tobytes()


def test_the_activation_is_that_of_the_stored_images(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Activations are measured on exactly the 8-bit images that are given."""
    (group,) = render(tiny, small_spec(), [Target(B, "max")])
    assert (group.images.dtype, group.images.shape, group.activations.dtype) == (np.uint8, (3, 32, 32, 3), np.float32)
    wanted = measure(tiny, group.images, layers=(tiny.layer("mixed2"),), batch=3)[:, B.channel]
    np.testing.assert_allclose(group.activations, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("extreme", "sign"), [("max", 1), ("min", -1)])
@pytest.mark.parametrize("kind", [None, Pixels(), Cppn(hidden=8, depth=4), Maco()], ids=str)
def test_the_course_goes_to_the_extreme(tiny: LoadedNetwork, small_spec: SpecOf, kind: Any, extreme: Extreme, sign: int) -> None:
    """The activation rises for "max" and falls for "min", whatever the parameterization."""
    parts = {} if kind is None else {"parameterization": kind}
    natural = Natural(magnitude=mean_magnitude(IMAGES, side=40))
    (group,) = render(tiny, small_spec(steps=30, diversity=0.0, **parts), [Target(A, extreme)], natural=natural)
    activations, objectives = group.course
    assert len(activations) == len(objectives) == 30
    assert sign * (np.mean(activations[-5:]) - activations[0]) > 0.03
    np.testing.assert_allclose(objectives, sign * np.array(activations), rtol=1e-5, atol=1e-7)


def test_diversity_makes_the_images_of_a_group_differ(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """With a large diversity weight the similarity of the images' maps is smaller than without, in either balance."""

    def similarity_of(diversity: Diversity) -> float:
        (group,) = render(tiny, small_spec(steps=30, diversity=diversity), [Target(A, "max")])
        pixels = torch.from_numpy(group.images).permute(0, 3, 1, 2).float() / 255
        with torch.no_grad(), tapped(tiny.module, tiny.taps, layers=(tiny.layer("mixed2"),), reduction=cloned) as forward:
            maps = forward(pixels)[0].flatten(2)
        grams = torch.nn.functional.normalize((maps @ maps.transpose(1, 2)).flatten(1))
        return float((grams @ grams.T).sum())

    plain = similarity_of(Diversity())
    assert similarity_of(Diversity(10.0)) < plain - 0.1
    assert similarity_of(Diversity(3.0, "gradient")) < plain - 0.1


def test_logits_are_a_layer(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """A class of the network's output is rendered as any unit is, and measured at the output itself."""
    (group,) = render(tiny, small_spec(steps=20), [Target(Unit(LOGITS, 2), "max")])
    pixels = torch.from_numpy(group.images).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        wanted = tiny.module(pixels)[:, 2].numpy()
    np.testing.assert_allclose(group.activations, wanted, rtol=1e-4, atol=1e-5)
    assert np.mean(group.course[0][-4:]) > group.course[0][0]
    with pytest.raises(UsageError, match="0 to 3"):
        render(tiny, small_spec(), [Target(Unit(LOGITS, 4), "max")])


@pytest.mark.parametrize("other", [Unit("mixed2", 6), Unit("mixed1", 3)])
def test_a_difference_is_pulled_apart(tiny: LoadedNetwork, small_spec: SpecOf, other: Unit) -> None:
    """The unit's activation minus another's, of this or another layer, is what rises."""
    spec = small_spec(measure=Difference(str(other)), steps=25, diversity=0.0, transforms=())
    (group,) = render(tiny, spec, [Target(A, "max")])
    others = measure(tiny, group.images, layers=(tiny.layer(other.layer),), batch=3)[:, other.channel]
    last = (group.activations - others).mean()
    assert last > group.course[0][0] + 0.05


def test_a_direction_of_one_channel_is_that_channel(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Along a channel's own axis the images are the unit's; filed under another unit, only the start differs."""
    along = small_spec(measure=Direction(((A.channel, 1.0),)), transforms=())
    (found,), (wanted,) = (render(tiny, spec, [Target(A, "max")]) for spec in (along, small_spec(transforms=())))
    assert np.abs(found.images.astype(int) - wanted.images.astype(int)).max() <= 1
    np.testing.assert_allclose(found.course, wanted.course, rtol=1e-3, atol=1e-5)


def test_post_relu_reads_what_is_above_zero(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """With relu="post" no activation of the course is negative, though the layer's are."""
    kind = {"steps": 6, "diversity": 0.0}
    (post,) = render(tiny, small_spec(relu="post", **kind), [Target(A, "min")])
    (layer,) = render(tiny, small_spec(**kind), [Target(A, "min")])
    assert min(post.course[0]) >= 0
    assert min(layer.course[0]) < 0


RESUMED: dict[str, dict[str, Any]] = {
    "plain": {},
    "paper": {"transforms": PAPER},
    "noise": {"transforms": (Crops(2, 0.6), Noise())},
    "balanced": {"diversity": Diversity(0.1, "gradient")},
    "exemplars": {"start": ExemplarStart(keep=2.0)},
}


@pytest.mark.parametrize("at", [1, 7, 11])
@pytest.mark.parametrize("name", RESUMED)
def test_an_interrupted_render_goes_on_to_the_same_bits(tiny: LoadedNetwork, small_spec: SpecOf, name: str, at: int) -> None:
    """Stopped after any step and taken up, images, courses and snapshots equal those of a render that was not stopped."""
    spec, natural = small_spec(steps=12, **RESUMED[name]), Natural(exemplars=EXEMPLARS)
    state = interrupted(tiny, spec, BOTH, natural, at=at, state=None)
    assert state["step"] == at
    assert same(render(tiny, spec, BOTH, natural=natural, state=state), render(tiny, spec, BOTH, natural=natural))


@pytest.mark.parametrize("start", [None, ExemplarStart(keep=2.0)], ids=["noise", "exemplar"])
def test_groups_that_ended_earlier_are_kept(tiny: LoadedNetwork, small_spec: SpecOf, start: ExemplarStart | None) -> None:
    """Stopped where a flat group has ended and another goes on, both come to the same bits."""
    parts = {} if start is None else {"start": start}
    spec, natural = small_spec(steps=40, **parts), Natural(exemplars=EXEMPLARS)
    for tolerance in np.geomspace(0.001, 0.5, 40):
        flat = replace(spec, optimiser=replace(spec.optimiser, flat_stop=FlatStop(4, float(tolerance))))
        whole, n_steps = counted(tiny, flat, BOTH, natural)
        ends = sorted(len(group.course[0]) for group in whole)
        if ends[0] < ends[1] - 1:
            break
    assert ends[0] < ends[1] - 1
    state = interrupted(tiny, flat, BOTH, natural, at=ends[0] + 1, state=None)
    assert (len(state["active"]), len(state["finished"]), n_steps) == (1, 1, ends[1])
    assert same(render(tiny, flat, BOTH, natural=natural, state=state), whole)


def test_a_tuned_render_goes_on_to_the_same_bits(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Stopped in any round of the search, also twice, it ends as one that was not stopped."""
    spec = small_spec(steps=5, diversity=Diversity(1.0, tuned_to="images", n_bisections=1))
    plain = render(tiny, small_spec(steps=5, diversity=0.3), BOTH)
    reached = float(plain[0].activations.min()) - 0.01
    natural = Natural(best={(A, "max"): reached, (B, "min"): -1e9})  # nothing goes beyond the second
    whole, n_steps = counted(tiny, spec, BOTH, natural)
    assert n_steps >= 6 * 5
    assert whole[1].weight == 0.0
    for at in (3, 12):
        state = interrupted(tiny, spec, BOTH, natural, at=at, state=None)
        assert same(render(tiny, spec, BOTH, natural=natural, state=state), whole)
    state = interrupted(tiny, spec, BOTH, natural, at=12, state=None)
    state = interrupted(tiny, spec, BOTH, natural, at=4, state=state)
    assert same(render(tiny, spec, BOTH, natural=natural, state=state), whole)


def test_a_tuned_render_that_nothing_held_for_goes_on_to_the_same_bits(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Stopped in the last render, the one without diversity, it does not search again."""
    spec = small_spec(steps=5, diversity=Diversity(1.0, tuned_to="images", n_bisections=1))
    natural = Natural(best={(A, "max"): 1e9, (B, "min"): -1e9})
    whole, n_steps = counted(tiny, spec, BOTH, natural)
    state = interrupted(tiny, spec, BOTH, natural, at=n_steps - 2, state=None)
    steps: list[int] = []
    assert same(render(tiny, spec, BOTH, natural=natural, state=state, on_step=steps.append), whole)
    assert len(steps) == 2


def test_a_tuned_weight_is_one_that_holds(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """The images are those of the weight that is given, and each of them goes beyond the best natural image."""
    spec = small_spec(steps=10, diversity=Diversity(1.0, tuned_to="images", n_bisections=1))
    (plain,) = render(tiny, small_spec(steps=10, diversity=0.0), [Target(A, "max")])
    best = float(plain.activations.min()) - 0.05
    (tuned,) = render(tiny, spec, [Target(A, "max")], natural=Natural(best={(A, "max"): best}))
    assert tuned.weight > 0
    assert tuned.activations.min() > best
    (again,) = render(tiny, small_spec(steps=10, diversity=tuned.weight), [Target(A, "max")])
    assert np.abs(again.images.astype(int) - tuned.images.astype(int)).max() <= 1


def test_states_are_kept_on_the_way(tiny: LoadedNetwork, small_spec: SpecOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every so many steps a state is given to keep, from which a killed render goes on to the same bits; the end needs none."""
    monkeypatch.setattr(synthesis, "CHECKPOINT_STEPS", 4)
    kept: list[bytes] = []
    whole = render(tiny, small_spec(steps=12), BOTH, keep=lambda state: kept.append(packed(state)))
    assert [unpacked(content)["step"] for content in kept] == [4, 8]
    assert all(same(render(tiny, small_spec(steps=12), BOTH, state=unpacked(content)), whole) for content in kept)


def test_steps_are_reported_with_their_images(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Every step tells how many images took it."""
    reported: list[int] = []
    render(tiny, small_spec(steps=4), BOTH, on_step=reported.append)
    assert reported == [6, 6, 6, 6]


@pytest.mark.parametrize("error", [KeyboardInterrupt, Interrupted, ZeroDivisionError])
def test_the_network_is_unchanged_afterwards(tiny: LoadedNetwork, small_spec: SpecOf, error: type[BaseException]) -> None:
    """Rendering leaves weights, flags, gradients and hooks as they were, also where it is interrupted."""
    before = {name: value.clone() for name, value in tiny.module.state_dict().items()}

    def interrupt(_: int) -> None:
        raise error

    render(tiny, small_spec(steps=3), [Target(A, "max")])
    with pytest.raises(error):
        render(tiny, small_spec(steps=3), [Target(A, "max")], on_step=interrupt)
    after = tiny.module.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert not any(module.training or module._forward_hooks or module._forward_pre_hooks for module in tiny.module.modules())
    assert all(weight.grad is None and not weight.requires_grad for weight in tiny.module.parameters())


def test_targets_and_specs_that_do_not_fit_are_refused_at_once(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Two layers, a missing layer, channel or other unit, or another image size raise before anything is computed."""
    target = Target(A, "max")
    for spec, targets, words in (
        (small_spec(), [target, Target(Unit("mixed1", 0), "max")], "one layer"),
        (small_spec(), [Target(Unit("mixed2", 13), "max")], "0 to 12"),
        (small_spec(measure=Difference("mixed1:10")), [target], "0 to 9"),
        (small_spec(measure=Direction(((13, 1.0),))), [target], "0 to 12"),
        (small_spec(image_px=48), [target], "32 px"),
        (small_spec(n_channels=1), [target], "1 channels"),
        (small_spec(steps=0), [target], "needs"),
    ):
        with pytest.raises(UsageError, match=words):
            render(tiny, spec, targets)
    with pytest.raises(UnknownName, match="mixed1"):
        render(tiny, small_spec(), [Target(Unit("mixd1", 0), "max")])
    assert render(tiny, small_spec(), []) == []


def test_activations_that_are_not_finite_are_an_error(tiny: LoadedNetwork, small_spec: SpecOf) -> None:
    """Where the finished images have no finite activation, the group is named and what to do."""
    tiny.module.get_submodule("mixed2.branch_1x1").weight.fill_(torch.inf)  # type: ignore[operator, union-attr]
    with pytest.raises(NetworkError, match=r"mixed2:1 \(max\)"):
        render(tiny, small_spec(steps=1), [Target(A, "max")])


def test_renders_of_the_embedded_network_beat_natural_images(embedded: LoadedNetwork) -> None:
    """For evenly spaced units, quick renders go beyond 95 % of 60 images of the embedded world, and mostly beyond all of them."""
    gallery = pytest.importorskip("core.demo.world.gallery")
    images = np.stack([np.asarray(gallery.draw(3, index)[0].resize((160, 160))) for index in range(60)])
    natural = measure(embedded, images, layers=(embedded.layer("mixed4b"),), batch=20)
    targets = [Target(Unit("mixed4b", channel), extreme) for channel in range(0, 128, 32) for extreme in EXTREMES]
    groups = render(embedded, preset("quick", image_px=160, seed=0, n_images=2), targets)
    signs = [1 if group.target.extreme == "max" else -1 for group in groups]
    means = [sign * float(group.activations.mean()) for sign, group in zip(signs, groups, strict=True)]
    others = [sign * natural[:, group.target.unit.channel] for sign, group in zip(signs, groups, strict=True)]
    assert all(mean > np.quantile(other, 0.95) for mean, other in zip(means, others, strict=True))
    assert sum(mean > other.max() for mean, other in zip(means, others, strict=True)) > len(groups) / 2
