"""How a set of synthetic images came about: activation over steps, and the images on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from core.domain import EXTREMES, Extreme, RenderCourse
from dashboard import render_text
from dashboard.components.image_grid import ImageCell, exemplar_grid
from dashboard.components.render_charts import CourseLine, course_chart

STRIP_PX: Final = 140


def course_section(courses: Sequence[RenderCourse], natural: Mapping[Extreme, float], *, image_url: str, native_px: int, key: str) -> None:
    """Draw the courses of a set; natural: the most extreme natural activation of each extreme."""
    st.subheader(render_text.COURSE)
    if not courses:
        st.caption(render_text.NO_COURSE)
        return
    lines = [CourseLine(one.extreme, one.group, one.steps, one.activations) for one in courses]
    st.altair_chart(course_chart(lines, natural), width="stretch", key=f"course/{key}")
    st.caption(render_text.COURSE_NOTE)
    group = _group(courses, key)
    for extreme in EXTREMES:
        shown = next((one for one in courses if (one.extreme, one.group) == (extreme, group) and one.snapshots), None)
        if shown is not None:
            _strip(shown, image_url=image_url, native_px=native_px, key=key)


def _group(courses: Sequence[RenderCourse], key: str) -> int:
    """Return the group whose images are shown: the first, or where there are several the one that is chosen."""
    groups = sorted({one.group for one in courses})
    if len(groups) == 1:
        return groups[0]
    label = render_text.GROUP
    chosen = st.segmented_control(label, groups, default=groups[0], required=True, key=f"group/{key}")
    return groups[0] if chosen is None else chosen


def _strip(course: RenderCourse, *, image_url: str, native_px: int, key: str) -> None:
    st.caption(render_text.SNAPSHOTS[course.extreme])
    cells = [
        ImageCell(
            address,
            caption=render_text.STEP.format(step=step),
            alt=render_text.SNAPSHOT_ALT.format(extreme=course.extreme, step=step),
            detail=render_text.SNAPSHOT_DETAIL.format(extreme=course.extreme, group=course.group, step=step, n_steps=course.n_steps),
        )
        for step, address in course.snapshots
    ]
    name = f"snapshots/{key}/{course.extreme}/{course.group}"
    exemplar_grid(cells, columns=len(cells), image_url=image_url, key=name, image_px=STRIP_PX, native_px=native_px)
