"""The published answers broken down in plain Python: what `reaction_time_by` and `confidence_by` are checked against."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from core.services.results.answer_results import published_results
from tests.core.services import slow_statistics as slow

BREAKDOWNS: dict[str, Callable[[slow.Row], str]] = {
    "scheme": lambda row: row["condition_name"] if row.get("condition_name") in slow.SCHEMES else "Min-Max-9",
    "expertise": lambda row: slow.expertise(row) if "expert_level" in row else "",
    "layer": slow.layer,
    "branch": slow.branch,
    "unit": slow.unit,
    "participant": lambda row: row["subject_id"],
}
Numbers = dict[str, float]


@cache
def found(folder: Path) -> dict[str, Any]:
    return published_results(folder).as_dict()


@cache
def rows(folder: Path, experiment: str) -> list[slow.Row]:
    (file,) = folder.glob(f"experiment_{'I' if experiment == 'experiment_1' else 'II'}_main*.csv")
    return slow.main_rows(slow.read(file))


def breakdowns(folder: Path, experiment: str, which: str, measure: str) -> Iterator[tuple[str, Numbers, Numbers]]:
    """Yield each breakdown's numbers by condition, level and name: those that came, and those of the rows.

    Participants are called otherwise in results than in files: of them, values are compared in rising order.
    """
    for breakdown, key in BREAKDOWNS.items():
        if breakdown == "expertise" and experiment == "experiment_1":
            continue  # its files do not say
        came = found(folder)[experiment][f"{measure}_by"][which][breakdown]
        groups = slow.grouped(slow.asked(rows(folder, experiment), which), lambda row, key=key: (slow.condition(row), key(row)))
        wanted = {group: _numbers(of, measure) for group, of in groups.items()}
        given = {(name, level): {one: value[one] for one in _names(measure)} for name, of in came.items() for level, value in of.items()}
        yield breakdown, _flat(given, breakdown), _flat(wanted, breakdown)


def _names(measure: str) -> tuple[str, ...]:
    return ("mean", "median", "n_trials") if measure == "reaction_time" else ("1", "2", "3", "n_trials")


def _numbers(of: list[slow.Row], measure: str) -> Numbers:
    if measure == "confidence":
        return {level: sum(row["abs_conf_rating"] == level for row in of) / len(of) for level in "123"} | {"n_trials": len(of)}
    times = [slow.seconds(row) for row in of]
    return {"mean": statistics.fmean(times), "median": statistics.median(times), "n_trials": len(of)}


def _flat(by_group: dict[tuple[str, str], Numbers], breakdown: str) -> Numbers:
    if breakdown != "participant":
        return {f"{name}.{level}.{one}": value for (name, level), of in by_group.items() for one, value in of.items()}
    ordered = sorted((name, *of.values(), *of) for (name, _), of in by_group.items())
    return {
        f"{name}.{place}.{number}": float(value)
        for place, (name, *of) in enumerate(ordered)
        for number, value in enumerate(of[: len(of) // 2])
    }
