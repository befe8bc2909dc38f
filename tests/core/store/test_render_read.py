"""Courses and paths of synthetic images: what is stored comes back, in place of what was there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain import PathSimilarity, RenderCourse, Unit
from core.errors import UnknownName
from core.store import catalogue_write, render_read
from core.store.publication import CatalogueReader, publish
from tests.studies import MAIN_UNITS, Workplace, network_card

COURSE = RenderCourse(
    unit=MAIN_UNITS[0],
    extreme="max",
    group=1,
    spec_digest="ab" * 8,
    n_steps=64,
    steps=(0, 10, 63),
    activations=(0.5, 1.5, 2.25),
    objectives=(0.25, 1.0, -2.0),
    snapshots=((0, "0" * 32), (64, "f" * 32)),
    diversity_weight=0.03,
    n_at_once=12,
    device="cpu, float32",
)
PATH = PathSimilarity("a" * 32, MAIN_UNITS[0], "max", ("mixed3a", "mixed4a"), (0.5, 0.25), (0.75, 0.5), (0.0, 0.25))


def stored_courses(place: Workplace, *courses: RenderCourse) -> tuple[RenderCourse, ...]:
    card = place.study.network
    publish(place.workspace, lambda cursor: catalogue_write.put_courses(cursor, card=card, courses=courses))
    return render_read.courses(CatalogueReader(place.workspace).cursor(), card, MAIN_UNITS)


def stored_paths(place: Workplace, *paths: PathSimilarity) -> tuple[PathSimilarity, ...]:
    publish(place.workspace, lambda cursor: catalogue_write.put_path_similarities(cursor, place.study.key, paths))
    return render_read.path_similarities(CatalogueReader(place.workspace).cursor(), place.study.key)


def test_courses_come_back_in_order(study_workspace: Workplace) -> None:
    """Field by field, by spec, unit, extreme and group; of the asked units and weights alone."""
    others = (replace(COURSE, group=0), replace(COURSE, extreme="min"), replace(COURSE, spec_digest="aa" * 8, snapshots=()))
    assert stored_courses(study_workspace, COURSE, *others) == (others[2], others[0], COURSE, others[1])
    cursor = CatalogueReader(study_workspace.workspace).cursor()
    assert render_read.courses(cursor, study_workspace.study.network, MAIN_UNITS[1:]) == ()
    assert render_read.courses(cursor, network_card(network_digest="f" * 16), MAIN_UNITS) == ()


def test_a_course_replaces_the_former_one(study_workspace: Workplace) -> None:
    """The same unit, extreme, group and spec is stored once."""
    other, better = replace(COURSE, unit=MAIN_UNITS[1]), replace(COURSE, n_steps=32, device="cuda, bfloat16")
    stored_courses(study_workspace, COURSE, other)
    assert stored_courses(study_workspace, better) == (better, other)


def test_paths_come_back_and_are_replaced(study_workspace: Workplace) -> None:
    """A path belongs to study, image, unit and extreme; putting it again replaces it."""
    others = (replace(PATH, extreme="min"), replace(PATH, address="b" * 32), replace(PATH, unit=Unit("mixed4a", 2)))
    assert stored_paths(study_workspace, PATH, *others) == (PATH, others[1], others[0], others[2])
    better = replace(PATH, similarities=(1.0, -0.5))
    assert stored_paths(study_workspace, better) == (better, others[1], others[0], others[2])
    found = render_read.path_similarities(
        CatalogueReader(study_workspace.workspace).cursor(), study_workspace.study.key, [Unit("mixed4a", 2)]
    )
    assert found == (others[2],)


def test_a_dropped_study_forgets_its_paths(study_workspace: Workplace) -> None:
    """Its own alone: those in another study stay."""
    stored_paths(study_workspace, PATH)
    publish(study_workspace.workspace, lambda cursor: catalogue_write.put_path_similarities(cursor, "tiny/others", [PATH]))
    publish(study_workspace.workspace, lambda cursor: catalogue_write.drop_study(cursor, study_workspace.study.key))
    cursor = CatalogueReader(study_workspace.workspace).cursor()
    assert render_read.path_similarities(cursor, study_workspace.study.key) == ()
    assert render_read.path_similarities(cursor, "tiny/others") == (PATH,)


def test_normalised_paths() -> None:
    """1 at the exemplars, 0 at random images, undefined where these do not differ."""
    path = replace(PATH, at_layers=("a", "b", "c"), similarities=(0.75, 0.25, 0.5), natural=(0.75, 0.5, 0.5), random=(0.25, 0.25, 0.5))
    one, zero, undefined = path.normalised
    assert (one, zero) == (1.0, 0.0) and undefined != undefined


def test_an_unknown_spec_is_named(built_study: Workplace) -> None:
    """A digest that no spec has is told."""
    with pytest.raises(UnknownName, match="feed"):
        render_read.render_spec(CatalogueReader(built_study.workspace).cursor(), "feed")
