"""How the numbers came about: methods, designs, rules of exclusion, how extreme the natural references are."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.inference import Results
from dashboard import results_text, text
from dashboard.components.downloads import Download, download_button


def methods(results: Results, *, reference_share: float | None) -> None:
    """Draw the methods of results; `reference_share`: how much of the image set natural references span, where it is this study's."""
    with st.container(border=True):
        for title, lines in _lines(results).items():
            if lines:
                st.markdown(f"**{title}**")
                st.markdown("\n".join(f"- {line}" for line in lines))
        if reference_share is not None:
            st.caption(text.share_note(reference_share))
        st.caption(results_text.LINK_NOTE)


def report_button(make: Callable[[], str], study: str) -> None:
    """Draw the button of the report, which is made when it is asked for."""
    file_name = f"report-{study.replace('/', '-')}.html"
    download_button(Download(results_text.REPORT, file_name, make), key="report", explained=results_text.REPORT_HELP)


def _lines(results: Results) -> dict[str, list[str]]:
    said = [one.method for one in results.accuracy.values()] + [one.method for one in results.contrasts]
    said += [one.method for one in results.reaction_time["all"].values()]
    designs = [
        results_text.DESIGN_LINE.format(name=one.name, digest=one.digest or "–", sessions=one.n_sessions, answers=one.n_answers)
        for one in results.designs
    ]
    rules = [results_text.RULE_APPLIED.format(n=one.n, what=one.what, rule=one.rule) for one in results.exclusions]
    return {results_text.METHODS: list(dict.fromkeys(said)), results_text.DESIGNS: designs, results_text.RULES: rules}
