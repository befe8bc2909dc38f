from __future__ import annotations

import subprocess
import sys

import pytest

from core.domain import Branch, Layer, NetworkCard, Preprocessing
from core.errors import UnknownName, UsageError
from core.vision.layers import checked_channel, resolve_layers

LAYERS = tuple(Layer(name, 2, (Branch("all", 0, 2),), True) for name in ("mixed3a", "mixed3b", "mixed4a"))
CARD = NetworkCard("small", "demo", "0" * 16, Preprocessing(160, 160), LAYERS)


def test_none_means_all_layers_in_order() -> None:
    """Without names, all layers come in the network's order."""
    assert resolve_layers(CARD, None) == LAYERS


def test_layers_come_in_the_order_asked_for() -> None:
    """Named layers come as they were named."""
    assert [layer.name for layer in resolve_layers(CARD, ["mixed4a", "mixed3a"])] == ["mixed4a", "mixed3a"]


def test_a_wrong_name_lists_near_ones() -> None:
    """A layer that is not there is answered with those that are nearly called so."""
    with pytest.raises(UnknownName, match=r"no layer of small called 'mixed3'; did you mean mixed3"):
        resolve_layers(CARD, ["mixed3"])


def test_a_repeated_name_is_refused() -> None:
    """A layer asked for twice would have two columns of the same name."""
    with pytest.raises(UsageError, match="once"):
        resolve_layers(CARD, ["mixed3a", "mixed3a"])


def test_a_channel_that_the_layer_lacks_is_refused() -> None:
    """Channels go from 0 to one below their number."""
    assert [checked_channel(LAYERS[0], channel) for channel in (0, 1)] == [0, 1]
    for channel in (-1, 2):
        with pytest.raises(UsageError, match=f"no unit mixed3a:{channel}; mixed3a has channels 0 to 1"):
            checked_channel(LAYERS[0], channel)


def test_layers_and_presets_import_no_torch() -> None:
    """Checking names must not load torch."""
    script = "import sys, core.vision.layers, core.vision.presets; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
