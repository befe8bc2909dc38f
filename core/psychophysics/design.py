"""From a design spec, a participant number and the units' material to every trial of a session, planned before the first is shown.

Sections follow each other. In each, every condition is practised, then the blocks of the conditions take turns. What depends on the
participant's answers (practice again, repeated trials) is planned by `follow_up.py` when they are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core.design_spec import METHOD_NAME, Condition, DesignSpec, Moment, Section, UnitRole
from core.domain import Unit
from core.errors import NotReady, UsageError
from core.experiment import RatingTask, Trial
from core.psychophysics.dealing import Dealer, main_lists, shuffled
from core.psychophysics.trials import (
    SIDES,
    PlanContext,
    Presentation,
    UnitMaterial,
    catch_trial,
    main_trial,
    plan_rng,
    practice_trial,
)
from core.selection import extreme_set

AddressOf = Mapping[int, str] | Callable[[int], str]
RESERVED_ROLES: Final[tuple[UnitRole, ...]] = ("practice", "catch")


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """All that a session shows that does not depend on its answers: trials in order, and intuitiveness ratings."""

    trials: tuple[Trial, ...]
    ratings: tuple[RatingTask, ...] = ()


def plan(spec: DesignSpec, *, participant_number: int, materials: Sequence[UnitMaterial], address_of: AddressOf) -> SessionPlan:
    """Return a session's plan: a function of the arguments alone (not of the order of `materials`).

    Main trials of each condition are of different units, the same in every condition that shares their lists. Raises NotReady where a
    unit lacks what the design shows of it, UsageError for a spec that contradicts itself.
    """
    check(spec, participant_number)
    by_unit = {material.unit: material for material in sorted(materials, key=lambda material: material.unit)}
    _check_materials(spec, by_unit)
    context = PlanContext(spec, participant_number, address_of.__getitem__ if isinstance(address_of, Mapping) else address_of)
    planner = _Planner(context, by_unit)
    blocks = [block for section in ordered_sections(spec, participant_number) for block in planner.section(section) if block]
    trials = [replace(trial, block=number) for number, block in enumerate(blocks) for trial in block]
    ratings = [task for moment in spec.intuitiveness for task in _ratings(context, by_unit, moment)]
    return SessionPlan(tuple(replace(trial, index=index) for index, trial in enumerate(trials)), tuple(ratings))


def example_unit(spec: DesignSpec, participant_number: int, trials: Sequence[Trial]) -> Unit | None:
    """Return a reserved unit for the worked example: none that the session practises on, one of no trial at all if there is one.

    None where the session practises on all of them (experiment I does).
    """
    reserved = sorted({unit for role in RESERVED_ROLES for one in spec.lists(role) for unit in one.parsed})
    practised = {trial.unit for trial in trials if trial.kind == "practice"}
    free = shuffled([unit for unit in reserved if unit not in practised], plan_rng(spec, participant_number, "example"))
    shown = {trial.unit for trial in trials}
    return min(free, key=lambda unit: unit in shown, default=None)


def example_trial(spec: DesignSpec, participant_number: int, material: UnitMaterial, address_of: AddressOf) -> Trial | None:
    """Return the worked example on a unit's most extreme images, natural references if the design has them; None if it shows none."""
    shown = [(condition, section.scheme) for section in spec.sections for condition in section.conditions if condition != "none"]
    shown = [one for one in shown if material.has_images(*one, spec.references_of(one[1]))]
    if not shown:
        return None
    condition, scheme = min(shown, key=lambda one: one[0] != "natural")
    context = PlanContext(spec, participant_number, address_of.__getitem__ if isinstance(address_of, Mapping) else address_of)
    side = SIDES[int(context.rng("example side").integers(2))]
    return practice_trial(context, material, Presentation("practice", condition, scheme, side, "example"))


def ordered_sections(spec: DesignSpec, participant_number: int) -> tuple[Section, ...]:
    """Return the sections in the order of this participant."""
    if not spec.section_orders:
        return spec.sections
    order = spec.section_orders[(participant_number - 1) % len(spec.section_orders)]
    return tuple(spec.sections[place] for place in order)


