"""One pass of images through a network, shard by shard: what is on disk at any moment is enough to go on from. Imports torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.domain import ImageFile, ImageSet, Layer, MiningSpec, digest
from core.jobs.job import Job
from core.ranking import merged
from core.services.mining.mining_compiling import Compiling
from core.services.mining.mining_plan import CompileWish, content_digest
from core.services.mining.mining_shards import MinedShard, ShardWriter, check_arrived, widened
from core.settings import Settings
from core.store import activations, mining_state
from core.store.activations import SHARD_IMAGES, Scratch
from core.store.mining_state import MiningState
from core.store.workspace import Workspace
from core.vision.compiling import CompiledPasses
from core.vision.decoding import Crops
from core.vision.mining import Activations, Busy, Pass, check_finite, iter_activations
from core.vision.networks import LoadedNetwork
from core.vision.reductions import N_VALUES

MINING_IMAGES: Final = "mining images"


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
    compiling: CompileWish = "off"


class MiningPass:
    """Images on their way through the network, shard by shard; what is on disk at any moment is enough to go on from.

    On this machine batches come in order, and are kept in a scratch file until their shard is whole. Workers of Ray write whole shards.
    """

    def __init__(
        self, run: Mining, layers: tuple[Layer, ...], n_known: int, job: Job, *, top_k: Mapping[str, int], before: bool | None = None
    ) -> None:
        """Go on from what the job's folder holds. before: whether the n_known images were mined by a compiled pass, None if both ways."""
        self.mining, self.layers, self.n_known, self.job = run, layers, n_known, job
        self.images = run.images[n_known:]
        self.n_values = N_VALUES[run.spec.reduction]
        self.top_k = top_k  # by layer
        self.state = mining_state.load(self._state_file)
        self.scratch = self._new_scratch()
        self._drop_unfinished()
        self.compiling = Compiling(run.loaded, self._pass, job.folder, wish=run.compiling, before=before, passes=CompiledPasses())
        if not self.compiling.goes_on(self.n_done):
            self._drop_all()

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
        for again in self._mined_again(lost):
            if any(shard not in self.state.shards[name] for name, shard in again.files.items()):
                self._drop_all()
                self.compiling.forget()
                return 0
        return sum(map(len, lost))

    def run(self) -> None:
        """Mine what is left. Raises Interrupted when the job is asked to stop."""
        self._end_shard()
        if self.n_done == len(self.images):
            return
        if self._is_on_ray:
            self._run_on_ray()
            return
        crops = self._crops(range(len(self.images)))
        for rows in self._measured(crops, start=self.n_done):
            check_finite(rows, crops, first=self.n_done)
            self._keep(rows)
            self.job.report(self.n_done, len(self.images), self._label)

    def clear(self) -> None:
        """Remove what was kept to go on from."""
        self.compiling.path.unlink(missing_ok=True)
        for scratch in self.job.folder.glob("activations-*.f32"):
            scratch.unlink()
        self._state_file.unlink(missing_ok=True)

    @property
    def _label(self) -> str:
        load = self.mining.busy.gpu.latest
        return MINING_IMAGES if load is None else f"{MINING_IMAGES}, GPU {load:.0%} busy"

    def _measured(self, crops: Crops, *, start: int = 0) -> Iterator[Activations]:
        if self.compiling.is_to_try:
            self.job.report(self.n_done, len(self.images), "compiling the pass")
        run, compiled = self.mining, self.compiling.passes(crops)
        return iter_activations(run.loaded, crops, self._pass, start=start, busy=run.busy, compiled=compiled)

    # --- by workers of Ray -----------------------------------------------------------------------------------------------------

    @property
    def _is_on_ray(self) -> bool:
        return self.mining.settings.engine == "ray"

    def _run_on_ray(self) -> None:
        n_before, n_all = self.state.n_images, len(self.images)
        starts = range(n_before, n_all, SHARD_IMAGES)
        portions = [range(first, min(first + SHARD_IMAGES, n_all)) for first in starts]
        for mined in self._on_ray(portions, lambda n: self.job.report(n_before + n, n_all, MINING_IMAGES)):
            self._note(mined)
            self.job.report(self.n_done, n_all, MINING_IMAGES)

    def _on_ray(self, portions: Sequence[range], progress: Callable[[int], None]) -> Iterator[MinedShard]:
        """Give the shards of portions of the images, whose files the workers have written."""
        from core.vision.ray_mining import iter_on_ray

        run = self.mining
        found = iter_on_ray(
            run.loaded.card,
            self._crops(range(len(self.images))),
            self._pass,
            portions,
            self._writer,
            address=run.settings.ray_address,
            n_workers=run.settings.threads,
            device=run.settings.device,
            progress=progress,
        )
        for mined in run.busy.timing(found, lambda mined: mined.n_images):
            check_arrived(mined, run.workspace.root)
            yield widened(mined)

    # --- shards ----------------------------------------------------------------------------------------------------------------

    def _lost(self) -> list[range]:
        """Return the images, as places in `images`, of every shard in the state of which a layer's file is not there whole."""
        lost = {
            (shard.first_image - self.n_known, shard.n_images)
            for layer in self.layers
            for shard in self.state.shards.get(layer.name, ())
            if not activations.is_whole(self.mining.workspace.root / shard.path, shard.n_images * layer.n_channels)
        }
        return [range(first, first + n_images) for first, n_images in sorted(lost)]

    def _mined_again(self, lost: Sequence[range]) -> Iterator[MinedShard]:
        label = "mining lost files again"
        if self._is_on_ray:
            yield from self._on_ray(lost, lambda n: self.job.report(n, sum(map(len, lost)), label))
            return
        for number, portion in enumerate(lost):
            self.job.report(number, len(lost), label)
            scratch = Scratch(self.job.folder / "activations-lost.f32", self._n_columns)
            scratch.truncate(0)
            for rows in self._measured(self._crops(portion)):
                scratch.append(rows.reshape(len(rows), -1))
            yield self._written(portion, scratch)
            scratch.delete()

    def _keep(self, rows: Activations) -> None:
        """Append the rows, ending shards where they are whole."""
        flat = rows.reshape(len(rows), -1)
        while len(flat):
            room = SHARD_IMAGES - self.scratch.n_rows()
            self.scratch.append(flat[:room])
            flat = flat[room:]
            self._end_shard()

    def _end_shard(self) -> None:
        """Where the shard is whole, write its files, and then, at once, note that it is done."""
        if self._is_shard_whole():
            self._note(self._written(range(self.state.n_images, self.n_done), self.scratch))

    def _is_shard_whole(self) -> bool:
        return self.scratch.n_rows() >= min(SHARD_IMAGES, len(self.images) - self.state.n_images) > 0

    def _written(self, portion: range, scratch: Scratch) -> MinedShard:
        writer = self._writer(portion)
        return writer.write(writer.of_scratch(scratch))

    def _note(self, mined: MinedShard) -> None:
        """Note the next shard as done, and begin the scratch file of the one after it."""
        shards, summaries = dict(self.state.shards), dict(self.state.summaries)
        for name, shard in mined.files.items():
            summaries[name] = merged(summaries[name], mined.summaries[name]) if name in summaries else mined.summaries[name]
            shards[name] = (*shards.get(name, ()), shard)
        former = self.scratch
        self.state = MiningState(self.state.n_images + mined.n_images, shards, summaries)
        mining_state.save(self._state_file, self.state)
        self.scratch = self._new_scratch()
        former.delete()

    def _writer(self, portion: range) -> ShardWriter:
        """Return what writes the files of a portion of the images; their names say which images by which spec are in them."""
        run, first = self.mining, self.n_known + portion.start
        of_any_layers = replace(run.spec, layers=(), pre_relu=(), set_digest="", top_k=0)
        content = digest([digest(of_any_layers), content_digest(self.images[portion.start : portion.stop])])
        name = f"{first:08d}-{first + len(portion):08d}-{content}.parquet"
        folder, root = run.workspace.activations(run.study), run.workspace.root
        paths = {layer.name: os.path.relpath(folder / layer.name.replace("/", "~") / name, root) for layer in self.layers}
        return ShardWriter(root.absolute(), self.layers, paths, self.top_k, first, self.n_values, run.spec.activation_type)

    # --- what there is to go on from ----------------------------------------------------------------------------------------------

    @property
    def _state_file(self) -> Path:
        return self.job.folder / "state.npz"

    @property
    def _n_columns(self) -> int:
        return sum(layer.n_channels for layer in self.layers) * self.n_values

    @property
    def _pass(self) -> Pass:
        return pass_of(self.mining, self.layers)

    def _crops(self, portion: range) -> Crops:
        run = self.mining
        return Crops(run.image_set.folder, self.images[portion.start : portion.stop], run.spec.preprocessing)

    def _new_scratch(self) -> Scratch:
        return Scratch(self.job.folder / f"activations-{self.state.n_images}.f32", self._n_columns)

    def _drop_unfinished(self) -> None:
        """Drop from the scratch file an unfinished batch; for Ray, whose workers write whole shards, all of an unfinished shard."""
        n_rows, batch = self.scratch.n_rows(), self.mining.spec.batch
        if not self._is_shard_whole():
            self.scratch.truncate(0 if self._is_on_ray else n_rows // batch * batch)

    def _drop_all(self) -> None:
        self.clear()
        self.state = mining_state.NOTHING
        self.scratch = self._new_scratch()


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
