"""The tests of a set of results as tables: contrasts, signed ranks, analyses of variance, chi-squared; and any record as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from core.inference import Results
from core.inference.anova import Effect
from core.inference.record_json import content_of
from core.report import markup
from core.report.markup import Cell

MEASURES: Final = {
    "accuracy": "accuracy",
    "reaction_time_all": "reaction time, all trials",
    "reaction_time_correct": "reaction time, correct",
    "reaction_time_incorrect": "reaction time, incorrect",
}
DEEPEST: Final = 6
LONGEST: Final = 24  # members of a list that are written out


def contrasts(results: Results) -> str:
    """Return the differences of proportions correct with their intervals; empty where nobody answered two conditions."""
    rows: list[Mapping[str, Cell]] = [
        {
            "contrast": f"{one.a} − {one.b}",
            "difference": one.estimate,
            "low": one.interval[0],
            "high": one.interval[1],
            "participants": one.n_participants,
            "trials": one.n_trials_a + one.n_trials_b,
            "p_wilcoxon": None if one.wilcoxon is None else one.wilcoxon.p_exact_two_sided,
            "cohen_dz": None if one.wilcoxon is None else one.wilcoxon.cohen_dz,
            "rank_biserial": None if one.wilcoxon is None else one.wilcoxon.rank_biserial,
        }
        for one in results.contrasts
    ]
    return markup.table(rows, {"low": "95 % from", "high": "to", "p_wilcoxon": "exact Wilcoxon p", "cohen_dz": "dz"})


def tests(results: Results) -> str:
    """Return the tests that were computed, one table a kind."""
    parts = [
        ("Wilcoxon signed-rank tests over participants", markup.table(list(_signed_ranks(results)), {"p_exact_two_sided": "exact p"})),
        ("Repeated-measures analysis of variance, conditions", markup.table(list(_repeated(results)))),
        ("Mixed analysis of variance", markup.table(list(_mixed(results)))),
        ("Chi-squared of condition × confidence", markup.table(list(_chi_squared(results)))),
    ]
    return "\n".join(markup.section(title, inside, name=title.split()[0].lower(), level=3) for title, inside in parts if inside)


def record_table(record: Any) -> str:
    """Return any record as a table of its numbers, each named by where it stands in the record."""
    rows: list[Mapping[str, Cell]] = [{"number": name, "value": value} for name, value in _flat(content_of(record), "", DEEPEST)]
    return markup.table(rows)


def _signed_ranks(results: Results) -> Iterator[Mapping[str, Cell]]:
    for measure, found in results.wilcoxon.items():
        for name, one in found.items():
            yield {
                "measure": MEASURES[measure],
                "contrast": name.replace("_vs_", " against "),
                "n": one.n,
                "w_plus": one.w_plus,
                "w_minus": one.w_minus,
                "p_exact_two_sided": one.p_exact_two_sided,
                "dz": one.cohen_dz,
                "rank_biserial": one.rank_biserial,
            }


def _repeated(results: Results) -> Iterator[Mapping[str, Cell]]:
    for measure, one in results.rm_anova.items():
        if one is not None:
            pairs = ", ".join(f"{name.replace('_vs_', ' against ')} {markup.shown(p)}" for name, p in one.p_bonferroni.items())
            size: dict[str, Cell] = {"partial_eta_squared": one.partial_eta_squared, "Bonferroni p": pairs}
            yield {"measure": MEASURES[measure], **_effect(one), **size}


def _mixed(results: Results) -> Iterator[Mapping[str, Cell]]:
    for measure, found in results.mixed_anova.items():
        for name, one in found.items():
            yield {"measure": MEASURES[measure], "effect": name.replace(":", " × "), **_effect(one)}


def _effect(one: Effect) -> dict[str, Cell]:
    df = f"{one.df[0]}, {one.df[1]}"
    return {"F": one.F, "df": df, "p": one.p, "p_greenhouse_geisser": one.p_greenhouse_geisser, "n": one.n_participants}


def _chi_squared(results: Results) -> Iterator[Mapping[str, Cell]]:
    for which, one in results.confidence_chi2.items():
        if one is not None:
            yield {"answers": which, "chi2": one.chi2, "df": one.df, "p": one.p, "cramers_v": one.cramers_v, "n_trials": one.n_trials}


def _flat(content: Any, name: str, depth: int) -> Iterator[tuple[str, Cell]]:
    """Yield the plain values of JSON content; methods stand in the methods section, and long lists are left out."""
    if isinstance(content, Mapping) and depth:
        for key, inside in content.items():
            if key != "method":
                yield from _flat(inside, f"{name} · {key}" if name else str(key), depth - 1)
    elif isinstance(content, list) and depth and len(content) <= LONGEST:
        plain = [one for one in content if not isinstance(one, list | dict)]
        if len(plain) == len(content):
            yield name, ", ".join(markup.shown(one) for one in plain)
        else:
            for place, inside in enumerate(content):
                yield from _flat(inside, f"{name} · {place}", depth - 1)
    elif content is None or isinstance(content, str | int | float):
        yield name, content
