"""Every component on one page with made-up images and a made-up server: to look at, and for the browser tests.

    streamlit run tests/dashboard/components/gallery.py

The view is chosen in the address (?view=trial&feedback=trial).
"""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw, ImageFilter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

IMAGE_PX = 224
ANSWERS: dict[str, dict[str, object]] = {}  # key -> answer, rating or event, as the fake server stored it
ATTEMPTS: list[dict[str, object]] = []  # every POST, stored or not
PENDING_FAILURES: dict[str, list[int]] = {}  # session_id -> status codes to answer with before storing


def picture(address: str) -> bytes:
    """Return a PNG that depends on the address only: soft blobs for "s-..." (synthetic), hard shapes otherwise."""
    rng = random.Random(address)
    hue = rng.randrange(360)
    image = Image.new("RGB", (IMAGE_PX, IMAGE_PX), f"hsl({hue}, 25%, {rng.randrange(30, 70)}%)")
    draw = ImageDraw.Draw(image)
    for _ in range(26 if address.startswith("s-") else 9):
        x, y, size = rng.randrange(-30, IMAGE_PX), rng.randrange(-30, IMAGE_PX), rng.randrange(20, 90)
        colour = f"hsl({(hue + rng.randrange(-60, 200)) % 360}, {rng.randrange(30, 80)}%, {rng.randrange(20, 85)}%)"
        shape = draw.ellipse if rng.random() < 0.6 else draw.rectangle
        shape((x, y, x + size, y + rng.randrange(20, 90)), fill=colour)
    if address.startswith("s-"):
        image = image.filter(ImageFilter.GaussianBlur(3))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def correct_side(trial_index: int) -> str:
    """Return the side the fake server calls correct: the lower image on even trials."""
    return "bottom" if trial_index % 2 == 0 else "top"


async def serve_image(request: Request) -> Response:
    address = request.path_params["address"]
    if address.startswith("broken"):
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(picture(address), media_type="image/png", headers=headers)


async def take_answer(request: Request) -> Response:
    answer = json.loads(await request.body())
    ATTEMPTS.append(answer)
    failures = PENDING_FAILURES.get(answer["session_id"], [])
    if failures:
        status = failures.pop(0)
        return JSONResponse({"error": "This session has ended."}, status_code=status)
    key = next(value for name, value in answer.items() if name.endswith("_key"))
    ANSWERS[key] = answer
    return JSONResponse({"stored": True, "correct": correctness(answer)})


def correctness(answer: dict[str, object]) -> bool | None:
    """Return what the fake server tells: the name of a session says on which trials it does; trial 0 is for practice."""
    session, index = str(answer["session_id"]), answer.get("trial_index")
    if index is None or not (session.startswith("trial-feedback") or (session.startswith("block-feedback") and index == 0)):
        return None
    return answer["choice"] == correct_side(int(str(index)))


async def control(request: Request) -> Response:
    """What tests ask and set: GET the stored answers and attempts of a session, POST the statuses that come first."""
    session = request.path_params["session"]
    if request.method == "POST":
        PENDING_FAILURES[session] = list(json.loads(await request.body()))
    stored = [answer for answer in ANSWERS.values() if answer["session_id"] == session]
    return JSONResponse({"stored": stored, "attempts": sum(1 for answer in ATTEMPTS if answer["session_id"] == session)})


ROUTES = [
    Route("/test/images/{address}", serve_image),
    Route("/test/answers", take_answer, methods=["POST"]),
    Route("/test/ratings", take_answer, methods=["POST"]),
    Route("/test/events", take_answer, methods=["POST"]),
    Route("/test/control/{session}", control, methods=["GET", "POST"]),
]

app = st.App(str(Path(__file__).with_name("gallery_page.py")), routes=ROUTES)
