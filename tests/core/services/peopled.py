"""People who answered a small study's self-test before any observer did."""

from __future__ import annotations

from collections.abc import Callable

from core.design_spec import CONDITIONS
from core.experiment import Session, Trial
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.services.experiment.session_plans import session_plan
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from tests.studies import NOW, Workplace, response_to


def peopled(place: Workplace, *, n_people: int = 2, changed: Callable[[Trial], Trial] = lambda trial: trial) -> list[Trial]:
    """Let people answer all trials of a design with all three conditions, every third one wrong; return their main trials."""
    reader = CatalogueReader(place.workspace)
    spec = build(reader, place.study, DesignRequest(conditions=CONDITIONS, n_main=6, n_practice=1, n_catch=1))
    main = []
    with ResponseStore(place.workspace) as store:
        for number in range(n_people):
            planned = session_plan(place.workspace, reader, place.study, spec, participant_number=number + 1).trials
            trials = [changed(trial) for trial in planned]
            store.add_session(Session(f"session-{number}", f"p{number}", number + 1, spec, NOW), trials)
            for trial in trials:
                store.add_response(
                    f"session-{number}", response_to(trial, right=trial.index % 3 > 0, key=f"key-{number}-{trial.index:04d}")
                )
            main += [trial for trial in trials if trial.kind == "main"]
    return main
