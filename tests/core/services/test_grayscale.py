"""A network that takes one channel: indexed, mined, rendered and shown in grayscale, and what it sees is what is shown."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.domain import Unit
from core.services.images.indexing import index_folder
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.services.networks import open_network
from core.services.pictures import picture
from core.services.renders.synthesis import synthesize
from core.services.units.units import unit_view
from core.settings import Settings
from core.store import artifacts
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.mining import measure
from tests.core.services.computed import SMALL_TOML, asked, renders_of, study_of, write_small
from tests.studies import write_photos


@pytest.fixture(scope="module", params=["found", "declared"])
def gray(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace with such a network, mined and rendered; its one channel is found, or declared."""
    root = tmp_path_factory.mktemp("gray")
    write_photos(root / "photos", n=40)
    settings = Settings(root / "workspace", device="cpu", threads=2)
    index_folder(settings, root / "photos", name="shapes")
    toml = SMALL_TOML if request.param == "found" else "input_channels = 1\n" + SMALL_TOML
    mine(settings, MiningRequest(write_small(root, "gray", toml=toml), "shapes", top_k=20))
    synthesize(settings, asked("body:1", network="gray"))
    return settings


def seen(settings: Settings, address: str) -> Image.Image:
    workspace = Workspace(settings.workspace)
    return Image.open(io.BytesIO(picture(workspace, CatalogueReader(workspace), address) or b""))


def test_the_card_says_one_channel(gray: Settings) -> None:
    """It is stored with the network, and render specs follow it."""
    assert study_of(gray, "gray/shapes").network.preprocessing.n_channels == 1
    (report,) = synthesize(gray, asked("body:1", network="gray"))
    assert (report.spec.n_channels, report.n_present) == (1, 4)


def test_stored_images_are_grayscale(gray: Settings) -> None:
    """Synthetic images and the crops of natural ones are PNGs of one channel."""
    workspace = Workspace(gray.workspace)
    for one in renders_of(gray, network="gray"):
        assert Image.open(io.BytesIO(artifacts.get_image(workspace, one.address) or b"")).mode == "L"
    view = unit_view(CatalogueReader(workspace), study_of(gray, "gray/shapes"), Unit("body", 1))
    assert seen(gray, view.max_exemplars[0].address).mode == "L"


def test_the_network_sees_what_is_shown(gray: Settings) -> None:
    """Natural and synthetic: the activation of the shown pixels is the stored one."""
    loaded = open_network(gray, "gray")
    view = unit_view(CatalogueReader(Workspace(gray.workspace)), study_of(gray, "gray/shapes"), Unit("body", 1))
    shown = [*view.max_exemplars[:5], *view.render_sets[0].max_images, *view.render_sets[0].min_images]
    pixels = np.stack([np.asarray(seen(gray, one.address))[..., None] for one in shown])
    found = measure(loaded, pixels, layers=(loaded.layer("body"),), batch=16)[:, 1]
    np.testing.assert_allclose(found, [one.activation for one in shown], rtol=1e-5, atol=1e-6)


def test_the_command_shows_it(gray: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As data, and as files with the recipe in them."""
    assert main(["--workspace", str(gray.workspace), "show", "body:1", "--json"]) == 0
    assert {one["spec"]["n_channels"] for one in json.loads(capsys.readouterr().out)["renders"]} == {1}
    assert main(["--workspace", str(gray.workspace), "pictures", "body:1", "--out", str(tmp_path / "out"), "--sheet", "--gif"]) == 0
    written = [path.read_bytes() for path in (tmp_path / "out").glob("*_m??_?.png")]
    assert len(written) == 4 and {Image.open(io.BytesIO(content)).mode for content in written} == {"L"}
