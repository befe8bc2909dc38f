"""Simulated participants: abilities are recovered, sessions are whole, and the same seed gives the same answers."""

from __future__ import annotations

import statistics
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import inference
from core.domain import Unit
from core.errors import UsageError
from core.experiment import Session
from core.inference.proportions import wilson
from core.psychophysics.follow_up import follow_up, in_order
from core.psychophysics.session import SessionState
from core.psychophysics.simulation import (
    SimulatedParticipant,
    SimulatedSession,
    collected_of,
    respond,
    simulate_session,
    unit_ease,
    varied,
)
from tests.core.exchange.simulated import simulated
from tests.core.psychophysics.builders import main_of, preset_plan, preset_spec, quick_spec, quick_trials
from tests.studies import NOW

TRIAL = main_of(quick_trials(quick_spec()), "natural")[0]


def session_of(preset: str, participant: SimulatedParticipant | None = None, *, seed: int = 0, number: int = 1) -> SimulatedSession:
    spec = preset_spec(preset)
    rng = np.random.default_rng(seed)
    planned = preset_plan(spec, number, bands=preset == "imi")
    return simulate_session(spec, planned, participant or SimulatedParticipant(), rng, participant_number=number, started_at=NOW)


@pytest.mark.parametrize("abilities", [{"natural": 0.92, "synthetic": 0.82, "none": 0.5}, {"natural": 0.7, "synthetic": 0.95, "none": 0.4}])
@pytest.mark.parametrize("lapse", [0.0, 0.1])
def test_abilities_are_recovered(abilities: dict[str, float], lapse: float) -> None:
    """The estimated proportion correct of each condition lies within 3.9 standard errors of ability with lapses (1 in 10,000)."""
    participant = SimulatedParticipant(abilities=tuple(abilities.items()), lapse=lapse)
    found = inference.results(simulated("borowski2021-exp1", n_people=12, participant=participant).answers).accuracy
    for condition, ability in abilities.items():
        truth = lapse / 2 + (1 - lapse) * ability
        error = (truth * (1 - truth) / found[condition].n_trials) ** 0.5
        assert found[condition].n_trials == 12 * 45
        assert abs(found[condition].mean - truth) < 3.9 * error


def test_wilson_intervals_cover_the_ability() -> None:
    """Over 40 sets of simulated people, 95 % intervals cover the ability in at least 33 (fewer: less than 1 in 1,000)."""
    participant = SimulatedParticipant(abilities=(("natural", 0.9), ("synthetic", 0.8)), lapse=0.0)
    trials = [trial for trial in quick_trials(quick_spec(n_main=28)) if trial.kind == "main"]
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng([9, seed])
        right = [respond(trial, participant, rng, now=NOW).is_correct for _ in range(4) for trial in trials if trial.condition == "natural"]
        low, high = wilson(sum(right), len(right))
        covered += low <= 0.9 <= high
    assert covered >= 33


def test_reaction_times_have_the_medians_asked_for() -> None:
    """Times lie above the shift, and their medians on right and wrong answers are those of the participant (to 5 %)."""
    participant = SimulatedParticipant(abilities=(("natural", 0.5), ("synthetic", 0.5)), lapse=0.0)
    rng = np.random.default_rng(3)
    responses = [respond(TRIAL, participant, rng, now=NOW) for _ in range(4000)]
    for is_correct, median in ((True, participant.median_correct_ms), (False, participant.median_incorrect_ms)):
        times = [one.reaction_time_ms for one in responses if one.is_correct == is_correct]
        assert min(times) > participant.shift_ms
        assert statistics.median(times) == pytest.approx(median, rel=0.05)


def test_confidence_has_the_shares_asked_for() -> None:
    """Confidence on right and wrong answers comes in the participant's shares (to 0.03)."""
    participant = SimulatedParticipant(abilities=(("natural", 0.5), ("synthetic", 0.5)), lapse=0.0)
    rng = np.random.default_rng(4)
    responses = [respond(TRIAL, participant, rng, now=NOW) for _ in range(6000)]
    for is_correct, shares in ((True, participant.confidence_correct), (False, participant.confidence_incorrect)):
        counts = Counter(one.confidence for one in responses if one.is_correct == is_correct)
        assert [counts[level] / counts.total() for level in (1, 2, 3)] == pytest.approx(shares, abs=0.03)


def test_catch_trials_have_an_ability_of_their_own() -> None:
    """With catch ability 1 and no lapse every catch trial is right, however low the ability."""
    participant = SimulatedParticipant(abilities=(("natural", 0.01), ("synthetic", 0.01), ("none", 0.01)), catch_ability=1.0, lapse=0.0)
    taken = session_of("borowski2021-exp1", participant)
    catch = {trial.index for trial in taken.trials if trial.kind == "catch"}
    assert len(catch) == 18 and all(one.is_correct for one in taken.responses if one.trial_index in catch)


