"""The gallery's pages: one component per view, chosen by ?view=trial | instructions | ratings | exemplars | charts."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import streamlit as st

from core.design_spec import Condition, Feedback, Scheme
from core.domain import Unit
from core.experiment import Language, RatingTask
from dashboard.components.charts import ActivationMarks, activation_histogram
from dashboard.components.image_grid import GridLegend, ImageCell, exemplar_grid
from dashboard.components.instructions import InstructionPage, WorkedExample, instructions
from dashboard.components.intuitiveness import intuitiveness_ratings
from dashboard.components.trial import Announcement, Score, TrialView, trial_block
from dashboard.participant_text import ParticipantText, participant_text

IMAGES = "/test/images"
SCALE = GridLegend(("#0072b2", "#828282", "#d55e00"), ("−3.5", "0", "3.5"), "One scale")
OVER = {"good": ("s-over", SCALE), "awaited": ("s-over", GridLegend()), "broken": ("broken", SCALE)}  # ?over=: picture, legend
ANNOUNCEMENTS = (
    Announcement("Block complete", "3 of 4 correct", "Continue"),
    Announcement("Natural images", "You now see natural images on both sides.\nThere are 4 trials.", "Start"),
)


def address(*parts: object, synthetic: bool = False) -> str:
    name = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return f"s-{name}" if synthetic else name


def trial(index: int, condition: Condition, scheme: Scheme, broken: bool) -> TrialView:
    n = 0 if condition == "none" else int(scheme[-1])
    synthetic = condition == "synthetic"
    return TrialView(
        index=index,
        condition=condition,
        scheme=scheme,
        kind="practice" if index == 0 else "main",
        min_references=tuple(address("min", index, i, synthetic=synthetic) for i in range(n)),
        max_references=tuple(address("max", index, i, synthetic=synthetic) for i in range(n)),
        query_top="broken" if broken and index == 1 else address("top", index),
        query_bottom=address("bottom", index),
    )


def texts() -> ParticipantText:
    language: Language = st.query_params.get("language", "en")  # type: ignore[assignment]
    return participant_text(language)


def feedback_of(session: str) -> Feedback:
    """Return what the name of a session says of it, which the fake server goes by too."""
    return "trial" if session.startswith("trial-feedback") else "block" if session.startswith("block-feedback") else "none"


def trial_page() -> None:
    query = st.query_params
    condition: Condition = query.get("condition", "natural")  # type: ignore[assignment]
    scheme: Scheme = query.get("scheme", "Min-Max-9")  # type: ignore[assignment]
    session = query.get("session", "trial-feedback-look")
    n = int(query.get("n", "4"))
    result = trial_block(
        session_id=session,
        trials=[trial(i, condition, scheme, "broken" in query) for i in range(n)],
        answer_url="/test/answers",
        image_url=IMAGES,
        feedback=feedback_of(session),
        pause_ms=500,
        feedback_ms=int(query.get("feedback_ms", "1500")),
        total=n,
        offset=0,
        key=f"block-{session}",
        texts=texts(),
        announcements=ANNOUNCEMENTS[-int(query.get("announce", "0")) :] if "announce" in query else (),
        score=Score(3, 4) if "score" in query else None,
    )
    if "extras" in query:
        st.text_input("A field")
        st.session_state["pressed"] = st.session_state.get("pressed", 0) + st.button("Rerun")
        st.caption(f"Pressed {st.session_state['pressed']} times")
    tell_finished(result.finished, f", {result.n_answered} answers")


def tell_finished(is_finished: bool, what: str = "") -> None:
    st.session_state["finished"] = st.session_state.get("finished", 0) + is_finished
    st.caption(f"finished {st.session_state['finished']} times{what}")


def instructions_page() -> None:
    """Three pages about a trial in small; ?bare=1 has no example."""
    query = st.query_params
    both = tuple(tuple(address(extreme, "example", i) for i in range(9)) for extreme in ("min", "max"))
    example = WorkedExample(*both, address("top", "example"), address("bottom", "example"), "bottom", "min-max")
    pages = (
        InstructionPage("The first page", "A paragraph.\nAnother one.", "references"),
        InstructionPage("The second page", "Keys and buttons.", "choice"),
        InstructionPage("The last page", "Solved.", "example"),
    )
    finished = instructions(
        session_id=query.get("session", "instructions-look"),
        pages=pages,
        example=None if "bare" in query else example,
        sides="min-max",
        n_references=9,
        event_url="/test/events",
        image_url=IMAGES,
        key=f"instructions-{query.get('session')}",
        texts=texts(),
    )
    tell_finished(finished)


def ratings_page() -> None:
    """Two ratings; ?broken=1 has an image that does not load."""
    query = st.query_params
    tasks = [
        RatingTask(
            moment="begin",
            place=place,
            unit=Unit("mixed4b", place),
            synthetic=tuple(address("rated", place, i, synthetic=True) for i in range(9)),
            natural=tuple("broken" if "broken" in query and i == 4 else address("rated", place, i) for i in range(9)),
        )
        for place in range(2)
    ]
    finished = intuitiveness_ratings(
        session_id=query.get("session", "ratings-look"),
        tasks=tasks,
        rating_url="/test/ratings",
        image_url=IMAGES,
        total=2,
        key=f"ratings-{query.get('session')}",
        texts=texts(),
    )
    tell_finished(finished)


def exemplars_page() -> None:
    native_px = int(st.query_params.get("native_px", "224"))
    left, right = st.columns(2)
    for column, name in ((left, "natural"), (right, "synthetic")):
        with column:
            st.subheader(name)
            addresses = [address(name, i, synthetic=name == "synthetic") for i in range(9)]
            cells = [ImageCell(a, f"{12.3 - i:.2f}", f"exemplar {i + 1}", f"rank {i + 1} · church") for i, a in enumerate(addresses)]
            if name == "synthetic":
                cells[-1] = ImageCell(addresses[-1], "4.30", "exemplar 9", "rank 9", mark="falls short", mark_help="not beyond")
            over, legend = OVER.get(st.query_params.get("over", ""), ("", None))
            if over and st.toggle("Laid over", key=f"over-{name}"):
                cells = [
                    replace(cell, over=f"{IMAGES}/{over}-{name}-{i}", caption=f"{cell.caption} laid over") for i, cell in enumerate(cells)
                ]
            exemplar_grid(cells, columns=3, image_url=IMAGES, key=f"exemplars-{name}", image_px=200, native_px=native_px, legend=legend)


def charts_page() -> None:
    counts = [int(300 * 2.718 ** (-(((i - 20) / 9) ** 2))) + (i % 3 == 0) for i in range(64)]
    marks = [
        ActivationMarks("natural", "natural max 1-9", (11.2, 12.1, 12.9, 13.4, 14.0)),
        ActivationMarks("natural", "natural min 1-9", (-5.9, -5.7, -5.2)),
        ActivationMarks("synthetic", "synthetic max", (58.0, 61.0, 66.0, 70.0)),
        ActivationMarks("synthetic", "synthetic min", (-21.0, -20.0, -18.5)),
    ]
    st.altair_chart(activation_histogram(counts, -6.0, 20 / 64, marks))


st.set_page_config(layout="wide", page_title="Gallery")
VIEWS = {
    "trial": trial_page,
    "instructions": instructions_page,
    "ratings": ratings_page,
    "exemplars": exemplars_page,
    "charts": charts_page,
}
VIEWS[st.query_params.get("view", "trial")]()
