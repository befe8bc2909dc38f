"""How long an observer takes for every unit of a study once images are embedded, and how that compares with the obvious computation.

.venv/bin/python benchmarks/observers/compare.py --workspace FOLDER     a workspace in which `exemplary observe --embedder own` has run

All mined units x 20 tasks, natural references, and the references of each condition that has images. "as if rendered" gives every unit
18 synthetic images with random embeddings: what a study takes in which all units have theirs. The obvious computation takes task by task
and cosine by cosine, on a sample; its D must be the same to 1e-9.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.inference.over_units import over_units
from core.psychophysics.observer_tasks import Tasks
from core.psychophysics.observers import EmbeddingObserver, decisions
from core.services.observer_results import observer_table
from core.services.observer_tasks import StudyTasks, study_tasks
from core.services.stored_observers import stored_observer
from core.services.studies import choose_study
from core.store.observations import observers, unit_scores
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

SAMPLE = 200  # tasks of the obvious computation
SAME = 1e-9
SEED = 0
Found = TypeVar("Found")


def main() -> None:
    """Run and print."""
    arguments = _parser().parse_args()
    workspace = Workspace(arguments.workspace)
    reader = CatalogueReader(workspace)
    study = choose_study(reader, key=arguments.study)
    cards = {card.name: card for card in observers(workspace, study.key, study.stimuli_digest).cards}
    card = cards[arguments.observer] if arguments.observer else next(card for card in cards.values() if card.kind == "network")
    print(f"{study.key}, observer {card.name}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.2f}")
    seconds: dict[str, float] = {}
    tasks = _timed(seconds, "stimulus sets", lambda: study_tasks(reader, study))
    shown = sorted({address for one in tasks.tasks.values() for address in one.shown})
    observer = _timed(seconds, "reading embeddings", lambda: stored_observer(reader, study, card, shown))
    for condition, one in tasks.tasks.items():
        _timed(seconds, f"{condition}: {len(one):,} tasks", lambda one=one: decisions(observer, one))
    rendered, made = _as_if_rendered(tasks, observer)
    _timed(seconds, f"as if rendered: {len(rendered):,} tasks", lambda: decisions(made, rendered))
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


def _as_if_rendered(tasks: StudyTasks, observer: EmbeddingObserver) -> tuple[Tasks, EmbeddingObserver]:
    """Return tasks in which every unit has max and min images of its own, and an observer that has embedded them."""
    natural, n_references = tasks.tasks["natural"], tasks.n_references
    n_units, rng = len(tasks.units), np.random.default_rng(SEED)
    dimension = observer.dimension
    made = [f"made {number}" for number in range(n_units * 2 * n_references)]
    images = (*tasks.natural, *made)
    places = len(tasks.natural) + np.arange(len(made)).reshape(n_units, 2, n_references)[natural.unit]  # (n, 2, r)
    rows = rng.standard_normal((len(images), dimension), dtype=np.float32)
    own = replace(natural, images=images, max_references=places[:, 0], min_references=places[:, 1])
    return own, EmbeddingObserver("as if", images, rows, scale=(np.zeros(dimension), np.ones(dimension)))


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
