"""One line on how the classes of a unit's natural images are spread over its stimulus sets."""

from __future__ import annotations

import re

import streamlit as st

from core.class_balance import ClassBalance, ExtremeBalance
from core.percents import percent
from dashboard import text


def class_spread(balance: ClassBalance | None) -> None:
    """Draw a line for each extreme, which stresses a class that has half of its images or more; nothing where there are no sets."""
    if balance is None:
        return
    n_sets = len(balance.sets) // len(balance.extremes)
    st.caption("  \n".join(_line(one, n_sets) for one in balance.extremes))


def _line(one: ExtremeBalance, n_sets: int) -> str:
    words = text.DOMINATED if one.is_dominated else text.SPREAD
    label = re.sub(r"([^\w\s])", r"\\\1", one.label)  # a folder's name, not Markdown
    return words.format(
        extreme=one.extreme, n=one.n_labels, n_sets=n_sets, fewest=one.fewest_labels_of_a_set, label=label, share=percent(one.share)
    )
