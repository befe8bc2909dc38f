"""How often intervals hold what they say: over simulated studies whose truth is known.

.venv/bin/python benchmarks/results/coverage.py                 1,000 studies of 10 and of 40 participants, both parts
.venv/bin/python benchmarks/results/coverage.py --studies 200   fewer

A study: participants differ in skill (sd 0.6 logits, the same in both conditions) and in what they make of each condition (sd 0.3 each),
45 trials in either, natural 2.4 and synthetic 1.5 logits on average. Units are alike. What is computed is what the product computes.

`intervals`: a number of participants that was fixed before. `looks`: the difference is looked at after each participant, and the study
stops when its interval leaves out 0; in the same world, in one where the conditions are alike, and in one of rare large differences.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.bootstrap import bootstrap
from core.inference.confidence_sequence import of_any, of_participants
from core.inference.contrasts import t_interval
from core.inference.effect_sizes import Pairs, cohen_dz, mantel_haenszel, mean, rank_biserial
from core.inference.participant_means import participant_mean
from core.inference.proportions import newcombe, two_sem, wilson
from core.inference.signal_detection import d_prime

Floats = NDArray[np.float64]
Interval = tuple[float | None, float | None]
N_TRIALS: Final = 45
N_RESAMPLES: Final = 2000
N_WORLD: Final = 400_000  # participants that the truth is computed of
SIZES: Final = (10, 40)
MAIN: Final = "main contrast: t over participants"
PROMISED: Final = (93.0, 97.0)  # of the main contrast, per cent


@dataclass(frozen=True, slots=True)
class World:
    """A population of participants: proportion of trials that each would get right in A and B, both (people,)."""

    a: Floats
    b: Floats

    def study(self, n: int, rng: np.random.Generator) -> Pairs:
        """Return the counts of n participants."""
        who = rng.integers(0, len(self.a), n)
        trials = np.full(n, float(N_TRIALS))
        return Pairs(rng.binomial(N_TRIALS, self.a[who]).astype(float), trials, rng.binomial(N_TRIALS, self.b[who]).astype(float), trials)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="a file for the figures")
    run(parser.parse_args())


def run(arguments: argparse.Namespace) -> dict[str, dict[str, list[float]]]:
    """Return and print the percentages of both parts: by name, of each number of participants."""
    found = {"intervals": intervals(arguments.studies, arguments.seed), "looks": looks(arguments.studies, arguments.seed)}
    if arguments.json:
        arguments.json.write_text(json.dumps({"studies": arguments.studies, **found}, indent=1) + "\n")
    return found


def world(mean_a: float, mean_b: float, rng: np.random.Generator) -> World:
    """Return participants whose logits are normal about these means."""
    skill, own_a, own_b = (sd * rng.standard_normal(N_WORLD) for sd in (0.6, 0.3, 0.3))
    return World(1 / (1 + np.exp(-(mean_a + skill + own_a))), 1 / (1 + np.exp(-(mean_b + skill + own_b))))


def intervals(studies: int, seed: int) -> dict[str, list[float]]:
    """Return how many per cent of studies' intervals hold the truth, by interval, for each number of participants.

    Where a study has no interval (every resample gives the same), it is counted apart.
    """
    rng = np.random.default_rng(seed)
    people = world(2.4, 1.5, rng)
    truth = truths(people, rng)
    found: dict[str, list[float]] = {name: [] for name in truth}
    absent: list[str] = []
    for n in SIZES:
        held: dict[str, list[bool]] = {name: [] for name in truth}
        for number in range(studies):
            for name, interval in intervals_of(people.study(n, rng), seed + number).items():
                held[name] += [] if interval is None else [holds(interval, truth[name])]
        for name, of in held.items():
            found[name].append(100 * float(np.mean(of)))
            absent += [f"{name}: given in {len(of)} of {studies} studies of {n}"] if len(of) < studies else []
    _print(f"per cent of {studies} studies whose 95 % interval holds the truth", found, studies)
    print("\n".join(absent))
    ok = all(PROMISED[0] <= share <= PROMISED[1] for share in found[MAIN])
    print(f"{MAIN}: {'within' if ok else 'NOT within'} {PROMISED[0]:.0f} to {PROMISED[1]:.0f} %\n")
    return found


def intervals_of(one: Pairs, seed: int) -> dict[str, Interval | None]:
    """Return a study's intervals by what they are of and how they are made."""
    differences, n = one.differences, len(one.n_a)
    share, half = float((one.total_a / one.n_a).mean()), two_sem(one.total_a / one.n_a)
    sensitivity = participant_mean(d_prime(one.total_a, one.n_a))
    pooled = int(one.n_a.sum())
    statistics = {
        "difference: BCa bootstrap": mean(differences),
        "dz: BCa bootstrap": cohen_dz(differences),
        "rank-biserial: BCa bootstrap": rank_biserial(differences),
        "odds ratio: BCa bootstrap": mantel_haenszel(one),
    }
    resampled = bootstrap(statistics, n, of="participants", seed=seed, n_resamples=N_RESAMPLES)
    return {
        MAIN: t_interval(differences.tolist()),
        "difference: Newcombe of pooled trials": newcombe(float(one.total_a.sum()), pooled, float(one.total_b.sum()), pooled),
        "proportion: the paper's two SEM (descriptive)": None if half is None else (share - half, share + half),
        "proportion: Wilson of pooled trials": wilson(float(one.total_a.sum()), pooled),
        "d': t over participants": None if sensitivity is None else sensitivity.interval,
        **{name: None if record is None else record.interval for name, record in resampled.items()},
    }


