"""Answers and ratings in the columns and codes of Borowski et al. (2021), with columns of our own behind theirs.

Theirs hold what their codes can say; ours (exemplary_...) the rest, so that importing what was exported gives the same answers.
query_image_a and query_image_b are addresses of images, or empty where what was shown is not known; seed stays empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.answer_set import Collected, UnitRating
from core.domain import Unit
from core.exchange import borowski2021 as codes
from core.exchange.borowski2021 import OWN, PublishedUnit
from core.exchange.csv_tables import Table, text
from core.exchange.plain import plain_table
from core.experiment import Answer, Expertise

SHORT_BRANCH = {"pool": "P"}  # in unit_name


@dataclass(frozen=True, slots=True)
class Naming:
    """How units are called in the authors' columns. `is_coded`: the units are those of their files (borowski2021.py); else a layer's
    code is its place in `layers`, a branch's its place among those of `branches` by layer, and channel_N is the channel itself.
    `study` and `source` (people, imported, simulated) stand in every row."""

    study: str
    source: str
    is_coded: bool
    layers: tuple[str, ...] = ()
    branches: Mapping[str, tuple[str, ...]] | None = None

    def name(self, unit: Unit, branch: str | None, unit_list: str | None) -> PublishedUnit:
        """Return a unit's layer, kernel_size, channel and block."""
        if self.is_coded:
            return codes.name_of(unit)
        known = (self.branches or {}).get(unit.layer, codes.BRANCHES)
        kernel_size = str(known.index(branch)) if branch in known else ""
        layer = self.layers.index(unit.layer) if unit.layer in self.layers else len(self.layers)
        return PublishedUnit(
            f"layer_{layer}", kernel_size, f"channel_{unit.channel}", unit_list if unit_list in tuple(codes.BLOCKS) else None
        )


def naming_of(collected: Collected, *, study: str, source: str, layers: Sequence[str] = ()) -> Naming:
    """Return the naming of these answers' units; layers that are not among those given follow in alphabetical order."""
    further = sorted({answer.unit.layer for answer in collected.answers} - set(layers))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for answer in collected.answers:
        found[answer.unit.layer].add(answer.branch or "all")
    branches = {layer: codes.BRANCHES if names <= set(codes.BRANCHES) else tuple(sorted(names)) for layer, names in found.items()}
    return Naming(study, source, study in codes.STUDIES.values(), (*layers, *further), branches)


def trial_table(collected: Collected, naming: Naming) -> Table:
    """Return the table of trials: one row an answer, sessions one after another, each in the order of its trials."""
    numbers = _numbers(collected.answers)
    in_order = _in_order(collected.answers)
    shown = {(one.session, one.position): one for one in collected.presentations}
    before = {session: _first_with_references(answers) for session, answers in in_order.items()}
    rows: list[tuple[str, ...]] = []
    for session, answers in in_order.items():
        by_position = {answer.position: answer for answer in answers}
        for place, answer in enumerate(answers):
            first = by_position.get(answer.repeats) if answer.repeats is not None else None
            values = _trial(answer, naming, place, first, is_before=(first or answer).block < before[session])
            images = shown.get((session, -1 if answer.position is None else answer.position))
            if images is not None:
                values |= {"query_image_a": images.query_top, "query_image_b": images.query_bottom}
            values |= {"": str(len(rows)), "subject_id_within_expert_type": str(numbers[answer.respondent])}
            rows.append(tuple(values.get(column, "") for column in (*codes.TRIAL_COLUMNS, *codes.OWN_TRIAL_COLUMNS)))
    return Table((*codes.TRIAL_COLUMNS, *codes.OWN_TRIAL_COLUMNS), tuple(rows))


def rating_table(ratings: Sequence[UnitRating], numbered: Sequence[Answer]) -> Table:
    """Return the table of intuitiveness ratings; `numbered`: the answers by which participants are numbered. Units are a, b, c in order."""
    numbers = _numbers(numbered)
    units = sorted({rating.unit for rating in ratings})
    names = {unit: name for name, unit in codes.RATED_UNITS.items()}
    letters = {unit: names.get(unit) or codes.LETTERS[place % len(codes.LETTERS)] for place, unit in enumerate(units)}
    rows = []
    for line, one in enumerate(ratings):
        values = {
            "": str(line),
            "subject_id_within_expert_type": text(numbers.get(one.respondent)),
            "trial_name": letters[one.unit],
            "trial_nr": text(one.place),
            "rating": str(one.rating),
            "rt": _seconds(one.reaction_time_ms),
            "trial_name_number": f"{codes.LETTERS.index(letters[one.unit])}.0",
            "subject_id": one.respondent,
            OWN + "session": one.session,
            OWN + "layer": one.unit.layer,
            OWN + "channel": str(one.unit.channel),
            OWN + "moment": one.moment,
            OWN + "expertise": text(one.expertise),
        }
        rows.append(tuple(values.get(column, "") for column in (*codes.RATING_COLUMNS, *codes.OWN_RATING_COLUMNS)))
    return Table((*codes.RATING_COLUMNS, *codes.OWN_RATING_COLUMNS), tuple(rows))


