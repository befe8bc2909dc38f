"""DuckDB connections: guarded settings, one cursor a call, and errors in our own words.

A connection is never used by two threads: callers take `cursor()` and fetch whole results at once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import duckdb

from core.errors import StoreBusy, StoreError

CONFIG: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
INTERRUPTED = "Query interrupted"


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Return a connection to a database file. Raises StoreBusy where another process holds it, StoreError where it is unreadable."""
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=CONFIG)
    except duckdb.IOException as error:
        if "could not set lock" in str(error).lower():
            raise StoreBusy(f"{path.name} is held by another process; stop it, or ask it: {_first_line(error)}") from error
        raise StoreError(f"{path} cannot be opened: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise StoreError(f"{path} is not a database that this version reads: {_first_line(error)}") from error
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def connect_memory() -> duckdb.DuckDBPyConnection:
    """Return a private in-memory database, for queries over Parquet files."""
    return duckdb.connect(":memory:", config=CONFIG)


def was_interrupted(error: BaseException) -> bool:
    """Return whether Ctrl-C came while DuckDB worked: it then raises a RuntimeError of these words in place of KeyboardInterrupt."""
    return isinstance(error, RuntimeError) and str(error) == INTERRUPTED


@contextlib.contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Run a block as one transaction: committed at its end, rolled back if it raises."""
    cursor.execute("BEGIN TRANSACTION")
    try:
        yield cursor
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")


class Turns:
    """The lock of a database's writers. `n` grows with each turn, after its commit: what was read under this number is as it was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.n = 0

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.n += 1
        self._lock.release()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
