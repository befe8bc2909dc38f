"""d' as it is drawn: bounds that are infinite, and what the caption says the numbers are of."""

from __future__ import annotations

from core.figures import export
from core.figures.figure import Figure
from core.figures.sensitivity import OF_ALL_TRIALS, OF_PARTICIPANTS, OPEN, sensitivity_figure
from core.inference import results
from core.inference.signal_detection import OVER_PARTICIPANTS
from tests.core.figures.charts import encodings, values
from tests.core.inference.answers import of_people


def drawn(counts: dict[str, list[tuple[int, int]]]) -> Figure:
    """Return the figure of right and wrong answers by condition and participant."""
    figure = sensitivity_figure(results(of_people(counts)))  # type: ignore[arg-type]
    assert figure is not None
    return figure


def test_an_interval_without_a_bound_goes_on_to_the_end_of_the_axis() -> None:
    """One participant who is always right with natural references: up to the end, with an open mark; the table has no bound there."""
    figure = drawn({"natural": [(20, 0)], "synthetic": [(15, 5)]})
    (natural, synthetic) = values(figure.specification(), "rule")[-2:]
    top = encodings(figure.specification(), "y")[0]["scale"]["domain"][1]
    assert natural["high"] == top > natural["value"] and natural["to"] == "∞" and natural["from"] != "not known"
    assert synthetic["high"] < top and synthetic["to"] == f"{synthetic['high']:.2f}"
    open_marks = [view for view in figure.specification()["layer"] if view["mark"].get("filled") is False]
    assert [view["mark"]["shape"] for view in open_marks] == ["triangle-up"]
    assert OPEN in figure.caption and figure.rows[0]["high"] is None
    assert "<svg" in export.svg(figure)
    assert OPEN not in drawn({"natural": [(18, 2)], "synthetic": [(15, 5)]}).caption


def test_the_caption_says_what_the_numbers_are_of() -> None:
    """Trials where participants' d' are equal in all conditions, however many there are; where only in some, these are named."""
    differing, equal = [(9, 1), (7, 3)], [(8, 2), (8, 2)]
    found = results(of_people({"natural": differing, "synthetic": equal})).signal_detection
    assert [one.method == OVER_PARTICIPANTS for one in found.values()] == [True, False]
    assert f"{OF_PARTICIPANTS} (synthetic: {OF_ALL_TRIALS});" in drawn({"natural": differing, "synthetic": equal}).caption
    assert f"corrected: {OF_ALL_TRIALS};" in drawn({"natural": equal, "synthetic": equal}).caption
    assert f"corrected: {OF_PARTICIPANTS};" in drawn({"natural": differing, "synthetic": differing}).caption
