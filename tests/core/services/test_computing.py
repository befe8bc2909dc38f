"""The services that compute, end to end on the embedded network: mining, synthesis, observing, and the guards around stored work."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.demo.network import build
from core.demo.world import generate
from core.domain import NetworkCard, Study, Unit
from core.errors import Interrupted, StaleWork
from core.services import demo, studies
from core.services.images.indexing import index_folder
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.services.observers.observing import observe
from core.services.renders.render_requests import SynthesisRequest
from core.services.renders.synthesis import synthesize
from core.services.units import units
from core.settings import Settings
from core.store import unit_read
from core.store.observations import observers, unit_scores
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.core.services.computed import LAYERS

OWN = """
import torch
from torch import nn


def build():
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU())
"""
OWN_LAYER = 'input_px = 48\nresize_px = 48\n[[layers]]\nname = "b"\nmodules = ["{module}"]\npre_relu = true\n'


@pytest.fixture(scope="module")
def folder(world: Path) -> Path:
    return world


@pytest.fixture(scope="module")
def settings(computed: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a copy of the mined workspace, for this module to change."""
    path = tmp_path_factory.mktemp("changed") / "workspace"
    shutil.copytree(computed.workspace, path)
    return Settings(path, device="cpu", threads=2)


def study_of(settings: Settings) -> Study:
    return studies.choose_study(CatalogueReader(Workspace(settings.workspace)), key=demo.KEY)


def slow_activations(folder: Path, study: Study, layer: str) -> np.ndarray:
    """Return pre-ReLU spatial means (n_images, C) one image at a time, by hooks of this test's own on the branches."""
    network = build()
    branches = [getattr(getattr(network, layer), f"branch_{name}") for name in ("1x1", "3x3", "5x5", "pool")]
    seen: list[torch.Tensor] = []
    for branch in branches:
        branch.register_forward_hook(lambda module, args, output: seen.append(output.mean(dim=(2, 3))[0].clone()))
    rows = []
    for path in sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png")):
        pixels = np.asarray(Image.open(folder / path).convert("RGB"), dtype=np.float32) / 255
        seen.clear()
        with torch.no_grad():
            network(torch.from_numpy(pixels).permute(2, 0, 1)[None])
        rows.append(torch.cat(seen).numpy())
    return np.stack(rows)


@pytest.mark.parametrize("layer", LAYERS)
def test_exemplars_equal_a_slow_obvious_computation(settings: Settings, folder: Path, layer: str) -> None:
    """Both extremes of every tenth unit are what sorting one image at a time gives, but for near-ties."""
    study = study_of(settings)
    slow = slow_activations(folder, study, layer)
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    for channel in range(0, slow.shape[1], 10):
        ids = unit_read.ranked_ids(cursor, study.key, [Unit(layer, channel)])
        for extreme, order in (("max", np.argsort(-slow[:, channel])), ("min", np.argsort(slow[:, channel]))):
            found = np.array(ids[Unit(layer, channel), extreme][:50])
            np.testing.assert_allclose(slow[found, channel], slow[order[:50], channel], rtol=1e-4, atol=1e-5)


def test_mining_again_does_nothing_and_more_layers_are_added(settings: Settings) -> None:
    """What is mined is left as it is; a further layer is mined alone, and the study has both."""
    again = mine(settings, MiningRequest("demo", "world", layers=LAYERS))
    assert again.already_mined == LAYERS
    added = mine(settings, MiningRequest("demo", "world", layers=("mixed4c", *LAYERS), top_k=20))
    assert set(added.already_mined) == set(LAYERS)
    assert study_of(settings).mining.top_k == 20


def test_an_interrupted_mining_resumes_to_the_same_result(settings: Settings, folder: Path, tmp_path: Path) -> None:
    """Stopped in the middle, the second call goes on where the first was and finds the same exemplars, bit for bit."""
    stopped = Settings(tmp_path, device="cpu", threads=2)
    index_folder(stopped, folder, name="world")

    def stop(done: int, total: int, label: str) -> None:
        if label == "mining images" and done >= 24:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        mine(stopped, MiningRequest("demo", "world", layers=LAYERS), progress=stop)
    resumed = mine(stopped, MiningRequest("demo", "world", layers=LAYERS))
    assert resumed.n_resumed == 24
    views = [
        units.unit_view(CatalogueReader(Workspace(made.workspace)), study_of(made), Unit("mixed5b", 9)) for made in (settings, stopped)
    ]
    assert views[0].activation == views[1].activation
    assert [one.activation for one in views[0].max_exemplars] == [one.activation for one in views[1].max_exemplars]


