"""The designs that can be asked for by name, as specs: the paper's two experiments to the trial, a quick self-test, and IMI's.

borowski2021-exp1 (186 trials) and borowski2021-exp2 (216): METHOD sections 5 and 6. imi: section 11 (50 trials; each participant sees one
condition). quick: ours (24 trials). Any field can be changed afterwards (`dataclasses.replace`): the result is a design of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core.design_spec import Condition, DesignSpec, RenderChoice, Scheme, Section, UnitList
from core.errors import UnknownName
from core.psychophysics.dealing import split
from core.psychophysics.unit_choice import DesignUnits

MAX_MAIN_PER_BLOCK = 15  # METHOD section 5: main blocks of 15 main trials (and catch trials)
MAIN_TRIALS_PER_CATCH = 10
QUICK_MAIN = 10  # with a practice and a catch trial in each of two conditions: 24 trials, about 3 minutes


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a preset takes from a study: its names, its units by list, how many stimulus sets it can have, its synthetic images."""

    study: str
    stimuli_digest: str
    units: tuple[UnitList, ...]
    n_sets: int
    n_references: int = 9
    renders: tuple[RenderChoice, ...] = ()
    seed: int = 0


def preset(name: str, ingredients: Ingredients) -> DesignSpec:
    """Return the spec of a preset. Raises UnknownName."""
    if name not in PRESETS:
        raise UnknownName("design preset", name, PRESETS)
    return PRESETS[name](ingredients)


def unit_lists(units: DesignUnits) -> tuple[UnitList, ...]:
    """Return a design's units as lists: one for each group and role."""
    return tuple(
        UnitList(group.plan.name, role, tuple(map(str, group.units)), group.plan.conditions if role == "practice" else ())
        for group in units.groups
        for role in group.plan.roles
    )


def experiment_1(of: Ingredients) -> DesignSpec:
    """Return METHOD section 5: 45 units in three conditions, none before and after, 18 repeated trials."""
    none = Section(("none",), "Min-Max-9", (11, 11), n_practice=5)
    return DesignSpec(
        name="borowski2021-exp1",
        study=of.study,
        stimuli_digest=of.stimuli_digest,
        seed=of.seed,
        sections=(
            none,
            Section(("synthetic", "natural"), "Min-Max-9", (15, 15, 15), n_practice=5, n_catch=3),
            Section(("none",), "Min-Max-9", (11, 11)),
        ),
        units=of.units,
        n_sets=of.n_sets,
        n_references=of.n_references,
        renders=of.renders,
        extra_main="none",
        n_repeated=3,
        intuitiveness=("begin",),
        balanced_positions=False,
        catch_never_first=False,
    )


def experiment_2(of: Ingredients) -> DesignSpec:
    """Return METHOD section 6: two conditions in four presentation schemes, each on 20 units of its own."""
    schemes: tuple[Scheme, ...] = ("Max-1", "Min-Max-1", "Max-9", "Min-Max-9")
    m1, mm1, m9, mm9 = range(4)
    return DesignSpec(
        name="borowski2021-exp2",
        study=of.study,
        stimuli_digest=of.stimuli_digest,
        seed=of.seed,
        sections=tuple(Section(("natural", "synthetic"), scheme, (10, 10), n_practice=3, n_catch=2) for scheme in schemes),
        units=of.units,
        n_sets=of.n_sets,
        n_references=of.n_references,
        renders=of.renders,
        first_condition="fours",
        section_orders=((m1, mm1, m9, mm9), (m1, m9, mm1, mm9), (mm9, mm1, m9, m1), (mm9, m9, mm1, m1)),
        unit_rotation=("a", "b", "c", "d"),
        set_rule="pairs",
        numbered_within_group=True,
        intuitiveness=("begin", "end"),
        balanced_positions=False,
        catch_never_first=False,
    )


def imi(of: Ingredients) -> DesignSpec:
    """Return METHOD section 11: one condition for each participant, 40 main and 5 catch trials, practice until all are right."""
    return DesignSpec(
        name="imi",
        study=of.study,
        stimuli_digest=of.stimuli_digest,
        seed=of.seed,
        sections=(Section(("natural", "synthetic"), "Min-Max-9", (40,), n_practice=5, n_catch=5),),
        units=of.units,
        n_sets=of.n_sets,
        n_references=of.n_references,
        renders=of.renders,
        difficulty="easy",
        first_condition="one each",
        practice_until_right=True,
        n_hard_practice=1,
        running_score=True,
        pause_ms=350,
        feedback_ms=1150,
    )


def quick(
    of: Ingredients,
    *,
    conditions: tuple[Condition, ...] = ("natural", "synthetic"),
    n_main: int = QUICK_MAIN,
    n_practice: int = 1,
    n_catch: int | None = None,
) -> DesignSpec:
    """Return the short self-test: feedback on every trial, one catch trial a block unless `n_catch` says otherwise.

    The none condition, where it is asked for, comes first; blocks have at most 15 main trials.
    """
    scheme: Scheme = "Min-Max-1" if of.n_references == 1 else "Min-Max-9"
    blocks = tuple(map(len, split(range(n_main), -(-n_main // MAX_MAIN_PER_BLOCK))))
    per_block = int(n_main >= MAIN_TRIALS_PER_CATCH) if n_catch is None else n_catch
    with_references = tuple(condition for condition in conditions if condition != "none")
    groups = [group for group in (("none",) if "none" in conditions else (), with_references) if group]
    return DesignSpec(
        name="quick",
        study=of.study,
        stimuli_digest=of.stimuli_digest,
        seed=of.seed,
        sections=tuple(Section(group, scheme, blocks, n_practice, per_block) for group in groups),
        units=of.units,
        n_sets=of.n_sets,
        n_references=of.n_references,
        renders=of.renders if set(conditions) - {"natural", "none"} or any(one.role == "intuitiveness" for one in of.units) else (),
    )


PRESETS: Final[Mapping[str, Callable[[Ingredients], DesignSpec]]] = {
    "quick": quick,
    "borowski2021-exp1": experiment_1,
    "borowski2021-exp2": experiment_2,
    "imi": imi,
}
