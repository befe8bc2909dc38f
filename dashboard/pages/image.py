"""What an image excites: of the study's images by address (?image=...), or a photo of one's own; its units in every layer."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Final

import streamlit as st

from core.domain import Study
from core.errors import StaleWork, StoreError
from core.excitation import excited
from core.services import pictures
from core.services.images import image_activations
from core.services.images.photos import Activations
from dashboard import access, resources, state, text, unit_resources, unit_text
from dashboard.components import empty
from dashboard.components.image_grid import ImageCell, exemplar_grid
from dashboard.components.photo import excited_units, measured, network_state, uploaded_crop
from dashboard.components.unit_strip import image_address
from dashboard.navigation import link
from dashboard.routes import IMAGE_URL, THUMB_URL

WIDTHS: Final = (3, 10)  # of the image and of its units
N_SHOWN: Final = 8  # units of a layer
N_SOME: Final = 24  # images to begin with
COLUMNS: Final = 8


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(unit_text.IMAGE_TITLE, width="content")
        st.caption(text.study_line(study))
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        key, activations = _image(study)
    with right:
        if activations is not None:
            _units(study, activations, key)
        elif not key:
            _some(study)


def _some(study: Study) -> None:
    """Draw images to begin with: what excites some units most."""
    st.caption(unit_text.IMAGE_SOME)
    found = unit_resources.previews(study, unit_resources.some_units(study, N_SOME))
    addresses = dict.fromkeys(one.natural for one in found.values() if one.natural is not None)
    cells = [
        ImageCell(one, alt=unit_text.IMAGE_SOME_ALT.format(n=n), href=image_address(study.key, one)) for n, one in enumerate(addresses, 1)
    ]
    native_px = study.network.preprocessing.crop_px
    exemplar_grid(cells, columns=COLUMNS, image_url=IMAGE_URL, native_px=native_px, key=f"some/{study.key}")


def _image(study: Study) -> tuple[str, Activations | None]:
    """Draw the image that is looked at and the choice of another; return what names it, and its activations where they are known."""
    desk, address = unit_resources.photo_desk(), st.query_params.get(state.IMAGE)
    place = st.container()  # the image stands above the choice that it comes from
    own = uploaded_crop(study) if access.may("upload") else None
    with place:
        if own is not None:
            st.image(own, caption=unit_text.OWN_PHOTO, alt=unit_text.OWN_PHOTO, width="stretch")
            return hashlib.sha256(own).hexdigest(), measured(study, own, desk)
        if address:
            return address, _known_image(study, address)
        st.info(unit_text.IMAGE_NONE if access.may("upload") else unit_text.IMAGE_NONE_OF_ONES_OWN)
    network_state(study, desk)
    return "", None


def _known_image(study: Study, address: str) -> Activations | None:
    reader = resources.reader()
    try:
        png = pictures.picture(resources.workspace(), reader, address)
        if png is None:
            st.warning(unit_text.IMAGE_UNKNOWN.format(address=address[:40]))
            return None
        found = image_activations.image_at(reader, study, address)
        caption = unit_text.SYNTHETIC_IMAGE if found is None else unit_text.IMAGE_LABEL.format(label=found.label, path=found.path)
        st.image(png, caption=caption, alt=caption, width="stretch")
        if found is None:
            return measured(study, png, unit_resources.photo_desk())
        return image_activations.stored_activations(reader, study, found.image_id)
    except (StaleWork, StoreError) as error:
        st.error(str(error))
        return None


def _units(study: Study, activations: Activations, key: str) -> None:
    layers = excited(unit_resources.distributions(study), activations, n=N_SHOWN)
    st.caption(unit_text.EXCITED_NOTE.format(n=study.image_set.n_images))
    previews = partial(unit_resources.previews, study)
    unit = excited_units(study, layers, previews, thumb_url=THUMB_URL, key=f"{study.key}/{key}")
    if unit is not None:
        st.switch_page(link("feature-maps"), query_params={state.STUDY: study.key, state.UNIT: unit})
