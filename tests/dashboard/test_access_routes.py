"""Every route for every role and for nobody; logging in and out by passphrase."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.experiment import RatingTask
from core.roles import Role
from core.services.access_files import access_file
from core.services.answers.people import COLLECTED_ROUTE
from core.services.results.results import EXPORT_ROUTE, TOKEN_HEADER
from core.services.reviews.reviewing import REVIEWS_ROUTE
from core.slow_down import FREE
from dashboard import access, access_routes, resources
from dashboard.access_routes import LOGIN_URL, LOGOUT_URL, ROOT, StreamlitGuard, _network_of
from dashboard.routes import ANSWER_URL, EVENT_URL, IMAGE_URL, MAP_URL, RATING_URL, ROUTES, SESSION_URL, THUMB_URL, WALL
from dashboard.wall_routes import script_address
from tests.dashboard.conftest import HOST, session_in
from tests.dashboard.teams import PASSPHRASES, cookies_of, hash_of, write_team
from tests.dashboard.test_routes import exemplar_of, keep_maps
from tests.dashboard.test_routes_posts import POSTS
from tests.studies import MAIN_UNITS, Workplace, trials_of

EVERYBODY: tuple[Role | None, ...] = (None, "participant", "viewer", "reviewer", "admin")
LOOKING = {None: 401, "participant": 403, "viewer": 200, "reviewer": 200, "admin": 200}
ALL = dict.fromkeys(EVERYBODY, 200)
EXPORTING = {None: 403, "participant": 403, "viewer": 403, "reviewer": 403, "admin": 200}
EXPECTED: dict[str, dict[Role | None, int]] = {
    "image": LOOKING,
    "thumb": LOOKING,
    "map": LOOKING,
    "image of one's own trial": ALL,  # by the self-test's secret name
    "image of no trial": dict.fromkeys(EVERYBODY, 404),
    "image of no self-test": dict.fromkeys(EVERYBODY, 404),
    "answer": ALL,
    "rating": ALL,
    "event": ALL,
    "answer to no self-test": dict.fromkeys(EVERYBODY, 410),
    "export": EXPORTING,
    "export of all": EXPORTING,
    "export of reviews": EXPORTING,
    "upload": {None: 401, "participant": 403, "viewer": 403, "reviewer": 200, "admin": 200},
    "metrics": {None: 401, "participant": 403, "viewer": 403, "reviewer": 403, "admin": 200},
    "wall": LOOKING,
    "wall's script": ALL,
    "wall's document": ALL,
    "health": ALL,
}


def streamlits_own(request: Request) -> Response:
    return PlainTextResponse("taken")


OWN = [Route("/_stcore/{rest:path}", streamlits_own, methods=["GET", "PUT", "DELETE"])]


@pytest.fixture
def client(served: Workplace) -> Iterator[TestClient]:
    """Return a client of the routes behind the guard, with something in Streamlit's place; the team logs in."""
    write_team(served.workspace)
    app = Starlette(routes=[*ROUTES, *OWN], middleware=[Middleware(StreamlitGuard)])
    yield TestClient(app, base_url=HOST, raise_server_exceptions=False)


@pytest.fixture
def session_id(served: Workplace) -> str:
    """Begin a session of eight trials, the first of which shows a real image, and return its name."""
    first, *others = trials_of()
    shown = replace(first, query_top=exemplar_of(served)[0])
    tasks = [RatingTask("begin", 0, MAIN_UNITS[0], ("a" * 32,), ("b" * 32,))]
    resources.responses().add_session(session_in(served), (shown, *others), tasks)
    return "session-0"


