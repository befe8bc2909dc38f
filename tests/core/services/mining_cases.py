"""A small set of photos that is mined in several shards with a network of a user's own, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.services.images.indexing import index_folder
from core.services.mining.mining import MineReport, mine
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
from core.store import mined_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

N_IMAGES, SHARD = 60, 16
TABLES = {"mined_layers": "EXCLUDE (mined_at)", "shards": "", "units": "", "exemplars": "", "crops": ""}


def indexed(root: Path, folder: Path, *, threads: int = 1) -> Settings:
    settings = Settings(folder / "workspace", device="cpu", threads=threads)
    index_folder(settings, root / "photos", name="shapes")
    return settings


def asked(root: Path, **more: Any) -> MiningRequest:
    return MiningRequest(f"{root / 'small.py'}:small", "shapes", **{"top_k": 20, **more})


def mined(root: Path, folder: Path, *, threads: int = 1, **more: Any) -> tuple[Settings, MineReport]:
    settings = indexed(root, folder, threads=threads)
    return settings, mine(settings, asked(root, **more))


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that mining published, but for the time, and the bytes of all shards by their digest."""
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    return {table: cursor.execute(f"SELECT * {what} FROM {table} ORDER BY ALL").fetchall() for table, what in TABLES.items()}


def assert_same(settings: Settings, expected: Settings) -> None:
    found, wanted = contents(settings), contents(expected)
    for table in TABLES:
        assert found[table] == wanted[table], table
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    for layer in ("stem", "body"):
        assert sum(shard.n_images for shard in mined_read.shards(cursor, "small/shapes", layer)) == N_IMAGES
        mined_read.activation_files(cursor, Workspace(settings.workspace), "small/shapes", layer)
