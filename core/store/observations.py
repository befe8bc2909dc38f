"""Observers' answers: one published Parquet file an observer and study, never in responses.duckdb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.design_spec import Condition, Scheme
from core.domain import Unit, digest
from core.errors import StoreError
from core.experiment import Answer
from core.store.database import connect_memory
from core.store.workspace import Workspace, publish_file

READ = ("observer", "is_biased", "scheme", "layer", "channel", "condition", "set_number", "proportion_correct")
NAMES = ("study", "stimuli_digest")


@dataclass(frozen=True, slots=True)
class ObserverSpec:
    """What an observer is: whose embeddings, and whether it is a biased witness (it sees through the network it judges)."""

    name: str
    study: str
    stimuli_digest: str  # Study.stimuli_digest
    embedder: str
    is_biased: bool
    scheme: Scheme
    n_sets: int
    n_references: int
    seed: int
    render_digest: str | None
    method_digests: tuple[str, ...] = ()  # of imported methods' specs


@dataclass(frozen=True, slots=True)
class Observation:
    """One task decided by an observer: `decision` is METHOD section 9's D; a tie counts one half."""

    unit: Unit
    condition: Condition
    set_number: int
    decision: float
    proportion_correct: float


def put_observations(workspace: Workspace, spec: ObserverSpec, observations: Sequence[Observation]) -> Path:
    """Publish an observer's answers in place of those that an observer of its kind gave to the same study before."""
    workspace.observers.mkdir(parents=True, exist_ok=True)
    path = workspace.observers / f"{digest({'biased': spec.is_biased, 'study': spec.study})}.parquet"
    temporary = path.with_suffix(".tmp")
    columns = {
        "observer": [spec.name] * len(observations),
        "study": [spec.study] * len(observations),
        "stimuli_digest": [spec.stimuli_digest] * len(observations),
        "embedder": [spec.embedder] * len(observations),
        "is_biased": [spec.is_biased] * len(observations),
        "scheme": [spec.scheme] * len(observations),
        "spec_digest": [digest(spec)] * len(observations),
        "layer": [one.unit.layer for one in observations],
        "channel": [one.unit.channel for one in observations],
        "condition": [one.condition for one in observations],
        "set_number": [one.set_number for one in observations],
        "decision": [one.decision for one in observations],
        "proportion_correct": [one.proportion_correct for one in observations],
    }
    pq.write_table(pa.table(columns), temporary)
    publish_file(temporary, path)
    return path


def observer_answers(workspace: Workspace, study: str, stimuli_digest: str | None = None) -> tuple[Answer, ...]:
    """Return observers' answers to the study (to the stimuli of this digest); the respondent is the observer's name."""
    return tuple(
        Answer(
            respondent=row["observer"],
            kind="main",
            condition=row["condition"],
            scheme=row["scheme"],
            unit=Unit(row["layer"], row["channel"]),
            block=row["set_number"],
            proportion_correct=row["proportion_correct"],
            confidence=None,
            reaction_time_ms=None,
        )
        for row in _rows(workspace, study, stimuli_digest)
    )


def observer_names(workspace: Workspace, study: str, stimuli_digest: str | None = None) -> dict[str, bool]:
    """Return the study's observers: name -> whether it is a biased witness."""
    return {row["observer"]: row["is_biased"] for row in _rows(workspace, study, stimuli_digest)}


def answered_stimuli(path: Path) -> frozenset[tuple[str, str, str]]:
    """Return who answered to what in a file: (observer, study, stimuli digest). Raises StoreError where it cannot be read whole."""
    try:
        answers = pq.read_table(path, columns=[*READ, *NAMES])
    except (OSError, pa.ArrowException) as error:
        raise StoreError(str(error).splitlines()[0]) from error
    missing = {*READ, *NAMES} - set(answers.column_names)
    if missing:
        raise StoreError(f"it has no column {', '.join(sorted(missing))}")
    return frozenset(zip(*(answers[name].to_pylist() for name in ("observer", *NAMES)), strict=True))


def observers_version(workspace: Workspace) -> float:
    """Return a number that changes whenever an observer's answers are published: a key for caches."""
    return max((path.stat().st_mtime for path in workspace.observers.glob("*.parquet")), default=0.0)


def _rows(workspace: Workspace, study: str, stimuli_digest: str | None) -> list[dict[str, Any]]:
    """Return the rows of the study; only those that judge the stimuli of this digest, where one is given."""
    paths = [str(path) for path in sorted(workspace.observers.glob("*.parquet"))]
    if not paths:
        return []
    query = f"SELECT {', '.join(READ)} FROM read_parquet($1) WHERE study = $2 AND ($3 IS NULL OR stimuli_digest = $3)"
    with connect_memory() as cursor:
        return [dict(zip(READ, row, strict=True)) for row in cursor.execute(query, [paths, study, stimuli_digest]).fetchall()]
