"""Accuracy by condition: the whole axis, chance, the paper, every participant."""

from __future__ import annotations

from core.figures.accuracy import MOST_POINTS, OBSERVER_AT, accuracy_figure
from core.figures.figure import Figure
from core.inference import Results
from tests.core.figures.charts import encodings, simulated, values, words


def drawn(found: Results, **changes: object) -> Figure:
    """Return the figure, which there is."""
    figure = accuracy_figure(found, **changes)  # type: ignore[arg-type]
    assert figure is not None
    return figure


def test_the_axis_is_whole() -> None:
    """From 0 to 100 percent in every layer: differences are not magnified."""
    assert {tuple(y["scale"]["domain"]) for y in encodings(drawn(simulated()).specification(), "y")} == {(0.0, 1.0)}


def test_chance_and_paper_are_named() -> None:
    """The headline stands beside the conditions it is of; others have what was published of them, where that is given."""
    assert "chance" in words(drawn(simulated())) and "92 ± 2" in words(drawn(simulated())) and "82 ± 4" in words(drawn(simulated()))
    assert "paper" not in words(drawn(simulated(conditions=("grad",))))
    assert "published" not in words(drawn(simulated())) and "published" in words(drawn(simulated(), published=simulated(seed=1)))


def test_every_participant_is_there() -> None:
    """A point for each in every condition, at the same place from run to run, joined by a line of their own."""
    found = simulated()
    points = values(drawn(found).specification(), "circle")
    assert {(one["condition"], one["participant"]): one["value"] for one in points} == {
        (condition, who): one.mean for condition, of in found.accuracy_by_participant.items() for who, one in of.items()
    }
    offsets = {who: {round(one["x"] % 1, 9) for one in points if one["participant"] == who} for who in ("p0", "p1")}
    assert all(len(places) == 1 for places in offsets.values())
    assert not values(drawn(simulated(n_people=1)).specification(), "circle")


def test_a_crowd_is_counted() -> None:
    """Of very many participants those at the same place are one point, as large as they are many."""
    n_people = MOST_POINTS + 1
    points = values(drawn(simulated(n_people=n_people, n_units=2, conditions=("natural",))).specification(), "circle")
    assert sum(one["participants"] for one in points) == n_people
    assert len(points) <= 101


def test_an_observer_stands_beside_people() -> None:
    """As hollow diamonds of its own numbers, only of conditions that people answered; caption, numbers and picture tell of it."""
    people, observer = simulated(), simulated(seed=1)
    found = drawn(people, observer=observer)
    marks = [one for one in values(found.specification(), "point") if round(one["x"] % 1, 9) == OBSERVER_AT]
    assert {one["condition"]: one["value"] for one in marks} == {name: observer.accuracy[name].mean for name in people.accuracy}
    assert "observer" in words(found) and "a machine observer" in found.caption
    assert [row["observer"] for row in found.rows] == [observer.accuracy[str(row["condition"])].mean for row in found.rows]
    alone = drawn(people)
    assert "observer" not in words(alone) + alone.caption and all("observer" not in row for row in alone.rows)
