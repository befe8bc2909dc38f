"""Who observes: an embedder's name becomes an observer of a study that can embed and judge. Imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core import embedder_names
from core.design_spec import Condition
from core.domain import Layer, Study
from core.embedder_names import DEMO_OBSERVER, OWN
from core.errors import UnknownName
from core.psychophysics.observers import Observer, PairwiseObserver
from core.services.observers.embedding import OwnEmbedder, StudyPixels, embed_missing
from core.services.observers.observer_tasks import StudyTasks
from core.services.observers.stored_observers import are_mined, natural_addresses, observer_of, scale_of
from core.settings import Settings
from core.store import catalogue_read, embeddings, mined_read
from core.store.observations import ObserverKind
from core.store.publication import CatalogueReader
from core.vision.embedders import open_embedder
from core.vision.networks import device_of
from core.vision.source_names import default_name

DEMO_SOURCE: Final = "demo"
KEPT_IMAGES: Final = 4096  # decoded ones of a pairwise observer

Left = Mapping[Condition, NDArray[np.bool_]]
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Witness:
    """An embedder at work on a study. `embedder`: what embeds, or judges pairs; `own_layer`: the studied network's own layer."""

    settings: Settings
    reader: CatalogueReader
    study: Study
    source: str
    name: str
    embedder: Any
    kind: ObserverKind
    is_biased: bool
    is_z_scored: bool
    description: str
    temperature: float | None = None
    own_layer: str | None = None

    @property
    def digest(self) -> str:
        """Return what names all that determines its similarities."""
        found: str = self.embedder.digest
        return found

    def embed(self, tasks: StudyTasks, left: Left, *, people: Sequence[str], report: Report) -> int:
        """Embed what the tasks that are left show, what channels are z-scored over, and what people saw, where it is missing; return how
        many images that were. Those that only people saw are left out where they are there no more."""
        if self.kind == "pairwise":
            return 0
        needed = dict.fromkeys([*(scale_of(tasks.natural) if self.is_z_scored else ()), *_shown(tasks, left)])
        mined = self._mined()
        wanted = [address for address in (*needed, *people) if address not in mined]
        optional = set(people) - needed.keys()
        return embed_missing(self.settings, self.embedder, self._pixels(), wanted, report=report, optional=optional)

    def seen(self) -> frozenset[str]:
        """Return the images that it can judge by now: those it has embedded, and mined ones; none where it judges pairs."""
        if self.kind == "pairwise":
            return frozenset()
        return embeddings.embedded(self.reader.workspace, self.digest) | self._mined()

    def observer(self, tasks: StudyTasks, left: Left) -> Observer:
        """Return the observer of the tasks that are left; what they show is embedded."""
        if self.kind == "pairwise":
            return PairwiseObserver(self.name, self._distances())
        return observer_of(
            self.reader,
            self.study,
            _shown(tasks, left),
            name=self.name,
            embedder=self.digest,
            is_z_scored=self.is_z_scored,
            own_layer=self.own_layer,
        )

    def _mined(self) -> frozenset[str]:
        """Return the images whose features are the mined activations."""
        is_mined = self.own_layer is not None and are_mined(self.reader, self.study, self.own_layer)
        return frozenset(natural_addresses(self.reader, self.study) if is_mined else ())

    def _pixels(self) -> StudyPixels:
        return StudyPixels(self.reader.workspace, self.reader, self.study)

    def _distances(self) -> Callable[[Sequence[str], Sequence[str]], NDArray[Any]]:
        pixels = lru_cache(maxsize=KEPT_IMAGES)(self._pixels())

        def distances(a: Sequence[str], b: Sequence[str]) -> NDArray[Any]:
            found: NDArray[Any] = self.embedder.distances(np.stack([pixels(one) for one in a]), np.stack([pixels(one) for one in b]))
            return found

        return distances


def default_embedder(reader: CatalogueReader, study: Study) -> str:
    """Return the embedder that is asked where none is named: another network where one is at hand, else the studied network's own.

    At hand is, for the embedded study, the network that was trained apart for it; for another, the first other network of the workspace.
    """
    if study.network.source == DEMO_SOURCE:
        return DEMO_OBSERVER
    cards = catalogue_read.networks(reader.cursor())
    others = (one.source for one in cards if one.network_digest != study.network.network_digest and one.source != DEMO_SOURCE)
    return next(others, OWN)


def witness_of(settings: Settings, reader: CatalogueReader, study: Study, source: str) -> Witness:
    """Return who observes under this name. Raises UnknownName, UsageError, NetworkError as opening an embedder does."""
    source = embedder_names.checked_source(source)
    if embedder_names.is_biased(source):
        return _own(settings, reader, study, source)
    embedder = open_embedder(source, device=device_of(settings.device))
    return Witness(
        settings,
        reader,
        study,
        source=source,
        name=default_name(source),
        embedder=embedder,
        kind=embedder_names.kind_of(source),
        is_biased=getattr(embedder, "network_digest", None) == study.network.network_digest,
        is_z_scored=getattr(embedder, "z_scored", False),
        description=embedder.description,
        temperature=embedder_names.temperature_of(source),
    )


def _own(settings: Settings, reader: CatalogueReader, study: Study, source: str) -> Witness:
    layer = _own_layer(reader, study, source.partition(":")[2])
    return Witness(
        settings,
        reader,
        study,
        source=f"{OWN}:{layer.name}",
        name=f"{OWN}:{layer.name}",
        embedder=OwnEmbedder(settings, study, layer),
        kind="network",
        is_biased=True,
        is_z_scored=True,
        description=f"the studied network's own {layer.name}: spatial means, z-scored over the image set; cosine",
        own_layer=layer.name,
    )


def _own_layer(reader: CatalogueReader, study: Study, name: str) -> Layer:
    """Return the layer of this name; the deepest mined one where none is named."""
    if not name:
        mined = mined_read.mined_layers(reader.cursor(), study.key)
        return [layer for layer in study.network.layers if layer.name in mined][-1]
    layers = {layer.name: layer for layer in study.network.all_layers}
    if name not in layers:
        raise UnknownName(f"layer of {study.network.name}", name, layers)
    return layers[name]


def _shown(tasks: StudyTasks, left: Left) -> list[str]:
    """Return the address of every image that the tasks that are left show, natural ones in order of image id first."""
    found: dict[str, None] = {}
    for condition, chosen in left.items():
        found.update(dict.fromkeys(tasks.tasks[condition].where(chosen).shown))
    return list(found)
