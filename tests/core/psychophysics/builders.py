"""Designs and material for them without any study: every unit has images that no other has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.design_spec import Condition, DesignSpec, RenderChoice, Scheme, UnitList
from core.domain import Branch, Layer, NetworkCard, Preprocessing, Unit
from core.experiment import Response, Side, Trial
from core.psychophysics.design import SessionPlan, plan
from core.psychophysics.presets import Ingredients, preset, quick, unit_lists
from core.psychophysics.trials import UnitMaterial
from core.psychophysics.unit_choice import DesignUnits, design_units

BRANCHES = ("1x1", "3x3", "5x5", "pool")
BRANCH_ENDS = {  # METHOD section 1
    "mixed3a": (64, 192, 224, 256), "mixed3b": (128, 320, 416, 480), "mixed4a": (192, 396, 444, 508), "mixed4b": (160, 384, 448, 512),
    "mixed4c": (128, 384, 448, 512), "mixed4d": (112, 400, 464, 528), "mixed4e": (256, 576, 704, 832), "mixed5a": (256, 576, 704, 832),
    "mixed5b": (384, 768, 896, 1024),
}  # fmt: skip
RENDERS = (RenderChoice("synthetic", 9, "9" * 16), RenderChoice("synthetic", 1, "1" * 16))


def address(image_id: int) -> str:
    """Return the address of an image id."""
    return f"image {image_id}"


def material(unit: Unit, *, number: int, n_ids: int = 200, bands: bool = False, **changes: Any) -> UnitMaterial:
    """Return a unit's material: ids from number * 1000 on, ten synthetic images an extreme, and one for one-reference schemes."""
    base = number * 1000
    nine = tuple(tuple(f"{unit} synthetic {extreme} {i}" for i in range(10)) for extreme in ("max", "min"))
    one = tuple((f"{unit} single synthetic {extreme}",) for extreme in ("max", "min"))
    found = UnitMaterial(
        unit,
        tuple(range(base, base + n_ids)),
        tuple(range(base + 500, base + 500 + n_ids)),
        {("synthetic", 9): (nine[0], nine[1]), ("synthetic", 1): (one[0], one[1])},
        np.random.default_rng(number).standard_normal(4000) if bands else None,
    )
    return replace(found, **changes)


def card(source: str = "inception_v1") -> NetworkCard:
    """Return the paper's network: its layers and branches."""
    layers = tuple(
        Layer(name, ends[-1], tuple(Branch(*one) for one in zip(BRANCHES, (0, *ends), ends, strict=False)), pre_relu=True)
        for name, ends in BRANCH_ENDS.items()
    )
    return NetworkCard("inception_v1", source, "0" * 16, Preprocessing(256, 224), layers)


def units_of(name: str) -> DesignUnits:
    """Return the units of a preset on the paper's network."""
    return design_units(card(), name, seed=0, live=None)


def preset_spec(name: str, *, n_sets: int = 20, **changes: Any) -> DesignSpec:
    """Return a preset on the paper's network."""
    spec = preset(name, Ingredients("net/images", "d", unit_lists(units_of(name)), n_sets, renders=RENDERS))
    return replace(spec, **changes)


def preset_plan(spec: DesignSpec, number: int, *, bands: bool = False) -> SessionPlan:
    """Return the plan of a preset for a participant."""
    units = sorted({unit for one in spec.units for unit in one.parsed})
    found = [material(unit, number=place, bands=bands) for place, unit in enumerate(units)]
    return plan(spec, participant_number=number, materials=found, address_of=address)


def small_units(n: int = 30) -> list[Unit]:
    """Return n units of three layers."""
    return [Unit(f"mixed4{'abc'[place % 3]}", place) for place in range(n)]


def reserved_lists(units: list[Unit]) -> tuple[UnitList, ...]:
    """Return these units as practice and catch units."""
    names = tuple(map(str, units))
    return (UnitList("reserved", "practice", names), UnitList("reserved", "catch", names))


RESERVED = [Unit("mixed4a", 100 + place) for place in range(4)]
MATERIALS = [material(unit, number=place) for place, unit in enumerate([*small_units(), *RESERVED])]


def quick_spec(
    conditions: tuple[Condition, ...] = ("natural", "synthetic"),
    *,
    n_main: int = 12,
    n_sets: int = 4,
    n_practice: int = 2,
    n_catch: int = 2,
    scheme: Scheme = "Min-Max-9",
    n_references: int = 9,
    units: tuple[UnitList, ...] | None = None,
    seed: int = 3,
    **changes: Any,
) -> DesignSpec:
    """Return a quick design on `small_units` with four reserved units."""
    lists = reserved_lists(RESERVED) if units is None else units
    ingredients = Ingredients("demo/world", "d", lists, n_sets, n_references, RENDERS, seed)
    spec = quick(ingredients, conditions=conditions, n_main=n_main, n_practice=n_practice, n_catch=n_catch)
    spec = replace(spec, sections=tuple(replace(section, scheme=scheme) for section in spec.sections))
    return replace(spec, **changes)


def quick_trials(spec: DesignSpec, number: int = 1, materials: list[UnitMaterial] | None = None) -> tuple[Trial, ...]:
    """Return the trials of a quick design for a participant."""
    return plan(spec, participant_number=number, materials=materials or MATERIALS, address_of=address).trials


def queries(trial: Trial) -> set[str]:
    """Return both queries."""
    return {trial.query_top, trial.query_bottom}


def shown(trial: Trial) -> list[str]:
    """Return every image of a trial."""
    return [trial.query_top, trial.query_bottom, *trial.max_references, *trial.min_references]


def correct_query(trial: Trial) -> str:
    """Return the max query."""
    return trial.query_top if trial.correct == "top" else trial.query_bottom


def main_of(trials: tuple[Trial, ...], condition: Condition | None = None) -> list[Trial]:
    """Return the main trials (of a condition)."""
    return [trial for trial in trials if trial.kind == "main" and condition in (None, trial.condition)]


def answered(trial: Trial, *, right: bool = True, confidence: int = 2) -> Response:
    """Return an answer to a trial."""
    other: dict[Side, Side] = {"top": "bottom", "bottom": "top"}
    choice = trial.correct if right else other[trial.correct]
    at = datetime(2026, 1, 2, tzinfo=UTC)
    return Response(
        f"key-of-trial-{trial.index:04d}",
        trial.index,
        choice,
        confidence,
        1000.0,
        right,
        None,
        "keyboard",
        False,
        "",
        at,  # type: ignore[arg-type]
    )


def answered_all(trials: Sequence[Trial]) -> tuple[Response, ...]:
    """Return right answers to all trials, their confidence 1, 2, 3, 1, 2, 3 ..."""
    return tuple(answered(trial, confidence=1 + trial.index % 3) for trial in trials)
