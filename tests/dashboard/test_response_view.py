"""Where a unit responds, on its page: the choice, what is shown while maps are computed, once they are there, and where they cannot be."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.activation_map import Box, MapRequest, UnitMaps
from core.domain import Unit
from core.errors import WorkerLost
from core.services.maps.maps import MapDesk
from core.store import map_files
from dashboard import map_text, resources, state
from dashboard.components import extreme_images
from dashboard.components.image_grid import GridLegend, ImageCell
from dashboard.routes import MAP_URL
from tests.dashboard.apptest import open_page, words_of
from tests.processes import wait_until
from tests.studies import MAIN_UNITS, Workplace

UNIT = MAIN_UNITS[4]  # mixed4a:0, rendered
BARE = Unit("mixed4a", 6)  # not rendered


@dataclass
class Drawn:
    """What the grids were given, by key, when the page was drawn last."""

    cells: dict[str, list[ImageCell]] = field(default_factory=dict)
    legends: dict[str, GridLegend | None] = field(default_factory=dict)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    found = Drawn()

    def draw(cells: list[ImageCell], *, key: str, legend: GridLegend | None = None, **layout: Any) -> None:
        found.cells[key], found.legends[key] = list(cells), legend

    monkeypatch.setattr(extreme_images, "exemplar_grid", draw)
    return found


def maps_of(request: MapRequest, *, signed: bool = True) -> UnitMaps:
    n = len(request.addresses)
    values = np.linspace(-2.0 if signed else 0.0, 6.0, n * 16, dtype=np.float32).reshape(n, 4, 4)
    boxes = (None, *[Box(4, 4, 12, 10)] * (n - 1))
    return UnitMaps(request.addresses, values, boxes, Box(8, 8, 24, 24), 32)


class FakeProcess:
    """Stands for the warm process: keeps made-up maps, or does what `instead` does; waits for `go` before each."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.n_asked = 0
        self.go = threading.Event()
        self.go.set()
        self.instead: Callable[[], bytes] | None = None
        self.signed = True

    def __call__(self, content: bytes) -> bytes:
        self.n_asked += 1
        assert self.go.wait(60)
        if self.instead is not None:
            return self.instead()
        fields = json.loads(content)
        request = MapRequest(**fields | {"unit": Unit(**fields["unit"]), "addresses": tuple(fields["addresses"])})
        map_files.put_maps(self.place.workspace, request, maps_of(request, signed=self.signed))
        return b'{"error": null}'


@pytest.fixture
def process(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProcess]:
    """Put a made-up process behind the page's desk."""
    fake = FakeProcess(served)
    desk = MapDesk(served.workspace, ask=fake)
    monkeypatch.setattr(resources, "_map_desk", lambda _: desk)
    yield fake
    fake.go.set()
    desk.close()


def shown(view: str | None = None, unit: Unit = UNIT) -> AppTest:
    query = {} if view is None else {state.SHOW: view}
    page = open_page("feature-maps", unit=str(unit), **query)
    assert not page.exception
    return page


def settled(page: AppTest) -> AppTest:
    """Run the page until no maps are awaited, as its own clock would."""

    def is_settled() -> bool:
        page.run()
        return "Computing" not in words_of(page)

    wait_until(is_settled, "the maps")
    return page


def choice(page: AppTest) -> Any:
    (found,) = [one for one in page.button_group if one.label == map_text.SHOW]
    return found


def all_cells(drawn: Drawn) -> list[ImageCell]:
    return [cell for cells in drawn.cells.values() for cell in cells]


def test_images_are_shown_as_they_are_at_first(process: FakeProcess, drawn: Drawn) -> None:
    """Nothing is computed, laid over or said before it is asked for."""
    page = shown()
    assert choice(page).value == "image" and process.n_asked == 0
    assert len(all_cells(drawn)) == 36 and not any(cell.over for cell in all_cells(drawn))
    assert set(drawn.legends.values()) == {None}


