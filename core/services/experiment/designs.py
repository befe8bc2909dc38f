"""Which designs a study can offer now, what each still lacks and which command makes it, and building one to order. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from core import selection
from core.design_spec import N_REFERENCES, Condition, DesignSpec, RenderChoice
from core.domain import Study, Unit
from core.errors import ExemplaryError, NotReady, UsageError
from core.percentile_bands import band_ranks
from core.psychophysics import presets
from core.psychophysics.design import check
from core.psychophysics.presets import Ingredients
from core.psychophysics.unit_choice import DesignUnits, design_units
from core.services.experiment.design_orders import to_order
from core.services.experiment.design_requests import DesignRequest, changed, check_request
from core.services.experiment.materials import free_units, images_of, rendered_units
from core.store import mined_read, render_read, unit_read
from core.store.publication import CatalogueReader

MIN_SETS: Final = {"borowski2021-exp1": 3, "borowski2021-exp2": 2, "imi": 2, "quick": 2}  # one for each condition of a session
SECONDS_A_TRIAL: Final = 7.5  # ours, a mean of the paper's reaction times with pause and feedback: 24 trials take about 3 minutes
PAPERS: Final = "borowski2021"


@dataclass(frozen=True, slots=True)
class Missing:
    """What a study lacks for a design: a sentence, and the command that makes it ("" where none does)."""

    sentence: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class DesignOffer:
    """A design by name: its spec, or what is missing for it. `notes`: how it differs from the paper's, one sentence each."""

    name: str
    spec: DesignSpec | None
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_trials(self) -> int | None:
        """Return how many trials a session has; None where the design cannot be planned yet."""
        return None if self.spec is None else n_trials(self.spec)

    @property
    def minutes(self) -> int | None:
        """Return about how long a session takes."""
        return None if self.spec is None else max(1, round(n_trials(self.spec) * SECONDS_A_TRIAL / 60))


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """How many units of a study main trials of each kind can be of, and how many are reserved for practice and catch trials."""

    n_natural: int
    n_synthetic: int
    n_reserved: int
    n_sets: int
    reference_share: float
    n_methods: dict[Condition, int] = field(default_factory=dict)  # imported ones, by name


def offer(reader: CatalogueReader, study: Study, name: str) -> DesignOffer:
    """Return a preset as this study can have it now. Raises UnknownName."""
    try:
        request, lacks = _quick_as_it_can_be(reader, study) if name == "quick" else (DesignRequest(preset=name), ())
        found, notes = _preset(reader, study, request)
    except _Lacking as lacking:
        return DesignOffer(name, None, lacking.missing)
    return DesignOffer(name, found, notes=(*lacks, *notes))


def offers(reader: CatalogueReader, study: Study) -> tuple[DesignOffer, ...]:
    """Return every preset as this study can have it now, in order of length."""
    return tuple(offer(reader, study, name) for name in presets.PRESETS)


def build(reader: CatalogueReader, study: Study, request: DesignRequest) -> DesignSpec:
    """Return the design that a request describes, checked. Raises NotReady with all that is missing, UsageError, UnknownName."""
    check_request(request)
    try:
        spec, _ = _preset(reader, study, request)
    except _Lacking as lacking:
        raise NotReady(" ".join(_in_one(one) for one in lacking.missing)) from lacking
    spec = changed(spec, request)
    check(spec)
    return spec


def unit_counts(reader: CatalogueReader, study: Study) -> UnitCounts:
    """Return which self-tests the study has units for. Raises NotReady where the image set is too small for any trial."""
    n_sets = selection.choose_n_sets(study.image_set.n_images, n_references=N_REFERENCES, top_k=study.mining.top_k, min_sets=3)
    free = free_units(reader, study, n_ranks=n_sets * (N_REFERENCES + 1))
    rendered = rendered_units(reader, study, n_references=N_REFERENCES)
    reserved = unit_read.reserved_units(reader.cursor(), study.network.name)
    share = selection.reference_share(study.image_set.n_images, n_sets=n_sets, n_references=N_REFERENCES)
    methods = {
        one: len(images_of(reader, study, one, n_references=N_REFERENCES).addresses.keys() & set(free))
        for one in render_read.imported_specs(reader.cursor(), study.network)
    }
    return UnitCounts(len(free), len(rendered.addresses.keys() & set(free)), len(reserved), n_sets, share, methods)


