"""What people's trials showed is read whoever holds their answers; where it cannot be, that is told."""

from __future__ import annotations

from core.experiment import Trial
from core.psychophysics.observer_tasks import Stimulus
from core.services.observers.observer_people import PeoplesTrials, peoples_trials
from core.store.workspace import Workspace
from tests.core.services.peopled import peopled
from tests.core.services.results.test_results import HOLDER, SERVER
from tests.processes import kill, python
from tests.studies import Workplace


def stimulus_of(trial: Trial) -> Stimulus:
    """Return what the plan says: the right query is the max one."""
    queries = {"top": trial.query_top, "bottom": trial.query_bottom}
    max_query = queries.pop(trial.correct)
    return Stimulus(trial.unit, max_query, *queries.values(), trial.max_references, trial.min_references)


def test_main_trials_with_references_are_read(study_workspace: Workplace) -> None:
    """Right or wrong, each answered main trial gives its stimulus; practice, catch trials and those without references do not."""
    assert peoples_trials(study_workspace.workspace, study_workspace.study) == PeoplesTrials()
    planned = [stimulus_of(trial) for trial in peopled(study_workspace) if trial.condition != "none"]
    found = peoples_trials(study_workspace.workspace, study_workspace.study)
    assert sorted(found.stimuli, key=repr) == sorted(planned, key=repr) and found.problem is None
    assert len(found) == len(planned) == 24
    assert set(found.addresses) == {address for one in planned for address in one.addresses}
    assert len(set(found.addresses)) == len(found.addresses)
    missing = planned[0].max_references[0]
    hit = sum(missing in one.addresses for one in planned)
    assert (found.n_covered(found.addresses), found.n_covered(set(found.addresses) - {missing}), found.n_covered(())) == (24, 24 - hit, 0)


def test_a_dashboard_that_holds_them_gives_them(study_workspace: Workplace) -> None:
    """While it runs, its export gives the same trials; held by something else, they are absent and a sentence says why."""
    workspace, study = study_workspace
    peopled(study_workspace, n_people=1)
    free = peoples_trials(workspace, study)
    for code, environment in ((SERVER, {"EXEMPLARY_WORKSPACE": str(workspace.root)}), (HOLDER, {})):
        process = python(code, workspace.root, env=environment)
        try:
            assert process.stdout is not None and process.stdout.readline() == "held\n"
            found = peoples_trials(workspace, study)
        finally:
            kill(process)
        if code == SERVER:
            assert found == free and len(free) == 12
        else:
            assert len(found) == 0 and found.problem is not None and "held by another process" in found.problem


def test_a_workspace_without_people_has_no_trials(empty_workspace: Workspace, built_study: Workplace) -> None:
    """Nothing is opened or made."""
    assert peoples_trials(empty_workspace, built_study.study) == PeoplesTrials()
    assert not empty_workspace.responses.exists()
