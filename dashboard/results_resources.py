"""The results page's caches, keyed by the version of the answers: what these can be narrowed to, their numbers, their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from core import inference
from core.answer_set import Collected
from core.domain import Study
from core.experiment import RespondentKind, Response, Trial
from core.figures import gallery
from core.figures.figure import Figure
from core.inference import PUBLISHED, Results
from core.inference.answer_table import AnswerTable, table_of
from core.inference.choices import Choices, choices, counted, left_out
from core.inference.over_units import over_units
from core.inference.scope import Scope, with_designs, within
from core.inference.trial_rows import TrialRow
from core.report.document import report_html
from core.services import studies
from core.services.answers.answer_sources import AnswerSets, Source, answered_trial, sets_beside, sets_version
from core.services.observers.observer_agreement import Places, held_against, places_of
from core.services.observers.observer_results import observer_table
from core.services.results.live_results import LiveStudy
from core.services.results.model_desk import Fitting, ModelDesk
from core.services.results.reporting import study_material
from core.services.results.results import Comparison
from core.store import observations
from core.store.answer_sets import read_answer_set
from core.store.observations import ObserverCard, observers_version
from core.store.workspace import Workspace
from dashboard import resources, results_text
from dashboard.caching import kept
from dashboard.components.figure_view import specification_on_page
from dashboard.components.results_sections import section_of

MAX_CHARTS: Final = 64


@dataclass(frozen=True, slots=True)
class Answers:
    """Whose answers to a study, at one moment: `version` changes with them, `catalogue` with what jobs publish."""

    study: str
    source: Source
    version: float
    catalogue: int


def answers(study: Study, source: Source) -> Answers:
    """Return the answers of a source as they are now: cheap enough to be asked every second. Raises StoreBusy."""
    where, catalogue = resources.workspace(), resources.reader().version
    if source.kind == "people":
        return Answers(study.key, source, resources.results_version(study)[1], catalogue)
    return Answers(study.key, source, observers_version(where) if source.kind == "observers" else sets_version(where), catalogue)


def answer_sets(study: Study) -> AnswerSets:
    """Return the names of the answer sets that can be looked at beside the study's own answers."""
    where = resources.workspace()
    return _answer_sets(where, resources.reader().version, study.key, sets_version(where))


def observer_cards(study: Study) -> tuple[ObserverCard, ...]:
    """Return what the study's observers are, the default one first."""
    where = resources.workspace()
    return _observer_cards(where, resources.reader().version, study.key, observers_version(where))


def compared(found: Answers, scope: Scope) -> Comparison:
    """Return the answers of a source within a scope, people's where the source is observers, beside each observer's, with the agreement
    on what each person saw. Conditions narrow observers, too; all else is about people. Raises StoreError."""
    study = _study(resources.workspace(), found.study)
    given = answers(study, Source("people")) if found.source.kind == "observers" else found
    return _compared(resources.workspace(), given, scope, observers_version(resources.workspace()))


def choices_of(found: Answers) -> Choices:
    """Return what the answers can be narrowed to. Raises StoreError."""
    return _choices(resources.workspace(), found)


def results_of(found: Answers, scope: Scope) -> Results:
    """Return the numbers of the answers within a scope. Raises StoreError."""
    return _results(resources.workspace(), found, scope)


def left_out_of(found: Answers, scope: Scope) -> Mapping[str, int]:
    """Return how many main answers each filter of the scope leaves out."""
    return _left_out(resources.workspace(), found, scope)


def main_answers(found: Answers, scope: Scope) -> AnswerTable:
    """Return the main answers that count within a scope and its rules."""
    return _main(resources.workspace(), found, scope)


def figures_of(found: Answers, scope: Scope, published: str | None, section: str) -> tuple[Figure, ...]:
    """Return the figures of one section of the answers within a scope, those of an answer set of the authors' pale behind them."""
    return _figures(resources.workspace(), found, scope, published, sets_version(resources.workspace()), section)


def specification_of(found: Answers, scope: Scope, published: str | None, section: str, name: str) -> Mapping[str, Any]:
    """Return the Vega-Lite specification of the figure of this name among `figures_of`."""
    return _specification(resources.workspace(), found, scope, published, sets_version(resources.workspace()), section, name)


def report_of(found: Answers, scope: Scope, published: str | None) -> str:
    """Return the report of the answers within a scope, as one HTML file."""
    reader, study = resources.reader(), _study(resources.workspace(), found.study)
    own = found.source.kind == "people"
    material = study_material(
        reader,
        study,
        compared(found, scope) if own else resources.comparison(study),
        designs=[one.design for one in resources.responses().sessions(study.key)] if own else (),
        source=None if own else results_text.SOURCE_NOTES[found.source.kind].format(name=found.source.name).replace("*", ""),
        published=None if published is None else _published(found, published),
        results=results_of(found, scope),
    )
    return report_html(material)


def fitting_of(found: Answers, scope: Scope) -> Fitting | None:
    """Return how the models of a source's answers within a scope stand; None where nobody asked for them."""
    return _model_desk(resources.workspace()).look((found.study, found.source, scope))


