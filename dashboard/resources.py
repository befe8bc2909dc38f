"""The only caches: one catalogue reader and one open responses.duckdb a process, and frozen views keyed by the catalogue's version."""

from __future__ import annotations

import json
import os
import secrets

import streamlit as st

from core.domain import Study, Unit
from core.errors import UnknownName
from core.experiment import Language, Trial
from core.inference import Scope
from core.render_spec import RenderSpec
from core.services import studies
from core.services.experiment import designs, sessions
from core.services.experiment.consent import consent_text
from core.services.experiment.designs import DesignOffer, UnitCounts
from core.services.maps.maps import MapDesk
from core.services.renders import methods as imported
from core.services.results.live_results import LiveStudy
from core.services.results.results import Comparison, comparison_of
from core.services.studies import StudyCounts
from core.services.units import units
from core.services.units.units import UnitView
from core.settings import read_settings
from core.store import observations
from core.store.design_files import saved_designs
from core.store.observations import observers_version
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace, write_whole
from dashboard import state
from dashboard.caching import kept

MAX_VIEWS = 64
N_EXEMPLARS = 100  # top classes are counted among so many
ResultsVersion = tuple[int, int, float]
EVERYWHERE = frozenset({"0.0.0.0", "::"})


def workspace() -> Workspace:
    """Return the workspace that this process serves."""
    return Workspace(read_settings().workspace)


def reader() -> CatalogueReader:
    """Return the process's reader of the catalogue."""
    return _reader(workspace())


def responses() -> ResponseStore:
    """Return the process's open responses.duckdb. Raises StoreBusy where another process holds it."""
    return _responses(workspace())


def map_desk() -> MapDesk:
    """Return where the process's activation maps are asked for; a process of its own starts with the first that is not kept."""
    return _map_desk(workspace())


def export_token() -> str:
    """Return the secret that lets a command of the same user ask this process for people's answers."""
    return _token()


def current_study() -> Study | None:
    """Return the study this browser looks at: that of the address, else the chosen one, else the newest; None on an empty workspace.

    A study that the address names is remembered, since going to another page drops the query string.
    """
    known = {study.key: study for study in all_studies()}
    asked = st.query_params.get(state.STUDY)
    if asked in known:
        state.choose_study(asked)
        return known[asked]
    return known.get(st.session_state.get(state.STUDY, ""), next(iter(known.values()), None))


def study_named(key: str) -> Study | None:
    """Return the study of this key, else the newest; None on an empty workspace."""
    known = {study.key: study for study in all_studies()}
    return known.get(key, next(iter(known.values()), None))


def all_studies() -> tuple[Study, ...]:
    """Return the workspace's studies, the newest first."""
    return _studies(workspace(), reader().version)


def study(key: str) -> Study:
    """Return the study of this key. Raises UnknownName."""
    return _study(workspace(), key)


def counts(study: Study) -> StudyCounts:
    """Return the study's figures."""
    return _counts(workspace(), reader().version, study.key)


def unit_counts(study: Study) -> UnitCounts:
    """Return how many units self-tests of the study can be of. Raises NotReady where the image set is too small for any trial."""
    return _unit_counts(workspace(), reader().version, study.key)


def design_offers(study: Study) -> tuple[DesignOffer, ...]:
    """Return the designs of a study: the presets as it can have them now, then those that were saved."""
    saved = tuple(DesignOffer(one.name, one.spec) for one in saved_designs(workspace(), study.key))
    return (*_design_offers(workspace(), reader().version, study.key), *saved)


def consent(language: Language) -> str | None:
    """Return the text that participants agree to, as it is now; None where none is asked for."""
    return consent_text(workspace(), language)


def methods(study: Study) -> tuple[str, ...]:
    """Return the names of the imported methods that have images of the study's network."""
    return _methods(workspace(), reader().version, study.key)


def unit_view(study: Study, unit: Unit) -> UnitView:
    """Return a unit's view: its 100 most extreme exemplars at each end and all render sets."""
    return _unit_view(workspace(), reader().version, study.key, unit)


def render_spec(spec_digest: str) -> RenderSpec:
    """Return all that determines a set of synthetic images: a digest names one spec for good."""
    return _render_spec(workspace(), reader().version, spec_digest)


def image_px(study_key: str) -> int:
    """Return the side of the images that the study's network sees and people are shown."""
    return _study(workspace(), study_key).network.preprocessing.crop_px


def comparison(study: Study, *, design: str | None = None) -> Comparison:
    """Return the study's results as they are now, of people's answers to one design or to all; computed anew only when something arrived.

    Raises UnknownName where nobody took this design.
    """
    version, n_changes, observers = results_version(study)
    return _comparison(workspace(), version, study.key, n_changes, observers, design)


def designs_taken(study: Study) -> tuple[str, ...]:
    """Return the names of the designs that people answered to, on the study's images as they are."""
    version, n_changes, _ = results_version(study)
    return _designs_taken(workspace(), version, study.key, n_changes)


