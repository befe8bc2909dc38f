"""Build the embedded study: images, mining, synthesis, an observer's answers. Each step resumes; a finished study costs no torch import."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.demo.world import generate
from core.domain import Study, Unit
from core.errors import UsageError
from core.jobs.job import Progress, silent, working
from core.services import studies
from core.services.images import indexing
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
from core.store import catalogue_write, mined_read, unit_read
from core.store.observations import observers
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace

NETWORK = "demo"
IMAGE_SET = "world"
KEY = f"{NETWORK}/{IMAGE_SET}"
N_IMAGES = 4000
MIN_IMAGES = 200
N_MAIN = 20
N_RESERVED = 8
SEED = 0


@dataclass(frozen=True, slots=True)
class DemoSize:
    """How large a study to build; the default is what `make demo` shows."""

    n_images: int = N_IMAGES
    n_main: int = N_MAIN
    n_reserved: int = N_RESERVED
    n_renders: int = 9
    steps: int | None = None


def is_built(settings: Settings, size: DemoSize = DemoSize()) -> bool:
    """Return whether nothing is left to do. Cheap: no torch, two queries."""
    workspace = Workspace(settings.workspace)
    reader = CatalogueReader(workspace)
    study = next((one for one in studies.list_studies(reader) if one.key == KEY), None)
    folder = workspace.root / "demo-images"
    if study is None or study.image_set.n_images < size.n_images or study.image_set.folder != str(folder) or not folder.is_dir():
        return False
    is_mined = {layer.name for layer in study.network.layers} <= set(mined_read.mined_layers(reader.cursor(), KEY))
    n_rendered = studies.study_counts(reader, study).n_rendered_units
    is_observed = bool(observers(workspace, KEY, study.stimuli_digest).cards)
    return is_mined and n_rendered >= size.n_main + size.n_reserved and is_observed


def build(settings: Settings, size: DemoSize = DemoSize(), *, progress: Progress = silent) -> Study:
    """Build what is missing of the embedded study and return it. Interrupted at any moment, the next call goes on."""
    workspace = Workspace(settings.workspace)
    if size.n_images < MIN_IMAGES:
        raise UsageError(f"--images {size.n_images} is too few for stimulus sets at both extremes; give at least {MIN_IMAGES}.")
    if not is_built(settings, size):
        with working(workspace, "demo", spec=size, progress=progress) as job:
            _build(settings, workspace, size, job.report)
    return studies.choose_study(CatalogueReader(workspace), key=KEY)


def spread_units(study: Study, live: tuple[Unit, ...], *, n_main: int, n_reserved: int) -> tuple[list[Unit], list[Unit]]:
    """Return main and reserved units: one random unit a (layer, branch), going round all layers and branches, all different."""
    rng = np.random.default_rng(SEED)
    layers = study.network.layers
    turns = range(max(len(layer.branches) for layer in layers))
    cells = [(layer, layer.branches[(turn + place) % len(layer.branches)]) for turn in turns for place, layer in enumerate(layers)]
    chosen: list[Unit] = []
    known = set(live)
    while len(chosen) < n_main + n_reserved:
        before = len(chosen)
        for layer, branch in cells:
            free = [unit for channel in range(branch.start, branch.stop) if (unit := Unit(layer.name, channel)) in known.difference(chosen)]
            if free:
                chosen.append(free[int(rng.integers(len(free)))])
        if len(chosen) == before:
            break
    return chosen[:n_main], chosen[n_main : n_main + n_reserved]


def _build(settings: Settings, workspace: Workspace, size: DemoSize, progress: Progress) -> None:
    folder = workspace.root / "demo-images"

    def drawn(done: int, total: int) -> None:
        progress(done, total, "drawing images")

    generate(folder, n=size.n_images, seed=SEED, progress=drawn, workers=settings.threads)
    indexing.index_folder(settings, folder, name=IMAGE_SET, replace=True, progress=progress)
    _compute(settings, workspace, size, progress)


def _compute(settings: Settings, workspace: Workspace, size: DemoSize, progress: Progress) -> None:
    from core.services.mining.mining import mine  # torch: only where something is left to compute
    from core.services.observers.observing import observe
    from core.services.renders.render_requests import SynthesisRequest
    from core.services.renders.synthesis import synthesize

    mine(settings, MiningRequest(NETWORK, IMAGE_SET), progress=progress)
    reader = CatalogueReader(workspace)
    study = studies.choose_study(reader, key=KEY)
    live = unit_read.live_units(reader.cursor(), study.key)
    main, reserved = spread_units(study, live, n_main=size.n_main, n_reserved=size.n_reserved)
    names = [str(unit) for unit in (*main, *reserved)]
    publish(workspace, lambda cursor: catalogue_write.put_reserved(cursor, NETWORK, reserved))
    synthesize(settings, SynthesisRequest(NETWORK, tuple(names), n_images=size.n_renders, steps=size.steps), progress=progress)
    observe(settings, study, progress=progress)
