"""What reviews give as files, and how a reviewer takes everything out again."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.domain import Study
from core.errors import ExemplaryError
from core.services.reviews import review_export, review_sheet, reviewing
from dashboard import access, held_files, resources, review_books, review_resources, review_text
from dashboard.components.downloads import Download, download_button


def export_part(study: Study) -> None:
    """Draw what can be had as a file, and the way out."""
    access.require("export_reviews")
    st.caption(review_text.EXPORT_NOTE)
    stem = study.key.replace("/", "-")
    with st.container(horizontal=True):
        for kind in review_export.FORMATS:
            label = review_text.EXPORTS[kind]
            made = partial(review_resources.exported, study, kind)
            download_button(Download(label, f"{stem}_reviews.{kind}", made), key=f"reviews/{kind}")
    _sheet(study, stem)
    _leaving(study)


def _sheet(study: Study, stem: str) -> None:
    marked, units = review_resources.sheet_choices(study)
    chosen = st.multiselect(
        review_text.SHEET_UNITS,
        units,
        default=marked[: review_sheet.MOST_UNITS],
        max_selections=review_sheet.MOST_UNITS,
        help=review_text.SHEET_HINT,
    )
    reader = review_books.blind_reader()  # now: nobody looks at a page when the file is made
    with st.container(horizontal=True):
        for kind in review_sheet.FORMATS:
            label = review_text.SHEETS[kind]
            made = partial(review_resources.sheet, study, tuple(chosen), kind, reader=reader)
            download_button(Download(label, f"{stem}_units.{kind}", made), key=f"sheet/{kind}", disabled=not chosen)


def _leaving(study: Study) -> None:
    """Draw how to take out what one gave; for an admin, what anybody gave."""
    own = access.person().name
    others = review_resources.authors(study) if access.may("delete_others") else ()
    names = list(dict.fromkeys((*([own] if own else []), *others)))
    if not names:
        return
    with st.popover(review_text.LEAVE if others == () else review_text.LEAVE_ANY, type="tertiary"):
        name = names[0]
        if others:
            name = st.selectbox(review_text.WHO, names, key=f"leave/{study.key}")
        st.write(review_text.LEAVE_NOTE.format(name=review_text.as_written(name)))
        if st.button(review_text.LEAVE_SURE.format(name=review_text.as_written(name))):
            try:
                n_events = reviewing.delete_reviewer(resources.responses(), name)
            except ExemplaryError as error:
                st.info(str(error))
                return
            held_files.let_go()
            st.success(review_text.LEFT.format(n=n_events))
