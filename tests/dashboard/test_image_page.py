"""The page of an image: its units in every layer, what is said of images that are not there, and the way to it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.excitation import excited
from core.services.images.image_activations import distributions, stored_activations
from core.services.images.photos import PhotoDesk
from core.store import catalogue_read
from core.store.publication import CatalogueReader
from dashboard import unit_resources, unit_text
from dashboard.components import extreme_images, photo
from dashboard.components.unit_strip import StripUnit
from tests.dashboard.apptest import open_page, words_of
from tests.studies import Workplace, encoded

Strips = dict[str, list[StripUnit]]


@pytest.fixture
def strips(monkeypatch: pytest.MonkeyPatch) -> Strips:
    """Return what the rows of the page were given, by layer."""
    found: Strips = {}

    def draw(given: list[StripUnit], *, key: str, **layout: Any) -> None:
        found[key.rpartition("/")[2]] = list(given)

    monkeypatch.setattr(photo, "unit_strip", draw)
    return found


@pytest.fixture
def answered(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return what a process that measures photos was asked; it answers that of image 5."""
    asked: list[bytes] = []
    stored = stored_activations(CatalogueReader(served.workspace), served.study, 5)

    def ask(request: bytes) -> bytes:
        asked.append(request)
        return b"A" + (stored if request.partition(b"\n")[2] else np.empty(0)).astype("<f4").tobytes()

    desk = PhotoDesk(served.workspace, ask=ask)
    monkeypatch.setattr(unit_resources, "photo_desk", lambda: desk)
    return asked


def expected(served: Workplace, image_id: int) -> list[list[str]]:
    reader = CatalogueReader(served.workspace)
    found = excited(distributions(reader, served.study), stored_activations(reader, served.study, image_id), n=8)
    return [[str(one.unit) for one in layer.units] for layer in found]


def test_an_images_units_stand_layer_by_layer(served: Workplace, answered: list[bytes], strips: Strips) -> None:
    """An image of the study shows its most excited units from what is stored: no network is asked."""
    address = catalogue_read.crop_addresses(CatalogueReader(served.workspace).cursor(), served.study)[17]
    page = open_page("image", image=address)
    assert not page.exception
    assert list(strips) == ["conv2d2", "mixed3a", "mixed4a"]
    assert [[one.unit for one in row] for row in strips.values()] == expected(served, 17)
    assert all(" sd" in one.caption for row in strips.values() for one in row)
    assert "at or above their 99th percentile" in words_of(page)
    assert answered == []


def test_a_photo_of_ones_own_is_measured(served: Workplace, answered: list[bytes], strips: Strips) -> None:
    """An uploaded file is cropped and measured, and its units stand there as those of any image do."""
    page = open_page("image")
    assert unit_text.IMAGE_NONE in words_of(page)
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (10, 200, 60)).save(buffer, "PNG")
    page.get("file_uploader")[0].set_value(("mine.png", buffer.getvalue(), "image/png")).run()
    assert not page.exception and not page.error
    assert [[one.unit for one in row] for row in strips.values()] == expected(served, 5)
    assert len([one for one in answered if one.partition(b"\n")[2]]) == 1


def test_bad_files_get_one_sentence(served: Workplace, answered: list[bytes]) -> None:
    """What is no image is said to be none; nothing is asked of the network."""
    page = open_page("image")
    page.get("file_uploader")[0].set_value(("mine.png", b"not an image", "image/png")).run()
    (said,) = page.error
    assert said.value == "This file cannot be used: not an image format that can be read."
    assert all(not one.partition(b"\n")[2] for one in answered)


def test_unknown_addresses_are_said(served: Workplace, answered: list[bytes]) -> None:
    """An address that names no image gets a sentence, and a photo can still be chosen."""
    page = open_page("image", image="0" * 32)
    assert "There is no image 0000" in page.warning[0].value
    assert not page.exception


def test_a_units_images_lead_here(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every natural and synthetic image of a unit's page has the address of its own view."""
    cells: list[Any] = []
    monkeypatch.setattr(extreme_images, "exemplar_grid", lambda given, **layout: cells.extend(given))
    open_page("feature-maps", unit="mixed3a:1")
    assert len(cells) == 36
    assert all(cell.href == f"image?study=tiny/shapes&image={cell.address}" for cell in cells)


@pytest.mark.parametrize(("value", "words"), [(12.345, "12.3"), (99.94, "99.9"), (99.97, "> 99.9"), (100.0, "100")])
def test_percentiles_are_never_rounded_to_100(value: float, words: str) -> None:
    """Only what lies beyond every image is said to be at 100."""
    assert unit_text.percentile_words(value) == words


def test_a_photo_is_decoded_once(served: Workplace, answered: list[bytes], strips: Strips, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later runs of the page take the crop that the first made; another photo, or none, takes its place."""
    decoded: list[bytes] = []
    crop = photo.crop_png
    monkeypatch.setattr(photo, "crop_png", lambda study, content: decoded.append(content) or crop(study, content))
    page = open_page("image")
    for colour in ("red", "blue"):
        content = encoded(Image.new("RGB", (80, 60), colour), "JPEG")
        page.get("file_uploader")[0].set_value(("mine.jpg", content, "image/jpeg"))
        for _ in range(3):
            page.run()
    assert len(decoded) == 2
