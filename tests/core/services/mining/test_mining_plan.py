"""What is left to mine: only what is missing, and nothing that could not be told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain import Branch, ImageFile, Layer, MiningSpec, Preprocessing
from core.errors import UsageError
from core.services.mining.mining_plan import MiningPlan, MiningRequest, content_digest, plan_mining
from core.store.mined_read import Mined

A, B, C = (Layer(name, 4, (Branch("all", 0, 4),), True) for name in "abc")
IMAGES = tuple(ImageFile(number, f"hash {number}", f"{number}.png", "", 8, 8) for number in range(10))
SPEC = MiningSpec("net", "weights", "set", "set digest", Preprocessing(8, 8), ("a", "b"), (True, True), top_k=5, batch=8)


def mined(n_images: int = 10, images: tuple[ImageFile, ...] = IMAGES, **changes: object) -> Mined:
    return Mined(replace(SPEC, **changes), n_images, content_digest(images[:n_images]))  # type: ignore[arg-type]


def plan(states: dict[str, Mined], *asked: Layer, images: tuple[ImageFile, ...] = IMAGES, **changes: object) -> MiningPlan:
    spec = replace(SPEC, **changes)  # type: ignore[arg-type]
    return plan_mining(spec, images, asked=asked, all_layers=(A, B, C), mined=states)


def test_layers_that_are_new_share_a_pass() -> None:
    """What is mined is done; the others go through the network together, on all images."""
    assert plan({}, A, B).passes == {0: (A, B)}
    found = plan({"a": mined()}, A, B, C)
    assert (found.passes, found.done, found.brought_along) == ({0: (B, C)}, ("a",), ())


def test_only_added_images_are_mined_and_every_mined_layer_comes_along() -> None:
    """Layers that know the first images are mined on the others, asked for or not; a new one on all."""
    found = plan({"a": mined(6), "b": mined(6)}, A, C)
    assert found.passes == {6: (A, B), 0: (C,)}
    assert found.brought_along == ("b",)


@pytest.mark.parametrize(
    "change", [{"reduction": "max"}, {"precision": "half"}, {"activation_type": "float16"}, {"network_digest": "others"}]
)
def test_another_spec_is_mined_anew(change: dict[str, object]) -> None:
    """What was mined otherwise is no part of this; another batch size is."""
    assert plan({"a": mined(**change)}, A).passes == {0: (A,)}
    assert plan({"a": mined(batch=256, set_digest="moved")}, A).done == ("a",)


def test_other_images_are_mined_anew() -> None:
    """The first images must be the same bytes in the same order; where the others are fewer, nothing is known."""
    others = (replace(IMAGES[0], content_hash="changed"), *IMAGES[1:])
    assert plan({"a": mined()}, A, images=others).passes == {0: (A,)}
    assert plan({"a": mined()}, A, images=IMAGES[:7]).passes == {0: (A,)}


def test_more_exemplars_come_from_stored_activations() -> None:
    """Exact activations are ranked again, of a set that has grown after its pass; rounded ones are mined anew; fewer are kept."""
    assert plan({"a": mined()}, A, top_k=7).ranked_again == (A,)
    assert plan({"a": mined(activation_type="float16")}, A, top_k=7, activation_type="float16").passes == {0: (A,)}
    grown = plan({"a": mined(6), "b": mined(6)}, A, top_k=7)
    assert (grown.passes, grown.ranked_again, grown.brought_along) == ({6: (A, B)}, (A,), ("b",))
    assert plan({"a": mined()}, A, top_k=3).done == ("a",)


def test_no_exemplars_are_refused() -> None:
    """A request asks for at least one."""
    with pytest.raises(UsageError, match="--top 0"):
        MiningRequest("net", "set", top_k=0).check()
