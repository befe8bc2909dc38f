"""Routes that give: images and maps by their hash, and exports, to whoever may have them."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import imaging
from core.activation_map import Box, UnitMaps
from core.domain import Unit
from core.errors import StoreBusy, StoreError
from core.experiment import Event
from core.services.answers.people import COLLECTED_ROUTE
from core.services.experiment import designs, sessions
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.sessions import Enrolment
from core.services.maps.maps import request_maps
from core.services.results.results import EXPORT_ROUTE, TOKEN_HEADER
from core.services.reviews.reviewing import REVIEWS_ROUTE, Reviewer, unpacked_events
from core.store import artifacts, map_files, render_read, unit_read
from core.store.answer_read import answers_of_parquet
from core.store.answer_tables import unpacked
from core.store.database import connect_memory
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from dashboard import caching, resources
from dashboard.components import trial as trial_module
from dashboard.components.trial import TrialView
from dashboard.pages.session import render_session
from dashboard.routes import ANSWER_URL, IMAGE_URL, MAP_URL, ROOT, ROUTES, THUMB_URL
from tests.studies import MAIN_UNITS, NOW, Workplace, payload_of, tiny_study, trials_of


def exemplar_of(place: Workplace) -> tuple[str, Path]:
    """Return the address and the file of a unit's most activating image."""
    cursor = CatalogueReader(place.workspace).cursor()
    found = unit_read.exemplars(cursor, place.study, [Unit("mixed3a", 0)], limit=1)[0]
    return found.address, Path(found.path)


@pytest.mark.parametrize("ending", ["", ".png"])
def test_a_natural_image_is_its_crop_without_loss(client: TestClient, served: Workplace, ending: str) -> None:
    """What people see is pixel for pixel what the network saw, cached for ever under its address."""
    address, path = exemplar_of(served)
    reply = client.get(f"{IMAGE_URL}/{address}{ending}")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert "immutable" in reply.headers["cache-control"] and "max-age=31536000" in reply.headers["cache-control"]
    expected = imaging.crop(imaging.decode(path.read_bytes()), served.study.mining.preprocessing)
    assert np.array_equal(np.asarray(imaging.decode(reply.content)), np.asarray(expected))
    assert client.get(f"{IMAGE_URL}/{address}").content == reply.content


def test_a_synthetic_image_is_its_stored_file(client: TestClient, served: Workplace) -> None:
    """A synthetic image is served byte for byte as it was stored."""
    render = render_read.renders(CatalogueReader(served.workspace).cursor(), served.study.network)[0]
    assert client.get(f"{IMAGE_URL}/{render.address}").content == (served.workspace.root / render.path).read_bytes()


def test_thumbnails_are_webp(client: TestClient, served: Workplace) -> None:
    """Walls get small copies, also of images that nobody has asked for before; once made, they are kept without the image."""
    address, _ = exemplar_of(served)
    reply = client.get(f"{THUMB_URL}/{address}")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in reply.headers["cache-control"]
    with Image.open(io.BytesIO(reply.content)) as image:
        assert image.format == "WEBP"
    artifacts.image_path(served.workspace, address).unlink()
    assert client.get(f"{THUMB_URL}/{address}").content == reply.content
    assert not artifacts.image_path(served.workspace, address).exists()


@pytest.mark.parametrize("url", [IMAGE_URL, THUMB_URL])
@pytest.mark.parametrize(
    "address",
    ["0" * 32, "zz", "A" * 32, "..%2F..%2Fapp.json", "%2e%2e%2f%2e%2e%2fapp.json", "../../app.json", "..", "%00" * 32, "0" * 32 + "%0A"],
)
def test_what_is_no_address_is_not_found(client: TestClient, served: Workplace, url: str, address: str) -> None:
    """Unknown addresses and ways out of the folder are 404 and never cached."""
    (served.workspace.root / "app.json").write_text('{"token": "secret"}')
    reply = client.get(f"{url}/{address}")
    assert reply.status_code == 404
    assert b"secret" not in reply.content and "immutable" not in reply.headers.get("cache-control", "")


