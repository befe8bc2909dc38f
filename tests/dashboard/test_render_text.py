"""Sentences about synthetic images."""

from __future__ import annotations

from dataclasses import fields

import pytest

from core import render_json
from core.domain import Unit
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
from core.standing import Standing
from core.vision.presets import PRESETS
from dashboard import render_text

SPEC = RenderSpec("quick", 9, 64, 3)


def words(**parts: object) -> str:
    return "\n".join(render_text.recipe(RenderSpec("own", 9, 64, 3, **parts)))  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", PRESETS.values(), ids=list(PRESETS))
def test_every_preset_has_words(spec: RenderSpec) -> None:
    """No preset leaves a place without a word, and all steps are told."""
    told = "\n".join(render_text.recipe(spec))
    assert f"{spec.optimiser.steps:,} steps" in told and "{" not in told and f"seed {spec.seed}" in told


@pytest.mark.parametrize("place", ["parameterization", "start", "transforms", "measure"])
def test_every_part_has_words(place: str) -> None:
    """Each kind of part that a spec can have is told in words that its fields fill."""
    known = {
        "parameterization": render_text.PARAMETERIZATIONS,
        "start": render_text.STARTS,
        "transforms": render_text.TRANSFORMS,
        "measure": render_text.MEASURES,
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


def test_the_flag_is_of_the_mean() -> None:
    """Two images beyond nature do not save a set whose mean falls short; one that falls short does not damn one whose mean does not."""
    far, near = Standing(100.0, 1.0, 0.5), Standing(90.0, -4.0, -2.0)
    flag = render_text.flag([far, far, near])
    assert flag is not None and "0.33 sd short of" in flag and "2 of 3" in flag
    assert render_text.flag([far] * 5 + [near]) is None
    assert "level with" in (render_text.flag([Standing(50.0, 0.0, 0.0)]) or "")


def test_the_command_of_a_path() -> None:
    """A seed is named only where it is not the default."""
    assert render_text.path_command("tiny", Unit("a", 1), SPEC).endswith("--units a:1 --preset quick --seed 3")
    assert render_text.path_command("tiny", Unit("a", 1), RenderSpec("quick", 9, 64, 0)).endswith("--preset quick")
