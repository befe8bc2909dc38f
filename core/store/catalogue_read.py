"""Questions to the catalogue about networks, image sets and studies, as functions of a cursor: records out, no SQL above this folder."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, replace
from typing import Any

import duckdb

from core.domain import Branch, ImageFile, ImageSet, Layer, NetworkCard, Preprocessing, SkippedFile, Study
from core.errors import UnknownName
from core.store.mined_read import mining_spec

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class CropSource:
    """Where the image behind an address comes from."""

    path: str
    folder: str
    content_hash: str
    preprocessing: Preprocessing


def networks(cursor: Cursor) -> tuple[NetworkCard, ...]:
    """Return the cards of all networks in the catalogue, by name."""
    columns = "network, source, network_digest, resize_px, crop_px, n_channels, interpolation, layers, n_classes"
    rows = cursor.execute(f"SELECT {columns} FROM networks ORDER BY network").fetchall()
    return tuple(_card(row) for row in rows)


def network(cursor: Cursor, name: str) -> NetworkCard:
    """Return a network's card. Raises UnknownName."""
    cards = networks(cursor)
    for card in cards:
        if card.name == name:
            return card
    raise UnknownName("network in this workspace", name, [card.name for card in cards])


def image_sets(cursor: Cursor) -> tuple[ImageSet, ...]:
    """Return all indexed image sets, by name."""
    query = "SELECT image_set, folder, set_digest, n_images, n_skipped FROM image_sets ORDER BY image_set"
    return tuple(ImageSet(*row) for row in cursor.execute(query).fetchall())


def image_set(cursor: Cursor, name: str) -> ImageSet:
    """Return an image set. Raises UnknownName."""
    known = image_sets(cursor)
    for candidate in known:
        if candidate.name == name:
            return candidate
    raise UnknownName("image set in this workspace", name, [candidate.name for candidate in known])


def images(cursor: Cursor, image_set_name: str) -> tuple[ImageFile, ...]:
    """Return the set's images in order of image_id."""
    query = """SELECT image_id, content_hash, path, label, width_px, height_px FROM images WHERE image_set = ? ORDER BY image_id"""
    return tuple(ImageFile(*row) for row in cursor.execute(query, [image_set_name]).fetchall())


def skipped(cursor: Cursor, image_set_name: str) -> tuple[SkippedFile, ...]:
    """Return the files that could not be used, with reasons."""
    query = "SELECT path, reason FROM skipped WHERE image_set = ? ORDER BY path"
    return tuple(SkippedFile(*row) for row in cursor.execute(query, [image_set_name]).fetchall())


def studies(cursor: Cursor) -> tuple[Study, ...]:
    """Return all mined studies, the newest first. `mining` is the newest layer's spec, with the smallest top_k of all layers."""
    rows = cursor.execute(
        """SELECT study, network, image_set, arg_max(spec, mined_at), min(CAST(spec ->> '$.top_k' AS INTEGER)), max(mined_at)
           FROM mined_layers GROUP BY study, network, image_set ORDER BY max(mined_at) DESC, study"""
    ).fetchall()
    return tuple(
        Study(network(cursor, network_name), image_set(cursor, set_name), replace(mining_spec(spec), top_k=top_k), mined_at)
        for _, network_name, set_name, spec, top_k, mined_at in rows
    )


def crop_addresses(cursor: Cursor, study: Study) -> dict[int, str]:
    """Return the address of every image of the study, by image id."""
    query = """SELECT image_id, address FROM crops
               WHERE image_set = ? AND (resize_px, crop_px, n_channels, interpolation) = (?, ?, ?, ?)"""
    preprocessing = study.mining.preprocessing
    rows = cursor.execute(query, [study.image_set.name, *astuple(preprocessing)]).fetchall()
    return dict(rows)


@dataclass(frozen=True, slots=True)
class StudyImage:
    """One of a study's natural images, with the address of its crop."""

    image_id: int
    address: str
    path: str
    label: str


def study_image(cursor: Cursor, study: Study, address: str) -> StudyImage | None:
    """Return the study's image whose crop has this address, or None."""
    query = """SELECT i.image_id, c.address, i.path, i.label FROM crops c JOIN images i USING (image_set, image_id)
               WHERE c.address = ? AND c.image_set = ? AND (resize_px, crop_px, n_channels, interpolation) = (?, ?, ?, ?)"""
    row = cursor.execute(query, [address, study.image_set.name, *astuple(study.mining.preprocessing)]).fetchone()
    return StudyImage(*row) if row else None


def crop_source(cursor: Cursor, address: str) -> CropSource | None:
    """Return where the natural image of this address comes from, or None."""
    query = """SELECT i.path, s.folder, i.content_hash, c.resize_px, c.crop_px, c.n_channels, c.interpolation FROM crops c
               JOIN images i USING (image_set, image_id) JOIN image_sets s USING (image_set) WHERE c.address = ? LIMIT 1"""
    row = cursor.execute(query, [address]).fetchone()
    return CropSource(row[0], row[1], row[2], Preprocessing(*row[3:])) if row else None


def _card(row: tuple[Any, ...]) -> NetworkCard:
    name, source, network_digest, resize_px, crop_px, n_channels, interpolation, layers, n_classes = row
    preprocessing = Preprocessing(resize_px, crop_px, n_channels, interpolation)
    return NetworkCard(name, source, network_digest, preprocessing, tuple(_layer(item) for item in json.loads(layers)), n_classes)


def _layer(item: dict[str, Any]) -> Layer:
    return Layer(item["name"], item["n_channels"], tuple(Branch(**branch) for branch in item["branches"]), item["pre_relu"])


def mined_studies_of(cursor: Cursor, image_set_name: str) -> list[str]:
    """Return the keys of the studies that were mined on this image set."""
    query = "SELECT DISTINCT study FROM mined_layers WHERE image_set = ? ORDER BY study"
    return [study for (study,) in cursor.execute(query, [image_set_name]).fetchall()]


def has_work_of(cursor: Cursor, network_name: str) -> bool:
    """Return whether anything was mined or rendered with this network."""
    query = "SELECT EXISTS (FROM mined_layers WHERE network = $1) OR EXISTS (FROM renders WHERE network = $1)"
    row = cursor.execute(query, [network_name]).fetchone()
    return bool(row and row[0])
