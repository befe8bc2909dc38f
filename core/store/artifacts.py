"""Content-addressed image files of a workspace: lossless PNG to be judged, small WebP copies for walls."""

from __future__ import annotations

import re
from pathlib import Path

from core.imaging import content_address, decode, encode_thumbnail
from core.store.workspace import Workspace, write_whole

ADDRESS = re.compile(r"[0-9a-f]{32}")
THUMBNAIL_PX = 160


def image_path(workspace: Workspace, address: str) -> Path:
    """Return where the PNG of this address lies, whether or not it exists."""
    return workspace.images / address[:2] / f"{address}.png"


def put_image(workspace: Workspace, content: bytes, *, address: str | None = None) -> str:
    """Store a PNG unless its address is there already; return the address (by default the hash of the bytes)."""
    address = address or content_address(content)
    path = image_path(workspace, address)
    if not path.exists():
        write_whole(path, content)
    return address


def get_image(workspace: Workspace, address: str) -> bytes | None:
    """Return the stored PNG of this address, or None."""
    path = image_path(workspace, address)
    return path.read_bytes() if ADDRESS.fullmatch(address) and path.exists() else None


def get_thumbnail(workspace: Workspace, address: str) -> bytes | None:
    """Return the small WebP copy of a stored PNG, made on first use; None where there is no such image."""
    path = workspace.thumbs / address[:2] / f"{address}.webp"
    if ADDRESS.fullmatch(address) and path.exists():
        return path.read_bytes()
    png = get_image(workspace, address)
    if png is None:
        return None
    small = encode_thumbnail(decode(png), THUMBNAIL_PX)
    write_whole(path, small)
    return small
