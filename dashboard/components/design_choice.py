"""Choosing a design: presets as the study can have them, saved designs, and the quick self-test's options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.design_spec import CONDITIONS, Condition, in_order
from core.psychophysics.presets import QUICK_MAIN
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import DesignOffer, UnitCounts
from dashboard.participant_text import ParticipantText

LENGTHS: Final = (4, 6, QUICK_MAIN, 20)  # main trials per condition
PRESELECTED: Final[tuple[Condition, ...]] = ("natural", "synthetic")
QUICK: Final = "quick"


def design_choice(offers: Sequence[DesignOffer], *, asked: str | None, texts: ParticipantText) -> DesignOffer:
    """Draw the designs as one list; return the one chosen: at first what the address asks for, else the first."""
    by_name = {one.name: one for one in offers}
    names = list(by_name)
    name = st.selectbox(
        texts.enrolment.design,
        names,
        index=names.index(asked) if asked in names else 0,
        format_func=lambda one: _label(by_name[one], texts),
        key="chosen-design",
        persist_state="session",
    )
    return by_name[name]


def what_is_missing(offer: DesignOffer, texts: ParticipantText) -> None:
    """Say what the study lacks for a design, with the commands that make it."""
    st.info("\n\n".join([texts.enrolment.missing, *(one.sentence for one in offer.missing)]))
    for command in dict.fromkeys(one.command for one in offer.missing if one.command):
        st.code(command, language="bash", wrap_lines=True)


def quick_options(counts: UnitCounts, texts: ParticipantText) -> DesignRequest:
    """Draw the quick self-test's options inside a form; return what is asked for. `counts` allow for at least the shortest."""
    words = texts.enrolment
    available = available_conditions(counts)
    preselected = [condition for condition in PRESELECTED if condition in available] or available
    lengths = [n for n in LENGTHS if n <= min(n_units(counts, condition) for condition in preselected)]
    default = QUICK_MAIN if QUICK_MAIN in lengths else lengths[-1]
    conditions = st.pills(
        words.conditions, available, selection_mode="multi", default=preselected, format_func=texts.references.of, key="conditions"
    )
    n_main = st.segmented_control(words.length, lengths, default=default, required=True, key="length")
    practice = st.checkbox(words.with_practice, value=True, key="practice") if counts.n_reserved else False
    return DesignRequest(conditions=tuple(conditions), n_main=n_main or default, n_practice=int(practice))


def available_conditions(counts: UnitCounts) -> list[Condition]:
    """Return the conditions that have units enough for the shortest self-test, imported methods last."""
    return [condition for condition in in_order((*CONDITIONS, *counts.n_methods)) if n_units(counts, condition) >= min(LENGTHS)]


def n_units(counts: UnitCounts, condition: Condition) -> int:
    """Return how many units can be tested in a condition."""
    if condition in counts.n_methods:
        return counts.n_methods[condition]
    return counts.n_synthetic if condition == "synthetic" else counts.n_natural


def _label(offer: DesignOffer, texts: ParticipantText) -> str:
    words = texts.enrolment
    known = {"quick": words.quick, "borowski2021-exp1": words.experiment_1, "borowski2021-exp2": words.experiment_2, "imi": words.imi}
    title = known.get(offer.name, offer.name)
    if offer.spec is None or offer.name == QUICK:
        return title
    return f"{title} · {words.design_line.format(n=offer.n_trials, minutes=offer.minutes)}"
