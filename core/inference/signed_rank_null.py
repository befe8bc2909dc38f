"""The exact null distribution of the signed-rank sum: every rank is taken or not with probability one half.

Up to some hundred ranks all sums are counted. Beyond, the probability of a tail is taken from the characteristic function, a product over
ranks, under exponential tilting (Esscher 1932; Butler 2007, Saddlepoint Approximations, section 2.4): the distribution is shifted until
the sum that came is its mean, inverted there by a discrete Fourier sum, and scaled back. Nothing is approximated: what is left out, and
what the period of the sum folds back, is below 1e-17 of a probability, so that p is right to rounding, relative to its size, in any tail.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats

Integers = NDArray[np.int64]
MOST_COUNTED: Final = 2**22  # ranks x sums that are counted one by one
TAIL: Final = 1e-18  # probability that a bound may leave out
NEGLIGIBLE: Final = 1e-20  # modulus of the characteristic function below which a frequency adds nothing
GRID: Final = 8  # points of a grid for each of the characteristic function's finest waves, at least
FINE: Final = 8  # frequencies that follow on each other and share a turn
BLOCK: Final = 2**15  # frequencies x ranks at once, after which those that are negligible are dropped


def two_sided(ranks: Integers, counts: Integers, larger_sum: int) -> float:
    """Return the two-sided p of the larger rank sum: `counts` times each of `ranks`, in one common unit, both (distinct ranks,)."""
    return min(1.0, 2 * upper_tail(ranks, counts, larger_sum))


def two_sided_untied(n: int, larger_sum: int) -> float:
    """Return the two-sided p of the larger sum of the ranks 1 to n."""
    return two_sided(np.arange(1, n + 1), np.ones(n, dtype=np.int64), larger_sum)


def upper_tail(ranks: Integers, counts: Integers, least: int) -> float:
    """Return the probability of a sum of at least `least`, which is no less than the mean."""
    if not len(ranks):
        return 1.0
    unit = int(np.gcd.reduce(ranks))
    return _tail_of(ranks.tobytes(), counts.tobytes(), unit, -(-least // unit))


@lru_cache(maxsize=256)  # of tests that new answers leave as they are
def _tail_of(ranks_as_bytes: bytes, counts_as_bytes: bytes, unit: int, least: int) -> float:
    ranks, counts = np.frombuffer(ranks_as_bytes, dtype=np.int64) // unit, np.frombuffer(counts_as_bytes, dtype=np.int64)
    total, n = int((ranks * counts).sum()), int(counts.sum())
    if least >= total:
        return 0.5**n if least == total else 0.0
    if n * total <= MOST_COUNTED:
        return counted_tail(ranks, counts, least)
    return fourier_tail(ranks, counts, least)


def counted_tail(ranks: Integers, counts: Integers, least: int) -> float:
    """Return the same by counting the probability of every sum."""
    chances = np.zeros(int((ranks * counts).sum()) + 1)
    chances[0], reached = 1.0, 0
    for rank in np.repeat(ranks, counts).tolist():
        reached += rank
        chances[rank : reached + 1] += chances[: reached + 1 - rank].copy()
        chances[: reached + 1] /= 2
    return float(chances[least:].sum())


def fourier_tail(ranks: Integers, counts: Integers, least: int) -> float:
    """Return the same by the characteristic function, of what is not taken: at most total - least."""
    total = int((ranks * counts).sum())
    most = total - least
    tilt = _tilt(ranks, counts, least)
    scale = float((counts * (np.log1p(np.exp(-np.minimum(tilt * ranks, 700.0))) - math.log(2))).sum()) + tilt * most
    if math.exp(scale) == 0:  # Chernoff's bound of the tail, which is this times a share
        return 0.0
    left = 1 / (1 + np.exp(np.minimum(tilt * ranks, 700.0)))  # chance of each rank not to be taken, under the tilt
    below, above = _reach(ranks, counts, left, most)
    period = min(total + 1, below + above + 1)
    width = min(below, most + 1)
    kept = _frequencies(ranks, counts, left, period)
    phases = _characteristic(ranks, counts, left, period, kept)
    weights = np.where((kept == 0) | (2 * kept == period), 1.0, 2.0)  # the others stand for themselves and their conjugates
    terms = phases * _turn(kept * (most % period), period) * _geometric(kept, width, period, tilt)
    share = float((weights * terms.real).sum()) / period
    return max(0.0, math.exp(scale) * share)


def _tilt(ranks: Integers, counts: Integers, least: int) -> float:
    """Return the tilt under which the mean of the sum is `least`; Newton's steps rise to it, since the mean is concave in the tilt."""
    tilt = 0.0
    for _ in range(200):
        taken = 1 / (1 + np.exp(-np.minimum(tilt * ranks, 700.0)))
        weights = counts * ranks * taken
        step = (least - float(weights.sum())) / float((weights * ranks * (1 - taken)).sum())
        tilt += step
        if abs(step) <= 1e-12 * tilt:
            break
    return tilt


