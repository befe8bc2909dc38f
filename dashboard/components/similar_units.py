"""The units that are most like a unit, in two rows: by activation, and by exemplars in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from core.domain import Study, Unit
from core.errors import StaleWork, StoreError
from core.percents import percent
from core.services.units.similar_units import SimilarUnit, UnitLikeness
from core.services.units.unit_previews import UnitPreview
from dashboard import unit_text
from dashboard.components.unit_strip import strip_unit, unit_strip

N_SHOWN: Final = 10
Previews = Callable[[Sequence[Unit]], Mapping[Unit, UnitPreview]]


def similar_section(study: Study, unit: Unit, likeness: UnitLikeness, previews: Previews, *, thumb_url: str) -> str | None:
    """Draw the section; return the unit that was chosen just now, None in every other run."""
    st.subheader(unit_text.SIMILAR)
    chosen: list[str | None] = []
    images = unit_text.compared_over(likeness.n_images, study.image_set.n_images)
    _head(unit_text.BY_ACTIVATION, unit_text.BY_ACTIVATION_NOTE.format(images=images))
    try:
        found = likeness.by_activation(unit, N_SHOWN)
        chosen.append(
            _row(study, unit, found, previews, caption=lambda r: unit_text.R.format(value=r), thumb_url=thumb_url, name="activation")
        )
    except (StoreError, StaleWork) as error:
        st.warning(str(error))
    _head(unit_text.BY_EXEMPLARS, unit_text.BY_EXEMPLARS_NOTE.format(n=likeness.n_exemplars))
    found = likeness.by_exemplars(unit, N_SHOWN)
    chosen.append(_row(study, unit, found, previews, caption=percent, thumb_url=thumb_url, name="exemplars"))
    return next((one for one in chosen if one), None)


def _head(title: str, note: str) -> None:
    st.markdown(f"**{title}** · :small[{note}]")


def _row(
    study: Study,
    unit: Unit,
    found: Sequence[SimilarUnit],
    previews: Previews,
    *,
    caption: Callable[[float], str],
    thumb_url: str,
    name: str,
) -> str | None:
    if not found:
        st.caption(unit_text.NOBODY_ALIKE)
        return None
    small = previews([one.unit for one in found])
    units = [strip_unit(small, one.unit, caption(one.value), share=one.value) for one in found]
    return unit_strip(units, study=study.key, thumb_url=thumb_url, key=f"similar/{name}/{study.key}/{unit}")
