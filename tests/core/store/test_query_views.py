"""Questions in SQL: views that say what the catalogue says, files read only where needed, nothing written and nothing else opened."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import NotReady, UsageError
from core.store import activations
from core.store.query_views import VIEWS, Answer, open_views
from core.store.workspace import Workspace
from tests.conftest import ROOT
from tests.studies import LAYERS, Workplace, activation_matrix, tiny_study

SHARDS = 3  # of a layer


def rows(workspace: Workspace, question: str) -> list[tuple[Any, ...]]:
    with open_views(workspace) as views:
        return rows_of(views.ask(question))


def rows_of(answer: Answer) -> list[tuple[Any, ...]]:
    return [row for batch in answer.batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def examples() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "queries.md").read_text(encoding="utf-8"), re.S)


def test_every_activation_can_be_asked(built_study: Workplace) -> None:
    """The view of activations holds what was mined of every image, channel and layer."""
    found = rows(built_study.workspace, "SELECT layer, channel, image_id, activation FROM activations ORDER BY ALL")
    for layer in LAYERS:
        values = [value for name, *_, value in found if name == layer.name]
        assert np.array_equal(np.reshape(values, (layer.n_channels, -1)).T.astype(np.float32), activation_matrix(layer, 120))


def test_views_agree_with_each_other(built_study: Workplace) -> None:
    """Units, exemplars, layers and images count the same things; a unit's numbers are those of its activations."""
    ask = """SELECT count(*), max(abs(u.mean - a.mean)), bool_and(u.min = a.low AND u.max = a.high AND u.n = a.n) FROM units u JOIN (
               SELECT study, layer, channel, avg(activation) AS mean, min(activation) AS low, max(activation) AS high, count(*) AS n
               FROM activations GROUP BY ALL) a USING (study, layer, channel)"""
    (n_units, difference, is_equal), *_ = rows(built_study.workspace, ask)
    assert n_units == sum(layer.n_channels for layer in LAYERS) and difference < 1e-6 and is_equal
    assert rows(built_study.workspace, "SELECT sum(n_channels) FROM layers") == [(n_units,)]
    assert rows(built_study.workspace, "SELECT count(*) FROM exemplars") == [(n_units * 80,)]
    assert rows(built_study.workspace, "SELECT (FROM images SELECT count(*)), n_images FROM image_sets") == [(120, 120)]
    assert rows(built_study.workspace, "SELECT DISTINCT network, image_set, top_k, reduction FROM studies") == [
        ("tiny", "shapes", 40, "mean")
    ]
    assert rows(built_study.workspace, "SELECT count(*), bool_and(is_current) FROM renders") == [(180, True)]


def test_bins_of_units_are_where_they_say(built_study: Workplace) -> None:
    """A unit's histogram begins at its lowest activation's bin and counts every image."""
    ask = "SELECT bool_and(bin_low <= min AND min < bin_low + bin_width), bool_and(list_sum(counts) = n) FROM units"
    assert rows(built_study.workspace, ask) == [(True, True)]


def test_conditions_keep_files_shut(built_study: Workplace) -> None:
    """A question about one layer opens the files of that layer alone."""
    asked = "EXPLAIN ANALYZE SELECT avg(activation) FROM activations WHERE layer = 'mixed4a' AND channel = 3"
    ((_, plan),) = rows(built_study.workspace, asked)
    assert f"Total Files Read: {SHARDS}" in str(plan)
    assert "mixed4a" in str(plan) and "mixed3a" not in str(plan) and "conv2d2" not in str(plan)


