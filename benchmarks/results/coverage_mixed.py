"""How often the mixed model's 95 % intervals hold the truth, in simulated studies with crossed participants and units.

Each study draws its participants and units anew: random intercepts and slopes of both, 45 units, one answer a participant, unit and
condition, as in experiment I of Borowski et al. (2021).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.inference.crossed_fit import count, difference, fit, log_odds_ratio, marginal_proportion

N_UNITS = 45


@dataclass(frozen=True, slots=True)
class Truth:
    """`fixed`: mean of the conditions and natural - synthetic, in logits; sds of (intercept, slope) of participants and of units."""

    fixed: tuple[float, float]
    participants: tuple[float, float]
    units: tuple[float, float]

    @property
    def difference(self) -> float:
        sd = np.array([*self.participants, *self.units])
        a, b = (marginal_proportion(np.array(self.fixed), sd, x)[0] for x in (0.5, -0.5))
        return a - b


TRUTHS = {
    "experiment-1": Truth((2.2, 1.04), (0.2, 0.3), (0.9, 0.6)),  # near what the model finds in the published answers
    "experiment-2": Truth((1.3, 0.75), (0.22, 0.1), (0.7, 0.8)),
    "varied": Truth((2.2, 1.04), (0.5, 0.6), (0.9, 0.3)),  # participants differ two to three times as much
}


@dataclass(frozen=True, slots=True)
class Study:
    """What one simulated study gave; None where a condition had no wrong answer, which the model refuses."""

    covers_ratio: bool
    covers_difference: bool
    ratio: float
    ratio_width: float
    is_converged: bool


def simulate(truth: Truth, n_participants: int, seed: int) -> Study | None:
    """Return one simulated study's outcome."""
    rng = np.random.default_rng([seed, n_participants])
    who, unit, is_a = (part.ravel() for part in np.meshgrid(range(n_participants), range(N_UNITS), [False, True], indexing="ij"))
    people = rng.standard_normal((n_participants, 2)) * truth.participants
    units = rng.standard_normal((N_UNITS, 2)) * truth.units
    effect = people[who] + units[unit] + truth.fixed
    chance = 1 / (1 + np.exp(-(effect[:, 0] + (is_a - 0.5) * effect[:, 1])))
    score = (rng.random(len(chance)) < chance).astype(np.float64)
    if any(score[is_a == one].all() for one in (True, False)):
        return None
    sides = (who, unit) if n_participants >= N_UNITS else (unit, who)
    counts = count(*sides, is_a, score)
    found = fit(counts, slopes=(counts.n_first, counts.n_second))
    ratio, (change, _) = log_odds_ratio(found), difference(found)
    return Study(
        covers_ratio=ratio.interval[0] <= truth.fixed[1] <= ratio.interval[1],
        covers_difference=change.interval[0] <= truth.difference <= change.interval[1],
        ratio=ratio.value,
        ratio_width=ratio.interval[1] - ratio.interval[0],
        is_converged=found.is_converged,
    )


def run(name: str, n_participants: int, seeds: range, pool: ProcessPoolExecutor) -> dict[str, object]:
    """Return the coverage over studies of these seeds."""
    began = time.monotonic()
    came = list(pool.map(simulate, [TRUTHS[name]] * len(seeds), [n_participants] * len(seeds), seeds, chunksize=5))
    studies = [one for one in came if one is not None]
    return {
        "truth": name,
        **asdict(TRUTHS[name]),
        "n_participants": n_participants,
        "n_units": N_UNITS,
        "first_seed": seeds.start,
        "n_studies": len(studies),
        "n_refused": len(came) - len(studies),
        "n_not_converged": sum(not one.is_converged for one in studies),
        "coverage_log_odds_ratio": float(np.mean([one.covers_ratio for one in studies])),
        "coverage_difference": float(np.mean([one.covers_difference for one in studies])),
        "mean_log_odds_ratio": float(np.mean([one.ratio for one in studies])),
        "mean_width": float(np.mean([one.ratio_width for one in studies])),
        "seconds": time.monotonic() - began,
    }


def main() -> None:
    """Print the coverage for 10 and for 40 participants."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, metavar="N")
    parser.add_argument("--participants", type=int, nargs="+", default=[10, 40], metavar="N")
    parser.add_argument("--truth", nargs="+", choices=tuple(TRUTHS), default=["experiment-1"], help="what the studies are drawn from")
    parser.add_argument("--seed", type=int, default=1_000_000, metavar="N", help="of the first study (the df rule was chosen on 0 ...)")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to a file")
    parsed = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # of the processes that are started now: one a core
        os.environ.setdefault(name, "1")
    found = []
    print("truth          participants  studies  log odds ratio  difference  mean estimate (truth)      s")
    with ProcessPoolExecutor(parsed.processes, multiprocessing.get_context("spawn")) as pool:
        for name in parsed.truth:
            for n_participants in parsed.participants:
                row = run(name, n_participants, range(parsed.seed, parsed.seed + parsed.studies), pool)
                found.append(row)
                print(
                    f"{name:<14} {n_participants:>12}  {row['n_studies']:>7}  {row['coverage_log_odds_ratio']:>14.1%}  "
                    f"{row['coverage_difference']:>10.1%}  {row['mean_log_odds_ratio']:>12.3f} ({TRUTHS[name].fixed[1]:.2f})  "
                    f"{row['seconds']:>8.0f}",
                    flush=True,
                )
                if parsed.json:
                    parsed.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
