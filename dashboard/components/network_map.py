"""A small map of a network: layers as columns, branches as lanes, coloured by a measure; a click narrows to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

ASSETS: Final = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A branch of a layer, or a layer that has no branches. `shade`: where its value lies between the lowest (0) and the highest (1), None
    where it has none; `n_found`: units that fit the filters; `words`: what it is, for a person."""

    branch: str
    n_found: int
    shade: float | None
    words: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A column of the map."""

    name: str
    words: str
    places: tuple[MapPlace, ...]
    is_chosen: bool = False


def network_map(
    layers: Sequence[MapLayer], *, title: str, legend: tuple[str, str, str], key: str, on_choose: Callable[[str, str | None], None]
) -> None:
    """Draw the map; `on_choose` is called with the layer and branch (None: the whole layer) that was clicked. `legend`: the lowest value,
    what it is a value of, the highest."""

    def chosen() -> None:
        place = st.session_state[key].place
        if place is not None:
            on_choose(place["layer"], place["branch"])

    data = {"layers": [asdict(layer) for layer in layers], "title": title, "legend": legend}
    _network_map()(data=data, key=key, on_place_change=chosen)


@cache
def _network_map() -> Any:
    script, style = ((ASSETS / f"network_map.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("exemplary_network_map", html='<div class="network-map"></div>', css=style, js=script)
