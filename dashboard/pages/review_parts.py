"""What belongs to reviewing beside the queue: agreement, and who looks at what."""

from __future__ import annotations

import streamlit as st

from core.domain import Study
from core.services.reviews import reviewing
from core.services.reviews.review_queue import QueueOrder
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
        st.success(review_text.ASSIGNED.format(n=n_new, who=review_text.as_written(reviewer)))