def truths(people: World, rng: np.random.Generator) -> dict[str, float]:
    """Return what each interval is of, computed of very many participants."""
    all_of_them = people.study(N_WORLD, rng)
    once = np.ones((1, N_WORLD))
    difference, proportion = float((people.a - people.b).mean()), float(people.a.mean())
    return {
        MAIN: difference,
        "difference: Newcombe of pooled trials": difference,
        "proportion: the paper's two SEM (descriptive)": proportion,
        "proportion: Wilson of pooled trials": proportion,
        "d': t over participants": float(d_prime(all_of_them.total_a, N_TRIALS).mean()),
        "difference: BCa bootstrap": difference,
        "dz: BCa bootstrap": float(cohen_dz(all_of_them.differences)(once)[0]),
        "rank-biserial: BCa bootstrap": float(rank_biserial(all_of_them.differences)(once)[0]),
        "odds ratio: BCa bootstrap": float(mantel_haenszel(all_of_them)(once)[0]),
    }


def holds(interval: Interval, truth: float) -> bool:
    """Return whether the truth is inside; a bound of None is infinite."""
    low, high = (-math.inf if interval[0] is None else interval[0]), (math.inf if interval[1] is None else interval[1])
    return low <= truth <= high


def looks(studies: int, seed: int) -> dict[str, list[float]]:
    """Return how many per cent of studies that stop when significant end with an interval that holds the truth."""
    rng = np.random.default_rng(seed + 1)
    rare = np.where(rng.random(N_WORLD) < 0.03, 0.0, 0.9)
    worlds = {"natural better": world(2.4, 1.5, rng), "alike": world(2.0, 2.0, rng), "rare large": World(np.full(N_WORLD, 0.9), rare)}
    found: dict[str, list[float]] = {}
    for name, people in worlds.items():
        truth = float((people.a - people.b).mean())
        held: dict[str, list[list[bool]]] = {kind: [[] for _ in SIZES] for kind in SEQUENCES}
        for _ in range(studies):
            differences = people.study(max(SIZES), rng).differences
            for kind, sequence in SEQUENCES.items():
                bounds = sequence(differences)  # (participants, 2)
                for place, n in enumerate(SIZES):
                    held[kind][place].append(_held_at_stop(bounds[1:n], truth))
        found |= {f"{name}, {kind}": [100 * float(np.mean(of)) for of in by_size] for kind, by_size in held.items()}
    _print(f"per cent of {studies} studies, stopped when significant, whose interval then holds the truth", found, studies)
    return found


def _held_at_stop(bounds: Floats, truth: float) -> bool:
    significant = np.flatnonzero((bounds[:, 0] > 0) | (bounds[:, 1] < 0))
    low, high = bounds[significant[0] if len(significant) else -1]
    return bool(low <= truth <= high)


def _t_at_each(differences: Floats) -> Floats:
    """Return the t interval after each participant, as if their number had been fixed, (n, 2); none while all differ alike."""
    ends = [t_interval(differences[:n].tolist()) if len(set(differences[:n])) > 1 else (-1.0, 1.0) for n in range(2, len(differences) + 1)]
    return np.array([(-1.0, 1.0), *ends])


SEQUENCES: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "t interval": _t_at_each,
    "anytime-valid t": of_participants,
    "betting": lambda differences: of_any(differences, np.arange(1, len(differences) + 1)),
}


def _print(title: str, found: Mapping[str, list[float]], studies: int) -> None:
    print(title)
    print(f"{'':56}" + "".join(f"{f'n = {n}':>14}" for n in SIZES))
    for name, shares in found.items():
        errors = [100 * math.sqrt(share / 100 * (1 - share / 100) / studies) for share in shares]
        print(f"{name:56}" + "".join(f"{f'{share:.1f} ± {error:.1f}':>14}" for share, error in zip(shares, errors, strict=True)))


if __name__ == "__main__":
    main()