def test_units_are_as_easy_for_everyone() -> None:
    """A unit's ease is the same for all participants of a seed, standard normal over units, and another with another seed."""
    units = [Unit("mixed4b", channel) for channel in range(2000)]
    eases = [unit_ease(unit, 0) for unit in units]
    assert eases == [unit_ease(unit, 0) for unit in units]
    assert statistics.fmean(eases) == pytest.approx(0, abs=0.07) and statistics.stdev(eases) == pytest.approx(1, abs=0.06)
    assert abs(float(np.corrcoef(eases, [unit_ease(unit, 1) for unit in units])[0, 1])) < 0.08
    alike, spread = (SimulatedParticipant(unit_sd=sd).probability(TRIAL) for sd in (0.0, 2.0))
    assert alike == SimulatedParticipant(unit_seed=5).probability(TRIAL) != spread


@pytest.mark.parametrize(("preset", "n"), [("borowski2021-exp1", 186), ("borowski2021-exp2", 216), ("quick", 24)])
def test_sessions_are_whole(preset: str, n: int) -> None:
    """Every trial is answered once, in order, repeated ones too; all ratings are given; the session is finished by the store's rules."""
    taken = session_of(preset)
    assert [one.trial_index for one in taken.responses] == [trial.index for trial in in_order(taken.trials)]
    assert len(taken.responses) == n
    spec = preset_spec(preset)
    assert follow_up(spec, participant_number=1, trials=taken.trials, responses=taken.responses) == ()
    tasks, ratings = tuple(task for task, _ in taken.ratings), tuple(rating for _, rating in taken.ratings)
    assert SessionState(taken.trials, taken.responses, tasks, ratings).is_finished
    assert len(ratings) == 3 * len(spec.intuitiveness)
    times = [one.answered_at for one in taken.responses]
    assert times == sorted(times) and taken.started_at < times[0] and times[-1] <= taken.ended_at


def test_practice_goes_on_until_all_is_right() -> None:
    """Where the design asks for it, a participant who errs practises again, before the main trials, and the facts count the rounds."""
    taken = session_of("imi", SimulatedParticipant(abilities=(("natural", 0.6), ("synthetic", 0.6)), lapse=0.0), seed=2)
    practice = [trial for trial in taken.trials if trial.kind == "practice"]
    right = {one.trial_index: one.is_correct for one in taken.responses}
    assert len(practice) > 5 and all(right[trial.index] for trial in practice[-5:])
    order = [one.trial_index for one in taken.responses]
    assert max(order.index(trial.index) for trial in practice) < min(order.index(trial.index) for trial in main_of(taken.trials))
    session = Session("s", "p", 1, preset_spec("imi"), NOW)
    assert collected_of(session, taken).sessions[0].n_practice_rounds == len(practice) // 5


def test_the_seed_determines_the_session() -> None:
    """The same seed gives the same session, another one another."""
    assert session_of("quick", seed=5) == session_of("quick", seed=5)
    assert session_of("quick", seed=5).responses != session_of("quick", seed=6).responses


@given(st.floats(0.01, 0.99), st.floats(0, 1), st.floats(0, 4))
def test_probabilities_are_probabilities(ability: float, lapse: float, sd: float) -> None:
    """Lapses pull every probability towards chance, never beyond lapse/2 from 0 and 1."""
    participant = SimulatedParticipant(abilities=(("natural", ability), ("synthetic", ability)), lapse=lapse, unit_sd=sd)
    assert lapse / 2 <= participant.probability(TRIAL) <= 1 - lapse / 2


def test_people_differ_where_asked() -> None:
    """Varied participants have other abilities, shifted alike in all conditions; with sd 0 they are the same."""
    base, rng = SimulatedParticipant(), np.random.default_rng(1)
    assert dict(varied(base, 0.0, rng).abilities) == pytest.approx(dict(base.abilities))
    shifted = dict(varied(base, 1.0, rng).abilities)
    signs = {shifted[condition] > ability for condition, ability in base.abilities}
    assert len(signs) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"abilities": (("natural", 1.0),)},
        {"lapse": 1.5},
        {"catch_ability": -0.1},
        {"confidence_correct": (0.5, 0.5, 0.5)},
        {"median_correct_ms": 300.0},
        {"spread": -1.0},
    ],
)
def test_impossible_participants_are_refused(wrong: dict[str, object]) -> None:
    """Numbers that describe nobody are refused in one sentence."""
    with pytest.raises(UsageError):
        SimulatedParticipant(**wrong)  # type: ignore[arg-type]


def test_a_condition_without_ability_is_refused() -> None:
    """A condition that the participant has no ability for is named, with how to give one."""
    with pytest.raises(UsageError, match=r"synthetic=0\.8"):
        [SimulatedParticipant(abilities=(("natural", 0.9),)).probability(trial) for trial in quick_trials(quick_spec())]
