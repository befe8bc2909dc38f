"""How labels are spread over stimulus sets."""

from __future__ import annotations

import pytest

from core.class_balance import class_balance
from core.errors import UsageError
from core.experiment import StimulusSet

SETS = (StimulusSet(0, 0, 10, (1, 2), (11, 12)), StimulusSet(1, 3, 13, (4, 5), (14, 15)))
LABELS = dict(enumerate(["cat", "cat", "dog", "cat", "cat", "cat"])) | {10 + i: name for i, name in enumerate("abcdef")}


def test_sets_and_extremes_are_counted() -> None:
    """Each set's number of labels and largest share, and of each extreme as a whole."""
    found = class_balance(SETS, LABELS)
    first = next(one for one in found.sets if (one.set_number, one.extreme) == (0, "max"))
    assert (first.n_images, first.n_labels, first.label, first.share) == (3, 2, "cat", 2 / 3)
    highest, lowest = sorted(found.extremes, key=lambda one: one.extreme)
    assert (highest.n_images, highest.n_labels, highest.label, highest.share) == (6, 2, "cat", 5 / 6)
    assert (highest.fewest_labels_of_a_set, highest.largest_share_of_a_set, highest.is_dominated) == (1, 1.0, True)
    assert (lowest.n_labels, lowest.label, lowest.is_dominated) == (6, "a", False)


def test_order_of_labels_does_not_matter() -> None:
    """The same labels in another order of the mapping give the same balance, ties included."""
    assert class_balance(SETS, LABELS) == class_balance(SETS, dict(reversed(LABELS.items())))


def test_missing_labels_and_no_sets_are_refused() -> None:
    """An image without a label is named; no sets have no balance."""
    with pytest.raises(UsageError, match="first: 15"):
        class_balance(SETS, {image: label for image, label in LABELS.items() if image != 15})
    with pytest.raises(UsageError, match="at least one"):
        class_balance((), LABELS)
