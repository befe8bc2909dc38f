"""Import the images that a visualization method made elsewhere: stored by content, measured like any other image. Imports torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.design_spec import CONDITIONS, METHOD_NAME, N_REFERENCES
from core.domain import EXTREMES, Extreme, NetworkCard, Render, SkippedFile, Study, Unit, digest
from core.errors import NotReady, StaleWork, UsageError
from core.imaging import encode_png, pixels
from core.jobs.job import Progress, silent, working
from core.render_json import imported_spec
from core.render_spec import Imported, RenderSpec
from core.services import studies
from core.services.networks import check_workspace, open_network, register
from core.services.renders.method_reading import MethodImage, folder_of, looked_at, read_square
from core.services.renders.tracing import trace_paths
from core.settings import Settings
from core.store import artifacts, catalogue_write, render_read
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork

BATCH = 32
JOB = "method-"


@dataclass(frozen=True, slots=True)
class MethodRequest:
    """Images of a network's units, a folder or a CSV that lists them, and the name of the method that made them. `replace`: in place of
    what bears the name."""

    name: str
    source: Path
    network: str
    replace: bool = False


@dataclass(frozen=True, slots=True)
class MethodReport:
    """What was imported. `is_changed`: False where just these images were there already.

    `n_complete` units have 9 images at both extremes; `one_sided` ones have none at one of them.
    """

    name: str
    network: str
    spec_digest: str
    n_units: int
    n_images: int
    n_complete: int
    one_sided: tuple[Unit, ...]
    skipped: tuple[SkippedFile, ...]
    is_changed: bool


def import_method(settings: Settings, request: MethodRequest, *, progress: Progress = silent) -> MethodReport:
    """Import a method's images as renders of the network, with the activation measured; trace their paths where the network is mined.

    What shows no unit, is not square or cannot be decoded is skipped with its reason. Raises UsageError (also for a unit that the network
    lacks), StaleWork where other images have the name or the network has changed, NetworkError.
    """
    _check_name(request.name)
    request = replace(request, source=request.source.expanduser())
    folder_of(request.source)
    workspace, loaded = Workspace(settings.workspace), open_network(settings, request.network)
    check_workspace(workspace, loaded.card)
    images, skipped = looked_at(request.source, loaded.card, n_threads=settings.threads, progress=progress)
    work = _Work(workspace, loaded, request, _spec(request, loaded.card, images), images)
    is_changed = not work.is_there()
    if is_changed:
        work.check_free()
    with working(workspace, f"{JOB}{digest(work.spec)}", spec=asdict(request), progress=progress) as job:
        if is_changed:
            work.publish(list(work.renders(job.report)))
        for study in _studies_of(workspace, loaded.card):
            trace_paths(workspace, loaded, study, progress=job.report)
    return _report(work, skipped, is_changed)


@dataclass(frozen=True, slots=True)
class _Work:
    """One import: the images that can be used and the spec they get."""

    workspace: Workspace
    loaded: LoadedNetwork
    request: MethodRequest
    spec: RenderSpec
    images: Sequence[MethodImage]

    def is_there(self) -> bool:
        """Tell whether just these images are in the catalogue, and their files in the workspace."""
        former = self._former()
        files = (artifacts.image_path(self.workspace, one.address) for one in self.images)
        return former is not None and former[0] == digest(self.spec) and all(path.is_file() for path in files)

    def check_free(self) -> None:
        """Raise StaleWork where other images have the method's name, and are not to be replaced."""
        self._check(self._former())

    def renders(self, progress: Progress) -> Iterator[Render]:
        """Store the images layer by layer and give them with their measured activations."""
        spec_digest, done = digest(self.spec), 0
        for layer_name, of_layer in groupby(self.images, key=lambda one: one.unit.layer):
            layer, members = self.loaded.layer(layer_name), list(of_layer)
            for start in range(0, len(members), BATCH):
                some = members[start : start + BATCH]
                found = measure(self.loaded, np.stack([self._stored(one) for one in some]), layers=[layer], batch=BATCH)
                for one, activations in zip(some, found, strict=True):
                    path = str(artifacts.image_path(self.workspace, one.address).relative_to(self.workspace.root))
                    activation = float(activations[one.unit.channel])
                    yield Render(one.unit, one.extreme, one.index, one.address, path, activation, spec_digest, self.spec.preset)
                done += len(some)
                progress(done, len(self.images), "measuring images")

    def publish(self, renders: Sequence[Render]) -> None:
        """Publish the renders, in place of what the method had before. Raises StaleWork as `check_free`."""
        card, spec = self.loaded.card, self.spec

        def change(cursor: catalogue_write.Cursor) -> None:
            register(cursor, card)
            former = render_read.imported_specs(cursor, card).get(self.request.name)
            self._check(former)
            if former is not None:
                catalogue_write.drop_renders(cursor, card.name, former[0])
            catalogue_write.put_renders(cursor, card=card, spec=spec, renders=renders)

        publish(self.workspace, change)

    def _former(self) -> tuple[str, RenderSpec] | None:
        try:
            cursor = CatalogueReader(self.workspace).cursor()
        except NotReady:  # nothing was published yet
            return None
        return render_read.imported_specs(cursor, self.loaded.card).get(self.request.name)

    def _check(self, former: tuple[str, RenderSpec] | None) -> None:
        if former is None or former[0] == digest(self.spec) or self.request.replace:
            return
        raise StaleWork(
            f"{self.loaded.card.name} has other images of {self.request.name!r}; give these another name, or --replace to put them in "
            "place of the former (make designs that show these anew; people's answers stay)."
        )

    def _stored(self, one: MethodImage) -> npt.NDArray[np.uint8]:
        """Store the image; return it as uint8 (crop_px, crop_px, n_channels)."""
        preprocessing = self.loaded.card.preprocessing
        image = read_square(folder_of(self.request.source) / one.path, preprocessing)
        if artifacts.put_image(self.workspace, encode_png(image)) != one.address:
            raise StaleWork(f"{one.path} has changed while the images were read; import them again when nothing writes to them.")
        return pixels(image, preprocessing.n_channels)


