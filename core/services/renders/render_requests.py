"""What somebody asks to be rendered, and the render specs and units that this means for a network and a study. No torch."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.domain import EXTREMES, ImageSet, NetworkCard, Unit
from core.errors import NotReady, UsageError
from core.psychophysics.unit_choice import design_units
from core.render_json import spec_from_json
from core.render_spec import (
    CentreNeuron,
    Channel,
    Cppn,
    Difference,
    Direction,
    Diversity,
    ExemplarStart,
    FlatStop,
    Fourier,
    Maco,
    Measure,
    Parameterization,
    Pixels,
    RenderSpec,
    Target,
)
from core.services.units.unit_names import parse_unit, parse_units
from core.vision.presets import preset as preset_spec

DEFAULT_PRESET = "quick"
PAPERS_DESIGNS = "borowski2021"  # designs whose synthetic images are made by the paper's recipe unless another is asked for
PATTERN_RATE = 0.005  # the largest learning rate at which a pattern network's weights do not run away; the presets' are for spectra
SMALLEST_WEIGHT = 0.01  # where a search for the diversity weight begins, if the preset has none

ParameterizationName = Literal["fourier", "pixels", "maco", "cppn"]


@dataclass(frozen=True, slots=True)
class SynthesisRequest:
    """What to render: units by name or all that a design needs, and how. None: as the preset has it."""

    network: str
    units: tuple[str, ...] = ()
    design: str | None = None
    preset: str | None = None
    spec: str | None = None  # a whole render spec as JSON, in place of a preset
    n_images: int | None = None
    n_groups: int = 1
    steps: int | None = None
    seed: int = 0
    unit_seed: int = 0  # draws random units
    neuron: bool = False
    minus: str | None = None  # another unit: the objective is the difference
    direction: str | None = None  # file of weights, .npy (C,) or .json {channel: weight}
    cosine: bool = False
    post_relu: bool = False
    diversity: float | None = None
    tune_diversity: bool = False
    stop_when_flat: bool = False
    parameterization: ParameterizationName | None = None
    coarse_to_fine: float | None = None
    image_set: str | None = None
    reserve: bool = False
    network_name: str | None = None


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """Units to render by one spec, those of them that are kept for practice and catch trials, and what to tell about the choice."""

    spec: RenderSpec
    units: tuple[Unit, ...]
    reserved: tuple[Unit, ...] = ()
    remarks: tuple[str, ...] = ()

    def targets(self, n_groups: int) -> list[Target]:
        """Return all groups of images that this asks for."""
        return [Target(unit, extreme, group) for unit in self.units for extreme in EXTREMES for group in range(n_groups)]


def request_from_json(content: dict[str, Any]) -> SynthesisRequest:
    """Return the request that was stored as JSON."""
    return SynthesisRequest(**{**content, "units": tuple(content["units"])})


def plans_of(
    request: SynthesisRequest, card: NetworkCard, *, live: Collection[Unit] | None, image_set: ImageSet | None
) -> tuple[RenderPlan, ...]:
    """Return what to render by which spec. Raises UsageError, UnknownName, NotReady."""
    _check(request)
    if request.design is None:
        units = parse_units(card, request.units, live=live, seed=request.unit_seed)
        spec = spec_of(request, card, image_set=image_set)
        return (RenderPlan(spec, units, units if request.reserve else ()),)
    found = design_units(card, request.design, seed=request.unit_seed, live=live)
    return tuple(
        RenderPlan(
            spec_of(replace(request, n_images=images.n_images), card, image_set=image_set),
            found.to_render(images),
            tuple(found.reserved),
            found.deviations,
        )
        for images in found.image_groups
    )


def spec_of(request: SynthesisRequest, card: NetworkCard, *, image_set: ImageSet | None) -> RenderSpec:
    """Return the render spec of a request: the preset's, with what the request changes, fitted to the network's input."""
    preprocessing = card.preprocessing
    if request.spec is not None:
        spec = spec_from_json(_json_file(request.spec))
        if spec.imported is not None:
            raise UsageError(f"{request.spec} is of images that {spec.imported.method} made elsewhere; only its own program makes more.")
        spec = replace(spec, seed=request.seed) if request.seed else spec
    else:
        name = request.preset or ("paper" if (request.design or "").startswith(PAPERS_DESIGNS) else DEFAULT_PRESET)
        spec = preset_spec(name, image_px=preprocessing.crop_px, seed=request.seed, n_channels=preprocessing.n_channels)
    spec = replace(spec, n_images=spec.n_images if request.n_images is None else request.n_images)
    spec = _with_parameterization(spec, request)
    spec = _with_objective(spec, request, card)
    optimiser = replace(spec.optimiser, steps=request.steps or spec.optimiser.steps)
    if request.stop_when_flat:
        optimiser = replace(optimiser, flat_stop=FlatStop())
    return _with_images(replace(spec, optimiser=optimiser), request, image_set)


def _check(request: SynthesisRequest) -> None:
    for name, value in (("--images", request.n_images), ("--steps", request.steps), ("--groups", request.n_groups)):
        if value is not None and value < 1:
            raise UsageError(f"{name} {value} is too few; give at least 1.")
    if bool(request.units) == bool(request.design):
        raise UsageError("Name the units (--units mixed4b:465 ...) or a design that says which (--for-preset quick), one of the two.")
    if sum(map(bool, (request.neuron, request.minus, request.direction))) > 1:
        raise UsageError("An objective is one of --neuron, --minus UNIT and --direction FILE; give one of them.")
    if request.cosine and request.direction is None:
        raise UsageError("--cosine is of a direction; give --direction FILE with it, or leave it out.")
    if request.design is not None and request.n_images is not None:
        raise UsageError(f"{request.design} says itself how many images it shows; leave --images out, or name --units.")
    if request.coarse_to_fine is not None and not 0 <= request.coarse_to_fine <= 1:
        raise UsageError(f"--coarse-to-fine is a share of the steps from 0 to 1, but came {request.coarse_to_fine}.")
    if request.diversity is not None and request.diversity < 0:
        raise UsageError(f"--diversity is a weight of at least 0, but came {request.diversity}.")
    if request.spec is not None and request.preset is not None:
        raise UsageError("Give --preset or --spec, not both: a spec is whole.")


def _with_parameterization(spec: RenderSpec, request: SynthesisRequest) -> RenderSpec:
    made: dict[ParameterizationName, type[Parameterization]] = {"fourier": Fourier, "pixels": Pixels, "maco": Maco, "cppn": Cppn}
    if request.parameterization is not None and request.parameterization != spec.parameterization.kind:
        spec = replace(spec, parameterization=made[request.parameterization]())
        if request.parameterization == "cppn":
            spec = replace(spec, optimiser=replace(spec.optimiser, learning_rate=min(PATTERN_RATE, spec.optimiser.learning_rate)))
    if request.coarse_to_fine is None:
        return spec
    if isinstance(spec.parameterization, Cppn):
        raise UsageError("A pattern network (cppn) has no frequencies to begin with; leave --coarse-to-fine out.")
    return replace(spec, parameterization=replace(spec.parameterization, coarse_to_fine=request.coarse_to_fine))


def _with_objective(spec: RenderSpec, request: SynthesisRequest, card: NetworkCard) -> RenderSpec:
    objective, diversity = spec.objective, spec.objective.diversity
    if request.diversity is not None:
        diversity = Diversity(request.diversity)
    measure = _measure(request, card)
    relu: Literal["layer", "post"] = "post" if request.post_relu else objective.relu
    return replace(spec, objective=replace(objective, measure=measure or objective.measure, relu=relu, diversity=diversity))


def _measure(request: SynthesisRequest, card: NetworkCard) -> Measure | None:
    if request.neuron:
        return CentreNeuron()
    if request.minus is not None:
        return Difference(str(parse_unit(card, request.minus)))
    if request.direction is not None:
        return Direction(_weights(request.direction), request.cosine)
    return Channel() if request.spec is None else None


def _weights(path: str) -> tuple[tuple[int, float], ...]:
    try:
        weights = _weights_of_array(path) if path.endswith(".npy") else _weights_of_json(path)
    except (OSError, EOFError, ValueError, TypeError) as error:
        raise UsageError(
            f"{path} holds no direction ({error}); give a .npy of one weight a channel, or JSON {{channel: weight}}."
        ) from error
    if not weights or not all(math.isfinite(weight) for _, weight in weights):
        raise UsageError(f"{path} holds no direction: at least one weight must differ from 0, and all must be finite.")
    return weights


def _weights_of_array(path: str) -> tuple[tuple[int, float], ...]:
    values = np.asarray(np.load(path, allow_pickle=False))
    if values.ndim != 1:
        raise ValueError(f"its shape is {values.shape}")
    return tuple((channel, float(weight)) for channel, weight in enumerate(values) if weight)


def _weights_of_json(path: str) -> tuple[tuple[int, float], ...]:
    pairs = ((int(channel), float(weight)) for channel, weight in _json_file(path).items())
    return tuple(sorted((channel, weight) for channel, weight in pairs if weight))


def _json_file(path: str) -> dict[str, Any]:
    try:
        return dict(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as JSON ({error}); check the path and the file.") from error


def _with_images(spec: RenderSpec, request: SynthesisRequest, image_set: ImageSet | None) -> RenderSpec:
    """Return the spec with the digest of the natural images that have a part in it."""
    tuned = request.tune_diversity or spec.objective.diversity.tuned_to is not None
    if not (isinstance(spec.parameterization, Maco) or isinstance(spec.start, ExemplarStart) or tuned):
        return spec
    if image_set is None:
        raise NotReady("This recipe takes something from natural images; mine the network on some first (`exemplary mine`).")
    if isinstance(spec.parameterization, Maco):
        spec = replace(spec, parameterization=replace(spec.parameterization, magnitude=image_set.set_digest))
    if isinstance(spec.start, ExemplarStart):
        spec = replace(spec, start=replace(spec.start, image_set=image_set.set_digest))
    if tuned:
        if not spec.shows_activation:
            raise UsageError("--tune-diversity compares with natural activations; it does not go with --neuron, --minus or --direction.")
        if spec.n_images < 2:
            raise UsageError("--tune-diversity needs images that can differ; ask for at least two (--images 9).")
        diversity = spec.objective.diversity
        diversity = replace(diversity, weight=diversity.weight or SMALLEST_WEIGHT, tuned_to=image_set.set_digest)
        spec = replace(spec, objective=replace(spec.objective, diversity=diversity))
    return spec


def in_words(spec: RenderSpec) -> str:
    """Return one line that says how a spec makes its images."""
    measure = spec.objective.measure
    aim = measure.kind + (f" (minus {measure.other})" if isinstance(measure, Difference) else "")
    parts = [
        f"{spec.n_images} {'image' if spec.n_images == 1 else 'images'} of {spec.image_px} px",
        spec.parameterization.kind,
        f"{spec.optimiser.steps} steps",
        " + ".join(one.kind for one in spec.transforms) or "no transforms",
        f"objective {aim}",
        f"diversity {spec.objective.diversity.weight:g}"
        + (" of the gradient" if spec.objective.diversity.balance == "gradient" else "")
        + (", tuned" if spec.objective.diversity.tuned_to else ""),
        f"seed {spec.seed}",
    ]
    return ", ".join(parts)


def as_json(request: SynthesisRequest) -> dict[str, Any]:
    """Return the request as JSON data."""
    return asdict(request)
