"""Names of embedders: kinds, variants, what is refused."""

from __future__ import annotations

import pytest

from core import embedder_names
from core.errors import UsageError


def test_what_is_offered() -> None:
    """Every offered name is its own stored form, and the functions agree with its record; only the studied network's own is biased."""
    offered = embedder_names.embedder_names()
    for one in offered:
        assert embedder_names.checked_source(one.source) == one.source
        assert embedder_names.kind_of(one.source) == one.kind
        assert embedder_names.temperature_of(one.source) == one.temperature
        assert embedder_names.is_biased(one.source) == one.is_biased
    assert [one.source for one in offered if one.is_biased] == ["own"]
    assert {one.source for one in offered if one.kind == "baseline"} == set(embedder_names.BASELINES)


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        ("own:mixed4b", "own:mixed4b"),
        ("lpips:alex", "lpips"),
        ("lpips:vgg", "lpips:vgg"),
        ("dreamsim:ensemble", "dreamsim"),
        ("dreamsim:dino_vitb16", "dreamsim:dino_vitb16"),
        ("timm:resnet50.a1_in1k", "timm:resnet50.a1_in1k"),
        ("path/to/file.py:build", "path/to/file.py:build"),
        ("resnet50#layer3", "resnet50#layer3"),
    ],
)
def test_stored_form(source: str, stored: str) -> None:
    """A variant that is the default is left out; networks' sources stay as they are."""
    assert embedder_names.checked_source(source) == stored


@pytest.mark.parametrize("source", ["", "own:", "lpips:", "lpips:alxe", "dreamsim:dino", "contrast:high", "demo-observer:2"])
def test_refused(source: str) -> None:
    """What names no embedder is refused with a sentence."""
    with pytest.raises(UsageError):
        embedder_names.checked_source(source)


def test_temperature_is_the_ensembles() -> None:
    """The published temperature is of the published embedder alone."""
    assert embedder_names.temperature_of("dreamsim") == 0.16
    assert embedder_names.temperature_of("dreamsim:dino_vitb16") is None
    assert embedder_names.temperature_of("resnet50") is None


def test_split_layer() -> None:
    """A layer stands behind a #; without one it is the deepest."""
    assert embedder_names.split_layer("path/to/file.py:build#block2") == ("path/to/file.py:build", "block2")
    assert embedder_names.split_layer("resnet50") == ("resnet50", None)
    for wrong in ("#layer3", "resnet50#"):
        with pytest.raises(UsageError):
            embedder_names.split_layer(wrong)