def _check_name(name: str) -> None:
    if name in CONDITIONS or not METHOD_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r:.60} cannot name an imported method; use lower-case letters, digits, - and _, at most 40, and none of "
            f"{', '.join(CONDITIONS)}."
        )


def _spec(request: MethodRequest, card: NetworkCard, images: Sequence[MethodImage]) -> RenderSpec:
    """Return the spec, whose digest is that of the images: the same ones from elsewhere, or in other files, have the same."""
    content = digest([[str(one.unit), one.extreme, one.index, one.address] for one in images])
    most = max(_counts(images).values())
    preprocessing = card.preprocessing
    return imported_spec(
        Imported(request.name, content), n_images=most, image_px=preprocessing.crop_px, n_channels=preprocessing.n_channels
    )


def _counts(images: Sequence[MethodImage]) -> Counter[tuple[Unit, Extreme]]:
    return Counter((one.unit, one.extreme) for one in images)


def _studies_of(workspace: Workspace, card: NetworkCard) -> list[Study]:
    return [one for one in studies.list_studies(CatalogueReader(workspace)) if one.network.network_digest == card.network_digest]


def _report(work: _Work, skipped: tuple[SkippedFile, ...], is_changed: bool) -> MethodReport:
    counts = _counts(work.images)
    units = sorted({one.unit for one in work.images})
    return MethodReport(
        name=work.request.name,
        network=work.loaded.card.name,
        spec_digest=digest(work.spec),
        n_units=len(units),
        n_images=len(work.images),
        n_complete=sum(all(counts[unit, extreme] >= N_REFERENCES for extreme in EXTREMES) for unit in units),
        one_sided=tuple(unit for unit in units if not all(counts[unit, extreme] for extreme in EXTREMES)),
        skipped=skipped,
        is_changed=is_changed,
    )
