"""The training of the embedded network: repeatability, its record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.demo import train
from core.demo.world import CLASSES


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
