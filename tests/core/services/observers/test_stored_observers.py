"""Observers from what is on disk: the embeddings, the mined activations, the scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import NotReady
from core.services.observers.stored_observers import (
    SCALE_IMAGES,
    are_mined,
    mined_features,
    natural_addresses,
    observer_of,
    scale_of,
    stored_observer,
)
from core.store import catalogue_read
from core.store.embeddings import put_embeddings
from core.store.publication import CatalogueReader
from tests.core.services.checked import change
from tests.studies import LAYERS, OBSERVER, Workplace, activation_matrix, observer_card

D = 5


def reader_of(place: Workplace) -> CatalogueReader:
    return CatalogueReader(place.workspace)


def embed(place: Workplace, addresses: tuple[str, ...], *, d: int = D, embedder: str = "0" * 16) -> NDArray[np.float32]:
    rows = np.random.default_rng(len(addresses)).normal(loc=2, scale=np.arange(1, d + 1), size=(len(addresses), d)).astype(np.float32)
    put_embeddings(place.workspace, embedder, addresses, rows)
    return rows


def slow_cosine(a: Any, b: Any) -> float:
    return float(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b)))


@pytest.mark.parametrize("n", [1, 7, SCALE_IMAGES, SCALE_IMAGES + 1, 3 * SCALE_IMAGES])
def test_the_scale_is_over_all_or_evenly_spaced_images(n: int) -> None:
    """All where there are few; else so many different ones, from the first to the last, at most one step further apart than the least."""
    natural = [str(number) for number in range(n)]
    chosen = [int(one) for one in scale_of(natural)]
    assert len(chosen) == min(n, SCALE_IMAGES) and (chosen[0], chosen[-1]) == (0, n - 1)
    assert chosen == list(range(n)) or set(np.diff(chosen)) <= {(n - 1) // (SCALE_IMAGES - 1), (n - 1) // (SCALE_IMAGES - 1) + 1}


def test_natural_addresses_are_in_order_of_image_ids(built_study: Workplace) -> None:
    """As the catalogue has them."""
    found = natural_addresses(reader_of(built_study), built_study.study)
    known = catalogue_read.crop_addresses(reader_of(built_study).cursor(), built_study.study)
    assert len(found) == built_study.study.image_set.n_images and all(found[image_id] == address for image_id, address in known.items())


def test_an_observer_sees_what_it_has_embedded(study_workspace: Workplace) -> None:
    """Of what is shown, those images; their similarity is the cosine of what was stored."""
    natural = natural_addresses(reader_of(study_workspace), study_workspace.study)
    rows = embed(study_workspace, natural[:6])
    card = replace(observer_card(study_workspace.study), embedder="resnet18", is_biased=False)
    observer = stored_observer(reader_of(study_workspace), study_workspace.study, card, natural[2:9])
    assert [address in observer for address in natural[:9]] == [False] * 2 + [True] * 4 + [False] * 3
    assert observer.similarity([natural[2]], [natural[5]])[0, 0] == pytest.approx(slow_cosine(rows[2], rows[5]))


def test_z_scores_are_over_the_image_set_not_what_is_shown(study_workspace: Workplace) -> None:
    """Channels have the mean and sd of all natural images; where one of these is not embedded, that is told."""
    natural = natural_addresses(reader_of(study_workspace), study_workspace.study)
    card = replace(observer_card(study_workspace.study), embedder="resnet18", is_z_scored=True)
    rows = embed(study_workspace, (*natural[:-1], "made"))
    with pytest.raises(NotReady, match="1 images that channels are z-scored over are not embedded"):
        stored_observer(reader_of(study_workspace), study_workspace.study, card, ["made"])
    last = embed(study_workspace, natural[-1:])
    whole = np.concatenate([rows[:-1], last]).astype(np.float64)
    observer = stored_observer(reader_of(study_workspace), study_workspace.study, card, ["made"])
    scored, made = (whole - whole.mean(axis=0)) / whole.std(axis=0), (rows[-1] - whole.mean(axis=0)) / whole.std(axis=0)
    assert observer.similarity(["made"], natural[3:5])[0] == pytest.approx([slow_cosine(made, one) for one in scored[3:5]])


def test_own_layers_know_natural_images_by_mining(study_workspace: Workplace) -> None:
    """Their features are the activations, nothing of them is embedded; made images come from the embeddings, in the same channels."""
    study = study_workspace.study
    layer = next(one for one in LAYERS if one.name == "mixed4a")
    matrix, natural = activation_matrix(layer, study.image_set.n_images), natural_addresses(reader_of(study_workspace), study)
    assert np.array_equal(mined_features(reader_of(study_workspace), study, "mixed4a"), matrix)
    without = stored_observer(reader_of(study_workspace), study, observer_card(study), ["made"])
    assert "made" not in without and all(address in without for address in natural) and without.dimension == layer.n_channels
    made = embed(study_workspace, ("made",), d=layer.n_channels)
    assert OBSERVER == "own:mixed4a" and observer_card(study).is_biased
    observer = stored_observer(reader_of(study_workspace), study, observer_card(study), ["made"])
    assert observer.similarity(["made"], [natural[8]])[0, 0] == pytest.approx(slow_cosine(made[0], matrix[8]))
    assert observer.similarity([natural[1]], [natural[8]])[0, 0] == pytest.approx(slow_cosine(matrix[1], matrix[8]))


@pytest.mark.parametrize("damage", ["DELETE FROM mined_layers WHERE layer = ?", "UPDATE mined_layers SET n_images = 7 WHERE layer = ?"])
def test_layers_that_are_not_wholly_mined_are_embedded(study_workspace: Workplace, damage: str) -> None:
    """Such an observer sees by embeddings alone."""
    study = study_workspace.study
    assert are_mined(reader_of(study_workspace), study, "mixed4a")
    change(study_workspace, damage, "mixed4a")
    reader = reader_of(study_workspace)
    assert not are_mined(reader, study, "mixed4a") and mined_features(reader, study, "mixed4a") is None
    natural = natural_addresses(reader, study)
    embed(study_workspace, natural[:2])
    observer = observer_of(reader, study, natural[:3], name="own", embedder="0" * 16, is_z_scored=False, own_layer="mixed4a")
    assert [address in observer for address in natural[:3]] == [True, True, False]


def test_maxima_are_no_spatial_means(study_workspace: Workplace) -> None:
    """A layer mined by another reduction is not the observer's features."""
    study = study_workspace.study
    assert are_mined(reader_of(study_workspace), study, "mixed4a")
    change(study_workspace, """UPDATE mined_layers SET spec = replace(spec, '"reduction":"mean"', '"reduction":"max"')""")
    assert not are_mined(reader_of(study_workspace), study, "mixed4a")


def test_an_observer_of_pairs_is_not_stored(study_workspace: Workplace) -> None:
    """It keeps no embeddings: asked for, it says so."""
    card = replace(observer_card(study_workspace.study), kind="pairwise")
    with pytest.raises(NotReady, match="keeps no embeddings"):
        stored_observer(reader_of(study_workspace), study_workspace.study, card, [])
