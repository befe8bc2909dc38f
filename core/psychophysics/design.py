"""Designs: from a spec, a participant number and the units' material to every trial of a session, planned before the first is shown.

Order of a session: the none condition first; then the conditions with references, synthetic first for odd participant numbers, natural
first for even ones. A condition of up to 15 main trials is one block; a longer one is cut into even blocks, and the blocks of the
two conditions alternate. A condition's practice trials are a block of their own, before its first main block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, cycle, islice, pairwise, zip_longest
from typing import TypeVar

import numpy as np

from core.domain import Condition, DesignSpec, Side, Trial
from core.errors import NotReady, UsageError
from core.psychophysics.trials import PlanContext, UnitMaterial, catch_trial, has_synthetic, main_trial, practice_trial, set_number

__all__ = ["UnitMaterial", "plan", "quick_design", "set_number"]

MAX_MAIN_PER_BLOCK = 15  # METHOD section 5: main blocks of 15 main trials (and catch trials)
MAIN_TRIALS_PER_CATCH = 12
SIDES: tuple[Side, Side] = ("top", "bottom")

AddressOf = Mapping[int, str] | Callable[[int], str]
T = TypeVar("T")


def quick_design(
    study: str,
    *,
    stimuli_digest: str = "",
    conditions: tuple[Condition, ...],
    n_main: int,
    n_sets: int,
    n_references: int,
    render_digest: str | None,
    seed: int,
    n_practice: int = 2,
    n_catch: int | None = None,
    units: tuple[str, ...] = (),
    reserved_units: tuple[str, ...] = (),
) -> DesignSpec:
    """Return the short self-test: feedback on every trial, one catch trial for every 12 main trials unless `n_catch` says otherwise."""
    return DesignSpec(
        name="quick",
        study=study,
        stimuli_digest=stimuli_digest,
        conditions=conditions,
        scheme="Min-Max-1" if n_references == 1 else "Min-Max-9",
        n_main=n_main,
        n_practice=n_practice,
        n_catch=n_main // MAIN_TRIALS_PER_CATCH if n_catch is None else n_catch,
        n_sets=n_sets,
        n_references=n_references,
        feedback="trial",
        seed=seed,
        render_digest=render_digest,
        units=units,
        reserved_units=reserved_units,
    )


def plan(
    spec: DesignSpec, *, participant_number: int, main: Sequence[UnitMaterial], reserved: Sequence[UnitMaterial], address_of: AddressOf
) -> tuple[Trial, ...]:
    """Return all trials of a session: a function of the arguments alone (not of the order of `main` and `reserved`).

    Main trials use the same n_main units in every condition, each unit once per condition, drawn as evenly over layers as there are.
    """
    _check(spec, participant_number)
    context = PlanContext(spec, participant_number, address_of.__getitem__ if isinstance(address_of, Mapping) else address_of)
    units = _choose_units(context, _usable(spec, _named(main, spec.units), _named(reserved, spec.reserved_units)))
    runs = {condition: _condition_blocks(context, condition, units, _named(reserved, spec.reserved_units)) for condition in spec.conditions}
    blocks = [block for block in _in_order(runs, participant_number) if block]
    numbered = [replace(trial, block=number) for number, block in enumerate(blocks) for trial in block]
    return tuple(replace(trial, index=index) for index, trial in enumerate(numbered))


# --- checks and the choice of units -------------------------------------------------------------------------------------------


def _check(spec: DesignSpec, participant_number: int) -> None:
    if participant_number < 1:
        raise UsageError(f"Participant numbers start at 1; {participant_number} came.")
    if not spec.conditions or len(set(spec.conditions)) < len(spec.conditions):
        raise UsageError(f"A design needs at least one condition and each only once; it has {', '.join(spec.conditions) or 'none'}.")
    if spec.n_main < 1 or spec.n_practice < 0 or spec.n_catch < 0:
        raise UsageError(
            f"A design needs at least one main trial and no negative counts; it has {spec.n_main} main, {spec.n_practice} practice "
            f"and {spec.n_catch} catch trials per condition."
        )
    if spec.scheme.endswith("-1") and spec.n_references != 1:
        raise UsageError(f"The scheme {spec.scheme} shows one reference image, but the design has {spec.n_references}; set it to 1.")
    if spec.n_sets < len(spec.conditions):
        raise UsageError(
            f"{len(spec.conditions)} conditions in one session need as many stimulus sets, so that no image comes twice; "
            f"the design has {spec.n_sets}: use fewer conditions or references, or more images."
        )


def _usable(spec: DesignSpec, main: Sequence[UnitMaterial], reserved: Sequence[UnitMaterial]) -> list[UnitMaterial]:
    """Return the units that have what the conditions need, sorted; UsageError where they are too few for one main trial each."""
    shared = {material.unit for material in main} & {material.unit for material in reserved}
    if shared or len({material.unit for material in main}) < len(main):
        raise UsageError(f"Main units must be different and not reserved, but {', '.join(map(str, sorted(shared))) or 'one'} comes twice.")
    needs_synthetic = "synthetic" in spec.conditions
    usable = sorted((m for m in main if not needs_synthetic or has_synthetic(spec, m)), key=lambda material: material.unit)
    if len(usable) >= spec.n_main:
        return usable
    if needs_synthetic:
        raise NotReady(
            f"The design shows {spec.n_main} different units per condition, but only {len(usable)} have the {spec.n_references} synthetic "
            "images it needs; make more with `exemplary synthesize`, or ask for fewer trials."
        )
    raise UsageError(
        f"The design shows {spec.n_main} different units per condition, but there are only {len(usable)}; ask for fewer trials."
    )


def _named(materials: Sequence[UnitMaterial], names: tuple[str, ...]) -> Sequence[UnitMaterial]:
    """Return the materials that the spec names; all where it names none."""
    if not names:
        return materials
    missing = set(names) - {str(material.unit) for material in materials}
    if missing:
        raise UsageError(f"The design names units without material: {', '.join(sorted(missing))}; mine them, or leave them out.")
    return [material for material in materials if str(material.unit) in names]


def _choose_units(context: PlanContext, usable: Sequence[UnitMaterial]) -> list[UnitMaterial]:
    """Return n_main of the units, drawn at random but as evenly over layers as possible."""
    rng = context.rng("units")
    by_layer: defaultdict[str, list[UnitMaterial]] = defaultdict(list)
    for material in usable:
        by_layer[material.unit.layer].append(material)
    columns = _shuffled([_shuffled(materials, rng) for materials in by_layer.values()], rng)
    rounds = chain.from_iterable(zip_longest(*columns))
    return list(islice((material for material in rounds if material is not None), context.spec.n_main))


# --- the blocks of one condition ----------------------------------------------------------------------------------------------


def _condition_blocks(
    context: PlanContext, condition: Condition, units: Sequence[UnitMaterial], reserved: Sequence[UnitMaterial]
) -> list[list[Trial]]:
    """Return the practice block (perhaps empty) and the main blocks of a condition; indices and block numbers come later."""
    spec, rng = context.spec, context.rng(f"{condition} trials")
    n_catch = 0 if condition == "none" else spec.n_catch
    practice_units, catch_units = _reserved_units(context, condition, reserved, n_catch)
    main_sides, catch_sides, practice_sides = _sides(context, condition, (spec.n_main, n_catch, spec.n_practice))
    main = [main_trial(context, condition, unit, side) for unit, side in zip(_shuffled(units, rng), main_sides, strict=True)]
    catch = [catch_trial(context, condition, unit, side, rng) for unit, side in zip(catch_units, catch_sides, strict=True)]
    practice = [practice_trial(context, condition, unit, side) for unit, side in zip(practice_units, practice_sides, strict=True)]
    n_blocks = -(-spec.n_main // MAX_MAIN_PER_BLOCK)
    parts = zip(_split(main, n_blocks), _split(catch, n_blocks), strict=True)
    return [practice, *(_block(mains, catches, spec.catch_never_first, rng) for mains, catches in parts)]


def _reserved_units(
    context: PlanContext, condition: Condition, reserved: Sequence[UnitMaterial], n_catch: int
) -> tuple[list[UnitMaterial], list[UnitMaterial]]:
    """Return the units of the practice and of the catch trials: shuffled, and repeated only where there are too few."""
    n_practice = context.spec.n_practice
    fitting = [m for m in reserved if condition != "synthetic" or has_synthetic(context.spec, m)]
    if n_practice + n_catch == 0:
        return [], []
    if not fitting:
        made = "with synthetic images; make them with `exemplary synthesize`" if condition == "synthetic" else "that is mined; reserve some"
        raise NotReady(f"Practice and catch trials of the {condition} condition need a reserved unit {made}, or set their numbers to 0.")
    ordered = sorted(fitting, key=lambda material: material.unit)
    drawn = list(islice(cycle(_shuffled(ordered, context.rng(f"{condition} reserved"))), n_practice + n_catch))
    return drawn[:n_practice], drawn[n_practice:]


def _sides(context: PlanContext, condition: Condition, counts: tuple[int, ...]) -> list[list[Side]]:
    """Return the side of the correct query for each trial of each group; balanced: both sides equally often in every group (+-1)."""
    rng = context.rng(f"{condition} sides")
    first = int(rng.integers(2))
    bounds = np.cumsum((0, *counts))
    if not context.spec.balanced_positions:
        return [[SIDES[side] for side in rng.integers(2, size=count)] for count in counts]
    # Alternating through all groups, then shuffled within each: odd groups do not all get the same side more often.
    return [_shuffled([SIDES[(first + i) % 2] for i in range(start, stop)], rng) for start, stop in pairwise(bounds)]


def _block(main: list[Trial], catch: list[Trial], catch_never_first: bool, rng: np.random.Generator) -> list[Trial]:
    """Return main and catch trials shuffled together; a first trial that must be main is drawn before the rest is shuffled."""
    if not catch_never_first or not main:
        return _shuffled([*main, *catch], rng)
    first, *rest = _shuffled(main, rng)
    return [first, *_shuffled([*rest, *catch], rng)]


def _in_order(runs: Mapping[Condition, list[list[Trial]]], participant_number: int) -> Iterable[list[Trial]]:
    """Yield blocks in session order: none; then, alternating, the conditions with references, each practised before its first block."""
    order: tuple[Condition, Condition] = ("synthetic", "natural") if participant_number % 2 else ("natural", "synthetic")
    yield from runs.get("none", [])
    referenced = [runs[condition] for condition in order if condition in runs]
    first_rounds = [block for practice, first, *_ in referenced for block in (practice, first)]
    yield from first_rounds
    yield from chain.from_iterable(zip(*(later for _, _, *later in referenced), strict=True))


def _shuffled(items: Sequence[T], rng: np.random.Generator) -> list[T]:
    return [items[int(place)] for place in rng.permutation(len(items))]


def _split(items: Sequence[T], n_parts: int) -> list[list[T]]:
    """Return the items in n_parts runs whose lengths differ by at most one."""
    bounds = [len(items) * part // n_parts for part in range(n_parts + 1)]
    return [list(items[start:stop]) for start, stop in pairwise(bounds)]
