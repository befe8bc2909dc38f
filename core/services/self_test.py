"""A self-test from choosing its design to its summary: planned and stored whole before the first trial is shown. No torch."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from core.design_spec import Condition
from core.domain import Study
from core.errors import UsageError
from core.experiment import Session, Trial
from core.psychophysics.design import plan
from core.psychophysics.session import SessionState
from core.services.design_requests import DesignRequest
from core.services.designs import build, unit_counts
from core.services.materials import design_materials
from core.services.pictures import materialise
from core.store import catalogue_read
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

MAX_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Offer:
    """What self-tests a study can offer now. `reference_share`: how much of all images the natural references span at one extreme."""

    n_units: dict[Condition, int]
    n_reserved: int
    n_sets: int
    reference_share: float


def offer(reader: CatalogueReader, study: Study) -> Offer:
    """Return which conditions have how many units. Raises NotReady where the image set is too small for any trial."""
    found = unit_counts(reader, study)
    by_condition = {"natural": found.n_natural, "synthetic": found.n_synthetic, "none": found.n_natural}
    return Offer(by_condition, found.n_reserved, found.n_sets, found.reference_share)


def begin(
    workspace: Workspace,
    reader: CatalogueReader,
    store: ResponseStore,
    study: Study,
    *,
    participant: str,
    conditions: tuple[Condition, ...],
    n_main: int,
    with_practice: bool = True,
) -> Session:
    """Plan a self-test, make sure all its images are stored, store it whole and return it. Raises NotReady, UsageError, StaleWork."""
    participant = _name(participant)
    design = build(reader, study, DesignRequest(conditions=conditions, n_main=n_main, n_practice=int(with_practice)))
    with store.planning:
        number = store.n_sessions(study.key) + 1
        found = plan(
            design,
            participant_number=number,
            materials=design_materials(workspace, reader, study, design, participant_number=number),
            address_of=catalogue_read.crop_addresses(reader.cursor(), study),
        )
        materialise(workspace, reader, [image for trial in found.trials for image in _shown(trial)])
        session = Session(secrets.token_urlsafe(12), participant, number, design, datetime.now(UTC))
        store.add_session(session, found.trials)
    return session


def _shown(trial: Trial) -> tuple[str, ...]:
    return (*trial.min_references, *trial.max_references, trial.query_top, trial.query_bottom)


def state(store: ResponseStore, session_id: str) -> SessionState:
    """Return where a session stands. Raises UnknownName."""
    store.session(session_id)
    return SessionState(store.trials(session_id), store.responses(session_id))


def _name(participant: str) -> str:
    name = " ".join(participant.split())
    if not name:
        raise UsageError("A self-test needs a name to store answers under; type one (a pseudonym will do).")
    if len(name) > MAX_NAME_LENGTH:
        raise UsageError(f"The name has {len(name)} characters; use at most {MAX_NAME_LENGTH}.")
    return name
