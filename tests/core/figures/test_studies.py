"""Accuracy by study: people's and an observer's marks, each at its own place."""

from __future__ import annotations

from core.figures.figure import Figure
from core.figures.studies import StudyAccuracy, studies_figure
from tests.core.figures.charts import encodings, simulated, values

PEOPLE, OBSERVER = simulated(conditions=("natural", "synthetic")).accuracy, simulated(conditions=("natural", "synthetic"), seed=1).accuracy


def drawn(*studies: StudyAccuracy, observer: str | None = "own:mixed5b") -> Figure:
    found = studies_figure(studies, observer=observer)
    assert found is not None
    return found


def test_nothing_is_drawn_where_nobody_answered() -> None:
    """Without answers there is no figure."""
    assert studies_figure([StudyAccuracy("a/x", {}, {}), StudyAccuracy("a/y", {}, {})], observer=None) is None


def test_every_proportion_has_its_mark_interval_and_place() -> None:
    """Each of a study's conditions of people and of the observer stands apart, nearest to its own study, with its interval; the axis is
    whole."""
    found = drawn(StudyAccuracy("a/x", PEOPLE, OBSERVER), StudyAccuracy("a/y", {}, OBSERVER))
    points = values(found.specification(), "point")
    assert {(one["study"], one["who"], one["condition"]): (one["value"], one["low"], one["high"]) for one in points} == {
        (study, who, condition): (one.mean, *one.wilson)
        for study, who, of in (("a/x", "people", PEOPLE), ("a/x", "observer", OBSERVER), ("a/y", "observer", OBSERVER))
        for condition, one in of.items()
    }
    assert len({one["x"] for one in points}) == len(points) == len(found.rows) == 6
    assert [round(one["x"]) for one in points if one["study"] == "a/y"] == [1, 1]
    people, machine = ([one["x"] for one in points if one["study"] == "a/x" and one["who"] == who] for who in ("people", "observer"))
    assert max(people) < 0 < min(machine)
    assert {tuple(y["scale"]["domain"]) for y in encodings(found.specification(), "y")} == {(0.0, 1.0)}


def test_marks_stand_at_their_study_where_only_one_side_answered() -> None:
    """An observer alone stands around its study's name, and the caption tells of nobody else."""
    found = drawn(StudyAccuracy("a/x", {}, OBSERVER))
    assert abs(sum(one["x"] for one in values(found.specification(), "point"))) < 1e-9
    n_tasks = sum(one.n_trials for one in OBSERVER.values())
    assert f"observer own:mixed5b, n = {n_tasks:,} tasks" in found.caption and "people" not in found.caption and "chance" in found.caption
