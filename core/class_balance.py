"""How labels are spread over a unit's stimulus sets: whether a set could be told by one class alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain import EXTREMES, Extreme
from core.errors import UsageError
from core.experiment import StimulusSet

DOMINANT_SHARE: Final = 0.5  # ours: a label that half of an extreme's images or more have


@dataclass(frozen=True, slots=True)
class SetBalance:
    """The labels of one set's query and references at one extreme: how many different ones, and the share of the most frequent."""

    set_number: int
    extreme: Extreme
    n_images: int
    n_labels: int
    label: str
    share: float


@dataclass(frozen=True, slots=True)
class ExtremeBalance:
    """The labels of all sets at one extreme of a unit. `label`: the most frequent (of equals the first by name), of `share` of the images;
    the fewest labels and the largest share that one set has."""

    extreme: Extreme
    n_images: int
    n_labels: int
    label: str
    share: float
    fewest_labels_of_a_set: int
    largest_share_of_a_set: float

    @property
    def is_dominated(self) -> bool:
        """Return whether one label has half of the images or more."""
        return self.share >= DOMINANT_SHARE


@dataclass(frozen=True, slots=True)
class ClassBalance:
    """A unit's balance: every set at both extremes, and each extreme as a whole."""

    sets: tuple[SetBalance, ...]
    extremes: tuple[ExtremeBalance, ...]


def class_balance(sets: Sequence[StimulusSet], labels: Mapping[int, str]) -> ClassBalance:
    """Return how labels are spread over a unit's sets. `labels`: the label of every image id in them. Raises UsageError."""
    if not sets:
        raise UsageError("Class balance needs at least one stimulus set; there is none.")
    by_set = tuple(_of_set(one, extreme, labels) for extreme in EXTREMES for one in sets)
    return ClassBalance(by_set, tuple(_of_extreme(sets, extreme, labels, by_set) for extreme in EXTREMES))


def _of_set(one: StimulusSet, extreme: Extreme, labels: Mapping[int, str]) -> SetBalance:
    counts = _counts(_images(one, extreme), labels)
    label, n = _largest(counts)
    return SetBalance(one.set_number, extreme, counts.total(), len(counts), label, n / counts.total())


def _of_extreme(sets: Sequence[StimulusSet], extreme: Extreme, labels: Mapping[int, str], by_set: Sequence[SetBalance]) -> ExtremeBalance:
    counts = _counts([image for one in sets for image in _images(one, extreme)], labels)
    label, n = _largest(counts)
    own = [one for one in by_set if one.extreme == extreme]
    return ExtremeBalance(
        extreme,
        counts.total(),
        len(counts),
        label,
        n / counts.total(),
        fewest_labels_of_a_set=min(one.n_labels for one in own),
        largest_share_of_a_set=max(one.share for one in own),
    )


def _images(one: StimulusSet, extreme: Extreme) -> tuple[int, ...]:
    return (one.max_query, *one.max_references) if extreme == "max" else (one.min_query, *one.min_references)


def _counts(images: Sequence[int], labels: Mapping[int, str]) -> Counter[str]:
    missing = [image for image in images if image not in labels]
    if missing:
        raise UsageError(f"{len(missing)} images of the sets have no label (first: {missing[0]}); give the label of every image in them.")
    return Counter(labels[image] for image in images)


def _largest(counts: Counter[str]) -> tuple[str, int]:
    return min(counts.items(), key=lambda item: (-item[1], item[0]))
