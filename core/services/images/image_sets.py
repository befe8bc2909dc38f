"""What an image set holds: images by label, and every file that was skipped, with its reason. No torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from core.domain import ImageSet, SkippedFile
from core.store import catalogue_read
from core.store.publication import CatalogueReader


@dataclass(frozen=True, slots=True)
class ImageSetView:
    """An image set; labels with the number of their images, the most frequent first."""

    image_set: ImageSet
    labels: tuple[tuple[str, int], ...]
    skipped: tuple[SkippedFile, ...]


def view_image_set(reader: CatalogueReader, name: str) -> ImageSetView:
    """Return what the image set of this name holds. Raises NotReady, UnknownName."""
    cursor = reader.cursor()
    chosen = catalogue_read.image_set(cursor, name)
    counts = Counter(image.label for image in catalogue_read.images(cursor, name))
    labels = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ImageSetView(chosen, tuple(labels), catalogue_read.skipped(cursor, name))