def test_synthesis_goes_beyond_nature_is_stored_whole_and_not_done_twice(settings: Settings) -> None:
    """The re-measured activation beats every natural image, the spec comes with it, and a second call renders nothing."""
    request = SynthesisRequest("demo", ("mixed5b:9",), n_images=2)
    (first,) = synthesize(settings, request)
    assert (first.n_rendered, first.n_present) == (4, 0)
    (again,) = synthesize(settings, request)
    assert (again.n_rendered, again.n_present) == (0, 4)
    reader, study = CatalogueReader(Workspace(settings.workspace)), study_of(settings)
    view = units.unit_view(reader, study, Unit("mixed5b", 9))
    found = units.as_json(reader, study, view, root=settings.workspace)
    assert {render["spec"]["seed"] for render in found["renders"]} == {0} and all(Path(one["path"]).exists() for one in found["renders"])
    activations = {extreme: [one["activation"] for one in found["renders"] if one["extreme"] == extreme] for extreme in ("max", "min")}
    reach = view.activation.sd
    assert np.mean(activations["max"]) > view.activation.max + reach
    assert np.mean(activations["min"]) < view.activation.min


def test_an_observer_answers_for_both_conditions(settings: Settings) -> None:
    """With nine images an extreme, the embedded study's observer judges natural and synthetic references of the same units."""
    synthesize(settings, SynthesisRequest("demo", ("mixed5b:9", "mixed3a:13"), steps=2))
    study = study_of(settings)
    (report,) = observe(settings, study)
    assert (report.card.embedder, report.card.is_biased) == ("demo-observer", False)
    assert report.scores["natural"][1] > report.scores["synthetic"][1] > 0
    found = unit_scores(Workspace(settings.workspace), study.key, report.card.name)
    judged = found.condition == "synthetic"
    assert {("mixed5b", 9), ("mixed3a", 13)} <= set(zip(found.layer[judged].tolist(), found.channel[judged].tolist(), strict=True))
    assert observers(Workspace(settings.workspace), study.key, "other stimuli").cards == ()


def own_network(folder: Path, module: str) -> str:
    (folder / "own.py").write_text(OWN)
    (folder / "own.toml").write_text(OWN_LAYER.format(module=module))
    return f"{folder / 'own.py'}:build"


def test_a_network_read_elsewhere_is_another_network(settings: Settings, tmp_path: Path) -> None:
    """Equal weights with another layer definition are refused under the same name, and taken under another."""
    mine(settings, MiningRequest(own_network(tmp_path, "0"), "world"))
    with pytest.raises(StaleWork, match="--network-name"):
        mine(settings, MiningRequest(own_network(tmp_path, "2"), "world"))
    assert mine(settings, MiningRequest(own_network(tmp_path, "2"), "world", network_name="own2")).study == "own2/world"


def test_an_image_that_changed_since_indexing_stops_mining(tmp_path: Path) -> None:
    """Its bytes are compared with what was indexed before the network sees it."""
    photos = tmp_path / "photos"
    generate(photos, n=40, seed=6, progress=lambda done, total: None)
    settings = Settings(tmp_path / "workspace", device="cpu", threads=2)
    index_folder(settings, photos, name="photos")
    path = next(photos.rglob("*.png"))
    Image.new("RGB", (160, 160)).save(path)
    with pytest.raises(StaleWork, match=path.name):
        mine(settings, MiningRequest("demo", "photos", layers=("mixed3a",)))


def test_the_embedded_study_spreads_its_units(demo_card: NetworkCard, settings: Settings) -> None:
    """The 20 main units lie in all layers and branches; the 8 reserved ones are others."""
    study = study_of(settings)
    live = tuple(Unit(layer.name, channel) for layer in demo_card.layers for channel in range(layer.n_channels))
    main, reserved = demo.spread_units(study, live, n_main=20, n_reserved=8)
    assert len({*main, *reserved}) == 28
    assert {unit.layer for unit in main} == {layer.name for layer in demo_card.layers}
    assert {study.network.layer(unit.layer).branch_of(unit.channel) for unit in main} == {"1x1", "3x3", "5x5", "pool"}
