"""How fast this workspace's earlier jobs went: what a new one is expected to take. No torch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from core.domain import NetworkCard
from core.errors import ExemplaryError
from core.jobs.pace import reports, seconds_by_label
from core.services.renders.render_queue import PREFIX as SYNTHESIZE
from core.services.renders.render_requests import request_from_json, spec_of
from core.store.workspace import Workspace

READ_BYTES: Final = 1 << 20  # of a job's progress, the last: some two hours of it
LAYER: Final = re.compile(r"synthesising (\S+)")
LEAST_S: Final = 0.5  # of less work no rate is known


def seconds_an_image_step(workspace: Workspace, card: NetworkCard) -> dict[str, float]:
    """Return, by layer, the seconds that an image and step of synthesis took in this network's jobs; "" is the mean of all layers."""
    worked: dict[str, tuple[float, float]] = {}
    for asked, folder in _jobs(workspace, SYNTHESIZE, network=(card.name, card.source)):
        steps = _steps(asked, card)
        if not steps:
            continue
        for label, (seconds, n_images) in _by_label(folder).items():
            match = LAYER.match(label)
            for name in (match[1], "") if match else ():
                known = worked.get(name, (0.0, 0.0))
                worked[name] = known[0] + seconds, known[1] + n_images * steps
    return _rates(worked)


def seconds_an_image_mined(workspace: Workspace, network: str) -> float | None:
    """Return the seconds that an image took in this network's mining jobs, all their layers in one pass; None where none are known."""
    return _mean(workspace, "mine-", "mining images", network=(network,))


def seconds_an_image_embedded(workspace: Workspace, study: str) -> float | None:
    """Return the seconds that embedding an image took in the study's observers' jobs; None where none are known."""
    return _mean(workspace, "observe-", "embedding images", study=(study,))


def seconds_a_task(workspace: Workspace, study: str) -> float | None:
    """Return the seconds that a decision took in the study's observers' jobs; None where none are known."""
    return _mean(workspace, "observe-", "deciding tasks", study=(study,))


def _mean(workspace: Workspace, prefix: str, label: str, **asked: tuple[str, ...]) -> float | None:
    worked = [found for _, folder in _jobs(workspace, prefix, **asked) for name, found in _by_label(folder).items() if name.endswith(label)]
    seconds, n = sum(one[0] for one in worked), sum(one[1] for one in worked)
    return _rates({"": (seconds, n)}).get("")


def _rates(worked: dict[str, tuple[float, float]]) -> dict[str, float]:
    return {name: seconds / n for name, (seconds, n) in worked.items() if n > 0 and seconds >= LEAST_S}


def _jobs(workspace: Workspace, prefix: str, **asked: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], Path]]:
    """Give what the jobs of one kind were asked, and their folders: those whose spec has one of these values."""
    for folder in workspace.jobs.glob(f"{prefix}*/"):
        try:
            found = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and all(found.get(name) in values for name, values in asked.items()):
            yield found, folder


def _by_label(folder: Path) -> dict[str, tuple[float, float]]:
    return seconds_by_label(reports(folder / "progress.jsonl", tail_bytes=READ_BYTES))


def _steps(asked: dict[str, Any], card: NetworkCard) -> int:
    """Return how many steps a request's images took; 0, which tells nothing, where its recipe cannot be read any more."""
    try:
        request = request_from_json({**asked, "tune_diversity": False, "image_set": None})
        return spec_of(request, card, image_set=None).optimiser.steps
    except (ExemplaryError, KeyError, TypeError):
        return 0