def test_maps_are_laid_over_all_images(process: FakeProcess, drawn: Drawn) -> None:
    """A link shows natural and synthetic images of both ends with their maps, a scale a grid, and the exact activations as before."""
    shown()
    before = {key: [cell.caption for cell in cells] for key, cells in drawn.cells.items()}
    page = settled(shown(map_text.RESPONSE))
    assert choice(page).value == "response" and process.n_asked == 4
    assert {key: [cell.caption for cell in cells] for key, cells in drawn.cells.items()} == before
    assert all(cell.over.startswith(f"{MAP_URL}/") and cell.over.endswith("/response") for cell in all_cells(drawn))
    assert len({cell.over for cell in all_cells(drawn)}) == 36
    assert all(cell.alt.endswith("feature map laid over") for cell in all_cells(drawn))
    assert all(legend is not None and legend.numbers == ("−6", "0", "6") for legend in drawn.legends.values())
    words = words_of(page)
    assert "Orange: above 0; blue: below." in words and "Receptive field: 16 × 16 of 32 × 32 px." in words


def test_crops_say_their_size(process: FakeProcess, drawn: Drawn) -> None:
    """A crop's caption is the activation and the side of the square; an image without a most extreme place is shown whole, and so named."""
    settled(shown(map_text.CROP))
    for cells in drawn.cells.values():
        assert cells[0].caption.endswith(" · whole") and map_text.NO_BOX in cells[0].detail
        assert all(cell.caption.endswith(" · 8 px") and "8 × 6 px" in cell.detail for cell in cells[1:])
        assert all(cell.over.endswith("/crop") and cell.alt.startswith("part of ") for cell in cells)
    assert set(drawn.legends.values()) == {None}


def test_the_choice_is_made_on_the_page(process: FakeProcess, drawn: Drawn) -> None:
    """Choosing shows the maps, choosing again the images; what is there is not computed again."""
    page = shown()
    choice(page).set_value("response").run()
    settled(page)
    assert all(cell.over for cell in all_cells(drawn))
    choice(page).set_value("crop").run()
    assert all(cell.over.endswith("/crop") for cell in all_cells(drawn)) and process.n_asked == 4
    choice(page).set_value("image").run()
    assert not any(cell.over for cell in all_cells(drawn))


def test_a_map_behind_a_relu_has_half_a_scale(process: FakeProcess, drawn: Drawn) -> None:
    """Where nothing is below 0 the scale begins there, and blue is not spoken of."""
    process.signed = False
    page = settled(shown(map_text.RESPONSE))
    assert all(legend is not None and legend.numbers == ("0", "6") for legend in drawn.legends.values())
    assert "Orange: above 0." in words_of(page) and "blue" not in words_of(page)


def test_images_stay_while_maps_are_computed(process: FakeProcess, drawn: Drawn) -> None:
    """Until the maps are there the images are shown, with a place for the scale, and one line says what is awaited."""
    process.go.clear()
    page = shown(map_text.RESPONSE)
    assert "Computing where it responds: 0 of 4 grids" in words_of(page)
    assert len(all_cells(drawn)) == 36 and not any(cell.over for cell in all_cells(drawn))
    assert all(legend == GridLegend() for legend in drawn.legends.values())
    process.go.set()
    settled(page)
    assert all(cell.over for cell in all_cells(drawn))


def test_a_failure_is_a_sentence_and_the_page_stays_whole(process: FakeProcess, drawn: Drawn) -> None:
    """A lost process is told in one sentence; images, charts and classes stay; trying again shows the maps."""

    def fail() -> bytes:
        raise WorkerLost("The process that computes activation maps ended by signal 9.")

    process.instead = fail
    page = settled(shown(map_text.RESPONSE))
    (error,) = page.error
    assert error.value == "The process that computes activation maps ended by signal 9."
    assert len(all_cells(drawn)) == 36 and not any(cell.over for cell in all_cells(drawn))
    assert "Top classes" in words_of(page)
    process.instead = None
    (again,) = [button for button in page.button if button.label == map_text.AGAIN]
    again.click().run()
    settled(page)
    assert not page.error and all(cell.over for cell in all_cells(drawn))


def test_a_unit_without_synthetic_images(process: FakeProcess, drawn: Drawn) -> None:
    """Only what is there is asked for."""
    settled(shown(map_text.RESPONSE, BARE))
    assert process.n_asked == 2 and len(all_cells(drawn)) == 18 and all(cell.over for cell in all_cells(drawn))


def test_an_unknown_choice_in_a_link_is_the_image(process: FakeProcess, drawn: Drawn) -> None:
    """A link with another word shows the images."""
    assert choice(shown("Elsewhere")).value == "image" and process.n_asked == 0
