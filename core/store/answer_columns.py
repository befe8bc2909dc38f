"""People's answers as the columns that inference counts on, from the open responses.duckdb: no record for a row.

Numbers of rows grow as answers are added: whoever has read all up to one asks for those after it. After deletions the database may number
rows anew; then what was read does not add up to what there is, and all has to be read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.design_spec import SCHEMES
from core.domain import Layer
from core.inference.answer_table import KINDS, AnswerTable, Word, WordColumn, coded
from core.inference.threads import counting_threads

Column = NDArray[Any]
SIDES: Final = ("top", "bottom")
SESSIONS: Final = """
WITH named AS MATERIALIZED (
  SELECT design_digest, spec ->> '$.name' AS name, spec ->> '$.stimuli_digest' AS stimuli_digest FROM designs)
SELECT s.rowid, s.session_id, s.participant, s.expertise, d.name, s.design_digest
FROM sessions s JOIN named d USING (design_digest)
WHERE s.study = $1 AND ($2 IS NULL OR d.stimuli_digest = $2) ORDER BY s.rowid"""
RESPONSES: Final = """
SELECT s.rowid AS session, r.trial_index, r.is_correct, r.confidence, r.reaction_time_ms, list_position($3, r.choice) - 1 AS choice,
       epoch_us(r.answered_at) AS answered_at, r.rowid AS number
FROM responses r JOIN sessions s USING (session_id) WHERE s.study = $1 AND r.rowid > $2"""
TRIALS: Final = """
SELECT s.rowid AS session, t.trial_index, t.block, t.channel, coalesce(t.repeats, -1) AS repeats, list_position($kinds, t.kind) - 1 AS kind,
       list_position($condition, t.condition) - 1 AS condition, list_position($schemes, t.scheme) - 1 AS scheme,
       list_position($layer, t.layer) - 1 AS layer, list_position($unit_list, t.unit_list) - 1 AS unit_list
FROM trials t JOIN sessions s USING (session_id) WHERE s.study = $study"""
WORDS: Final = "SELECT DISTINCT t.condition, t.layer, t.unit_list FROM trials t"
OF_SESSIONS: Final = "t.session_id IN (SELECT unnest($sessions))"
OTHERS: Final = "SELECT count(*) FROM sessions WHERE study <> ?"
IN_ALL: Final = "SELECT count(*) FROM responses"
OF_STUDY: Final = IN_ALL + " JOIN sessions USING (session_id) WHERE study = ?"


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Answers as a table, in the order in which they were stored. `last`: the highest number of a row so far; `n_read`: answers to the
    study, whatever their stimuli, that were read, of `n_in_all` that there are."""

    table: AnswerTable
    last: int
    n_read: int
    n_in_all: int


def table_of_store(
    cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None, *, layers: Iterable[Layer] = (), after: int = -1
) -> Read:
    """Return people's answers to the study that were stored after a row's number; only those to the stimuli of this digest, where one is
    given. Units of `layers` have their branches."""
    sessions = cursor.execute(SESSIONS, [study, stimuli_digest]).fetchall()
    given = cursor.execute(RESPONSES, [study, after, list(SIDES)]).fetchnumpy()
    responses = {name: _plain(column) for name, column in given.items()}
    place = _places([row[0] for row in sessions], responses["session"])
    is_rising = bool((responses["number"][1:] > responses["number"][:-1]).all())
    if not is_rising or (place < 0).any():
        rows = np.argsort(responses["number"], kind="stable")
        rows = rows[place[rows] >= 0]
        responses, place = {name: column[rows] for name, column in responses.items()}, place[rows]
    names = [row[1] for row in sessions]
    trials, words = _trials(cursor, study, [names[at] for at in np.unique(place)] if after >= 0 else None)
    at_trial, position = _placed(trials, [row[0] for row in sessions])
    trial = at_trial(place, responses["trial_index"])
    repeats = trials["repeats"][trial]
    first = at_trial(place, np.maximum(repeats, 0))
    last = int(given["number"].max()) if len(given["number"]) else after
    return Read(
        AnswerTable(
            words=_words(sessions, place, trials, trial, words, responses["choice"], layers),
            score=responses["is_correct"].astype(np.float64),
            confidence=responses["confidence"].astype(np.int8),
            time_s=responses["reaction_time_ms"] / 1000,
            position=position[trial],
            repeats=np.where(repeats >= 0, position[first], np.int32(-1)),
            answered_at=responses["answered_at"].astype("datetime64[us]"),
        ),
        last,
        len(given["number"]),
        n_answers(cursor, study),
    )


def n_answers(cursor: duckdb.DuckDBPyConnection, study: str) -> int:
    """Return how many answers the study has; where there is no other study, without looking at any of them."""
    if cursor.execute(OTHERS, [study]).fetchall()[0][0]:
        return int(cursor.execute(OF_STUDY, [study]).fetchall()[0][0])
    return int(cursor.execute(IN_ALL).fetchall()[0][0])


