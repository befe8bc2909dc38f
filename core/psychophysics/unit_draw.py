"""Random units of a network's branches: functions of its layers, a seed and which units are live.

The seed puts the units of every branch into one order, by a hash, and whatever asks for random units takes the next live ones in it. So
asking for more keeps the former ones, what one design had rendered serves the next, and no version of a library changes who is drawn.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from core.domain import Branch, Layer, Unit
from core.errors import UsageError

GOLDEN = (5**0.5 - 1) / 2


def random_units(layers: Sequence[Layer], *, per_branch: int, seed: int, live: Collection[Unit] | None) -> tuple[Unit, ...]:
    """Return `per_branch` random units of every branch of every layer; `live` are those that may be chosen (None: all).

    First come one of each branch, then the second ones, and so on: fewer per branch are the beginning of more. Raises UsageError.
    """
    if per_branch < 1:
        raise UsageError(f"{per_branch} random units of every branch are too few; ask for at least 1.")
    deck = Deck(layers, seed=seed, live=live)
    for layer in layers:
        for branch in layer.branches:
            _check_branch(deck, layer, branch, per_branch)
    rounds = (deck.draw(layer, (branch,)) for _ in range(per_branch) for layer in layers for branch in layer.branches)
    return tuple(unit for unit in rounds if unit is not None)


def spread_units(layers: Sequence[Layer], *, n: int, seed: int, live: Collection[Unit] | None) -> tuple[Unit, ...]:
    """Return n random units, as evenly over layers as there are, and over the branches of each; fewer are the beginning of more.

    One for each (layer, branch) gives the units of `random_units` with one per branch. Raises UsageError where there are too few.
    """
    if n < 1:
        raise UsageError(f"{n} random units are too few; ask for at least 1.")
    deck = Deck(layers, seed=seed, live=live)
    if n > deck.n_left:
        raise UsageError(f"{n} random units were asked for, but the network has too few {deck.kind} ({deck.n_left}); ask for fewer.")
    return tuple(islice(deal(deck, layers, seed=seed), n))


class Deck:
    """The units left in every branch, each branch in its seeded order. `lacking`: branches that had none left when one was drawn."""

    def __init__(self, layers: Sequence[Layer], *, seed: int, live: Collection[Unit] | None) -> None:
        usable = None if live is None else frozenset(live)
        self.kind = "units" if live is None else "units whose activation differs between the mined images"
        self.lacking: dict[str, None] = {}
        self._left = {
            (layer.name, branch.start): deque(unit for unit in _in_order(layer, branch, seed) if usable is None or unit in usable)
            for layer in layers
            for branch in layer.branches
        }

    @property
    def n_left(self) -> int:
        return sum(map(len, self._left.values()))

    def n_in(self, layer: Layer, branch: Branch) -> int:
        return len(self._left[layer.name, branch.start])

    def draw(self, layer: Layer, branches: Sequence[Branch]) -> Unit | None:
        """Return the next unit of the first of `branches` that has one left; None where none has."""
        for branch in branches:
            if self.n_in(layer, branch):
                return self._left[layer.name, branch.start].popleft()
            self.lacking[f"{layer.name} {branch.name}"] = None
        return None

    def remove(self, unit: Unit) -> bool:
        """Take this very unit out; return whether it was there."""
        queue = next((queue for queue in self._left.values() if unit in queue), None)
        if queue is not None:
            queue.remove(unit)
        return queue is not None


def _in_order(layer: Layer, branch: Branch, seed: int) -> list[Unit]:
    units = (Unit(layer.name, channel) for channel in range(branch.start, branch.stop))
    return sorted(units, key=lambda unit: _fraction(seed, str(unit)))


def deal(deck: Deck, layers: Sequence[Layer], *, seed: int, last_branch: bool = False) -> Iterator[Unit]:
    """Yield units while there are any: layers take turns, and a layer's branches do, each layer beginning with another one."""
    order = _layer_order(len(layers), seed)
    for turn in range(max((layer.n_channels for layer in layers), default=0)):
        for place in order:
            first = -1 if last_branch else (turn + place) % len(layers[place].branches)
            unit = deck.draw(layers[place], (*layers[place].branches[first:], *layers[place].branches[:first]))
            if unit is not None:
                yield unit


def _layer_order(n_layers: int, seed: int) -> list[int]:
    """Return all positions, so that the first few are spread over the depth: multiples of the golden ratio fill a circle evenly."""
    start = _fraction(seed, "layers")
    return sorted(range(n_layers), key=lambda position: (start + position * GOLDEN) % 1)


def evenly(layers: Sequence[Layer], n: int | None) -> Sequence[Layer]:
    """Return n of the layers, evenly spread from the first to the last; all where there are no more."""
    if n is None or len(layers) <= n:
        return layers
    return [layers[round(step * (len(layers) - 1) / max(n - 1, 1))] for step in range(n)]


def _fraction(seed: int, name: str) -> float:
    """Return a number in [0, 1), as good as random, that seed and name determine: the first 48 bits of a SHA-256."""
    return int.from_bytes(hashlib.sha256(f"unit choice/{seed}/{name}".encode()).digest()[:6], "big") / 2**48


def _check_branch(deck: Deck, layer: Layer, branch: Branch, n: int) -> None:
    if deck.n_in(layer, branch) < n:
        raise UsageError(
            f"{n} random units of every branch were asked for, but branch {branch.name} of {layer.name} has too few {deck.kind} "
            f"({deck.n_in(layer, branch)}); ask for fewer, or for a number of units in all (random:40)."
        )
