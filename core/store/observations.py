"""Observers' answers: one published Parquet file an observer and study, never in responses.duckdb.

Each row is a task: layer, channel, condition, set_number, decision (METHOD section 9's D), proportion_correct (a tie counts one half).
What the observer is, its card, is in the file's metadata, as JSON under "exemplary.observer".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.design_spec import Condition, Scheme
from core.domain import Unit, canonical_json, digest
from core.errors import StoreError, UnknownName
from core.store.workspace import Workspace, publish_file

ObserverKind = Literal["network", "pairwise", "baseline"]
DEFAULT_SCHEME: Final[Scheme] = "Min-Max-9"
CARD: Final = b"exemplary.observer"
COLUMNS: Final = ("layer", "channel", "condition", "set_number", "decision", "proportion_correct")
MOST_CHANNELS: Final = 2**24

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ObserverCard:
    """All that determines an observer's answers to a study. `embedder_digest`: all that determines its embeddings.

    `is_biased`: it sees through the network that it judges. `is_z_scored`: each channel over the image set, before the cosine.
    `temperature`: of choices, published for its similarities; None: uncalibrated until it is fitted. `references`: for each condition that
    has images of its own the digest of their spec. `reference_share`: how much of the image set the natural references span.
    """

    name: str
    study: str
    stimuli_digest: str  # Study.stimuli_digest
    embedder: str  # its source: what `exemplary observe --embedder` takes
    embedder_digest: str
    description: str
    kind: ObserverKind
    is_biased: bool
    is_z_scored: bool
    scheme: Scheme
    n_sets: int
    n_references: int
    reference_share: float
    seed: int
    references: tuple[tuple[Condition, str], ...] = ()
    temperature: float | None = None
    lapse: float = 0.0

    @property
    def is_calibrated(self) -> bool:
        """Return whether its choice probabilities have a published temperature."""
        return self.temperature is not None

    @property
    def digest(self) -> str:
        """Return 16 hexadecimal digits that name all of the card."""
        return digest(self)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON content."""
        content: dict[str, Any] = json.loads(canonical_json(self))
        return content | {"references": dict(self.references), "is_calibrated": self.is_calibrated, "digest": self.digest}


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Decided tasks as columns, (n,) each: `unit` and `condition` are codes into units and conditions."""

    units: tuple[Unit, ...]
    conditions: tuple[Condition, ...]
    unit: Codes
    condition: Codes
    set_number: Codes
    decision: Floats
    proportion_correct: Floats

    def __len__(self) -> int:
        return len(self.decision)


@dataclass(frozen=True, slots=True, eq=False)
class UnitScores:
    """The proportion correct of every unit in every condition, over its n_tasks tasks: columns, (n,) each; sorted by layer and channel."""

    layer: NDArray[np.str_]
    channel: NDArray[np.int64]
    condition: NDArray[np.str_]
    score: Floats
    n_tasks: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Observers:
    """The observers that answered to a study, in order of `rank`; `problems`: a sentence for each file that cannot be read."""

    cards: tuple[ObserverCard, ...]
    problems: tuple[str, ...] = ()


def put_observations(workspace: Workspace, card: ObserverCard, observations: Observations) -> Path:
    """Publish an observer's answers in place of those that the observer of this name gave to the same study before."""
    workspace.observers.mkdir(parents=True, exist_ok=True)
    path = _path(workspace, card)
    layers = tuple(dict.fromkeys(unit.layer for unit in observations.units))
    layer = np.array([layers.index(unit.layer) for unit in observations.units], dtype=np.int32)
    channel = np.array([unit.channel for unit in observations.units], dtype=np.int32)
    columns = {
        "layer": _words(layer[observations.unit], layers),
        "channel": channel[observations.unit],
        "condition": _words(observations.condition, observations.conditions),
        "set_number": observations.set_number,
        "decision": observations.decision,
        "proportion_correct": observations.proportion_correct,
    }
    temporary = path.with_suffix(".tmp")
    pq.write_table(pa.table(columns).replace_schema_metadata({CARD: canonical_json(card).encode()}), temporary)
    publish_file(temporary, path)
    return path


def observers(workspace: Workspace, study: str, stimuli_digest: str | None = None) -> Observers:
    """Return who answered to the study (to the stimuli of this digest)."""
    found = [card for _, card in iter_cards(workspace)]
    problems = tuple(str(one) for one in found if isinstance(one, StoreError))
    cards = (one for one in found if isinstance(one, ObserverCard))
    answered = [one for one in cards if one.study == study and stimuli_digest in (None, one.stimuli_digest)]
    return Observers(tuple(sorted(answered, key=rank)), problems)


