"""Our plans of the paper's experiments have the structure of its published answers: every participant, block by block."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

from core.design_spec import DesignSpec
from core.experiment import Response, Trial
from core.psychophysics.follow_up import follow_up
from tests.core.psychophysics.builders import answered_all, preset_plan, preset_spec

EXPERIMENT_1: Final = "experiment_I_main_practice_catch_repeated_trials_preprocessed.csv"
EXPERIMENT_2: Final = "experiment_II_main_practice_catch_trials_preprocessed.csv"
CONDITIONS: Final = {"optimized": "synthetic", "natural": "natural", "none_pre": "none", "none_post": "none"}
Row = tuple[object, ...]


def published_sessions(path: Path, *keys: str) -> dict[tuple[str, ...], list[dict[str, str]]]:
    """Return the rows of each participant in order of trial, by these columns."""
    with path.open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: ([row[key] for key in keys], int(row["trial_nr"])))
    return {key: list(group) for key, group in groupby(rows, key=lambda row: tuple(row[key] for key in keys))}


def kind_of(row: dict[str, str]) -> str:
    return "catch" if row["catch_trial"] == "True" else row["trial_type"]


def blocks(facts: Sequence[Row]) -> list[Row]:
    """Return each block as its facts in alphabetical order: catch trials are shuffled in freely."""
    return [tuple(sorted(map(str, block))) for _, block in groupby(facts, key=lambda fact: fact[0])]


def planned(spec: DesignSpec, number: int) -> tuple[Trial, ...]:
    trials = preset_plan(spec, number).trials
    responses: tuple[Response, ...] = answered_all(trials)
    return (*trials, *follow_up(spec, participant_number=number, trials=trials, responses=responses))


def test_experiment_1_is_that_of_every_participant(published: Path) -> None:
    """Ten participants, 186 trials each: conditions, kinds, blocks and stimulus sets are the published ones. (The order of the three
    blocks of repeated trials is drawn by chance.)"""
    sessions = published_sessions(published / EXPERIMENT_1, "subject_id_within_expert_type")
    assert len(sessions) == 10
    spec = preset_spec("borowski2021-exp1")
    for (number,), rows in sessions.items():
        theirs = [(int(row["block_nr"]), CONDITIONS[row["instr_type"]], kind_of(row), int(row["batch"])) for row in rows]
        ours = [(trial.block, trial.condition, trial.kind, trial.set_number) for trial in planned(spec, int(number))]
        assert len(ours) == len(theirs) == 186
        assert blocks(ours)[:13] == blocks(theirs)[:13]
        assert sorted(fact[1:] for fact in ours[168:]) == sorted(fact[1:] for fact in theirs[168:])


def test_experiment_1_practises_on_thirds_dealt_by_chance(published: Path) -> None:
    """Of the 15 reserved units (letters i to w) each condition practises on a third of its own, as ours do; which one is chance."""
    thirds = [set("ijklm"), set("nopqr"), set("stuvw")]
    deals = []
    for rows in published_sessions(published / EXPERIMENT_1, "subject_id_within_expert_type").values():
        practice = [row for row in rows if row["trial_type"] == "practice"]
        letters = [
            {row["layer"][-1] for row in practice if CONDITIONS[row["instr_type"]] == name} for name in ("none", "natural", "synthetic")
        ]
        deals.append(tuple(thirds.index(of_condition) for of_condition in letters))
    assert all(sorted(deal) == [0, 1, 2] for deal in deals) and len(set(deals)) > 2


@pytest.mark.parametrize("group", ["expert", "naive"])
def test_experiment_2_is_that_of_every_participant(published: Path, group: str) -> None:
    """Numbered within their group, participants have the published schemes, conditions, blocks, unit blocks and stimulus sets."""
    spec = preset_spec("borowski2021-exp2")
    sessions = published_sessions(published / EXPERIMENT_2, "expert_level", "subject_id_within_expert_type")
    numbers = [int(number) for level, number in sessions if level == group]
    assert len(numbers) == {"expert": 10, "naive": 13}[group]
    for number in numbers:
        theirs = [
            (
                int(row["block_nr"]),
                row["condition_name"],
                CONDITIONS[row["instr_type"]],
                kind_of(row),
                row["batch_block"],
                int(row["batch"]),
            )
            for row in sessions[group, str(number)]
        ]
        ours = [(t.block, t.scheme, t.condition, t.kind, t.unit_list, t.set_number) for t in preset_plan(spec, number).trials]
        assert len(ours) == len(theirs) == 216
        assert blocks(ours) == blocks(theirs)
