"""HTTP beside the pages: images by address; answers, ratings and events by POST; people's answers for commands; health. Thin, with the
access checks.

The routes bypass Streamlit's own checks: who asks, origin, token, content type and size are checked here and in access_routes.py.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import BadAnswer, ExemplaryError, StaleWork, StoreError
from core.services import pictures
from core.services.answers import answers, people
from core.services.answers.answers import Acknowledgement, Receipt
from core.services.answers.people import COLLECTED_ROUTE
from core.services.maps import maps
from core.services.results.results import EXPORT_ROUTE, TOKEN_HEADER
from core.services.reviews import reviewing
from core.services.reviews.reviewing import REVIEWS_ROUTE
from core.store.responses import ResponseStore
from dashboard import access, access_routes, resources, results_resources, unit_resources, wall_routes
from dashboard.access_routes import ROOT, needs
from dashboard.posted import json_of, sentence

IMAGE_URL: Final = f"{ROOT}/image"
THUMB_URL: Final = f"{ROOT}/thumb"
MAP_URL: Final = f"{ROOT}/map"
ANSWER_URL: Final = f"{ROOT}/answers"
SESSION_URL: Final = f"{ROOT}/session"
RATING_URL: Final = f"{ROOT}/ratings"
EVENT_URL: Final = f"{ROOT}/events"
WALL: Final = wall_routes.Addresses(f"{ROOT}/wall", f"{ROOT}/wall-script", IMAGE_URL, THUMB_URL)
FOREVER: Final = "private, max-age=31536000, immutable"  # an address names its bytes
IMAGE_HEADERS: Final = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}


def image(request: Request) -> Response:
    """Answer with the lossless PNG of an address."""
    return _picture(request, pictures.picture, "image/png")


def session_image(request: Request) -> Response:
    """Answer with an image of a self-test, to whoever knows the self-test's secret name: what participants see, and nothing else."""
    try:
        is_shown = resources.is_shown(request.path_params["session_id"], request.path_params["address"])
    except StoreError as error:
        return sentence(error, 503)
    if not is_shown:
        return JSONResponse({"error": "There is no such image in this self-test."}, status_code=404)
    return _picture(request, pictures.picture, "image/png")


def thumb(request: Request) -> Response:
    """Answer with the small WebP of an address."""
    return _picture(request, pictures.thumbnail, "image/webp")


def map_drawing(request: Request) -> Response:
    """Answer with an image as a unit's map is laid over it, or with the part that its response depends on, as WebP."""
    key, place, kind = (request.path_params[name] for name in ("key", "place", "kind"))
    if kind not in maps.DRAWINGS:
        return JSONResponse({"error": f"A drawing is one of {', '.join(maps.DRAWINGS)}, not {kind!r:.60}."}, status_code=404)
    try:
        drawn = maps.drawing(resources.workspace(), resources.reader(), key, place, kind)
    except StaleWork as error:
        return sentence(error, 410)
    if drawn is None:
        return JSONResponse({"error": f"There is no activation map {key!r:.60}, {place}."}, status_code=404)
    return Response(maps.encoded(drawn), media_type="image/webp", headers=IMAGE_HEADERS)


async def post_answer(request: Request) -> Response:
    """Store one answer and acknowledge it once it is committed."""
    return await _post(request, answers.record)


async def post_rating(request: Request) -> Response:
    """Store one intuitiveness rating and acknowledge it once it is committed."""
    return await _post(request, answers.record_rating)


async def post_event(request: Request) -> Response:
    """Store that the instructions were read and acknowledge it once it is committed."""
    return await _post(request, answers.record_event)


