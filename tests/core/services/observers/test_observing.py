"""Observers answer all tasks once, whatever interrupts them, and see what people saw."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.embedder_names import DEMO_OBSERVER
from core.errors import Interrupted
from core.experiment import Trial
from core.jobs.job import Progress, silent
from core.services.answers.people import read_collected
from core.services.observers import embedding, observing
from core.services.observers.observer_agreement import with_agreement
from core.services.observers.observing import ObserveReport, ObserveRequest, observe
from core.services.results.results import compare
from core.store import artifacts
from core.store.embeddings import embedded
from core.store.observations import UnitScores, read_observations, unit_scores
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.core.services.peopled import peopled
from tests.studies import MAIN_UNITS, Workplace, settings_of

BASELINE = "contrast"
ABSENT = "0" * 32  # an address of no image


def observed(place: Workplace, *units: str, source: str = BASELINE, progress: Progress = silent) -> ObserveReport:
    (report,) = observe(settings_of(place.workspace), place.study, ObserveRequest((source,), units=units), progress=progress)
    return report


def scores(place: Workplace, name: str = BASELINE) -> UnitScores:
    return unit_scores(place.workspace, place.study.key, name)


def same(a: UnitScores, b: UnitScores) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in UnitScores.__slots__)


def stopping(when: Callable[[float, str], bool]) -> Progress:
    """Return a progress that interrupts once."""

    def progress(done: float, total: float, label: str) -> None:
        if when(done, label):
            raise Interrupted(f"Stopped at {done}.")

    return progress


def copy_of(place: Workplace, folder: Path) -> Workplace:
    shutil.copytree(place.workspace.root, folder)
    return Workplace(Workspace(folder), place.study)


def test_interrupted_it_goes_on(study_workspace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped while it embeds and while it decides, it gives what it would have given at once, and nothing is embedded twice."""
    whole = copy_of(study_workspace, tmp_path / "whole")
    undisturbed = observed(whole)
    monkeypatch.setattr(embedding, "PART", embedding.BATCH)
    monkeypatch.setattr(observing, "PUBLISH_S", 0.0)
    with pytest.raises(Interrupted):
        observed(study_workspace, progress=stopping(lambda done, label: "embedding" in label and done >= 64))
    there = embedded(study_workspace.workspace, undisturbed.card.embedder_digest)
    assert len(there) >= 64
    first = undisturbed.scores["natural"][1]
    with pytest.raises(Interrupted):
        observed(study_workspace, progress=stopping(lambda done, label: "deciding" in label and done > first))
    assert set(scores(study_workspace).condition) == {"natural"}
    seen: list[float] = []
    again = observed(study_workspace, progress=lambda done, total, label: seen.append(total) if "deciding" in label else None)
    assert again.n_embedded == 0 and seen[0] == undisturbed.scores["synthetic"][1] and again.scores == undisturbed.scores
    assert same(scores(study_workspace), scores(whole))
    assert undisturbed.n_embedded > len(there) and embedded(whole.workspace, undisturbed.card.embedder_digest) > there
    last = observed(study_workspace)
    assert last.n_embedded == 0 and last.scores == undisturbed.scores


def test_units_are_added_to_what_there_is(study_workspace: Workplace, tmp_path: Path) -> None:
    """Some units first, then others of which none has synthetic images, then all: as all at once, and the report is of those asked for."""
    whole = copy_of(study_workspace, tmp_path / "whole")
    observed(whole)
    some = observed(study_workspace, "mixed3a:0-1")
    assert some.n_units == 2 and {condition: n // some.card.n_sets for condition, (_, n) in some.scores.items()} == {
        "natural": 2,
        "synthetic": 2,
    }
    bare = observed(study_workspace, "conv2d2:*")
    assert (bare.n_units, set(bare.scores), bare.conditions_left_out) == (4, {"natural"}, ("synthetic",))
    json.dumps(bare.as_dict(), allow_nan=False)
    found = scores(study_workspace)
    assert list(zip(found.layer, found.channel.tolist(), found.condition, strict=True)) == [
        *(("conv2d2", channel, "natural") for channel in range(4)),
        *(("mixed3a", channel, condition) for channel in range(2) for condition in ("natural", "synthetic")),
    ]
    observed(study_workspace)
    assert same(scores(study_workspace), scores(whole))


