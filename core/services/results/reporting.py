"""Reports of results: gathers what the study, its designs and its images are, and what answers say, and writes it as one file. No torch."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from core.answer_set import AnswerSetCard
from core.design_spec import DesignSpec, has_images_of_its_own, read_design
from core.domain import Study, digest
from core.errors import StoreError, UsageError
from core.inference import Results
from core.inference.models import Models
from core.inference.rules import ExclusionRules
from core.inference.scope import Scope
from core.jobs.job import Progress, silent
from core.psychophysics.attention import NONE, AttentionRules
from core.render_spec import RenderSpec
from core.report.document import report_html
from core.report.material import Material, ObserverPart
from core.services.answers.people import of_design, read_collected
from core.services.observers.observer_results import ObserverResults
from core.services.results.answer_results import answer_set_results, published_results
from core.services.results.models import answer_set_models, models_of, published_models
from core.services.results.results import Comparison, compare
from core.services.studies import list_studies
from core.store import render_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace, write_whole

PACKAGES: Final = ("exemplary", "numpy", "scipy", "duckdb", "altair", "vl-convert-python", "torch", "torchvision")
PEOPLE: Final = "Answers of people to the study {study}."
PEOPLE_OF: Final = "Answers of people to the design {design} of the study {study}."
ANSWER_SET: Final = "Answers of the set {name}, {kind}, to the study {study}."
PUBLISHED: Final = "The answers that Borowski et al. (2021) released: {study}."


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Whose answers a report is of: the study's people (of one design), or an answer set. `published`: a folder of the authors' files:
    with neither of the former they are what the report is of where `experiment` names one; else they are its reference.
    `models`: fitted, too."""

    design: str | None = None
    answers: str | None = None
    published: Path | None = None
    experiment: int | None = None
    attention: AttentionRules = field(default=NONE)
    models: bool = False


def write_report(
    workspace: Workspace, study: Study | None, request: ReportRequest, out: Path, *, replace: bool = False, progress: Progress = silent
) -> int:
    """Write the report to a file and return its size in bytes; `progress` of models that are fitted for it. Raises UsageError where the
    file is there already."""
    if out.exists() and not replace:
        raise UsageError(f"{out} is there already; choose another file, or put the report in its place with --replace.")
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent} is no folder to write a report to; make it first.")
    content = report_html(gathered(workspace, study, request, progress)).encode()
    write_whole(out, content)
    return len(content)


def gathered(workspace: Workspace, study: Study | None, request: ReportRequest, progress: Progress = silent) -> Material:
    """Return what a report of these answers is made from. Raises UsageError, UnknownName, StoreError, StoreBusy."""
    if request.experiment is not None:
        return _of_published(request, progress)
    reader = CatalogueReader(workspace)
    if request.answers is not None:
        return _of_answer_set(workspace, reader, request, progress)
    if study is None:
        raise UsageError("A report needs a study, an answer set, or the folder of the published answers.")
    collected = read_collected(workspace, study, details=True)
    collected = of_design(collected, request.design) if request.design else collected
    rules = ExclusionRules(attention=request.attention)
    comparison = compare(workspace, study, collected.answers, rules=rules, sessions=collected.sessions, ratings=collected.ratings)
    designs = {spec.name: spec for spec in map(read_design, collected.designs)}
    taken = {one.design for one in collected.sessions}
    kept = tuple(spec for name, spec in designs.items() if name in taken)
    source = PEOPLE_OF.format(design=request.design, study=study.key) if request.design else PEOPLE.format(study=study.key)
    models = models_of(collected, Scope(rules=rules), progress=progress) if request.models else None
    published = _reference(request.published, kept)
    return study_material(reader, study, comparison, designs=kept, source=source, published=published, models=models)


def study_material(
    reader: CatalogueReader,
    study: Study,
    comparison: Comparison,
    *,
    designs: Iterable[DesignSpec] = (),
    source: str | None = None,
    published: Results | None = None,
    models: Any | None = None,
    results: Results | None = None,
) -> Material:
    """Return what a report of a study is made from, of records that were computed before.

    `results`: instead of the comparison's people. `designs`: those that answers came from.
    """
    specs = tuple({digest(spec): spec for spec in designs}.values())
    digests = {one.spec_digest for spec in specs for one in spec.renders}
    digests |= {key for one in comparison.observers for name, key in one.card.references if has_images_of_its_own(name)}
    return Material(
        title=f"Exemplary: {study.key}",
        source=source or PEOPLE.format(study=study.key),
        made_at=datetime.now(UTC),
        results=results or comparison.people,
        study=study,
        reference_share=comparison.reference_share,
        designs=specs,
        recipes=_recipes(reader, digests),
        observers=tuple(_observer(one) for one in comparison.observers),
        published=published,
        models=models,
        seeds={
            **{f"design {spec.name}": spec.seed for spec in specs},
            **{f"observer {one.card.name}": one.card.seed for one in comparison.observers},
        },
        versions=versions(),
    )


