"""Publishing the catalogue loses nothing, disturbs no reader and survives death at any moment."""

from __future__ import annotations

import re
import threading

import duckdb
import pytest

from core.domain import Unit
from core.errors import NotReady, StoreError
from core.store import catalogue_write, unit_read
from core.store.publication import KEPT_VERSIONS, CatalogueReader, newest_version, publish
from core.store.workspace import Workspace
from tests.processes import kill, output_of, python

PUBLISHER = """
import sys
from core.domain import Unit
from core.store.catalogue_write import put_reserved
from core.store.publication import publish
from core.store.workspace import Workspace
from pathlib import Path
where, name, n = Workspace(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for channel in range(n):
    publish(where, lambda cursor: put_reserved(cursor, name, [Unit("layer", channel)]))
    print(channel, flush=True)
"""


def put(workspace: Workspace, channel: int, name: str = "here") -> int:
    return publish(workspace, lambda cursor: catalogue_write.put_reserved(cursor, name, [Unit("layer", channel)]))


def channels(reader: CatalogueReader, name: str = "here") -> list[int]:
    return [unit.channel for unit in unit_read.reserved_units(reader.cursor(), name)]


def versions(workspace: Workspace) -> list[str]:
    return sorted(path.name for path in workspace.catalogue.iterdir())


def test_an_empty_workspace_is_not_ready(empty_workspace: Workspace) -> None:
    """Reading before the first publication says what to run, and creates nothing."""
    reader = CatalogueReader(empty_workspace)
    assert reader.version == 0 and newest_version(empty_workspace) is None
    with pytest.raises(NotReady, match="exemplary"):
        reader.cursor()
    assert not empty_workspace.root.exists()


def test_a_reader_sees_the_newest_version(empty_workspace: Workspace) -> None:
    """A reader follows publications; a cursor that was taken before goes on with its own version."""
    assert put(empty_workspace, 1) == 1
    reader = CatalogueReader(empty_workspace)
    former = reader.cursor()
    assert put(empty_workspace, 2) == 2
    assert [unit.channel for unit in unit_read.reserved_units(former, "here")] == [1]
    assert channels(reader) == [1, 2]
    assert reader.version == 2


def test_an_error_leaves_the_former_version(empty_workspace: Workspace) -> None:
    """A change that fails half-way is not published and leaves no file."""
    put(empty_workspace, 1)

    def failing(cursor: duckdb.DuckDBPyConnection) -> None:
        catalogue_write.put_reserved(cursor, "here", [Unit("layer", 2)])
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        publish(empty_workspace, failing)
    assert channels(CatalogueReader(empty_workspace)) == [1]
    assert versions(empty_workspace) == ["000001.duckdb"]
    assert put(empty_workspace, 3) == 2


def test_leftovers_of_a_killed_publisher_are_harmless(empty_workspace: Workspace) -> None:
    """Half-written temporary files are neither read nor kept."""
    put(empty_workspace, 1)
    for name in (".000002.duckdb.tmp", ".000002.duckdb.tmp.wal"):
        (empty_workspace.catalogue / name).write_bytes(b"half a database")
    assert channels(CatalogueReader(empty_workspace)) == [1]
    put(empty_workspace, 2)
    assert channels(CatalogueReader(empty_workspace)) == [1, 2]
    assert versions(empty_workspace) == ["000001.duckdb", "000002.duckdb"]


def test_old_versions_are_removed(empty_workspace: Workspace) -> None:
    """Only the newest versions stay, beyond the millionth too."""
    for channel in range(5):
        put(empty_workspace, channel)
    assert versions(empty_workspace) == [f"{number:06d}.duckdb" for number in range(6 - KEPT_VERSIONS, 6)]
    (empty_workspace.catalogue / "000005.duckdb").rename(empty_workspace.catalogue / "999999.duckdb")
    assert put(empty_workspace, 9) == 1_000_000
    assert put(empty_workspace, 10) == 1_000_001
    assert CatalogueReader(empty_workspace).version == 1_000_001
    assert len(versions(empty_workspace)) == KEPT_VERSIONS


def test_another_layout_is_refused_in_a_sentence(empty_workspace: Workspace) -> None:
    """A catalogue of another schema is neither read nor changed; people are told that their answers are safe."""
    put(empty_workspace, 1)
    path = newest_version(empty_workspace)
    assert path is not None
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE meta SET schema_version = 99")
    with pytest.raises(StoreError, match=r"layout 99.*answers"):
        CatalogueReader(empty_workspace).cursor()
    with pytest.raises(StoreError, match="layout 99"):
        put(empty_workspace, 2)
    assert versions(empty_workspace) == ["000001.duckdb"]


@pytest.mark.parametrize("content", [b"", b"this is no database", b"\0" * 20_000])
def test_an_unreadable_catalogue_is_a_sentence(empty_workspace: Workspace, content: bytes) -> None:
    """A file that is no catalogue gives an error of ours, not of the database."""
    empty_workspace.catalogue.mkdir(parents=True)
    (empty_workspace.catalogue / "000001.duckdb").write_bytes(content)
    with pytest.raises(StoreError):
        CatalogueReader(empty_workspace).cursor()


def test_two_publishers_lose_nothing_and_readers_go_on(empty_workspace: Workspace) -> None:
    """Two processes publish 20 changes each at once: all 40 arrive; a reader never fails and never sees one vanish."""
    put(empty_workspace, 0)
    reader = CatalogueReader(empty_workspace)
    publishers = [python(PUBLISHER, empty_workspace.root, name, 20) for name in ("a", "b")]
    seen: list[int] = []
    errors: list[BaseException] = []

    def read() -> None:
        try:
            while any(process.poll() is None for process in publishers):
                seen.append(len(channels(reader, "a")) + len(channels(reader, "b")))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for process in publishers:
        output_of(process)
    for thread in threads:
        thread.join()
    assert errors == []
    assert channels(reader, "a") == channels(reader, "b") == list(range(20))
    assert channels(reader) == [0]
    assert reader.version == 41
    assert len(set(seen)) > 1, "the reader saw no publication in between"


@pytest.mark.parametrize("after", [1, 4, 6])
def test_killed_publishers_leave_a_readable_catalogue(empty_workspace: Workspace, after: int) -> None:
    """kill -9 at any moment: what was published is there, the next publication works."""
    process = python(PUBLISHER, empty_workspace.root, "killed", 1000)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(after)]
    acknowledged += [int(line) for line in re.findall(r"\d+\n", kill(process))]
    found = channels(CatalogueReader(empty_workspace), "killed")
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 1
    put(empty_workspace, 7)
    assert channels(CatalogueReader(empty_workspace)) == [7]