def test_a_photo_that_changed_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source file that is not what was indexed gives 410 with a sentence, never another image under the old address."""
    study = tiny_study(tmp_path, n_images=60, top_k=20, n_renders=0, observed=False)
    monkeypatch.setenv("EXEMPLARY_WORKSPACE", str(tmp_path / "workspace"))
    caching.forget_all()
    client = TestClient(Starlette(routes=list(ROUTES)), raise_server_exceptions=False)
    address, path = exemplar_of(Workplace(Workspace(tmp_path / "workspace"), study))
    path.write_bytes(path.read_bytes() + b"\0")
    for url in (IMAGE_URL, THUMB_URL):
        reply = client.get(f"{url}/{address}")
        assert reply.status_code == 410 and path.name in reply.json()["error"]
    path.unlink()
    assert client.get(f"{IMAGE_URL}/{address}").status_code == 410


def test_an_empty_workspace_has_no_images(served_empty: Workspace) -> None:
    """Before anything is mined, every address is unknown and the process is healthy."""
    client = TestClient(Starlette(routes=list(ROUTES)))
    assert client.get(f"{IMAGE_URL}/{'0' * 32}").status_code == 404
    assert client.get(f"{ROOT}/health").json()["status"] == "ok"


def keep_maps(place: Workplace) -> str:
    """Keep made-up maps of two exemplars; return their key."""
    unit = Unit("mixed3a", 0)
    exemplars = unit_read.exemplars(CatalogueReader(place.workspace).cursor(), place.study, [unit], limit=2)
    request = request_maps(place.study, unit, "max", [one for one in exemplars if one.extreme == "max"])
    values = np.zeros((2, 4, 4), np.float32)
    values[0, 1, 1] = 3.0
    map_files.put_maps(place.workspace, request, UnitMaps(request.addresses, values, (Box(4, 4, 12, 12), None), Box(0, 0, 32, 32), 32))
    return request.key


def test_maps_are_drawn_over_their_images(client: TestClient, served: Workplace) -> None:
    """Overlay and crop are pictures of their own, cached for ever under the key of all that determines them."""
    key = keep_maps(served)
    replies = [client.get(f"{MAP_URL}/{key}/{place}/{kind}") for place in (0, 1) for kind in ("response", "crop")]
    assert {(one.status_code, one.headers["content-type"]) for one in replies} == {(200, "image/webp")}
    assert all("immutable" in one.headers["cache-control"] for one in replies)
    assert len({one.content for one in replies}) == 4
    with Image.open(io.BytesIO(replies[0].content)) as drawn:
        assert drawn.size == (320, 320)


@pytest.mark.parametrize(
    "path", ["{key}/2/crop", "{key}/0/whole", "0123456789abcdef/0/crop", "no-key/0/response", "{key}/-1/crop", "{key}/x/crop"]
)
def test_maps_that_are_not_there_are_not_found(client: TestClient, served: Workplace, path: str) -> None:
    """Another place, kind or key is answered with 404, and nothing is computed."""
    reply = client.get(f"{MAP_URL}/{path.format(key=keep_maps(served))}")
    assert reply.status_code == 404
    assert resources.map_desk().process.pid is None


@pytest.mark.parametrize("route", [EXPORT_ROUTE, f"{COLLECTED_ROUTE}?study=tiny/shapes"])
@pytest.mark.parametrize("token", [None, "", "wrong", "ü"])
def test_exports_need_the_token(client: TestClient, route: str, token: str | None) -> None:
    """Whoever does not know the token gets no answers."""
    headers = {} if token is None else {TOKEN_HEADER: token.encode()}
    reply = client.get(route, headers=headers)  # type: ignore[arg-type]
    assert reply.status_code == 403 and not reply.content.startswith((b"PAR1", b"PK"))


@pytest.mark.parametrize("route", [EXPORT_ROUTE, COLLECTED_ROUTE, REVIEWS_ROUTE])
def test_exports_of_a_held_store_are_a_sentence(client: TestClient, monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    """While another process holds people's answers, that is said."""

    def held() -> ResponseStore:
        raise StoreBusy("Another process holds the answers.")

    headers = {TOKEN_HEADER: resources.export_token()}
    monkeypatch.setattr(resources, "responses", held)
    reply = client.get(route, headers=headers)
    assert (reply.status_code, reply.json()) == (503, {"error": "Another process holds the answers."})