def versions() -> Mapping[str, str]:
    """Return the versions of what computes here, without importing it; packages that are not installed are absent."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _of_answer_set(workspace: Workspace, reader: CatalogueReader, request: ReportRequest, progress: Progress) -> Material:
    if request.design is not None:
        raise UsageError("--design is for the study's people; leave it out with --answers.")
    found = answer_set_results(workspace, request.answers or "", request.attention)
    card = found.card
    study = next((one for one in list_studies(reader) if one.key == card.study), None) if reader.version else None
    designs = _designs(card)
    digests = {one.spec_digest for spec in designs for one in spec.renders}
    return Material(
        title=f"Exemplary: {card.name}",
        source=ANSWER_SET.format(name=card.name, kind=card.kind, study=card.study),
        made_at=datetime.now(UTC),
        results=found.results,
        study=study,
        designs=designs,
        recipes=_recipes(reader, digests) if study is not None else {},
        published=_reference(request.published, designs),
        models=answer_set_models(workspace, card.name, request.attention, progress=progress) if request.models else None,
        sources={one.name: one.sha256 for one in card.sources},
        seeds=_seeds(card, designs),
        versions=versions(),
    )


def _of_published(request: ReportRequest, progress: Progress) -> Material:
    if request.published is None or request.answers or request.design:
        raise UsageError("--experiment is one of the published ones: give --published FOLDER with it, and neither --answers nor --design.")
    found = published_results(request.published, request.attention).experiments
    wanted = f"experiment-{request.experiment}"
    one = next((one for name, one in found.items() if name == wanted), None)
    if one is None:
        raise UsageError(f"{request.published} has no answers of {wanted}; it has those of {', '.join(found)}.")
    return Material(
        title=f"Exemplary: {one.card.study}",
        source=PUBLISHED.format(study=one.card.study),
        made_at=datetime.now(UTC),
        results=one.results,
        models=_published_models(request, progress) if request.models else None,
        sources={file.name: file.sha256 for file in one.card.sources},
        versions=versions(),
    )


def _published_models(request: ReportRequest, progress: Progress) -> Models | None:
    found = published_models(request.published or Path(), request.attention, progress=progress)
    return next((one for name, one in found.items() if name == f"experiment-{request.experiment}"), None)


def _reference(folder: Path | None, designs: Sequence[DesignSpec]) -> Results | None:
    """Return the published results to hold answers against: experiment II's where all designs have several schemes, else experiment I's."""
    if folder is None:
        return None
    found = published_results(folder).experiments
    second = bool(designs) and all(len(spec.schemes) > 1 for spec in designs)
    order = ("experiment-2", "experiment-1") if second else ("experiment-1", "experiment-2")
    return next(one.results for wanted in order for name, one in found.items() if name == wanted)


def _recipes(reader: CatalogueReader, digests: Iterable[str]) -> dict[str, RenderSpec]:
    """Return the specs of these digests. Raises StoreError where the catalogue lacks one."""
    return {key: render_read.render_spec(reader.cursor(), key) for key in sorted(set(digests))}


def _designs(card: AnswerSetCard) -> tuple[DesignSpec, ...]:
    try:
        return () if card.design is None else (read_design(card.design),)
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"The design of the answer set {card.name} cannot be read: {error}.") from error


def _seeds(card: AnswerSetCard, designs: Sequence[DesignSpec]) -> dict[str, int]:
    seeds = {f"design {spec.name}": spec.seed for spec in designs}
    simulated = {} if card.simulated is None else json.loads(card.simulated)
    return seeds | ({"simulated people": simulated["seed"]} if "seed" in simulated else {})


def _observer(one: ObserverResults) -> ObserverPart:
    card = one.card
    facts: dict[str, str | float | int | None] = {
        "Embedder": f"{card.embedder}, digest `{card.embedder_digest}`",
        "Tasks": f"{card.scheme}, {card.n_sets} sets of a unit, {card.n_references} references; spec `{card.digest}`",
        "Natural references span": f"{card.reference_share:.2%} of the images",
        "Temperature": card.temperature,
        "Lapse rate": card.lapse or None,
        "Z-scored": "each channel over the image set, before the cosine" if card.is_z_scored else None,
        **{f"Images of {name}": f"spec `{key}`" for name, key in card.references},
    }
    return ObserverPart(card.name, card.description, card.kind, card.is_biased, card.is_calibrated, facts, one.results, one.agreement)