def iter_cards(workspace: Workspace) -> Iterator[tuple[Path, ObserverCard | StoreError]]:
    """Give every file of answers with whose they are, or why that cannot be told."""
    for path in sorted(workspace.observers.glob("*.parquet")):
        try:
            yield path, read_card(path)
        except StoreError as error:
            yield path, error


def rank(card: ObserverCard) -> tuple[Any, ...]:
    """Return what observers are sorted by: unbiased networks first, baselines last, the usual scheme before others."""
    return (card.kind == "baseline", card.is_biased, card.scheme != DEFAULT_SCHEME, card.name)


def read_card(path: Path) -> ObserverCard:
    """Return whose answers a file holds. Raises StoreError where that cannot be told."""
    try:
        content = (pq.read_schema(path).metadata or {}).get(CARD)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"observers/{path.name} cannot be read ({str(error).splitlines()[0]}); {_AGAIN}") from error
    if content is None:
        raise StoreError(f"observers/{path.name} is of an earlier version and does not say whose answers it holds; {_AGAIN}")
    values = json.loads(content)
    if unknown := set(values) - {one.name for one in fields(ObserverCard)}:
        raise StoreError(f"observers/{path.name} is of a later version (it has {', '.join(sorted(unknown))}); update Exemplary.")
    values["references"] = tuple((condition, spec) for condition, spec in values["references"])
    return ObserverCard(**values)


def read_observations(workspace: Workspace, card: ObserverCard) -> Observations:
    """Return what an observer answered. Raises StoreError."""
    return read_answers(_path(workspace, card))


def read_answers(path: Path) -> Observations:
    """Return the answers of a file. Raises StoreError where it cannot be read whole."""
    try:
        with pq.ParquetFile(path, read_dictionary=["layer", "condition"]) as file:  # read_table would import pandas: seconds
            table = file.read(columns=list(COLUMNS)).combine_chunks()
        layer, condition = (table[name].combine_chunks() for name in ("layer", "condition"))
        places = layer.indices.to_numpy().astype(np.int64) * MOST_CHANNELS + table["channel"].to_numpy()
        codes = condition.indices.to_numpy()
    except (OSError, KeyError, AttributeError, pa.ArrowException) as error:
        raise StoreError(f"observers/{path.name} cannot be read ({str(error).splitlines()[0]}); {_AGAIN}") from error
    known, unit = np.unique(places, return_inverse=True)
    layers = layer.dictionary.to_pylist()
    return Observations(
        units=tuple(Unit(layers[place // MOST_CHANNELS], place % MOST_CHANNELS) for place in known.tolist()),
        conditions=tuple(condition.dictionary.to_pylist()),
        unit=unit.astype(np.int32),
        condition=codes.astype(np.int32),
        set_number=table["set_number"].to_numpy().astype(np.int32),
        decision=table["decision"].to_numpy(),
        proportion_correct=table["proportion_correct"].to_numpy(),
    )


def unit_scores(workspace: Workspace, study: str, observer: str, stimuli_digest: str | None = None) -> UnitScores:
    """Return an observer's score of every unit and condition, by the observer's name. Raises UnknownName where none of it answered."""
    cards = {card.name: card for card in observers(workspace, study, stimuli_digest).cards}
    if observer not in cards:
        raise UnknownName(f"observer of {study}", observer, sorted(cards))
    return scores_of(read_observations(workspace, cards[observer]))


def scores_of(found: Observations) -> UnitScores:
    """Return the scores that observations give."""
    n_conditions = len(found.conditions)
    cell = found.unit.astype(np.int64) * n_conditions + found.condition
    n_cells = len(found.units) * n_conditions
    n_tasks = np.bincount(cell, minlength=n_cells)
    total = np.bincount(cell, weights=found.proportion_correct, minlength=n_cells)
    present = np.flatnonzero(n_tasks)
    layer = np.array([unit.layer for unit in found.units], dtype=np.str_)[present // max(1, n_conditions)]
    channel = np.array([unit.channel for unit in found.units], dtype=np.int64)[present // max(1, n_conditions)]
    condition = np.array(found.conditions, dtype=np.str_)[present % max(1, n_conditions)]
    order = np.lexsort((condition, channel, layer))
    chosen = present[order]
    return UnitScores(layer[order], channel[order], condition[order], total[chosen] / n_tasks[chosen], n_tasks[chosen].astype(np.int64))


def observers_version(workspace: Workspace) -> float:
    """Return a number that changes whenever an observer's answers are published or deleted: a key for caches."""
    return sum((path.stat().st_mtime for path in workspace.observers.glob("*.parquet")), start=0.0)


_AGAIN: Final = "delete it and let the observer answer again: `exemplary observe`."


def _path(workspace: Workspace, card: ObserverCard) -> Path:
    return workspace.observers / f"{digest({'observer': card.name, 'study': card.study})}.parquet"


def _words(codes: Codes, levels: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(levels, pa.string()))
