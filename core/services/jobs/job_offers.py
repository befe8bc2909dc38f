"""What can be started for what one looks at: the command that does it, and what it is expected to cost. No torch."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile

from core.domain import EXTREMES, Study, Unit
from core.errors import UsageError
from core.services.jobs import job_rates
from core.services.jobs.commands import mine_command, synthesize_command
from core.services.observers.observer_tasks import N_TASKS
from core.services.renders.render_requests import DEFAULT_PRESET, SynthesisRequest, spec_of
from core.services.units.unit_names import parse_units
from core.store import mined_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.presets import PRESETS


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that can be started. `expected_s`: by the rates of earlier jobs; None where none are known."""

    arguments: tuple[str, ...]
    about: str
    study: str
    n: int
    what: str  # what n counts
    expected_s: float | None


@dataclass(frozen=True, slots=True)
class Usual:
    """What a preset makes where nothing else is asked for: images an extreme, steps."""

    n_images: int
    steps: int


def preset_names() -> tuple[str, ...]:
    """Return the names of the recipes, the quick one first."""
    return (DEFAULT_PRESET, *(name for name in PRESETS if name != DEFAULT_PRESET))


def usual(study: Study, preset: str) -> Usual:
    """Return how many images and steps a preset takes. Raises UnknownName."""
    spec = spec_of(SynthesisRequest(study.network.name, preset=preset), study.network, image_set=study.image_set)
    return Usual(spec.n_images, spec.optimiser.steps)


def render_offer(
    workspace: Workspace, study: Study, units: Sequence[Unit], *, preset: str, n_images: int | None = None, steps: int | None = None
) -> Offer:
    """Return the offer to render max and min images of units by a preset. Raises UsageError, NotReady, UnknownName."""
    if not units:
        raise UsageError("There is no unit to render.")
    request = SynthesisRequest(
        study.network.name, names_of(units), preset=preset, n_images=n_images, steps=steps, image_set=study.image_set.name
    )
    spec = spec_of(request, study.network, image_set=study.image_set)
    rates = job_rates.seconds_an_image_step(workspace, study.network)
    an_extreme = len(EXTREMES) * spec.n_images * spec.optimiser.steps
    expected = sum(an_extreme * rates.get(unit.layer, rates[""]) for unit in units) if rates else None
    about = f"render {units[0]}" if len(units) == 1 else f"render {len(units):,} units"
    n = len(units) * len(EXTREMES) * spec.n_images
    return Offer(_arguments(synthesize_command(request)), about, study.key, n, f"images of {spec.optimiser.steps:,} steps", expected)


def mine_offer(workspace: Workspace, study: Study, layers: Sequence[str]) -> Offer:
    """Return the offer to mine layers as the study's others were."""
    if not layers:
        raise UsageError("There is no layer to mine.")
    spec = replace(study.mining, layers=tuple(layers))
    rate = job_rates.seconds_an_image_mined(workspace, study.network.name)
    n = study.image_set.n_images
    about = f"mine {layers[0]}" if len(layers) == 1 else f"mine {len(layers):,} layers"
    return Offer(_arguments(mine_command(spec)), about, study.key, n, "images", None if rate is None else n * rate)


def observe_offer(workspace: Workspace, study: Study, embedder: str | None, *, n_units: int) -> Offer:
    """Return the offer to let an observer answer all mined units' tasks; `embedder` None: the one that is asked where none is named."""
    named = ("--embedder", embedder) if embedder else ()
    n_tasks = n_units * N_TASKS * 2  # with natural and with synthetic references; fewer where few units have these
    embedding, deciding = job_rates.seconds_an_image_embedded(workspace, study.key), job_rates.seconds_a_task(workspace, study.key)
    expected = None if embedding is None or deciding is None else study.image_set.n_images * embedding + n_tasks * deciding
    about = f"let observer {embedder} answer" if embedder else "let an observer answer"
    return Offer(("observe", "--study", study.key, *named), about, study.key, n_tasks, "tasks at most", expected)


def renders_unit(arguments: Sequence[str], study: Study, unit: Unit) -> bool:
    """Return whether a command renders this unit of the study's network: by its name, in a range, or among all of its layer."""
    parsed = list(arguments)
    if parsed[:3] != ["synthesize", "--network", study.network.name] or "--units" not in parsed:
        return False
    named = takewhile(lambda one: not one.startswith("--"), parsed[parsed.index("--units") + 1 :])
    try:
        return unit in parse_units(study.network, tuple(named))
    except UsageError:
        return False


def unmined_layers(reader: CatalogueReader, study: Study) -> tuple[str, ...]:
    """Return the network's layers that are not mined on all images of the study's set, in order; its output is not among them."""
    states = mined_read.mined_states(reader.cursor(), study.key)
    n = study.image_set.n_images
    return tuple(layer.name for layer in study.network.layers if layer.name not in states or states[layer.name].n_images < n)


def names_of(units: Iterable[Unit]) -> tuple[str, ...]:
    """Return the units as commands name them, neighbours of a layer as a range: mixed4a:0-3."""
    found = []
    for layer, of_layer in groupby(sorted(set(units)), key=lambda unit: unit.layer):
        for _, run in groupby(enumerate(unit.channel for unit in of_layer), key=lambda place: place[1] - place[0]):
            channels = [channel for _, channel in run]
            found.append(f"{layer}:{channels[0]}" if len(channels) == 1 else f"{layer}:{channels[0]}-{channels[-1]}")
    return tuple(found)


def _arguments(command: str) -> tuple[str, ...]:
    return tuple(shlex.split(command)[1:])
