"""The report: one HTML file with the question, the study, methods, results, observers, models, limits, versions and seeds."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from html import escape
from typing import Final

from core.figures import captions, export
from core.figures.figure import Figure, Row
from core.figures.fits import models_figures
from core.figures.gallery import figures
from core.inference.models import Models
from core.report import markup, statements
from core.report.material import Material, ObserverPart
from core.report.methods import methods, scope_facts, statistics

QUESTION: Final = "Do synthetic feature visualizations explain a unit better than natural images that activate it?"
PAPER: Final = (
    "Borowski et al. (2021, arXiv:2010.12606) asked people: with synthetic references 82 ± 4 % of choices were right, with plain natural "
    "exemplars 92 ± 2 %."
)
BIASED: Final = "**Biased witness:** it sees through the network that it judges. Its score is no estimate of what people would answer."
UNCALIBRATED: Final = "Uncalibrated: its choice probabilities have no published temperature; its proportions correct do not depend on it."
LIMITS: Final = (
    "± 2 SEM over participants is the paper's and descriptive: at 10 participants such an interval covers the mean about 91 times in 100.",
    "Wilson intervals of pooled trials take trials as independent; those of one participant or unit are not.",
    "Units are those of the design: what holds for them need not hold for others of the network.",
    "A machine observer's score is no substitute for people's answers.",
    "p values are of single tests; nothing is corrected for how many there are but where it says so.",
)
LINKS: Final = {
    "study": "Study",
    "methods": "Methods",
    "results": "Results",
    "observers": "Observers",
    "models": "Models",
    "statistics": "Statistics",
    "limits": "Limits",
    "made": "Versions",
}
MOST_ROWS: Final = 200  # of a table; of more, both ends
OPEN_ROWS: Final = 12
COLUMNS: Final = {"low": "from", "high": "to", "two_sem": "± 2 SEM", "published_two_sem": "published ± 2 SEM"}


def report_html(material: Material) -> str:
    """Return the report. It asks for nothing from anywhere, follows the reader's light or dark theme, and prints."""
    parts = {
        "study": _study(material),
        "methods": methods(material),
        "results": _results(material),
        "observers": _observers(material),
        "models": _models(material),
        "statistics": statistics(material),
        "limits": markup.section("Limits", markup.bullets(LIMITS), name="limits"),
        "made": _made(material),
    }
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in LINKS.items() if parts[name])
    head = [f"<h1>{escape(material.title)}</h1>", markup.paragraph(QUESTION), markup.paragraph(material.source, kind="pale")]
    return markup.page(material.title, ["<main>", *head, f"<nav>{links}</nav>", *_answer(material), *parts.values(), "</main>"])


def _answer(material: Material) -> list[str]:
    """Return what the answers say so far, in a sentence or two, beside what the paper found."""
    results = material.results
    if results is None or not results.n_main_answers:
        return [markup.paragraph("Nobody has answered yet."), markup.paragraph(PAPER)]
    found = ", ".join(
        f"**{name} {captions.percent(one.mean)}** ({captions.percent(one.wilson[0])} to {captions.percent(one.wilson[1])})"
        for name, one in results.accuracy.items()
    )
    sentences = [f"Proportion correct, with 95 % intervals: {found}."]
    sentences += [
        f"{one.a.capitalize()} − {one.b}: **{captions.points(one.estimate)} points**, 95 % interval {captions.points(one.interval[0])} to "
        f"{captions.points(one.interval[1])} (n = {one.n_participants:,}, {one.method})."
        for one in results.contrasts[:1]
    ]
    return [markup.paragraph(" ".join(sentences)), markup.paragraph(PAPER)]


