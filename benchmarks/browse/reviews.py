"""How fast does a colleague's verdict appear? A new event among many: kept up with, beside everything folded anew; medians in milliseconds.

.venv/bin/python benchmarks/browse/reviews.py [--events 30000] [--rounds 15]

Events are drawn over 5,488 units and 8 reviewers, as many verdicts as a team gives: six of ten; the others are notes, tags, bookmarks and
undos. Each round stores one event and then asks for the reviews, and for what a reviewer in blind mode sees of them.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from core.domain import Unit
from core.reviews import DEFAULT_SCHEME, ReviewEvent, ReviewKind, checked_answers, fold, summarise, verdict_content
from core.services.reviews.review_book import ReviewBook
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

STUDY = "googlenet/photos"
N_UNITS = 5488
REVIEWERS = tuple(f"reviewer {number}" for number in range(8))
KINDS: tuple[ReviewKind, ...] = (*("verdict",) * 6, "note", "tag", "bookmark", "undo")
TAGS = ("dogs", "fur", "eyes", "text", "unclear")
AT_ONCE = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    rng = random.Random(0)
    print(f"cores {os.cpu_count()}, load {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory() as folder, ResponseStore(Workspace(Path(folder))) as store:
        for first in range(0, arguments.events, AT_ONCE):
            store.add_review_events([drawn(rng, number) for number in range(first, min(first + AT_ONCE, arguments.events))])
        found = measured(store, rng, n_events=arguments.events, rounds=arguments.rounds)
    for name, times in found.items():
        print(f"{name:46} {statistics.median(times):8.1f} ms  (of {len(times)}: {min(times):.1f} to {max(times):.1f})")
    afresh, kept = (statistics.median(found[name]) for name in ("all folded anew", "a new event, kept up with"))
    print(f"kept up with, a new event costs 1/{afresh / kept:.0f} of folding {arguments.events:,} events anew")


def measured(store: ResponseStore, rng: random.Random, *, n_events: int, rounds: int) -> dict[str, list[float]]:
    """Return the times of every step, in ms."""
    book, steps = ReviewBook(STUDY), dict[str, list[float]]()
    steps["the first look after a start"] = [_timed(lambda: book.now(store))]
    steps["the first look of a reviewer in blind mode"] = [_timed(lambda: book.seen_by(store, REVIEWERS[0]))]
    names = (
        "a new event is stored",
        "a new event, kept up with",
        "and what a reviewer in blind mode sees",
        "nothing new",
        "all folded anew",
    )
    steps |= {name: [] for name in names}
    for number in range(rounds):
        event = drawn(rng, n_events + number)
        does: tuple[Callable[[], object], ...] = (
            lambda event=event: store.add_review_event(event),  # type: ignore[misc]
            lambda: book.now(store),
            lambda: book.seen_by(store, REVIEWERS[0]),
            lambda: book.now(store),
            lambda: [summarise(review) for review in fold(store.review_events(STUDY)).values()],
        )
        for name, do in zip(names, does, strict=True):
            steps[name].append(_timed(do))
    return steps


def drawn(rng: random.Random, number: int) -> ReviewEvent:
    """Return an event of a random reviewer on a random unit."""
    kind = rng.choice(KINDS)
    answers = {"interpretable": rng.randint(1, 5), "faithful": rng.randint(1, 5), "responds_to": "a few words"}
    content = {"verdict": verdict_content(checked_answers(DEFAULT_SCHEME, answers)), "note": "a few words more", "tag": rng.choice(TAGS)}
    unit = Unit(f"layer{(place := rng.randrange(N_UNITS)) // 610}", place % 610)
    undoes = str(rng.randrange(number)) if kind == "undo" and number else None
    return ReviewEvent(str(number), STUDY, unit, rng.choice(REVIEWERS), kind, content.get(kind, ""), datetime.now(UTC), undoes)


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
