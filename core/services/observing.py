"""Let a machine observer answer: it embeds every image by the studied network's own late features (a biased witness). Imports torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import imaging, selection
from core.design_spec import N_REFERENCES, Condition
from core.domain import Layer, Study, Unit
from core.errors import NotReady
from core.jobs.job import Progress, silent
from core.psychophysics.observers import decision_variables, standardise, task_scores, z_scores
from core.psychophysics.trials import UnitMaterial
from core.services.materials import images_of, materials
from core.services.networks import check_workspace, open_network
from core.settings import Settings
from core.store import activations, artifacts, mined_read, render_read, unit_read
from core.store.database import connect_memory
from core.store.observations import Observation, ObserverSpec, put_observations
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.mining import measure

BATCH = 32
MAX_NATURAL_UNITS = 400  # where nothing is rendered, so many units are observed with natural references, spread over the study

Features = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SimulateReport:
    """What the observer did: tasks a condition and the observer's name."""

    observer: str
    study: str
    n_tasks: dict[Condition, int]


def simulate(settings: Settings, study: Study, *, progress: Progress = silent) -> SimulateReport:
    """Score the tasks of every unit that has synthetic or imported references, with these and with natural ones, by the studied network's
    own late features.

    Natural embeddings are the mined activations of the deepest mined layer, the others are measured; both are z-scored over the
    image set. The none condition is left out: without references D = 0 in every task, chance by construction. Raises NotReady.
    """
    workspace = Workspace(settings.workspace)
    reader = CatalogueReader(workspace)
    layer = _deepest_mined(reader, study)
    n_sets = selection.choose_n_sets(study.image_set.n_images, n_references=N_REFERENCES, top_k=study.mining.top_k)
    conditions = ("synthetic", *render_read.imported_specs(reader.cursor(), study.network))
    shown = {one: images_of(reader, study, one, n_references=N_REFERENCES) for one in conditions}
    reserved = set(unit_read.reserved_units(reader.cursor(), study.network.name))
    live = [one for one in unit_read.live_units(reader.cursor(), study.key, n_ranks=n_sets * (N_REFERENCES + 1)) if one not in reserved]
    units = [unit for unit in live if any(unit in rendered.addresses for rendered in shown.values())] or _spread(live)
    observed = materials(reader, study, units, shown, n_references=N_REFERENCES)
    natural, mean, sd = _natural_embeddings(workspace, reader, study, layer)
    made = _made_embeddings(settings, workspace, study, layer, observed, progress)
    embedded = {address: z_scores(features, mean, sd) for address, features in made.items()}
    name = f"{study.network.name} {layer.name} (biased witness)"
    spec = ObserverSpec(
        name=name,
        study=study.key,
        stimuli_digest=study.stimuli_digest,
        embedder=f"the studied network's own {layer.name}, spatial means, z-scored over the image set, cosine",
        is_biased=True,
        scheme="Min-Max-9",
        n_sets=n_sets,
        n_references=N_REFERENCES,
        seed=0,
        render_digest=shown["synthetic"].spec_digest,
        method_digests=tuple(rendered.spec_digest or "" for name, rendered in shown.items() if name != "synthetic"),
    )
    observations = [one for material in observed for one in _observe(material, spec, natural, embedded)]
    put_observations(workspace, spec, observations)
    counts: dict[Condition, int] = {}
    for one in observations:
        counts[one.condition] = counts.get(one.condition, 0) + 1
    return SimulateReport(name, study.key, counts)


def _observe(material: UnitMaterial, spec: ObserverSpec, natural: Features, embedded: Mapping[str, Features]) -> list[Observation]:
    """Return the unit's tasks, one a stimulus set and condition: queries are natural in all, the references differ."""
    rng = selection.set_rng(spec.seed, material.unit)
    sets = selection.stratified_sets(material.max_ids, material.min_ids, n_sets=spec.n_sets, n_references=spec.n_references, rng=rng)
    queries = natural[[one.max_query for one in sets]], natural[[one.min_query for one in sets]]
    references: dict[Condition, tuple[Features, Features]] = {
        "natural": (
            np.stack([natural[list(one.max_references)] for one in sets]),
            np.stack([natural[list(one.min_references)] for one in sets]),
        )
    }
    for condition, n_references in material.images:
        if material.has_images(condition, spec.scheme, n_references):
            pair = [
                np.stack([embedded[address] for address in addresses[:n_references]])
                for addresses in material.images[condition, n_references]
            ]
            references[condition] = (np.stack([pair[0]] * len(sets)), np.stack([pair[1]] * len(sets)))
    return [
        Observation(material.unit, condition, one.set_number, float(decision), float(scored))
        for condition, (max_references, min_references) in references.items()
        for decisions in [decision_variables(*queries, max_references, min_references)]
        for one, decision, scored in zip(sets, decisions, task_scores(decisions), strict=True)
    ]


def _natural_embeddings(workspace: Workspace, reader: CatalogueReader, study: Study, layer: Layer) -> tuple[Features, Features, Features]:
    """Return z-scored embeddings (n_images, C), row = image id, and the mean and sd (C,) they were scored with."""
    files = mined_read.activation_files(reader.cursor(), workspace, study.key, layer.name)
    features = activations.read_layer(connect_memory(), files)
    mean, sd = standardise(features)
    return z_scores(features, mean, sd), mean, sd


def _made_embeddings(
    settings: Settings, workspace: Workspace, study: Study, layer: Layer, observed: Sequence[UnitMaterial], progress: Progress
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the layer's spatial means (C,) of every synthetic or imported reference, by address."""
    addresses = sorted(
        {address for one in observed for extremes in one.images.values() for chosen in extremes for address in chosen[:N_REFERENCES]}
    )
    if not addresses:
        return {}
    loaded = open_network(settings, study.network.name)
    check_workspace(workspace, loaded.card)
    found: dict[str, npt.NDArray[np.float32]] = {}
    for start in range(0, len(addresses), BATCH):
        some = addresses[start : start + BATCH]
        pixels = np.stack([_pixels(workspace, address, study.network.preprocessing.n_channels) for address in some])
        found.update(zip(some, measure(loaded, pixels, layers=[layer], batch=BATCH), strict=True))
        progress(len(found), len(addresses), "observing references")
    return found


def _pixels(workspace: Workspace, address: str, n_channels: int) -> npt.NDArray[np.uint8]:
    png = artifacts.get_image(workspace, address)
    if png is None:
        raise NotReady(
            f"The image {address} is missing from the workspace; run `exemplary synthesize` or `exemplary import-references` again."
        )
    return imaging.pixels(imaging.decode(png), n_channels)


def _deepest_mined(reader: CatalogueReader, study: Study) -> Layer:
    mined = mined_read.mined_layers(reader.cursor(), study.key)
    return [layer for layer in study.network.layers if layer.name in mined][-1]


def _spread(units: Sequence[Unit]) -> list[Unit]:
    places = np.linspace(0, len(units) - 1, min(len(units), MAX_NATURAL_UNITS)).round().astype(int)
    return [units[place] for place in places]
