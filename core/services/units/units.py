"""A unit as pages and `show` see it: exemplars, synthetic images, distribution of activations, top classes. No torch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.domain import ActivationSummary, Exemplar, Extreme, Layer, PathSimilarity, Render, RenderCourse, Study, Unit
from core.errors import UnknownName
from core.render_json import spec_content
from core.render_spec import RenderSpec
from core.services.units.unit_balance import balance_json, unit_balance
from core.standing import Standing, standing
from core.store import render_read, unit_read
from core.store.publication import CatalogueReader

TOP_CLASSES = 5


@dataclass(frozen=True, slots=True)
class RenderSet:
    """A unit's synthetic images by one spec, in index order, and how each group of them was optimised."""

    spec_digest: str
    preset: str
    max_images: tuple[Render, ...]
    min_images: tuple[Render, ...]
    courses: tuple[RenderCourse, ...] = ()
    shows_activation: bool = False  # what was maximised is the unit's activation: images and course can be held against natural ones
    method: str | None = None  # the imported method that made them elsewhere

    def of(self, extreme: Extreme) -> tuple[Render, ...]:
        """Return the images of one extreme."""
        return self.max_images if extreme == "max" else self.min_images


@dataclass(frozen=True, slots=True)
class UnitView:
    """All that is known of a unit in a study. Render sets: the newest first."""

    study: str
    unit: Unit
    branch: str
    pre_relu: bool
    activation: ActivationSummary
    max_exemplars: tuple[Exemplar, ...]
    min_exemplars: tuple[Exemplar, ...]
    render_sets: tuple[RenderSet, ...]
    top_classes: tuple[tuple[str, int], ...]
    standings: Mapping[str, Standing] = field(default_factory=dict)  # by "extreme/address"
    paths: Mapping[str, PathSimilarity] = field(default_factory=dict)  # by "extreme/address"

    def standing(self, one: Render) -> Standing | None:
        """Return how a synthetic image stands beside the natural ones."""
        return self.standings.get(_key(one))

    def path(self, one: Render) -> PathSimilarity | None:
        """Return the synthetic image's path through the network, where it is known."""
        return self.paths.get(_key(one))

    def exemplars(self, extreme: Extreme) -> tuple[Exemplar, ...]:
        """Return the exemplars of one extreme, rank 0 first."""
        return self.max_exemplars if extreme == "max" else self.min_exemplars


def unit_view(reader: CatalogueReader, study: Study, unit: Unit, *, n_exemplars: int = 200) -> UnitView:
    """Return a unit's view. Raises UnknownName where the study has not mined it."""
    cursor = reader.cursor()
    layer = _layer_of(study, unit)
    summary = unit_read.activation_summary(cursor, study, unit)
    exemplars = unit_read.exemplars(cursor, study, [unit], limit=n_exemplars)
    top = tuple(one for one in exemplars if one.extreme == "max")
    rendered = render_read.renders(cursor, study.network, [unit])
    natural = unit_read.unit_activations(reader.workspace, cursor, study, unit) if rendered else None
    specs = {spec_digest: render_read.render_spec(cursor, spec_digest) for spec_digest in {one.spec_digest for one in rendered}}
    is_mean = study.mining.reduction == "mean"  # as synthetic images are measured
    comparable = [one for one in rendered if is_mean and specs[one.spec_digest].shows_activation]
    return UnitView(
        study=study.key,
        unit=unit,
        branch=layer.branch_of(unit.channel),
        pre_relu=layer.pre_relu,
        activation=summary,
        max_exemplars=top,
        min_exemplars=tuple(one for one in exemplars if one.extreme == "min"),
        render_sets=render_sets(rendered, specs, render_read.courses(cursor, study.network, [unit]), is_comparable=is_mean),
        top_classes=tuple(Counter(one.label for one in top[:100]).most_common(TOP_CLASSES)),
        standings={} if natural is None else {_key(one): standing(one.activation, one.extreme, natural) for one in comparable},
        paths={_key(one): one for one in render_read.path_similarities(cursor, study.key, [unit])},
    )


