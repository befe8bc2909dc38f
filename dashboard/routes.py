"""HTTP beside the pages: images by address; answers, ratings and events by POST; people's answers for commands; health. Thin, with the
access checks.

The routes bypass Streamlit's own checks: origin, token, content type and size are checked here.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import BadAnswer, ExemplaryError, StaleWork, StoreError
from core.services import answers, maps, people, pictures, reviewing
from core.services.answers import Acknowledgement, Receipt
from core.services.people import COLLECTED_ROUTE
from core.services.results import EXPORT_ROUTE, TOKEN_HEADER
from core.services.reviewing import REVIEWS_ROUTE
from core.store.responses import ResponseStore
from dashboard import resources, results_resources, unit_resources

ROOT: Final = "/api/exemplary"
IMAGE_URL: Final = f"{ROOT}/image"
THUMB_URL: Final = f"{ROOT}/thumb"
MAP_URL: Final = f"{ROOT}/map"
ANSWER_URL: Final = f"{ROOT}/answers"
RATING_URL: Final = f"{ROOT}/ratings"
EVENT_URL: Final = f"{ROOT}/events"
MAX_ANSWER_BYTES: Final = 4096
FOREVER: Final = "private, max-age=31536000, immutable"  # an address names its bytes
IMAGE_HEADERS: Final = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}


def image(request: Request) -> Response:
    """Answer with the lossless PNG of an address."""
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
        return _sentence(error, 410)
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


def export(request: Request) -> Response:
    """Answer with all people's answers as Parquet, to whoever knows this process's token."""
    refused = _without_token(request)
    if refused is not None:
        return refused
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        resources.responses().export_parquet(path)
        return Response(path.read_bytes(), media_type="application/vnd.apache.parquet", headers={"Cache-Control": "no-store"})


def export_collected(request: Request) -> Response:
    """Answer with all that people gave to a study (answers, ratings, sessions), archived as Parquet, to whoever knows the token."""
    refused = _without_token(request)
    if refused is not None:
        return refused
    asked = request.query_params
    details = asked.get("details") == "1"
    content = people.collected_archive(resources.responses(), asked.get("study", ""), asked.get("stimuli_digest"), details=details)
    return Response(content, media_type="application/zip", headers={"Cache-Control": "no-store"})


def export_reviews(request: Request) -> Response:
    """Answer with what reviewers did in a study, as JSON, to whoever knows the token."""
    refused = _without_token(request)
    if refused is not None:
        return refused
    content = reviewing.packed_events(resources.responses(), request.query_params.get("study", ""))
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def health(request: Request) -> Response:
    """Answer that the process serves, and which version of the catalogue."""
    return JSONResponse({"status": "ok", "catalogue": resources.reader().version})


ROUTES: Final = (
    Route(f"{IMAGE_URL}/{{address}}", image),
    Route(f"{THUMB_URL}/{{address}}", thumb),
    Route(f"{MAP_URL}/{{key}}/{{place:int}}/{{kind}}", map_drawing),
    Route(ANSWER_URL, post_answer, methods=["POST"]),
    Route(RATING_URL, post_rating, methods=["POST"]),
    Route(EVENT_URL, post_event, methods=["POST"]),
    Route(EXPORT_ROUTE, export),
    Route(COLLECTED_ROUTE, export_collected),
    Route(REVIEWS_ROUTE, export_reviews),
    Route(f"{ROOT}/health", health),
)


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Import what pages need before the first is asked for, and release the stores when the server stops."""
    await run_in_threadpool(_warm)
    yield
    results_resources.close()
    unit_resources.close()
    resources.close()


def _warm() -> None:
    from dashboard import navigation, wall_resources

    navigation.render_functions()
    threading.Thread(target=wall_resources.warm, daemon=True).start()


def _without_token(request: Request) -> Response | None:
    """Return a refusal where the request does not name this process's token."""
    given = request.headers.get(TOKEN_HEADER, "")
    if secrets.compare_digest(given.encode(), resources.export_token().encode()):
        return None
    return JSONResponse({"error": f"The header {TOKEN_HEADER} does not name this dashboard's token."}, status_code=403)


def _picture(request: Request, find: Callable[..., bytes | None], media_type: str) -> Response:
    address = re.sub(r"\.(png|webp)$", "", request.path_params["address"])
    try:
        content = find(resources.workspace(), resources.reader(), address)
    except StaleWork as error:
        return _sentence(error, 410)
    if content is None:
        return JSONResponse({"error": f"There is no image {address!r:.60}."}, status_code=404)
    return Response(content, media_type=media_type, headers=IMAGE_HEADERS)


async def _post(request: Request, record: Callable[[ResponseStore, Any], Acknowledgement | Receipt]) -> Response:
    """Hand the request's JSON to the service; its acknowledgement, or why there is none, is the reply."""
    try:
        payload = await _payload(request)
        acknowledged = await run_in_threadpool(lambda: record(resources.responses(), payload))
    except BadAnswer as error:
        return _sentence(error, error.status)
    except StoreError as error:
        return _sentence(error, 503)
    except ExemplaryError as error:
        return _sentence(error, 400)
    return JSONResponse(acknowledged.as_dict())


async def _payload(request: Request) -> Any:
    """Return the request's JSON. Raises BadAnswer for another origin, type or size."""
    origin = request.headers.get("origin")
    if origin is not None and _host_of(origin) != request.headers.get("host"):
        raise BadAnswer(f"Answers from {origin!r:.80} are not taken; open the dashboard's own page.", status=403)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadAnswer("An answer comes as application/json.", status=415)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise BadAnswer(f"An answer has at most {MAX_ANSWER_BYTES} bytes.", status=413)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("The answer is not valid JSON.") from error


def _host_of(origin: str) -> str | None:
    """Return the host and port that an origin names; None for what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _sentence(error: Exception, status: int) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status_code=status)
