"""Paired contrasts against scipy, enumeration and simulation."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.design_spec import Condition
from core.domain import Unit
from core.experiment import Answer
from core.inference.answer_table import table_of
from core.inference.contrasts import signed_rank
from core.inference.proportions import newcombe
from tests.core.inference.answers import contrast


def many(respondent: str, condition: Condition, *, correct: int, wrong: int) -> list[Answer]:
    unit, scores = Unit("mixed4b", 465), [1.0] * correct + [0.0] * wrong
    return [Answer(respondent, "main", condition, "Min-Max-9", unit, 0, score, confidence=2, reaction_time_ms=1000.0) for score in scores]


@given(st.lists(st.integers(-12, 12), min_size=2, max_size=14).filter(lambda values: any(values)))
@settings(max_examples=60, deadline=None)
def test_signed_rank_equals_scipy(differences: list[int]) -> None:
    """The rank sums and the exact p are those of scipy's method "exact" with zero_method "wilcox"."""
    from scipy.stats import wilcoxon

    found = signed_rank(differences)
    reference = wilcoxon(differences, zero_method="wilcox", method="exact")
    assert min(found.w_plus, found.w_minus) == reference.statistic
    assert found.p_exact_two_sided == pytest.approx(reference.pvalue, rel=1e-9)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
@settings(max_examples=40, deadline=None)
def test_permutation_p_equals_enumeration(differences: list[int]) -> None:
    """The tie-aware p is the share of all sign patterns whose rank sums are at least as unequal."""
    from scipy.stats import rankdata

    nonzero = np.array([difference for difference in differences if difference])
    ranks = rankdata(np.abs(nonzero))
    seen = abs(float(np.sum(np.sign(nonzero) * ranks)))
    patterns = [abs(float(np.dot(signs, ranks))) for signs in product((-1, 1), repeat=len(ranks))]
    wanted = np.mean([pattern >= seen - 1e-9 for pattern in patterns])
    assert signed_rank(differences).p_permutation_two_sided == pytest.approx(wanted)


def test_paired_contrast_is_the_mean_difference_with_a_t_interval() -> None:
    """With several participants the estimate and interval are those of a one-sample t of their differences."""
    from scipy.stats import ttest_1samp

    counts = {"p1": (9, 7), "p2": (10, 6), "p3": (8, 8), "p4": (9, 8)}
    answers = [
        row
        for name, (natural, synthetic) in counts.items()
        for row in [
            *many(name, "natural", correct=natural, wrong=10 - natural),
            *many(name, "synthetic", correct=synthetic, wrong=10 - synthetic),
        ]
    ]
    found = contrast(table_of(answers))
    assert found is not None
    reference = ttest_1samp([(a - b) / 10 for a, b in counts.values()], 0).confidence_interval(0.95)
    assert found.estimate == pytest.approx(0.175)
    assert found.interval == pytest.approx((reference.low, reference.high))
    assert found.wilcoxon is not None
    assert (found.wilcoxon.w_plus, found.wilcoxon.n_zero, found.wilcoxon.p_exact_two_sided) == (6, 1, 0.25)
    assert found.wilcoxon.cohen_dz == pytest.approx(np.mean([2, 4, 0, 1]) / np.std([2, 4, 0, 1], ddof=1))


def test_ties_survive_unequal_numbers_of_trials() -> None:
    """Differences that are equal as fractions tie, although their floats differ: 1/10 and 3/30."""
    answers = [
        *many("p1", "natural", correct=8, wrong=2),
        *many("p1", "synthetic", correct=7, wrong=3),
        *many("p2", "natural", correct=24, wrong=6),
        *many("p2", "synthetic", correct=27, wrong=3),
        *many("p3", "natural", correct=9, wrong=1),
        *many("p3", "synthetic", correct=5, wrong=5),
    ]
    found = contrast(table_of(answers))
    assert found is not None and found.wilcoxon is not None
    assert (found.wilcoxon.w_plus, found.wilcoxon.w_minus) == (4.5, 1.5)


def test_one_participant_gets_a_newcombe_interval() -> None:
    """With one participant there is no signed-rank test and the interval is Newcombe's, named as such."""
    found = contrast(table_of([*many("p1", "natural", correct=11, wrong=1), *many("p1", "synthetic", correct=8, wrong=4)]))
    assert found is not None
    assert found.interval == newcombe(11, 12, 8, 12)
    assert found.wilcoxon is None
    assert "Newcombe" in found.method and "one participant" in found.method


