"""Analyses of variance: conditions within participants, and condition x scheme within, expertise between (METHOD section 8)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.anova import Effect, RepeatedMeasures, mixed_anova, repeated_measures
from core.inference.answer_table import Word
from core.inference.cells import Cells

WITHIN: Final[tuple[Word, Word]] = ("condition", "scheme")
BETWEEN: Final = "expertise"


def condition_anova_of(found: Cells) -> RepeatedMeasures | None:
    """Return the test of the conditions over participant means, from cells by condition; None where fewer than two participants answered
    in all of them."""
    means = found.means
    return repeated_measures(means, found.levels[0], n_left_out=len(found.n) - len(means))


def design_anova_of(found: Cells, group: NDArray[np.int64]) -> dict[str, Effect]:
    """Return the tests of condition, scheme, expertise and their interactions, from cells by condition and scheme and the group of each
    participant, (participants,), -1 for none; factors of one level are left out.

    Empty where there is neither a second scheme nor a second group, and where too few participants answered in every cell. Where there
    are two groups, participants who did not say which they are of, or said both, are left out and counted.
    """
    is_factor = [len(levels) > 1 for levels in found.levels]
    within = [word for word, is_kept in zip(WITHIN, is_factor, strict=True) if is_kept]
    has_groups = len(np.unique(group[group >= 0])) > 1
    if not has_groups and "scheme" not in within:
        return {}
    single = tuple(axis for axis, is_kept in enumerate(is_factor, start=1) if not is_kept)
    total, n = found.total.sum(axis=single), found.n.sum(axis=single)  # a factor of one level, or of none, is none
    kept = (n > 0).all(axis=tuple(range(1, n.ndim))) & ((group >= 0) | (not has_groups))
    means = total[kept] / n[kept]
    return mixed_anova(means, within, group[kept] if has_groups else None, BETWEEN, n_left_out=int((~kept).sum()))
