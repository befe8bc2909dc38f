"""The contact sheet of a unit: natural beside synthetic images, max above min. No torch."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from core import imaging, sheets
from core.design_spec import CONDITIONS, Condition
from core.domain import EXTREMES, Exemplar, Extreme, Render
from core.palette import EXTREME_COLOURS, condition_colours
from core.png_text import png_with_spec
from core.services.renders.export_source import ExportSource, about
from core.sheets import SheetBlock, SheetRow
from core.standing import n_beyond

CELL_PX = 160  # a sheet of max and min is then some 1,400 px wide: sharp on a slide
CAPTIONS: dict[Extreme, str] = {"max": "Maximally activating", "min": "Minimally activating"}


def unit_sheet(source: ExportSource) -> bytes:
    """Return the sheet as PNG, with what it is of in it. Raises StaleWork where an image is gone."""
    rows = [_row(source, extreme) for extreme in EXTREMES]
    image = sheets.contact_sheet(rows, cell_px=CELL_PX, title=str(source.view.unit), subtitle=_subtitle(source))
    return png_with_spec(imaging.encode_png(image), about(source))


def _subtitle(source: ExportSource) -> str:
    study, view, chosen = source.study, source.view, source.chosen
    made = f"{'imported' if chosen.method else 'preset'} {chosen.preset} ({chosen.spec_digest[:6]})" if chosen else "not rendered"
    relu = "pre-ReLU" if view.pre_relu else "post-ReLU"
    branch = "" if view.branch == "all" else f"branch {view.branch} · "
    return f"{study.network.name} on {study.image_set.name} · {branch}{relu} · {made}"


def _row(source: ExportSource, extreme: Extreme) -> SheetRow:
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


def _notes(source: ExportSource, extreme: Extreme, synthetic: Sequence[Render]) -> tuple[str, ...]:
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