def session_table(collected: Collected) -> Table:
    """Return what is known of the sessions, in columns of our own: the authors released nothing of the kind."""
    return Table(codes.OWN_SESSION_COLUMNS, plain_table(collected, "sessions").rows)


def _trial(answer: Answer, naming: Naming, place: int, first: Answer | None, *, is_before: bool) -> dict[str, str]:
    """Return an answer's values by column. `first`: the answer that it repeats; `is_before`: it is of a none block before the others."""
    unit = naming.name(answer.unit, answer.branch, answer.unit_list)
    grid, n_patches = codes.GRID_OF[answer.scheme]
    response, right = _responses(answer)
    confidence = "" if answer.confidence is None else str(answer.confidence)
    return {
        "trial_nr": str(place if answer.position is None else answer.position),
        "block_nr": str(answer.block),
        "batch_block": unit.block or "",
        "instr_type": _instruction(answer.condition, is_before),
        "trial_type": "main" if answer.kind == "catch" else answer.kind,
        "instruction_grid_mode": grid,
        "n_instruction_patches": n_patches,
        "catch_trial": str(answer.kind == "catch"),
        "batch": text(answer.set_number),
        "layer": unit.layer,
        "kernel_size": unit.kernel_size,
        "channel": unit.channel,
        "query_order": {"a": "max_min", "b": "min_max"}.get(right, ""),
        "correct": str(answer.proportion_correct > 0.5),
        "conf_rating": f"-{confidence}" if response == "a" and confidence else confidence,
        "RT": _seconds(answer.reaction_time_ms),
        "timeout": "False",
        "response": response,
        "correct_response": right,
        "old_trial_nr": "" if answer.repeats is None else f"{answer.repeats}.0",
        "old_block_nr": "" if first is None else f"{first.block}.0",
        "unit_name": _unit_name(answer),
        "condition_name": answer.scheme,
        "abs_conf_rating": confidence,
        "subject_id": answer.respondent,
        "expert_level": {"expert": "expert", "lay": "naive"}.get(answer.expertise or "", ""),
        OWN + "study": naming.study,
        OWN + "source": naming.source,
        OWN + "session": answer.session,
        OWN + "condition": answer.condition,
        OWN + "layer": answer.unit.layer,
        OWN + "channel": str(answer.unit.channel),
        OWN + "branch": answer.branch or "",
        OWN + "unit_list": answer.unit_list or "",
        OWN + "answered_at": text(answer.answered_at),
        OWN + "proportion_correct": text(answer.proportion_correct),
    }


def _instruction(condition: str, is_before: bool) -> str:
    if condition == "none":
        return "none_pre" if is_before else "none_post"
    return "optimized" if condition == "synthetic" else condition


def _responses(answer: Answer) -> tuple[str, str]:
    """Return response and right response as a (top) or b (bottom); empty where the choice is not known."""
    if answer.choice is None:
        return "", ""
    response, other = ("a", "b") if answer.choice == "top" else ("b", "a")
    return response, response if answer.proportion_correct > 0.5 else other


def _unit_name(answer: Answer) -> str:
    branch = SHORT_BRANCH.get(answer.branch or "", answer.branch or "")
    return f"{answer.unit.layer}, {branch} " + ("int." if answer.unit_list == codes.HAND_PICKED else "")


def _seconds(milliseconds: float | None) -> str:
    """Return milliseconds as seconds, decimally: every digit is kept."""
    return "" if milliseconds is None else f"{Decimal(repr(float(milliseconds))) / 1000:f}"


def _numbers(answers: Iterable[Answer]) -> dict[str, int]:
    """Return each respondent's number within the expertise group, from 1, in order of first answers."""
    numbers: dict[str, int] = {}
    n_of: defaultdict[Expertise | None, int] = defaultdict(int)
    for answer in answers:
        if answer.respondent not in numbers:
            n_of[answer.expertise] += 1
            numbers[answer.respondent] = n_of[answer.expertise]
    return numbers


def _in_order(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    """Return each session's answers, in the order of their trials."""
    sessions: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        sessions[answer.session].append(answer)
    return {session: sorted(of, key=lambda one: (one.position is None, one.position or 0)) for session, of in sessions.items()}


def _first_with_references(answers: Sequence[Answer]) -> float:
    """Return the first block of a session that shows references; none blocks before it are none_pre, those after it none_post."""
    return min((answer.block for answer in answers if answer.condition != "none" and answer.kind != "repeated"), default=float("inf"))
