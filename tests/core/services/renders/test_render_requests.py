"""From what somebody asks to units and render specs: presets, designs, objectives, files; and what is refused in one sentence."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from core.domain import EXTREMES, ImageSet, NetworkCard, Unit
from core.errors import NotReady, UnknownName, UsageError
from core.psychophysics.unit_choice import design_units
from core.render_spec import CentreNeuron, Channel, Cppn, Difference, Direction, ExemplarStart, FlatStop, Maco, RenderSpec
from core.services.renders.render_requests import RenderPlan, SynthesisRequest, in_words, plans_of, spec_of
from core.vision.presets import preset
from tests.studies import network_card

CARD = replace(network_card(crop_px=32), n_classes=5)
SHAPES = ImageSet("shapes", "/photos", "5e7d19e57" * 2, 60, 0)


def request(**changes: object) -> SynthesisRequest:
    return SynthesisRequest("tiny", **({"units": ("mixed3a:1",)} | changes))  # type: ignore[arg-type]


def spec(images: ImageSet | None = SHAPES, **changes: object) -> RenderSpec:
    return spec_of(request(**changes), CARD, image_set=images)


def plans(card: NetworkCard = CARD, images: ImageSet | None = SHAPES, **changes: object) -> tuple[RenderPlan, ...]:
    return plans_of(request(**changes), card, live=None, image_set=images)


# --- recipes ------------------------------------------------------------------------------------------------------------------


def test_the_default_is_quick_fitted_to_the_network() -> None:
    """Nothing asked for is the preset, at the size and with the channels that the network takes."""
    assert spec() == preset("quick", image_px=32, seed=0)
    gray = replace(CARD, preprocessing=replace(CARD.preprocessing, n_channels=1))
    assert spec_of(request(preset="lucid", seed=3), gray, image_set=None) == preset("lucid", image_px=32, seed=3, n_channels=1)


def test_what_is_asked_for_replaces_the_presets() -> None:
    """Each option changes its own part and no other."""
    base = spec()
    assert spec(n_images=3, steps=7) == replace(base, n_images=3, optimiser=replace(base.optimiser, steps=7))
    assert spec(post_relu=True) == replace(base, objective=replace(base.objective, relu="post"))
    assert spec(stop_when_flat=True) == replace(base, optimiser=replace(base.optimiser, flat_stop=FlatStop()))
    assert spec(coarse_to_fine=0.5) == replace(base, parameterization=replace(base.parameterization, coarse_to_fine=0.5))
    weighted = spec(diversity=100.0).objective.diversity
    assert (weighted.weight, weighted.balance, weighted.tuned_to) == (100.0, "fixed", None)


@pytest.mark.parametrize(
    ("changes", "measure"),
    [
        ({}, Channel()),
        ({"neuron": True}, CentreNeuron()),
        ({"minus": "conv2d2:3"}, Difference("conv2d2:3")),
        ({"minus": "logits:4"}, Difference("logits:4")),
    ],
)
def test_an_objective_is_named(changes: dict[str, object], measure: object) -> None:
    """The unit itself, its centre, or its difference from another unit."""
    assert spec(**changes).objective.measure == measure


def test_a_direction_comes_from_a_file(tmp_path: Path) -> None:
    """An array has one weight a channel, JSON names channels; weights of 0 are left out, so that equal directions are one spec."""
    np.save(tmp_path / "d.npy", np.array([0.0, 0.5, 0.0, -2.0]))
    (tmp_path / "d.json").write_text(json.dumps({"3": -2, "1": 0.5, "0": 0}))
    found = [spec(direction=str(tmp_path / name), cosine=True).objective.measure for name in ("d.npy", "d.json")]
    assert found[0] == found[1] == Direction(((1, 0.5), (3, -2.0)), cosine=True)


def test_natural_images_in_a_recipe_are_named_by_their_digest() -> None:
    """Spectra, starts and tuned weights are functions of images: the spec says of which."""
    maco, accentuate, tuned = spec(preset="maco"), spec(preset="accentuate"), spec(tune_diversity=True)
    assert isinstance(maco.parameterization, Maco) and maco.parameterization.magnitude == SHAPES.set_digest
    assert isinstance(accentuate.start, ExemplarStart) and accentuate.start.image_set == SHAPES.set_digest
    assert tuned.objective.diversity.tuned_to == SHAPES.set_digest and tuned.objective.diversity.weight > 0
    assert isinstance(spec(parameterization="cppn").parameterization, Cppn)


@pytest.mark.parametrize("changes", [{"preset": "maco"}, {"preset": "accentuate"}, {"tune_diversity": True}, {"parameterization": "maco"}])
def test_recipes_that_need_natural_images_say_so(changes: dict[str, object]) -> None:
    """Without any there is one sentence that names the command."""
    with pytest.raises(NotReady, match="exemplary mine"):
        spec(None, **changes)


def test_a_spec_comes_back_from_its_json(tmp_path: Path) -> None:
    """What `show --json` gives for a render is the spec again, whichever its parts."""
    for made in (spec(), spec(preset="maco"), spec(preset="accentuate", stop_when_flat=True), spec(preset="paper", minus="mixed3a:2")):
        (tmp_path / "spec.json").write_text(json.dumps(asdict(made)))
        assert spec(spec=str(tmp_path / "spec.json")) == made


def test_a_recipe_is_one_line_of_words() -> None:
    """Images, parameterization, steps, transforms, objective, diversity and seed."""
    words = in_words(spec(minus="conv2d2:3", seed=8))
    assert "9 images of 32 px, fourier, 64 steps, affine" in words and "minus conv2d2:3" in words
    assert words.endswith("seed 8") and "\n" not in words
    assert "tuned" in in_words(spec(tune_diversity=True))


@pytest.mark.parametrize("changes", [{"minus": "conv2d2:3"}, {"neuron": True}, {"n_images": 1}])
def test_diversity_is_tuned_only_where_it_can_be_judged(changes: dict[str, object]) -> None:
    """The weakest image is held against natural activations: of the unit, and of images that can differ."""
    with pytest.raises(UsageError, match="--tune-diversity"):
        spec(tune_diversity=True, **changes)


# --- refused ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"steps": 0}, "--steps 0"),
        ({"n_images": -1}, "--images -1"),
        ({"n_groups": 0}, "--groups 0"),
        ({"units": ()}, "--for-preset"),
        ({"design": "quick"}, "one of the two"),
        ({"units": (), "design": "quick", "n_images": 3}, "says itself"),
        ({"neuron": True, "minus": "mixed3a:2"}, "one of --neuron, --minus"),
        ({"neuron": True, "direction": "x.npy"}, "--direction"),
        ({"cosine": True}, "--direction FILE"),
        ({"coarse_to_fine": 1.5}, "from 0 to 1"),
        ({"parameterization": "cppn", "coarse_to_fine": 0.5}, "cppn"),
        ({"diversity": -1.0}, "at least 0"),
        ({"preset": "quick", "spec": "x.json"}, "not both"),
        ({"preset": "quik"}, "quick"),
        ({"units": ("mixed3a:8",)}, "0 to 7"),
        ({"units": ("logits:5",)}, "0 to 4"),
        ({"minus": "mixed3b:2"}, "mixed3a"),
        ({"minus": "mixed3a:0-1"}, "2 units"),
        ({"units": (), "design": "borowski"}, "borowski2021-exp1"),
        ({"units": ("random:x",)}, "random:4/branch"),
        ({"spec": "no-such-file.json"}, "no-such-file.json"),
    ],
)
def test_what_does_not_fit_is_one_sentence(changes: dict[str, object], says: str) -> None:
    """It names what came and what fits."""
    with pytest.raises(UsageError) as refused:
        plans(**changes)
    assert says in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.npy", b"not an array"),
        ("d.npy", b""),
        ("d.json", b"[1, 2"),
        ("d.json", b'{"one": 0.5}'),
        ("d.json", b'{"1": "much"}'),
        ("d.json", b'{"1": NaN}'),
        ("d.json", b'{"1": 0}'),
        ("d.json", b"{}"),
    ],
)
def test_files_without_a_direction_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """Whatever is wrong with the file, its path is named."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=name):
        spec(direction=str(tmp_path / name))


