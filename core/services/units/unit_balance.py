"""How the labels of a unit's natural images are spread over its stimulus sets, for `show` and the unit's page. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.class_balance import ClassBalance, ExtremeBalance, class_balance
from core.design_spec import N_REFERENCES
from core.domain import EXTREMES, Exemplar, Study, Unit
from core.errors import NotReady
from core.selection import choose_n_sets, set_rng, stratified_sets

SEED = 0  # of the self-test's sets


def unit_balance(study: Study, unit: Unit, exemplars: Sequence[Exemplar]) -> ClassBalance | None:
    """Return the balance of the sets that the study has room for; None where it has none (too few images, or ties fill both ends).

    exemplars: those of the unit, of both extremes.
    """
    max_ids, min_ids = ([one.image_id for one in exemplars if one.extreme == extreme] for extreme in EXTREMES)
    try:
        n_sets = choose_n_sets(study.image_set.n_images, n_references=N_REFERENCES, top_k=min(len(max_ids), len(min_ids)))
        sets = stratified_sets(max_ids, min_ids, n_sets=n_sets, n_references=N_REFERENCES, rng=set_rng(SEED, unit))
    except NotReady:
        return None
    return class_balance(sets, {one.image_id: one.label for one in exemplars})


def balance_json(balance: ClassBalance | None) -> dict[str, Any] | None:
    """Return the balance as data: each extreme as a whole, and every set."""
    if balance is None:
        return None
    return {one.extreme: _extreme_json(balance, one) for one in balance.extremes}


def _extreme_json(balance: ClassBalance, one: ExtremeBalance) -> dict[str, Any]:
    sets = [{name: value for name, value in asdict(own).items() if name != "extreme"} for own in balance.sets if own.extreme == one.extreme]
    whole = {name: value for name, value in asdict(one).items() if name != "extreme"}
    return {**whole, "is_dominated": one.is_dominated, "sets": sets}
