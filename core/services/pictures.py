"""The bytes behind an image address: a stored synthetic image, or a natural image's crop, made and kept on first use. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from core import imaging
from core.errors import ImageError, StaleWork
from core.image_files import read_bytes
from core.store import artifacts, catalogue_read
from core.store.artifacts import ADDRESS
from core.store.catalogue_read import CropSource
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

WRITERS = 4  # decoding and flushing overlap


def picture(workspace: Workspace, reader: CatalogueReader, address: str) -> bytes | None:
    """Return the PNG of this address, or None where there is none. Raises StaleWork where its source file is gone or changed."""
    if not ADDRESS.fullmatch(address):
        return None
    stored = artifacts.get_image(workspace, address)
    if stored is not None or reader.version == 0:
        return stored
    source = catalogue_read.crop_source(reader.cursor(), address)
    if source is None:
        return None
    png = imaging.encode_png(_crop(source))
    artifacts.put_image(workspace, png, address=address)
    return png


def thumbnail(workspace: Workspace, reader: CatalogueReader, address: str) -> bytes | None:
    """Return the small WebP of this address, or None where there is none. Raises StaleWork."""
    if not ADDRESS.fullmatch(address):
        return None
    kept = artifacts.get_thumbnail(workspace, address)
    if kept is not None or picture(workspace, reader, address) is None:
        return kept
    return artifacts.get_thumbnail(workspace, address)


def materialise(workspace: Workspace, reader: CatalogueReader, addresses: Iterable[str]) -> None:
    """Make sure that all these images are stored, so that a session's images stay as they were judged. Raises StaleWork."""
    wanted = list(dict.fromkeys(addresses))
    with ThreadPoolExecutor(max_workers=WRITERS) as pool:
        missing = [
            address
            for address, png in zip(wanted, pool.map(lambda one: picture(workspace, reader, one), wanted), strict=True)
            if png is None
        ]
    if missing:
        raise StaleWork(
            f"{len(missing)} images are not in the workspace any more (first: {missing[0]}); mine or synthesise again, then start anew."
        )


def _crop(source: CropSource) -> Image.Image:
    path = f"{source.folder}/{source.path}"
    try:
        content = read_bytes(source.folder, source.path)
        image = imaging.decode(content)
    except ImageError as error:
        raise StaleWork(f"The image {path} {error}; put the folder back or index it again.") from error
    if hashlib.sha256(content).hexdigest() != source.content_hash:
        raise StaleWork(f"The image {path} is not what it was when it was indexed; index and mine the folder again.")
    return imaging.crop(image, source.preprocessing)
