"""Where everything of a workspace lies on disk, its exclusive lock, and writing a file whole or not at all.

workspace/
  responses.duckdb           people's sessions, trials, answers (one owner: the dashboard process)
  catalogue/000042.duckdb    published versions of the catalogue; the highest number is current
  activations/<study>/...    every activation, a folder a layer, a Parquet file for each shard of images
  images/ab/abcd....png      content-addressed images, lossless; thumbs/ holds their small WebP copies
  observers/*.parquet        observers' answers
  embeddings/<embedder>/...  what observers' embedders make of images: can be computed again
  answers/<name>/            answer sets, imported or simulated
  designs/NAME.json          designs that people made
  jobs/<kind>-<digest>/      one folder a job: spec, progress, lock
  jobs/started/0007/         one folder a command that the dashboard started: what was asked, process, progress, log
  maps/ab/abcd....npz        activation maps of shown images: a bounded cache, all of which can be computed again
  checkpoints/<spec>/*.pt    unfinished batches of renders, as they were when last kept
  spectra/*.npy              mean magnitude spectra of image sets
  downloads/                 what torchvision downloads
  image-tables/<name>/       images of data sets that are no files, written as Parquet
  app.json                   the running dashboard's port and token, readable by its owner only
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that holds a team's studies; nothing is created until something is stored."""

    root: Path

    @property
    def responses(self) -> Path:
        return self.root / "responses.duckdb"

    @property
    def catalogue(self) -> Path:
        return self.root / "catalogue"

    @property
    def images(self) -> Path:
        return self.root / "images"

    @property
    def thumbs(self) -> Path:
        return self.root / "thumbs"

    @property
    def observers(self) -> Path:
        return self.root / "observers"

    @property
    def embeddings(self) -> Path:
        return self.root / "embeddings"

    @property
    def designs(self) -> Path:
        return self.root / "designs"

    @property
    def answers(self) -> Path:
        return self.root / "answers"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def maps(self) -> Path:
        return self.root / "maps"

    @property
    def spectra(self) -> Path:
        return self.root / "spectra"

    @property
    def downloads(self) -> Path:
        return self.root / "downloads"

    @property
    def image_tables(self) -> Path:
        return self.root / "image-tables"

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """Return the folders whose files are all made by Exemplary; the folder of images that a workspace may hold is not among them."""
        named = (self.catalogue, self.images, self.thumbs, self.observers, self.jobs, self.checkpoints, self.maps, self.spectra)
        return (self.root / "activations", self.answers, self.embeddings, *named)

    @property
    def app_file(self) -> Path:
        return self.root / "app.json"

    def activations(self, study: str) -> Path:
        """Return the folder of a study's activations; "/" of its key becomes "~"."""
        return self.root / "activations" / study.replace("/", "~")

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace's exclusive lock: publications wait for each other, readers never wait."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("a+b") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write `content` to `path` so that readers see all of it or the file's former state, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def publish_file(temporary: Path, path: Path) -> None:
    """Flush a finished temporary file to disk and rename it to `path` (same folder), then flush the folder."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
