"""What results say of a tally that is more than one of its columns: nested shares, cells for tests, and the signed-rank tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.errors import UsageError
from core.inference.accuracy import HAND_PICKED, RANDOM
from core.inference.answer_table import Word
from core.inference.cells import MEASURES, Cells, Measure, cells_of_level, cells_of_sums, single_level
from core.inference.columns import Columns, Record, RecordMap, by_level
from core.inference.confidence import ConfidenceShares
from core.inference.confidence_sequence import Looks
from core.inference.contrasts import BASELINES, SignedRank, signed_rank_of_cells
from core.inference.parts import Part
from core.inference.proportions import Proportion, proportion_of
from core.inference.reaction_times import WHICH, ReactionTime, Which
from core.inference.sums import MOST_DENSE, Sums
from core.inference.tally import BREAKDOWNS, BY_EXPERTISE, BY_LIST, Breakdown, Tally
from core.inference.threads import counting_threads


def cells_in(tally: Tally, measure: Measure, words: tuple[Word, ...]) -> Cells:
    """Return participants' sums of a measure by these words."""
    part = tally.parts[words]
    return cells_of_sums(sums_of(part), part.levels, measure, tally.there)


def sums_of(part: Part) -> Sums:
    """Return the sums of conditions and schemes, which are few and always counted."""
    if part.sums is None:
        raise UsageError(f"Tests over participants need at most {MOST_DENSE:,} cells of {' x '.join(part.words)}; there are more.")
    return part.sums


def groups_in(tally: Tally) -> NDArray[np.int64]:
    """Return the expertise of each participant with main trials, -1 for none or several."""
    part = tally.parts["condition", "expertise"]
    seen = sums_of(part).n.reshape(len(tally.there), *map(len, part.levels)).any(axis=1)  # (respondents, expertise)
    return single_level(np.asarray(seen))[tally.there]


def looks_in(tally: Tally) -> Looks:
    """Return what the confidence sequence looks at."""
    of, levels = tally.counts, tally.levels
    first = of.first_session.T, of.first_score.T, of.first_n.T
    return Looks(levels["condition"], levels["session"], *first, of.last_at.T, of.last_row.T)


def shares_by(tally: Tally) -> dict[Breakdown, dict[Condition, RecordMap[Proportion]]]:
    """Return the proportions correct by breakdown, condition and level."""
    return {name: _nested(tally, word, tally.parts["condition", word].shares) for name, word in BREAKDOWNS.items()}


def times_by(tally: Tally) -> dict[Which, dict[Breakdown, dict[Condition, RecordMap[ReactionTime]]]]:
    """Return the reaction times of all, correct and incorrect trials by breakdown, condition and level."""
    return {
        which: {name: _nested(tally, word, tally.parts["condition", word].times[which]) for name, word in BREAKDOWNS.items()}
        for which in WHICH
    }


def confidences_by(tally: Tally) -> dict[Which, dict[Breakdown, dict[Condition, RecordMap[ConfidenceShares]]]]:
    """Return the shares of confidence of all, correct and incorrect trials by breakdown, condition and level."""
    found = {name: (word, tally.parts["condition", word].confidences) for name, word in BREAKDOWNS.items()}
    return {which: {name: _nested(tally, word, columns[which]) for name, (word, columns) in found.items()} for which in WHICH}


def _nested(tally: Tally, word: Word, columns: Columns[Record]) -> dict[Condition, RecordMap[Record]]:
    return by_level(columns, tally.levels["condition"], tally.levels[word])


def by_scheme_and_expertise(tally: Tally) -> dict[Condition, dict[str, dict[str, Proportion]]]:
    """Return the proportions correct by condition, scheme and expertise."""
    part = tally.parts[BY_EXPERTISE]
    found: dict[Condition, dict[str, dict[str, Proportion]]] = {}
    for place in np.flatnonzero(part.shares.are_there).tolist():
        at = np.unravel_index(place, tuple(map(len, part.levels)))
        condition, scheme, expertise = (levels[number] for levels, number in zip(part.levels, at, strict=True))
        found.setdefault(condition, {}).setdefault(scheme, {})[expertise] = part.shares.record(place)
    return found


def hand_picked_pool(tally: Tally) -> dict[Condition, dict[str, Proportion]]:
    """Return the proportion correct of hand-picked and random units of the branches that hand-picked units are of (the pool branch)."""
    part = tally.parts[BY_LIST]
    conditions, branches, lists = part.levels
    names = [name for name in (HAND_PICKED, RANDOM) if name in lists]
    if HAND_PICKED not in names:
        return {}
    sums = sums_of(part)
    shape = len(sums.n), len(conditions), len(branches), len(lists)
    n, score = sums.n.reshape(shape), sums.score.reshape(shape)
    chosen = n[..., lists.index(HAND_PICKED)].any(axis=(0, 1))  # (branches,)
    n, score = n[:, :, chosen].sum(axis=2), score[:, :, chosen].sum(axis=2)
    found: dict[Condition, dict[str, Proportion]] = {}
    for at, condition in enumerate(conditions):
        for name in names:
            trials = n[:, at, lists.index(name)]
            if trials.any():
                correct = score[:, at, lists.index(name)]
                found.setdefault(condition, {})[name.replace("-", "_")] = proportion_of(correct[trials > 0], trials[trials > 0])
    return found


def signed_ranks(
    tally: Tally, cells: Mapping[Measure, Cells], pairs: Sequence[tuple[Condition, Condition]]
) -> dict[Measure, dict[str, SignedRank]]:
    """Return the tests of all measures: of all pairs of conditions; with several schemes also natural against synthetic in each, and in
    all."""
    with counting_threads() as threads:
        begun = {
            measure: {name: threads.submit(signed_rank_of_cells, *pair) for name, pair in _compared(tally, cells[measure], measure, pairs)}
            for measure in MEASURES
        }
    found = {measure: {name: one.result() for name, one in tests.items()} for measure, tests in begun.items()}
    if len(tally.present("scheme")) > 1:
        found = {measure: tests | {"all": tests.get("natural_vs_synthetic")} for measure, tests in found.items()}
    return {measure: {name: test for name, test in tests.items() if test is not None} for measure, tests in found.items()}


def _compared(
    tally: Tally, cells: Cells, measure: Measure, pairs: Iterable[tuple[Condition, Condition]]
) -> Iterable[tuple[str, tuple[Cells, Condition, Condition]]]:
    """Return what is compared under each name: participants' sums, and two conditions."""
    yield from ((f"{a}_vs_{b}", (cells, a, b)) for a, b in pairs)
    schemes = tally.present("scheme")
    if len(schemes) > 1:
        part = tally.parts["condition", "scheme"]
        for name in schemes:
            yield name, (cells_of_level(sums_of(part), part.levels, measure, name), BASELINES[0], BASELINES[1])
