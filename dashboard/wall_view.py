"""Everything that the wall shows for an address, as one record that becomes JSON: choices with counts, the map, a page of tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.domain import Study
from core.errors import StoreError
from core.roles import Person
from core.services.units.unit_finding import Rows, UnitFinder
from core.services.units.unit_opinions import SCORE
from core.services.units.unit_scores import UnitScores
from core.services.units.unit_table import UnitTable
from dashboard import browse_text, job_text, resources, score_resources, score_text, state, text, wall_resources
from dashboard.components.palette import condition_colours
from dashboard.components.wall_filters import Facets, facets
from dashboard.components.wall_map import NetworkMap, map_of
from dashboard.components.wall_tiles import TILE_PX, UnitTile, addresses, unit_tiles
from dashboard.score_resources import Judge
from dashboard.wall_asked import Address, Asked, Orders, asked, one, order_labels

PAGE_SIZE: Final = 48


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of one from several, as its parameter in the address names them; `chosen` is empty where the first counts."""

    options: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A choice of yes or no."""

    words: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class WallView:
    """What the wall shows. `switches`: by their parameters; `note`: how the order is to be read; `notice`: what could not be read;
    `render`: the words for rendering what was found and has no synthetic images, empty where all has; `ahead`: addresses of the next
    page's images."""

    study: str
    line: str
    count: str
    search: str
    choices: dict[str, Choice]
    switches: dict[str, Switch]
    note: str
    notice: str
    facets: Facets
    map: NetworkMap
    tiles: tuple[UnitTile, ...]
    tile_px: int
    colours: dict[str, str]
    page: int
    n_pages: int
    render: str
    ahead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What searches the units, and who judged them: their labels, the one that counts, the scores."""

    finder: UnitFinder
    judges: tuple[str, ...] = ()
    judge: Judge | None = None
    scores: UnitScores | None = None
    notice: str = ""


def wall_view(study: Study, address: Address, who: Person) -> WallView:
    """Return what the wall of a study shows somebody for an address."""
    judged = _judged(study, one(address, state.JUDGE), who)
    finder, orders = judged.finder, order_labels(judged.finder, judged.scores)
    wanted = asked(address, study, finder, orders)
    found = finder.find(wanted.filters, wanted.order)
    n_pages = max(1, -(-len(found.rows) // PAGE_SIZE))
    page = min(wanted.page, n_pages)
    rows = found.rows[(page - 1) * PAGE_SIZE : (page + 1) * PAGE_SIZE].tolist()
    tiles = unit_tiles(finder, rows, guise=wanted.guise, order=wanted.order, scores=judged.scores)
    shown = tuple(tiles[:PAGE_SIZE])
    return WallView(
        study=study.key,
        line=text.study_line(study).replace("**", ""),
        count=browse_text.N_UNITS.format(found=text.unit_count(len(found.rows)), of=len(finder.table)),
        search=wanted.filters.search,
        choices=_choices(study, judged, orders, wanted),
        switches=_switches(study, finder, wanted),
        note=_note(judged, wanted),
        notice=judged.notice,
        facets=facets(finder, wanted.filters, found),
        map=map_of(finder, wanted.filters, found, _colour(finder, wanted)),
        tiles=shown,
        tile_px=TILE_PX[wanted.guise],
        colours=condition_colours(name for tile in shown for name, _ in tile.methods),
        page=page,
        n_pages=n_pages,
        render=_render(finder.table, found.rows),
        ahead=tuple(dict.fromkeys(one for tile in tiles[PAGE_SIZE:] for one in addresses(tile))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class FoundUnits:
    """All units that the wall finds, in its order: their rows in the table."""

    table: UnitTable
    rows: Rows

    @property
    def names(self) -> Sequence[str]:
        """Return the units as "layer:channel"."""
        names: list[str] = self.table.names[self.rows].tolist()
        return names


def found_units(study: Study, address: Address, who: Person) -> FoundUnits:
    """Return all units that the wall of a study finds for an address, in its order."""
    judged = _judged(study, one(address, state.JUDGE), who)
    wanted = asked(address, study, judged.finder, order_labels(judged.finder, judged.scores))
    return FoundUnits(judged.finder.table, judged.finder.find(wanted.filters, wanted.order).rows)


def _judged(study: Study, label: str, who: Person) -> _Judged:
    find = partial(wall_resources.finder, study, who=who)
    judges = {score_text.judge_label(one.card): one for one in score_resources.judges(study)}
    if not judges:
        return _Judged(find(None))
    judge = judges.get(label, next(iter(judges.values())))
    try:
        return _Judged(find(judge), tuple(judges), judge, score_resources.unit_scores(judge))
    except StoreError as error:
        return _Judged(find(None), notice=str(error))


def _render(table: UnitTable, rows: Rows) -> str:
    left = rows[~table.is_rendered[rows]]
    return "" if not len(left) else job_text.render_words(len(left), str(table.unit(int(left[0]))))


def _note(judged: _Judged, wanted: Asked) -> str:
    is_by_scores = judged.judge is not None and (wanted.order.measure or "").startswith(SCORE)
    return score_text.judge_note(judged.judge.card) if judged.judge is not None and is_by_scores else ""


def _colour(finder: UnitFinder, wanted: Asked) -> str:
    """Return the words of the measure that colours the map: the one that was chosen, else that of the order, else the first."""
    first = next(iter(finder.measures), "")
    measured = finder.measures.get(wanted.order.measure or first)
    return wanted.colour or ("" if measured is None else measured.measure.words)


def _choices(study: Study, judged: _Judged, orders: Orders, wanted: Asked) -> dict[str, Choice]:
    """Return every choice by its parameter; one that has nothing to choose from is left out."""
    branches = tuple(dict.fromkeys(branch.name for layer in study.network.layers for branch in layer.branches))
    judge = "" if judged.judge is None else score_text.judge_label(judged.judge.card)
    guise = next(label for label, one in browse_text.GUISES.items() if one == wanted.guise)
    choices = {
        state.SORT: Choice(tuple(orders), wanted.sorted_by),
        state.JUDGE: Choice(judged.judges, judge),
        state.LAYER: Choice(tuple(layer.name for layer in study.network.all_layers), wanted.filters.layer or ""),
        state.BRANCH: Choice(branches if len(branches) > 1 else (), wanted.filters.branch or ""),
        state.COLOUR: Choice(tuple(one.measure.words for one in judged.finder.measures.values()), wanted.colour or ""),
        state.GUISE: Choice(tuple(browse_text.GUISES), guise),
    }
    return {name: choice for name, choice in choices.items() if choice.options}


def _switches(study: Study, finder: UnitFinder, wanted: Asked) -> dict[str, Switch]:
    label = text.MADE_ONLY if resources.methods(study) else text.RENDERED_ONLY
    made = browse_text.WITH_COUNT.format(label=label, n=int(finder.table.is_made.sum()))
    switches = {state.RENDERED: Switch(made, wanted.filters.made_only)}
    if wanted.order.measure is not None:
        switches[state.LOWEST_FIRST] = Switch(browse_text.LOWEST_FIRST, wanted.order.lowest_first)
        switches[state.GROUPED] = Switch(browse_text.GROUPED, wanted.order.grouped)
    return switches
