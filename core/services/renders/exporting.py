"""Synthetic images as files: PNG with their spec, contact sheets, animations of their course; in a folder or in memory. No torch."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import imaging
from core.course_gif import course_gif
from core.domain import Render, RenderCourse, Study, Unit
from core.errors import NotReady, UsageError
from core.png_text import png_with_spec
from core.services.renders.export_source import ExportSource, about, choose_set, gone, not_rendered
from core.services.units.unit_sheet import unit_sheet
from core.services.units.units import RenderSet, UnitView, unit_view
from core.sheets import MAX_IMAGES
from core.store import artifacts
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace, write_whole

FRAME_MS = 400
FEWEST_SNAPSHOTS = 2  # one image does not move


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written into a folder. `without_course`: units whose animation was asked for, but of which no course is stored."""

    study: str
    folder: Path
    units: tuple[Unit, ...]
    files: tuple[str, ...]  # names in the folder
    without_course: tuple[Unit, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {
            "study": self.study,
            "folder": str(self.folder),
            "units": [str(unit) for unit in self.units],
            "files": list(self.files),
            "without_course": [str(unit) for unit in self.without_course],
        }


# --- into a folder ------------------------------------------------------------------------------------------------------------


def export_renders(
    workspace: Workspace,
    study: Study,
    units: Sequence[Unit],
    out: Path,
    *,
    png: bool = True,
    sheet: bool = False,
    gif: bool = False,
    spec_digest: str | None = None,
) -> ExportReport:
    """Write the units' synthetic images (by default of each unit's fullest set) into the folder `out`, in place of files so named.

    Nothing is written unless every unit has images. Raises NotReady (names the command that makes them), UnknownName, UsageError,
    StaleWork where a natural image of a sheet or a stored one is gone.
    """
    _check_asked(units, out, (png, sheet, gif))
    reader = CatalogueReader(workspace)
    views = [unit_view(reader, study, unit, n_exemplars=MAX_IMAGES) for unit in units]
    _check_rendered(study, views)
    sources = [ExportSource(workspace, reader, study, view, choose_set(view, spec_digest)) for view in views]
    names = []
    for source in sources:
        for name, content in _files(source, png=png, sheet=sheet, gif=gif):
            write_whole(out / name, content)
            names.append(name)
    without = tuple(source.view.unit for source in sources if gif and not any(_courses(source.chosen)))
    return ExportReport(study.key, out, tuple(units), tuple(names), without)


# --- in memory ----------------------------------------------------------------------------------------------------------------


def sheet_png(workspace: Workspace, reader: CatalogueReader, study: Study, view: UnitView, chosen: RenderSet | None) -> bytes:
    """Return the unit's contact sheet as PNG: natural beside synthetic, max above min. Raises StaleWork where an image is gone."""
    return unit_sheet(ExportSource(workspace, reader, study, view, chosen))


def course_gif_bytes(workspace: Workspace, course: RenderCourse) -> bytes:
    """Return the course's snapshots as an animated GIF. Raises NotReady where it has none, StaleWork where an image is gone."""
    if len(course.snapshots) < FEWEST_SNAPSHOTS:
        raise NotReady(f"No snapshots of {course.unit} ({course.extreme}) are stored; synthesise it with another --seed to get them.")
    frames = []
    for step, address in course.snapshots:
        content = artifacts.get_image(workspace, address)
        if content is None:
            raise gone(address)
        frames.append((step, imaging.decode(content)))
    return course_gif(frames, frame_ms=FRAME_MS)


def renders_zip(workspace: Workspace, reader: CatalogueReader, study: Study, view: UnitView, chosen: RenderSet) -> bytes:
    """Return a ZIP of the set's images with their spec, the contact sheet and the animations. Raises StaleWork."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _files(ExportSource(workspace, reader, study, view, chosen), png=True, sheet=True, gif=True):
            entry = zipfile.ZipInfo(name)  # dated 1980: equal images give equal archives
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


# --- files of a unit ----------------------------------------------------------------------------------------------------------


def _files(source: ExportSource, *, png: bool, sheet: bool, gif: bool) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the asked files of a unit, one at a time."""
    if png and source.chosen is not None:
        of_unit = about(source)
        for one in (*source.chosen.max_images, *source.chosen.min_images):
            content = png_with_spec(source.picture(one.address), of_unit | _about_image(source, one, of_unit))
            yield f"{source.stem}_{one.extreme}_{one.index}.png", content
    if sheet:
        yield f"{source.stem}_sheet.png", unit_sheet(source)
    for course in _courses(source.chosen) if gif else ():
        group = f"-{course.group}" if course.group else ""
        yield f"{source.stem}_{course.extreme}_course{group}.gif", course_gif_bytes(source.workspace, course)


def _courses(chosen: RenderSet | None) -> Iterator[RenderCourse]:
    courses = () if chosen is None else chosen.courses
    return (one for one in courses if len(one.snapshots) >= FEWEST_SNAPSHOTS)


def _about_image(source: ExportSource, one: Render, of_unit: dict[str, Any]) -> dict[str, Any]:
    """Return what is true of one image only; `course`: how its group was optimised, where that is stored."""
    standing = source.view.standing(one)
    group = one.index // of_unit["spec"]["n_images"]
    courses = source.chosen.courses if source.chosen else ()
    course = next((course for course in courses if (course.extreme, course.group) == (one.extreme, group)), None)
    facts = ("group", "n_steps", "diversity_weight", "n_at_once", "device")
    return {
        "extreme": one.extreme,
        "index": one.index,
        "address": one.address,
        "activation": one.activation,
        "standing": standing and {**asdict(standing), "is_beyond": standing.is_beyond},
        "course": course and {name: getattr(course, name) for name in facts},
    }


# --- checks -------------------------------------------------------------------------------------------------------------------


def _check_asked(units: Sequence[Unit], out: Path, kinds: Sequence[bool]) -> None:
    if not units or not any(kinds):
        raise UsageError("Nothing is to be written; name at least one unit, and ask for images, sheets or animations.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, not a folder; name another folder for the pictures.")


def _check_rendered(study: Study, views: Sequence[UnitView]) -> None:
    missing = [view.unit for view in views if not view.render_sets]
    if missing:
        raise not_rendered(study.network.name, missing)
