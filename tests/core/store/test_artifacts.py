"""Images by address: stored once, served as they are, and no other file of the disk."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.imaging import content_address
from core.store import artifacts
from core.store.workspace import Workspace, write_whole
from tests.studies import picture

PNG = picture(np.random.default_rng(0), (300, 200))


def test_an_image_is_stored_under_the_hash_of_its_bytes(empty_workspace: Workspace) -> None:
    """The same bytes have one address and one file, whole."""
    address = artifacts.put_image(empty_workspace, PNG)
    assert address == content_address(PNG) == artifacts.put_image(empty_workspace, PNG)
    assert artifacts.get_image(empty_workspace, address) == PNG
    assert [path.name for path in empty_workspace.images.rglob("*.*")] == [f"{address}.png"]


def test_thumbnails_are_made_once(empty_workspace: Workspace) -> None:
    """A small WebP copy is made on first use and kept."""
    address = artifacts.put_image(empty_workspace, PNG)
    small = artifacts.get_thumbnail(empty_workspace, address)
    assert small is not None
    with Image.open(io.BytesIO(small)) as image:
        assert (image.format, max(image.size)) == ("WEBP", artifacts.THUMBNAIL_PX)
    artifacts.image_path(empty_workspace, address).unlink()
    assert artifacts.get_thumbnail(empty_workspace, address) == small


@pytest.mark.parametrize("address", ["", "0" * 32, "0" * 31, "0" * 33, "../../../etc/passwd", "A" * 32, "0" * 32 + "\n", "."])
def test_what_is_no_address_is_no_image(empty_workspace: Workspace, address: str) -> None:
    """Unknown and malformed addresses give nothing, whatever lies on the disk."""
    artifacts.put_image(empty_workspace, PNG)
    assert artifacts.get_image(empty_workspace, address) is None
    assert artifacts.get_thumbnail(empty_workspace, address) is None


def test_a_failed_write_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is replaced whole or not at all, with the permissions that were asked for, and no temporary file stays."""
    path = tmp_path / "folder" / "app.json"
    write_whole(path, b"former", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600

    def no_disk(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", no_disk)
        with pytest.raises(OSError, match="no space"):
            write_whole(path, b"later")
    assert path.read_bytes() == b"former"
    assert list(path.parent.iterdir()) == [path]
