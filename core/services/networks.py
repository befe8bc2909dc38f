"""Which network a command means: one that the workspace knows by name, or a source to load. Imports torch."""

from __future__ import annotations

from core.errors import NotReady, StaleWork
from core.settings import Settings
from core.store import catalogue_read, catalogue_write
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.networks import LoadedNetwork, device_of, load_network


def open_network(settings: Settings, name_or_source: str, *, network_name: str | None = None) -> LoadedNetwork:
    """Load a network by its name in the workspace or by its source; its card is published if it is new.

    Raises StaleWork where the workspace knows this name with other weights and has work that was made with them.
    """
    workspace = Workspace(settings.workspace)
    known = _known_sources(workspace)
    name = network_name or (name_or_source if name_or_source in known else None)
    loaded = load_network(known.get(name_or_source, name_or_source), device=device_of(settings.device), name=name)
    _register(workspace, loaded)
    return loaded


def _known_sources(workspace: Workspace) -> dict[str, str]:
    try:
        cards = catalogue_read.networks(CatalogueReader(workspace).cursor())
    except NotReady:
        return {}
    return {card.name: card.source for card in cards}


def _register(workspace: Workspace, loaded: LoadedNetwork) -> None:
    card = loaded.card
    try:
        cursor = CatalogueReader(workspace).cursor()
        former = next((known for known in catalogue_read.networks(cursor) if known.name == card.name), None)
    except NotReady:
        former = None
    if former == card:
        return
    if former is not None and former.weights_digest != card.weights_digest and catalogue_read.mined_studies_of_network(cursor, card.name):
        raise StaleWork(
            f"The network {card.name!r} has weights {card.weights_digest} now, {former.weights_digest} when it was mined; "
            "give it another name with --network-name, and nothing is lost."
        )
    publish(workspace, lambda change: catalogue_write.put_network(change, card))
