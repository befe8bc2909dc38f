"""The training of the observer network: what is minimised, repeatability, its record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from core.demo import train_observer, training
from core.demo.observer_network import DemoObserver


def test_views_apart_as_slowly_computed() -> None:
    """InfoNCE is the mean over all views of minus the log probability of the other view, among all but itself."""
    embeddings = torch.randn(6, 5, generator=torch.Generator().manual_seed(1))
    directions = F.normalize(embeddings, dim=1)
    expected = 0.0
    for i in range(6):
        others = {j: float((directions[i] @ directions[j] / 0.2).exp()) for j in range(6) if j != i}
        expected -= float(torch.tensor(others[(i + 3) % 6] / sum(others.values())).log()) / 6
    assert float(train_observer.views_apart(embeddings, temperature=0.2)) == pytest.approx(expected, rel=1e-5)


def test_folding_keeps_the_function() -> None:
    """Batch norms folded into their convolutions give the same embeddings as before, and the parameters of the plain network."""
    torch.manual_seed(0)
    network = training.with_norms(DemoObserver(5))
    images = torch.rand(8, 3, 64, 64)
    network.train()(images)
    expected = network.eval()(images)
    plain = training.folded(network)
    torch.testing.assert_close(plain(images), expected, rtol=1e-3, atol=1e-4)
    assert plain.state_dict().keys() == DemoObserver(5).state_dict().keys()


def test_same_recipe_same_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Running the script twice gives the same weights byte for byte, float16, and a record that says how they were made."""
    recipe = train_observer.Recipe(epochs=1, n_training=16, n_held_out=32, batch=8, sides_px=(64,))
    records = []
    for name in ("one", "two"):
        train_observer.make(recipe, cache=tmp_path, out=tmp_path / f"{name}.safetensors")
        records.append(json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")))
    assert records[0]["weights_sha256"] == records[1]["weights_sha256"]
    assert (records[0]["training_world"], records[0]["n_training"], records[0]["view_weight"]) == (3, 16, recipe.view_weight)
    assert (tmp_path / "one.safetensors").stat().st_size < 2 * sum(value.numel() for value in DemoObserver(32).parameters()) + 10_000
    assert "held-out images correct" in capsys.readouterr().out