def _study(material: Material) -> str:
    study, scope = material.study, {} if material.results is None else scope_facts(material.results.scope)
    known: dict[str, markup.Cell] = {"Made": f"{material.made_at:%Y-%m-%d %H:%M} UTC"}
    if study is not None:
        card, images, crop = study.network, study.image_set, study.network.preprocessing
        known |= {
            "Study": study.key,
            "Network": f"{card.name} ({card.source}), weights and layers `{card.network_digest}`",
            "Units": f"{card.n_units:,} in {len(card.layers)} layers: {', '.join(layer.name for layer in card.layers)}",
            "Images": f"{images.name}, {images.n_images:,} (digest `{images.set_digest}`); {images.n_skipped:,} files skipped",
            "Preprocessing": f"short side {crop.resize_px} px, centre crop {crop.crop_px} px, {crop.interpolation}",
            "Mined": f"{study.mined_at:%Y-%m-%d}, stimuli `{study.stimuli_digest}`",
        }
    known |= {name: f"`{sha256}` (SHA-256)" for name, sha256 in material.sources.items()}
    chosen = {name: value for name, value in scope.items() if value}
    return markup.section("Study", markup.facts(known), markup.section("Scope", markup.facts(chosen), name="scope", level=3), name="study")


def _results(material: Material) -> str:
    results = material.results
    if results is None or not results.n_main_answers:
        return ""
    differences = markup.section("Contrasts", statements.contrasts(results), name="contrasts", level=3)
    drawn = "\n".join(_figure(one) for one in figures(results, published=material.published, layers=_layers(material)))
    return markup.section("Results", differences, drawn, statements.tests(results), name="results")


def _observers(material: Material) -> str:
    return markup.section(
        "Machine observers",
        *(_observer(one, material, is_first=not place) for place, one in enumerate(material.observers)),
        name="observers",
    )


def _observer(one: ObserverPart, material: Material, *, is_first: bool) -> str:
    shown: Sequence[Figure] = (
        figures(one.results, units=is_first, layers=_layers(material), kind="observers") if one.results.accuracy else ()
    )
    kept = [figure for figure in shown if is_first or figure.name == "accuracy"]
    agreed = one.agreement
    agreement = "" if agreed is None else markup.folded("Agreement with people", statements.record_table(agreed), is_open=True)
    return markup.section(
        one.name,
        markup.paragraph(one.description),
        markup.paragraph(BIASED if one.is_biased else "", kind="warning"),
        markup.paragraph("A baseline, no observer: what so little tells already." if one.kind == "baseline" else ""),
        markup.paragraph("" if one.is_calibrated else UNCALIBRATED, kind="pale"),
        markup.facts(one.facts),
        statements.contrasts(one.results),
        agreement,
        *(_figure(figure) for figure in kept),
        name=f"observer-{_slug(one.name)}",
        level=3,
    )


def _models(material: Material) -> str:
    if material.models is None:
        return ""
    results, fits = material.results, material.models
    drawn = models_figures(results, fits) if results is not None and isinstance(fits, Models) else ()
    fitted = markup.folded("Everything that was fitted", statements.record_table(material.models), is_open=not drawn)
    return markup.section("Models", *(_figure(one) for one in drawn), fitted, name="models")


def _made(material: Material) -> str:
    seeds = markup.facts({f"Seed of {name}": str(seed) for name, seed in material.seeds.items()})
    return markup.section("Versions and seeds", markup.facts(dict(material.versions)), seeds, name="made")


def _figure(figure: Figure) -> str:
    drawn = _inlined(export.svg(figure, theme=None))
    rows, note = _shortened(figure.rows)
    numbers_of = markup.folded(f"Numbers of this figure{note}", markup.table(rows, COLUMNS), is_open=len(rows) <= OPEN_ROWS)
    heading = f"<h4>{escape(figure.title)}</h4>"
    return f"<figure>{heading}{drawn}<figcaption>{escape(figure.caption)}</figcaption>{numbers_of}</figure>"


def _inlined(svg: str) -> str:
    """Return SVG as it stands in HTML: without namespaces, its clips named apart from those of other drawings."""
    drawn = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    own = f"{zlib.crc32(drawn.encode()):08x}"
    return re.sub(r'(\bid="|url\(#)', rf"\g<1>{own}-", drawn)


def _shortened(rows: Sequence[Row]) -> tuple[Sequence[Row], str]:
    if len(rows) <= MOST_ROWS:
        return rows, ""
    half = MOST_ROWS // 2
    return [*rows[:half], *rows[-half:]], f", the first and last {half} of {len(rows):,}"


def _layers(material: Material) -> tuple[str, ...]:
    return () if material.study is None else tuple(layer.name for layer in material.study.network.all_layers)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