def test_conditions_pass_over_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question about one channel reads the row group that holds it, of four."""
    monkeypatch.setattr(activations, "ROWS_A_GROUP", 100)  # two channels of 50 images
    tiny_study(tmp_path, n_images=50, top_k=20, n_renders=0, observed=False)
    asked = "EXPLAIN ANALYZE SELECT avg(activation) FROM activations WHERE layer = 'mixed4a' AND channel = 3"
    ((_, plan),) = rows(Workspace(tmp_path / "workspace"), asked)
    assert "Row Groups Scanned: 1 / 4" in str(plan)


@pytest.mark.parametrize("question", examples(), ids=lambda text: text.split("\n")[0][:40])
def test_examples_of_the_docs_answer(built_study: Workplace, question: str) -> None:
    """Every example of docs/queries.md can be asked, and has an answer."""
    assert len(examples()) == 5
    assert len(rows(built_study.workspace, question)) > 0


def test_documented_views_are_there(built_study: Workplace) -> None:
    """The docs name every view, and each can be read whole."""
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    with open_views(built_study.workspace) as views:
        described = {view.name: view for view in views.described()}
        assert set(described) == {*VIEWS, "activations"}
        for name, view in described.items():
            assert f"`{name}`" in text
            assert [column for column, _ in view.columns] == views.ask(f"FROM {name}").schema.names


WRITES = (
    "INSERT INTO catalogue.units SELECT * FROM catalogue.units",
    "DELETE FROM catalogue.units",
    "DROP TABLE catalogue.units",
    "CREATE TABLE mine AS SELECT 1",
    "ATTACH '{other}' AS other",
    "COPY (SELECT 1) TO '{other}'",
    "COPY (SELECT 1) TO '{shard}' (FORMAT parquet)",
    "EXPLAIN ANALYZE COPY (SELECT 1 AS channel) TO '{shard}' (FORMAT parquet)",
    "/* a */ EXPLAIN -- b\n ANALYZE COPY (SELECT 1 AS channel) TO '{shard}' (FORMAT parquet)",
    "EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1 AS channel) TO '{shard}' (FORMAT parquet)",
    "EXPLAIN (SELECT 1) COPY (SELECT 1 AS channel) TO '{shard}' (FORMAT parquet)",
    "WITH gone AS (DELETE FROM catalogue.units RETURNING channel) SELECT * FROM gone",
    "WITH w AS (COPY (SELECT 1) TO '{shard}' (FORMAT parquet)) SELECT 1",
    "EXPORT DATABASE '{other}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "PRAGMA enable_external_access = true",
    "SELECT 1; COPY (SELECT 1) TO '{other}'",
    "DETACH catalogue",
    "CHECKPOINT catalogue",
)
READS = (
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_parquet('https://127.0.0.1:1/x.parquet')",
    "SELECT * FROM parquet_metadata('{secret}')",
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "SELECT * FROM sniff_csv('{secret}')",
)


@pytest.mark.parametrize("statement", WRITES)
def test_nothing_can_be_written(study_workspace: Workplace, tmp_path: Path, statement: str) -> None:
    """Statements that change, write, attach or load something are refused, and every file stays as it was."""
    workspace = study_workspace.workspace
    before = digests(tmp_path)
    shard = next(workspace.root.glob("activations/**/*.parquet"))
    with pytest.raises(UsageError), open_views(workspace) as views:
        rows_of(views.ask(statement.format(other=tmp_path / "other", shard=shard)))
    assert digests(tmp_path) == before


@pytest.mark.parametrize("question", READS)
def test_nothing_else_can_be_read(built_study: Workplace, tmp_path: Path, question: str) -> None:
    """No other file of the machine can be read, listed or described, nor anything on the network."""
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="DuckDB cannot answer this"):
        rows(built_study.workspace, question.format(secret=tmp_path / "secret.csv"))


def test_python_variables_are_no_tables(built_study: Workplace) -> None:
    """A name in a question never means something of this process."""
    with pytest.raises(UsageError):
        rows(built_study.workspace, "SELECT * FROM reader")


def test_errors_are_one_sentence_with_a_hint(built_study: Workplace) -> None:
    """A wrong name is answered with the near ones, without an excerpt of the question; so is an error of a late row."""
    with pytest.raises(UsageError) as caught:
        rows(built_study.workspace, "SELECT chanel FROM units")
    assert "\n" not in str(caught.value) and '"channel"' in str(caught.value)
    with pytest.raises(UsageError, match="zzz"):
        rows(built_study.workspace, "SELECT CASE WHEN rank = 39 THEN 'zzz' ELSE '1' END::INTEGER FROM exemplars")
    with pytest.raises(UsageError, match="one statement; 2 came"):
        rows(built_study.workspace, "SELECT 1; SELECT 2")


def test_layers_without_their_files_are_named(study_workspace: Workplace) -> None:
    """Where a file of activations is gone, its layer is left out and named; the others can be asked."""
    next(study_workspace.workspace.root.glob("activations/**/mixed4a/50.parquet")).unlink()
    with open_views(study_workspace.workspace) as views:
        assert views.gone == ("mixed4a of tiny/shapes",)
        assert rows_of(views.ask("SELECT DISTINCT layer FROM activations ORDER BY layer")) == [("conv2d2",), ("mixed3a",)]


def test_an_empty_workspace_says_what_to_do(empty_workspace: Workspace) -> None:
    """Nothing published is a sentence with commands."""
    with pytest.raises(NotReady, match="exemplary index"), open_views(empty_workspace):
        pass
