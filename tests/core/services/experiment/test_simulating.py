"""Simulated people of a study: an answer set of their own, never among people's answers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from core.design_spec import read_design
from core.domain import digest
from core.errors import NotReady, StaleWork, UnknownName, UsageError
from core.inference.proportions import wilson
from core.psychophysics.attention import PRESETS
from core.psychophysics.simulation import SimulatedParticipant
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.services.experiment.simulating import PeopleRequest, SimulatedReport, simulate_people
from core.services.results.answer_results import answer_set_results
from core.services.results.results import compare, read_people
from core.store.answer_sets import read_answer_set
from core.store.design_files import save_design
from core.store.publication import CatalogueReader
from tests.core.services.answers.test_answer_export import answered
from tests.studies import Workplace

ABLE = SimulatedParticipant(abilities=(("natural", 0.9), ("synthetic", 0.6), ("none", 0.5)), lapse=0.0)


def save(place: Workplace, name: str = "short", **asked: object) -> None:
    """Save a design that the small study has units for."""
    request = DesignRequest(name=name, **({"n_main": 6} | asked))  # type: ignore[arg-type]
    save_design(place.workspace, build(CatalogueReader(place.workspace), place.study, request))


def simulate(place: Workplace, **asked: object) -> SimulatedReport:
    request = PeopleRequest(**({"n_people": 3, "design": "short"} | asked))  # type: ignore[arg-type]
    return simulate_people(place.workspace, place.study, request)


def test_simulated_people_are_an_answer_set(study_workspace: Workplace) -> None:
    """The set says that it is simulated, by whom, with which seed and design; every person has a whole session with its facts."""
    save(study_workspace)
    report = simulate(study_workspace, participant=ABLE, seed=7)
    card, collected = read_answer_set(study_workspace.workspace, "simulated-short")
    assert (card.kind, card.study, report.n_answers) == ("simulated", study_workspace.study.key, len(collected.answers))
    assert card.simulated and json.loads(card.simulated)["seed"] == 7 and json.loads(card.simulated)["n_people"] == 3
    assert card.design and read_design(card.design).name == "short"
    assert {answer.respondent for answer in collected.answers} == {"simulated-001", "simulated-002", "simulated-003"}
    assert len(collected.sessions) == 3 and all(one.total_s and one.n_practice_rounds == 1 for one in collected.sessions)
    assert {answer.branch for answer in collected.answers} <= {"1x1", "3x3", "5x5", "pool"}


def test_people_are_never_mixed_with_simulated_ones(study_workspace: Workplace) -> None:
    """Neither a byte of responses.duckdb nor a number of the study's results changes when simulated people answer."""
    n = answered(study_workspace)
    save(study_workspace)
    workspace, study = study_workspace
    before = compare(workspace, study, read_people(workspace, study.key, study.stimuli_digest)).as_dict()
    content = hashlib.sha256(workspace.responses.read_bytes()).hexdigest()
    simulate(study_workspace, n_people=5)
    assert hashlib.sha256(workspace.responses.read_bytes()).hexdigest() == content
    people = read_people(workspace, study.key, study.stimuli_digest)
    assert len(people) == n and {answer.respondent for answer in people} == {"Ada"}
    assert compare(workspace, study, people).as_dict() == before


def test_nothing_is_made_for_people_where_nobody_answered(study_workspace: Workplace) -> None:
    """Simulating makes no responses.duckdb."""
    save(study_workspace)
    simulate(study_workspace)
    assert not study_workspace.workspace.responses.exists()


def test_abilities_are_recovered(study_workspace: Workplace) -> None:
    """With 40 people the ability of each condition lies within 3.9 standard errors of what the set's results say, and results name n."""
    save(study_workspace)
    simulate(study_workspace, n_people=40, participant=ABLE)
    found = answer_set_results(study_workspace.workspace, "simulated-short").results
    for condition, ability in (("natural", 0.9), ("synthetic", 0.6)):
        of = found.accuracy[condition]
        assert (of.n_trials, of.n_participants, of.wilson) == (240, 40, wilson(of.n_correct, 240))
        assert abs(of.mean - ability) < 3.9 * (ability * (1 - ability) / 240) ** 0.5


def test_the_seed_determines_the_answers(study_workspace: Workplace) -> None:
    """The same seed gives the same answers, another one others."""
    save(study_workspace)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(study_workspace, name=name, seed=seed)
    a, b, c = (read_answer_set(study_workspace.workspace, name)[1] for name in "abc")
    assert a == b and a.answers != c.answers


def test_a_set_is_replaced_only_where_asked(study_workspace: Workplace) -> None:
    """A second simulation under the same name is refused without `replace`."""
    save(study_workspace)
    simulate(study_workspace)
    with pytest.raises(UsageError, match="--replace"):
        simulate(study_workspace)
    assert simulate(study_workspace, n_people=1, replace=True).n_people == 1


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_results_can_be_under_any_rules(study_workspace: Workplace, rules: object) -> None:
    """Attention rules judge simulated sessions as they do people's."""
    save(study_workspace)
    simulate(study_workspace)
    found = answer_set_results(study_workspace.workspace, "simulated-short", rules).results  # type: ignore[arg-type]
    assert len([one for one in found.exclusions if one.what == "sessions"]) == (len(rules.stated) + 1 if rules.stated else 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"n_people": 0}, UsageError),
        ({"design": "nothing"}, UnknownName),
        ({"design": "borowski2021-exp1"}, NotReady),
        ({"name": "../x"}, UsageError),
        ({"participant": SimulatedParticipant(abilities=(("natural", 0.9),))}, UsageError),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(study_workspace: Workplace, asked: dict[str, object], error: type[Exception]) -> None:
    """Impossible numbers, designs and names are refused, and nothing is stored."""
    save(study_workspace)
    with pytest.raises(error):
        simulate(study_workspace, **asked)
    assert not study_workspace.workspace.answers.exists()


def test_designs_of_former_images_are_refused(study_workspace: Workplace) -> None:
    """A design of other stimuli or another study takes no part."""
    save(study_workspace)
    spec = build(CatalogueReader(study_workspace.workspace), study_workspace.study, DesignRequest(name="old", n_main=6))
    save_design(study_workspace.workspace, replace(spec, stimuli_digest=digest("former")))
    with pytest.raises(StaleWork, match="exemplary design"):
        simulate(study_workspace, design="old")
    save_design(study_workspace.workspace, replace(spec, name="other", study="another/study"))
    with pytest.raises(UsageError, match="another/study"):
        simulate(study_workspace, design="other")
