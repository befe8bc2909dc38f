"""Intuitiveness: how people rate synthetic images before and after the trials, by layer of the rated unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.experiment import RespondentKind
from core.figures import captions
from core.figures.encoding import Series
from core.figures.estimates import RATING, Estimate, Words, around, estimates_chart, table
from core.figures.figure import SELECT, Figure
from core.inference import Results
from core.inference.intuitiveness import ALL, CHANGE, MeanRating
from core.palette import CONDITION_COLOURS

TITLE: Final = "Intuitiveness of synthetic images"
MOMENTS: Final = {"begin": "before", "end": "after"}
SERIES: Final = Series("moment", dict.fromkeys(MOMENTS.values(), CONDITION_COLOURS["synthetic"]), {"before": "diamond", "after": "square"})


def intuitiveness_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return ratings before and after the trials, by layer and of all; None where nobody rated."""
    found = _ratings(results.intuitiveness)
    if not found:
        return None
    words = Words("layer", tuple(dict.fromkeys(one.category for one in found)), shown={ALL: "all layers"})
    known = [] if published is None else [one for one in _ratings(published.intuitiveness) if one.category in words.names]
    chart = estimates_chart(found, words, RATING, published=known, series=SERIES)
    rows = table(found, words, RATING, published=known, series=SERIES.word)
    return Figure("intuitiveness", TITLE, _caption(results, kind, is_compared=bool(known)), chart, rows, SELECT, ("layer", "moment"))


def _caption(results: Results, kind: RespondentKind, *, is_compared: bool) -> str:
    in_all = {moment: of[ALL] for moment, of in results.intuitiveness.items()}
    n = ", ".join(f"{one.n_ratings:,} {MOMENTS[moment]}" for moment, one in in_all.items() if moment in MOMENTS)
    of = captions.respondents(max(one.n_participants for one in in_all.values()), kind)
    return (
        f"Mean rating before and after the trials, from −100 (not intuitive) to 100 (intuitive); n = {n} of {of}. "
        f"{captions.spread_over(kind)}.{_change(in_all.get(CHANGE))}{f' {captions.PUBLISHED}' if is_compared else ''}"
    )


def _change(change: MeanRating | None) -> str:
    if change is None:
        return ""
    spread = "" if change.two_sem is None else f" ± {change.two_sem:.1f}"
    return f" After − before, all layers: {change.mean:+.1f}{spread}.".replace("-", "−")


def _ratings(found: Mapping[str, Mapping[str, MeanRating]]) -> list[Estimate]:
    moments = [moment for moment in MOMENTS if moment in found]
    layers = dict.fromkeys(layer for moment in moments for layer in found[moment])
    return [
        Estimate(layer, MOMENTS[moment], one.mean, *around(one.mean, one.two_sem), one.n_ratings, one.n_participants, one.two_sem)
        for layer in layers
        for moment in moments
        if layer in found[moment]
        for one in [found[moment][layer]]
    ]