def test_only_some_tasks_left_are_decided_as_all_are(study_workspace: Workplace) -> None:
    """D does not depend on which other tasks are decided with it."""
    card = observed(study_workspace, "mixed4a:2").card
    alone = read_observations(study_workspace.workspace, card)
    observed(study_workspace)
    found = read_observations(study_workspace.workspace, card)
    of_unit = found.unit == found.units.index(alone.units[0])
    for number, condition in enumerate(found.conditions):
        chosen = of_unit & (found.condition == number)
        before = alone.decision[alone.condition == alone.conditions.index(condition)]
        assert found.decision[chosen] == pytest.approx(before, abs=1e-12)


def test_what_people_saw_is_embedded(study_workspace: Workplace) -> None:
    """Asked for a unit that people never saw, the observer embeds what their trials showed: the agreement is about all of them."""
    without = observed(study_workspace, "conv2d2:0", source=DEMO_OBSERVER)
    assert (without.n_people_trials, without.n_people_covered, without.people_problem) == (0, 0, None)
    trials = [trial for trial in peopled(study_workspace) if trial.condition != "none"]
    shown = {address for trial in trials for address in trial.addresses}
    before = embedded(study_workspace.workspace, without.card.embedder_digest)
    report = observed(study_workspace, "conv2d2:0", source=DEMO_OBSERVER)
    assert (report.n_people_trials, report.n_people_covered) == (len(trials), len(trials))
    assert report.n_embedded == len(shown - before) > 0 and report.scores == without.scores
    again = observed(study_workspace, "conv2d2:0", source=DEMO_OBSERVER)
    assert (again.n_embedded, again.n_people_covered) == (0, len(trials))
    assert again.as_dict()["people"] == {"n_trials": len(trials), "n_covered": len(trials), "problem": None}
    observed(study_workspace, source=DEMO_OBSERVER)
    workspace, study = study_workspace
    collected = read_collected(workspace, study, details=True)
    comparison = compare(workspace, study, collected.answers, sessions=collected.sessions)
    found = with_agreement(CatalogueReader(workspace), study, comparison, collected)
    agreement = next(one.agreement for one in found.observers if one.card.embedder == DEMO_OBSERVER)
    assert agreement is not None and agreement.n_unseen == 0 and agreement.all_trials is not None
    assert agreement.all_trials.n_trials == len(trials)


def test_images_that_are_there_no_more_stop_nothing(study_workspace: Workplace) -> None:
    """A trial with a synthetic image that was deleted, and one with an address of no image, are counted as not covered."""
    stale: list[Trial] = []

    def changed(trial: Trial) -> Trial:
        if trial.kind != "main" or trial.condition != "synthetic" or stale:
            return trial
        stale.append(replace(trial, max_references=(ABSENT, *trial.max_references[1:])))
        return stale[0]

    trials = [trial for trial in peopled(study_workspace, changed=changed) if trial.condition != "none"]
    gone = next(trial.min_references[0] for trial in trials if trial.condition == "synthetic" and trial not in stale)
    artifacts.image_path(study_workspace.workspace, gone).unlink()
    report = observed(study_workspace, "conv2d2:0", source=DEMO_OBSERVER)
    n_left = sum(ABSENT not in trial.addresses and gone not in trial.addresses for trial in trials)
    assert 0 < n_left < len(trials) - 1 and (report.n_people_trials, report.n_people_covered) == (len(trials), n_left)
    again = observed(study_workspace, "conv2d2:0", source=DEMO_OBSERVER)
    assert (again.n_embedded, again.n_people_covered) == (0, n_left)


def test_another_scheme_is_another_observer(study_workspace: Workplace) -> None:
    """Its answers lie beside the usual scheme's, from the same embeddings."""
    observed(study_workspace, str(MAIN_UNITS[0]))
    request = ObserveRequest((BASELINE,), "Max-1", n_tasks=3, units=(str(MAIN_UNITS[0]),))
    (report,) = observe(settings_of(study_workspace.workspace), study_workspace.study, request)
    assert (report.card.name, report.card.n_references, report.n_embedded) == (f"{BASELINE} Max-1", 1, 0)
    assert (
        scores(study_workspace, report.card.name).n_tasks.sum() == report.scores["natural"][1] + report.scores.get("synthetic", (0.0, 0))[1]
    )
    assert scores(study_workspace).n_tasks.tolist() == [4, 4]