def ask(client: TestClient, served: Workplace, session_id: str, what: str) -> Response:
    """Send the request that `what` stands for."""
    address = exemplar_of(served)[0]
    of_session = f"{SESSION_URL}/{session_id}/image"
    study = {"study": served.study.key}
    match what:
        case "image":
            return client.get(f"{IMAGE_URL}/{address}")
        case "thumb":
            return client.get(f"{THUMB_URL}/{address}")
        case "map":
            return client.get(f"{MAP_URL}/{keep_maps(served)}/0/crop")
        case "image of one's own trial":
            return client.get(f"{of_session}/{address}")
        case "image of no trial":
            return client.get(f"{of_session}/{'e' * 32}")
        case "image of no self-test":
            return client.get(f"{SESSION_URL}/session-1/image/{address}")
        case "answer" | "rating" | "event":
            url = {"answer": ANSWER_URL, "rating": RATING_URL, "event": EVENT_URL}[what]
            return client.post(url, json=POSTS[url])
        case "answer to no self-test":
            return client.post(ANSWER_URL, json=POSTS[ANSWER_URL] | {"session_id": "session-1"})
        case "export":
            return client.get(EXPORT_ROUTE)
        case "export of all":
            return client.get(COLLECTED_ROUTE, params=study)
        case "export of reviews":
            return client.get(REVIEWS_ROUTE, params=study)
        case "upload":
            return client.put("/_stcore/upload_file/session/file")
        case "metrics":
            return client.get("/_stcore/metrics")
        case "wall":
            return client.get(WALL.found)
        case "wall's script":
            return client.get(script_address(WALL))
        case "wall's document":
            return client.get("/feature-maps")
    return client.get(f"{ROOT}/health")


@pytest.mark.parametrize("what", EXPECTED)
def test_each_route_for_each_role(client: TestClient, served: Workplace, session_id: str, what: str) -> None:
    """A route answers whom the table lets, refuses others with 403 and one sentence, and tells somebody unknown to log in."""
    for role in EVERYBODY:
        client.cookies = cookies_of(role)  # type: ignore[assignment]
        reply = ask(client, served, session_id, what)
        assert reply.status_code == EXPECTED[what][role], role
        if reply.status_code >= 400:
            sentence = reply.json()["error"]
            assert sentence.endswith(".") and "immutable" not in reply.headers.get("cache-control", "")
            assert ("Log in first." in sentence) == (reply.status_code == 401)


def test_every_route_is_in_the_table(client: TestClient) -> None:
    """A new route cannot be forgotten: it would be missing here."""
    known = {IMAGE_URL, THUMB_URL, MAP_URL, SESSION_URL, ANSWER_URL, RATING_URL, EVENT_URL, EXPORT_ROUTE, f"{ROOT}/health"}
    known |= {WALL.found, WALL.script, "/feature-maps", COLLECTED_ROUTE, REVIEWS_ROUTE, LOGIN_URL, LOGOUT_URL}
    assert [one.path for one in ROUTES if not any(one.path == path or one.path.startswith(f"{path}/{{") for path in known)] == []


def test_the_token_still_serves_commands(client: TestClient, served: Workplace, session_id: str) -> None:
    """A command of the same user exports without logging in."""
    reply = client.get(EXPORT_ROUTE, headers={TOKEN_HEADER: resources.export_token()})
    assert reply.status_code == 200 and reply.content.startswith(b"PAR1")


def test_a_deleted_self_test_shows_nothing_more(client: TestClient, served: Workplace, session_id: str) -> None:
    """Once its answers are deleted, the link to a self-test opens no image."""
    url = f"{SESSION_URL}/{session_id}/image/{exemplar_of(served)[0]}"
    assert client.get(url).status_code == 200
    resources.responses().delete_session(session_id)
    assert client.get(url).status_code == 404


def test_trials_that_came_later_are_shown_too(client: TestClient, served: Workplace, session_id: str) -> None:
    """Practice again and repeated trials bring images that were not planned at first."""
    later = exemplar_of(served)[0]
    session = replace(session_in(served), session_id="session-2")
    trials = trials_of()
    resources.responses().add_session(session, trials[:-1], [])
    url = f"{SESSION_URL}/session-2/image/{later}"
    assert client.get(url).status_code == 404
    resources.responses().add_trials("session-2", (replace(trials[-1], query_top=later),))
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("content", ["login = 1", None])
def test_broken_settings_let_nobody_in(client: TestClient, served: Workplace, content: str | None) -> None:
    """A file that cannot be understood, or is gone, is 503 with its sentence for everybody, admins too."""
    client.cookies = cookies_of("admin")  # type: ignore[assignment]
    if content is None:
        access_file(served.workspace).unlink()
    else:
        access_file(served.workspace).write_text(content)
    for url in (f"{IMAGE_URL}/{exemplar_of(served)[0]}", "/_stcore/metrics"):
        reply = client.get(url)
        assert reply.status_code == 503 and "access.toml" in reply.json()["error"]
    assert client.get(EXPORT_ROUTE).status_code == 403


