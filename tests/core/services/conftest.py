"""Workspaces that are computed once for the whole run and copied where a test changes them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.demo.world import generate
from core.domain import NetworkCard
from core.services.images.indexing import index_folder
from core.services.mining import mining_pass
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.services.studies import choose_study
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.core.services import mining_cases
from tests.core.services.checked import change
from tests.core.services.computed import LAYERS, N_IMAGES, study_of, write_small
from tests.studies import Workplace, write_photos


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of images of the embedded world."""
    path = tmp_path_factory.mktemp("world")
    generate(path, n=N_IMAGES, seed=5, progress=lambda done, total: None)
    return path


@pytest.fixture(scope="session")
def computed(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace with two mined layers of the embedded network; tests must not change it."""
    made = Settings(tmp_path_factory.mktemp("computed"), device="cpu", threads=2)
    index_folder(made, world, name="world")
    mine(made, MiningRequest("demo", "world", layers=LAYERS))
    return made


@pytest.fixture(scope="session")
def demo_card(computed: Settings) -> NetworkCard:
    """Return the card of the embedded network."""
    return study_of(computed, "demo/world").network


@pytest.fixture(scope="session")
def small_built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace where a small network of a user's own is mined on 60 photos; tests must not change it."""
    root = tmp_path_factory.mktemp("small")
    write_photos(root / "photos", n=60)
    made = Settings(root / "workspace", device="cpu", threads=2)
    index_folder(made, root / "photos", name="shapes")
    mine(made, MiningRequest(write_small(root / "networks"), "shapes", top_k=30))
    return made


@pytest.fixture
def small(small_built: Settings, tmp_path: Path) -> Settings:
    """Return settings of a copy of the small network's workspace, for one test to change."""
    shutil.copytree(small_built.workspace, tmp_path / "workspace")
    return Settings(tmp_path / "workspace", device="cpu", threads=2)


@pytest.fixture
def place(built_study: Workplace, tmp_path: Path) -> Workplace:
    """Return a copy of the small study and its photos, for one test to damage."""
    root = built_study.workspace.root.parent
    shutil.copytree(root, tmp_path / "copy")
    workspace = Workspace(tmp_path / "copy" / "workspace")
    copy = Workplace(workspace, built_study.study)
    change(copy, "UPDATE image_sets SET folder = ?", str(tmp_path / "copy" / "photos"))
    return Workplace(workspace, choose_study(CatalogueReader(workspace)))


@pytest.fixture
def store(study_workspace: Workplace) -> Iterator[ResponseStore]:
    """Open what people answered in a copy of the small study."""
    with ResponseStore(study_workspace.workspace) as opened:
        yield opened


@pytest.fixture(scope="session")
def mining_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos and a network of a user's own."""
    made = tmp_path_factory.mktemp("mining")
    write_photos(made / "photos", n=mining_cases.N_IMAGES)
    write_small(made)
    return made


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few photos make several shards, the last one short, the batches not filling it."""
    monkeypatch.setattr(mining_pass, "SHARD_IMAGES", mining_cases.SHARD)


@pytest.fixture(scope="session")
def mined_at_once(mining_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace that was mined without interruption by one worker; tests must not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mining_pass, "SHARD_IMAGES", mining_cases.SHARD)
        return mining_cases.mined(mining_root, tmp_path_factory.mktemp("expected"))[0]
