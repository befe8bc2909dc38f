"""A dashboard that can be killed and started again, on a workspace of its own, and a browser to look at it with."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.services.launching import app_command, app_environment
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
STARTING_S = 60.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Dashboard:
    """The app as `exemplary app` serves it."""

    health = "/api/exemplary/health", b'"ok"'

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start it and return when it answers."""
        command = self._command()
        with (self.workspace / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=app_environment(Settings(self.workspace)), stdout=log, stderr=log)
        deadline = time.monotonic() + STARTING_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The dashboard did not start; see {self.workspace / 'server.log'}.")
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it with -9, as a failing machine would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Let it end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)

    def _command(self) -> list[str]:
        return app_command(port=self.port, address="localhost", headless=True)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=2)
        try:
            path, words = self.health
            connection.request("GET", path)
            return words in connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()


class EmptyApp(Dashboard):
    """Another app of Streamlit's, served as the dashboard is."""

    health = "/_stcore/health", b"ok"

    def __init__(self, script: Path, workspace: Path) -> None:
        super().__init__(workspace)
        self._script = script

    def _command(self) -> list[str]:
        own = super()._command()
        return [str(self._script) if one.endswith("app.py") else one for one in own]


@contextmanager
def copy_of(workspace: Path) -> Iterator[Path]:
    """Give a copy of a workspace that may be written to, without people's answers; gone afterwards."""
    if not (workspace / "catalogue").is_dir():
        raise SystemExit(
            f"{workspace} holds no study; build the embedded one (`make demo ARGS=--build-only`), or name another (--workspace)."
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copied = Path(folder) / "workspace"
        shutil.copytree(workspace, copied, ignore=shutil.ignore_patterns("responses.duckdb*", "app.json", "jobs"))
        yield copied


def browser_path() -> str:
    """Return the Chromium of this machine."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("There is no Chromium on this machine; install chromium.")
    return found
