"""Unfinished jobs: how far each is, and the command that goes on with it."""

from __future__ import annotations

import os

import pytest

from core.services.checking.check_jobs import resuming_command, unfinished_jobs
from core.services.renders.render_queue import enqueue
from core.services.renders.render_requests import SynthesisRequest
from core.store.publication import CatalogueReader
from tests.core.services.checked import change, checked, only, shards, unfinished_mining
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


@pytest.mark.parametrize(("kept", "is_over"), [(40, True), (60, True), (39, False)])
def test_a_job_is_over_where_as_many_exemplars_are_kept(place: Workplace, kept: int, is_over: bool) -> None:
    """Another command that kept more has overtaken it, whatever the set was called by its digest then; one that kept fewer has not."""
    unfinished_mining(place, layers=place.study.mining.layers)
    change(place, "UPDATE mined_layers SET spec = json_merge_patch(spec, json_object('top_k', ?::INTEGER, 'set_digest', 'former'))", kept)
    cursor = CatalogueReader(place.workspace).cursor()
    assert (unfinished_jobs(place.workspace, cursor) == ()) == is_over


def test_a_job_is_not_over_while_its_set_has_images_that_are_not_mined(place: Workplace) -> None:
    """What was mined before the set grew is not what was asked."""
    unfinished_mining(place, layers=place.study.mining.layers)
    change(place, "UPDATE image_sets SET n_images = n_images + 1")
    assert unfinished_jobs(place.workspace, CatalogueReader(place.workspace).cursor())


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
