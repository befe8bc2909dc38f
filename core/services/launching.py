"""How the dashboard is started: `streamlit run` on the project's app, in the project's folder, so that its settings and theme are read."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from core.errors import UsageError
from core.settings import WORKSPACE_VARIABLE, Settings


def app_script() -> Path:
    """Return the dashboard's script. Raises UsageError where the package is not installed with it."""
    found = importlib.util.find_spec("dashboard")
    if found is None or not found.submodule_search_locations:
        raise UsageError("The dashboard is not installed beside the core; install the project whole (`pip install -e .`).")
    return Path(next(iter(found.submodule_search_locations))) / "app.py"


def app_command(*, port: int, address: str, headless: bool) -> list[str]:
    """Return the command that serves the dashboard."""
    command = [sys.executable, "-m", "streamlit", "run", str(app_script()), f"--server.port={port}", f"--server.address={address}"]
    return [*command, "--server.headless=true"] if headless else command


def app_environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment with the workspace named."""
    return {**os.environ, WORKSPACE_VARIABLE: str(settings.workspace)}
