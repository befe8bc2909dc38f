"""The page of one unit: how far to trust its synthetic images, how they were made, their course and their path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.domain import Unit
from core.render_spec import OptimiserSpec
from core.services.renders import exporting
from core.services.units.units import UnitView
from dashboard import render_text, resources, text
from dashboard.components import course, extreme_images, network_path
from dashboard.components.image_grid import ImageCell
from dashboard.pages import unit_sets
from tests.core.services.method_folders import put_method
from tests.dashboard.apptest import open_page, words_of
from tests.dashboard.renders import put_set
from tests.studies import MAIN_UNITS, Workplace, put_synthetic

UNIT = Unit("mixed4a", 6)  # not rendered in the small study
FAR = {"max": (40.0, 39.0, 38.0), "min": (-40.0, -39.0, -38.0)}
MIXED = {"max": (40.0, 39.0, 0.5), "min": (-0.5, 0.2, -4.0)}

Cells = dict[str, list[ImageCell]]


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> Cells:
    """Return what the grids of the page were given, by key, once it was drawn."""
    found: Cells = {}

    def draw(given: list[ImageCell], *, key: str, **layout: Any) -> None:
        found[key] = list(given)

    for module in (extreme_images, course):
        monkeypatch.setattr(module, "exemplar_grid", draw)
    return found


def shown(place: Workplace, unit: Unit = UNIT) -> tuple[AppTest, str]:
    page = open_page("feature-maps", unit=str(unit))
    assert not page.exception
    return page, words_of(page)


def group(page: AppTest, label: str) -> Any:
    (found,) = [one for one in page.button_group if one.label == label]
    return found


def synthetic(cells: Cells, extreme: str) -> list[ImageCell]:
    (found,) = [given for key, given in cells.items() if key.startswith("synthetic/") and f"/{extreme}/" in key]
    return found


@pytest.fixture
def charted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the specifications of the charts of the course and of the path, once the page was drawn."""
    found: dict[str, Any] = {}

    def spy(module: Any, name: str) -> None:
        draw = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, **k: found.setdefault(name, (draw(*a, **k), a, k))[0])

    spy(course, "course_chart")
    spy(network_path, "path_chart")
    return found


def test_images_beyond_nature_are_counted_calmly(served: Workplace, cells: Cells) -> None:
    """Where every image beats every natural one that is one line, and nothing is marked."""
    put_set(served.workspace, served.study.network, UNIT, activations=FAR)
    page, words = shown(served)
    assert words.count("3 of 3 go beyond every natural image") == 2
    assert not page.warning
    for extreme in ("max", "min"):
        assert [cell.mark for cell in synthetic(cells, extreme)] == ["", "", ""]
        assert all("sd beyond the most extreme natural image" in cell.detail for cell in synthetic(cells, extreme))


def test_images_that_fall_short_are_flagged(served: Workplace, cells: Cells) -> None:
    """The extreme whose images do not beat nature on average is flagged; each image that does not is marked in words."""
    put_set(served.workspace, served.study.network, UNIT, activations=MIXED)
    page, words = shown(served)
    assert "2 of 3 go beyond every natural image" in words
    (flag,) = page.warning
    assert "Do not trust" in flag.value and "short of the most extreme natural image" in flag.value and "1 of 3" in flag.value
    assert [cell.mark for cell in synthetic(cells, "max")] == ["", "", render_text.MARK]
    assert [bool(cell.mark) for cell in synthetic(cells, "min")] == [True, True, False]
    marked = synthetic(cells, "max")[2]
    assert "percentile" in marked.detail and "sd short of" in marked.detail and "does not go beyond" in marked.alt


def test_a_unit_without_spread_has_no_sd(served: Workplace, cells: Cells) -> None:
    """A dead unit's images are measured in activation: its natural ones have no standard deviation."""
    dead = Unit("mixed3a", 7)
    put_set(served.workspace, served.study.network, dead, activations={"max": (2.0, 0.0), "min": (0.0, 0.0)})
    page, words = shown(served, dead)
    assert "inf" not in words and "nan" not in words
    (flag,) = page.warning
    assert "level with" in flag.value
    assert "2 beyond the most extreme" in synthetic(cells, "max")[0].detail


