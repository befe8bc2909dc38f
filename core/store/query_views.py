"""Any question in SQL over a workspace: documented views of the current catalogue and its activations, on a connection that can only read.

The connection may open the catalogue (attached read-only) and the files of activations that it names, nothing else on the machine or the
network, and its configuration is locked. Only questions are executed, so that not even those files can be written.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from core.errors import NotReady, StoreError, UsageError
from core.store.database import connect_memory
from core.store.publication import CatalogueReader, newest_version
from core.store.workspace import Workspace

Connection = duckdb.DuckDBPyConnection

VIEWS: dict[str, tuple[str, str]] = {
    "image_sets": ("indexed folders of images", "FROM catalogue.image_sets"),
    "images": ("their images; `path` is within the set's folder", "FROM catalogue.images"),
    "skipped": ("files that could not be used, and why", "FROM catalogue.skipped"),
    "networks": ("networks: source, digest of the weights, size of the input", "SELECT * EXCLUDE (layers) FROM catalogue.networks"),
    "layers": (
        "their layers, in order (position), with the channels of each branch",
        """SELECT network, position, layer ->> 'name' AS layer, (layer -> 'n_channels')::INTEGER AS n_channels,
                  (layer -> 'pre_relu')::BOOLEAN AS pre_relu, layer -> 'branches' AS branches
           FROM (SELECT network, unnest(layers::JSON[]) AS layer, generate_subscripts(layers::JSON[], 1) - 1 AS position
                 FROM catalogue.networks)""",
    ),
    "studies": (
        "mined layers: a study is a network looked at through an image set",
        """SELECT study, network, image_set, layer, n_images, spec ->> 'reduction' AS reduction, spec ->> 'precision' AS precision,
                  (spec -> 'top_k')::INTEGER AS top_k, spec, mined_at FROM catalogue.mined_layers""",
    ),
    "units": (
        "mined units and the distribution of their activation; bin i of `counts` begins at bin_low + i * bin_width",
        """SELECT study, layer, channel, branch, n, mean, sd, low AS min, high AS max, is_dead, is_constant,
                  bin_origin * pow(2.0, bin_exponent) AS bin_low, pow(2.0, bin_exponent) AS bin_width, counts FROM catalogue.units""",
    ),
    "exemplars": (
        "each unit's most extreme images; rank 0 is the most extreme",
        """SELECT study, layer, channel, extreme, rank, image_set, image_id, path, label, activation
           FROM catalogue.exemplars JOIN (SELECT DISTINCT study, image_set FROM catalogue.mined_layers) USING (study)
           JOIN catalogue.images USING (image_set, image_id)""",
    ),
    "shards": (
        "files of activations, each of some images of a layer; `path` is within the workspace, `digest` its SHA-256",
        "FROM catalogue.shards",
    ),
    "renders": (
        "synthetic and imported images; `path` is within the workspace, is_current is false where the network has changed since",
        """SELECT network, layer, channel, extreme, idx, preset, activation, spec_digest, address,
                  'images/' || address[:2] || '/' || address || '.png' AS path, rendered_at,
                  coalesce(renders.network_digest = networks.network_digest, false) AS is_current
           FROM catalogue.renders LEFT JOIN catalogue.render_specs USING (spec_digest) LEFT JOIN catalogue.networks USING (network)""",
    ),
    "render_specs": ("all that determines a synthetic image, as JSON", "FROM catalogue.render_specs"),
    "courses": ("how each group of synthetic images was optimised, step by step", "FROM catalogue.courses"),
    "reserved_units": ("units kept for practice and catch trials", "FROM catalogue.reserved_units"),
}
ACTIVATIONS = "every activation: a condition on study, layer and channel reads the files and row groups that hold them, and no others"
ROWS_AT_ONCE = 10_000
_NO_ACTIVATIONS = (
    "SELECT '' AS study, '' AS layer, 0 AS channel, 0 AS image_id, 0::FLOAT AS activation WHERE false"  # so that the view always exists
)
_COMMENT = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)"
_EXPLAIN = re.compile(rf"{_COMMENT}*EXPLAIN\b{_COMMENT}*(?:ANALYZE\b)?{_COMMENT}*(?:\((?!{_COMMENT}*SELECT\b)[^)]*\))?", re.I | re.S)


@dataclass(frozen=True, slots=True)
class View:
    """A view, what it holds, and its columns: (name, type)."""

    name: str
    about: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that answer a question, as they are computed. Iterating raises UsageError, as asking does."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


@dataclass(frozen=True, slots=True)
class Views:
    """The open views. `gone`: "layer of study" for layers whose files of activations are not all there; `activations` lacks them."""

    connection: Connection
    gone: tuple[str, ...]

    def ask(self, question: str) -> Answer:
        """Return the answer to one SELECT (or FROM, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN). Raises UsageError."""
        with _own_words():
            _refuse_others(self.connection, question)
            reader = self.connection.sql(question).to_arrow_reader(ROWS_AT_ONCE)
        return Answer(reader.schema, _batches(reader))

    def described(self) -> tuple[View, ...]:
        """Return all views with their columns."""
        about = {name: text for name, (text, _) in VIEWS.items()} | {"activations": ACTIVATIONS}
        return tuple(View(name, text, self._columns(name)) for name, text in about.items())

    def _columns(self, name: str) -> tuple[tuple[str, str], ...]:
        return tuple((column, kind) for column, kind, *_ in self.connection.execute(f"DESCRIBE {name}").fetchall())


@contextlib.contextmanager
def open_views(workspace: Workspace) -> Iterator[Views]:
    """Open the views of the current catalogue for one question after another. Raises NotReady, StoreError."""
    with tempfile.TemporaryDirectory(prefix="exemplary-query-") as spill, connect_memory() as connection:
        _attach(connection, workspace)
        for name, (_, query) in VIEWS.items():
            connection.execute(f"CREATE VIEW {name} AS {query}")
        files, gone = _activation_files(connection, workspace)
        connection.execute(f"CREATE VIEW activations AS {_activations_query(files)}")
        _lock(connection, [path for paths in files.values() for path in paths], spill)
        yield Views(connection, gone)


def _attach(connection: Connection, workspace: Workspace) -> None:
    reader = CatalogueReader(workspace)
    reader.cursor()  # says in our words where there is none, or one that this version does not read
    reader.close()
    newest = newest_version(workspace)
    if newest is None:
        raise NotReady(f"The workspace {workspace.root} is empty; run `exemplary demo`, or `exemplary index` and `mine`.")
    try:
        connection.execute(f"ATTACH {_quoted(str(newest))} AS catalogue (READ_ONLY)")
    except duckdb.Error as error:
        raise StoreError(f"The catalogue {newest} cannot be opened ({_sentence(error)}); ask again.") from error
    connection.execute("SET TimeZone = 'UTC'")


def _activation_files(connection: Connection, workspace: Workspace) -> tuple[dict[tuple[str, str], list[str]], tuple[str, ...]]:
    """Return the files of each study and layer, and which layers lack some."""
    files: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    rows = connection.execute("SELECT study, layer, path FROM catalogue.shards ORDER BY study, layer, first_image").fetchall()
    gone: dict[tuple[str, str], None] = {}
    for study, layer, path in rows:
        whole = workspace.root / path
        files[study, layer].append(str(whole))
        if not whole.is_file():
            gone[study, layer] = None
    kept = {key: paths for key, paths in files.items() if key not in gone}
    return kept, tuple(f"{layer} of {study}" for study, layer in gone)


def _activations_query(files: dict[tuple[str, str], list[str]]) -> str:
    """Return a union of all layers: DuckDB drops the branches that a condition on study and layer rules out before it opens a file."""
    branches = [
        f"""SELECT {_quoted(study)} AS study, {_quoted(layer)} AS layer, channel::INTEGER AS channel, image_id::INTEGER AS image_id,
                   activation::FLOAT AS activation FROM read_parquet([{", ".join(map(_quoted, paths))}])"""
        for (study, layer), paths in files.items()
    ]
    return " UNION ALL ".join(branches) or _NO_ACTIVATIONS


def _lock(connection: Connection, files: list[str], spill: str) -> None:
    """Leave the connection nothing but what it needs: some files to read, a folder for what does not fit into memory."""
    connection.execute("SET python_enable_replacements = false")  # a name in a question is a view's, never one of our variables
    connection.execute(f"SET temp_directory = {_quoted(spill)}")
    connection.execute(f"SET allowed_paths = [{', '.join(map(_quoted, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _refuse_others(connection: Connection, question: str) -> None:
    """Raise UsageError unless the text is one question: an allowed file could still be written by COPY."""
    statements = connection.extract_statements(question)
    if len(statements) != 1:
        raise UsageError(f"A question is one statement; {len(statements)} came. Ask one after another.")
    kind, text = statements[0].type, statements[0].query
    if kind == duckdb.StatementType.EXPLAIN:
        inner = connection.extract_statements(_EXPLAIN.sub("", text, count=1))
        kind = inner[0].type if len(inner) == 1 else kind
    if kind != duckdb.StatementType.SELECT:
        raise UsageError(f"A workspace is only read here; ask with SELECT (or FROM, WITH, DESCRIBE, EXPLAIN), not with {kind.name}.")


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    with _own_words():
        yield from reader


@contextlib.contextmanager
def _own_words() -> Iterator[None]:
    """Turn DuckDB's errors, also those of rows that are computed late, into one sentence with its hint."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException) as error:
        raise UsageError(f"DuckDB cannot answer this: {_sentence(error)}") from error


def _sentence(error: Exception) -> str:
    """Return the message without the excerpt of the question below it."""
    text = re.split(r"\n\s*LINE \d+:", str(error).strip())[0]
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
