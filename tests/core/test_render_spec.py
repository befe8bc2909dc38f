from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit, canonical_json, digest
from core.errors import UsageError
from core.render_json import imported_spec, spec_content, spec_from_json
from core.render_spec import (
    Affine,
    CentreNeuron,
    Channel,
    Cppn,
    Crops,
    Difference,
    Direction,
    Diversity,
    ExemplarStart,
    FlatStop,
    Fourier,
    Imported,
    Jitter,
    Maco,
    Noise,
    NoiseStart,
    ObjectiveSpec,
    OptimiserSpec,
    Pad,
    Pixels,
    RenderSpec,
    Rotate,
    Scale,
    Target,
)

NUMBERS = st.floats(0, 1000, allow_nan=False)
COUNTS = st.integers(1, 500)
WORDS = st.text(max_size=12)
OBJECTIVES = st.builds(
    ObjectiveSpec,
    measure=st.one_of(
        st.just(Channel()),
        st.just(CentreNeuron()),
        st.builds(Direction, st.lists(st.tuples(COUNTS, NUMBERS), max_size=3).map(tuple), st.booleans()),
        st.builds(Difference, st.integers(0, 999).map(lambda channel: f"mixed4a:{channel}")),
    ),
    relu=st.sampled_from(["layer", "post"]),
    diversity=st.builds(Diversity, NUMBERS, st.sampled_from(["fixed", "gradient"]), st.none() | WORDS, COUNTS),
)
SPECS = st.builds(
    RenderSpec,
    preset=WORDS,
    n_images=COUNTS,
    image_px=COUNTS,
    seed=st.integers(0, 2**40),
    n_channels=st.sampled_from([1, 3]),
    border_px=st.integers(0, 40),
    parameterization=st.one_of(
        st.builds(Fourier, NUMBERS, NUMBERS, st.booleans(), NUMBERS),
        st.builds(Pixels, NUMBERS, st.booleans(), NUMBERS),
        st.builds(Maco, WORDS, NUMBERS, NUMBERS),
        st.builds(Cppn, COUNTS, COUNTS),
    ),
    start=st.just(NoiseStart()) | st.builds(ExemplarStart, WORDS, NUMBERS),
    transforms=st.lists(
        st.one_of(
            st.builds(Pad, COUNTS, st.sampled_from(["constant", "reflect"]), NUMBERS),
            st.builds(Jitter, COUNTS),
            st.builds(Scale, st.lists(NUMBERS, min_size=1, max_size=3).map(tuple)),
            st.builds(Rotate, st.lists(COUNTS, min_size=1, max_size=3).map(tuple)),
            st.builds(Affine, COUNTS, st.lists(NUMBERS, min_size=1, max_size=3).map(tuple), COUNTS),
            st.builds(Crops, COUNTS, NUMBERS, NUMBERS),
            st.builds(Noise, NUMBERS),
        ),
        max_size=4,
    ).map(tuple),
    objective=OBJECTIVES,
    optimiser=st.builds(
        OptimiserSpec,
        learning_rate=NUMBERS,
        steps=COUNTS,
        relu_leak_steps=COUNTS,
        flat_stop=st.none() | st.builds(FlatStop, COUNTS, NUMBERS),
    ),
)
SPEC = RenderSpec("test", 9, 224, 0)


@given(SPECS)
def test_a_spec_goes_to_json_and_back(spec: RenderSpec) -> None:
    """Any spec read from its own JSON is the same spec, hashable, with the same digest."""
    read = spec_from_json(json.loads(canonical_json(spec)))
    assert read == spec == spec_from_json(asdict(spec))
    assert hash(read) == hash(spec)
    assert digest(read) == digest(spec)


@given(SPECS, SPECS)
def test_digests_tell_specs_apart(first: RenderSpec, second: RenderSpec) -> None:
    """Two specs have one digest where they are equal, and only there."""
    assert (digest(first) == digest(second)) == (first == second)


@pytest.mark.parametrize("name", [one.name for one in fields(RenderSpec)])
def test_every_field_changes_the_digest(name: str) -> None:
    """No field of a spec is left out of its digest."""
    others: dict[str, Any] = {
        "preset": "other",
        "parameterization": Pixels(),
        "start": ExemplarStart(),
        "transforms": (),
        "objective": ObjectiveSpec(CentreNeuron()),
        "optimiser": OptimiserSpec(flat_stop=FlatStop()),
        "imported": Imported("grad", "0123456789abcdef"),
    }
    assert digest(replace(SPEC, **{name: others.get(name, 77)})) != digest(SPEC)


