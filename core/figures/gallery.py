"""All figures of one set of results, in the order that they are read in."""

from __future__ import annotations

from collections.abc import Sequence

from core.experiment import RespondentKind
from core.figures.accuracy import accuracy_figure
from core.figures.breakdowns import (
    branch_figure,
    expertise_figure,
    layer_figure,
    reaction_time_figure,
    scheme_figure,
)
from core.figures.confidence import confidence_figure
from core.figures.courses import learning_figure, sequence_figure
from core.figures.figure import Figure
from core.figures.ratings import intuitiveness_figure
from core.figures.sensitivity import sensitivity_figure
from core.figures.sureness import calibration_figure, type_two_figure
from core.figures.units import unit_figures
from core.inference import Results


def figures(
    results: Results,
    *,
    published: Results | None = None,
    units: bool = True,
    layers: Sequence[str] = (),
    kind: RespondentKind = "people",
) -> tuple[Figure, ...]:
    """Return the figures that these results, people's or an observer's, have the answers for.

    `published`: the authors' own results, drawn pale behind; without them only the abstract's headline is. `units`: with the ranking of
    units. `layers`: the network's, in order.
    """
    found = (
        accuracy_figure(results, published=published, kind=kind),
        layer_figure(results, published=published, layers=layers, kind=kind),
        branch_figure(results, published=published, kind=kind),
        scheme_figure(results, published=published, kind=kind),
        expertise_figure(results, published=published, kind=kind),
        reaction_time_figure(results, published=published, kind=kind),
        confidence_figure(results, kind=kind),
        calibration_figure(results, published=published, kind=kind),
        type_two_figure(results, kind=kind),
        sensitivity_figure(results, published=published, kind=kind),
        learning_figure(results, published=published, kind=kind),
        intuitiveness_figure(results, published=published, kind=kind),
        sequence_figure(results),
        *(unit_figures(results, kind=kind) if units else ()),
    )
    return tuple(one for one in found if one is not None)
