"""A gallery server for the browser tests of components."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chromium import free_port

ROOT = Path(__file__).parents[3]
GALLERY = Path(__file__).with_name("gallery.py")


@pytest.fixture(scope="session")
def gallery_url() -> Iterator[str]:
    """Start the gallery on a free port; stopped at the end of the run."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(GALLERY), "--server.port", str(port), "--server.headless", "true"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_until_healthy(f"http://localhost:{port}/_stcore/health", server)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as reply:
                if reply.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"the gallery did not start: exit code {server.poll()}")
