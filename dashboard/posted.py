"""What browsers post, read with care: JSON from the dashboard's own pages only, and small."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse

from core.errors import BadAnswer

MAX_ANSWER_BYTES: Final = 4096


async def json_of(request: Request) -> Any:
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


def sentence(error: Exception, status: int) -> JSONResponse:
    """Return an error's sentence as a reply."""
    return JSONResponse({"error": str(error)}, status_code=status)


def _host_of(origin: str) -> str | None:
    """Return the host and port that an origin names; None for what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