def test_the_course_is_drawn_with_its_images(served: Workplace, cells: Cells, charted: dict[str, Any]) -> None:
    """Below the grids are the activation over the steps and the images on their way, each with its step."""
    put_set(served.workspace, served.study.network, UNIT, activations=FAR, optimiser=OptimiserSpec(steps=64))
    _, words = shown(served)
    assert render_text.COURSE in words and render_text.NO_COURSE not in words
    _, (lines, natural), _ = charted["course_chart"]
    assert [(line.extreme, line.group, len(line.steps)) for line in lines] == [("max", 0, 64), ("min", 0, 64)]
    view = view_of(served)
    assert natural == {"max": view.max_exemplars[0].activation, "min": view.min_exemplars[0].activation}
    strips = [given for key, given in cells.items() if key.startswith("snapshots/")]
    assert len(strips) == 2
    assert all([cell.caption for cell in strip][0::6] == ["step 0", "step 64"] for strip in strips)


def test_images_without_a_course(served: Workplace) -> None:
    """Images whose course was not recorded are shown, and that is said."""
    _, words = shown(served, MAIN_UNITS[0])
    assert render_text.NO_COURSE in words


def test_the_path_is_drawn_where_it_is_known(served: Workplace, charted: dict[str, Any]) -> None:
    """The path through the network is a chart with its citation, over the layers in order; the unit's own is marked."""
    put_set(served.workspace, served.study.network, UNIT, activations=FAR, study=served.study.key)
    _, words = shown(served)
    assert "Geirhos et al. 2023" in words and render_text.NO_PATH not in words
    _, (lines,), options = charted["path_chart"]
    assert [line.extreme for line in lines] == ["max"] * 3 + ["min"] * 3
    assert (options["layers"], options["own_layer"]) == (["conv2d2", "mixed3a", "mixed4a"], "mixed4a")


def test_an_unknown_path_names_its_command(served: Workplace) -> None:
    """Without a path the page says what computes it, for the very set that is shown."""
    put_set(served.workspace, served.study.network, UNIT, activations=FAR, seed=7)
    _, words = shown(served)
    assert render_text.NO_PATH in words
    assert "exemplary synthesize --network tiny --units mixed4a:6 --preset quick --seed 7" in words


def test_render_sets_are_chosen(served: Workplace) -> None:
    """Where a unit was synthesised twice, the set with most images is shown and the other one can be; digests are in the tooltip."""
    put_synthetic(served.workspace, served.study.network, MAIN_UNITS[:1], n_images=3, seed=9)
    page, _ = shown(served, MAIN_UNITS[0])
    view = resources.unit_view(served.study, MAIN_UNITS[0])
    sets = group(page, render_text.RENDER_SETS)
    chosen = next(one for one in view.render_sets if one.spec_digest == sets.value)
    assert len(chosen.max_images) == 9
    assert sorted(sets.options) == ["quick · 3 + 3 images · 128 steps", "quick · 9 + 9 images · 128 steps"]
    assert all(one.spec_digest in sets.help for one in view.render_sets)


def test_sets_that_look_alike_are_told_apart(served: Workplace) -> None:
    """Sets of equal preset, size and steps are named with their seeds, and where these are equal with their digests."""
    card = served.study.network
    first = put_set(served.workspace, card, UNIT, activations=FAR)
    put_set(served.workspace, card, UNIT, activations=FAR, seed=4)
    border = put_set(served.workspace, card, UNIT, activations=FAR, border_px=2)
    page, _ = shown(served)
    common = "quick · 3 + 3 images · 128 steps"
    assert set(group(page, render_text.RENDER_SETS).options) == {
        f"{common} · seed 4",
        f"{common} · seed 0 · {first[:6]}",
        f"{common} · seed 0 · {border[:6]}",
    }


