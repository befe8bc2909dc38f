"""A self-test from choosing its design to its summary: planned and stored whole before the first trial is shown. No torch."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from core import selection
from core.domain import Condition, DesignSpec, Session, Study, Trial, Unit
from core.errors import NotReady, UsageError
from core.psychophysics.design import plan, quick_design
from core.psychophysics.session import SessionState
from core.services.materials import Rendered, materials, rendered_units
from core.services.pictures import materialise
from core.store import catalogue_read, unit_read
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

N_REFERENCES = 9
MAX_NAME_LENGTH = 40
POOL_FACTOR = 4  # of a large study, so many times n_main units are drawn, of which the plan takes n_main evenly over layers


@dataclass(frozen=True, slots=True)
class Offer:
    """What self-tests a study can offer now. `reference_share`: how much of all images the natural references span at one extreme."""

    n_units: dict[Condition, int]
    n_reserved: int
    n_sets: int
    reference_share: float


def offer(reader: CatalogueReader, study: Study) -> Offer:
    """Return which conditions have how many units. Raises NotReady where the image set is too small for any trial."""
    n_sets = _n_sets(study, n_conditions=3)
    rendered = rendered_units(reader, study, n_references=N_REFERENCES)
    reserved = set(unit_read.reserved_units(reader.cursor(), study.network.name))
    live = set(unit_read.live_units(reader.cursor(), study.key, n_ranks=_n_ranks(n_sets))) - reserved
    n_live, n_rendered = len(live), len(live.intersection(rendered.addresses))
    share = selection.reference_share(study.image_set.n_images, n_sets=n_sets, n_references=N_REFERENCES)
    return Offer({"natural": n_live, "synthetic": n_rendered, "none": n_live}, len(reserved), n_sets, share)


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
    rendered = rendered_units(reader, study, n_references=N_REFERENCES)
    design = _design(study, conditions, n_main, rendered)
    live = unit_read.live_units(reader.cursor(), study.key, n_ranks=_n_ranks(design.n_sets))
    reserved = _usable_reserved(reader, study, design, live=live, rendered=rendered)
    design = replace(design, n_practice=int(with_practice and bool(reserved)), n_catch=design.n_catch if reserved else 0)
    with store.planning:
        number = store.n_sessions(study.key) + 1
        pool = _pool(reader, study, design, live=live, rendered=rendered, number=number)
        trials = plan(
            design,
            participant_number=number,
            main=materials(reader, study, pool, rendered),
            reserved=materials(reader, study, reserved, rendered),
            address_of=catalogue_read.crop_addresses(reader.cursor(), study),
        )
        materialise(workspace, reader, _addresses(trials))
        session = Session(secrets.token_urlsafe(12), participant, number, design, datetime.now(UTC))
        store.add_session(session, trials)
    store.add_event(session.session_id, "started")
    return session


def state(store: ResponseStore, session_id: str) -> SessionState:
    """Return where a session stands. Raises UnknownName."""
    store.session(session_id)
    return SessionState(store.trials(session_id), store.responses(session_id))


def _design(study: Study, conditions: tuple[Condition, ...], n_main: int, rendered: Rendered) -> DesignSpec:
    return quick_design(
        study.key,
        stimuli_digest=study.stimuli_digest,
        conditions=conditions,
        n_main=n_main,
        n_sets=_n_sets(study, n_conditions=len(conditions)),
        n_references=N_REFERENCES,
        render_digest=rendered.spec_digest if "synthetic" in conditions else None,
        seed=0,
    )


def _usable_reserved(reader: CatalogueReader, study: Study, design: DesignSpec, *, live: Sequence[Unit], rendered: Rendered) -> list[Unit]:
    """Return the reserved units that practice and catch trials of this design can be made of."""
    reserved = set(unit_read.reserved_units(reader.cursor(), study.network.name)).intersection(live)
    return sorted(reserved.intersection(rendered.addresses) if "synthetic" in design.conditions else reserved)


def _n_sets(study: Study, *, n_conditions: int) -> int:
    return selection.choose_n_sets(
        study.image_set.n_images, n_references=N_REFERENCES, top_k=study.mining.top_k, min_sets=max(2, n_conditions)
    )


def _n_ranks(n_sets: int) -> int:
    """Return how many images at each extreme the stimulus sets use: a query and the references each."""
    return n_sets * (N_REFERENCES + 1)


def _pool(
    reader: CatalogueReader, study: Study, design: DesignSpec, *, live: Sequence[Unit], rendered: Rendered, number: int
) -> list[Unit]:
    """Return the candidates for main trials: the rendered units in every condition, so that conditions are compared on the same units;
    where they are too few and no synthetic image is needed, a seeded draw of all."""
    reserved = set(unit_read.reserved_units(reader.cursor(), study.network.name))
    free = [unit for unit in live if unit not in reserved]
    with_renders = [unit for unit in free if unit in rendered.addresses]
    if "synthetic" in design.conditions or len(with_renders) >= design.n_main:
        return with_renders
    if not free:
        raise NotReady("No unit of this study can be tested: all are reserved or constant; mine more layers.")
    name = hashlib.sha256(f"pool/{design.seed}/{number}".encode()).digest()
    chosen = np.random.default_rng(int.from_bytes(name, "big")).permutation(len(free))[: design.n_main * POOL_FACTOR]
    return [free[int(place)] for place in sorted(chosen)]


def _addresses(trials: Sequence[Trial]) -> list[str]:
    return [address for trial in trials for address in (*trial.min_references, *trial.max_references, trial.query_top, trial.query_bottom)]


def _name(participant: str) -> str:
    name = " ".join(participant.split())
    if not name:
        raise UsageError("A self-test needs a name to store answers under; type one (a pseudonym will do).")
    if len(name) > MAX_NAME_LENGTH:
        raise UsageError(f"The name has {len(name)} characters; use at most {MAX_NAME_LENGTH}.")
    return name