def test_health_without_a_readable_catalogue_is_a_sentence(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue that cannot be read is told as such."""

    def unreadable() -> CatalogueReader:
        raise StoreError("The catalogue cannot be read.")

    monkeypatch.setattr(resources, "reader", unreadable)
    reply = client.get(f"{ROOT}/health")
    assert (reply.status_code, reply.json()) == (503, {"error": "The catalogue cannot be read."})


def test_all_that_people_gave_is_exported_together(client: TestClient, session_id: str) -> None:
    """With the token a study's answers, ratings and sessions come in one archive, and are not cached; another study has none."""
    for trial in trials_of():
        client.post(ANSWER_URL, json=payload_of(session_id, trial.index))
    headers = {TOKEN_HEADER: json.loads(resources.workspace().app_file.read_text())["token"]}
    reply = client.get(COLLECTED_ROUTE, params={"study": "tiny/shapes"}, headers=headers)
    assert reply.status_code == 200 and reply.headers["cache-control"] == "no-store"
    assert unpacked(reply.content) == resources.responses().collected("tiny/shapes") and len(unpacked(reply.content).answers) == 8
    assert unpacked(client.get(COLLECTED_ROUTE, headers=headers).content).answers == ()


def test_the_export_is_the_answers(client: TestClient, session_id: str, tmp_path: Path) -> None:
    """With the token of app.json all answers come as Parquet, and are not cached."""
    for trial in trials_of():
        client.post(ANSWER_URL, json=payload_of(session_id, trial.index))
    app = json.loads(resources.workspace().app_file.read_text())
    reply = client.get(EXPORT_ROUTE, headers={TOKEN_HEADER: app["token"]})
    assert reply.status_code == 200 and reply.headers["cache-control"] == "no-store"
    (tmp_path / "answers.parquet").write_bytes(reply.content)
    found = answers_of_parquet(connect_memory(), tmp_path / "answers.parquet", "tiny/shapes")
    assert found == resources.responses().answers("tiny/shapes") and len(found) == 8


def test_the_browser_never_learns_the_right_side(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the trial component is given holds addresses without meaning; no field tells which query is the max one."""
    request = DesignRequest(conditions=("natural", "synthetic"), n_main=6)
    design = designs.build(resources.reader(), served.study, request)
    store = resources.responses()
    session = sessions.begin(served.workspace, resources.reader(), store, served.study, design, Enrolment("Ada"))
    given: list[dict[str, object]] = []

    class Result:
        finished = None

    def mount(**arguments: object) -> Result:
        given.append(dict(arguments["data"]))  # type: ignore[call-overload]
        return Result()

    monkeypatch.setattr(trial_module, "_component", lambda: mount)
    store.add_event(session.session_id, Event("instructed-0", "instructed", 1.0, NOW))
    render_session(session, sessions.where(store, session.session_id))
    text = json.dumps(given[0]["trials"])
    assert not re.search("correct|mixed|photos|axolotl", text)
    assert "correct" not in TrialView.__dataclass_fields__
    for trial in given[0]["trials"]:  # type: ignore[attr-defined]
        assert all(re.fullmatch("[0-9a-f]{32}", trial[side]) for side in ("top", "bottom"))
        assert {trial["top"], trial["bottom"]}.isdisjoint({*trial["min"], *trial["max"]})


def test_reviews_need_the_token(client: TestClient, served: Workplace) -> None:
    """What reviewers did is given to a command that knows the token, as it is stored; to nobody else."""
    Reviewer(resources.responses(), served.study, MAIN_UNITS[0], "Ada").note("secret")
    asked = {"study": served.study.key}
    refused = client.get(REVIEWS_ROUTE, params=asked)
    assert refused.status_code == 403 and b"secret" not in refused.content
    reply = client.get(REVIEWS_ROUTE, params=asked, headers={TOKEN_HEADER: resources.export_token()})
    assert unpacked_events(reply.content) == resources.responses().review_events(served.study.key)
