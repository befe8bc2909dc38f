"""Which network a command means: one that the workspace knows by name, or a source to load. Imports torch."""

from __future__ import annotations

from core.domain import NetworkCard
from core.errors import NotReady, StaleWork
from core.settings import Settings
from core.store import catalogue_read, catalogue_write
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.networks import LoadedNetwork, device_of, load_network


def open_network(settings: Settings, name_or_source: str, *, network_name: str | None = None) -> LoadedNetwork:
    """Load a network by its name in the workspace or by its source. Nothing is stored: see `register`."""
    known = _known_sources(Workspace(settings.workspace))
    name = network_name or (name_or_source if name_or_source in known else None)
    return load_network(known.get(name_or_source, name_or_source), device=device_of(settings.device), name=name)


def check_unchanged(cursor: catalogue_read.Cursor, card: NetworkCard) -> None:
    """Raise StaleWork where the workspace has work made with another network of this name."""
    former = next((known for known in catalogue_read.networks(cursor) if known.name == card.name), None)
    if former is None or former.network_digest == card.network_digest or not catalogue_read.has_work_of(cursor, card.name):
        return
    raise StaleWork(
        f"The network {card.name!r} is {card.network_digest} now (weights, layers, preprocessing) and was {former.network_digest} when "
        "work was made with it; give it another name with --network-name, and nothing is lost."
    )


def register(cursor: catalogue_write.Cursor, card: NetworkCard) -> None:
    """Store the card in the catalogue that is about to be published. Raises StaleWork as `check_unchanged`."""
    check_unchanged(cursor, card)
    catalogue_write.put_network(cursor, card)


def check_workspace(workspace: Workspace, card: NetworkCard) -> None:
    """Raise StaleWork, before anything is computed, where the result could not be published."""
    try:
        cursor = CatalogueReader(workspace).cursor()
    except NotReady:
        return
    check_unchanged(cursor, card)


def _known_sources(workspace: Workspace) -> dict[str, str]:
    try:
        cards = catalogue_read.networks(CatalogueReader(workspace).cursor())
    except NotReady:
        return {}
    return {card.name: card.source for card in cards}