def test_an_array_of_another_shape_is_no_direction(tmp_path: Path) -> None:
    """A matrix is refused with its shape, words with a sentence."""
    np.save(tmp_path / "matrix.npy", np.ones((2, 3)))
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    with pytest.raises(UsageError, match=r"\(2, 3\)"):
        spec(direction=str(tmp_path / "matrix.npy"))
    with pytest.raises(UsageError, match=r"words\.npy"):
        spec(direction=str(tmp_path / "words.npy"))


@pytest.mark.parametrize("content", ["[]", "{}", "5", '{"preset": "quick"}', "null"])
def test_files_without_a_spec_are_refused(tmp_path: Path, content: str) -> None:
    """What is no whole spec is told apart from one."""
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(UsageError):
        spec(spec=str(tmp_path / "s.json"))


# --- units and designs --------------------------------------------------------------------------------------------------------


def test_named_units_are_one_plan() -> None:
    """Every unit has a group at both extremes; units are reserved only where that is asked for."""
    (plan,) = plans(units=("mixed3a:1", "logits:3"))
    assert plan.units == (Unit("mixed3a", 1), Unit("logits", 3)) and plan.reserved == ()
    assert len(set(plan.targets(3))) == 2 * 2 * 3 and {one.extreme for one in plan.targets(1)} == set(EXTREMES)
    assert plans(reserve=True)[0].reserved == (Unit("mixed3a", 1),)


