"""Builders of small images, archives and tables."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from tests.studies import encoded

Files = Iterable[tuple[str, bytes]]


def png(number: int) -> bytes:
    """Return a small PNG; each number has another."""
    return encoded(Image.new("RGB", (6, 5), (number % 256, number // 256, 7)), "PNG")


def write_tar(path: Path, files: Files, *, kind: int = tarfile.PAX_FORMAT) -> Path:
    """Write a tar archive of these members, in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=kind) as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write_zip(path: Path, files: Files, *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip archive of these members, in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def write_table(path: Path, columns: dict[str, Sequence[Any]], *, features: dict[str, Any] | None = None, group: int = 3) -> Path:
    """Write a Parquet file; `features` are Hugging Face's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    if features is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, path, row_group_size=group)
    return path


def images(contents: Iterable[bytes | None]) -> list[dict[str, object]]:
    """Return cells as Hugging Face's image columns have them."""
    return [{"bytes": content, "path": None} for content in contents]
