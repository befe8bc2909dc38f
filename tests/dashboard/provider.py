"""A very small OpenID Connect provider for tests: discovery, keys, and a code for whoever asks, signed with RS256."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "exemplary"


class Provider:
    """Says of everybody what `claims` hold; remembers the nonce of each code."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.claims: dict[str, Any] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.nonces: dict[str, str] = {}

    def metadata(self) -> dict[str, Any]:
        """Return the discovery document."""
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in ends.items()}}

    def redirect(self, query: dict[str, str]) -> str:
        """Return where a browser goes that was sent to log in: it is known at once."""
        code = f"code-{len(self.nonces)}"
        self.nonces[code] = query["nonce"]
        return f"{query['redirect_uri']}?{urllib.parse.urlencode({'code': code, 'state': query['state']})}"

    def token(self, code: str) -> dict[str, Any]:
        """Return the tokens for a code, once."""
        now = int(time.time())
        told = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.nonces.pop(code), **self.claims}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, told, self.key)
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextlib.contextmanager
def provider() -> Iterator[Provider]:
    """Serve a provider on localhost until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lambda: found))
    found = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(of: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if path == "/authorize":
                self.send_response(302)
                self.send_header("Location", of().redirect(dict(urllib.parse.parse_qsl(query))))
                self.end_headers()
            else:
                self._json({"keys": [of().key.as_dict(private=False)]} if path == "/keys" else of().metadata())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._json(of().token(dict(urllib.parse.parse_qsl(body))["code"]))

        def _json(self, content: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    return Handler