def render_spec(reader: CatalogueReader, spec_digest: str) -> RenderSpec:
    """Return all that determines a set of synthetic images. Raises UnknownName."""
    return render_read.render_spec(reader.cursor(), spec_digest)


def render_sets(
    renders: tuple[Render, ...], specs: Mapping[str, RenderSpec], courses: tuple[RenderCourse, ...] = (), *, is_comparable: bool = True
) -> tuple[RenderSet, ...]:
    """Group one unit's renders and courses by their spec (`specs`: by digest), keeping the order in which the specs come.

    `is_comparable`: images are measured as the study's natural ones are.
    """
    grouped: dict[str, list[Render]] = {}
    for one in renders:
        grouped.setdefault(one.spec_digest, []).append(one)
    return tuple(
        RenderSet(
            spec_digest,
            members[0].preset,
            tuple(one for one in members if one.extreme == "max"),
            tuple(one for one in members if one.extreme == "min"),
            tuple(one for one in courses if one.spec_digest == spec_digest),
            shows_activation=is_comparable and specs[spec_digest].shows_activation,
            method=None if (imported := specs[spec_digest].imported) is None else imported.method,
        )
        for spec_digest, members in grouped.items()
    )


def as_json(reader: CatalogueReader, study: Study, view: UnitView, *, root: Path) -> dict[str, Any]:
    """Return the unit as data: the schema of `exemplary show --json`. `root`: the workspace, where synthetic images lie."""
    cursor = reader.cursor()
    specs = {one.spec_digest: spec_content(render_read.render_spec(cursor, one.spec_digest)) for one in view.render_sets}
    activation = view.activation
    return {
        "unit": str(view.unit),
        "network": study.network.name,
        "image_set": study.image_set.name,
        "layer": view.unit.layer,
        "branch": view.branch,
        "channel": view.unit.channel,
        "pre_relu": view.pre_relu,
        "exemplars": [
            {"extreme": one.extreme, "rank": one.rank, "path": one.path, "label": one.label, "activation": one.activation}
            for one in (*view.max_exemplars, *view.min_exemplars)
        ],
        "renders": [
            {
                "extreme": one.extreme,
                "index": one.index,
                "path": str(root / one.path),
                "activation": one.activation,
                "standing": (found := view.standing(one)) and _standing_json(found),
                "path_similarity": (path := view.path(one)) and dict(zip(path.at_layers, map(_finite, path.normalised), strict=True)),
                "spec_digest": one.spec_digest,
                "spec": specs[one.spec_digest],
            }
            for chosen in view.render_sets
            for one in (*chosen.max_images, *chosen.min_images)
        ],
        "activation": {"n": activation.n, "mean": activation.mean, "sd": activation.sd, "min": activation.min, "max": activation.max},
        "top_classes": [{"label": label, "n": n} for label, n in view.top_classes],
        "class_balance": balance_json(unit_balance(study, view.unit, (*view.max_exemplars, *view.min_exemplars))),
    }


def _standing_json(found: Standing) -> dict[str, Any]:
    return {**{name: _finite(value) for name, value in asdict(found).items()}, "is_beyond": found.is_beyond}


def _finite(value: float) -> float | None:
    """Return the value, None where JSON has none: natural activations without a spread, layers where no path is defined."""
    return value if math.isfinite(value) else None


def _key(one: Render | PathSimilarity) -> str:
    return f"{one.extreme}/{one.address}"


def _layer_of(study: Study, unit: Unit) -> Layer:
    layers = {layer.name: layer for layer in study.network.all_layers}
    if unit.layer not in layers:
        raise UnknownName(f"layer of {study.network.name}", unit.layer, layers)
    layer = layers[unit.layer]
    if not 0 <= unit.channel < layer.n_channels:
        raise UnknownName("unit", str(unit), [f"{unit.layer}:0", f"{unit.layer}:{layer.n_channels - 1}"])
    return layer
