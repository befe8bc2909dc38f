"""What the answers say in a sentence: the difference of the conditions with its interval and n, and each condition's accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.design_spec import in_order
from core.experiment import RespondentKind
from core.inference import Exclusion, Results
from core.inference.contrasts import Contrast
from core.inference.proportions import Proportion
from core.services.answers.answer_sources import Source, SourceKind
from dashboard import results_text, text
from dashboard.components import comparison


def headline(results: Results, kind: RespondentKind) -> None:
    """Draw the contrasts of natural to the others, the first large, and the accuracy of every condition."""
    contrasts = comparison.contrasts_to_natural(results)
    for place, contrast in enumerate(contrasts):
        line = results_text.HEADLINE.format(name=comparison.contrast_name(contrast), **comparison.points_of(contrast))
        st.markdown(f"{'###' if place == 0 else '#####'} {line}", help=f"{_n(contrast, kind)}. {contrast.method}")
    shares = " · ".join(_accuracy(condition, results.accuracy[condition]) for condition in in_order(results.accuracy))
    st.markdown(f"{_n(contrasts[0], kind)} · {shares}" if contrasts else f"{results_text.NO_CONTRAST} {shares}")


def without_rules(results: Results, kind: RespondentKind) -> None:
    """Draw the difference as it is where no rule leaves anybody out, below the one with the rules."""
    for contrast in comparison.contrasts_to_natural(results)[:1]:
        name, n = comparison.contrast_name(contrast), _n(contrast, kind)
        st.caption(results_text.WITHOUT_RULES.format(name=name, n=n, **comparison.points_of(contrast)))


def _n(contrast: Contrast, kind: RespondentKind) -> str:
    respondents = text.respondent_count(contrast.n_participants, kind)
    return results_text.HEADLINE_N.format(respondents=respondents, trials=contrast.n_trials_a + contrast.n_trials_b)


def _accuracy(condition: str, one: Proportion) -> str:
    low, high = one.wilson
    return results_text.CONDITION_ACCURACY.format(condition=condition, mean=100 * one.mean, low=100 * low, high=100 * high)


def source_note(source: Source) -> None:
    """Say whose answers these are, where they are not people's of this study."""
    if source.kind != "people":
        st.markdown(results_text.SOURCE_NOTES[source.kind].format(name=source.name))


def nobody_yet(kind: SourceKind, *, is_narrowed: bool, self_test: StreamlitPage) -> None:
    """Say why there is nothing to see, and what to do."""
    if is_narrowed:
        st.info(results_text.NOTHING_FITS)
        return
    st.markdown(text.NOBODY_YET["observers" if kind == "observers" else "people"])
    if kind == "people" and st.button(text.TAKE_TEST, type="primary", key="results-test"):
        st.switch_page(self_test)


def what_counts(results: Results, *, total: int, left_out: Mapping[str, int]) -> None:
    """Draw how many main answers count, and how many every filter and rule leaves out; rules that are applied even where it is none."""
    parts = [results_text.LEFT_OUT_BY.format(n=n, name=name) for name, n in left_out.items()]
    parts += [results_text.RULE_APPLIED.format(n=one.n, what=one.what, rule=one.rule) for one in _told(results)]
    counted = results_text.COUNTED.format(counted=results.n_main_answers, total=total)
    st.caption(f"{counted} {results_text.LEFT_OUT.format(parts='; '.join(parts)) if parts else results_text.NOTHING_LEFT_OUT}")


def _told(results: Results) -> list[Exclusion]:
    """Return the rules that left something out; of rules on people, that on catch trials and the sentence for all others (the last), even
    where they left out nobody."""
    applied = results.exclusions
    is_attentive = bool(results.scope.rules.attention.stated)
    return [one for place, one in enumerate(applied) if one.n or one.what == "participants" or (is_attentive and place == len(applied) - 1)]
