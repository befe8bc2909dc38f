"""An observer's temperature and lapse rate from people's answers, by maximum likelihood (METHOD section 9).

A person chooses the right query q+ of a trial with probability P = lapse / 2 + (1 - lapse) * sigmoid(D / T), D being the observer's
decision variable of the very images that were shown. For a given T the likelihood is concave in the lapse, so that the maximum is that of a
profile over T; intervals are those of the profile likelihoods, which take trials as independent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import UsageError

FIT: Final = (
    "maximum likelihood of P(right) = lapse / 2 + (1 - lapse) * sigmoid(D / T) over main trials with references; 95 % profile likelihood "
    "intervals, trials taken as independent"
)
DROP: Final = 1.920729410347062  # half the 95 % quantile of chi-squared with one degree of freedom
NOTHING: Final = 1e-9  # a gain of log-likelihood below this is rounding
PER_DECADE: Final = 6  # temperatures looked at first
ZOOMS: Final = 4  # then so often as many as N_ZOOM of them between the neighbours of the best
N_ZOOM: Final = 13
BESIDE: Final = 1e-2  # of the logarithm of a temperature: how far from the maximum it is held against others
HALVINGS: Final = 22
N_NEWTON: Final = 12  # steps of Newton, or halvings where one would leave what is left
SHARPEST: Final = 40.0  # at |D| / T above this the sigmoid is 0 or 1 in double precision
FLATTEST: Final = 1e-3  # at |D| / T below this no number of trials that people answer tells P from one half

Floats = NDArray[np.float64]
Bound = Literal["temperature infinite", "temperature near 0", "lapse 0", "lapse 1"]


@dataclass(frozen=True, slots=True)
class ObserverFit:
    """Temperature and lapse rate that make people's choices most likely.

    `temperature` is None where it is infinite: D tells nothing about what people choose (or the contrary), and the lapse rate is then 0 by
    convention, its interval all of [0, 1]. An upper limit of None is infinite, a lower one of 0 is no limit. `bounds`: at which end of its
    range an estimate lies (the smallest temperature looked at makes P a step). `is_converged`: no temperature close by is more likely.
    Log-likelihoods are natural; `log_likelihood_chance` is that of guessing.
    """

    temperature: float | None
    temperature_interval: tuple[float, float | None]
    lapse: float
    lapse_interval: tuple[float, float]
    log_likelihood: float
    log_likelihood_chance: float
    n_trials: int
    bounds: tuple[Bound, ...]
    is_converged: bool = True
    method: str = FIT

    def probability(self, decisions: ArrayLike) -> Floats:
        """Return the probability of choosing q+ for each D, as fitted."""
        d = np.asarray(decisions, dtype=np.float64)
        return np.full(d.shape, 0.5) if self.temperature is None else _mixed(0.5 * (1 + np.tanh(d / (2 * self.temperature))), self.lapse)


def fit_observer(decisions: ArrayLike, is_right: ArrayLike) -> ObserverFit:
    """Return the fit to people's main trials: D of what each showed, (n,), and whether the person chose q+, (n,). Raises UsageError.

    Trials with D = 0 tell nothing, and count as answered by chance.
    """
    likelihood = _likelihood(decisions, is_right)
    log_t = likelihood.log_temperatures()
    if not len(log_t):
        return _uninformed(likelihood, (0.0, None))
    profile = likelihood.profile(log_t)
    place = int(np.argmax(profile))
    if place == len(profile) - 1 or profile[place] <= likelihood.chance + NOTHING:
        return _uninformed(likelihood, _temperature_interval(likelihood, log_t, profile, floor=likelihood.chance - DROP))
    at, best = _zoomed(likelihood.profile, log_t, place)
    is_step = bool(profile[0] >= best - NOTHING)
    at = float(log_t[0]) if is_step else at
    lapse = float(likelihood.best_lapses(np.array([at]))[0])
    return ObserverFit(
        temperature=float(np.exp(at)),
        temperature_interval=_temperature_interval(likelihood, log_t, profile, floor=best - DROP),
        lapse=lapse,
        lapse_interval=_lapse_interval(likelihood, _near(log_t, profile >= best - DROP), floor=best - DROP, estimate=lapse),
        log_likelihood=best,
        log_likelihood_chance=likelihood.chance,
        n_trials=likelihood.n_trials,
        bounds=_bounds(is_step, lapse),
        is_converged=is_step or bool(max(likelihood.profile(np.array([at - BESIDE, at + BESIDE]))) <= best + NOTHING),
    )


def _uninformed(likelihood: _Likelihood, interval: tuple[float, float | None]) -> ObserverFit:
    """Return the fit where no temperature does better than guessing."""
    return ObserverFit(
        temperature=None,
        temperature_interval=interval,
        lapse=0.0,
        lapse_interval=(0.0, 1.0),
        log_likelihood=likelihood.chance,
        log_likelihood_chance=likelihood.chance,
        n_trials=likelihood.n_trials,
        bounds=("temperature infinite",),
    )


@dataclass(frozen=True, slots=True)
class _Likelihood:
    """People's choices by distinct D: `right` and `wrong` of (k,); trials with D = 0 are in `chance` and `n_trials` only.

    Functions take several temperatures (m,), as logarithms, and give (m,).
    """

    d: Floats
    right: Floats
    wrong: Floats
    n_trials: int

    @property
    def chance(self) -> float:
        return -self.n_trials * float(np.log(2))

    def log_temperatures(self) -> Floats:
        """Return temperatures from where P is a step to where it is flat; none where all D are 0."""
        if not len(self.d):
            return np.empty(0)
        sizes = np.abs(self.d)
        low, high = float(max(sizes.min(), sizes.max() * 1e-6)) / SHARPEST, float(sizes.max()) / FLATTEST
        return np.linspace(np.log(low), np.log(high), 1 + int(np.ceil(PER_DECADE * np.log10(high / low))))

    def profile(self, log_t: Floats) -> Floats:
        """Return the log-likelihood at each temperature and the lapse rate that is best there."""
        s = self._sigmoid(log_t)
        return self._values(s, self._best(s))

    def best_lapses(self, log_t: Floats) -> Floats:
        """Return the lapse rate that is best at each temperature."""
        return self._best(self._sigmoid(log_t))

    def furthest_lapses(self, log_t: Floats, *, floor: float, up: bool) -> Floats:
        """Return the highest (or the lowest) lapse rate at each temperature that is as likely as `floor`; NaN where none is."""
        s = self._sigmoid(log_t)
        inside = self._best(s)
        end = np.full(len(s), float(up))
        possible = self._values(s, inside) >= floor
        for _ in range(HALVINGS):
            middle = (inside + end) / 2
            is_in = self._values(s, middle) >= floor
            inside, end = np.where(is_in, middle, inside), np.where(is_in, end, middle)
        at_end = self._values(s, np.full(len(s), float(up))) >= floor
        return np.where(possible, np.where(at_end, float(up), inside), np.nan)

    def _sigmoid(self, log_t: Floats) -> Floats:
        return np.asarray(0.5 * (1.0 + np.tanh(self.d / (2 * np.exp(log_t)[:, None]))), dtype=np.float64)  # (m, k)

    def _best(self, s: Floats) -> Floats:
        """Return where the derivative in the lapse rate, which falls, is 0, or the end of [0, 1] towards which it rises."""
        low, high = np.zeros(len(s)), np.ones(len(s))
        rises, falls = self._slopes(s, high)[0] >= 0, self._slopes(s, low)[0] <= 0
        at = np.full(len(s), 0.5)
        for _ in range(N_NEWTON):
            slope, bend = self._slopes(s, at)
            low, high = np.where(slope > 0, at, low), np.where(slope > 0, high, at)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = at - slope / bend
            at = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        return np.where(falls, 0.0, np.where(rises, 1.0, at))

    def _slopes(self, s: Floats, lapses: Floats) -> tuple[Floats, Floats]:
        """Return the first and second derivative of the log-likelihood in the lapse rate."""
        p, w = _mixed(s, lapses[:, None]), 0.5 - s
        with np.errstate(divide="ignore", invalid="ignore"):
            right = np.where(self.right > 0, w / p, 0.0)
            wrong = np.where(self.wrong > 0, w / (1 - p), 0.0)
        return right @ self.right - wrong @ self.wrong, -(right**2) @ self.right - wrong**2 @ self.wrong

    def _values(self, s: Floats, lapses: Floats) -> Floats:
        p = _mixed(s, lapses[:, None])
        with np.errstate(divide="ignore"):
            of_right = np.log(np.where(self.right > 0, p, 1.0)) @ self.right
            of_wrong = np.log(np.where(self.wrong > 0, 1 - p, 1.0)) @ self.wrong
        n_silent = self.n_trials - float((self.right + self.wrong).sum())
        return np.asarray(of_right + of_wrong - n_silent * np.log(2), dtype=np.float64)


def _likelihood(decisions: ArrayLike, is_right: ArrayLike) -> _Likelihood:
    d, right = np.asarray(decisions, dtype=np.float64), np.asarray(is_right, dtype=np.float64)
    if d.ndim != 1 or d.shape != right.shape or not d.size:
        raise UsageError(f"A fit needs one D for each answer, and at least one; it got {d.size} D and {right.size} answers.")
    if not np.isfinite(d).all() or not np.isin(right, (0.0, 1.0)).all():
        raise UsageError("A fit needs finite D and answers that are right (1) or wrong (0).")
    distinct, where = np.unique(d, return_inverse=True)
    n_right, n_wrong = (np.bincount(where, weights, len(distinct)) for weights in (right, 1 - right))
    tells = distinct != 0
    return _Likelihood(distinct[tells], n_right[tells], n_wrong[tells], d.size)


def _temperature_interval(likelihood: _Likelihood, log_t: Floats, profile: Floats, *, floor: float) -> tuple[float, float | None]:
    """Return the ends of the temperatures whose profile is at the floor or above; 0 and None where it never falls below."""
    above = np.flatnonzero(profile >= floor)
    first, last = (int(above[0]), int(above[-1])) if len(above) else (0, len(log_t) - 1)
    low = 0.0 if first == 0 else float(np.exp(_crossing(likelihood.profile, log_t[first], log_t[first - 1], floor=floor)))
    is_open = likelihood.chance >= floor or last == len(log_t) - 1  # guessing is what an infinite temperature is
    return low, None if is_open else float(np.exp(_crossing(likelihood.profile, log_t[last], log_t[last + 1], floor=floor)))


def _lapse_interval(likelihood: _Likelihood, log_t: Floats, *, floor: float, estimate: float) -> tuple[float, float]:
    """Return the ends of the lapse rates that are as likely as the floor at some temperature."""

    def lowest(at: Floats) -> Floats:
        return -np.nan_to_num(likelihood.furthest_lapses(at, floor=floor, up=False), nan=estimate)

    def highest(at: Floats) -> Floats:
        return np.nan_to_num(likelihood.furthest_lapses(at, floor=floor, up=True), nan=estimate)

    if likelihood.chance >= floor:  # an infinite temperature, where any lapse rate is as likely
        return 0.0, 1.0
    ends = [_zoomed(of, log_t, int(np.argmax(of(log_t))))[1] for of in (lowest, highest)]
    return -ends[0] + 0.0, ends[1]


def _near(grid: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Return the part of the grid from one place before the first chosen to one after the last; all of it where none is."""
    places = np.flatnonzero(chosen)
    return grid[max(places[0] - 1, 0) : places[-1] + 2] if len(places) else grid


def _crossing(value: Callable[[Floats], Floats], above: float, below: float, *, floor: float) -> float:
    """Return where `value` crosses the floor between two places."""
    for _ in range(ZOOMS):
        between = np.linspace(above, below, N_ZOOM)
        last = int(np.flatnonzero(value(between[:-1]) >= floor).max(initial=0))
        above, below = float(between[last]), float(between[last + 1])
    return above


def _zoomed(value: Callable[[Floats], Floats], grid: Floats, place: int) -> tuple[float, float]:
    """Return the maximum beside a place of the grid: where it is, and its value."""
    for _ in range(ZOOMS):
        grid = np.linspace(grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)], N_ZOOM)
        found = value(grid)
        place = int(np.argmax(found))
    return float(grid[place]), float(found[place])


def _bounds(is_step: bool, lapse: float) -> tuple[Bound, ...]:
    found: tuple[Bound, ...] = ("temperature near 0",) if is_step else ()
    return (*found, "lapse 0") if lapse == 0 else (*found, "lapse 1") if lapse == 1 else found


def _mixed(s: Floats, lapse: float | Floats) -> Floats:
    return np.asarray(lapse / 2 + (1 - lapse) * s, dtype=np.float64)
