"""The sentences below figures: what is drawn, of how many, with which interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from core.design_spec import Condition, in_order
from core.experiment import RespondentKind
from core.inference.over_units import OVER_UNITS
from core.inference.proportions import PROPORTION_METHOD, Proportion

RESPONDENTS: Final[dict[RespondentKind, tuple[str, str]]] = {
    "people": ("participant", "participants"),
    "observers": ("observer", "observers"),
}
BARS: Final[Mapping[str, str]] = {
    PROPORTION_METHOD: "Bars: 95 % Wilson intervals of pooled trials, which take trials as independent",
    OVER_UNITS: "Bars: 95 % Wilson intervals over units, with the number of tasks that those of a unit, which are alike, are worth",
}
TWO_SEM: Final = "Bars: ± 2 standard errors over {many}, as in the paper (descriptive)"
HEADLINE: Final = "Grey, pale: the paper's headline with ± 2 standard errors (Borowski et al. 2021, abstract)."
PUBLISHED: Final = "Grey, pale: the published answers with ± 2 standard errors over their participants (Borowski et al. 2021)."


def percent(value: float) -> str:
    """Return a proportion as people read it."""
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """Return a difference of proportions in percentage points, with its sign; 0 is never negative."""
    return f"{100 * value:+z.1f}".replace("-", "−")


def p_value(p: float) -> str:
    """Return a p value as people read it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def respondents(n: int, kind: RespondentKind) -> str:
    """Return how many people or observers."""
    one, many = RESPONDENTS[kind]
    return f"{n:,} {one if n == 1 else many}"


def counted(counts: Mapping[Condition, int], n_participants: int, kind: RespondentKind, *, what: str = "trials") -> str:
    """Return how many trials each condition has, and of how many respondents."""
    ordered = {name: counts[name] for name in in_order(counts)}
    of = f"of {respondents(n_participants, kind)}"
    if len(set(ordered.values())) == 1 and len(ordered) > 1:
        return f"n = {next(iter(ordered.values())):,} {what} in each condition {of}"
    return f"n = {', '.join(f'{n:,} {name}' for name, n in ordered.items())} {what} {of}"


def bars(found: Iterable[Proportion]) -> str:
    """Return what the bars of proportions are, by the method that the numbers name."""
    methods = dict.fromkeys(one.method for one in found)
    return "; ".join(dict.fromkeys(BARS.get(method, f"Bars: 95 % intervals ({method})") for method in methods))


def spread_over(kind: RespondentKind) -> str:
    """Return what the bars of means over participants are."""
    return TWO_SEM.format(many=RESPONDENTS[kind][1])
