"""Differences as integers against Python's fractions, and their signed-rank test against all flips of signs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inference.contrasts import signed_rank_of
from core.inference.exact_differences import Differences, differences_of, exactly

PAIR = st.tuples(st.integers(1, 12), st.integers(1, 12))
HALVES = st.integers(0, 24).map(lambda doubled: doubled / 2)
TIMES = st.floats(-1e6, 1e6, allow_subnormal=False) | st.sampled_from([0.1, 0.2, 0.3, 1e-300, 2.0**60])


def as_fractions(found: Differences) -> list[Fraction]:
    return [Fraction(int(number), found.unit) for number in found.numbers]


def slowly(totals: list[tuple[float, float]], n: list[tuple[int, int]]) -> list[Fraction]:
    return [Fraction(a) / n_a - Fraction(b) / n_b for (a, b), (n_a, n_b) in zip(totals, n, strict=True)]


@given(st.lists(st.tuples(st.tuples(HALVES, HALVES) | st.tuples(TIMES, TIMES), PAIR), min_size=1, max_size=8))
def test_differences_are_exact(people: list[tuple[tuple[float, float], tuple[int, int]]]) -> None:
    """Counts, half points and seconds of any size: every difference is the fraction that its floats stand for."""
    totals, n = [total for total, _ in people], [of for _, of in people]
    found, wanted = differences_of(np.array(totals), np.array(n)), slowly(totals, n)
    assert as_fractions(found) == wanted
    assert found.values == pytest.approx([float(one) for one in wanted], rel=1e-15, abs=0)
    assert found.are_equal == (len(set(wanted)) == 1)


def test_common_units_beyond_64_bits_are_exact() -> None:
    """Numbers of trials without common divisors have a unit that no int64 holds; nothing overflows."""
    primes = [97, 89, 83, 79, 73, 71, 67, 61, 59, 53, 47, 43]
    totals, n = [(prime - 1.0, prime - 2.0) for prime in primes], [(prime, prime + 2) for prime in primes]
    found = differences_of(np.array(totals), np.array(n))
    assert found.unit > 2**64 and as_fractions(found) == slowly(totals, n)
    assert found.values.tolist() == [float(one) for one in slowly(totals, n)]


@given(st.lists(st.fractions(max_denominator=40) | st.integers(-(2**70), 2**70), max_size=8))
def test_fractions_stay_what_they_are(given_differences: list[Fraction | int]) -> None:
    """In one common unit, whatever their size; of none there are none."""
    found = exactly(given_differences)
    assert as_fractions(found) == given_differences
    assert found.are_equal == (len(set(given_differences)) <= 1)


@given(st.lists(st.tuples(st.tuples(st.integers(0, 6), st.integers(0, 6)), st.tuples(st.integers(6, 9), st.integers(6, 9))), max_size=9))
@settings(max_examples=50)
def test_the_test_of_them_counts_all_flips_of_signs(people: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """With unequal numbers of trials, ties and zeros: p is the share of sign patterns whose rank sums are at least as unequal, ranks being
    those of the fractions."""
    wanted = [one for one in slowly([total for total, _ in people], [n for _, n in people]) if one]
    sizes = sorted(abs(one) for one in wanted)
    ranks = [Fraction(2 * sizes.index(abs(one)) + sizes.count(abs(one)) + 1, 2) for one in wanted]
    unequal = sum((rank if one > 0 else -rank for rank, one in zip(ranks, wanted, strict=True)), Fraction())
    flips = product((-1, 1), repeat=len(ranks))
    patterns = [sum((sign * rank for sign, rank in zip(signs, ranks, strict=True)), Fraction()) for signs in flips]
    totals, n = np.array([total for total, _ in people], dtype=np.float64), np.array([of for _, of in people], dtype=np.int64)
    found = signed_rank_of(differences_of(totals.reshape(-1, 2), n.reshape(-1, 2)))
    assert found.p_permutation_two_sided == pytest.approx(
        sum(abs(pattern) >= abs(unequal) for pattern in patterns) / len(patterns), rel=1e-12
    )
    assert found.w_plus - found.w_minus == unequal
