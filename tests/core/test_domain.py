"""Records: digests name content, units and studies have one spelling."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from core.domain import MiningSpec, Preprocessing, Unit, canonical_json, digest
from core.render_spec import RenderSpec
from tests.studies import LAYERS, Workplace, network_card

SPEC = RenderSpec("quick", 9, 64, 0)


def test_equal_records_have_equal_digests() -> None:
    """A digest depends on content alone and changes with any part of it, nested ones too."""
    others = [replace(SPEC, seed=1), replace(SPEC, optimiser=replace(SPEC.optimiser, steps=129)), replace(SPEC, preset="lucid")]
    assert digest(SPEC) == digest(RenderSpec("quick", 9, 64, 0))
    assert len({digest(SPEC), *map(digest, others)}) == 4
    assert len(digest(SPEC)) == 16 and int(digest(SPEC), 16) >= 0


def test_canonical_json_is_sorted_and_readable() -> None:
    """The text behind a digest is JSON with sorted keys; words stay readable."""
    content = json.loads(canonical_json(SPEC))
    assert list(content) == sorted(content) and content["image_px"] == 64
    assert canonical_json({"b": "größe", "a": 1}) == '{"a":1,"b":"größe"}'


def test_records_cannot_change() -> None:
    """What crosses modules is frozen."""
    with pytest.raises(FrozenInstanceError):
        SPEC.seed = 3  # type: ignore[misc]


def test_units_are_written_layer_and_channel() -> None:
    """A unit has one spelling, and units sort by layer and channel."""
    assert str(Unit("mixed4b", 465)) == "mixed4b:465"
    assert sorted([Unit("b", 1), Unit("a", 10), Unit("a", 9)]) == [Unit("a", 9), Unit("a", 10), Unit("b", 1)]


def test_every_channel_belongs_to_one_branch() -> None:
    """Branches cover a layer's channels in order."""
    for layer in LAYERS:
        names = [layer.branch_of(channel) for channel in range(layer.n_channels)]
        assert names == [branch.name for branch in layer.branches for _ in range(branch.start, branch.stop)]


def test_a_card_knows_its_layers() -> None:
    """A layer is found by name; all units are counted."""
    card = network_card()
    assert card.layer("mixed3a") is LAYERS[1] and card.n_units == 20
    with pytest.raises(KeyError):
        card.layer("mixed9z")


def test_a_study_is_named_by_network_and_images(built_study: Workplace) -> None:
    """The key that addresses and commands use."""
    assert built_study.study.key == "tiny/shapes"


def test_a_field_that_came_later_leaves_older_digests_as_they_are() -> None:
    """Bilinear preprocessing is digested as before there was another, also inside of other records; bicubic is not."""
    spec = MiningSpec("net", "weights", "set", "digest", Preprocessing(256, 224), ("a",), (True,), top_k=5, batch=8)
    assert json.loads(canonical_json(spec))["preprocessing"] == {"resize_px": 256, "crop_px": 224, "n_channels": 3}
    other = replace(spec, preprocessing=replace(spec.preprocessing, interpolation="bicubic"))
    assert json.loads(canonical_json(other))["preprocessing"]["interpolation"] == "bicubic"
    assert digest(spec) != digest(other)
