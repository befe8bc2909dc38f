"""What determines a session's trials, but for the participant's number: the design spec, stored whole and named by its digest.

A session is a row of sections. In a section the blocks of its conditions take turns; before the first main block each condition is
practised. The presets (`core/psychophysics/presets.py`) are specs like any other. Counts are trials, pauses milliseconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from core.domain import Unit
from core.errors import UsageError

Condition = str  # natural, synthetic, none, or the name of an imported visualization method
Scheme = Literal["Max-1", "Max-9", "Min-Max-1", "Min-Max-9"]
Feedback = Literal["trial", "block", "none"]
UnitRole = Literal["main", "practice", "catch", "intuitiveness"]
Difficulty = Literal["extreme", "easy", "hard99", "hard95", "hard85"]
SetRule = Literal["offset", "pairs"]
FirstCondition = Literal["as listed", "odd numbers first", "fours", "one each"]
Moment = Literal["begin", "end"]

CONDITIONS: Final[tuple[Condition, ...]] = ("natural", "synthetic", "none")
SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)
DIFFICULTIES: Final[tuple[Difficulty, ...]] = get_args(Difficulty)
N_REFERENCES: Final = 9  # what the "9" of a scheme stands for, unless a small study needs fewer (METHOD section 2)
METHOD_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class UnitList:
    """Units that a design uses alike, each written layer:channel. `conditions`: where their trials are; empty: in every one."""

    name: str
    role: UnitRole
    units: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    @property
    def parsed(self) -> tuple[Unit, ...]:
        """Return the units as records."""
        return tuple(as_unit(name) for name in self.units)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a session: one presentation scheme, and conditions whose blocks take turns.

    `blocks`: how many main trials each of a condition's blocks has. `n_practice`: practice trials of each condition, a block of their own
    before the section's main blocks. `n_catch`: catch trials in each main block of a condition that has references.
    """

    conditions: tuple[Condition, ...]
    scheme: Scheme
    blocks: tuple[int, ...]
    n_practice: int = 0
    n_catch: int = 0


@dataclass(frozen=True, slots=True)
class RenderChoice:
    """The spec whose images are the references of a condition in schemes of so many references."""

    condition: Condition
    n_references: int
    spec_digest: str


@dataclass(frozen=True, slots=True)
class DesignSpec:
    """All that determines a session's trials, but for the participant's number.

    `units`: lists by role; no main list at all means every unit that has what the conditions need. A main list that is longer than a
    condition's main trials is drawn from anew for each participant, as evenly over layers as there are.
    `first_condition`: which condition of a section comes first: as listed; the first listed for odd numbers, the last for even ones
    (METHOD section 5); the first listed for numbers 1 to 4, 9 to 12 ..., the last for the others (section 6); or each participant has one
    condition only, in turn. `section_orders`: the order of sections for participant number n is number (n - 1) mod their count.
    `unit_rotation`: with k = (n - 1) mod their count, section j of the spec shows the units of list (j + k) mod their count.
    `extra_main`: a condition that has one main trial more in one of its blocks, which rotates with the number (section 5).
    `n_repeated`: so many least and as many most confident main trials of each condition are shown again at the end.
    `n_hard_practice`: of each condition's practice trials so many are harder: their queries are the least extreme images of a set.
    `set_rule`: which stimulus set a participant's main trials are of (METHOD sections 5 and 6).
    """

    name: str
    study: str  # Study.key
    seed: int
    sections: tuple[Section, ...]
    units: tuple[UnitList, ...]
    n_sets: int
    n_references: int  # of the schemes with nine; those with one have one
    stimuli_digest: str = ""  # Study.stimuli_digest: answers to other stimuli under the same name are never pooled
    renders: tuple[RenderChoice, ...] = ()
    difficulty: Difficulty = "extreme"
    top_bin_in_order: bool = False
    first_condition: FirstCondition = "odd numbers first"
    section_orders: tuple[tuple[int, ...], ...] = ()
    unit_rotation: tuple[str, ...] = ()
    extra_main: Condition | None = None
    set_rule: SetRule = "offset"
    numbered_within_group: bool = False  # experts and lay people are numbered apart
    n_repeated: int = 0
    practice_until_right: bool = False
    n_hard_practice: int = 0
    intuitiveness: tuple[Moment, ...] = ()
    feedback: Feedback = "trial"
    running_score: bool = False
    balanced_positions: bool = True
    catch_never_first: bool = True
    breaks: bool = True  # self-paced, between main blocks
    pause_ms: int = 500  # METHOD section 4
    feedback_ms: int = 1500

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return every condition of the sections, each once, in order."""
        return tuple(dict.fromkeys(condition for section in self.sections for condition in section.conditions))

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """Return every presentation scheme of the sections, each once, in order."""
        return tuple(dict.fromkeys(section.scheme for section in self.sections))

    def lists(self, role: UnitRole) -> tuple[UnitList, ...]:
        """Return the lists of a role, in order."""
        return tuple(one for one in self.units if one.role == role)

    def references_of(self, scheme: Scheme) -> int:
        """Return how many reference images of an extreme the scheme shows."""
        return n_references_of(scheme, self.n_references)

    def n_main(self, condition: Condition) -> int:
        """Return the number of main trials of a condition in a whole session."""
        planned = sum(sum(section.blocks) for section in self.sections if condition in section.conditions)
        return planned + (condition == self.extra_main)

    def render_digest(self, condition: Condition, n_references: int) -> str | None:
        """Return the digest of the spec whose images a condition shows; None where its references are natural or none."""
        return next((one.spec_digest for one in self.renders if (one.condition, one.n_references) == (condition, n_references)), None)


def n_references_of(scheme: Scheme, n_references: int = N_REFERENCES) -> int:
    """Return how many reference images of an extreme a scheme shows, `n_references` being what a "9" stands for in this design."""
    return 1 if scheme.endswith("-1") else n_references


def is_max_only(scheme: Scheme) -> bool:
    """Return whether a scheme shows no minimally activating references."""
    return not scheme.startswith("Min")


def has_images_of_its_own(condition: Condition) -> bool:
    """Return whether the references are made for the unit (synthetic or imported), and neither natural nor absent."""
    return condition not in ("natural", "none")


def in_order(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the conditions, each once, in the order they have everywhere: natural, synthetic, none, then methods by name."""
    present = set(conditions)
    return (*(one for one in CONDITIONS if one in present), *sorted(present.difference(CONDITIONS)))


