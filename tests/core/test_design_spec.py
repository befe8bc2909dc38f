"""Design specs go to JSON and back, name themselves by content, and read what was written before sections."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.design_spec import RenderChoice, Section, as_unit, has_images_of_its_own, is_max_only, n_references_of, read_design
from core.domain import Unit, canonical_json, digest
from core.errors import UsageError
from core.psychophysics.design import check
from tests.core.psychophysics.builders import preset_spec, quick_spec

FIRST_FORM = {
    "name": "quick", "study": "demo/world", "conditions": ["natural", "synthetic"], "scheme": "Min-Max-9", "n_main": 20, "n_practice": 1,
    "n_catch": 1, "n_sets": 8, "n_references": 9, "feedback": "trial", "seed": 0, "stimuli_digest": "abc", "render_digest": "def",
    "units": [], "reserved_units": [], "balanced_positions": True, "catch_never_first": True, "pause_ms": 500, "feedback_ms": 1500,
}  # fmt: skip


@pytest.mark.parametrize("name", ["quick", "borowski2021-exp1", "borowski2021-exp2", "imi"])
def test_a_spec_goes_to_json_and_back(name: str) -> None:
    """What is stored as canonical JSON is read as an equal record, of the same digest."""
    spec = quick_spec() if name == "quick" else preset_spec(name)
    again = read_design(canonical_json(spec))
    assert again == spec and digest(again) == digest(spec)


def test_any_change_gives_another_digest() -> None:
    """Units, renders, pauses and rules are all part of the name."""
    spec = quick_spec()
    changes = [{"pause_ms": 0}, {"units": ()}, {"renders": ()}, {"difficulty": "hard95"}, {"set_rule": "pairs"}, {"n_repeated": 1}]
    assert len({digest(spec), *(digest(replace(spec, **change)) for change in changes)}) == 1 + len(changes)  # type: ignore[arg-type]


def test_the_first_form_is_read() -> None:
    """A spec from before sections becomes one section with the same conditions and counts, in blocks of at most 15."""
    spec = read_design(json.dumps(FIRST_FORM))
    assert spec.sections == (Section(("natural", "synthetic"), "Min-Max-9", (10, 10), 1, 1),)
    assert (spec.n_main("natural"), spec.conditions, spec.renders) == (20, ("natural", "synthetic"), (RenderChoice("synthetic", 9, "def"),))
    assert (spec.feedback, spec.stimuli_digest, spec.pause_ms) == ("trial", "abc", 500)
    check(spec)


def test_a_newer_spec_is_refused() -> None:
    """A field that this version does not know is named in the sentence."""
    text = json.dumps({**json.loads(canonical_json(quick_spec())), "hypnosis": True})
    with pytest.raises(UsageError, match="hypnosis"):
        read_design(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_sets", "8"), ("n_sets", True), ("breaks", 1), ("feedback", "sometimes"), ("section_orders", [["0"]]), ("unit_rotation", "ab")],
)
def test_a_field_of_another_kind_is_refused(name: str, value: object) -> None:
    """A spec that somebody wrote by hand is checked field by field; the sentence names the field."""
    text = json.dumps({**json.loads(canonical_json(quick_spec())), name: value})
    with pytest.raises(UsageError, match=name):
        read_design(text)


def test_a_field_of_a_section_is_checked_too() -> None:
    """Counts of a section are whole numbers."""
    content = json.loads(canonical_json(quick_spec()))
    content["sections"][0]["n_practice"] = 1.5
    with pytest.raises(UsageError, match="sections"):
        read_design(json.dumps(content))


def test_what_a_scheme_shows() -> None:
    """The number of references is the scheme's last digit, "9" standing for what the design has; Max schemes show one extreme."""
    assert [n_references_of(scheme) for scheme in ("Max-1", "Max-9", "Min-Max-1", "Min-Max-9")] == [1, 9, 1, 9]
    assert n_references_of("Min-Max-9", 4) == 4
    assert [is_max_only(scheme) for scheme in ("Max-1", "Min-Max-1")] == [True, False]
    assert [has_images_of_its_own(name) for name in ("natural", "none", "synthetic", "gradcam")] == [False, False, True, True]


def test_the_extra_main_trial_is_counted() -> None:
    """Experiment I has 45 main trials in each condition: of none 11 in each of four blocks and one more."""
    spec = preset_spec("borowski2021-exp1")
    assert {condition: spec.n_main(condition) for condition in spec.conditions} == {"none": 45, "synthetic": 45, "natural": 45}


@pytest.mark.parametrize("name", ["mixed4b", "mixed4b:", ":4", "mixed4b:x", "mixed4b:-1"])
def test_what_names_no_unit_is_refused(name: str) -> None:
    """The sentence says how a unit is written."""
    with pytest.raises(UsageError, match="layer:channel"):
        as_unit(name)
    assert as_unit("a:b:4") == Unit("a:b", 4)
