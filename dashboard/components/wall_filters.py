"""The wall's filters that have a count beside each choice: groups of choices, and ranges of measures over their histograms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard import browse_text

ASSETS: Final = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class FilterOption:
    """A choice of a filter and how many units it would leave."""

    value: str
    label: str
    n: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A filter of several choices; `name`: what the address calls it."""

    name: str
    title: str
    options: tuple[FilterOption, ...]


@dataclass(frozen=True, slots=True)
class FilterRange:
    """A measure that is narrowed, its histogram from `low` to `high` over units that fit all other filters, the ends that are chosen."""

    measure: str
    words: str
    low: float
    high: float
    counts: tuple[int, ...]
    least: float | None
    most: float | None


def wall_filters(
    groups: Sequence[FilterGroup],
    ranges: Sequence[FilterRange],
    *,
    measures: Sequence[tuple[str, str]],
    key: str,
    on_change: Callable[[str, list[str]], None],
) -> None:
    """Draw the filters; `on_change` is called with the name and the new values of the one that changed (ranges: "where", each as
    measure:least..most). `measures`: name and words of those that a range can be added of."""

    def changed() -> None:
        change = st.session_state[key].change
        if change is not None:
            on_change(change["name"], list(change["values"]))

    texts = {"ranges": browse_text.RANGES, "add": browse_text.ADD_RANGE, "from": browse_text.FROM, "to": browse_text.TO}
    data = {
        "groups": [asdict(group) for group in groups],
        "ranges": [asdict(one) for one in ranges],
        "measures": [{"name": name, "words": words} for name, words in measures],
        "texts": {**texts, "remove": browse_text.REMOVE},
    }
    _wall_filters()(data=data, key=key, on_change_change=changed)


@cache
def _wall_filters() -> Any:
    script, style = ((ASSETS / f"wall_filters.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("exemplary_wall_filters", html='<div class="wall-filters"></div>', css=style, js=script)