def log_in(client: TestClient, passphrase: str, name: str = "Ada") -> Response:
    return client.post(LOGIN_URL, json={"name": name, "passphrase": passphrase}, headers={"Origin": HOST})


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of the waits, and compare hashes that were made once, so that many tries cost nothing."""
    monkeypatch.setattr(access_routes, "time", SimpleNamespace(monotonic=lambda: 100.0))
    monkeypatch.setattr(access_routes, "fits", lambda words, kept: hash_of(words) == kept)


@pytest.mark.parametrize(("role", "passphrase"), PASSPHRASES.items())
def test_a_passphrase_gives_its_role(client: TestClient, role: Role, passphrase: str) -> None:
    """The right passphrase sets a cookie that no script and no other site can use, for twelve hours; it proves name and role."""
    reply = log_in(client, passphrase)
    assert reply.status_code == 200 and reply.json() == {"role": role}
    flags = reply.headers["set-cookie"].lower()
    assert all(one in flags for one in ("httponly", "samesite=strict", "path=/", "max-age=43200")) and "secure" not in flags
    assert access.identified(dict(client.cookies)) == access.Person("Ada", role)


def test_by_tls_the_cookie_goes_by_tls_only(client: TestClient) -> None:
    """Where the browser came by https, the cookie is never sent in the clear."""
    secure = TestClient(client.app, base_url=HOST.replace("http", "https"))
    reply = secure.post(LOGIN_URL, json={"passphrase": PASSPHRASES["viewer"]})
    assert "secure" in reply.headers["set-cookie"].lower()


def test_a_wrong_passphrase_is_refused_and_slowed_down(client: TestClient, still: None) -> None:
    """Each wrong try is one sentence; after five the next has to wait, also with the right passphrase, and is told how long."""
    for _ in range(FREE):
        reply = log_in(client, "a wrong passphrase")
        assert reply.status_code == 401 and reply.json()["error"].count(".") == 1 and "set-cookie" not in reply.headers
    reply = log_in(client, PASSPHRASES["admin"])
    assert reply.status_code == 429 and int(reply.headers["retry-after"]) >= 1 and "seconds" in reply.json()["error"]
    access.memory().slow_down._tries.clear()
    assert log_in(client, PASSPHRASES["admin"]).status_code == 200


def test_knowing_one_passphrase_does_not_help_guessing(client: TestClient, still: None) -> None:
    """Getting in costs no try, however often, and forgets none that failed."""
    for _ in range(FREE - 1):
        assert log_in(client, "a wrong passphrase").status_code == 401
    for _ in range(3):
        assert log_in(client, PASSPHRASES["viewer"]).status_code == 200
    assert log_in(client, "a wrong passphrase").status_code == 401
    assert log_in(client, PASSPHRASES["viewer"]).status_code == 429


def test_tries_are_counted_by_network() -> None:
    """One machine has a whole /64 of IPv6 addresses; what is no address counts as it is."""
    assert _network_of("2001:db8:1:2::7") == _network_of("2001:db8:1:2:ffff::1%eth0") != _network_of("2001:db8:1:3::7")
    assert _network_of("192.0.2.1") != _network_of("192.0.2.2") and _network_of("testclient") == "testclient"


@pytest.mark.parametrize(
    ("host", "address", "names", "status"),
    [
        ("localhost:8501", "localhost", [], 200),
        ("127.0.0.1:8501", "localhost", [], 200),
        ("[::1]:8501", "localhost", [], 200),
        ("evil.example:8501", "localhost", [], 403),
        ("localhost.evil.example", "localhost", [], 403),
        ("team.example:8501", "localhost", ["team.example"], 200),
        ("team.example:8501", "0.0.0.0", [], 200),
    ],
)
def test_another_name_of_this_machine_is_refused(
    served: Workplace, monkeypatch: pytest.MonkeyPatch, host: str, address: str, names: list[str], status: int
) -> None:
    """Where nobody logs in, a website whose name leads here gets nothing, by HTTP or websocket; a log-in lets every name in."""
    monkeypatch.setattr(access.st, "get_option", {"server.address": address, "server.allowedHosts": names}.get)

    async def greet(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    app = Starlette(routes=[*OWN, WebSocketRoute("/stream", greet)], middleware=[Middleware(StreamlitGuard)])
    client = TestClient(app, headers={"host": host})
    assert client.get("/_stcore/anything").status_code == status
    if status == 200:
        with client.websocket_connect("/stream"):
            return
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream"):
        pass
    write_team(served.workspace)
    assert client.get("/_stcore/anything").status_code == 200


def test_who_reviews_gives_a_name(client: TestClient) -> None:
    """A reviewer without a name is asked for one; a viewer needs none; an e-mail address is refused."""
    assert log_in(client, PASSPHRASES["viewer"], "").json() == {"role": "viewer"}
    for name in ("", "   "):
        reply = log_in(client, PASSPHRASES["reviewer"], name)
        assert reply.status_code == 400 and "Give a name too" in reply.json()["error"]
    reply = log_in(client, PASSPHRASES["reviewer"], "ada@example.org")
    assert reply.status_code == 400 and "no e-mail address" in reply.json()["error"]


@pytest.mark.parametrize(
    "given", [[], {}, {"passphrase": 3}, {"passphrase": ""}, {"passphrase": "x" * 300}, {"passphrase": "x", "name": 3}]
)
def test_odd_fields_are_refused(client: TestClient, given: object) -> None:
    """Whatever is posted: 400 with a sentence."""
    reply = client.post(LOGIN_URL, json=given)
    assert reply.status_code == 400 and reply.json()["error"] == "Logging in takes a name and a passphrase, both as text."


@pytest.mark.parametrize("url", [LOGIN_URL, LOGOUT_URL])
def test_other_pages_can_neither_log_in_nor_out(client: TestClient, url: str) -> None:
    """Another origin, and what a form of another page could send, are refused."""
    content = {"passphrase": PASSPHRASES["admin"], "name": "Ada"}
    assert client.post(url, json=content, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert client.post(url, data=content).status_code == 415
    assert client.get(url).status_code == 405


def test_logging_out_ends_the_log_in_everywhere(client: TestClient, served: Workplace) -> None:
    """The cookie is taken away, and a copy of it proves nobody any more; another log-in is not touched."""
    other = cookies_of("viewer")
    log_in(client, PASSPHRASES["reviewer"])
    copied = dict(client.cookies)
    assert client.post(LOGOUT_URL, json={}).status_code == 200
    assert not dict(client.cookies)
    assert access.identified(copied).role is None and access.identified(other).role == "viewer"


def test_few_passphrases_are_compared_at_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many that try together cannot take all memory and cores: the rest is told to try again."""
    monkeypatch.setattr(access_routes, "_comparing", threading.BoundedSemaphore(1))
    access_routes._comparing.acquire()
    reply = log_in(client, PASSPHRASES["admin"])
    assert reply.status_code == 429 and "try again" in reply.json()["error"]


def test_without_settings_there_is_nothing_to_log_into(served: Workplace) -> None:
    """On localhost every route answers and nobody logs in."""
    client = TestClient(Starlette(routes=list(ROUTES)), base_url=HOST)
    assert client.get(f"{IMAGE_URL}/{exemplar_of(served)[0]}").status_code == 200
    assert log_in(client, "anything at all").status_code == 404
    assert client.get(EXPORT_ROUTE).status_code == 403  # everybody is admin, but an export takes the token
