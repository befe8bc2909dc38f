"""What the unit's page says of the classes of its stimulus sets."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

SCRIPT = """
from core.class_balance import class_balance
from core.experiment import StimulusSet
from dashboard.components.class_spread import class_spread
sets = (StimulusSet(0, 0, 10, (1,), (11,)), StimulusSet(1, 2, 12, (3,), (13,)))
class_spread(class_balance(sets, {0: "a *b* [c](d)", 1: "a *b* [c](d)", 2: "a *b* [c](d)", 3: "e", 10: "f", 11: "g", 12: "h", 13: "i"}))
class_spread(None)
"""


def test_a_dominant_class_is_stressed() -> None:
    """A class of three in four max images is named in bold, its name as it is; the min images are spread; no sets say nothing."""
    page = AppTest.from_string(SCRIPT).run()
    assert not page.exception
    (line,) = page.caption
    assert "**75\u00a0% are of one class" in line.value and r"a \*b\* \[c\]\(d\)" in line.value
    assert "min images are of 4 classes, at least 2 in a set; 25\u00a0% are of the most frequent, f" in line.value