def test_equal_differences_do_not_give_an_interval_of_no_width() -> None:
    """When all participants differ alike the t interval would have no width; Newcombe's is given and named."""
    answers = [
        row for name in ("p1", "p2") for row in many(name, "natural", correct=9, wrong=1) + many(name, "synthetic", correct=9, wrong=1)
    ]
    found = contrast(table_of(answers))
    assert found is not None and found.wilcoxon is not None
    assert found.interval == newcombe(18, 20, 18, 20)
    assert (found.wilcoxon.n_zero, found.wilcoxon.p_exact_two_sided, found.wilcoxon.rank_biserial) == (2, 1.0, None)


def test_equal_differences_count_participants_alike() -> None:
    """Two participants who are both 0.1 better with natural references: 0.1, however many trials each has, inside an interval that is that
    of as many trials as make participants' means so certain. Pooled trials would say -0.17."""
    first = many("p1", "natural", correct=9, wrong=1) + many("p1", "synthetic", correct=16, wrong=4)
    second = many("p2", "natural", correct=2, wrong=18) + many("p2", "synthetic", correct=0, wrong=10)
    found = contrast(table_of([*first, *second]))
    assert found is not None and found.wilcoxon is not None and found.wilcoxon.w_minus == 0
    assert found.estimate == 0.1
    n = 4 / (1 / 10 + 1 / 20)  # 26.7: certain trials are whole
    assert found.interval == pytest.approx(newcombe(0.5 * int(n), int(n), 0.4 * int(n), int(n)))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(0, 2), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_equal_differences_lie_in_their_interval(times: list[int], apart: int, wide: int) -> None:
    """Whatever the numbers of trials: the common difference, and an interval in [-1, 1] around it."""
    answers = [
        *(one for who, n in enumerate(times) for one in many(f"p{who}", "natural", correct=apart * n, wrong=(wide - apart) * n)),
        *(one for who, n in enumerate(times) for one in many(f"p{who}", "synthetic", correct=0, wrong=wide * (7 - n))),
    ]
    found = contrast(table_of(answers))
    assert found is not None
    assert found.estimate == apart / wide
    assert -1 <= found.interval[0] <= found.estimate <= found.interval[1] <= 1 and found.interval[0] < found.interval[1]


def test_participants_of_one_condition_are_unpaired() -> None:
    """Who answered one condition only is left out of the contrast and counted; with nobody paired there is no contrast."""
    paired = [*many("p1", "natural", correct=3, wrong=1), *many("p1", "synthetic", correct=2, wrong=2)]
    lonely = many("p2", "natural", correct=0, wrong=4)
    found = contrast(table_of([*paired, *lonely]))
    assert found is not None
    assert (found.n_participants, found.n_unpaired, found.n_trials_a) == (1, 1, 4)
    assert contrast(table_of(lonely)) is None


def test_t_interval_covers_the_true_difference_in_95_of_100() -> None:
    """Over simulated groups of ten participants the paired interval holds the true mean difference about 95 % of the time."""
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(250):
        answers: list[Answer] = []
        for person, skill in enumerate(rng.uniform(-0.08, 0.08, size=10)):
            natural, synthetic = (int(rng.binomial(20, p + skill)) for p in (0.85, 0.75))
            answers += many(str(person), "natural", correct=natural, wrong=20 - natural)
            answers += many(str(person), "synthetic", correct=synthetic, wrong=20 - synthetic)
        found = contrast(table_of(answers))
        assert found is not None
        covered.append(found.interval[0] <= 0.1 <= found.interval[1])
    assert 0.9 < np.mean(covered) < 0.99


def test_signed_rank_takes_fractions() -> None:
    """Exact fractions and their integer multiples give the same test."""
    found, multiple = signed_rank([Fraction(1, 3), Fraction(-1, 6), Fraction(1, 2)]), signed_rank([2, -1, 3])
    assert replace(found, cohen_dz=None) == replace(multiple, cohen_dz=None)
    assert found.cohen_dz == pytest.approx(multiple.cohen_dz)
