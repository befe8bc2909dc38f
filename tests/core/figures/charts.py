"""What tests of figures ask of charts: their views, encodings and words; and results of simulated people."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from core.answer_set import UnitRating
from core.design_spec import Condition
from core.domain import Unit
from core.experiment import Answer
from core.figures import export
from core.figures.figure import Figure
from core.inference import Results, results

CONDITIONS: dict[Condition, float] = {"natural": 0.9, "synthetic": 0.75, "none": 0.5}
LAYERS = ("mixed3a", "mixed4b", "mixed5b")
BRANCHES = ("1x1", "3x3", "pool")


@cache
def simulated(*, n_people: int = 6, n_units: int = 12, conditions: tuple[Condition, ...] = tuple(CONDITIONS), seed: int = 0) -> Results:
    """Return the results of people who answered every unit in each condition and in two schemes, with times, confidence and ratings."""
    rng = np.random.default_rng(seed)
    answers = [
        _answer(rng, f"p{person}", condition, scheme, unit, place=place)
        for person in range(n_people)
        for place, (condition, scheme, unit) in enumerate(
            (condition, scheme, unit) for condition in conditions for scheme in ("Max-9", "Min-Max-9") for unit in range(n_units)
        )
    ]
    ratings = [
        UnitRating(f"p{person}", moment, Unit(layer, 1), int(rng.integers(-100, 101)), 900.0)
        for person in range(n_people)
        for moment in ("begin", "end")
        for layer in LAYERS
    ]
    return results(answers, ratings=ratings)


def _answer(rng: np.random.Generator, who: str, condition: Condition, scheme: Any, unit: int, *, place: int) -> Answer:
    is_right = rng.random() < CONDITIONS.get(condition, 0.8)
    return Answer(
        respondent=who,
        kind="main",
        condition=condition,
        scheme=scheme,
        unit=Unit(LAYERS[unit % 3], unit),
        block=0,
        proportion_correct=float(is_right),
        confidence=int(rng.integers(1 + is_right, 4)),
        reaction_time_ms=float(rng.gamma(4, 1000)),
        session=who,
        position=place,
        branch=BRANCHES[unit % 3],
        expertise="expert" if who in ("p0", "p1") else "lay",
    )


def views(specification: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the chart's single views, however deep."""
    inner = specification.get("layer")
    return [view for layer in inner for view in views(layer)] if inner else [specification]


def encodings(specification: dict[str, Any], channel: str) -> list[dict[str, Any]]:
    """Return a channel's encodings in all views that have it."""
    return [view["encoding"][channel] for view in views(specification) if channel in view.get("encoding", {})]


def values(specification: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """Return the rows of all views of a mark."""
    names = [view["data"]["name"] for view in views(specification) if view["mark"]["type"] == mark]
    return [row for name in names for row in specification["datasets"][name]]


def words(figure: Figure) -> str:
    """Return the words that a person reads in the drawn figure."""
    drawn = re.findall(r"<text[^>]*>(.*?)</text>", export.svg(figure), flags=re.DOTALL)
    return " | ".join(re.sub(r"<[^>]*>", " ", one).strip() for one in drawn)
