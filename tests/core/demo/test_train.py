"""The training of the embedded network: augmentation, folding of batch norms, repeatability, its record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from core.demo import train
from core.demo.network import DemoInception
from core.demo.world import CLASSES


def test_augmented_images_keep_range_and_take_the_side() -> None:
    """Augmentation gives images of the wanted side in [0, 1] that differ from what came in."""
    images = torch.rand(4, 3, 160, 160)
    changed = train.augmented(images, 112)
    assert changed.shape == (4, 3, 112, 112)
    assert 0.0 <= changed.min() <= changed.max() <= 1.0
    assert not torch.equal(train.augmented(images, 160), images)


def test_folding_keeps_the_function() -> None:
    """Batch norms folded into their convolutions give the same logits as before, and the parameters of the plain network."""
    torch.manual_seed(0)
    network = train._with_norms(DemoInception(5))
    images = torch.rand(8, 3, 96, 96)
    network.train()(images)
    expected = network.eval()(images)
    folded = train._folded(network)
    torch.testing.assert_close(folded(images), expected, rtol=1e-3, atol=1e-4)
    assert folded.state_dict().keys() == DemoInception(5).state_dict().keys()


def test_same_recipe_same_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Running the script twice gives the same weights byte for byte, and a record that says how they were made."""
    recipe = train.Recipe(epochs=1, n_training=16, n_held_out=32, batch=8, sides_px=(96,))
    records = []
    for name in ("one", "two"):
        train.make(recipe, cache=tmp_path, out=tmp_path / f"{name}.safetensors")
        records.append(json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")))
    assert records[0]["weights_sha256"] == records[1]["weights_sha256"]
    assert (records[0]["n_training"], records[0]["n_held_out"], records[0]["classes"]) == (16, 32, list(CLASSES))
    assert "held-out images correct" in capsys.readouterr().out
