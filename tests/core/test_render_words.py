"""The recipe of synthetic images in words."""

from __future__ import annotations

from dataclasses import fields

import pytest

from core import render_json, render_words
from core.render_spec import (
    Affine,
    Cppn,
    Crops,
    Diversity,
    ExemplarStart,
    FlatStop,
    Jitter,
    Maco,
    Noise,
    ObjectiveSpec,
    OptimiserSpec,
    Pad,
    Pixels,
    RenderSpec,
    Rotate,
    Scale,
)
from core.vision.presets import PRESETS


def words(**parts: object) -> str:
    return "\n".join(render_words.recipe(RenderSpec("own", 9, 64, 3, **parts)))  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", PRESETS.values(), ids=list(PRESETS))
def test_every_preset_has_words(spec: RenderSpec) -> None:
    """No preset leaves a place without a word, and all steps are told."""
    told = "\n".join(render_words.recipe(spec))
    assert f"{spec.optimiser.steps:,} steps" in told and "{" not in told and f"seed {spec.seed}" in told


@pytest.mark.parametrize("place", ["parameterization", "start", "transforms", "measure"])
def test_every_part_has_words(place: str) -> None:
    """Each kind of part that a spec can have is told in words that its fields fill."""
    known = {
        "parameterization": render_words.PARAMETERIZATIONS,
        "start": render_words.STARTS,
        "transforms": render_words.TRANSFORMS,
        "measure": render_words.MEASURES,
    }[place]
    kinds = render_json._KINDS[place]
    assert set(known) == set(kinds)
    computed = {"low", "high", "n", "seed"}
    for kind, part in kinds.items():
        known[kind].format(**dict.fromkeys(computed | {field.name for field in fields(part)}, 1.0))


def test_the_parts_are_told() -> None:
    """What was chosen can be read: sizes, spans, weights, where it began."""
    told = words(
        parameterization=Pixels(),
        start=ExemplarStart(keep=2.0),
        transforms=(Pad(12), Jitter(8), Scale((0.9, 1.1)), Rotate((-5, 5)), Affine(), Crops(), Noise(0.2)),
        objective=ObjectiveSpec(diversity=Diversity(0.1, balance="gradient", tuned_to="abc"), relu="post"),
        optimiser=OptimiserSpec(flat_stop=FlatStop()),
    )
    for fact in ("12 px", "0.9 to 1.1", "−5 to 5°", "25%", "sd 0.2", "exemplar", "weight 2", "0.1 of the activation's gradient", "ReLU"):
        assert fact in told
    assert "searched" in told and "level over 64 steps" in told
    assert "none" in words(transforms=()) and "do not repel" in words()
    assert "MACO" in words(parameterization=Maco()) and "8 layers" in words(parameterization=Cppn())
