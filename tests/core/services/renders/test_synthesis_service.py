"""Rendering as a service: asked for once, resumed where it ended, kept beside what was there, halved where memory ends."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.domain import Unit
from core.errors import Interrupted, StaleWork, UsageError
from core.render_spec import Target
from core.services import studies
from core.services.images.indexing import index_folder
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.services.networks import open_network
from core.services.renders.render_storing import CheckpointFiles
from core.services.renders.synthesis import synthesize
from core.settings import Settings
from core.store import artifacts, mined_read, render_read, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision import batch
from core.vision.mining import measure
from core.vision.precision import half_type
from tests.core.services.computed import SMALL_TOML, addresses, asked, renders_of, study_of, write_small
from tests.processes import kill, python, wait_until
from tests.studies import write_photos

COMMAND = "import sys; from core.cli import main; sys.exit(main(sys.argv[1:]))"


def checkpoints(settings: Settings) -> list[Path]:
    return sorted(Workspace(settings.workspace).checkpoints.glob("*/*.pt"))


@pytest.fixture
def steps_taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets an entry for every optimisation step."""
    taken: list[int] = []
    improve = batch.Batch.improve

    def counted(self: batch.Batch, *arguments: object) -> None:
        taken.append(self.step)
        improve(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(batch.Batch, "improve", counted)
    return taken


# --- asked for once -----------------------------------------------------------------------------------------------------------


def test_asking_again_computes_nothing(small: Settings, steps_taken: list[int]) -> None:
    """What is there by the same spec is reported as present, and no step is taken."""
    (first,) = synthesize(small, asked("body:1", "stem:0"))
    n_steps = len(steps_taken)
    (again,) = synthesize(small, asked("body:1", "stem:0"))
    assert (first.n_rendered, first.n_present, again.n_rendered, again.n_present) == (8, 0, 0, 8)
    assert len(steps_taken) == n_steps > 0 and again.spec_digest == first.spec_digest


def test_an_image_whose_file_is_gone_is_rendered_again(small: Settings) -> None:
    """What `exemplary check` finds missing, the same command renders again: the group of that image alone, as it was."""
    (first,) = synthesize(small, asked("body:1", "stem:0"))
    before = renders_of(small)
    (small.workspace / before[0].path).unlink()
    (again,) = synthesize(small, asked("body:1", "stem:0"))
    assert again.n_rendered == first.spec.n_images
    assert all((small.workspace / one.path).is_file() for one in renders_of(small))
    assert {one.address for one in renders_of(small)} == {one.address for one in before}


def test_further_units_are_rendered_alone(small: Settings) -> None:
    """A request that overlaps a former one renders the rest, and the former images stay."""
    synthesize(small, asked("body:1"))
    before = addresses(renders_of(small))
    (report,) = synthesize(small, asked("body:1-2"))
    assert (report.n_rendered, report.n_present) == (4, 4)
    assert before.items() <= addresses(renders_of(small)).items()


def test_another_seed_adds_a_set(small: Settings) -> None:
    """Two seeds give two sets of different images, each under a spec of its own."""
    for seed in (0, 1):
        synthesize(small, asked("body:1", seed=seed))
    found = renders_of(small)
    assert len(found) == 8 and len({one.spec_digest for one in found}) == 2 and len({one.address for one in found}) == 8


def test_more_groups_add_to_what_is_there(small: Settings) -> None:
    """Groups of n images have the indices n to 2n - 1 beside the former ones, whose files stay to the byte."""
    synthesize(small, asked("body:1"))
    before = renders_of(small)
    content = {one.address: artifacts.get_image(Workspace(small.workspace), one.address) for one in before}
    (report,) = synthesize(small, asked("body:1", n_groups=2))
    after = renders_of(small)
    assert (report.n_rendered, report.n_present, report.n_groups) == (4, 4, 4)
    assert {(one.extreme, one.index) for one in after} == {(extreme, index) for extreme in ("max", "min") for index in range(4)}
    assert addresses(before).items() <= addresses(after).items() and len({one.address for one in after}) == 8
    assert all(artifacts.get_image(Workspace(small.workspace), address) == bytes_ for address, bytes_ in content.items())
    (fewer,) = synthesize(small, asked("body:1"))
    assert fewer.n_beyond is not None and fewer.n_beyond <= fewer.n_groups == 2


def test_reserved_units_are_kept_for_practice(small: Settings) -> None:
    """Units that are asked to be reserved are, and others are not."""
    synthesize(small, asked("body:1", reserve=True))
    synthesize(small, asked("body:2"))
    assert unit_read.reserved_units(CatalogueReader(Workspace(small.workspace)).cursor(), "small") == (Unit("body", 1),)


def test_groups_beyond_nature_are_counted(small: Settings) -> None:
    """The count is that of groups whose mean goes beyond the most extreme natural image."""
    (report,) = synthesize(small, asked("body:*", steps=12, n_groups=2))
    cursor = CatalogueReader(Workspace(small.workspace)).cursor()
    best = render_read.best_naturals(cursor, "small/shapes", [Unit("body", channel) for channel in range(8)])
    found: dict[tuple[Unit, str, int], list[float]] = {}
    for one in renders_of(small):
        found.setdefault((one.unit, one.extreme, one.index // 2), []).append(one.activation)
    signs = {"max": 1, "min": -1}
    expected = sum(signs[extreme] * (np.mean(values) - best[unit, extreme]) > 0 for (unit, extreme, _), values in found.items())  # type: ignore[index]
    assert report.n_groups == len(found) == 32 and report.n_beyond == expected > 0


def test_an_activation_is_that_of_the_stored_image(small: Settings) -> None:
    """Rendered in half precision, the activation is what the network does with the PNG in full precision, to the bit."""
    synthesize(replace(small, precision="half"), asked("body:1", "body:3"))
    synthesize(replace(small, precision="full"), asked("body:1", "body:3", seed=1))
    loaded, workspace = open_network(small, "small"), Workspace(small.workspace)
    found = renders_of(small)
    images = [np.asarray(Image.open(io.BytesIO(artifacts.get_image(workspace, one.address) or b""))) for one in found]
    measured = measure(loaded, np.stack(images), layers=(loaded.layer("body"),), batch=16)
    np.testing.assert_array_equal(
        [one.activation for one in found], [row[one.unit.channel] for row, one in zip(measured, found, strict=True)]
    )
    devices = {one.device for one in render_read.courses(CatalogueReader(workspace).cursor(), loaded.card, [Unit("body", 1)])}
    assert devices == {"cpu, bfloat16", "cpu, float32"}


def test_other_weights_under_the_same_name_are_refused(small: Settings, tmp_path: Path) -> None:
    """Before anything is rendered, and nothing is lost."""
    synthesize(small, asked("body:1"))
    before = renders_of(small)
    source = write_small(tmp_path / "other", toml=SMALL_TOML.replace("pre_relu = true", "pre_relu = false"))
    with pytest.raises(StaleWork, match="--network-name"):
        synthesize(small, asked("body:1", network=source))
    assert renders_of(small) == before
    (report,) = synthesize(small, asked("body:1", network=source, network_name="other"))
    assert (report.network, report.n_rendered, report.n_beyond) == ("other", 4, None)


def test_a_network_needs_no_images(tmp_path: Path) -> None:
    """In an empty workspace units are rendered, and nothing is said about nature."""
    settings = Settings(tmp_path / "workspace", device="cpu", threads=2)
    (report,) = synthesize(settings, asked("stem:2", network=write_small(tmp_path)))
    assert (report.n_rendered, report.n_beyond) == (4, None) and len(renders_of(settings)) == 4


def test_classes_are_rendered_and_mined_where_asked_for(small: Settings) -> None:
    """The output is a layer that mining leaves out unless it is named; its units are rendered and shown like others."""
    reader = CatalogueReader(Workspace(small.workspace))
    assert set(mined_read.mined_layers(reader.cursor(), "small/shapes")) == {"stem", "body"}
    (report,) = synthesize(small, asked("logits:3"))
    assert (report.n_rendered, report.n_beyond) == (4, None)
    mine(small, MiningRequest("small", "shapes", layers=("logits",), top_k=30))
    (again,) = synthesize(small, asked("logits:3"))
    assert again.n_rendered == 0 and again.n_beyond is not None


# --- resumed ------------------------------------------------------------------------------------------------------------------


def test_a_kill_loses_at_most_a_hundred_steps(tmp_path: Path, steps_taken: list[int]) -> None:
    """Killed after a state was kept, the same request goes on from it and gives the images of a call that was never ended."""
    killed, whole = (Settings(tmp_path / name, device="cpu", threads=2) for name in ("killed", "whole"))
    arguments = ["--network", "demo", "--units", "mixed3a:1", "--images", "1", "--steps", "230", "--device", "cpu"]
    process = python(COMMAND, "--workspace", killed.workspace, "synthesize", *arguments)
    wait_until(lambda: len(checkpoints(killed)) == 2, "the states of both batches", patience_s=180)
    kill(process)
    kept = [batch.unpacked(path.read_bytes())["step"] for path in checkpoints(killed)]
    assert set(kept) <= {100, 200} and not list(Workspace(killed.workspace).images.rglob("*.png"))
    reported: list[float] = []
    request = asked("mixed3a:1", network="demo", n_images=1, steps=230)
    synthesize(killed, request, progress=lambda done, total, label: reported.append(done / total))
    assert sorted(steps_taken) == sorted(step for start in kept for step in range(start, 230))
    assert min(reported) >= min(kept) / 230 / 2 and not checkpoints(killed)
    synthesize(whole, request)
    found = [addresses(renders_of(one, network="demo")) for one in (killed, whole)]
    assert found[0] == found[1] and len(found[0]) == 2


def test_an_interrupt_keeps_the_exact_step(small: Settings, steps_taken: list[int]) -> None:
    """Stopped from the progress, no step is taken twice; and no state is left in the end."""

    def stop(done: float, total: float, label: str) -> None:
        if 0 < done < total:
            raise Interrupted("enough")

    request = asked("body:0-1", steps=900)
    with pytest.raises(Interrupted):
        synthesize(small, request, progress=stop)
    n_before = len(steps_taken)
    assert checkpoints(small) and 0 < n_before < 2 * 900
    (report,) = synthesize(small, request)
    assert len(steps_taken) == 2 * 900 and report.n_rendered == 8 and not checkpoints(small)
    assert sorted(steps_taken) == sorted([*range(900)] * 2)


def test_finished_groups_are_not_rendered_again(small: Settings, steps_taken: list[int]) -> None:
    """Stopped between two layers, the second call renders the other layer alone."""

    def stop(done: float, total: float, label: str) -> None:
        if "body" in label:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        synthesize(small, asked("stem:0", "body:0-3", steps=120), progress=stop)
    finished = addresses(renders_of(small))
    assert {unit for unit, _, _ in finished} >= {"stem:0"}
    (report,) = synthesize(small, asked("stem:0", "body:0-3", steps=120))
    assert report.n_present == len(finished) and report.n_rendered == 20 - len(finished)
    assert finished.items() <= addresses(renders_of(small)).items()


def test_states_left_by_a_kill_after_publication_are_removed(small: Settings) -> None:
    """A state of what the catalogue has already is of no use: the next call forgets it."""
    (report,) = synthesize(small, asked("body:1"))
    loaded = open_network(small, "small")
    half = half_type(loaded.device, loaded.dtype, small.precision)
    device = f"cpu, {'float32' if half is None else 'bfloat16'}"  # as the course says
    CheckpointFiles(Workspace(small.workspace), loaded.card, report.spec, device=device).keep([Target(Unit("body", 1), "max")], {"step": 3})
    assert len(checkpoints(small)) == 1
    synthesize(small, asked("body:1"))
    assert not checkpoints(small)


# --- memory -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def cramped(tmp_path: Path) -> Settings:
    """Return settings of a workspace with a network that takes four images at a time at most."""
    write_photos(tmp_path / "photos", n=24)
    settings = Settings(tmp_path / "workspace", device="cpu", threads=2)
    index_folder(settings, tmp_path / "photos", name="shapes")
    mine(settings, MiningRequest(write_small(tmp_path, "cramped"), "shapes", layers=("body",), top_k=10))
    return settings


def test_batches_that_do_not_fit_are_halved(cramped: Settings) -> None:
    """Somebody is told how many images are tried next, and all images are there in the end."""
    told: list[str] = []
    (report,) = synthesize(cramped, asked("body:0-5", network="cramped"), notice=told.append)
    assert report.n_rendered == 24 and len(renders_of(cramped, network="cramped")) == 24
    assert any("12 images" in text and "6 at once" in text for text in told) and report.notices == tuple(told)
    courses = render_read.courses(
        CatalogueReader(Workspace(cramped.workspace)).cursor(),
        study_of(cramped, "cramped/shapes").network,
        [Unit("body", channel) for channel in range(6)],
    )
    assert {one.n_at_once for one in courses} <= {2, 4} and not checkpoints(cramped)


def test_a_group_that_does_not_fit_is_one_sentence(cramped: Settings) -> None:
    """What cannot be made smaller is refused, naming the layer and what to ask for; the study stays as it was."""
    with pytest.raises(UsageError, match=r"group of 5 images of 32 px .* at body; ask for fewer --images"):
        synthesize(cramped, asked("body:0", network="cramped", n_images=5))
    assert not renders_of(cramped, network="cramped") and study_of(cramped, "cramped/shapes")
    assert len(studies.list_studies(CatalogueReader(Workspace(cramped.workspace)))) == 1
