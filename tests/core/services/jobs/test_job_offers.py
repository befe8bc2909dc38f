"""What can be started for what one looks at, and what it costs by the rates of earlier jobs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli import _parser
from core.cli_mining import request_of as mining_request_of
from core.cli_synthesis import request_of as synthesis_request_of
from core.domain import Unit
from core.errors import UsageError
from core.services.jobs import job_offers, job_rates
from core.services.units.unit_names import parse_units
from core.store.publication import CatalogueReader
from tests.studies import LAYERS, Workplace, network_card

BEGIN = datetime(2026, 1, 2, tzinfo=UTC)


def worked(place: Workplace, name: str, spec: object, lines: list[tuple[float, float, str]]) -> None:
    """Leave what a job does: its spec and (second, done, label) of its progress."""
    folder = place.workspace.jobs / name
    folder.mkdir(parents=True)
    (folder / "spec.json").write_text(json.dumps(spec))
    progress = [
        {"at": str(BEGIN + timedelta(seconds=at_s)), "state": "running", "done": done, "total": 99, "label": label}
        for at_s, done, label in lines
    ]
    (folder / "progress.jsonl").write_text("".join(json.dumps(line) + "\n" for line in progress))


def rendered(place: Workplace, name: str, seconds_by_layer: dict[str, float], *, n: int, network: str = "demo", steps: int = 10) -> None:
    """Leave a job that rendered n images of each layer in so many seconds."""
    lines = [(at_s, done, f"synthesising {layer}") for layer, took in seconds_by_layer.items() for at_s, done in ((0, 0), (took, n))]
    worked(place, f"synthesize-{name}", {"network": network, "units": ["mixed3a:0"], "steps": steps}, lines)


def test_rendering_costs_what_earlier_jobs_took(study_workspace: Workplace) -> None:
    """Seconds an image and step, layer by layer, times images and steps; of a layer that nobody rendered, the mean of the others."""
    place = study_workspace
    rendered(place, "a", {"mixed3a": 10.0, "mixed4a": 40.0}, n=5)
    rendered(place, "b", {"mixed3a": 30.0}, n=5, network="tiny")
    rendered(place, "c", {"mixed3a": 1000.0}, n=5, network="another")
    worked(place, "synthesize-torn", {"units": 3, "network": "tiny"}, [(0, 0, "synthesising mixed3a"), (9, 9, "synthesising mixed3a")])
    rates = job_rates.seconds_an_image_step(place.workspace, place.study.network)
    assert rates == {"mixed3a": 40 / 100, "mixed4a": 40 / 50, "": 80 / 150}
    units = [Unit("mixed3a", 1), Unit("mixed3a", 2), Unit("conv2d2", 0)]
    offer = job_offers.render_offer(place.workspace, place.study, units, preset="quick", n_images=3, steps=20)
    assert offer.n == 3 * 2 * 3 and offer.expected_s == pytest.approx(2 * 3 * 20 * (0.4 + 0.4 + 80 / 150))
    assert offer.about == "render 3 units" and offer.what == "images of 20 steps" and offer.study == place.study.key


def test_what_no_job_tells_is_not_told(study_workspace: Workplace) -> None:
    """In a workspace without jobs, no cost is made up."""
    place = study_workspace
    assert job_offers.render_offer(place.workspace, place.study, [Unit("mixed3a", 1)], preset="paper").expected_s is None
    assert job_offers.mine_offer(place.workspace, place.study, ["mixed3a"]).expected_s is None
    assert job_offers.observe_offer(place.workspace, place.study, None, n_units=20).expected_s is None
    with pytest.raises(UsageError):
        job_offers.render_offer(place.workspace, place.study, [], preset="quick")
    with pytest.raises(UsageError):
        job_offers.mine_offer(place.workspace, place.study, [])


def test_mining_and_observers_cost_what_earlier_jobs_took(study_workspace: Workplace) -> None:
    """Images that went through the network, images embedded, tasks decided: each at its own rate, of this network and this study."""
    place = study_workspace
    n_images = place.study.image_set.n_images
    worked(place, "mine-a", {"network": "tiny"}, [(0, 0, "mining images"), (8, 4, "mining images"), (20, 10, "mining images")])
    worked(place, "mine-b", {"network": "another"}, [(0, 0, "mining images"), (50, 1, "mining images")])
    assert job_offers.mine_offer(place.workspace, place.study, ["mixed3a"]).expected_s == pytest.approx(n_images * 2.0)
    deciding = [
        (0, 0, "own: embedding images"),
        (6, 3, "own: embedding images"),
        (7, 0, "own: deciding tasks"),
        (17, 100, "own: deciding tasks"),
    ]
    worked(place, "observe-a", {"study": place.study.key}, deciding)
    offer = job_offers.observe_offer(place.workspace, place.study, "own", n_units=10)
    assert offer.n == 400 and offer.expected_s == pytest.approx(n_images * 2.0 + 400 * 0.1)


def test_commands_ask_for_what_was_offered(study_workspace: Workplace) -> None:
    """Read back by the command line, the arguments are the request that was looked at."""
    place = study_workspace
    units = [Unit("mixed3a", 1), Unit("mixed3a", 2), Unit("mixed4a", 5)]
    offer = job_offers.render_offer(place.workspace, place.study, units, preset="paper", n_images=2)
    request = synthesis_request_of(_parser().parse_args(list(offer.arguments)))
    assert parse_units(place.study.network, request.units) == tuple(units)
    assert (request.preset, request.n_images, request.steps, request.image_set) == ("paper", 2, None, "shapes")
    study = replace(place.study, mining=replace(place.study.mining, reduction="max", precision="half", top_k=40))
    mining = mining_request_of(_parser().parse_args(list(job_offers.mine_offer(place.workspace, study, ["mixed3a", "mixed4a"]).arguments)))
    assert (mining.network, mining.image_set, mining.layers) == ("tiny", "shapes", ("mixed3a", "mixed4a"))
    assert (mining.reduction, mining.half, mining.top_k) == ("max", True, 40)
    observing = _parser().parse_args(list(job_offers.observe_offer(place.workspace, place.study, "contrast", n_units=3).arguments))
    assert (observing.study, observing.embedder) == (place.study.key, ["contrast"])


@pytest.mark.parametrize(
    ("command", "is_asked"),
    [
        ("synthesize --network tiny --units mixed3a:2 --preset quick", True),
        ("synthesize --network tiny --units conv2d2:0 mixed3a:1-3", True),
        ("synthesize --network tiny --units mixed3a:*", True),
        ("synthesize --network tiny --units mixed3a:3 --seed 2", False),
        ("synthesize --network other --units mixed3a:2", False),
        ("synthesize --network tiny --units gone:2", False),
        ("synthesize --network tiny --for-preset quick", False),
        ("mine --network tiny --images shapes --layers mixed3a", False),
    ],
)
def test_a_command_tells_whether_it_renders_a_unit(built_study: Workplace, command: str, is_asked: bool) -> None:
    """By name, in a range, or with its layer; not where the network is another, or the layer is no more."""
    assert job_offers.renders_unit(command.split(), built_study.study, Unit("mixed3a", 2)) is is_asked


def test_unmined_layers_are_those_not_mined_on_all_images(study_workspace: Workplace) -> None:
    """Nothing is left of a study that is whole; where its set has grown, or a layer is new, that is left."""
    place = study_workspace
    reader = CatalogueReader(place.workspace)
    assert job_offers.unmined_layers(reader, place.study) == ()
    grown = replace(place.study, image_set=replace(place.study.image_set, n_images=place.study.image_set.n_images + 1))
    assert job_offers.unmined_layers(reader, grown) == tuple(layer.name for layer in LAYERS)
    new = replace(LAYERS[0], name="new")
    wider = replace(place.study, network=replace(place.study.network, layers=(*LAYERS, new)))
    assert job_offers.unmined_layers(reader, wider) == ("new",)


@given(st.sets(st.builds(Unit, st.sampled_from([layer.name for layer in LAYERS]), st.integers(0, 3)), min_size=1))
def test_ranges_name_the_same_units(units: set[Unit]) -> None:
    """However they are drawn together, the names are of exactly these units."""
    names = job_offers.names_of(units)
    assert set(parse_units(network_card(), names)) == units and len(names) <= len(units)


def test_recipes_begin_with_the_quick_one(study_workspace: Workplace) -> None:
    """Every preset is offered once, with what it makes where nothing else is asked for."""
    names = job_offers.preset_names()
    assert names[0] == "quick" and len(set(names)) == len(names) and "paper" in names
    usual = job_offers.usual(study_workspace.study, "paper")
    assert (usual.n_images, usual.steps) == (10, 2560)
