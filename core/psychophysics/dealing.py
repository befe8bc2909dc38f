"""Who comes when: the units and sides of a session's trials, dealt out by condition. Each purpose draws from a generator of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, cycle, islice, pairwise, zip_longest
from typing import TypeVar

import numpy as np

from core.design_spec import Condition, DesignSpec, Section, UnitRole
from core.domain import Unit
from core.errors import NotReady, UsageError
from core.experiment import Side
from core.psychophysics.trials import SIDES, PlanContext, UnitMaterial

Listed = tuple[Unit, str]  # a unit and the name of the list it is from
T = TypeVar("T")

ANY_UNIT = "any"  # the list's name where a design names no main units


class Dealer:
    """The units left for every condition and role, in the order in which the session shows them."""

    def __init__(self, context: PlanContext, materials: Mapping[Unit, UnitMaterial]) -> None:
        self._context = context
        self._materials = materials
        self._main: dict[tuple[Condition, tuple[str, ...]], Iterator[Listed]] = {}
        self._reserved: dict[tuple[Condition, UnitRole], Iterator[Listed]] = {}
        self._sides: dict[tuple[Condition, str], Iterator[Side]] = {}

    def main(self, condition: Condition, lists: tuple[str, ...], n: int) -> list[Listed]:
        """Return the condition's next n main units of these lists: no unit comes twice in a condition."""
        key = condition, lists
        if key not in self._main:
            chosen = self._chosen(lists)
            self._main[key] = iter(shuffled(chosen, self._context.rng(f"{condition} main {' '.join(lists)}")))
        dealt = list(islice(self._main[key], n))
        if len(dealt) < n:
            raise UsageError(
                f"The design has more main trials of the {condition} condition than units; name more units, or ask for fewer trials."
            )
        return dealt

    def reserved(self, condition: Condition, role: UnitRole, n: int) -> list[Listed]:
        """Return the condition's next n practice or catch units: each once before any comes again."""
        if n == 0:
            return []
        key = condition, role
        if key not in self._reserved:
            self._reserved[key] = cycle(self._reserved_units(condition, role))
        return list(islice(self._reserved[key], n))

    def sides(self, condition: Condition, group: str, n: int) -> list[Side]:
        """Return where the correct queries of the condition's next n trials of a group (practice, main, catch) are."""
        key = condition, group
        if key not in self._sides:
            self._sides.update({(condition, name): iter(sides) for name, sides in _sides(self._context, condition).items()})
        return list(islice(self._sides[key], n))

    def _chosen(self, lists: tuple[str, ...]) -> list[Listed]:
        """Return the units that main trials of these lists show, alike in every condition: all, or a draw even over layers."""
        spec = self._context.spec
        listed = sorted(self._usable(lists))
        n = max((spec.n_main(condition) for condition in spec.conditions), default=0) if not spec.unit_rotation else len(listed)
        if len(listed) < n:
            _refuse_too_few(spec, len(listed), n)
        return listed if len(listed) == n else _evenly(listed, n, self._context.rng("units"))

    def _usable(self, lists: tuple[str, ...]) -> list[Listed]:
        spec = self._context.spec
        if lists != (ANY_UNIT,):
            return [(unit, one.name) for one in spec.lists("main") if one.name in lists for unit in one.parsed]
        taken = {unit for one in spec.units for unit in one.parsed}
        return [(unit, ANY_UNIT) for unit, material in self._materials.items() if unit not in taken and shows_all(spec, material)]

    def _reserved_units(self, condition: Condition, role: UnitRole) -> list[Listed]:
        """Return the order of a condition's reserved units.

        A list that serves several conditions' practice is cut into as many parts, which are dealt to the conditions by chance, anew for
        each participant (as in the published answers of experiment I); catch trials are on all of it.
        """
        spec = self._context.spec
        found: list[Listed] = []
        for one in spec.lists(role):
            serves = one.conditions or spec.conditions
            if condition not in serves:
                continue
            units = [(unit, one.name) for unit in one.parsed]
            parts = split(units, len(serves)) if role == "practice" and len(units) >= len(serves) else [units] * len(serves)
            found += shuffled(parts, self._context.rng(f"parts of {one.name}"))[serves.index(condition)]
        if not found:
            raise NotReady(
                f"{role.capitalize()} trials of the {condition} condition need a reserved unit (`exemplary synthesize --reserve`), or set "
                "their number to 0."
            )
        return shuffled(found, self._context.rng(f"{condition} {role}"))


