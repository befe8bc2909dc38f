"""Designs on a study's own units, or on those that somebody names: the quick self-test, and other presets' structure. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.design_spec import Condition, DesignSpec, RenderChoice, UnitList
from core.domain import Study, Unit
from core.errors import NotReady, UsageError
from core.psychophysics import presets
from core.psychophysics.dealing import shuffled
from core.psychophysics.presets import Ingredients
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.materials import Rendered, images_of
from core.store import unit_read
from core.store.publication import CatalogueReader

N_RATED: Final = 3  # units of an intuitiveness rating (METHOD section 7)


def to_order(reader: CatalogueReader, study: Study, request: DesignRequest, *, n_sets: int) -> DesignSpec:
    """Return the quick self-test or another preset's structure on the study's own or the request's units.

    Reserved units are the study's, but for those that are main units here, or the request's. Raises NotReady, UsageError.
    """
    shown = {one: images_of(reader, study, one, n_references=request.n_references, wanted=request.units) for one in request.own_images}
    live = set(unit_read.live_units(reader.cursor(), study.key, n_ranks=n_sets * (request.n_references + 1)))
    _check_units(study, request, live, shown)
    kept = set(request.reserved) or set(unit_read.reserved_units(reader.cursor(), study.network.name)) - set(request.units)
    reserved = [unit for unit in sorted(live & kept) if all(unit in of.addresses for of in shown.values())]
    rated: list[Unit] = []
    if request.is_rated:
        shown["synthetic"] = shown.get("synthetic") or images_of(reader, study, "synthetic", n_references=request.n_references)
        rated = _rated(study, request, [unit for unit in reserved if unit in shown["synthetic"].addresses])
        reserved = [unit for unit in reserved if unit not in rated] or reserved
    ingredients = Ingredients(
        study=study.key,
        stimuli_digest=study.stimuli_digest,
        units=tuple(_lists(request, reserved, rated)),
        n_sets=n_sets,
        n_references=request.n_references,
        renders=tuple(RenderChoice(one, request.n_references, of.spec_digest) for one, of in shown.items() if of.spec_digest),
        seed=request.seed,
    )
    return _quick(ingredients, request, reserved) if request.preset == "quick" else presets.preset(request.preset, ingredients)


def _quick(ingredients: Ingredients, request: DesignRequest, reserved: Sequence[Unit]) -> DesignSpec:
    return presets.quick(
        ingredients,
        conditions=request.conditions or ("natural", "synthetic"),
        n_main=request.n_main or presets.QUICK_MAIN,
        n_practice=(1 if request.n_practice is None else request.n_practice) if reserved else 0,
        n_catch=request.n_catch if reserved else 0,
    )


def _lists(request: DesignRequest, reserved: Sequence[Unit], rated: Sequence[Unit]) -> list[UnitList]:
    lists = [UnitList("main", "main", tuple(map(str, request.units)))] if request.units else []
    roles = ("practice", "catch") if request.n_catch != 0 else ("practice",)
    lists += [UnitList("reserved", role, tuple(map(str, reserved))) for role in roles if reserved]  # type: ignore[arg-type]
    return lists + ([UnitList("intuitiveness", "intuitiveness", tuple(map(str, rated)))] if rated else [])


def _rated(study: Study, request: DesignRequest, candidates: Sequence[Unit]) -> list[Unit]:
    """Return the units of the intuitiveness ratings, drawn by the seed from reserved ones with synthetic images."""
    if len(candidates) < N_RATED:
        raise NotReady(
            f"Intuitiveness ratings show {N_RATED} reserved units with {request.n_references} synthetic images, but there are "
            f"{len(candidates)}; reserve more (`exemplary synthesize --network {study.network.name} --reserve --units ...`)."
        )
    return sorted(shuffled(candidates, np.random.default_rng(request.seed))[:N_RATED])


def _check_units(study: Study, request: DesignRequest, live: set[Unit], shown: Mapping[Condition, Rendered]) -> None:
    dead = [unit for unit in request.units if unit not in live]
    if dead:
        raise UsageError(
            f"{', '.join(map(str, dead[:5]))} of {study.key} cannot be tested: not mined, constant, or active in so few images that both "
            "ends share some; name others."
        )
    for condition, rendered in shown.items():
        bare = [unit for unit in request.units if unit not in rendered.addresses]
        if bare:
            raise NotReady(
                f"{len(bare)} of {len(request.units)} units lack {request.n_references} {condition} images an extreme: "
                f"{_making(study, condition, bare)}."
            )


def _making(study: Study, condition: Condition, units: Sequence[Unit]) -> str:
    """Return the command that brings images of these units."""
    names = " ".join(map(str, units[:20])) + (" ..." if len(units) > 20 else "")
    if condition == "synthetic":
        return f"`exemplary synthesize --network {study.network.name} --units {names}`"
    return f"`exemplary import-references FOLDER --method {condition} --network {study.network.name} --replace` with images of {names} too"
