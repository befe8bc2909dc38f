"""A study's answers and results as they are now: read once, then only what is new; one for each scope that is looked at. No torch."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

import numpy as np

from core.answer_set import SessionFacts, UnitRating
from core.domain import Study
from core.inference.answer_table import AnswerTable
from core.inference.growing import GrowingTable
from core.inference.live import LiveResults
from core.inference.results import Results
from core.inference.scope import Scope, designs_in, under_way
from core.store.responses import ResponseStore

MOST_SCOPES: Final = 4  # some 100 MB each at a million answers


class LiveStudy:
    """People's answers to a study's stimuli, and their results, kept while they arrive. It may be asked by several threads."""

    _growing: GrowingTable
    _last: int  # number of the row that was read last
    _n_read: int
    _deleted: tuple[int, int, int]
    _n_ratings: int
    _ratings: tuple[UnitRating, ...]
    _known: tuple[int, dict[str, SessionFacts]] | None
    _planned: tuple[int, dict[str, int]] | None

    def __init__(self, store: ResponseStore, study: Study) -> None:
        self._store, self._study = store, study
        self._turn = threading.Lock()
        self._kept: OrderedDict[Scope, LiveResults] = OrderedDict()
        self._version = -1
        self._read()

    def table(self) -> AnswerTable:
        """Return all answers as they are now."""
        with self._turn:
            self._refresh()
            return self._growing.table

    def results(self, scope: Scope) -> Results:
        """Return the results within a scope as they are now."""
        with self._turn:
            self._refresh()
            return self._of(scope).results(self._ratings, in_progress=self._in_progress())

    def main(self, scope: Scope) -> AnswerTable:
        """Return the main trials that count within a scope, as they are now."""
        with self._turn:
            self._refresh()
            return self._of(scope).main

    def designs(self) -> tuple[str, ...]:
        """Return the names of the designs that answers are of."""
        table = self.table()
        return tuple(dict.fromkeys(one.name for one in designs_in(table, np.ones(len(table), dtype=bool))))

    def _of(self, scope: Scope) -> LiveResults:
        found = self._kept.pop(scope, None)
        facts = self._facts() if _asks_for_sessions(scope) else {}
        if found is None:
            found = LiveResults(self._growing.table, scope, facts)
        else:
            found.advance(self._growing.table, facts)
        self._kept[scope] = found
        while len(self._kept) > MOST_SCOPES:
            self._kept.popitem(last=False)
        return found

    def _refresh(self) -> None:
        """Read what is new; all of it where a session was deleted. What cannot be read now is read when it is asked for again."""
        key = self._study.key
        version = self._store.n_changes(key)
        if version == self._version:
            return
        if self._store.n_deleted(key) != self._deleted:
            self._read()
            return
        new = self._store.columns(key, self._study.stimuli_digest, self._study.network.all_layers, after=self._last)
        if self._n_read + new.n_read != new.n_in_all:  # rows were numbered anew
            self._read()
            return
        if self._store.n_ratings(key) != self._n_ratings:
            self._n_ratings, self._ratings = self._all_ratings()
        self._growing.append(new.table)
        self._version, self._last, self._n_read = version, new.last, new.n_in_all

    def _read(self) -> None:
        key = self._study.key
        version, deleted = self._store.n_changes(key), self._store.n_deleted(key)
        read = self._store.columns(key, self._study.stimuli_digest, self._study.network.all_layers)
        self._n_ratings, self._ratings = self._all_ratings()
        self._growing, self._last, self._n_read = GrowingTable(read.table), read.last, read.n_in_all
        self._known, self._planned = None, None
        self._kept.clear()
        self._version, self._deleted = version, deleted

    def _all_ratings(self) -> tuple[int, tuple[UnitRating, ...]]:
        """Return how many ratings of the study there are, whatever their stimuli, and those that count."""
        return self._store.n_ratings(self._study.key), self._store.unit_ratings(self._study.key, self._study.stimuli_digest)

    def _in_progress(self) -> frozenset[str]:
        """Return the sessions with main trials still to come. Plans stay as they are once stored."""
        n_sessions = self._store.n_sessions(self._study.key)
        if self._planned is None or self._planned[0] != n_sessions:
            self._planned = n_sessions, self._store.planned_main(self._study.key, self._study.stimuli_digest)
        return under_way(self._growing.table, self._planned[1])

    def _facts(self) -> dict[str, SessionFacts]:
        """Return what is known of the sessions, as of the answers that were read."""
        if self._known is None or self._known[0] != self._version:
            facts = self._store.session_facts(self._study.key, self._study.stimuli_digest)
            self._known = self._version, {one.session: one for one in facts}
        return self._known[1]


def _asks_for_sessions(scope: Scope) -> bool:
    return bool(scope.rules.attention.stated) or scope.design is not None or scope.since is not None or scope.until is not None