def test_groups_are_chosen(served: Workplace, cells: Cells) -> None:
    """A set of several groups shows the first one's images on their way; another can be chosen."""
    from core.store import catalogue_write
    from core.store.publication import publish

    spec_digest = put_set(served.workspace, served.study.network, UNIT, activations=FAR)
    (chosen,) = view_of(served).render_sets
    more = [replace(one, group=1, snapshots=one.snapshots[:3]) for one in chosen.courses]
    publish(served.workspace, lambda cursor: catalogue_write.put_courses(cursor, card=served.study.network, courses=more))
    page, _ = shown(served)
    groups = group(page, render_text.GROUP)
    assert list(groups.options) == ["0", "1"] and {len(one) for key, one in cells.items() if "snapshots" in key} == {7}
    cells.clear()
    groups.set_value(1).run()
    assert {len(one) for key, one in cells.items() if "snapshots" in key} == {3} and spec_digest


def test_the_recipe_is_told(served: Workplace) -> None:
    """How the images were made stands in words, with the machine and the whole spec as JSON."""
    spec_digest = put_set(served.workspace, served.study.network, UNIT, activations=FAR, seed=5)
    _, words = shown(served)
    for fact in ("quick · 3 + 3 images · 128 steps", "Adam", "128 steps", "seed 5", "18 images at once on cpu", '"seed": 5'):
        assert fact in words
    assert spec_digest not in words.partition(text.EXTREME_TITLES["max"])[0]


def view_of(place: Workplace) -> UnitView:
    return resources.unit_view(place.study, UNIT)


def test_downloads_are_made_when_asked(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing the page makes no file; each button's file is of its kind."""
    put_set(served.workspace, served.study.network, UNIT, activations=FAR)
    with monkeypatch.context() as patch:
        for name in ("sheet_png", "course_gif_bytes", "renders_zip"):
            patch.setattr(exporting, name, lambda *_: pytest.fail("made before it was asked for"))
        shown(served)
    (chosen,) = view_of(served).render_sets
    files = {one.file_name: one.make for one in unit_sets.downloads(served.study, view_of(served), chosen)}
    kinds = {name.rpartition("_")[2]: make()[:4] for name, make in files.items() if "min" not in name}
    assert kinds == {"sheet.png": b"\x89PNG", "course.gif": b"GIF8", "mixed4a-6.zip": b"PK\x03\x04"}


def test_downloads_without_a_course(served: Workplace) -> None:
    """Where no course is stored no animation is offered."""
    view = resources.unit_view(served.study, MAIN_UNITS[0])
    files = unit_sets.downloads(served.study, view, view.render_sets[0])
    assert [one.label for one in files] == [render_text.SHEET, render_text.ZIP]


def test_images_made_elsewhere_are_told_as_such(served: Workplace, cells: Cells) -> None:
    """Their method stands where the preset and the recipe would, in names and alternative texts; the command that brings them is theirs."""
    put_method(served.workspace, served.study.network, [UNIT])
    page, words = shown(served)
    assert not page.exception
    assert "Images by grad" in words and "grad, made elsewhere" in words and "**Made elsewhere** by grad" in words
    assert "exemplary import-references FOLDER --method grad --network tiny" in {one.value for one in page.code}
    assert "Optimiser" not in words and "Synthetic images" not in words
    first = synthetic(cells, "max")[0]
    assert first.alt.startswith("max image 0 by grad") and "made elsewhere by grad" in first.detail


def test_synthesised_images_are_shown_first(served: Workplace) -> None:
    """However many images a method has: what was made here is what the page opens with, the method's are one click away."""
    put_synthetic(served.workspace, served.study.network, [UNIT], n_images=2)
    put_method(served.workspace, served.study.network, [UNIT])
    page, _ = shown(served)
    choice = group(page, render_text.RENDER_SETS)
    assert choice.options[0].startswith("grad") and choice.options[1].startswith("quick")
    assert resources.render_spec(str(choice.value)).imported is None
