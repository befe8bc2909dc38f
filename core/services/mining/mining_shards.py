"""A shard of a pass: its activations written layer by layer, its exemplars and distribution summarised, here or on another machine."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.domain import ActivationType, Layer
from core.errors import UsageError
from core.ranking import Summary, summarise
from core.store import activations
from core.store.activations import Shard

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MinedShard:
    """A shard whose files are written: how many images it has; by layer, its file and the summary of its images."""

    n_images: int
    files: Mapping[str, Shard]
    summaries: Mapping[str, Summary]


@dataclass(frozen=True, slots=True)
class ShardWriter:
    """What it takes to write the shard of the images from id `first_image` on: pickled, it does so wherever the workspace's folder is.

    root: the workspace's folder; paths, below it, of the files, and top_k, exemplars that are kept, by layer; n_values of an activation.
    """

    root: Path
    layers: tuple[Layer, ...]
    paths: Mapping[str, str]
    top_k: Mapping[str, int]
    first_image: int
    n_values: int
    activation_type: ActivationType

    def __call__(self, found: Floats) -> MinedShard:
        """Write, on any machine, what was measured: (n, sum of n_channels, and n_values where there are several).

        Its counts are sent as 16 bits where they fit: `widened` has them as they were. Raises UsageError where this machine cannot write.
        """
        try:
            if not self.root.is_dir():
                raise FileNotFoundError(2, "there is no such folder")
            mined = self.write((layer, _with_values(found[:, columns])) for layer, columns in self._columns())
        except OSError as error:
            raise UsageError(
                f"The worker of Ray on {platform.node()} cannot write to {self.root} ({error.strerror or error}); the workspace's folder "
                "must be on a file system that all machines of the cluster share."
            ) from error
        return _with_counts(mined, np.uint16) if mined.n_images <= np.iinfo(np.uint16).max else mined

    def write(self, found: Iterable[tuple[Layer, Floats]]) -> MinedShard:
        """Write the activations of each layer (n_images, C, n_values), and summarise them."""
        files: dict[str, Shard] = {}
        summaries: dict[str, Summary] = {}
        for layer, values in found:
            summaries[layer.name] = summarise(values[:, :, 0], top_k=self.top_k[layer.name], first_image=self.first_image)
            files[layer.name] = self._written(layer, values)
        return MinedShard(next(iter(summaries.values())).n, files, summaries)

    def of_scratch(self, scratch: activations.Scratch) -> Iterable[tuple[Layer, Floats]]:
        """Give each layer with its activations (n_images, C, n_values), read one after the other from a scratch file."""
        for layer, columns in self._columns():
            flat = scratch.columns(columns.start * self.n_values, columns.stop * self.n_values)
            yield layer, flat.reshape(len(flat), layer.n_channels, self.n_values)

    def _columns(self) -> Iterable[tuple[Layer, slice]]:
        start = 0
        for layer in self.layers:
            yield layer, slice(start, start + layer.n_channels)
            start += layer.n_channels

    def _written(self, layer: Layer, values: Floats) -> Shard:
        digest = activations.write_shard(
            self.root / self.paths[layer.name],
            values[:, :, 0],
            first_image=self.first_image,
            positions=values[:, :, 1].astype(np.uint32) if self.n_values > 1 else None,
            activation_type=self.activation_type,
        )
        return Shard(self.first_image, len(values), self.paths[layer.name], digest)


def widened(mined: MinedShard) -> MinedShard:
    """Return a shard that came from another machine as if it had been mined on this one."""
    return _with_counts(mined, np.int64)


def check_arrived(mined: MinedShard, root: Path) -> None:
    """Raise UsageError where the files that a worker wrote cannot be read here: it has another folder of that name."""
    for name, shard in mined.files.items():
        if not activations.is_whole(root / shard.path, shard.n_images * len(mined.summaries[name].low)):
            raise UsageError(
                f"A worker of Ray wrote {shard.path}, but it is not in {root} here; the workspace's folder must be on a file system that "
                "all machines of the cluster share."
            )


def _with_values(found: Floats) -> Floats:
    return found if found.ndim == 3 else found[:, :, None]


def _with_counts(mined: MinedShard, kind: type[np.integer]) -> MinedShard:
    summaries = {
        name: replace(summary, bins=summary.bins._replace(counts=summary.bins.counts.astype(kind, copy=False)))
        for name, summary in mined.summaries.items()
    }
    return replace(mined, summaries=summaries)
