"""Machine observers: choices from the similarity of queries and references (Zimmermann, Klindt and Brendel 2024; METHOD section 9).

With query images q+ (max) and q- (min), references E+ and E-, and s(q, E) = mean over e in E of the similarity of q and e:
D = [s(q+, E+) - s(q+, E-)] - [s(q-, E+) - s(q-, E-)]. Max-only schemes drop the E- terms. The observer chooses q+ where D > 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import UsageError
from core.psychophysics.observer_tasks import MOST_ENTRIES, Places, Stimulus, Tasks, cheapest_groups, tasks_of

TEMPERATURE = 0.16  # published, for cosines of DreamSim embeddings; another embedder's is fitted, or labelled uncalibrated
SMALL_PRODUCT = 2**21  # multiplications of a matrix product, up to which waiting for BLAS's threads can take longer than the product
TIE = 1e-12  # |D| up to this is rounding error of the similarities, not evidence

Array = NDArray[Any]
Floats = NDArray[np.float64]


class Observer(Protocol):
    """What judges how alike images are; images are named by their addresses, natural and made ones alike."""

    @property
    def name(self) -> str:
        """Return what the observer is called in results."""
        ...

    def similarity(self, a: Sequence[str], b: Sequence[str]) -> Floats:
        """Return how alike each of `a` is to each of `b`, (n, m); higher is more alike. Raises UsageError for an image it cannot see."""
        ...


class EmbeddingObserver:
    """Similarity is the cosine of embeddings: the default observer.

    `embeddings`: (n, d), a row for each address. `scale`: mean and sd of each channel, both (d,), with which they are z-scored first:
    without it the channels of largest scale decide every cosine of spatial means.
    """

    def __init__(self, name: str, addresses: Sequence[str], embeddings: Array, *, scale: tuple[Array, Array] | None = None) -> None:
        if len(addresses) != len(embeddings):
            raise UsageError(f"An observer needs one embedding an address; there are {len(embeddings)} of {len(addresses)} addresses.")
        self.name = name
        self._places: Mapping[str, int] = {address: place for place, address in enumerate(addresses)}
        self._embeddings, self._scale = embeddings, scale

    def __contains__(self, address: str) -> bool:
        return address in self._places

    @property
    def dimension(self) -> int:
        """Return how many numbers an embedding has."""
        return int(self._embeddings.shape[1])

    def similarity(self, a: Sequence[str], b: Sequence[str]) -> Floats:
        """Return the cosines of the images' embeddings, float64 (n, m)."""
        left, right = self._unit_rows(a), self._unit_rows(b)
        if len(a) * len(b) * self.dimension <= SMALL_PRODUCT:
            return np.asarray(np.einsum("id,jd->ij", left, right), dtype=np.float64)  # on this thread alone
        return np.asarray(left @ right.T, dtype=np.float64)

    def _unit_rows(self, addresses: Sequence[str]) -> Floats:
        missing = [address for address in addresses if address not in self._places]
        if missing:
            raise UsageError(f"The observer has no embedding of {len(missing)} shown images (first: {missing[0]}); embed them all.")
        rows = self._embeddings[[self._places[address] for address in addresses]]
        return normalise(rows if self._scale is None else z_scores(rows, *self._scale))


class PairwiseObserver:
    """Similarity is minus a distance that is computed pair by pair, so many pairs at once (LPIPS).

    `distances`: of two equally long lists of addresses, their distances, (k,).
    """

    def __init__(self, name: str, distances: Callable[[Sequence[str], Sequence[str]], Array], *, at_once: int = 64) -> None:
        self.name = name
        self._distances, self._at_once = distances, at_once

    def similarity(self, a: Sequence[str], b: Sequence[str]) -> Floats:
        """Return minus the distances, float64 (n, m)."""
        n_pairs = len(a) * len(b)
        found = np.empty(n_pairs)
        for start in range(0, n_pairs, self._at_once):
            pairs = [divmod(number, len(b)) for number in range(start, min(start + self._at_once, n_pairs))]
            found[start : start + len(pairs)] = self._distances([a[i] for i, _ in pairs], [b[j] for _, j in pairs])
        return -found.reshape(len(a), len(b))


# --- decisions ----------------------------------------------------------------------------------------------------------------


def iter_decisions(observer: Observer, tasks: Tasks, *, most_entries: int = MOST_ENTRIES) -> Iterator[tuple[Places, Floats]]:
    """Give D of all tasks, group after group: which tasks, (k,), and their D, (k,). Tasks without references have D = 0.

    `most_entries`: of one matrix of similarities, where a group is more than one task.
    """
    if not tasks.max_references.shape[1]:
        yield np.arange(len(tasks), dtype=np.int64), np.zeros(len(tasks))
        return
    for chosen in cheapest_groups(tasks, most_entries=most_entries):
        yield chosen, _decided(observer, tasks, chosen)


def decisions(observer: Observer, tasks: Tasks) -> Floats:
    """Return D of every task, float64 (n,)."""
    found = np.zeros(len(tasks))
    for chosen, decided in iter_decisions(observer, tasks):
        found[chosen] = decided
    return found


def decide_stimuli(observer: Observer, stimuli: Sequence[Stimulus]) -> Floats:
    """Return D of the very images that were shown, float64 (n,), in order. Raises UsageError for an image that it cannot see."""
    found = np.zeros(len(stimuli))
    alike: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for place, one in enumerate(stimuli):
        alike[len(one.max_references), len(one.min_references)].append(place)
    for places in alike.values():
        found[places] = decisions(observer, tasks_of([stimuli[place] for place in places]))
    return found


def _decided(observer: Observer, tasks: Tasks, chosen: Places) -> Floats:
    """Return D of the chosen tasks from one matrix of similarities: all their queries with all their references."""
    n_max, some = tasks.max_references.shape[1], tasks.where(chosen)
    shown, query = np.unique(some.queries, return_inverse=True)
    beside, reference = np.unique(some.references, return_inverse=True)
    alike = observer.similarity([tasks.images[i] for i in shown], [tasks.images[i] for i in beside])
    query, reference = query.reshape(-1, 2), reference.reshape(len(chosen), -1)  # (k, 2), (k, r)
    contrast = alike[query[:, :1], reference] - alike[query[:, 1:], reference]  # (k, r)
    found = contrast[:, :n_max].mean(axis=1)
    return np.asarray(found if contrast.shape[1] == n_max else found - contrast[:, n_max:].mean(axis=1), dtype=np.float64)


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


# --- embeddings ---------------------------------------------------------------------------------------------------------------


def normalise(embeddings: Array) -> Floats:
    """Return float64 (..., d): every embedding at L2 norm 1; an embedding of zeros stays zero (similar to nothing)."""
    values = np.asarray(embeddings, dtype=np.float64)
    norms = np.linalg.norm(values, axis=-1, keepdims=True)
    return values / np.where(norms > 0, norms, 1.0)


def standardise(features: Array) -> tuple[Floats, Floats]:
    """Return mean and sd of each channel, float64 (c,) each, of `features` (n, c); sd has ddof 0, and is 1 where a channel is constant."""
    values = np.asarray(features, dtype=np.float64)
    sd = values.std(axis=0)
    constant = np.ptp(values, axis=0) == 0  # rounding leaves a tiny sd there
    return values.mean(axis=0), np.where(constant, 1.0, sd)


def z_scores(features: Array, mean: Array, sd: Array) -> Floats:
    """Return float64 (n, c): `features` with each channel at mean 0 and sd 1 over what `mean` and `sd` were measured on."""
    return np.asarray((np.asarray(features, dtype=np.float64) - mean) / sd, dtype=np.float64)
