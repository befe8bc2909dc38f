"""What the benchmark counts: a responses.duckdb with synthetic answers of a study that 2,000 participants took, 500 trials each.

Answers are drawn from seeds: participants and units differ in ease, conditions and schemes too. Each session has 12 cells of condition x
scheme, catch and repeated trials; units are GoogLeNet's. The images of a trial, which results never read, are short words.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.design_spec import CONDITIONS, SCHEMES, DesignSpec, Section
from core.domain import Branch, Layer, canonical_json, digest
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

STUDY = "googlenet/bench"
STIMULI = "0" * 16
WIDTHS = {  # 1x1, 3x3, 5x5, pool of the paper's network
    "3a": (64, 128, 32, 32), "3b": (128, 192, 96, 64), "4a": (192, 208, 48, 64), "4b": (160, 224, 64, 64), "4c": (128, 256, 64, 64),
    "4d": (112, 288, 64, 64), "4e": (256, 320, 128, 128), "5a": (256, 320, 128, 128), "5b": (384, 384, 128, 128),
}  # fmt: skip
N_CATCH, N_REPEATED = 20, 20  # of a session
EASE = {"natural": 2.2, "synthetic": 1.5, "none": 0.0}  # in logits
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Columns of all trials and answers, (n,), one session after the other."""

    session: NDArray[np.int64]
    index: NDArray[np.int64]
    kind: NDArray[np.int64]  # 0 main, 1 catch, 2 repeated
    condition: NDArray[np.int64]
    scheme: NDArray[np.int64]
    unit: NDArray[np.int64]
    repeats: NDArray[np.int64]  # -1: none
    is_correct: NDArray[np.bool_]
    confidence: NDArray[np.int64]
    time_ms: NDArray[np.float64]
    at_s: NDArray[np.float64]


def layers() -> tuple[Layer, ...]:
    """Return the layers of the paper's network."""
    made = []
    for name, widths in WIDTHS.items():
        starts = np.cumsum((0, *widths)).tolist()
        branches = tuple(
            Branch(of, start, stop) for of, start, stop in zip(("1x1", "3x3", "5x5", "pool"), starts, starts[1:], strict=False)
        )
        made.append(Layer(name, starts[-1], branches, pre_relu=True))
    return tuple(made)


def design() -> DesignSpec:
    """Return the design that everybody took."""
    sections = tuple(Section(CONDITIONS, scheme, (40,), n_catch=2) for scheme in SCHEMES)
    return DesignSpec(name="bench", study=STUDY, stimuli_digest=STIMULI, units=(), sections=sections, seed=1, n_sets=20, n_references=9)


def fill(workspace: Workspace, *, n_participants: int = 2000, n_trials: int = 500, seed: int = 1) -> None:
    """Make a responses.duckdb with n_participants x n_trials answers, through the store's own tables."""
    drawn = draw(n_participants, n_trials, seed)
    spec = design()
    with ResponseStore(workspace) as store:
        cursor = store._connection.cursor()
        cursor.execute("INSERT INTO designs VALUES (?, ?, ?)", [digest(spec), canonical_json(spec), START])
        for name, table in _tables(drawn, n_participants, digest(spec)).items():
            cursor.register("given", table)
            cursor.execute(f"INSERT INTO {name} ({', '.join(table.column_names)}) SELECT * FROM given")
            cursor.unregister("given")
        cursor.execute("CHECKPOINT")


