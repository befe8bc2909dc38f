"""The wall over HTTP: what it shows for an address, as JSON; its script; the document that draws it before the dashboard starts."""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import re
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from string import Template
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import ExemplaryError
from core.roles import Person
from dashboard import access, browse_text, resources, state, text
from dashboard.access_routes import needs, refused
from dashboard.components import wall
from dashboard.posted import sentence
from dashboard.wall_view import wall_view

PATIENCE_MS: Final = 2000  # the dashboard starts then, whether the wall is there or not
STREAMLIT_DOCUMENT: Final = Path(st.__file__).parent / "static" / "index.html"
FONT: Final = re.compile(r'href="\./(static/media/SourceSans[^"]+)"')
STARTING: Final = re.compile(r'<(?:script type="module"|link rel="(?:modulepreload|stylesheet)")[^>]*>(?:</script>)?')
LOGO: Final = Path(__file__).parent / "assets" / "logo.svg"
PAGE: Final = "feature-maps"
COLOURS: Final = ("primary-color", "background-color", "secondary-background-color", "text-color", "border-color")
FOREVER: Final = "private, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the wall's parts are: what is found, its script (before a slash and its digest), images, thumbnails."""

    found: str
    script: str
    image: str
    thumb: str


def routes(addresses: Addresses) -> tuple[Route, ...]:
    """Return the wall's routes."""
    return (
        Route(addresses.found, needs("browse", found)),
        Route(f"{addresses.script}/{{digest}}", partial(script, addresses)),
        Route(f"/{PAGE}", partial(document, addresses)),
    )


def found(request: Request) -> Response:
    """Answer with what the wall shows for the request's parameters; with a sentence where there is no study or it cannot be read."""
    address = {name: request.query_params.getlist(name) for name in request.query_params}
    try:
        study = resources.study_named(request.query_params.get(state.STUDY, ""))
        if study is None:
            return JSONResponse({"error": browse_text.NO_STUDY}, status_code=404)
        shown = wall_view(study, address, _who(request))
    except ExemplaryError as error:
        return sentence(error, 503)
    content = json.dumps(asdict(shown), separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def script(addresses: Addresses, request: Request) -> Response:
    """Answer with the wall's script, whose address names its bytes."""
    content = _script(addresses)
    if request.path_params["digest"] != wall.digest(content):
        return JSONResponse({"error": "The wall's script has changed; load the page again."}, status_code=410)
    return Response(content, media_type="text/javascript", headers={"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"})


def script_address(addresses: Addresses) -> str:
    """Return the address of the wall's script as it is now."""
    return f"{addresses.script}/{wall.digest(_script(addresses))}"


def document(addresses: Addresses, request: Request) -> Response:
    """Answer with Streamlit's own document; where the wall is asked for, it is drawn first, and Streamlit starts once tiles are there.

    Where the study cannot be read, Streamlit's page says why.
    """
    page = STREAMLIT_DOCUMENT.read_text(encoding="utf-8")
    if not request.query_params.get(state.UNIT) and refused(request, "browse") is None:
        with contextlib.suppress(ExemplaryError):
            study = resources.study_named(request.query_params.get(state.STUDY, ""))
            page = page if study is None else _drawn_first(page, addresses, study.key)
    return Response(page, media_type="text/html", headers={"Cache-Control": "no-cache"})


def _who(request: Request) -> Person:
    """Return who asks. Without settings of access everybody is admin under the name that the page was given, and says, else that of
    the browser."""
    who = access.identified(request.cookies)
    return who if access.is_configured() else Person(request.query_params.get(wall.READER) or who.name, who.role)


def _drawn_first(page: str, addresses: Addresses, study: str) -> str:
    font = FONT.search(page)
    early = Template(wall.early_markup()).substitute(
        head=_head(),
        light=_colours("light"),
        dark=_colours("dark"),
        font="" if font is None else f"/{font[1]}",
        later="\n".join(STARTING.findall(page)),
        patience_ms=PATIENCE_MS,
        script=script_address(addresses),
        study=json.dumps(study).replace("<", "\\u003c"),
    )
    return STARTING.sub("", page).replace('<div id="root"></div>', f'{early}<div id="root"></div>', 1)


def _head() -> str:
    """Return the dashboard's head as it will be drawn: the logo, and the links where nobody logs in (else the log-in decides on them)."""
    logo = LOGO.read_text(encoding="utf-8")
    if access.is_configured():
        return logo
    current = text.PAGE_TITLES[PAGE]
    titles = {"" if name == "overview" else name: title for name, title in text.PAGE_TITLES.items()}
    links = (
        f'<a href="/{name}"{" aria-current=page" if title == current else ""}>{html.escape(title)}</a>' for name, title in titles.items()
    )
    return f"{logo}{''.join(links)}"


def _colours(theme: str) -> str:
    """Return the colours of the project's theme as the variables that Streamlit gives to components."""
    return "".join(f"--st-{name}: {st.get_option(f'theme.{theme}.{_camel(name)}')}; " for name in COLOURS)


def _camel(name: str) -> str:
    first, *others = name.split("-")
    return first + "".join(map(str.capitalize, others))


@cache
def _script(addresses: Addresses) -> str:
    return wall.wall_script({"wall": addresses.found, "image": addresses.image, "thumb": addresses.thumb})
