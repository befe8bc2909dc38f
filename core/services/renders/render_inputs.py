"""What render specs take from natural images: magnitude spectra, exemplars to begin with, the activations to beat."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core import imaging
from core.domain import Extreme, ImageSet, Preprocessing, Study, Unit
from core.errors import ImageError, NotReady, StaleWork
from core.image_files import read_bytes
from core.render_spec import ExemplarStart, Maco, RenderSpec, Target
from core.store import catalogue_read, render_read, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace, write_whole
from core.vision.batch import Natural
from core.vision.parameterization import mean_magnitude

SPECTRUM_IMAGES = 1000  # evenly spread over the set: a mean spectrum changes little beyond


class RenderInputs:
    """Gives what a spec takes from a study's images, batch by batch; called from several workers."""

    def __init__(self, workspace: Workspace, study: Study | None, spec: RenderSpec, image_set: ImageSet | None) -> None:
        self._reader = CatalogueReader(workspace)
        self._study, self._spec = study, spec
        self._magnitude = None
        if isinstance(spec.parameterization, Maco) and image_set is not None:
            self._magnitude = _magnitude(self._reader, image_set, spec)

    def __call__(self, targets: Sequence[Target]) -> Natural:
        """Return what these targets need. Raises NotReady, StaleWork."""
        units = [target.unit for target in targets]
        best: dict[tuple[Unit, Extreme], float] = {}
        exemplars: dict[tuple[Unit, Extreme, int], npt.NDArray[np.uint8]] = {}
        if self._spec.objective.diversity.tuned_to:
            best = self._best(units)
        if isinstance(self._spec.start, ExemplarStart):
            exemplars = self._exemplars(targets)
        return Natural(magnitude=self._magnitude, exemplars=exemplars, best=best)

    def _best(self, units: Sequence[Unit]) -> dict[tuple[Unit, Extreme], float]:
        study = self._mined(units)
        return render_read.best_naturals(self._reader.cursor(), study.key, units)

    def _exemplars(self, targets: Sequence[Target]) -> dict[tuple[Unit, Extreme, int], npt.NDArray[np.uint8]]:
        units = list(dict.fromkeys(target.unit for target in targets))
        study, n_needed = self._mined(units), (max(target.group for target in targets) + 1) * self._spec.n_images
        wanted = {(target.unit, target.extreme) for target in targets}
        found = unit_read.exemplars(self._reader.cursor(), study, units, limit=n_needed)
        return {
            (one.unit, one.extreme, one.rank): _pixels("", one.path, study.network.preprocessing)
            for one in found
            if (one.unit, one.extreme) in wanted
        }

    def _mined(self, units: Sequence[Unit]) -> Study:
        if self._study is None:
            raise NotReady("This recipe needs the units' natural exemplars; mine the network first (`exemplary mine`).")
        known = render_read.best_naturals(self._reader.cursor(), self._study.key, units)
        missing = next((unit for unit in units if (unit, "max") not in known), None)
        if missing is not None:
            raise NotReady(
                f"{missing} is not mined in {self._study.key}; mine its layer first (`exemplary mine --layers {missing.layer}`)."
            )
        return self._study


def _magnitude(reader: CatalogueReader, image_set: ImageSet, spec: RenderSpec) -> npt.NDArray[np.float64]:
    """Return the mean magnitude spectrum of a set's images, kept in the workspace once it is made."""
    path = reader.workspace.spectra / f"{image_set.set_digest}-{spec.side_px}-{spec.n_channels}.npy"
    if path.exists():
        return np.asarray(np.load(path, allow_pickle=False))
    images = catalogue_read.images(reader.cursor(), image_set.name)
    chosen = images[:: max(1, len(images) // SPECTRUM_IMAGES)]
    preprocessing = Preprocessing(spec.image_px, spec.image_px, spec.n_channels)
    found = mean_magnitude((_pixels(image_set.folder, one.path, preprocessing) for one in chosen), side=spec.side_px)
    buffer = io.BytesIO()
    np.save(buffer, found)
    write_whole(path, buffer.getvalue())
    return found


def _pixels(folder: str, path: str, preprocessing: Preprocessing) -> npt.NDArray[np.uint8]:
    try:
        image = imaging.decode(read_bytes(folder, path))
    except ImageError as error:
        raise StaleWork(f"The image {f'{folder}/' if folder else ''}{path} {error}; put the folder back or index it again.") from error
    return imaging.crop_pixels(image, preprocessing)
