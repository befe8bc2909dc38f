"""The trials behind a mark of a figure, in a drawer: a page of rows, and what was on the screen in the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from core.experiment import Response, Side, Trial
from core.inference.answer_table import AnswerTable
from core.inference.trial_rows import Part, TrialRow, narrows, rows_behind, trial_rows
from dashboard import results_text, state
from dashboard.components.image_grid import ImageCell, exemplar_grid

PAGE_ROWS: Final = 8
REFERENCE_PX: Final = 96
QUERY_PX: Final = 150
Shown = Callable[[TrialRow], tuple[Trial, Response] | None]


def trials_behind(
    main: AnswerTable, parts: Sequence[Part], *, figure: str, study: str, shown: Shown, image_url: str, native_px: int
) -> None:
    """Draw the trials of main answers that parts of a figure stand for. `shown`: what was on the screen in one, where that is kept."""

    def body() -> None:
        _drawn(main, parts, figure=figure, study=study, shown=shown, image_url=image_url, native_px=native_px)

    opened = st.dialog(results_text.BEHIND, width="large", position="right", on_dismiss=lambda: state.close_trials(figure))
    opened(body)()


def _drawn(main: AnswerTable, parts: Sequence[Part], *, figure: str, study: str, shown: Shown, image_url: str, native_px: int) -> None:
    rows = rows_behind(main, parts)
    if not len(rows):
        st.info(results_text.BEHIND_NONE)
        return
    what = " or ".join(results_text.part_words(narrows(part)) for part in parts)
    share = 100 * float(np.mean(main.score[rows]))
    st.markdown(results_text.BEHIND_LINE.format(n=len(rows), s="" if len(rows) == 1 else "s", what=what, share=share))
    n_pages = -(-len(rows) // PAGE_ROWS)
    page = st.pagination(n_pages, key=f"trials-page/{figure}/{parts}") if n_pages > 1 else 1
    listed = trial_rows(main, rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])
    event = st.dataframe(
        [_cells(one, study) for one in listed],
        hide_index=True,
        width="stretch",
        height="content",
        column_config=_columns(),
        on_select="rerun",
        selection_mode="single-row",
        key=f"trials/{figure}/{parts}/{page}",
    )
    chosen = [listed[place] for place in event["selection"]["rows"] if place < len(listed)]
    if not chosen:
        st.caption(results_text.PICK)
        return
    found = shown(chosen[0])
    if found is None:
        st.caption(results_text.NOT_KEPT)
    else:
        _pictures(*found, image_url=image_url, native_px=native_px)


def _cells(row: TrialRow, study: str) -> dict[str, Any]:
    names = results_text.COLUMNS
    return {
        names["when"]: None if row.answered_at is None else row.answered_at.replace(tzinfo=None),
        names["participant"]: row.respondent,
        names["unit"]: f"feature-maps?{urlencode({'study': study, 'unit': row.unit}, safe=':/')}",
        names["condition"]: row.condition,
        names["scheme"]: row.scheme,
        names["correct"]: {1.0: "✓", 0.0: "✗"}.get(row.score, f"{row.score:g}"),
        names["confidence"]: row.confidence,
        names["time"]: row.time_s,
    }


def _columns() -> Mapping[str, Any]:
    names, config = results_text.COLUMNS, st.column_config
    return {
        names["when"]: config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss", width="medium"),
        names["unit"]: config.LinkColumn(display_text=r"unit=([^&]+)", width="small"),
        names["correct"]: config.TextColumn(width="small"),
        names["confidence"]: config.NumberColumn(width="small"),
        names["time"]: config.NumberColumn(format="%.2f", width="small"),
    }


def _pictures(trial: Trial, response: Response, *, image_url: str, native_px: int) -> None:
    """Draw what the participant saw, as it stood there: references at the sides, queries between; only of a trial that is answered."""
    key = f"{trial.query_top}/{trial.query_bottom}/{trial.index}"
    left, middle, right = st.columns([4, 3, 4], gap="medium")
    if not trial.max_references and not trial.min_references:
        left.caption(results_text.NO_REFERENCES)
    with left:
        _references(results_text.MIN_REFERENCES, trial.min_references, image_url=image_url, native_px=native_px, key=f"min/{key}")
    with middle:
        st.caption(results_text.QUERIES)
        cells = [_query(trial, response, "top"), _query(trial, response, "bottom")]
        exemplar_grid(cells, columns=1, image_url=image_url, key=f"queries/{key}", image_px=QUERY_PX, native_px=native_px)
    with right:
        _references(results_text.MAX_REFERENCES, trial.max_references, image_url=image_url, native_px=native_px, key=f"max/{key}")


def _query(trial: Trial, response: Response, side: Side) -> ImageCell:
    """Return a query with what was said of it."""
    words = [results_text.SIDES[side], *([results_text.CHOSEN] if response.choice == side else [])]
    return ImageCell(
        trial.query_top if side == "top" else trial.query_bottom,
        caption=" · ".join(words),
        alt=results_text.QUERY_ALT.format(side=results_text.SIDES[side]),
        mark=results_text.RIGHT if trial.correct == side else "",
        mark_help=results_text.RIGHT_HELP,
    )


def _references(title: str, addresses: Sequence[str], *, image_url: str, native_px: int, key: str) -> None:
    if not addresses:
        return
    st.caption(title)
    cells = [ImageCell(address, alt=results_text.REFERENCE_ALT.format(what=title, n=n)) for n, address in enumerate(addresses, start=1)]
    exemplar_grid(
        cells,
        columns=min(3, len(cells)),
        image_url=image_url,
        key=key,
        image_px=REFERENCE_PX if len(cells) > 1 else 3 * REFERENCE_PX,
        native_px=native_px,
    )
