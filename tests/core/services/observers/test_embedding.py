"""Each image of a study is embedded once, as people see it; what is interrupted or missing costs only itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core import imaging
from core.errors import ImageError, Interrupted, NotReady, StaleWork
from core.services.observers import embedding
from core.services.observers.embedding import BATCH, OwnEmbedder, StudyPixels, embed_missing
from core.services.observers.stored_observers import mined_features, natural_addresses
from core.services.renders.synthesis import synthesize
from core.settings import Settings
from core.store import artifacts, catalogue_read
from core.store.embeddings import embedded, read_embeddings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.embedders.of_networks import layer_digest
from tests.core.services.computed import asked, renders_of, study_of
from tests.studies import Workplace, settings_of

Pixels = NDArray[np.uint8]
NAMES = [f"image {number}" for number in range(3 * BATCH + 5)]


def pixels_of(address: str) -> Pixels:
    """Return an image that tells whose it is."""
    return np.full((2, 2, 3), int(address.split()[1]), np.uint8)


@dataclass
class Counting:
    """An embedder that counts what it embeds."""

    digest: str = "counting"
    asked: list[int] = field(default_factory=list)
    largest: int = 0

    def embed(self, pixels: Pixels) -> NDArray[np.float32]:
        self.asked += pixels[:, 0, 0, 0].tolist()
        self.largest = max(self.largest, len(pixels))
        return pixels.reshape(len(pixels), -1)[:, :2].astype(np.float32)


def told(*_: object) -> None:
    """Hear of progress."""


def embed(workspace: Workspace, embedder: Any, addresses: Sequence[str], **more: Any) -> int:
    settings = settings_of(workspace)
    return embed_missing(settings, embedder, more.pop("pixels", pixels_of), addresses, **({"report": told} | more))


def test_each_image_is_embedded_once(empty_workspace: Workspace) -> None:
    """Repeats are dropped, a second call embeds only what is new, and every row is its image's."""
    counting, heard = Counting(), list[tuple[int, int]]()
    n = embed(empty_workspace, counting, [*NAMES[:40], *NAMES[:40]], report=lambda done, total: heard.append((done, total)))
    assert n == 40 and counting.asked == list(range(40)) and heard == [(BATCH, 40), (40, 40)]
    assert embed(empty_workspace, counting, NAMES[:40]) == 0 and len(counting.asked) == 40
    assert embed(empty_workspace, counting, NAMES) == len(NAMES) - 40 and counting.asked == list(range(len(NAMES)))
    found = read_embeddings(empty_workspace, "counting", NAMES)
    assert {address: row[0] for address, row in zip(found.addresses, found.rows, strict=True)} == {
        name: float(number) for number, name in enumerate(NAMES)
    }
    assert counting.largest == BATCH
    other = Counting("other")
    assert embed(empty_workspace, other, NAMES[:3]) == 3 and other.asked == [0, 1, 2]
    assert embed(empty_workspace, other, []) == 0


def test_finished_parts_outlive_an_interruption(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are published as they are full; stopped in the third batch, two batches are kept, and the next call goes on there."""
    monkeypatch.setattr(embedding, "PART", 2 * BATCH)

    def stop(done: int, total: int) -> None:
        if done > 2 * BATCH:
            raise Interrupted("Stopped.")

    with pytest.raises(Interrupted):
        embed(empty_workspace, Counting(), NAMES, report=stop)
    assert embedded(empty_workspace, "counting") == set(NAMES[: 2 * BATCH])
    again = Counting()
    assert embed(empty_workspace, again, NAMES) == len(NAMES) - 2 * BATCH and again.asked == list(range(2 * BATCH, len(NAMES)))
    assert len(list((empty_workspace.embeddings / "counting").glob("*.parquet"))) == 2


@pytest.mark.parametrize("error", [NotReady, ImageError, StaleWork])
@pytest.mark.parametrize("absent", [[NAMES[1]], [NAMES[-1]], NAMES[BATCH : 2 * BATCH], NAMES[-5:], NAMES])
def test_optional_images_may_be_missing(empty_workspace: Workspace, error: type[Exception], absent: list[str]) -> None:
    """All others are embedded, wherever in a batch these are; where one is not optional, its error is raised."""

    def pixels(address: str) -> Pixels:
        if address in absent:
            raise error(address)
        return pixels_of(address)

    heard: list[tuple[int, int]] = []
    n = embed(empty_workspace, Counting(), NAMES, pixels=pixels, optional=absent, report=lambda *numbers: heard.append(numbers))
    assert n == len(NAMES) - len(absent) and heard[-1] == (len(NAMES), len(NAMES))
    assert embedded(empty_workspace, "counting") == set(NAMES) - set(absent)
    with pytest.raises(error, match=absent[0]):
        embed(empty_workspace, Counting(), NAMES, pixels=pixels, optional=absent[1:])


def test_other_errors_are_never_passed_over(empty_workspace: Workspace) -> None:
    """A failure that is not about a missing image stops, optional or not."""

    def pixels(address: str) -> Pixels:
        raise ZeroDivisionError(address)

    with pytest.raises(ZeroDivisionError):
        embed(empty_workspace, Counting(), NAMES[:1], pixels=pixels, optional=NAMES)


def test_pixels_are_what_people_see(built_study: Workplace) -> None:
    """Natural images are the crops of the study's preprocessing, in colour; synthetic ones what is stored; others are told by address."""
    workspace, study = built_study
    reader = CatalogueReader(workspace)
    pixels = StudyPixels(workspace, reader, study)
    cursor = reader.cursor()
    files = catalogue_read.images(cursor, study.image_set.name)
    for image_id, address in list(catalogue_read.crop_addresses(cursor, study).items())[::17]:
        decoded = imaging.decode((built_study.workspace.root.parent / "photos" / files[image_id].path).read_bytes())
        assert np.array_equal(pixels(address), imaging.crop_pixels(decoded, study.mining.preprocessing))
    stored = next(path for path in workspace.images.rglob("*.png"))
    assert np.array_equal(pixels(stored.stem), imaging.pixels(imaging.decode(stored.read_bytes()), 3))
    with pytest.raises(NotReady, match=f"{'0' * 32} is missing"):
        pixels("0" * 32)


def test_own_features_of_mined_images_are_the_mined_ones(small: Settings) -> None:
    """What the studied network's embedder gives for natural images is what mining stored, for synthetic ones the re-measured activation."""
    synthesize(small, asked("body:3"))
    workspace, study = Workspace(small.workspace), study_of(small)
    reader = CatalogueReader(workspace)
    own = OwnEmbedder(small, study, study.network.layer("body"))
    assert own.digest == layer_digest(study.network.network_digest, "body") and "_embedder" not in vars(own)
    pixels = StudyPixels(workspace, reader, study)
    mined = mined_features(reader, study, "body")
    assert mined is not None
    found = own.embed(np.stack([pixels(address) for address in natural_addresses(reader, study)[:9]]))
    assert found == pytest.approx(mined[:9], abs=1e-5)
    made = renders_of(small)
    rows = own.embed(np.stack([imaging.pixels(imaging.decode(artifacts.get_image(workspace, one.address) or b""), 3) for one in made]))
    assert rows[:, 3] == pytest.approx([one.activation for one in made], abs=1e-4)
