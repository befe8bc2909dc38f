"""Observers beside people: how far they agree on what people were shown, as it is embedded; the command says how far."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.answer_set import Collected
from core.cli import main
from core.experiment import Session, Trial
from core.inference.agreement import Agreement
from core.psychophysics.observer_tasks import Stimulus
from core.psychophysics.observers import decide_stimuli
from core.services.answers.people import collected_of
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.services.experiment.session_plans import session_plan
from core.services.observers import stored_observers
from core.services.observers.agreement_words import agreement_lines, calibration_line
from core.services.observers.observer_agreement import with_agreement
from core.services.observers.stored_observers import stored_observer
from core.services.results.results import Comparison, compare
from core.store.embeddings import put_embeddings
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from tests.studies import NOW, Workplace, observer_card, response_to

N_PEOPLE = 4


@pytest.fixture(autouse=True)
def nothing_mined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the observer see by embeddings alone, as where its layer is not mined."""
    monkeypatch.setattr(stored_observers, "mined_features", lambda *_: None)


def answered(place: Workplace, *, unseen: int = 0) -> tuple[Collected, list[Trial]]:
    """Let people choose as the observer does, which has embedded all that they see but `unseen` images; return all, and the main trials."""
    reader, study = CatalogueReader(place.workspace), place.study
    spec = build(reader, study, DesignRequest(n_main=4, n_practice=0, n_catch=0))
    plans = [session_plan(place.workspace, reader, study, spec, participant_number=n).trials for n in range(1, N_PEOPLE + 1)]
    shown = sorted({address for trials in plans for trial in trials for address in trial.addresses})
    rows = np.random.default_rng(3).standard_normal((len(shown), 16))
    put_embeddings(place.workspace, observer_card(study).embedder_digest, shown[unseen:], rows[unseen:])
    observer = stored_observer(reader, study, observer_card(study), shown)
    with ResponseStore(place.workspace) as store:
        for number, trials in enumerate(plans):
            store.add_session(Session(f"session-{number}", f"p{number}", number + 1, spec, NOW), trials)
            for trial in trials:
                sees = all(address in observer for address in trial.addresses)
                right = not sees or bool(decide_stimuli(observer, [stimulus_of(trial)])[0] > 0)
                key = f"key-of-{number}-{trial.index:04d}"
                store.add_response(f"session-{number}", response_to(trial, right=right, key=key))
        return collected_of(store, study, details=True), [trial for trials in plans for trial in trials]


def stimulus_of(trial: Trial) -> Stimulus:
    queries = (trial.query_top, trial.query_bottom)
    return Stimulus(trial.unit, *(queries if trial.correct == "top" else queries[::-1]), trial.max_references, trial.min_references)


def compared(place: Workplace, collected: Collected) -> Comparison:
    found = compare(place.workspace, place.study, collected.answers, sessions=collected.sessions)
    return with_agreement(CatalogueReader(place.workspace), place.study, found, collected)


def agreement_in(found: Comparison) -> Agreement:
    (one,) = found.observers
    assert one.agreement is not None
    return one.agreement


def test_people_who_choose_as_the_observer_does_agree_with_it(study_workspace: Workplace) -> None:
    """In every trial, whichever side the right query was on; the fitted choice is a step."""
    collected, trials = answered(study_workspace)
    found = agreement_in(compared(study_workspace, collected))
    assert found.all_trials is not None and found.fit is not None
    assert (found.all_trials.same_choice, found.all_trials.n_trials, found.n_unseen) == (1.0, len(trials), 0)
    assert found.all_trials.kappa == pytest.approx(1.0) and "temperature near 0" in found.fit.bounds
    assert set(found.by_condition) == {"natural", "synthetic"} and found.n_participants == N_PEOPLE


def test_trials_with_images_that_it_has_not_seen_are_left_out(study_workspace: Workplace) -> None:
    """They are counted; the rest still agrees."""
    collected, trials = answered(study_workspace, unseen=3)
    found = agreement_in(compared(study_workspace, collected))
    assert 0 < found.n_unseen < len(trials) and found.all_trials is not None
    assert found.all_trials.n_trials == len(trials) - found.n_unseen and found.all_trials.same_choice == 1.0
    assert any("not embedded" in line for line in agreement_lines(found))


def test_without_people_or_details_there_is_less(study_workspace: Workplace) -> None:
    """Nobody's answers give no agreement; answers without what was shown give that of units alone, uncalibrated."""
    (nobody,) = compared(study_workspace, Collected(())).observers
    assert nobody.agreement is None and "uncalibrated" in calibration_line(nobody.card, None)
    collected, _ = answered(study_workspace)
    found = agreement_in(compared(study_workspace, replace(collected, presentations=())))
    assert found.fit is None and found.all_trials is None and set(found.by_unit) == {"natural", "synthetic"}
    published = replace(observer_card(study_workspace.study), temperature=0.16)
    assert "0.16 as published" in calibration_line(published, found)


def test_the_command_tells_it(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, and as JSON that gives the record again."""
    collected, _ = answered(study_workspace)
    found = agreement_in(compared(study_workspace, collected))
    where = ["--workspace", str(study_workspace.workspace.root), "results"]
    assert main(where) == 0
    words = capsys.readouterr().out
    assert "same choice as the person in 100.0%" in words and "natural: it" in words and "fitted to" in words
    assert main([*where, "--json"]) == 0
    (observer,) = json.loads(capsys.readouterr().out)["observers"]
    assert Agreement.from_dict(observer["agreement"]) == found
