"""Unfinished jobs: how far each is, and the command that goes on with it."""

from __future__ import annotations

import os

from core.services.check_jobs import resuming_command, unfinished_jobs
from core.services.render_queue import enqueue
from core.services.render_requests import SynthesisRequest
from tests.core.services.checked import checked, only, shards, unfinished_mining
from tests.studies import Workplace, settings_of


def test_an_unfinished_job_is_a_note_with_its_command(place: Workplace) -> None:
    """How far it is, that its process died, which command goes on; the shards it has written are no orphans."""
    unfinished_mining(place)
    found = only(checked(place))
    assert found.kind == "note"
    assert f"mine-0123 is unfinished at 50 of 120 (its process {os.getpid()} died" in found.text
    assert "`exemplary mine --network tiny --images shapes --layers mixed5a --top 40`" in found.text


def test_a_job_of_layers_that_are_mined_is_over_unless_a_file_of_theirs_is_lost(place: Workplace) -> None:
    """What it left is an orphan; but while it is to mine a lost file anew, it is unfinished and keeps what it has."""
    unfinished_mining(place, layers=place.study.mining.layers)
    assert {one.kind for one in checked(place).findings} == {"orphan"}
    shards(place)[1].unlink()
    assert {one.kind for one in checked(place).findings} == {"wrong", "note"}


def test_a_request_that_waits_goes_on_by_its_command(place: Workplace) -> None:
    """All that was asked for is in the command, but what is so anyway; one in the queue is left to `exemplary work`."""
    request = SynthesisRequest("tiny", units=("mixed3a:1", "mixed3a:2"), n_images=3, seed=4, stop_when_flat=True)
    enqueue(settings_of(place.workspace), request)
    assert "exemplary work" in only(checked(place)).text
    (job,) = unfinished_jobs(place.workspace, None)
    wanted = "exemplary synthesize --network tiny --units mixed3a:1 mixed3a:2 --images 3 --seed 4 --stop-when-flat"
    assert resuming_command(job) == wanted


def test_a_job_whose_spec_is_torn_is_wrong(place: Workplace) -> None:
    """It is named, and no activation file is taken for an orphan meanwhile."""
    unfinished_mining(place)
    (place.workspace.jobs / "mine-0123" / "state.npz").write_bytes(b"torn")
    assert "delete its folder" in only(checked(place)).text
