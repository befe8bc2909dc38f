"""The comparison of conditions as a chart and in sentences, from a Comparison record."""

from __future__ import annotations

from core.experiment import RespondentKind
from core.figures import accuracy, captions
from core.inference import Results
from core.inference.contrasts import Contrast
from dashboard import text
from dashboard.components.figure_view import figure_view, specification_on_page


def accuracy_figure(people: Results, observer: Results | None, *, key: str) -> None:
    """Draw accuracy by condition, people's with an observer's beside it, or the one that there is. Nothing where nobody answered."""
    figure = accuracy.accuracy_figure(people, observer=observer)
    if figure is None and observer is not None:
        figure = accuracy.accuracy_figure(observer, kind="observers")
    if figure is not None:
        figure_view(figure, specification_on_page(figure), key=key, selectable=False)


def contrast_of(results: Results) -> Contrast | None:
    """Return natural - synthetic, where both were answered."""
    return next((one for one in results.contrasts if (one.a, one.b) == ("natural", "synthetic")), None)


def contrasts_to_natural(results: Results) -> tuple[Contrast, ...]:
    """Return natural - synthetic and natural minus each imported method, where both were answered."""
    return tuple(one for one in results.contrasts if one.a == "natural" and one.b != "none")


def contrast_name(contrast: Contrast) -> str:
    """Return which conditions are compared."""
    return text.CONTRAST_OF.format(a=contrast.a, b=contrast.b)


def contrast_sentence(contrast: Contrast, kind: RespondentKind) -> str:
    """Return the contrast with its interval and n in percentage points."""
    n = text.respondent_count(contrast.n_participants, kind)
    return text.CONTRAST_SENTENCE.format(**points_of(contrast), respondents=n, trials=contrast.n_trials_a + contrast.n_trials_b)


def points_of(contrast: Contrast) -> dict[str, str]:
    """Return estimate, low and high of a contrast in percentage points, as words."""
    low, high = contrast.interval
    return {name: captions.points(value) for name, value in (("estimate", contrast.estimate), ("low", low), ("high", high))}
