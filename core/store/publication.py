"""Publishing the catalogue: copy the current version, change the copy, rename it to the next number, all under the workspace's lock.

Readers open a version read-only and are never disturbed: a published file is never written again. Two jobs that publish at once wait
for each other and lose nothing, because each applies its change to what is current when its turn comes.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb

from core.errors import NotReady, StoreError
from core.store.database import connect, transaction
from core.store.workspace import Workspace, publish_file

SCHEMA_VERSION = 4
KEPT_VERSIONS = 2

SCHEMA = """
CREATE TABLE meta (schema_version INTEGER);
CREATE TABLE networks (
  network VARCHAR PRIMARY KEY, source VARCHAR, network_digest VARCHAR, resize_px INTEGER, crop_px INTEGER,
  n_channels INTEGER, interpolation VARCHAR, layers VARCHAR, n_classes INTEGER);
CREATE TABLE image_sets (
  image_set VARCHAR PRIMARY KEY, folder VARCHAR, set_digest VARCHAR, n_images INTEGER, n_skipped INTEGER, indexed_at TIMESTAMPTZ);
CREATE TABLE images (
  image_set VARCHAR, image_id INTEGER, content_hash VARCHAR, path VARCHAR, label VARCHAR, width_px INTEGER, height_px INTEGER);
CREATE TABLE skipped (image_set VARCHAR, path VARCHAR, reason VARCHAR);
CREATE TABLE mined_layers (
  study VARCHAR, network VARCHAR, image_set VARCHAR, layer VARCHAR, spec_digest VARCHAR, spec VARCHAR, n_images INTEGER,
  content_digest VARCHAR, mined_at TIMESTAMPTZ);
CREATE TABLE shards (study VARCHAR, layer VARCHAR, first_image INTEGER, n_images INTEGER, path VARCHAR, digest VARCHAR);
CREATE TABLE units (
  study VARCHAR, layer VARCHAR, channel INTEGER, branch VARCHAR, n INTEGER, mean DOUBLE, sd DOUBLE, low DOUBLE, high DOUBLE,
  bin_exponent INTEGER, bin_origin BIGINT, counts BIGINT[],
  moments STRUCT(first_image INTEGER, n INTEGER, mean DOUBLE, squares DOUBLE)[], is_constant BOOLEAN, is_dead BOOLEAN);
CREATE TABLE exemplars (
  study VARCHAR, layer VARCHAR, channel INTEGER, extreme VARCHAR, rank INTEGER, image_id INTEGER, activation FLOAT);
CREATE TABLE crops (
  address VARCHAR, image_set VARCHAR, image_id INTEGER, resize_px INTEGER, crop_px INTEGER, n_channels INTEGER,
  interpolation VARCHAR);
CREATE TABLE render_specs (spec_digest VARCHAR PRIMARY KEY, preset VARCHAR, spec VARCHAR);
CREATE TABLE renders (
  network VARCHAR, network_digest VARCHAR, layer VARCHAR, channel INTEGER, extreme VARCHAR, idx INTEGER, spec_digest VARCHAR,
  address VARCHAR, activation DOUBLE, rendered_at TIMESTAMPTZ);
CREATE TABLE courses (
  network VARCHAR, network_digest VARCHAR, layer VARCHAR, channel INTEGER, extreme VARCHAR, grp INTEGER, spec_digest VARCHAR,
  n_steps INTEGER, steps INTEGER[], activations FLOAT[], objectives FLOAT[], snapshots STRUCT(step INTEGER, address VARCHAR)[],
  diversity_weight DOUBLE, n_at_once INTEGER, device VARCHAR);
CREATE TABLE path_similarities (
  study VARCHAR, address VARCHAR, layer VARCHAR, channel INTEGER, extreme VARCHAR, at_layers VARCHAR[], similarities FLOAT[],
  exemplars_alike FLOAT[], random_alike FLOAT[]);
