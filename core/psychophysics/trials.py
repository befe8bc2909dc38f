"""Single trials: from a unit's material and a stimulus set to what is shown, and which query is the right one (METHOD sections 4 to 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition, DesignSpec, Scheme, has_images_of_its_own, is_max_only
from core.domain import Unit
from core.errors import NotReady
from core.experiment import Side, StimulusSet, Trial, TrialKind
from core.percentile_bands import banded_sets
from core.selection import extreme_set, set_rng, stratified_sets

References = tuple[tuple[str, ...], tuple[str, ...]]  # addresses of max and of min images
SIDES: tuple[Side, Side] = ("top", "bottom")


@dataclass(frozen=True, slots=True)
class UnitMaterial:
    """What trials of a unit are made of: image ids in rank order (rank 0 first), and the images of conditions that have their own.

    `images`: by condition and number of references, addresses in index order. `activations`: float (n_images,) of all images in order of
    id, needed only where queries come from a percentile band.
    """

    unit: Unit
    max_ids: tuple[int, ...]
    min_ids: tuple[int, ...]
    images: Mapping[tuple[Condition, int], References] = field(default_factory=dict)
    activations: NDArray[np.floating[Any]] | None = None

    def has_images(self, condition: Condition, scheme: Scheme, n_references: int) -> bool:
        """Return whether the condition can show its references of this unit in this scheme."""
        if not has_images_of_its_own(condition):
            return True
        most, least = self.images.get((condition, n_references), ((), ()))
        return len(most) >= n_references and (is_max_only(scheme) or len(least) >= n_references)


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What all trials of a session share; `address` gives the content address of an image id."""

    spec: DesignSpec
    participant_number: int
    address: Callable[[int], str]

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a generator for one purpose: changing how many trials another purpose draws leaves this one's draws alone."""
        return plan_rng(self.spec, self.participant_number, purpose)


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a trial of a unit is to be: its kind, condition and scheme, the side of the max query, and the list the unit is from."""

    kind: TrialKind
    condition: Condition
    scheme: Scheme
    side: Side
    unit_list: str


def plan_rng(spec: DesignSpec, participant_number: int, purpose: str) -> np.random.Generator:
    """Return the generator of one purpose in a participant's session."""
    name = hashlib.sha256(f"{spec.seed}/{participant_number}/{purpose}".encode()).digest()
    return np.random.default_rng(int.from_bytes(name, "big"))


def set_number(spec: DesignSpec, condition: Condition, participant_number: int) -> int:
    """Return the stimulus set of a condition's main trials.

    Rule "offset": none n, natural n + 1, synthetic n + 2 for participant number n (METHOD section 5); rule "pairs": natural 2q + 1,
    synthetic 2q + 2 with q = (n - 1) div 4 (section 6). Imported methods follow; all mod n_sets. Where two conditions of a session would
    then have the same set (few sets), they take n, n + 1 ... in that order.
    """
    offsets = _offsets(spec)
    if spec.set_rule == "pairs":
        q = (participant_number - 1) // 4
        return (2 * q + offsets[condition]) % spec.n_sets
    return (participant_number + offsets[condition]) % spec.n_sets


def main_sets(spec: DesignSpec, material: UnitMaterial, n_references: int) -> tuple[StimulusSet, ...]:
    """Return the unit's stimulus sets for main trials. Raises NotReady where images are too few for the design."""
    rng = set_rng(spec.seed, material.unit)
    if spec.difficulty == "extreme":
        return stratified_sets(
            material.max_ids,
            material.min_ids,
            n_sets=spec.n_sets,
            n_references=n_references,
            rng=rng,
            top_bin_in_order=spec.top_bin_in_order,
        )
    if material.activations is None:
        raise NotReady(f"Queries from the band {spec.difficulty!r} need all activations of {material.unit}; mine it (`exemplary mine`).")
    return banded_sets(material.activations, spec.difficulty, n_sets=spec.n_sets, n_references=n_references, rng=rng)


def main_trial(context: PlanContext, material: UnitMaterial, what: Presentation) -> Trial:
    """Return a trial on the unit's stimulus set for this participant and condition."""
    n_references = context.spec.references_of(what.scheme)
    sets = main_sets(context.spec, material, n_references)
    return set_trial(context, material, what, sets[set_number(context.spec, what.condition, context.participant_number)])


