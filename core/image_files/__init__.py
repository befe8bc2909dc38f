"""Where the bytes of an image are found: in a file of a folder. No torch here: pages use it too."""

from __future__ import annotations

from pathlib import Path

from core.errors import ImageError


def read_bytes(folder: str | Path, path: str) -> bytes:
    """Return the bytes of the image that an image set names by `path` within its folder. Raises ImageError with the reason."""
    try:
        return (Path(folder) / path).read_bytes()
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror or error}") from error
