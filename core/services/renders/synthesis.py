"""Synthesise max and min images of units: whole spec stored, published batch by batch, resumed where interrupted. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import torch

from core.domain import ImageSet, NetworkCard, Study, Unit, digest
from core.errors import UnknownName
from core.jobs.job import Job, Progress, silent, working
from core.render_spec import RenderSpec, Target
from core.services import studies
from core.services.experiment.designs import designable_units
from core.services.networks import check_workspace, open_network, register
from core.services.renders.render_inputs import RenderInputs
from core.services.renders.render_queue import job_name
from core.services.renders.render_requests import RenderPlan, SynthesisRequest, as_json, plans_of
from core.services.renders.render_storing import CheckpointFiles, store_groups
from core.services.renders.tracing import trace_paths
from core.settings import Settings
from core.standing import is_beyond
from core.store import catalogue_write, render_read
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.networks import LoadedNetwork
from core.vision.precision import half_type
from core.vision.ray_crew import check_reachable
from core.vision.ray_workers import render_on_ray
from core.vision.synthesis import RenderedGroup
from core.vision.workers import render_all

PUBLISH_INTERVAL_S = 5.0  # a publication copies the catalogue: a kill loses at most so many seconds' finished images

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SynthesisReport:
    """What was rendered by one spec; `n_present` images were there already. Of `n_groups` groups of mined units `n_beyond` go on average
    beyond the most extreme natural image (None where no unit is mined, or something else than the activation was maximised)."""

    network: str
    spec: RenderSpec
    spec_digest: str
    units: tuple[Unit, ...]
    n_rendered: int
    n_present: int
    n_groups: int
    n_beyond: int | None
    notices: tuple[str, ...]


def synthesize(
    settings: Settings, request: SynthesisRequest, *, progress: Progress = silent, notice: Notice | None = None
) -> tuple[SynthesisReport, ...]:
    """Render max and min images as asked, by one spec or by several where a design needs it; trace their paths where they are mined.

    What the catalogue has by the same spec is not rendered again; what an ended call had begun goes on from its last checkpoint (at most
    100 steps back). Raises UsageError, UnknownName, NotReady, NetworkError.
    """
    check_engine(settings)
    loaded = open_network(settings, request.network, network_name=request.network_name)
    loaded.half = half_type(loaded.device, loaded.dtype, settings.precision)
    workspace = Workspace(settings.workspace)
    check_workspace(workspace, loaded.card)
    study = _study(workspace, loaded.card, request.image_set)
    image_set = _image_set(workspace, study, request)
    plans = plans_of(request, loaded.card, live=_live(workspace, study), image_set=image_set)
    _register(workspace, loaded.card, plans)
    notices = list(dict.fromkeys(remark for plan in plans for remark in plan.remarks))

    def tell(text: str) -> None:
        notices.append(text)
        if notice is not None:
            notice(text)

    for remark in list(notices):
        if notice is not None:
            notice(remark)
    with working(workspace, job_name(request), spec=as_json(request), progress=progress) as job:
        work = _Work(settings, workspace, loaded, study, image_set, job, tell, _computing(loaded.device.type, loaded.half))
        n_rendered = [work.render(plan, request.n_groups) for plan in plans]
        for mined in _studies_of(workspace, loaded.card):
            trace_paths(workspace, loaded, mined, progress=job.report)
    return tuple(
        _report(workspace, loaded.card, study, plan, n, request.n_groups, tuple(notices)) for plan, n in zip(plans, n_rendered, strict=True)
    )


def check_engine(settings: Settings) -> None:
    """Raise UsageError where the engine that is to render is not there."""
    if settings.engine == "ray":
        check_reachable(settings.ray_address)


@dataclass(slots=True)
class _Work:
    """What the plans of one request share."""

    settings: Settings
    workspace: Workspace
    loaded: LoadedNetwork
    study: Study | None
    image_set: ImageSet | None
    job: Job
    tell: Notice
    computing: str  # what renders, as the courses record it
    publishing: _Publishing | None = None

    def render(self, plan: RenderPlan, n_groups: int) -> int:
        """Render what is missing of a plan, published as it finishes; return the number of images."""
        missing = _missing(self.workspace, self.loaded.card, plan, n_groups)
        checkpoints = CheckpointFiles(self.workspace, self.loaded.card, plan.spec, device=self.computing)
        checkpoints.drop_finished(sorted(set(plan.targets(n_groups)) - set(missing)))  # left by a kill just after a publication
        if not missing:
            return 0
        self.publishing = _Publishing(plan.spec, checkpoints)
        try:
            for groups in self._rendered(plan.spec, missing, checkpoints):
                self.publishing.groups += groups
                self._publish_if_due()
        finally:
            self._publish()
        return len(missing) * plan.spec.n_images

    def _rendered(self, spec: RenderSpec, missing: Sequence[Target], checkpoints: CheckpointFiles) -> Iterator[list[RenderedGroup]]:
        settings, card = self.settings, self.loaded.card
        natural_of = RenderInputs(self.workspace, self.study, spec, self.image_set)
        beside: _Beside = {"progress": self._report, "natural_of": natural_of, "checkpoints": checkpoints, "notice": self.tell}
        if settings.engine == "local":
            return render_all(self.loaded, spec, missing, n_workers=settings.threads, **beside)
        return render_on_ray(
            card.source,
            card,
            spec,
            missing,
            address=settings.ray_address,
            n_workers=settings.threads,
            device=settings.device,
            precision=settings.precision,
            on_computing=self._on_computing,
            **beside,
        )

    def _report(self, done: float, total: float, layer: str) -> None:
        self.job.report(done, total, f"synthesising {layer}")
        self._publish_if_due()

    def _on_computing(self, kind: str, half: torch.dtype | None) -> None:
        self.computing = _computing(kind, half)

    def _publish_if_due(self) -> None:
        if self.publishing is not None and time.monotonic() - self.publishing.published_at > PUBLISH_INTERVAL_S:
            self._publish()

    def _publish(self) -> None:
        """Publish the groups that wait, if any; called in the thread that the request runs in."""
        if self.publishing is None:
            return
        groups, self.publishing.groups = self.publishing.groups, []
        store_groups(self.workspace, self.loaded.card, self.publishing.spec, groups, device=self.computing)
        self.publishing.checkpoints.drop_finished([group.target for group in groups])
        self.publishing.published_at = time.monotonic()


@dataclass(slots=True)
class _Publishing:
    """The finished groups of one spec that are not published yet."""

    spec: RenderSpec
    checkpoints: CheckpointFiles
    groups: list[RenderedGroup] = field(default_factory=list)
    published_at: float = field(default_factory=time.monotonic)


class _Beside(TypedDict):
    """What both engines are given beside the targets."""

    progress: Progress
    natural_of: RenderInputs
    checkpoints: CheckpointFiles
    notice: Notice


def _computing(kind: str, half: torch.dtype | None) -> str:
    return f"{kind}, {'float32' if half is None else str(half).removeprefix('torch.')}"


def _register(workspace: Workspace, card: NetworkCard, plans: Sequence[RenderPlan]) -> None:
    def change(cursor: catalogue_write.Cursor) -> None:
        register(cursor, card)
        for plan in plans:
            catalogue_write.put_reserved(cursor, card.name, plan.reserved)

    publish(workspace, change)


def _studies_of(workspace: Workspace, card: NetworkCard) -> list[Study]:
    found = studies.list_studies(CatalogueReader(workspace))
    return [one for one in found if one.network.name == card.name and one.network.network_digest == card.network_digest]


def _study(workspace: Workspace, card: NetworkCard, image_set: str | None) -> Study | None:
    """Return the network's newest study, or that on the named image set; None where there is none."""
    found = [one for one in _studies_of(workspace, card) if image_set is None or one.image_set.name == image_set]
    if image_set is not None and not found:
        known = studies.list_image_sets(CatalogueReader(workspace))
        if all(one.name != image_set for one in known):
            raise UnknownName("image set in this workspace", image_set, [one.name for one in known])
    return found[0] if found else None


