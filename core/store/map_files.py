"""Activation maps of shown images, kept as small files by the key of their request: a cache that is bounded and can be dropped whole.

maps/ab/ab12....npz   values float32 (n, h, w), boxes int32 (n, 4) with -1 for none, field int32 (4,), addresses, side_px, request (JSON)
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from core.activation_map import Box, MapRequest, UnitMaps
from core.domain import canonical_json
from core.store.workspace import Workspace, write_whole

KEY = re.compile(r"[0-9a-f]{16}")
MAX_BYTES = 256 << 20  # some 5,000 looks at units of a GoogLeNet, each at four grids of nine images
KEPT_SHARE = 0.75  # of the bytes, once they are too many: what was looked at last
NOTHING = (-1, -1, -1, -1)


def map_path(workspace: Workspace, key: str) -> Path:
    """Return where the maps of this key lie, whether or not they exist."""
    return workspace.maps / key[:2] / f"{key}.npz"


def put_maps(workspace: Workspace, request: MapRequest, maps: UnitMaps, *, at_most_bytes: int = MAX_BYTES) -> None:
    """Keep the maps of a request; the maps that were looked at longest ago make room for them."""
    write_whole(map_path(workspace, request.key), packed(request, maps))
    _make_room(workspace, at_most_bytes)


def get_maps(workspace: Workspace, key: str) -> UnitMaps | None:
    """Return the maps of this key, or None where none are kept. A file that cannot be read is removed: it is computed again."""
    if not KEY.fullmatch(key):
        return None
    path = map_path(workspace, key)
    try:
        content = path.read_bytes()
        os.utime(path)  # it was looked at now
    except FileNotFoundError:
        return None
    try:
        return unpacked(content)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
        path.unlink(missing_ok=True)
        return None


def has_maps(workspace: Workspace, key: str) -> bool:
    """Return whether maps of this key are kept."""
    return bool(KEY.fullmatch(key)) and map_path(workspace, key).exists()


def packed(request: MapRequest, maps: UnitMaps) -> bytes:
    """Return the maps as the bytes of an .npz file."""
    buffer = io.BytesIO()
    boxes = [NOTHING if box is None else _plain(box) for box in maps.boxes]
    arrays: dict[str, Any] = {
        "values": maps.values,
        "boxes": np.array(boxes, np.int32).reshape(-1, 4),
        "field": np.array(_plain(maps.field), np.int32),
        "addresses": np.array(maps.addresses),
        "side_px": np.array(maps.side_px),
        "request": np.array(canonical_json(request)),
    }
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpacked(content: bytes) -> UnitMaps:
    """Return the maps in the bytes of an .npz file. Raises ValueError, KeyError or BadZipFile where they are none."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        boxes = tuple(None if tuple(box) == NOTHING else Box(*map(int, box)) for box in file["boxes"].tolist())
        addresses = tuple(map(str, file["addresses"]))
        return UnitMaps(addresses, file["values"], boxes, Box(*map(int, file["field"])), int(file["side_px"]))


def _plain(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right, box.bottom


def _make_room(workspace: Workspace, at_most_bytes: int) -> None:
    """Remove the files that were looked at longest ago, where all together are too large."""
    files = []
    for path in workspace.maps.glob("*/*.npz"):
        with contextlib.suppress(FileNotFoundError):  # another process makes room too
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    total = sum(size for _, size, _ in files)
    if total <= at_most_bytes:
        return
    for _, size, path in sorted(files):
        if total <= KEPT_SHARE * at_most_bytes:
            return
        path.unlink(missing_ok=True)
        total -= size
