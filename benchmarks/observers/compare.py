"""How long an observer takes for every unit of a study once images are embedded, and how that compares with the obvious computation.

.venv/bin/python benchmarks/observers/compare.py --workspace FOLDER     a workspace in which `exemplary observe --embedder own` has run

All mined units x 20 tasks, natural references, and the references of each condition that has images. "as if rendered" gives every unit
18 synthetic images with random embeddings: what a study takes in which all units have theirs. These embeddings are written as `observe`
writes them to a temporary folder, taken out of the page cache, and read as observers read theirs; the workspace is only read. The obvious
computation takes task by task and cosine by cosine, on a sample; its D must be the same to 1e-9.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.inference.over_units import over_units
from core.psychophysics.observer_tasks import Tasks
from core.psychophysics.observers import EmbeddingObserver, decisions
from core.services.observers.embedding import PART
from core.services.observers.observer_results import observer_table
from core.services.observers.observer_tasks import StudyTasks, study_tasks
from core.services.observers.stored_observers import stored_observer
from core.services.studies import choose_study
from core.store.embeddings import put_embeddings, read_embeddings
from core.store.observations import ObserverCard, observers, unit_scores
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

SAMPLE = 200  # tasks of the obvious computation
SAME = 1e-9
SEED = 0
MADE = "made"  # the digest of the embedder whose embeddings are random
Found = TypeVar("Found")


def main() -> None:
    """Run and print."""
    arguments = _parser().parse_args()
    workspace = Workspace(arguments.workspace)
    reader = CatalogueReader(workspace)
    study = choose_study(reader, key=arguments.study)
    cards = {card.name: card for card in observers(workspace, study.key, study.stimuli_digest).cards}
    card = _chosen(cards, arguments.observer, study.key)
    print(f"{study.key}, observer {card.name}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.2f}")
    seconds: dict[str, float] = {}
    tasks = _timed(seconds, "stimulus sets", lambda: study_tasks(reader, study))
    shown = sorted({address for one in tasks.tasks.values() for address in one.shown})
    observer = _timed(seconds, "reading embeddings", lambda: stored_observer(reader, study, card, shown))
    for condition, one in tasks.tasks.items():
        _timed(seconds, f"{condition}: {len(one):,} tasks", lambda one=one: decisions(observer, one))
    with tempfile.TemporaryDirectory() as folder:
        rendered, names = _as_if_rendered(tasks)
        made = Workspace(Path(folder))
        _write_embeddings(made, names, observer.dimension)
        natural = np.random.default_rng(SEED + 1).standard_normal((len(tasks.natural), observer.dimension), dtype=np.float32)
        name = f"as if rendered: reading {len(names):,} embeddings"
        all_made = _timed(seconds, name, lambda: _read_made(made, tasks.natural, natural, names, is_z_scored=card.is_z_scored))
        _timed(seconds, f"as if rendered: {len(rendered):,} tasks", lambda: decisions(all_made, rendered))
    whole = sum(seconds.values())
    table = _timed(seconds, "reading answers", lambda: observer_table(workspace, study, card))
    _timed(seconds, f"results of {len(table):,} answers", lambda: over_units(table))
    _timed(seconds, "scores of all units", lambda: unit_scores(workspace, study.key, card.name))
    for name, value in seconds.items():
        print(f"{value:8.2f} s  {name}")
    print(f"{whole:8.2f} s  sets, embeddings and all decisions of {len(tasks.units):,} units x {tasks.n_sets} tasks in all conditions")
    ratio, apart = _against_the_obvious(tasks.tasks["natural"], observer, seconds[f"natural: {len(tasks.tasks['natural']):,} tasks"])
    print(f"{ratio:8,.0f} times as fast a task as cosine by cosine ({SAMPLE} tasks); D differs by {apart:.1e} at most")
    if apart > SAME:
        raise SystemExit("The obvious computation gives other decisions.")
    if arguments.json:
        arguments.json.write_text(json.dumps({"study": study.key, "observer": card.name, "seconds": seconds, "ratio": ratio}, indent=1))


def _chosen(cards: Mapping[str, ObserverCard], name: str | None, study: str) -> ObserverCard:
    """Return the observer of this name; the first that is a network where none is named."""
    found = cards.get(name) if name else next((card for card in cards.values() if card.kind == "network"), None)
    if found is None:
        wanted = f"No observer called {name!r}" if name else "No observer that is a network"
        others = f"; there are {', '.join(cards)}" if cards else ""
        raise SystemExit(
            f"{wanted} has answered {study}{others}. Run `exemplary observe --embedder own` there first, or name one: --observer."
        )
    if found.kind == "pairwise":
        raise SystemExit(f"{found.name} judges pairs and keeps no embeddings; name an observer that embeds: --observer.")
    return found


def _as_if_rendered(tasks: StudyTasks) -> tuple[Tasks, list[str]]:
    """Return tasks in which every unit has max and min images of its own, and the addresses of those."""
    natural, n_references = tasks.tasks["natural"], tasks.n_references
    n_units = len(tasks.units)
    made = [f"{number:032x}" for number in range(n_units * 2 * n_references)]
    places = len(tasks.natural) + np.arange(len(made)).reshape(n_units, 2, n_references)[natural.unit]  # (n, 2, r)
    images = (*tasks.natural, *made)
    return replace(natural, images=images, max_references=places[:, 0], min_references=places[:, 1]), made


def _write_embeddings(workspace: Workspace, names: Sequence[str], dimension: int) -> None:
    """Write random embeddings in as large parts as `observe` does, and let the system forget them."""
    rng = np.random.default_rng(SEED)
    for start in range(0, len(names), PART):
        some = names[start : start + PART]
        path = put_embeddings(workspace, MADE, some, rng.standard_normal((len(some), dimension), dtype=np.float32))
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read_made(
    workspace: Workspace, addresses: Sequence[str], rows: NDArray[np.float32], names: Sequence[str], *, is_z_scored: bool
) -> EmbeddingObserver:
    """Return the observer that has embedded the natural images so, and the others as is written there."""
    found = read_embeddings(workspace, MADE, names)
    scale = (np.zeros(rows.shape[1]), np.ones(rows.shape[1])) if is_z_scored else None
    return EmbeddingObserver("as if", (*addresses, *found.addresses), np.concatenate([rows, found.rows]), scale=scale)


def _against_the_obvious(tasks: Tasks, observer: EmbeddingObserver, whole_s: float) -> tuple[float, float]:
    """Return how many times as fast a task is decided as by the obvious computation, and the largest difference of D."""
    chosen = np.random.default_rng(SEED).choice(len(tasks), SAMPLE, replace=False)
    began = time.perf_counter()
    slow = np.array([_obvious(tasks, place, observer) for place in chosen])
    slow_s = time.perf_counter() - began
    return (slow_s / SAMPLE) / (whole_s / len(tasks)), float(np.abs(slow - decisions(observer, tasks)[chosen]).max())


def _obvious(tasks: Tasks, place: int, observer: EmbeddingObserver) -> float:
    def mean_cosine(query: int, references: NDArray[Any]) -> float:
        return float(np.mean([observer.similarity([tasks.images[query]], [tasks.images[one]])[0, 0] for one in references]))

    q_max, q_min = tasks.queries[place]
    most, least = tasks.max_references[place], tasks.min_references[place]
    return (mean_cosine(q_max, most) - mean_cosine(q_max, least)) - (mean_cosine(q_min, most) - mean_cosine(q_min, least))


def _timed(seconds: dict[str, float], name: str, work: Callable[[], Found]) -> Found:
    began = time.perf_counter()
    found = work()
    seconds[name] = time.perf_counter() - began
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--study", help="network/image set (default: the newest)")
    parser.add_argument("--observer", help="name of an observer that has answered (default: the first)")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    return parser


if __name__ == "__main__":
    main()