def shows_all(spec: DesignSpec, material: UnitMaterial) -> bool:
    """Return whether a unit has the references of every condition and scheme of the design."""
    return all(
        material.has_images(condition, section.scheme, spec.references_of(section.scheme))
        for section in spec.sections
        for condition in section.conditions
    )


def main_lists(spec: DesignSpec, section: Section, participant_number: int) -> tuple[str, ...]:
    """Return the names of the lists whose units a section shows to a participant."""
    if spec.unit_rotation:
        turn = (participant_number - 1) % len(spec.unit_rotation)
        return (spec.unit_rotation[(spec.sections.index(section) + turn) % len(spec.unit_rotation)],)
    return tuple(one.name for one in spec.lists("main")) or (ANY_UNIT,)


def shuffled(items: Sequence[T], rng: np.random.Generator) -> list[T]:
    """Return the items in random order."""
    return [items[int(place)] for place in rng.permutation(len(items))]


def split(items: Sequence[T], n_parts: int) -> list[list[T]]:
    """Return the items in n_parts runs whose lengths differ by at most one."""
    bounds = [len(items) * part // n_parts for part in range(n_parts + 1)]
    return [list(items[start:stop]) for start, stop in pairwise(bounds)]


def _sides(context: PlanContext, condition: Condition) -> dict[str, list[Side]]:
    """Return the sides of all trials of a condition by group; balanced: both equally often (+-1) in every group and in all together."""
    spec, rng = context.spec, context.rng(f"{condition} sides")
    sections = [section for section in spec.sections if condition in section.conditions]
    n_catch = 0 if condition == "none" else sum(section.n_catch * len(section.blocks) for section in sections)
    counts = {"main": spec.n_main(condition), "catch": n_catch, "practice": sum(section.n_practice for section in sections)}
    if not spec.balanced_positions:
        return {group: [SIDES[side] for side in rng.integers(2, size=count)] for group, count in counts.items()}
    first = int(rng.integers(2))
    bounds = np.cumsum((0, *counts.values()))
    # Alternating through all groups, then shuffled within each: odd groups do not all get the same side more often.
    runs = ([SIDES[(first + i) % 2] for i in range(start, stop)] for start, stop in pairwise(bounds))
    return {group: shuffled(run, rng) for group, run in zip(counts, runs, strict=True)}


def _evenly(listed: Sequence[Listed], n: int, rng: np.random.Generator) -> list[Listed]:
    """Return n of the units, drawn at random but as evenly over layers as possible."""
    by_layer: defaultdict[str, list[Listed]] = defaultdict(list)
    for one in listed:
        by_layer[one[0].layer].append(one)
    columns = shuffled([shuffled(units, rng) for units in by_layer.values()], rng)
    rounds = chain.from_iterable(zip_longest(*columns))
    return list(islice((one for one in rounds if one is not None), n))


def _refuse_too_few(spec: DesignSpec, n: int, wanted: int) -> None:
    own = [condition for condition in spec.conditions if condition not in ("natural", "none")]
    if own:
        raise NotReady(
            f"The design shows {wanted} different units per condition, but only {n} have the {' and '.join(own)} images it needs; "
            f"make more with {_makers(own)}, or ask for fewer trials."
        )
    raise UsageError(f"The design shows {wanted} different units per condition, but there are only {n}; ask for fewer trials.")


def _makers(own: Sequence[Condition]) -> str:
    """Return the commands that bring images of these conditions."""
    return " and ".join(
        f"`exemplary {'synthesize' if one == 'synthetic' else f'import-references FOLDER --method {one} --replace'}`" for one in own
    )
