"""Activation maps as files: kept whole, found by key, and never too many."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from core.activation_map import Box, MapRequest, UnitMaps
from core.domain import Unit
from core.store import map_files
from core.store.workspace import Workspace

REQUEST = MapRequest("net", "0123456789abcdef", Unit("mixed4a", 3), "max", ("a" * 32, "b" * 32))


def maps_of(request: MapRequest = REQUEST, side: int = 7) -> UnitMaps:
    values = np.random.default_rng(side).standard_normal((len(request.addresses), side, side)).astype(np.float32)
    return UnitMaps(request.addresses, values, (Box(1, 2, 30, 40), None), Box(0, 0, 64, 64), 64)


def request_of(number: int) -> MapRequest:
    return replace(REQUEST, unit=Unit("mixed4a", number))


def test_maps_come_back_as_they_were(empty_workspace: Workspace) -> None:
    """Values to the last bit, boxes and their absence, field and addresses."""
    kept = maps_of()
    assert not map_files.has_maps(empty_workspace, REQUEST.key)
    map_files.put_maps(empty_workspace, REQUEST, kept)
    found = map_files.get_maps(empty_workspace, REQUEST.key)
    assert found is not None and map_files.has_maps(empty_workspace, REQUEST.key)
    assert found.values.dtype == np.float32 and (found.values == kept.values).all()
    assert (found.addresses, found.boxes, found.field, found.side_px) == (kept.addresses, kept.boxes, kept.field, kept.side_px)


@pytest.mark.parametrize("key", ["0" * 16, "", "../../etc/passwd", "ABCDEF0123456789", "0" * 15])
def test_what_is_not_kept_is_none(empty_workspace: Workspace, key: str) -> None:
    """Unknown keys and what is no key at all find nothing, and leave nothing behind."""
    assert map_files.get_maps(empty_workspace, key) is None
    assert not map_files.has_maps(empty_workspace, key)
    assert not empty_workspace.root.exists()


@pytest.mark.parametrize("damage", [b"", b"no npz", None], ids=["empty", "other", "torn"])
def test_a_damaged_file_is_computed_again(empty_workspace: Workspace, damage: bytes | None) -> None:
    """What cannot be read is removed, as if it had never been there."""
    map_files.put_maps(empty_workspace, REQUEST, maps_of())
    path = map_files.map_path(empty_workspace, REQUEST.key)
    path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    assert map_files.get_maps(empty_workspace, REQUEST.key) is None
    assert not path.exists()


def test_what_was_looked_at_longest_ago_makes_room(empty_workspace: Workspace) -> None:
    """Once all together are too large, the oldest looks go; a look makes young."""
    size = len(map_files.packed(REQUEST, maps_of()))
    for number in range(4):
        map_files.put_maps(empty_workspace, request_of(number), maps_of())
        os.utime(map_files.map_path(empty_workspace, request_of(number).key), (1000 + number, 1000 + number))
    map_files.get_maps(empty_workspace, request_of(0).key)
    map_files.put_maps(empty_workspace, request_of(4), maps_of(), at_most_bytes=int(4.5 * size))
    kept = [number for number in range(5) if map_files.has_maps(empty_workspace, request_of(number).key)]
    assert kept == [0, 3, 4]


def test_a_file_says_what_it_is_of(empty_workspace: Workspace) -> None:
    """Each file names network, unit, extreme and images, so that it can be judged without the page that asked."""
    map_files.put_maps(empty_workspace, REQUEST, maps_of())
    with np.load(map_files.map_path(empty_workspace, REQUEST.key)) as file:
        said = str(file["request"])
    assert all(word in said for word in ('"network":"net"', '"channel":3', '"extreme":"max"', "a" * 32))