def _or_sentence(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Return the endpoint that answers with the error's sentence where a store cannot be read now."""

    @wraps(answer)
    def endpoint(request: Request) -> Response:
        try:
            return answer(request)
        except StoreError as error:
            return sentence(error, 503)

    return endpoint


@_or_sentence
def export(request: Request) -> Response:
    """Answer with all people's answers as Parquet, to an admin or whoever knows this process's token."""
    refused = _without_token(request)
    if refused is not None:
        return refused
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        resources.responses().export_parquet(path)
        return Response(path.read_bytes(), media_type="application/vnd.apache.parquet", headers={"Cache-Control": "no-store"})


@_or_sentence
def export_collected(request: Request) -> Response:
    """Answer with all that people gave to a study (answers, ratings, sessions) as Parquet, to an admin or whoever knows the token."""
    refused = _without_token(request)
    if refused is not None:
        return refused
    asked = request.query_params
    details = asked.get("details") == "1"
    content = people.collected_archive(resources.responses(), asked.get("study", ""), asked.get("stimuli_digest"), details=details)
    return Response(content, media_type="application/zip", headers={"Cache-Control": "no-store"})


@_or_sentence
def export_reviews(request: Request) -> Response:
    """Answer with what reviewers did in a study, as JSON, to an admin or whoever knows the token."""
    refused = _without_token(request)
    if refused is not None:
        return refused
    content = reviewing.packed_events(resources.responses(), request.query_params.get("study", ""))
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


@_or_sentence
def health(request: Request) -> Response:
    """Answer that the process serves, and which version of the catalogue."""
    return JSONResponse({"status": "ok", "catalogue": resources.reader().version})


ROUTES: Final = (
    Route(f"{IMAGE_URL}/{{address}}", needs("browse", image)),
    Route(f"{THUMB_URL}/{{address}}", needs("browse", thumb)),
    Route(f"{MAP_URL}/{{key}}/{{place:int}}/{{kind}}", needs("browse", map_drawing)),
    Route(f"{SESSION_URL}/{{session_id}}/image/{{address}}", session_image),
    Route(ANSWER_URL, post_answer, methods=["POST"]),
    Route(RATING_URL, post_rating, methods=["POST"]),
    Route(EVENT_URL, post_event, methods=["POST"]),
    Route(EXPORT_ROUTE, export),
    Route(COLLECTED_ROUTE, export_collected),
    Route(REVIEWS_ROUTE, export_reviews),
    Route(f"{ROOT}/health", health),
    *access_routes.ROUTES,
    *wall_routes.routes(WALL),
)


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Import what pages need before the first is asked for, and release the stores when the server stops."""
    await run_in_threadpool(_warm)
    access.warn_where_open()
    yield
    results_resources.close()
    unit_resources.close()
    resources.close()


def _warm() -> None:
    from dashboard import navigation, wall_resources

    navigation.render_functions()
    threading.Thread(target=wall_resources.warm, daemon=True).start()


def _without_token(request: Request) -> Response | None:
    """Return a refusal where the request neither names this process's token nor comes from an admin who logged in."""
    given = request.headers.get(TOKEN_HEADER, "")
    if secrets.compare_digest(given.encode(), resources.export_token().encode()):
        return None
    if access_routes.refused(request, "export_answers") is None and access.is_configured():
        return None
    return JSONResponse({"error": f"The header {TOKEN_HEADER} does not name this dashboard's token."}, status_code=403)


def _picture(request: Request, find: Callable[..., bytes | None], media_type: str) -> Response:
    address = re.sub(r"\.(png|webp)$", "", request.path_params["address"])
    try:
        content = find(resources.workspace(), resources.reader(), address)
    except StaleWork as error:
        return sentence(error, 410)
    if content is None:
        return JSONResponse({"error": f"There is no image {address!r:.60}."}, status_code=404)
    return Response(content, media_type=media_type, headers=IMAGE_HEADERS)


async def _post(request: Request, record: Callable[[ResponseStore, Any], Acknowledgement | Receipt]) -> Response:
    """Hand the request's JSON to the service; its acknowledgement, or why there is none, is the reply."""
    try:
        payload = await json_of(request)
        acknowledged = await run_in_threadpool(lambda: record(resources.responses(), payload))
    except BadAnswer as error:
        return sentence(error, error.status)
    except StoreError as error:
        return sentence(error, 503)
    except ExemplaryError as error:
        return sentence(error, 400)
    return JSONResponse(acknowledged.as_dict())