def _trials(cursor: duckdb.DuckDBPyConnection, study: str, sessions: list[str] | None) -> tuple[dict[str, Column], Mapping[str, list[str]]]:
    """Return the columns of planned trials, of these sessions or of all; words are places in lists of them."""
    named: dict[str, Any] = {} if sessions is None else {"sessions": sessions}
    found = cursor.execute(WORDS + (f" WHERE {OF_SESSIONS}" if named else ""), named).fetchall()
    words = {name: sorted({row[at] for row in found}) for at, name in enumerate(("condition", "layer", "unit_list"))}
    values = {"study": study, "kinds": list(KINDS), "schemes": list(SCHEMES), **words, **named}
    rows = cursor.execute(TRIALS + (f" AND {OF_SESSIONS}" if named else ""), values).fetchnumpy()
    return {name: _plain(column) for name, column in rows.items()}, words


def _placed(trials: Mapping[str, Column], sessions: list[int]) -> tuple[Callable[[Column, Column], Column], Column]:
    """Return a function from place of a session and index to the row of a trial, and every trial's place in its session as shown: by
    block, then index, (trials,)."""
    session, index = _places(sessions, trials["session"]), trials["trial_index"]
    n = np.bincount(session + 1, minlength=len(sessions) + 1)[1:]  # without those of other sessions, -1
    starts = np.cumsum(n) - n
    is_ordered = bool(n.sum() == len(session)) and _rise(session, index)  # as they are stored, mostly
    kept: Any = slice(None) if is_ordered else np.lexsort((index, session))[len(session) - int(n.sum()) :]
    ranks = index if is_ordered else np.arange(int(n.sum())) - np.repeat(starts, n)
    position = np.zeros(len(session), dtype=np.int32)
    position[kept] = ranks
    block, of = trials["block"][kept], session[kept]
    if not _rise(of, block, strictly=False):  # trials that were added later belong to earlier blocks
        rows = np.arange(len(session))[kept]
        position[rows[np.lexsort((ranks, block, of))]] = ranks
    return (lambda place, index: starts[place] + index if is_ordered else kept[starts[place] + index]), position


def _rise(first: Column, second: Column, *, strictly: bool = True) -> bool:
    """Return whether rows rise by the first and, within it, by the second column, both whole numbers from 0 on."""
    keys = first.astype(np.int64) * (int(second.max(initial=0)) + 1) + second
    return bool((keys[1:] > keys[:-1]).all() if strictly else (keys[1:] >= keys[:-1]).all())


def _words(
    sessions: list[tuple[Any, ...]],
    of_session: Column,
    trials: Mapping[str, Column],
    trial: Column,
    words: Mapping[str, list[str]],
    choice: Column,
    layers: Iterable[Layer],
) -> dict[Word, WordColumn]:
    """Return every column of words."""
    unit, of_units = _units(trials, trial, words["layer"])
    known = {one.name: one for one in layers}
    block = trials["block"]
    columns: dict[Word, tuple[Column, Sequence[str | None], bool]] = {  # codes, their names; whether codes are of trials, else of answers
        "respondent": (of_session, [row[2] for row in sessions], False),
        "session": (of_session, [row[1] for row in sessions], False),
        "kind": (trials["kind"], KINDS, True),
        "condition": (trials["condition"], words["condition"], True),
        "scheme": (trials["scheme"], SCHEMES, True),
        "layer": (trials["layer"], words["layer"], True),
        "branch": (unit, [_branch(known.get(name), number) for name, number in of_units], False),
        "unit": (unit, [f"{name}:{number}" for name, number in of_units], False),
        "unit_list": (trials["unit_list"], [name or None for name in words["unit_list"]], True),
        "expertise": (of_session, [row[3] for row in sessions], False),
        "block": (block, [str(number) for number in range(int(block.max(initial=-1)) + 1)], True),
        "choice": (choice, SIDES, False),
        "design": (of_session, [f"{row[4]}@{row[5]}" for row in sessions], False),
    }
    with counting_threads() as threads:
        made = {
            word: threads.submit(coded, word, codes, names, trial if of_trials else None)
            for word, (codes, names, of_trials) in columns.items()
        }
    return {word: column.result() for word, column in made.items()}


def _units(trials: Mapping[str, Column], trial: Column, layers: Sequence[str]) -> tuple[Column, list[tuple[str, int]]]:
    """Return each answer's unit as a number, (n,), and the units with answers: layer and channel."""
    channel = trials["channel"][trial]
    width = int(channel.max(initial=0)) + 1
    code = trials["layer"][trial] * width + channel
    numbers = np.flatnonzero(np.bincount(code))
    number_of = np.zeros(len(layers) * width + 1, dtype=np.int32)
    number_of[numbers] = np.arange(len(numbers))
    return number_of[code], [(layers[number // width], number % width) for number in numbers.tolist()]


def _branch(layer: Layer | None, channel: int) -> str | None:
    return layer.branch_of(channel) if layer is not None and channel < layer.n_channels else None


def _places(numbers: list[int], wanted: Column) -> Column:
    """Return the place of each wanted number in a rising list, (n,); -1 where it is not there."""
    if not numbers:
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.full(max(numbers[-1], int(wanted.max(initial=0))) + 1, -1, dtype=np.int32)
    at[numbers] = np.arange(len(numbers))
    return at[wanted]


def _plain(column: Column) -> Column:
    """Return a column without its mask: none of the queries gives an absent value."""
    return np.ma.getdata(column)
