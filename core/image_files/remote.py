"""Files on other machines through fsspec (s3://, gs://, https://, ...): what there is, and its bytes. fsspec is imported when needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import urlsplit

from core.errors import ImageError, UsageError

Result = TypeVar("Result")
LOCAL = ("file://", "local://")
_ADDRESS = re.compile(r"^((simplecache|filecache|blockcache)::)?[A-Za-z][A-Za-z0-9+.-]*://")


def is_remote(location: str) -> bool:
    """Return whether a location is an address with a scheme, but no address of a local file."""
    return _ADDRESS.match(location) is not None and not location.startswith(LOCAL)


def checked(address: str) -> str:
    """Return an address without a slash at its end. Raises UsageError where it cannot be kept or no installed package reads it."""
    parts = urlsplit(address)
    if parts.password:
        raise UsageError("The address holds a password, which would be kept in the workspace; leave it out, fsspec finds credentials.")
    if parts.scheme.endswith(("http", "https")) and (parts.query or parts.fragment):
        raise UsageError(f"{address} has a part after ? or #, which does not name a file; give the address without it.")
    try:
        _file_system(address)
    except (ImportError, ValueError) as error:
        scheme = address.partition("://")[0]
        raise UsageError(f"{scheme}:// cannot be read here ({error}); install the package, or give a local folder.") from error
    return address if address.endswith("://") else address.rstrip("/")


def read_file(address: str) -> bytes:
    """Return a file's bytes. Raises ImageError."""
    return _asked(address, lambda system, path: bytes(system.cat_file(path)))


def read_range(address: str, start: int, stop: int) -> bytes:
    """Return the bytes from start to stop - 1, fewer where the file ends. Raises ImageError."""
    found = _asked(address, lambda system, path: bytes(system.cat_file(path, start=start, end=stop)))
    return found if len(found) <= stop - start else found[start:stop]  # some web servers give the whole file, whatever is asked


def open_file(address: str) -> BinaryIO:
    """Return a file that is open for reading at any place. Raises ImageError."""
    return _asked(address, lambda system, path: cast(BinaryIO, system.open(path, "rb")))


def is_file(address: str) -> bool:
    """Return whether there is a file at the address. Raises ImageError where it cannot be asked."""
    return _asked(address, lambda system, path: bool(system.isfile(path)))


def is_folder(address: str) -> bool:
    """Return whether there is a folder at the address. Raises ImageError where it cannot be asked."""
    return _asked(address, lambda system, path: bool(system.isdir(path)))


def files_below(address: str) -> dict[str, int]:
    """Return the size in bytes of every file below an address (0: not told), by its path there. Raises ImageError."""

    def found(system: Any, root: str) -> dict[str, int]:
        inside = root.rstrip("/") + "/"
        files = system.find(root, detail=True)
        return {name.removeprefix(inside): int(info.get("size") or 0) for name, info in files.items() if name.startswith(inside)}

    return _asked(address, found)


def matching(pattern: str) -> list[str]:
    """Return the addresses of what matches a pattern with * ? [ ]. Raises ImageError."""

    def found(system: Any, path: str) -> list[str]:
        front = pattern.removesuffix(path) if pattern.endswith(path) else ""
        return sorted(f"{front}{name}" for name in system.glob(path))

    return _asked(pattern, found)


def _asked(address: str, ask: Callable[[Any, str], Result]) -> Result:
    try:
        return ask(*_file_system(address))
    except Exception as error:  # whatever the package of this scheme raises: it is the reason why a file is not read
        text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise ImageError(f"cannot be read: {text}") from error


def _file_system(address: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    system, path = url_to_fs(address)
    return system, path
