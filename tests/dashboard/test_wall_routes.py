"""The wall over HTTP: what is found as JSON, the script that draws it, the document that draws it first."""

from __future__ import annotations

import re

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.domain import Unit
from core.errors import StoreError
from core.services.reviews.reviewing import Reviewer
from core.store.workspace import Workspace
from dashboard import resources, text
from dashboard.routes import ROUTES, WALL
from dashboard.wall_routes import STREAMLIT_DOCUMENT, script_address
from tests.dashboard.conftest import HOST
from tests.dashboard.teams import cookies_of, write_team
from tests.studies import Workplace


def test_what_is_found_is_json(client: TestClient, served: Workplace) -> None:
    """The request's parameters are the wall's; a study that is not there is the newest; the same answer is not sent twice."""
    reply = client.get(WALL.found, params={"rendered": "false", "layer": "mixed3a", "study": "no/such"})
    assert reply.status_code == 200 and reply.json()["study"] == served.study.key and len(reply.json()["tiles"]) == 8
    again = client.get(WALL.found, params={"rendered": "false", "layer": "mixed3a"}, headers={"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    other = client.get(WALL.found, params={"rendered": "false"}, headers={"If-None-Match": reply.headers["etag"]})
    assert other.status_code == 200 and len(other.json()["tiles"]) == 20


def test_without_a_study_there_is_a_sentence(served_empty: Workspace) -> None:
    """Nothing is found, which is said; the document is Streamlit's own."""
    client = TestClient(Starlette(routes=list(ROUTES)), base_url=HOST)
    assert client.get(WALL.found).status_code == 404 and client.get(WALL.found).json()["error"].endswith(".")
    assert client.get("/feature-maps").text == STREAMLIT_DOCUMENT.read_text()


def test_the_script_is_kept_by_its_digest(client: TestClient) -> None:
    """Its address names its bytes, so that it never needs to be asked for again; another digest is gone."""
    reply = client.get(script_address(WALL))
    assert reply.status_code == 200 and "immutable" in reply.headers["cache-control"] and "javascript" in reply.headers["content-type"]
    assert WALL.thumb in reply.text and text.SEARCH in reply.text
    assert client.get(f"{WALL.script}/0123456789abcdef").status_code == 410


def test_the_document_draws_the_wall_first(client: TestClient, served: Workplace) -> None:
    """Streamlit's scripts and styles wait in a template, all of them and nothing else; the wall's script comes with the study's name."""
    own, page = STREAMLIT_DOCUMENT.read_text(), client.get("/feature-maps?layer=mixed3a").text
    later = re.search(r'<template id="later">(.*?)</template>', page, re.DOTALL)
    assert later is not None and script_address(WALL) in page and f'"{served.study.key}"' in page
    waiting = later[1].split("\n")
    assert all(one in own for one in waiting) and any("<script" in one for one in waiting) and any("stylesheet" in one for one in waiting)
    rest = page.replace(later[0], "")
    assert "modulepreload" not in rest and "static/js" not in rest and '<div id="root"></div>' in rest
    assert str(st.get_option("theme.dark.backgroundColor")) in page and "$" not in re.sub(r"\$\{", "", rest.split("<body>")[1])


def test_a_unit_and_a_log_in_have_streamlits_document(client: TestClient, served: Workplace) -> None:
    """A unit's own view is not the wall; who may not look at it sees nothing of it."""
    own = STREAMLIT_DOCUMENT.read_text()
    assert client.get("/feature-maps?unit=mixed3a:1").text == own
    write_team(served.workspace)
    assert client.get("/feature-maps").text == own
    client.cookies = cookies_of("viewer")  # type: ignore[assignment]
    assert script_address(WALL) in client.get("/feature-maps").text


def test_a_study_that_cannot_be_read_has_streamlits_document(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page then says why; the wall's own route answers with the sentence."""

    def unreadable(name: str) -> None:
        raise StoreError("The catalogue cannot be read.")

    monkeypatch.setattr(resources, "study_named", unreadable)
    assert client.get("/feature-maps").text == STREAMLIT_DOCUMENT.read_text()
    reply = client.get(WALL.found)
    assert (reply.status_code, reply.json()) == (503, {"error": "The catalogue cannot be read."})


@pytest.mark.parametrize(("reader", "sees"), [("Ada", True), ("Bob", False), ("", False)])
def test_blind_reviews_stay_hidden(client: TestClient, served: Workplace, reader: str, sees: bool) -> None:
    """In blind mode, as without settings, the tags of others are no filters of the wall for whoever reviews."""
    Reviewer(resources.responses(), served.study, Unit("mixed3a", 2), "Ada").tag("edges")
    groups = client.get(WALL.found, params={"reader": reader}).json()["facets"]["groups"]
    assert ("tag" in {group["name"] for group in groups}) == sees
