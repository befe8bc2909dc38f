"""Access over HTTP: logging in and out by passphrase, and the checks that stand before routes, Streamlit's own among them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from inspect import iscoroutinefunction
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from core import roles
from core.access_settings import AccessSettings
from core.errors import BadAnswer, ExemplaryError, UsageError
from core.passphrases import LONGEST, fits
from core.roles import ROLES, Action, Person, Role
from core.services.access_files import is_local
from core.services.reviews.reviewing import checked_name
from dashboard import access, access_text, held_files
from dashboard.posted import json_of, sentence

ROOT: Final = "/api/exemplary"
LOGIN_URL: Final = f"{ROOT}/login"
LOGOUT_URL: Final = f"{ROOT}/logout"
AT_ONCE: Final = 2  # passphrases that are compared at the same time: each takes 32 MiB and a core for a while
STREAMLIT_ROUTES: Final[tuple[tuple[str, Action], ...]] = (("/_stcore/upload_file/", "upload"), ("/_stcore/metrics", "run_jobs"))
_comparing = threading.BoundedSemaphore(AT_ONCE)

Endpoint = Callable[[Request], Any]


def needs(action: Action, endpoint: Endpoint) -> Endpoint:
    """Return a route's function behind the check of who asks."""
    if iscoroutinefunction(endpoint):

        async def checked_async(request: Request) -> Response:
            found: Response = refused(request, action) or await endpoint(request)
            return found

        return checked_async

    def checked(request: Request) -> Response:
        found: Response = refused(request, action) or endpoint(request)
        return found

    return checked


def refused(request: Request, action: Action) -> Response | None:
    """Return a refusal with one sentence where whoever asks may not do this: 401 where logging in may help, 403 where it does not."""
    try:
        who = access.identified(request.cookies)
    except ExemplaryError as error:  # settings that cannot be understood let nobody in
        return sentence(error, 503)
    if roles.may(who, action):
        return None
    status = 401 if who.role is None else 403
    return JSONResponse({"error": access_text.refusal(action, who)}, status_code=status, headers={"Cache-Control": "no-store"})


class StreamlitGuard:
    """Checks who asks before Streamlit's own routes that take files or tell about the process; and, where nobody logs in, that pages and
    routes are asked for by this machine's name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer with the refusal."""
        if scope["type"] in ("http", "websocket") and await run_in_threadpool(_is_foreign, scope):
            await (_refuse_socket if scope["type"] == "websocket" else sentence(BadAnswer(access_text.FOREIGN), 403))(scope, receive, send)
            return
        action = _action_of(scope)
        refusal = None if action is None else await run_in_threadpool(refused, Request(scope), action)
        await (self._app if refusal is None else refusal)(scope, receive, send)


async def log_in(request: Request) -> Response:
    """Compare a passphrase, and set the cookie of a log-in or say in one sentence why not."""
    try:
        given = await json_of(request)
        return await run_in_threadpool(_log_in, request, given)
    except BadAnswer as error:
        return sentence(error, error.status)
    except ExemplaryError as error:
        return sentence(error, 400)


async def log_out(request: Request) -> Response:
    """End the log-in of whoever asks, and take its cookie away."""
    try:
        await json_of(request)
        await run_in_threadpool(access.end_login, request.cookies)
        await run_in_threadpool(held_files.let_go)
    except BadAnswer as error:
        return sentence(error, error.status)
    except ExemplaryError as error:
        return sentence(error, 503)
    reply = JSONResponse({"role": None})
    reply.delete_cookie(access.COOKIE, **_cookie_flags(request))
    return reply


ROUTES: Final = (Route(LOGIN_URL, log_in, methods=["POST"]), Route(LOGOUT_URL, log_out, methods=["POST"]))


def _is_foreign(scope: Scope) -> bool:
    """Return whether a dashboard that everybody on this machine may use is asked under another name, as by a website whose name leads here
    (DNS rebinding). Whoever means that says so: by a log-in, or by server.allowedHosts, which Streamlit then checks."""
    try:
        is_ours = access.is_configured() or not access.is_for_this_machine() or bool(st.get_option("server.allowedHosts"))
    except UsageError:
        return False  # settings that cannot be understood let nobody in
    host = urlsplit(f"//{dict(scope['headers']).get(b'host', b'').decode('latin-1')}").hostname or ""
    return not is_ours and not is_local(host)


async def _refuse_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008})


def _action_of(scope: Scope) -> Action | None:
    if scope["type"] != "http":
        return None
    return next((action for path, action in STREAMLIT_ROUTES if scope["path"].startswith(path)), None)


def _log_in(request: Request, given: Any) -> Response:
    chosen = access.settings()
    if chosen is None or chosen.login != "passphrase":
        raise BadAnswer(access_text.NO_PASSPHRASES, status=404)
    passphrase, name = _fields(given)
    who, slow_down = _network_of(request.client.host if request.client else ""), access.memory().slow_down
    wait = slow_down.begin(who, time.monotonic())
    if wait:
        seconds = int(wait) + 1
        error = {"error": access_text.WAIT.format(seconds=seconds), "wait_s": seconds}
        return JSONResponse(error, status_code=429, headers={"Retry-After": str(seconds)})
    try:
        role = _role_of(chosen, passphrase)
    except BadAnswer:  # nothing was compared
        slow_down.take_back(who)
        raise
    if role is None:
        raise BadAnswer(access_text.WRONG, status=401)
    slow_down.take_back(who)
    if name is None and roles.may(Person(None, role), "review"):
        raise BadAnswer(access_text.NEEDS_NAME.format(role=access_text.article(access_text.ROLE_NAMES[role])))
    token, lasts_s = access.new_login(chosen, role, name)
    reply = JSONResponse({"role": role})
    reply.set_cookie(access.COOKIE, token, max_age=lasts_s, **_cookie_flags(request))
    return reply


def _network_of(address: str) -> str:
    """Return whose tries are counted together: an IPv4 address, or the /64 of an IPv6 address, which one machine has whole."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(IPv6Network((found, 64), strict=False)) if isinstance(found, IPv6Address) and not found.ipv4_mapped else str(found)


def _fields(given: Any) -> tuple[str, str | None]:
    passphrase, name = (given.get("passphrase"), given.get("name", "")) if isinstance(given, dict) else (None, None)
    if not isinstance(passphrase, str) or not isinstance(name, str) or not 1 <= len(passphrase) <= LONGEST:
        raise BadAnswer(access_text.BAD_FIELDS)
    return passphrase, checked_name(name) if name.strip() else None


def _role_of(chosen: AccessSettings, passphrase: str) -> Role | None:
    """Return the strongest role whose passphrase this is; all are compared, so the time tells nothing. Raises BadAnswer where many try."""
    if not _comparing.acquire(timeout=1.0):
        raise BadAnswer(access_text.BUSY, status=429)
    try:
        found = [role for role, kept in chosen.passphrases if fits(passphrase, kept)]
    finally:
        _comparing.release()
    return max(found, key=ROLES.index, default=None)


def _cookie_flags(request: Request) -> dict[str, Any]:
    """Return how the cookie is set: no script reads it, no other site sends it, and where the browser came by TLS, it goes by TLS only."""
    return {"httponly": True, "samesite": "strict", "path": "/", "secure": request.url.scheme == "https"}