CREATE TABLE reserved_units (network VARCHAR, layer VARCHAR, channel INTEGER);
"""

Change = Callable[[duckdb.DuckDBPyConnection], None]


def publish(workspace: Workspace, change: Change) -> int:
    """Apply `change` to the current catalogue and publish the result; return the new version's number."""
    with workspace.lock():
        workspace.catalogue.mkdir(parents=True, exist_ok=True)
        current = newest_version(workspace)
        number = (int(current.stem) if current else 0) + 1
        target = workspace.catalogue / f"{number:06d}.duckdb"
        temporary = workspace.catalogue / f".{target.name}.tmp"
        _remove_leftovers(workspace)
        if current:
            shutil.copyfile(current, temporary)
        _apply(temporary, change)
        publish_file(temporary, target)
        _remove_old(workspace)
        return number


def newest_version(workspace: Workspace) -> Path | None:
    """Return the current version's file, or None where nothing was published yet."""
    return max(workspace.catalogue.glob("[0-9]*.duckdb"), default=None, key=lambda path: int(path.stem))


def published_versions(workspace: Workspace) -> tuple[Path, ...]:
    """Return the files of all kept versions, the oldest first."""
    return tuple(sorted(workspace.catalogue.glob("[0-9]*.duckdb"), key=lambda path: int(path.stem)))


class CatalogueReader:
    """Cursors on the current catalogue, for many threads; follows publications by opening the newest version when it changes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._guard = threading.Lock()
        self._version: Path | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace whose catalogue this is."""
        return self._workspace

    @property
    def version(self) -> int:
        """Return the current version's number; 0 where nothing was published yet. A key for caches."""
        newest = newest_version(self._workspace)
        return int(newest.stem) if newest else 0

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of the caller's own on the newest version. Raises NotReady on an empty workspace."""
        with self._guard:
            for last_try in (False, False, True):
                newest = self._newest()
                if newest == self._version and self._connection is not None:
                    break
                try:
                    self._connection, self._version = open_published(newest), newest
                except StoreError:  # removed between listing and opening: two publications came in between
                    if last_try or newest.exists():
                        raise
            if self._connection is None:
                raise StoreError(f"{self._workspace.catalogue} changes faster than it can be opened; try again.")
            return self._connection.cursor()

    def _newest(self) -> Path:
        newest = newest_version(self._workspace)
        if newest is None:
            raise NotReady(f"The workspace {self._workspace.root} is empty; run `exemplary demo`, or `exemplary index` and `mine`.")
        return newest

    def close(self) -> None:
        """Let go of the open version."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._version = None


def open_published(path: Path) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection to a published version. Raises StoreError where it has another layout or cannot be read."""
    connection = connect(path, read_only=True)
    _check_schema(connection, path)
    return connection


def _apply(path: Path, change: Change) -> None:
    is_new = not path.exists()
    connection = connect(path)
    try:
        if is_new:
            connection.execute(SCHEMA)
            connection.execute("INSERT INTO meta VALUES (?)", [SCHEMA_VERSION])
        _check_schema(connection, path)
        with transaction(connection):
            change(connection)
        connection.execute("CHECKPOINT")
    except BaseException:
        connection.close()
        path.unlink(missing_ok=True)
        raise
    connection.close()


def _check_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        row = connection.execute("SELECT schema_version FROM meta").fetchone()
    except duckdb.CatalogException:
        row = None
    found = row[0] if row else None
    if found != SCHEMA_VERSION:
        raise StoreError(
            f"The catalogue {path} has layout {found}, this version reads {SCHEMA_VERSION}; move {path.parent} away and mine again "
            "(people's answers are not in it)."
        )


def _remove_leftovers(workspace: Workspace) -> None:
    for leftover in workspace.catalogue.glob(".*.tmp*"):
        leftover.unlink()


def _remove_old(workspace: Workspace) -> None:
    for path in published_versions(workspace)[:-KEPT_VERSIONS]:
        path.unlink()
