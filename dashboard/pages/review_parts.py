"""What belongs to reviewing beside the queue: agreement, assignment, exports, and leaving."""

from __future__ import annotations

import re
from functools import partial

import streamlit as st

from core.domain import Study
from core.errors import ExemplaryError
from core.services import review_export, review_sheet, reviewing
from core.services.review_queue import QueueOrder
from dashboard import access, resources, review_books, review_resources, review_text

MOST_ASSIGNED = 500


def agreement_part(study: Study) -> None:
    """Draw how far reviewers agree with each other, and with correct answers."""
    scheme = review_books.scheme()
    words = {one.name: one.words for one in scheme.scales}
    st.subheader(review_text.ALPHA)
    for one in review_resources.agreement(study):
        with st.container(border=True):
            found = f"α = {review_text.interval(one.alpha)}" if one.alpha else review_text.NO_ALPHA
            st.markdown(f"**{words[one.question]}** &nbsp; {found}")
            st.caption(review_text.OF_UNITS.format(twice=one.n_rated_twice, n=one.n_units, reviewers=one.n_reviewers))
    st.caption(review_text.ALPHA_NOTE)
    st.subheader(review_text.CORRELATION)
    compared = review_resources.correlations(study)
    if not compared:
        st.info(review_text.NO_JUDGE)
        return
    rows = [
        {"": who, "Rating": words[one.question], "Condition": one.condition, "n": one.n_units,
         "ρ": review_text.interval(one.rho) if one.rho else review_text.NO_RHO}
        for who, its in compared for one in its
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True)
    st.caption(review_text.CORRELATION_NOTE)


def assign_part(study: Study, order: QueueOrder) -> None:
    """Draw who has how much to do, and the form that gives somebody more."""
    rows = review_resources.workload(study)
    if rows:
        columns = (review_text.WHO, review_text.VERDICTS, review_text.ASSIGNED_N, review_text.OPEN_N)
        st.dataframe([dict(zip(columns, (who, *numbers), strict=True)) for who, numbers in rows.items()], hide_index=True)
    else:
        st.caption(review_text.NOBODY)
    if access.may("assign"):
        _assign_form(study, order, list(rows), by=access.person().name)


def _assign_form(study: Study, order: QueueOrder, known: list[str], *, by: str | None) -> None:
    if by is None:
        st.caption(review_text.NAME_FIRST)
        return
    with st.form("assign", border=True):
        left, middle, right = st.columns([3, 2, 1], vertical_alignment="bottom")
        to = left.selectbox(review_text.ASSIGN_TO, known, accept_new_options=True, index=None)
        n_units = middle.number_input(review_text.ASSIGN_N, min_value=1, max_value=MOST_ASSIGNED, value=20)
        asked = right.form_submit_button(review_text.ASSIGN, width="stretch")
        st.caption(review_text.ASSIGN_NOTE)
    if asked and to:
        reviewer = reviewing.checked_name(str(to))
        open_units = review_resources.open_units(study, "random" if order == "assigned" else order, reviewer)[: int(n_units)]
        n_new = reviewing.assign(resources.responses(), study, open_units, to=reviewer, by=by)
        st.success(review_text.ASSIGNED.format(n=n_new, who=reviewer))


def export_part(study: Study) -> None:
    """Draw what can be had as a file, and the way out."""
    access.require("export_reviews")
    st.caption(review_text.EXPORT_NOTE)
    stem = study.key.replace("/", "-")
    with st.container(horizontal=True):
        for kind in review_export.FORMATS:
            label = review_text.EXPORTS[kind]
            made = partial(review_resources.exported, study, kind)
            st.download_button(label, made, file_name=f"{stem}_reviews.{kind}", on_click="ignore")
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
    with st.container(horizontal=True):
        for kind in review_sheet.FORMATS:
            label = review_text.SHEETS[kind]
            made = partial(review_resources.sheet, study, tuple(chosen), kind)
            st.download_button(label, made, file_name=f"{stem}_units.{kind}", on_click="ignore", disabled=not chosen)


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
        st.write(review_text.LEAVE_NOTE.format(name=_plain(name)))
        if st.button(review_text.LEAVE_SURE.format(name=_plain(name))):
            try:
                n_events = reviewing.delete_reviewer(resources.responses(), name)
            except ExemplaryError as error:
                st.info(str(error))
                return
            st.success(review_text.LEFT.format(n=n_events))


def _plain(words: str) -> str:
    """Return words that Markdown shows as they are."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~$<>:])", r"\\\1", words)