def ordered_conditions(spec: DesignSpec, section: Section, participant_number: int) -> tuple[Condition, ...]:
    """Return a section's conditions in the order of this participant; with "one each" a single one.

    More than two conditions rotate, which for two is taking turns.
    """
    n, conditions = participant_number - 1, section.conditions
    if spec.first_condition == "as listed":
        return conditions
    turn = (n // 4 if spec.first_condition == "fours" else n) % len(conditions)
    rotated = (*conditions[turn:], *conditions[:turn])
    return rotated[:1] if spec.first_condition == "one each" else rotated


def check(spec: DesignSpec, participant_number: int = 1) -> None:
    """Raise UsageError where the spec contradicts itself or the number is none."""
    if participant_number < 1:
        raise UsageError(f"Participant numbers start at 1; {participant_number} came.")
    for section in spec.sections:
        _check_section(spec, section)
    if not spec.sections:
        raise UsageError("A design needs at least one section of trials; it has none.")
    if any(not order or len(set(order)) < len(order) or not set(order) <= set(range(len(spec.sections))) for order in spec.section_orders):
        raise UsageError(
            f"An order names some of the {len(spec.sections)} sections by place, from 0, each once; {spec.section_orders} came."
        )
    if unknown := set(spec.unit_rotation) - {one.name for one in spec.lists("main")}:
        raise UsageError(f"Units rotate over main lists of the design; {', '.join(sorted(unknown))} is none.")
    bad = [condition for condition in spec.conditions if not METHOD_NAME.fullmatch(condition)]
    if bad:
        raise UsageError(f"A condition is called by lower-case letters, digits, - and _, at most 40; {bad[0]!r:.60} came.")
    if spec.n_sets < len(spec.conditions) and spec.first_condition != "one each":
        raise UsageError(
            f"{len(spec.conditions)} conditions in one session need as many stimulus sets, so that no image comes twice; "
            f"the design has {spec.n_sets}: use fewer conditions or references, or more images."
        )
    if spec.intuitiveness and not spec.lists("intuitiveness"):
        raise UsageError("The design asks for intuitiveness ratings and names no units for them; name some, or ask for none.")
    twice = [unit for unit, n in Counter(unit for one in spec.lists("main") for unit in one.units).items() if n > 1]
    reserved = {unit for one in spec.units if one.role != "main" for unit in one.units}
    twice += [unit for one in spec.lists("main") for unit in one.units if unit in reserved]
    if twice:
        raise UsageError(f"Main units must be different and not reserved, but {', '.join(sorted(set(twice))[:5])} comes twice.")


def _check_section(spec: DesignSpec, section: Section) -> None:
    if not section.conditions or len(set(section.conditions)) < len(section.conditions):
        raise UsageError(f"A section needs at least one condition and each only once; it has {', '.join(section.conditions) or 'none'}.")
    if not section.blocks or min(section.blocks) < 1 or section.n_practice < 0 or section.n_catch < 0:
        raise UsageError(
            f"A section needs at least one main trial in each block and no negative counts; it has blocks of {section.blocks}, "
            f"{section.n_practice} practice and {section.n_catch} catch trials."
        )
    if spec.n_hard_practice > section.n_practice > 0:
        raise UsageError(f"{spec.n_hard_practice} of {section.n_practice} practice trials cannot be harder ones; ask for fewer.")


def _check_materials(spec: DesignSpec, materials: Mapping[Unit, UnitMaterial]) -> None:
    named = {unit for one in spec.units for unit in one.parsed}
    missing = sorted(named - set(materials))
    if missing:
        some = ", ".join(map(str, missing[:5]))
        raise NotReady(f"The design names {len(missing)} units without material ({some}); mine them (`exemplary mine`), or leave them out.")


class _Planner:
    """Puts the blocks of one session together, in the order in which it is asked."""

    def __init__(self, context: PlanContext, materials: Mapping[Unit, UnitMaterial]) -> None:
        self._context = context
        self._materials = materials
        self._dealer = Dealer(context, materials)
        self._n_blocks: Counter[Condition] = Counter()

    def section(self, section: Section) -> list[list[Trial]]:
        """Return the section's practice blocks (perhaps empty) and main blocks; indices and block numbers come later."""
        number = self._context.participant_number
        conditions = ordered_conditions(self._context.spec, section, number)
        practice = [self._practice(section, condition) for condition in conditions]
        lists = main_lists(self._context.spec, section, number)
        return [*practice, *(self._main(section, condition, lists, n) for n in section.blocks for condition in conditions)]

    def _practice(self, section: Section, condition: Condition) -> list[Trial]:
        n, n_hard = section.n_practice, self._context.spec.n_hard_practice
        units = self._dealer.reserved(condition, "practice", n)
        sides = self._dealer.sides(condition, "practice", n)
        return [
            practice_trial(
                self._context,
                self._material(unit, condition, section),
                Presentation("practice", condition, section.scheme, side, name),
                is_hard=place >= n - n_hard,
            )
            for place, ((unit, name), side) in enumerate(zip(units, sides, strict=True))
        ]

    def _main(self, section: Section, condition: Condition, lists: tuple[str, ...], n: int) -> list[Trial]:
        n += self._is_extra(condition)
        n_catch = 0 if condition == "none" else section.n_catch
        rng = self._context.rng(f"{condition} block {self._n_blocks[condition]}")
        self._n_blocks[condition] += 1
        main_units, main_sides = self._dealer.main(condition, lists, n), self._dealer.sides(condition, "main", n)
        catch_units, catch_sides = self._dealer.reserved(condition, "catch", n_catch), self._dealer.sides(condition, "catch", n_catch)
        main = [
            main_trial(self._context, self._material(unit, condition, section), Presentation("main", condition, section.scheme, side, name))
            for (unit, name), side in zip(main_units, main_sides, strict=True)
        ]
        catch = [
            catch_trial(
                self._context, self._material(unit, condition, section), Presentation("catch", condition, section.scheme, side, name), rng
            )
            for (unit, name), side in zip(catch_units, catch_sides, strict=True)
        ]
        return _mixed(main, catch, self._context.spec.catch_never_first, rng)

    def _is_extra(self, condition: Condition) -> bool:
        """Return whether the condition's next block is the one with a main trial more: the first for number 1, and so on round."""
        spec = self._context.spec
        if condition != spec.extra_main:
            return False
        n_blocks = sum(len(section.blocks) for section in spec.sections if condition in section.conditions)
        return self._n_blocks[condition] == (self._context.participant_number - 1) % n_blocks

    def _material(self, unit: Unit, condition: Condition, section: Section) -> UnitMaterial:
        material = self._materials[unit]
        n_references = self._context.spec.references_of(section.scheme)
        if not material.has_images(condition, section.scheme, n_references):
            made = f"synthesize --units {unit}" if condition == "synthetic" else f"import-references FOLDER --method {condition} --replace"
            raise NotReady(
                f"{unit} lacks the {n_references} {condition} images at each extreme that {section.scheme} shows; make them "
                f"(`exemplary {made}`), or leave the unit out."
            )
        return material


def _mixed(main: list[Trial], catch: list[Trial], catch_never_first: bool, rng: np.random.Generator) -> list[Trial]:
    """Return main and catch trials shuffled together; a first trial that must be main is drawn before the rest is shuffled."""
    if not catch_never_first or not main:
        return shuffled([*main, *catch], rng)
    first, *rest = shuffled(main, rng)
    return [first, *shuffled([*rest, *catch], rng)]


def _ratings(context: PlanContext, materials: Mapping[Unit, UnitMaterial], moment: Moment) -> list[RatingTask]:
    """Return the ratings of one moment, in random order: n_references synthetic max images and as many natural ones (METHOD section 7)."""
    spec = context.spec
    units = [unit for one in spec.lists("intuitiveness") for unit in one.parsed]
    found = []
    for place, unit in enumerate(shuffled(units, context.rng(f"intuitiveness {moment}"))):
        material = materials[unit]
        if not material.has_images("synthetic", "Max-9", spec.n_references):
            raise NotReady(f"{unit} lacks the {spec.n_references} synthetic max images of its intuitiveness rating; synthesize them.")
        natural = extreme_set(material.max_ids, material.min_ids, n_references=spec.n_references).max_references
        synthetic = material.images["synthetic", spec.n_references][0][: spec.n_references]
        found.append(RatingTask(moment, place, unit, synthetic, tuple(map(context.address, natural))))
    return found
