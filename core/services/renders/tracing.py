"""The path of synthetic images through the network beside that of their unit's natural exemplars (Geirhos et al. 2023). Imports torch.

Geirhos et al. ("Don't trust your eyes", section 4) compare, layer by layer, the activations of a visualization with those of natural
images that activate the unit: where the paths differ, the picture does not show how the unit works on photos.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from core import imaging
from core.domain import PathSimilarity, Render, Study
from core.jobs.job import Progress
from core.store import artifacts, catalogue_write, mined_read, render_read, unit_read
from core.store.activations import read_images
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork

N_EXEMPLARS = 9  # of a unit's extreme, and as many random images
AT_ONCE = 16
UNITS_A_PUBLICATION = 64

Rows = npt.NDArray[np.float64]


def trace_paths(workspace: Workspace, loaded: LoadedNetwork, study: Study, *, progress: Progress) -> int:
    """Compute and publish the paths of all synthetic images that have none yet in a study; return how many there were."""
    reader = CatalogueReader(workspace)
    missing = _missing(reader, study)
    units = sorted({one.unit for one in missing})
    for start in range(0, len(units), UNITS_A_PUBLICATION):
        chosen = set(units[start : start + UNITS_A_PUBLICATION])
        found = _paths(reader, loaded, study, [one for one in missing if one.unit in chosen])
        publish(workspace, lambda cursor, found=found: catalogue_write.put_path_similarities(cursor, study.key, found))  # type: ignore[misc]
        progress(min(start + UNITS_A_PUBLICATION, len(units)), len(units), "tracing units")
    return len(missing)


def similarities(images: Rows, exemplars: Rows, random: Rows) -> tuple[npt.NDArray[np.float64], float, float]:
    """Return the mean Spearman correlation of each row of `images` with the exemplars, (n,); that of the exemplars with each other; that
    of random images with them. Rows are activations, one column a channel."""
    unit = [_standardised(rows) for rows in (images, exemplars, random)]
    own = unit[1] @ unit[1].T
    n = len(exemplars)
    natural = float((own.sum() - np.trace(own)) / (n * (n - 1))) if n > 1 else 1.0
    return (unit[0] @ unit[1].T).mean(axis=1), natural, float((unit[2] @ unit[1].T).mean())


def _standardised(rows: Rows) -> Rows:
    ranks = rankdata(rows, axis=1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(norms > 0, norms, 1.0))


def _missing(reader: CatalogueReader, study: Study) -> list[Render]:
    """Return the synthetic images of mined units whose path does not go through all layers that are mined by now."""
    mined = mined_read.mined_layers(reader.cursor(), study.key)
    known = {
        (one.address, one.unit, one.extreme)
        for one in render_read.path_similarities(reader.cursor(), study.key)
        if set(one.at_layers) >= set(mined)
    }
    renders = render_read.renders(reader.cursor(), study.network)
    return [one for one in renders if one.unit.layer in mined and (one.address, one.unit, one.extreme) not in known]


def _paths(reader: CatalogueReader, loaded: LoadedNetwork, study: Study, renders: Sequence[Render]) -> list[PathSimilarity]:
    mined = mined_read.mined_layers(reader.cursor(), study.key)
    layers = [layer for layer in study.network.all_layers if layer.name in mined]
    pixels = _pixels(reader.workspace, renders, study.network.preprocessing.n_channels)
    synthetic = measure(loaded, pixels, layers=layers, batch=AT_ONCE).astype(np.float64)
    ranked = unit_read.ranked_ids(reader.cursor(), study.key, sorted({one.unit for one in renders}))
    random = _random_ids(study)
    needed = sorted({*random, *(image_id for ids in ranked.values() for image_id in ids[:N_EXEMPLARS])})
    natural = [_natural(reader, study, layer.name, needed) for layer in layers]
    row_of = {image_id: row for row, image_id in enumerate(needed)}
    bounds = np.cumsum([0, *(layer.n_channels for layer in layers)])
    found: list[PathSimilarity] = []
    for unit, extreme in sorted({(one.unit, one.extreme) for one in renders}):
        places = [place for place, one in enumerate(renders) if (one.unit, one.extreme) == (unit, extreme)]
        exemplars = [row_of[image_id] for image_id in ranked[unit, extreme][:N_EXEMPLARS]]
        others = [row_of[image_id] for image_id in random]
        by_layer = [
            similarities(synthetic[places, start:stop], rows[exemplars], rows[others])
            for rows, start, stop in zip(natural, bounds[:-1], bounds[1:], strict=True)
        ]
        found += [
            PathSimilarity(
                renders[place].address,
                unit,
                extreme,
                at_layers=tuple(layer.name for layer in layers),
                similarities=tuple(float(of_images[number]) for of_images, _, _ in by_layer),
                natural=tuple(high for _, high, _ in by_layer),
                random=tuple(low for _, _, low in by_layer),
            )
            for number, place in enumerate(places)
        ]
    return found


def _pixels(workspace: Workspace, renders: Sequence[Render], n_channels: int) -> npt.NDArray[np.uint8]:
    return np.stack([imaging.pixels(imaging.decode(artifacts.get_image(workspace, one.address) or b""), n_channels) for one in renders])


def _random_ids(study: Study) -> list[int]:
    """Return the ids of the study's random images: the same in every call."""
    n_images = study.image_set.n_images
    rng = np.random.default_rng(int(study.image_set.set_digest[:8], 16))
    return [int(image_id) for image_id in rng.choice(n_images, size=min(N_EXEMPLARS, n_images), replace=False)]


def _natural(reader: CatalogueReader, study: Study, layer: str, image_ids: Sequence[int]) -> Rows:
    """Return the stored activations of these images in a layer, (n, C)."""
    files = mined_read.activation_files(reader.cursor(), reader.workspace, study.key, layer)
    return read_images(reader.cursor(), files, image_ids).astype(np.float64)
