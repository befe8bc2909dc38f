"""Temperature and lapse rate are what made people's choices, within the intervals; scipy finds no better ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2

from core.errors import UsageError
from core.inference.record_json import content_of, record_of
from core.psychophysics.observer_fit import DROP, ObserverFit, fit_observer
from core.psychophysics.observers import TEMPERATURE, choice_probability

Floats = NDArray[np.float64]


def simulated(n: int, *, temperature: float, lapse: float, seed: int, decimals: int = 9) -> tuple[Floats, NDArray[np.bool_]]:
    """Return D and choices made by it; few decimals make few D distinct, and the fit fast."""
    rng = np.random.default_rng(seed)
    d = rng.normal(0.1, 0.15, n).round(decimals)
    return d, rng.random(n) < choice_probability(d, temperature=temperature, lapse=lapse)


def log_likelihood(d: Floats, right: NDArray[np.bool_], temperature: float, lapse: float) -> float:
    """The formula of METHOD section 9, trial by trial."""
    total = 0.0
    for one, is_right in zip(d, right, strict=True):
        p = lapse / 2 + (1 - lapse) * float(expit(one / temperature))
        total += float(np.log(p if is_right else 1 - p))
    return total


def by_scipy(d: Floats, right: NDArray[np.bool_], *, lapse: float | None = None, temperature: float | None = None) -> tuple[float, Floats]:
    """Return the maximum and where it is, from a grid of starts, one parameter held if given."""

    def loss(x: Floats) -> float:
        t, of = np.exp(x[0]) if temperature is None else temperature, x[1] if lapse is None else lapse
        p = np.clip(of / 2 + (1 - of) * 0.5 * (1 + np.tanh(d / (2 * t))), 1e-300, 1 - 1e-16)
        return -float(np.where(right, np.log(p), np.log1p(-p)).sum())

    starts = [(log_t, of) for log_t in np.log([0.003, 0.03, 0.1, 0.4, 2.0]) for of in (0.02, 0.3)]
    limits = [(np.log(1e-4), np.log(150.0)), (0.0, 1.0)]
    found = [minimize(loss, start, bounds=limits, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9}) for start in starts]
    best = min(found, key=lambda one: float(one.fun))
    return -float(best.fun), np.asarray(best.x)


@pytest.mark.parametrize("seed", range(12))
def test_scipy_finds_no_better_one(seed: int) -> None:
    """The likelihood is the highest there is, and that of the formula; T and lapse are scipy's where they are well determined."""
    truth = [(0.05, 0.1), (0.16, 0.0), (0.02, 0.4), (0.3, 0.05)][seed % 4]
    d, right = simulated([24, 200, 1000][seed % 3], temperature=truth[0], lapse=truth[1], seed=seed)
    fit = fit_observer(d, right)
    value, (log_t, lapse) = by_scipy(d, right)
    assert fit.is_converged and fit.temperature is not None
    assert fit.log_likelihood >= value - 1e-5
    assert fit.log_likelihood == pytest.approx(log_likelihood(d, right, fit.temperature, fit.lapse), abs=1e-7)
    if len(d) > 24:
        assert fit.log_likelihood == pytest.approx(value, abs=1e-4)
    if len(d) == 1000:
        assert fit.temperature == pytest.approx(float(np.exp(log_t)), rel=0.01) and fit.lapse == pytest.approx(lapse, abs=0.005)


@pytest.mark.parametrize("seed", range(3))
def test_interval_ends_are_where_the_profile_has_dropped(seed: int) -> None:
    """At each end, the best that scipy finds with that parameter held is 1.92 below the maximum."""
    d, right = simulated(400, temperature=0.08, lapse=0.2, seed=seed)
    fit = fit_observer(d, right)
    low, high = fit.temperature_interval
    assert high is not None
    for end in (low, high):
        assert by_scipy(d, right, temperature=end)[0] == pytest.approx(fit.log_likelihood - DROP, abs=2e-3)
    for end in fit.lapse_interval:
        if 0 < end < 1:
            assert by_scipy(d, right, lapse=end)[0] == pytest.approx(fit.log_likelihood - DROP, abs=2e-3)
    assert pytest.approx(chi2.ppf(0.95, 1) / 2) == DROP


