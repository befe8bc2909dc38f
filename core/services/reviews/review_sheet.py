"""A slide-ready contact sheet of chosen units with what reviewers said: PNG or PDF. No torch."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from PIL import Image

from core import imaging, sheets
from core.domain import Exemplar, Render, Study, Unit
from core.errors import UsageError
from core.palette import CONDITION_COLOURS, EXTREME_COLOURS
from core.reviews import ReviewSummary
from core.services.renders.export_source import ExportSource, choose_set
from core.services.units.units import unit_view
from core.sheets import SheetBlock, SheetRow
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

SheetFormat = Literal["png", "pdf"]
FORMATS: Final[tuple[SheetFormat, ...]] = get_args(SheetFormat)
MOST_UNITS: Final = 24
A_PAGE: Final = 3  # rows on a page of a PDF: about a slide's 16:9
CELL_PX: Final = 110
DOTS_PER_INCH: Final = 150.0


def review_sheet(
    workspace: Workspace,
    reader: CatalogueReader,
    study: Study,
    units: Sequence[Unit],
    summaries: Mapping[str, ReviewSummary],
    *,
    kind: SheetFormat,
) -> bytes:
    """Return the most activating natural and synthetic images of each unit, a row each, with its ratings, tags and first words.

    Raises UsageError for no or too many units, UnknownName, StaleWork where an image is gone.
    """
    if not 1 <= len(units) <= MOST_UNITS:
        raise UsageError(f"A sheet shows 1 to {MOST_UNITS} units, not {len(units)}.")
    rows = [_row(workspace, reader, study, unit, summaries.get(str(unit))) for unit in units]
    if kind == "png":
        return imaging.encode_png(_sheet(study, rows, len(units)))
    pages = [_sheet(study, rows[first : first + A_PAGE], len(units)) for first in range(0, len(rows), A_PAGE)]
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=DOTS_PER_INCH)
    return file.getvalue()


def caption_notes(summary: ReviewSummary | None) -> tuple[str, ...]:
    """Return what reviewers said of a unit, in a few lines."""
    if summary is None or not summary.n_reviewers:
        return ("not reviewed yet", *_tags(summary))
    who = "1 reviewer" if summary.n_reviewers == 1 else f"{summary.n_reviewers} reviewers"
    ratings = ", ".join(f"{name.replace('_', ' ')} {mean:.1f}" for name, mean in summary.ratings.items())
    said = f"{who}: {ratings}" if ratings else who
    return (f"{said} (disputed)" if summary.status == "disputed" else said, *_tags(summary))


def _tags(summary: ReviewSummary | None) -> tuple[str, ...]:
    return (" ".join(f"#{tag}" for tag in summary.tags),) if summary and summary.tags else ()


def _sheet(study: Study, rows: Sequence[SheetRow], n_units: int) -> Image.Image:
    title = f"{n_units} unit{'' if n_units == 1 else 's'} of {study.network.name}"
    return sheets.contact_sheet(rows, cell_px=CELL_PX, title=title, subtitle=f"maximally activating · images: {study.image_set.name}")


def _row(workspace: Workspace, reader: CatalogueReader, study: Study, unit: Unit, summary: ReviewSummary | None) -> SheetRow:
    view = unit_view(reader, study, unit, n_exemplars=sheets.MAX_IMAGES)
    source = ExportSource(workspace, reader, study, view, choose_set(view) if view.render_sets else None)
    natural = view.exemplars("max")[: sheets.MAX_IMAGES]
    made = source.chosen.of("max")[: sheets.MAX_IMAGES] if source.chosen else ()
    blocks = (_block("natural", source, natural, "not mined"), _block("synthetic", source, made, "not rendered"))
    return SheetRow(caption=str(unit), blocks=blocks, colour=EXTREME_COLOURS["max"], notes=caption_notes(summary))


def _block(name: str, source: ExportSource, records: Sequence[Exemplar] | Sequence[Render], missing: str) -> SheetBlock:
    return SheetBlock(name.capitalize(), source.images(records), CONDITION_COLOURS[name], missing=missing)
