"""Paths of synthetic images: the correlations of a slow obvious computation, and what they say of images that are known."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.domain import EXTREMES, PathSimilarity, Render, Unit, digest
from core.imaging import crop, decode, encode_png
from core.render_spec import RenderSpec
from core.services.networks import open_network
from core.services.renders import tracing
from core.services.renders.synthesis import synthesize
from core.services.units.units import unit_view
from core.settings import Settings
from core.store import activations, artifacts, catalogue_read, catalogue_write, mined_read, render_read, unit_read
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.mining import measure
from tests.core.services.computed import LAYERS, asked, renders_of, study_of

UNITS = (Unit("mixed3a", 13), Unit("mixed5b", 9), Unit("mixed5b", 30))


def paths_of(settings: Settings, key: str = "small/shapes") -> tuple[PathSimilarity, ...]:
    return render_read.path_similarities(CatalogueReader(Workspace(settings.workspace)).cursor(), key)


def test_similarities_are_mean_rank_correlations() -> None:
    """Ties included, they are what scipy gives pair by pair; a row without differences correlates with nothing."""
    rng = np.random.default_rng(2)
    images, exemplars, random = (rng.integers(0, 6, (n, 12)).astype(float) for n in (3, 5, 4))
    images[2] = 1.0
    found, natural, low = tracing.similarities(images, exemplars, random)
    expected = [np.mean([spearmanr(row, other).statistic for other in exemplars]) for row in images[:2]]
    np.testing.assert_allclose(found, [*expected, 0.0], atol=1e-12)
    pairs = [(a, b) for a, b in product(range(5), range(5)) if a != b]
    assert natural == pytest.approx(np.mean([spearmanr(exemplars[a], exemplars[b]).statistic for a, b in pairs]))
    assert low == pytest.approx(np.mean([spearmanr(a, b).statistic for a in random for b in exemplars]))


@pytest.fixture(scope="module")
def traced(computed: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace where natural images, at ranks beyond the nine and at random, are filed as synthetic ones."""
    settings = Settings(tmp_path_factory.mktemp("traced") / "workspace", device="cpu", threads=2)
    shutil.copytree(computed.workspace, settings.workspace)
    workspace, study = Workspace(settings.workspace), study_of(settings, "demo/world")
    cursor = CatalogueReader(workspace).cursor()
    images, ranked = catalogue_read.images(cursor, "world"), unit_read.ranked_ids(cursor, study.key, UNITS)
    spec = RenderSpec("quick", 12, study.network.preprocessing.crop_px, 0)
    rng = np.random.default_rng(0)
    renders = []
    for unit, extreme in product(UNITS, EXTREMES):
        chosen = [*ranked[unit, extreme][:6], *(int(one) for one in rng.choice(len(images), 6, replace=False))]
        for index, image_id in enumerate(chosen):
            path = Path(study.image_set.folder) / images[image_id].path
            address = artifacts.put_image(workspace, encode_png(crop(decode(path.read_bytes()), study.network.preprocessing)))
            renders.append(Render(unit, extreme, index, address, "", 0.0, digest(spec), spec.preset))
    publish(workspace, lambda cursor: catalogue_write.put_renders(cursor, card=study.network, spec=spec, renders=renders))
    tracing.trace_paths(workspace, open_network(settings, "demo"), study, progress=lambda done, total, label: None)
    return settings


def test_paths_equal_a_slow_obvious_computation(traced: Settings) -> None:
    """For every image, layer by layer: stored activations of nine exemplars and nine random images, correlated pair by pair."""
    workspace, study = Workspace(traced.workspace), study_of(traced, "demo/world")
    reader, loaded = CatalogueReader(workspace), open_network(traced, "demo")
    natural = {
        layer: activations.read_layer(reader.cursor(), mined_read.activation_files(reader.cursor(), workspace, study.key, layer))
        for layer in LAYERS
    }
    ranked = unit_read.ranked_ids(reader.cursor(), study.key, UNITS)
    rng = np.random.default_rng(int(study.image_set.set_digest[:8], 16))
    others = rng.choice(study.image_set.n_images, size=9, replace=False)
    for one in paths_of(traced, study.key)[::9]:
        pixels = np.asarray(decode(artifacts.get_image(workspace, one.address) or b""))[None]
        assert one.at_layers == LAYERS
        for place, layer in enumerate(LAYERS):
            row = measure(loaded, pixels, layers=(loaded.layer(layer),), batch=16)[0]
            exemplars = natural[layer][list(ranked[one.unit, one.extreme][:9])]
            assert one.similarities[place] == pytest.approx(np.mean([spearmanr(row, other).statistic for other in exemplars]), abs=1e-5)
            within = [spearmanr(exemplars[a], exemplars[b]).statistic for a, b in product(range(9), range(9)) if a != b]
            assert one.natural[place] == pytest.approx(np.mean(within), abs=1e-5)
            between = [spearmanr(natural[layer][a], b).statistic for a, b in product(others, exemplars)]
            assert one.random[place] == pytest.approx(np.mean(between), abs=1e-5)


def test_exemplars_take_the_path_of_exemplars_and_random_images_do_not(traced: Settings) -> None:
    """Filed as if they were synthetic, exemplars are about 1 and random images about 0, where the two can be told apart."""
    known = {(one.unit, one.extreme, one.address): one for one in paths_of(traced, "demo/world")}
    values: dict[bool, list[float]] = {True: [], False: []}
    for one in renders_of(traced, *UNITS, network="demo"):
        path = known[one.unit, one.extreme, one.address]
        apart = path.natural[-1] - path.random[-1]
        if apart > 0.1:
            values[one.index < 6].append(path.normalised[-1])
    assert len(values[True]) >= 12
    assert 0.8 < np.mean(values[True]) < 1.5
    assert abs(np.mean(values[False])) < 0.35


def test_paths_come_with_the_images_and_missing_ones_are_filled(small: Settings) -> None:
    """Rendering traces at once; what was rendered before the units were mined, or lost its path, is traced by the next call."""
    synthesize(small, asked("body:1", "stem:2"))
    complete = paths_of(small)
    assert {one.address for one in complete} == {one.address for one in renders_of(small)} and len(complete) == 8
    workspace = Workspace(small.workspace)
    publish(workspace, lambda cursor: cursor.execute("DELETE FROM path_similarities WHERE layer = 'body'"))
    assert len(paths_of(small)) == 4
    (report,) = synthesize(small, asked("stem:2"))
    assert report.n_rendered == 0 and paths_of(small) == complete
    view = unit_view(CatalogueReader(workspace), study_of(small), Unit("body", 1))
    assert {view.path(one) for one in view.render_sets[0].max_images} <= set(complete)


def test_units_that_are_not_mined_have_no_path(small: Settings) -> None:
    """There is nothing natural to compare them with."""
    synthesize(small, asked("logits:1"))
    assert paths_of(small) == ()
