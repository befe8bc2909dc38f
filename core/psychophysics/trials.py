"""Single trials: from a unit's material and a stimulus set to what is shown, and which query is the right one (METHOD sections 4 to 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.domain import Condition, DesignSpec, Scheme, Side, StimulusSet, Trial, TrialKind, Unit
from core.selection import extreme_set, set_rng, stratified_sets


@dataclass(frozen=True, slots=True)
class UnitMaterial:
    """What trials of a unit are made of: image ids in rank order (rank 0 first), addresses of synthetic images in index order."""

    unit: Unit
    max_ids: tuple[int, ...]
    min_ids: tuple[int, ...]
    synthetic_max: tuple[str, ...] = ()
    synthetic_min: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What all trials of a session share; `address` gives the content address of an image id."""

    spec: DesignSpec
    participant_number: int
    address: Callable[[int], str]

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a generator for one purpose: changing how many trials another purpose draws leaves this one's draws alone."""
        name = hashlib.sha256(f"{self.spec.seed}/{self.participant_number}/{purpose}".encode()).digest()
        return np.random.default_rng(int.from_bytes(name, "big"))


def set_number(condition: Condition, *, participant_number: int, conditions: Sequence[Condition], n_sets: int) -> int:
    """Return the stimulus set of a condition's main trials: none n, natural n + 1, synthetic n + 2 (mod n_sets; METHOD section 5).

    With two sets, n and n + 2 would be the same: two conditions then take n and n + 1 in that order. So sets of one session differ.
    """
    ordered = [name for name in ("none", "natural", "synthetic") if name in conditions]
    offset = ("none", "natural", "synthetic").index(condition) if n_sets > 2 else ordered.index(condition)
    return (participant_number + offset) % n_sets


def has_synthetic(spec: DesignSpec, material: UnitMaterial) -> bool:
    """Return whether the unit has the synthetic images that the design's scheme shows."""
    enough_min = is_max_only(spec.scheme) or len(material.synthetic_min) >= spec.n_references
    return enough_min and len(material.synthetic_max) >= spec.n_references


def is_max_only(scheme: Scheme) -> bool:
    return not scheme.startswith("Min")


def main_trial(context: PlanContext, condition: Condition, material: UnitMaterial, side: Side) -> Trial:
    """Return a trial on the unit's stimulus set for this participant and condition; `side` is where the max query goes."""
    spec = context.spec
    rng = set_rng(spec.seed, material.unit)
    sets = stratified_sets(material.max_ids, material.min_ids, n_sets=spec.n_sets, n_references=spec.n_references, rng=rng)
    number = set_number(condition, participant_number=context.participant_number, conditions=spec.conditions, n_sets=spec.n_sets)
    return _set_trial(context, "main", condition, material, sets[number], side)


def practice_trial(context: PlanContext, condition: Condition, material: UnitMaterial, side: Side) -> Trial:
    """Return a trial on the most extreme images of a reserved unit."""
    chosen = extreme_set(material.max_ids, material.min_ids, n_references=context.spec.n_references)
    return _set_trial(context, "practice", condition, material, chosen, side)


def catch_trial(context: PlanContext, condition: Condition, material: UnitMaterial, side: Side, rng: np.random.Generator) -> Trial:
    """Return a trial whose queries are copies of a max and a min reference (in max-only schemes the min one is not shown)."""
    chosen = extreme_set(material.max_ids, material.min_ids, n_references=context.spec.n_references)
    trial = _set_trial(context, "catch", condition, material, chosen, side)
    hidden_min = material.synthetic_min[: context.spec.n_references] if condition == "synthetic" else ()
    unseen = hidden_min or tuple(context.address(image) for image in chosen.min_references)
    max_copy, min_copy = _one_of(trial.max_references, rng), _one_of(trial.min_references or unseen, rng)
    top, bottom = (max_copy, min_copy) if side == "top" else (min_copy, max_copy)
    return replace(trial, query_top=top, query_bottom=bottom)


def _set_trial(
    context: PlanContext, kind: TrialKind, condition: Condition, material: UnitMaterial, chosen: StimulusSet, side: Side
) -> Trial:
    """Return a trial on a stimulus set: natural queries in every condition; index and block are set when the session is put together."""
    max_query, min_query = context.address(chosen.max_query), context.address(chosen.min_query)
    max_references, min_references = _references(context, condition, material, chosen)
    return Trial(
        index=-1,
        block=-1,
        kind=kind,
        condition=condition,
        scheme=context.spec.scheme,
        unit=material.unit,
        set_number=chosen.set_number,
        min_references=() if is_max_only(context.spec.scheme) else min_references,
        max_references=max_references,
        query_top=max_query if side == "top" else min_query,
        query_bottom=min_query if side == "top" else max_query,
        correct=side,
    )


def _references(
    context: PlanContext, condition: Condition, material: UnitMaterial, chosen: StimulusSet
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return max and min references: the set's natural images, the first synthetic ones in index order, or nothing."""
    if condition == "none":
        return (), ()
    if condition == "synthetic":
        return material.synthetic_max[: context.spec.n_references], material.synthetic_min[: context.spec.n_references]
    return tuple(map(context.address, chosen.max_references)), tuple(map(context.address, chosen.min_references))


def _one_of(items: Sequence[str], rng: np.random.Generator) -> str:
    return items[int(rng.integers(len(items)))]
