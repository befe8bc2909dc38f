"""Questions that verify a workspace: whether tables agree with each other, and which files they refer to. Nothing is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.domain import MiningSpec
from core.errors import StoreError
from core.store import mined_read
from core.store.activations import Shard
from core.store.database import connect
from core.store.migrations import MIGRATIONS
from core.store.publication import open_published
from core.store.workspace import Workspace

Cursor = duckdb.DuckDBPyConnection

RATINGS_SINCE = 2  # the state of responses.duckdb that first has rating tasks


@dataclass(frozen=True, slots=True)
class MinedFacts:
    """A mined layer as the tables tell it; `spec` is that of all layers that were mined together.

    n_in_set, network_digest: what set and network have now, None where they are gone; n_units: of them n_wrong_n were not mined on all
    n_mined images; n_exemplars, of which n_lost show an image that the set does not have.
    """

    spec: MiningSpec
    study: str
    layer: str
    network: str
    image_set: str
    content_digest: str
    n_mined: int
    n_in_set: int | None
    network_digest: str | None
    n_units: int
    n_wrong_n: int
    n_exemplars: int
    n_lost: int


@dataclass(frozen=True, slots=True)
class Referenced:
    """What the catalogue's versions refer to: activation files relative to the workspace, and addresses of images."""

    shard_files: frozenset[str]
    addresses: frozenset[str]


def open_version(path: Path) -> Cursor:
    """Return a cursor on a published version, all of which could be read. Raises StoreError."""
    connection = open_published(path)
    try:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
        for (table,) in tables:
            connection.execute(f'SELECT count(COLUMNS(*)) FROM "{table}"').fetchall()
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be read whole: {str(error).splitlines()[0]}") from error
    return connection


def image_rows(cursor: Cursor) -> dict[str, tuple[int, bool]]:
    """Return for each image set how many images it lists, and whether their ids are 0, 1, 2 ..."""
    query = """SELECT s.image_set, count(i.image_id), count(DISTINCT i.image_id) = count(i.image_id) AND coalesce(min(i.image_id), 0) = 0
                 AND coalesce(max(i.image_id) + 1, 0) = count(i.image_id)
               FROM image_sets s LEFT JOIN images i USING (image_set) GROUP BY s.image_set"""
    return {name: (n, in_order) for name, n, in_order in cursor.execute(query).fetchall()}


def mined_facts(cursor: Cursor) -> tuple[MinedFacts, ...]:
    """Return what the tables tell of every mined layer."""
    query = """
        SELECT m.spec, m.study, m.layer, m.network, m.image_set, m.content_digest, m.n_images, s.n_images, n.network_digest,
               coalesce(u.n_units, 0), coalesce(u.n_wrong, 0), coalesce(e.n, 0), coalesce(e.n_lost, 0)
        FROM mined_layers m LEFT JOIN image_sets s USING (image_set) LEFT JOIN networks n USING (network)
        LEFT JOIN (SELECT u.study, u.layer, count(*) AS n_units, count(*) FILTER (u.n <> m.n_images) AS n_wrong
                   FROM units u JOIN mined_layers m USING (study, layer) GROUP BY ALL) u USING (study, layer)
        LEFT JOIN (SELECT e.study, e.layer, count(*) AS n, count(*) FILTER (i.image_id IS NULL) AS n_lost
                   FROM exemplars e JOIN mined_layers m USING (study, layer)
                   LEFT JOIN images i ON i.image_set = m.image_set AND i.image_id = e.image_id GROUP BY ALL) e USING (study, layer)
        ORDER BY m.study, m.layer"""
    return tuple(MinedFacts(mined_read.mining_spec(spec), *facts) for spec, *facts in cursor.execute(query).fetchall())


def all_shards(cursor: Cursor) -> dict[tuple[str, str], tuple[Shard, ...]]:
    """Return the activation files of every study and layer, in the order of their images."""
    found: dict[tuple[str, str], tuple[Shard, ...]] = {}
    query = "SELECT study, layer, first_image, n_images, path, digest FROM shards ORDER BY study, layer, first_image"
    for study, layer, *rest in cursor.execute(query).fetchall():
        found[study, layer] = (*found.get((study, layer), ()), Shard(*rest))
    return found


def shown_images(cursor: Cursor) -> dict[str, str]:
    """Return what every synthetic image and snapshot that the catalogue refers to is, by its address."""
    query = """
        SELECT one.address, 'snapshot of ' || network || ' ' || layer || ':' || channel
        FROM courses, unnest(snapshots) AS shown(one) UNION ALL
        SELECT address, 'synthetic image of ' || network || ' ' || layer || ':' || channel FROM renders"""
    return dict(cursor.execute(query).fetchall())


def crop_addresses(cursor: Cursor) -> frozenset[str]:
    """Return the addresses of all crops of natural images, whether or not they are kept."""
    return frozenset(address for (address,) in cursor.execute("SELECT DISTINCT address FROM crops").fetchall())


def referenced(cursor: Cursor) -> Referenced:
    """Return what one version of the catalogue refers to."""
    addresses = cursor.execute("SELECT address FROM crops UNION SELECT address FROM path_similarities").fetchall()
    files = cursor.execute("SELECT path FROM shards").fetchall()
    return Referenced(frozenset(path for (path,) in files), frozenset(shown_images(cursor)) | {address for (address,) in addresses})


def render_spec_digests(cursor: Cursor) -> tuple[str, ...]:
    """Return the digests of all render specs that were ever published."""
    return tuple(name for (name,) in cursor.execute("SELECT spec_digest FROM render_specs ORDER BY spec_digest").fetchall())


# --- files --------------------------------------------------------------------------------------------------------------------


def parquet_rows(path: Path) -> int:
    """Return the number of rows by a Parquet file's metadata. Raises StoreError where it is none."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path} is no Parquet file that can be read: {error}") from error


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- people's answers ---------------------------------------------------------------------------------------------------------


def check_responses(workspace: Workspace) -> frozenset[str]:
    """Return the addresses of the images in people's trials and ratings, all answers having been read. Raises StoreBusy, StoreError."""
    connection = connect(workspace.responses, read_only=True)
    try:
        applied = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchall()[0][0]
        if applied > len(MIGRATIONS):
            raise StoreError(f"it is in state {applied}, this version knows {len(MIGRATIONS)}; update Exemplary")
        lost = connection.execute(
            """SELECT count(*) FROM responses WHERE (session_id, trial_index) NOT IN (SELECT session_id, trial_index FROM trials)"""
        ).fetchall()[0][0]
        if lost:
            raise StoreError(f"{lost} answers are to trials that are not there")
        query = """SELECT unnest(min_references || max_references || [query_top, query_bottom]) FROM trials"""
        if applied >= RATINGS_SINCE:
            query += """ UNION SELECT unnest(synthetic_images || natural_images) FROM rating_tasks"""
        return frozenset(address for (address,) in connection.execute(query).fetchall())
    except duckdb.Error as error:
        raise StoreError(str(error).splitlines()[0]) from error
    finally:
        connection.close()
