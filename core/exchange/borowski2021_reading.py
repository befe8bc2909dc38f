"""Reading tables of answers and ratings as Borowski et al. (2021) released them, or as Exemplary exports them in these columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NoReturn

from core.answer_set import Collected, SessionFacts, UnitRating
from core.design_spec import METHOD_NAME, SCHEMES, Moment
from core.domain import Unit
from core.errors import UsageError
from core.exchange import borowski2021 as codes
from core.exchange.borowski2021 import OWN, Experiment, PublishedUnit
from core.exchange.columns import SESSIONS, Column
from core.exchange.csv_tables import as_given
from core.experiment import Answer, Expertise, TrialKind

TableKind = Literal["trials", "ratings", "sessions"]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table that was recognised by its columns: rows by column name, and the columns that are not understood."""

    file: str
    kind: TableKind
    experiment: Experiment
    is_own: bool  # written by Exemplary
    rows: tuple[Mapping[str, str], ...]
    columns_left_out: tuple[str, ...]

    @property
    def study(self) -> str:
        """Return the study that the table is of: as it says itself, else the authors' experiment."""
        return self._said("study") or codes.STUDIES[self.experiment]

    @property
    def is_simulated(self) -> bool:
        """Return whether the table says that simulated participants answered."""
        return self._said("source") == "simulated"

    def _said(self, name: str) -> str:
        return next((row.get(OWN + name, "") for row in self.rows), "")


def read_table(file: str, content: bytes) -> SourceTable:
    """Return the table that a CSV file holds. Raises UsageError where it is none of those that can be imported."""
    header, rows = _parsed(file, content)
    own = [name for name in header if name.startswith(OWN)]
    kind: TableKind
    needed: tuple[str, ...]
    if set(codes.OWN_SESSION_COLUMNS) <= set(header):
        return SourceTable(file, "sessions", "experiment-2", True, rows, ())
    if {"instr_type", "RT"} & set(header):
        kind = "trials"
        needed, used = codes.NEEDED, (*codes.USED, *codes.OWN_TRIAL_COLUMNS)
        is_second = "condition_name" in header
    elif {"rating", "trial_name"} & set(header):
        kind = "ratings"
        needed, used = codes.RATING_NEEDED, (*codes.RATING_USED, *codes.OWN_RATING_COLUMNS)
        is_second = "subject_id_within_expert_type" in header
    else:
        raise UsageError(
            f"{file} is neither a table of trials (with the columns {', '.join(codes.NEEDED)}) nor of ratings "
            f"({', '.join(codes.RATING_NEEDED)}) as Borowski et al. released them; import their CSV files, or an export in that format."
        )
    missing = [name for name in needed if name not in header]
    if missing:
        raise UsageError(f"{file} lacks the column {', '.join(missing)}; take the file as it was released or exported.")
    left_out = tuple(name for name in header if name and name not in used)
    return SourceTable(file, kind, "experiment-2" if is_second else "experiment-1", bool(own), rows, left_out)


def collect(trials: SourceTable, ratings: Sequence[tuple[Moment, SourceTable]], sessions: SourceTable | None = None) -> Collected:
    """Return the answers of a table of trials with the ratings of others. Raises UsageError naming file and line."""
    answers = tuple(_Line(trials, number).answer() for number in range(len(trials.rows)))
    if not answers:
        raise UsageError(f"{trials.file} has a header and no trials.")
    _check_places(trials, answers)
    expertise = {answer.respondent: answer.expertise for answer in answers}
    rated = tuple(_Line(table, number).rating(moment, expertise) for moment, table in ratings for number in range(len(table.rows)))
    if sessions is not None:
        return Collected(answers, rated, tuple(_Line(sessions, number).session() for number in range(len(sessions.rows))))
    known = {answer.session: SessionFacts(answer.session, answer.respondent, answer.expertise) for answer in answers}
    return Collected(answers, rated, tuple(known.values()))


def _parsed(file: str, content: bytes) -> tuple[list[str], tuple[Mapping[str, str], ...]]:
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} is no CSV file in UTF-8 ({error}).") from error
    if not lines:
        raise UsageError(f"{file} is empty; a table with a header was wanted.")
    header, *rest = lines
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise UsageError(f"{file} has the column {twice[0]!r} twice; which one counts cannot be told.")
    return header, tuple(_row(file, header, row, number) for number, row in enumerate(rest, start=2) if row)


