"""The time that an image takes in one step: lucent with all cores as threads, ours with one single-threaded worker a core."""

from __future__ import annotations

import math
from argparse import Namespace
from dataclasses import replace
from typing import Any

import numpy as np
from crew import Worker, mean_pixels, side_by_side, sides
from lucent_reference import WARM_UP, Recipe, render
from subject import Subject, n_cores, note, show, threads

from core.domain import Unit
from core.render_spec import RenderSpec, Target
from core.settings import Precision
from core.vision.presets import preset

N_IMAGES, DRAWS = 9, 1000
LUCENT_PIXELS = (3 * 256**2 + 263**2 + 269**2) / 5  # what lucent's network sees on average of the paper's 256 px
LUCENT = {"lucent": False, "lucent frozen": True}
Sample = tuple[float, float]  # milliseconds an image and step, mean pixels that the network saw


def run(subject: Subject, arguments: Namespace) -> dict[str, Any]:
    """Measure every layer, print it, and return the numbers."""
    paper = preset("paper", image_px=224, seed=arguments.seed, n_images=N_IMAGES)
    specs = {"paper": paper, "lucent's px": as_large_as_lucents(paper)}
    for name, spec in specs.items():
        pixels = mean_pixels(sides(spec, range(DRAWS)))
        print(f"{name}: {spec.side_px} px synthesised, {pixels:,.0f} px seen on average (lucent: 256 and {LUCENT_PIXELS:,.0f})")
    variants: dict[str, tuple[RenderSpec, Precision]] = {
        f"ours {name}, {precision}": (spec, precision) for precision in ("auto", "full") for name, spec in specs.items()
    }
    samples = {layer: _of_layer(subject, layer, variants, arguments) for layer in subject.layers}
    medians = {layer: {name: _summary(taken) for name, taken in of.items()} for layer, of in samples.items()}
    ratios = {name: {layer: _ratios(of, name) for layer, of in medians.items()} for name in (*LUCENT, *variants)}
    _show(medians, ratios)
    return {"layers": medians, "ratios": ratios, "samples": samples}


def as_large_as_lucents(spec: RenderSpec) -> RenderSpec:
    """Return the spec with the smallest border at which the network sees, over many draws, no fewer pixels than lucent's does."""
    missing_px = math.sqrt(LUCENT_PIXELS) - math.sqrt(mean_pixels(sides(spec, range(DRAWS))))
    spec = replace(spec, border_px=spec.border_px + int(missing_px / 2) - 1)
    while mean_pixels(sides(spec, range(DRAWS))) < LUCENT_PIXELS:
        spec = replace(spec, border_px=spec.border_px + 1)
    return spec


def _of_layer(
    subject: Subject, layer: str, variants: dict[str, tuple[RenderSpec, Precision]], arguments: Namespace
) -> dict[str, list[Sample]]:
    """Measure in rounds: before each of ours comes one of lucent's, as it is and frozen in turn."""
    samples: dict[str, list[Sample]] = {name: [] for name in (*LUCENT, *variants)}
    for round_ in range(arguments.rounds):
        for number, (name, (spec, precision)) in enumerate(variants.items()):
            theirs = list(LUCENT)[number % len(LUCENT)]
            seed = arguments.seed + round_ * len(variants) + number
            samples[theirs].append(_lucent(subject, layer, frozen=LUCENT[theirs], steps=arguments.steps, seed=seed))
            subject.set_precision(precision)
            samples[name].append(_ours(subject, layer, spec, steps=arguments.steps, round_=round_))
            note(f"{layer}, round {round_ + 1}: {theirs} {samples[theirs][-1][0]:.1f} ms, {name} {samples[name][-1][0]:.1f} ms")
    return samples


def _lucent(subject: Subject, layer: str, *, frozen: bool, steps: int, seed: int) -> Sample:
    model, seconds = subject.for_lucent(layer, frozen=frozen), list[float]()
    with threads(n_cores()):
        render(model, Recipe(0, n_images=N_IMAGES), steps=WARM_UP + steps, seed=seed, seconds=seconds)
    return 1000 * float(np.mean(seconds[WARM_UP:])) / N_IMAGES, mean_pixels(model.sides[WARM_UP:])


def _ours(subject: Subject, layer: str, spec: RenderSpec, *, steps: int, round_: int) -> Sample:
    first = spec.optimiser.relu_leak_steps + round_ * (WARM_UP + steps)
    with threads(1):
        workers = [Worker(subject.ours, spec, Target(Unit(layer, channel), "max"), first_step=first) for channel in range(n_cores())]
        wall, _ = side_by_side(workers, steps, warm_up=WARM_UP)
    seen = sides(spec, range(first + WARM_UP, first + WARM_UP + steps))
    return 1000 * wall / (len(workers) * steps * N_IMAGES), mean_pixels(seen)


def _summary(taken: list[Sample]) -> dict[str, float]:
    milliseconds, pixels = np.asarray(taken).T
    return {"median_ms": float(np.median(milliseconds)), "min_ms": float(milliseconds.min()), "mean_px": float(pixels.mean())}


def _ratios(of: dict[str, dict[str, float]], name: str) -> dict[str, float]:
    """Return how many times as fast a variant is as lucent as it is and frozen, and as it is by the minima."""
    return {
        "lucent": of["lucent"]["median_ms"] / of[name]["median_ms"],
        "frozen": of["lucent frozen"]["median_ms"] / of[name]["median_ms"],
        "by_minimum": of["lucent"]["min_ms"] / of[name]["min_ms"],
    }


def _show(medians: dict[str, dict[str, dict[str, float]]], ratios: dict[str, dict[str, dict[str, float]]]) -> None:
    rows = [
        [layer, name, f"{one['median_ms']:.1f}", f"{one['min_ms']:.1f}", f"{one['mean_px']:,.0f}", *_times(ratios[name][layer])]
        for layer, of in medians.items()
        for name, one in of.items()
    ]
    for name, by_layer in ratios.items():
        means = {kind: float(np.exp(np.mean([np.log(one[kind]) for one in by_layer.values()]))) for kind in next(iter(by_layer.values()))}
        by_layer["geometric mean"] = means
        rows.append(["geometric mean", name, "", "", "", *_times(means)])
    header = ["layer", "who", "median ms", "least ms", "mean px", "lucent / it", "lucent frozen / it", "lucent / it, least"]
    show("Milliseconds an image and step, 9 images, diversity 100, and how many times as fast as lucent", header, rows)


def _times(one: dict[str, float]) -> list[str]:
    return [f"{value:.2f}" for value in one.values()]
