"""What trainings share: augmentation, folding of batch norms, views of one image in a batch."""

from __future__ import annotations

import torch

from core.demo import training
from core.demo.network import DemoInception
from core.demo.train import Recipe


def test_augmented_images_keep_range_and_take_the_side() -> None:
    """Augmentation gives images of the wanted side in [0, 1] that differ from what came in."""
    images = torch.rand(4, 3, 160, 160)
    changed = training.augmented(images, 112)
    assert changed.shape == (4, 3, 112, 112)
    assert 0.0 <= changed.min() <= changed.max() <= 1.0
    assert not torch.equal(training.augmented(images, 160), images)


def test_folding_keeps_the_function() -> None:
    """Batch norms folded into their convolutions give the same logits as before, and the parameters of the plain network."""
    torch.manual_seed(0)
    network = training.with_norms(DemoInception(5))
    images = torch.rand(8, 3, 96, 96)
    network.train()(images)
    expected = network.eval()(images)
    plain = training.folded(network)
    torch.testing.assert_close(plain(images), expected, rtol=1e-3, atol=1e-4)
    assert plain.state_dict().keys() == DemoInception(5).state_dict().keys()


def test_views_follow_each_other() -> None:
    """With two views a batch holds every image twice, in the same order, augmented apart."""
    images = torch.randint(0, 256, (12, 3, 160, 160), dtype=torch.uint8)
    recipe = Recipe(batch=4, sides_px=(96,))
    batches = list(training._batches(recipe, images, torch.arange(12), 2))
    assert [batch.shape for batch, _ in batches] == [(8, 3, 96, 96)] * 3
    for batch, labels in batches:
        assert torch.equal(labels[:4], labels[4:])
        assert not torch.equal(batch[:4], batch[4:])
    assert sorted(torch.cat([labels for _, labels in batches]).tolist()) == sorted([*range(12)] * 2)
