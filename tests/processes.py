"""Python code run in processes of their own, and waiting for what they do without fixed sleeps."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_S = 180.0


def python(code: str, *arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start `code` with the arguments in sys.argv[1:]; standard output and errors are pipes."""
    command = [sys.executable, "-u", "-c", code, *map(str, arguments)]
    pipe = subprocess.PIPE
    environment = {**os.environ, **(env or {}), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def output_of(process: subprocess.Popen[str]) -> str:
    """Return what a process printed, once it has ended well."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    return out


def kill(process: subprocess.Popen[str]) -> str:
    """Kill a process at once (SIGKILL) and return what it had printed and nobody had read."""
    process.kill()
    out, _ = process.communicate(timeout=PATIENCE_S)
    return out


def wait_until(is_true: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S) -> None:
    """Return once `is_true()`; fail with `what` was waited for after a while."""
    deadline = time.monotonic() + patience_s
    while not is_true():
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s for {what}"
        time.sleep(0.02)