def test_a_spec_of_images_made_elsewhere_says_only_what_is_known() -> None:
    """No recipe of ours is told of them; both forms are read as the same spec, and they are no references of the synthetic condition."""
    spec = imported_spec(Imported("grad", "0123456789abcdef"), n_images=9, image_px=224, n_channels=3)
    content = spec_content(spec)
    assert set(content) == {"preset", "n_images", "image_px", "n_channels", "imported"}
    assert spec_from_json(json.loads(json.dumps(content))) == spec == spec_from_json(json.loads(canonical_json(spec)))
    assert not spec.explains_unit and spec.shows_activation
    with pytest.raises(UsageError, match="no render spec"):
        spec_from_json({**content, "imported": {"method": "grad"}})


def test_specs_from_before_imported_methods_keep_their_digest() -> None:
    """What was added for images made elsewhere stands in no other spec."""
    assert "imported" not in json.loads(canonical_json(SPEC)) and "imported" not in spec_content(SPEC)
    assert digest(SPEC) == "6a0e20e2faef4b37"


def test_machine_facts_are_no_part_of_a_spec() -> None:
    """Nothing in a spec says how many groups share a batch, on which device, or in which precision."""
    names = set(asdict(SPEC)) | {name for part in asdict(SPEC).values() if isinstance(part, dict) for name in part}
    assert not [name for name in names if any(word in name for word in ("batch", "device", "precision", "at_once", "worker"))]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parameterization": {"kind": "wavelet"}}, "'wavelet', known are fourier, pixels, maco, cppn"),
        ({"start": {"kind": "grey"}}, "'grey', known are noise, exemplar"),
        ({"transforms": [{"kind": "blur"}]}, "'blur', known are pad, jitter"),
        ({"objective": asdict(ObjectiveSpec()) | {"measure": {"kind": "logit"}}}, "'logit', known are channel, neuron"),
        ({"transforms": [{"kind": "jitter", "pixels": 3}]}, "pixels"),
        ({"transforms": None}, "not iterable"),
        ({"parameterization": "fourier"}, "indices"),
        ({"parameterization": {}}, "kind"),
        ({"batch": 4}, "batch"),
        ({"optimiser": {"learning_rate": 0.1}}, "flat_stop"),
    ],
)
def test_what_is_no_spec_is_named_in_one_sentence(change: dict[str, Any], reason: str) -> None:
    """An unknown kind, part or field is a UsageError that says which, and what to do."""
    with pytest.raises(UsageError, match="This is no render spec") as error:
        spec_from_json(asdict(SPEC) | change)
    assert reason in str(error.value)
    assert str(error.value).endswith("a render.")
    assert "\n" not in str(error.value)


def test_a_missing_field_is_named() -> None:
    """A spec without one of the fields that have no default says which."""
    for one in fields(RenderSpec):
        if one.default is MISSING and one.default_factory is MISSING:
            content = asdict(SPEC)
            del content[one.name]
            with pytest.raises(UsageError, match=one.name):
                spec_from_json(content)


def test_the_side_has_the_border_twice() -> None:
    """What is synthesised is larger than what is shown on every side."""
    assert replace(SPEC, image_px=20, border_px=3).side_px == 26


def test_targets_sort_by_unit() -> None:
    """Targets have an order: by layer, channel, extreme and group."""
    targets = [Target(Unit("b", 0), "max"), Target(Unit("a", 2), "min"), Target(Unit("a", 2), "max", 1), Target(Unit("a", 2), "max")]
    assert sorted(targets) == [targets[3], targets[2], targets[1], targets[0]]


@pytest.mark.parametrize(
    ("place", "name", "value", "sentence"),
    [
        ("objective", "relu", "pre", "relu is one of"),
        ("optimiser", "steps", "many", "steps is a int"),
    ],
)
def test_values_that_no_spec_has_are_one_sentence(place: str, name: str, value: object, sentence: str) -> None:
    """A misspelt choice is refused, not taken for another one."""
    content = json.loads(json.dumps(asdict(RenderSpec("test", 2, 32, 0))))
    content[place][name] = value
    with pytest.raises(UsageError, match=sentence):
        spec_from_json(content)


def test_what_explains_a_unit() -> None:
    """Images of the unit alone, begun from noise, may be references; accentuated exemplars and differences may not."""
    plain = RenderSpec("test", 2, 32, 0)
    assert plain.explains_unit and plain.shows_activation
    assert not replace(plain, start=ExemplarStart("set")).explains_unit
    difference = replace(plain, objective=ObjectiveSpec(Difference("a:1")))
    assert not difference.explains_unit and not difference.shows_activation
