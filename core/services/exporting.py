"""Synthetic images as files: PNG with their spec, contact sheets, animations of their course; in a folder or in memory. No torch."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from core import imaging, sheets
from core.design_spec import CONDITIONS, Condition
from core.domain import EXTREMES, Exemplar, Extreme, Render, RenderCourse, Study, Unit, digest
from core.errors import NotReady, StaleWork, UnknownName, UsageError
from core.palette import EXTREME_COLOURS, condition_colours
from core.render_json import spec_content
from core.services.pictures import picture
from core.services.units import RenderSet, UnitView, unit_view
from core.sheets import SheetBlock, SheetRow
from core.standing import n_beyond
from core.store import artifacts, render_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace, write_whole

CELL_PX = 160  # a sheet of max and min is then some 1,400 px wide: sharp on a slide
FRAME_MS = 400
FEWEST_SNAPSHOTS = 2  # one image does not move
NOT_SAFE = re.compile(r"[^\w-]+")  # in a file's name
CAPTIONS: dict[Extreme, str] = {"max": "Maximally activating", "min": "Minimally activating"}


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


@dataclass(frozen=True, slots=True)
class _Source:
    """One unit's images by one spec (None: not rendered), and where they come from."""

    workspace: Workspace
    reader: CatalogueReader
    study: Study
    view: UnitView
    chosen: RenderSet | None

    @property
    def stem(self) -> str:
        """Return how the names of all its files begin."""
        return file_stem(self.study, self.view.unit)

    def picture(self, address: str) -> bytes:
        found = picture(self.workspace, self.reader, address)
        if found is None:
            raise _gone(address)
        return found

    def images(self, records: Sequence[Exemplar] | Sequence[Render]) -> tuple[Image.Image, ...]:
        return tuple(imaging.decode(self.picture(one.address)) for one in records[: sheets.MAX_IMAGES])


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
    views = [unit_view(reader, study, unit, n_exemplars=sheets.MAX_IMAGES) for unit in units]
    _check_rendered(study, views)
    sources = [_Source(workspace, reader, study, view, choose_set(view, spec_digest)) for view in views]
    names = []
    for source in sources:
        for name, content in _files(source, png=png, sheet=sheet, gif=gif):
            write_whole(out / name, content)
            names.append(name)
    without = tuple(source.view.unit for source in sources if gif and not any(_courses(source.chosen)))
    return ExportReport(study.key, out, tuple(units), tuple(names), without)


def choose_set(view: UnitView, spec_digest: str | None = None) -> RenderSet:
    """Return the unit's set by the spec whose digest begins so; by default that of most images (of these the newest), synthesised here
    where there is one.

    Raises NotReady, UnknownName.
    """
    if not view.render_sets:
        raise _not_rendered(view.study.partition("/")[0], [view.unit])
    if spec_digest is None:
        return max(view.render_sets, key=lambda one: (one.method is None, len(one.max_images) + len(one.min_images)))
    found = [one for one in view.render_sets if one.spec_digest.startswith(spec_digest)]
    if len(found) != 1:
        raise UnknownName(f"render spec of {view.unit}", spec_digest, [one.spec_digest for one in view.render_sets])
    return found[0]


def file_stem(study: Study, unit: Unit) -> str:
    """Return "network_layer-channel" as a file's name may have it: of layers that would read alike, each gets four digits more."""
    names = Counter(_safe(layer.name).casefold() for layer in study.network.all_layers)
    layer = _safe(unit.layer)
    more = f"-{digest(unit.layer)[:4]}" if names[layer.casefold()] > 1 else ""
    return f"{_safe(study.network.name)}_{layer}{more}-{unit.channel}"


# --- in memory ----------------------------------------------------------------------------------------------------------------


def sheet_png(workspace: Workspace, reader: CatalogueReader, study: Study, view: UnitView, chosen: RenderSet | None) -> bytes:
    """Return the unit's contact sheet as PNG: natural beside synthetic, max above min. Raises StaleWork where an image is gone."""
    return _sheet(_Source(workspace, reader, study, view, chosen))


