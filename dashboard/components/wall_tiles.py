"""Units as tiles: which of their images, what stands below, which group they are in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.domain import Extreme
from core.services.units.unit_finding import Order, UnitFinder
from core.services.units.unit_measures import words_of
from core.services.units.unit_opinions import SCORE
from core.services.units.unit_scores import UnitScores, order_of
from dashboard import browse_text, score_text, text
from dashboard.browse_text import Guise

KINDS: Final[Mapping[Guise, tuple[str, ...]]] = {
    "both": ("natural", "synthetic"),
    "natural": ("natural",),
    "synthetic": ("synthetic",),
    "min": ("natural", "synthetic"),
}
FEW: Final = 3  # units of a branch, on average, from which on it has a heading of its own
TILE_PX: Final[Mapping[Guise, int]] = {"both": 250, "natural": 140, "synthetic": 140, "min": 250}


@dataclass(frozen=True, slots=True)
class UnitTile:
    """One unit on the wall: addresses of its most activating natural and synthetic image, None where there is none, and of the first image
    of each imported method (name, address). `score`: what the wall is sorted by, in words; `kinds`: which of the two are shown, large
    where it is one; `group`: a heading where it differs from the tile's before."""

    unit: str
    subtitle: str
    natural: str | None
    synthetic: str | None
    methods: tuple[tuple[str, str], ...] = ()
    score: str = ""
    kinds: tuple[str, ...] = ("natural", "synthetic")
    group: str = ""


def unit_tiles(finder: UnitFinder, rows: list[int], *, guise: Guise, order: Order, scores: UnitScores | None) -> list[UnitTile]:
    """Return the tiles of units, below headings where they come by layer: also by branch, where branches have a few units each."""
    table = finder.table
    n_groups = len({(int(table.layer[row]), int(table.branch[row])) for row in rows})
    by_branch = len(rows) >= FEW * n_groups
    return [unit_tile(finder, row, guise=guise, order=order, scores=scores, by_branch=by_branch) for row in rows]


def unit_tile(finder: UnitFinder, row: int, *, guise: Guise, order: Order, scores: UnitScores | None, by_branch: bool = True) -> UnitTile:
    """Return one unit's tile."""
    table = finder.table
    extreme: Extreme = "min" if guise == "min" else "max"
    layer, branch = table.layers[table.layer[row]], table.branches[table.branch[row]]
    value = float(finder.measures["low" if guise == "min" else "high"].values[row])
    is_grouped = order.measure is None or order.grouped
    words = browse_text.GROUP if by_branch and len(layer.branches) > 1 else browse_text.GROUP_WHOLE
    return UnitTile(
        str(table.unit(row)),
        (text.TILE_SUBTITLE if extreme == "max" else browse_text.TILE_SUBTITLE_MIN).format(branch=branch, high=value, low=value),
        table.pictures.natural[extreme][row],
        table.pictures.synthetic[extreme][row],
        table.pictures.by_methods[row] if guise == "both" else (),
        _score(finder, row, order, scores),
        KINDS[guise],
        words.format(layer=layer.name, branch=branch) if is_grouped else "",
    )


def addresses(tile: UnitTile) -> list[str]:
    """Return the addresses of the images that a tile shows."""
    shown = [tile.natural if kind == "natural" else tile.synthetic for kind in tile.kinds]
    return [one for one in (*shown, *(address for _, address in tile.methods)) if one is not None]


def _score(finder: UnitFinder, row: int, order: Order, scores: UnitScores | None) -> str:
    """Return what the wall is sorted by, as the tile says it."""
    if order.measure is None:
        return ""
    if scores is not None and order.measure.startswith(SCORE):
        judged = order_of(order.measure.removeprefix(SCORE), scores.orders())
        if judged is not None:
            return score_text.tile_score(scores.of(finder.table.unit(row)), judged)
    measured = finder.measures[order.measure]
    said = browse_text.VALUE.format(words=measured.measure.words, value=words_of(float(measured.values[row]), measured.measure.kind))
    if order.measure in ("selectivity", "classes") and (top := finder.table.labels.of(row)):
        label, n = top[0]
        said += f" · {browse_text.CLASSES.format(label=label, n=n, of=sum(count for _, count in top))}"
    return said
