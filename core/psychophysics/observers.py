"""Machine observers: choices from the similarity of queries and references (Zimmermann, Klindt and Brendel 2024; METHOD section 9).

With query images q+ (max) and q- (min), references E+ and E-, and s(q, E) = mean over e in E of the cosine of q and e:
D = [s(q+, E+) - s(q+, E-)] - [s(q-, E+) - s(q-, E-)]. Max-only schemes drop the E- terms. The observer chooses q+ where D > 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain import Unit
from core.errors import UsageError
from core.experiment import Answer, Trial

TEMPERATURE = 0.16  # published, for cosines of DreamSim embeddings; another embedder's is fitted, or labelled uncalibrated
TIE = 1e-12  # |D| up to this is rounding error of the cosines, not evidence

Array = NDArray[Any]
Floats = NDArray[np.float64]


def normalise(embeddings: Array) -> Floats:
    """Return float64 (..., d): every embedding at L2 norm 1; an embedding of zeros stays zero (similar to nothing)."""
    values = np.asarray(embeddings, dtype=np.float64)
    norms = np.linalg.norm(values, axis=-1, keepdims=True)
    return values / np.where(norms > 0, norms, 1.0)


def decision_variables(query_max: Array, query_min: Array, max_references: Array, min_references: Array | None = None) -> Floats:
    """Return D, float64 (n,). Queries are (n, d), references (n, r, d); `min_references` is None for a max-only scheme.

    No references (r = 0) give no evidence: D = 0.
    """
    contrast = normalise(query_max) - normalise(query_min)  # (n, d)
    evidence = _mean_embedding(max_references)
    if min_references is not None:
        evidence = evidence - _mean_embedding(min_references)
    # Cosines are linear in each normalised embedding, so means and differences may be taken before the product.
    return np.asarray(np.einsum("nd,nd->n", contrast, evidence), dtype=np.float64)


def decide(embeddings: Mapping[str, Array], trials: Sequence[Trial]) -> Floats:
    """Return D for every trial, in order. `embeddings`: one vector (d,) for every address that the trials show."""
    values = np.zeros(len(trials))
    for (n_max, n_min), places in _places_by_references(trials).items():
        if n_max == 0:
            continue
        group = [trials[place] for place in places]
        queries = [_queries(trial) for trial in group]
        values[places] = decision_variables(
            _stack(embeddings, [query for query, _ in queries]),
            _stack(embeddings, [query for _, query in queries]),
            np.stack([_stack(embeddings, trial.max_references) for trial in group]),
            np.stack([_stack(embeddings, trial.min_references) for trial in group]) if n_min else None,
        )
    return values


def task_scores(decisions: Array) -> Floats:
    """Return float64 (n,): 1 where D > 0, 0 where D < 0, one half where they tie."""
    decisions = np.asarray(decisions, dtype=np.float64)
    return np.where(np.abs(decisions) <= TIE, 0.5, (decisions > 0).astype(np.float64))


def proportion_correct(decisions: Array) -> float:
    """Return the share of tasks with D > 0, ties counting one half: the score that needs no threshold."""
    if np.size(decisions) == 0:
        raise UsageError("An observer's proportion correct needs at least one task; there is none.")
    return float(task_scores(decisions).mean())


def choice_probability(decisions: Array, *, temperature: float = TEMPERATURE, lapse: float = 0.0) -> Floats:
    """Return the probability of choosing q+, float64 (n,): lapse / 2 + (1 - lapse) * sigmoid(D / temperature)."""
    if temperature <= 0 or not 0 <= lapse <= 1:
        raise UsageError(f"A choice needs a temperature above 0 and a lapse from 0 to 1; they are {temperature} and {lapse}.")
    sigmoid = 0.5 * (1.0 + np.tanh(np.asarray(decisions, dtype=np.float64) / (2.0 * temperature)))
    return np.asarray(lapse / 2.0 + (1.0 - lapse) * sigmoid, dtype=np.float64)


def unit_scores(scores: Array, units: Sequence[Unit]) -> dict[Unit, float]:
    """Return each unit's mean over its tasks, in the order the units first come; `scores`: (n,), one for each of `units`."""
    if len(scores) != len(units):
        raise UsageError(f"Unit scores need one unit for each task; there are {len(scores)} scores and {len(units)} units.")
    by_unit: defaultdict[Unit, list[float]] = defaultdict(list)
    for score, unit in zip(scores, units, strict=True):
        by_unit[unit].append(float(score))
    return {unit: sum(values) / len(values) for unit, values in by_unit.items()}


def observer_answers(name: str, trials: Sequence[Trial], decisions: Array) -> tuple[Answer, ...]:
    """Return the observer's answers as rows for inference: a tie is one half correct; there is no confidence and no reaction time."""
    return tuple(
        Answer(
            respondent=name,
            kind=trial.kind,
            condition=trial.condition,
            scheme=trial.scheme,
            unit=trial.unit,
            block=trial.block,
            proportion_correct=float(score),
            confidence=None,
            reaction_time_ms=None,
        )
        for trial, score in zip(trials, task_scores(decisions), strict=True)
    )


def standardise(features: Array) -> tuple[Floats, Floats]:
    """Return mean and sd of each channel, float64 (c,) each, of `features` (n, c); sd has ddof 0, and is 1 where a channel is constant.

    An embedding by channel means is `z_scores` with these: without it, the channels of largest scale decide every cosine.
    """
    values = np.asarray(features, dtype=np.float64)
    sd = values.std(axis=0)
    constant = np.ptp(values, axis=0) == 0  # rounding leaves a tiny sd there
    return values.mean(axis=0), np.where(constant, 1.0, sd)


def z_scores(features: Array, mean: Array, sd: Array) -> Floats:
    """Return float64 (n, c): `features` with each channel at mean 0 and sd 1 over what `mean` and `sd` were measured on."""
    return np.asarray((np.asarray(features, dtype=np.float64) - mean) / sd, dtype=np.float64)


def _mean_embedding(references: Array) -> Floats:
    """Return float64 (n, d), the mean of the normalised references (n, r, d); zeros where r = 0."""
    return np.asarray(normalise(references).sum(axis=1) / max(1, np.shape(references)[1]), dtype=np.float64)


def _places_by_references(trials: Sequence[Trial]) -> dict[tuple[int, int], list[int]]:
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for place, trial in enumerate(trials):
        groups[len(trial.max_references), len(trial.min_references)].append(place)
    return groups


def _queries(trial: Trial) -> tuple[str, str]:
    """Return the trial's max query and min query."""
    if trial.correct == "top":
        return trial.query_top, trial.query_bottom
    return trial.query_bottom, trial.query_top


def _stack(embeddings: Mapping[str, Array], addresses: Sequence[str]) -> Array:
    missing = [address for address in addresses if address not in embeddings]
    if missing:
        raise UsageError(f"The observer has no embedding of {len(missing)} shown images (first: {missing[0]}); embed all that trials show.")
    return np.stack([embeddings[address] for address in addresses])
