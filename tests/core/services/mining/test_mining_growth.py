"""What is asked for later, layers, images, exemplars, costs only itself, and gives what asking at once gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.domain import Unit
from core.services.images.indexing import index_folder
from core.services.mining.mining import mine
from core.settings import Settings
from core.store import activations, mined_read, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.core.services.computed import study_of, write_small
from tests.core.services.mining_cases import N_IMAGES, asked, contents, mined

pytestmark = pytest.mark.usefixtures("small_shards")


def test_layers_that_are_added_are_mined_alone(mining_root: Path, tmp_path: Path, mined_at_once: Settings) -> None:
    """One layer after the other gives what both together gave, but for the record of which shared a pass."""
    settings, first = mined(mining_root, tmp_path, layers=("body",))
    again = mine(settings, asked(mining_root))
    assert (first.already_mined, again.already_mined) == ((), ("body",))
    for table in ("units", "exemplars", "crops"):
        assert contents(settings)[table] == contents(mined_at_once)[table]


def test_added_images_are_mined_alone(mining_root: Path, tmp_path: Path) -> None:
    """A set that grows is mined on its new images; ranks, moments and bins are those of all images, and layers not asked for come along."""
    photos, later = tmp_path / "photos", tmp_path / "later"
    shutil.copytree(mining_root / "photos", later)
    write_small(tmp_path)
    paths = sorted(path.relative_to(later) for path in later.rglob("*.png"))
    for path in paths[:40]:
        (photos / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(later / path, photos / path)
    settings, first = mined(tmp_path, tmp_path)
    for path in paths[40:]:
        (photos / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(later / path, photos / path)
    index_folder(settings, photos, name="shapes")
    report = mine(settings, asked(tmp_path, layers=("body",)))
    assert (first.n_mined, report.n_mined, report.n_resumed, report.brought_along) == (40, 20, 40, ("stem",))
    workspace, study = Workspace(settings.workspace), study_of(settings)
    cursor = CatalogueReader(workspace).cursor()
    for layer in ("stem", "body"):
        files = mined_read.activation_files(cursor, workspace, study.key, layer)
        matrix = activations.read_layer(cursor, files)
        assert len(matrix) == N_IMAGES and len(files) == 5  # 16 + 16 + 8, then 16 + 4
        for channel in range(matrix.shape[1]):
            found = unit_read.activation_summary(cursor, study, Unit(layer, channel))
            column = matrix[:, channel].astype(np.float64)
            assert (found.n, found.min, found.max, sum(found.counts)) == (N_IMAGES, column.min(), column.max(), N_IMAGES)
            assert (found.mean, found.sd) == pytest.approx((column.mean(), column.std()), rel=1e-9)
            ids = unit_read.ranked_ids(cursor, study.key, [Unit(layer, channel)])[Unit(layer, channel), "max"]
            assert list(ids) == sorted(range(N_IMAGES), key=lambda image: (-column[image], image))[:20]
    assert len(contents(settings)["crops"]) == N_IMAGES
    assert mine(settings, asked(tmp_path)).n_mined == 0


def test_more_exemplars_need_no_pass(mining_root: Path, tmp_path: Path) -> None:
    """From 5 exemplars to 20: ranked again from the stored activations, as if 20 had been asked for at once."""
    settings, _ = mined(mining_root, tmp_path, top_k=5)
    report = mine(settings, asked(mining_root))
    at_once, _ = mined(mining_root, tmp_path / "at_once")
    assert report.n_mined == 0
    for table in ("units", "exemplars", "shards"):
        assert contents(settings)[table] == contents(at_once)[table]


def test_more_exemplars_of_a_set_that_has_grown_need_a_pass_of_what_is_new(mining_root: Path, tmp_path: Path) -> None:
    """The new images are mined, then all are ranked from the stored activations, as if 20 had been asked for at once."""
    photos = tmp_path / "photos"
    shutil.copytree(mining_root / "photos", photos)
    write_small(tmp_path)
    late = sorted(photos.rglob("*.png"))[40:]
    contents_of = {path: path.read_bytes() for path in late}
    for path in late:
        path.unlink()
    settings, _ = mined(tmp_path, tmp_path, top_k=5)
    for path, content in contents_of.items():
        path.write_bytes(content)
    index_folder(settings, photos, name="shapes")
    report = mine(settings, asked(tmp_path))
    assert report.n_mined == N_IMAGES - 40
    at_once, _ = mined(tmp_path, tmp_path / "at_once")
    assert contents(settings)["exemplars"] == contents(at_once)["exemplars"]
