"""Whether the hundredth render on one network is as fast as the first: its hooks and step times, before and after."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from lucent_reference import Recipe, hook_count, render
from subject import Subject, n_cores, note, show, threads

from core.domain import Unit
from core.render_spec import Target
from core.vision.presets import preset
from core.vision.synthesis import render as our_render

N_IMAGES, ENDS = 2, 10
Timed = Callable[[int], list[float]]


def run(subject: Subject, arguments: Namespace) -> dict[str, Any]:
    """Render again and again, lucent and ours in turn, each on one network of its own; print and return how that changes."""
    layer = subject.layers[0]
    model, ours = subject.for_lucent(layer), subject.ours
    subject.set_precision("auto")
    before = {"lucent": hook_count(model), "ours": hook_count(ours.module)}
    renders: dict[str, Timed] = {
        "lucent": lambda number: _lucent(model, number, arguments.steps),
        "ours": lambda number: _ours(subject, layer, number, arguments.steps),
    }
    seconds: dict[str, list[list[float]]] = {name: [] for name in renders}
    with threads(n_cores()):
        for number in range(arguments.renders):
            for name, timed in renders.items():
                seconds[name].append(timed(number))
            if number % ENDS == 0:
                note(f"{number + 1} of {arguments.renders} renders, lucent's network has {hook_count(model)} hooks")
    after = {"lucent": hook_count(model), "ours": hook_count(ours.module)}
    found = {name: _ends(taken) | {"hooks_before": before[name], "hooks_after": after[name]} for name, taken in seconds.items()}
    _show(found, layer, arguments)
    return {"layer": layer, "renders": arguments.renders, **found}


def _lucent(model: Any, channel: int, steps: int) -> list[float]:
    seconds: list[float] = []
    render(model, Recipe(channel, n_images=N_IMAGES), steps=steps, seconds=seconds)
    return seconds[1:]


def _ours(subject: Subject, layer: str, number: int, steps: int) -> list[float]:
    spec = preset("paper", image_px=224, seed=0, n_images=N_IMAGES)
    spec, ends = replace(spec, optimiser=replace(spec.optimiser, steps=steps)), list[float]()
    target = Target(Unit(layer, number % subject.ours.layer(layer).n_channels), "max")
    our_render(subject.ours, spec, [target], on_step=lambda _: ends.append(time.perf_counter()))
    return [end - start for start, end in pairwise(ends)]


def _ends(taken: list[list[float]]) -> dict[str, float]:
    """Return the median milliseconds of a step in the first renders and in the last ones, and how the second compares to the first."""
    size = min(ENDS, max(1, len(taken) // 2))
    first, last = (1000 * float(np.median(np.concatenate(some))) for some in (taken[:size], taken[-size:]))
    return {"first_ms": first, "last_ms": last, "last_to_first": last / first}


def _show(found: dict[str, dict[str, float]], layer: str, arguments: Namespace) -> None:
    rows = [
        [
            name,
            f"{one['first_ms']:.1f}",
            f"{one['last_ms']:.1f}",
            f"{one['last_to_first']:.2f}",
            f"{one['hooks_before']:.0f}",
            f"{one['hooks_after']:.0f}",
        ]
        for name, one in found.items()
    ]
    header = ["who", "ms a step, first renders", "last renders", "last / first", "hooks before", "hooks after"]
    show(f"{arguments.renders} renders of {N_IMAGES} images on one network, {layer}, {arguments.steps} steps each", header, rows)
