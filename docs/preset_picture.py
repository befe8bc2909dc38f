"""Draws docs/images/presets.jpg from a workspace in which units are rendered by several specs: one row a spec, three images a unit."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from core.domain import Render, Unit
from core.services import studies
from core.store import render_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

CELL_PX, GAP_PX, LABEL_PX, N_SHOWN = 128, 4, 104, 3
ORDER = ("quick", "lucid", "paper", "maco", "accentuate", "cppn")


def main(workspace: Path, out: Path, *names: str) -> None:
    """Draw the named units' max images."""
    reader = CatalogueReader(Workspace(workspace))
    study = studies.choose_study(reader)
    units = [Unit(layer, int(channel)) for layer, channel in (name.split(":") for name in names)]
    rows: dict[str, dict[Unit, list[Render]]] = {}
    for one in render_read.renders(reader.cursor(), study.network, units):
        kind = render_read.render_spec(reader.cursor(), one.spec_digest).parameterization.kind
        if one.extreme == "max":
            rows.setdefault(kind if kind == "cppn" else one.preset, {}).setdefault(one.unit, []).append(one)
    draw_rows(workspace, out, units, rows)


def draw_rows(workspace: Path, out: Path, units: list[Unit], rows: dict[str, dict[Unit, list[Render]]]) -> None:
    """Write the picture: labels at the left, a block of images for each unit."""
    step, block = CELL_PX + GAP_PX, N_SHOWN * (CELL_PX + GAP_PX) + 3 * GAP_PX
    shown = [name for name in ORDER if name in rows]
    sheet = Image.new("RGB", (LABEL_PX + len(units) * block, 24 + len(shown) * step), "#f4f4f2")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for place, unit in enumerate(units):
        pen.text((LABEL_PX + place * block, 4), str(unit), fill="#333333", font=font)
    for row, name in enumerate(shown):
        top = 24 + row * step
        pen.text((8, top + CELL_PX // 2 - 8), name, fill="#333333", font=font)
        for place, unit in enumerate(units):
            for number, one in enumerate(rows[name].get(unit, [])[:N_SHOWN]):
                image = Image.open(workspace / one.path).convert("RGB").resize((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
                sheet.paste(image, (LABEL_PX + place * block + number * step, top))
    sheet.save(out, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