def _image_set(workspace: Workspace, study: Study | None, request: SynthesisRequest) -> ImageSet | None:
    """Return the images that a recipe may take something from: the named set, else the study's, else the only one."""
    known = studies.list_image_sets(CatalogueReader(workspace))
    if request.image_set is not None:
        return next((one for one in known if one.name == request.image_set), None)
    if study is not None:
        return study.image_set
    return known[0] if len(known) == 1 else None


def _live(workspace: Workspace, study: Study | None) -> tuple[Unit, ...] | None:
    return None if study is None else designable_units(CatalogueReader(workspace), study)


def _missing(workspace: Workspace, card: NetworkCard, plan: RenderPlan, n_groups: int) -> list[Target]:
    """Return the groups of which the catalogue lacks images by this spec, or lists images whose files are gone; in order of layers."""
    present: dict[Target, int] = {}
    spec_digest = digest(plan.spec)
    for one in render_read.renders(CatalogueReader(workspace).cursor(), card, plan.units):
        if one.spec_digest == spec_digest and (workspace.root / one.path).is_file():
            target = Target(one.unit, one.extreme, one.index // plan.spec.n_images)
            present[target] = present.get(target, 0) + 1
    order = {layer.name: position for position, layer in enumerate(card.all_layers)}
    missing = [target for target in plan.targets(n_groups) if present.get(target, 0) < plan.spec.n_images]
    return sorted(missing, key=lambda target: (order[target.unit.layer], target))


def _report(
    workspace: Workspace, card: NetworkCard, study: Study | None, plan: RenderPlan, n_rendered: int, n_groups: int, notices: tuple[str, ...]
) -> SynthesisReport:
    n_all = len(plan.targets(n_groups)) * plan.spec.n_images
    judged = None if study is None else _n_beyond(workspace, card, study, plan, n_groups)
    n_beyond, n_judged = judged or (None, 0)
    return SynthesisReport(card.name, plan.spec, digest(plan.spec), plan.units, n_rendered, n_all - n_rendered, n_judged, n_beyond, notices)


def _n_beyond(workspace: Workspace, card: NetworkCard, study: Study, plan: RenderPlan, n_groups: int) -> tuple[int, int] | None:
    """Return how many of the asked groups of mined units go on average beyond the most extreme natural image, and how many there are.

    None where no unit is mined, or something else than the activation was maximised.
    """
    cursor = CatalogueReader(workspace).cursor()
    best = render_read.best_naturals(cursor, study.key, plan.units)
    if not best or not plan.spec.shows_activation:
        return None
    found: dict[Target, list[float]] = {}
    for one in render_read.renders(cursor, card, plan.units):
        target = Target(one.unit, one.extreme, one.index // plan.spec.n_images)
        if one.spec_digest == digest(plan.spec) and target.group < n_groups and (one.unit, one.extreme) in best:
            found.setdefault(target, []).append(one.activation)
    beyond = [is_beyond(sum(values) / len(values), best[target.unit, target.extreme], target.extreme) for target, values in found.items()]
    return sum(beyond), len(beyond)
