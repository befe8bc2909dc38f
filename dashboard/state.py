"""The names of what a browser session remembers, and its defaults. Filters that belong in the address are bound to it by these names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.compared import Compared, parse_compared, written
from core.experiment import LANGUAGES, Language

STUDY: Final = "study"  # Study.key that this browser looks at
IMAGE: Final = "image"  # query parameter: the image whose units are looked at, by address
PHOTO: Final = "photo-crop"  # the crop of one's own photo that is looked at: (study, preprocessing, file), PNG
COMPARED: Final = "units"  # query parameter and session state: the units that are looked at side by side
UNIT: Final = "unit"  # query parameter: the unit whose own view is open
LAYER: Final = "layer"
BRANCH: Final = "branch"
SEARCH: Final = "search"
RENDERED: Final = "rendered"
WALL_PAGE: Final = "page"
SORT: Final = "sort"  # the wall's order, and who judged the units
JUDGE: Final = "judge"
GUISE: Final = "guise"  # which of a unit's images the wall shows
LOWEST_FIRST: Final = "lowest"
GROUPED: Final = "grouped"
COLOUR: Final = "colour"  # the measure that colours the map of the network
LIFE: Final = "life"  # query parameters of several values: what the wall is narrowed to
STATUS: Final = "status"
TAG: Final = "tag"
WHERE: Final = "where"
WALL: Final = (LAYER, BRANCH, SEARCH, RENDERED, LIFE, STATUS, TAG, WHERE, SORT, LOWEST_FIRST, GROUPED, JUDGE, COLOUR, GUISE, WALL_PAGE)
ORDER: Final = "wall-order"  # the units that the wall found last, in its order: (study, names)
SHOW: Final = "show"  # of a unit's images: as they are, where the unit responds, the part that matters
SESSION: Final = "session"  # query parameter and session state: the self-test that is under way
PARTICIPANT: Final = "participant"
REVIEWER: Final = "reviewer"  # the pseudonym under which this browser session reviews
REVIEW_ORDER: Final = "order"  # of the review queue, in the address
REVIEW_QUEUE: Final = "review-queue"  # the queue that this browser session works through, and where it is
REVIEW_SECTION: Final = "part"
REVIEW_HANDLED: Final = "review-handled"  # ids of what the reviewer did, as sent by the browser
INVITATION: Final = "invitation"  # query parameter and session state: what lets a participant in who does not log in
JOB_STARTED: Final = "job-started"  # the number of a job that was started just now: said once
DESIGN: Final = "design"  # query parameter: the design that a link to the self-test asks for
LANGUAGE: Final = "language"  # query parameter and session state: in which one takes part
DELETED: Final = "deleted"  # the answers of a self-test were deleted just now: said once
# of the results page, all in the address: whose answers, and what they are narrowed to
RESULTS_KIND: Final = "answers"
RESULTS_OBSERVER: Final = "observer"
RESULTS_SET: Final = "set"
RESULTS_CONDITION: Final = "condition"
RESULTS_SCHEME: Final = "scheme"
RESULTS_EXPERTISE: Final = "expert"
RESULTS_PARTICIPANT: Final = "who"
RESULTS_SINCE: Final = "since"
RESULTS_UNTIL: Final = "until"
RESULTS_DESIGN: Final = "of"
RESULTS_RULES: Final = "rules"
RESULTS_MIN_CATCH: Final = "catch"  # of participants, in percent
RESULTS_NEGATIVE: Final = "negative"  # whether negative reaction times are kept
RESULTS_PUBLISHED: Final = "published"
RESULTS_SECTION: Final = "section"
N_CLOSED: Final = "trials-closed"  # how often trials behind a figure's mark were closed: its chart then begins anew, with nothing selected
TRIALS_OPEN: Final = "trials-open"  # whether trials behind a mark are looked at now
LAST_ANSWERS: Final = "last-answers"  # what the results page drew last: it stays on screen while the answers cannot be read


def offer_name(code: str) -> None:
    """Give a browser session that has no name yet a code for one, so that a self-test begins with one click."""
    if PARTICIPANT not in st.session_state:
        st.session_state[PARTICIPANT] = code


def language() -> Language:
    """Return the language to begin with: chosen before, else of the address, else the browser's own; English where that is unknown."""
    browser = (st.context.locale or "").partition("-")[0]
    asked = (st.session_state.get(LANGUAGE), st.query_params.get(LANGUAGE), browser)
    known: dict[object, Language] = {one: one for one in LANGUAGES}
    return next((known[one] for one in asked if one in known), LANGUAGES[0])


