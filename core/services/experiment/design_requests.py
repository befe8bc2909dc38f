"""What somebody asks of a design: a preset, the units it is to show, and whatever else is to differ from the preset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.design_spec import (
    N_REFERENCES,
    Condition,
    DesignSpec,
    Difficulty,
    Feedback,
    Moment,
    Scheme,
    has_images_of_its_own,
    n_references_of,
)
from core.domain import Unit
from core.errors import UsageError
from core.experiment import Answer
from core.inference.proportions import wilson
from core.psychophysics.presets import PRESETS


@dataclass(frozen=True, slots=True)
class DesignRequest:
    """A design to order; None or empty: as the preset has it. Counts are trials of each condition, pauses milliseconds.

    `units`: main units instead of the preset's; `reserved`: practice and catch units. `name`: what the design is called, so that its
    answers are told from the preset's.
    """

    preset: str = "quick"
    name: str | None = None
    units: tuple[Unit, ...] = ()
    reserved: tuple[Unit, ...] = ()
    conditions: tuple[Condition, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    n_main: int | None = None
    per_block: int | None = None
    n_practice: int | None = None
    n_catch: int | None = None
    n_repeated: int | None = None
    n_sets: int | None = None
    n_references: int = N_REFERENCES
    difficulty: Difficulty | None = None
    feedback: Feedback | None = None
    intuitiveness: tuple[Moment, ...] | None = None
    balanced: bool | None = None
    breaks: bool | None = None
    pause_ms: int | None = None
    feedback_ms: int | None = None
    seed: int = 0
    unit_seed: int = 0

    @property
    def own_images(self) -> tuple[Condition, ...]:
        """Return the conditions with images of their own: synthetic, unless the request names others."""
        return tuple(filter(has_images_of_its_own, self.conditions)) if self.conditions else ("synthetic",)

    @property
    def is_rated(self) -> bool:
        """Return whether intuitiveness ratings are asked for: by the request, else by the preset."""
        return bool(self.intuitiveness) if self.intuitiveness is not None else self.preset.startswith("borowski2021")


def check_request(request: DesignRequest) -> None:
    """Raise UsageError where a count is too small, or where the preset does not allow what is asked for."""
    counts = (
        ("--main", request.n_main, 1), ("--per-block", request.per_block, 1), ("--sets", request.n_sets, 1),
        ("--references", request.n_references, 1), ("--practice", request.n_practice, 0), ("--catch", request.n_catch, 0),
        ("--repeated", request.n_repeated, 0),
    )  # fmt: skip
    for name, value, least in counts:
        if value is not None and value < least:
            raise UsageError(f"{name} {value} is too few; give {least} or more.")
    if request.name in PRESETS:
        raise UsageError(f"{request.name} is a preset's name, whose answers are its own; call the design something else.")
    asked = (request.schemes, request.conditions, request.n_main, request.per_block, request.n_practice, request.n_catch)
    if request.preset != "quick" and any(one is not None and one != () for one in asked):
        raise UsageError(
            f"{request.preset} has its own conditions, schemes and numbers of trials; change them on the quick preset instead."
        )
    if request.preset == "borowski2021-exp2" and request.units:
        raise UsageError("borowski2021-exp2 has seven lists of units, which --units cannot name; draw others with --unit-seed.")
    if request.preset != "quick" and not request.units and request.n_references != N_REFERENCES:
        raise UsageError(f"{request.preset} shows {N_REFERENCES} references; take --references with the quick preset or with --units.")


def changed(spec: DesignSpec, request: DesignRequest) -> DesignSpec:
    """Return the preset's spec with what the request changes. Raises UsageError where the two do not fit."""
    spec = _with_sections(spec, request)
    values: dict[str, Any] = {
        "name": request.name,
        "n_repeated": request.n_repeated,
        "difficulty": request.difficulty,
        "feedback": request.feedback,
        "intuitiveness": request.intuitiveness,
        "balanced_positions": request.balanced,
        "catch_never_first": request.balanced,
        "breaks": request.breaks,
        "pause_ms": request.pause_ms,
        "feedback_ms": request.feedback_ms,
    }
    spec = replace(spec, **{name: value for name, value in values.items() if value is not None})
    _check_pauses(spec)
    return spec


def most_uncertain(units: Sequence[Unit], answers: Sequence[Answer], n: int) -> tuple[Unit, ...]:
    """Return the n units of which people's answers tell least: those with the widest 95 % Wilson intervals, unanswered ones first.

    Of equally uncertain ones the first given come first. Raises UsageError where there are fewer than n.
    """
    if not 1 <= n <= len(units):
        raise UsageError(f"{n} uncertain units were asked for; there are {len(units)} to choose from: ask for 1 to {len(units)}.")
    scores: dict[Unit, list[float]] = {unit: [] for unit in units}
    for answer in answers:
        if answer.kind == "main" and answer.unit in scores:
            scores[answer.unit].append(answer.proportion_correct)
    return tuple(sorted(units, key=lambda unit: -_width(scores[unit]))[:n])


def _width(scores: Sequence[float]) -> float:
    if not scores:
        return 1.0
    low, high = wilson(sum(scores), len(scores))
    return high - low


def _with_sections(spec: DesignSpec, request: DesignRequest) -> DesignSpec:
    """Return the spec with other schemes and blocks; those of other presets than quick stay as they are."""
    sections = spec.sections
    if request.per_block:
        n = sum(sections[0].blocks)
        blocks = tuple(min(request.per_block, n - start) for start in range(0, n, request.per_block))
        sections = tuple(replace(section, blocks=blocks) for section in sections)
    if request.schemes:
        wrong = [scheme for scheme in request.schemes if n_references_of(scheme, request.n_references) != request.n_references]
        if wrong:
            raise UsageError(
                f"{wrong[0]} and {request.n_references} references do not go together in a quick design; take --references 1 for Max-1 and "
                "Min-Max-1, or the preset borowski2021-exp2 for all four."
            )
        sections = tuple(replace(section, scheme=scheme) for scheme in request.schemes for section in sections)
    return replace(spec, sections=sections)


def _check_pauses(spec: DesignSpec) -> None:
    for name, value in (("--pause-ms", spec.pause_ms), ("--feedback-ms", spec.feedback_ms)):
        if not 0 <= value <= 60_000:
            raise UsageError(f"{name} {value} is no pause; give milliseconds from 0 to 60000.")
