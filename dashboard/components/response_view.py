"""Images as they are, with the unit's map laid over them, or the part that its response depends on: the choice, its state, its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

import streamlit as st

from core import overlays
from core.activation_map import MapRequest, UnitMaps
from core.domain import EXTREMES, Extreme, Study
from core.services.maps.maps import Images, MapDesk, MapState, request_maps
from core.services.units.units import RenderSet, UnitView
from dashboard import map_text
from dashboard.components.image_grid import GridLegend, ImageCell

View = Literal["image", "response", "crop"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
LABELS: Final[dict[View, str]] = {"image": map_text.IMAGE, "response": map_text.RESPONSE, "crop": map_text.CROP}
N_SHOWN: Final = 9  # images of a grid
POLL_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """How the images of a unit's page are looked at, with what is known of their maps by the key of their request.

    `url`: where drawings are served, as url/key/place/view.
    """

    view: View = "image"
    states: Mapping[str, MapState] = field(default_factory=dict)
    url: str = ""

    def maps(self, request: MapRequest) -> UnitMaps | None:
        """Return the maps of a request, None where they are not wanted, not there yet, or could not be computed."""
        state = self.states.get(request.key)
        return None if state is None else state.maps


def requests_of(study: Study, view: UnitView, chosen: RenderSet | None) -> list[MapRequest]:
    """Return the request of every grid of a unit's page, natural before synthetic images."""
    grids: list[tuple[Extreme, Images]] = [(extreme, view.exemplars(extreme)) for extreme in EXTREMES]
    grids += [] if chosen is None else [(extreme, chosen.of(extreme)) for extreme in EXTREMES]
    return [request_maps(study, view.unit, extreme, images[:N_SHOWN]) for extreme, images in grids if images]


def response_row(requests: Sequence[MapRequest], desk: MapDesk, *, url: str, key: str) -> Look:
    """Draw the choice of what is shown and how it stands with it; return it. `key`: the choice's name in the address."""
    view = _choice(key)
    if view == "image":
        return Look()
    states = {request.key: desk.look(request) for request in requests}
    _say(requests, states, desk, view)
    return Look(view, states, url)


def looked_at(cells: Sequence[ImageCell], request: MapRequest, look: Look) -> list[ImageCell]:
    """Return the cells of a grid with their drawings, as they are where there are none."""
    maps = look.maps(request)
    if maps is None:
        return list(cells)
    return [
        _with_drawing(cell, place, maps, f"{look.url}/{request.key}/{place}/{look.view}", look.view) for place, cell in enumerate(cells)
    ]


def legend_of(request: MapRequest, look: Look) -> GridLegend | None:
    """Return the scale of a grid's maps; its place is kept while they are computed, and there is none where no maps are laid over."""
    if look.view != "response":
        return None
    maps = look.maps(request)
    if maps is None:
        return GridLegend()
    high = f"{maps.limit:.3g}"
    numbers = (f"−{high}", "0", high) if maps.is_signed else ("0", high)
    return GridLegend(overlays.ramp(is_signed=maps.is_signed), numbers, map_text.LEGEND_HELP)


def _choice(key: str) -> View:
    chosen = st.segmented_control(
        map_text.SHOW,
        VIEWS,
        default="image",
        required=True,
        format_func=LABELS.__getitem__,
        help=map_text.SHOW_HELP,
        key=key,
        bind="query-params",
    )
    return chosen if chosen in VIEWS else "image"


def _say(requests: Sequence[MapRequest], states: Mapping[str, MapState], desk: MapDesk, view: View) -> None:
    """Say why there are no maps, that they are being computed, or how to read them."""
    errors = list(dict.fromkeys(state.error for state in states.values() if state.error))
    if errors:
        st.error(errors[0])
        failed = [request for request in requests if states[request.key].error]
        st.button(map_text.AGAIN, on_click=desk.try_again, args=(failed,))
    pending = [request for request in requests if states[request.key].is_pending]
    if pending:
        _wait(pending, len(requests), desk)
    elif not errors:
        st.caption(_legend_words([state.maps for state in states.values() if state.maps is not None], view))


def _wait(pending: Sequence[MapRequest], total: int, desk: MapDesk) -> None:
    """Say how far it is, until more is known: then the page is drawn anew."""

    @st.fragment(run_every=POLL_S)
    def draw() -> None:
        if not all(desk.look(request).is_pending for request in pending):
            st.rerun()
        st.caption(map_text.COMPUTING.format(n=total - len(pending), total=total))

    draw()


def _legend_words(maps: Sequence[UnitMaps], view: View) -> str:
    if not maps:
        return ""
    if view == "crop":
        return f"{map_text.CROPPED} {map_text.field(maps[0])}"
    is_signed = any(one.is_signed for one in maps)
    return f"{map_text.COLOURS[is_signed]} {map_text.OUTLINED} {map_text.field(maps[0])}"


def _with_drawing(cell: ImageCell, place: int, maps: UnitMaps, url: str, view: View) -> ImageCell:
    box = maps.boxes[place]
    detail = f"{cell.detail} · {map_text.box(box)}"
    if view == "response":
        return replace(cell, over=url, detail=detail, alt=map_text.RESPONSE_ALT.format(alt=cell.alt))
    caption = map_text.crop_caption(cell.caption, box, maps.side_px)
    return replace(cell, over=url, detail=detail, caption=caption, alt=map_text.CROP_ALT.format(alt=cell.alt))
