"""Sensitivity d' by condition: accuracy on a scale where chance is 0."""

from __future__ import annotations

from typing import Final

from core.design_spec import in_order
from core.experiment import RespondentKind
from core.figures import captions
from core.figures.estimates import Estimate, Measure, Words, estimates_chart, table
from core.figures.figure import SELECT, Figure
from core.inference import Results
from core.inference.signal_detection import SignalDetection

TITLE: Final = "Sensitivity"
D_PRIME: Final = Measure("d_prime", "d′", ".2f", "~g", level=(0.0, "chance"))


def sensitivity_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return d' of each condition with its interval; None where nobody answered."""
    found = _estimates(results)
    if not found:
        return None
    words = Words("condition", tuple(in_order(one.series for one in found)))
    known = [] if published is None else [one for one in _estimates(published) if one.category in words.names]
    counts = {name: one.n_trials for name, one in results.signal_detection.items()}
    over = (
        "the mean of the participants' d′ with its 95 % t interval"
        if results.n_participants > 1
        else "d′ of all trials with its 95 % interval"
    )
    caption = (
        f"Sensitivity in two-alternative forced choice, d′ = √2 z(proportion correct), log-linearly corrected: {over}; "
        f"{captions.counted(counts, results.n_participants, kind)}. 0 is chance.{' Grey, pale: of the published answers.' if known else ''}"
    )
    chart = estimates_chart(found, words, D_PRIME, published=known)
    return Figure("sensitivity", TITLE, caption, chart, table(found, words, D_PRIME, published=known), SELECT, ("condition",))


def _estimates(results: Results) -> list[Estimate]:
    return [_estimate(name, one) for name, one in results.signal_detection.items()]


def _estimate(name: str, one: SignalDetection) -> Estimate:
    return Estimate(name, name, one.estimate, *one.interval, one.n_trials, one.n_participants)
