"""What an imported method's files show is told from their paths."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Branch, Layer, Unit
from core.errors import UsageError
from core.method_files import method_file, natural_order
from tests.studies import network_card

CARD = network_card("tiny")
DOTTED = replace(
    CARD, layers=tuple(Layer(name, 16, (Branch("all", 0, 16),), pre_relu=True) for name in ("layer1.0", "layer1.1", "block_3", "max"))
)


@pytest.mark.parametrize(
    "path",
    [
        "mixed3a/5/max/0.png",
        "mixed3a/5/max/some picture.JPG",
        "mixed3a_5_max_0.png",
        "mixed3a:5_max_0.webp",
        "mixed3a-5-MAX-0.png",
        "mixed3a/unit_5/max/0.png",
        "mixed3a/5/max0.png",
        "mixed3a/5_max.png",
        "mixed3a:5/max/10.png",
        "images/of all/mixed3a/5/max/0.png",
        "tiny_mixed3a-5_max_0.png",
        "Mixed3A/005/Max/a.b.png",
    ],
)
def test_a_path_tells_unit_and_extreme(path: str) -> None:
    """Folders or one name, with the usual signs between the parts, as `exemplary pictures` names them too."""
    found = method_file(path, CARD)
    assert found is not None and (found.unit, found.extreme, found.path) == (Unit("mixed3a", 5), "max", path)


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("layer1.0/3/min/0.png", Unit("layer1.0", 3)),
        ("layer1-0_3_min_0.png", Unit("layer1.0", 3)),
        ("layer1_1_15_min_2.png", Unit("layer1.1", 15)),
        ("block_3_4_min_0.png", Unit("block_3", 4)),
        ("max_2_min_0.png", Unit("max", 2)),
    ],
)
def test_layers_with_signs_and_digits_are_found(path: str, unit: Unit) -> None:
    """The channel is the number that stands before max or min, whatever the layer is called."""
    found = method_file(path, DOTTED)
    assert found is not None and (found.unit, found.extreme) == (unit, "min")


@pytest.mark.parametrize("path", ["readme.txt", "mixed3a/5/0.png", "mixed3a/max/0.png", "mixed3a/5/maximal/0.png", "5/max/0.png"])
def test_a_path_without_unit_tells_nothing(path: str) -> None:
    """What names no layer, channel or extreme is no image of a unit."""
    assert method_file(path, CARD) is None


@pytest.mark.parametrize(
    ("path", "sentence"), [("mixed3b/5/max/0.png", "did you mean mixed3a"), ("mixed3a/8/max/0.png", "mixed3a of tiny ends at 7")]
)
def test_a_unit_that_the_network_lacks_is_refused(path: str, sentence: str) -> None:
    """The sentence names the file, and what there is."""
    with pytest.raises(UsageError, match=sentence) as error:
        method_file(path, CARD)
    assert path in str(error.value)


def test_numbers_in_names_are_counted() -> None:
    """Image 2 comes before image 10, at any depth."""
    assert natural_order(["a10/b1", "a2/b10", "a2/b9", "a2/b09"]) == ["a2/b09", "a2/b9", "a2/b10", "a10/b1"]


@given(st.lists(st.text("ab019/._-", max_size=8)), st.randoms())
def test_the_order_does_not_depend_on_how_files_come(paths: list[str], random: object) -> None:
    """Any folder listing gives the same places."""
    mixed = list(paths)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert natural_order(mixed) == natural_order(paths)
