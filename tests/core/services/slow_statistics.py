"""The published numbers once more, slowly and apart from core: rows of the authors' CSV files in plain Python, scipy, and least squares.

Nothing is imported from core, so that a mistake there is not repeated here.
"""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

Row = dict[str, str]
CONDITION = {"natural": "natural", "optimized": "synthetic", "none_pre": "none", "none_post": "none"}
LAYERS = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
BRANCHES = ("1x1", "3x3", "5x5", "pool")
PAIRS = (("natural", "synthetic"), ("natural", "none"), ("synthetic", "none"))
SCHEMES = ("Max-1", "Max-9", "Min-Max-1", "Min-Max-9")
RATED = {"a": "3a", "b": "4b", "c": "5b"}


def read(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def main_rows(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["trial_type"] == "main" and row["catch_trial"] == "False"]


def condition(row: Row) -> str:
    return CONDITION[row["instr_type"]]


def right(row: Row) -> float:
    return 1.0 if row["correct"] == "True" else 0.0


def seconds(row: Row) -> float:
    return float(row["RT"])


def layer(row: Row) -> str:
    return LAYERS[int(row["layer"].removeprefix("layer_"))]


def branch(row: Row) -> str:
    return BRANCHES[int(row["kernel_size"])]


def unit(row: Row) -> str:
    block = "abcdefg".index(row["batch_block"]) + 1 if row.get("batch_block") else 0
    return f"{layer(row)}:{100 * block + 10 * int(row['kernel_size']) + int(row['channel'][-1])}"


def expertise(row: Row) -> str:
    return {"expert": "expert", "naive": "lay"}[row["expert_level"]]


def asked(rows: Iterable[Row], which: str) -> list[Row]:
    return [row for row in rows if which == "all" or (right(row) == 1.0) == (which == "correct")]


def grouped(rows: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def spread(rows: Sequence[Row], value: Callable[[Row], float]) -> float:
    means = [statistics.fmean(map(value, of)) for of in grouped(rows, lambda row: row["subject_id"]).values()]
    centre = sum(means) / len(means)
    return 2 * math.sqrt(sum((one - centre) ** 2 for one in means) / len(means)) / math.sqrt(len(means))


def accuracy(rows: Sequence[Row]) -> dict[str, Any]:
    n, n_right = len(rows), int(sum(map(right, rows)))
    participants = {row["subject_id"] for row in rows}
    interval = stats.binomtest(n_right, n).proportion_ci(0.95, method="wilson")
    found = {"mean": n_right / n, "n_trials": n, "n_participants": len(participants), "wilson": [interval.low, interval.high]}
    return found | ({"two_sem": spread(rows, right)} if len(participants) > 1 else {})


def by_condition(rows: Iterable[Row], key: Callable[[Row], str] | None = None) -> dict[str, Any]:
    return {
        name: accuracy(of) if key is None else {level: accuracy(part) for level, part in grouped(of, key).items()}
        for name, of in grouped(rows, condition).items()
    }


def times(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        name: {
            "mean": statistics.fmean(map(seconds, of)),
            "two_sem": spread(of, seconds),
            "median": statistics.median(map(seconds, of)),
            "n_trials": len(of),
        }
        for name, of in grouped(rows, condition).items()
    }


def confidence(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        name: {level: sum(row["abs_conf_rating"] == level for row in of) / len(of) for level in "123"}
        for name, of in grouped(rows, condition).items()
    }


def chi_squared(rows: Sequence[Row]) -> dict[str, float]:
    names = sorted({condition(row) for row in rows})
    table = [[sum(condition(row) == name and row["abs_conf_rating"] == level for row in rows) for level in "123"] for name in names]
    found = stats.chi2_contingency(table, correction=False)
    return {
        "chi2": found.statistic,
        "df": found.dof,
        "p": found.pvalue,
        "cramers_v": stats.contingency.association(table, method="cramer"),
    }


def repeats(rows: Sequence[Row]) -> dict[str, Any]:
    first = {(row["subject_id"], int(row["trial_nr"])): row for row in rows}
    again = [row for row in rows if row["trial_type"] == "repeated"]
    same = [row | {"correct": str(_choice(row) == _choice(first[row["subject_id"], int(float(row["old_trial_nr"]))]))} for row in again]
    return {"all": accuracy(same)} | by_condition(same)


def _choice(row: Row) -> str:
    """Return the file of the chosen image: whichever side it was on."""
    return row["query_image_" + row["response"]].rsplit("/", 1)[-1]


def rank_test(a: Sequence[float], b: Sequence[float]) -> dict[str, float]:
    """Return the signed-rank test of paired values, counts or means; the exact p by scipy."""
    differences = [x - y for x, y in zip(a, b, strict=True)]
    nonzero = [one for one in differences if one]
    ranks = stats.rankdata([abs(one) for one in nonzero])
    plus = sum(rank for rank, one in zip(ranks, nonzero, strict=True) if one > 0)
    minus = sum(rank for rank, one in zip(ranks, nonzero, strict=True) if one < 0)
    return {
        "n": len(differences),
        "n_zero": len(differences) - len(nonzero),
        "w_plus": plus,
        "w_minus": minus,
        "p_exact_two_sided": stats.wilcoxon(differences, zero_method="wilcox", method="exact").pvalue,
        "cohen_dz": statistics.fmean(differences) / statistics.stdev(differences),
        "rank_biserial": (plus - minus) / (plus + minus),
    }


def paired(rows: Sequence[Row], a: str, b: str, measure: str) -> dict[str, float]:
    """Return the test of two conditions: integer counts correct, or mean reaction times."""
    values: dict[str, dict[str, float]] = {}
    for (who, name), of in grouped(rows, lambda row: (row["subject_id"], condition(row))).items():
        values.setdefault(name, {})[who] = sum(map(right, of)) if measure == "accuracy" else statistics.fmean(map(seconds, of))
    both = sorted(set(values[a]) & set(values[b]))
    return rank_test([values[a][who] for who in both], [values[b][who] for who in both])


def tests_of(rows: Sequence[Row], measure: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    chosen = of_measure(rows, measure)
    return {f"{a}_vs_{b}": paired(chosen, a, b, measure) for a, b in pairs}


def of_measure(rows: Sequence[Row], measure: str) -> list[Row]:
    return asked(rows, "all" if measure == "accuracy" else measure.removeprefix("reaction_time_"))


def value_of(measure: str) -> Callable[[Row], float]:
    return right if measure == "accuracy" else seconds


def one_way(rows: Sequence[Row], measure: str, names: Sequence[str]) -> dict[str, Any]:
    """Return the repeated-measures analysis of variance by its textbook sums of squares."""
    values = grouped(of_measure(rows, measure), lambda row: (row["subject_id"], condition(row)))
    people = sorted({who for who, _ in values if all((who, name) in values for name in names)})
    y = np.array([[statistics.fmean(map(value_of(measure), values[who, name])) for name in names] for who in people])
    n, k = y.shape
    effect = n * sum((y[:, j].mean() - y.mean()) ** 2 for j in range(k))
    error = sum((y[i, j] - y[i].mean() - y[:, j].mean() + y.mean()) ** 2 for i in range(n) for j in range(k))
    df = (k - 1, (n - 1) * (k - 1))
    ratio = effect / df[0] / (error / df[1])
    pairs = [(a, b) for index, a in enumerate(names) for b in names[index + 1 :]]
    found: dict[str, Any] = {"F": ratio, "df": list(df), "p": stats.f.sf(ratio, *df), "p_bonferroni": {}, "n_participants": n}
    for a, b in pairs:
        t = (y[:, names.index(a)].mean() - y[:, names.index(b)].mean()) / math.sqrt(2 * error / df[1] / n)
        found["p_bonferroni"][f"{a}_vs_{b}"] = min(1.0, len(pairs) * 2 * stats.t.sf(abs(t), df[1]))
    return found


def least_squares(rows: Sequence[Row], measure: str) -> dict[str, Any]:
    """Return the mixed analysis of variance by full least squares: every term is dropped from the saturated model in turn.

    All factors are coded to sum to zero, participants within their group, so that what dropping a term costs is its type III sum of
    squares; the cost of dropping effect x participant is its error.
    """
    names = ("natural", "synthetic")
    values = grouped(of_measure(rows, measure), lambda row: (row["subject_id"], condition(row), row["condition_name"]))
    group = {row["subject_id"]: expertise(row) for row in rows}
    cells = list(product(names, SCHEMES))
    people = sorted(who for who in group if all((who, *cell) in values for cell in cells))
    y = np.array([statistics.fmean(map(value_of(measure), values[who, *cell])) for who in people for cell in cells])
    within = {"condition": _sum_coded(len(names)), "scheme": _sum_coded(len(SCHEMES))}
    who_coded = _people_coded([group[who] for who in people])
    of_group = np.array([[1.0] if group[who] == "expert" else [-1.0] for who in people])
    one_person, one_cell = np.ones((len(people), 1)), {"condition": np.ones((2, 1)), "scheme": np.ones((4, 1))}
    columns, strata = {}, {}
    for chosen in [(), ("condition",), ("scheme",), ("condition", "scheme")]:
        cell_part = np.kron(*(within[name] if name in chosen else one_cell[name] for name in within))
        for label, part in (("", one_person), ("expertise", of_group), ("participant", who_coded)):
            columns[":".join((*chosen, *([label] if label else [])))] = np.kron(part, cell_part)
        strata[chosen] = len(columns)
    found = {}
    for label in columns:
        if not label or "participant" in label:
            continue
        error = ":".join([*(name for name in label.split(":") if name != "expertise"), "participant"])
        df, df_error = columns[label].shape[1], columns[error].shape[1]
        ratio = (_cost(columns, label, y) / df) / (_cost(columns, error, y) / df_error)
        found[label] = {"F": ratio, "df": [df, df_error], "p": stats.f.sf(ratio, df, df_error), "n_participants": len(people)}
    return found


def _cost(columns: dict[str, Any], dropped: str, y: Any) -> float:
    left = np.hstack([part for label, part in columns.items() if label != dropped])
    fit, *_ = np.linalg.lstsq(left, y, rcond=None)
    return float(np.sum((y - left @ fit) ** 2))


def _sum_coded(n_levels: int) -> Any:
    return np.vstack([np.eye(n_levels - 1), -np.ones(n_levels - 1)])


def _people_coded(group: Sequence[str]) -> Any:
    blocks = []
    for name in sorted(set(group)):
        members = [place for place, of in enumerate(group) if of == name]
        block = np.zeros((len(group), len(members) - 1))
        block[members] = _sum_coded(len(members))
        blocks.append(block)
    return np.hstack(blocks)


def ratings(rows: Sequence[Row]) -> dict[str, Any]:
    def mean(of: Sequence[Row]) -> dict[str, float]:
        return {"mean": statistics.fmean(float(row["rating"]) for row in of), "two_sem": spread(of, lambda row: float(row["rating"]))}

    return {RATED[name]: mean(of) for name, of in grouped(rows, lambda row: row["trial_name"]).items()} | {"all": mean(rows)}


def rating_changes(begin: Sequence[Row], end: Sequence[Row]) -> list[Row]:
    before = {(row["subject_id"], row["trial_name"]): float(row["rating"]) for row in begin}
    return [row | {"rating": str(float(row["rating"]) - before[row["subject_id"], row["trial_name"]])} for row in end]