def test_the_quick_design_is_one_plan_of_all_its_units(demo_card: NetworkCard) -> None:
    """Its 20 main and 8 reserved units are rendered by the quick preset; those that are reserved are kept."""
    (plan,) = plans(demo_card, units=(), design="quick")
    chosen = design_units(demo_card, "quick", seed=0, live=None)
    assert set(plan.units) == {*chosen.main, *chosen.reserved} and len(plan.units) == 28
    assert set(plan.reserved) == set(chosen.reserved) and len(plan.reserved) == 8
    assert (plan.spec.preset, plan.spec.n_images) == ("quick", 9)


@pytest.mark.parametrize(("design", "sizes"), [("borowski2021-exp1", {10: 63}), ("borowski2021-exp2", {10: 123, 1: 120})])
def test_the_papers_designs_are_rendered_by_the_papers_recipe(demo_card: NetworkCard, design: str, sizes: dict[int, int]) -> None:
    """Groups of 10, and of 1 where one reference is shown, of the units that need them; reserved units are no main ones."""
    found = plans(demo_card, units=(), design=design)
    chosen = design_units(demo_card, design, seed=0, live=None)
    assert {one.spec.n_images: len(one.units) for one in found} == sizes
    assert {one.spec.preset for one in found} == {"paper"} and {one.spec.optimiser.steps for one in found} == {2560}
    assert all(set(one.reserved) == set(chosen.reserved) and not set(one.reserved) & set(chosen.main) for one in found)
    assert all(one.remarks == chosen.deviations and one.remarks for one in found)
    assert max(Counter(unit for one in found for unit in one.units).values()) == len(sizes)


def test_a_design_takes_another_preset_and_seed(demo_card: NetworkCard) -> None:
    """A preset that is asked for is taken in place of the paper's; another unit seed draws other units."""
    (quick,) = plans(demo_card, units=(), design="borowski2021-exp1", preset="quick", steps=2)
    assert (quick.spec.preset, quick.spec.optimiser.steps, quick.spec.n_images) == ("quick", 2, 10)
    (other,) = plans(demo_card, units=(), design="borowski2021-exp1", preset="quick", steps=2, unit_seed=1)
    assert other.spec == quick.spec and set(other.units) != set(quick.units)


def test_a_design_needs_enough_units() -> None:
    """A small network is refused with a sentence that says how many there are."""
    with pytest.raises(UsageError, match="63"):
        plans(units=(), design="borowski2021-exp1")
    with pytest.raises(UnknownName, match="quick"):
        plans(units=(), design="quck")
