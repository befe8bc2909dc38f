"""A photo of one's own: chosen, cropped, measured by a process that holds the network; and the units that an image excites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from core.domain import Study, Unit
from core.errors import ImageError
from core.excitation import LayerExcitation
from core.imaging import SUFFIXES
from core.services.images.photos import Activations, PhotoDesk, crop_png
from core.services.units.unit_previews import UnitPreview
from dashboard import state, unit_text
from dashboard.components.unit_strip import strip_unit, unit_strip

POLL_S: Final = 0.3
PATIENCE_S: Final = 0.8  # a network that is ready answers within it: the page is drawn once
MOST_MB: Final = 30
Previews = Callable[[Sequence[Unit]], Mapping[Unit, UnitPreview]]


def uploaded_crop(study: Study) -> bytes | None:
    """Draw the choice of a photo; return its crop as PNG, None where there is none or it cannot be used, which is said.

    A photo of 100 megapixels takes seconds to decode: each is decoded once, not in every run; this browser session keeps the crop alone.
    """
    kinds = sorted(suffix.lstrip(".") for suffix in SUFFIXES)
    given = st.file_uploader(unit_text.UPLOAD, type=kinds, max_upload_size=MOST_MB, help=unit_text.UPLOAD_HELP, key=f"photo/{study.key}")
    if given is None:
        st.session_state.pop(state.PHOTO, None)
        return None
    name = (study.key, study.mining.preprocessing, given.file_id)
    kept: tuple[object, bytes] | None = st.session_state.get(state.PHOTO)
    if kept is not None and kept[0] == name:
        return kept[1]
    try:
        png = crop_png(study, given.getvalue())
    except ImageError as error:
        st.error(str(error))
        return None
    st.session_state[state.PHOTO] = (name, png)
    return png


def measured(study: Study, png: bytes, desk: PhotoDesk) -> Activations | None:
    """Return the activations of a crop; None while they are measured, or where that failed, both of which are said."""
    found = desk.look(study, png, patience_s=PATIENCE_S)
    if found.is_pending:
        _wait(study, png, desk)
    elif found.error is not None:
        st.error(found.error)
        st.button(unit_text.TRY_AGAIN, on_click=desk.try_again, args=(study, png))
    return found.activations


def network_state(study: Study, desk: PhotoDesk) -> None:
    """Have the network made ready while one chooses a photo, and say how that goes."""

    @st.fragment(run_every=POLL_S)
    def waiting() -> None:
        if not desk.look(study, b"").is_pending:
            st.rerun()
        st.status(unit_text.STARTING_NETWORK, state="running")

    found = desk.look(study, b"")
    if found.is_pending:
        waiting()
    elif found.error is not None:
        st.error(found.error)
        st.button(unit_text.TRY_AGAIN, on_click=desk.try_again, args=(study, b""))
    else:
        st.caption(unit_text.READY_NETWORK)


def excited_units(study: Study, layers: Sequence[LayerExcitation], previews: Previews, *, thumb_url: str, key: str) -> str | None:
    """Draw each layer's most excited units; return the one that was chosen just now, None in every other run."""
    small = previews([one.unit for layer in layers for one in layer.units])
    chosen = []
    for layer in layers:
        st.markdown(unit_text.LAYER_LINE.format(layer=layer.layer, n_high=layer.n_high, n=layer.n))
        units = [
            strip_unit(
                small,
                one.unit,
                unit_text.EXCITED.format(percentile=unit_text.percentile_words(one.percentile), sd=one.sd_above),
                hint=unit_text.EXCITED_HELP.format(unit=one.unit, activation=one.activation),
            )
            for one in layer.units
        ]
        chosen.append(unit_strip(units, study=study.key, thumb_url=thumb_url, key=f"excited/{key}/{layer.layer}"))
    return next((one for one in chosen if one), None)


def _wait(study: Study, png: bytes, desk: PhotoDesk) -> None:
    @st.fragment(run_every=POLL_S)
    def draw() -> None:
        if not desk.look(study, png).is_pending:
            st.rerun()
        is_ready = not desk.look(study, b"").is_pending
        st.status(unit_text.MEASURING if is_ready else unit_text.STARTING_NETWORK, state="running")

    draw()
