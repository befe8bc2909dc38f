"""Proportions correct and reaction times broken down by a word of the trials, with the published ones where they are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from core.design_spec import Condition
from core.experiment import RespondentKind
from core.figures import captions
from core.figures.estimates import PROPORTION, SECONDS, Estimate, Words, around, estimates_chart, table
from core.figures.figure import SELECT, Figure
from core.figures.references import published_layer
from core.inference import Results
from core.inference.proportions import Proportion
from core.inference.reaction_times import WHICH, ReactionTime

By = Mapping[Condition, Mapping[str, Proportion]]
LAYER_TITLE: Final = "Accuracy by layer"
BRANCH_TITLE: Final = "Accuracy by branch"
SCHEME_TITLE: Final = "Accuracy by presentation scheme"
EXPERTISE_TITLE: Final = "Accuracy by expertise"
TIME_TITLE: Final = "Reaction time"
WHICH_SHOWN: Final = {"all": "all trials", "correct": "correct", "incorrect": "incorrect"}


def layer_figure(
    results: Results, *, published: Results | None = None, layers: Sequence[str] = (), kind: RespondentKind = "people"
) -> Figure | None:
    """Return proportions by layer, in the network's order (`layers`; default: the record's)."""
    names = _ordered(results.accuracy_by_layer, layers)
    words = Words("layer", names, joined=True)
    return _proportions(
        "accuracy-by-layer", LAYER_TITLE, results.accuracy_by_layer, words, _published_layers(published, names), results, kind
    )


def branch_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return proportions by branch."""
    words = Words("branch", _ordered(results.accuracy_by_branch))
    known = None if published is None else published.accuracy_by_branch
    return _proportions("accuracy-by-branch", BRANCH_TITLE, results.accuracy_by_branch, words, known, results, kind)


def scheme_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return proportions by presentation scheme; None where there is one only."""
    words = Words("scheme", _ordered(results.accuracy_by_scheme))
    known = None if published is None else published.accuracy_by_scheme
    found = results.accuracy_by_scheme if len(words.names) > 1 else {}
    return _proportions("accuracy-by-scheme", SCHEME_TITLE, found, words, known, results, kind)


def expertise_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return proportions by expertise; None where nobody said."""
    words = Words("expertise", _ordered(results.accuracy_by_expertise))
    known = None if published is None else published.accuracy_by_expertise
    return _proportions("accuracy-by-expertise", EXPERTISE_TITLE, results.accuracy_by_expertise, words, known, results, kind)


def reaction_time_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return mean reaction times of all, correct and incorrect trials; None where none were taken (observers have none)."""
    found = _times(results)
    words = Words("answers", tuple(which for which in WHICH if results.reaction_time.get(which)), shown=WHICH_SHOWN)
    if not found:
        return None
    known = [] if published is None else _times(published)
    counts = {condition: one.n_trials for condition, one in results.reaction_time["all"].items()}
    n_excluded = sum(one.n_excluded for one in results.reaction_time["all"].values())
    left_out = f" {n_excluded:,} negative times are left out." if n_excluded else ""
    caption = (
        f"Mean over main trials; {captions.counted(counts, results.n_participants, kind)}. "
        f"{captions.spread_over(kind)}.{left_out}{f' {captions.PUBLISHED}' if known else ''}"
    )
    chart = estimates_chart(found, words, SECONDS, published=known)
    rows = table(found, words, SECONDS, published=known)
    return Figure("reaction-time", TIME_TITLE, caption, chart, rows, SELECT, ("answers", "condition"))


def _proportions(
    name: str, title: str, found: By, words: Words, published: By | None, results: Results, kind: RespondentKind
) -> Figure | None:
    if not found:
        return None
    estimates, bars = _estimates(found, words.names), captions.bars(one for of in found.values() for one in of.values())
    known = _estimates(published or {}, words.names, two_sem=True)
    counts = {condition: sum(one.n_trials for one in of.values()) for condition, of in found.items()}
    caption = (
        f"Proportion correct over main trials by {words.title or words.word}; {captions.counted(counts, results.n_participants, kind)}. "
        f"{bars}. Dashed: chance, 50 %.{f' {captions.PUBLISHED}' if known else ''}"
    )
    chart = estimates_chart(estimates, words, PROPORTION, published=known)
    rows = table(estimates, words, PROPORTION, published=known)
    return Figure(name, title, caption, chart, rows, SELECT, (words.word, "condition"))


def _estimates(found: By, names: Iterable[str], *, two_sem: bool = False) -> list[Estimate]:
    """Return a breakdown's estimates with Wilson intervals, or with ± 2 standard errors."""
    return [
        Estimate.of_proportion(name, condition, of[name], two_sem=two_sem)
        for name in names
        for condition, of in found.items()
        if name in of
    ]


def _times(results: Results) -> list[Estimate]:
    return [_time(which, condition, one) for which in WHICH for condition, one in results.reaction_time.get(which, {}).items()]


def _time(which: str, condition: Condition, one: ReactionTime) -> Estimate:
    return Estimate(which, condition, one.mean, *around(one.mean, one.two_sem), one.n_trials, one.n_participants, one.two_sem)


def _ordered(found: By, order: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the levels that occur: those of `order` first, in its order, then the others as they come."""
    present = dict.fromkeys(name for of in found.values() for name in of)
    return (*(name for name in order if name in present), *(name for name in present if name not in order))


def _published_layers(published: Results | None, names: Iterable[str]) -> By | None:
    """Return the published proportions under the names that layers have here."""
    if published is None:
        return None
    named = {published_layer(name): name for name in names}
    found = published.accuracy_by_layer
    return {condition: {named[name]: one for name, one in of.items() if name in named} for condition, of in found.items()}