def _row(file: str, header: Sequence[str], row: Sequence[str], line: int) -> Mapping[str, str]:
    if len(row) != len(header):
        raise UsageError(f"{file}, line {line} has {len(row)} values, but the header names {len(header)} columns; is the file cut off?")
    return dict(zip(header, map(as_given, row), strict=True))


class _Line:
    """One row of a table, whose values are checked as they are asked for."""

    def __init__(self, table: SourceTable, number: int) -> None:
        self._table = table
        self._values = table.rows[number]
        self._number = number + 2  # as an editor counts: the header is line 1

    def answer(self) -> Answer:
        """Return the answer of a row of trials."""
        self._check_given()
        respondent = self._text("subject_id")
        unit, branch, unit_list = self._unit()
        is_correct = self._is("correct")
        self._check_correct(is_correct)
        score = self._own("proportion_correct")
        return Answer(
            respondent=respondent,
            kind=self._kind(),
            condition=self._condition(),
            scheme=self._one_of("condition_name", {name: name for name in SCHEMES}) if "condition_name" in self._values else "Min-Max-9",
            unit=unit,
            block=self._whole("block_nr", low=0),
            proportion_correct=float(is_correct) if score is None else self._decimal(OWN + "proportion_correct", low=0, high=1),
            confidence=self._whole("abs_conf_rating", low=1, high=3),
            reaction_time_ms=self._milliseconds("RT"),
            answered_at=self._time("answered_at"),
            session=self._own("session") or respondent,
            expertise=self._expertise(),
            branch=branch,
            unit_list=unit_list,
            position=self._whole("trial_nr", low=0),
            repeats=self._whole("old_trial_nr", low=0) if self._values.get("old_trial_nr") else None,
            set_number=self._whole("batch", low=0) if self._values.get("batch") else None,
            choice=self._one_of("response", codes.CHOICE_OF) if self._values.get("response") else None,
        )

    def rating(self, moment: Moment, expertise: Mapping[str, Expertise | None]) -> UnitRating:
        """Return the rating of a row of ratings."""
        respondent = self._text("subject_id")
        layer, channel = self._own("layer"), self._own("channel")
        return UnitRating(
            respondent=respondent,
            moment=self._one_of(OWN + "moment", {"begin": "begin", "end": "end"}) if self._own("moment") else moment,
            unit=Unit(layer, self._whole(OWN + "channel", low=0)) if layer and channel else self._one_of("trial_name", codes.RATED_UNITS),
            rating=self._whole("rating", low=-100, high=100),
            reaction_time_ms=self._milliseconds("rt") if self._values["rt"] else None,
            session=self._own("session") or respondent,
            expertise=self._own_expertise() if self._table.is_own else expertise.get(respondent),
            place=self._whole("trial_nr", low=0) if self._values.get("trial_nr") else None,
        )

    def session(self) -> SessionFacts:
        """Return the facts of a row of sessions (ours; the authors released none)."""
        return SessionFacts(*(self._of(column) for column in SESSIONS))

    # --- values --------------------------------------------------------------------------------------------------------------

    def _unit(self) -> tuple[Unit, str | None, str | None]:
        layer = self._own("layer")
        if layer:
            return Unit(layer, self._whole(OWN + "channel", low=0)), self._own("branch"), self._own("unit_list")
        values = self._values
        named = PublishedUnit(values["layer"], values["kernel_size"], values["channel"], values.get("batch_block") or None)
        unit = codes.unit_of(named)
        if unit is None:
            self._refuse("layer", "layer_0 to layer_8 with kernel_size 0 to 3 and channel_0 or channel_1, or one letter in all three")
        return unit, codes.branch_of(unit), codes.unit_list_of(unit)

    def _kind(self) -> TrialKind:
        kinds: Mapping[str, TrialKind] = {"main": "main", "practice": "practice", "repeated": "repeated"}
        kind = self._one_of("trial_type", kinds)
        return "catch" if self._is("catch_trial") else kind

    def _condition(self) -> str:
        own = self._own("condition")
        if own is None:
            return str(self._one_of("instr_type", codes.CONDITION_OF))
        if not METHOD_NAME.fullmatch(own):
            self._refuse(OWN + "condition", "a condition's name in lower-case letters, digits, - and _")
        return own

    def _expertise(self) -> Expertise | None:
        return self._one_of("expert_level", codes.EXPERTISE_OF) if self._values.get("expert_level") else None

    def _own_expertise(self) -> Expertise | None:
        return self._one_of(OWN + "expertise", {"expert": "expert", "lay": "lay"}) if self._own("expertise") else None

    def _check_given(self) -> None:
        if self._values.get("timeout", "False") != "False":
            self._refuse("timeout", "False: a trial that ran out of time has no answer")

    def _check_correct(self, is_correct: bool) -> None:
        response, right = self._values.get("response"), self._values.get("correct_response")
        if response and right and (response == right) != is_correct:
            self._refuse("correct", f"{response == right}, because the response is {response} and the right one {right}")

    def _of(self, column: Column) -> Any:
        """Return the value of a column of our own, of its kind; None where it is empty and may be."""
        name = OWN + column.name
        if column.is_optional and not self._values[name]:
            return None
        if column.kind == "time":
            return self._time(column.name)
        if column.kind == "integer":
            return self._whole(name, low=int(column.low or 0), high=None if column.high is None else int(column.high))
        if column.kind == "number":
            return self._decimal(name, low=column.low or 0)
        return self._one_of(name, {level: level for level in column.levels}) if column.levels else self._text(name)

    def _own(self, name: str) -> str | None:
        return self._values.get(OWN + name) or None

    def _text(self, column: str) -> str:
        value = self._values[column].strip()
        if not value:
            self._refuse(column, "a name")
        return value

    def _is(self, column: str) -> bool:
        return bool(self._one_of(column, {"True": True, "False": False}))

    def _one_of(self, column: str, known: Mapping[str, Any]) -> Any:
        value = self._values[column]
        if value not in known:
            self._refuse(column, f"one of {', '.join(known)}")
        return known[value]

    def _whole(self, column: str, *, low: int, high: int | None = None) -> int:
        bounds = f"a whole number from {low}" + ("" if high is None else f" to {high}")
        value = self._number_in(column, bounds)
        if value != value.to_integral_value() or value < low or (high is not None and value > high):
            self._refuse(column, bounds)
        return int(value)

    def _decimal(self, column: str, *, low: float, high: float = float("inf")) -> float:
        value = float(self._number_in(column, "a number"))
        if not low <= value <= high:
            self._refuse(column, f"a number from {low:g} to {high:g}")
        return value

    def _milliseconds(self, column: str) -> float:
        """Return seconds as milliseconds; decimally, so that what was exported comes back as it was."""
        return float(self._number_in(column, "seconds") * 1000)

    def _number_in(self, column: str, wanted: str) -> Decimal:
        try:
            value = Decimal(self._values[column])
        except InvalidOperation:
            self._refuse(column, wanted)
        if not value.is_finite():
            self._refuse(column, wanted)
        return value

    def _time(self, name: str) -> datetime | None:
        value = self._own(name)
        try:
            return datetime.fromisoformat(value) if value else None
        except ValueError:
            self._refuse(OWN + name, "a time such as 2026-01-02T03:04:05+00:00")

    def _refuse(self, column: str, wanted: str) -> NoReturn:
        came = self._values.get(column, "")
        raise UsageError(f"{self._table.file}, line {self._number}: the column {column} has {came!r:.60}; wanted is {wanted}.")


def _check_places(trials: SourceTable, answers: Sequence[Answer]) -> None:
    """Refuse two trials at one place of a session, and repeats of trials that are not there."""
    places: dict[tuple[str, int | None], Answer] = {}
    for number, answer in enumerate(answers, start=2):
        if (answer.session, answer.position) in places:
            raise UsageError(
                f"{trials.file}, line {number}: subject {answer.respondent} has a second trial with trial_nr {answer.position}; "
                "import each experiment's file once, under a name of its own."
            )
        places[answer.session, answer.position] = answer
    for number, answer in enumerate(answers, start=2):
        if answer.repeats is not None and (answer.session, answer.repeats) not in places:
            raise UsageError(f"{trials.file}, line {number}: old_trial_nr {answer.repeats} is no trial of subject {answer.respondent}.")