def as_unit(name: str) -> Unit:
    """Return the unit written layer:channel. Raises UsageError."""
    layer, colon, channel = name.rpartition(":")
    if not colon or not layer or not channel.isdecimal():
        raise UsageError(f"A unit is written layer:channel (mixed4b:465); {name!r:.60} came.")
    return Unit(layer, int(channel))


def read_design(text: str) -> DesignSpec:
    """Return the spec that JSON holds, also one of the first form (a single scheme, counts for each condition).

    Raises UsageError for a field that is unknown or holds what it cannot, ValueError, TypeError or KeyError for what is no spec at all.
    """
    content: dict[str, Any] = json.loads(text)
    if "sections" not in content:
        return _first_form(content)
    known = {one.name for one in fields(DesignSpec)}
    if unknown := set(content) - known:
        raise UsageError(f"A design spec has the fields {', '.join(sorted(unknown))}, which this version does not know; update Exemplary.")
    content["sections"] = tuple(Section(**_tuples(one)) for one in content["sections"])
    content["units"] = tuple(UnitList(**_tuples(one)) for one in content["units"])
    content["renders"] = tuple(RenderChoice(**one) for one in content.get("renders", ()))
    content["section_orders"] = tuple(tuple(order) for order in content.get("section_orders", ()))
    spec = DesignSpec(**_tuples(content))
    for name, hint in _hints(DesignSpec).items():
        if not _fits(getattr(spec, name), hint):
            raise UsageError(f"The field {name} of a design cannot be {content[name]!r:.80}; docs/experiment.md says what designs hold.")
    return spec


def _fits(value: object, hint: Any) -> bool:
    """Return whether a value is what an annotation of these records says; True is no number here."""
    kind, parts = get_origin(hint), get_args(hint)
    if kind is Literal:
        return value in parts
    if kind is tuple:
        return isinstance(value, tuple) and all(_fits(one, parts[0]) for one in value)
    if kind is UnionType:
        return any(_fits(value, part) for part in parts)
    if is_dataclass(hint):
        return type(value) is hint and all(_fits(getattr(value, name), of) for name, of in _hints(hint).items())
    return type(value) is (NoneType if hint is None else hint)


@cache
def _hints(record: Any) -> dict[str, Any]:
    return get_type_hints(record)


def _tuples(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}


def _first_form(content: Mapping[str, Any]) -> DesignSpec:
    """Return a spec as it was written before sections: practice before each condition's blocks, which is not planned any more."""
    conditions, n_main = tuple(content["conditions"]), content["n_main"]
    n_blocks = -(-n_main // 15)
    blocks = tuple(n_main * (part + 1) // n_blocks - n_main * part // n_blocks for part in range(n_blocks))
    units = [UnitList(role, role, tuple(content[name])) for role, name in _FIRST_LISTS if content.get(name)]
    section = Section(conditions, content["scheme"], blocks, content["n_practice"], -(-content["n_catch"] // n_blocks))
    digest, n_references = content.get("render_digest"), content["n_references"]
    same = ("name", "study", "seed", "n_sets", "n_references", "stimuli_digest", "feedback", "balanced_positions", "catch_never_first")
    return DesignSpec(
        sections=(section,),
        units=tuple(units),
        renders=(RenderChoice("synthetic", n_references, digest),) if digest else (),
        pause_ms=content["pause_ms"],
        feedback_ms=content["feedback_ms"],
        **{name: content[name] for name in same if name in content},
    )


_FIRST_LISTS: Final[tuple[tuple[UnitRole, str], ...]] = (("main", "units"), ("practice", "reserved_units"))
