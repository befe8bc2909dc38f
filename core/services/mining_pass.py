"""One pass of images through a network, shard by shard: what is on disk at any moment is enough to go on from. Imports torch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.domain import ImageFile, ImageSet, Layer, MiningSpec, digest
from core.errors import NetworkError
from core.jobs.job import Job
from core.ranking import merged, summarise
from core.services.mining_plan import content_digest
from core.settings import Settings
from core.store import activations, mining_state
from core.store.activations import SHARD_IMAGES, Scratch, Shard
from core.store.mining_state import MiningState
from core.store.workspace import Workspace
from core.vision.decoding import Crops
from core.vision.mining import Activations, Busy, Pass, iter_activations
from core.vision.networks import LoadedNetwork
from core.vision.reductions import N_VALUES


@dataclass(frozen=True, slots=True)
class Mining:
    """One run: where it works, with what, on which images."""

    settings: Settings
    workspace: Workspace
    loaded: LoadedNetwork
    image_set: ImageSet
    images: tuple[ImageFile, ...]
    spec: MiningSpec
    study: str
    busy: Busy


class MiningPass:
    """Images on their way through the network, shard by shard; what is on disk at any moment is enough to go on from."""

    def __init__(self, run: Mining, layers: tuple[Layer, ...], n_known: int, job: Job, *, top_k: Mapping[str, int]) -> None:
        self.mining, self.layers, self.n_known, self.job = run, layers, n_known, job
        self.images = run.images[n_known:]
        self.n_values = N_VALUES[run.spec.reduction]
        self.top_k = top_k  # by layer
        self.state = mining_state.load(self._state_file)
        self.scratch = self._new_scratch()

    @property
    def n_done(self) -> int:
        """The number of images that are on disk, in whole batches of their shard."""
        return self.state.n_images + self.scratch.n_rows()

    def mend(self) -> int:
        """Mine those images again whose files were lost or cut off since they were written; return how many these are.

        What is known of them is in the summaries already. Where the files do not come out as they were (on another kind of device), all
        that was done is dropped, as ranks would not be those of the files. Raises Interrupted when the job is asked to stop.
        """
        lost = self._lost()
        for number, (first, n_images) in enumerate(lost):
            self.job.report(number, len(lost), "mining lost files again")
            scratch = Scratch(self.job.folder / "activations-lost.f32", self._n_columns)
            scratch.truncate(0)
            for rows in self._rows(self.mining.images[first : first + n_images], start=0):
                scratch.append(rows.reshape(len(rows), -1))
            are_same = all(self._written(layer, values, first) in self.state.shards[layer.name] for layer, values in self._values(scratch))
            scratch.delete()
            if not are_same:
                self._drop_all()
                return 0
        return sum(n_images for _, n_images in lost)

    def run(self) -> None:
        """Mine what is left. Raises Interrupted when the job is asked to stop."""
        self._drop_unfinished_batch()
        self._end_shard()
        if self.n_done == len(self.images):
            return
        for rows in self._rows(self.images, start=self.n_done):
            _check_finite(rows, self.images, self.n_done, self.mining.image_set.folder)
            self._keep(rows)
            self.job.report(self.n_done, len(self.images), "mining images")

    def _rows(self, images: Sequence[ImageFile], *, start: int) -> Iterator[Activations]:
        """Give the activations of the images from `start` on, some at a time, by the engine that was asked for."""
        run, crops = self.mining, Crops(self.mining.image_set.folder, images, self.mining.spec.preprocessing)
        asked, settings = pass_of(run, self.layers), run.settings
        if settings.engine == "local":
            return iter_activations(run.loaded, crops, asked, start=start, busy=run.busy)
        from core.vision.ray_mining import iter_on_ray

        found = iter_on_ray(
            run.loaded.card,
            crops,
            asked,
            start=start,
            address=settings.ray_address,
            n_workers=settings.threads,
            device=settings.device,
        )
        return run.busy.timing(found)

    def _keep(self, rows: Activations) -> None:
        """Append the rows, ending shards where they are whole."""
        flat = rows.reshape(len(rows), -1)
        while len(flat):
            room = SHARD_IMAGES - self.scratch.n_rows()
            self.scratch.append(flat[:room])
            flat = flat[room:]
            self._end_shard()

    def clear(self) -> None:
        """Remove what was kept to go on from."""
        for scratch in self.job.folder.glob("activations-*.f32"):
            scratch.unlink()
        self._state_file.unlink(missing_ok=True)

    @property
    def _state_file(self) -> Path:
        return self.job.folder / "state.npz"

    @property
    def _n_columns(self) -> int:
        return sum(layer.n_channels for layer in self.layers) * self.n_values

    def _new_scratch(self) -> Scratch:
        return Scratch(self.job.folder / f"activations-{self.state.n_images}.f32", self._n_columns)

    def _lost(self) -> list[tuple[int, int]]:
        """Return (first image, number of images) of every shard in the state of which a layer's file is not there whole."""
        lost = {
            (shard.first_image, shard.n_images)
            for layer in self.layers
            for shard in self.state.shards.get(layer.name, ())
            if not activations.is_whole(self.mining.workspace.root / shard.path, shard.n_images * layer.n_channels)
        }
        return sorted(lost)

    def _drop_all(self) -> None:
        self.clear()
        self.state = mining_state.NOTHING
        self.scratch = self._new_scratch()

    def _drop_unfinished_batch(self) -> None:
        n_rows, batch = self.scratch.n_rows(), self.mining.spec.batch
        self.scratch.truncate(n_rows if self._is_shard_whole() else n_rows // batch * batch)

    def _is_shard_whole(self) -> bool:
        return self.scratch.n_rows() >= min(SHARD_IMAGES, len(self.images) - self.state.n_images) > 0

    def _end_shard(self) -> None:
        """Where the shard is whole, write its files, and then, at once, note that it is done."""
        if not self._is_shard_whole():
            return
        first, n_images = self.n_known + self.state.n_images, self.scratch.n_rows()
        shards, summaries = dict(self.state.shards), dict(self.state.summaries)
        for layer, values in self._values(self.scratch):
            found = summarise(values[:, :, 0], top_k=self.top_k[layer.name], first_image=first)
            summaries[layer.name] = merged(summaries[layer.name], found) if layer.name in summaries else found
            shards[layer.name] = (*shards.get(layer.name, ()), self._written(layer, values, first))
        former = self.scratch
        self.state = MiningState(self.state.n_images + n_images, shards, summaries)
        mining_state.save(self._state_file, self.state)
        self.scratch = self._new_scratch()
        former.delete()

    def _values(self, scratch: Scratch) -> Iterator[tuple[Layer, Activations]]:
        """Give each layer with its activations (n_images, C, n_values) in a scratch file."""
        column = 0
        for layer in self.layers:
            width = layer.n_channels * self.n_values
            yield layer, scratch.columns(column, column + width).reshape(scratch.n_rows(), layer.n_channels, self.n_values)
            column += width

    def _written(self, layer: Layer, values: Activations, first: int) -> Shard:
        """Write a layer's activations of a shard, (n_images, C, n_values); its name says which images by which spec are in it."""
        run, n_images = self.mining, len(values)
        of_any_layers = replace(run.spec, layers=(), pre_relu=(), set_digest="", top_k=0)
        content = digest([digest(of_any_layers), content_digest(run.images[first : first + n_images])])
        folder = run.workspace.activations(run.study) / layer.name.replace("/", "~")
        path = folder / f"{first:08d}-{first + n_images:08d}-{content}.parquet"
        file_digest = activations.write_shard(
            path,
            values[:, :, 0],
            first_image=first,
            positions=values[:, :, 1].astype(np.uint32) if self.n_values > 1 else None,
            activation_type=run.spec.activation_type,
        )
        return Shard(first, n_images, os.path.relpath(path, run.workspace.root), file_digest)


def pass_of(run: Mining, layers: tuple[Layer, ...]) -> Pass:
    decoders = run.settings.threads if run.loaded.device.type != "cpu" else 0
    return Pass(
        layers,
        run.spec.batch,
        reduction=run.spec.reduction,
        half=run.spec.precision == "half",
        n_workers=run.settings.threads,
        decoders=decoders,
    )


def _check_finite(rows: Activations, images: Sequence[ImageFile], first: int, folder: str) -> None:
    bad = ~np.isfinite(rows.reshape(len(rows), -1)).all(axis=1)
    if bad.any():
        path = images[first + int(bad.argmax())].path
        raise NetworkError(f"The network gives activations that are not finite for {folder}/{path}; check its weights and input.")