def choose_study(key: str) -> None:
    """Let this browser session look at a study from now on."""
    if st.session_state.get(STUDY) != key:
        st.session_state[STUDY] = key


def forget_address_study() -> None:
    """Take the study out of the address, so that the one chosen on the page counts."""
    st.query_params.pop(STUDY, None)


def open_unit(study_key: str, unit: str) -> None:
    """Name a unit and its study in the address: the link shows the same to everybody."""
    st.query_params.update({STUDY: study_key, UNIT: unit})


def close_unit() -> None:
    """Go back from a unit to the wall, which stays the study's."""
    st.query_params.pop(UNIT, None)


def remember_order(study_key: str, names: Sequence[str]) -> None:
    """Remember in which order the wall shows which units of a study ("layer:channel"), for going from one to the next."""
    st.session_state[ORDER] = (study_key, tuple(names))


def remembered_order(study_key: str) -> tuple[str, ...]:
    """Return the units that the wall of this study showed last, in order; none where it was not looked at."""
    key, names = st.session_state.get(ORDER, ("", ()))
    return names if key == study_key else ()


def compared() -> tuple[Compared, ...]:
    """Return the units that this browser session compared last."""
    return parse_compared(str(st.session_state.get(COMPARED, "")))


def remember_compared(columns: Sequence[Compared]) -> None:
    """Remember the units that are compared, so that the next joins them."""
    st.session_state[COMPARED] = written(columns)


def first_wall_page() -> None:
    """Turn back to the wall's first page: what is on the others has changed."""
    st.session_state[WALL_PAGE] = 1


def asked(name: str) -> tuple[str, ...]:
    """Return the values of a filter that the address names."""
    return tuple(st.query_params.get_all(name))


def ask(name: str, values: list[str]) -> None:
    """Put a filter's values into the address; the wall begins at its first page."""
    if values:
        st.query_params[name] = values
    else:
        st.query_params.pop(name, None)
    first_wall_page()


def wall_page() -> int:
    """Return the wall's page that is asked for, from 1: chosen, else of the address; 1 where that is no number."""
    asked = st.session_state.get(WALL_PAGE) or st.query_params.get(WALL_PAGE, "1")
    return max(1, int(asked)) if str(asked).isdecimal() else 1


def session_id() -> str | None:
    """Return the self-test of this browser session: from the address, else remembered (navigation drops the query string)."""
    found = st.query_params.get(SESSION) or st.session_state.get(SESSION)
    return str(found) if found else None


def open_session(session_id: str) -> None:
    """Remember a self-test in the address and in this browser session."""
    st.session_state[SESSION] = session_id
    st.query_params[SESSION] = session_id


def close_session() -> None:
    """Forget the self-test that was under way or finished."""
    st.session_state.pop(SESSION, None)
    st.query_params.pop(SESSION, None)


def leave_session(spoken: Language) -> None:
    """Forget the self-test that was under way, but not its language."""
    close_session()
    st.session_state[LANGUAGE] = spoken


def note_deletion(spoken: Language) -> None:
    """Leave a self-test whose answers were deleted; the next page says so, once."""
    leave_session(spoken)
    st.session_state[DELETED] = True


def was_deleted() -> bool:
    """Return whether that is still to be said."""
    return bool(st.session_state.pop(DELETED, False))


def n_closed(figure: str) -> int:
    """Return how often the trials behind a figure's marks were closed."""
    return int(st.session_state.get(N_CLOSED, {}).get(figure, 0))


def close_trials(figure: str) -> None:
    """Note that the trials behind a figure's mark were closed."""
    note_trials_open(False)
    st.session_state[N_CLOSED] = {**st.session_state.get(N_CLOSED, {}), figure: n_closed(figure) + 1}


def note_trials_open(are_open: bool) -> None:
    """Note whether the trials behind a mark are looked at."""
    st.session_state[TRIALS_OPEN] = are_open


def are_trials_open() -> bool:
    """Return whether the trials behind a mark are looked at."""
    return bool(st.session_state.get(TRIALS_OPEN, False))
