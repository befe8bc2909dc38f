"""Sensitivity d' by condition: accuracy on a scale where chance is 0."""

from __future__ import annotations

from typing import Final

from core.design_spec import in_order
from core.experiment import RespondentKind
from core.figures import captions
from core.figures.estimates import Estimate, Measure, Words, estimates_chart, table
from core.figures.figure import SELECT, Figure
from core.inference import Results
from core.inference.signal_detection import OVER_PARTICIPANTS, SignalDetection

TITLE: Final = "Sensitivity"
OF_PARTICIPANTS: Final = "the mean of the participants' d′ with its 95 % t interval"
OF_ALL_TRIALS: Final = "d′ of all trials with its 95 % interval"
OPEN: Final = " An open mark: the interval has no bound there."
D_PRIME: Final = Measure("d_prime", "d′", ".2f", "~g", level=(0.0, "chance"))


def sensitivity_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return d' of each condition with its interval; None where nobody answered."""
    found = _estimates(results)
    if not found:
        return None
    words = Words("condition", tuple(in_order(one.series for one in found)))
    known = [] if published is None else [one for one in _estimates(published) if one.category in words.names]
    counts = {name: one.n_trials for name, one in results.signal_detection.items()}
    is_open = any(any(one.open_ends) for one in found)
    notes = (OPEN if is_open else "") + (" Grey, pale: of the published answers." if known else "")
    caption = (
        f"Sensitivity in two-alternative forced choice, d′ = √2 z(proportion correct), log-linearly corrected: {_over(results)}; "
        f"{captions.counted(counts, results.n_participants, kind)}. 0 is chance.{notes}"
    )
    chart = estimates_chart(found, words, D_PRIME, published=known)
    return Figure("sensitivity", TITLE, caption, chart, table(found, words, D_PRIME, published=known), SELECT, ("condition",))


def _over(results: Results) -> str:
    """Return what estimates and intervals are of, as the records say: participants, or trials where participants give no interval."""
    of_trials = [name for name, one in results.signal_detection.items() if one.method != OVER_PARTICIPANTS]
    if len(of_trials) == len(results.signal_detection):
        return OF_ALL_TRIALS
    return OF_PARTICIPANTS + (f" ({', '.join(of_trials)}: {OF_ALL_TRIALS})" if of_trials else "")


def _estimates(results: Results) -> list[Estimate]:
    return [_estimate(name, one) for name, one in results.signal_detection.items()]


def _estimate(name: str, one: SignalDetection) -> Estimate:
    return Estimate(name, name, one.estimate, *one.interval, one.n_trials, one.n_participants)