def practice_trial(context: PlanContext, material: UnitMaterial, what: Presentation, *, is_hard: bool = False) -> Trial:
    """Return a trial on the most extreme images of a reserved unit; a harder one has the least extreme of them as queries."""
    chosen = extreme_set(material.max_ids, material.min_ids, n_references=context.spec.references_of(what.scheme))
    return set_trial(context, material, what, _harder(chosen) if is_hard else chosen)


def catch_trial(context: PlanContext, material: UnitMaterial, what: Presentation, rng: np.random.Generator) -> Trial:
    """Return a trial whose queries are copies of a max and a min reference (in max-only schemes the min one is not shown)."""
    n_references = context.spec.references_of(what.scheme)
    chosen = extreme_set(material.max_ids, material.min_ids, n_references=n_references)
    trial = set_trial(context, material, what, chosen)
    _, hidden = _references(context, material, what, chosen)
    unseen = hidden or tuple(context.address(image) for image in chosen.min_references)
    max_copy, min_copy = _one_of(trial.max_references, rng), _one_of(trial.min_references or unseen, rng)
    top, bottom = (max_copy, min_copy) if what.side == "top" else (min_copy, max_copy)
    return replace(trial, query_top=top, query_bottom=bottom)


def set_trial(context: PlanContext, material: UnitMaterial, what: Presentation, chosen: StimulusSet) -> Trial:
    """Return a trial on a stimulus set: natural queries in every condition; index and block are set when the session is put together."""
    max_query, min_query = context.address(chosen.max_query), context.address(chosen.min_query)
    max_references, min_references = _references(context, material, what, chosen)
    return Trial(
        index=-1,
        block=-1,
        kind=what.kind,
        condition=what.condition,
        scheme=what.scheme,
        unit=material.unit,
        set_number=chosen.set_number,
        min_references=() if is_max_only(what.scheme) else min_references,
        max_references=max_references,
        query_top=max_query if what.side == "top" else min_query,
        query_bottom=min_query if what.side == "top" else max_query,
        correct=what.side,
        unit_list=what.unit_list,
    )


def turned(trial: Trial, side: Side) -> Trial:
    """Return the trial with its max query on this side."""
    if side == trial.correct:
        return trial
    return replace(trial, query_top=trial.query_bottom, query_bottom=trial.query_top, correct=side)


def _references(context: PlanContext, material: UnitMaterial, what: Presentation, chosen: StimulusSet) -> References:
    """Return max and min references: the set's natural images, the condition's own first ones in index order, or nothing."""
    if what.condition == "none":
        return (), ()
    n_references = context.spec.references_of(what.scheme)
    if has_images_of_its_own(what.condition):
        most, least = material.images[what.condition, n_references]
        return most[:n_references], least[:n_references]
    return tuple(map(context.address, chosen.max_references)), tuple(map(context.address, chosen.min_references))


def _harder(chosen: StimulusSet) -> StimulusSet:
    """Return the set with its least extreme references as queries, the former queries among the references."""
    return StimulusSet(
        set_number=chosen.set_number,
        max_query=chosen.max_references[-1],
        min_query=chosen.min_references[-1],
        max_references=(chosen.max_query, *chosen.max_references[:-1]),
        min_references=(chosen.min_query, *chosen.min_references[:-1]),
    )


def _offsets(spec: DesignSpec) -> dict[Condition, int]:
    """Return how far each condition's set is from the participant's first one."""
    built_in = {"none": 0, "natural": 1, "synthetic": 2}
    others = [condition for condition in spec.conditions if condition not in built_in]
    offsets = {**built_in, **{condition: 3 + place for place, condition in enumerate(others)}}
    present = sorted(spec.conditions, key=offsets.__getitem__)
    if len({offsets[condition] % spec.n_sets for condition in present}) < len(present):
        return {condition: place for place, condition in enumerate(present)}
    return offsets


def _one_of(items: Sequence[str], rng: np.random.Generator) -> str:
    return items[int(rng.integers(len(items)))]