def test_intervals_cover_the_truth() -> None:
    """Of 80 simulated sets of answers, about 95 % have temperature and lapse rate in their intervals; estimates lie around the truth."""
    truth = 0.1, 0.15
    fits = [fit_observer(*simulated(400, temperature=truth[0], lapse=truth[1], seed=seed, decimals=2)) for seed in range(80)]
    temperatures = [fit.temperature for fit in fits if fit.temperature is not None]
    assert len(temperatures) == 80 and np.median(temperatures) == pytest.approx(truth[0], rel=0.1)
    assert np.median([fit.lapse for fit in fits]) == pytest.approx(truth[1], abs=0.03)
    covers_t = [low <= truth[0] <= (np.inf if high is None else high) for low, high in (fit.temperature_interval for fit in fits)]
    covers_lapse = [fit.lapse_interval[0] <= truth[1] <= fit.lapse_interval[1] for fit in fits]
    assert 0.90 <= np.mean(covers_t) <= 0.99 and 0.90 <= np.mean(covers_lapse) <= 0.99


def test_the_published_temperature_is_found_again() -> None:
    """Choices made by T = 0.16 without lapses give it back."""
    fit = fit_observer(*simulated(50_000, temperature=TEMPERATURE, lapse=0.0, seed=5, decimals=3))
    assert fit.temperature == pytest.approx(TEMPERATURE, rel=0.05) and fit.lapse < 0.05


def test_where_d_tells_nothing_the_temperature_is_infinite() -> None:
    """Also where people choose against it; then P is one half, and any lapse rate is as good."""
    d, _ = simulated(300, temperature=0.1, lapse=0.0, seed=1)
    for right in (d < 0, np.arange(300) % 2 == 0):
        fit = fit_observer(np.abs(d) if right[0] == right[2] != right[1] else d, right)
        assert fit.temperature is None and fit.bounds == ("temperature infinite",)
        assert fit.temperature_interval[1] is None and fit.lapse_interval == (0.0, 1.0)
        assert fit.log_likelihood == fit.log_likelihood_chance == pytest.approx(300 * np.log(0.5))
        assert fit.probability([0.3, -2.0]).tolist() == [0.5, 0.5]
    nothing = fit_observer([0.0, 0.0], [1, 0])
    assert nothing.temperature is None and nothing.temperature_interval == (0.0, None)


def test_where_people_choose_as_d_says_it_is_a_step() -> None:
    """The temperature is above 0, but not told from it; wrong answers are lapses."""
    d = np.linspace(-1, 1, 40)
    fit = fit_observer(d, d > 0)
    assert fit.bounds == ("temperature near 0", "lapse 0") and fit.temperature_interval[0] == 0 and fit.temperature is not None
    assert fit.log_likelihood == pytest.approx(0.0, abs=1e-6) and 0 < fit.temperature < 0.002
    lapses = fit_observer(np.full(100, 0.5), np.arange(100) >= 10)
    assert lapses.log_likelihood == pytest.approx(10 * np.log(0.1) + 90 * np.log(0.9))


def test_ties_count_as_guesses() -> None:
    """Trials where D is 0 change the likelihood, not the estimate."""
    d, right = simulated(200, temperature=0.1, lapse=0.1, seed=3)
    fit, more = fit_observer(d, right), fit_observer(np.append(d, [0.0, 0.0]), np.append(right, [True, False]))
    assert (more.temperature, more.lapse, more.n_trials) == (fit.temperature, fit.lapse, 202)
    assert more.log_likelihood == pytest.approx(fit.log_likelihood + 2 * np.log(0.5))


@given(st.lists(st.tuples(st.floats(-2, 2), st.booleans()), min_size=1, max_size=30), st.floats(1e-3, 1e3))
@settings(max_examples=40, deadline=None)
def test_a_fit_is_never_worse_than_guessing_and_scales_with_d(trials: list[tuple[float, bool]], scale: float) -> None:
    """T is in the units of D; estimates lie in their intervals and ranges; the record survives JSON."""
    d, right = np.array([one for one, _ in trials]), np.array([one for _, one in trials])
    assume(((np.abs(d) > 1e-6) | (d == 0)).all())
    fit, scaled = fit_observer(d, right), fit_observer(d * scale, right)
    assert fit.log_likelihood >= fit.log_likelihood_chance - 1e-9 and 0 <= fit.lapse <= 1
    assert fit.lapse_interval[0] - 1e-6 <= fit.lapse <= fit.lapse_interval[1] + 1e-6
    assert scaled.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-4)
    if fit.temperature is not None:
        low, high = fit.temperature_interval
        assert fit.temperature > 0 and low <= fit.temperature * 1.001 and (high is None or fit.temperature <= high * 1.001)
    assert record_of(ObserverFit, content_of(fit)) == fit


@pytest.mark.parametrize(("d", "right"), [([], []), ([0.1], [0.5]), ([0.1, 0.2], [1]), ([np.nan], [1])])
def test_what_is_no_choice_is_refused(d: list[float], right: list[float]) -> None:
    """One D for each answer that is right or wrong."""
    with pytest.raises(UsageError, match="A fit needs"):
        fit_observer(d, right)
