"""Sentences about how well units are explained: on the wall of units that is sorted by it, and on a unit's own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.design_spec import Condition
from core.percents import percent
from core.services.units.unit_scores import ScoreOrder, UnitScore
from core.store.observations import ObserverCard

SORT: Final = "Sorted by"
JUDGE: Final = "As judged by"
PEOPLE: Final = "People"
NETWORK_ORDER: Final = "Layer and channel"
EXPLAINED: Final = "Most explained by {a}, least by {b}"
ALONE: Final = "Most explained by {a}"
NAMES: Final[Mapping[Condition, str]] = {"natural": "nature", "synthetic": "synthesis"}
SORT_HELP: Final = (
    "By the proportion of right answers about the unit: with references of one condition, or how much more with natural ones."
)
NOT_SCORED: Final = "not answered yet"
BIASED: Final = "biased witness"
BASELINE: Final = "baseline"
OF_PEOPLE: Final = "Proportion of people's right answers in main trials, over so many trials as the tile says."
OF_OBSERVER: Final = (
    "{name}, {what}: share of tasks in which it chose right, over so many as the tile says. A first estimate; people may differ."
)
LAST: Final = "Units that nobody answered come last."
TITLE: Final = "How well it is explained"
NOTE: Final = (
    "Proportion correct with references of each condition, [Wilson 95 % interval], of so many tasks (people: trials by so many people)."
)
NOBODY: Final = "Nobody has answered about this unit yet: observers do with `exemplary observe`, people in a self-test that shows it."


def sort_label(order: ScoreOrder | None) -> str:
    """Return an order of units as it is chosen."""
    if order is None:
        return NETWORK_ORDER
    a = NAMES.get(order.condition, order.condition)
    return ALONE.format(a=a) if order.minus is None else EXPLAINED.format(a=a, b=NAMES.get(order.minus, order.minus))


def what_it_is(card: ObserverCard) -> str:
    """Return what kind of witness an observer is."""
    if card.kind == "baseline":
        return BASELINE
    return BIASED if card.is_biased else "another network" if card.kind == "network" else "pairwise distances"


def judge_label(card: ObserverCard | None) -> str:
    """Return who judged as it is chosen; None: people."""
    return PEOPLE if card is None else f"{card.name} ({what_it_is(card)})"


def judge_note(card: ObserverCard | None) -> str:
    """Return what a wall that is sorted by scores says of them; None: people."""
    told = OF_PEOPLE if card is None else OF_OBSERVER.format(name=card.name, what=what_it_is(card))
    return f"{told} {LAST}"


def tile_score(scores: Mapping[Condition, UnitScore], order: ScoreOrder) -> str:
    """Return a unit's scores that the order is by, each with its n."""
    wanted = (order.condition,) if order.minus is None else (order.condition, order.minus)
    found = [f"{condition} {percent(scores[condition].mean)} of {scores[condition].n}" for condition in wanted if condition in scores]
    return " · ".join(found) if len(found) == len(wanted) else NOT_SCORED


def score_line(who: str, scores: Mapping[Condition, UnitScore], *, are_people: bool) -> str:
    """Return who answered and, for each condition, the proportion correct, its interval and n, as Markdown."""
    found = []
    for condition, score in scores.items():
        low, high = score.wilson
        n = f"{score.n} by {score.n_respondents}" if are_people else f"{score.n}"
        found.append(f"{condition} {percent(score.mean)} [{percent(low)}, {percent(high)}] of {n}")
    return f"**{who}**: {' · '.join(found)}"
