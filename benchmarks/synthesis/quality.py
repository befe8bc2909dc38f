"""The time to equal quality: how long ours takes until its clean images activate the unit as much as lucent's finished ones."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

import numpy as np
from crew import Worker, side_by_side
from lucent_reference import Recipe, render
from subject import Subject, n_cores, note, show, threads

from core.domain import Unit
from core.render_spec import RenderSpec, Target
from core.vision.presets import preset

IMAGE_PX = 224
SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)  # of lucent's steps, after which its images are measured: it, too, may get there early


def our_spec(*, n_images: int, steps: int, seed: int) -> RenderSpec:
    """Return what ours renders with: the `paper` preset itself, but for the numbers of images and steps."""
    spec = preset("paper", image_px=IMAGE_PX, seed=seed, n_images=n_images)
    return replace(spec, optimiser=replace(spec.optimiser, steps=steps))


@dataclass
class Race:
    """One pair. course: (step, activation) of lucent's; ours: seconds x cores = the time its steps took on one core; None: never."""

    target: Target
    course: list[tuple[int, float]]
    lucent_s: float
    steps: int | None = None
    ours_s: float | None = None
    activation: float = float("nan")

    @property
    def ratio(self) -> float:
        """Return how many times as fast ours is; 0 where it never got there."""
        return self.lucent_s / self.ours_s if self.ours_s else 0.0

    def is_won_at(self, activation: float) -> bool:
        """Tell whether an activation is at least as extreme as that of lucent's finished images."""
        goal = self.course[-1][1]
        return activation >= goal if self.target.extreme == "max" else activation <= goal


def run(subject: Subject, arguments: Namespace) -> dict[str, Any]:
    """Race every pair, print it, and return the numbers."""
    subject.set_precision(arguments.precision)
    races: list[Race] = []
    targets = _targets(subject, arguments.pairs, arguments.seed)
    for start in range(0, len(targets), n_cores()):
        running = [_lucent(subject, target, arguments) for target in targets[start : start + n_cores()]]
        _ours(subject, running, arguments)
        races += running
    median = float(np.median([race.ratio for race in races]))
    _show(races, median, arguments)
    return {"median_ratio": median, "races": [asdict(race) | {"ratio": race.ratio} for race in races], "precision": arguments.precision}


def _targets(subject: Subject, pairs: int, seed: int) -> list[Target]:
    """Return targets, layer after layer, channels drawn by seed, the extremes in turn: neighbours race side by side."""
    random, per_layer = Random(seed), -(-pairs // len(subject.layers))
    targets = [
        Target(Unit(layer, random.randrange(subject.ours.layer(layer).n_channels)), ("max", "min")[number % 2])
        for layer in subject.layers
        for number in range(per_layer)
    ]
    return targets[:pairs]


def _lucent(subject: Subject, target: Target, arguments: Namespace) -> Race:
    seconds: list[float] = []
    recipe = Recipe(target.unit.channel, n_images=arguments.images, image_px=IMAGE_PX, extreme=target.extreme)
    at = {max(1, round(share * arguments.steps)) for share in SHARES}
    model = subject.for_lucent(target.unit.layer, frozen=arguments.frozen)
    with threads(n_cores()):
        rendered = render(model, recipe, steps=arguments.steps, at=at, seed=arguments.seed, seconds=seconds)
        course = [(step, subject.measured(target.unit, _cropped(images))) for step, images in rendered.items()]
    note(f"{target.unit} {target.extreme}: lucent {sum(seconds):.1f} s, " + ", ".join(f"{value:.2f} at {step}" for step, value in course))
    return Race(target, course, sum(seconds))


def _cropped(images: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    start = (images.shape[1] - IMAGE_PX) // 2
    inner = images[:, start : start + IMAGE_PX, start : start + IMAGE_PX]
    return np.ascontiguousarray(np.round(inner * 255).astype(np.uint8))


def _ours(subject: Subject, races: list[Race], arguments: Namespace) -> None:
    """Let one worker a core take steps until each race is won or the steps are through; only steps are timed.

    Every core is busy throughout: a worker whose race is won goes on beside the others, and one without a race repeats the last.
    """
    spec = our_spec(n_images=arguments.images, steps=arguments.most, seed=arguments.seed)
    paced = [*races, *[races[-1]] * (n_cores() - len(races))]
    taken, spent = 0, [0.0] * len(paced)
    with threads(1):
        workers = [Worker(subject.ours, spec, race.target) for race in paced]
        while taken < arguments.most and any(race.steps is None for race in races):
            steps = min(arguments.every, arguments.most - taken)
            taken += steps
            _, seconds = side_by_side(workers, steps)
            spent = [before + new for before, new in zip(spent, seconds, strict=True)]
            for race, worker, own in zip(races, workers, spent, strict=False):
                _judge(subject, race, worker, taken, own / len(workers))


def _judge(subject: Subject, race: Race, worker: Worker, taken: int, seconds: float) -> None:
    if race.steps is not None:
        return
    race.activation = subject.measured(race.target.unit, worker.images())
    note(f"{race.target.unit} {race.target.extreme}: ours {race.activation:.2f} after {taken} steps")
    if race.is_won_at(race.activation):
        race.steps, race.ours_s = taken, seconds


def _show(races: list[Race], median: float, arguments: Namespace) -> None:
    rows = [
        [
            f"{race.target.unit} {race.target.extreme}",
            f"{race.lucent_s:.1f}",
            ", ".join(f"{value:.2f}" for _, value in race.course),
            "never" if race.ours_s is None else f"{race.ours_s:.1f}",
            f"> {arguments.most}" if race.steps is None else str(race.steps),
            f"{race.activation:.2f}",
            f"{race.ratio:.1f}",
        ]
        for race in races
    ]
    rows.append(["median", "", "", "", "", "", f"{median:.1f}"])
    after = "/".join(str(step) for step, _ in races[0].course)
    header = ["pair", "lucent s", f"its activation after {after} steps", "ours s", "steps", "activation", "lucent / ours"]
    frozen = ", weights frozen" if arguments.frozen else ""
    title = f"Seconds to the activation of lucent's images after {arguments.steps} steps{frozen}"
    show(f"{title}; ours in precision {arguments.precision}", header, rows)
    print("lucent's seconds: all its steps, on all cores. Ours: the pair's own steps on one core while every other is as busy, / cores.")
