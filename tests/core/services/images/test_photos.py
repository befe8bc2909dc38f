"""Photos of one's own: their crop, the process that measures them, what is said of bad ones, and that nothing of them is kept."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from core.domain import Reduction
from core.errors import ImageError, WorkerLost
from core.imaging import decode
from core.services.images.image_activations import stored_activations
from core.services.images.indexing import index_folder
from core.services.images.photo_worker import answering
from core.services.images.photos import PhotoDesk, PhotoState, crop_png
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.services.studies import choose_study
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.core.services.computed import write_small
from tests.studies import Workplace, write_photos


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace where a small network is mined on 24 photos, by means, maxima and centres."""
    root = tmp_path_factory.mktemp("photos")
    write_photos(root / "photos", n=24)
    made = Settings(root / "workspace", device="cpu", threads=2)
    index_folder(made, root / "photos", name="shapes")
    network = write_small(root / "networks")
    for reduction in get_args(Reduction):
        mine(made, MiningRequest(network, "shapes", top_k=10, reduction=reduction))
    return made


def wait(desk: PhotoDesk, study: object, png: bytes) -> PhotoState:
    """Return a photo's state once it is known."""
    deadline = time.monotonic() + 60
    while (found := desk.look(study, png)).is_pending:  # type: ignore[arg-type]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def files_of(root: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file() and path.suffix != ".txt"}


@pytest.mark.parametrize("key", ["small/shapes", "small/shapes+max", "small/shapes+centre"])
def test_a_study_image_that_is_uploaded_has_its_stored_activations(mined: Settings, key: str) -> None:
    """Measured through the same crop, a file of the image set has the activations that mining stored; and nothing is written."""
    reader = CatalogueReader(Workspace(mined.workspace))
    study = choose_study(reader, key=key)
    files = sorted((mined.workspace.parent / "photos").rglob("*.png"))
    before = files_of(mined.workspace)
    desk = PhotoDesk(Workspace(mined.workspace), ask=answering(mined))
    for image_id in (0, 11):
        found = wait(desk, study, crop_png(study, files[image_id].read_bytes()))
        assert found.error is None and found.activations is not None
        np.testing.assert_allclose(found.activations, stored_activations(reader, study, image_id), rtol=1e-4, atol=1e-4)
    assert files_of(mined.workspace) == before
    desk.close()


def test_without_a_crop_the_network_is_made_ready(mined: Settings) -> None:
    """The network is loaded while one still chooses."""
    study = choose_study(CatalogueReader(Workspace(mined.workspace)))
    desk = PhotoDesk(Workspace(mined.workspace), ask=answering(mined))
    found = wait(desk, study, b"")
    assert found.error is None and found.activations is not None and len(found.activations) == 0
    desk.close()


def test_the_crop_is_the_studys(built_study: Workplace) -> None:
    """Whatever a file's size and kind, its crop has the study's side; the same bytes that the network sees are shown."""
    buffer = io.BytesIO()
    Image.new("RGB", (90, 50), (200, 30, 10)).save(buffer, "JPEG")
    image = decode(crop_png(built_study.study, buffer.getvalue()))
    assert image.size == (32, 32)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\nbroken"])
def test_files_that_are_no_images_get_a_sentence(built_study: Workplace, content: bytes) -> None:
    """A bad file is refused before anything is asked of the network."""
    with pytest.raises(ImageError, match=r"^This file cannot be used: .+\.$"):
        crop_png(built_study.study, content)


def test_each_photo_is_measured_once_and_failures_can_be_tried_again(built_study: Workplace) -> None:
    """Many sessions asking of one photo ask the process once; a lost process is said until somebody tries again."""
    asked: list[bytes] = []

    def ask(request: bytes) -> bytes:
        asked.append(request)
        if len(asked) == 1:
            raise WorkerLost("The process that measures photos ended.")
        return b"A" + np.array([1.5], "<f4").tobytes()

    desk = PhotoDesk(built_study.workspace, ask=ask)
    study = built_study.study
    assert wait(desk, study, b"x").error == "The process that measures photos ended."
    assert wait(desk, study, b"x").error is not None and len(asked) == 1
    desk.try_again(study, b"x")
    found = wait(desk, study, b"x")
    assert found.activations is not None and found.activations.tolist() == [1.5]
    wait(desk, study, b"x")
    assert len(asked) == 2 and asked[0] == b"tiny/shapes\nx"
    desk.close()


def test_what_the_process_refuses_is_a_sentence(mined: Settings) -> None:
    """A study that is not there is said, and the process goes on."""
    answer = answering(mined)
    assert answer(b"nobody/nothing\nx").startswith(b"EThere is no study")
    assert answer(f"{choose_study(CatalogueReader(Workspace(mined.workspace))).key}\n".encode()) == b"A"
