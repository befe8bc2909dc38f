"""Routes that take: answers, ratings and events are stored once, or refused with a status of their own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from core.design_spec import Feedback
from dashboard import resources
from dashboard.posted import MAX_ANSWER_BYTES
from dashboard.routes import ANSWER_URL, EVENT_URL, RATING_URL
from tests.dashboard.conftest import HOST, session_in
from tests.studies import Workplace, payload_of, trials_of


def n_stored() -> int:
    return resources.responses().n_responses("tiny/shapes")


def test_an_answer_is_acknowledged_once_it_is_stored(client: TestClient, session_id: str) -> None:
    """A good answer is stored and scored; sent again it is acknowledged and not stored again."""
    first = client.post(ANSWER_URL, json=payload_of(session_id, 0))
    assert (first.status_code, first.json()["stored"], first.json()["correct"]) == (200, True, True)
    again = client.post(ANSWER_URL, json=payload_of(session_id, 0, choice="bottom"))
    assert (again.status_code, again.json()["stored"], again.json()["is_new"]) == (200, True, False)
    assert n_stored() == 1


POSTS = {
    ANSWER_URL: payload_of("session-0", 0),
    RATING_URL: {
        "rating_key": "browser-rating-0",
        "session_id": "session-0",
        "moment": "begin",
        "place": 0,
        "rating": 0,
        "reaction_time_ms": 3100.5,
    },
    EVENT_URL: {"event_key": "browser-event-0", "session_id": "session-0", "kind": "instructed", "duration_ms": 21_000},
}


def n_kept() -> int:
    """Return how many answers, ratings and events the session has."""
    store = resources.responses()
    return sum(len(read("session-0")) for read in (store.responses, store.ratings, store.events))


@pytest.mark.parametrize("url", POSTS)
def test_what_is_posted_is_acknowledged_once_it_is_stored(client: TestClient, session_id: str, url: str) -> None:
    """An answer, a rating or an event is stored once, and acknowledged each time it is sent."""
    replies = [client.post(url, json=POSTS[url]) for _ in range(2)]
    assert [(reply.status_code, reply.json()["stored"], reply.json()["is_new"]) for reply in replies] == [
        (200, True, True),
        (200, True, False),
    ]
    assert n_kept() == 1


@pytest.mark.parametrize(
    "origin", ["http://elsewhere.example", "null", "http://testserver:8501", "http://testserver.elsewhere.example", "http://[::1"]
)
@pytest.mark.parametrize("url", POSTS)
def test_posts_from_another_page_are_refused(client: TestClient, session_id: str, url: str, origin: str) -> None:
    """Another origin may not answer for a participant."""
    reply = client.post(url, json=POSTS[url], headers={"Origin": origin})
    assert reply.status_code == 403 and reply.json()["error"] and n_kept() == 0
    assert client.post(url, json=POSTS[url], headers={"Origin": HOST}).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.parametrize("url", POSTS)
def test_posts_of_another_type_are_refused(client: TestClient, session_id: str, url: str, kind: str) -> None:
    """What a form of another page could send is not taken."""
    reply = client.post(url, content=json.dumps(POSTS[url]), headers={"Content-Type": kind})
    assert reply.status_code == 415 and n_kept() == 0


@pytest.mark.parametrize("url", POSTS)
def test_posts_that_are_too_large_are_refused(client: TestClient, session_id: str, url: str) -> None:
    """What a browser has to say is small."""
    reply = client.post(url, json=POSTS[url] | {"screen": "x" * MAX_ANSWER_BYTES})
    assert reply.status_code == 413 and n_kept() == 0


TOO_DEEP = b"[" * 4000


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"nonsense", TOO_DEEP, b'{"a":' * 700, b"NaN", b"1" * 4000])
@pytest.mark.parametrize("url", POSTS)
def test_bad_json_is_refused(client: TestClient, session_id: str, url: str, body: bytes) -> None:
    """Whatever the bytes are: 400 with a sentence, never a fault of ours."""
    reply = client.post(url, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400 and reply.json()["error"] and n_kept() == 0


@pytest.mark.parametrize(
    ("changes", "status"), [({"trial_index": 99}, 404), ({"confidence": 7}, 400), ({"session_id": "unknown-one"}, 410)]
)
def test_bad_answers_have_their_own_status(client: TestClient, session_id: str, changes: dict[str, object], status: int) -> None:
    """A refused answer gets a status that is not retried, and a sentence."""
    reply = client.post(ANSWER_URL, json=payload_of(session_id, 0) | changes)
    assert reply.status_code == status and reply.json()["error"] and n_stored() == 0


@pytest.mark.parametrize(
    ("url", "changes", "status"),
    [
        (RATING_URL, {"rating": 101}, 400),
        (RATING_URL, {"place": 7}, 404),
        (RATING_URL, {"session_id": "unknown-one"}, 410),
        (EVENT_URL, {"kind": "finished"}, 400),
        (EVENT_URL, {"session_id": "unknown-one"}, 410),
    ],
)
def test_bad_ratings_and_events_have_their_own_status(
    client: TestClient, session_id: str, url: str, changes: dict[str, object], status: int
) -> None:
    """A malformed field is 400, what was never planned 404, a session that is not there 410: none is tried again."""
    reply = client.post(url, json=POSTS[url] | changes)
    assert reply.status_code == status and reply.json()["error"] and n_kept() == 0


@pytest.mark.parametrize("url", POSTS)
def test_nothing_is_stored_by_following_a_link(client: TestClient, url: str) -> None:
    """Answers, ratings and events are posted only."""
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("url", POSTS)
def test_what_comes_after_a_deletion_is_not_found(client: TestClient, session_id: str, url: str) -> None:
    """What a browser still sends after its session was deleted is 410, and nothing of it is kept."""
    resources.responses().delete_session(session_id)
    assert client.post(url, json=POSTS[url]).status_code == 410
    assert n_kept() == 0


@pytest.mark.parametrize("feedback", ["trial", "block", "none"])
def test_correctness_is_told_as_the_design_says(client: TestClient, served: Workplace, feedback: Feedback) -> None:
    """A reply to a main trial tells whether it was right with feedback on every trial only, one to practice unless there is none."""
    session = session_in(served)
    practice, main = replace(trials_of(1)[0], kind="practice"), trials_of(2)[1]
    resources.responses().add_session(replace(session, design=replace(session.design, feedback=feedback)), (practice, main))
    told = [client.post(ANSWER_URL, json=payload_of("session-0", index)).json()["correct"] for index in (0, 1)]
    assert [one is not None for one in told] == [feedback != "none", feedback == "trial"]


def test_two_tabs_are_told_of_the_stored_choice(client: TestClient, session_id: str) -> None:
    """Two windows of one session choose differently: the first answer counts, and both are told whether it is right."""
    first = client.post(ANSWER_URL, json=payload_of(session_id, 0, response_key="window-one"))
    second = client.post(ANSWER_URL, json=payload_of(session_id, 0, response_key="window-two", choice="bottom"))
    assert (first.json()["correct"], first.json()["is_new"]) == (True, True)
    assert (second.status_code, second.json()["stored"], second.json()["correct"], second.json()["is_new"]) == (200, True, True, False)
    assert [answer.proportion_correct for answer in resources.responses().answers("tiny/shapes")] == [1.0]