def fit_models_of(found: Answers, scope: Scope) -> None:
    """Let the models of the answers within a scope be fitted, beside the pages."""
    _model_desk(resources.workspace()).ask((found.study, found.source, scope), main_answers(found, scope))


def shown_in(row: TrialRow) -> tuple[Trial, Response] | None:
    """Return what was on the screen in a trial that a person of the study answered; None where that is not known."""
    return None if row.position is None else answered_trial(resources.responses(), row.session, row.position)


def close() -> None:
    """Drop the models that wait to be fitted, at the process's end."""
    _model_desk(resources.workspace()).close()


@kept()
def _model_desk(where: Workspace) -> ModelDesk:
    return ModelDesk()


@kept(8)
def _answer_sets(where: Workspace, catalogue: int, key: str, sets: float) -> AnswerSets:
    return sets_beside(where, _study(where, key))


@kept(8)
def _observer_cards(where: Workspace, catalogue: int, key: str, version: float) -> tuple[ObserverCard, ...]:
    return observations.observers(where, key, _study(where, key).stimuli_digest).cards


def _people(where: Workspace, key: str) -> LiveStudy:
    """Return people's answers to a study, kept while they arrive."""
    return resources.live_study(_study(where, key))


@kept(8)
def _compared(where: Workspace, found: Answers, scope: Scope, observed: float) -> Comparison:
    study = _study(where, found.study)
    whole = resources.comparison(study)
    narrowed = Scope(conditions=scope.conditions)
    observers = whole.observers
    if narrowed != Scope():
        tables = {one.card.name: within(observer_table(where, study, one.card), narrowed) for one in observers}
        observers = tuple(replace(one, results=over_units(tables[one.card.name])) for one in observers if len(tables[one.card.name]))
    comparison = replace(whole, people=_results(where, found, scope), observers=observers)
    return held_against(resources.reader(), study, comparison, _main(where, found, scope), _shown(where, found))


@kept(2)
def _shown(where: Workspace, found: Answers) -> Places:
    """Return what was on the screen in each trial; nothing where a set does not tell."""
    if found.source.kind != "people":
        return places_of(_collected(where, found).presentations)
    study = _study(where, found.study)
    return places_of(resources.responses().presentations(study.key, study.stimuli_digest))


@kept(4)
def _collected(where: Workspace, found: Answers) -> Collected:
    return read_answer_set(where, found.source.name)[1]


@kept(4)
def _table(where: Workspace, found: Answers) -> AnswerTable:
    if found.source.kind == "observers":
        study = _study(where, found.study)
        card = next(one for one in observer_cards(study) if one.name == found.source.name)
        return observer_table(where, study, card)
    if found.source.kind == "people":
        return _people(where, found.study).table()
    collected = _collected(where, found)
    return with_designs(table_of(collected.answers), collected.sessions)


@kept(8)
def _choices(where: Workspace, found: Answers) -> Choices:
    return choices(_table(where, found).of("kind", "main"))


@kept(16)
def _left_out(where: Workspace, found: Answers, scope: Scope) -> Mapping[str, int]:
    return left_out(_table(where, found).of("kind", "main"), scope)


@kept(16)
def _results(where: Workspace, found: Answers, scope: Scope) -> Results:
    if found.source.kind == "people":
        return _people(where, found.study).results(scope)
    table = _table(where, found)
    if found.source.kind == "observers":
        return over_units(within(table, scope))
    collected = _collected(where, found)
    return inference.results(table, ratings=collected.ratings, sessions=collected.sessions, scope=scope)


@kept(4)
def _main(where: Workspace, found: Answers, scope: Scope) -> AnswerTable:
    if found.source.kind == "people":
        return _people(where, found.study).main(scope)
    sessions = () if found.source.kind == "observers" else _collected(where, found).sessions
    return counted(_table(where, found), scope, sessions)


@kept(16)
def _figures(where: Workspace, found: Answers, scope: Scope, published: str | None, sets: float, section: str) -> tuple[Figure, ...]:
    behind = None if published is None else _published(found, published)
    layers = [layer.name for layer in _study(where, found.study).network.layers]
    kind: RespondentKind = "observers" if found.source.kind == "observers" else "people"
    asked = gallery.makers(_results(where, found, scope), published=behind, layers=layers, kind=kind)
    return tuple(one for name, make in asked.items() if section_of(name) == section for one in make())


@kept(MAX_CHARTS)
def _specification(
    where: Workspace, found: Answers, scope: Scope, published: str | None, sets: float, section: str, name: str
) -> Mapping[str, Any]:
    figures = _figures(where, found, scope, published, sets, section)
    return next(specification_on_page(one) for one in figures if one.name == name)


def _published(found: Answers, name: str) -> Results:
    """Return the numbers of an answer set of the authors', as they published them."""
    where = resources.workspace()
    return _results(where, Answers(found.study, Source("imported", name), sets_version(where), found.catalogue), Scope(rules=PUBLISHED))


def _study(where: Workspace, key: str) -> Study:
    return studies.choose_study(resources.reader(), key=key)
