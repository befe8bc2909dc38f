"""Jobs: what is being computed, what can be started for the study that one looks at, what was."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import Study
from core.embedder_names import embedder_names
from core.errors import ExemplaryError
from core.jobs import launch
from core.services.jobs import job_offers
from core.services.renders import render_queue
from core.services.units.unit_names import parse_units
from core.settings import read_settings
from dashboard import access, job_text, resources, text
from dashboard.components.job_list import ended_jobs, live_jobs, start, tell_started
from dashboard.components.job_starting import Starter, offer_row, render_button
from dashboard.navigation import link

SHOWN: Final = 10


def render() -> None:
    """Draw the page."""
    access.require("run_jobs")
    tell_started()
    where, by = resources.workspace(), access.person().name
    st.title(job_text.TITLE)
    st.caption(job_text.LEAD)
    st.subheader(job_text.NOW)
    if not live_jobs(where, key="jobs", by=by, may_stop=True):
        st.info(job_text.NOTHING_RUNS)
    study = resources.current_study()
    st.subheader(job_text.START)
    if study is None:
        st.info(text.EMPTY_BODY)
        if st.button(text.TO_OVERVIEW, type="primary"):
            st.switch_page(link("overview"))
    else:
        _offers(Starter(where, by), study)
    _earlier(by)


def _offers(starter: Starter, study: Study) -> None:
    st.caption(text.study_line(study))
    rendering, mining, observing = st.columns(3, gap="medium")
    with rendering, st.container(border=True, height="stretch"):
        _render_offer(starter, study)
    with mining, st.container(border=True, height="stretch"):
        _mine_offer(starter, study)
    with observing, st.container(border=True, height="stretch"):
        _observe_offer(starter, study)


def _render_offer(starter: Starter, study: Study) -> None:
    st.markdown(f"**{text.RENDERS}**")
    st.caption(job_text.RENDER_WHY)
    named = st.text_input(job_text.UNITS, placeholder=job_text.UNITS_HINT, key=f"jobs-units/{study.key}")
    if not named.split():
        return
    try:
        units = parse_units(study.network, named.split())
    except ExemplaryError as error:
        st.warning(str(error))
        return
    render_button(starter, study, lambda: units, label=job_text.CHOOSE_RECIPE, key=f"jobs-render/{study.key}")


def _mine_offer(starter: Starter, study: Study) -> None:
    st.markdown(f"**{job_text.MINING}**")
    layers = job_offers.unmined_layers(resources.reader(), study)
    n_layers = len(study.network.layers)
    if not layers:
        st.caption(job_text.MINED.format(n_layers=n_layers, n_images=study.image_set.n_images))
        return
    st.caption(job_text.UNMINED_WHY.format(n=len(layers), of=n_layers, image_set=study.image_set.name))
    chosen = st.multiselect(job_text.UNMINED, layers, default=layers, key=f"jobs-layers/{study.key}")
    if chosen:
        offer_row(starter, job_offers.mine_offer(starter.workspace, study, chosen), label=job_text.MINE, key=f"jobs-mine/{study.key}")


def _observe_offer(starter: Starter, study: Study) -> None:
    st.markdown(f"**{text.RESPONDENTS['observers']}**")
    about = {"": job_text.DEFAULT_OBSERVER_WHY, **{one.source: one.about for one in embedder_names()}}
    chosen = st.selectbox(
        job_text.OBSERVER,
        list(about),
        format_func=lambda name: name or job_text.DEFAULT_OBSERVER,
        key=f"jobs-observer/{study.key}",
    )
    st.caption(job_text.OBSERVER_ABOUT.format(name=chosen or job_text.DEFAULT_OBSERVER, about=about[chosen or ""]))
    offer = job_offers.observe_offer(starter.workspace, study, chosen or None, n_units=resources.counts(study).n_units)
    offer_row(starter, offer, label=job_text.OBSERVE, key=f"jobs-observe/{study.key}")


def _earlier(by: str | None) -> None:
    where = resources.workspace()
    n_waiting = len(list(render_queue.waiting(read_settings(where.root))))
    if n_waiting:
        st.info(job_text.QUEUE_WHY.format(n=n_waiting))
        if st.button(job_text.QUEUE, key="jobs-work"):
            start(where, ["work"], about=job_text.QUEUE_ABOUT, by=by)
    st.subheader(job_text.EARLIER)
    ended = [one for one in launch.launches(where) if not one.is_alive]
    if not ended:
        st.caption(job_text.NONE_EARLIER)
    ended_jobs(where, ended[: None if st.session_state.get("jobs-all") else SHOWN], key="jobs", by=by)
    if len(ended) > SHOWN:
        st.toggle(job_text.ALL_EARLIER.format(n=len(ended)), key="jobs-all")
