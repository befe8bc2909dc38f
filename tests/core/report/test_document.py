"""The report as a whole: it needs nothing else, says the actual design and n, and its numbers are the records'."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from core.design_spec import DesignSpec
from core.inference import Results, results
from core.report.document import report_html
from core.report.markup import shown
from core.report.material import Material, ObserverPart
from core.report.methods import named_methods
from tests.core.figures.charts import simulated
from tests.core.report.test_markup import Reader

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
FIGURES = 14
ABSENT = ("reaction_time", "confidence", "calibration", "type_two", "learning", "confidence_sequence", "intuitiveness")  # of observers


def material(found: Results | None = None, **changes: object) -> Material:
    """Return the material of a report of simulated people, without a study."""
    given = {"title": "A <study>", "source": "Of nobody.", "made_at": NOW, "results": found or simulated(), **changes}
    return Material(**given)  # type: ignore[arg-type]


@cache
def whole() -> str:
    """Return a report with everything that needs no study."""
    nothing: dict[str, Any] = {name: {} for name in ABSENT}
    observer = ObserverPart("own", "late features", "network", True, False, {"Seed": 7}, replace(simulated(n_people=1), **nothing))
    made = {"seeds": {"design quick": 3}, "versions": {"python": "3.11.7"}, "models": simulated().contrasts[0]}
    return report_html(material(observers=(observer,), **made))


def test_the_report_needs_nothing_else() -> None:
    """No address, no script, no file: it opens anywhere, offline, and forbids its own requests."""
    document = whole()
    assert not re.search(r"https?:|//[a-z]|\bsrc=|url\((?!#)|<script|<link|@import", document)
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', document))
    assert "default-src 'none'" in document


def test_figures_follow_the_readers_theme() -> None:
    """Drawings in the ink of the text, on no ground; the page has both themes, and prints."""
    document = whole()
    drawings = re.findall(r"<svg.*?</svg>", document, flags=re.DOTALL)
    assert len(drawings) > FIGURES
    assert all("currentColor" in one and "#1C1C1C" not in one for one in drawings)
    assert "prefers-color-scheme: dark" in document and "@media print" in document


def test_its_parts_are_there_once() -> None:
    """Every section that the navigation leads to is there, and no two have the same name."""
    names = re.findall(r'\bid="([^"]*)"', whole())
    assert len(names) == len(set(names))
    assert {target[1:] for target in re.findall(r'href="([^"]*)"', whole())} == {
        "study", "methods", "results", "observers", "models", "statistics", "limits", "made"
    }  # fmt: skip


def test_its_numbers_are_the_records() -> None:
    """Accuracy, contrasts, tests and times stand in it to four digits."""
    words, found = Reader(whole()).words, simulated()
    for one in found.accuracy.values():
        assert shown(one.mean) in words and f"{100 * one.wilson[0]:.1f} %" in words
    for contrast in found.contrasts:
        assert contrast.wilcoxon is not None
        assert all(shown(value) in words for value in (contrast.estimate, *contrast.interval, contrast.wilcoxon.p_exact_two_sided))
    for time in found.reaction_time["all"].values():
        assert shown(time.mean) in words
    anova = found.rm_anova["accuracy"]
    assert anova is not None and shown(anova.F) in words


def test_what_was_done_is_said() -> None:
    """n, exclusions, every method, seeds, versions, date; a biased witness is called so."""
    words, found = Reader(whole()).words, simulated()
    assert f"{found.n_participants} participants gave {found.n_main_answers} main answers" in words
    assert all(method in words for method in set(named_methods(found)))
    assert found.exclusions[0].rule[1:] in words
    for fact in ("Seed of design quick", "3.11.7", "2026-01-02 03:04 UTC", "Biased witness", "Uncalibrated"):
        assert fact in words
    assert "A <study>" in words and "<study>" not in whole()


def test_nobody_answered() -> None:
    """A report of no answers says so, and has no results."""
    document = report_html(material(results([])))
    assert "Nobody has answered yet" in document
    assert 'id="results"' not in document and "<svg" not in document


@pytest.mark.parametrize("n_repeated", [0, 9])
def test_the_design_is_the_actual_one(n_repeated: int) -> None:
    """Conditions, schemes, blocks, units and seed are the spec's; repeated trials are told where there are some."""
    from tests.core.report.specs import spec

    design: DesignSpec = replace(spec(), n_repeated=n_repeated)
    words = Reader(report_html(material(results([]), designs=(design,)))).words
    for fact in ("natural, synthetic in Min-Max-9", "2 blocks of 5 + 6 main trials", "1 catch trial in", "12 stimulus sets", "Seed 42"):
        assert fact in words
    assert ("come again" in words) is bool(n_repeated)


@dataclass(frozen=True, slots=True)
class Model:
    """A record with a method inside it."""

    estimate: float
    method: str = "a method of its own"


def test_any_record_of_models_is_tabled() -> None:
    """Its numbers are named by their fields, its method stands with the statistics."""
    words = Reader(report_html(material(results([]), models=Model(0.25)))).words
    assert "estimate0.25" in words
    assert "a method of its own" in words