def course_gif_bytes(workspace: Workspace, course: RenderCourse) -> bytes:
    """Return the course's snapshots as an animated GIF. Raises NotReady where it has none, StaleWork where an image is gone."""
    if len(course.snapshots) < FEWEST_SNAPSHOTS:
        raise NotReady(f"No snapshots of {course.unit} ({course.extreme}) are stored; synthesise it with another --seed to get them.")
    frames = []
    for step, address in course.snapshots:
        content = artifacts.get_image(workspace, address)
        if content is None:
            raise _gone(address)
        frames.append((step, imaging.decode(content)))
    return sheets.course_gif(frames, frame_ms=FRAME_MS)


def renders_zip(workspace: Workspace, reader: CatalogueReader, study: Study, view: UnitView, chosen: RenderSet) -> bytes:
    """Return a ZIP of the set's images with their spec, the contact sheet and the animations. Raises StaleWork."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _files(_Source(workspace, reader, study, view, chosen), png=True, sheet=True, gif=True):
            entry = zipfile.ZipInfo(name)  # dated 1980: equal images give equal archives
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


# --- files of a unit ----------------------------------------------------------------------------------------------------------


def _files(source: _Source, *, png: bool, sheet: bool, gif: bool) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the asked files of a unit, one at a time."""
    if png and source.chosen is not None:
        about = _about(source)
        for one in (*source.chosen.max_images, *source.chosen.min_images):
            content = sheets.png_with_spec(source.picture(one.address), about | _about_image(source, one, about))
            yield f"{source.stem}_{one.extreme}_{one.index}.png", content
    if sheet:
        yield f"{source.stem}_sheet.png", _sheet(source)
    for course in _courses(source.chosen) if gif else ():
        group = f"-{course.group}" if course.group else ""
        yield f"{source.stem}_{course.extreme}_course{group}.gif", course_gif_bytes(source.workspace, course)


def _courses(chosen: RenderSet | None) -> Iterator[RenderCourse]:
    courses = () if chosen is None else chosen.courses
    return (one for one in courses if len(one.snapshots) >= FEWEST_SNAPSHOTS)


def _about(source: _Source) -> dict[str, Any]:
    """Return what all files of the unit say of it and of their spec."""
    study, view, chosen = source.study, source.view, source.chosen
    natural = view.activation
    return {
        "study": study.key,
        "network": study.network.name,
        "network_source": study.network.source,
        "network_digest": study.network.network_digest,
        "image_set": study.image_set.name,
        "image_set_digest": study.image_set.set_digest,
        "unit": str(view.unit),
        "layer": view.unit.layer,
        "channel": view.unit.channel,
        "branch": view.branch,
        "pre_relu": view.pre_relu,
        "natural_activation": {"n": natural.n, "mean": natural.mean, "sd": natural.sd, "min": natural.min, "max": natural.max},
        "spec_digest": chosen and chosen.spec_digest,
        "spec": chosen and spec_content(render_read.render_spec(source.reader.cursor(), chosen.spec_digest)),
    }


def _about_image(source: _Source, one: Render, about: dict[str, Any]) -> dict[str, Any]:
    """Return what is true of one image only; `course`: how its group was optimised, where that is stored."""
    standing = source.view.standing(one)
    group = one.index // about["spec"]["n_images"]
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


# --- contact sheet ------------------------------------------------------------------------------------------------------------


def _sheet(source: _Source) -> bytes:
    rows = [_row(source, extreme) for extreme in EXTREMES]
    image = sheets.contact_sheet(rows, cell_px=CELL_PX, title=str(source.view.unit), subtitle=_subtitle(source))
    return sheets.png_with_spec(imaging.encode_png(image), _about(source))