def _reach(ranks: Integers, counts: Integers, left: Floats, centre: int) -> tuple[int, int]:
    """Return how far below and above its mean the tilted sum of what is not taken goes with more than negligible probability (Chernoff)."""
    sd = math.sqrt(float((counts * left * (1 - left) * ranks.astype(np.float64) ** 2).sum()))
    room = -math.log(TAIL)
    slopes = np.geomspace(0.2, 5, 9) * math.sqrt(2 * room) / sd
    reach = []
    for sign in (-1, 1):
        grown = np.minimum(sign * slopes[:, None] * ranks, 700.0)
        cumulants = (counts * np.log1p(left * np.expm1(grown))).sum(axis=1)
        bounds = (room + cumulants - sign * slopes * centre) / slopes
        reach.append(math.ceil(float(bounds.min())) + 1)
    return reach[0], reach[1]


def _frequencies(ranks: Integers, counts: Integers, left: Floats, period: int) -> Integers:
    """Return the frequencies 0 to period / 2 at which the characteristic function may matter.

    Its modulus is at most exp(S(t) - S(0)), S(t) = sum of v cos(rank t), v = left (1 - left), since 1 - 2 v (1 - cos) is at most
    exp(-2 v (1 - cos)). S is looked at on a grid; between its points Taylor's theorem bounds it by S + |S'| h + M h^2 / 2, h half the
    distance of two points, M = sum of v rank^2.
    """
    spread = counts * left * (1 - left)
    n_grid = GRID * 2 ** int(ranks[-1]).bit_length()
    half = math.pi / n_grid
    at = np.zeros(n_grid)
    at[ranks] = spread
    course, slope = np.fft.rfft(at).real, np.fft.rfft(at * np.arange(n_grid)).imag
    most = course + np.abs(slope) * half + float((spread * ranks * ranks).sum()) * half * half / 2
    matter = np.flatnonzero(most > float(spread.sum()) + math.log(NEGLIGIBLE) - 1e-6)
    first = np.ceil((matter - 0.5) * period / n_grid).astype(np.int64)
    last = np.floor((matter + 0.5) * period / n_grid).astype(np.int64)
    n = last - first + 1
    near = np.repeat(first - (np.cumsum(n) - n), n) + np.arange(int(n.sum()))
    return np.unique(near[(near >= 0) & (near <= period // 2)])


def _characteristic(ranks: Integers, counts: Integers, left: Floats, period: int, kept: Integers) -> NDArray[np.complex128]:
    """Return the characteristic function at these frequencies, 0 where it is negligible; ranks that move the sum most first.

    Frequencies that follow on each other differ by few turns, of which each is the product of two: few cosines are enough.
    """
    coarse = np.unique(kept // FINE)
    found = np.ones((len(coarse), FINE), dtype=np.complex128)
    alive = np.arange(len(coarse))
    order, place = np.argsort(-left * (1 - left) * ranks * ranks, kind="stable"), 0
    while place < len(order) and len(alive):
        some = order[place : place + max(1, BLOCK // (FINE * len(alive)))]
        steps = _turn(-FINE * ranks[some, None] * coarse[alive], period)  # (some, alive)
        factors = steps[:, :, None] * _turn(-ranks[some, None] * np.arange(FINE), period)[:, None, :]  # (some, alive, FINE)
        factors *= left[some, None, None]
        factors += 1 - left[some, None, None]
        if (counts[some] > 1).any():
            factors **= counts[some, None, None]
        found[alive] *= factors.prod(axis=0)
        alive, place = alive[(np.abs(found[alive]) >= NEGLIGIBLE).any(axis=1)], place + len(some)
    asked = found[np.searchsorted(coarse, kept // FINE), kept % FINE]
    return np.where(np.abs(asked) < NEGLIGIBLE, 0, asked)


def _geometric(kept: Integers, width: int, period: int, tilt: float) -> NDArray[np.complex128]:
    """Return the sums of exp(-tilt m) turned by m frequencies, over m below `width`."""
    exponents = -tilt - 2j * np.pi * kept / period
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = (1 - math.exp(-tilt * width) * _turn(-kept * width, period)) / -np.expm1(exponents)
    at_zero = width if tilt * width < 1e-9 else math.expm1(-tilt * width) / math.expm1(-tilt)
    return np.where(kept == 0, at_zero, sums)


def _turn(steps: Integers, period: int) -> NDArray[np.complex128]:
    """Return exp(2 pi i steps / period); the whole turns are taken off in integers, where nothing is rounded."""
    angles = 2 * np.pi * (steps % period) / period
    turned = np.empty(angles.shape, dtype=np.complex128)
    turned.real, turned.imag = np.cos(angles), np.sin(angles)
    return turned
