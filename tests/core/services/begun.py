"""Sessions of a small study that have begun, and answers to them."""

from __future__ import annotations

from dataclasses import replace

from core.design_spec import CONDITIONS, DesignSpec, UnitList
from core.experiment import Trial
from core.services.experiment import sessions
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.services.experiment.sessions import Enrolment
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from tests.studies import RESERVED_UNITS, Workplace

ADA = Enrolment(participant="Ada")


def design_of(place: Workplace, **asked: object) -> DesignSpec:
    request = DesignRequest(**({"conditions": CONDITIONS, "n_main": 6} | asked))  # type: ignore[arg-type]
    return build(CatalogueReader(place.workspace), place.study, request)


def begin(
    place: Workplace, store: ResponseStore, design: DesignSpec | None = None, enrolment: Enrolment = ADA
) -> tuple[str, tuple[Trial, ...]]:
    reader = CatalogueReader(place.workspace)
    session = sessions.begin(place.workspace, reader, store, place.study, design or design_of(place), enrolment)
    return session.session_id, store.trials(session.session_id)


def with_ratings(design: DesignSpec) -> DesignSpec:
    """Return the design with one unit that is rated at the beginning and the end."""
    rated = UnitList("rated", "intuitiveness", (str(RESERVED_UNITS[0]),))
    return replace(design, units=(*design.units, rated), intuitiveness=("begin", "end"))
