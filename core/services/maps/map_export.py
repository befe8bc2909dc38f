"""Activation maps as files: overlays and crops as PNG, the maps as .npz, what they are as JSON; in a folder. Imports torch."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import imaging
from core.activation_map import MapRequest, UnitMaps, extreme_position
from core.design_spec import Condition
from core.domain import EXTREMES, Extreme, Study, Unit
from core.errors import StaleWork, UsageError
from core.jobs.job import Progress, silent
from core.png_text import png_with_spec
from core.services.maps.map_making import MapMaker
from core.services.maps.maps import DRAWINGS, Images, draw, request_maps
from core.services.pictures import picture
from core.services.renders import export_source
from core.services.units.units import UnitView, unit_view
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace, write_whole

N_IMAGES = 9
FILE_WORDS = {"response": "overlay", "crop": "crop"}


@dataclass(frozen=True, slots=True)
class MapReport:
    """What was written into a folder."""

    study: str
    unit: Unit
    folder: Path
    files: tuple[str, ...]  # names in the folder
    n_images: int

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {**asdict(self), "unit": str(self.unit), "folder": str(self.folder), "files": list(self.files)}


@dataclass(frozen=True, slots=True)
class _Grid:
    """Images that are looked at together."""

    condition: Condition
    images: Images
    request: MapRequest
    maps: UnitMaps

    @property
    def name(self) -> str:
        return f"{self.condition}_{self.request.extreme}"


def export_maps(
    settings: Settings, study: Study, unit: Unit, out: Path, *, n_images: int = N_IMAGES, progress: Progress = silent
) -> MapReport:
    """Write maps of the unit's first natural and synthetic images (of its fullest set) at both extremes into `out`, in place of files so
    named: STEM_CONDITION_EXTREME_INDEX_overlay.png and ..._crop.png, STEM_maps.npz, STEM_maps.json.

    Raises UsageError, UnknownName where the unit is not mined, StaleWork where network or images are not what they were, NetworkError.
    """
    if n_images < 1:
        raise UsageError(f"At least one image of each extreme is to be looked at, but {n_images} were asked for.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, not a folder; name another folder for the maps.")
    workspace = Workspace(settings.workspace)
    reader = CatalogueReader(workspace)
    view = unit_view(reader, study, unit, n_exemplars=n_images)
    grids = _grids(settings, study, view, n_images, progress)
    stem = export_source.file_stem(study, unit)
    files = dict(_drawings(workspace, reader, stem, grids))
    files[f"{stem}_maps.npz"] = _packed(grids)
    files[f"{stem}_maps.json"] = json.dumps(_about(study, view, stem, grids), indent=1, ensure_ascii=False).encode()
    for name, content in files.items():
        write_whole(out / name, content)
    return MapReport(study.key, unit, out, tuple(files), sum(len(grid.images) for grid in grids))


def _grids(settings: Settings, study: Study, view: UnitView, n_images: int, progress: Progress) -> list[_Grid]:
    maker = MapMaker(settings)
    chosen = export_source.choose_set(view) if view.render_sets else None
    asked: list[tuple[Condition, Extreme, Images]] = []
    asked += [("natural", extreme, view.exemplars(extreme)[:n_images]) for extreme in EXTREMES]
    asked += [] if chosen is None else [("synthetic", extreme, chosen.of(extreme)[:n_images]) for extreme in EXTREMES]
    grids: list[_Grid] = []
    for condition, extreme, images in asked:
        progress(len(grids), len(asked), "computing maps")
        if images:
            request = request_maps(study, view.unit, extreme, images)
            grids.append(_Grid(condition, images, request, maker.make(request)))
    progress(len(asked), len(asked), "computing maps")
    return grids


def _drawings(workspace: Workspace, reader: CatalogueReader, stem: str, grids: Sequence[_Grid]) -> Iterator[tuple[str, bytes]]:
    for grid in grids:
        for place, one in enumerate(grid.images):
            png = picture(workspace, reader, one.address)
            if png is None:
                raise StaleWork(f"The image {one.address} is not in the workspace any more; mine or synthesise again.")
            image, about = imaging.decode(png), _about_image(grid, place)
            for kind in DRAWINGS:
                drawn = imaging.encode_png(draw(image, grid.maps, place, kind))
                yield f"{stem}_{grid.name}_{place}_{FILE_WORDS[kind]}.png", png_with_spec(drawn, about)


def _packed(grids: Sequence[_Grid]) -> bytes:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {grid.name: grid.maps.values for grid in grids}
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _about(study: Study, view: UnitView, stem: str, grids: Sequence[_Grid]) -> dict[str, Any]:
    """Return what the JSON file says; boxes are pixels of the image as the network sees it, right and bottom excluded."""
    return {
        "study": study.key,
        "network": study.network.name,
        "network_digest": study.network.network_digest,
        "unit": str(view.unit),
        "pre_relu": view.pre_relu,
        "image_px": study.network.preprocessing.crop_px,
        "receptive_field": asdict(grids[0].maps.field) if grids else None,
        "maps": f"{stem}_maps.npz",
        "grids": [
            {
                "condition": grid.condition,
                "extreme": grid.request.extreme,
                "limit": grid.maps.limit,
                "images": [_about_image(grid, place) for place in range(len(grid.images))],
            }
            for grid in grids
        ],
    }


def _about_image(grid: _Grid, place: int) -> dict[str, Any]:
    """Return an image's activation, the row and column of its map's extreme, and the effective receptive field there."""
    one, values, box = grid.images[place], grid.maps.values[place], grid.maps.boxes[place]
    position = extreme_position(values, grid.request.extreme)
    return {
        "unit": str(one.unit),
        "condition": grid.condition,
        "extreme": one.extreme,
        "index": place,
        "address": one.address,
        "path": one.path,
        "activation": one.activation,
        "map_mean": float(values.mean(dtype=np.float64)),
        "position": None if position is None else list(position),
        "effective_receptive_field": None if box is None else asdict(box),
    }
