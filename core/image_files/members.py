"""What lies in a source of images, and what every kind of container does; which endings are looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

CONTAINERS = (".zip", ".tar", ".parquet", ".pq")
COMPRESSED = re.compile(r"\.(tar\.(gz|bz2|xz|zst|lz4)|tgz|tbz2?|txz|gz|bz2|xz|zst|7z|rar)$", re.IGNORECASE)
MAX_BYTES = 1 << 30  # of one image file: more is no photo

Counting = Callable[[int, int], None]
"""Called with (done, total)."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file below a source's folder, or a member of a container there. `reason`: why it cannot be used, "" where it may be an image."""

    path: str
    label: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of Parquet files hold images and labels; None: the one that can be meant."""

    image: str | None = None
    label: str | None = None


UNNAMED = Columns()


class Container(Protocol):
    """A file that holds images. Its index is made once; reading is by random access, from any thread, and keeps no file open."""

    @property
    def n_members(self) -> int:
        """How many members the index holds."""

    def listed(self, columns: Columns) -> Iterator[Member]:
        """Give every member with its path in the container; "" as label: the container's own. Raises UsageError, ImageError."""

    def read(self, member: str) -> bytes:
        """Return a member's bytes. Raises ImageError."""


def ending(path: str) -> str:
    """Return the lower-case ending of a path's last part, ".png", or ""."""
    name = path.rsplit("/", 1)[-1]
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem and suffix else ""


def parent_name(path: str) -> str:
    """Return the name of the folder that holds a path, or ""."""
    return path.rpartition("/")[0].rpartition("/")[2]


def too_large(n_bytes: int) -> str:
    """Return why a file of this size is not read, or ""."""
    return f"has {n_bytes / 1e9:,.1f} GB; at most {MAX_BYTES / 1e9:.1f} GB are read" if n_bytes > MAX_BYTES else ""


def compressed_reason(path: str) -> str:
    """Return why an archive that is compressed as a whole is not read and what to do, or "" where it is none."""
    found = COMPRESSED.search(path)
    if found is None:
        return ""
    return f"is compressed as a whole ({found[0]}), so that single images cannot be read; unpack it, and give the folder or the .tar"
