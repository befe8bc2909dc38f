"""torchvision's data sets as sources of images: their files as they lie, or their images written once as Parquet in the workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import digest
from core.errors import UsageError
from core.image_files import Listing, listed
from core.image_files.looking import in_order
from core.image_files.parquet_writing import write_parquet
from core.image_files.torchvision_names import DataSetName, parse_data_set
from core.imaging import encode_png
from core.jobs.job import Progress, working
from core.settings import Settings
from core.store.workspace import Workspace, publish_file, write_whole

if TYPE_CHECKING:
    from PIL import Image

SHARD_IMAGES = 5000
PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})


def torchvision_listing(settings: Settings, sources: Sequence[str], *, split: str | None, root: Path | None, progress: Progress) -> Listing:
    """Return the images of a torchvision data set with their labels. Raises UsageError.

    Where it has files, these; else its images are written as lossless PNG into the workspace, in shards, so that interrupted it goes on.
    """
    from core.vision import datasets  # torch: only where a data set of torchvision's is asked for

    if len(sources) > 1:
        raise UsageError("A data set of torchvision's is indexed by itself; give the other sources another --name.")
    asked = parse_data_set(sources[0], split=split, root=root)
    workspace = Workspace(settings.workspace)
    data_set = datasets.open_data_set(asked, default_root=workspace.downloads)
    return datasets.files_of(data_set) or listed(_written(workspace, asked, data_set, settings.threads, progress))


def _written(workspace: Workspace, asked: DataSetName, data_set: Any, n_threads: int, progress: Progress) -> Path:
    n_images = len(data_set)
    facts = {"name": asked.name, "split": asked.split, "root": str(asked.root or ""), "options": dict(asked.options), "n_images": n_images}
    folder = workspace.image_tables / f"{asked.name}-{digest(facts)}"
    if not (folder / "complete.json").exists():
        with working(workspace, f"write-{folder.name}", spec=facts, progress=progress) as job:
            folder.mkdir(parents=True, exist_ok=True)
            for number, start in enumerate(range(0, n_images, SHARD_IMAGES)):
                path = folder / f"part-{number:05d}.parquet"
                if not path.exists():
                    _write_shard(path, data_set, start, min(start + SHARD_IMAGES, n_images), n_threads, job.report)
            write_whole(folder / "complete.json", json.dumps(facts, indent=1).encode())
    return folder


def _write_shard(path: Path, data_set: Any, start: int, stop: int, n_threads: int, progress: Progress) -> None:
    from core.vision import datasets

    def rows() -> Iterator[tuple[bytes, str]]:
        images = datasets.images_of(data_set, start, stop)
        for place, row in enumerate(in_order(_encoded, images, n_threads=n_threads), start=start + 1):
            yield row
            progress(place, len(data_set), "writing images")

    temporary = path.with_name(f".{path.name}.tmp")
    try:
        write_parquet(temporary, rows())
        publish_file(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _encoded(item: tuple[Image.Image, str]) -> tuple[bytes, str]:
    image, label = item
    return encode_png(image if image.mode in PNG_MODES else image.convert("RGB")), label