def n_trials(spec: DesignSpec) -> int:
    """Return the number of trials of a session, practice once, repeated ones included."""
    conditions = 1 if spec.first_condition == "one each" else None
    total = 0
    for section in spec.sections:
        for condition in section.conditions[:conditions]:
            n_catch = 0 if condition == "none" else section.n_catch * len(section.blocks)
            total += section.n_practice + sum(section.blocks) + n_catch
    repeated = sum(2 * min(spec.n_repeated, spec.n_main(condition) // 2) for condition in spec.conditions[:conditions])
    return total + (spec.extra_main is not None) + repeated


class _Lacking(ExemplaryError):
    """A study lacks what a design needs; caught in this module."""

    def __init__(self, *missing: Missing) -> None:
        super().__init__(missing[0].sentence)
        self.missing = missing


def _preset(reader: CatalogueReader, study: Study, request: DesignRequest) -> tuple[DesignSpec, tuple[str, ...]]:
    """Return the preset's spec with what the request says of units and counts, and how it differs from the paper's."""
    if request.preset not in presets.PRESETS:
        presets.preset(request.preset, Ingredients("", "", (), 1))  # raises UnknownName
    n_sets = request.n_sets or _n_sets(study, request)
    if bandless := _bandless(study, request, n_sets):
        raise _Lacking(*bandless)
    if request.preset == "quick" or request.units:
        return to_order(reader, study, request, n_sets=n_sets), ()
    units = _design_units(reader, study, request)
    renders, missing = _renders(reader, study, units)
    if problems := [*_unmined(reader, study, request.preset), *missing]:
        raise _Lacking(*problems)
    ingredients = Ingredients(
        study.key, study.stimuli_digest, presets.unit_lists(units), n_sets, request.n_references, renders, seed=request.seed
    )
    return presets.preset(request.preset, ingredients), (*units.deviations, *_notes(study, request, n_sets))


def _quick_as_it_can_be(reader: CatalogueReader, study: Study) -> tuple[DesignRequest, tuple[str, ...]]:
    """Return the quick self-test that can be had: with natural references alone where too few units have synthetic images, and says so."""
    n_sets = _n_sets(study, DesignRequest())
    free = free_units(reader, study, n_ranks=n_sets * (N_REFERENCES + 1))
    n = len(rendered_units(reader, study, n_references=N_REFERENCES).addresses.keys() & set(free))
    if n >= presets.QUICK_MAIN:
        return DesignRequest(), ()
    lacks = f"Natural references only: {n} units have synthetic images, {presets.QUICK_MAIN} are wanted"
    return DesignRequest(conditions=("natural",)), (f"{lacks} (`exemplary synthesize --network {study.network.name} --for-preset quick`).",)


def _n_sets(study: Study, request: DesignRequest) -> int:
    try:
        return selection.choose_n_sets(
            study.image_set.n_images,
            n_references=request.n_references,
            top_k=study.mining.top_k,
            min_sets=max(MIN_SETS[request.preset], len(request.conditions)),
        )
    except NotReady as problem:
        raise _Lacking(Missing(str(problem), f"exemplary mine --network {study.network.name} --images {study.image_set.name}")) from problem


def _design_units(reader: CatalogueReader, study: Study, request: DesignRequest) -> DesignUnits:
    live = designable_units(reader, study)
    try:
        return design_units(study.network, request.preset, seed=request.unit_seed, live=live)
    except UsageError as problem:
        raise _Lacking(Missing(str(problem))) from problem


def uncertain_candidates(reader: CatalogueReader, study: Study, request: DesignRequest) -> tuple[Unit, ...]:
    """Return the units that main trials of the request can be of now: not reserved, with the images of all its conditions."""
    shown = [images_of(reader, study, one, n_references=request.n_references) for one in request.own_images]
    reserved = set(unit_read.reserved_units(reader.cursor(), study.network.name)) | set(request.reserved)
    found = [unit for unit in designable_units(reader, study) if unit not in reserved]
    return tuple(unit for unit in found if all(unit in of.addresses for of in shown))


def designable_units(reader: CatalogueReader, study: Study) -> tuple[Unit, ...]:
    """Return the units that designs draw from: those that have as many disjoint stimulus sets as the study has room for.

    `exemplary synthesize --for-preset` draws from the same, so that what it renders is what a design shows.
    """
    try:
        n_sets = selection.choose_n_sets(study.image_set.n_images, n_references=N_REFERENCES, top_k=study.mining.top_k, min_sets=3)
    except NotReady:
        n_sets = 0
    return unit_read.live_units(reader.cursor(), study.key, n_ranks=n_sets * (N_REFERENCES + 1))


def _renders(reader: CatalogueReader, study: Study, units: DesignUnits) -> tuple[tuple[RenderChoice, ...], list[Missing]]:
    """Return the specs whose images the design shows, and which units lack them."""
    found, lacking = [], []
    for images in units.image_groups:
        wanted = units.to_render(images)
        rendered = rendered_units(reader, study, n_references=images.n_references, wanted=wanted)
        bare = [unit for unit in wanted if unit not in rendered.addresses]
        if bare:
            lacking.append(_unrendered(study, units, len(bare), len(wanted), images.n_references))
        elif rendered.spec_digest:
            found.append(RenderChoice("synthetic", images.n_references, rendered.spec_digest))
    return tuple(found), lacking


def _unrendered(study: Study, units: DesignUnits, n_bare: int, n_wanted: int, n_references: int) -> Missing:
    many = "a render of one synthetic image" if n_references == 1 else f"{n_references} synthetic images"
    return Missing(
        f"{n_bare} of {n_wanted} units lack {many} at each extreme.",
        f"exemplary synthesize --network {study.network.name} --for-preset {units.preset}",
    )


def _unmined(reader: CatalogueReader, study: Study, name: str) -> list[Missing]:
    mined = mined_read.mined_layers(reader.cursor(), study.key)
    missing = [layer.name for layer in study.network.layers if layer.name not in mined]
    if not missing:
        return []
    command = f"exemplary mine --network {study.network.name} --images {study.image_set.name}"
    return [Missing(f"{name} draws from all layers, but {', '.join(missing)} are not mined.", command)]


def _bandless(study: Study, request: DesignRequest, n_sets: int) -> list[Missing]:
    difficulty = request.difficulty or ("easy" if request.preset == "imi" else "extreme")
    if difficulty == "extreme":
        return []
    try:
        band_ranks(study.image_set.n_images, difficulty, n_queries=n_sets, n_before=n_sets * request.n_references)
    except NotReady as problem:
        return [Missing(str(problem), f"exemplary index MORE --name {study.image_set.name}")]
    return []


def _notes(study: Study, request: DesignRequest, n_sets: int) -> list[str]:
    share = selection.reference_share(study.image_set.n_images, n_sets=n_sets, n_references=request.n_references)
    notes = []
    if request.preset.startswith(PAPERS) and n_sets != 20:
        notes.append(f"{n_sets} stimulus sets instead of 20, because there are {study.image_set.n_images:,} images and not 50,000.")
    if share > selection.SHARE_WARNING:
        notes.append(f"Natural references span the {share:.1%} most extreme images at each end (the paper's: 0.4 %), so they are weaker.")
    return notes


def _in_one(missing: Missing) -> str:
    return f"{missing.sentence} Make it with `{missing.command}`." if missing.command else missing.sentence