def live_study(study: Study) -> LiveStudy:
    """Return the study's answers and results, which are kept while people answer. Raises StoreBusy."""
    return _live_study(workspace(), reader().version, study.key)


def example(session_id: str) -> Trial | None:
    """Return the trial that is explained before a session."""
    return _example(workspace(), session_id)


def is_shown(session_id: str, address: str) -> bool:
    """Return whether an image is one of a self-test's; false where there is no such self-test, or no more. Raises StoreError."""
    try:
        responses().session(session_id)
    except UnknownName:
        return False
    if address not in _shown(workspace(), session_id):
        _shown.forget(workspace(), session_id)  # it may have got further trials meanwhile
    return address in _shown(workspace(), session_id)


def results_version(study: Study) -> ResultsVersion:
    """Return what changes whenever the study's results may: cheap enough to be asked every second. Raises StoreBusy."""
    where = workspace()
    return reader().version, responses().n_changes(study.key), observers_version(where)


def has_observers(study: Study) -> bool:
    """Return whether an observer has answered the study."""
    where = workspace()
    return _has_observers(where, reader().version, study.key, observers_version(where))


@kept()
def _reader(where: Workspace) -> CatalogueReader:
    return CatalogueReader(where)


@kept()
def _responses(where: Workspace) -> ResponseStore:
    store = ResponseStore(where)
    address = st.get_option("server.address")
    reachable = address if address and address not in EVERYWHERE else "localhost"
    app = {"pid": os.getpid(), "address": reachable, "port": st.get_option("server.port"), "token": _token()}
    write_whole(where.app_file, json.dumps(app).encode(), mode=0o600)
    return store


@kept()
def _map_desk(where: Workspace) -> MapDesk:
    return MapDesk(where)


@kept()
def _token() -> str:
    return secrets.token_urlsafe(24)


@kept(4)
def _studies(where: Workspace, version: int) -> tuple[Study, ...]:
    return studies.list_studies(_reader(where))


def _study(where: Workspace, key: str) -> Study:
    return studies.choose_study(_reader(where), key=key)


@kept(16)
def _counts(where: Workspace, version: int, key: str) -> StudyCounts:
    return studies.study_counts(_reader(where), _study(where, key))


@kept(16)
def _unit_counts(where: Workspace, version: int, key: str) -> UnitCounts:
    return designs.unit_counts(_reader(where), _study(where, key))


@kept(16)
def _design_offers(where: Workspace, version: int, key: str) -> tuple[DesignOffer, ...]:
    return designs.offers(_reader(where), _study(where, key))


@kept(16)
def _methods(where: Workspace, version: int, key: str) -> tuple[str, ...]:
    return imported.method_names(_reader(where), _study(where, key))


@kept(MAX_VIEWS)
def _unit_view(where: Workspace, version: int, key: str, unit: Unit) -> UnitView:
    return units.unit_view(_reader(where), _study(where, key), unit, n_exemplars=N_EXEMPLARS)


@kept(MAX_VIEWS)
def _render_spec(where: Workspace, version: int, spec_digest: str) -> RenderSpec:
    return units.render_spec(_reader(where), spec_digest)


@kept(16)
def _has_observers(where: Workspace, version: int, key: str, observers: float) -> bool:
    return bool(observations.observers(where, key, _study(where, key).stimuli_digest).cards)


@kept(2)
def _live_study(where: Workspace, version: int, key: str) -> LiveStudy:
    return LiveStudy(_responses(where), _study(where, key))


@kept(16)
def _designs_taken(where: Workspace, version: int, key: str, n_changes: int) -> tuple[str, ...]:
    return _live_study(where, version, key).designs()


@kept(16)
def _comparison(where: Workspace, version: int, key: str, n_changes: int, observers: float, design: str | None) -> Comparison:
    taken = _designs_taken(where, version, key, n_changes)
    if design is not None and design not in taken:
        raise UnknownName("design that anybody took", design, taken)
    return comparison_of(where, _study(where, key), _live_study(where, version, key).results(Scope(design=design)))


@kept(MAX_VIEWS)
def _example(where: Workspace, session_id: str) -> Trial | None:
    store, reader = _responses(where), _reader(where)
    session = store.session(session_id)
    return sessions.example(where, reader, studies.choose_study(reader, key=session.design.study), session, store.trials(session_id))


@kept(MAX_VIEWS)
def _shown(where: Workspace, session_id: str) -> frozenset[str]:
    store = _responses(where)
    explained = _example(where, session_id)
    trials = [one.addresses for one in store.trials(session_id)]
    rated = [(*one.synthetic, *one.natural) for one in store.rating_tasks(session_id)]
    return frozenset(address for images in (*trials, *rated, () if explained is None else explained.addresses) for address in images)


def close() -> None:
    """Release what this process holds, at its end."""
    where = workspace()
    _map_desk(where).close()
    if where.app_file.exists() and json.loads(where.app_file.read_text()).get("pid") == os.getpid():
        _responses(where).close()
        where.app_file.unlink()
