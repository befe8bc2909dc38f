"""The observer network: its weights file, what its embedding is good for, and that it is another network than the studied one."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.demo import network, observer_network, train, train_observer
from core.demo.observer_network import EMBEDDING, OBSERVER_WEIGHTS, SIDE_PX, DemoObserver
from core.demo.world import CLASSES, draw
from core.vision.embedders.feeding import resized

UNUSED_WORLD, N_IMAGES = 78, 128


@pytest.fixture(scope="module")
def observer() -> DemoObserver:
    return observer_network.build()


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Return float32 (n, 3, SIDE_PX, SIDE_PX) of a world that was never used before."""
    pixels = resized(np.stack([np.asarray(draw(UNUSED_WORLD, index)[0]) for index in range(N_IMAGES)]), SIDE_PX)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255


def test_weights_file_is_small_and_the_recorded_one() -> None:
    """The weights take at most 2 MB and are those that the record beside them describes."""
    content = OBSERVER_WEIGHTS.read_bytes()
    record = json.loads(OBSERVER_WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    assert len(content) <= 2_000_000
    assert hashlib.sha256(content).hexdigest() == record["weights_sha256"]
    assert tuple(record["classes"]) == CLASSES
    assert record["n_held_out"] >= 800


def test_it_was_trained_apart() -> None:
    """Seed, images and architecture are other than the studied network's."""
    ours, theirs = train_observer.Recipe(), train.Recipe()
    assert ours.seed != theirs.seed
    worlds = {train_observer.TRAINING_WORLD, train_observer.HELD_OUT_WORLD, train.TRAINING_WORLD, train.HELD_OUT_WORLD, 0}
    assert len(worlds) == 5  # world 0 is the study's
    names = {name for name, _ in observer_network.build().named_modules()} & {name for name, _ in network.build().named_modules()}
    assert names == {""}


def test_build_gives_a_frozen_description(observer: DemoObserver) -> None:
    """The network comes in eval mode, float32, and embeds images of several sizes the same way every time."""
    assert not observer.training
    assert {value.dtype for value in observer.parameters()} == {torch.float32}
    for side in (96, 160):
        given = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            found = observer(given)
            assert torch.equal(found, observer(given))
        assert found.shape == (2, EMBEDDING)


def test_neighbours_share_classes(observer: DemoObserver, images: torch.Tensor) -> None:
    """Of fresh images half of the nearest neighbours are of the same class; by chance it would be 3 in 127."""
    directions = F.normalize(train_observer.embedded(observer, images), dim=1)
    nearest = (directions @ directions.T).fill_diagonal_(-2).argmax(dim=1)
    assert (nearest % len(CLASSES) == torch.arange(N_IMAGES) % len(CLASSES)).float().mean() >= 0.5


def test_views_are_near(observer: DemoObserver, images: torch.Tensor) -> None:
    """An augmented view is nearer to its image than most other images are."""
    torch.manual_seed(0)
    clean = F.normalize(train_observer.embedded(observer, images), dim=1)
    views = F.normalize(train_observer.embedded(observer, train_observer.training.augmented(images, SIDE_PX)), dim=1)
    cosines = views @ clean.T
    assert (cosines.diagonal()[:, None] > cosines).float().mean() >= 0.97


def test_assessment_of_what_knows_all(images: torch.Tensor) -> None:
    """Shares are those of the images: with a label for each image none has neighbours of its class."""
    found = train_observer.assess(observer_network.build(), (images[:32] * 255).byte(), torch.arange(32))
    assert found.same_class_neighbours == 0
    assert 0 <= found.same_image_found <= 1