def draw(n_participants: int, n_trials: int, seed: int) -> Drawn:
    """Return the trials and answers of all sessions."""
    rng = np.random.default_rng(seed)
    n = n_participants * n_trials
    session, index = np.divmod(np.arange(n), n_trials)
    n_units = sum(map(sum, WIDTHS.values()))
    kind = np.zeros(n_trials, dtype=np.int64)
    kind[5 :: n_trials // N_CATCH] = 1
    kind[-N_REPEATED:] = 2
    kind = np.tile(kind, n_participants)
    condition, scheme = index % 3, index // 3 % 4
    unit = rng.integers(0, n_units, n)
    repeats = np.where(kind == 2, index - n_trials // 2 // 12 * 12, -1)
    first = session * n_trials + np.maximum(repeats, 0)
    unit = np.where(kind == 2, unit[first], unit)
    ease = np.array(list(EASE.values()))[condition] + 0.1 * scheme + rng.normal(0, 0.5, n_participants)[session]
    ease = ease + rng.normal(0, 0.5, n_units)[unit]
    is_correct = rng.random(n) < np.where(kind == 1, 0.95, 1 / (1 + np.exp(-ease)))
    confidence = np.clip(np.rint(rng.normal(1.8 + 0.4 * is_correct, 0.7)), 1, 3).astype(np.int64)
    time_ms = np.exp(rng.normal(7.6, 0.5, n) + rng.normal(0, 0.3, n_participants)[session] - 0.1 * is_correct)
    at_s = session * 20.0 + index * 6.0
    return Drawn(session, index, kind, condition, scheme, unit, repeats, is_correct, confidence, time_ms, at_s)


def _tables(drawn: Drawn, n_participants: int, design_digest: str) -> dict[str, pa.Table]:
    n, rng = len(drawn.session), np.random.default_rng(2)
    ids = [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(n_participants)]
    session = pa.array(ids).take(pa.array(drawn.session))
    names = np.array([name for name, widths in WIDTHS.items() for _ in range(sum(widths))])
    channels = np.concatenate([np.arange(sum(widths)) for widths in WIDTHS.values()])
    sessions = pa.table({
        "session_id": ids,
        "participant": [f"p{number}" for number in range(n_participants)],
        "participant_number": range(1, n_participants + 1),
        "design_digest": [design_digest] * n_participants,
        "study": [STUDY] * n_participants,
        "started_at": [START + timedelta(seconds=20.0 * number) for number in range(n_participants)],
        "expertise": [("expert", "lay", "lay")[number % 3] for number in range(n_participants)],
    })  # fmt: skip
    few = pa.array([["image"]], type=pa.list_(pa.string())).take(pa.array(np.zeros(n, dtype=np.int64)))
    trials = pa.table({
        "session_id": session,
        "trial_index": drawn.index,
        "block": drawn.index // 50,
        "kind": np.array(["main", "catch", "repeated"])[drawn.kind],
        "condition": np.array(CONDITIONS)[drawn.condition],
        "scheme": np.array(SCHEMES)[drawn.scheme],
        "layer": names[drawn.unit],
        "channel": channels[drawn.unit],
        "set_number": drawn.index % 10,
        "min_references": few, "max_references": few, "query_top": ["a"] * n, "query_bottom": ["b"] * n, "correct": ["top"] * n,
        "unit_list": ["random"] * n,
        "repeats": pa.array(drawn.repeats, mask=drawn.repeats < 0),
    })  # fmt: skip
    at = (START.timestamp() * 1e6 + drawn.at_s * 1e6).astype(np.int64)
    responses = pa.table({
        "response_key": [f"{number:032x}" for number in range(n)],
        "session_id": session,
        "trial_index": drawn.index,
        "choice": np.where(drawn.is_correct, "top", "bottom"),
        "confidence": drawn.confidence,
        "reaction_time_ms": np.round(drawn.time_ms, 1),
        "is_correct": drawn.is_correct,
        "shown_ms": np.full(n, 30.0),
        "input_device": ["keyboard"] * n,
        "was_hidden": np.zeros(n, dtype=bool),
        "screen": ["1440x900@1"] * n,
        "answered_at": pa.array(at, type=pa.timestamp("us", tz="UTC")),
        "n_dropped_frames": np.zeros(n, dtype=np.int64),
    }).take(pa.array(np.argsort(drawn.at_s, kind="stable")))  # fmt: skip
    return {"sessions": sessions, "trials": trials, "responses": responses}
