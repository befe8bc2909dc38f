"""Files at addresses: which addresses are local, what servers may do, errors of whatever package reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from core.errors import ImageError
from core.image_files import remote


@pytest.fixture
def address() -> Iterator[str]:
    """Return the address of a file of ten bytes."""
    fsspec.filesystem("memory").pipe("/some/file.bin", b"0123456789")
    yield "memory://some/file.bin"
    fsspec.filesystem("memory").rm("/some", recursive=True)


@pytest.mark.parametrize(
    ("location", "is_remote"),
    [("s3://b/x", True), ("simplecache::s3://b/x", True), ("/a/b", False), ("a::b", False), ("file:///a", False), ("C:/x", False)],
)
def test_addresses_have_a_scheme(location: str, is_remote: bool) -> None:
    """Paths, and addresses of this machine's files, are local."""
    assert remote.is_remote(location) == is_remote


def test_ranges_are_read(address: str) -> None:
    """Within a file, and up to its end."""
    assert remote.read_range(address, 2, 5) == b"234"
    assert remote.read_range(address, 8, 20) == b"89"
    assert remote.read_file(address) == b"0123456789"


def test_a_server_that_ignores_ranges_is_understood(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the whole file comes, the part is taken out of it."""
    monkeypatch.setattr(MemoryFileSystem, "cat_file", lambda *_, **__: b"0123456789")
    assert remote.read_range(address, 2, 5) == b"234"


@pytest.mark.parametrize("error", [KeyError("NoSuchKey"), OSError("broken"), PermissionError(13, "Forbidden"), RuntimeError()])
def test_whatever_a_package_raises_is_a_reason(address: str, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Each package has errors of its own; none of them ends the work."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(MemoryFileSystem, "cat_file", fail)
    with pytest.raises(ImageError, match=r"cannot be read: .+"):
        remote.read_file(address)
