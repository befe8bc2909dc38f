"""All figures of one set of results, in the order that they are read in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

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
    asked = makers(results, published=published, layers=layers, kind=kind)
    found = (one for name, make in asked.items() if units or name != "units" for one in make())
    return tuple(found)


def makers(
    results: Results,
    *,
    published: Results | None = None,
    layers: Sequence[str] = (),
    kind: RespondentKind = "people",
) -> dict[str, Callable[[], tuple[Figure, ...]]]:
    """Return what draws each figure of `figures`, by its name, in order: for whoever shows only some; without data it gives none."""
    pale: dict[str, Any] = {"published": published, "kind": kind}
    single: dict[str, Callable[[], Figure | None]] = {
        "accuracy": partial(accuracy_figure, results, **pale),
        "accuracy-by-layer": partial(layer_figure, results, layers=layers, **pale),
        "accuracy-by-branch": partial(branch_figure, results, **pale),
        "accuracy-by-scheme": partial(scheme_figure, results, **pale),
        "accuracy-by-expertise": partial(expertise_figure, results, **pale),
        "reaction-time": partial(reaction_time_figure, results, **pale),
        "confidence": partial(confidence_figure, results, kind=kind),
        "calibration": partial(calibration_figure, results, **pale),
        "type-two-roc": partial(type_two_figure, results, kind=kind),
        "sensitivity": partial(sensitivity_figure, results, **pale),
        "learning": partial(learning_figure, results, **pale),
        "intuitiveness": partial(intuitiveness_figure, results, **pale),
        "sequence": partial(sequence_figure, results),
    }
    return {**{name: partial(_present, make) for name, make in single.items()}, "units": partial(unit_figures, results, kind=kind)}


def _present(make: Callable[[], Figure | None]) -> tuple[Figure, ...]:
    found = make()
    return () if found is None else (found,)