def _subtitle(source: _Source) -> str:
    study, view, chosen = source.study, source.view, source.chosen
    made = f"{'imported' if chosen.method else 'preset'} {chosen.preset} ({chosen.spec_digest[:6]})" if chosen else "not rendered"
    relu = "pre-ReLU" if view.pre_relu else "post-ReLU"
    branch = "" if view.branch == "all" else f"branch {view.branch} · "
    return f"{study.network.name} on {study.image_set.name} · {branch}{relu} · {made}"


def _row(source: _Source, extreme: Extreme) -> SheetRow:
    natural = source.view.exemplars(extreme)[: sheets.MAX_IMAGES]
    synthetic = source.chosen.of(extreme)[: sheets.MAX_IMAGES] if source.chosen else ()
    made = (source.chosen and source.chosen.method) or "synthetic"
    return SheetRow(
        caption=CAPTIONS[extreme],
        blocks=(
            _block("natural", natural, source.images(natural), missing="not mined"),
            _block(made, synthetic, source.images(synthetic), missing="not rendered"),
        ),
        colour=EXTREME_COLOURS[extreme],
        notes=_notes(source, extreme, synthetic),
    )


def _block(
    condition: Condition, records: Sequence[Exemplar] | Sequence[Render], images: tuple[Image.Image, ...], *, missing: str
) -> SheetBlock:
    title = condition.capitalize() if condition in CONDITIONS else condition
    return SheetBlock(
        title, images, condition_colours([condition])[condition], note=_span([one.activation for one in records]), missing=missing
    )


def _notes(source: _Source, extreme: Extreme, synthetic: Sequence[Render]) -> tuple[str, ...]:
    """Say among how many images the exemplars are the most extreme, and how many synthetic images go beyond all of them."""
    activation = source.view.activation
    ranked = f"{activation.n:,} natural images: mean {activation.mean:.3g}, sd {activation.sd:.3g}"
    standings = [found for one in synthetic if (found := source.view.standing(one)) is not None]
    if not standings:
        return (ranked,)
    which = "above" if extreme == "max" else "below"
    made = "imported" if source.chosen and source.chosen.method else "synthetic"
    return ranked, f"{n_beyond(standings)} of {len(standings)} {made} images {which} every natural one"


def _span(activations: Sequence[float]) -> str:
    if not activations:
        return ""
    low, high = f"{min(activations):.3g}", f"{max(activations):.3g}"
    return f"activation {low}" if low == high else f"activation {low} to {high}"


# --- checks -------------------------------------------------------------------------------------------------------------------


def _check_asked(units: Sequence[Unit], out: Path, kinds: Sequence[bool]) -> None:
    if not units or not any(kinds):
        raise UsageError("Nothing is to be written; name at least one unit, and ask for images, sheets or animations.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, not a folder; name another folder for the pictures.")


def _check_rendered(study: Study, views: Sequence[UnitView]) -> None:
    missing = [view.unit for view in views if not view.render_sets]
    if missing:
        raise _not_rendered(study.network.name, missing)


def _not_rendered(network: str, units: Sequence[Unit]) -> NotReady:
    who = f"{units[0]} has" if len(units) == 1 else f"{len(units)} units have"
    command = f"exemplary synthesize --network {network} --units {' '.join(_ranges(units))}"
    return NotReady(f"{who} no synthetic images yet; make them with `{command}`.")


def _ranges(units: Sequence[Unit]) -> list[str]:
    """Return the units as `synthesize` takes them, neighbouring channels of a layer as one range."""
    runs: list[tuple[Unit, int]] = []
    for unit in sorted(units):
        if runs and runs[-1][0].layer == unit.layer and runs[-1][1] == unit.channel - 1:
            runs[-1] = (runs[-1][0], unit.channel)
        else:
            runs.append((unit, unit.channel))
    return [str(first) if last == first.channel else f"{first}-{last}" for first, last in runs]


def _safe(name: str) -> str:
    return NOT_SAFE.sub("-", name).strip("-") or "unnamed"


def _gone(address: str) -> StaleWork:
    return StaleWork(f"The image {address} is not in the workspace any more; mine or synthesise again.")
